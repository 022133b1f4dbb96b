"""The acceptor alone: whom it lets wait, when it goes on, and what it says."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mockserver.server.http import acceptor
from mockserver.server.http.acceptor import Acceptor
from mockserver.server.http.listener import bind_socket

PLENTY = 1_000_000
"""More descriptors than any process may have: the acceptor pauses."""


class Greeting(asyncio.Protocol):
    """Greets each client and ends the connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hello")
        transport.close()


@asynccontextmanager
async def accepting(spare: int = 1, count: int = 1) -> AsyncIterator[tuple[Acceptor, list[int]]]:
    """Accept on some sockets within the block; yields the acceptor and their ports."""
    sockets = [bind_socket(socket.AF_INET, "127.0.0.1", 0) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    running = Acceptor(sockets, Greeting, spare)
    try:
        yield running, ports
    finally:
        if sockets[0].fileno() >= 0:
            running.close()


async def greet(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = await reader.read()
    writer.close()
    return answer


async def test_every_socket_is_served_and_more_clients_than_at_once():
    async with accepting(count=2) as (_, ports):
        clients = [greet(port) for port in ports for _ in range(acceptor.MAX_ACCEPTED_AT_ONCE + 20)]
        assert set(await asyncio.wait_for(asyncio.gather(*clients), 10)) == {b"hello"}


async def test_paused_it_accepts_nothing_until_descriptors_are_free(caplog, monkeypatch):
    monkeypatch.setattr(acceptor, "RETRY_SECONDS", 0.01)
    with caplog.at_level(logging.WARNING):
        async with accepting(PLENTY) as (running, [port]):
            client = asyncio.ensure_future(greet(port))
            done, _ = await asyncio.wait({client}, timeout=0.1)
            assert not done
            running._spare_descriptors = 1
            assert await asyncio.wait_for(client, 5) == b"hello"
    assert [record.getMessage() for record in caplog.records if "no more connections" in record.getMessage()] == [
        caplog.records[0].getMessage()
    ]


async def test_a_client_that_takes_a_spare_descriptor_is_the_last_one(monkeypatch):
    async with accepting() as (running, [port]):
        running._spare_descriptors = PLENTY
        assert await greet(port) == b"hello"
        with socket.create_connection(("127.0.0.1", port)) as second:
            second.setblocking(False)
            answer = asyncio.ensure_future(asyncio.get_running_loop().sock_recv(second, 5))
            done, _ = await asyncio.wait({answer}, timeout=0.1)
            assert not done
            answer.cancel()
            await asyncio.wait({answer})


async def test_closed_while_paused_it_stays_closed(caplog, monkeypatch):
    monkeypatch.setattr(acceptor, "RETRY_SECONDS", 0.01)
    async with accepting(PLENTY) as (running, [port]):
        running.close()
        running._spare_descriptors = 1
        with pytest.raises(ConnectionRefusedError):
            await greet(port)
        await asyncio.wait({asyncio.ensure_future(asyncio.Event().wait())}, timeout=0.05)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_without_any_descriptor_it_pauses(monkeypatch):
    async with accepting() as (running, [port]):

        def fail(number: int) -> int:
            raise OSError(24, "Too many open files")

        monkeypatch.setattr(os, "dup", fail)
        running._resume()
        assert running._next_look is not None
        monkeypatch.undo()
        running._next_look.cancel()
        running._resume()
        assert await greet(port) == b"hello"


class Exhausted(socket.socket):
    """A listening socket whose next connection gets no descriptor."""

    def accept(self) -> tuple[socket.socket, tuple[str, int]]:
        raise OSError(24, "Too many open files")


async def test_a_connection_that_gets_no_descriptor_is_left_for_later():
    with Exhausted() as listening:
        running = Acceptor([listening], Greeting, 1)
        running._accept(listening)
        assert running._next_look is not None
        running.close()
