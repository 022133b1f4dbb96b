"""Ids, rate limits, HTTP values, timelines, subsets and lifecycle tables."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.ids import between, digest, hex24, ulid, uuid_text
from mockserver.core.instants import SECOND
from mockserver.core.lifecycle import Arrow, BatchRules, Lifecycle, Trigger, mermaid
from mockserver.core.ratelimit import Limit, Window
from mockserver.core.subset import contains, differences
from mockserver.core.timeline import ENDLESS, For, Manual, Polls, Step, driven_by_time
from mockserver.core.wire import Exchange, Request, Response

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
        assert digest(seed, *path) != digest(seed + "x", *path)

    def test_a_path_s_parts_do_not_run_together(self):
        assert digest("s", "ab", "c") != digest("s", "a", "bc")
        assert digest("s", "\ud800") != digest("s", "")

    @given(st.integers(-9, 9), st.integers(0, 9), st.text(max_size=5))
    def test_between_stays_between(self, low, width, seed):
        assert low <= between(low, low + width, seed, "x") <= low + width

    def test_time_is_in_front(self):
        assert hex24("s", 1, at=0x12345678 * SECOND).startswith("12345678")
        assert ulid("s", 1, at=0) < ulid("s", 1, at=SECOND)


class TestRateLimit:
    def test_a_window_opens_anew_at_its_end(self):
        limit, window = Limit(2, SECOND), Window(0)
        passed = []
        for now in (0, 1, 2, SECOND - 1, SECOND):
            passes, window = window.take(limit, now)
            passed.append(passes)
        assert passed == [True, True, False, False, True]
        assert window == Window(SECOND, 1)
        assert window.resets(limit) == 2 * SECOND

    @given(st.integers(0, 3), st.lists(st.integers(0, SECOND), max_size=30))
    def test_never_more_than_the_limit_in_a_window(self, most, pauses):
        limit, window, now = Limit(most, SECOND), Window(0), 0
        taken: dict[int, int] = {}
        for pause in pauses:
            now += pause
            passes, window = window.take(limit, now)
            taken[window.start] = taken.get(window.start, 0) + passes
            assert window.start <= now < window.resets(limit)
        assert all(count <= most for count in taken.values())


class TestWire:
    def test_parameters_keep_order_repeats_and_blanks(self):
        assert Request("GET", "/", "a=1&b=&a=%20").parameters() == [("a", "1"), ("b", ""), ("a", " ")]

    def test_headers_are_found_whatever_their_case(self):
        response = Response(200, (("Content-Type", "a"), ("content-type", "b")))
        assert (response.header("CONTENT-TYPE"), response.header("x")) == ("a", None)

    def test_an_exchange_may_have_no_answer(self):
        assert Exchange(Request("GET", "/"), None, 0, None).answered_seq == 0


class TestTimeline:
    def test_only_polls_are_not_time(self):
        assert driven_by_time((Step("a", For(1)), Step("b", Manual()), Step("c")))
        assert not driven_by_time((Step("a", Polls(1)), Step("b")))
        assert Step("a").stay is ENDLESS


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
            ({"a": True}, {"a": 1}, ["/a is True; expected 1"]),
            ({"a": True}, {"a": True}, []),
            ({}, {"a/b~": 1}, ["/a~1b~0 is missing; expected 1"]),
            ([1], [1, 2], ["/ has 1 entries; expected 2"]),
            ([1, 2], (1, 3), ["/1 is 2; expected 3"]),
            ("a", {"a": 1}, ["/ is 'a'; expected {'a': 1}"]),
            (1, "x" * 200, ["/ is 1; expected '" + "x" * 119 + "..."]),
        ],
    )
    def test_differences_say_where_and_what(self, whole, part, found):
        assert list(differences(whole, part)) == found


LIFE = Lifecycle(
    "video",
    ("queued", "running", "done", "gone"),
    (
        Arrow("queued", "running"),
        Arrow("running", "done"),
        Arrow("queued", "gone", Trigger.CANCEL),
        Arrow("running", "gone", Trigger.CANCEL),
        Arrow("running", "gone", Trigger.DEADLINE),
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
        assert LIFE.next("running") == ("done", "gone")
        assert LIFE.next("done") == ()
        assert LIFE.reachable("queued") == frozenset(LIFE.states)
        assert LIFE.reachable("queued", Trigger.TIME) == {"queued", "running", "done"}

    @given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd")), max_size=8))
    def test_reachable_is_closed(self, pairs):
        table = Lifecycle("x", tuple("abcd"), tuple(Arrow(*pair) for pair in pairs), frozenset())
        for state in "abcd":
            found = table.reachable(state)
            assert state in found
            assert all(set(table.next(one)) <= found for one in found)

    def test_the_diagram_is_the_table(self):
        assert mermaid(LIFE).splitlines() == [
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
        assert (rules.queued, rules.busy) == ("queued", "running")
