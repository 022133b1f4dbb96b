"""Traffic that passes is judged by the era that fits best so far, and in the end as a recording of it is."""

import pytest

from mockserver.contract.eras.passing_traffic import PassingTraffic
from mockserver.contract.eras.recording import judge_recording
from tests.support.toy_contract import CAPTURE, call, contracts, rule

READ = "operationId: read, responses: {'200': {}"
JSON = "{content: {application/json: {schema: {type: object}}}}"
OLD, NEW = "2026-01-01", "2026-02-01"
OF_NEW = f"eras: ['{NEW}']"


@pytest.fixture
def traffic(tmp_path):
    """Make the traffic of a toy vendor with two eras, of which the newer one answers 200 and the older one 202 too."""

    def make(*rules, eras=(OLD, NEW), era=None):
        root = contracts(tmp_path, *rules)
        for each in eras:
            answers = f"'200': {JSON}" if each == NEW else f"'200': {JSON}, '202': {JSON}"
            text = CAPTURE.replace(READ, f"operationId: read, responses: {{{answers}")
            (root / "toy" / "captures" / f"{each}.yaml").write_text(text)
        return root, PassingTraffic("toy", era, root=root)

    return make


def calls(*answers):
    return [
        call("GET", "/jobs/j", status, {"id": "j", "status": state}, seq=place)
        for place, (status, state) in enumerate(answers, 1)
    ]


WORKING = (200, "working"), (202, "working")
REOPENED = (200, "working"), (200, "done"), (200, "working")


def test_the_newest_judges_until_an_answer_is_of_another_only(traffic):
    _, passing = traffic()
    eras = []
    for exchange in calls(*WORKING):
        assert passing.add(exchange) == []
        eras.append(passing.judge.era)
    assert eras == [NEW, OLD]
    assert passing.change == f"{OLD} fits better than {NEW}: read 202"


def test_a_broken_rule_of_one_era_speaks_for_the_other(traffic):
    _, passing = traffic(rule("L2", "absorbs", OF_NEW))
    found = [passing.add(exchange) for exchange in calls(*REOPENED)]
    assert found == [[], [], []]
    assert passing.change == f"{OLD} fits better than {NEW}: its rules over time"


def test_what_the_better_era_has_found_before_is_returned_when_it_takes_over(traffic):
    _, passing = traffic(rule("L2", "absorbs", f"eras: ['{OLD}']"))
    found = [passing.add(exchange) for exchange in calls(*REOPENED, (202, "working"))]
    assert [[each.rule for each in findings] for findings in found] == [[], [], [], ["L2"]]


def test_the_rules_are_those_of_the_present_era(traffic):
    _, passing = traffic(rule("L2", "absorbs", OF_NEW))
    assert len(passing.judge.rule_set.rules) == 1
    for exchange in calls(*WORKING):
        passing.add(exchange)
    assert passing.judge.rule_set.rules == ()


@pytest.mark.parametrize("answers", [WORKING, REOPENED, REOPENED[:1]])
@pytest.mark.parametrize("rules", [(), (rule("L2", "absorbs"),), (rule("L2", "absorbs", OF_NEW),)])
def test_in_the_end_the_era_and_the_words_are_those_of_a_recording(traffic, answers, rules):
    root, passing = traffic(*rules)
    for exchange in calls(*answers):
        passing.announce(exchange.sent_seq)
        passing.add(exchange)
    judgement = passing.finish()
    (recorded,) = judge_recording(calls(*answers), "toy", root=root).judgements
    assert (judgement.era, judgement.chosen) == (recorded.era, recorded.chosen)
    assert judgement.verdicts == recorded.verdicts


def test_a_vendor_with_one_era_has_no_choice(traffic):
    _, passing = traffic(rule("L2", "absorbs"), eras=(OLD,))
    found = [passing.add(exchange) for exchange in calls(*REOPENED)]
    assert [each.rule for each in found[-1]] == ["L2"]
    assert passing.finish().chosen == "the only era"


def test_a_pinned_era_judges_alone(traffic):
    _, passing = traffic(rule("L2", "absorbs", OF_NEW), era=NEW)
    found = [passing.add(exchange) for exchange in calls(*REOPENED, (202, "working"))]
    assert [[each.rule for each in findings] for findings in found] == [[], [], ["L2"], ["S1"]]
    judgement = passing.finish()
    assert (judgement.era, judgement.chosen) == (NEW, "pinned")
