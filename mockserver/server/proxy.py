"""A proxy in front of one upstream: passes requests and answers on as they are, and shows each exchange to a watch.

Theory of operation. A request is announced to the watch when it goes out and its exchange is handed over when it has
ended, however it ended. Bodies are streamed both ways, compressed as they come; a copy of at most `KEPT` bytes is
kept for the watch, and unpacked there. Nothing is followed or cached, and no other host is ever asked. A read that
meets a kept connection which the upstream has closed is sent once more; whatever may have an effect has a connection
of its own, and is sent once. An answer that broke off, to us or on the way through us, is one that was not seen: the
exchange has none then, and the client's connection is cut as the upstream's was.
"""

import asyncio
import ipaddress
import logging
import signal
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple, Protocol

import aiohttp
from aiohttp import HttpVersion11, hdrs, web, web_protocol

from mockserver.core.wire import Exchange, Request, Response
from mockserver.errors import refuse
from mockserver.server.desk import machine_time, unreadable
from mockserver.server.passing import Copy, Outlet, Parting, seen
from mockserver.server.problem import problem
from mockserver.server.run import close, unusable
from mockserver.server.trust import distrust, trusting
from mockserver.server.upstream import OWN, Guard, Headers, Upstream, codings, joined, passed
from mockserver.server.wire import encode

LOG: Final = logging.getLogger("mockserver.proxy")
CONNECT_WITHIN: Final = 10.0
SILENT_AT_MOST: Final = 300.0
"""Seconds within which an upstream must be found, take a connection and speak TLS; and say the next thing."""
REASONS: Final = 100
"""Why an upstream was not reached: as many different reasons are told."""
LINE: Final = 65_536
"""Bytes of a request line or a header: signed URLs are long."""
_AUTOMATIC: Final = (hdrs.USER_AGENT, hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE)


class Watch(Protocol):
    """Who sees the exchanges; called in the server's thread, so it must be quick."""

    def opened(self, request: Request, sent_seq: int) -> None:
        """A request goes out; its body is not known yet."""

    def add(self, exchange: Exchange, lost: str = "") -> None:
        """An exchange has ended; `lost` says why its answer could not be kept."""


class _Passage:
    """One request on its way."""

    def __init__(self, asked: web.BaseRequest, up: Upstream, seq: int) -> None:
        self.seq = seq
        self.target = asked.raw_path.partition("#")[0]
        self.headers: Headers = passed(asked.raw_headers, OWN)
        self.headers.append(("Accept-Encoding", codings(asked.headers.get("Accept-Encoding", ""))))
        length = asked.headers.get("Content-Length")
        if length is not None and asked.can_read_body:
            self.headers.append(("Content-Length", length))
        self.method = asked.method
        self.host = up.authority
        self.sent = machine_time()
        self.body = Copy()
        self.answer: tuple[Response | None, str] = (None, "")

    def request(self) -> Request:
        """The request as a value, with as much of its body as has passed."""
        path, _, query = self.target.partition("?")
        headers = {**joined(self.headers), "host": self.host}
        body = self.body.body(headers.get("content-encoding", ""))
        return Request(self.method, path, query, headers, body.data)

    def exchange(self, seq: int) -> Exchange:
        """Everything, ended now."""
        response = self.answer[0]
        answered = None if response is None else machine_time()
        return Exchange(self.request(), response, self.sent, answered, self.seq, 0 if response is None else seq)


class Proxy:
    """Passes requests on. `open_to_all`: it answers to any name, not only to this machine's and the upstream's."""

    def __init__(
        self, up: Upstream, watch: Watch, *, open_to_all: bool = False, trusted: ssl.SSLContext | None = None
    ) -> None:
        self.upstream = up
        self.trusted = trusted or trusting()
        """What the upstream's certificate is checked by."""
        self.broken = False
        """Whether the watch has failed: what it says is not to be believed then."""
        self._watch = watch
        self._open_to_all = open_to_all
        self._seq = 0
        self._said: set[str] = set()
        """Why the upstream was not reached, as far as the log has it."""
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        """By whether its connections are kept."""

    async def open(self, guard: Guard | None = None) -> None:
        """Get ready to ask."""
        resolver = guard or Guard()
        self._sessions = {keeps: _session(resolver, self.trusted, keeps=keeps) for keeps in (True, False)}

    async def close(self) -> None:
        """Close what is open to the upstream."""
        for session in self._sessions.values():
            await session.close()

    async def answer(self, asked: web.BaseRequest) -> web.StreamResponse:
        """Pass one request on, and its answer back."""
        outlet = Outlet(asked)
        refused = self._refusal(asked)
        if refused is not None:
            await outlet.whole(_ours(refused, asked))
            return outlet
        passage = _Passage(asked, self.upstream, self._next())
        self._tell(lambda: self._watch.opened(passage.request(), passage.seq))
        try:
            await self._pass(asked, passage, outlet)
        finally:
            exchange, lost = passage.exchange(self._next()), passage.answer[1]
            self._tell(lambda: self._watch.add(exchange, lost))
        return outlet

    def _next(self) -> int:
        self._seq += 1
        return self._seq

    def _tell(self, call: Callable[[], None]) -> None:
        """Tell the watch; a mistake there is no reason to stop the traffic."""
        try:
            call()
        except Exception:
            self.broken = True
            LOG.exception("%s: an exchange could not be judged", "SRV009")

    def _refusal(self, asked: web.BaseRequest) -> Response | None:
        if not asked.raw_path.startswith("/"):
            hint = "This is no forward proxy: use its address as the API's base URL."
            return problem(400, "SRV006", "the target of the request is no path", hint)
        host = _bare(asked.headers.get("Host", ""))
        if not self._open_to_all and host and host != self.upstream.host and not _is_here(host):
            hint = f"Only {self.upstream.origin} is passed on to; a proxy started with another --host has any name."
            return problem(421, "SRV006", f"nobody here is called {host[:200]!r}", hint)
        return None

    async def _pass(self, asked: web.BaseRequest, passage: _Passage, outlet: Outlet) -> None:
        try:
            await self._ask(asked, passage, outlet)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            passage.answer = (None, passage.answer[1])
            if outlet.begun:
                outlet.cut()
            elif passage.body.torn:
                await outlet.whole(unreadable(400, "the body is not the HTTP it says it is"))
            else:
                await outlet.whole(_ours(self._unreached(error), asked))

    def _unreached(self, error: Exception) -> Response:
        """The answer where the upstream has none; the log has each reason once."""
        told = _unreached(self.upstream, error)
        if told.detail not in self._said and len(self._said) < REASONS:
            self._said.add(told.detail)
            LOG.warning("SRV007 %s", " ".join(filter(None, (told.detail, told.hint))))
        return problem(told.status, "SRV007", told.detail, told.hint)

    async def _ask(self, asked: web.BaseRequest, passage: _Passage, outlet: Outlet) -> None:
        async with await self._asking(asked, passage) as answer:
            copy = Copy()
            await outlet.head(answer)
            async for part in answer.content.iter_any():
                copy.add(part)
                await outlet.body(part)
                if outlet.gone and copy.over:
                    return
            await outlet.end()
            passage.answer = seen(answer, copy)

    async def _asking(self, asked: web.BaseRequest, passage: _Passage) -> aiohttp.ClientResponse:
        """The upstream's answer, as far as its head."""
        body = _teed(asked, passage.body) if asked.can_read_body else None
        reads = asked.method in ("GET", "HEAD") and body is None
        session, url = self._sessions[reads], self.upstream.url(passage.target)
        options: Any = {"headers": passage.headers, "data": body, "allow_redirects": False}
        try:
            return await session.request(asked.method, url, **options)
        except aiohttp.ServerDisconnectedError:
            if not reads:
                raise
        return await session.request(asked.method, url, **options)


def _session(resolver: Guard, trusted: ssl.SSLContext, *, keeps: bool) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0, resolver=resolver, ssl=trusted, force_close=not keeps)
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=_AUTOMATIC,
        timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_WITHIN, sock_read=SILENT_AT_MOST),
        max_line_size=LINE,
        max_field_size=LINE,
    )
    session._retry_connection = False  # aiohttp sends a DELETE twice
    return session


async def _teed(asked: web.BaseRequest, copy: Copy) -> AsyncIterator[bytes]:
    """A request's body, as it comes."""
    if asked.headers.get("Expect", "").lower() == "100-continue" and asked.version >= HttpVersion11:
        transport = asked.transport
        if transport is not None:
            transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        async for part in asked.content.iter_any():
            copy.add(part)
            yield part
    except Exception:
        copy.torn = True
        raise


def _bare(host: str) -> str:
    """A Host header without its port, lower case."""
    name = host if host.endswith("]") else host.rpartition(":")[0] if ":" in host else host
    return name.strip("[]").lower()


def _is_here(host: str) -> bool:
    """Whether a host is an address, or a name without a dot: no page of the web can be of such an origin by a trick."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host
    return True


def _ours(response: Response, asked: web.BaseRequest) -> bytes:
    return encode(response, machine_time(), head_only=asked.method == "HEAD", connection="close")


class _Told(NamedTuple):
    """What is said of an upstream that has no answer."""

    status: int
    detail: str
    hint: str = ""


def _unreached(up: Upstream, error: Exception) -> _Told:
    if isinstance(error, TimeoutError):
        return _Told(504, f"{up.origin} did not answer in time")
    why, hint = distrust(error)
    if why:
        return _Told(502, f"{up.origin} cannot be reached: {why}", hint)
    reason = str(error) or type(error).__name__
    return _Told(502, f"{up.origin} cannot be reached, or broke off: {reason[:300]}")


class Listening(NamedTuple):
    """A proxy that answers."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """`http://127.0.0.1:4811`."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


@asynccontextmanager
async def proxying(proxy: Proxy, host: str, port: int, guard: Guard | None = None) -> AsyncIterator[Listening]:
    """Answer within the block; port 0 takes a free one. A port in use is a `MockError`."""
    server = _Server(
        proxy.answer, request_factory=_asked, access_log=None, auto_decompress=False, max_line_size=LINE,
        max_field_size=LINE,
    )  # fmt: skip
    try:
        listener = await asyncio.get_running_loop().create_server(server, host, port)
    except OSError as error:
        raise unusable(error, host, port) from None
    try:
        bound = listener.sockets[0].getsockname()
        listening = Listening(str(bound[0]), int(bound[1]))
        _other(proxy.upstream, listening)
        await proxy.open(guard)
        yield listening
    finally:
        listener.close()
        await close(server)
        await proxy.close()


def _other(up: Upstream, listening: Listening) -> None:
    """Refuse to pass on to oneself."""
    if up.port == listening.port and up.host in (listening.host, "localhost", "127.0.0.1", "::1"):
        raise refuse("SRV008", f"{up.origin} is the proxy itself", "--port 0 takes a free one and prints it")


class _Handler(web_protocol.RequestHandler):
    """A client's connection: what aiohttp cannot read on it is answered in our own form."""

    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        """Where a body goes on as no HTTP, nobody waits for its end."""
        super().data_received(data)
        asked = self._current_request
        broken = bool(self._messages) and isinstance(self._messages[-1][0], web_protocol._ErrInfo)
        if broken and asked is not None and asked.can_read_body and not asked.content.is_eof():
            asked.content.set_exception(web.RequestPayloadError("no HTTP"))

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """HTTP that cannot be read, or a bug of ours, as problem+json; the connection is closed."""
        self.keep_alive(False)
        if status < 500:
            return Parting(request, unreadable(status, message or ""))
        LOG.error("%s: a request could not be passed on", "SRV009", exc_info=exc)
        broken = problem(status, "SRV009", "the proxy has a bug; its log has the traceback", "please report it")
        return Parting(request, _ours(broken, request))


class _Server(web.Server):
    """Makes such connections."""

    def __call__(self) -> web_protocol.RequestHandler:
        """A new connection's protocol."""
        return _Handler(self, loop=self._loop, **self._kwargs)


def _asked(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    return web.BaseRequest(message, payload, protocol, writer, task, asyncio.get_running_loop())


def proxy_forever(proxy: Proxy, host: str, port: int, ready: Callable[[Listening], None]) -> None:
    """Pass on until SIGINT or SIGTERM; `ready` is called once the port answers."""
    asyncio.run(_proxy_forever(proxy, host, port, ready))


async def _proxy_forever(proxy: Proxy, host: str, port: int, ready: Callable[[Listening], None]) -> None:
    stopped = asyncio.Event()
    async with proxying(proxy, host, port) as listening:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        ready(listening)
        await stopped.wait()
