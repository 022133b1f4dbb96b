"""Whom a play is played on: the engine in this process, our server over HTTP, or somebody's live API.

Each is a `Target`: it sends a request and brings its time to an instant. The first two have a clock of their own, so
eight hours take no time; a live API has the world's, and there a play waits.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import sleep, time_ns  # noqa: TID251 -- a live API's time is the world's
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import quote, urlencode, urlsplit

from mockserver.core.instants import LONGEST, SECOND, Duration, format_duration, parse_instant
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.session import Session
from mockserver.errors import MockError, refuse

BASE: Final = "http://127.0.0.1:4810"
TIMEOUT: Final = 60.0


class Target(Protocol):
    """Whom a play is played on."""

    judged_in_virtual_time: bool
    """Whether moves, the ledger and jobs that exist beforehand can be had."""
    base: str
    """Where the vendor's URLs begin in its answers, without a slash at the end."""

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
    base = BASE

    def __init__(self, session: Session, vendor: str) -> None:
        self._session = session
        self._vendor = vendor
        self._real = session.clock.real
        self._seq = 0
        session.clock = session.clock.freeze(self._real)

    def send(self, request: Request) -> Exchange:
        """Handle it, here and now."""
        reply = self._session.answer(self._vendor, request, self.base, self._real)
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

    def __init__(self, base_url: str, token: str = "") -> None:
        self._connection = _connection(base_url)
        self._prefix = urlsplit(base_url).path.rstrip("/")
        self._used = False
        self.token = token
        """The admin API's, where the server wants one."""
        self.base_url = base_url

    def ask(self, request: Request, extra: Mapping[str, str] | None = None) -> Response:
        """One exchange; where nobody answers, `Unreachable` (exit 3).

        A kept-alive connection may have been closed meanwhile: then what can be asked twice is asked again.
        """
        again = self._used and request.method in ("GET", "HEAD")
        try:
            return self._exchange(request, extra or {})
        except (OSError, HTTPException) as error:
            self._connection.close()
            if not again:
                raise Unreachable(self.base_url, _why(error)) from None
        self._used = False
        return self.ask(request, extra)

    def _exchange(self, request: Request, extra: Mapping[str, str]) -> Response:
        target = self._prefix + request.path + (f"?{request.query}" if request.query else "")
        body = request.body or (b"" if request.method in ("POST", "PUT", "PATCH") else None)
        self._connection.request(request.method, target, body, {**request.headers, **extra})
        answer = self._connection.getresponse()
        response = Response(answer.status, tuple(answer.getheaders()), answer.read())
        self._used = True
        return response

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._used = False
        self._connection.close()


def _connection(base_url: str) -> HTTPConnection:
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise refuse("RUN001", f"{base_url!r} is no base URL", "http://127.0.0.1:4810 or https://api.example.com")
    make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return make(parts.hostname, port, timeout=TIMEOUT)


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT:g} s"
    reason = error.strerror if isinstance(error, OSError) else ""
    return reason or str(error) or type(error).__name__


def admin_answer(wire: Wire, request: Request) -> Any:
    """The decoded answer of an admin call; what the server refuses is a `MockError` with the server's own code."""
    headers = {"authorization": f"Bearer {wire.token}"} if wire.token else {}
    response = wire.ask(request, headers)
    body = _json(response.body)
    if not isinstance(body, dict):
        raise Unreachable(wire.base_url, "what answers there is no mock server")
    if response.status < 400:
        return body
    if "code" not in body or "detail" not in body:
        raise Unreachable(wire.base_url, "what answers there is no mock server")
    raise refuse(str(body["code"]), str(body["detail"]), str(body.get("hint", "")))


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def is_ours(wire: Wire) -> bool:
    """Whether the server has our admin API, and so a clock that can be moved; a `MockError` where it keeps us out."""
    headers = {"authorization": f"Bearer {wire.token}"} if wire.token else {}
    body = _json(wire.ask(Request("GET", "/__mock/version"), headers).body)
    if not isinstance(body, dict):
        return False
    if body.get("code") == "ADM000":
        raise refuse("RUN004", f"{wire.base_url} wants its admin token", "MOCKSERVER_ADMIN_TOKEN, or --admin-token")
    return body.get("name") == "videojob-mockserver"


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

    def __init__(self, base_url: str, place: Place, token: str = "") -> None:
        self._wire = Wire(base_url, token)
        self._session = {"X-Mock-Session": place.session}
        self.base = f"{base_url.rstrip('/')}/s/{quote(place.session)}"
        self._seq = 0
        self._passed = 0
        self.place = place
        made = {"name": place.session, "scenario": place.scenario, "clock": "manual"}
        self.made: Mapping[str, Any] = self._admin(
            "POST", "sessions", made | ({"seed": place.seed} if place.seed else {})
        )
        """The session as the server describes it."""

    def send(self, request: Request) -> Exchange:
        """Send it; the answer says which instant it is in the session."""
        response = self._wire.ask(request, self._session)
        at = parse_instant(response.header("X-Mock-Time") or "") or 0
        self._seq += 2
        return Exchange(request, response, at, at, self._seq - 1, self._seq)

    def pass_to(self, offset: Duration) -> None:
        """Advance the session's clock."""
        if offset > self._passed:
            self._admin("POST", "clock", {"advance": format_duration(offset - self._passed)})
            self._passed = offset

    def move(self, job_id: str, state: str) -> None:
        """Move a job at once."""
        self._admin("POST", f"jobs/{quote(job_id, safe='')}/move", {"to": state})

    def bookings(self, job_id: str) -> Counter[str]:
        """How many bookings of each kind a job has."""
        answer = self._admin("GET", "ledger", query=urlencode({"job": job_id}))
        return Counter(entry["entry"] for entry in answer["entries"])

    def _admin(self, method: str, path: str, body: Mapping[str, Any] | None = None, query: str = "") -> Any:
        data = json.dumps(body).encode() if body is not None else b""
        headers = {"content-type": "application/json", **self._session}
        try:
            return admin_answer(self._wire, Request(method, f"/__mock/{path}", query, headers, data))
        except MockError as error:
            found = error.problems[0]
            raise refuse("RUN002", f"{method} /__mock/{path}: {found.code} {found.message}", found.hint) from None

    def close(self) -> None:
        """Delete the session, close the connection."""
        try:
            self._admin("DELETE", f"sessions/{quote(self.place.session, safe='')}")
        finally:
            self._wire.close()


class Live:
    """Somebody's API: the world's time, and nothing but what its own operations allow.

    `sleep` waits so many seconds; a play that would wait beyond `patience`, counted from its start, is inconclusive.
    """

    judged_in_virtual_time = False

    def __init__(self, base_url: str, sleep: Callable[[float], None] = sleep, patience: Duration = LONGEST) -> None:
        self._wire = Wire(base_url)
        self.base = base_url.rstrip("/")
        self._sleep = sleep
        self._patience = patience
        self._passed = 0
        self._seq = 0

    def send(self, request: Request) -> Exchange:
        """Send it."""
        sent = time_ns() // 1_000
        response = self._wire.ask(request)
        self._seq += 2
        return Exchange(request, response, sent, time_ns() // 1_000, self._seq - 1, self._seq)

    def pass_to(self, offset: Duration) -> None:
        """Wait; the connection is not kept meanwhile, so that no request meets one that has been closed."""
        if offset <= self._passed:
            return
        if offset > self._patience:
            wanted, most = format_duration(offset), format_duration(self._patience)
            raise Inconclusive(f"{wanted} into the play, and nobody waits longer than {most} (--patience)")
        self._wire.close()
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
