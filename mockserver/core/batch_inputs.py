"""What was done to a batch as a whole: the inputs that are not about one of its items, and when its own stays end."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from mockserver.core.deadlines import pending_since_creation
from mockserver.core.instants import Instant
from mockserver.core.job import CANCEL, MOVE, POLL, Input, Inputs, Job
from mockserver.core.lifecycle import BatchRules
from mockserver.core.timeline import Polls, Stay, Timed

NOT_YET: Final[Instant] = 1 << 62
"""The end of a stay that polls or a move will bring."""


class BatchInputs(NamedTuple):
    """What was done to the batch as a whole."""

    since: Instant
    """The start of its present life: its creation, or the latest move back to its first state."""
    cancelled: Instant | None
    """The first cancel, or move to draining or drained, of this life."""
    expiry: Instant | None
    """The deadline, or a move to expired before it; the batch may have ended sooner."""
    drain_end: Instant | None
    """When the scripted stay in the draining state ends it; None: the drain ends with the last item."""
    drained_after: Instant | None
    """The earliest end of the drain; None without a cancel. A move to drained ends it at once."""
    drain_limit: Instant | None
    """When a drain without a scripted stay drops what is unfinished; None: it waits for the last item."""
    closed: Instant | None
    """The move to done that ends the closing state early."""
    polls: tuple[Instant, ...]
    """The counted polls of this life."""


def batch_deadlines(job: Job) -> list[Instant]:
    """Return the instants at which a deadline ends what is unfinished of a batch."""
    return [at for at, _ in pending_since_creation(job.plan.deadlines, job.spec, job.created)]


def fold_batch_inputs(inputs: Inputs, job: Job, rules: BatchRules) -> BatchInputs:
    """Return what a batch's inputs were to it as a whole; only those of its present life count."""
    since, inputs = _present_life(inputs, job, rules)
    cancelled = drained = closed = None
    expiries = batch_deadlines(job)
    for event in inputs:
        target = _target_of_whole(event)
        # Where one name stands for several states, the first branch counts.
        if target == rules.done:
            closed = event.at
        elif event.kind == CANCEL or target in (rules.draining, rules.drained):
            if cancelled is None:
                cancelled = event.at
            if target == rules.drained and drained is None:
                drained = event.at
        elif target == rules.expired:
            expiries.append(event.at)
    polls = tuple(event.at for event in inputs if event.kind == POLL)
    drain_end = drained_after = drain_limit = None
    if cancelled is not None:
        drain_end = _scripted_drain_end(job, cancelled, polls)
        drained_after = cancelled + rules.drain_least
        if drain_end is None and rules.drain_limit is not None:
            drain_limit = cancelled + rules.drain_limit
        if drained is not None:
            # The move ends a drain that would last longer.
            drained_after = min(drained_after, drained)
            if drain_end is not None:
                drain_end = min(drain_end, drained)
    return BatchInputs(
        since=since,
        cancelled=cancelled,
        expiry=min(expiries, default=None),  # it expires once: a move after the deadline comes too late
        drain_end=drain_end,
        drained_after=drained_after,
        drain_limit=drain_limit,
        closed=closed,
        polls=polls,
    )


def _present_life(inputs: Inputs, job: Job, rules: BatchRules) -> tuple[Instant, Inputs]:
    """Return when the batch's present life began, and its inputs: a move back to the first state begins a new one."""
    for place in reversed(range(len(inputs))):
        if _target_of_whole(inputs[place]) == rules.waiting:
            return inputs[place].at, inputs[place + 1 :]
    return job.created, inputs


def _target_of_whole(event: Input) -> str | None:
    """Return the state to which an input moves the batch; None for other inputs, and for the move of a single item."""
    if event.kind == MOVE and "item" not in event.data:
        return event.name
    return None


def _scripted_drain_end(job: Job, cancelled: Instant, polls: Sequence[Instant]) -> Instant | None:
    """Return when the stay that a scenario gives the draining state ends.

    None where the draining state has no stay of its own: a state without a successor is the last of its timeline.
    """
    follow = next(iter(job.plan.on_cancel.values()), ())
    if len(follow) < 2:
        return None
    return stay_end(follow[0].stay, cancelled, polls)


def stay_end(stay: Stay, entered: Instant, polls: Sequence[Instant]) -> Instant:
    """Return when a stay of the batch's own ends; `NOT_YET` for polls still to come, or a stay that a move ends."""
    match stay:
        case Timed(duration):
            return entered + duration
        case Polls(reads):
            later = [at for at in polls if at >= entered]
            if len(later) > reads:
                return later[reads]
    return NOT_YET
