"""Timelines: states with their stays, checked against the lifecycle of their job."""

from collections.abc import Mapping

from mockserver.core.lifecycle import Lifecycle
from mockserver.core.timeline import EMPTY_MAPPING, Timeline, TimelineStep
from mockserver.scenario import lint, values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.lint import TimelinePart
from mockserver.scenario.nodes import Node
from mockserver.vendors.api import Era, JobKind


def compile_job_timeline(node: Node | None, kind: JobKind, era: Era, diagnostics: Diagnostics) -> Timeline | None:
    """Compile a job's timeline; the states of a batch must be those that its items bring about."""
    timeline = compile_timeline(node, kind.lifecycle, diagnostics, era.kinds)
    if timeline is not None and node is not None:
        lint.check_batch_states(lint.timeline_parts(node), kind, diagnostics)
    return timeline


def compile_timeline(
    node: Node | None, lifecycle: Lifecycle, diagnostics: Diagnostics, kinds: Mapping[str, JobKind] = EMPTY_MAPPING
) -> Timeline | None:
    """Compile a timeline; None where it is absent or has a problem. Its clean steps are checked in any case.

    `kinds` are those that a `kind:` could name instead.
    """
    if node is None:
        return None
    # A step with a problem in its details may have a misspelt state too: both are reported in one run.
    parts_with_errors = [
        TimelinePart(key.text, value, value, value)
        for item in node.items
        if item.node_type == "mapping" and not diagnostics.is_clean(item)
        for key, value in item.entries
    ]
    parts = [part for item in node.items if diagnostics.is_clean(item) for part in lint.timeline_parts(item)]
    if not diagnostics.is_clean(node):
        lint.check_states(parts_with_errors + parts, lifecycle, diagnostics, kinds)
        return None
    is_known = lint.check_states(parts, lifecycle, diagnostics, kinds)
    lint.check_order(parts, lifecycle, diagnostics)
    if not is_known:
        return None
    lint.check_shown_statuses(parts, lifecycle, diagnostics)
    return timeline_steps(parts, diagnostics)


def compile_own_timeline(node: Node, lifecycle: Lifecycle, diagnostics: Diagnostics) -> Timeline:
    """Compile a timeline of a vendor's own: its lines are none of a scenario's."""
    steps = compile_timeline(node, lifecycle, diagnostics) or ()
    return tuple(step._replace(line=0) for step in steps)


def timeline_steps(parts: list[TimelinePart], diagnostics: Diagnostics) -> Timeline:
    """Return the steps of a checked timeline."""
    steps: list[TimelineStep] = []
    for part in parts:
        step = TimelineStep(part.state, line=part.node.line)
        if part.stay is not None:
            step = step._replace(stay=values.as_stay(part.stay, diagnostics))
        if part.details is not None:
            fields = values.as_json_value(part.details.get("fields")) or step.fields
            step = step._replace(progress=values.as_progress(part.details.get("progress")), fields=fields)
        steps.append(step)
    return tuple(steps)
