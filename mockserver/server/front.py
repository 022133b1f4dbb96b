"""aiohttp at work: sockets in, answers out; and the short way for polls.

Two ways lead to the same answer. aiohttp reads every request that is not plain (`slow`); a plain GET that arrives
whole on an idle connection is answered on the spot (`_Handler.data_received`). Both build the same `Request`, ask
the same hub, and send what `wire.encode` makes of the reply: a test holds them to the same bytes.

The short way reads private attributes of aiohttp's `RequestHandler`, which is why its version is pinned; with
`short_way=False` the server does without.
"""

import asyncio
import logging
import time
from typing import Any, Final

from aiohttp import web, web_protocol
from aiohttp.http_exceptions import HttpProcessingError

from mockserver.core.instants import Instant
from mockserver.core.wire import Request, Response
from mockserver.engine.decode import Flaw
from mockserver.engine.session import Reply, Session
from mockserver.errors import MockError
from mockserver.server import admin
from mockserver.server.gate import Envelope, Gate, Hot, Kept
from mockserver.server.hub import DEFAULT, Hub, Target
from mockserver.server.problem import from_error, problem
from mockserver.server.wire import encode, stamp_of, tail
from mockserver.vendors.api import Trouble

LOG: Final = logging.getLogger("mockserver")
ADMIN: Final = "/__mock/"
LARGEST_BODY: Final = 10_000_000
BODY_TIMEOUT: Final = 30.0
"""Seconds that a client may take to send a body."""
CROWD: Final = 5_000
"""From so many jobs on, a list's index is brought up to date in slices."""


def machine_time() -> Instant:
    """What the machine's clock reads: the only place where this server looks at it."""
    return time.time_ns() // 1_000


class Front:
    """Everything between a socket and the hub."""

    def __init__(self, hub: Hub, *, token: str = "", short_way: bool = True) -> None:
        self.hub = hub
        self.token = token
        self.short_way = short_way
        self.gate = Gate()
        self.hot = Hot()

    async def slow(self, asked: web.BaseRequest) -> web.StreamResponse:
        """Answer a request that aiohttp has read."""
        request, flaw = await _read(asked)
        base = _base(asked.headers.get("Host", ""), self.hub)
        answered = await self._answer(request, flaw, base)
        return _Sent(answered, close=not asked.keep_alive)

    async def _answer(self, request: Request, flaw: Flaw | None, base: str) -> bytes:
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

    def short(self, data: bytes) -> bytes | None:
        """The answer to a plain GET for a vendor, or None: let aiohttp read it."""
        read = self.gate.read(data)
        if read is None or "/__mock" in read.request.path:
            return None
        real = machine_time()
        kept = self.hot.get(read.key)
        if kept is not None:
            again = self._again(kept, real)
            if again is not None:
                return again
            self.hot.drop(read.key)
        try:
            return self._fresh(read.request, read.envelope, read.key, real)
        except Exception:
            LOG.exception("GET %s", read.request.path)
            return self._encode(read.request, _broken(), None)

    def _again(self, kept: Kept, real: Instant) -> bytes | None:
        """What was rendered before, if nothing but time has passed, and not too much of it."""
        session = kept.session
        now = session.clock.now(real)
        reply = kept.reply
        if (
            now >= reply.valid_until
            or kept.store.row(reply.kind, reply.job_id) is not kept.row
            or self.hub.get(session.name) is not session
        ):
            return None
        request_id = session.repeat(reply, kept.request, now)
        return kept.head + tail(request_id, now) + reply.response.body

    def _fresh(self, request: Request, envelope: Envelope, key: tuple[bytes, bytes], real: Instant) -> bytes | None:
        base = _base(envelope.host, self.hub)
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
            self.hot.keep(key, Kept(target.session, store, row, target.request, reply, answered[: -len(end)]))
        return answered


def _label(session: Session) -> str:
    return f"{session.name}@{session.epoch}"


def _cors(request: Request) -> tuple[tuple[str, str], ...]:
    """What a browser's page needs to read an answer; not for the admin API."""
    if "origin" not in request.headers or request.path.startswith(ADMIN):
        return ()
    return (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "*"))


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
        while not store.catch_up(kind, now, admin.SLICE):
            await asyncio.sleep(0)


async def _read(asked: web.BaseRequest) -> tuple[Request, Flaw | None]:
    """A request as a value, and what is wrong with its body, if anything is."""
    path, _, query = _origin_form(asked).partition("?")
    headers: dict[str, str] = {}
    for name, value in asked.headers.items():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    flaw, body = None, b""
    if asked.can_read_body:
        try:
            body = await asyncio.wait_for(asked.read(), BODY_TIMEOUT)
        except web.HTTPRequestEntityTooLarge:
            flaw = Flaw(Trouble.TOO_LARGE, f"the body is larger than {LARGEST_BODY:,} bytes")
        except (web.RequestPayloadError, HttpProcessingError) as error:
            flaw = Flaw(Trouble.BAD_JSON, f"the body cannot be decoded: {type(error).__name__}")
        except TimeoutError:
            flaw = Flaw(Trouble.BAD_HTTP, f"the body did not arrive within {BODY_TIMEOUT:g} s")
    return Request(asked.method, path, query, headers, body), flaw


def _origin_form(asked: web.BaseRequest) -> str:
    """The target without scheme and host, as it was sent otherwise."""
    raw = asked.raw_path.partition("#")[0]
    if raw.startswith("/"):
        return raw
    _, _, rest = raw.partition("://")
    return "/" + rest.partition("/")[2] if rest else "/"


class _Sent(web.StreamResponse):
    """An answer that is already bytes: written in one piece, behind aiohttp's bookkeeping."""

    def __init__(self, payload: bytes, *, close: bool) -> None:
        super().__init__()
        self._payload_bytes = payload
        self._stays_open = not close

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open."""
        return self._stays_open

    @property
    def prepared(self) -> bool:
        """Always: the head is part of the bytes."""
        return True

    async def prepare(self, request: web.BaseRequest) -> None:
        """Remember whom to write to."""
        self._asked = request

    async def write_eof(self, data: bytes = b"") -> None:
        """Write everything."""
        transport = self._asked.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has gone")
        transport.write(self._payload_bytes)
        await self._asked.protocol._drain_helper()


class _Handler(web_protocol.RequestHandler):
    """aiohttp's connection, with the short way in front and errors in our own form."""

    __slots__ = ("_awaited", "_front", "_plain")

    def __init__(self, front: Front, manager: web.Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._front = front
        self._plain = front.short_way
        """Whether aiohttp's parser is known to hold no part of a request."""
        self._awaited = 0
        """Bytes of the present request's body that have not arrived."""

    def data_received(self, data: bytes) -> None:
        """Answer on the spot what can be; hand everything else to aiohttp."""
        if self._plain:
            if self._awaited:
                self._awaited -= len(data)
                self._plain = self._awaited >= 0
            elif self._idle():
                answered = self._front.short(data)
                if answered is not None and self.transport is not None:
                    self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
                    self.transport.write(answered)
                    return
                self._expect(data)
            else:
                self._plain = False
        super().data_received(data)

    def _idle(self) -> bool:
        """Whether nothing is being read, handled or written on this connection."""
        waiter = self._waiter
        return (
            waiter is not None
            and not waiter.done()
            and not self._messages
            and self._payload_parser is None
            and not self._upgraded
            and not self._paused
            and not self._close
            and not self._force_close
        )

    def _expect(self, data: bytes) -> None:
        """Follow what aiohttp is about to read, as far as it is certain: one request of a known length."""
        head, found, rest = data.lower().partition(b"\r\n\r\n")
        lengths = [line[15:].strip() for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
        certain = found and len(lengths) < 2 and b"transfer-encoding" not in head and b"upgrade" not in head
        length = lengths[0] if lengths else b"0"
        if not certain or not length.isdigit() or len(length) > 9 or len(rest) > int(length):
            self._plain = False
            return
        self._awaited = int(length) - len(rest)

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """HTTP that cannot be read, as problem+json; the connection is closed."""
        self.keep_alive(False)
        if status >= 500:
            LOG.error("unhandled", exc_info=exc)
        detail = " ".join((message or "the request is not valid HTTP").split())[:300]
        body = problem(status, "SRV003", detail, "the connection is closed")
        return _Sent(encode(body, machine_time(), close=True), close=True)


class Server(web.Server):
    """An `aiohttp.web.Server` whose connections know the short way."""

    def __init__(self, front: Front) -> None:
        super().__init__(front.slow, request_factory=_request, access_log=None)
        self._front = front

    def __call__(self) -> web_protocol.RequestHandler:
        """A new connection's protocol."""
        return _Handler(self._front, self, loop=self._loop, **self._kwargs)


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=LARGEST_BODY)
