"""A vendor's state machine as a table: which state may follow which, and by what.

Theory of operation. A lifecycle is four facts: the state a job is born in, the arrows, the states nothing leaves,
and what each arrow is for (`Trigger`). Nothing here runs: `core.job` walks a timeline, and the table says whether
each move of it is legal; the linter, the admin `move`, the contract's own rules and the diagrams of the docs all
read the same table.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Trigger(StrEnum):
    """What makes a job move."""

    TIME = "time"
    """The job's own work: a stay ends, or enough polls were counted."""
    CANCEL = "cancel"
    """An accepted cancel."""
    DEADLINE = "deadline"
    """A deadline of the vendor's, such as 24 hours after creation."""


class Transition(NamedTuple):
    """One legal move."""

    source: str
    target: str
    trigger: Trigger = Trigger.TIME


@dataclass(frozen=True)
class Lifecycle:
    """The state machine of one kind of job, in the vendor's own spelling of the states."""

    kind: str
    """What the vendor calls the job: video, batch, task, project, item."""
    states: tuple[str, ...]
    """All states, in the order a reader expects; the first is the state at birth."""
    transitions: tuple[Transition, ...]
    terminal: frozenset[str]

    @property
    def initial(self) -> str:
        """The state a job is born in unless its timeline says otherwise."""
        return self.states[0]

    def allows(self, source: str, target: str, *triggers: Trigger) -> bool:
        """Whether `target` may follow `source` directly, by any of the triggers (none named: by any at all)."""
        return any(
            arrow.source == source and arrow.target == target and (not triggers or arrow.trigger in triggers)
            for arrow in self.transitions
        )

    def next_states(self, source: str) -> tuple[str, ...]:
        """The states that may follow `source` directly, in the table's order."""
        return tuple(dict.fromkeys(arrow.target for arrow in self.transitions if arrow.source == source))

    def reachable(self, source: str, *triggers: Trigger) -> frozenset[str]:
        """`source` and every state that some chain of legal moves leads to."""
        seen = {source}
        waiting = [source]
        while waiting:
            state = waiting.pop()
            for arrow in self.transitions:
                if arrow.source == state and arrow.target not in seen and (not triggers or arrow.trigger in triggers):
                    seen.add(arrow.target)
                    waiting.append(arrow.target)
        return frozenset(seen)


@dataclass(frozen=True)
class BatchRules:
    """How a batch's state derives from its items': the names, in the vendor's spelling."""

    item: Lifecycle
    """The items' own lifecycle; its first state waits, its second works."""
    waiting: str
    """The batch while no item has begun."""
    working: str
    """The batch while some item is unfinished."""
    done: str
    """The batch when every item has finished by itself."""
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

    @property
    def queued(self) -> str:
        """An item that has not begun."""
        return self.item.states[0]

    @property
    def busy(self) -> str:
        """An item that has begun."""
        return self.item.states[1]


def mermaid_diagram(lifecycle: Lifecycle) -> str:
    """The lifecycle as a Mermaid state diagram: the docs' diagrams are this function's output."""
    lines = ["stateDiagram-v2", f"    [*] --> {lifecycle.initial}"]
    merged: dict[tuple[str, str], list[str]] = {}
    for source, target, trigger in lifecycle.transitions:
        merged.setdefault((source, target), []).append(trigger.value)
    lines += [f"    {source} --> {target}: {', '.join(triggers)}" for (source, target), triggers in merged.items()]
    lines += [f"    {state} --> [*]" for state in lifecycle.states if state in lifecycle.terminal]
    return "\n".join(lines) + "\n"
