"""A server's life: it takes a port, answers, and goes without leaving anything behind."""

import asyncio
import gc
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from mockserver.core.instants import MILLISECOND
from mockserver.errors import MockError
from mockserver.server.app import App
from mockserver.server.clock import wall_clock
from mockserver.server.run import RunningServer, serve, serve_in_thread
from tests.support.memory_transport import make_hub
from tests.support.raw_client import raw_connection

HEAD = b"Host: x\r\nAuthorization: Bearer key\r\n"
LIST = b"GET /v1/videos HTTP/1.1\r\n" + HEAD + b"\r\n"
POST = b"POST /v1/videos HTTP/1.1\r\n" + HEAD
CREATE = POST + b'Content-Length: 47\r\n\r\n{"model": "qwen/wan2.7-t2v", "prompt": "a cat"}'


@pytest.fixture(autouse=True)
def _nothing_is_left(caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder) -> Iterator[None]:
    """No descriptor, thread, warning or word in the log."""
    before, threads = _descriptors(), threading.active_count()
    yield
    gc.collect()
    assert _descriptors() <= before
    assert threading.active_count() == threads
    assert [record.getMessage() for record in caplog.records] == []
    assert [str(warning.message) for warning in recwarn.list] == []


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


# Ports


def test_a_free_port_is_taken_and_named():
    with serve_in_thread(App(make_hub())) as first, serve_in_thread(App(make_hub())) as second:
        assert first.port != second.port
        assert first.url == first.app.base_url == f"http://127.0.0.1:{first.port}"
        with raw_connection(second.url) as connection:
            assert connection.request(LIST).status == 200


def test_a_port_in_use_is_an_error_that_says_so():
    with (
        serve_in_thread(App(make_hub())) as running,
        pytest.raises(MockError) as refused,
        serve_in_thread(App(make_hub()), port=running.port),
    ):
        pass
    (problem,) = refused.value.problems
    assert problem.code == "SRV004"
    assert problem.message == f"port {running.port} on 127.0.0.1 is in use"


@pytest.mark.parametrize("host", ["203.0.113.1", "no such host", "256.256.256.256"])
def test_a_host_that_is_not_ours(host):
    with pytest.raises(MockError) as refused, serve_in_thread(App(make_hub()), host):
        pass
    assert refused.value.problems[0].code == "SRV005"


def test_ipv6_has_brackets_in_urls():
    assert RunningServer("::1", 4810, App(make_hub())).url == "http://[::1]:4810"


def test_a_port_is_free_again_at_once():
    with serve_in_thread(App(make_hub())) as running, raw_connection(running.url) as connection:
        connection.request(LIST)
    with serve_in_thread(App(make_hub()), port=running.port) as again:
        assert again.port == running.port


# Ends


def test_open_connections_are_closed():
    with serve_in_thread(App(make_hub())) as running:
        wires = [raw_connection(running.url) for _ in range(4)]
        silent, short, long, half = (connection.__enter__() for connection in wires)
        short.request(LIST)
        long.request(CREATE)
        half.send(LIST[:20])
        with raw_connection(running.url) as connection:
            connection.request(LIST)
    for connected, connection in zip((silent, short, long, half), wires, strict=True):
        assert connected.is_closed
        connection.__exit__(None, None, None)


def test_a_body_that_is_still_coming_is_not_waited_for_long():
    with serve_in_thread(App(make_hub()), grace=0.05) as running, raw_connection(running.url) as connection:
        connection.send(POST + b"Content-Length: 100\r\n\r\n{")
        with raw_connection(running.url) as other:
            other.request(CREATE)


async def test_a_request_that_is_being_answered_is_answered():
    """The last answers go out before the connection ends."""

    class Slow(App):
        asked = asyncio.Event()

        async def handle_request(self, *asked, **more):
            self.asked.set()
            for _ in range(100):  # others have their turns: the server is told to end
                await asyncio.sleep(0)
            return await super().handle_request(*asked, **more)

    desk = Slow(make_hub())
    async with serve(desk, "127.0.0.1", 0) as running:
        reader, writer = await asyncio.open_connection(running.host, running.port)
        writer.write(CREATE)
        await desk.asked.wait()
    said = await reader.read()
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert said.endswith(b"}")
    writer.close()
    await writer.wait_closed()


def test_a_client_that_never_reads_is_cut_off():
    """Its answers fill the pipe; the end waits for its request and for its reading, but not for one after the other."""
    with ExitStack() as held:
        with serve_in_thread(App(make_hub()), grace=0.4) as running:
            half, connection = (held.enter_context(raw_connection(running.url)) for _ in range(2))
            half.send(POST + b"Content-Length: 100\r\n\r\n{")
            connection.request(CREATE)
            connection.fill_send_buffer(LIST * 500)
            began = wall_clock()
        assert wall_clock() - began < 750 * MILLISECOND
        connection.drain()


def test_a_client_that_vanishes_leaves_nothing():
    with serve_in_thread(App(make_hub())) as running:
        chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"
        for data in (LIST, LIST[:30], CREATE, CREATE[:-5], CREATE * 20, chunked):
            with raw_connection(running.url) as connection:
                connection.send(data)
                connection.reset_connection()
        with raw_connection(running.url) as connection:
            assert connection.request(LIST).status == 200


def test_an_error_of_the_blocks_own_is_not_swallowed():
    with pytest.raises(ZeroDivisionError), serve_in_thread(App(make_hub())):
        raise ZeroDivisionError


async def test_no_task_is_left():
    async with serve(App(make_hub()), "127.0.0.1", 0) as running:
        for data, whole in ((LIST, True), (CREATE, True), (CREATE[:-5], False)):
            reader, writer = await asyncio.open_connection(running.host, running.port)
            writer.write(data)
            if whole:
                await reader.readuntil(b"}")
            writer.close()
            await writer.wait_closed()
    assert asyncio.all_tasks() == {asyncio.current_task()}


# The real command


@contextmanager
def command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`mockserver serve` in a process of its own, and the address that it prints."""
    code = "import sys; from mockserver.cli import main; sys.argv[0] = 'mockserver'; main()"
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        said = process.stdout.readline()
        found = re.search(r"http://\S+:\d+", said)
        assert found is not None, (said, process.stderr.read())
        yield process, found[0]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_signals_end_the_command(number, code):
    with command("--port", "0") as (process, url):
        with raw_connection(url) as connection:
            assert connection.request(LIST).status == 200
            assert connection.request(CREATE).status == 200
            process.send_signal(number)
            said, warned = process.communicate(timeout=10)
            assert connection.is_closed
        assert process.returncode == code
        assert warned == ""
        assert said.rstrip().endswith("stopped")


def test_a_signal_ends_it_though_a_body_is_still_coming():
    with command("--port", "0") as (process, url), raw_connection(url) as connection:
        connection.send(POST + b"Content-Length: 100\r\n\r\n{")
        with raw_connection(url) as other:
            other.request(CREATE)
        process.terminate()
        _, warned = process.communicate(timeout=10)
        assert process.returncode == 0
        assert warned == ""


def test_the_rest_is_imported_behind_the_first_answers():
    """The first polls do not wait for aiohttp, and the first create need not either."""
    code = (
        "import sys, threading\n"
        "from mockserver.server import run\n"
        "assert 'aiohttp' not in sys.modules\n"
        "run.warm_up()\n"
        "[thread.join() for thread in threading.enumerate() if thread.name == 'warm-up']\n"
        "assert {'mockserver.server.adapter', 'mockserver.server.admin.routes'} <= set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
