"""A recording on a port: what a client gets over HTTP."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import pytest

from mockserver.core.clock import Clock
from mockserver.core.wire import Request, Response
from mockserver.errors import MockError
from mockserver.replay import http_server
from mockserver.replay.answers import AnswerStore
from mockserver.replay.http_server import RecordingServer, replay_forever, serve_recording
from mockserver.replay.player import DriveBy, RecordingPlayer
from mockserver.replay.traffic import read_traffic
from tests.support.recorded_jobs import JOB, VIDEOS, TestRecording, video

POLL = f"GET {VIDEOS}/{JOB} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


@pytest.fixture
def player() -> Iterator[RecordingPlayer]:
    recording = TestRecording()
    recording.create(0, sent={"prompt": "x"})
    recording.add(1, f"GET {VIDEOS}/{JOB}", 200, video(JOB, "queued", prompt="x" * 5000))
    with AnswerStore() as store:
        yield RecordingPlayer(read_traffic(recording, store), DriveBy.TIME, Clock(0, 0))


class RawClient(NamedTuple):
    """A connection to a served recording."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    url: str

    async def ask(self, data: bytes) -> bytes:
        """Send bytes; return the answer, read by its length."""
        self.writer.write(data)
        head = await self.reader.readuntil(b"\r\n\r\n")
        if b"Content-Length: " not in head or data.startswith(b"HEAD"):
            return head
        length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        return head + await self.reader.readexactly(length)


@pytest.fixture
async def client(player: RecordingPlayer) -> AsyncIterator[RawClient]:
    async with serve_recording(RecordingServer(player), "127.0.0.1", 0) as address:
        reader, writer = await asyncio.open_connection(address.host, address.port)
        yield RawClient(reader, writer, address.url)
        writer.close()
        await writer.wait_closed()


async def test_a_connection_stays_open_between_polls(client: RawClient):
    for _ in range(3):
        answer = await client.ask(POLL)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"X-Mock-Recorded: line 2\r\n" in answer
        assert b'"queued"' in answer


async def test_urls_name_the_host_that_the_client_has_used(client: RawClient):
    answer = await client.ask(POLL.replace(b"127.0.0.1", b"localhost:99"))
    assert f'"polling_url": "http://localhost:99{VIDEOS}/{JOB}"'.encode() in answer


async def test_a_client_that_waits_for_permission_to_send_its_body_gets_it(client: RawClient):
    head = f"POST {VIDEOS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    assert (await client.ask(head.encode())).startswith(b"HTTP/1.1 100 Continue")
    assert (await client.ask(b"{ }")).startswith(b"HTTP/1.1 202")


async def test_the_head_alone_has_the_length_of_the_whole(client: RawClient):
    whole = await client.ask(POLL)
    head = await client.ask(POLL.replace(b"GET", b"HEAD"))
    assert head.split(b"Date:")[0] == whole.split(b"Date:")[0]


async def test_a_client_of_http_1_0_is_answered(client: RawClient):
    answer = await client.ask(POLL.replace(b"HTTP/1.1\r\n", b"HTTP/1.0\r\nConnection: keep-alive\r\n"))
    assert b"Connection: keep-alive\r\n" in answer
    answer = await client.ask(POLL.replace(b"HTTP/1.1\r\n", b"HTTP/1.0\r\n"))
    assert b"Connection: close\r\n" in answer
    assert await client.reader.read() == b""


async def test_a_client_that_takes_gzip_gets_it(client: RawClient):
    answer = await client.ask(POLL.replace(b"\r\n\r\n", b"\r\nAccept-Encoding: gzip\r\n\r\n"))
    assert b"Content-Encoding: gzip\r\n" in answer


@pytest.mark.parametrize("host", [b"evil.example", b"", b"[::1", b"192.168.0.7"])
async def test_a_web_page_under_a_name_of_its_own_gets_nothing(client: RawClient, host: bytes):
    answer = await client.ask(POLL.replace(b"127.0.0.1", host))
    assert answer.startswith(b"HTTP/1.1 421 ")
    assert b"RPL006" in answer


async def test_any_name_is_served_if_the_server_is_open_to_all(player: RecordingPlayer):
    async with serve_recording(RecordingServer(player, accept_any_host=True), "127.0.0.1", 0) as address:
        reader, writer = await asyncio.open_connection(address.host, address.port)
        answer = await RawClient(reader, writer, address.url).ask(POLL.replace(b"127.0.0.1", b"some.example"))
        assert b"http://some.example/v1/videos" in answer
        writer.close()
        await writer.wait_closed()


async def test_a_body_that_is_too_large_is_refused(client: RawClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http_server, "MAX_REQUEST_BYTES", 10)
    head = f"POST {VIDEOS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10000001\r\n\r\n".encode()
    client.writer.write(head + b"x" * 10_000_001)
    assert (await client.reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("body", [b"nonsense\r\n", b"3\r\nabcnonsense\r\n"])
async def test_a_body_that_is_no_http_is_refused(client: RawClient, body: bytes):
    head = f"POST {VIDEOS} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
    # The server asks for the body, so it is reading it when it comes.
    assert (await client.ask(head.encode())).startswith(b"HTTP/1.1 100 Continue")
    answer = await client.ask(body)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"the body is not valid HTTP" in answer


@pytest.mark.parametrize(
    "line",
    [
        b"GET /v1/videos/%FF HTTP/1.1\r\n",
        b"GET /v1/videos?x=%FF HTTP/1.1\r\nRange: \xff\r\n",
        b"POST /v1/videos/v1/cancel HTTP/1.1\r\nIdempotency-Key: \xff\r\n",
    ],
)
async def test_bytes_that_are_no_utf_8_are_only_not_recorded(client: RawClient, line: bytes):
    answer = await client.ask(line + b"Host: 127.0.0.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 501 ")
    assert b"RPL002" in answer


async def test_what_is_no_http_is_refused(client: RawClient):
    assert (await client.ask(b"nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400 ")


class BrokenPlayer(RecordingPlayer):
    """A player with a bug."""

    def __init__(self) -> None:
        """Skip everything that works."""

    def answer(self, request: Request, base_url: str, wall_now: int) -> Response:
        """Fail."""
        raise ZeroDivisionError


async def test_a_bug_is_answered_and_logged(caplog: pytest.LogCaptureFixture):
    server = RecordingServer(BrokenPlayer())
    async with serve_recording(server, "127.0.0.1", 0) as address:
        reader, writer = await asyncio.open_connection(address.host, address.port)
        answer = await RawClient(reader, writer, address.url).ask(POLL)
        writer.close()
        await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"RPL007" in answer
    assert server.failed
    assert "RPL007" in caplog.text


def test_a_signal_ends_it(player: RecordingPlayer):
    urls: list[str] = []

    def ready(address: http_server.ListeningAddress) -> None:
        urls.append(address.url)
        os.kill(os.getpid(), signal.SIGTERM)

    replay_forever(RecordingServer(player), "127.0.0.1", 0, ready)
    assert urls[0].startswith("http://127.0.0.1:")


async def test_a_port_in_use_is_refused(client: RawClient, player: RecordingPlayer):
    port = int(client.url.rpartition(":")[2])
    with pytest.raises(MockError, match="SRV004"):
        async with serve_recording(RecordingServer(player), "127.0.0.1", port):
            raise AssertionError("the port is in use")
