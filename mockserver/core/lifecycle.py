"""A vendor's state machine as a table: which state may follow which, and what triggers it.

Theory of operation. A lifecycle is four facts: the initial state, the transitions, the terminal states, and what
triggers each transition. Nothing here runs: `core.job` follows a timeline, and the table says which of its transitions
are legal. The linter, the admin call `move`, the contract's rules and the diagrams of the docs use the same table.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from mockserver.core.instants import Duration


class Trigger(StrEnum):
    """What moves a job to another state."""

    TIME = "time"
    """The job's own work: a stay ends, or enough polls were counted."""
    CANCEL = "cancel"
    """An accepted cancel."""
    DEADLINE = "deadline"
    """A deadline of the vendor, such as 24 hours after creation."""


class Transition(NamedTuple):
    """A legal transition between two states, and what triggers it."""

    source: str
    target: str
    trigger: Trigger = Trigger.TIME


class Lifecycle(NamedTuple):
    """The state machine of one kind of job, in the vendor's own spelling of the states."""

    kind: str
    """The vendor's word for the job: video, batch, task, project, item."""
    states: tuple[str, ...]
    """All states, in the order a reader expects; the first is the initial one."""
    transitions: tuple[Transition, ...]
    terminal: frozenset[str]

    @property
    def initial(self) -> str:
        """The state of a new job, unless its timeline begins with another."""
        return self.states[0]

    def allows(self, source: str, target: str, *triggers: Trigger) -> bool:
        """Return whether `target` may directly follow `source`, by one of the triggers (none given: by any)."""
        return any(
            each.source == source and each.target == target and (not triggers or each.trigger in triggers)
            for each in self.transitions
        )

    def next_states(self, source: str, *triggers: Trigger) -> tuple[str, ...]:
        """Return the states that may directly follow `source`, by one of the triggers, in the order of the table."""
        following = dict.fromkeys(each.target for each in self.transitions if each.source == source)
        return tuple(target for target in following if self.allows(source, target, *triggers))


class BatchRules(NamedTuple):
    """How a batch's state derives from its items': the names, in the vendor's spelling.

    One name may stand for several: a batch that has only `in_progress` is waiting and working in it, and one that only
    has `ended` is done, drained and expired with it.
    """

    item: Lifecycle
    """The lifecycle of the items; its first state waits, its second works."""
    waiting: str
    """The batch while no item has begun."""
    working: str
    """The batch while some item is unfinished."""
    done: str
    """The batch when every item has finished by its own work."""
    draining: str
    """The batch after a cancel, while items that had begun are unfinished."""
    drained: str
    """The batch when a cancel has left nothing unfinished."""
    expired: str
    """The batch when a deadline has ended its unfinished items."""
    dropped: str
    """An item that a cancel or a deadline ended."""
    succeeded: str
    """An item's usual outcome."""
    overdue: str = ""
    """An item that a deadline ended, where a cancel leaves another state."""
    failed: str = ""
    """The batch when all of its items were dropped before one began: its input was refused."""
    opens: bool = False
    """The stay of the waiting state in the batch's timeline comes before the items, whose own timelines begin after it.

    False: the batch waits until an item begins."""
    closing: str = ""
    """The batch after its last item, before it is done, as long as its timeline says; a cancel does not lead to it."""
    drain_least: Duration = 0
    """How long a cancelled batch drains at least, even if nothing is left to wait for."""
    drain_limit: Duration | None = None
    """How long a cancelled batch drains at most; then the items that are still at work are dropped."""
    counters: Mapping[str, frozenset[str]] = {}
    """The item states that each counter of the batch counts, in the order in which a body shows them."""
    counts_nothing_in: frozenset[str] = frozenset()
    """Batch states in which every counter is 0."""
    counts_at_end: bool = False
    """Until the batch has ended, every item counts as at work."""

    @property
    def queued(self) -> str:
        """An item that has not begun."""
        return self.item.states[0]

    @property
    def busy(self) -> str:
        """An item that has begun."""
        return self.item.states[1]

    @property
    def late(self) -> str:
        """An item that a deadline ended."""
        return self.overdue or self.dropped


def batch_lifecycle(kind: str, rules: BatchRules) -> Lifecycle:
    """Return the lifecycle of a batch that has no states but those that its items bring about."""
    waiting, working, draining = rules.waiting, rules.working, rules.draining
    transitions = (
        Transition(waiting, working),
        Transition(working, rules.done),
        Transition(waiting, draining, Trigger.CANCEL),
        # Nothing is at work in a waiting batch: it drains at once.
        Transition(waiting, rules.drained, Trigger.CANCEL),
        Transition(working, draining, Trigger.CANCEL),
        Transition(draining, rules.drained),
        *(Transition(state, rules.expired, Trigger.DEADLINE) for state in (waiting, working, draining)),
    )
    ends = (rules.drained, rules.done, rules.expired)
    return Lifecycle(kind, (waiting, working, draining, *ends), transitions, frozenset(ends))


def mermaid_diagram(lifecycle: Lifecycle) -> str:
    """Render the lifecycle as a Mermaid state diagram, as in the docs."""
    lines = ["stateDiagram-v2", f"    [*] --> {lifecycle.initial}"]
    merged: dict[tuple[str, str], list[str]] = {}
    for source, target, trigger in lifecycle.transitions:
        merged.setdefault((source, target), []).append(trigger.value)
    lines += [f"    {source} --> {target}: {', '.join(triggers)}" for (source, target), triggers in merged.items()]
    lines += [f"    {state} --> [*]" for state in lifecycle.states if state in lifecycle.terminal]
    return "\n".join(lines) + "\n"
