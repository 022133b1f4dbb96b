"""From nodes of the right shape to the values of `core`: durations, stays, ranges, headers.

The shapes have looked at the form; what is left to refuse here is the impossible: February 30, a range that falls,
a stay longer than a century.
"""

import re
from typing import Any, Final

from mockserver.core.instants import Duration, Instant, parse_duration, parse_instant
from mockserver.core.timeline import For, Manual, Polls, Stay
from mockserver.scenario.model import ClockSetting, Pairs
from mockserver.scenario.nodes import Node, plain
from mockserver.scenario.report import Report

_POLLS = re.compile(r"([0-9]+) polls?")
_RATES: Final = {"real": 1.0, "manual": 0.0}


def text(node: Node | None, default: str = "") -> str:
    """A scalar's text, or the default where the key is absent."""
    return default if node is None else node.text


def texts(node: Node | None) -> tuple[str, ...]:
    """A list's scalars as text, none where the key is absent."""
    return () if node is None else tuple(item.text for item in node.items)


def json(node: Node | None) -> Any:
    """A JSON value, None where the key is absent."""
    return None if node is None else plain(node)


def sent(node: Node | None) -> Any:
    """A request's body: a scalar is text as it stands in the file, anything else a JSON value."""
    return None if node is None else node.text if node.kind == "scalar" else plain(node)


def duration(node: Node | None, report: Report) -> Duration:
    """A duration, 0 where the key is absent."""
    return 0 if node is None else written(node.text, node, report)


def written(text: str, node: Node, report: Report) -> Duration:
    """A duration that stands at a node, perhaps among other words."""
    parsed = parse_duration(text)
    if parsed is None:
        report.add("SCN065", f"`{text}` is longer than a century", node)
    return parsed or 0


def span(node: Node | None, report: Report) -> tuple[Duration, Duration]:
    """A duration or a range, as (low, high)."""
    if node is None:
        return 0, 0
    low, _, high = node.text.partition("..")
    first = written(low, node, report)
    last = written(high, node, report) if high else first
    if first > last:
        report.add("SCN065", f"the range `{node.text}` falls", node, f"Write {high}..{low}.")
    return first, last


def stay(node: Node, report: Report) -> Stay:
    """`30s`, `3 polls` or `manual`."""
    if node.text == "manual":
        return Manual()
    polls = _POLLS.fullmatch(node.text)
    return Polls(int(polls[1])) if polls else For(written(node.text, node, report))


def progress(node: Node | None) -> tuple[int, int] | None:
    """`5..95`, or one percent for the whole stay."""
    if node is None:
        return None
    if isinstance(node.value, str):
        low, _, high = node.text.partition("..")
        return int(low), int(high)
    return int(node.value), int(node.value)


def clock(node: Node | None, report: Report) -> ClockSetting:
    """The clock's start and rate."""
    if node is None:
        return ClockSetting()
    if node.kind == "scalar":
        return ClockSetting(None, _rate(node, report))
    mode = node.get("mode")
    rate = None if mode is None else _rate(mode, report)
    return ClockSetting(_instant(node.get("start"), report), rate)


def _rate(node: Node, report: Report) -> float:
    rate = _RATES[node.text] if node.text in _RATES else float(node.text[1:])
    if not rate and node.text != "manual":
        report.add("SCN065", f"at `{node.text}` no time would pass", node, "Write manual.")
    return rate


def _instant(node: Node | None, report: Report) -> Instant | None:
    if node is None:
        return None
    instant = parse_instant(node.text)
    if instant is None:
        report.add("SCN065", f"no calendar has `{node.text}`", node)
    elif instant < 0:
        report.add("SCN065", f"`{node.text}` lies before 1970, where Unix time begins", node)
    return instant


def pairs(node: Node | None) -> Pairs:
    """Headers or a query's parameters; a list gives its name several times."""
    if node is None:
        return ()
    return tuple(
        (key.text, one.text) for key, value in node.entries for one in (value.items or [value]) if one.kind == "scalar"
    )
