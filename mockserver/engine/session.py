"""A session: an isolated world with one clock, its jobs, its journal, its scenario and its seed.

Here the pure engine meets what it must not know: the instant (the caller passes what the machine's clock reads), what
was committed, what was requested before. Still no I/O: a session runs in a test as it does in the server.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from mockserver.core.batch import fold_batch
from mockserver.core.clock import Clock
from mockserver.core.instants import Instant
from mockserver.core.job import MOVE, Input, Job, StateSpan
from mockserver.core.ratelimit import RateLimit
from mockserver.core.timeline import EMPTY_MAPPING
from mockserver.core.transmission import NORMAL, Transmission
from mockserver.core.wire import Request, Response
from mockserver.engine.context import SessionContext
from mockserver.engine.faults import ActiveFault, SessionFaults
from mockserver.engine.handle import BodyError, HandledRequest, IncomingRequest, VendorContext, handle
from mockserver.engine.hints import HINT_HEADER, MAX_HINT, hint_for
from mockserver.engine.journal import JournalEntry, with_short_files, without_spare_memory
from mockserver.engine.notify.deliveries import Deliveries
from mockserver.engine.notify.sockets import JobSockets
from mockserver.engine.prefer import unmet_preference
from mockserver.engine.reply import FINDINGS_HEADER, Reply, as_exchange, findings_text
from mockserver.engine.setup import SessionSetup
from mockserver.engine.store import Store, VersionConflict
from mockserver.errors import did_you_mean, refuse
from mockserver.vendors.api import AppendInput, BodyFormat, CreateJob, Era, LedgerEntry, Operation, StoreChange
from mockserver.vendors.commands import snapshot
from mockserver.vendors.faults import Fault
from mockserver.vendors.webhook_endpoint import WebhookEndpoint

MAX_ATTEMPTS: Final = 100
"""Times that a request is run when its job changes under it: each time another server was faster, and has finished."""
SESSION_BYTES: Final = 30_000
"""Bytes of memory that a session takes besides jobs, journal and deliveries."""
MAX_CANDIDATES: Final = 1_000
"""Jobs of a vendor whose ids are compared with an unknown one."""


class Session:
    """One isolated world; `epoch` counts its resets."""

    def __init__(self, setup: SessionSetup, epoch: int = 1) -> None:
        shared = SessionContext(setup, epoch)
        self.setup = setup
        self.name = setup.name
        self.epoch = epoch
        self.label = f"{setup.name}@{epoch}"
        """Name and epoch, as the header `X-Mock-Session` has them."""
        self._request_id_start = f"req_{epoch:x}"
        self.clock = setup.clock
        self.destination: Clock | None = None
        """The clock that a move leads to, while it is under way: meanwhile `clock` stands at what falls due."""
        self.not_before: Instant = 0
        """An instant that another server's command has reached: what is decided after it is not earlier."""
        self.start = shared.start
        self.journal = shared.journal
        self.schedule = shared.schedule
        self.job_listeners = shared.job_listeners
        """Called with each job that something other than time has changed."""
        self.vendors = shared.vendors
        """The contexts of the vendors that were used so far; `context` creates the others."""
        self._shared = shared
        self.faults = SessionFaults(setup.seed, self.start)
        for vendor, script in setup.scripts.items():
            self.faults.extend(vendor, script.faults)
        self.held_operations: list[str] = []
        """Names of the operations whose next requests a hold stops, one for each hold; `*`: every operation."""
        self.server_hints = 0
        """How many hints of the server every answer carries."""
        self.on_close: list[Callable[[], None]] = []
        """Called when the session is reset or deleted."""
        self.deliveries = Deliveries(shared)
        self.sockets = JobSockets(shared)
        shared.on_vendor_created = self.deliveries.vendor_created
        self.base_url = ""
        """The start of the URLs in the latest answer: those in deliveries have the same."""
        for vendor, script in setup.scripts.items():
            if script.jobs:
                shared.vendor(vendor)

    @property
    def lasting_clock(self) -> Clock:
        """The clock as it goes on if a move that is under way ends here."""
        if self.destination is None:
            return self.clock
        return replace(self.destination, wall_start=self.clock.wall_start, session_start=self.clock.session_start)

    @property
    def retained_bytes(self) -> int:
        """About how many bytes of memory the session takes."""
        logs = self.journal.retained_bytes + self.deliveries.log.retained_bytes
        return SESSION_BYTES + logs + sum(context.store.retained_bytes for context in self.vendors.values())

    def reset(self, clock: Clock, make_store: Callable[[Era], Store] | None = None) -> "Session":
        """Return the session of the next epoch: the same setup with another clock and other stores, and no jobs."""
        setup = self.setup._replace(clock=clock, make_store=make_store or self.setup.make_store)
        return Session(setup, self.epoch + 1)

    def close(self) -> None:
        """Call everything that waits in the session: it was reset or deleted."""
        for callback in tuple(self.on_close):
            callback()
        self._shared.close()

    def context(self, vendor: str) -> VendorContext:
        """Return a vendor's context in this session; the first use creates it, with the scenario's jobs in it."""
        return self._shared.vendor(vendor)

    def contexts(self) -> Iterator[VendorContext]:
        """Yield the contexts of the vendors that have a scenario or were used."""
        return self._shared.all_vendors()

    # Settings

    def add_fault(self, vendor: str, fault: Fault) -> ActiveFault:
        """Add a fault that is tried before all others."""
        return self.faults.add(vendor, fault)

    def remove_faults(self, fault_id: str | None = None) -> tuple[ActiveFault, ...]:
        """Remove the fault of that id, or all; returns the removed ones."""
        return self.faults.remove(fault_id)

    def set_limits(self, vendor: str, limits: Mapping[str, RateLimit | None], active: Mapping[str, int]) -> None:
        """Change the rate limits of the named operations, and those of unfinished jobs of the named kinds.

        Where `active` has every kind (`*`), those that were named before are gone.
        """
        context = self.context(vendor)
        script = context.script
        earlier = {} if "*" in active else script.active_limits
        context.script = script._replace(limits={**script.limits, **limits}, active_limits={**earlier, **active})

    def set_endpoint(self, vendor: str, endpoint: WebhookEndpoint | None, wall_now: Instant) -> None:
        """Change a vendor's webhook endpoint, or remove it; the caller reschedules the vendor's jobs."""
        context = self.context(vendor)
        self.deliveries.endpoint_changed(vendor, self.clock.now(wall_now))
        context.script = context.script._replace(webhook_endpoint=endpoint)

    def intervenes_in(self, vendor: str, operation: Operation | None) -> bool:
        """Return True if answers to an operation may be delayed or altered: such requests need the whole way.

        The vendor's own rules do so, or a fault, a hold, a clock that waits for the client's sleeps, or a hint.
        `operation` is None for a request that fits none.
        """
        if self.server_hints or self.clock.poll_step:
            return True
        if operation is None:
            return bool(self.held_operations)
        if operation.may_be_held:
            return True
        if self.held_operations and not {"*", operation.name}.isdisjoint(self.held_operations):
            return True
        faults = self.faults.active
        return bool(faults) and any(active.concerns(vendor, operation) for active in faults)

    # Requests

    def answer(
        self,
        vendor: str,
        request: Request,
        base_url: str,
        wall_now: Instant,
        *,
        key_error: str | None = None,
        body_error: BodyError | None = None,
    ) -> Reply:
        """Answer one request that arrives when the machine's clock reads `wall_now`.

        `base_url` is the start of the URLs handed out; the errors are those of `IncomingRequest`.
        Raises MockError SRV001 if the job keeps changing under the request.
        """
        context = self.context(vendor)
        incoming = context.incoming(request, base_url, key_error=key_error, body_error=body_error)
        return self.answer_incoming(context, incoming, wall_now)

    def answer_incoming(self, context: VendorContext, incoming: IncomingRequest, wall_now: Instant) -> Reply:
        """Answer a request whose vendor, operation and key are known. Raises MockError SRV001, as `answer` does."""
        request_id = self.request_id(self.journal.seq + 1)
        now = self.clock.now(wall_now)
        faults = self.faults.for_request() if self.faults.active else None
        for _ in range(MAX_ATTEMPTS):
            now = max(now, self.not_before)
            handled = handle(context, incoming, now, request_id=request_id, faults=faults)
            changes = handled.answer.changes
            if not changes:
                break
            try:
                context.store.commit(changes)
            except VersionConflict:
                continue
            self.after_commit(context, changes)
            break
        else:
            request = incoming.request
            raise refuse("SRV001", f"{request.method} {request.path}: the job kept changing under the request")
        self.base_url = incoming.base_url
        notes: list[str] = []
        transmission = NORMAL
        if faults is None:
            self._add_hint(handled, incoming, notes)
        else:
            if faults.applied:
                notes.append(faults.note)
            self._add_hint(handled, incoming, notes)
            transmission = faults.transmission(handled.response)
            self.faults.name_job(incoming.request, handled.created_job_id)
        if handled.answer.delay:
            transmission = transmission._replace(delay=transmission.delay + handled.answer.delay)
        return self._finish(context, handled, transmission, notes)

    def request_id(self, seq: int) -> str:
        """Return the id of the request that is the journal's entry `seq`: `req_EPOCHNUMBER`, both hexadecimal."""
        return f"{self._request_id_start}{seq:08x}"

    def _add_hint(self, handled: HandledRequest, incoming: IncomingRequest, notes: list[str]) -> None:
        """Note why a key names no scenario, or, as a header too, why a request was refused or a preference ignored."""
        hint = incoming.key_error
        refused = handled.answer.response.status >= 400
        if refused or handled.no_match is not None:
            job_id = handled.created_job_id or handled.call.job_id
            hint = hint_for(tuple(self.vendors.values()), handled, incoming.key_error, job_id)
        unmet = None
        if not hint and "prefer" in incoming.request.headers:
            hint = unmet = unmet_preference(handled.call, handled.answer.response)
        if hint:
            notes.append(hint)
            if refused or unmet:
                handled.headers.append((HINT_HEADER, hint[:MAX_HINT]))

    def _finish(
        self, context: VendorContext, handled: HandledRequest, transmission: Transmission, notes: list[str]
    ) -> Reply:
        """Complete a committed answer: run the checker, write the journal, call the observers.

        The order matters: the checker sees the answer with its hint, the journal and the observers see its findings.
        """
        entry = self._journal_entry(context, handled, transmission, notes)
        self.journal.add(entry)
        for observer in self.setup.observers:
            observer(context.era.pin, entry.to_exchange())
        answer = handled.answer
        operation = handled.call.operation
        valid_until = 0
        # Only what changed and counted nothing may be repeated, and not where each answer is checked.
        if operation is not None and not answer.changes and self.setup.checker is None:
            valid_until = answer.valid_until if entry.response.status == 200 else 0
        return Reply(
            entry=entry,
            response=entry.response,
            kind="" if operation is None else operation.kind,
            valid_until=valid_until,
            transmission=transmission,
            websocket=answer.websocket,
        )

    def _journal_entry(
        self, context: VendorContext, handled: HandledRequest, transmission: Transmission, notes: list[str]
    ) -> JournalEntry:
        """Return the entry of a committed answer, with what the checker finds in it; adds the findings to `notes`."""
        call = handled.call
        response = handled.response
        seq = self.journal.seq + 1
        if self.setup.checker is not None:
            exchange = as_exchange(call.request, response, transmission, call.now, seq)
            response = _add_findings(response, self.setup.checker(self.label, context.era.pin, exchange), notes)
        job_id = (handled.answer.changes and handled.created_job_id) or call.job_id
        watermark = handled.watermark(context.store, job_id)
        is_file = call.operation is not None and BodyFormat.BYTES in call.operation.body.formats
        return JournalEntry(
            seq=seq,
            request_id=call.request_id,
            at=call.now,
            vendor=context.era.vendor,
            operation="" if call.operation is None else call.operation.name,
            job_id=job_id,
            request=with_short_files(call.request, is_file=is_file),
            response=Response(response.status, response.headers, without_spare_memory(response.body)),
            note="; ".join(notes),
            watermark=watermark,
            incomplete=transmission is not NORMAL and transmission.incomplete,
        )

    def record_repeat(self, first: JournalEntry, now: Instant) -> str:
        """Record in the journal that an answer was given once more, unchanged; returns the new request's id."""
        seq = self.journal.seq + 1
        request_id = self.request_id(seq)
        self.journal.add_repeat(seq, request_id, now, first)
        for observer in self.setup.observers:
            (entry,) = self.journal.since(seq - 1)
            observer(self.setup.eras[entry.vendor].pin, entry.to_exchange())
        return request_id

    def after_commit(self, context: VendorContext, changes: Iterable[StoreChange]) -> None:
        """Schedule the webhooks of new jobs, and call the listeners of changed jobs and of the journal."""
        for change in changes:
            if isinstance(change, CreateJob):
                self.deliveries.reschedule(context, change.job)
            elif isinstance(change, AppendInput) and self._shared.job_listeners:
                self._shared.job_changed((context.era.vendor, change.kind, change.job_id), change.new_input.at)
        if self.journal.listeners:
            self.journal.notify()

    # Jobs

    def find_job(self, job_id: str) -> tuple[VendorContext, Job]:
        """Return a job of any vendor by its id, and its vendor's context.

        Raises MockError ADM004, with the nearest id, if there is none.
        """
        known: list[str] = []
        for context in self.contexts():
            for kind in context.era.kinds:
                job = context.store.job(kind, job_id)
                if job is not None:
                    return context, job
            known.extend(job.id for job, _ in zip(context.store.all_jobs(), range(MAX_CANDIDATES), strict=False))
        near = did_you_mean(job_id, known)
        raise refuse("ADM004", f"no job {job_id[:80]!r} in session {self.name!r}{near}", "GET /__mock/jobs")

    def move_job(
        self, job_id: str, target_state: str, wall_now: Instant, *, force: bool = False, item: int | None = None
    ) -> StateSpan:
        """Move a job, or one of its items, to a state at once; returns the span that the job is in afterwards.

        Raises MockError ADM004 for an unknown job, ADM005 for an unknown state, ADM006 for a move against the
        lifecycle (unless forced), ADM007 for an unknown item.
        """
        context, job = self.find_job(job_id)
        now = max(self.clock.now(wall_now), self.not_before)
        lifecycle = job.plan.lifecycle
        if item is not None and job.plan.batch is not None:
            lifecycle = job.plan.batch.item
        if target_state not in lifecycle.states:
            near = did_you_mean(target_state, lifecycle.states)
            states = ", ".join(lifecycle.states)
            raise refuse(
                "ADM005", f"a {lifecycle.kind} has no state {target_state!r}{near}", f"Its states are {states}."
            )
        state = _current_state(job, now, item)
        if not force and not lifecycle.allows(state, target_state):
            following = ", ".join(lifecycle.next_states(state)) or "nothing: it is terminal"
            raise refuse(
                "ADM006",
                f"{job_id} is {state!r}, and {target_state!r} cannot follow it",
                f'may follow: {following}. "force": true moves it all the same',
            )
        data = EMPTY_MAPPING if item is None else {"item": item}
        move = Input(now, context.store.next_seq(), MOVE, target_state, data)
        change = AppendInput(job.kind, job.id, job.version, move)
        try:
            context.store.commit([change])
        except VersionConflict:
            return self.move_job(job_id, target_state, wall_now, force=force, item=item)
        self.after_commit(context, [change])
        return snapshot(context.store.job(job.kind, job.id) or job, now).span

    def jobs(self, job_id: str = "") -> Iterator[tuple[VendorContext, Job]]:
        """Yield the jobs of all vendors, vendor by vendor in the order of creation, or the jobs of one id."""
        for context in self.contexts():
            if not job_id:
                for job in context.store.all_jobs():
                    yield context, job
                continue
            for kind in context.era.kinds:
                found = context.store.job(kind, job_id)
                if found is not None:
                    yield context, found

    def ledger(self, now: Instant, job_id: str = "") -> Iterator[tuple[str, LedgerEntry]]:
        """Yield what was booked up to `now`, of one job or of all: (job id, entry)."""
        for context, job in self.jobs(job_id):
            for entry in context.era.kinds[job.kind].ledger(job, now):
                yield job.id, entry


def _add_findings(response: Response, broken_rules: tuple[str, ...], notes: list[str]) -> Response:
    """Return an answer with the rules that it breaks, and note them."""
    if not broken_rules:
        return response
    findings = findings_text(broken_rules)
    notes.append(f"breaks {findings}")
    return response._replace(headers=(*response.headers, (FINDINGS_HEADER, findings)))


def _current_state(job: Job, now: Instant, item: int | None) -> str:
    """Return the state of a job, or of one of its items; raises MockError ADM007 if it has no such item."""
    if item is None:
        return snapshot(job, now).state
    if not 0 <= item < len(job.plan.items):
        hint = f"0 to {len(job.plan.items) - 1}" if job.plan.items else "it has no items"
        raise refuse("ADM007", f"{job.id} has no item {item}", hint)
    return fold_batch(job, now).items[item][-1].state
