"""A websocket of the toy vendor: it sends what a test scripts, and ticks every ten."""

from dataclasses import dataclass
from types import SimpleNamespace

from mockserver.engine.session.schedule import Schedule
from mockserver.vendors.websocket import SocketOutput


@dataclass(frozen=True)
class ScriptedSocket:
    """Send the scripted outputs in turn; keep the calls."""

    script: list[SocketOutput]
    calls: list[tuple]
    kind: str = "film"
    job_id: str = "f1"

    def _next(self, *call):
        self.calls.append(call)
        return self.script.pop(0)

    def opened(self, job, now):
        return self._next("opened", job, now)

    def ticked(self, job, now, last):
        return self._next("ticked", job, now, last)

    def heard(self, text, job, now, last):
        return self._next("heard", text, job, now, last)

    def tick(self, now):
        return now - now % 10 + 10


FILM = SimpleNamespace(created=5, number=2)


class SocketSession:
    """The part of a session that its sockets use."""

    def __init__(self) -> None:
        self.agenda = Schedule()
        self.films = {"f1": FILM}

    def room(self, vendor):
        assert vendor == "toy"
        return None, SimpleNamespace(job=lambda kind, job_id: self.films.get(job_id) if kind == "film" else None)

    def scheduled(self):
        return [(due.at, due.order, due.item) for due in sorted(self.agenda._heap) if due.seq in self.agenda._active]
