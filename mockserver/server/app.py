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
from mockserver.core.transmission import NORMAL, Termination, Transmission
from mockserver.core.wire import Request, Response
from mockserver.engine.decode import BodyError
from mockserver.engine.notify.deliveries import DueDelivery, OutgoingDelivery
from mockserver.engine.notify.sockets import JobSocket
from mockserver.engine.reply import Reply
from mockserver.engine.session.session import Session
from mockserver.errors import MockError, refuse
from mockserver.server.encode import accepts_gzip, encode_head_end, encode_response, format_volatile_headers
from mockserver.server.fastpath.parser import CachedResponse, ParsedGet, ResponseCache, SimpleGetParser
from mockserver.server.http.transmit import DelayedResponse, release_delayed
from mockserver.server.problem import problem_from_error, problem_response
from mockserver.server.scheduling.holds import HoldRegistry
from mockserver.server.scheduling.scheduler import DueHandler, Scheduler
from mockserver.server.scheduling.waits import PendingRequests
from mockserver.server.sessions import DEFAULT_SESSION, RoutedRequest, SessionRegistry, strip_epoch
from mockserver.server.webhooks.dispatcher import WebhookDispatcher
from mockserver.vendors.websocket import SocketScript

if TYPE_CHECKING:
    from mockserver.server.http.websockets import WebSocketServer

LOG: Final = logging.getLogger("mockserver")
ADMIN_PREFIX: Final = "/__mock/"
YIELD_EVERY: Final = 1_000
"""Jobs made or settled before others get a turn."""
LARGE_SESSION: Final = 5_000
"""From so many jobs on, a list's index is brought up to date in slices."""


def wall_clock() -> Instant:
    """What the machine's clock reads: the only place where this server looks at it."""
    return time.time_ns() // 1_000


DELAY_HEADER: Final = "x-mock-delay"
ANSWERED_HEADER: Final = "X-Mock-Answered"


class WebSocketUpgrade(NamedTuple):
    """A websocket that a connection becomes."""

    vendor: str
    script: SocketScript


class EncodedReply(NamedTuple):
    """An answer in bytes, and how to send them."""

    data: bytes
    transmission: Transmission = NORMAL
    session: Session | None = None
    """Whose answer it is; None for ours."""
    at: Instant = 0
    """The session's instant at which it was given."""
    upgrade: WebSocketUpgrade | None = None
    """What the connection becomes with it."""


class FastResponse(NamedTuple):
    """An answer given on the spot."""

    data: bytes
    closes: bool
    """Whether the connection ends with it, as the client asked."""


class App:
    """Answers requests, in bytes."""

    def __init__(self, registry: SessionRegistry, *, token: str = "", fast_path: bool = True) -> None:
        self.registry = registry
        self.token = token
        """What the admin API asks for; nothing where it is empty."""
        self.fast_path = fast_path
        """Without it every request is read by aiohttp."""
        self.base_url = registry.settings.address
        self.webhook_dispatcher = WebhookDispatcher(registry.settings.allowed, lambda: self.base_url, wall_clock)
        self.handlers: dict[type, DueHandler] = {
            DelayedResponse: release_delayed,
            JobSocket: self._tick_socket,
            DueDelivery: self.webhook_dispatcher.deliver,
            OutgoingDelivery: self.webhook_dispatcher.redeliver,
        }
        """Who does what is due, by its type."""
        self.scheduler = Scheduler(wall_clock, lambda session: registry.get(session.name) is session, self.handlers)
        self.get_parser = SimpleGetParser()
        self.response_cache = ResponseCache()
        self.pending = PendingRequests()
        self.holds = HoldRegistry(self.pending, wall_clock)
        self._websockets: WebSocketServer | None = None

    @property
    def websockets(self) -> "WebSocketServer":
        """Who speaks on this server's websockets, made at the first need: it takes an HTTP library."""
        if self._websockets is None:
            from mockserver.server.http.websockets import WebSocketServer

            self._websockets = WebSocketServer(self.registry, self.scheduler, wall_clock)
        return self._websockets

    async def _tick_socket(self, session: Session, socket: JobSocket, at: Instant) -> None:
        await self.websockets.tick(session, socket, at)

    async def shut_down(self) -> None:
        """Let go of what is under way without a client that asked for it."""
        self.pending.shut_down()
        if self._websockets is not None:
            self._websockets.shut_down()
        await self.scheduler.shut_down()
        await self.webhook_dispatcher.close()

    async def handle_request(
        self, request: Request, body_error: BodyError | None = None, connection: str = ""
    ) -> EncodedReply:
        """Answer any request.

        `flaw` is what is wrong with its body before anybody has looked into it, `connection` what the client is to
        be told of the connection: `close`, `keep-alive` or nothing.
        """
        name, path = _split_admin_path(request)
        reply: Reply | Response
        session: Session | None = None
        try:
            if path is None:
                reply, session = await self._handle_vendor_request(request, body_error)
            else:
                reply = await self._handle_admin_call(request, name, path, body_error)
        except MockError as error:
            reply = problem_from_error(error)
        except Exception:
            LOG.exception("%s %s", request.method, request.path)
            reply = _internal_error()
        if (
            isinstance(reply, Reply)
            and reply.transmission is not NORMAL
            and request.headers.get(DELAY_HEADER, "") == "skip"
        ):
            reply = _without_delay(reply)
        data = self._encode_reply(request, reply, session, connection, shared=path is None)
        if session is None or not isinstance(reply, Reply):
            return EncodedReply(data)
        opens = (
            WebSocketUpgrade(reply.vendor, reply.websocket)
            if reply.websocket and reply.response.status == 101
            else None
        )
        return EncodedReply(data, reply.transmission, session, reply.at, opens)

    async def _handle_vendor_request(
        self, request: Request, body_error: BodyError | None
    ) -> tuple[Reply | Response, Session | None]:
        target = self.registry.route(request, wall_clock())
        if isinstance(target, Response):
            return target, None
        if request.method == "OPTIONS":
            return _preflight_response(target), None
        await _update_index(target)
        async with self.holds.checkpoints(target):
            real = wall_clock()
            if not self.registry.touch_if_current(target.session, real):
                name = target.session.name
                self.registry.note_stale(name, target.session.epoch, request, real)
                raise refuse("SES003", f"session {name!r} was reset or deleted while this request was being answered")
            return self._session_reply(target, real, body_error), target.session

    def _session_reply(self, routed: RoutedRequest, wall_now: Instant, body_error: BodyError | None = None) -> Reply:
        base = self._client_base_url(routed.request.headers.get("host", "")) + routed.base_path
        reply = routed.session.answer(routed.vendor, routed.request, base, wall_now, routed.key_error, body_error)
        self.scheduler.rearm(routed.session)
        return reply

    async def _handle_admin_call(
        self, request: Request, session_name: str, path: str, body_error: BodyError | None
    ) -> Response:
        if self.token and path != "health" and not _has_token(request, self.token):
            refused = problem_response(401, "ADM000", "the admin API wants its token", "Authorization: Bearer TOKEN")
            return refused._replace(headers=(*refused.headers, ("WWW-Authenticate", "Bearer")))
        from mockserver.server.admin import routes

        call = (request, session_name, path, wall_clock, body_error)
        answer = await routes.dispatch(self.registry, self.scheduler, self.holds, *call)
        acted = self.registry.get(strip_epoch(session_name))
        if acted is not None:
            self.scheduler.rearm(acted)
        return answer

    def _client_base_url(self, host: str) -> str:
        """`scheme://host` as the client called it; our own address where the header is odd."""
        plain = host and len(host) < 262 and host.isascii() and all(char.isalnum() or char in ".-:[]_" for char in host)
        return f"http://{host}" if plain else self.base_url

    @staticmethod
    def _encode_reply(
        request: Request, reply: Reply | Response, session: Session | None, connection: str, *, shared: bool = True
    ) -> bytes:
        """The bytes of an answer; `shared`: a page of any origin may read it."""
        extra, stamp, plain = _CORS_HEADERS if shared and "origin" in request.headers else (), "", True
        if isinstance(reply, Reply) and session is not None:
            response, at, plain = reply.response, reply.at, reply.transmission is NORMAL
            extra, stamp = (
                (*extra, ("X-Mock-Session", f"{session.name}@{session.epoch}")),
                format_volatile_headers(reply.request_id, at),
            )
        else:
            response, at = (reply.response if isinstance(reply, Reply) else reply), wall_clock()
        return encode_response(
            response,
            at,
            extra,
            stamp,
            head_only=request.method == "HEAD",
            connection=connection,
            compress=plain and accepts_gzip(request.headers.get("accept-encoding", "")),
        )

    def fast_response(self, data: bytes) -> FastResponse | None:
        """The answer to a plain GET for a vendor, or None: let aiohttp read it."""
        if not self.fast_path:
            return None
        read = self.get_parser.parse(data)
        if read is None or "/__mock" in read.request.path:
            return None
        real = wall_clock()
        kept = self.response_cache.get(read.key)
        if kept is not None:
            again = self._from_cache(kept, real)
            if again is not None:
                return FastResponse(again, read.header_block.closes)
            self.response_cache.discard(read.key)
        fresh = self._render(read, real)
        return FastResponse(fresh, read.header_block.closes) if fresh is not None else None

    def _from_cache(self, cached: CachedResponse, wall_now: Instant) -> bytes | None:
        """What was rendered before, if nothing but time has passed, and not too much of it."""
        session, reply = cached.session(), cached.reply
        if session is None or session.fast_path_blockers or not self.registry.touch_if_current(session, wall_now):
            return None
        now = session.clock.now(wall_now)
        _, store = session.context(reply.vendor)
        if now >= reply.valid_until or store.row(reply.kind, reply.job_id) is not cached.row:
            return None
        request_id = session.record_repeat(reply, cached.request, now)
        return cached.head + encode_head_end(request_id, now) + reply.response.body

    def _render(self, parsed: ParsedGet, wall_now: Instant) -> bytes | None:
        """The answer as `answer` gives it; None where a crowd has to be counted first, or something may go wrong."""
        request, connection = parsed.request, "close" if parsed.header_block.closes else ""
        reply: Reply | Response
        target: RoutedRequest | Response | None = None
        session: Session | None = None
        try:
            target = self.registry.route(request, wall_now)
            if isinstance(target, Response):
                reply = target
            elif target.session.fast_path_blockers or _scans_large_session(target):
                return None
            else:
                reply, session = self._session_reply(target, wall_now), target.session
        except MockError as error:
            reply = problem_from_error(error)
        except Exception:
            LOG.exception("GET %s", request.path)
            reply = _internal_error()
        answered = self._encode_reply(request, reply, session, connection)
        if isinstance(reply, Reply) and isinstance(target, RoutedRequest):
            self._cache_reply(parsed, target, reply, answered)
        return answered

    def _cache_reply(self, parsed: ParsedGet, routed: RoutedRequest, reply: Reply, encoded: bytes) -> None:
        """Keep an answer that will hold for a while (a compressed one does not end with its body)."""
        _, store = routed.session.context(routed.vendor)
        row = store.row(reply.kind, reply.job_id)
        end = encode_head_end(reply.request_id, reply.at) + reply.response.body
        if reply.valid_until > reply.at and row is not None and encoded.endswith(end):
            self.response_cache.put(
                parsed.key, CachedResponse(ref(routed.session), row, routed.request, reply, encoded[: -len(end)])
            )


_CORS_HEADERS: Final = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "*"))
"""What a browser's page needs to read a vendor's answer; the admin API is not for pages of other origins."""


def bad_request_bytes(status: int, message: str) -> bytes:
    """The answer to HTTP that cannot be read; the connection is closed after it."""
    detail = " ".join((message or "the request is not valid HTTP").split())[:300]
    return encode_response(
        problem_response(status, "SRV003", detail, "the connection is closed"), wall_clock(), connection="close"
    )


def _without_delay(reply: Reply) -> Reply:
    """The answer to somebody who cannot wait for it, and when it would have been there.

    Whoever moves the clock asks so (`X-Mock-Delay: skip`): no delay, no slow line, an end instead of silence.
    """
    sending, response = reply.transmission, reply.response
    when = (ANSWERED_HEADER, rfc3339(reply.at + sending.delay, digits=6))
    end: Termination = "close" if sending.termination == "silence" else sending.termination
    hurried = sending._replace(delay=0, throttle=None, termination=end)
    response = response._replace(headers=(*response.headers, when))
    return reply._replace(response=response, transmission=NORMAL if hurried == NORMAL else hurried)


def _internal_error() -> Response:
    return problem_response(500, "SRV000", "the mock server has a bug; the log has the traceback", "please report it")


def _has_token(request: Request, token: str) -> bool:
    given = request.headers.get("authorization", "").encode("utf-8", "replace")
    return secrets.compare_digest(given, f"Bearer {token}".encode())


def _split_admin_path(request: Request) -> tuple[str, str | None]:
    """(session, path behind `/__mock/`) of an admin call; None where it is none."""
    before, found, path = request.path.partition(ADMIN_PREFIX)
    prefixed = before.removeprefix("/s/")
    if not found or (before and (prefixed == before or "/" in prefixed)):
        return "", None
    return request.headers.get("x-mock-session", "") or unquote(prefixed) or DEFAULT_SESSION, path


def _preflight_response(routed: RoutedRequest) -> Response:
    """What OPTIONS asks: the path's methods, and any header."""
    room, _ = routed.session.context(routed.vendor)
    methods = room.router.allowed(routed.request.path)
    allowed = ", ".join((*methods, *(("HEAD",) if "GET" in methods else ()), "OPTIONS"))
    wanted = routed.request.headers.get("access-control-request-headers", "*")
    return Response(
        204,
        (
            ("Allow", allowed),
            ("Access-Control-Allow-Methods", allowed),
            ("Access-Control-Allow-Headers", wanted),
            ("Access-Control-Max-Age", "600"),
        ),
    )


def _scans_large_session(routed: RoutedRequest) -> bool:
    """Whether a request may have to look at so many jobs that others must get a turn meanwhile."""
    room, store = routed.session.context(routed.vendor)
    return len(store) > LARGE_SESSION and not room.router.polls(routed.request.path)


async def _update_index(routed: RoutedRequest) -> None:
    """Bring a crowded session's index up to date in slices, so that a list delays nobody's poll."""
    if not _scans_large_session(routed):
        return
    room, store = routed.session.context(routed.vendor)
    now = routed.session.clock.now(wall_clock())
    for kind in room.era.kinds:
        while not store.catch_up(kind, now, YIELD_EVERY):
            await asyncio.sleep(0)
