"""Timelines: the states of a course with their stays, held against the lifecycle that they are of."""

from mockserver.core.lifecycle import Lifecycle
from mockserver.core.timeline import EMPTY_MAPPING, NO_END, Timeline, TimelineStep
from mockserver.scenario import lint, values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.lint import TimelinePart
from mockserver.scenario.nodes import Node
from mockserver.vendors.api import JobKind


def compile_job_timeline(node: Node | None, kind: JobKind, diagnostics: Diagnostics) -> Timeline | None:
    """A job's timeline; a batch's keeps to what its items can make of it."""
    found = compile_timeline(node, kind.lifecycle, diagnostics)
    if found is not None and node is not None:
        lint.check_batch_states((part for item in node.items for part in lint.timeline_parts(item)), kind, diagnostics)
    return found


def compile_timeline(node: Node | None, lifecycle: Lifecycle, diagnostics: Diagnostics) -> Timeline | None:
    """A timeline; None where it is absent or has a problem. Its sound steps are judged in any case."""
    if node is None:
        return None
    course = [part for item in node.items if diagnostics.is_clean(item) for part in lint.timeline_parts(item)]
    lint.check_states(_parts_with_errors(node, diagnostics), lifecycle, diagnostics)
    if not lint.check_states(course, lifecycle, diagnostics) or not diagnostics.is_clean(node):
        return None
    lint.check_order(course, lifecycle, diagnostics)
    return timeline_steps(course, diagnostics)


def _parts_with_errors(node: Node, diagnostics: Diagnostics) -> list[TimelinePart]:
    """The states of steps with a problem in what stands beside them: a misspelt one is told in the same run."""
    unsound = [item for item in node.items if item.node_type == "mapping" and not diagnostics.is_clean(item)]
    return [TimelinePart(key.text, value, value, value) for item in unsound for key, value in item.entries]


def timeline_steps(parts: list[TimelinePart], diagnostics: Diagnostics) -> Timeline:
    """The steps of a course that was judged."""
    return tuple(_timeline_step(part, diagnostics) for part in parts)


def _timeline_step(part: TimelinePart, diagnostics: Diagnostics) -> TimelineStep:
    details = part.details
    return TimelineStep(
        part.state,
        NO_END if part.stay is None else values.as_stay(part.stay, diagnostics),
        None if details is None else values.as_progress(details.get("progress")),
        EMPTY_MAPPING if details is None else values.as_json_value(details.get("fields")) or EMPTY_MAPPING,
        part.node.line,
    )
