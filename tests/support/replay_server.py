"""A recording served from a thread, and the recording of what a client did with a fake server."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from mockserver.core.clock import Clock
from mockserver.recordings.recording import read_recording, write_journal
from mockserver.replay.answers import AnswerStore
from mockserver.replay.http_server import RecordingServer, serve_recording
from mockserver.replay.player import DriveBy, RecordingPlayer
from mockserver.replay.traffic import read_traffic
from mockserver.server.clock import wall_clock
from tests.support.fake_server import FakeServer
from tests.support.proxy import RecordingObserver, running_proxy


class ReplayServer(NamedTuple):
    """A served recording."""

    url: str
    player: RecordingPlayer


class ProxiedServer(NamedTuple):
    """A fake server behind a proxy that records."""

    url: str
    server: FakeServer

    def advance(self, by: str) -> None:
        """Advance the fake's clock."""
        self.server.advance(by)


@contextmanager
def recorded(server: FakeServer, path: Path) -> Iterator[ProxiedServer]:
    """Record what passes a proxy within the block, and write it as `proxy --record` does."""
    observer = RecordingObserver()
    with running_proxy(server.url, observer) as url:
        yield ProxiedServer(url, server)
    write_journal(observer.exchanges, path)


@contextmanager
def replaying(path: Path, by: str = "poll") -> Iterator[ReplayServer]:
    """Serve a recording within the block."""
    begun: Future[tuple[str, Callable[[], object]]] = Future()
    with AnswerStore() as store:
        now = wall_clock()
        player = RecordingPlayer(read_traffic(read_recording(path), store), DriveBy(by), Clock(now, now))

        async def life() -> None:
            stopped, loop = asyncio.Event(), asyncio.get_running_loop()
            async with serve_recording(RecordingServer(player), "127.0.0.1", 0) as address:
                begun.set_result((address.url, lambda: loop.call_soon_threadsafe(stopped.set)))
                await stopped.wait()

        thread = Thread(target=lambda: asyncio.run(life()), daemon=True)
        thread.start()
        url, stop = begun.result(timeout=30)
        try:
            yield ReplayServer(url, player)
        finally:
            stop()
            thread.join(timeout=30)
