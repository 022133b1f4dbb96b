"""The listening socket of the server, the proxy and the webhook receiver: bind and close.

Also what the three share of aiohttp: how a server is closed, how a request is made, `100 Continue`. aiohttp itself is
not imported here, because the server binds before it needs it.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from mockserver.errors import MockError, refuse
from mockserver.server.http.acceptor import BACKLOG, Acceptor
from mockserver.server.system import LISTENING_OPTION

if TYPE_CHECKING:
    from aiohttp import web

SHUTDOWN_GRACE: Final = 2.0
"""Seconds that open requests have to finish at shutdown, and clients to read their answers: for both together."""
LOCALHOST: Final = "localhost"
_BIND_ATTEMPTS: Final = 10
"""Ports that are tried for a host with several addresses before it counts as not available."""


Binder = Callable[[str, int], Awaitable[list[socket.socket]]]
"""Returns listening sockets on a port of a host, as `bind_host` does."""


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
    protocol_factory: Callable[[], asyncio.BaseProtocol],
    host: str,
    port: int,
    tls: ssl.SSLContext | None = None,
    bind: "Binder | None" = None,
) -> AsyncIterator[ListeningAddress]:
    """Accept connections within the block, with TLS if there is a context for it; port 0 takes a free one.

    `bind` makes the sockets, by default `bind_host`. `localhost` stands for both loopback addresses, on the same port.
    Raises MockError SRV004 for a port in use, SRV005 for an address that cannot be bound.
    """
    sockets = await (bind or bind_host)(host, port)
    acceptor = Acceptor(sockets, protocol_factory, tls=tls)
    try:
        bound = sockets[0].getsockname()
        yield ListeningAddress(host if host == LOCALHOST else str(bound[0]), int(bound[1]))
    finally:
        acceptor.close()


async def bind_host(host: str, port: int, options: Sequence[int] = (LISTENING_OPTION,)) -> list[socket.socket]:
    """Return a listening socket for each address of a host, all on one port, with these options set.

    Raises MockError SRV004 or SRV005.
    """
    if not host:
        raise refuse("SRV005", "the host to listen on is empty", "--host 0.0.0.0 listens on all IPv4 addresses")
    loop = asyncio.get_running_loop()
    # As bytes: the codec of international names takes long to import.
    name = host.encode() if host.isascii() else host
    try:
        found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise listen_error(error, host, port) from None
    addresses: list[tuple[int, str]] = list(
        dict.fromkeys((int(family), str(address[0])) for family, _, _, _, address in found)
    )
    if host == LOCALHOST:
        # Not every machine resolves the name to both.
        addresses = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    attempts = 1 if port else _BIND_ATTEMPTS
    while True:
        attempts -= 1
        try:
            return bind_addresses(addresses, port, options)
        except OSError as error:
            # A free port of one address may be taken on the other: then another one is free on both.
            if not attempts or error.errno != errno.EADDRINUSE:
                raise listen_error(error, host, port) from None


def bind_addresses(
    addresses: Sequence[tuple[int, str]], port: int, options: Sequence[int] = (LISTENING_OPTION,)
) -> list[socket.socket]:
    """Return listening sockets on one port, which is any free one if it is 0. Raises OSError."""
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    try:
        for family, address in addresses:
            try:
                listening = bind_socket(family, address, port, options)
            except OSError as error:
                # A machine may know an address and have no such interface: IPv6 in many containers.
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise
                missing = error
                continue
            sockets.append(listening)
            port = listening.getsockname()[1]
    except OSError:
        for opened in sockets:
            opened.close()
        raise
    if missing is not None and not sockets:
        raise missing
    return sockets


def bind_socket(family: int, address: str, port: int, options: Sequence[int] = (LISTENING_OPTION,)) -> socket.socket:
    """Return a listening socket. Raises OSError."""
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        for option in options:
            listening.setsockopt(socket.SOL_SOCKET, option, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((address, port))
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


def listen_error(error: OSError, host: str, port: int) -> MockError:
    """Return the reason why a socket cannot be bound: MockError SRV004 or SRV005."""
    if error.errno == errno.EADDRINUSE:
        return refuse(
            "SRV004", f"port {port} on {host} is in use", "Stop the other process, or let --port 0 choose a free one."
        )
    reason = error.strerror or str(error)
    hint = "--host takes a name or an address of this machine: 127.0.0.1 for this machine only, 0.0.0.0 for all."
    return refuse("SRV005", f"cannot listen on {host}:{port}: {reason}", hint)


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
