"""Whom a play is played on: the engine in this process, our server over HTTP, or somebody's live API.

Each is a `Target`: it sends a request and brings its time to an instant. The first two have a clock of their own, so
eight hours take no time; a live API has the world's, and there a play waits.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from mockserver.core.instants import SECOND, Duration, format_duration
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.session import Session
from mockserver.errors import refuse

BASE: Final = "http://127.0.0.1:4810"
TIMEOUT: Final = 60.0


class Target(Protocol):
    """Whom a play is played on."""

    judged_in_virtual_time: bool
    """Whether moves, the ledger and jobs that exist beforehand can be had."""

    def send(self, request: Request) -> Exchange:
        """Send a request, wait for its answer."""

    def pass_to(self, offset: Duration) -> None:
        """Let it be `offset` after the session's start."""

    def move(self, job_id: str, state: str) -> None:
        """Move a job at once."""

    def bookings(self, job_id: str) -> Counter[str]:
        """How many bookings of each kind a job has."""

    def close(self) -> None:
        """Let go."""


class InProcess:
    """The engine itself: no socket, no thread, no waiting."""

    judged_in_virtual_time = True

    def __init__(self, session: Session, vendor: str) -> None:
        self._session = session
        self._vendor = vendor
        self._real = session.clock.real
        self._seq = 0
        session.clock = session.clock.freeze(self._real)

    def send(self, request: Request) -> Exchange:
        """Handle it, here and now."""
        reply = self._session.answer(self._vendor, request, BASE, self._real)
        self._seq += 2
        return Exchange(request, reply.response, reply.at, reply.at, self._seq - 1, self._seq)

    def pass_to(self, offset: Duration) -> None:
        """Set the session's clock."""
        self._session.clock = self._session.clock.set(self._real, self._session.start + offset)

    def move(self, job_id: str, state: str) -> None:
        """Move a job at once."""
        self._session.move(job_id, state, self._real)

    def bookings(self, job_id: str) -> Counter[str]:
        """How many bookings of each kind a job has."""
        now = self._session.clock.now(self._real)
        return Counter(entry.entry for _, entry in self._session.ledger(now, job_id))

    def close(self) -> None:
        """Nothing to let go of."""


class Wire:
    """A kept-alive connection; one request at a time."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise refuse("RUN001", f"{base_url!r} is no base URL", "http://127.0.0.1:4810 or https://api.example.com")
        make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = make(parts.hostname, parts.port, timeout=TIMEOUT)
        self._prefix = parts.path.rstrip("/")
        self.base_url = base_url

    def ask(self, request: Request, extra: Mapping[str, str] | None = None) -> Response:
        """One exchange; an unreachable server is a `MockError` (exit 3)."""
        target = self._prefix + request.path + (f"?{request.query}" if request.query else "")
        headers = {**request.headers, **(extra or {})}
        for attempt in (1, 2):
            try:
                self._connection.request(request.method, target, request.body or None, headers)
                answer = self._connection.getresponse()
                return Response(answer.status, tuple(answer.getheaders()), answer.read())
            except (ConnectionResetError, BrokenPipeError, HTTPException):
                self._connection.close()
                if attempt == 2:
                    raise
            except OSError as error:
                reason = error.strerror or str(error)
                raise Unreachable(self.base_url, reason) from None
        raise AssertionError("the loop answers or raises")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Unreachable(Exception):  # noqa: N818 -- it names a state of the world, not a mistake
    """Nobody answers at the base URL."""

    def __init__(self, base_url: str, reason: str) -> None:
        super().__init__(f"{base_url} cannot be reached: {reason}")


class Inconclusive(Exception):  # noqa: N818 -- not an error: the step proves nothing here
    """A step that cannot be tried on this target."""


class Place(NamedTuple):
    """A session on a server of ours."""

    session: str
    scenario: str
    seed: str


class OverHttp:
    """A server of ours over HTTP, its session's clock moved through the admin API."""

    judged_in_virtual_time = True

    def __init__(self, base_url: str, place: Place) -> None:
        self._wire = Wire(base_url)
        self._session = {"X-Mock-Session": place.session}
        self._seq = 0
        self._passed = 0
        made = {"name": place.session, "scenario": place.scenario, "clock": "manual"}
        self._admin("POST", "sessions", made | ({"seed": place.seed} if place.seed else {}))
        self.place = place

    def send(self, request: Request) -> Exchange:
        """Send it; its time is what the answer's headers say."""
        response = self._wire.ask(request, self._session)
        self._seq += 2
        return Exchange(request, response, self._passed, self._passed, self._seq - 1, self._seq)

    def pass_to(self, offset: Duration) -> None:
        """Advance the session's clock."""
        if offset > self._passed:
            self._admin("POST", "clock", {"advance": format_duration(offset - self._passed)})
            self._passed = offset

    def move(self, job_id: str, state: str) -> None:
        """Move a job at once."""
        self._admin("POST", f"jobs/{job_id}/move", {"to": state})

    def bookings(self, job_id: str) -> Counter[str]:
        """How many bookings of each kind a job has."""
        answer = self._admin("GET", f"ledger?job={job_id}")
        return Counter(entry["entry"] for entry in answer["entries"])

    def _admin(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        path, _, query = path.partition("?")
        data = json.dumps(body).encode() if body is not None else b""
        headers = {"content-type": "application/json", **self._session}
        response = self._wire.ask(Request(method, f"/__mock/{path}", query, headers, data))
        answer = json.loads(response.body)
        if response.status >= 400:
            raise refuse("RUN002", f"{method} /__mock/{path}: {answer['detail']}", answer.get("hint", ""))
        return answer

    def close(self) -> None:
        """Delete the session, close the connection."""
        self._admin("DELETE", f"sessions/{self.place.session}")
        self._wire.close()


class Live:
    """Somebody's API: the world's time, and nothing but what its own operations allow."""

    judged_in_virtual_time = False

    def __init__(self, base_url: str, sleep: Callable[[float], None] | None = None) -> None:
        self._wire = Wire(base_url)
        self._sleep = sleep or time.sleep  # noqa: TID251 -- a live API's time is the world's
        self._passed = 0
        self._seq = 0

    def send(self, request: Request) -> Exchange:
        """Send it."""
        response = self._wire.ask(request)
        self._seq += 2
        return Exchange(request, response, self._passed, self._passed, self._seq - 1, self._seq)

    def pass_to(self, offset: Duration) -> None:
        """Wait."""
        if offset > self._passed:
            self._sleep((offset - self._passed) / SECOND)
            self._passed = offset

    def move(self, job_id: str, state: str) -> None:
        """Nobody can."""
        raise Inconclusive(f"a live API cannot be told to move a job to {state!r}")

    def bookings(self, job_id: str) -> Counter[str]:
        """Nobody can."""
        raise Inconclusive("a live API has no ledger to ask")

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()
