"""`cancel:`: the outcome of a cancel, instead of the vendor's rules.

It is compiled last: the states that a job can be in depend on everything else in the scenario.
"""

from dataclasses import dataclass

from mockserver.core.lifecycle import Lifecycle, Trigger
from mockserver.core.text import with_article
from mockserver.core.timeline import Timeline
from mockserver.scenario import lint, values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.lint import TimelinePart
from mockserver.scenario.nodes import Node
from mockserver.scenario.timelines import timeline_steps
from mockserver.vendors.api import Era, JobKind, Role
from mockserver.vendors.script import CancelScript, Script, ScriptedResponse


@dataclass(frozen=True)
class ScenarioContext:
    """The rest of the scenario, as far as it decides which states its jobs can be in."""

    script: Script
    moves: frozenset[str]
    """The states that the play moves jobs to."""
    complete: bool
    """True if all of it was free of problems."""


def compile_cancels(
    node: Node | None, era: Era, context: ScenarioContext, diagnostics: Diagnostics
) -> dict[str, CancelScript]:
    """Compile the cancel policies by the kind of job that each is about (SCN042, SCN073)."""
    policies = [] if node is None else node.items or [node]
    compiled: dict[str, CancelScript] = {}
    for policy in policies:
        kind = lint.find_kind(policy.get("kind"), era, diagnostics)
        if kind is None or not diagnostics.is_clean(policy):
            continue
        if kind.name in compiled:
            message = f"a second cancel policy for {with_article(kind.name)}"
            diagnostics.add("SCN073", message, policy, "Put both into one, or name another kind: `kind: NAME`.")
            continue
        if era.operation_of(kind.name, Role.CANCEL) is None:
            message = f"no request of {era.pin} cancels {with_article(kind.name)}"
            diagnostics.add("SCN086", message, policy, "Leave the policy out, or choose an era that has such a cancel.")
            continue
        compiled[kind.name] = _compile_policy(policy, kind, era, context, diagnostics)
    return compiled


def _compile_policy(
    node: Node, kind: JobKind, era: Era, context: ScenarioContext, diagnostics: Diagnostics
) -> CancelScript:
    """Compile one policy and hold it to the tables of its kind."""
    sources, accept, refuse = (node.get(name) for name in ("from", "accept", "refuse"))
    refusal = None
    if refuse is not None:
        status, body = values.as_int(refuse.get("status"), 0), values.as_json_value(refuse.get("body"))
        refusal = ScriptedResponse(status, body, values.as_pairs(refuse.get("headers")))
    source_nodes = values.one_or_more(sources)
    cancel = CancelScript(
        sources=None if sources is None else frozenset(item.text for item in source_nodes),
        follow=_compile_accept(accept, kind.lifecycle, era, diagnostics),
        refusal=refusal,
        race=node.get("race") is not None,
        line=_line_of(node),
        refuse_line=_line_of(refuse),
    )
    script = context.script._replace(cancels={kind.name: cancel})
    reachable = lint.reachable_states(kind, script, context.moves)
    lint.check_cancel_sources(source_nodes, kind, reachable if context.complete else None, diagnostics)
    # Each check assumes that the ones before it found nothing.
    if context.complete and diagnostics.is_clean(node):
        lint.check_cancel_timeline(accept or node, kind, cancel, reachable, diagnostics)
    if context.complete and diagnostics.is_clean(node):
        lint.check_cancel_outcomes(node, kind, cancel, reachable, diagnostics)
    return cancel


def _compile_accept(node: Node | None, lifecycle: Lifecycle, era: Era, diagnostics: Diagnostics) -> Timeline | None:
    """Compile what an accepted cancel leads to; after `state: stay` comes the only terminal state that can follow."""
    if node is None:
        return None
    parts = lint.timeline_parts(node)
    if not lint.check_states(parts, lifecycle, diagnostics, era.kinds):
        return None
    last = parts[-1]
    ends = [name for name in lifecycle.next_states(last.state, Trigger.TIME) if name in lifecycle.terminal]
    if node.node_type == "mapping" and last.stay is not None and len(ends) == 1:
        parts.append(TimelinePart(ends[0], node))
    lint.check_order(parts, lifecycle, diagnostics)
    lint.check_shown_statuses(parts, lifecycle, diagnostics)
    return timeline_steps(parts, diagnostics)


def _line_of(node: Node | None) -> int:
    """Return the line of a key; 0 where it is absent."""
    if node is None:
        return 0
    return (node.key or node).line
