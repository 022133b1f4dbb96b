"""`cancel:`: what a cancel meets instead of the vendor's rules. Judged last, as the states that a job can be in hang on
everything else that a scenario says.
"""

from dataclasses import replace
from typing import NamedTuple

from mockserver.core.lifecycle import Lifecycle, Trigger
from mockserver.core.timeline import Timeline
from mockserver.scenario import lint, values
from mockserver.scenario.lint import Part
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.timelines import steps
from mockserver.vendors.api import Kind
from mockserver.vendors.script import CancelScript, Script, Scripted


class Rest(NamedTuple):
    """What else a scenario says of its jobs."""

    script: Script
    moves: frozenset[str]
    """The states that its play moves jobs to."""
    known: bool
    """Whether all of it could be read."""


def cancel_in(node: Node | None, kind: Kind, rest: Rest, report: Report) -> CancelScript | None:
    """The cancel policy of a scenario's main kind of job; None where nothing is said."""
    if node is None:
        return None
    sources, accept = node.get("from"), node.get("accept")
    listed = [] if sources is None else sources.items or [sources]
    cancel = CancelScript(
        None if sources is None else frozenset(item.text for item in listed),
        _accepted(accept, kind.lifecycle, report),
        _refusal(node.get("refuse")),
        node.get("race") is not None,
        _line(node),
        _line(node.get("refuse")),
    )
    lived = lint.livable(kind, replace(rest.script, cancel=cancel), rest.moves)
    lint.cancel_from(listed, kind, lived if rest.known else None, report)
    if rest.known and report.sound(node):
        lint.cancel_follow(accept or node, kind, cancel, lived, report)
    if rest.known and report.sound(node):
        lint.cancel_outcomes(node, kind, cancel, lived, report)
    return cancel


def _accepted(node: Node | None, lifecycle: Lifecycle, report: Report) -> Timeline | None:
    """What an accepted cancel leads to; after `state: stay` comes the one terminal state that can."""
    if node is None:
        return None
    course = lint.parts(node)
    if not lint.names(course, lifecycle, report):
        return None
    ends = [name for name in lifecycle.next(course[-1].state) if name in lifecycle.terminal]
    ends = [name for name in ends if lifecycle.allows(course[-1].state, name, Trigger.TIME)]
    if node.kind == "mapping" and course[-1].stay is not None and len(ends) == 1:
        course.append(Part(ends[0], node))
    lint.order(course, lifecycle, report)
    return steps(course, report)


def _refusal(node: Node | None) -> Scripted | None:
    if node is None:
        return None
    status = node.get("status")
    return Scripted(
        0 if status is None else int(status.value), values.json(node.get("body")), values.pairs(node.get("headers"))
    )


def _line(node: Node | None) -> int:
    """Where a key stands with its value; 0 for none."""
    return 0 if node is None else (node.key or node).line
