"""Timelines: the states of a course with their stays, held against the lifecycle that they are of."""

from mockserver.core.lifecycle import Lifecycle
from mockserver.core.timeline import ENDLESS, NOTHING, Step, Timeline
from mockserver.scenario import lint, values
from mockserver.scenario.lint import Part
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.vendors.api import Kind


def jobs_timeline(node: Node | None, kind: Kind, report: Report) -> Timeline | None:
    """A job's timeline; a batch's keeps to what its items can make of it."""
    found = timeline(node, kind.lifecycle, report)
    if found is not None and node is not None:
        lint.made_by_items((part for item in node.items for part in lint.parts(item)), kind, report)
    return found


def timeline(node: Node | None, lifecycle: Lifecycle, report: Report) -> Timeline | None:
    """A timeline; None where it is absent or has a problem. Its sound steps are judged in any case."""
    if node is None:
        return None
    course = [part for item in node.items if report.sound(item) for part in lint.parts(item)]
    lint.names(_of_unsound(node, report), lifecycle, report)
    if not lint.names(course, lifecycle, report) or not report.sound(node):
        return None
    lint.order(course, lifecycle, report)
    return steps(course, report)


def _of_unsound(node: Node, report: Report) -> list[Part]:
    """The states of steps with a problem in what stands beside them: a misspelt one is told in the same run."""
    unsound = [item for item in node.items if item.kind == "mapping" and not report.sound(item)]
    return [Part(key.text, value, value, value) for item in unsound for key, value in item.entries]


def steps(course: list[Part], report: Report) -> Timeline:
    """The steps of a course that was judged."""
    return tuple(_step(part, report) for part in course)


def _step(part: Part, report: Report) -> Step:
    details = part.details
    return Step(
        part.state,
        ENDLESS if part.stay is None else values.stay(part.stay, report),
        None if details is None else values.progress(details.get("progress")),
        NOTHING if details is None else values.json(details.get("fields")) or NOTHING,
        part.node.line,
    )
