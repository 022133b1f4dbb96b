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
from mockserver.server.app import App
from mockserver.server.fastpath.protocol import FastProtocol

if TYPE_CHECKING:
    from aiohttp import web

    from mockserver.server.http.adapter import AiohttpServer, ConnectionHandler

SHUTDOWN_GRACE: Final = 2.0
"""Seconds that open requests have to finish at shutdown, and clients to read their answers: for both together."""
WARM_UP_DELAY: Final = 0.1
"""Seconds after which a server that has just begun gets ready for everything else: aiohttp, the collector."""


class RunningServer(NamedTuple):
    """A server that answers."""

    host: str
    port: int
    app: App

    @property
    def url(self) -> str:
        """`http://127.0.0.1:4810`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


class LazyAiohttpServer:
    """aiohttp's server, made when a connection needs it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._server: AiohttpServer | None = None

    def make_handler(self) -> "ConnectionHandler":
        """A protocol for one more connection."""
        if self._server is None:
            from mockserver.server.http.adapter import AiohttpServer

            self._server = AiohttpServer(self._app)
        return self._server()

    async def shut_down(self) -> None:
        """Let open requests finish, then close."""
        if self._server is not None:
            await close_server(self._server)


async def close_server(server: "web.Server") -> None:
    """Let open requests finish, then close. aiohttp waits twice: for them to end, then for them to be told so."""
    server.pre_shutdown()
    await server.shutdown(SHUTDOWN_GRACE / 2)


@asynccontextmanager
async def serve(app: App, host: str, port: int) -> AsyncIterator[RunningServer]:
    """Serve within the block; port 0 takes a free one. A port in use is a `MockError`."""
    transports: WeakSet[asyncio.Transport] = WeakSet()
    behind = LazyAiohttpServer(app)
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(lambda: FastProtocol(app, behind.make_handler, transports), host, port)
    except OSError as error:
        raise listen_error(error, host, port) from None
    try:
        bound = server.sockets[0].getsockname()
        running = RunningServer(str(bound[0]), int(bound[1]), app)
        app.base_url = running.url
        yield running
    finally:
        server.close()
        for transport in tuple(transports):
            if isinstance(transport.get_protocol(), FastProtocol):
                transport.close()
        deadline = loop.time() + SHUTDOWN_GRACE
        await app.shut_down()
        await behind.shut_down()
        await _abort_connections(tuple(transports), deadline)


async def _abort_connections(transports: tuple[asyncio.Transport, ...], deadline: float) -> None:
    """Let what was answered be sent, as long as somebody reads it; then end every connection."""
    loop = asyncio.get_running_loop()
    while any(transport.get_write_buffer_size() for transport in transports) and loop.time() < deadline:
        await asyncio.sleep(0.01)
    for transport in transports:
        transport.abort()
    await asyncio.sleep(0)


def listen_error(error: OSError, host: str, port: int) -> Exception:
    """Why a server cannot listen there, as a `MockError`."""
    if error.errno == errno.EADDRINUSE:
        return refuse("SRV004", f"port {port} on {host} is in use", "--port 0 takes a free one and prints it")
    reason = error.strerror or str(error)
    return refuse("SRV005", f"cannot listen on {host}:{port}: {reason}", "--host 127.0.0.1 --port 4810 is the default")


def serve_forever(app: App, host: str, port: int, ready: Callable[[RunningServer], None]) -> bool:
    """Serve until SIGINT or SIGTERM; `ready` is called once the port answers. Whether it was SIGINT."""
    return asyncio.run(_serve_forever(app, host, port, ready))


async def _serve_forever(app: App, host: str, port: int, ready: Callable[[RunningServer], None]) -> bool:
    stopped: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    async with serve(app, host, port) as running:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, _stop, stopped, number)
        ready(running)
        asyncio.get_running_loop().call_later(WARM_UP_DELAY, _warm_up)
        return await stopped


def _stop(stopped: "asyncio.Future[bool]", number: int) -> None:
    if not stopped.done():
        stopped.set_result(number == signal.SIGINT)


def _warm_up() -> None:
    """What can wait until the first polls are answered: import aiohttp, then spare the collector.

    What exists by now is kept out of every later collection: a full one over a million jobs is a pause.
    """
    threading.Thread(target=_import_and_freeze, name="settle-in", daemon=True).start()


def _import_and_freeze() -> None:
    for name in ("http.adapter", "admin.routes"):
        importlib.import_module(f"mockserver.server.{name}")
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 200)


@contextmanager
def serve_in_thread(app: App, host: str = "127.0.0.1", port: int = 0) -> Iterator[RunningServer]:
    """Serve from a thread of its own within the block: for `mockserver test` and for tests."""
    begun: Future[tuple[RunningServer, Callable[[], object]]] = Future()

    async def life() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        async with serve(app, host, port) as running:
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
