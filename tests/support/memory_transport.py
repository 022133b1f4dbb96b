"""A connection without a socket: the test sends chunks, and each write of the server is recorded."""

import asyncio
import os
from collections.abc import Container, Iterable
from typing import Any

from mockserver.core.clock import Clock
from mockserver.installed import installed_vendors
from mockserver.server.app import App
from mockserver.server.frontend import FastProtocol, HttpFrontend
from mockserver.server.sessions import SessionRegistry
from mockserver.server.settings import ServerSettings
from mockserver.stores import memory_store
from tests.support.eras import newest_without_quota
from tests.support.fake_world import START

EXAMPLES_FACTOR = int(os.environ.get("MOCKSERVER_FUZZ", "1"))
"""A factor for the number of generated examples."""
LOOP_TURNS = 40
"""Turns of the event loop after which a chunk has been handled."""


def make_hub(**settings: Any) -> SessionRegistry:
    """Build a registry with all vendors in their newest eras and a stopped clock."""
    vendors = installed_vendors().served()
    defaults = {
        "vendors": vendors,
        "eras": {name: newest_without_quota(vendor) for name, vendor in vendors.items()},
        "make_store": memory_store,
        "find_scenario": lambda name: None,
        "scenario_names": list,
        "clock": lambda real: Clock(real, START, 0.0),
    }
    return SessionRegistry(ServerSettings(**{**defaults, **settings}))


class MemoryTransport(asyncio.Transport):
    """A transport that records what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False
        self.protocol: Any = None
        self.unread = 0
        """Bytes that the client has not read."""

    def get_write_buffer_size(self) -> int:
        return self.unread

    def abort(self) -> None:
        self.close()

    def write(self, data: Any) -> None:
        if not self.closed:
            self.writes.append(bytes(data))

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def is_closing(self) -> bool:
        return self.closed

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self.protocol

    def pause_reading(self) -> None:
        """Do nothing: chunks come when the test sends them."""

    def resume_reading(self) -> None:
        """Do nothing, as in `pause_reading`."""


class MemoryConnection:
    """One connection to an app, in a running event loop."""

    def __init__(self, server: App | HttpFrontend) -> None:
        self.tape = MemoryTransport()
        frontend = server if isinstance(server, HttpFrontend) else HttpFrontend(server)
        protocol = frontend()
        self.tape.set_protocol(protocol)
        protocol.connection_made(self.tape)

    @property
    def handed_over(self) -> bool:
        """Return True if aiohttp has the connection."""
        return not isinstance(self.tape.protocol, FastProtocol)

    async def send(self, *chunks: bytes) -> bytes:
        """Send chunks, letting the event loop settle after each; return the bytes of the answers."""
        before = len(self.tape.writes)
        for chunk in chunks:
            if self.tape.closed:
                break
            self.tape.protocol.data_received(chunk)
            await let_loop_settle()
        return b"".join(self.tape.writes[before:])

    async def end(self) -> None:
        """Disconnect the client."""
        self.tape.close()
        await let_loop_settle()


async def let_loop_settle() -> None:
    """Let the event loop run until all chunks are handled."""
    for _ in range(LOOP_TURNS):
        await asyncio.sleep(0)


def run_connection(app: App, chunks: Iterable[bytes], hurried: Container[int] = ()) -> tuple[bytes, bool]:
    """Send chunks on one connection; return the bytes of the answers, and True if the server closed it.

    The event loop settles after each chunk, unless its place is among the `hurried`: then the next one follows at once.
    """

    async def life() -> tuple[bytes, bool]:
        connection = MemoryConnection(app)
        for place, chunk in enumerate(chunks):
            if place in hurried and not connection.tape.closed:
                connection.tape.protocol.data_received(chunk)
            else:
                await connection.send(chunk)
        await let_loop_settle()
        answered, closed = b"".join(connection.tape.writes), connection.tape.closed
        await connection.end()
        return answered, closed

    return asyncio.run(life())
