"""A large recording of short jobs, and the memory and time that a command needs."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND, Instant, parse_instant, rfc3339
from mockserver.core.wire import Request, Response
from mockserver.engine.session import Session
from mockserver.engine.setup import SessionSetup
from mockserver.installed import installed_vendors
from mockserver.stores import memory_store
from mockserver.vendors.registry import resolve_era

HOST = "api.phaseo.app"
START = parse_instant("2026-06-12T00:00:00Z") or 0
JOBS_PER_SESSION = 200
"""Jobs before a new session begins, which keeps lists short; its seed gives it ids of its own."""


def write_har(path: Path, size: int, *, cancels: bool = True, seed: str = "") -> None:
    """Write a HAR of about `size` bytes: the fake's answers as of 2026-06-11, one short job after another.

    With `cancels`, every fourth job is cancelled, which three eras allow; without it, four eras fit. Another `seed`
    gives other ids.
    """
    with path.open("w", encoding="utf-8") as har:
        har.write('{"log": {"version": "1.2", "entries": [')
        separator = ""
        for entry in _har_entries(cancels, seed):
            har.write(separator + json.dumps(entry))
            separator = ",\n"
            if har.tell() > size:
                break
        har.write("]}}")


def _har_entries(cancels: bool, seed: str) -> Iterator[dict[str, object]]:
    client, job = _FakeClient(), 0
    while True:
        if job % JOBS_PER_SESSION == 0:
            client.start_session(f"{seed}{job}")
        job += 1
        yield client.call("POST", "/v1/videos", client.era.main_kind.example)
        url = f"/v1/videos/{client.last_body['id']}"
        for poll in range(8):
            if cancels and job % 4 == 0 and poll == 2:
                yield client.call("POST", f"{url}/cancel")
            yield client.call("GET", url)
            if client.last_body["status"] in ("completed", "failed", "cancelled"):
                break
        if job % 10 == 0:
            yield client.call("GET", "/v1/videos")


class _FakeClient:
    """A client of the fake that waits five seconds before each call."""

    def __init__(self) -> None:
        self.era = resolve_era("phaseo@2026-06-11", installed_vendors())
        self.last_body: dict[str, Any] = {}
        """The body of the last answer."""
        self._now: Instant = START
        self._headers = {"authorization": "Bearer bench", "content-type": "application/json"}
        self.start_session("0")

    def start_session(self, seed: str) -> None:
        """Begin a new session at the present time."""
        self._session = Session(
            SessionSetup("bench", {"phaseo": self.era}, Clock(0, self._now, 0.0), seed, memory_store)
        )

    def call(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """Make a call and return it as an entry of a HAR."""
        self._now += 5 * SECOND
        self._session.clock = Clock(0, self._now, 0.0)
        sent = b"" if body is None else json.dumps(body).encode()
        request = Request(method, path, "", self._headers, sent)
        answer = self._session.answer("phaseo", request, f"https://{HOST}", 0).response
        self.last_body = json.loads(answer.body)
        return _har_entry(self._now, request, answer)


def _har_entry(sent: Instant, request: Request, answer: Response) -> dict[str, object]:
    posted: dict[str, object] = {}
    if request.body:
        posted["postData"] = {"mimeType": "application/json", "text": request.body.decode()}
    return {
        "startedDateTime": rfc3339(sent),
        "time": 20,
        "request": {
            "method": request.method,
            "url": f"https://{HOST}{request.path}",
            "headers": [{"name": name, "value": value} for name, value in request.headers.items()],
            **posted,
        },
        "response": {
            "status": answer.status,
            "headers": [{"name": name, "value": value} for name, value in answer.headers],
            "content": {"size": len(answer.body), "mimeType": "application/json", "text": answer.body.decode()},
        },
    }


class CommandCost(NamedTuple):
    """The memory and time of a command."""

    peak_bytes: int
    """Its largest resident size."""
    seconds: float
    """Of processor time."""


_MEASURING_SCRIPT = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss * 1024, used.ru_utime + used.ru_stime)
"""
"""A small process that starts the command: a child forked by the benchmark would count the benchmark's own memory."""


def command_cost(command: list[str]) -> CommandCost:
    """Run a command and measure it; its output and exit code are ignored."""
    result = subprocess.run(
        [sys.executable, "-c", _MEASURING_SCRIPT, *command], capture_output=True, text=True, check=True
    )
    peak, seconds = result.stdout.split()
    return CommandCost(int(peak), float(seconds))
