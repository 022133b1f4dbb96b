"""What a run of plays came to: for a person, for a program, for a CI server. Same input, same bytes.

For a person: a line a scenario as soon as it is played, then each that is not ok with what a tired reader needs (the
place in the file, its line, what was expected, sent and answered, and what had been asked before), then the sum.
Requests' headers are in no report: the API key is one of them.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from xml.etree import ElementTree

import orjson

from mockserver.core.counting import count
from mockserver.core.wire import Exchange
from mockserver.runner.played import Played, Tried, Verdict
from mockserver.runner.reporting.escape import document, path, xml
from mockserver.runner.reporting.orders import as_json as orders_json
from mockserver.runner.reporting.orders import counted, told
from mockserver.runner.timing import offset

VERSION: Final = 1
"""Of the JSON report's shape: docs/commands.md describes it."""
BEFORE: Final = 6
"""Earlier steps that are told before one that failed."""

_MARKS: Final = {Verdict.OK: "ok  ", Verdict.FAILED: "FAIL", Verdict.INCONCLUSIVE: "?   "}


def exit_code(played: Sequence[Played]) -> int:
    """1 where a play failed, else 3 where nothing was proved or something could not be, else 0."""
    verdicts = {one.verdict for one in played}
    if Verdict.FAILED in verdicts:
        return 1
    return 3 if Verdict.INCONCLUSIVE in verdicts or not played else 0


def line(one: Played) -> str:
    """One scenario, in one line."""
    tried = f" ({counted(one.orders)})" if one.orders is not None else ""
    return f"{_MARKS[one.verdict]} {one.scenario.name}  {one.scenario.title}".rstrip() + tried


def closing(played: Sequence[Played], seconds: float) -> str:
    """What follows the lines: everything that is not ok, at length, and the sum."""
    counts = {verdict: sum(one.verdict is verdict for one in played) for verdict in Verdict}
    steps = sum(len(one.tried) for one in played)
    said = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items() if count) or "nothing to play"
    wrong = [text for one in played if one.verdict is not Verdict.OK for text in ("", *_told(one))]
    return "\n".join(
        [*wrong, "", f"{count(len(played), 'scenario')}, {count(steps, 'step')}: {said} in {seconds:.2f} s"]
    )


def _told(one: Played) -> Iterator[str]:
    """One scenario that is not ok."""
    heading = f"{_MARKS[one.verdict].strip()} {one.scenario.name} ({one.era.pin})"
    if one.orders is not None:
        yield f"{heading}: {counted(one.orders)}"
        yield from told(one, one.orders)
        return
    yield heading
    yield from (f"  {failure}" for failure in one.failures)
    if not one.tried:
        yield "  it has no `play`: nothing was checked"
    for number, tried in enumerate(one.tried):
        if tried.failures or tried.inconclusive:
            yield from _step(one, number, tried)
    if one.note and one.verdict is Verdict.FAILED:
        yield f"  note: {one.note}"
    yield f"  again: mockserver test {path(one.typed)}{one.options}"


def _step(one: Played, number: int, tried: Tried) -> Iterator[str]:
    """One step that failed or proved nothing."""
    place = f"{path(one.scenario.path)}:{tried.step.line}"
    yield f"  {place}, step {number + 1} of {len(one.tried)}, at {offset(tried.at)}:"
    yield f"      {_source(one.scenario.text, tried.step.line) or tried.title}"
    yield from (f"    {failure}" for failure in tried.failures)
    if tried.inconclusive:
        yield f"    inconclusive: {tried.inconclusive}"
    if tried.failures and tried.exchange is not None:
        yield from _messages(tried.exchange)
        before = one.tried[max(0, number - BEFORE) : number]
        yield from (
            f"    before  {offset(earlier.at)} {earlier.title} {_status(earlier)}".rstrip() for earlier in before
        )


def _messages(exchange: Exchange) -> Iterator[str]:
    request, response = exchange.request, exchange.response
    query = f"?{request.query}" if request.query else ""
    yield f"    sent    {request.method} {request.path}{query} {_cut(request.body)}".rstrip()
    got = "no answer" if response is None else f"{response.status} {_cut(response.body)}".rstrip()
    yield f"    got     {got}"


def _status(tried: Tried) -> str:
    answered = tried.exchange.response if tried.exchange is not None else None
    return str(answered.status) if answered is not None else ""


def _source(text: str, number: int) -> str:
    """A line of the scenario's file."""
    lines = text.splitlines()
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def _cut(body: bytes, most: int = 600) -> str:
    text = body[:most].decode("utf-8", "replace")
    return text + (f"... ({len(body)} bytes)" if len(body) > most else "")


def as_json(played: Sequence[Played]) -> bytes:
    """The whole run: `{version, exit_code, summary, scenarios: [{name, ..., verdict, failures, steps: [...]}]}`."""
    verdicts = [one.verdict for one in played]
    report = {
        "version": VERSION,
        "exit_code": exit_code(played),
        "summary": {
            "scenarios": len(played),
            "steps": sum(len(one.tried) for one in played),
            **{verdict.value: verdicts.count(verdict) for verdict in Verdict},
        },
        "scenarios": [
            {
                "name": one.scenario.name,
                "title": one.scenario.title,
                "path": one.scenario.path,
                "era": one.era.pin,
                "verdict": one.verdict.value,
                "failures": list(one.failures),
                "note": one.note or None,
                "orders": orders_json(one.orders) if one.orders is not None else None,
                "steps": [_step_json(tried) for tried in one.tried],
            }
            for one in played
        ],
    }
    return orjson.dumps(report, option=orjson.OPT_INDENT_2)


def _step_json(tried: Tried) -> dict[str, Any]:
    answered = tried.exchange.response if tried.exchange is not None else None
    return {
        "line": tried.step.line,
        "at": offset(tried.at),
        "step": tried.title,
        "status": answered.status if answered is not None else None,
        "failures": list(tried.failures),
        "inconclusive": tried.inconclusive or None,
        "exchange": _exchange_json(tried.exchange) if tried.failures and tried.exchange is not None else None,
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


def junit(played: Sequence[Played]) -> bytes:
    """JUnit XML: a suite a vendor's era, a case a scenario."""
    root = ElementTree.Element("testsuites", {"name": "mockserver test", **_numbers(played)})
    for pin in sorted({one.era.pin for one in played}):
        mine = [one for one in played if one.era.pin == pin]
        suite = ElementTree.SubElement(root, "testsuite", {"name": pin, **_numbers(mine)})
        for one in mine:
            _case(suite, one)
    return document(root)


def _numbers(played: Sequence[Played]) -> dict[str, str]:
    return {
        "tests": str(len(played)),
        "failures": str(sum(one.verdict is Verdict.FAILED for one in played)),
        "errors": "0",
        "skipped": str(sum(one.verdict is Verdict.INCONCLUSIVE for one in played)),
    }


def _case(suite: ElementTree.Element, one: Played) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", classname=one.era.pin, name=one.scenario.name, file=path(one.scenario.path)
    )
    if one.verdict is Verdict.FAILED:
        wrong = _wrong(one)
        failure = ElementTree.SubElement(case, "failure", message=xml(wrong[0]))
        failure.text = xml("\n".join(_told(one)))
    elif one.verdict is Verdict.INCONCLUSIVE:
        unproved = [] if one.orders is None else [order.played for order in one.orders.unproved]
        seen = [tried.inconclusive for each in (one, *unproved) for tried in each.tried]
        reasons = [reason for reason in seen if reason] or ["no play"]
        ElementTree.SubElement(case, "skipped", message=xml(reasons[0]))


def _wrong(one: Played) -> list[str]:
    """Everything that fails a scenario; where its orders were tried, what breaks the first of those that break."""
    failed = one if one.orders is None else one.orders.broken[0].played
    return [*failed.failures, *(failure for tried in failed.tried for failure in tried.failures)]
