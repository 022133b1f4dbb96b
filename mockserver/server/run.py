"""The life of a server: bind, serve, shut down; in this thread until a signal, or in a thread of its own."""

import asyncio
import gc
import importlib
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from typing import Final, NamedTuple

from mockserver.server.app import App
from mockserver.server.frontend import HttpFrontend
from mockserver.server.http.listener import SHUTDOWN_GRACE, Binder, ListeningAddress, bind_host, listen
from mockserver.server.signals import stop_signal

SERVER_THREAD: Final = "mockserver"
"""The name of the thread of a server that runs beside other code."""
WARM_UP_DELAY: Final = 0.1
"""Seconds after which a new server prepares for everything else: aiohttp, the garbage collector."""
SEARCH_THRESHOLDS: Final = (20_000, 20, 200)
"""Of the garbage collector, once the server is warm: new values after which it searches the youngest, and so on."""


class RunningServer(NamedTuple):
    """A server that answers."""

    host: str
    port: int
    app: App

    @property
    def url(self) -> str:
        """`http://127.0.0.1:4810`."""
        return ListeningAddress(self.host, self.port).url.replace("http", self.app.scheme, 1)


@asynccontextmanager
async def serve(
    app: App, host: str, port: int, grace: float = SHUTDOWN_GRACE, bind: Binder = bind_host
) -> AsyncIterator[RunningServer]:
    """Serve within the block; port 0 takes a free one, and `bind` listens on it. Raises MockError SRV004 or SRV005.

    `grace` is the time in seconds for open requests at the end of the block.
    """
    frontend = HttpFrontend(app)
    try:
        if app.kept is not None:
            app.kept.restore(app.wall_clock())
        async with listen(frontend, host, port, app.tls, bind) as address:
            app.base_url = address.url.replace("http", app.scheme, 1)
            frontend.sweep()
            if app.kept is not None:
                app.kept.follow()
            yield RunningServer(address.host, address.port, app)
    finally:
        # Nothing new arrives. Now in this order: idle connections, what waits on purpose, what is being answered.
        frontend.close_idle()
        deadline = asyncio.get_running_loop().time() + grace
        await app.shut_down()
        await frontend.shut_down(grace / 2, deadline)


Companion = Callable[[RunningServer, Callable[[], None]], AbstractAsyncContextManager[None]]
"""What runs beside a server while it serves; gets the server, and a function that stops it."""


def serve_forever(
    app: App,
    host: str,
    port: int,
    ready: Callable[[RunningServer], None],
    companions: Sequence[Companion] = (),
    bind: Binder = bind_host,
) -> bool:
    """Serve until SIGINT or SIGTERM; `ready` is called once the port answers. Returns True for SIGINT."""
    return asyncio.run(_serve_forever(serve(app, host, port, bind=bind), ready, companions))


async def _serve_forever(
    serving: AbstractAsyncContextManager[RunningServer],
    ready: Callable[[RunningServer], None],
    companions: Sequence[Companion],
) -> bool:
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(serving)
        stopped = stop_signal()

        def stop() -> None:
            if not stopped.done():
                stopped.set_result(signal.SIGTERM)

        ready(running)
        for companion in companions:
            await stack.enter_async_context(companion(running, stop))
        asyncio.get_running_loop().call_later(WARM_UP_DELAY, warm_up)
        return await stopped is signal.SIGINT


def warm_up() -> None:
    """Start a thread for what can wait until the first polls are answered."""
    threading.Thread(target=_import_and_freeze, name="warm-up", daemon=True).start()


def _import_and_freeze() -> None:
    for name in ("adapter.server", "admin.routes"):
        importlib.import_module(f"mockserver.server.{name}")
    # What exists by now stays out of every later collection: a full one over a million jobs is a pause.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SEARCH_THRESHOLDS)


@contextmanager
def serve_in_thread(
    app: App, host: str = "127.0.0.1", port: int = 0, grace: float = SHUTDOWN_GRACE
) -> Iterator[RunningServer]:
    """Serve from a thread of its own within the block: for `mockserver test` and for tests.

    Raises MockError SRV004 or SRV005.
    """
    # The server once it listens and what stops it, or the reason why it cannot listen.
    begun: Future[tuple[RunningServer, Callable[[], object]]] = Future()

    async def serve_until_stopped() -> None:
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        async with serve(app, host, port, grace) as running:
            begun.set_result((running, lambda: loop.call_soon_threadsafe(stopped.set)))
            await stopped.wait()

    def run() -> None:
        try:
            asyncio.run(serve_until_stopped())
        except BaseException as error:
            if begun.done():
                raise
            begun.set_exception(error)  # it has never served: the caller's thread raises it

    thread = threading.Thread(target=run, name=SERVER_THREAD, daemon=True)
    thread.start()
    try:
        running, stop = begun.result()
        try:
            yield running
        finally:
            stop()
    finally:
        thread.join()
