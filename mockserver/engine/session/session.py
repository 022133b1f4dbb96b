"""A session: an isolated world with one clock, its jobs, its journal, its scenario and its seed.

Here the pure engine meets what it may not know: which instant it is (the caller says what the machine's clock
reads), what was committed, what was asked before. Still no I/O: a session runs in a test as it does in the server.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from mockserver.core.batch import replay_batch
from mockserver.core.clock import Clock
from mockserver.core.instants import Instant
from mockserver.core.job import MOVE, Input, Job, StateSpan, replay
from mockserver.core.ratelimit import RateLimit
from mockserver.core.timeline import EMPTY_MAPPING
from mockserver.core.transmission import NORMAL
from mockserver.core.wire import Exchange, Request
from mockserver.engine.decode import BodyError
from mockserver.engine.explain.hints import hint_for, with_hint
from mockserver.engine.faults import ActiveFault, SessionFaults, job_id_of
from mockserver.engine.handle import IncomingRequest, VendorContext, handle
from mockserver.engine.journal import Journal
from mockserver.engine.notify.deliveries import Deliveries
from mockserver.engine.notify.sockets import JobSockets
from mockserver.engine.reply import HandledRequest, Reply, as_exchange, take_watermark, with_findings
from mockserver.engine.router import Router
from mockserver.engine.session.schedule import Schedule
from mockserver.engine.session.setup import SessionSetup
from mockserver.engine.store import Store, VersionConflict
from mockserver.errors import did_you_mean, refuse
from mockserver.vendors.api import AppendInput, CreateJob, LedgerEntry, StoreChange
from mockserver.vendors.commands import snapshot
from mockserver.vendors.faults import Fault
from mockserver.vendors.planner import Planner
from mockserver.vendors.script import NO_SCRIPT
from mockserver.vendors.webhook_endpoint import WebhookEndpoint

MAX_ATTEMPTS: Final = 5
"""How often a request is run again when its job changed under it."""


class Session:
    """One isolated world; `epoch` counts its resets."""

    def __init__(self, setup: SessionSetup, epoch: int = 1) -> None:
        self.setup = setup
        self.epoch = epoch
        self.clock = setup.clock
        self.start = setup.clock.session_start
        self.journal = Journal()
        self.schedule = Schedule()
        self.faults = SessionFaults(setup.seed, self.start)
        for vendor, script in setup.scripts.items():
            self.faults.extend(vendor, script.faults)
        self.fast_path_blockers = len(self.faults)
        """For how many reasons requests may not take the short way: whoever has one counts it here."""
        self.on_close: list[Callable[[], None]] = []
        """Called when the session is reset or deleted."""
        self.deliveries = Deliveries(self)
        self.sockets = JobSockets(self)
        self.base_url = ""
        """Where the URLs of the latest request's answer began: those in deliveries begin there, too."""
        self._contexts: dict[str, tuple[VendorContext, Store]] = {}
        for vendor, script in setup.scripts.items():
            if script.jobs:
                self.context(vendor)

    @property
    def name(self) -> str:
        """What the session is called."""
        return self.setup.name

    def reset(self, clock: Clock) -> "Session":
        """The same session, reset: nothing happened yet, the clock anew, one epoch later."""
        return Session(replace(self.setup, clock=clock), self.epoch + 1)

    def close(self) -> None:
        """It was reset or deleted: whoever waits in it is told."""
        for farewell in tuple(self.on_close):
            farewell()

    def add_fault(self, vendor: str, fault: Fault) -> ActiveFault:
        """Let something go wrong from now on, before anything else does."""
        self.fast_path_blockers += 1
        return self.faults.add(vendor, fault)

    def remove_faults(self, fault_id: str = "") -> tuple[ActiveFault, ...]:
        """Let nothing go wrong any more, or not that fault; those that are gone."""
        gone = self.faults.remove(fault_id)
        self.fast_path_blockers -= len(gone)
        return gone

    def set_limits(self, vendor: str, limits: Mapping[str, RateLimit | None], max_active: int | None) -> None:
        """Let other rate limits hold from now on, for the operations that are named."""
        room, store = self.context(vendor)
        script = replace(room.script, limits={**room.script.limits, **limits})
        script = script if max_active is None else replace(script, active_limit=max_active)
        self._contexts[vendor] = replace(room, script=script), store
        self.fast_path_blockers += 1

    def context(self, vendor: str) -> tuple[VendorContext, Store]:
        """A vendor's room and store in this session, made (with the scenario's jobs in it) at the first use."""
        made = self._contexts.get(vendor)
        if made is None:
            made = self._contexts[vendor] = self._create_vendor(vendor)
            for job in made[1].all_jobs():
                self.deliveries.reschedule(*made, job.kind, job.id)
        return made

    def set_endpoint(self, vendor: str, endpoint: WebhookEndpoint | None, wall_now: Instant) -> None:
        """Give a vendor another webhook endpoint, or none; its jobs have to be planned anew."""
        room, store = self.context(vendor)
        self.deliveries.endpoint_changed(vendor, self.clock.now(wall_now))
        self._contexts[vendor] = replace(room, script=replace(room.script, webhook_endpoint=endpoint)), store

    def after_commit(self, vendor: str, changes: Iterable[StoreChange]) -> None:
        """See to it that whoever is to be told of committed changes is told."""
        room, store = self.context(vendor)
        for change in changes:
            if isinstance(change, CreateJob):
                self.deliveries.reschedule(room, store, change.job.kind, change.job.id)
            elif isinstance(change, AppendInput):
                self.deliveries.reschedule(room, store, change.kind, change.job_id)
                self.sockets.job_changed((vendor, change.kind, change.job_id), change.new_input.at)
        if self.journal.listeners:
            self.journal.notify()

    def _create_vendor(self, vendor: str) -> tuple[VendorContext, Store]:
        era = self.setup.eras[vendor]
        script = self.setup.scripts.get(vendor, NO_SCRIPT)
        if script.webhook_endpoint is None and vendor in self.setup.endpoints:
            script = replace(script, webhook_endpoint=self.setup.endpoints[vendor])
        store = self.setup.make_store(era)
        planner = Planner(era, script, self.setup.seed)
        for seed in sorted(script.jobs, key=lambda seed: -seed.age):
            kind = seed.kind or era.main_kind.name
            store.commit([CreateJob(planner.create_seeded_job(seed, store.next_number(kind), self.start))])
        router = self.setup.routers.get(era.pin) or Router(era.operations)
        return VendorContext(era, router, script, planner, store, self.setup.seed), store

    def _next_request_id(self) -> str:
        return f"req_{self.epoch:x}{self.journal.seq + 1:08x}"

    def answer(
        self,
        vendor: str,
        request: Request,
        base_url: str,
        wall_now: Instant,
        key_error: str = "",
        body_error: BodyError | None = None,
    ) -> Reply:
        """Answer one request that arrives when the machine's clock reads `real`.

        `base_url` begins every URL handed out, `stranger` says why the API key names no scenario of ours, `flaw`
        what is wrong with the body before anybody has looked into it.
        """
        room, store = self.context(vendor)
        now = self.clock.now(wall_now)
        turn = self.faults.for_request() if self.faults else None
        asked = IncomingRequest(request, base_url, self._next_request_id(), key_error, body_error, turn)
        handled = _handle_and_commit(room, store, asked, now)
        self.base_url = base_url
        if handled.answer.changes:
            self.after_commit(vendor, handled.answer.changes)
        return self._finish(room, store, asked, handled, now)

    def _finish(
        self, context: VendorContext, store: Store, incoming: IncomingRequest, handled: HandledRequest, now: Instant
    ) -> Reply:
        """Give an answer that is committed: noted, judged, seen by whoever looks on."""
        answer, call, miss = handled
        request, turn, pin = incoming.request, incoming.faults, context.era.pin
        job_id = handled.created_job_id or job_id_of(call)
        note = hint_for(self._contexts.values(), call, miss, incoming.key_error, job_id, answer.response.status)
        response, mark, sending = with_hint(answer.response, note), take_watermark(store, call, answer, job_id), NORMAL
        if turn is not None:
            sending, note = turn.transmission(response), turn.annotate(note)
            self.faults.name_job(request, handled.created_job_id)
        checker, seq = self.setup.checker, self.journal.seq + 1
        if checker is not None:
            world = f"{self.name}@{self.epoch}"
            response, note = with_findings(
                response, note, checker(world, pin, as_exchange(request, response, sending, now, seq))
            )
        kind, name, polls = handled.operation_summary
        vendor, lost = context.era.vendor, sending.incomplete
        self.journal.add(incoming.request_id, now, vendor, name, job_id, request, response, note, mark, incomplete=lost)
        for observer in self.setup.observers:
            observer(pin, as_exchange(request, response, sending, now, seq))
        again = polls and not answer.changes and response.status == 200 and checker is None
        until = answer.valid_until if again else 0
        return Reply(
            response, incoming.request_id, now, vendor, kind, job_id, name, until, sending, mark, answer.websocket
        )

    def record_repeat(self, reply: Reply, request: Request, now: Instant) -> str:
        """Note that a reply was given once more, unchanged; the new request's id."""
        request_id, vendor = self._next_request_id(), reply.vendor
        self.journal.add(
            request_id, now, vendor, reply.operation, reply.job_id, request, reply.response, "", reply.watermark
        )
        for observer in self.setup.observers:
            seq = self.journal.seq
            observer(self.setup.eras[reply.vendor].pin, Exchange(request, reply.response, now, now, seq, seq))
        return request_id

    def contexts(self) -> Iterator[tuple[VendorContext, Store]]:
        """The rooms with a scenario or a visitor, and their stores."""
        for vendor in self.setup.scripts:
            self.context(vendor)
        yield from tuple(self._contexts.values())

    def find_job(self, job_id: str) -> tuple[VendorContext, Store, Job]:
        """A job by its id, of whatever vendor; a `MockError` names the nearest id."""
        known: list[str] = []
        for room, store in self.contexts():
            for kind in room.era.kinds:
                job = store.job(kind, job_id)
                if job is not None:
                    return room, store, job
            known.extend(job.id for job, _ in zip(store.all_jobs(), range(1000), strict=False))
        raise refuse(
            "ADM004",
            f"no job {job_id[:80]!r} in session {self.name!r}{did_you_mean(job_id, known)}",
            "GET /__mock/jobs",
        )

    def move_job(
        self, job_id: str, target_state: str, wall_now: Instant, *, force: bool = False, item: int | None = None
    ) -> StateSpan:
        """Move a job to a state at once; along its lifecycle only, unless forced. The visit it is in afterwards."""
        room, store, job = self.find_job(job_id)
        now = self.clock.now(wall_now)
        lifecycle = job.plan.batch.item if job.plan.batch is not None and item is not None else job.plan.lifecycle
        if target_state not in lifecycle.states:
            raise refuse(
                "ADM005",
                f"{target_state!r} is no state of a {lifecycle.kind}{did_you_mean(target_state, lifecycle.states)}",
                f"states: {', '.join(lifecycle.states)}",
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
        change = AppendInput(job.kind, job.id, job.version, Input(now, store.next_seq(), MOVE, target_state, data))
        store.commit([change])
        self.after_commit(room.era.vendor, [change])
        moved = store.job(job.kind, job.id)
        return snapshot(moved or job, now).span

    def ledger(self, now: Instant, job_id: str = "") -> Iterator[tuple[str, LedgerEntry]]:
        """What was booked up to `now`, each entry behind the id of its job; of one job, or of all."""
        for room, store in self.contexts():
            for job in store.all_jobs():
                if not job_id or job.id == job_id:
                    for entry in room.era.kinds[job.kind].ledger(job, now):
                        yield job.id, entry

    def transitions_between(self, after: Instant, until: Instant) -> Iterator[tuple[Job, StateSpan]]:
        """Every change of state in (after, until], creations too; job by job in the order of `Store.everything`."""
        for _, store in self.contexts():
            for job in store.all_jobs():
                course = replay_batch(job, until).history if job.plan.batch is not None else replay(job, until)
                yield from ((job, visit) for visit in course if after < visit.entered <= until)


def _current_state(job: Job, now: Instant, item: int | None) -> str:
    """A job's state, or that of one of its items; a `MockError` where it has no such item."""
    if item is None:
        return snapshot(job, now).state
    if not 0 <= item < len(job.plan.items):
        last = len(job.plan.items) - 1
        raise refuse("ADM007", f"{job.id} has no item {item}", f"0 to {last}" if last >= 0 else "it has no items")
    return replay_batch(job, now).items[item][-1].state


def _handle_and_commit(context: VendorContext, store: Store, incoming: IncomingRequest, now: Instant) -> HandledRequest:
    """Handle a request and commit what it changes, again where somebody was faster."""
    for _ in range(MAX_ATTEMPTS):
        handled = HandledRequest(*handle(context, incoming, now))
        try:
            store.commit(handled.answer.changes)
        except VersionConflict:
            continue
        return handled
    what = f"{incoming.request.method} {incoming.request.path}: the job kept changing under the request"
    raise refuse("SRV001", what)
