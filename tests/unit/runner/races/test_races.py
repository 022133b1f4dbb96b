"""Every way in which a play's races can go: how many, in which order, under which token, and what breaks."""

from itertools import islice

import pytest

from mockserver.errors import MockError
from mockserver.runner.play.results import PlayOutcome
from mockserver.runner.races.explore import MAX_FULL_RESULTS, explore, scenario_for_token
from mockserver.runner.races.races import all_interleavings, apply_choices, find_races, interleaving_count
from mockserver.runner.races.tokens import decode_token, encode_token
from mockserver.runner.reports.plays.interleavings import exploration_summary, interleaving_lines
from mockserver.runner.reports.plays.json_report import exploration_json
from mockserver.runner.suite import Suite
from mockserver.runner.targets.factories import in_process_targets
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.model import Scenario
from mockserver.scenario.play_model import RelativeTime
from mockserver.stores import memory_store
from tests.support.fake_world import VENDORS

HEAD = "scenario: s\nvendor: phaseo@2026-06-11\ntimeline: [queued: 2s, processing: 20s, completed]\n"
SUITE = Suite(VENDORS, in_process_targets(memory_store))


def scenario(play: str) -> Scenario:
    return load_scenario(f"{HEAD}play:\n  - create:\n{play}".encode(), VENDORS)


def codes(found: Scenario, most: int = 1_000) -> list[str]:
    there = find_races(found, most)
    return [".".join(choice.code for choice in ways) for ways in islice(all_interleavings(there), most)]


def explore_all(found: Scenario, most: int = 1_000):
    return explore(SUITE, found, "", most, lambda tried, of: None)


TABS = "  - together: [{named: a, cancel: }, {named: b, get: }, {named: c, list: }]\n    order: [c, a]\n"
CLOSE = "  - {at: 1ms before completed, cancel: }\n"


def test_every_order_of_a_group_its_own_first():
    assert codes(scenario(TABS)) == ["cab", "cba", "acb", "abc", "bca", "bac"]
    assert [choice.description for race in find_races(scenario(TABS), 2) for choice in race.choices] == [
        "handled c, a, b",
        "handled c, b, a",
    ]


def test_three_sides_of_an_instant_its_own_first():
    found = scenario("  - {at: completed, get: }\n")
    assert codes(found) == ["eq", "lt", "gt"]
    sides = [
        apply_choices(found, find_races(found, 9), ways).play[1].relative_time
        for ways in all_interleavings(find_races(found, 9))
    ]
    assert sides == [RelativeTime("completed"), RelativeTime("completed", -1_000), RelativeTime("completed", 1_000)]
    assert codes(scenario("  - {at: 5ms after completed, get: }\n")) == ["gt", "lt", "eq"]


def test_a_step_far_from_an_instant_is_no_race():
    assert find_races(scenario("  - {at: 1001ms after processing, get: }\n"), 9) == ()
    assert find_races(scenario("  - {at: 5s, get: }\n"), 9) == ()


def test_identical_requests_are_interchangeable():
    assert codes(scenario("  - together: [cancel: , {named: x, cancel: }, get: ]\n")) == ["abc", "acb", "cab"]
    assert find_races(scenario("  - together: [cancel: , cancel: , cancel: ]\n"), 9) == ()


def test_those_that_differ_in_one_race_come_first():
    found = scenario(TABS.replace(", {named: c, list: }", "").replace("[c, a]", "[b]") + CLOSE)
    assert codes(found) == ["ba.lt", "ab.lt", "ba.eq", "ba.gt", "ab.eq", "ab.gt"]
    assert interleaving_count(find_races(found, 9)) == 6


def test_a_group_by_an_instant_has_two_races():
    found = scenario("  - {at: completed, together: [cancel: , get: ]}\n")
    assert len(codes(found)) == 6
    assert {race.line for race in find_races(found, 9)} == {6}


def test_a_large_group_is_bounded():
    members = ", ".join(f"{{get: , query: {{n: {number}}}}}" for number in range(20))
    found = scenario(f"  - together: [{members}]\n")
    assert interleaving_count(find_races(found, 5)) == 2_432_902_008_176_640_000
    assert len(codes(found, 5)) == 5


def test_a_token_plays_its_order_again():
    found = scenario(TABS + CLOSE)
    there = find_races(found, 1_000)
    for ways in all_interleavings(there):
        written = encode_token(found, "", ways)
        assert decode_token(found, "", written) == ways
        assert scenario_for_token(found, "", f" {written}\n") == apply_choices(found, there, ways)


@pytest.mark.parametrize(
    ("damaged", "code"),
    [
        (lambda token: token[:-1], "RUN008"), (lambda token: "", "RUN008"),
        (lambda token: token.replace("cab", "abc"), "RUN008"), (lambda token: token.replace("r1", "r2"), "RUN008"),
        (lambda token: "r1-nonsense", "RUN008"),
    ],
)  # fmt: skip
def test_a_damaged_token_is_refused(damaged, code):
    found = scenario(TABS)
    with pytest.raises(MockError) as caught:
        scenario_for_token(found, "", damaged(encode_token(found, "", next(all_interleavings(find_races(found, 1))))))
    assert caught.value.problems[0].code == code


def test_a_token_of_another_version_says_so():
    from mockserver.runner.races import tokens

    with pytest.raises(MockError, match="version r2; only r1 is supported"):
        scenario_for_token(scenario(TABS), "", tokens._with_checksum("r2-00000000-cab"))


def test_a_token_is_for_its_file_and_seed():
    found = scenario(TABS)
    written = encode_token(found, "", next(all_interleavings(find_races(found, 1))))
    for other, seed in ((scenario(TABS + "  - get:\n"), ""), (found, "7")):
        with pytest.raises(MockError, match="RUN009"):
            scenario_for_token(other, seed, written)


def test_what_breaks_is_kept_with_its_token():
    found = scenario(
        "  - {at: 1ms before completed, together: [{named: a, cancel: {status: 200}}, {named: b, get: }]}\n"
        "  - get: {body: {status: cancelled}}\n"
    )
    one = explore_all(found)
    assert one.outcome is PlayOutcome.FAILED
    assert exploration_summary(one.exploration) == "6 orders, 4 break an expectation"
    for order in one.exploration.failed:
        assert SUITE.play(scenario_for_token(found, "", order.token)).outcome is PlayOutcome.FAILED
    assert one.exploration.failed[0].choices == ("line 6: completed, handled a, b",)
    story = list(interleaving_lines(one, one.exploration))
    assert story[0] == "  line 6: completed, handled a, b"
    assert story[2] == "    +22s  cancel (a)  400 video_cancel_requires_non_terminal_status"
    assert story[3].strip().startswith("answered 400; expected 200")
    assert story[-1].endswith(f"--replay {one.exploration.failed[3].token}")
    report = exploration_json(one.exploration)
    assert report["tried"] == 6
    assert report["total"] == 6
    assert len(report["broken"]) == 4
    assert report["unproved"] == []
    assert report["broken"][0]["answers"][1] == {
        "at": "+22s", "step": "cancel (a)", "answer": "400 video_cancel_requires_non_terminal_status"
    }  # fmt: skip


def test_of_very_many_orders_only_what_breaks_them_is_kept():
    found = scenario(
        "  - {at: completed, together: [{named: a, cancel: {status: 501}}, {named: b, get: }, {named: c, list: }, "
        "{named: d, content: {status: 200}}]}\n"
    )
    broken = explore_all(found).exploration.failed
    assert len(broken) > MAX_FULL_RESULTS
    assert {len(order.result.steps) for order in broken[:MAX_FULL_RESULTS]} == {5}
    for order in broken[MAX_FULL_RESULTS:]:
        assert 0 < len(order.result.steps) < 5
        assert all(step.failures for step in order.result.steps)


def test_a_race_without_a_failure_is_ok():
    either = "{one_of: [{status: 200}, {status: 400}]}"
    one = explore_all(scenario(f"  - {{at: completed, together: [{{named: a, cancel: {either}}}, get: ]}}\n"))
    assert one.outcome == PlayOutcome.OK
    assert exploration_summary(one.exploration) == "6 orders"


def test_a_budget_says_what_it_leaves_out():
    one = explore_all(scenario(TABS), 4)
    assert exploration_summary(one.exploration) == "4 of 6 orders (--orders 6 tries all)"


def test_an_order_that_proves_nothing_is_shown():
    found = load_scenario(
        f"{HEAD}faults: [{{on: get, when: {{between: [22s, 1m]}}, do: {{drop: reset}}}}]\n"
        "play: [create: , {at: 1ms before completed, get: {one_of: [{}, {no_answer: true}]}, keep: {e: /id}},"
        " {list: , query: {after: '{e}'}}]\n",
        VENDORS,
    )
    one = explore_all(found)
    assert one.outcome == PlayOutcome.INCONCLUSIVE
    assert exploration_summary(one.exploration) == "3 orders, 2 inconclusive"
    story = list(interleaving_lines(one, one.exploration))
    assert story[2:4] == [
        "    +22s  get     no answer",
        "    +22s  list",
    ]
    assert story[4].strip().startswith("inconclusive: `{e}` was never saved")
    assert exploration_json(one.exploration)["unproved"][0]["failures"][0].startswith("`{e}` was never saved")


def test_without_a_race_there_is_nothing_to_explore():
    assert explore_all(scenario("  - get:\n")) is None


def test_a_long_story_is_shown_from_its_end():
    one = explore_all(scenario("  - {get: , times: 20}\n  - {at: completed, get: {body: {status: completed}}}\n"))
    story = list(interleaving_lines(one, one.exploration))
    assert story[1] == "    (10 steps before)"
    assert sum(" get " in line for line in story) == 12
