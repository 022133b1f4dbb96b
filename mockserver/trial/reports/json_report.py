"""The JSON report of a trial; docs/trial.md describes its keys."""

from typing import Any, Final

import orjson

from mockserver.trial.results import AnyCandidate, TrialReport, TrialResult
from mockserver.trial.verdicts import TrialOutcome

TRIAL_VERSION: Final = 1
"""The version of the report's shape."""


def trial_json(report: TrialReport, exit_code: int) -> bytes:
    """Return the whole trial: `{version, exit_code, command, summary, results: [...], untried: [...]}`."""
    counts = report.counts()
    document = {
        "version": TRIAL_VERSION,
        "exit_code": exit_code,
        "command": report.command,
        "summary": {outcome.value.replace(" ", "_"): counts[outcome] for outcome in TrialOutcome},
        "results": [trial_result_json(result) for result in report.results],
        "untried": [{**candidate_json(each), "reason": each.obstacle} for each in report.untried],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def candidate_json(candidate: AnyCandidate) -> dict[str, Any]:
    """Return `{name, era, title, catches}` of a scenario."""
    scenario = candidate.scenario
    return {"name": scenario.name, "era": candidate.era.pin, "title": scenario.title, "catches": scenario.catches}


def trial_result_json(result: TrialResult) -> dict[str, Any]:
    """Return one result: the scenario, the outcome, reasons, story, output, and how to repeat it."""
    return {
        **candidate_json(result.candidate),
        "outcome": result.verdict.outcome.value,
        "reasons": list(result.verdict.reasons),
        "story": list(result.story),
        "output": result.output,
        "client_exit_code": result.exit_code,
        "repeat": result.repeat,
    }
