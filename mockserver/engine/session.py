"""A session: an isolated world with one clock, its jobs, its journal, its scenario and its seed.

Here the pure engine meets what it may not know: which instant it is (the caller says what the machine's clock
reads), what was committed, what was asked before. Still no I/O: a session runs in a test as it does in the server.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from mockserver.core.batch import settle_batch
from mockserver.core.clock import Clock
from mockserver.core.instants import Instant
from mockserver.core.job import MOVE, Input, Job, Visit, settle
from mockserver.core.ratelimit import Limit
from mockserver.core.sending import PLAIN
from mockserver.core.timeline import NOTHING
from mockserver.core.wire import Exchange, Request
from mockserver.engine.agenda import Agenda
from mockserver.engine.decode import Flaw
from mockserver.engine.deliveries import Deliveries
from mockserver.engine.faulting import Faults, Placed, job_of
from mockserver.engine.handle import Asked, Room, handle
from mockserver.engine.hints import hinted, notice
from mockserver.engine.journal import Journal
from mockserver.engine.reply import Handled, Reply, marked, seen, told
from mockserver.engine.routing import Router
from mockserver.engine.setup import Setup
from mockserver.engine.sockets import Sockets
from mockserver.engine.store import Conflict, Store
from mockserver.errors import nearest, refuse
from mockserver.vendors.api import Append, Change, Create, LedgerEntry
from mockserver.vendors.commands import look
from mockserver.vendors.faults import Fault
from mockserver.vendors.hooks import Hook
from mockserver.vendors.planning import Planner
from mockserver.vendors.script import NO_SCRIPT

ATTEMPTS: Final = 5
"""How often a request is run again when its job changed under it."""


class Session:
    """One isolated world; `epoch` counts its resets."""

    def __init__(self, setup: Setup, epoch: int = 1) -> None:
        self.setup = setup
        self.epoch = epoch
        self.clock = setup.clock
        self.start = setup.clock.virtual
        self.journal = Journal()
        self.agenda = Agenda()
        self.faults = Faults(setup.seed, self.start)
        for vendor, script in setup.scripts.items():
            self.faults.follow(vendor, script.faults)
        self.detours = len(self.faults)
        """For how many reasons requests may not take the short way: whoever has one counts it here."""
        self.farewells: list[Callable[[], None]] = []
        """Called when the session is reset or deleted."""
        self.deliveries = Deliveries(self)
        self.sockets = Sockets(self)
        self.base_url = ""
        """Where the URLs of the latest request's answer began: those in deliveries begin there, too."""
        self._rooms: dict[str, tuple[Room, Store]] = {}
        for vendor, script in setup.scripts.items():
            if script.jobs:
                self.room(vendor)

    @property
    def name(self) -> str:
        """What the session is called."""
        return self.setup.name

    def again(self, clock: Clock) -> "Session":
        """The same session, reset: nothing happened yet, the clock anew, one epoch later."""
        return Session(replace(self.setup, clock=clock), self.epoch + 1)

    def end(self) -> None:
        """It was reset or deleted: whoever waits in it is told."""
        for farewell in tuple(self.farewells):
            farewell()

    def add_fault(self, vendor: str, fault: Fault) -> Placed:
        """Let something go wrong from now on, before anything else does."""
        self.detours += 1
        return self.faults.add(vendor, fault)

    def remove_faults(self, fault_id: str = "") -> tuple[Placed, ...]:
        """Let nothing go wrong any more, or not that fault; those that are gone."""
        gone = self.faults.remove(fault_id)
        self.detours -= len(gone)
        return gone

    def limit(self, vendor: str, limits: Mapping[str, Limit | None], active: int | None) -> None:
        """Let other rate limits hold from now on, for the operations that are named."""
        room, store = self.room(vendor)
        script = replace(room.script, limits={**room.script.limits, **limits})
        script = script if active is None else replace(script, active=active)
        self._rooms[vendor] = replace(room, script=script), store
        self.detours += 1

    def room(self, vendor: str) -> tuple[Room, Store]:
        """A vendor's room and store in this session, made (with the scenario's jobs in it) at the first use."""
        made = self._rooms.get(vendor)
        if made is None:
            made = self._rooms[vendor] = self._furnish(vendor)
            for job in made[1].everything():
                self.deliveries.plan(*made, job.kind, job.id)
        return made

    def equip(self, vendor: str, hook: Hook | None, real: Instant) -> None:
        """Give a vendor another webhook endpoint, or none; its jobs have to be planned anew."""
        room, store = self.room(vendor)
        self.deliveries.renew(vendor, self.clock.now(real))
        self._rooms[vendor] = replace(room, script=replace(room.script, webhooks=hook)), store

    def changed(self, vendor: str, changes: Iterable[Change]) -> None:
        """See to it that whoever is to be told of committed changes is told."""
        room, store = self.room(vendor)
        for change in changes:
            if isinstance(change, Create):
                self.deliveries.plan(room, store, change.job.kind, change.job.id)
            elif isinstance(change, Append):
                self.deliveries.plan(room, store, change.kind, change.job_id)
                self.sockets.touch((vendor, change.kind, change.job_id), change.happened.at)
        if self.journal.listeners:
            self.journal.tell()

    def _furnish(self, vendor: str) -> tuple[Room, Store]:
        era = self.setup.eras[vendor]
        script = self.setup.scripts.get(vendor, NO_SCRIPT)
        if script.webhooks is None and vendor in self.setup.hooks:
            script = replace(script, webhooks=self.setup.hooks[vendor])
        store = self.setup.make_store(era)
        planner = Planner(era, script, self.setup.seed)
        for seed in sorted(script.jobs, key=lambda seed: -seed.age):
            kind = seed.kind or era.main.name
            store.commit([Create(planner.seeded(seed, store.next_number(kind), self.start))])
        router = self.setup.routers.get(era.pin) or Router(era.operations)
        return Room(era, router, script, planner, store, self.setup.seed), store

    def _next_id(self) -> str:
        return f"req_{self.epoch:x}{self.journal.seq + 1:08x}"

    def answer(
        self,
        vendor: str,
        request: Request,
        base_url: str,
        real: Instant,
        stranger: str = "",
        flaw: Flaw | None = None,
    ) -> Reply:
        """Answer one request that arrives when the machine's clock reads `real`.

        `base_url` begins every URL handed out, `stranger` says why the API key names no scenario of ours, `flaw`
        what is wrong with the body before anybody has looked into it.
        """
        room, store = self.room(vendor)
        now = self.clock.now(real)
        turn = self.faults.turn() if self.faults else None
        asked = Asked(request, base_url, self._next_id(), stranger, flaw, turn)
        handled = _handled(room, store, asked, now)
        self.base_url = base_url
        if handled.answer.changes:
            self.changed(vendor, handled.answer.changes)
        return self._given(room, store, asked, handled, now)

    def _given(self, room: Room, store: Store, asked: Asked, handled: Handled, now: Instant) -> Reply:
        """Give an answer that is committed: noted, judged, seen by whoever looks on."""
        answer, call, miss = handled
        request, turn, pin = asked.request, asked.turn, room.era.pin
        job_id = handled.created or job_of(call)
        note = notice(self._rooms.values(), call, miss, asked.stranger, job_id, answer.response.status)
        response, mark, sending = hinted(answer.response, note), marked(store, call, answer, job_id), PLAIN
        if turn is not None:
            sending, note = turn.sending(response), turn.noted(note)
            self.faults.learn(request, handled.created)
        checker, seq = self.setup.checker, self.journal.seq + 1
        if checker is not None:
            world = f"{self.name}@{self.epoch}"
            response, note = told(response, note, checker(world, pin, seen(request, response, sending, now, seq)))
        kind, name, polls = handled.operation
        vendor, lost = room.era.vendor, sending.lost
        self.journal.add(asked.request_id, now, vendor, name, job_id, request, response, note, mark, lost=lost)
        for observer in self.setup.observers:
            observer(pin, seen(request, response, sending, now, seq))
        again = polls and not answer.changes and response.status == 200 and checker is None
        until = answer.valid_until if again else 0
        return Reply(response, asked.request_id, now, vendor, kind, job_id, name, until, sending, mark, answer.opens)

    def repeat(self, reply: Reply, request: Request, now: Instant) -> str:
        """Note that a reply was given once more, unchanged; the new request's id."""
        request_id, vendor = self._next_id(), reply.vendor
        self.journal.add(
            request_id, now, vendor, reply.operation, reply.job_id, request, reply.response, "", reply.mark
        )
        for observer in self.setup.observers:
            seq = self.journal.seq
            observer(self.setup.eras[reply.vendor].pin, Exchange(request, reply.response, now, now, seq, seq))
        return request_id

    def stores(self) -> Iterator[tuple[Room, Store]]:
        """The rooms with a scenario or a visitor, and their stores."""
        for vendor in self.setup.scripts:
            self.room(vendor)
        yield from tuple(self._rooms.values())

    def find(self, job_id: str) -> tuple[Room, Store, Job]:
        """A job by its id, of whatever vendor; a `MockError` names the nearest id."""
        known: list[str] = []
        for room, store in self.stores():
            for kind in room.era.kinds:
                job = store.job(kind, job_id)
                if job is not None:
                    return room, store, job
            known.extend(job.id for job, _ in zip(store.everything(), range(1000), strict=False))
        raise refuse(
            "ADM004", f"no job {job_id[:80]!r} in session {self.name!r}{nearest(job_id, known)}", "GET /__mock/jobs"
        )

    def move(self, job_id: str, to: str, real: Instant, *, force: bool = False, item: int | None = None) -> Visit:
        """Move a job to a state at once; along its lifecycle only, unless forced. The visit it is in afterwards."""
        room, store, job = self.find(job_id)
        now = self.clock.now(real)
        lifecycle = job.plan.batch.item if job.plan.batch is not None and item is not None else job.plan.lifecycle
        if to not in lifecycle.states:
            raise refuse(
                "ADM005",
                f"{to!r} is no state of a {lifecycle.kind}{nearest(to, lifecycle.states)}",
                f"states: {', '.join(lifecycle.states)}",
            )
        state = _state(job, now, item)
        if not force and not lifecycle.allows(state, to):
            following = ", ".join(lifecycle.next(state)) or "nothing: it is terminal"
            raise refuse(
                "ADM006",
                f"{job_id} is {state!r}, and {to!r} cannot follow it",
                f'may follow: {following}. "force": true moves it all the same',
            )
        data = NOTHING if item is None else {"item": item}
        change = Append(job.kind, job.id, job.version, Input(now, store.next_seq(), MOVE, to, data))
        store.commit([change])
        self.changed(room.era.vendor, [change])
        moved = store.job(job.kind, job.id)
        return look(moved or job, now).visit

    def ledger(self, now: Instant, job_id: str = "") -> Iterator[tuple[str, LedgerEntry]]:
        """What was booked up to `now`, each entry behind the id of its job; of one job, or of all."""
        for room, store in self.stores():
            for job in store.everything():
                if not job_id or job.id == job_id:
                    for entry in room.era.kinds[job.kind].ledger(job, now):
                        yield job.id, entry

    def happened(self, after: Instant, until: Instant) -> Iterator[tuple[Job, Visit]]:
        """Every change of state in (after, until], creations too; job by job in the order of `Store.everything`."""
        for _, store in self.stores():
            for job in store.everything():
                course = settle_batch(job, until).course if job.plan.batch is not None else settle(job, until)
                yield from ((job, visit) for visit in course if after < visit.entered <= until)


def _state(job: Job, now: Instant, item: int | None) -> str:
    """A job's state, or that of one of its items; a `MockError` where it has no such item."""
    if item is None:
        return look(job, now).state
    if not 0 <= item < len(job.plan.items):
        last = len(job.plan.items) - 1
        raise refuse("ADM007", f"{job.id} has no item {item}", f"0 to {last}" if last >= 0 else "it has no items")
    return settle_batch(job, now).items[item][-1].state


def _handled(room: Room, store: Store, asked: Asked, now: Instant) -> Handled:
    """Handle a request and commit what it changes, again where somebody was faster."""
    for _ in range(ATTEMPTS):
        handled = Handled(*handle(room, asked, now))
        try:
            store.commit(handled.answer.changes)
        except Conflict:
            continue
        return handled
    what = f"{asked.request.method} {asked.request.path}: the job kept changing under the request"
    raise refuse("SRV001", what)
