"""Faults at work: which of a session's faults a request meets, and what they do to its answer.

Theory of operation. A request that passed key, rate limit and body selects its faults once, however often a conflict
makes the engine run it again. Each fault of the operation counts the request at that moment, for each job apart, and
applies if its `when` names that number. The selected effects are sorted into a pipeline of five lists, by the methods
that each effect overrides:

    rewrite    another request, for the operation only
    replace    an answer instead of the operation's own
    override   another state of the jobs, of which a read is answered
    transform  another form of the answer
    transmit   another way of sending it

Of all effects that exclude each other one applies to an answer, so `replace` and `override` together hold one at most;
delays, lengths and headers combine with anything. Faults added last are tried first.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from mockserver.core.codings import as_sent
from mockserver.core.instants import Instant
from mockserver.core.job import POLL, Job
from mockserver.core.transmission import NORMAL, Transmission
from mockserver.core.wire import Request, Response
from mockserver.engine.store import Store
from mockserver.engine.views import FilteredView
from mockserver.vendors.api import Answer, AppendInput, Call, CreateJob, Operation, StoreChange
from mockserver.vendors.faults import AffectedCall, Effect, Fault, SeededChoice, ViewOverride

FAULT_HEADER: Final = "X-Mock-Fault"
"""Names the faults that altered an answer."""
JOB_NAME_HEADER: Final = "x-mock-job"
"""The request header by which a client names the job that it creates."""
MAX_JOBS_PER_FAULT: Final = 100_000
"""Jobs for which one fault keeps counts; beyond it the oldest counts are forgotten."""
MAX_COUNTERS: Final = 1_000_000
"""Counts of all faults of a session together: with more than ten faults, each keeps fewer."""
MAX_JOB_ID: Final = 200
"""Characters of a job id that are compared and kept; no job has a longer one."""

Responder = Callable[[Call], Answer]

CountListener = Callable[["ActiveFault", str, int, int], None]
"""Called with a fault and a job's id (empty: no job), by how many calls and occurrences its counts grow."""


@dataclass(eq=False)
class ActiveFault:
    """A fault in a session."""

    id: str
    fault: Fault
    vendor: str = ""
    """Empty: every vendor that has the operation."""
    occurrences: int = 0
    counts_by_job: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By job id (empty: no job): the calls that the fault concerned, and its occurrences among them."""

    def applies_to(self, call: Call, job_id: str, job_names: dict[str, str]) -> bool:
        """Return True if the fault counts this call."""
        fault = self.fault
        return (
            call.operation is not None
            and self.concerns(call.era.vendor, call.operation)
            and (not fault.job or job_id in (fault.job, job_names.get(fault.job)))
            and (fault.request is None or fault.request.holds(call.request, call.body))
        )

    def concerns(self, vendor: str, operation: Operation) -> bool:
        """Return True if there are calls to the operation that the fault counts."""
        return self.vendor in ("", vendor) and self.fault.applies_to(operation)

    def count_call(self, job_id: str, limit: int) -> tuple[int, int]:
        """Count one call; returns its number and the occurrences so far. Keeps counts of at most `limit` jobs."""
        if not self.fault.when.counts_calls:
            return 1, 0
        calls, occurrences = self.counts_by_job.get(job_id, (0, 0))
        self.counts_by_job[job_id] = (calls + 1, occurrences)
        while len(self.counts_by_job) > limit:
            del self.counts_by_job[next(iter(self.counts_by_job))]
        return calls + 1, occurrences

    def count_occurrence(self, job_id: str) -> None:
        """Count one occurrence for a job."""
        self.occurrences += 1
        if job_id in self.counts_by_job:
            calls, occurrences = self.counts_by_job[job_id]
            self.counts_by_job[job_id] = (calls, occurrences + 1)

    def add_counts(self, job_id: str | None, calls: int, occurrences: int) -> None:
        """Add to the counts what a log has, or take back what was not written to it; None: no job's any more."""
        self.occurrences += occurrences
        if self.fault.when.counts_calls and job_id is not None:
            calls_before, occurrences_before = self.counts_by_job.get(job_id, (0, 0))
            self.counts_by_job[job_id] = (calls_before + calls, occurrences_before + occurrences)


class AppliedEffect(NamedTuple):
    """An effect that applies to an answer."""

    effect: Effect
    fault_id: str
    choice: SeededChoice

    def overrides(self, method: str) -> bool:
        """Return True if the effect's kind overrides a method of `Effect`."""
        return getattr(type(self.effect), method) is not getattr(Effect, method)

    @property
    def acts_always(self) -> bool:
        """True unless all that it can do is to rewrite or to transform, which may change nothing."""
        return any(self.overrides(method) for method in ("replace", "override_view", "transmit"))

    def view_of(self, call: Call, job_id: str) -> AffectedCall:
        """Return the call as the effect sees it."""
        return AffectedCall(
            request=call.request, job_id=job_id, base_url=call.base_url, now=call.now, choice=self.choice, renderer=call
        )


class SessionFaults:
    """The faults of one session."""

    def __init__(self, seed: str, start: Instant) -> None:
        self.seed = seed
        self.start = start
        self.job_names: dict[str, str] = {}
        """Job ids by the clients' names for them."""
        self.active: list[ActiveFault] = []
        """In the order in which they are tried."""
        self.last_number = 0
        """The number in the id of the fault that was added last."""
        self.on_count: CountListener | None = None

    def __len__(self) -> int:
        return len(self.active)

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(tuple(self.active))

    def extend(self, vendor: str, faults: Iterable[Fault]) -> None:
        """Add a scenario's faults: each is tried after those before it."""
        self.active += [self._activate(vendor, fault) for fault in faults]

    def add(self, vendor: str, fault: Fault) -> ActiveFault:
        """Add a fault that is tried before all others."""
        added = self._activate(vendor, fault)
        self.active.insert(0, added)
        return added

    def _activate(self, vendor: str, fault: Fault) -> ActiveFault:
        self.last_number += 1
        return ActiveFault(f"fault-{self.last_number}", fault, vendor)

    def remove(self, fault_id: str | None = None) -> tuple[ActiveFault, ...]:
        """Remove the fault of that id, or all; returns the removed ones."""
        removed = tuple(active for active in self.active if fault_id in (None, active.id))
        self.active = [active for active in self.active if active not in removed]
        return removed

    def for_request(self) -> "RequestFaults":
        """Return the faults' part in one request."""
        return RequestFaults(self)

    def name_job(self, request: Request, created_job_id: str | None) -> None:
        """Remember the client's name for the job that its request has just created, if it names it."""
        name = request.headers.get(JOB_NAME_HEADER, "")
        if created_job_id and name:
            self.job_names[name] = created_job_id

    def select(self, call: Call, job_id: str) -> tuple[AppliedEffect, ...]:
        """Return the effects that apply to a call, in the order of the faults; counts the call and the occurrences."""
        job_id = job_id[:MAX_JOB_ID]
        applied: list[AppliedEffect] = []
        if call.operation is None:
            return ()
        operation = call.operation.name
        limit = min(MAX_JOBS_PER_FAULT, MAX_COUNTERS // max(1, len(self.active)))
        exclusive_applied = False
        for active in self.active:
            if not active.applies_to(call, job_id, self.job_names):
                continue
            # Counted even where another fault has precedence: `call: 2` means the second call, not the second chance.
            number, occurrences = active.count_call(job_id, limit)
            if self.on_count is not None:
                self.on_count(active, job_id, int(active.fault.when.counts_calls), 0)
            if active.fault.exclusive and exclusive_applied:
                continue
            choice = SeededChoice(self.seed, (active.id, job_id, operation, number))
            if not active.fault.when.holds(number, occurrences, call.now - self.start, choice):
                continue
            active.count_occurrence(job_id)
            if self.on_count is not None:
                self.on_count(active, job_id, 0, 1)
            exclusive_applied = exclusive_applied or active.fault.exclusive
            applied += [AppliedEffect(effect, active.id, choice) for effect in active.fault.effects]
        return tuple(applied)


class RequestFaults:
    """The faults that one request meets, as a pipeline."""

    def __init__(self, faults: SessionFaults) -> None:
        self._faults = faults
        self._selected: tuple[AppliedEffect, ...] | None = None
        self.applied: tuple[AppliedEffect, ...] = ()
        """The selected effects; after the answer, without those that have changed nothing."""

    @property
    def keywords(self) -> str:
        """The applied effects by their keywords: `status, delay`."""
        return ", ".join(applied.effect.keyword for applied in self.applied)

    @property
    def note(self) -> str:
        """The applied effects for the journal: `fault-2: drop`."""
        return ", ".join(f"{applied.fault_id}: {applied.effect.keyword}" for applied in self.applied)

    def answer(self, call: Call, respond: Responder, job_id: str, store: Store) -> Answer:
        """Return the answer to a call that `respond` would answer, as the faults alter it."""
        if self._selected is None:
            # Once for a request: a conflict runs it again, and then its occasions must not be counted twice.
            self._selected = self._faults.select(call, job_id)
        self.applied = self._selected
        if not self.applied:
            return respond(call)
        acting = [applied for applied in self.applied if applied.acts_always]
        request = call.request
        for applied in self._overriding("rewrite"):
            rewritten = applied.effect.rewrite(request)
            if rewritten != request:
                acting.append(applied)
            request = rewritten
        answer = self._base_answer(call, replace(call, request=request), respond, job_id, store)
        response = answer.response
        created = _created_job_id(answer.changes)
        # The first fault of the list has the last word on a header that two of them set.
        for applied in reversed(tuple(self._overriding("transform"))):
            transformed = applied.effect.transform(response, applied.view_of(call, created or job_id))
            if transformed != response:
                acting.append(applied)
            response = transformed
        self.applied = tuple(applied for applied in self.applied if applied in acting)
        altered = answer._replace(response=response, valid_until=0)
        if response.status != answer.response.status:
            return altered._replace(websocket=None)  # it opens only with the vendor's own 101
        return altered

    def _overriding(self, method: str) -> Iterator[AppliedEffect]:
        """Yield the effects that act at a stage."""
        return (applied for applied in self.applied if applied.overrides(method))

    def _base_answer(self, call: Call, rewritten: Call, respond: Responder, job_id: str, store: Store) -> Answer:
        """Return the answer before it is transformed: a replacement, a read of overridden jobs, or the true one.

        The request's changes come with it: of a replaced answer only if the effect lets the request take effect, and
        never a poll, because the client did not see the job. A read of an old state is a poll.
        """
        for applied in self._overriding("replace"):
            response = applied.effect.replace(applied.view_of(call, job_id))
            if response is not None:
                if not applied.effect.takes_effect:
                    return Answer(response)
                changes = respond(rewritten).changes
                # The answer may name the job that the request has created.
                created = _created_job_id(changes)
                if created is not None:
                    response = applied.effect.replace(applied.view_of(call, created)) or response
                kept = [each for each in changes if not isinstance(each, AppendInput) or each.new_input.kind != POLL]
                return Answer(response, tuple(kept))
        for applied in self._overriding("override_view"):
            override = applied.effect.override_view(call.now)
            if override is not None:
                # Two runs of the handler: the true one for its changes, the other for what the client gets to see.
                changes = respond(rewritten).changes
                shown = replace(rewritten, now=override.now, view=_overridden_view(store, override, changes))
                return respond(shown)._replace(changes=changes)
        return respond(rewritten)

    def transmission(self, response: Response) -> Transmission:
        """Return how the answer is sent."""
        transmission = self._transmission_of(response)
        if transmission.coding is None:
            return transmission
        # Cuts and lengths count the bytes that are sent: those of the coded body.
        return self._transmission_of(as_sent(response, transmission.coding))

    def _transmission_of(self, response: Response) -> Transmission:
        transmission = NORMAL
        for applied in self._overriding("transmit"):
            transmission = applied.effect.transmit(response, transmission, applied.choice)
        return transmission


def _created_job_id(changes: Iterable[StoreChange]) -> str | None:
    return next((change.job.id for change in changes if isinstance(change, CreateJob)), None)


def _overridden_view(store: Store, override: ViewOverride, changes: tuple[StoreChange, ...]) -> FilteredView:
    """Return the store as the override shows it, with the inputs that this request adds."""
    appended = [change for change in changes if isinstance(change, AppendInput)]

    def show(job: Job) -> Job | None:
        """Return a job with its new inputs as the override shows it; None: it is hidden."""
        for change in appended:
            if change.job_id == job.id:
                job = job.with_input(change.new_input)
        shown = override.alter_job(job)
        if shown is None:
            return None
        if not shown.plan.counts_polls:
            return shown
        # The poll is among the inputs already: this view counts none.
        return replace(shown, plan=replace(shown.plan, counts_polls=False))

    return FilteredView(store, show)
