"""Serves a proxy on a port: the listening socket, and the connections of its clients."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web, web_protocol
from aiohttp.abc import AbstractResolver

from mockserver.errors import refuse
from mockserver.server.clock import wall_clock
from mockserver.server.http.listener import ListeningAddress, close_server, listen, request_factory
from mockserver.server.problem import bad_request_bytes, problem_response
from mockserver.server.proxy.proxy import MAX_LINE_BYTES, Proxy, encode_own
from mockserver.server.proxy.stream import ClosingResponse
from mockserver.server.signals import run_until_signal

LOG: Final = logging.getLogger("mockserver.proxy")


@asynccontextmanager
async def serve_proxy(
    proxy: Proxy, host: str, port: int, lookup: AbstractResolver | None = None
) -> AsyncIterator[ListeningAddress]:
    """Serve within the block; port 0 takes a free one; `lookup` resolves names instead of the machine's resolver.

    Raises `MockError` SRV004 or SRV005 if it cannot listen there, SRV008 if the upstream is the proxy itself.
    """
    try:
        async with serve_streams(proxy.handle_request, host, port) as address:
            upstream = proxy.upstream
            if upstream.port == address.port and upstream.host in (address.host, "localhost", "127.0.0.1", "::1"):
                message = f"{upstream.origin} is the proxy itself"
                raise refuse("SRV008", message, "--port 0 takes a free one and prints it")
            await proxy.open(lookup)
            yield address
    finally:
        await proxy.close()


@asynccontextmanager
async def serve_streams(
    handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
    host: str,
    port: int,
    max_body_bytes: int = 0,
    *,
    decompress: bool = False,
) -> AsyncIterator[ListeningAddress]:
    """Answer each request by `handler` within the block; a body has at most so many bytes (0: any).

    Raises `MockError` SRV004 or SRV005 if it cannot listen there.
    """
    server = StreamServer(
        handler,
        request_factory=request_factory(max_body_bytes),
        access_log=None,
        auto_decompress=decompress,
        max_line_size=MAX_LINE_BYTES,
        max_field_size=MAX_LINE_BYTES,
    )
    try:
        async with listen(server, host, port) as address:
            yield address
    finally:
        await close_server(server)


class StreamConnectionHandler(web_protocol.RequestHandler):
    """A client's connection; what aiohttp cannot read on it is answered in the proxy's own form."""

    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        """Parse the next bytes; if a body continues with what is not HTTP, end the wait for the rest of it."""
        super().data_received(data)
        current = self._current_request
        # aiohttp queues a parse error like a message, behind the request whose body is still being read.
        broken = bool(self._messages) and isinstance(self._messages[-1][0], web_protocol._ErrInfo)
        if broken and current is not None and current.can_read_body and not current.content.is_eof():
            current.content.set_exception(web.RequestPayloadError("no HTTP"))

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Answer invalid HTTP, or a bug of the proxy, with problem+json; the connection is closed."""
        self.keep_alive(False)
        if status < 500:
            return ClosingResponse(request, bad_request_bytes(status, message, wall_clock()))
        LOG.error("%s: a request could not be forwarded", "SRV009", exc_info=exc)
        detail = "the proxy has a bug; its log has the traceback"
        response = problem_response(status, "SRV009", detail, "please report it")
        return ClosingResponse(request, encode_own(response, request))


class StreamServer(web.Server):
    """Creates the handler of each connection."""

    def __call__(self) -> web_protocol.RequestHandler:
        """Return the protocol of a new connection."""
        return StreamConnectionHandler(self, loop=self._loop, **self._kwargs)


def proxy_forever(proxy: Proxy, host: str, port: int, ready: Callable[[ListeningAddress], None]) -> None:
    """Forward until a signal (`run_until_signal`). Raises `MockError` SRV004, SRV005 or SRV008."""
    run_until_signal(serve_proxy(proxy, host, port), ready)
