"""The reader of many sockets alone, and how a server's connections come to it and leave it."""

import asyncio
import selectors
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from mockserver.server.app import App
from mockserver.server.encode import FastResponse
from mockserver.server.frontend import FastProtocol, HttpFrontend
from mockserver.server.http.listener import listen
from mockserver.server.http.socket_reader import MAX_WAITING_BYTES, READ_BYTES, SocketReader
from tests.support.certificates import make_authority, server_tls_context
from tests.support.memory_transport import make_hub

HEAD = b"GET /v1/videos HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\n"
POLL = HEAD + b"\r\n"
CHUNKED = HEAD.replace(b"GET", b"POST") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
MORE_THAN_SOCKETS_HOLD = 50_000_000
VIDEO = b'{"model":"openai/sora-2","prompt":"a cat"}'
CREATE = HEAD.replace(b"GET", b"POST") + b"Content-Length: %d\r\n\r\n" % len(VIDEO) + VIDEO
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Echo(asyncio.Protocol):
    """Sends back what comes, in upper case; is taken with its first bytes."""

    def __init__(self, reader: SocketReader) -> None:
        self.reader = reader
        self.received: list[bytes] = []
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: BaseException | None) -> None:
        self.reader.forget(self.transport)
        self.lost.set_result(None)

    def data_received(self, data: bytes) -> None:
        self.receive(data).write(self.transport)
        self.reader.take(self.transport, self.receive)

    def receive(self, data: bytes) -> FastResponse:
        self.received.append(data)
        if data == b"fail":
            raise ValueError("a mistake in a protocol")
        if data == b"give back":
            self.reader.give_back(self.transport)
        if data == b"flood":
            self.transport.write(bytes(MORE_THAN_SOCKETS_HOLD))
        return FastResponse(data.upper(), closes=False)


@asynccontextmanager
async def echoes(count: int) -> AsyncIterator[list[tuple[Client, Echo]]]:
    """Connect clients to taken connections of one reader."""
    reader, made = SocketReader(), []

    def protocol() -> Echo:
        made.append(Echo(reader))
        return made[-1]

    connected = []
    async with listen(protocol, "127.0.0.1", 0) as address:
        for _ in range(count):
            client = await asyncio.open_connection(address.host, address.port)
            assert await ask(client, b"hello") == b"HELLO"
            assert not made[-1].transport.is_reading(), "it is taken"
            connected.append((client, made[-1]))
        yield connected
    for (_, writer), echo in connected:
        writer.close()
        await asyncio.wait_for(echo.lost, 5)
    assert not reader._selector.get_map()
    reader.close()


async def ask(client: Client, data: bytes) -> bytes:
    """Send bytes and return as many of the answer."""
    client[1].write(data)
    return await asyncio.wait_for(client[0].readexactly(len(data)), 5)


async def test_it_reads_for_many_connections():
    async with echoes(20) as connected:
        for number in range(3):
            sent = [b"%d of %d" % (number, place) for place in range(len(connected))]
            answers = [ask(client, data) for data, (client, _) in zip(sent, connected, strict=True)]
            assert await asyncio.gather(*answers) == [data.upper() for data in sent]


def read_ready(connected: list[tuple[Client, Echo]]) -> None:
    """Let the reader read from all connections at once, in this order, when all of them have something to be read."""
    selector = connected[0][1].reader._selector
    sockets = [echo.transport.get_extra_info("socket") for _, echo in connected]
    for _ in range(100):
        if len(selector.select(0.05)) == len(connected):
            break
    ready = [(selector.get_key(opened), selectors.EVENT_READ) for opened in sockets]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selector, "select", lambda _: ready)
        connected[0][1].reader._read_ready()


@pytest.mark.parametrize(
    ("size", "notes"),
    [
        (1, "read read read written written written"),
        (MAX_WAITING_BYTES // 2 + 1, "read read written written read written"),
    ],
    ids=["small", "large"],
)
async def test_answers_are_written_when_all_sockets_have_been_read_or_when_there_is_much_to_write(
    size, notes, monkeypatch
):
    noted = []
    write = FastResponse.write
    monkeypatch.setattr(FastResponse, "write", lambda *given: noted.append("written") or write(*given))
    async with echoes(3) as connected:
        noted.clear()
        for (_, writer), echo in connected:
            echo.reader.give_back(echo.transport)
            echo.reader.take(
                echo.transport, lambda data: noted.append("read") or FastResponse(data * size, closes=False)
            )
            writer.write(b"x")
        read_ready(connected)
        assert " ".join(noted) == notes
        for (reader, _), _ in connected:
            assert await asyncio.wait_for(reader.readexactly(size), 5) == b"x" * size


async def test_a_mistake_takes_no_answer_from_those_that_were_read_before():
    async with echoes(3) as connected:
        for ((_, writer), _), data in zip(connected, (b"first", b"fail", b"third"), strict=True):
            writer.write(data)
        with pytest.raises(ValueError, match="a mistake"):
            read_ready(connected)
        for place, answer in ((0, b"FIRST"), (2, b"THIRD")):
            reader, _ = connected[place][0]
            assert await asyncio.wait_for(reader.readexactly(5), 5) == answer


async def test_much_is_read_in_pieces():
    async with echoes(1) as [(client, echo)]:
        data = bytes(range(97, 123)) * (2 * READ_BYTES // 26)
        assert await ask(client, data) == data.upper()
        assert max(map(len, echo.received)) <= READ_BYTES


async def test_a_connection_that_is_given_back_is_read_by_its_transport():
    async with echoes(1) as [(client, echo)]:
        assert await ask(client, b"give back") == b"GIVE BACK"
        assert echo.transport.is_reading()
        assert await ask(client, b"again") == b"AGAIN"
        assert not echo.transport.is_reading(), "it is taken again"


async def test_a_client_that_sends_no_more_gets_its_answer_and_the_end():
    async with echoes(2) as [((stream, writer), echo), (other, _)]:
        writer.write(b"bye")
        writer.write_eof()
        assert await asyncio.wait_for(stream.read(), 5) == b"BYE"
        await asyncio.wait_for(asyncio.shield(echo.lost), 5)
        assert await ask(other, b"go on") == b"GO ON"


async def test_the_end_of_what_a_client_sends_is_read_once_however_long_it_takes_to_read_its_answer():
    async with echoes(1) as [((_, writer), echo)]:
        opened = echo.transport.get_extra_info("socket")
        writer.transport.pause_reading()
        writer.write(b"flood")
        writer.write_eof()
        async with asyncio.timeout(5):
            while opened in echo.reader._selector.get_map():
                await asyncio.sleep(0)
        assert not echo.lost.done()
        assert echo.transport.is_closing()
        writer.transport.abort()


async def test_a_connection_that_is_closing_is_not_taken():
    async with echoes(1) as [(_, echo)]:
        echo.transport.close()
        echo.reader.forget(echo.transport)
        echo.reader.take(echo.transport, echo.receive)
        assert not echo.reader._selector.get_map()


async def test_a_client_that_resets_its_connection_is_lost():
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    async with echoes(2) as [((_, writer), echo), (other, _)]:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()
        await asyncio.wait_for(asyncio.shield(echo.lost), 5)
        assert await ask(other, b"go on") == b"GO ON"
    assert reported == []


async def test_a_mistake_ends_its_connection_alone_and_is_reported():
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context.get("exception")))
    async with echoes(3) as connected:
        (failing, echo), *others = connected
        failing[1].write(b"fail")
        answers = await asyncio.gather(*(ask(client, b"go on") for client, _ in others))
        assert answers == [b"GO ON", b"GO ON"]
        await asyncio.wait_for(asyncio.shield(echo.lost), 5)
        assert await failing[0].read() == b""
    assert [str(error) for error in reported] == ["a mistake in a protocol"]


async def test_what_another_reader_has_taken_meanwhile_is_no_error():
    async with echoes(1) as [(client, echo)]:
        opened = echo.transport.get_extra_info("socket")
        client[1].write(b"x")
        [(key, _)] = echo.reader._selector.select(5)
        with socket.fromfd(key.fd, socket.AF_INET, socket.SOCK_STREAM) as duplicate:
            assert duplicate.recv(1) == b"x"
        ready = [(key, 1)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(echo.reader._selector, "select", lambda _: ready)
            echo.reader._read_ready()
        assert opened in echo.reader._selector.get_map()
        assert await ask(client, b"still") == b"STILL"


async def test_a_reader_that_is_closed_takes_nothing_and_has_nothing_to_give_back():
    reader = SocketReader()
    made: list[Echo] = []

    def protocol() -> Echo:
        made.append(Echo(reader))
        return made[-1]

    async with listen(protocol, "127.0.0.1", 0) as address:
        client = await asyncio.open_connection(address.host, address.port)
        reader.close()
        for _ in range(2):
            assert await ask(client, b"hello") == b"HELLO"
            assert made[0].transport.is_reading()
        client[1].close()
        await asyncio.wait_for(made[0].lost, 5)


# Servers


@asynccontextmanager
async def server(tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[HttpFrontend, int]]:
    frontend = HttpFrontend(App(make_hub()))
    async with listen(frontend, "127.0.0.1", 0, tls) as address:
        yield frontend, address.port
        frontend.close_idle()
    await frontend.shut_down(1, 0)


def connection_of(frontend: HttpFrontend) -> FastProtocol | None:
    """Return the only connection, once it is accepted."""
    for transport in frontend.transports:
        protocol = transport.get_protocol()
        return protocol if isinstance(protocol, FastProtocol) else None
    return None


async def exchange(client: Client, request: bytes) -> bytes:
    """Send a request and return the first line of its answer, which is read to its end."""
    stream, writer = client
    writer.write(request)
    head = await asyncio.wait_for(stream.readuntil(b"\r\n\r\n"), 5)
    [length] = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    await asyncio.wait_for(stream.readexactly(length), 5)
    return head.partition(b"\r\n")[0]


async def test_a_connection_is_taken_from_its_first_answer_until_aiohttp_needs_it():
    async with server() as (frontend, port):
        client = await asyncio.open_connection("127.0.0.1", port)
        head, body = CREATE.split(b"{", 1)
        client[1].write(head)
        async with asyncio.timeout(5):
            while not (connection := connection_of(frontend)) or not connection._beginning:
                await asyncio.sleep(0)
        [transport] = frontend.transports
        assert transport.is_reading(), "its answer has to wait for the body"
        assert await exchange(client, b"{" + body) == b"HTTP/1.1 200 OK"
        assert not transport.is_reading()
        assert isinstance(transport.get_protocol(), FastProtocol)
        assert await exchange(client, POLL) == b"HTTP/1.1 200 OK"
        assert (await exchange(client, CHUNKED)).startswith(b"HTTP/1.1 4")
        assert transport.is_reading()
        assert not frontend.reader._selector.get_map()
        assert not isinstance(transport.get_protocol(), FastProtocol)
        assert await exchange(client, POLL) == b"HTTP/1.1 200 OK"
        client[1].close()


async def test_a_shutdown_ends_the_connections_that_were_taken():
    async with server() as (frontend, port):
        stream, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await exchange((stream, writer), POLL) == b"HTTP/1.1 200 OK"
    assert await asyncio.wait_for(stream.read(), 5) == b""
    assert frontend.reader._selector.get_map() is None, "it is closed too"
    writer.close()


async def test_a_connection_that_the_server_ends_is_forgotten():
    async with server() as (frontend, port):
        stream, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await exchange((stream, writer), POLL) == b"HTTP/1.1 200 OK"
        [transport] = frontend.transports
        assert frontend.reader._selector.get_map()
        transport.abort()
        with suppress(ConnectionResetError):
            await asyncio.wait_for(stream.read(), 5)
        assert not frontend.reader._selector.get_map()
        writer.close()


async def test_an_answer_that_ends_its_connection_leaves_nothing_taken():
    async with server() as (frontend, port):
        stream, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await exchange((stream, writer), HEAD + b"Connection: close\r\n\r\n") == b"HTTP/1.1 200 OK"
        assert await asyncio.wait_for(stream.read(), 5) == b""
        assert not frontend.reader._selector.get_map()
        writer.close()


async def test_with_tls_the_transport_reads(tmp_path):
    authority = make_authority(tmp_path)
    async with server(server_tls_context(authority)) as (frontend, port):
        trusted = ssl.create_default_context(cafile=authority)
        client = await asyncio.open_connection("127.0.0.1", port, ssl=trusted, server_hostname="localhost")
        for _ in range(2):
            assert await exchange(client, POLL) == b"HTTP/1.1 200 OK"
        [transport] = frontend.transports
        assert transport.is_reading()
        client[1].close()


async def test_where_no_selector_has_a_descriptor_the_transports_read(monkeypatch):
    monkeypatch.setattr(selectors, "DefaultSelector", selectors.SelectSelector)
    async with server() as (frontend, port):
        client = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            assert await exchange(client, POLL) == b"HTTP/1.1 200 OK"
        [transport] = frontend.transports
        assert transport.is_reading()
        client[1].close()
