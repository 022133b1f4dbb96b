"""A proxy in a thread, and an observer that records its exchanges."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from aiohttp.abc import AbstractResolver

from mockserver.core.wire import Exchange, Request
from mockserver.server.http.listener import ListeningAddress
from mockserver.server.proxy.proxy import Proxy
from mockserver.server.proxy.serve import serve_proxy
from mockserver.server.proxy.upstream import parse_upstream


@dataclass
class RecordingObserver:
    """An observer that records announcements and exchanges."""

    announced: list[tuple[Request, int]] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    unusable_reasons: list[str] = field(default_factory=list)
    came: Event = field(default_factory=Event)

    def announce(self, request: Request, sent_seq: int) -> None:
        self.announced.append((request, sent_seq))

    def add(self, exchange: Exchange, unusable_reason: str = "") -> None:
        self.exchanges.append(exchange)
        self.unusable_reasons.append(unusable_reason)
        self.came.set()

    def last(self) -> Exchange:
        """Wait for the next exchange to end, and return it; the client can have its answer a moment earlier."""
        assert self.came.wait(10)
        self.came.clear()
        return self.exchanges[-1]


@contextmanager
def running_proxy(
    url: str,
    watch: RecordingObserver | None = None,
    lookup: AbstractResolver | None = None,
    *,
    port: int = 0,
    open_to_all: bool = False,
    trusted: ssl.SSLContext | None = None,
) -> Iterator[str]:
    """Run a proxy within the block; yield its URL."""
    begun: Future[tuple[ListeningAddress, Callable[[], object]]] = Future()
    proxy = Proxy(parse_upstream(url), watch or RecordingObserver(), accept_any_host=open_to_all, tls=trusted)

    async def life() -> None:
        stopped, loop = asyncio.Event(), asyncio.get_running_loop()
        async with serve_proxy(proxy, "127.0.0.1", port, lookup) as listening:
            begun.set_result((listening, lambda: loop.call_soon_threadsafe(stopped.set)))
            await stopped.wait()

    def run() -> None:
        try:
            asyncio.run(life())
        except BaseException as error:
            if begun.done():
                raise
            begun.set_exception(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        listening, stop = begun.result(timeout=30)
        yield listening.url
        stop()
    finally:
        thread.join(timeout=30)
