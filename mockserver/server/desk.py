"""Everything between a request and its bytes that needs no HTTP library: the hub's answers, the admin's, the errors.

Two ways lead here. aiohttp reads every request that is not plain (`aio`), and asks `answer`; a plain GET that arrives
whole is answered on the spot by `short`. Both build the same `Request`, ask the same hub, and send what `wire.encode`
makes of the reply: a test holds them to the same bytes.
"""

import asyncio
import logging
import time
from typing import Final, NamedTuple

from mockserver.core.instants import Instant
from mockserver.core.wire import Request, Response
from mockserver.engine.decode import Flaw
from mockserver.engine.session import Reply, Session
from mockserver.errors import MockError
from mockserver.server.gate import Gate, Hot, Kept, Read
from mockserver.server.hub import DEFAULT, Hub, Target
from mockserver.server.problem import from_error, problem
from mockserver.server.wire import encode, stamp_of, tail

LOG: Final = logging.getLogger("mockserver")
ADMIN: Final = "/__mock/"
SLICE: Final = 2_000
"""Jobs made or settled before others get a turn."""
CROWD: Final = 5_000
"""From so many jobs on, a list's index is brought up to date in slices."""


def machine_time() -> Instant:
    """What the machine's clock reads: the only place where this server looks at it."""
    return time.time_ns() // 1_000


class Said(NamedTuple):
    """An answer given on the spot."""

    data: bytes
    closes: bool
    """Whether the connection ends with it, as the client asked."""


class Desk:
    """Answers requests, in bytes."""

    def __init__(self, hub: Hub, *, token: str = "", short_way: bool = True) -> None:
        self.hub = hub
        self.token = token
        self.short_way = short_way
        """Without it every request is read by aiohttp."""
        self.gate = Gate()
        self.hot = Hot()

    async def answer(self, request: Request, flaw: Flaw | None = None) -> bytes:
        """Answer any request; `flaw` is what is wrong with its body before anybody has looked into it."""
        base = _base(request.headers.get("host", ""), self.hub)
        session, path = _admin_path(request)
        if path is not None:
            return await self._admin(request, session, path)
        try:
            target = self.hub.target(request, machine_time())
            if isinstance(target, Response):
                return self._encode(request, target, None)
            if request.method == "OPTIONS":
                return self._encode(request, _preflight(self.hub, target), None)
            await _catch_up(target)
            reply = target.session.answer(
                target.vendor, target.request, base + target.base_path, machine_time(), target.stranger, flaw
            )
        except MockError as error:
            return self._encode(request, from_error(error), None)
        except Exception:
            LOG.exception("%s %s", request.method, request.path)
            return self._encode(request, _broken(), None)
        return self._encode(request, reply, target.session)

    async def _admin(self, request: Request, session: str, path: str) -> bytes:
        if self.token and request.headers.get("authorization", "") != f"Bearer {self.token}":
            refused = problem(401, "ADM000", "the admin API wants its token", "Authorization: Bearer TOKEN")
            return self._encode(request, refused, None)
        from mockserver.server import admin

        try:
            answered = await admin.answer(self.hub, request, session, path, machine_time)
        except MockError as error:
            answered = from_error(error)
        except Exception:
            LOG.exception("%s %s", request.method, request.path)
            answered = _broken()
        return self._encode(request, answered, None)

    def _encode(self, request: Request, reply: Reply | Response, session: Session | None) -> bytes:
        response, at = (reply, machine_time()) if isinstance(reply, Response) else (reply.response, reply.at)
        extra, stamp = _cors(request), ""
        if isinstance(reply, Reply) and session is not None:
            extra, stamp = (*extra, ("X-Mock-Session", _label(session))), stamp_of(reply.request_id, at)
        return encode(
            response,
            at,
            extra,
            stamp,
            head_only=request.method == "HEAD",
            close=request.headers.get("connection", "").lower() == "close",
            accepts_gzip="gzip" in request.headers.get("accept-encoding", ""),
        )

    def short(self, data: bytes) -> Said | None:
        """The answer to a plain GET for a vendor, or None: let aiohttp read it."""
        if not self.short_way:
            return None
        read = self.gate.read(data)
        if read is None or "/__mock" in read.request.path:
            return None
        real = machine_time()
        kept = self.hot.get(read.key)
        if kept is not None:
            again = self._again(kept, real)
            if again is not None:
                return Said(again, read.envelope.closes)
            self.hot.drop(read.key)
        try:
            fresh = self._fresh(read, real)
        except Exception:
            LOG.exception("GET %s", read.request.path)
            fresh = self._encode(read.request, _broken(), None)
        return Said(fresh, read.envelope.closes) if fresh is not None else None

    def _again(self, kept: Kept, real: Instant) -> bytes | None:
        """What was rendered before, if nothing but time has passed, and not too much of it."""
        session = kept.session
        now = session.clock.now(real)
        reply = kept.reply
        if (
            now >= reply.valid_until
            or kept.store.row(reply.kind, reply.job_id) is not kept.row
            or not self.hub.still(session, real)
        ):
            return None
        request_id = session.repeat(reply, kept.request, now)
        return kept.head + tail(request_id, now) + reply.response.body

    def _fresh(self, read: Read, real: Instant) -> bytes | None:
        request = read.request
        base = _base(read.envelope.host, self.hub)
        target = self.hub.target(request, real)
        if isinstance(target, Response):
            return self._encode(request, target, None)
        room, store = target.session.room(target.vendor)
        if len(store) > CROWD and not room.router.polls(target.request.path):
            return None
        reply = target.session.answer(target.vendor, target.request, base + target.base_path, real, target.stranger)
        answered = self._encode(request, reply, target.session)
        row = store.row(reply.kind, reply.job_id)
        end = tail(reply.request_id, reply.at) + reply.response.body
        if reply.valid_until > reply.at and row is not None and answered.endswith(end):
            self.hot.keep(read.key, Kept(target.session, store, row, target.request, reply, answered[: -len(end)]))
        return answered


def _label(session: Session) -> str:
    return f"{session.name}@{session.epoch}"


def _cors(request: Request) -> tuple[tuple[str, str], ...]:
    """What a browser's page needs to read an answer; not for the admin API."""
    if "origin" not in request.headers or request.path.startswith(ADMIN):
        return ()
    return (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "*"))


def unreadable(status: int, message: str) -> bytes:
    """The answer to HTTP that cannot be read; the connection is closed after it."""
    detail = " ".join((message or "the request is not valid HTTP").split())[:300]
    return encode(problem(status, "SRV003", detail, "the connection is closed"), machine_time(), close=True)


def _broken() -> Response:
    return problem(500, "SRV000", "the mock server has a bug; the log has the traceback", "please report it")


def _base(host: str, hub: Hub) -> str:
    """`scheme://host` as the client called it; our own address where the header is odd."""
    plain = host and len(host) < 262 and all(char.isalnum() or char in ".-:[]_" for char in host) and host.isascii()
    return f"http://{host}" if plain else hub.settings.address


def _admin_path(request: Request) -> tuple[str, str | None]:
    """(session, path behind `/__mock/`) of an admin call; None where it is none."""
    name = request.headers.get("x-mock-session", "")
    path = request.path
    if path.startswith("/s/") and ADMIN in path:
        before, _, after = path.partition(ADMIN)
        return (name or before.removeprefix("/s/"), after) if "/" not in before[3:] else ("", None)
    return (name or DEFAULT, path.removeprefix(ADMIN)) if path.startswith(ADMIN) else ("", None)


def _preflight(hub: Hub, target: Target) -> Response:
    """What OPTIONS asks: the path's methods, and any header."""
    methods = hub.router(target.session.setup.eras[target.vendor]).allowed(target.request.path)
    allowed = ", ".join((*methods, *(("HEAD",) if "GET" in methods else ()), "OPTIONS"))
    wanted = target.request.headers.get("access-control-request-headers", "*")
    return Response(
        204,
        (
            ("Allow", allowed),
            ("Access-Control-Allow-Methods", allowed),
            ("Access-Control-Allow-Headers", wanted),
            ("Access-Control-Max-Age", "600"),
        ),
    )


async def _catch_up(target: Target) -> None:
    """Bring a crowded session's index up to date in slices, so that a list delays nobody's poll."""
    room, store = target.session.room(target.vendor)
    if len(store) <= CROWD or room.router.polls(target.request.path):
        return
    now = target.session.clock.now(machine_time())
    for kind in room.era.kinds:
        while not store.catch_up(kind, now, SLICE):
            await asyncio.sleep(0)
