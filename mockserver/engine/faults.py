"""Faults at work: which of a session's faults a request meets, and what they make of its answer.

Theory of operation. Each request has a `Turn`. Behind the door (key, rate limit, body) it asks every fault that
concerns the operation whether this is its occasion, once, whatever the shell does about conflicts; what is counted is
counted there and then, by fault and job. Delays add up; of everything else the first fault that has its occasion
happens. The faults that were added last are asked first. What a fault does is its effects' business; here is only the
order: answer instead, or answer from what is seen, then what becomes of it, then how it is sent.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final, NamedTuple, cast

from mockserver.core.instants import Instant
from mockserver.core.job import POLL, Job
from mockserver.core.transmission import NORMAL, Transmission
from mockserver.core.wire import Request, Response
from mockserver.engine.store import Store
from mockserver.vendors.api import Answer, AppendInput, Call, StoreChange, StoreView
from mockserver.vendors.commands import snapshot
from mockserver.vendors.faults import Effect, Fault, SeededChoice, ViewOverride

FAULT_HEADER: Final = "X-Mock-Fault"
"""Names the faults that made an answer what it is."""
JOB_NAME_HEADER: Final = "x-mock-job"
"""The request header by which a client names the job that it creates."""
MAX_JOBS_PER_FAULT: Final = 100_000
"""Jobs for which one fault keeps numbers; of more, those that it counted first are forgotten."""
MAX_COUNTERS: Final = 1_000_000
"""Those of all faults of a session together: of more than ten faults, each keeps fewer."""
MAX_JOB_ID: Final = 200
"""Characters of what a client asks for that are looked at; no job has a longer id."""

Responder = Callable[[Call], Answer]


@dataclass(eq=False)
class ActiveFault:
    """A fault in a session."""

    id: str
    fault: Fault
    vendor: str = ""
    """Empty: of every vendor that has the operation."""
    occurrences: int = 0
    """How often it has happened."""
    counts_by_job: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By job (empty: of no job): the calls it concerned, and how often it has happened to them."""

    def applies_to(self, call: Call, job_id: str, job_names: dict[str, str]) -> bool:
        """Whether a call is one of those it counts."""
        fault = self.fault
        return (
            call.operation is not None
            and self.vendor in ("", call.era.vendor)
            and fault.applies_to(call.operation)
            and (not fault.job or job_id in (fault.job, job_names.get(fault.job)))
        )

    def count_call(self, job_id: str, limit: int) -> tuple[int, int]:
        """Count one more call: its number, and how often the fault has happened to the job before.

        Numbers are kept of `most` jobs.
        """
        if not self.fault.when.counts_calls:
            return 1, 0
        calls, happened = self.counts_by_job.get(job_id, (0, 0))
        self.counts_by_job[job_id] = (calls + 1, happened)
        for oldest in tuple(islice(self.counts_by_job, max(0, len(self.counts_by_job) - limit))):
            del self.counts_by_job[oldest]
        return calls + 1, happened

    def count_occurrence(self, job_id: str) -> None:
        """It has happened once more."""
        self.occurrences += 1
        if job_id in self.counts_by_job:
            calls, happened = self.counts_by_job[job_id]
            self.counts_by_job[job_id] = (calls, happened + 1)


class SessionFaults:
    """The faults of one session."""

    def __init__(self, seed: str, start: Instant) -> None:
        self.seed = seed
        self.start = start
        self.job_names: dict[str, str] = {}
        """What clients call their jobs."""
        self._active: list[ActiveFault] = []
        self._last_number = 0

    def __len__(self) -> int:
        return len(self._active)

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(tuple(self._active))

    def extend(self, vendor: str, faults: Iterable[Fault]) -> None:
        """Take over a scenario's faults: each is asked after those before it."""
        self._active += [self._activate(vendor, fault) for fault in faults]

    def add(self, vendor: str, fault: Fault) -> ActiveFault:
        """Add one that is asked before all others."""
        placed = self._activate(vendor, fault)
        self._active.insert(0, placed)
        return placed

    def _activate(self, vendor: str, fault: Fault) -> ActiveFault:
        self._last_number += 1
        return ActiveFault(f"fault-{self._last_number}", fault, vendor)

    def remove(self, fault_id: str = "") -> tuple[ActiveFault, ...]:
        """Take the fault of that id away, or all of them; those that are gone."""
        gone = tuple(placed for placed in self._active if fault_id in ("", placed.id))
        self._active = [placed for placed in self._active if placed not in gone]
        return gone

    def for_request(self) -> "RequestFaults":
        """A request's turn."""
        return RequestFaults(self)

    def name_job(self, request: Request, created_job_id: str) -> None:
        """A client may have a name for the job that it has just created."""
        name = request.headers.get(JOB_NAME_HEADER, "")
        if created_job_id and name:
            self.job_names[name] = created_job_id

    def select(self, call: Call) -> tuple["AppliedEffect", ...]:
        """What happens to a call, in the order of the faults; it is counted for each that concerns it."""
        job, met = job_id_of(call)[:MAX_JOB_ID], list[AppliedEffect]()
        most = min(MAX_JOBS_PER_FAULT, MAX_COUNTERS // max(1, len(self._active)))
        taken = False
        for placed in self._active:
            if not placed.applies_to(call, job, self.job_names):
                continue
            number, happened = placed.count_call(job, most)
            name = call.operation.name if call.operation is not None else ""
            draw = SeededChoice(self.seed, (placed.id, job, name, number))
            exclusive = placed.fault.exclusive
            if (exclusive and taken) or not placed.fault.when.holds(number, happened, call.now - self.start, draw):
                continue
            placed.count_occurrence(job)
            taken = taken or exclusive
            met += [AppliedEffect(effect, placed.id, draw) for effect in placed.fault.effects]
        return tuple(met)


class AppliedEffect(NamedTuple):
    """An effect that happens to an answer."""

    effect: Effect
    fault_id: str
    """The fault's id."""
    choice: SeededChoice


class RequestFaults:
    """One request and the faults that it meets."""

    def __init__(self, faults: SessionFaults) -> None:
        self._faults = faults
        self._applied: tuple[AppliedEffect, ...] | None = None

    @property
    def applied(self) -> tuple[AppliedEffect, ...]:
        """What happens to the answer."""
        return self._applied or ()

    def annotate(self, note: str) -> str:
        """The journal's note, with what happened to the answer: `fault-2: drop`."""
        return "; ".join(
            filter(None, (", ".join(f"{met.fault_id}: {met.effect.keyword}" for met in self.applied), note))
        )

    def answer(self, call: Call, respond: Responder) -> Answer:
        """The answer to a call that `respond` would answer, as the faults have it."""
        if self._applied is None:
            self._applied = self._faults.select(call)
        if not self._applied:
            return respond(call)
        answer = next(
            (made for met in self._applied if (made := _replaced_answer(met.effect, call, respond)) is not None), None
        )
        answer = respond(call) if answer is None else answer
        response = answer.response
        for met in self._applied:
            response = met.effect.transform(response)
        named = ", ".join(met.effect.keyword for met in self._applied)
        opens = answer.websocket if response.status == answer.response.status else None
        return Answer(
            response._replace(headers=(*response.headers, (FAULT_HEADER, named))), answer.changes, websocket=opens
        )

    def transmission(self, response: Response) -> Transmission:
        """How the answer is sent."""
        sending = NORMAL
        for met in self.applied:
            sending = met.effect.transmit(response, sending, met.choice)
        return sending


def job_id_of(call: Call) -> str:
    """The id of the job a call is about, wherever the operation carries it; empty where it is about none."""
    if call.operation is None:
        return ""
    where, name = call.operation.id_in
    if where == "path":
        return call.path_params.get(name, "")
    if where == "query":
        return call.query(name)
    found = call.body.get(name, "") if where == "body" and isinstance(call.body, dict) else ""
    return found if isinstance(found, str) else ""


def _replaced_answer(effect: Effect, call: Call, respond: Responder) -> Answer | None:
    """The answer that an effect gives instead of the operation's, with what changes all the same; None: it gives none.

    A read whose answer is replaced is no poll; one that is answered with something old is.
    """
    response = effect.replace(call)
    if response is not None:
        changes = respond(call).changes if effect.takes_effect else ()
        return Answer(response, tuple(change for change in changes if not _is_poll(change)))
    sight = effect.override_view(call.now)
    if sight is None:
        return None
    truth = respond(call)
    shown = replace(
        call, now=sight.now, view=cast("StoreView", _OverriddenView(cast("Store", call.view), sight, truth.changes))
    )
    return Answer(respond(shown).response, truth.changes)


def _is_poll(change: StoreChange) -> bool:
    return isinstance(change, AppendInput) and change.new_input.kind == POLL


class _OverriddenView:
    """A view of other jobs than there are; in it no poll is counted, that is done already."""

    def __init__(self, base: Store, view_override: ViewOverride, changes: tuple[StoreChange, ...]) -> None:
        self._base, self._view_override = base, view_override
        self._appended = [change for change in changes if isinstance(change, AppendInput)]

    def _overridden(self, job: Job | None) -> Job | None:
        if job is None:
            return None
        for change in self._appended:
            if change.job_id == job.id:
                job = job.with_input(change.new_input)
        seen = self._view_override.alter_job(job)
        return seen if seen is None else replace(seen, plan=replace(seen.plan, counts_polls=False))

    def job(self, kind: str, job_id: str) -> Job | None:
        """The job as it is shown."""
        return self._overridden(self._base.job(kind, job_id))

    def item(self, item_id: str) -> tuple[Job, int] | None:
        """The batch of an item as it is shown."""
        found = self._base.item(item_id)
        batch = None if found is None else self._overridden(found[0])
        return None if found is None or batch is None else (batch, found[1])

    def jobs(
        self,
        kind: str,
        now: Instant,
        *,
        states: frozenset[str] | None = None,
        since: Instant = 0,
        after: str = "",
        oldest_first: bool = False,
    ) -> Iterator[Job]:
        """Jobs not deleted, as they are shown: all of them are looked at, as no index knows another time."""
        everything = [job for job in self._base.all_jobs() if job.kind == kind]
        ordered = everything if oldest_first else everything[::-1]
        if after:
            places = [place for place, job in enumerate(ordered) if job.id == after]
            ordered = ordered[places[0] + 1 :] if places else []
        for job in ordered:
            seen = self._overridden(job)
            if seen is None or seen.last_command("delete") is not None or seen.created < since:
                continue
            if states is None or snapshot(seen, now).state in states:
                yield seen

    def count(self, kind: str, now: Instant, *, states: frozenset[str] | None = None, since: Instant = 0) -> int:
        """How many `jobs` would yield."""
        return sum(1 for _ in self.jobs(kind, now, states=states, since=since))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._base, name)
