"""A draft is shrunk for as long as a check fails with it; here the check is a function of the scenario."""

import pytest

from mockserver.distill.draft import DraftLine, ScenarioDraft
from mockserver.distill.minimizer import CheckOutcome, CheckRun, Minimizer, outcome_of
from mockserver.distill.report import minimized_json, minimized_lines
from mockserver.errors import MockError
from mockserver.scenario.compile import load_scenario
from tests.support.fake_world import VENDORS

DRAFT = (
    ScenarioDraft("recorded", "phaseo@2026-06-11", "A cancel is refused", ("Distilled from 9 recorded calls.",))
    .with_lines("timeline", DraftLine([{"queued": "12s"}, {"processing": "1m12s"}, "completed"], "seen to end: ..."))
    .with_lines(
        "faults",
        DraftLine({"on": "get", "when": {"between": ["13s", "21s"]}, "do": {"status": 503, "retry_after": "7s"}}),
        DraftLine({"on": "cancel", "do": {"drop": "reset"}}),
    )
    .with_lines("play", DraftLine({"create": None}), DraftLine({"at": "20s", "get": {"status": 503}}))
)
FAILED, PASSED, SKIPPED, HUNG = CheckRun(1), CheckRun(0), CheckRun(125), CheckRun(None)


def load(text):
    return load_scenario(text, VENDORS)


def has_503(scenario):
    return any("get" in fault.operations for fault in scenario.script.faults)


class Checks:
    """A check that fails while `fails` holds; `answers` are its first runs instead."""

    def __init__(self, fails, *answers):
        self.fails = fails
        self.answers = list(answers)
        self.texts = []

    def __call__(self, scenario):
        self.texts.append(scenario.text)
        if self.answers:
            return self.answers.pop(0)
        return FAILED if self.fails(scenario) else PASSED


def minimizer(checks, runs=1000, shown=None):
    return Minimizer(
        draft=DRAFT,
        check="python client.py",
        run=checks,
        load=load,
        may_go_on=lambda done: done < runs,
        show=lambda state: shown is not None and shown.append(state),
    )


def script(found):
    return [line for line in found.text.splitlines() if not line.startswith("#")]


def test_only_what_the_check_needs_is_left():
    found = minimizer(Checks(has_503)).minimize()
    assert script(found) == [
        "scenario: recorded",
        "vendor: phaseo@2026-06-11",
        "faults: [{on: get, do: {status: 503}}]",
    ]
    assert found.is_proved
    assert found.text.startswith(
        "# Distilled from 9 recorded calls.\n"
        "# Minimized: this check exits 1 while the scenario is served: python client.py\n"
        "# Every line is needed for that.\n"
    )


def test_a_check_that_fails_by_the_vendors_own_rules_needs_no_line():
    assert script(minimizer(Checks(lambda scenario: True)).minimize())[2:] == []


def test_no_line_of_the_result_can_go_and_durations_are_round():
    def fails(scenario):
        stays = [str(step.stay) for rule in scenario.script.timeline_rules for step in rule.timeline]
        return has_503(scenario) and len(stays) == 3

    found = minimizer(Checks(fails)).minimize()
    assert script(found)[2:] == [
        "timeline: [queued: 10s, processing: 1m, completed]",
        "faults: [{on: get, do: {status: 503}}]",
    ]


def test_a_line_that_is_a_pair_stays_one():
    draft = ScenarioDraft("recorded", "phaseo@2026-06-11").with_lines("limits", DraftLine({"get": "2/1m"}))
    search = minimizer(Checks(lambda scenario: bool(scenario.script.limits)))
    search.draft = search.best = draft
    assert script(search.minimize())[2:] == ["limits:", "  get: 2/1m"]


def test_no_scenario_is_run_twice_but_the_first():
    checks = Checks(has_503)
    found = minimizer(checks).minimize()
    assert found.runs == len(checks.texts)
    assert len(set(checks.texts)) == found.runs - 1
    assert checks.texts[0] == checks.texts[1]


def test_a_check_that_passes_at_first_is_refused():
    with pytest.raises(MockError) as refused:
        minimizer(Checks(has_503, CheckRun(0, "all well"), SKIPPED)).minimize()
    problem = refused.value.problems[0]
    assert problem.code == "DST003"
    assert "it ended with exit code 0 (all well)" in problem.message


def test_a_check_that_fails_at_first_without_a_request_is_refused():
    lost = CheckRun(1, "ConnectionError", sent_requests=False)
    with pytest.raises(MockError, match=r"DST005.* it ended with exit code 1 \(ConnectionError\)"):
        minimizer(Checks(has_503, lost, lost)).minimize()


def test_a_check_that_hangs_at_first_is_refused():
    with pytest.raises(MockError, match="it still ran at its deadline"):
        minimizer(Checks(has_503, HUNG, HUNG)).minimize()


@pytest.mark.parametrize("first", [(FAILED, PASSED), (PASSED, FAILED)])
def test_a_check_that_changes_its_mind_is_flaky(first):
    found = minimizer(Checks(has_503, *first)).minimize()
    assert found.is_flaky
    assert not found.is_proved
    assert "# Not every line may be needed for that." in found.text
    assert minimized_lines(found)[-1].startswith("the check is flaky")


def test_a_run_that_cannot_tell_keeps_the_line():
    def answer(scenario):
        return FAILED if has_503(scenario) and scenario.play else CheckRun(3)

    found = minimizer(answer).minimize()
    assert found.unknown_runs > 0
    assert "play:" in script(found)
    assert "could not tell" in minimized_lines(found)[1]


def test_the_budget_ends_the_search_with_the_best_so_far():
    found = minimizer(Checks(has_503), runs=5).minimize()
    assert found.runs == 5
    assert found.ended == "budget"
    assert not found.is_proved
    assert has_503(load(found.text))
    assert minimized_lines(found)[0].endswith(
        "in 5 runs of the check; the budget was used up before every line was tried"
    )


def test_a_check_that_breaks_ends_the_search_with_the_best_so_far():
    found = minimizer(Checks(has_503, FAILED, FAILED, PASSED, CheckRun(137, "Killed"))).minimize()
    assert found.ended == "aborted"
    assert found.problem is not None
    assert found.problem.code == "DST004"
    assert "exit code 137 (Killed)" in found.problem.message
    assert found.runs == 4


def test_what_was_found_before_an_interruption_is_there():
    checks = Checks(has_503)

    def run(scenario):
        if len(checks.texts) == 6:
            raise KeyboardInterrupt
        return checks(scenario)

    search = minimizer(run)
    with pytest.raises(KeyboardInterrupt):
        search.minimize()
    found = search.result()
    assert found.ended == "interrupted"
    assert found.draft.line_count < DRAFT.line_count
    assert has_503(load(found.text))


def test_the_progress_has_lines_and_runs():
    shown = []
    found = minimizer(Checks(has_503), shown=shown).minimize()
    assert shown[0] == (10, 9, 1)
    assert shown[-1] == (10, 3, found.runs)


@pytest.mark.parametrize(
    ("run", "outcome"),
    [
        (FAILED, CheckOutcome.STILL_FAILS),
        (PASSED, CheckOutcome.GONE),
        (SKIPPED, CheckOutcome.UNKNOWN),
        (HUNG, CheckOutcome.UNKNOWN),
        (CheckRun(2), CheckOutcome.UNKNOWN),
        (CheckRun(1, sent_requests=False), CheckOutcome.UNKNOWN),
    ],
)
def test_what_an_exit_code_says(run, outcome):
    assert outcome_of(run) is outcome


@pytest.mark.parametrize("code", [-9, 126, 127, 130, 255])
def test_a_check_that_cannot_be_run_is_refused(code):
    with pytest.raises(MockError, match="DST004"):
        outcome_of(CheckRun(code))


def test_the_header_is_one_line_whatever_the_check_is():
    search = minimizer(Checks(has_503))
    search.check = "a\nb" + "x" * 300
    header = search.minimize().text.splitlines()[1]
    assert r"a\nb" in header
    assert len(header) < 300


def test_the_report_as_json():
    value = minimized_json(minimizer(Checks(has_503)).minimize())
    assert value["ended"] == "minimal"
    assert value["lines"] == 3
    assert value["lines_before"] == 10
    assert not value["flaky"]
