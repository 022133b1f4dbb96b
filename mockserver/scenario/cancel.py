"""`cancel:`: what a cancel meets instead of the vendor's rules. Judged last, as the states that a job can be in hang on
everything else that a scenario says.
"""

from dataclasses import replace
from typing import NamedTuple

from mockserver.core.lifecycle import Lifecycle, Trigger
from mockserver.core.timeline import Timeline
from mockserver.scenario import lint, values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.lint import TimelinePart
from mockserver.scenario.nodes import Node
from mockserver.scenario.timelines import timeline_steps
from mockserver.vendors.api import JobKind
from mockserver.vendors.script import CancelScript, Script, ScriptedResponse


class ScenarioContext(NamedTuple):
    """What else a scenario says of its jobs."""

    script: Script
    moves: frozenset[str]
    """The states that its play moves jobs to."""
    complete: bool
    """Whether all of it could be read."""


def compile_cancel(
    node: Node | None, kind: JobKind, context: ScenarioContext, diagnostics: Diagnostics
) -> CancelScript | None:
    """The cancel policy of a scenario's main kind of job; None where nothing is said."""
    if node is None:
        return None
    sources, accept = node.get("from"), node.get("accept")
    listed = [] if sources is None else sources.items or [sources]
    cancel = CancelScript(
        None if sources is None else frozenset(item.text for item in listed),
        _compile_accept(accept, kind.lifecycle, diagnostics),
        _compile_refusal(node.get("refuse")),
        node.get("race") is not None,
        _line_of(node),
        _line_of(node.get("refuse")),
    )
    lived = lint.reachable_states(kind, replace(context.script, cancel=cancel), context.moves)
    lint.check_cancel_sources(listed, kind, lived if context.complete else None, diagnostics)
    if context.complete and diagnostics.is_clean(node):
        lint.check_cancel_timeline(accept or node, kind, cancel, lived, diagnostics)
    if context.complete and diagnostics.is_clean(node):
        lint.check_cancel_outcomes(node, kind, cancel, lived, diagnostics)
    return cancel


def _compile_accept(node: Node | None, lifecycle: Lifecycle, diagnostics: Diagnostics) -> Timeline | None:
    """What an accepted cancel leads to; after `state: stay` comes the one terminal state that can."""
    if node is None:
        return None
    course = lint.timeline_parts(node)
    if not lint.check_states(course, lifecycle, diagnostics):
        return None
    ends = [name for name in lifecycle.next_states(course[-1].state) if name in lifecycle.terminal]
    ends = [name for name in ends if lifecycle.allows(course[-1].state, name, Trigger.TIME)]
    if node.node_type == "mapping" and course[-1].stay is not None and len(ends) == 1:
        course.append(TimelinePart(ends[0], node))
    lint.check_order(course, lifecycle, diagnostics)
    return timeline_steps(course, diagnostics)


def _compile_refusal(node: Node | None) -> ScriptedResponse | None:
    if node is None:
        return None
    status = node.get("status")
    return ScriptedResponse(
        0 if status is None else int(status.value),
        values.as_json_value(node.get("body")),
        values.as_pairs(node.get("headers")),
    )


def _line_of(node: Node | None) -> int:
    """Where a key stands with its value; 0 for none."""
    return 0 if node is None else (node.key or node).line
