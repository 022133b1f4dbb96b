"""What a run came to: for a person, for a program, for a CI server. Same input, same bytes."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import orjson

from mockserver.runner.play import Played, Tried, Verdict, offset

VERSION = 1
"""Of the JSON report's shape."""

_MARKS = {Verdict.OK: "ok  ", Verdict.FAILED: "FAIL", Verdict.INCONCLUSIVE: "?   "}


def exit_code(played: Sequence[Played]) -> int:
    """1 where a play failed, else 3 where nothing was proved or something could not be, else 0."""
    verdicts = {one.verdict for one in played}
    if Verdict.FAILED in verdicts:
        return 1
    return 3 if Verdict.INCONCLUSIVE in verdicts or not played else 0


def terminal(played: Sequence[Played], seconds: float) -> str:
    """A line a scenario; below a failed one, the steps that failed, with what was sent and what came back."""
    lines: list[str] = []
    for one in played:
        lines.append(f"{_MARKS[one.verdict]} {one.scenario.name}  {one.scenario.title}".rstrip())
        lines += [f"       {failure}" for failure in one.failures]
        for tried in one.tried:
            if tried.failures or tried.inconclusive:
                lines += _explained(one, tried)
        if not one.tried:
            lines.append("       has no play: nothing was checked")
    counts = {verdict: sum(one.verdict is verdict for one in played) for verdict in Verdict}
    steps = sum(len(one.tried) for one in played)
    said = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items() if count) or "nothing to play"
    return "\n".join([*lines, "", f"{len(played)} scenarios, {steps} steps: {said} in {seconds:.2f} s"])


def _explained(one: Played, tried: Tried) -> list[str]:
    place = f"{one.scenario.path}:{tried.step.line}"
    lines = [f"       {place} at {offset(tried.at)}: {tried.title}"]
    lines += [f"         {failure}" for failure in tried.failures]
    if tried.inconclusive:
        lines.append(f"         inconclusive: {tried.inconclusive}")
    if tried.failures and tried.exchange is not None and tried.exchange.response is not None:
        request, response = tried.exchange.request, tried.exchange.response
        query = f"?{request.query}" if request.query else ""
        lines.append(f"         sent    {request.method} {request.path}{query} {_cut(request.body)}".rstrip())
        lines.append(f"         got     {response.status} {_cut(response.body)}".rstrip())
    return lines


def _cut(body: bytes, most: int = 300) -> str:
    text = body[:most].decode("utf-8", "replace")
    return text + (f"... ({len(body)} bytes)" if len(body) > most else "")


def as_json(played: Sequence[Played]) -> bytes:
    """The whole run: `{version, verdict, scenarios: [{name, verdict, steps: [...]}]}`."""
    report = {
        "version": VERSION,
        "exit_code": exit_code(played),
        "scenarios": [
            {
                "name": one.scenario.name,
                "title": one.scenario.title,
                "path": one.scenario.path,
                "era": one.era.pin,
                "verdict": one.verdict.value,
                "failures": list(one.failures),
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
    }


def junit(played: Sequence[Played]) -> bytes:
    """JUnit XML: a suite a vendor's era, a case a scenario."""
    root = ElementTree.Element("testsuites", name="mockserver test")
    for pin in sorted({one.era.pin for one in played}):
        mine = [one for one in played if one.era.pin == pin]
        suite = ElementTree.SubElement(root, "testsuite", name=pin, tests=str(len(mine)))
        suite.set("failures", str(sum(one.verdict is Verdict.FAILED for one in mine)))
        suite.set("skipped", str(sum(one.verdict is Verdict.INCONCLUSIVE for one in mine)))
        for one in mine:
            _case(suite, one)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _case(suite: ElementTree.Element, one: Played) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=one.era.pin, name=one.scenario.name)
    wrong = [failure for tried in one.tried for failure in tried.failures] + list(one.failures)
    details = "\n".join(line for tried in one.tried if tried.failures for line in _explained(one, tried))
    if one.verdict is Verdict.FAILED:
        failure = ElementTree.SubElement(case, "failure", message=_xml(wrong[0]))
        failure.text = _xml(details)
    elif one.verdict is Verdict.INCONCLUSIVE:
        reasons = [tried.inconclusive for tried in one.tried if tried.inconclusive] or ["no play"]
        ElementTree.SubElement(case, "skipped", message=_xml(reasons[0]))


def _xml(text: str) -> str:
    """Text without what XML 1.0 cannot hold."""
    return "".join(char if char in "\t\n\r" or ord(char) >= 32 else "\ufffd" for char in text)
