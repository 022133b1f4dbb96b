"""Operations on jobs that the vendors' handlers share: find a job, count a poll, record a command, cancel.

Every decision is read from the vendor's tables or from the scenario; nothing here knows a vendor.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from mockserver.core.batch import Batch, Histories, fold_batch
from mockserver.core.batch_inputs import batch_deadlines
from mockserver.core.instants import Instant
from mockserver.core.job import (
    CANCEL,
    COMMAND,
    DELETE,
    POLL,
    Input,
    Job,
    StateHistory,
    StateSpan,
    fold_job,
    pending_deadlines,
)
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.wire import Response
from mockserver.vendors.answer import SHARED_BUCKET, Answer, AppendInput, ConsumeLimit, StoreChange
from mockserver.vendors.cancel import UNCONDITIONAL, Accept, AlreadyCancelled, CancelDecision, Delete, Refuse
from mockserver.vendors.http import RequestError, ScriptedResponse
from mockserver.vendors.model import FOREVER, Call, Era, OperationHandler
from mockserver.vendors.planner import cancellable_states
from mockserver.vendors.script import Script

_GENERAL_REFUSAL: Final = Refuse()


class JobSnapshot(NamedTuple):
    """A job as it is at one instant."""

    job: Job
    span: StateSpan
    """The present state: since when, until when, and its step of the timeline."""
    entered_at: dict[str, Instant]
    """Each state of the job's past and the instant at which it was entered last."""
    batch: Batch | None
    unchanged_until: Instant
    """When time next changes state, progress or counters; `FOREVER` for never."""
    state: str
    terminal: bool

    @property
    def ended_at(self) -> Instant | None:
        """The start of the terminal state; None before it."""
        return self.span.entered if self.terminal else None

    @property
    def items(self) -> Histories:
        """The histories of a batch's items, in their order; empty for any other job."""
        return () if self.batch is None else self.batch.items

    @property
    def scripted(self) -> dict[str, Any]:
        """The scenario's values for the body: those for the job, and over them those for its present state."""
        return {**self.job.plan.fields, **self.span.step.fields}

    def counters(self) -> dict[str, int]:
        """Return a batch's own counters (`BatchRules.counters`); empty for any other job."""
        rules = self.job.plan.batch
        if rules is None or self.batch is None:
            return {}
        return self.batch.counters(rules, ended=self.terminal)

    def item_counts(self) -> Counter[str]:
        """Return the number of a batch's items in each state; empty for any other job."""
        return Counter() if self.batch is None else self.batch.counts()


def snapshot(job: Job, now: Instant) -> JobSnapshot:
    """Fold a job of any kind up to `now`; change and count nothing."""
    batch = None
    if job.plan.batch is not None:
        batch = fold_batch(job, now)
        spans = batch.history
        unchanged_until = batch.unchanged_until
    else:
        spans = _fold_once(job, now)
        unchanged_until = spans[-1].unchanged_until(now)
    if unchanged_until is None:
        unchanged_until = FOREVER
    entered_at = {}
    for past in spans:
        entered_at[past.step.state] = past.entered
    span = spans[-1]
    state = span.step.state
    return JobSnapshot(
        job=job,
        span=span,
        entered_at=entered_at,
        batch=batch,
        unchanged_until=unchanged_until,
        state=state,
        terminal=state in job.plan.lifecycle.terminal,
    )


def _fold_once(job: Job, now: Instant) -> StateHistory:
    """Fold a job without items; while it stays in one state, once for all reads."""
    known: StateHistory | None = job.derived.get("history")
    latest_input = job.inputs[-1].at if job.inputs else job.created
    # An earlier instant sees fewer inputs, or another state: it is folded for itself, and not kept.
    if known is not None and max(latest_input, known[-1].entered) <= now:
        until = known[-1].until
        if until is None or now < until:
            return known
    spans = fold_job(job, now)
    if latest_input <= now:
        job.derived["history"] = spans
    return spans


def history(job: Job, until: Instant) -> StateHistory:
    """Return every state that a job of any kind was in up to `until`, oldest first."""
    if job.plan.batch is not None:
        return fold_batch(job, until).history
    return _fold_once(job, until)


def future_states(job: Job, now: Instant) -> StateHistory:
    """Return the states that a job enters after `now` by time alone, without a poll, command or move."""
    return tuple(span for span in history(job, FOREVER) if span.entered > now)


def deadlines_ahead(job: Job, now: Instant) -> list[tuple[Instant, str]]:
    """Return when deadlines will strike a job of any kind, and where they lead from its present state, the next first.

    A deadline counts from a state only once the job has entered it. An ended job is under none.
    """
    if job.plan.batch is None:
        return pending_deadlines(job, now)
    if snapshot(job, now).terminal:
        return []
    return sorted((at, job.plan.batch.expired) for at in batch_deadlines(job) if at > now)


def find_job(call: Call, kind: str, job_id: str) -> Job | None:
    """Return the job with that id; None if it is unknown, deleted or past the vendor's retention."""
    job = call.view.job(kind, job_id)
    if job is None or job.deletion is not None:
        return None
    if call.now >= job.created + call.era.kinds[kind].retention:
        return None
    return job


def with_job(find: Callable[[Call], Job | Response], handler: Callable[[Call, Job], Answer]) -> OperationHandler:
    """Wrap a handler about one job: answer what `find` returns, unless it finds the job."""

    def handle(call: Call) -> Answer:
        job = find(call)
        if isinstance(job, Response):
            return Answer(job)
        return handler(call, job)

    return handle


def count_poll(call: Call, job: Job) -> tuple[Job, tuple[StoreChange, ...]]:
    """Count a poll; return the job as this read shows it, and the change.

    Polls that can change nothing are not counted: of jobs without a stay of polls, and in terminal states.
    """
    if not job.plan.counts_polls or snapshot(job, call.now).terminal:
        return job, ()
    return record_command(call, job, POLL)


def rate_limit_of(era: Era, script: Script, operation: str) -> RateLimit | None:
    """Return the rate limit of an operation: the scenario's where it names one, else the vendor's."""
    for limits in (script.limits, era.limits):
        for name in (operation, "*"):
            if name in limits:
                return limits[name]
    return None


def active_limit_of(era: Era, script: Script, kind: str) -> int:
    """Return how many unfinished jobs of a kind an account may have: the scenario's number, else the vendor's.

    0: no limit.
    """
    usual = era.kinds[kind].active_limit
    if usual is None:
        return 0
    limits = script.active_limits
    return limits.get(kind, limits.get("*", usual))


def count_keyed_request(call: Call, operation: str) -> tuple[Response | None, tuple[StoreChange, ...]]:
    """Count a request in the limit that all keys share, for an operation whose handler checks the key itself.

    Returns the refusal, if the limit is spent, and the change.
    """
    limit = rate_limit_of(call.era, call.script, operation)
    if limit is None or not limit.shared:
        return None, ()
    window = call.view.window(SHARED_BUCKET) or LimitWindow(call.now)
    passes, window = window.take(limit, call.now)
    if passes:
        return None, (ConsumeLimit(SHARED_BUCKET, window),)
    refusal = call.render_request_error(RequestError.RATE_LIMITED, f"the limit of {limit.description} is spent")
    wait = str(window.retry_after(limit, call.now))
    return refusal._replace(headers=(*refusal.headers, ("Retry-After", wait))), ()


def record_command(
    call: Call, job: Job, kind: str = COMMAND, name: str = "", **data: object
) -> tuple[Job, tuple[StoreChange, ...]]:
    """Append an input that happens now; return the job afterwards, and the change."""
    new_input = Input(call.now, call.view.next_seq(), kind, name, data)
    return job.with_input(new_input), (AppendInput(job.kind, job.id, job.version, new_input),)


def decide_cancel(call: Call, before: JobSnapshot) -> CancelDecision | ScriptedResponse:
    """Decide a cancel of the job as it is `before` it: by the scenario's policy, else by the vendor's table.

    Returns an `Accept` only if the cancel is accepted: the conditions of its row have been evaluated.
    """
    name = before.job.plan.lifecycle.kind
    kind = call.era.kinds[name]
    row = kind.cancel_table.get(before.state, _GENERAL_REFUSAL)
    policy = call.script.cancels.get(name)
    if policy is None:
        return decide_by_row(row, before, call.now)
    if before.state not in cancellable_states(kind, policy):
        # What only the vendor's table accepts is refused in its general words.
        refusal: CancelDecision = _GENERAL_REFUSAL if isinstance(row, Accept) else row
        return policy.refusal or refusal
    # A policy that names states (`from:`) also replaces the vendor's conditions. One that names none leaves the time
    # to the vendor. `only_for` is never checked: the policy decides for the provider behind the vendor as well.
    if policy.sources is None and isinstance(row, Accept) and not _is_open(row, before, call.now):
        return policy.refusal or row.otherwise
    return UNCONDITIONAL


def decide_by_row(row: CancelDecision, before: JobSnapshot, now: Instant) -> CancelDecision:
    """Return the decision of a row of the vendor's table with its conditions evaluated."""
    if not isinstance(row, Accept):
        return row
    if not _is_open(row, before, now):
        return row.otherwise
    if row.only_for is not None and not row.only_for.holds(before.job.spec):
        return row.otherwise
    return row


def _is_open(row: Accept, before: JobSnapshot, now: Instant) -> bool:
    return row.after is None or now > row.refused_until(before.entered_at, before.span.entered)


def cancel_job(
    call: Call,
    job: Job,
    render: Callable[[JobSnapshot], Response],
    refuse: Callable[[str | None], Response],
    unchanged_until: Callable[[JobSnapshot], Instant] = lambda now: 0,
) -> Answer:
    """Answer a cancel.

    `render` shows the job after an accepted or a repeated cancel, or before it was deleted; `refuse` renders the
    vendor's error of a name (None: its general refusal). `unchanged_until` gives the instant before which `render`
    shows the same of an unchanged job; 0: that is not known.
    """
    before = snapshot(job, call.now)
    match decide_cancel(call, before):
        case Accept():
            cancelled, changes = record_command(call, job, CANCEL)
            return Answer(render(snapshot(cancelled, call.now)), changes)
        case AlreadyCancelled():
            return Answer(render(before), valid_until=unchanged_until(before))
        case Delete():
            _, changes = record_command(call, job, DELETE)
            return Answer(render(before), changes)
        case Refuse(error=name):
            return Answer(refuse(name))
        case scripted:
            return Answer(call.render_scripted(scripted))
