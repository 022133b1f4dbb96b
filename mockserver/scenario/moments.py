"""Instants that a job's course names: `completed`, `1ms before completed`, `5s after processing`.

When that is, is known only where the job is: here the words are read, and held against the states that the job can
come to at all.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from mockserver.errors import nearest
from mockserver.scenario import lint, values
from mockserver.scenario.model import Moment
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.vendors.api import Accept, Era, Kind
from mockserver.vendors.planning import cancelled_course
from mockserver.vendors.script import Script


class Named(NamedTuple):
    """A state that a step waits for, and whose."""

    node: Node
    state: str
    kind: Kind


def is_moment(node: Node | None) -> bool:
    """Whether a step's `at` is by its job's course, not by the clock."""
    return node is not None and (" " in node.text or node.text[:1].isalpha())


def moment(node: Node, report: Report) -> Moment:
    """The instant of a job's course that a step's `at` names."""
    *offset, state = node.text.split(" ")
    if not offset:
        return Moment(state)
    by = values.written(offset[0], node, report)
    return Moment(state, -by if offset[1] == "before" else by)


def reached(named: Iterable[Named], era: Era, script: Script, moves: frozenset[str], report: Report) -> None:
    """Whether each state that a step waits for is one that its job can come to."""
    for node, state, kind in named:
        if not report.sound(node):
            continue
        there = _reachable(kind, script if kind is era.main else replace(script, courses=(), cancel=None), moves)
        if state not in there:
            known = [name for name in kind.lifecycle.states if name in there]
            message = f"no {kind.name} of this scenario ever comes to `{state}`{nearest(state, known)}"
            report.add("SCN083", message, node, f"It can come to {', '.join(known)}.")


def _reachable(kind: Kind, script: Script, moves: frozenset[str]) -> frozenset[str]:
    """The states that a job of a kind can come to while the scenario is played, by a cancel too."""
    accepted = [verdict.follow for verdict in kind.cancel.values() if isinstance(verdict, Accept)]
    follows = [*accepted, *([cancelled_course(kind)] if script.cancel is not None else [])]
    cancelled = frozenset(step.state for follow in follows for step in follow)
    return lint.livable(kind, script, moves) | cancelled
