"""The server's life: bind, serve, shut down; in this thread until a signal, or in a thread of its own."""

import asyncio
import errno
import gc
import importlib
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakSet

from mockserver.errors import refuse
from mockserver.server.desk import Desk
from mockserver.server.door import Door

if TYPE_CHECKING:
    from aiohttp import web

    from mockserver.server.aio import Handler, Server

GRACE: Final = 2.0
"""Seconds that open requests have to finish at shutdown, and clients to read their answers: for both together."""
SETTLED: Final = 0.1
"""Seconds after which a server that has just begun gets ready for everything else: aiohttp, the collector."""


class Running(NamedTuple):
    """A server that answers."""

    host: str
    port: int
    desk: Desk

    @property
    def url(self) -> str:
        """`http://127.0.0.1:4810`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


class Behind:
    """aiohttp's server, made when a connection needs it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._server: Server | None = None

    def handler(self) -> "Handler":
        """A protocol for one more connection."""
        if self._server is None:
            from mockserver.server.aio import Server

            self._server = Server(self._desk)
        return self._server()

    async def shut_down(self) -> None:
        """Let open requests finish, then close."""
        if self._server is not None:
            await close(self._server)


async def close(server: "web.Server") -> None:
    """Let open requests finish, then close. aiohttp waits twice: for them to end, then for them to be told so."""
    server.pre_shutdown()
    await server.shutdown(GRACE / 2)


@asynccontextmanager
async def serving(desk: Desk, host: str, port: int) -> AsyncIterator[Running]:
    """Serve within the block; port 0 takes a free one. A port in use is a `MockError`."""
    transports: WeakSet[asyncio.Transport] = WeakSet()
    behind = Behind(desk)
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(lambda: Door(desk, behind.handler, transports), host, port)
    except OSError as error:
        raise unusable(error, host, port) from None
    try:
        bound = server.sockets[0].getsockname()
        running = Running(str(bound[0]), int(bound[1]), desk)
        desk.address = running.url
        yield running
    finally:
        server.close()
        for transport in tuple(transports):
            if isinstance(transport.get_protocol(), Door):
                transport.close()
        deadline = loop.time() + GRACE
        await desk.shut_down()
        await behind.shut_down()
        await _cut_off(tuple(transports), deadline)


async def _cut_off(transports: tuple[asyncio.Transport, ...], deadline: float) -> None:
    """Let what was answered be sent, as long as somebody reads it; then end every connection."""
    loop = asyncio.get_running_loop()
    while any(transport.get_write_buffer_size() for transport in transports) and loop.time() < deadline:
        await asyncio.sleep(0.01)
    for transport in transports:
        transport.abort()
    await asyncio.sleep(0)


def unusable(error: OSError, host: str, port: int) -> Exception:
    """Why a server cannot listen there, as a `MockError`."""
    if error.errno == errno.EADDRINUSE:
        return refuse("SRV004", f"port {port} on {host} is in use", "--port 0 takes a free one and prints it")
    reason = error.strerror or str(error)
    return refuse("SRV005", f"cannot listen on {host}:{port}: {reason}", "--host 127.0.0.1 --port 4810 is the default")


def serve_forever(desk: Desk, host: str, port: int, ready: Callable[[Running], None]) -> bool:
    """Serve until SIGINT or SIGTERM; `ready` is called once the port answers. Whether it was SIGINT."""
    return asyncio.run(_serve_forever(desk, host, port, ready))


async def _serve_forever(desk: Desk, host: str, port: int, ready: Callable[[Running], None]) -> bool:
    stopped: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    async with serving(desk, host, port) as running:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, _stop, stopped, number)
        ready(running)
        asyncio.get_running_loop().call_later(SETTLED, _settle_in)
        return await stopped


def _stop(stopped: "asyncio.Future[bool]", number: int) -> None:
    if not stopped.done():
        stopped.set_result(number == signal.SIGINT)


def _settle_in() -> None:
    """What can wait until the first polls are answered: import aiohttp, then spare the collector.

    What exists by now is kept out of every later collection: a full one over a million jobs is a pause.
    """
    threading.Thread(target=_import_the_rest, name="settle-in", daemon=True).start()


def _import_the_rest() -> None:
    for name in ("aio", "admin"):
        importlib.import_module(f"mockserver.server.{name}")
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 200)


@contextmanager
def in_thread(desk: Desk, host: str = "127.0.0.1", port: int = 0) -> Iterator[Running]:
    """Serve from a thread of its own within the block: for `mockserver test` and for tests."""
    begun: Future[tuple[Running, Callable[[], object]]] = Future()

    async def life() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        async with serving(desk, host, port) as running:
            begun.set_result((running, lambda: loop.call_soon_threadsafe(stopped.set)))
            await stopped.wait()

    def run() -> None:
        try:
            asyncio.run(life())
        except BaseException as error:
            if begun.done():
                raise
            begun.set_exception(error)

    thread = threading.Thread(target=run, name="mockserver", daemon=True)
    thread.start()
    try:
        running, stop = begun.result()
    except BaseException:
        thread.join()
        raise
    try:
        yield running
    finally:
        stop()
        thread.join()
