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
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple, Protocol

import aiohttp
from aiohttp import hdrs, web, web_protocol

from mockserver.core.wire import Exchange, Request, Response
from mockserver.errors import refuse
from mockserver.server.app import bad_request_bytes
from mockserver.server.clock import wall_clock
from mockserver.server.encode import encode_response
from mockserver.server.http.listener import (
    ListeningAddress,
    close_server,
    expects_continue,
    listen,
    request_factory,
    stop_signal,
)
from mockserver.server.problem import problem_response
from mockserver.server.proxy.stream import BodyTee, ClientStream, ClosingResponse, recorded_response
from mockserver.server.proxy.tls import explain_tls_error, tls_context
from mockserver.server.proxy.upstream import (
    PROXY_SET_HEADERS,
    HeaderList,
    Upstream,
    UpstreamResolver,
    decodable_codings,
    end_to_end_headers,
    join_headers,
)

LOG: Final = logging.getLogger("mockserver.proxy")
CONNECT_TIMEOUT: Final = 10.0
READ_TIMEOUT: Final = 300.0
"""Seconds within which an upstream must be found, take a connection and speak TLS; and say the next thing."""
MAX_LOGGED_REASONS: Final = 100
"""Why an upstream was not reached: as many different reasons are told."""
MAX_LINE_BYTES: Final = 65_536
"""Bytes of a request line or a header: signed URLs are long."""
_NO_AUTO_HEADERS: Final = (hdrs.USER_AGENT, hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE)


class ExchangeObserver(Protocol):
    """Who sees the exchanges; called in the server's thread, so it must be quick."""

    def announce(self, request: Request, sent_seq: int) -> None:
        """A request goes out; its body is not known yet."""

    def add(self, exchange: Exchange, unusable_reason: str = "") -> None:
        """An exchange has ended; `lost` says why its answer could not be kept."""


class _ForwardedRequest:
    """One request on its way."""

    def __init__(self, http_request: web.BaseRequest, upstream: Upstream, seq: int) -> None:
        self.seq = seq
        self.target = http_request.raw_path.partition("#")[0]
        self.headers: HeaderList = end_to_end_headers(http_request.raw_headers, PROXY_SET_HEADERS)
        self.headers.append(("Accept-Encoding", decodable_codings(http_request.headers.get("Accept-Encoding", ""))))
        length = http_request.headers.get("Content-Length")
        if length is not None and http_request.can_read_body:
            self.headers.append(("Content-Length", length))
        self.method = http_request.method
        self.host = upstream.authority
        self.sent_at = wall_clock()
        self.tee = BodyTee()
        self.answer: tuple[Response | None, str] = (None, "")

    def as_request(self) -> Request:
        """The request as a value, with as much of its body as has passed."""
        path, _, query = self.target.partition("?")
        headers = {**join_headers(self.headers), "host": self.host}
        body = self.tee.decode(headers.get("content-encoding", ""))
        return Request(self.method, path, query, headers, body.data)

    def as_exchange(self, seq: int) -> Exchange:
        """Everything, ended now."""
        response = self.answer[0]
        answered = None if response is None else wall_clock()
        return Exchange(self.as_request(), response, self.sent_at, answered, self.seq, 0 if response is None else seq)


class Proxy:
    """Passes requests on. `open_to_all`: it answers to any name, not only to this machine's and the upstream's."""

    def __init__(
        self,
        upstream: Upstream,
        observer: ExchangeObserver,
        *,
        accept_any_host: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.upstream = upstream
        self.tls = tls or tls_context()
        """What the upstream's certificate is checked by."""
        self.observer_failed = False
        """Whether the watch has failed: what it says is not to be believed then."""
        self._observer = observer
        self._accept_any_host = accept_any_host
        self._seq = 0
        self._logged_reasons: set[str] = set()
        """Why the upstream was not reached, as far as the log has it."""
        self._clients: dict[bool, aiohttp.ClientSession] = {}
        """By whether its connections are kept."""

    async def open(self, guard: UpstreamResolver | None = None) -> None:
        """Get ready to ask."""
        resolver = guard or UpstreamResolver()
        self._clients = {keeps: _make_client(resolver, self.tls, keep_alive=keeps) for keeps in (True, False)}

    async def close(self) -> None:
        """Close what is open to the upstream."""
        for session in self._clients.values():
            await session.close()

    async def handle_request(self, http_request: web.BaseRequest) -> web.StreamResponse:
        """Pass one request on, and its answer back."""
        outlet = ClientStream(http_request)
        refused = self._refuse_target(http_request)
        if refused is not None:
            await outlet.write_own(_encode_own(refused, http_request))
            return outlet
        passage = _ForwardedRequest(http_request, self.upstream, self._next_seq())
        self._notify_observer(lambda: self._observer.announce(passage.as_request(), passage.seq))
        try:
            await self._forward(http_request, passage, outlet)
        finally:
            exchange, lost = passage.as_exchange(self._next_seq()), passage.answer[1]
            self._notify_observer(lambda: self._observer.add(exchange, lost))
        return outlet

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def _notify_observer(self, call: Callable[[], None]) -> None:
        """Tell the watch; a mistake there is no reason to stop the traffic."""
        try:
            call()
        except Exception:
            self.observer_failed = True
            LOG.exception("%s: an exchange could not be judged", "SRV009")

    def _refuse_target(self, http_request: web.BaseRequest) -> Response | None:
        if not http_request.raw_path.startswith("/"):
            hint = "This is no forward proxy: use its address as the API's base URL."
            return problem_response(400, "SRV006", "the target of the request is no path", hint)
        host = _strip_port(http_request.headers.get("Host", ""))
        if not self._accept_any_host and host and host != self.upstream.host and not _is_address_or_dotless(host):
            hint = f"Only {self.upstream.origin} is passed on to; a proxy started with another --host has any name."
            return problem_response(421, "SRV006", f"nobody here is called {host[:200]!r}", hint)
        return None

    async def _forward(self, http_request: web.BaseRequest, forwarded: _ForwardedRequest, client: ClientStream) -> None:
        try:
            await self._relay(http_request, forwarded, client)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            forwarded.answer = (None, forwarded.answer[1])
            if client.started:
                client.abort()
            elif forwarded.tee.broken:
                await client.write_own(bad_request_bytes(400, "the body is not the HTTP it says it is"))
            else:
                await client.write_own(_encode_own(self._failure_response(error), http_request))

    def _failure_response(self, error: Exception) -> Response:
        """The answer where the upstream has none; the log has each reason once."""
        told = _describe_failure(self.upstream, error)
        if told.detail not in self._logged_reasons and len(self._logged_reasons) < MAX_LOGGED_REASONS:
            self._logged_reasons.add(told.detail)
            LOG.warning("SRV007 %s", " ".join(filter(None, (told.detail, told.hint))))
        return problem_response(told.status, "SRV007", told.detail, told.hint)

    async def _relay(self, http_request: web.BaseRequest, forwarded: _ForwardedRequest, client: ClientStream) -> None:
        async with await self._send_upstream(http_request, forwarded) as answer:
            copy = BodyTee()
            await client.write_head(answer)
            async for part in answer.content.iter_any():
                copy.add(part)
                await client.write_part(part)
                if client.disconnected and copy.too_large:
                    return
            await client.write_end()
            forwarded.answer = recorded_response(answer, copy)

    async def _send_upstream(
        self, http_request: web.BaseRequest, forwarded: _ForwardedRequest
    ) -> aiohttp.ClientResponse:
        """The upstream's answer, as far as its head."""
        body = _tee_request_body(http_request, forwarded.tee) if http_request.can_read_body else None
        reads = http_request.method in ("GET", "HEAD") and body is None
        session, url = self._clients[reads], self.upstream.url(forwarded.target)
        options: Any = {"headers": forwarded.headers, "data": body, "allow_redirects": False}
        try:
            return await session.request(http_request.method, url, **options)
        except aiohttp.ServerDisconnectedError:
            if not reads:
                raise
        return await session.request(http_request.method, url, **options)


def _make_client(resolver: UpstreamResolver, tls: ssl.SSLContext, *, keep_alive: bool) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0, resolver=resolver, ssl=tls, force_close=not keep_alive)
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=_NO_AUTO_HEADERS,
        timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT, sock_read=READ_TIMEOUT),
        max_line_size=MAX_LINE_BYTES,
        max_field_size=MAX_LINE_BYTES,
    )
    session._retry_connection = False  # aiohttp sends a DELETE twice
    return session


async def _tee_request_body(http_request: web.BaseRequest, tee: BodyTee) -> AsyncIterator[bytes]:
    """A request's body, as it comes."""
    if "Expect" in http_request.headers and expects_continue(http_request):
        transport = http_request.transport
        if transport is not None:
            transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        async for part in http_request.content.iter_any():
            tee.add(part)
            yield part
    except Exception:
        tee.broken = True
        raise


def _strip_port(host: str) -> str:
    """A Host header without its port, lower case."""
    name = host if host.endswith("]") else host.rpartition(":")[0] if ":" in host else host
    return name.strip("[]").lower()


def _is_address_or_dotless(host: str) -> bool:
    """Whether a host is an address, or a name without a dot: no page of the web can be of such an origin by a trick."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host
    return True


def _encode_own(response: Response, http_request: web.BaseRequest) -> bytes:
    return encode_response(response, wall_clock(), head_only=http_request.method == "HEAD", connection="close")


class _UpstreamFailure(NamedTuple):
    """What is said of an upstream that has no answer."""

    status: int
    detail: str
    hint: str = ""


def _describe_failure(upstream: Upstream, error: Exception) -> _UpstreamFailure:
    if isinstance(error, TimeoutError):
        return _UpstreamFailure(504, f"{upstream.origin} did not answer in time")
    why, hint = explain_tls_error(error)
    if why:
        return _UpstreamFailure(502, f"{upstream.origin} cannot be reached: {why}", hint)
    reason = str(error) or type(error).__name__
    return _UpstreamFailure(502, f"{upstream.origin} cannot be reached, or broke off: {reason[:300]}")


@asynccontextmanager
async def serve_proxy(
    proxy: Proxy, host: str, port: int, resolver: UpstreamResolver | None = None
) -> AsyncIterator[ListeningAddress]:
    """Answer within the block; port 0 takes a free one. A port in use is a `MockError`."""
    server = _ProxyServer(
        proxy.handle_request, request_factory=request_factory(), access_log=None, auto_decompress=False, max_line_size=MAX_LINE_BYTES,
        max_field_size=MAX_LINE_BYTES,
    )  # fmt: skip
    try:
        async with listen(server, host, port) as address:
            _refuse_itself(proxy.upstream, address)
            await proxy.open(resolver)
            yield address
    finally:
        await close_server(server)
        await proxy.close()


def _refuse_itself(upstream: Upstream, address: ListeningAddress) -> None:
    """Refuse to pass on to oneself."""
    if upstream.port == address.port and upstream.host in (address.host, "localhost", "127.0.0.1", "::1"):
        raise refuse("SRV008", f"{upstream.origin} is the proxy itself", "--port 0 takes a free one and prints it")


class _ProxyConnectionHandler(web_protocol.RequestHandler):
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
            return ClosingResponse(request, bad_request_bytes(status, message or ""))
        LOG.error("%s: a request could not be passed on", "SRV009", exc_info=exc)
        broken = problem_response(
            status, "SRV009", "the proxy has a bug; its log has the traceback", "please report it"
        )
        return ClosingResponse(request, _encode_own(broken, request))


class _ProxyServer(web.Server):
    """Makes such connections."""

    def __call__(self) -> web_protocol.RequestHandler:
        """A new connection's protocol."""
        return _ProxyConnectionHandler(self, loop=self._loop, **self._kwargs)


def proxy_forever(proxy: Proxy, host: str, port: int, ready: Callable[[ListeningAddress], None]) -> None:
    """Pass on until SIGINT or SIGTERM; `ready` is called once the port answers."""
    asyncio.run(_proxy_forever(proxy, host, port, ready))


async def _proxy_forever(proxy: Proxy, host: str, port: int, ready: Callable[[ListeningAddress], None]) -> None:
    async with serve_proxy(proxy, host, port) as address:
        stopped = stop_signal()
        ready(address)
        await stopped
