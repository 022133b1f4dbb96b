"""A job, and its state as a fold of (plan, creation, inputs) up to an instant.

Theory of operation. Nothing ticks. A job is what it was made from (`spec`), its course if nobody interferes
(`Plan`), and the few things that happened to it (`Input`: an accepted command, a counted poll, a move), each with
its instant and its place in the session's order. `settle` walks the timeline from the creation to `now`, stopping
at each input, and returns every state the job was in: a job polled once after ten minutes has caught up, and a
million jobs cost nothing while nobody looks.

Stays are half open: what is due at an instant has happened before a request of that instant is handled. When a
stay's end and a deadline fall on one instant, the stay's end comes first: the job's own work, then the vendor's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Duration, Instant
from mockserver.core.lifecycle import BatchRules, Lifecycle, Trigger
from mockserver.core.timeline import EMPTY_MAPPING, NO_END, Polls, Timed, Timeline, TimelineStep

POLL: Final = "poll"
MOVE: Final = "move"
COMMAND: Final = "command"
DELIVERY: Final = "delivery"


class Input(NamedTuple):
    """Something that happened to a job; the only thing that can change its course."""

    at: Instant
    seq: int
    """Place in the session's order: what came first at one instant."""
    kind: str
    """`POLL`, `MOVE`, `COMMAND` or `DELIVERY`: the last never moves a job, it is only remembered (`core.delivery`)."""
    name: str = ""
    """A move's target state; a command's name: `cancel`, `delete`, `update`; a delivery's key."""
    data: Mapping[str, Any] = EMPTY_MAPPING


class Deadline(NamedTuple):
    """A job still unfinished `after` its creation moves to `state`, whatever its timeline says."""

    after: Duration
    state: str


@dataclass(frozen=True, slots=True, eq=False)
class JobPlan:
    """A job's course if nobody interferes, and what an accepted cancel makes of it. Shared by alike jobs."""

    lifecycle: Lifecycle
    timeline: Timeline
    on_cancel: Mapping[str, Timeline] = field(default_factory=dict)
    """What follows an accepted cancel, by the state it finds; no entry: the job goes on (`race`)."""
    deadlines: tuple[Deadline, ...] = ()
    batch: BatchRules | None = None
    """How the state derives from the items'; None for a job without items."""
    items: tuple[Timeline, ...] = ()
    """A batch's items, each with a course of its own (`core.batch`)."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Values every body of this job shows, over the vendor's own."""
    counts_polls: bool = False
    """Whether an answered read is an input: some stay is made of polls."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it is kept: everything else derives."""

    id: str
    number: int
    """1 for the first job of its kind in the session, and so on: ids and choices hang on it."""
    created: Instant
    spec: Mapping[str, Any]
    """What it was made from: the create request as the vendor understood it."""
    plan: JobPlan
    inputs: tuple[Input, ...] = ()

    @property
    def kind(self) -> str:
        """video, batch, task or project."""
        return self.plan.lifecycle.kind

    @property
    def version(self) -> int:
        """How many inputs there were: a store refuses to add to another version than the one that was read."""
        return len(self.inputs)

    def with_input(self, event: Input) -> "Job":
        """The job after one more input."""
        return replace(self, inputs=(*self.inputs, event))

    def last_command(self, name: str) -> Input | None:
        """The latest command of that name, or None."""
        found: Input | None = None
        for happened in self.inputs:
            if happened.kind == COMMAND and happened.name == name:
                found = happened
        return found


class StateSpan(NamedTuple):
    """A job's time in one state."""

    step: TimelineStep
    entered: Instant
    until: Instant | None
    """When time alone ends it; None where nothing but a poll, a command or a move can."""
    cause: str
    """created, time, deadline, polls, cancel or move."""
    polls: int = 0
    """Counted polls so far."""

    @property
    def state(self) -> str:
        """The state, in the vendor's spelling."""
        return self.step.state

    def progress(self, now: Instant) -> int | None:
        """Percent at `now`, between the step's two values, or None where the step gives none.

        Over a timed stay it grows with the time, over a stay of polls with the polls (the first shows the first
        value, the last but one short of the end); elsewhere it is the first value.
        """
        if self.step.progress is None:
            return None
        low, high = self.step.progress
        match self.step.stay:
            case Timed(duration) if duration:
                return low + (high - low) * min(max(now - self.entered, 0), duration) // duration
            case Polls(reads) if reads:
                return low + (high - low) * min(max(self.polls - 1, 0), reads) // reads
            case _:
                return low

    def unchanged_until(self, now: Instant) -> Instant | None:
        """The next instant at which time alone changes the state or the progress; None for never."""
        if self.step.progress is None or not isinstance(self.step.stay, Timed):
            return self.until
        low, high = self.step.progress
        duration, shown = self.step.stay.duration, self.progress(now)
        if shown is None or duration == 0 or shown == high:
            return self.until
        if high > low:
            due = self.entered + -(-(shown - low + 1) * duration // (high - low))
        else:
            due = self.entered + (low - shown) * duration // (low - high) + 1
        return due if self.until is None else min(due, self.until)


StateHistory = tuple[StateSpan, ...]
"""Every state a job was in, oldest first; the last is the present one."""


def replay(job: Job, now: Instant) -> StateHistory:
    """Every state `job` was in up to `now`: pure, idempotent, counting nothing.

    Inputs later than `now` are left out (a stale read asks for the past). A job younger than `now` is in its
    first state.
    """
    return replay_timeline(job.plan.timeline, job.plan, job.created, job.inputs, now)


def replay_timeline(
    timeline: Timeline, plan: JobPlan, created: Instant, inputs: tuple[Input, ...], now: Instant
) -> StateHistory:
    """Walk one timeline under a plan's deadlines and cancel rules; `settle` for a job, and for each item of one."""
    walker = _Replay(timeline, plan, created)
    for happened in inputs:
        if happened.at > now:
            break
        walker.advance_to(happened.at)
        walker.apply(happened)
    walker.advance_to(now)
    return walker.history()


class _Replay:
    """The fold's accumulator: where on which timeline a job is, and the visits it has made."""

    __slots__ = ("cause", "created", "deadlines", "entered", "index", "plan", "polls", "spans", "timeline")

    def __init__(self, timeline: Timeline, plan: JobPlan, created: Instant) -> None:
        self.plan = plan
        self.timeline = timeline
        self.created = created
        self.index = 0
        self.entered = created
        self.cause = "created"
        self.polls = 0
        self.spans: list[StateSpan] = []
        self.deadlines = [(created + deadline.after, deadline.state) for deadline in plan.deadlines]

    @property
    def step(self) -> TimelineStep:
        return self.timeline[self.index]

    @property
    def terminal(self) -> bool:
        return self.step.state in self.plan.lifecycle.terminal

    def _next_due(self) -> tuple[Instant | None, str | None]:
        """When time next moves the job, and to which deadline's state (None: along the timeline)."""
        due: Instant | None = None
        target: str | None = None
        stay = self.step.stay
        if isinstance(stay, Timed) and self.index + 1 < len(self.timeline):
            due = self.entered + stay.duration
        if self.deadlines and not self.terminal:
            for instant, state in self.deadlines:
                if instant >= self.entered and (due is None or instant < due):
                    due, target = instant, state
        return due, target

    def _current_span(self, until: Instant | None) -> StateSpan:
        return StateSpan(self.step, self.entered, until, self.cause, self.polls)

    def _enter(self, timeline: Timeline, index: int, at: Instant, cause: str) -> None:
        self.spans.append(self._current_span(at))
        self.timeline, self.index, self.entered, self.cause, self.polls = timeline, index, at, cause, 0

    def advance_to(self, now: Instant) -> None:
        """Make every move that is due by `now`."""
        while True:
            due, target = self._next_due()
            if due is None or due > now:
                return
            if target is None:
                self._enter(self.timeline, self.index + 1, due, Trigger.TIME.value)
            else:
                self.deadlines.remove((due, target))
                self._enter((TimelineStep(target),), 0, due, Trigger.DEADLINE.value)

    def apply(self, event: Input) -> None:
        """Apply one input at its instant."""
        if event.kind == POLL:
            self._apply_poll(event.at)
        elif event.kind == MOVE:
            self._apply_move(event)
        elif event.kind == COMMAND and event.name == "cancel":
            follow = self.plan.on_cancel.get(self.step.state)
            if follow:
                self._enter(follow, 0, event.at, Trigger.CANCEL.value)

    def _apply_poll(self, at: Instant) -> None:
        while self._polls_exhausted():
            self._enter(self.timeline, self.index + 1, at, "polls")
            self.advance_to(at)
        self.polls += 1

    def _polls_exhausted(self) -> bool:
        """Whether the stay is one of polls and has been shown as often as it shall."""
        stay = self.step.stay
        return isinstance(stay, Polls) and self.polls >= stay.reads and self.index + 1 < len(self.timeline)

    def _apply_move(self, event: Input) -> None:
        """Cut the stay and go on at the timeline's next step of that name, else stay there for good.

        `data["only"]` names the states that the move concerns; a job in another one goes on undisturbed.
        """
        target, at = event.name, event.at
        if self.step.state not in event.data.get("only", (self.step.state,)):
            return
        ahead = [*range(self.index + 1, len(self.timeline)), *range(self.index + 1)]
        for index in ahead:
            if self.timeline[index].state == target:
                self._enter(self.timeline, index, at, MOVE)
                return
        self._enter((TimelineStep(target, NO_END),), 0, at, MOVE)

    def history(self) -> StateHistory:
        """The visits made, with the present one and when time will end it."""
        return (*self.spans, self._current_span(self._next_due()[0]))
