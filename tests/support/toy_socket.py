"""A websocket of the toy vendor: it sends what a test scripts, and ticks every ten."""

from dataclasses import dataclass

from mockserver.vendors.watching import Told


@dataclass(frozen=True)
class ScriptedSocket:
    """Send the scripted outputs in turn; keep the calls."""

    script: list[Told]
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
