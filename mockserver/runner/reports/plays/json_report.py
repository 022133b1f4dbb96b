"""The JSON report of plays; docs/commands.md describes its keys."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from mockserver.runner.play.results import Exploration, Interleaving, PlayOutcome, PlayResult, StepResult
from mockserver.runner.play.step_times import format_offset
from mockserver.runner.reports.plays.interleavings import answer_text

PLAYS_VERSION: Final = 1
"""The version of the report's shape."""


def plays_json(results: Sequence[PlayResult], exit_code: int) -> bytes:
    """Return the whole run: `{version, exit_code, summary, scenarios: [{name, ..., verdict, failures, steps}]}`."""
    outcomes = [result.outcome for result in results]
    report = {
        "version": PLAYS_VERSION,
        "exit_code": exit_code,
        "summary": {
            "scenarios": len(results),
            "steps": sum(len(result.steps) for result in results),
            **{outcome.value: outcomes.count(outcome) for outcome in PlayOutcome},
        },
        "scenarios": [_result_json(result) for result in results],
    }
    return orjson.dumps(report, option=orjson.OPT_INDENT_2)


def _result_json(result: PlayResult) -> dict[str, Any]:
    return {
        "name": result.scenario.name,
        "title": result.scenario.title,
        "path": result.scenario.path,
        "era": result.era.pin,
        "verdict": result.outcome.value,
        "failures": list(result.failures),
        "note": result.note,
        "orders": result.exploration and exploration_json(result.exploration),
        "steps": [_step_json(step) for step in result.steps],
    }


def _step_json(step: StepResult) -> dict[str, Any]:
    exchange = None
    if step.failures and step.exchange is not None:
        request, response = step.exchange.request, step.exchange.response
        exchange = {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "sent": request.body.decode("utf-8", "replace"),
            "got": response and response.body.decode("utf-8", "replace"),
        }
    return {
        "line": step.step.line,
        "at": format_offset(step.at),
        "step": step.title,
        "status": step.status,
        "failures": list(step.failures),
        "inconclusive": step.inconclusive,
        "exchange": exchange,
    }


def exploration_json(exploration: Exploration) -> dict[str, Any]:
    """Return the explored interleavings: `{tried, total, broken, unproved}`."""
    return {
        "tried": exploration.tried_count,
        "total": exploration.total_count,
        "broken": [_interleaving_json(each) for each in exploration.failed],
        "unproved": [_interleaving_json(each) for each in exploration.inconclusive],
    }


def _interleaving_json(interleaving: Interleaving) -> dict[str, Any]:
    result = interleaving.result
    answers = []
    failures = list(result.failures)
    for step in result.steps:
        answer = answer_text(step, result) or None
        answers.append({"at": format_offset(step.at), "step": step.title, "answer": answer})
        failures += step.failures
        if step.inconclusive:
            failures.append(step.inconclusive)
    ways = list(interleaving.choices)
    return {"token": interleaving.token, "ways": ways, "failures": failures, "answers": answers}
