"""From nodes of the right shape to the values of `core`: durations, stays, ranges, headers.

The shapes have looked at the form; what is left to refuse here is the impossible: February 30, a range that falls,
a stay longer than a century.
"""

import re
from typing import Any, Final

from mockserver.core.instants import Duration, Instant, parse_duration, parse_instant
from mockserver.core.timeline import Manual, Polls, Stay, Timed
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.model import ClockSettings, NameValuePairs
from mockserver.scenario.nodes import Node, node_to_json

_POLLS = re.compile(r"([0-9]+) polls?")
_RATE_BY_MODE: Final = {"real": 1.0, "manual": 0.0}


def as_text(node: Node | None, default: str = "") -> str:
    """A scalar's text, or the default where the key is absent."""
    return default if node is None else node.text


def as_texts(node: Node | None) -> tuple[str, ...]:
    """A list's scalars as text, none where the key is absent."""
    return () if node is None else tuple(item.text for item in node.items)


def as_json_value(node: Node | None) -> Any:
    """A JSON value, None where the key is absent."""
    return None if node is None else node_to_json(node)


def as_request_body(node: Node | None) -> Any:
    """A request's body: a scalar is text as it stands in the file, anything else a JSON value."""
    return None if node is None else node.text if node.node_type == "scalar" else node_to_json(node)


def as_duration(node: Node | None, diagnostics: Diagnostics) -> Duration:
    """A duration, 0 where the key is absent."""
    return 0 if node is None else checked_duration(node.text, node, diagnostics)


def checked_duration(text: str, node: Node, diagnostics: Diagnostics) -> Duration:
    """A duration that stands at a node, perhaps among other words."""
    parsed = parse_duration(text)
    if parsed is None:
        diagnostics.add("SCN065", f"`{text}` is longer than a century", node)
    return parsed or 0


def as_duration_range(node: Node | None, diagnostics: Diagnostics) -> tuple[Duration, Duration]:
    """A duration or a range, as (low, high)."""
    if node is None:
        return 0, 0
    low, _, high = node.text.partition("..")
    first = checked_duration(low, node, diagnostics)
    last = checked_duration(high, node, diagnostics) if high else first
    if first > last:
        diagnostics.add("SCN065", f"the range `{node.text}` falls", node, f"Write {high}..{low}.")
    return first, last


def as_stay(node: Node, diagnostics: Diagnostics) -> Stay:
    """`30s`, `3 polls` or `manual`."""
    if node.text == "manual":
        return Manual()
    polls = _POLLS.fullmatch(node.text)
    return Polls(int(polls[1])) if polls else Timed(checked_duration(node.text, node, diagnostics))


def as_progress(node: Node | None) -> tuple[int, int] | None:
    """`5..95`, or one percent for the whole stay."""
    if node is None:
        return None
    if isinstance(node.value, str):
        low, _, high = node.text.partition("..")
        return int(low), int(high)
    return int(node.value), int(node.value)


def as_clock_settings(node: Node | None, diagnostics: Diagnostics) -> ClockSettings:
    """The clock's start and rate."""
    if node is None:
        return ClockSettings()
    if node.node_type == "scalar":
        return ClockSettings(None, _clock_rate(node, diagnostics))
    mode = node.get("mode")
    rate = None if mode is None else _clock_rate(mode, diagnostics)
    return ClockSettings(_start_instant(node.get("start"), diagnostics), rate)


def _clock_rate(node: Node, diagnostics: Diagnostics) -> float:
    rate = _RATE_BY_MODE[node.text] if node.text in _RATE_BY_MODE else float(node.text[1:])
    if not rate and node.text != "manual":
        diagnostics.add("SCN065", f"at `{node.text}` no time would pass", node, "Write manual.")
    return rate


def _start_instant(node: Node | None, diagnostics: Diagnostics) -> Instant | None:
    if node is None:
        return None
    instant = parse_instant(node.text)
    if instant is None:
        diagnostics.add("SCN065", f"no calendar has `{node.text}`", node)
    elif instant < 0:
        diagnostics.add("SCN065", f"`{node.text}` lies before 1970, where Unix time begins", node)
    return instant


def as_pairs(node: Node | None) -> NameValuePairs:
    """Headers or a query's parameters; a list gives its name several times."""
    if node is None:
        return ()
    return tuple(
        (key.text, one.text)
        for key, value in node.entries
        for one in (value.items or [value])
        if one.node_type == "scalar"
    )
