"""Forwards requests to one upstream, unchanged, and shows each exchange to an observer.

Theory of operation.

1. A request is announced to the observer when it is sent to the upstream, and its exchange is handed over when it has
   ended, however it ended.
2. Bodies are streamed both ways, compressed as they come. The observer gets a copy of at most `MAX_BODY_BYTES`,
   decompressed.
3. Redirects are not followed, nothing is cached, and no host but the upstream is contacted.
4. A read without a body may use a kept connection; if the upstream has closed that meanwhile, the read is sent once
   more. All other requests may have an effect: each gets a new connection and is sent once.
5. An answer that broke off, on either side, counts as not seen: its exchange has no response, and the client's
   connection is cut as the upstream's was.
"""

import logging
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Protocol

import aiohttp
from aiohttp import hdrs, web
from aiohttp.abc import AbstractResolver

from mockserver.core.wire import Exchange, Request, Response
from mockserver.server.addresses import parse_address
from mockserver.server.clock import wall_clock
from mockserver.server.encode import encode_response
from mockserver.server.http.listener import expects_continue
from mockserver.server.problem import bad_request_bytes, problem_response
from mockserver.server.proxy.failures import explain_failure
from mockserver.server.proxy.stream import BodyTee, ClientStream, recorded_response
from mockserver.server.proxy.upstream import (
    PROXY_SET_HEADERS,
    HeaderList,
    Upstream,
    check_upstream_address,
    decodable_codings,
    end_to_end_headers,
    join_headers,
)
from mockserver.server.resolver import SafeResolver
from mockserver.server.tls import tls_context

LOG: Final = logging.getLogger("mockserver.proxy")
CONNECT_TIMEOUT: Final = 10.0
"""Seconds to resolve the upstream's name, connect, and agree on TLS."""
READ_TIMEOUT: Final = 300.0
"""Seconds between two pieces of an answer."""
MAX_LOGGED_REASONS: Final = 100
"""Different reasons of failed requests that the log gets."""
MAX_LINE_BYTES: Final = 65_536
"""Bytes of a request line or a header: signed URLs are long."""
_NO_AUTO_HEADERS: Final = (hdrs.USER_AGENT, hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE)
"""Headers that aiohttp would add to those of the client."""


class ExchangeObserver(Protocol):
    """Sees the exchanges of a proxy; called on its event loop, so it must be quick."""

    def announce(self, request: Request, sent_seq: int) -> None:
        """Take note of a request that is being sent; its body is not known yet."""

    def add(self, exchange: Exchange, unusable_reason: str = "") -> None:
        """Take an exchange that has ended; `unusable_reason` is why its answer could not be kept, if it could not."""


class _ForwardedRequest:
    """A request, and as much of its answer as has come."""

    def __init__(self, http_request: web.BaseRequest, upstream: Upstream, seq: int) -> None:
        self.seq = seq
        self.target = http_request.raw_path.partition("#")[0]
        self.method = http_request.method
        self.host = upstream.authority
        self.sent_at = wall_clock()
        self.headers: HeaderList = end_to_end_headers(http_request.raw_headers, PROXY_SET_HEADERS)
        accepted = http_request.headers.get("Accept-Encoding", "")
        self.headers.append(("Accept-Encoding", decodable_codings(accepted)))
        length = http_request.headers.get("Content-Length")
        if length is not None and http_request.can_read_body:
            self.headers.append(("Content-Length", length))
        self.tee = BodyTee()
        self.response: Response | None = None
        """The complete answer; None until it is complete, and if it never is."""
        self.unusable_reason = ""
        """The reason why a complete answer has no usable body."""

    def as_request(self) -> Request:
        """Return the request with as much of its body as has passed."""
        path, _, query = self.target.partition("?")
        headers = {**join_headers(self.headers), "host": self.host}
        body = self.tee.decode(headers.get("content-encoding", ""))
        return Request(self.method, path, query, headers, body.data)

    def as_exchange(self, answered_seq: int) -> Exchange:
        """Return the exchange, which ends now."""
        exchange = Exchange(self.as_request(), None, self.sent_at, None, self.seq)
        if self.response is None:
            return exchange
        return exchange._replace(response=self.response, answered_at=wall_clock(), answered_seq=answered_seq)


class Proxy:
    """Forwards requests to one upstream."""

    def __init__(
        self,
        upstream: Upstream,
        observer: ExchangeObserver,
        *,
        accept_any_host: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Take the upstream and an observer.

        `accept_any_host` also serves requests whose `Host` is neither this machine nor the upstream; `tls` verifies
        the upstream's certificate, by default against the certificates that the machine trusts.
        """
        self.upstream = upstream
        self.observer_failed = False
        """True once the observer has raised: its result is then incomplete."""
        self._tls = tls or tls_context()
        self._observer = observer
        self._accept_any_host = accept_any_host
        self._last_seq = 0
        """Requests and answers are numbered together, in the order in which they pass."""
        self._logged_reasons: set[str] = set()
        self._clients: dict[bool, aiohttp.ClientSession] = {}
        """The HTTP client that keeps its connections (True), and the one that does not."""

    async def open(self, lookup: AbstractResolver | None = None) -> None:
        """Create the HTTP clients; `lookup` resolves names instead of the machine's resolver."""
        resolver = SafeResolver(check_upstream_address, lookup)
        for keep_alive in (True, False):
            client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, resolver=resolver, ssl=self._tls, force_close=not keep_alive),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=_NO_AUTO_HEADERS,
                timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT, sock_read=READ_TIMEOUT),
                max_line_size=MAX_LINE_BYTES,
                max_field_size=MAX_LINE_BYTES,
            )
            client._retry_connection = False  # aiohttp would send a DELETE twice
            self._clients[keep_alive] = client

    async def close(self) -> None:
        """Close the connections to the upstream."""
        for client in self._clients.values():
            await client.close()

    async def handle_request(self, http_request: web.BaseRequest) -> web.StreamResponse:
        """Forward one request and its answer."""
        client = ClientStream(http_request)
        if "Host" not in http_request.headers and http_request.version >= aiohttp.HttpVersion11:
            # aiohttp 3.14 refuses it itself.
            await client.write_own(bad_request_bytes(400, "the request has no Host header", wall_clock()))
            return client
        refusal = self._refuse_target(http_request)
        if refusal is not None:
            await client.write_own(encode_own(refusal, http_request))
            return client
        forwarded = _ForwardedRequest(http_request, self.upstream, self._next_seq())
        self._notify_observer(lambda: self._observer.announce(forwarded.as_request(), forwarded.seq))
        try:
            await self._forward(http_request, forwarded, client)
        finally:
            # Also when the client has gone and this task is cancelled: the upstream may have acted on the request.
            exchange = forwarded.as_exchange(self._next_seq())
            self._notify_observer(lambda: self._observer.add(exchange, forwarded.unusable_reason))
        return client

    def _next_seq(self) -> int:
        self._last_seq += 1
        return self._last_seq

    def _notify_observer(self, notify: Callable[[], None]) -> None:
        """Call the observer; an error there must not stop the traffic."""
        try:
            notify()
        except Exception:
            self.observer_failed = True
            LOG.exception("%s: an exchange could not be judged", "SRV009")

    def _refuse_target(self, http_request: web.BaseRequest) -> Response | None:
        """Return the refusal of a request that is not meant for the upstream; None if it is to be forwarded."""
        if not http_request.raw_path.startswith("/"):
            hint = "This is not a forward proxy: use its address as the base URL of the API."
            return problem_response(400, "SRV006", "the target of the request is not a path", hint)
        host = http_request.headers.get("Host", "")
        if ":" in host and not host.endswith("]"):
            host = host.rpartition(":")[0]
        host = host.strip("[]").lower()
        # A web page cannot use an address, or a name without a dot, as the origin of a DNS rebinding.
        safe = not host or "." not in host or parse_address(host) is not None
        if self._accept_any_host or safe or host == self.upstream.host:
            return None
        hint = f"Requests are forwarded to {self.upstream.origin} only; with another --host, any name is accepted."
        return problem_response(421, "SRV006", f"this proxy does not serve the host {host[:200]!r}", hint)

    async def _forward(self, http_request: web.BaseRequest, forwarded: _ForwardedRequest, client: ClientStream) -> None:
        """Send a request, and relay its answer, or the proxy's own if the upstream gives none."""
        try:
            async with await self._send_upstream(http_request, forwarded) as answer:
                tee = BodyTee()
                await client.write_head(answer)
                async for part in answer.content.iter_any():
                    tee.add(part)
                    await client.write_part(part)
                    # Without the client, the rest is read only for the observer's copy.
                    if client.disconnected and tee.too_large:
                        return
                await client.write_end()
                forwarded.response, forwarded.unusable_reason = recorded_response(answer, tee)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            forwarded.response = None
            if client.started:
                # The status line is gone: only a cut connection shows that the answer is incomplete.
                client.abort()
            elif forwarded.tee.broken:
                await client.write_own(bad_request_bytes(400, "the body is not valid HTTP", wall_clock()))
            else:
                await client.write_own(encode_own(self._failure_response(error), http_request))

    def _failure_response(self, error: Exception) -> Response:
        """Build the answer if the upstream has given none; the log gets each reason once."""
        failure = explain_failure(error)
        detail = f"{self.upstream.origin} {failure.reason}"
        if detail not in self._logged_reasons and len(self._logged_reasons) < MAX_LOGGED_REASONS:
            self._logged_reasons.add(detail)
            LOG.warning("SRV007 %s", f"{detail}. {failure.hint}".rstrip())
        return problem_response(failure.status, "SRV007", detail, failure.hint)

    async def _send_upstream(
        self, http_request: web.BaseRequest, forwarded: _ForwardedRequest
    ) -> aiohttp.ClientResponse:
        """Send the request; returns the upstream's answer when its head has come."""
        body = _tee_request_body(http_request, forwarded.tee) if http_request.can_read_body else None
        is_read = http_request.method in ("GET", "HEAD") and body is None
        client = self._clients[is_read]
        url = self.upstream.url(forwarded.target)
        options: Any = {"headers": forwarded.headers, "data": body, "allow_redirects": False}
        try:
            return await client.request(http_request.method, url, **options)
        except aiohttp.ServerDisconnectedError:
            # The upstream closed a kept connection just when it was used again.
            if not is_read:
                raise
        return await client.request(http_request.method, url, **options)


async def _tee_request_body(http_request: web.BaseRequest, tee: BodyTee) -> AsyncIterator[bytes]:
    """Yield a request's body as it comes, and copy it into `tee`."""
    # Sent only now: the upstream has taken the connection, so the body will be read.
    transport = http_request.transport
    if transport is not None and "Expect" in http_request.headers and expects_continue(http_request):
        transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        async for part in http_request.content.iter_any():
            tee.add(part)
            yield part
    except Exception:
        tee.broken = True
        raise


def encode_own(response: Response, http_request: web.BaseRequest) -> bytes:
    """Encode an answer of the proxy itself, which closes the connection."""
    return encode_response(response, wall_clock(), head_only=http_request.method == "HEAD", connection="close")
