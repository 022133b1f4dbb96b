"""A batch: the histories of its items, and the state and counters that derive from them.

Theory of operation. Each item follows a timeline of its own under the batch's inputs: a poll of the batch counts in
every item's stay of polls, a cancel drops the items that have not begun and lets the others finish, the deadline
drops what is unfinished. The batch has no timeline that could contradict them: it waits until an item begins, works
until all have finished, and after a cancel drains until nothing is left. If the stay of the draining state is scripted,
the batch drains exactly that long, and the items at work finish within it. So the counters always add up, at every
instant, whatever was scripted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final, NamedTuple

from mockserver.core.deadlines import Deadline, pending_since_creation
from mockserver.core.instants import Instant
from mockserver.core.item_groups import ItemGroups
from mockserver.core.job import (
    CANCEL,
    MOVE,
    POLL,
    Input,
    Inputs,
    Job,
    JobPlan,
    StateHistory,
    StateSpan,
    fold_item,
)
from mockserver.core.lifecycle import BatchRules, Trigger
from mockserver.core.timeline import Polls, Timed, Timeline, TimelineStep

Histories = tuple[StateHistory, ...]
_NOT_YET: Final[Instant] = 1 << 62
"""The end of a drain that polls or a move will bring."""


@dataclass(frozen=True)
class Batch:
    """A batch at one instant."""

    history: StateHistory
    """The batch's own states, oldest first."""
    groups: ItemGroups
    group_histories: Histories
    """The history of each group's items."""
    unchanged_until: Instant | None
    """When time next changes the state or a counter; None for never."""

    @cached_property
    def items(self) -> Histories:
        """The history of each item."""
        return tuple(map(self.group_histories.__getitem__, self.groups.numbers))

    def counts(self) -> Counter[str]:
        """Return the number of items in each state; they add up to the number of items."""
        counts: Counter[str] = Counter()
        for history, size in zip(self.group_histories, self.groups.sizes, strict=True):
            counts[history[-1].step.state] += size
        return counts


def fold_batch(job: Job, now: Instant) -> Batch:
    """Return the batch `job` at `now`. Pure, idempotent, counts no poll. Raises ValueError where `job` is no batch."""
    rules = job.plan.batch
    if rules is None:
        raise ValueError(f"{job.id} is no batch")
    inputs: list[Input] = []
    for event in job.inputs:
        if event.at > now:
            break
        # A cancel counts only in a state that it can change, and that state is the batch's under the inputs before it.
        if event.kind == CANCEL:
            state = _fold_inputs(job, rules, tuple(inputs), event.at).history[-1].state
            if state not in job.plan.on_cancel or state in job.plan.lifecycle.terminal:
                continue
        inputs.append(event)
    return _fold_inputs(job, rules, tuple(inputs), now)


def _fold_inputs(job: Job, rules: BatchRules, inputs: Inputs, now: Instant) -> Batch:
    """Return the batch under inputs that all count."""
    whole = _fold_batch_inputs(inputs, job, rules)
    moved = frozenset(event.data["item"] for event in inputs if "item" in event.data)
    groups = job.plan.groups.separate(moved)
    histories = _fold_groups(job, rules, groups, _with_drain_end(inputs, rules, whole.drain_end), now)
    if whole.drain_end is not None:
        histories = tuple(_end_by(history, rules, whole.drain_end) for history in histories)
    ends = [history[-1].until for history in histories]
    next_item_change = min((until for until in ends if until is not None), default=None)
    history = _batch_history(job, rules, histories, whole, now=now, next_change=next_item_change)
    changes = (next_item_change, history[-1].until)
    unchanged_until = min((instant for instant in changes if instant is not None), default=None)
    return Batch(history, groups, histories, unchanged_until)


def _fold_groups(job: Job, rules: BatchRules, groups: ItemGroups, inputs: Inputs, now: Instant) -> Histories:
    """Return the history of each group's items; an item that is moved by itself is a group."""
    plan = JobPlan(
        rules.item,
        (),
        on_cancel={rules.queued: (TimelineStep(rules.dropped),)} if job.plan.on_cancel else {},
        deadlines=tuple(Deadline(at - job.created, rules.dropped) for at in batch_deadlines(job)),
    )
    return tuple(
        fold_item(timeline, plan, job.created, tuple(_inputs_of_item(inputs, rules, timeline, index)), now)
        for timeline, index in zip(groups.timelines, groups.first, strict=True)
    )


def _with_drain_end(inputs: Inputs, rules: BatchRules, drain_end: Instant | None) -> Inputs:
    """Return the inputs with the end of a scripted drain: for the items it is the move to the drained state."""
    if drain_end is None or drain_end == _NOT_YET:
        return inputs
    end = Input(drain_end, 0, MOVE, rules.drained, MappingProxyType({"cause": Trigger.TIME.value}))
    place = sum(1 for event in inputs if event.at <= drain_end)
    return (*inputs[:place], end, *inputs[place:])


def _end_by(history: StateHistory, rules: BatchRules, drain_end: Instant) -> StateHistory:
    """Return an item's history in which unfinished work lasts no longer than the drain."""
    last = history[-1]
    if last.state in rules.item.terminal or (last.until is not None and last.until <= drain_end):
        return history
    if drain_end == _NOT_YET:
        return history
    return (*history[:-1], last._replace(until=drain_end))


def _inputs_of_item(inputs: Inputs, rules: BatchRules, timeline: Timeline, index: int) -> Iterator[Input]:
    """Yield the batch's inputs as item number `index` meets them."""
    outcome = rules.succeeded
    if timeline[-1].state in rules.item.terminal:
        outcome = timeline[-1].state
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
    for event in inputs:
        if event.kind != MOVE:
            yield event
        elif "item" not in event.data:
            # A move of the whole batch is moves of each item, each with the states that it concerns.
            for target, only in moves.get(event.name, ()):
                yield event._replace(name=target, data=MappingProxyType({**event.data, "only": only}))
        elif event.data["item"] == index:
            yield event


class _BatchInputs(NamedTuple):
    """What was done to the batch as a whole."""

    since: Instant
    """The start of its present life: its creation, or the latest move back to its first state."""
    cancelled: Instant | None
    """The first cancel, or move to draining or drained, of this life."""
    expiry: Instant | None
    """The deadline, or a move to expired before it; the batch may have ended sooner."""
    drain_end: Instant | None
    """When the scripted stay in the draining state ends it; None: the drain ends with the last item."""


def batch_deadlines(job: Job) -> list[Instant]:
    """Return the instants at which a deadline ends what is unfinished of a batch."""
    return [at for at, _ in pending_since_creation(job.plan.deadlines, job.spec, job.created)]


def _fold_batch_inputs(inputs: Inputs, job: Job, rules: BatchRules) -> _BatchInputs:
    deadline = min(batch_deadlines(job), default=None)
    since = job.created
    cancelled = None
    drained = None
    expiry = deadline
    polls: list[Instant] = []
    for event in inputs:
        if event.kind == POLL and cancelled is not None:
            polls.append(event.at)
        # A move of a single item is no input of the whole.
        target = event.name if event.kind == MOVE and "item" not in event.data else None
        if target == rules.waiting:
            since = event.at
            cancelled = None
            drained = None
            expiry = deadline
            polls.clear()
        elif event.kind == CANCEL or target in (rules.draining, rules.drained):
            if cancelled is None:
                cancelled = event.at
            if target == rules.drained and drained is None:
                drained = event.at
        elif target == rules.expired:
            # It expires once: a move after the deadline comes too late.
            expiry = event.at if expiry is None else min(expiry, event.at)
    drain_end = None
    if cancelled is not None:
        drain_end = _scripted_drain_end(job, cancelled, polls)
    if drain_end is not None and drained is not None:
        drain_end = min(drain_end, drained)
    return _BatchInputs(since, cancelled, expiry, drain_end)


def _scripted_drain_end(job: Job, cancelled: Instant, polls: list[Instant]) -> Instant | None:
    """Return when the stay that a scenario gives the draining state ends, `polls` being those since the cancel.

    None where the draining state has no stay of its own: a state without a successor is the last of its timeline.
    """
    follow = next(iter(job.plan.on_cancel.values()), ())
    if len(follow) < 2:
        return None
    match follow[0].stay:
        case Timed(duration):
            return cancelled + duration
        case Polls(reads) if len(polls) > reads:
            return polls[reads]
    # A stay of polls that are still to come, or one that only a move ends.
    return _NOT_YET


class _BatchEvent(IntEnum):
    """What may change a batch's state. At one instant, the lower number comes first.

    One exception is made before the events are sorted: a deadline that ends an item rules out a cancel at the same
    instant or later (`_candidate_events`).
    """

    CANCEL = 1
    """Before BEGIN: an item that begins at the instant of the cancel does not take the batch to work any more."""
    BEGIN = 2
    EXPIRE = 3
    """After BEGIN: an item that begins at the deadline has begun, and is expired."""
    FINISH = 4
    """Last: work that begins and ends at one instant passes through the working state."""


def _batch_history(
    job: Job, rules: BatchRules, items: Histories, whole: _BatchInputs, now: Instant, next_change: Instant | None
) -> StateHistory:
    """Derive the batch's own history: fold the candidate events, in their order, into states.

    The fold keeps one invariant: nothing follows a terminal state. EXPIRE ends the loop. FINISH comes last: it never
    precedes a cancel (`_candidate_events`), and a BEGIN finds no waiting batch behind it.
    """
    states: list[tuple[Instant, str, str]] = [(job.created, rules.waiting, "created")]
    for at, event in _candidate_events(job, rules, items, whole, now):
        if at > now:
            # Only the end of a drain can lie ahead: everything else was found in what has happened.
            next_change = at
            break
        match event, states[-1][1]:
            case _BatchEvent.EXPIRE, _:
                states.append((at, rules.expired, Trigger.DEADLINE.value))
                break  # terminal
            case _BatchEvent.CANCEL, _:
                states.append((at, rules.draining, Trigger.CANCEL.value))
            case _BatchEvent.BEGIN, rules.waiting:
                states.append((at, rules.working, Trigger.TIME.value))
            case _BatchEvent.FINISH, rules.draining:
                states.append((at, rules.drained, Trigger.TIME.value))
            case _BatchEvent.FINISH, rules.waiting:
                # All items ended without having worked, or there are none: the lifecycle still passes through working.
                states.append((at, rules.working, Trigger.TIME.value))
                states.append((at, rules.done, Trigger.TIME.value))
            case _BatchEvent.FINISH, rules.working:
                states.append((at, rules.done, Trigger.TIME.value))
    return _spans(states, job, next_change)


def _candidate_events(
    job: Job, rules: BatchRules, items: Histories, whole: _BatchInputs, now: Instant
) -> list[tuple[Instant, _BatchEvent]]:
    """Return at most one event of each type, in the order in which they count."""
    since, cancelled, expiry, drain_end = whole
    candidates: list[tuple[Instant, _BatchEvent]] = []
    # An item has begun once it came to work or beyond it, in the batch's present life.
    idle = (rules.queued, rules.dropped)
    worked = (span for history in items for span in history if span.step.state not in idle)
    begun = min((span.entered for span in worked if span.until is None or span.until > since), default=None)
    if begun is not None:
        candidates.append((begun, _BatchEvent.BEGIN))
    # A deadline that finds every item finished expires nothing.
    causes = (Trigger.DEADLINE.value, MOVE)
    ended_an_item = any(history[-1].entered == expiry and history[-1].cause in causes for history in items)
    if expiry is not None and expiry <= now and ended_an_item:
        candidates.append((expiry, _BatchEvent.EXPIRE))
        # A cancel at the deadline or after it comes too late. (The order of events cannot express this: a cancel comes
        # before a begin, a begin before the deadline.)
        if cancelled is not None and cancelled >= expiry:
            cancelled = None
    if cancelled is not None:
        candidates.append((cancelled, _BatchEvent.CANCEL))
    if cancelled is not None and drain_end is not None:
        # The scripted stay decides, whenever the last item ends.
        if drain_end != _NOT_YET:
            candidates.append((drain_end, _BatchEvent.FINISH))
    elif all(history[-1].step.state in rules.item.terminal for history in items):
        finished = max((history[-1].entered for history in items), default=job.created)
        candidates.append((max(finished, cancelled or finished), _BatchEvent.FINISH))
    return sorted(candidates)


def _spans(states: list[tuple[Instant, str, str]], job: Job, next_change: Instant | None) -> StateHistory:
    """Return spans for (instant, state, cause); each lasts until the next, the last until `next_change` or for good."""
    # A state's fields are those of its step in the batch's timeline, else in what follows a cancel.
    timelines = (job.plan.timeline, *job.plan.on_cancel.values())
    steps = {step.state: step for timeline in timelines[::-1] for step in timeline[::-1]}
    ends: list[Instant | None] = [at for at, _, _ in states[1:]]
    ends.append(None if states[-1][1] in job.plan.lifecycle.terminal else next_change)
    return tuple(
        StateSpan(steps.get(state) or TimelineStep(state), at, until, cause)
        for (at, state, cause), until in zip(states, ends, strict=True)
    )
