"""Instants that a job's course names: `completed`, `1ms before completed`, `5s after processing`.

When that is, is known only where the job is: here the words are read, and held against the states that the job can
come to at all.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from mockserver.errors import did_you_mean
from mockserver.scenario import lint, values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.model import RelativeTime
from mockserver.scenario.nodes import Node
from mockserver.vendors.api import Accept, Era, JobKind
from mockserver.vendors.planner import default_cancel_timeline
from mockserver.vendors.script import Script


class AwaitedState(NamedTuple):
    """A state that a step waits for, and whose."""

    node: Node
    state: str
    kind: JobKind


def is_relative_time(node: Node | None) -> bool:
    """Whether a step's `at` is by its job's course, not by the clock."""
    return node is not None and (" " in node.text or node.text[:1].isalpha())


def parse_relative_time(node: Node, diagnostics: Diagnostics) -> RelativeTime:
    """The instant of a job's course that a step's `at` names."""
    *offset, state = node.text.split(" ")
    if not offset:
        return RelativeTime(state)
    by = values.checked_duration(offset[0], node, diagnostics)
    return RelativeTime(state, -by if offset[1] == "before" else by)


def check_awaited_states(
    awaited: Iterable[AwaitedState], era: Era, script: Script, moves: frozenset[str], diagnostics: Diagnostics
) -> None:
    """Whether each state that a step waits for is one that its job can come to."""
    for node, state, kind in awaited:
        if not diagnostics.is_clean(node):
            continue
        there = _reachable_with_cancel(
            kind, script if kind is era.main_kind else replace(script, timeline_rules=(), cancel=None), moves
        )
        if state not in there:
            known = [name for name in kind.lifecycle.states if name in there]
            message = f"no {kind.name} of this scenario ever comes to `{state}`{did_you_mean(state, known)}"
            diagnostics.add("SCN083", message, node, f"It can come to {', '.join(known)}.")


def _reachable_with_cancel(kind: JobKind, script: Script, moves: frozenset[str]) -> frozenset[str]:
    """The states that a job of a kind can come to while the scenario is played, by a cancel too."""
    accepted = [verdict.follow for verdict in kind.cancel_table.values() if isinstance(verdict, Accept)]
    follows = [*accepted, *([default_cancel_timeline(kind)] if script.cancel is not None else [])]
    cancelled = frozenset(step.state for follow in follows for step in follow)
    return lint.reachable_states(kind, script, moves) | cancelled
