"""The JUnit XML of plays: a suite for each vendor's era, a case for each scenario."""

from collections.abc import Sequence

from mockserver.runner.play.results import PlayOutcome, PlayResult
from mockserver.runner.reports.escape import display_path
from mockserver.runner.reports.junit_xml import CaseElement, add_outcome, junit_document, make_case
from mockserver.runner.reports.plays.text import result_details


def plays_junit(results: Sequence[PlayResult]) -> bytes:
    """Return the whole document; an inconclusive play is a skipped case."""
    pins = sorted({result.era.pin for result in results})
    suites = [(pin, [_scenario_case(each) for each in results if each.era.pin == pin]) for pin in pins]
    return junit_document("mockserver test", suites)


def _scenario_case(result: PlayResult) -> CaseElement:
    case = make_case(result.era.pin, result.scenario.name, {"file": display_path(result.scenario.path)})
    if result.outcome is PlayOutcome.FAILED:
        # Of an explored scenario, the failures of its first failed interleaving.
        failed = result
        if result.exploration is not None:
            failed = result.exploration.failed[0].result
        failures = [*failed.failures, *(failure for step in failed.steps for failure in step.failures)]
        add_outcome(case, "failure", failures[0], "\n".join(result_details(result)))
    elif result.outcome is PlayOutcome.INCONCLUSIVE:
        plays = [result]
        if result.exploration is not None:
            plays += [each.result for each in result.exploration.inconclusive]
        reasons = [step.inconclusive for play in plays for step in play.steps if step.inconclusive]
        add_outcome(case, "skipped", next(iter(reasons), "no play"))
    return case
