"""A batch: the histories of its items, and the state and counters that derive from them.

Theory of operation. Each item follows a timeline of its own under the batch's inputs: a poll of the batch counts in
every item's stay of polls, a cancel drops the items that have not begun and lets the others finish, the deadline
drops what is unfinished. The batch has no timeline that could contradict them: it waits until an item begins, works
until all have finished, and after a cancel drains until nothing is left. If the stay of the draining state is scripted,
the batch drains exactly that long, and the items at work finish within it. So the counters always add up, at every
instant, whatever was scripted. What comes before the items (`BatchRules.opens`) and after them (`BatchRules.closing`)
lasts as long as the batch's timeline says.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType

from mockserver.core.batch_inputs import NOT_YET, BatchInputs, batch_deadlines, fold_batch_inputs, stay_end
from mockserver.core.deadlines import Deadline
from mockserver.core.instants import Instant
from mockserver.core.item_groups import ItemGroups
from mockserver.core.job import CANCEL, MOVE, Input, Inputs, Job, JobPlan, StateHistory, StateSpan, fold_item
from mockserver.core.lifecycle import BatchRules, Trigger
from mockserver.core.timeline import Timed, Timeline, TimelineStep

Histories = tuple[StateHistory, ...]


@dataclass(frozen=True)
class Batch:
    """A batch at one instant."""

    history: StateHistory
    """The batch's own states, oldest first."""
    groups: ItemGroups
    group_histories: Histories = field(repr=False)
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

    def counters(self, rules: BatchRules, *, ended: bool) -> dict[str, int]:
        """Return the batch's own counters, as its body shows them; `ended`: the batch is in a terminal state."""
        counts = self.counts()
        if self.history[-1].state in rules.counts_nothing_in:
            counts.clear()
        elif rules.counts_at_end and not ended:
            counts = Counter({rules.busy: counts.total()})
        return {name: sum(counts[state] for state in states) for name, states in rules.counters.items()}


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
    whole = fold_batch_inputs(inputs, job, rules)
    moved = frozenset(event.data["item"] for event in inputs if "item" in event.data)
    groups = job.plan.groups.separate(moved)
    inputs = _with_drain_end(inputs, rules, whole.drain_end)
    inputs = _with_drain_limit(inputs, rules, whole.drain_limit)
    histories = _fold_groups(job, rules, groups, inputs, now)
    for drain_end in (whole.drain_end, whole.drain_limit):
        if drain_end is not None:
            histories = tuple(_end_by(history, rules, drain_end) for history in histories)
    ends = [history[-1].until for history in histories]
    next_item_change = min((until for until in ends if until is not None), default=None)
    history = _batch_history(job, rules, histories, whole, now=now, next_change=next_item_change)
    changes = (next_item_change, history[-1].until)
    unchanged_until = min((instant for instant in changes if instant is not None), default=None)
    return Batch(history, groups, histories, unchanged_until)


def _fold_groups(job: Job, rules: BatchRules, groups: ItemGroups, inputs: Inputs, now: Instant) -> Histories:
    """Return the history of each group's items; an item that is moved by itself is a group."""
    opening = _opening(job, rules)
    before: Timeline = () if opening is None else (TimelineStep(rules.queued, opening),)
    plan = JobPlan(
        rules.item,
        (),
        on_cancel={rules.queued: (TimelineStep(rules.dropped),)} if job.plan.on_cancel else {},
        deadlines=tuple(Deadline(at - job.created, rules.late) for at in batch_deadlines(job)),
    )
    return tuple(
        fold_item((*before, *timeline), plan, job.created, tuple(_inputs_of_item(inputs, rules, timeline, index)), now)
        for timeline, index in zip(groups.timelines, groups.first, strict=True)
    )


def _with_drain_end(inputs: Inputs, rules: BatchRules, drain_end: Instant | None) -> Inputs:
    """Return the inputs with the end of a scripted drain: for the items it is the move to the drained state."""
    if drain_end is None or drain_end == NOT_YET:
        return inputs
    end = Input(drain_end, 0, MOVE, rules.drained, MappingProxyType({"cause": Trigger.TIME.value}))
    place = sum(1 for event in inputs if event.at <= drain_end)
    return (*inputs[:place], end, *inputs[place:])


def _with_drain_limit(inputs: Inputs, rules: BatchRules, limit: Instant | None) -> Inputs:
    """Return the inputs with the end of the longest drain: it drops the items that are unfinished."""
    if limit is None:
        return inputs
    data = {"cause": Trigger.CANCEL.value, "only": (rules.queued, rules.busy), "items": True}
    place = sum(1 for event in inputs if event.at < limit)
    return (*inputs[:place], Input(limit, 0, MOVE, rules.dropped, MappingProxyType(data)), *inputs[place:])


def _opening(job: Job, rules: BatchRules) -> Timed | None:
    """Return the time before the items' timelines begin; None where the batch waits for its items."""
    first = job.plan.timeline[0].stay if rules.opens and job.plan.timeline else None
    if isinstance(first, Timed):
        return first
    return None


def _end_by(history: StateHistory, rules: BatchRules, drain_end: Instant) -> StateHistory:
    """Return an item's history in which unfinished work lasts no longer than the drain."""
    last = history[-1]
    if last.state in rules.item.terminal or (last.until is not None and last.until <= drain_end):
        return history
    if drain_end == NOT_YET:
        return history
    return (*history[:-1], last._replace(until=drain_end))


def _inputs_of_item(inputs: Inputs, rules: BatchRules, timeline: Timeline, index: int) -> Iterator[Input]:
    """Yield the batch's inputs as item number `index` meets them."""
    outcome = rules.succeeded
    if timeline[-1].state in rules.item.terminal:
        outcome = timeline[-1].state
    begun = next((step.state for step in timeline if step.state != rules.queued), rules.busy)
    unfinished = (rules.queued, rules.busy)
    # Where one name stands for several states, the first row counts: the entries below overwrite those above.
    moves: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
        rules.failed: ((rules.dropped, (rules.queued,)),),
        rules.expired: ((rules.late, unfinished),),
        rules.drained: ((rules.dropped, (rules.queued,)), (outcome, (rules.busy,))),
        rules.draining: ((rules.dropped, (rules.queued,)),),
        rules.closing: ((begun, (rules.queued,)), (outcome, (rules.busy,))),
        rules.done: ((begun, (rules.queued,)), (outcome, (rules.busy,))),
        rules.working: ((begun, (rules.queued,)),),
        rules.waiting: ((rules.queued, (rules.busy, *rules.item.terminal)),),
    }
    for event in inputs:
        if event.kind != MOVE or "items" in event.data:
            yield event
        elif "item" not in event.data:
            # A move of the whole batch is moves of each item, each with the states that it concerns.
            for target, only in moves.get(event.name, ()):
                yield event._replace(name=target, data=MappingProxyType({**event.data, "only": only}))
        elif event.data["item"] == index:
            yield event


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
    job: Job, rules: BatchRules, items: Histories, whole: BatchInputs, now: Instant, next_change: Instant | None
) -> StateHistory:
    """Derive the batch's own history: fold the candidate events, in their order, into states.

    The fold keeps one invariant: nothing follows a terminal state. EXPIRE ends the loop. FINISH comes last: it never
    precedes a cancel (`_candidate_events`), and a BEGIN finds no waiting batch behind it.
    """
    states: list[tuple[Instant, str, str]] = [(job.created, rules.waiting, "created")]
    for at, event in _candidate_events(job, rules, items, whole, now):
        if at > now:
            # Only the end of the opening or of a drain can lie ahead: all else was found in what has happened.
            next_change = at
            break
        state = states[-1][1]
        match event:
            case _BatchEvent.EXPIRE:
                states.append((at, rules.expired, Trigger.DEADLINE.value))
                break  # terminal
            case _BatchEvent.CANCEL:
                states.append((at, rules.draining, Trigger.CANCEL.value))
                if state == rules.closing:
                    # Nothing is unfinished.
                    end = whole.drained_after or at
                    if end > now:
                        next_change = end
                        break
                    states.append((end, rules.drained, Trigger.TIME.value))
            case _BatchEvent.BEGIN if state == rules.waiting:
                states.append((at, rules.working, Trigger.TIME.value))
            case _BatchEvent.FINISH:
                states += [(at, after, Trigger.TIME.value) for after in _states_after_items(rules, state, items)]
    at, state, _ = states[-1]
    if rules.closing and state == rules.closing:
        end = _closing_end(job, rules, at, whole)
        if end <= now:
            states.append((end, rules.done, Trigger.TIME.value))
        elif end != NOT_YET:
            next_change = end
    return _spans(states, job, next_change)


def _states_after_items(rules: BatchRules, state: str, items: Histories) -> tuple[str, ...]:
    """Return the states that follow when every item has ended."""
    if state == rules.draining:
        return (rules.drained,)
    after_work = rules.closing or rules.done
    if state == rules.waiting:
        if rules.failed and _are_dropped(rules, items, NOT_YET):
            return (rules.failed,)
        # All items ended without having worked, or there are none: the lifecycle still passes through working.
        return (rules.working, after_work)
    return (after_work,)


def _are_dropped(rules: BatchRules, items: Histories, by: Instant) -> bool:
    """Return whether the batch has items, and each of them was dropped by an instant."""
    return bool(items) and all(each[-1].step.state == rules.dropped and each[-1].entered <= by for each in items)


def _closing_end(job: Job, rules: BatchRules, entered: Instant, whole: BatchInputs) -> Instant:
    """Return when the closing state ends, as the batch's timeline says; at once where it is not in there."""
    stay = next((step.stay for step in job.plan.timeline if step.state == rules.closing), Timed(0))
    end = stay_end(stay, entered, whole.polls)
    if whole.closed is not None and whole.closed >= entered:
        end = min(end, whole.closed)
    return end


def _candidate_events(
    job: Job, rules: BatchRules, items: Histories, whole: BatchInputs, now: Instant
) -> list[tuple[Instant, _BatchEvent]]:
    """Return at most one event of each type, in the order in which they count."""
    expired = _instant_of_expiry(items, whole, now)
    cancelled = whole.cancelled
    # A cancel at the deadline or after it comes too late. (The order of events cannot express this: a cancel comes
    # before a begin, a begin before the deadline.)
    if expired is not None and cancelled is not None and cancelled >= expired:
        cancelled = None
    instants = {
        _BatchEvent.CANCEL: cancelled,
        _BatchEvent.BEGIN: _instant_of_begin(job, rules, items, whole),
        _BatchEvent.EXPIRE: expired,
        _BatchEvent.FINISH: _instant_of_finish(job, rules, items, whole, cancelled),
    }
    return sorted((at, event) for event, at in instants.items() if at is not None)


def _instant_of_expiry(items: Histories, whole: BatchInputs, now: Instant) -> Instant | None:
    """Return the deadline if it has ended an item; one that finds every item finished expires nothing."""
    expiry = whole.expiry
    causes = (Trigger.DEADLINE.value, MOVE)
    ended_an_item = any(history[-1].entered == expiry and history[-1].cause in causes for history in items)
    if expiry is None or expiry > now or not ended_an_item:
        return None
    return expiry


def _instant_of_begin(job: Job, rules: BatchRules, items: Histories, whole: BatchInputs) -> Instant | None:
    """Return when the batch came to work in its present life: with its first item, or at the end of its opening."""
    # An item has begun once it came to work or beyond it.
    idle = (rules.queued, rules.dropped, rules.late)
    worked = (span for history in items for span in history if span.step.state not in idle)
    begins = [span.entered for span in worked if span.until is None or span.until > whole.since]
    opening = _opening(job, rules)
    if opening is not None:
        opened = whole.since + opening.duration
        if not (rules.failed and _are_dropped(rules, items, opened)):
            begins.append(opened)
    return min(begins, default=None)


def _instant_of_finish(
    job: Job, rules: BatchRules, items: Histories, whole: BatchInputs, cancelled: Instant | None
) -> Instant | None:
    """Return when nothing was left to do; None if that lies ahead. `cancelled`: the cancel, unless it came too late."""
    if cancelled is not None and whole.drain_end is not None:
        # The scripted stay decides, whenever the last item ends; it may end in the future.
        if whole.drain_end == NOT_YET:
            return None
        return whole.drain_end
    if any(history[-1].step.state not in rules.item.terminal for history in items):
        return None
    last_item_ended = max((history[-1].entered for history in items), default=job.created)
    # A cancel of a batch that was closing finds nothing to drain.
    was_closing = rules.closing and cancelled is not None and last_item_ended < cancelled
    if cancelled is None or was_closing:
        return last_item_ended
    return max(last_item_ended, whole.drained_after or cancelled)


def _spans(states: list[tuple[Instant, str, str]], job: Job, next_change: Instant | None) -> StateHistory:
    """Return spans for (instant, state, cause); each lasts until the next, the last until `next_change` or for good.

    A state that follows itself is one span: its name stands for two of the rules.
    """
    states = [each for place, each in enumerate(states) if place == 0 or each[1] != states[place - 1][1]]
    # A state's fields are those of its step in the batch's timeline, else in what follows a cancel.
    timelines = (job.plan.timeline, *job.plan.on_cancel.values())
    steps = {step.state: step for timeline in timelines[::-1] for step in timeline[::-1]}
    ends: list[Instant | None] = [at for at, _, _ in states[1:]]
    ends.append(None if states[-1][1] in job.plan.lifecycle.terminal else next_change)
    return tuple(
        StateSpan(steps.get(state) or TimelineStep(state), at, until, cause)
        for (at, state, cause), until in zip(states, ends, strict=True)
    )
