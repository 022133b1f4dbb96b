"""A job, and its state as a fold of (plan, creation, inputs) up to an instant.

Theory of operation. Nothing ticks. A job is its create request (`spec`), its timeline without interference (`JobPlan`),
and its few inputs (an accepted command, a counted poll, a move), each with its instant and its number in the session's
order. `fold_job` follows the timeline from the creation to `now`, stopping at each input, and returns every state the
job was in: a job that is polled once after ten minutes has caught up, and a million idle jobs cost nothing.

Stays are half open: what is due at an instant happens before a request of that instant is handled. When the end of a
stay and a deadline fall on one instant, the stay ends first: the job's own work comes before the vendor's deadline.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mockserver.core.deadlines import Deadline as Deadline
from mockserver.core.deadlines import Deadlines, PendingDeadline, pending_since_creation
from mockserver.core.instants import Instant
from mockserver.core.item_groups import ItemGroups, group_items
from mockserver.core.lifecycle import BatchRules, Lifecycle, Trigger
from mockserver.core.timeline import EMPTY_MAPPING, NO_END, Polls, Timed, Timeline, TimelineStep

POLL: Final = "poll"
MOVE: Final = "move"
CANCEL: Final = "cancel"
DELETE: Final = "delete"
COMMAND: Final = "command"
"""A command that only this vendor has; its name says which."""
DELIVERY: Final = "delivery"
_COMMANDS: Final = frozenset({CANCEL, DELETE, COMMAND})


class Input(NamedTuple):
    """An event in the life of a job. Nothing else changes its course."""

    at: Instant
    seq: int
    """Its number in the session's order, which decides between inputs of one instant."""
    kind: str
    """`POLL`, `MOVE` and `CANCEL`, which may change the state; `DELETE`, `COMMAND` and `DELIVERY`, which never do."""
    name: str = ""
    """The target state of a move; the name of a vendor's own command: `update`; the key of a delivery."""
    data: Mapping[str, Any] = EMPTY_MAPPING

    @property
    def is_command(self) -> bool:
        """True for an accepted request of a client that is no read."""
        return self.kind in _COMMANDS


Inputs = tuple[Input, ...]


@dataclass(frozen=True, slots=True, eq=False)
class JobPlan:
    """The timeline of a job without interference, and what follows an accepted cancel. Shared by similar jobs."""

    lifecycle: Lifecycle
    timeline: Timeline
    on_cancel: Mapping[str, Timeline] = field(default_factory=dict)
    """What follows an accepted cancel, by the state it finds. Without an entry the job goes on (`race`)."""
    deadlines: Deadlines = ()
    batch: BatchRules | None = None
    """How the state derives from the items; None for a job without items."""
    items: tuple[Timeline, ...] = field(default=(), repr=False)
    """The timeline of each item of a batch (`core.batch`)."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Values in every body of this job, over the vendor's own."""
    counts_polls: bool = False
    """True if an answered read is an input: some stay counts polls."""
    groups: ItemGroups = field(init=False, compare=False)
    """The items by their timelines; made once, because a plan is folded again and again."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", group_items(self.items))


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it is stored; everything else derives from this."""

    id: str
    number: int
    """1 for the first job of its kind in the session, and so on. Ids and choices depend on it."""
    created: Instant
    spec: Mapping[str, Any]
    """The create request as the vendor understood it."""
    plan: JobPlan
    inputs: Inputs = ()
    derived: dict[str, Any] = field(init=False, default_factory=dict, compare=False, repr=False)
    """Values computed from this job and kept with it, because a store gives out one object again and again."""

    @property
    def kind(self) -> str:
        """video, batch, task or project."""
        return self.plan.lifecycle.kind

    @property
    def version(self) -> int:
        """The number of inputs. A store refuses to append to another version than the one that was read."""
        return len(self.inputs)

    def with_input(self, event: Input) -> "Job":
        """Return the job with one more input."""
        return Job(self.id, self.number, self.created, self.spec, self.plan, inputs=(*self.inputs, event))

    @property
    def deletion(self) -> Input | None:
        """The accepted delete; None for a job that is not deleted."""
        for event in self.inputs:
            if event.kind == DELETE:
                return event
        return None

    def last_command(self, name: str) -> Input | None:
        """Return the latest of the vendor's own commands of that name, or None."""
        for event in self.inputs[::-1]:
            if event.kind == COMMAND and event.name == name:
                return event
        return None


class StateSpan(NamedTuple):
    """The time that a job spends in one state."""

    step: TimelineStep
    entered: Instant
    until: Instant | None
    """When time alone ends it; None where only a poll, a command or a move can."""
    cause: str
    """Why it was entered: created, time, deadline, polls, cancel or move."""
    polls: int = 0
    """Counted polls so far."""

    @property
    def state(self) -> str:
        """The state, in the vendor's spelling."""
        return self.step.state

    def progress(self, now: Instant) -> int | None:
        """Return the percentage at `now`, between the step's two values; None where the step has none.

        It grows with time over a timed stay and with the polls over a stay of polls, whose first poll shows the first
        value. In other stays it is the first value.
        """
        if self.step.progress is None:
            return None
        low, high = self.step.progress
        stay = self.step.stay
        if isinstance(stay, Timed) and stay.duration:
            return low + (high - low) * min(max(now - self.entered, 0), stay.duration) // stay.duration
        if isinstance(stay, Polls) and stay.reads:
            return low + (high - low) * min(max(self.polls - 1, 0), stay.reads) // stay.reads
        return low

    def unchanged_until(self, now: Instant) -> Instant | None:
        """Return the next instant at which time alone changes the state or the progress; None for never."""
        if self.step.progress is None or not isinstance(self.step.stay, Timed):
            return self.until
        low, high = self.step.progress
        duration, shown = self.step.stay.duration, self.progress(now)
        if shown is None or duration == 0 or shown == high:
            return self.until
        # Progress is an integer: it changes when the next whole percent is reached (rounded down in both directions).
        if high > low:
            due = self.entered + -(-(shown - low + 1) * duration // (high - low))
        else:
            due = self.entered + (low - shown) * duration // (low - high) + 1
        return due if self.until is None else min(due, self.until)


StateHistory = tuple[StateSpan, ...]
"""Every state a job was in, oldest first; the last is the current one."""


def fold_job(job: Job, now: Instant) -> StateHistory:
    """Return every state that `job` was in up to `now`. Pure, idempotent, counts no poll.

    Inputs later than `now` are ignored: a stale read looks at the past.
    """
    return _fold_to(job, now).history()


def pending_deadlines(job: Job, now: Instant) -> list[tuple[Instant, str]]:
    """Return when deadlines will strike a job without items, and where they lead from its present state, in order."""
    state = _fold_to(job, now)
    if state.terminal:
        return []
    found = ((at, rule.target(state.step.state)) for at, rule in state.deadlines if at > now)
    return sorted((at, target) for at, target in found if target)


def _fold_to(job: Job, now: Instant) -> "_TimelineFold":
    state = _TimelineFold(job.plan.timeline, job.plan, job.created, job.spec)
    state.follow(job.inputs, now)
    return state


def fold_item(timeline: Timeline, plan: JobPlan, created: Instant, inputs: Inputs, now: Instant) -> StateHistory:
    """Fold the timeline of an item under a plan; its deadlines count from the creation."""
    state = _TimelineFold(timeline, plan, created, EMPTY_MAPPING)
    state.follow(inputs, now)
    return state.history()


class _TimelineFold:
    """The accumulator of the fold: the position in the current timeline, and the spans behind it."""

    __slots__ = (
        "cause", "created", "deadlines", "due", "entered", "index", "plan", "polls", "spans", "spec", "step",
        "timeline",
    )  # fmt: skip

    def __init__(self, timeline: Timeline, plan: JobPlan, created: Instant, spec: Mapping[str, Any]) -> None:
        self.plan = plan
        self.spec = spec
        self.timeline = timeline
        self.step = timeline[0]
        self.due: Instant | None = None
        """When time next moves the job; known after `advance_to`."""
        self.created = created
        self.index = 0
        self.entered = created
        self.cause = "created"
        self.polls = 0
        self.spans: list[StateSpan] = []
        self.deadlines: list[PendingDeadline] = []
        """Those that count from something that has happened."""
        if plan.deadlines:
            self.deadlines = pending_since_creation(plan.deadlines, spec, created)
            self._count_deadlines_from_here()

    @property
    def terminal(self) -> bool:
        return self.step.state in self.plan.lifecycle.terminal

    def _count_deadlines_from_here(self) -> None:
        """Count the deadlines of the present state from its entry; one of an earlier entry is replaced."""
        state = self.step.state
        for rule in self.plan.deadlines:
            if rule.since == state:
                self.deadlines = [(at, earlier) for at, earlier in self.deadlines if earlier is not rule]
                at = rule.due_at(self.spec, self.entered)
                if at is not None:
                    self.deadlines.append((at, rule))

    def _next_due(self) -> tuple[Instant | None, PendingDeadline | None]:
        """Return when time next moves the job, and the deadline that does (None: along the timeline)."""
        due: Instant | None = None
        strikes: PendingDeadline | None = None
        stay = self.step.stay
        if isinstance(stay, Timed) and self.index + 1 < len(self.timeline):
            due = self.entered + stay.duration
        if self.deadlines and not self.terminal:
            state = self.step.state
            for pending in self.deadlines:
                instant, rule = pending
                # Strictly earlier: at one instant the end of the stay comes before the deadline. A deadline before the
                # state was entered found the job in a state that it leaves alone: a terminal one, which a move has
                # reopened since, or one without a target.
                if instant >= self.entered and (due is None or instant < due) and rule.target(state):
                    due = instant
                    strikes = pending
        return due, strikes

    def _current_span(self, until: Instant | None) -> StateSpan:
        return StateSpan(self.step, self.entered, until, self.cause, self.polls)

    def _enter(self, timeline: Timeline, index: int, at: Instant, cause: str) -> None:
        self.spans.append(self._current_span(at))
        self.timeline = timeline
        self.index = index
        self.step = timeline[index]
        self.entered = at
        self.cause = cause
        self.polls = 0
        if self.plan.deadlines:
            self._count_deadlines_from_here()

    def follow(self, inputs: Inputs, now: Instant) -> None:
        """Apply the inputs up to `now`, and make every transition that is due by then."""
        for event in inputs:
            if event.at > now:
                break
            # What is due at the instant of an input comes before the input.
            self.advance_to(event.at)
            self.apply(event)
        self.advance_to(now)

    def advance_to(self, now: Instant) -> None:
        """Make every transition that is due by `now`."""
        while True:
            self.due, strikes = self._next_due()
            if self.due is None or self.due > now:
                return
            if strikes is None:
                self._enter(self.timeline, self.index + 1, self.due, Trigger.TIME.value)
            else:
                self.deadlines.remove(strikes)
                target = strikes[1].target(self.step.state)
                self._enter((TimelineStep(target),), 0, self.due, Trigger.DEADLINE.value)

    def apply(self, event: Input) -> None:
        """Apply one input at its instant."""
        if event.kind == POLL:
            # The read after the last counted one moves first and is counted in the next stay, which may be over too.
            while (
                isinstance(stay := self.step.stay, Polls)
                and self.polls >= stay.reads
                and self.index + 1 < len(self.timeline)
            ):
                self._enter(self.timeline, self.index + 1, event.at, "polls")
                self.advance_to(event.at)
            self.polls += 1
        elif event.kind == MOVE:
            # `data["only"]` names the states that the move applies to; in another state it does nothing.
            if self.step.state not in event.data.get("only", (self.step.state,)):
                return
            cause = event.data.get("cause", MOVE)
            # End the stay and go on at the timeline's next step with the target state: steps ahead come first; then,
            # for a move back, the timeline from its start. Without such a step, stay in the target state for good.
            for index in (*range(self.index + 1, len(self.timeline)), *range(self.index + 1)):
                if self.timeline[index].state == event.name:
                    self._enter(self.timeline, index, event.at, cause)
                    return
            self._enter((TimelineStep(event.name, NO_END),), 0, event.at, cause)
        elif event.kind == CANCEL:
            follow = self.plan.on_cancel.get(self.step.state)
            if follow:
                self._enter(follow, 0, event.at, Trigger.CANCEL.value)

    def history(self) -> StateHistory:
        """Return the spans, with the current one and when time will end it."""
        return (*self.spans, self._current_span(self.due))
