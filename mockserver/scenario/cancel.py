"""`cancel:`: the outcome of a cancel, instead of the vendor's rules.

It is compiled last: the states that a job can be in depend on everything else in the scenario.
"""

from dataclasses import dataclass, replace

from mockserver.core.lifecycle import Lifecycle, Trigger
from mockserver.core.timeline import Timeline
from mockserver.scenario import lint, values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.lint import TimelinePart
from mockserver.scenario.nodes import Node
from mockserver.scenario.timelines import timeline_steps
from mockserver.vendors.api import JobKind
from mockserver.vendors.script import CancelScript, Script, ScriptedResponse


@dataclass(frozen=True)
class ScenarioContext:
    """The rest of the scenario, as far as it decides which states its jobs can be in."""

    script: Script
    moves: frozenset[str]
    """The states that the play moves jobs to."""
    complete: bool
    """True if all of it was free of problems."""


def compile_cancel(
    node: Node | None, kind: JobKind, context: ScenarioContext, diagnostics: Diagnostics
) -> CancelScript | None:
    """Compile the cancel policy for the scenario's main kind of job; None where the key is absent."""
    if node is None:
        return None
    sources, accept, refuse = (node.get(name) for name in ("from", "accept", "refuse"))
    refusal = None
    if refuse is not None:
        status, body = values.as_int(refuse.get("status"), 0), values.as_json_value(refuse.get("body"))
        refusal = ScriptedResponse(status, body, values.as_pairs(refuse.get("headers")))
    source_nodes = values.one_or_more(sources)
    cancel = CancelScript(
        sources=None if sources is None else frozenset(item.text for item in source_nodes),
        follow=_compile_accept(accept, kind.lifecycle, diagnostics),
        refusal=refusal,
        race=node.get("race") is not None,
        line=_line_of(node),
        refuse_line=_line_of(refuse),
    )
    reachable = lint.reachable_states(kind, replace(context.script, cancel=cancel), context.moves)
    lint.check_cancel_sources(source_nodes, kind, reachable if context.complete else None, diagnostics)
    # Each check assumes that the ones before it found nothing.
    if context.complete and diagnostics.is_clean(node):
        lint.check_cancel_timeline(accept or node, kind, cancel, reachable, diagnostics)
    if context.complete and diagnostics.is_clean(node):
        lint.check_cancel_outcomes(node, kind, cancel, reachable, diagnostics)
    return cancel


def _compile_accept(node: Node | None, lifecycle: Lifecycle, diagnostics: Diagnostics) -> Timeline | None:
    """Compile what an accepted cancel leads to; after `state: stay` comes the only terminal state that can follow."""
    if node is None:
        return None
    parts = lint.timeline_parts(node)
    if not lint.check_states(parts, lifecycle, diagnostics):
        return None
    last = parts[-1]
    ends = [name for name in lifecycle.next_states(last.state) if name in lifecycle.terminal]
    ends = [name for name in ends if lifecycle.allows(last.state, name, Trigger.TIME)]
    if node.node_type == "mapping" and last.stay is not None and len(ends) == 1:
        parts.append(TimelinePart(ends[0], node))
    lint.check_order(parts, lifecycle, diagnostics)
    return timeline_steps(parts, diagnostics)


def _line_of(node: Node | None) -> int:
    """Return the line of a key; 0 where it is absent."""
    if node is None:
        return 0
    return (node.key or node).line
