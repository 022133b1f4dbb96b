"""Times relative to a job's states: `completed`, `1ms before completed`, `5s after processing`.

The instant is known only when the play runs: here the text is parsed, and the state is checked against those that the
job can reach.
"""

from collections.abc import Iterable
from typing import NamedTuple

from mockserver.errors import did_you_mean
from mockserver.scenario import lint, values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node
from mockserver.scenario.play_model import PlayStep, RelativeTime
from mockserver.vendors.api import Accept, Era, JobKind
from mockserver.vendors.planner import default_cancel_timeline
from mockserver.vendors.script import Script


class AwaitedState(NamedTuple):
    """A state that a step waits for, and the kind of its job."""

    node: Node
    state: str
    kind: JobKind


def is_relative_time(node: Node | None) -> bool:
    """Return whether a step's `at` is relative to a state of its job, rather than to the session's start."""
    return node is not None and (" " in node.text or node.text[:1].isalpha())


def parse_relative_time(node: Node, diagnostics: Diagnostics) -> RelativeTime:
    """Parse a step's relative `at`."""
    match node.text.split(" "):
        case [duration, "before", state]:
            return RelativeTime(state, -values.checked_duration(duration, node, diagnostics))
        case [duration, "after", state]:
            return RelativeTime(state, values.checked_duration(duration, node, diagnostics))
    return RelativeTime(node.text)


def check_awaited_states(
    awaited: Iterable[AwaitedState], era: Era, script: Script, play: Iterable[PlayStep], diagnostics: Diagnostics
) -> None:
    """Report states that a step waits for and its job never reaches (SCN083)."""
    steps = [step for group in play for step in (group, *group.together)]
    moves = frozenset(step.move for step in steps if step.move)
    operations = [era.operation(step.operation) for step in steps]
    # A `call` may be a cancel; so may be any operation that changes one job.
    may_cancel = any(step.call for step in steps) or any(
        operation is not None and operation.about_one_job and not operation.reads_only for operation in operations
    )
    for node, state, kind in awaited:
        if not diagnostics.is_clean(node):
            continue
        follows = [decision.follow for decision in kind.cancel_table.values() if isinstance(decision, Accept)]
        if kind.name in script.cancels:
            follows.append(default_cancel_timeline(kind))
        after_cancel = frozenset(step.state for follow in follows for step in follow if may_cancel)
        reachable = lint.reachable_states(kind, script, moves) | after_cancel
        if state not in reachable:
            known = [name for name in kind.lifecycle.states if name in reachable]
            message = f"no {kind.name} of this scenario ever reaches `{state}`{did_you_mean(state, known)}"
            diagnostics.add("SCN083", message, node, f"It can reach {', '.join(known)}.")
