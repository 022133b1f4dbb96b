"""Everything between a request and its bytes that needs no HTTP library: the hub's answers, the admin's, the errors.

Two ways lead here. aiohttp reads every request that is not plain (`aio`), and asks `answer`; a plain GET that arrives
whole is answered on the spot by `short`. Both build the same `Request`, ask the same hub, and send what `wire.encode`
makes of the reply: a test holds them to the same bytes.
"""

import asyncio
import logging
import secrets
import time
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote
from weakref import ref

from mockserver.core.instants import Instant, rfc3339
from mockserver.core.sending import PLAIN, End, Sending
from mockserver.core.wire import Request, Response
from mockserver.engine.decode import Flaw
from mockserver.engine.deliveries import Delivery, Posting
from mockserver.engine.reply import Reply
from mockserver.engine.session import Session
from mockserver.engine.sockets import Socket
from mockserver.errors import MockError, refuse
from mockserver.server.delivering import Delivering
from mockserver.server.gate import Gate, Hot, Kept, Read
from mockserver.server.holds import Holds
from mockserver.server.hub import DEFAULT, Hub, Target, plain_name
from mockserver.server.problem import from_error, problem
from mockserver.server.sending import Held, release
from mockserver.server.tempo import Performer, Tempo
from mockserver.server.waits import Waits
from mockserver.server.wire import accepts_gzip, encode, stamp_of, tail
from mockserver.vendors.watching import Watch

if TYPE_CHECKING:
    from mockserver.server.posting import Poster
    from mockserver.server.sockets import Sockets

LOG: Final = logging.getLogger("mockserver")
ADMIN: Final = "/__mock/"
SLICE: Final = 1_000
"""Jobs made or settled before others get a turn."""
CROWD: Final = 5_000
"""From so many jobs on, a list's index is brought up to date in slices."""


def machine_time() -> Instant:
    """What the machine's clock reads: the only place where this server looks at it."""
    return time.time_ns() // 1_000


DELAY: Final = "x-mock-delay"
ANSWERED: Final = "X-Mock-Answered"


class Opening(NamedTuple):
    """A websocket that a connection becomes."""

    vendor: str
    watch: Watch


class Outgoing(NamedTuple):
    """An answer in bytes, and how to send them."""

    data: bytes
    sending: Sending = PLAIN
    session: Session | None = None
    """Whose answer it is; None for ours."""
    at: Instant = 0
    """The session's instant at which it was given."""
    opens: Opening | None = None
    """What the connection becomes with it."""


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
        """What the admin API asks for; nothing where it is empty."""
        self.short_way = short_way
        """Without it every request is read by aiohttp."""
        self.address = hub.settings.address
        self.delivering = Delivering(self, machine_time)
        self.performers: dict[type, Performer] = {
            Held: release,
            Socket: self._speak,
            Delivery: self.delivering.deliver,
            Posting: self.delivering.replay,
        }
        """Who does what is due, by its type."""
        self.tempo = Tempo(machine_time, lambda session: hub.get(session.name) is session, self.performers)
        self.gate = Gate()
        self.hot = Hot()
        self.waits = Waits()
        self.holds = Holds(self.waits, machine_time)
        self._poster: Poster | None = None
        self._sockets: Sockets | None = None

    @property
    def poster(self) -> "Poster":
        """Who posts for this server, made at the first need: it takes an HTTP library."""
        if self._poster is None:
            from mockserver.server.posting import Poster

            self._poster = Poster(self.hub.settings.allowed)
        return self._poster

    @property
    def sockets(self) -> "Sockets":
        """Who speaks on this server's websockets, made at the first need: it takes an HTTP library."""
        if self._sockets is None:
            from mockserver.server.sockets import Sockets

            self._sockets = Sockets(self.hub, self.tempo, machine_time)
        return self._sockets

    async def _speak(self, session: Session, socket: Socket, at: Instant) -> None:
        await self.sockets.tick(session, socket, at)

    async def shut_down(self) -> None:
        """Let go of what is under way without a client that asked for it."""
        self.waits.shut_down()
        if self._sockets is not None:
            self._sockets.shut_down()
        await self.tempo.shut_down()
        if self._poster is not None:
            await self._poster.close()

    async def answer(self, request: Request, flaw: Flaw | None = None, connection: str = "") -> Outgoing:
        """Answer any request.

        `flaw` is what is wrong with its body before anybody has looked into it, `connection` what the client is to
        be told of the connection: `close`, `keep-alive` or nothing.
        """
        name, path = _admin_path(request)
        reply: Reply | Response
        session: Session | None = None
        try:
            if path is None:
                reply, session = await self._vendor(request, flaw)
            else:
                reply = await self._admin(request, name, path, flaw)
        except MockError as error:
            reply = from_error(error)
        except Exception:
            LOG.exception("%s %s", request.method, request.path)
            reply = _broken()
        if isinstance(reply, Reply) and reply.sending is not PLAIN and request.headers.get(DELAY, "") == "skip":
            reply = _hurried(reply)
        data = self._encode(request, reply, session, connection, shared=path is None)
        if session is None or not isinstance(reply, Reply):
            return Outgoing(data)
        opens = Opening(reply.vendor, reply.opens) if reply.opens and reply.response.status == 101 else None
        return Outgoing(data, reply.sending, session, reply.at, opens)

    async def _vendor(self, request: Request, flaw: Flaw | None) -> tuple[Reply | Response, Session | None]:
        target = self.hub.target(request, machine_time())
        if isinstance(target, Response):
            return target, None
        if request.method == "OPTIONS":
            return _preflight(target), None
        await _catch_up(target)
        async with self.holds.passage(target):
            real = machine_time()
            if not self.hub.still(target.session, real):
                name = target.session.name
                self.hub.late(name, target.session.epoch, request, real)
                raise refuse("SES003", f"session {name!r} was reset or deleted while this request was being answered")
            return self._reply(target, real, flaw), target.session

    def _reply(self, target: Target, real: Instant, flaw: Flaw | None = None) -> Reply:
        base = self._base(target.request.headers.get("host", "")) + target.base_path
        reply = target.session.answer(target.vendor, target.request, base, real, target.stranger, flaw)
        self.tempo.look(target.session)
        return reply

    async def _admin(self, request: Request, session: str, path: str, flaw: Flaw | None) -> Response:
        if self.token and path != "health" and not _bears(request, self.token):
            refused = problem(401, "ADM000", "the admin API wants its token", "Authorization: Bearer TOKEN")
            return refused._replace(headers=(*refused.headers, ("WWW-Authenticate", "Bearer")))
        from mockserver.server import admin

        call = (request, session, path, machine_time, flaw)
        answer = await admin.answer(self.hub, self.tempo, self.holds, *call)
        acted = self.hub.get(plain_name(session))
        if acted is not None:
            self.tempo.look(acted)
        return answer

    def _base(self, host: str) -> str:
        """`scheme://host` as the client called it; our own address where the header is odd."""
        plain = host and len(host) < 262 and host.isascii() and all(char.isalnum() or char in ".-:[]_" for char in host)
        return f"http://{host}" if plain else self.address

    @staticmethod
    def _encode(
        request: Request, reply: Reply | Response, session: Session | None, connection: str, *, shared: bool = True
    ) -> bytes:
        """The bytes of an answer; `shared`: a page of any origin may read it."""
        extra, stamp, plain = _CORS if shared and "origin" in request.headers else (), "", True
        if isinstance(reply, Reply) and session is not None:
            response, at, plain = reply.response, reply.at, reply.sending is PLAIN
            extra, stamp = (
                (*extra, ("X-Mock-Session", f"{session.name}@{session.epoch}")),
                stamp_of(reply.request_id, at),
            )
        else:
            response, at = (reply.response if isinstance(reply, Reply) else reply), machine_time()
        return encode(
            response,
            at,
            extra,
            stamp,
            head_only=request.method == "HEAD",
            connection=connection,
            compress=plain and accepts_gzip(request.headers.get("accept-encoding", "")),
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
        fresh = self._fresh(read, real)
        return Said(fresh, read.envelope.closes) if fresh is not None else None

    def _again(self, kept: Kept, real: Instant) -> bytes | None:
        """What was rendered before, if nothing but time has passed, and not too much of it."""
        session, reply = kept.session(), kept.reply
        if session is None or session.detours or not self.hub.still(session, real):
            return None
        now = session.clock.now(real)
        _, store = session.room(reply.vendor)
        if now >= reply.valid_until or store.row(reply.kind, reply.job_id) is not kept.row:
            return None
        request_id = session.repeat(reply, kept.request, now)
        return kept.head + tail(request_id, now) + reply.response.body

    def _fresh(self, read: Read, real: Instant) -> bytes | None:
        """The answer as `answer` gives it; None where a crowd has to be counted first, or something may go wrong."""
        request, connection = read.request, "close" if read.envelope.closes else ""
        reply: Reply | Response
        target: Target | Response | None = None
        session: Session | None = None
        try:
            target = self.hub.target(request, real)
            if isinstance(target, Response):
                reply = target
            elif target.session.detours or _crowded(target):
                return None
            else:
                reply, session = self._reply(target, real), target.session
        except MockError as error:
            reply = from_error(error)
        except Exception:
            LOG.exception("GET %s", request.path)
            reply = _broken()
        answered = self._encode(request, reply, session, connection)
        if isinstance(reply, Reply) and isinstance(target, Target):
            self._keep(read, target, reply, answered)
        return answered

    def _keep(self, read: Read, target: Target, reply: Reply, answered: bytes) -> None:
        """Keep an answer that will hold for a while (a compressed one does not end with its body)."""
        _, store = target.session.room(target.vendor)
        row = store.row(reply.kind, reply.job_id)
        end = tail(reply.request_id, reply.at) + reply.response.body
        if reply.valid_until > reply.at and row is not None and answered.endswith(end):
            self.hot.keep(read.key, Kept(ref(target.session), row, target.request, reply, answered[: -len(end)]))


_CORS: Final = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "*"))
"""What a browser's page needs to read a vendor's answer; the admin API is not for pages of other origins."""


def unreadable(status: int, message: str) -> bytes:
    """The answer to HTTP that cannot be read; the connection is closed after it."""
    detail = " ".join((message or "the request is not valid HTTP").split())[:300]
    return encode(problem(status, "SRV003", detail, "the connection is closed"), machine_time(), connection="close")


def _hurried(reply: Reply) -> Reply:
    """The answer to somebody who cannot wait for it, and when it would have been there.

    Whoever moves the clock asks so (`X-Mock-Delay: skip`): no delay, no slow line, an end instead of silence.
    """
    sending, response = reply.sending, reply.response
    when = (ANSWERED, rfc3339(reply.at + sending.delay, digits=6))
    end: End = "close" if sending.end == "silence" else sending.end
    hurried = sending._replace(delay=0, drip=None, end=end)
    response = response._replace(headers=(*response.headers, when))
    return reply._replace(response=response, sending=PLAIN if hurried == PLAIN else hurried)


def _broken() -> Response:
    return problem(500, "SRV000", "the mock server has a bug; the log has the traceback", "please report it")


def _bears(request: Request, token: str) -> bool:
    given = request.headers.get("authorization", "").encode("utf-8", "replace")
    return secrets.compare_digest(given, f"Bearer {token}".encode())


def _admin_path(request: Request) -> tuple[str, str | None]:
    """(session, path behind `/__mock/`) of an admin call; None where it is none."""
    before, found, path = request.path.partition(ADMIN)
    prefixed = before.removeprefix("/s/")
    if not found or (before and (prefixed == before or "/" in prefixed)):
        return "", None
    return request.headers.get("x-mock-session", "") or unquote(prefixed) or DEFAULT, path


def _preflight(target: Target) -> Response:
    """What OPTIONS asks: the path's methods, and any header."""
    room, _ = target.session.room(target.vendor)
    methods = room.router.allowed(target.request.path)
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


def _crowded(target: Target) -> bool:
    """Whether a request may have to look at so many jobs that others must get a turn meanwhile."""
    room, store = target.session.room(target.vendor)
    return len(store) > CROWD and not room.router.polls(target.request.path)


async def _catch_up(target: Target) -> None:
    """Bring a crowded session's index up to date in slices, so that a list delays nobody's poll."""
    if not _crowded(target):
        return
    room, store = target.session.room(target.vendor)
    now = target.session.clock.now(machine_time())
    for kind in room.era.kinds:
        while not store.catch_up(kind, now, SLICE):
            await asyncio.sleep(0)
