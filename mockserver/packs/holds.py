"""Answers that are held: a create or a read that waits for its job, for a time that the request names.

    hold: {value: $header.prefer, pattern: "wait(?:=([0-9]+))?", default: 60s, until: [succeeded, failed]}

The answer shows the job as it is when it enters a state of `until`, or when the time is up, whichever comes first, and
is sent that much later. What other requests do to the job meanwhile is not in it.
"""

import re
from typing import Final, NamedTuple

from mockserver.core.instants import SECOND, Duration, Instant
from mockserver.core.job import Job
from mockserver.packs.facts import Facts, Render
from mockserver.packs.fields import checked_pattern
from mockserver.packs.kinds import CompiledKind
from mockserver.packs.node_access import checked_group, member
from mockserver.packs.scope import Scope
from mockserver.packs.values import compile_value, text_of
from mockserver.scenario import values
from mockserver.scenario.nodes import Node

DONE: Final = "done"
LATE: Final = "late"


class Held(NamedTuple):
    """What a hold came to."""

    outcome: str
    """`done`: the job entered one of the states; `late`: the time was up before."""
    until: Instant
    """When the answer is sent, and what it shows."""


class RequestedHold(NamedTuple):
    """The hold of an operation."""

    value: Render
    pattern: re.Pattern[str]
    """Its group, if it has one, is a number of seconds."""
    default: Duration
    states: frozenset[str]

    def duration(self, facts: Facts) -> Duration | None:
        """Return how long the answer may be held; None for a request that asks for no hold."""
        found = self.pattern.fullmatch(text_of(self.value(facts)))
        if found is None:
            return None
        seconds = [int(number) * SECOND for number in found.groups() if number]
        return min([*seconds, self.default])

    def hold(self, facts: Facts, job: Job, kind: CompiledKind) -> Held | None:
        """Return when the answer about a job is sent; None for a request that asks for no hold."""
        longest = self.duration(facts)
        if longest is None:
            return None
        time_is_up = facts.at + longest
        entered = kind.snapshot(job, time_is_up).entered_at
        reached = [entered[state] for state in self.states if state in entered]
        if reached:
            return Held(DONE, min(reached))
        return Held(LATE, time_is_up)


def compile_hold(node: Node | None, kind: CompiledKind, scope: Scope) -> RequestedHold | None:
    """Compile the key `hold` of an operation; reports unknown states (PCK002) and a pattern that is none (PCK004)."""
    if node is None:
        return None
    diagnostics = scope.tables.diagnostics
    pattern = checked_pattern(member(node, "pattern"), diagnostics)
    states = checked_group(member(node, "until"), kind.tables, diagnostics)
    if pattern is None:
        return None
    return RequestedHold(
        compile_value(member(node, "value"), scope),
        re.compile(pattern),
        values.as_duration(node.get("default"), diagnostics),
        states,
    )
