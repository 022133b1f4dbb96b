"""The JUnit XML of a trial: a suite for each era, a case for each scenario; what was not reached is skipped."""

from mockserver.runner.reports.junit_xml import CaseElement, add_outcome, add_output, junit_document, make_case
from mockserver.trial.reports.text import result_lines
from mockserver.trial.results import TrialReport, TrialResult
from mockserver.trial.verdicts import TrialOutcome


def trial_junit(report: TrialReport) -> bytes:
    """Return the whole document."""
    pins = sorted({result.candidate.era.pin for result in report.results})
    suites = [
        (pin, [trial_case(result) for result in report.results if result.candidate.era.pin == pin]) for pin in pins
    ]
    return junit_document("mockserver trial", suites)


def trial_case(result: TrialResult) -> CaseElement:
    """Return one result as a case."""
    case = make_case(result.candidate.era.pin, result.candidate.scenario.name)
    outcome, reasons = result.verdict.outcome, result.verdict.reasons
    text = "\n".join(result_lines(result))
    if outcome.is_finding:
        add_outcome(case, "failure", f"{outcome}: {reasons[0]}", text, outcome.value)
    elif outcome is TrialOutcome.SURVIVED:
        add_output(case, text)
    else:
        add_outcome(case, "skipped", f"{outcome}: {reasons[0]}")
    return case
