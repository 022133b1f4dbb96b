"""Start and stop of a server: ports, errors, open connections, signals, and nothing left behind."""

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
from tests.support.phaseo_requests import RAW_CREATE, RAW_LIST, RAW_POST
from tests.support.raw_client import raw_connection


@pytest.fixture(autouse=True)
def _nothing_is_left(caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder) -> Iterator[None]:
    """Check that no descriptor, thread, warning or log record is left."""
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


def test_a_free_port_is_chosen_and_part_of_the_url():
    with serve_in_thread(App(make_hub())) as first, serve_in_thread(App(make_hub())) as second:
        assert first.port != second.port
        assert first.url == first.app.base_url == f"http://127.0.0.1:{first.port}"
        with raw_connection(second.url) as connection:
            assert connection.request(RAW_LIST).status == 200


def test_a_port_in_use_is_an_error_with_its_number():
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
def test_a_host_of_another_machine_is_an_error(host):
    with pytest.raises(MockError) as refused, serve_in_thread(App(make_hub()), host):
        pass
    assert refused.value.problems[0].code == "SRV005"


def test_ipv6_has_brackets_in_urls():
    assert RunningServer("::1", 4810, App(make_hub())).url == "http://[::1]:4810"


def test_a_port_can_be_used_again_at_once():
    with serve_in_thread(App(make_hub())) as running, raw_connection(running.url) as connection:
        connection.request(RAW_LIST)
    with serve_in_thread(App(make_hub()), port=running.port) as again:
        assert again.port == running.port


# Stopping


def test_open_connections_are_closed():
    with serve_in_thread(App(make_hub())) as running:
        contexts = [raw_connection(running.url) for _ in range(4)]
        unused, polling, creating, half_sent = (context.__enter__() for context in contexts)
        polling.request(RAW_LIST)
        creating.request(RAW_CREATE)
        half_sent.send(RAW_LIST[:20])
        with raw_connection(running.url) as connection:
            connection.request(RAW_LIST)
    for connected, context in zip((unused, polling, creating, half_sent), contexts, strict=True):
        assert connected.is_closed
        context.__exit__(None, None, None)


def test_an_incomplete_body_is_awaited_for_the_grace_period_only():
    with serve_in_thread(App(make_hub()), grace=0.05) as running, raw_connection(running.url) as connection:
        connection.send(RAW_POST + b"Content-Length: 100\r\n\r\n{")
        with raw_connection(running.url) as other:
            other.request(RAW_CREATE)


async def test_a_request_in_progress_is_answered():
    """The last answers are sent before the connections are closed."""

    class SlowApp(App):
        requested = asyncio.Event()

        async def handle_request(self, *arguments, **options):
            self.requested.set()
            for _ in range(100):  # other tasks run: the server gets the order to stop
                await asyncio.sleep(0)
            return await super().handle_request(*arguments, **options)

    app = SlowApp(make_hub(), fast_path=False)
    async with serve(app, "127.0.0.1", 0) as running:
        reader, writer = await asyncio.open_connection(running.host, running.port)
        writer.write(RAW_CREATE)
        await app.requested.wait()
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"}")
    writer.close()
    await writer.wait_closed()


def test_a_client_that_never_reads_is_disconnected():
    """The grace period is shared: the server does not wait first for a request and then for the client to read."""
    with ExitStack() as held:
        with serve_in_thread(App(make_hub()), grace=0.4) as running:
            half, connection = (held.enter_context(raw_connection(running.url)) for _ in range(2))
            half.send(RAW_POST + b"Content-Length: 100\r\n\r\n{")
            connection.request(RAW_CREATE)
            connection.fill_send_buffer(RAW_LIST * 500)
            began = wall_clock()
        assert wall_clock() - began < 750 * MILLISECOND
        connection.drain()


def test_a_client_that_disconnects_leaves_nothing():
    with serve_in_thread(App(make_hub())) as running:
        chunked = RAW_POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"
        for data in (RAW_LIST, RAW_LIST[:30], RAW_CREATE, RAW_CREATE[:-5], RAW_CREATE * 20, chunked):
            with raw_connection(running.url) as connection:
                connection.send(data)
                connection.reset_connection()
        with raw_connection(running.url) as connection:
            assert connection.request(RAW_LIST).status == 200


def test_an_error_within_the_block_is_raised():
    with pytest.raises(ZeroDivisionError), serve_in_thread(App(make_hub())):
        raise ZeroDivisionError


async def test_no_task_is_left_after_the_stop():
    async with serve(App(make_hub()), "127.0.0.1", 0) as running:
        for data, whole in ((RAW_LIST, True), (RAW_CREATE, True), (RAW_CREATE[:-5], False)):
            reader, writer = await asyncio.open_connection(running.host, running.port)
            writer.write(data)
            if whole:
                await reader.readuntil(b"}")
            writer.close()
            await writer.wait_closed()
    assert asyncio.all_tasks() == {asyncio.current_task()}


# The command


@contextmanager
def command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `mockserver serve` in a process of its own; yield the process and the address that it prints."""
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
        greeting = process.stdout.readline()
        found = re.search(r"http://\S+:\d+", greeting)
        assert found is not None, (greeting, process.stderr.read())
        yield process, found[0]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_the_command(number, code):
    with command("--port", "0") as (process, url):
        with raw_connection(url) as connection:
            assert connection.request(RAW_LIST).status == 200
            assert connection.request(RAW_CREATE).status == 200
            process.send_signal(number)
            printed, warned = process.communicate(timeout=10)
            assert connection.is_closed
        assert process.returncode == code
        assert warned == ""
        assert printed.rstrip().endswith("stopped")


def test_a_signal_ends_the_command_during_an_incomplete_body():
    with command("--port", "0") as (process, url), raw_connection(url) as connection:
        connection.send(RAW_POST + b"Content-Length: 100\r\n\r\n{")
        with raw_connection(url) as other:
            other.request(RAW_CREATE)
        process.terminate()
        _, warned = process.communicate(timeout=10)
        assert process.returncode == 0
        assert warned == ""


def test_heavy_modules_are_imported_after_the_first_answers():
    """Neither the first polls nor the first create wait for the import of aiohttp."""
    code = (
        "import gc, sys, threading\n"
        "from mockserver.server import run\n"
        "assert 'aiohttp' not in sys.modules\n"
        "run.warm_up()\n"
        "[thread.join() for thread in threading.enumerate() if thread.name == 'warm-up']\n"
        "assert {'mockserver.server.adapter.server', 'mockserver.server.admin.routes'} <= set(sys.modules)\n"
        "assert gc.get_threshold() == run.SEARCH_THRESHOLDS and gc.get_freeze_count()\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
