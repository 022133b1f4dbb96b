"""Connections: on which addresses they are accepted, how many, and how long they may be silent."""

import asyncio
import errno
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from mockserver.errors import MockError
from mockserver.server.app import App
from mockserver.server.frontend import FastProtocol, HttpFrontend
from mockserver.server.http import listener
from mockserver.server.http.acceptor import SPARE_DESCRIPTORS
from mockserver.server.http.listener import listen
from mockserver.server.http.timeouts import ConnectionTimeouts
from mockserver.server.run import serve_in_thread
from tests.support.fake_server import fake_server
from tests.support.memory_transport import MemoryConnection, let_loop_settle, make_hub

GET = b"GET /v1/videos HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\n\r\n"
POST = b"POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\nContent-Length: 9\r\n\r\n{"
TIMEOUTS = ConnectionTimeouts(idle_seconds=75, head_seconds=15, sweep_seconds=5)


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


# Addresses


def test_localhost_is_both_loopback_addresses_on_one_port():
    with serve_in_thread(App(make_hub()), host="localhost") as running:
        assert running.url == f"http://localhost:{running.port}"
        for host in ("127.0.0.1", "localhost", *(["::1"] if has_ipv6() else [])):
            with closing(HTTPConnection(host, running.port, timeout=5)) as connection:
                connection.request("GET", "/__mock/health")
                assert connection.getresponse().status == 200


async def test_without_ipv6_localhost_is_the_other_one(monkeypatch):
    bind = listener.bind_socket

    def bind_ipv4(family, address, port, options):
        if family == socket.AF_INET6:
            raise OSError(errno.EADDRNOTAVAIL, "no such address")
        return bind(family, address, port, options)

    monkeypatch.setattr(listener, "bind_socket", bind_ipv4)
    async with listen(asyncio.Protocol, "localhost", 0) as address:
        assert address.host == "localhost"
    with pytest.raises(MockError) as refused:
        async with listen(asyncio.Protocol, "::1", 0):
            pass
    assert refused.value.problems[0].code == "SRV005"


async def test_a_free_port_is_free_on_all_addresses(monkeypatch):
    bind, failures = listener.bind_socket, iter([False, True, False, False])

    def bind_sometimes(family, address, port, options):
        if next(failures):
            raise OSError(errno.EADDRINUSE, "in use")
        return bind(socket.AF_INET, "127.0.0.1" if port == 0 else "127.0.0.2", port, options)

    monkeypatch.setattr(listener, "bind_socket", bind_sometimes)
    async with listen(asyncio.Protocol, "localhost", 0) as address:
        assert address.port


@pytest.mark.parametrize(
    ("host", "code", "message"),
    [
        ("", "SRV005", "the host to listen on is empty"),
        ("no-such-host.invalid", "SRV005", "cannot listen on no-such-host.invalid:0"),
        ("192.0.2.1", "SRV005", "cannot listen on 192.0.2.1:0"),
    ],
)
async def test_addresses_that_cannot_be_bound(host, code, message):
    with pytest.raises(MockError) as refused:
        async with listen(asyncio.Protocol, host, 0):
            pass
    problem = refused.value.problems[0]
    assert problem.code == code
    assert problem.message.startswith(message)
    assert "--host" in problem.hint


# Descriptors


@pytest.fixture
def few_descriptors() -> Iterator[int]:
    """Leave room for eight connections."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + SPARE_DESCRIPTORS + 8, before[1]))
    yield 8
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_out_of_descriptors_clients_wait_and_the_log_has_one_line(caplog, few_descriptors):
    with fake_server() as server:
        # The test's own ends of the connections count too.
        address = (urlsplit(server.url).hostname, urlsplit(server.url).port)
        with ExitStack() as stack:
            clients = [stack.enter_context(socket.create_connection(address)) for _ in range(2 * few_descriptors)]
            clients[-1].sendall(GET)
            clients[-1].settimeout(0.7)
            with pytest.raises(TimeoutError):
                clients[-1].recv(1)
            for client in clients[:-1]:
                client.close()
            clients[-1].settimeout(5)
            assert clients[-1].recv(12) == b"HTTP/1.1 200"
        assert server.request("GET", "/__mock/health").status == 200
    (record,) = caplog.records
    assert record.getMessage().startswith("no more connections are accepted until some are closed")


# Silence


def sweep(connection: MemoryConnection, seconds: float) -> None:
    """Let so many seconds pass for the timeouts of a connection."""
    for _ in range(int(seconds // TIMEOUTS.sweep_seconds)):
        connection.tape.protocol.sweep(TIMEOUTS)


@pytest.mark.parametrize("fast_path", [True, False])
async def test_a_connection_without_requests_is_closed(fast_path):
    connection = MemoryConnection(App(make_hub(), fast_path=fast_path))
    for _ in range(3):
        assert (await connection.send(GET)).startswith(b"HTTP/1.1 200")
        sweep(connection, 75)
        assert not connection.tape.closed
    sweep(connection, 5)
    assert connection.tape.closed


async def test_a_connection_that_never_sends_anything_is_closed():
    connection = MemoryConnection(App(make_hub()))
    assert isinstance(connection.tape.protocol, FastProtocol)
    sweep(connection, 80)
    assert connection.tape.closed


@pytest.mark.parametrize("first", [b"", GET, b"OPTIONS" + GET[3:]])
async def test_a_head_that_does_not_end_is_answered_and_closed_however_slowly_it_comes(first):
    connection = MemoryConnection(App(make_hub()))
    if first:
        await connection.send(first)
    for byte in b"POST /v1":
        await connection.send(bytes([byte]))
        sweep(connection, 5)
    assert connection.tape.closed
    assert connection.tape.writes[-1].startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"the head of the request was not complete within 15 s" in connection.tape.writes[-1]


async def test_a_body_and_a_held_request_have_timeouts_of_their_own():
    connection = MemoryConnection(App(make_hub()))
    await connection.send(POST)
    sweep(connection, 300)
    assert not connection.tape.closed
    answer = await connection.send(b'"a": 1 }')
    assert answer.startswith(b"HTTP/1.1 400")
    sweep(connection, 70)
    assert not connection.tape.closed
    await connection.end()


async def test_a_client_that_does_not_read_is_dropped():
    connection = MemoryConnection(App(make_hub(), fast_path=False))
    await connection.send(GET)
    connection.tape.unread = 1_000
    sweep(connection, 75)
    connection.tape.unread = 999
    sweep(connection, 75)
    assert not connection.tape.closed, "it has read a byte"
    sweep(connection, 10)
    assert connection.tape.closed


async def test_the_frontend_sweeps_all_its_connections():
    frontend = HttpFrontend(App(make_hub()), timeouts=ConnectionTimeouts(idle_seconds=0, sweep_seconds=0.001))
    connection = MemoryConnection(frontend)
    frontend.sweep()
    await let_loop_settle()
    assert connection.tape.closed
    frontend.close_idle()
