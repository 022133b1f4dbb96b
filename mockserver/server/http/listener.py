"""The listening socket of the server, the proxy and the webhook receiver: bind, close, wait for a signal.

Also what the three share of aiohttp: how a server is closed, how a request is made, `100 Continue`. aiohttp itself is
not imported here, because the server binds before it needs it.
"""

import asyncio
import errno
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from mockserver.errors import MockError, refuse
from mockserver.server.signals import STOP_SIGNALS

if TYPE_CHECKING:
    from aiohttp import web

SHUTDOWN_GRACE: Final = 2.0
"""Seconds that open requests have to finish at shutdown, and clients to read their answers: for both together."""


class ListeningAddress(NamedTuple):
    """The address of a bound socket."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """`http://127.0.0.1:4810`; an IPv6 address has brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


@asynccontextmanager
async def listen(
    protocol_factory: Callable[[], asyncio.BaseProtocol], host: str, port: int
) -> AsyncIterator[ListeningAddress]:
    """Accept connections within the block; port 0 takes a free one.

    Raises MockError SRV004 for a port in use, SRV005 for an address that cannot be bound.
    """
    try:
        server = await asyncio.get_running_loop().create_server(protocol_factory, host, port)
    except OSError as error:
        raise listen_error(error, host, port) from None
    try:
        bound = server.sockets[0].getsockname()
        yield ListeningAddress(str(bound[0]), int(bound[1]))
    finally:
        server.close()


def listen_error(error: OSError, host: str, port: int) -> MockError:
    """Return the reason why a socket cannot be bound: MockError SRV004 or SRV005."""
    if error.errno == errno.EADDRINUSE:
        return refuse(
            "SRV004", f"port {port} on {host} is in use", "Stop the other process, or let --port 0 choose a free one."
        )
    reason = error.strerror or str(error)
    if error.errno is not None and error.errno > 0:
        # asyncio's own text repeats the address.
        reason = os.strerror(error.errno)
    hint = "--host takes a name or an address of this machine: 127.0.0.1 for this machine only, 0.0.0.0 for all."
    return refuse("SRV005", f"cannot listen on {host}:{port}: {reason}", hint)


def stop_signal() -> "asyncio.Future[signal.Signals]":
    """Return a future of the first SIGINT or SIGTERM of this process."""
    loop = asyncio.get_running_loop()
    received: asyncio.Future[signal.Signals] = loop.create_future()

    def stop(number: signal.Signals) -> None:
        if not received.done():
            received.set_result(number)

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop, number)
    return received


async def close_server(server: "web.Server", timeout: float = SHUTDOWN_GRACE / 2) -> None:
    """Let the open requests of an aiohttp server finish, then close it.

    aiohttp waits for `timeout` seconds twice: for the requests to end, then for their handlers to be cancelled.
    """
    server.pre_shutdown()
    await server.shutdown(timeout)


def request_factory(max_body_bytes: int = 0) -> Callable[..., "web.BaseRequest"]:
    """Return a request factory for an aiohttp server in this loop; bodies have at most so many bytes (0: any)."""
    from aiohttp import web

    return partial(web.BaseRequest, loop=asyncio.get_running_loop(), client_max_size=max_body_bytes)


def expects_continue(http_request: "web.BaseRequest") -> bool:
    """Return True if a request with an `Expect` header waits for `100 Continue` before it sends its body."""
    return http_request.headers["Expect"].lower() == "100-continue" and http_request.version >= (1, 1)
