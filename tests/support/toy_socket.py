"""A websocket of the toy vendor: it sends what a test scripts, and ticks every ten."""

from dataclasses import dataclass
from types import SimpleNamespace

from mockserver.engine.schedule import Schedule
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

    def on_open(self, job, now):
        return self._next("on_open", job, now)

    def on_tick(self, job, now, last):
        return self._next("on_tick", job, now, last)

    def on_message(self, text, job, now, last):
        return self._next("on_message", text, job, now, last)

    def next_tick(self, now):
        return now - now % 10 + 10


FILM = SimpleNamespace(created=5, number=2)


class FakeSessionContext:
    """The part of a session's context that its sockets use."""

    def __init__(self) -> None:
        self.schedule = Schedule()
        self.job_listeners = []
        self.films = {"f1": FILM}

    def vendor(self, name):
        assert name == "toy"
        store = SimpleNamespace(job=lambda kind, job_id: self.films.get(job_id) if kind == "film" else None)
        return SimpleNamespace(store=store)

    def job_changed(self, key, at):
        for listener in tuple(self.job_listeners):
            listener(key, at)

    def scheduled(self):
        entries = [entry for entry in sorted(self.schedule._heap) if entry.seq in self.schedule.active]
        return [(entry.at, entry.order, entry.item) for entry in entries]
