"""A batch: its items' courses, and the state and counters that derive from them.

Theory of operation. Each item walks a timeline of its own under the batch's inputs: a poll of the batch counts in
every item's stay of polls, a cancel drops the items that have not begun and lets the others finish, the deadline
drops what is unfinished. The batch has no course of its own that could contradict them: it waits until an item
begins, works until all have finished, and after a cancel drains until nothing is left. So the counters always add
up, at every instant, whatever was scripted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import COMMAND, MOVE, Deadline, Input, Job, JobPlan, StateHistory, StateSpan, replay_timeline
from mockserver.core.lifecycle import BatchRules, Trigger
from mockserver.core.timeline import Timed, Timeline, TimelineStep


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch at one instant."""

    history: StateHistory
    """The batch's own visits, oldest first."""
    items: tuple[StateHistory, ...]
    unchanged_until: Instant | None
    """When time next changes the state or a counter; None for never."""

    def counts(self) -> Counter[str]:
        """How many items are in each state; they add up to the number of items."""
        return Counter(course[-1].step.state for course in self.items)


def replay_batch(job: Job, now: Instant) -> Batch:
    """The batch `job` at `now`: pure, idempotent, counting nothing."""
    rules = job.plan.batch
    if rules is None:
        raise ValueError(f"{job.id} is no batch")
    inputs: list[Input] = []
    for happened in job.inputs:
        if happened.at > now:
            break
        if not _is_cancel(happened) or _accepts_cancel(job, rules, tuple(inputs), happened.at):
            inputs.append(happened)
    return _replay_inputs(job, rules, tuple(inputs), now)


def _is_cancel(event: Input) -> bool:
    return event.kind == COMMAND and event.name == "cancel"


def _accepts_cancel(job: Job, rules: BatchRules, inputs: tuple[Input, ...], at: Instant) -> bool:
    """Whether a cancel does anything to the batch as it is: a terminal state absorbs it."""
    state = _replay_inputs(job, rules, inputs, at).history[-1].step.state
    return state in job.plan.on_cancel and state not in job.plan.lifecycle.terminal


def _replay_inputs(job: Job, rules: BatchRules, inputs: tuple[Input, ...], now: Instant) -> Batch:
    """The batch under inputs that all count."""
    items = tuple(_replay_items(job, rules, inputs, now))
    changes = [course[-1].until for course in items]
    soonest = min((until for until in changes if until is not None), default=None)
    course = _batch_history(job, rules, items, inputs, now, soonest)
    until = course[-1].until
    steady = min((instant for instant in (soonest, until) if instant is not None), default=None)
    return Batch(course, items, steady)


def _replay_items(job: Job, rules: BatchRules, inputs: tuple[Input, ...], now: Instant) -> list[StateHistory]:
    """Every item's course; items with one timeline object and no inputs of their own share one walk."""
    plan = JobPlan(
        rules.item,
        (),
        on_cancel={rules.queued: (TimelineStep(rules.dropped),)} if job.plan.on_cancel else {},
        deadlines=tuple(Deadline(deadline.after, rules.dropped) for deadline in job.plan.deadlines),
    )
    shared: dict[int, StateHistory] = {}
    own = any(happened.kind == MOVE for happened in inputs)
    courses: list[StateHistory] = []
    for index, timeline in enumerate(job.plan.items):
        course = None if own else shared.get(id(timeline))
        if course is None:
            mine = tuple(_inputs_of_item(inputs, rules, timeline, index)) if own else inputs
            course = shared[id(timeline)] = replay_timeline(timeline, plan, job.created, mine, now)
        courses.append(course)
    return courses


def _inputs_of_item(inputs: tuple[Input, ...], rules: BatchRules, timeline: Timeline, index: int) -> list[Input]:
    """The batch's inputs as item number `index` meets them."""
    mine: list[Input] = []
    for happened in inputs:
        if happened.kind != MOVE:
            mine.append(happened)
        elif happened.data.get("item", index) == index:
            named = "item" in happened.data
            mine.extend([happened] if named else _item_moves(happened, rules, timeline))
    return mine


def _item_moves(move: Input, rules: BatchRules, timeline: Timeline) -> list[Input]:
    """A move of the whole batch, as moves of one item."""
    ends = timeline[-1].state in rules.item.terminal
    outcome = timeline[-1].state if ends else rules.succeeded
    begun = next((step.state for step in timeline if step.state != rules.queued), rules.busy)
    unfinished = (rules.queued, rules.busy)
    moves: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
        rules.waiting: ((rules.queued, (rules.busy, *rules.item.terminal)),),
        rules.working: ((begun, (rules.queued,)),),
        rules.done: ((begun, (rules.queued,)), (outcome, (rules.busy,))),
        rules.draining: ((rules.dropped, (rules.queued,)),),
        rules.drained: ((rules.dropped, (rules.queued,)), (outcome, (rules.busy,))),
        rules.expired: ((rules.dropped, unfinished),),
    }
    return [
        move._replace(name=target, data=MappingProxyType({"only": only})) for target, only in moves.get(move.name, ())
    ]


class _BatchEvents(NamedTuple):
    """What was done to the batch as a whole."""

    since: Instant
    """When its life began: its creation, or when somebody moved it back to its first state."""
    cancelled: Instant | None
    expired: Instant | None
    """When a deadline or somebody made it expire; it may have ended before."""
    min_drain: Duration
    """How long it drains at the least."""


def _batch_events(inputs: tuple[Input, ...], job: Job, rules: BatchRules) -> _BatchEvents:
    since, cancelled = job.created, None
    deadline = min((job.created + deadline.after for deadline in job.plan.deadlines), default=None)
    expired = deadline
    for happened in inputs:
        moved = happened.name if happened.kind == MOVE and "item" not in happened.data else ""
        if moved == rules.waiting:
            since, cancelled, expired = happened.at, None, deadline
        elif _is_cancel(happened) or moved in (rules.draining, rules.drained):
            cancelled = happened.at if cancelled is None else cancelled
        elif moved == rules.expired:
            expired = happened.at if expired is None else min(expired, happened.at)
    follow = next(iter(job.plan.on_cancel.values()), ())
    stay = follow[0].stay if follow else None
    return _BatchEvents(since, cancelled, expired, stay.duration if isinstance(stay, Timed) else 0)


def _batch_history(
    job: Job,
    rules: BatchRules,
    items: tuple[StateHistory, ...],
    inputs: tuple[Input, ...],
    now: Instant,
    next_item_change: Instant | None,
) -> StateHistory:
    """The batch's own visits: an ordered list of (instant, state, cause), each only where it came about."""
    since, cancelled, expired, drain = _batch_events(inputs, job, rules)
    begun = min((at for course in items for at in _begin_instants(course, since, rules)), default=None)
    finished = all(course[-1].step.state in rules.item.terminal for course in items)
    last = max((course[-1].entered for course in items), default=job.created) if finished else None
    if expired is not None and not (expired <= now and _deadline_ended_an_item(items, expired)):
        expired = None
    if expired is not None and cancelled is not None and cancelled >= expired:
        cancelled = None
    if begun is None and cancelled is None and expired is None:
        begun = last
    events: list[tuple[Instant, str, str]] = [(job.created, rules.waiting, "created")]
    if begun is not None and (cancelled is None or begun < cancelled):
        events.append((begun, rules.working, Trigger.TIME.value))
    if cancelled is not None:
        events.append((cancelled, rules.draining, Trigger.CANCEL.value))
    if expired is not None:
        events.append((expired, rules.expired, Trigger.DEADLINE.value))
    elif last is not None:
        ending = rules.done if cancelled is None else rules.drained
        at = last if cancelled is None else max(last, cancelled + drain)
        if at <= now:
            events.append((at, ending, Trigger.TIME.value))
        else:
            next_item_change = at
    return _spans_from_events(events, job, next_item_change, rules)


def _begin_instants(history: StateHistory, since: Instant, rules: BatchRules) -> Iterator[Instant]:
    """When an item was at work or beyond it, in the batch's present life."""
    beyond = (visit for visit in history if visit.step.state not in (rules.queued, rules.dropped))
    return (visit.entered for visit in beyond if visit.until is None or visit.until > since)


def _deadline_ended_an_item(items: tuple[StateHistory, ...], expired: Instant) -> bool:
    """Whether the deadline found an item unfinished."""
    return any(course[-1].entered == expired and course[-1].cause in (Trigger.DEADLINE.value, MOVE) for course in items)


def _spans_from_events(
    events: list[tuple[Instant, str, str]], job: Job, next_change: Instant | None, rules: BatchRules
) -> StateHistory:
    """Visits from events; each lasts until the next one."""
    ends: list[Instant | None] = [event[0] for event in events[1:]]
    ending = events[-1][1] in (rules.done, rules.drained, rules.expired)
    ends.append(None if ending else next_change)
    return tuple(
        StateSpan(_step_for_state(job, state), entered, until, cause)
        for (entered, state, cause), until in zip(events, ends, strict=True)
    )


def _step_for_state(job: Job, state: str) -> TimelineStep:
    """The step of that state in the batch's timeline or in what follows a cancel, for its fields; else a bare one."""
    courses = (job.plan.timeline, *job.plan.on_cancel.values())
    return next((step for course in courses for step in course if step.state == state), TimelineStep(state))
