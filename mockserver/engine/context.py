"""What the parts of a session share: its setup, schedule and journal, its vendors, and who hears of a changed job.

A session composes webhooks, websockets and the answering of requests; each of them knows this context and none of the
others. Whatever wants to hear of a changed job appends a listener, and removes it when it has nothing to do any more:
with an empty list, a change costs nothing.
"""

from collections.abc import Callable, Iterator

from mockserver.core.instants import Instant
from mockserver.engine.handle import VendorContext
from mockserver.engine.journal import Journal
from mockserver.engine.router import Router
from mockserver.engine.schedule import Schedule
from mockserver.engine.setup import SessionSetup
from mockserver.vendors.api import CreateJob
from mockserver.vendors.planner import Planner

JobRef = tuple[str, str, str]
"""(vendor, kind, id) of a job."""
JobListener = Callable[[JobRef, Instant], None]
"""Called with a job that something other than time has changed, and the instant of the change."""


class SessionContext:
    """The shared parts of one session."""

    def __init__(self, setup: SessionSetup, epoch: int) -> None:
        self.setup = setup
        self.epoch = epoch
        self.start = setup.clock.session_start
        self.schedule = Schedule()
        self.journal = Journal()
        self.job_listeners: list[JobListener] = []
        self.vendors: dict[str, VendorContext] = {}
        """The vendors that were used so far."""
        self.on_vendor_created: Callable[[VendorContext], None] = lambda context: None
        """Called with each new vendor, whose store has the scenario's jobs already."""

    def vendor(self, name: str) -> VendorContext:
        """Return a vendor's context; the first use creates it, with the scenario's jobs in its store."""
        known = self.vendors.get(name)
        if known is not None:
            return known
        created = self.vendors[name] = self._create_vendor(name)
        self.on_vendor_created(created)
        return created

    def _create_vendor(self, name: str) -> VendorContext:
        setup = self.setup
        era = setup.eras[name]
        script = setup.script(name)
        store = setup.make_store(era)
        planner = Planner(era, script, setup.seed)
        # The oldest first: numbers, and with them ids, follow the order of creation.
        for seeded in sorted(script.jobs, key=lambda job: -job.age):
            kind = seeded.kind or era.main_kind.name
            store.replay([CreateJob(planner.create_seeded_job(seeded, store.next_number(kind), self.start))])
        router = setup.routers.get(era.pin) or Router(era.operations)
        return VendorContext(era=era, router=router, script=script, job_factory=planner, store=store, seed=setup.seed)

    def all_vendors(self) -> Iterator[VendorContext]:
        """Yield the vendors that have a scenario or were used."""
        for name in self.setup.scripts:
            self.vendor(name)
        yield from tuple(self.vendors.values())

    def close(self) -> None:
        """Break the reference cycles, so that a closed session's memory is free at once."""
        self.on_vendor_created = lambda context: None
        self.job_listeners.clear()
        for context in self.vendors.values():
            context.store.close()

    def job_changed(self, job: JobRef, at: Instant) -> None:
        """Call the listeners about a changed job."""
        # A copy, because a listener may add or remove one.
        for listener in tuple(self.job_listeners):
            listener(job, at)
