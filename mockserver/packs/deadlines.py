"""Compiles the deadlines and the named instants of a kind."""

import re
from functools import partial
from typing import Final, NamedTuple

from mockserver.core.deadlines import Deadline
from mockserver.core.instants import SECOND, Duration, Instant, parse_duration
from mockserver.packs.facts import Facts, Render
from mockserver.packs.node_access import check_state_name, entries_of, member, split_group, when_given
from mockserver.packs.scope import KindTables, NamedTime, Place, Scope
from mockserver.packs.values import compile_value
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node
from mockserver.vendors.commands import JobSnapshot

_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
_NO_LIMIT: Final = 1 << 62
_CREATED: Final = "created"
_STARTS: Final = (_CREATED, "ended")
GIVEN: Final = "deadline "
"""The duration that a create asks for stands in a job's spec under this and the deadline's name."""


def _parse_seconds(text: str) -> Duration | None:
    return int(float(text) * SECOND) if _SECONDS.fullmatch(text) else None


_READERS: Final = {"seconds": _parse_seconds, "duration": parse_duration}
"""How the text of a request is read, by the notations that a pack names."""


class RequestedTime(NamedTuple):
    """Where a create says how long a deadline is."""

    value: Render
    notations: tuple[str, ...]
    low: Duration
    high: Duration

    def duration(self, facts: Facts) -> Duration | None:
        """Return the duration that the create asks for; None where it asks for none that can be read."""
        text = str(self.value(facts))
        readings = (_READERS[notation](text) for notation in self.notations)
        parsed = next((reading for reading in readings if reading is not None), None)
        if parsed is None:
            return None
        return min(max(parsed, self.low), self.high)


class JobDeadline(NamedTuple):
    """One deadline."""

    name: str
    rule: Deadline
    requested: RequestedTime | None

    def instant(self, now: JobSnapshot) -> Instant | None:
        """Return when it strikes a job; None where it does not, or its state was not entered yet."""
        entered = now.job.created
        if self.rule.since:
            if self.rule.since not in now.entered_at:
                return None
            entered = now.entered_at[self.rule.since]
        return self.rule.due_at(now.job.spec, entered)


def compile_times(node: Node | None, kind: KindTables, diagnostics: Diagnostics) -> dict[str, NamedTime]:
    """Compile the section `times`."""
    times = {}
    for key, time in entries_of(node):
        start = time.get("from")
        name = values.as_text(start, _CREATED)
        if start is not None and name not in _STARTS:
            check_state_name(name, start, kind, diagnostics, on_key=False)
        times[key.text] = NamedTime(name, values.as_duration(time.get("after"), diagnostics))
    return times


def compile_deadlines(node: Node | None, kind: KindTables, scope: Scope) -> list[JobDeadline]:
    """Compile the section `deadlines` of a kind."""
    diagnostics = scope.tables.diagnostics
    deadlines = []
    for key, deadline in entries_of(node):
        targets = {}
        for states, target in entries_of(deadline.get("states")):
            check_state_name(target.text, target, kind, diagnostics, on_key=False)
            for state in split_group(states.text):
                check_state_name(state, target, kind, diagnostics)
                targets[state] = target.text
        rule = Deadline(
            when_given(deadline.get("after"), partial(values.as_duration, diagnostics=diagnostics)),
            targets=targets,
            since=_since(deadline.get("from"), kind, diagnostics),
            given=GIVEN + key.text,
        )
        deadlines.append(
            JobDeadline(key.text, rule, when_given(deadline.get("request"), partial(_compile_request, scope=scope)))
        )
    return deadlines


def _since(node: Node | None, kind: KindTables, diagnostics: Diagnostics) -> str:
    if node is None or node.text == _CREATED:
        return ""
    check_state_name(node.text, node, kind, diagnostics, on_key=False)
    return node.text


def _compile_request(node: Node, scope: Scope) -> RequestedTime:
    high = _NO_LIMIT
    if node.get("max") is not None:
        high = values.as_duration(node.get("max"), scope.tables.diagnostics)
    return RequestedTime(
        compile_value(member(node, "value"), scope.with_places(Place.CALL)),
        values.as_texts(node.get("written_as")) or ("seconds", "duration"),
        values.as_duration(node.get("min"), scope.tables.diagnostics),
        high,
    )
