"""A `FakeWorld` whose session writes to a log, and can be made from it again at any moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.core.wire import Request, Response
from mockserver.engine.session import Session
from mockserver.server.kept.recorder import Entry, LogPositions, SessionRecorder, fold_entry
from mockserver.server.scheduling.holds import HoldRegistry
from mockserver.server.scheduling.waits import PendingRequests
from mockserver.stores.log import SessionLog
from tests.support.fake_world import FakeWorld
from tests.support.histories import world_for

NO_HOLDS = HoldRegistry(PendingRequests(), lambda: 0)


@dataclass
class KeptWorld(FakeWorld):
    """A world on a log; several may share one, as servers do."""

    log: SessionLog | None = None
    name: str = "judged"
    """The session's name in the log."""
    recorder: SessionRecorder | None = None

    def restart(self) -> None:
        """Forget the session, and make it again from the log."""
        assert self.log is not None
        if self.recorder is not None:
            self.recorder.close()
        positions = LogPositions(self.log)
        self.recorder = SessionRecorder(self.name, positions, NO_HOLDS, self.fold)
        self.session = Session(self.session.setup._replace(make_store=self.recorder.make_store))
        for entry in positions.read(self.name):
            fold_entry(self.session, NO_HOLDS, entry, is_live=False)
        self.recorder.open(self.session)
        for context, job in self.session.jobs():
            self.session.deliveries.reschedule(context, job)

    def fold(self, name: str, entries: Sequence[Entry]) -> None:
        """Take what another world wrote."""
        assert self.recorder is not None
        for entry in entries:
            self.recorder.fold(entry)

    def settle(self) -> None:
        """Write what has changed besides the jobs, as a server does after each request."""
        assert self.recorder is not None
        self.recorder.settle()

    def send(self, request: Request) -> Response:
        """Send a request, and write what it has changed."""
        response = super().send(request)
        self.settle()
        return response

    def advance(self, by: int) -> None:
        """Move the clock, and write that."""
        super().advance(by)
        self.settle()


def kept_world(pin: str, log: SessionLog, script: Any = None, name: str = "judged", **how: Any) -> KeptWorld:
    """Open a judged session of an era on a log."""
    plain = world_for(pin, script, **how)
    world = KeptWorld(plain.session, plain.era, plain.contract_observer, plain.base_url, log=log, name=name)
    world.restart()
    return world
