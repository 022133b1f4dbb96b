"""A server on an event loop that lacks what the loop of Windows lacks: watching sockets, handling signals."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from mockserver.server.run import serve
from mockserver.server.signals import stop_signal
from mockserver.server.system import STOP_SIGNALS
from tests.support.hostile_clients import make_app


class WindowsLikeLoop(asyncio.SelectorEventLoop):
    """Refuses what `asyncio.ProactorEventLoop` does not implement."""

    def add_reader(self, fd, callback, *args):
        raise NotImplementedError

    def remove_reader(self, fd):
        raise NotImplementedError

    def add_signal_handler(self, sig, callback, *args):
        raise NotImplementedError


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=WindowsLikeLoop) as runner:
        yield runner


@pytest.fixture
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def poll(host: str, port: int) -> int:
    connection = HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", "/v1/videos", headers={"Authorization": "Bearer any"})
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_loop_that_cannot_watch_sockets_serves(runner):
    async def answers() -> list[int]:
        async with serve(make_app(), "127.0.0.1", 0) as running:
            return [await asyncio.to_thread(poll, running.host, running.port) for _ in range(3)]

    assert runner.run(answers()) == [200, 200, 200]


def test_its_port_is_free_afterwards(runner):
    async def bind_again() -> int:
        async with serve(make_app(), "127.0.0.1", 0) as first:
            port = first.port
        async with serve(make_app(), "127.0.0.1", port) as second:
            return await asyncio.to_thread(poll, second.host, second.port)

    assert runner.run(bind_again()) == 200


@pytest.mark.parametrize("number", STOP_SIGNALS)
@pytest.mark.usefixtures("handlers")
def test_a_loop_without_signal_handlers_stops_at_a_signal(runner, number):
    async def receive() -> signal.Signals:
        stopped = stop_signal()
        # From another thread, as a terminal does it: nothing but the signal wakes the loop.
        threading.Timer(0.01, os.kill, (os.getpid(), number)).start()
        return await asyncio.wait_for(stopped, 10)

    assert runner.run(receive()) is number
