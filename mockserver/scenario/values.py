"""From nodes of the right shape to the values of `core`: durations, stays, ranges, headers.

The shapes have checked the form; what is left to refuse here is the impossible: February 30, a range that decreases, a
stay longer than a century. An absent key (None) has a neutral value.
"""

import re
from typing import Any, TypeVar

from mockserver.core.clock import CLOCK_MODES, ClockMode
from mockserver.core.instants import Duration, parse_duration, parse_instant
from mockserver.core.timeline import Manual, Polls, Stay, Timed
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.model import ClockSettings
from mockserver.scenario.nodes import Node, node_to_json
from mockserver.scenario.play_model import NameValuePairs

_POLLS = re.compile(r"([0-9]+) polls?")

Default = TypeVar("Default", int, None)


def as_text(node: Node | None, default: str = "") -> str:
    """Return a scalar's text, or the default where the key is absent."""
    if node is None:
        return default
    return node.text


def as_optional_text(node: Node | None) -> str | None:
    """Return a scalar's text, None where the key is absent."""
    if node is None:
        return None
    return node.text


def as_int(node: Node | None, default: Default) -> int | Default:
    """Return an integer, or the default where the key is absent."""
    if node is None:
        return default
    return int(node.value)


def items_of(node: Node | None) -> list[Node]:
    """Return the items of a list, none where the key is absent."""
    if node is None:
        return []
    return node.items


def one_or_more(node: Node | None) -> list[Node]:
    """Return the items of a list, or the scalar that stands for a list of one."""
    if node is None:
        return []
    return node.items or [node]


def as_texts(node: Node | None) -> tuple[str, ...]:
    """Return a list's scalars as text, none where the key is absent."""
    return tuple(item.text for item in items_of(node))


def as_json_value(node: Node | None) -> Any:
    """Return a JSON value, None where the key is absent."""
    if node is None:
        return None
    return node_to_json(node)


def as_request_body(node: Node | None) -> Any:
    """Return a request's body: a scalar is text as it stands in the file, anything else a JSON value."""
    if node is not None and node.node_type == "scalar":
        return node.text
    return as_json_value(node)


def as_duration(node: Node | None, diagnostics: Diagnostics) -> Duration:
    """Return a duration, 0 where the key is absent."""
    if node is None:
        return 0
    return checked_duration(node.text, node, diagnostics)


def checked_duration(text: str, node: Node, diagnostics: Diagnostics) -> Duration:
    """Return a duration that is a part of a node's text; reports SCN065."""
    parsed = parse_duration(text)
    if parsed is None:
        diagnostics.add("SCN065", f"`{text}` is longer than a century", node)
        return 0
    return parsed


def as_duration_range(node: Node | None, diagnostics: Diagnostics) -> tuple[Duration, Duration]:
    """Return a duration or a range as (low, high)."""
    if node is None:
        return 0, 0
    low, _, high = node.text.partition("..")
    first = checked_duration(low, node, diagnostics)
    if not high:
        return first, first
    last = checked_duration(high, node, diagnostics)
    if first > last:
        diagnostics.add("SCN065", f"the range `{node.text}` decreases", node, f"Write {high}..{low}.")
    return first, last


def as_stay(node: Node, diagnostics: Diagnostics) -> Stay:
    """Return a stay: `30s`, `3 polls` or `manual`."""
    if node.text == "manual":
        return Manual()
    polls = _POLLS.fullmatch(node.text)
    if polls:
        return Polls(int(polls[1]))
    return Timed(checked_duration(node.text, node, diagnostics))


def as_progress(node: Node | None) -> tuple[int, int] | None:
    """Return percentages at the start and at the end of a stay: `5..95`, or one for the whole stay."""
    if node is None:
        return None
    if isinstance(node.value, str):
        low, _, high = node.text.partition("..")
        return int(low), int(high)
    return int(node.value), int(node.value)


def as_clock_settings(node: Node | None, diagnostics: Diagnostics) -> ClockSettings:
    """Return the clock's start and mode."""
    if node is None:
        return ClockSettings()
    if node.node_type == "scalar":
        return ClockSettings(None, _clock_mode(node, diagnostics))
    start_node, mode, step = node.get("start"), node.get("mode"), node.get("auto")
    start = None
    if start_node is not None:
        start = parse_instant(start_node.text)
        if start is None:
            diagnostics.add("SCN065", f"`{start_node.text}` is not a date", start_node)
        elif start < 0:
            diagnostics.add("SCN065", f"`{start_node.text}` is before 1970, where Unix time begins", start_node)
    if step is not None:
        return ClockSettings(start, _auto_mode(step, diagnostics))
    if mode is None:
        return ClockSettings(start)
    return ClockSettings(start, _clock_mode(mode, diagnostics))


def _clock_mode(node: Node, diagnostics: Diagnostics) -> ClockMode:
    if node.text in CLOCK_MODES:
        return CLOCK_MODES[node.text]
    rate = float(node.text.removeprefix("x"))
    if not rate:
        diagnostics.add("SCN065", f"at `{node.text}` no time would pass", node, "Write manual.")
    return ClockMode(rate)


def _auto_mode(node: Node, diagnostics: Diagnostics) -> ClockMode:
    step = as_duration(node, diagnostics)
    if not step:
        diagnostics.add("SCN065", f"by `{node.text}` no poll would move the clock", node, "Write manual.")
    return ClockMode(0.0, step)


def as_pairs(node: Node | None) -> NameValuePairs:
    """Return headers or a query's parameters as pairs; a list repeats its name."""
    if node is None:
        return ()
    pairs: list[tuple[str, str]] = []
    for key, value in node.entries:
        pairs += [(key.text, item.text) for item in value.items or [value] if item.node_type == "scalar"]
    return tuple(pairs)
