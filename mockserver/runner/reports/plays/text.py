"""What a run of plays came to: for a person, for a program, for a CI server. Same input, same bytes.

For a person: a line a scenario as soon as it is played, then each that is not ok with what a tired reader needs (the
place in the file, its line, what was expected, sent and answered, and what had been asked before), then the sum.
Requests' headers are in no report: the API key is one of them.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from xml.etree import ElementTree

import orjson

from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange
from mockserver.runner.play.results import PlayOutcome, PlayResult, StepResult
from mockserver.runner.play.step_times import format_offset
from mockserver.runner.reports.escape import display_path, xml_document, xml_text
from mockserver.runner.reports.plays.interleavings import exploration_json as orders_json
from mockserver.runner.reports.plays.interleavings import exploration_summary, interleaving_lines

PLAYS_VERSION: Final = 1
"""Of the JSON report's shape: docs/commands.md describes it."""
MAX_EARLIER_STEPS: Final = 6
"""Earlier steps that are told before one that failed."""

_OUTCOME_LABELS: Final = {PlayOutcome.OK: "ok  ", PlayOutcome.FAILED: "FAIL", PlayOutcome.INCONCLUSIVE: "?   "}


def plays_exit_code(results: Sequence[PlayResult]) -> int:
    """1 where a play failed, else 3 where nothing was proved or something could not be, else 0."""
    verdicts = {one.outcome for one in results}
    if PlayOutcome.FAILED in verdicts:
        return 1
    return 3 if PlayOutcome.INCONCLUSIVE in verdicts or not results else 0


def outcome_line(result: PlayResult) -> str:
    """One scenario, in one line."""
    tried = f" ({exploration_summary(result.exploration)})" if result.exploration is not None else ""
    return f"{_OUTCOME_LABELS[result.outcome]} {result.scenario.name}  {result.scenario.title}".rstrip() + tried


def closing_report(results: Sequence[PlayResult], seconds: float) -> str:
    """What follows the lines: everything that is not ok, at length, and the sum."""
    counts = {verdict: sum(one.outcome is verdict for one in results) for verdict in PlayOutcome}
    steps = sum(len(one.steps) for one in results)
    said = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items() if count) or "nothing to play"
    wrong = [text for one in results if one.outcome is not PlayOutcome.OK for text in ("", *_result_details(one))]
    return "\n".join(
        [*wrong, "", f"{pluralize(len(results), 'scenario')}, {pluralize(steps, 'step')}: {said} in {seconds:.2f} s"]
    )


def _result_details(result: PlayResult) -> Iterator[str]:
    """One scenario that is not ok."""
    heading = f"{_OUTCOME_LABELS[result.outcome].strip()} {result.scenario.name} ({result.era.pin})"
    if result.exploration is not None:
        yield f"{heading}: {exploration_summary(result.exploration)}"
        yield from interleaving_lines(result, result.exploration)
        return
    yield heading
    yield from (f"  {failure}" for failure in result.failures)
    if not result.steps:
        yield "  it has no `play`: nothing was checked"
    for number, tried in enumerate(result.steps):
        if tried.failures or tried.inconclusive:
            yield from _step_details(result, number, tried)
    if result.note and result.outcome is PlayOutcome.FAILED:
        yield f"  note: {result.note}"
    yield f"  again: mockserver test {display_path(result.command_name)}{result.command_options}"


def _step_details(result: PlayResult, number: int, step: StepResult) -> Iterator[str]:
    """One step that failed or proved nothing."""
    place = f"{display_path(result.scenario.path)}:{step.step.line}"
    yield f"  {place}, step {number + 1} of {len(result.steps)}, at {format_offset(step.at)}:"
    yield f"      {_source_line(result.scenario.text, step.step.line) or step.title}"
    yield from (f"    {failure}" for failure in step.failures)
    if step.inconclusive:
        yield f"    inconclusive: {step.inconclusive}"
    if step.failures and step.exchange is not None:
        yield from _exchange_lines(step.exchange)
        before = result.steps[max(0, number - MAX_EARLIER_STEPS) : number]
        yield from (
            f"    before  {format_offset(earlier.at)} {earlier.title} {_status_text(earlier)}".rstrip()
            for earlier in before
        )


def _exchange_lines(exchange: Exchange) -> Iterator[str]:
    request, response = exchange.request, exchange.response
    query = f"?{request.query}" if request.query else ""
    yield f"    sent    {request.method} {request.path}{query} {_body_excerpt(request.body)}".rstrip()
    got = "no answer" if response is None else f"{response.status} {_body_excerpt(response.body)}".rstrip()
    yield f"    got     {got}"


def _status_text(step: StepResult) -> str:
    answered = step.exchange.response if step.exchange is not None else None
    return str(answered.status) if answered is not None else ""


def _source_line(text: str, number: int) -> str:
    """A line of the scenario's file."""
    lines = text.splitlines()
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def _body_excerpt(body: bytes, limit: int = 600) -> str:
    text = body[:limit].decode("utf-8", "replace")
    return text + (f"... ({len(body)} bytes)" if len(body) > limit else "")


def plays_json(results: Sequence[PlayResult]) -> bytes:
    """The whole run: `{version, exit_code, summary, scenarios: [{name, ..., verdict, failures, steps: [...]}]}`."""
    verdicts = [one.outcome for one in results]
    report = {
        "version": PLAYS_VERSION,
        "exit_code": plays_exit_code(results),
        "summary": {
            "scenarios": len(results),
            "steps": sum(len(one.steps) for one in results),
            **{verdict.value: verdicts.count(verdict) for verdict in PlayOutcome},
        },
        "scenarios": [
            {
                "name": one.scenario.name,
                "title": one.scenario.title,
                "path": one.scenario.path,
                "era": one.era.pin,
                "verdict": one.outcome.value,
                "failures": list(one.failures),
                "note": one.note or None,
                "orders": orders_json(one.exploration) if one.exploration is not None else None,
                "steps": [_step_json(tried) for tried in one.steps],
            }
            for one in results
        ],
    }
    return orjson.dumps(report, option=orjson.OPT_INDENT_2)


def _step_json(step: StepResult) -> dict[str, Any]:
    answered = step.exchange.response if step.exchange is not None else None
    return {
        "line": step.step.line,
        "at": format_offset(step.at),
        "step": step.title,
        "status": answered.status if answered is not None else None,
        "failures": list(step.failures),
        "inconclusive": step.inconclusive or None,
        "exchange": _exchange_json(step.exchange) if step.failures and step.exchange is not None else None,
    }


def _exchange_json(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "sent": request.body.decode("utf-8", "replace"),
        "got": response.body.decode("utf-8", "replace") if response is not None else None,
    }


def plays_junit(results: Sequence[PlayResult]) -> bytes:
    """JUnit XML: a suite a vendor's era, a case a scenario."""
    root = ElementTree.Element("testsuites", {"name": "mockserver test", **_junit_counts(results)})
    for pin in sorted({one.era.pin for one in results}):
        mine = [one for one in results if one.era.pin == pin]
        suite = ElementTree.SubElement(root, "testsuite", {"name": pin, **_junit_counts(mine)})
        for one in mine:
            _scenario_case(suite, one)
    return xml_document(root)


def _junit_counts(results: Sequence[PlayResult]) -> dict[str, str]:
    return {
        "tests": str(len(results)),
        "failures": str(sum(one.outcome is PlayOutcome.FAILED for one in results)),
        "errors": "0",
        "skipped": str(sum(one.outcome is PlayOutcome.INCONCLUSIVE for one in results)),
    }


def _scenario_case(suite: ElementTree.Element, result: PlayResult) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", classname=result.era.pin, name=result.scenario.name, file=display_path(result.scenario.path)
    )
    if result.outcome is PlayOutcome.FAILED:
        wrong = _all_failures(result)
        failure = ElementTree.SubElement(case, "failure", message=xml_text(wrong[0]))
        failure.text = xml_text("\n".join(_result_details(result)))
    elif result.outcome is PlayOutcome.INCONCLUSIVE:
        unproved = [] if result.exploration is None else [order.result for order in result.exploration.inconclusive]
        seen = [tried.inconclusive for each in (result, *unproved) for tried in each.steps]
        reasons = [reason for reason in seen if reason] or ["no play"]
        ElementTree.SubElement(case, "skipped", message=xml_text(reasons[0]))


def _all_failures(result: PlayResult) -> list[str]:
    """Everything that fails a scenario; where its orders were tried, what breaks the first of those that break."""
    failed = result if result.exploration is None else result.exploration.failed[0].result
    return [*failed.failures, *(failure for tried in failed.steps for failure in tried.failures)]
