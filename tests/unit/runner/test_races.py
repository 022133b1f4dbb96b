"""Every way in which a play's races can go: how many, in which order, under which token, and what breaks."""

from itertools import islice

import pytest

from mockserver.errors import MockError
from mockserver.runner.exploring import WHOLE, again, explore
from mockserver.runner.played import Verdict
from mockserver.runner.races import all_ways, going, races, total
from mockserver.runner.reporting.orders import as_json, counted, told
from mockserver.runner.suite import Suite, in_process
from mockserver.runner.tokens import token, ways_of
from mockserver.scenario.compile import load
from mockserver.scenario.model import Moment, Scenario
from mockserver.stores import memory_store
from tests.support.fake_world import VENDORS

HEAD = "scenario: s\nvendor: phaseo@2026-06-11\ntimeline: [queued: 2s, processing: 20s, completed]\n"
SUITE = Suite(VENDORS, in_process(memory_store))


def scenario(play: str) -> Scenario:
    return load(f"{HEAD}play:\n  - create:\n{play}".encode(), VENDORS)


def codes(found: Scenario, most: int = 1_000) -> list[str]:
    there = races(found, most)
    return [".".join(way.code for way in ways) for ways in islice(all_ways(there), most)]


def explored(found: Scenario, most: int = 1_000):
    return explore(SUITE, found, "", most, lambda tried, of: None)


TABS = "  - together: [{named: a, cancel: }, {named: b, get: }, {named: c, list: }]\n    order: [c, a]\n"
CLOSE = "  - {at: 1ms before completed, cancel: }\n"


def test_every_order_of_a_group_its_own_first():
    assert codes(scenario(TABS)) == ["cab", "cba", "acb", "abc", "bca", "bac"]
    assert [way.says for race in races(scenario(TABS), 2) for way in race.ways] == [
        "handled c, a, b",
        "handled c, b, a",
    ]


def test_three_sides_of_an_instant_its_own_first():
    found = scenario("  - {at: completed, get: }\n")
    assert codes(found) == ["eq", "lt", "gt"]
    sides = [going(found, races(found, 9), ways).play[1].moment for ways in all_ways(races(found, 9))]
    assert sides == [Moment("completed"), Moment("completed", -1_000), Moment("completed", 1_000)]
    assert codes(scenario("  - {at: 5ms after completed, get: }\n")) == ["gt", "lt", "eq"]


def test_a_step_far_from_an_instant_is_no_race():
    assert races(scenario("  - {at: 1001ms after processing, get: }\n"), 9) == ()
    assert races(scenario("  - {at: 5s, get: }\n"), 9) == ()


def test_twins_are_not_told_apart():
    assert codes(scenario("  - together: [cancel: , {named: x, cancel: }, get: ]\n")) == ["abc", "acb", "cab"]
    assert races(scenario("  - together: [cancel: , cancel: , cancel: ]\n"), 9) == ()


def test_those_that_differ_in_one_race_come_first():
    found = scenario(TABS.replace(", {named: c, list: }", "").replace("[c, a]", "[b]") + CLOSE)
    assert codes(found) == ["ba.lt", "ab.lt", "ba.eq", "ba.gt", "ab.eq", "ab.gt"]
    assert total(races(found, 9)) == 6


def test_a_group_by_an_instant_has_two_races():
    found = scenario("  - {at: completed, together: [cancel: , get: ]}\n")
    assert len(codes(found)) == 6
    assert {race.line for race in races(found, 9)} == {6}


def test_a_large_group_is_bounded():
    members = ", ".join(f"{{get: , query: {{n: {number}}}}}" for number in range(20))
    found = scenario(f"  - together: [{members}]\n")
    assert total(races(found, 5)) == 2_432_902_008_176_640_000
    assert len(codes(found, 5)) == 5


def test_a_token_plays_its_order_again():
    found = scenario(TABS + CLOSE)
    there = races(found, 1_000)
    for ways in all_ways(there):
        written = token(found, "", ways)
        assert ways_of(found, "", written) == ways
        assert again(found, "", f" {written}\n") == going(found, there, ways)


@pytest.mark.parametrize(
    ("spoilt", "code"),
    [
        (lambda token: token[:-1], "RUN008"), (lambda token: "", "RUN008"),
        (lambda token: token.replace("cab", "abc"), "RUN008"), (lambda token: token.replace("r1", "r2"), "RUN008"),
        (lambda token: "r1-nonsense", "RUN008"),
    ],
)  # fmt: skip
def test_a_spoilt_token_is_refused(spoilt, code):
    found = scenario(TABS)
    with pytest.raises(MockError) as caught:
        again(found, "", spoilt(token(found, "", next(all_ways(races(found, 1))))))
    assert caught.value.problems[0].code == code


def test_a_token_of_another_version_says_so():
    from mockserver.runner import tokens

    with pytest.raises(MockError, match="of version r2, and r1 is read here"):
        again(scenario(TABS), "", tokens._sealed("r2-00000000-cab"))


def test_a_token_is_for_its_file_and_seed():
    found = scenario(TABS)
    written = token(found, "", next(all_ways(races(found, 1))))
    for other, seed in ((scenario(TABS + "  - get:\n"), ""), (found, "7")):
        with pytest.raises(MockError, match="RUN009"):
            again(other, seed, written)


def test_what_breaks_is_kept_with_its_token():
    found = scenario(
        "  - {at: 1ms before completed, together: [{named: a, cancel: {status: 200}}, {named: b, get: }]}\n"
        "  - get: {body: {status: cancelled}}\n"
    )
    one = explored(found)
    assert one.verdict is Verdict.FAILED
    assert counted(one.orders) == "6 orders, 4 break an expectation"
    for order in one.orders.broken:
        assert SUITE.play(again(found, "", order.token)).verdict is Verdict.FAILED
    assert one.orders.broken[0].ways == ("line 6: completed, handled a, b",)
    story = list(told(one, one.orders))
    assert story[0] == "  line 6: completed, handled a, b"
    assert story[2] == "    +22s  cancel (a)  400 video_cancel_requires_non_terminal_status"
    assert story[3].strip().startswith("answered 400; expected 200")
    assert story[-1].endswith(f"--replay {one.orders.broken[3].token}")
    report = as_json(one.orders)
    assert (report["tried"], report["total"], len(report["broken"]), report["unproved"]) == (6, 6, 4, [])
    assert report["broken"][0]["answers"][1] == {
        "at": "+22s", "step": "cancel (a)", "answer": "400 video_cancel_requires_non_terminal_status"
    }  # fmt: skip


def test_of_very_many_orders_only_what_breaks_them_is_kept():
    found = scenario(
        "  - {at: completed, together: [{named: a, cancel: {status: 501}}, {named: b, get: }, {named: c, list: }, "
        "{named: d, content: {status: 200}}]}\n"
    )
    broken = explored(found).orders.broken
    assert len(broken) > WHOLE
    assert {len(order.played.tried) for order in broken[:WHOLE]} == {5}
    for order in broken[WHOLE:]:
        assert 0 < len(order.played.tried) < 5
        assert all(step.failures for step in order.played.tried)


def test_whoever_wins_nothing_breaks():
    either = "{one_of: [{status: 200}, {status: 400}]}"
    one = explored(scenario(f"  - {{at: completed, together: [{{named: a, cancel: {either}}}, get: ]}}\n"))
    assert (one.verdict, counted(one.orders)) == (Verdict.OK, "6 orders")


def test_a_budget_says_what_it_leaves_out():
    one = explored(scenario(TABS), 4)
    assert counted(one.orders) == "4 orders of 6 (--orders 6 tries all)"


def test_an_order_that_proves_nothing_is_told():
    found = load(
        f"{HEAD}faults: [{{on: get, when: {{between: [22s, 1m]}}, do: {{drop: reset}}}}]\n"
        "play: [create: , {at: 1ms before completed, get: {one_of: [{}, {no_answer: true}]}, keep: {e: /id}},"
        " {list: , query: {after: '{e}'}}]\n",
        VENDORS,
    )
    one = explored(found)
    assert (one.verdict, counted(one.orders)) == (Verdict.INCONCLUSIVE, "3 orders, 2 proved nothing")
    story = list(told(one, one.orders))
    assert story[2:4] == [
        "    +22s  get     no answer",
        "    +22s  list",
    ]
    assert story[4].strip().startswith("inconclusive: `{e}` was not kept")
    assert as_json(one.orders)["unproved"][0]["failures"][0].startswith("`{e}` was not kept")


def test_without_a_race_there_is_nothing_to_explore():
    assert explored(scenario("  - get:\n")) is None


def test_a_long_story_is_told_from_its_end():
    one = explored(scenario("  - {get: , times: 20}\n  - {at: completed, get: {body: {status: completed}}}\n"))
    story = list(told(one, one.orders))
    assert story[1] == "    (10 steps before)"
    assert sum(" get " in line for line in story) == 12
