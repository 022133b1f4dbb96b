"""Ids, rate limits, HTTP values, timelines, subsets and lifecycle tables."""

import re
from fractions import Fraction
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.ids import hex24, seeded_bytes, seeded_int, ulid, uuid_text
from mockserver.core.instants import SECOND
from mockserver.core.lifecycle import BatchRules, Lifecycle, Transition, Trigger, mermaid_diagram
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.subset import contains, differences
from mockserver.core.timeline import NO_END, Manual, Polls, Timed, TimelineStep, driven_by_time
from mockserver.core.wire import Exchange, Request, Response
from tests.support.lifecycles import states_reachable_from

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


class TestIds:
    @given(st.text(max_size=9), st.lists(st.text(max_size=3) | st.integers(), max_size=3), st.integers(0, 1 << 55))
    def test_they_depend_on_seed_and_path_and_have_their_shapes(self, seed, path, at):
        assert hex24(seed, *path, at=at) == hex24(seed, *path, at=at)
        assert re.fullmatch("[0-9a-f]{24}", hex24(seed, *path, at=at))
        assert re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", ulid(seed, *path, at=at))
        assert re.fullmatch(
            "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", uuid_text(seed, *path)
        )
        assert seeded_bytes(seed, *path) != seeded_bytes(seed + "x", *path)

    def test_a_path_s_parts_do_not_run_together(self):
        assert seeded_bytes("s", "ab", "c") != seeded_bytes("s", "a", "bc")
        assert seeded_bytes("s", "\ud800") != seeded_bytes("s", "")

    @given(st.integers(-9, 9), st.integers(0, 9), st.text(max_size=5))
    def test_between_stays_between(self, low, width, seed):
        assert low <= seeded_int(low, low + width, seed, "x") <= low + width

    def test_time_is_in_front(self):
        assert hex24("s", 1, at=0x12345678 * SECOND).startswith("12345678")
        assert ulid("s", 1, at=0) < ulid("s", 1, at=SECOND)


class TestRateLimit:
    def test_the_next_window_opens_at_the_end_of_one(self):
        limit, window = RateLimit(2, SECOND), LimitWindow(0)
        passed = []
        for now in (0, 1, 2, SECOND - 1, SECOND):
            passes, window = window.take(limit, now)
            passed.append(passes)
        assert passed == [True, True, False, False, True]
        assert window == LimitWindow(SECOND, 1)
        assert window.reset_at(limit) == window.retry_at(limit) == 2 * SECOND

    def test_a_rolling_window_counts_the_requests_of_the_last_minute_at_any_instant(self):
        limit, window = RateLimit(3, 60 * SECOND, rolling=True), LimitWindow(0)
        passed, waits = [], []
        for second in (0, 50, 59, 59.5, 60, 60, 109, 110, 300):
            passes, window = window.take(limit, int(second * SECOND))
            passed.append(passes)
            waits.append(None if passes else window.retry_after(limit, int(second * SECOND)))
        assert passed == [True, True, True, False, True, False, False, True, True]
        assert waits == [None, None, None, 1, None, 50, 1, None, None]
        assert window == LimitWindow(300 * SECOND, 1, taken=(300 * SECOND,))
        assert window.reset_at(limit) == window.retry_at(limit) == 360 * SECOND
        assert limit.description == "3 in any 1m"

    def test_a_rolling_window_is_empty_when_its_latest_request_has_left(self):
        limit, window = RateLimit(2, 60 * SECOND, rolling=True), LimitWindow(0)
        for second in (0, 10):
            _, window = window.take(limit, second * SECOND)
        assert window.retry_at(limit) == 60 * SECOND
        assert window.reset_at(limit) == 70 * SECOND
        assert LimitWindow(0).take(RateLimit(0, SECOND, rolling=True), 5) == (False, LimitWindow(5))

    @given(st.lists(st.integers(0, 9), max_size=40))
    def test_a_rolling_window_never_lets_more_through_than_it_says(self, steps):
        limit, window, now, passed = RateLimit(3, 10, rolling=True), LimitWindow(0), 0, []
        for step in steps:
            now += step
            passes, window = window.take(limit, now)
            if passes:
                passed.append(now)
            assert sum(now - 10 < at <= now for at in passed) <= 3

    def test_a_bucket_fills_up_again_one_by_one(self):
        limit, window = RateLimit(3, 6 * SECOND, 1), LimitWindow(0)
        passed = []
        for now in (0, 1, 2, 3, 6 * SECOND - 1, 6 * SECOND, 6 * SECOND + 1, 12 * SECOND, 13 * SECOND):
            passes, window = window.take(limit, now)
            passed.append(passes)
        assert passed == [True, True, True, False, False, True, False, True, False]
        assert window.retry_at(limit) == 18 * SECOND
        assert window.reset_at(limit) == 30 * SECOND

    def test_a_bucket_that_was_not_asked_for_long_is_full_and_no_fuller(self):
        limit, window = RateLimit(2, SECOND, 5), LimitWindow(0)
        assert [window.take(limit, 0)[1].used, window.take(limit, 1 << 60)[1]] == [1, LimitWindow(1 << 60, 1)]

    @given(
        st.integers(1, 3), st.integers(1, 7), st.integers(1, 11), st.lists(st.integers(0, 9), min_size=1, max_size=40)
    )
    def test_a_bucket_lets_exactly_so_many_through(self, size, refill, per, pauses):
        """What a bucket of fractions would do, without any rounding; and it opens when it says it does."""
        limit, window, tokens, now = RateLimit(size, per, refill), LimitWindow(0), Fraction(size), 0
        for pause in pauses:
            now += pause
            tokens = min(Fraction(size), tokens + Fraction(pause * refill, per))
            passes, window = window.take(limit, now)
            assert passes is (tokens >= 1)
            tokens -= passes
            assert size - window.used == tokens // 1
            if not passes:
                opens = window.retry_at(limit)
                assert not window.take(limit, opens - 1)[0]
                assert window.take(limit, opens)[0]
            full = window.reset_at(limit)
            assert window.take(limit, full)[1] == LimitWindow(full, 1)

    @pytest.mark.parametrize(
        ("limit", "words"),
        [(RateLimit(10, 60 * SECOND), "10 in 1m"), (RateLimit(10, 6 * SECOND, 1), "10 at once and 1 in 6s")],
    )
    def test_a_limit_in_words(self, limit, words):
        assert limit.description == words

    @given(st.integers(0, 3), st.lists(st.integers(0, SECOND), max_size=30))
    def test_never_more_than_the_limit_in_a_window(self, most, pauses):
        limit, window, now = RateLimit(most, SECOND), LimitWindow(0), 0
        taken: dict[int, int] = {}
        for pause in pauses:
            now += pause
            passes, window = window.take(limit, now)
            taken[window.start] = taken.get(window.start, 0) + passes
            assert window.start <= now < window.reset_at(limit)
        assert all(count <= most for count in taken.values())


class TestWire:
    def test_parameters_keep_order_repeats_and_blanks(self):
        assert Request("GET", "/").query_parameters() == []
        assert Request("GET", "/", "a=1&b=&a=%20").query_parameters() == [("a", "1"), ("b", ""), ("a", " ")]

    def test_headers_are_found_whatever_their_case(self):
        response = Response(200, (("Content-Type", "a"), ("content-type", "b")))
        assert response.header("CONTENT-TYPE") == "a"
        assert response.header("x") is None

    def test_an_exchange_may_have_no_answer(self):
        assert Exchange(Request("GET", "/"), None, 0, None).answered_seq == 0


class TestTimeline:
    def test_only_polls_are_not_time(self):
        assert driven_by_time((TimelineStep("a", Timed(1)), TimelineStep("b", Manual()), TimelineStep("c")))
        assert not driven_by_time((TimelineStep("a", Polls(1)), TimelineStep("b")))
        assert TimelineStep("a").stay is NO_END


class TestSubset:
    @given(JSON)
    def test_everything_is_part_of_itself(self, value):
        assert contains(value, value)

    @given(JSON, JSON)
    def test_a_match_is_the_absence_of_a_difference(self, whole, part):
        assert contains(whole, part) == (list(differences(whole, part)) == [])

    @given(st.dictionaries(st.text(max_size=3), JSON), st.text(min_size=4), JSON)
    def test_more_members_do_not_matter(self, part, name, value):
        assert contains({**part, name: value}, part)

    @pytest.mark.parametrize(
        ("whole", "part", "found"),
        [
            ({"a": 1}, {"a": 1.0}, []),
            ({"a": True}, {"a": 1}, ["/a is true; expected 1"]),
            ({"a": True}, {"a": True}, []),
            ({}, {"a/b~": 1}, ["/a~1b~0 is missing; expected 1"]),
            ([1], [1, 2], ["/ has 1 entry; expected 2"]),
            ([1, 2], (1, 3), ["/1 is 2; expected 3"]),
            ("a", {"a": 1}, ['/ is "a"; expected {"a": 1}']),
            (1, "x" * 200, ['/ is 1; expected "' + "x" * 119 + "..."]),
            (None, {"$one_of": ["é\x85", False]}, ['/ is null; expected one of ["é\\x85", false]']),
            (None, [MappingProxyType({"a": None})], ['/ is null; expected [{"a": null}]']),
        ],
    )
    def test_differences_say_where_and_what(self, whole, part, found):
        assert list(differences(whole, part)) == found


LIFE = Lifecycle(
    "video",
    ("queued", "running", "done", "gone"),
    (
        Transition("queued", "running"),
        Transition("running", "done"),
        Transition("queued", "gone", Trigger.CANCEL),
        Transition("running", "gone", Trigger.CANCEL),
        Transition("running", "gone", Trigger.DEADLINE),
    ),
    frozenset({"done", "gone"}),
)


class TestLifecycle:
    def test_arrows_are_asked_for_by_trigger(self):
        assert LIFE.initial == "queued"
        assert LIFE.allows("queued", "gone")
        assert LIFE.allows("queued", "gone", Trigger.CANCEL, Trigger.TIME)
        assert not LIFE.allows("queued", "gone", Trigger.TIME)
        assert not LIFE.allows("done", "queued")

    def test_what_may_follow(self):
        assert LIFE.next_states("running") == ("done", "gone")
        assert LIFE.next_states("done") == ()
        assert states_reachable_from(LIFE, "queued") == frozenset(LIFE.states)
        assert states_reachable_from(LIFE, "queued", Trigger.TIME) == {"queued", "running", "done"}

    @given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), max_size=8))
    def test_reachable_is_closed(self, pairs):
        table = Lifecycle("x", tuple("abcd"), tuple(Transition(*pair) for pair in pairs), frozenset())
        for state in "abcd":
            found = states_reachable_from(table, state)
            assert state in found
            assert all(set(table.next_states(one)) <= found for one in found)

    def test_the_diagram_is_the_table(self):
        assert mermaid_diagram(LIFE).splitlines() == [
            "stateDiagram-v2",
            "    [*] --> queued",
            "    queued --> running: time",
            "    running --> done: time",
            "    queued --> gone: cancel",
            "    running --> gone: cancel, deadline",
            "    done --> [*]",
            "    gone --> [*]",
        ]

    def test_a_batch_s_items_wait_and_work_in_their_first_two_states(self):
        rules = BatchRules(LIFE, "a", "b", "c", "d", "e", "f", "gone", "done")
        assert rules.queued == "queued"
        assert rules.busy == "running"


class TestComparisons:
    @pytest.mark.parametrize(
        ("whole", "part", "holds"),
        [
            (4, {"$above": 3}, True), (3, {"$above": 3}, False), (3, {"$at_least": 3}, True), (2, {"$below": 3}, True),
            (3.5, {"$at_most": 3}, False), (3, {"$above": 1, "$below": 3}, False),
            (2, {"$above": 1, "$below": 3}, True),
            ("4", {"$above": 3}, False), (True, {"$above": 0}, False), (4, {"$above": "3"}, False),
            ("vid_1", {"$like": "vid_*"}, True), ("vid_1", {"$like": "vid_?"}, True), ("a[b]", {"$like": "a[b]"}, True),
            ("b", {"$like": "[b]"}, False), ("xvid_1", {"$like": "vid_*"}, False), (5, {"$like": "*"}, False),
            ("a\nb", {"$like": "a*b"}, True), ("A", {"$like": "a"}, False),
            ([1, {"a": 2, "b": 3}], {"$contains": [{"b": 3}, 1]}, True), ([1], {"$contains": [2]}, False),
            ("expired link", {"$contains": "expired"}, True), (["x"], {"$contains": "x"}, False),
            ("x", {"$contains": ["x"]}, False), (5, {"$contains": 5}, False),
            (5, {"$not": 6}, True), ({"a": 1, "b": 2}, {"$not": {"a": 1}}, False), (5, {"$not": {"$above": 9}}, True),
            (5, {"$one_of": [4, {"$above": 4}]}, True), (5, {"$one_of": []}, False), (5, {"$one_of": 5}, False),
            ({"$above": 3}, {"$else": 3}, False), ({}, {}, True),
            (5, {"$absent": True}, False), (None, {"$absent": False}, True), (5, {"$absent": 1}, False),
            ({"b": 1}, {"a": {"$absent": True}}, True), ({"a": None}, {"a": {"$absent": True}}, False),
            ({"b": 1}, {"a": {"$absent": False}}, False), ({"b": 1}, {"a": {"$absent": 1}}, False),
            ({"b": 1}, {"a": {"$not": {"$absent": True}}}, False), (5, {"$absent": False, "$above": 4}, True),
        ],
    )  # fmt: skip
    def test_they_hold_or_do_not(self, whole, part, holds):
        assert contains(whole, part) is holds
        assert contains({"k": [whole]}, {"k": [part]}) is holds

    def test_a_failed_matcher_is_described(self):
        part = {"n": {"$above": 3, "$below": 9}, "gone": {"$not": 1}, "at": {"$at_least": 5}}
        assert list(differences({"n": 9, "at": 4}, part)) == [
            "/n is 9; expected below 9",
            "/gone is missing; expected not 1",
            "/at is 4; expected at least 5",
        ]

    def test_a_pattern_with_many_stars_takes_no_time(self):
        assert not contains("a" * 5_000, {"$like": "*a" * 100 + "b"})

    def test_other_keys_that_begin_so_are_keys(self):
        assert contains({"$ref": 1, "x": 2}, {"$ref": 1})
        assert not contains(3, {"$above": 2, "x": 1})
