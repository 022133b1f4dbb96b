"""Phaseo's websocket on a real connection: messages, their times, and the close."""

import asyncio
import json
import logging
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import WSMsgType

from mockserver.core.clock import Clock
from mockserver.installed import installed_vendors
from mockserver.scenario.faults.delay import DelayEffect
from mockserver.scenario.faults.drop import DropEffect
from mockserver.scenario.faults.frames import FramesEffect
from mockserver.server.app import App
from mockserver.server.http.websockets import CLOSED_NORMALLY, MAX_BACKLOG, WebSocketConnection
from mockserver.server.run import serve
from mockserver.server.sessions import SessionRegistry
from mockserver.server.settings import ServerSettings
from mockserver.stores import memory_store
from mockserver.vendors.faults import Fault
from mockserver.vendors.websocket import SocketOutput
from tests.support.eras import newest_without_quota
from tests.support.fake_server import FakeServer, fake_server
from tests.support.fake_world import START
from tests.support.phaseo_requests import AUTHORIZATION, VIDEO
from tests.support.raw_client import raw_connection

HEAD = (
    "GET /s/{session}/v1/async/video/{video}/ws HTTP/1.1\r\nHost: mock\r\nAuthorization: Bearer test-key\r\n"
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
TIMEOUT = 5


@pytest.fixture(scope="module")
def gateway():
    """Start a server in whose era cancel works; each test has a session of its own."""
    with fake_server("phaseo@2026-06-11") as running:
        yield running


class Client:
    """One client in one session."""

    def __init__(self, server: FakeServer, http: aiohttp.ClientSession, session: str) -> None:
        self.server, self.http, self.session = server, http, session
        self.base = f"{server.url}/s/{session}"

    async def create(self, **fields) -> str:
        answer = await self.http.post(f"{self.base}/v1/videos", json={**VIDEO, **fields}, headers=AUTHORIZATION)
        return (await answer.json())["id"]

    @asynccontextmanager
    async def watch(self, video: str, query: str = "") -> AsyncIterator["OpenSocket"]:
        async with self.http.ws_connect(self.url(video, query), headers=AUTHORIZATION) as socket:
            yield OpenSocket(socket)

    def url(self, video: str, query: str = "") -> str:
        """Build the websocket URL of a video."""
        return f"{self.base}/v1/async/video/{video}/ws?{query}"

    def handshake(self, video: str) -> bytes:
        """Build the bytes of a handshake."""
        return HEAD.format(session=self.session, video=video).encode()

    async def admin(self, call: str, body: object, session: str = "", method: str = "POST") -> dict:
        headers = {"X-Mock-Session": session or self.session}
        answer = await self.http.request(method, f"{self.server.url}/__mock/{call}", json=body, headers=headers)
        found = await answer.json()
        assert answer.status < 300, found
        return found

    async def advance(self, by: str) -> dict:
        return await self.admin("clock", {"advance": by})

    @property
    def world(self):
        return self.server.session(self.session)


class Frame(NamedTuple):
    """A message on a websocket: its type, and the status of the video that it contains."""

    type: str
    status: str = ""


class Close(NamedTuple):
    """How the server closed a websocket."""

    code: int | None
    reason: str


class OpenSocket:
    """An open websocket; each read waits for at most `TIMEOUT` seconds."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self) -> Frame:
        """Read the next message."""
        message = await self.socket.receive(TIMEOUT)
        assert message.type is WSMsgType.TEXT, message
        content = json.loads(message.data)
        return Frame(content["type"], content.get("data", {}).get("status", ""))

    async def end(self) -> Close:
        """Wait for the close."""
        message = await self.socket.receive(TIMEOUT)
        assert message.type is WSMsgType.CLOSE, message
        return Close(message.data, message.extra)

    async def cut(self) -> bool:
        """Return True if the connection ends without a close."""
        message = await self.socket.receive(TIMEOUT)
        assert message.type in (WSMsgType.CLOSED, WSMsgType.ERROR), message
        return self.socket.close_code in (1006, None)


@pytest.fixture
async def client(gateway, request):
    async with aiohttp.ClientSession() as http:
        yield Client(gateway, http, request.node.name[:100].replace("/", "_"))


async def wait_until(holds: Callable[[], bool]) -> None:
    """Let the server's thread run until a condition holds."""
    async with asyncio.timeout(TIMEOUT):
        while not holds():
            await asyncio.sleep(0)


async def wait_for_no_sockets(world) -> None:
    """Wait until the server has released every socket of a session."""
    await wait_until(lambda: not len(world.sockets))
    assert len(world.schedule) == 0


@asynccontextmanager
async def server_in_loop() -> AsyncIterator[tuple[App, str]]:
    """Start a server with a stopped clock in the test's event loop; yield the app and the vendor's base URL."""
    vendors = installed_vendors().served()
    eras = {name: newest_without_quota(vendor) for name, vendor in vendors.items()}
    settings = ServerSettings(
        vendors=vendors,
        eras=eras,
        make_store=memory_store,
        find_scenario=lambda name: None,
        scenario_names=list,
        clock=lambda real: Clock(real, START, 0.0),
    )
    app = App(SessionRegistry(settings))
    async with serve(app, "127.0.0.1", 0) as running:
        yield app, f"{running.url}/v1"


class TestMessages:
    async def test_a_job_is_reported_from_creation_to_end(self, client):
        video = await client.create()
        async with client.watch(video) as it:
            assert await it.next() == Frame("job.snapshot", "queued")
            moved = await client.advance("2s")
            assert moved["total"] == 1
            await client.advance("500ms")
            assert await it.next() == Frame("job.updated", "processing")
            await client.advance("1h")
            assert await it.next() == Frame("job.updated", "completed")
            assert await it.end() == Close(1000, "closed")
        await wait_for_no_sockets(client.world)

    async def test_one_advance_sends_every_change(self, client):
        video = await client.create()
        async with client.watch(video, "interval_ms=1000") as it:
            await client.advance("8h")
            frames = [await it.next() for _ in range(3)]
            assert frames == [
                Frame("job.snapshot", "queued"),
                Frame("job.updated", "processing"),
                Frame("job.updated", "completed"),
            ]
            assert await it.end() == Close(1000, "closed")

    async def test_the_handshake_answer_has_the_session_headers(self, client):
        async with client.watch(await client.create()) as it:
            headers = it.socket._response.headers
            assert headers["X-Mock-Session"] == f"{client.session}@1"
            assert headers["X-Mock-Time"].startswith("2026-10-01T12:00:00")
            assert headers["Date"] == "Thu, 01 Oct 2026 12:00:00 GMT"
            assert "Server" not in headers
            assert "Content-Length" not in headers

    async def test_the_websocket_url_of_a_video_works(self, client):
        video = await client.create()
        answer = await client.http.get(f"{client.base}/v1/videos/{video}", headers=AUTHORIZATION)
        url = (await answer.json())["websocket_url"]
        assert url.startswith(f"ws://{urlsplit(client.server.url).netloc}/s/")
        async with client.http.ws_connect(url, headers=AUTHORIZATION) as socket:
            data = json.loads((await socket.receive(TIMEOUT)).data)["data"]
            assert data["id"] == video
            assert data["websocket_url"] == url
            assert data["polling_url"] == f"{client.base}/v1/videos/{video}"

    async def test_a_cancel_is_reported_at_the_next_tick(self, client):
        video = await client.create()
        async with client.watch(video) as it:
            await it.next()
            answer = await client.http.post(f"{client.base}/v1/videos/{video}/cancel", headers=AUTHORIZATION)
            assert answer.status == 200
            await client.advance("2499ms")
            assert len(client.world.sockets) == 1
            await client.advance("1ms")
            assert await it.next() == Frame("job.updated", "cancelled")
            assert await it.end() == Close(1000, "closed")

    async def test_a_move_and_a_deletion_are_reported(self, client):
        video = await client.create()
        async with client.watch(video, "close_on_terminal=false") as it:
            await it.next()
            await client.admin(f"jobs/{video}/move", {"to": "failed"})
            await client.advance("3s")
            assert await it.next() == Frame("job.updated", "failed")
            await client.http.delete(f"{client.base}/v1/videos/{video}", headers=AUTHORIZATION)
            await client.advance("3s")
            assert await it.next() == Frame("job.deleted")
            assert await it.end() == Close(1000, "closed")

    async def test_ping_and_refresh_are_answered(self, client):
        async with client.watch(await client.create()) as it:
            await it.next()
            for text in ('{"type": "ping"}', "nonsense", "refresh", "ping"):
                await it.socket.send_str(text)
            await it.socket.send_bytes(b"ping")
            assert await it.next() == Frame("pong"), "the others are not answered"
            await client.advance("2s")
            await it.socket.send_str("refresh")
            assert await it.next() == Frame("job.updated", "processing")

    async def test_protocol_pings_are_answered(self, client):
        video = await client.create()
        url = f"{client.base}/v1/async/video/{video}/ws"
        async with client.http.ws_connect(url, headers=AUTHORIZATION, autoping=False) as socket:
            await socket.receive(TIMEOUT)
            await socket.ping(b"are you there")
            message = await socket.receive(TIMEOUT)
            assert message.type == WSMsgType.PONG
            assert message.data == b"are you there"

    async def test_a_socket_does_not_count_as_a_poll(self, client):
        video = await client.create()
        async with client.watch(video) as it:
            await it.next()
        assert client.world.find_job(video)[1].inputs == ()

    async def test_on_a_running_clock_ticks_come_by_themselves(self, client):
        video = await client.create()
        async with client.watch(video, "interval_ms=1000") as it:
            assert await it.next() == Frame("job.snapshot", "queued")
            await client.admin("clock", {"scale": 600})
            assert await it.next() == Frame("job.updated", "processing")
            assert await it.next() == Frame("job.updated", "completed")
            assert await it.end() == Close(1000, "closed")

    async def test_a_socket_can_be_opened_on_a_running_clock(self, client):
        video = await client.create()
        await client.admin("clock", {"scale": 20})
        async with client.watch(video, "interval_ms=1000") as it:
            assert await it.next() == Frame("job.snapshot", "queued")
            assert await it.next() == Frame("job.updated", "processing")

    async def test_many_sockets_get_every_change(self, client):
        video = await client.create()
        url = f"{client.base}/v1/async/video/{video}/ws"
        sockets = [await client.http.ws_connect(url, headers=AUTHORIZATION) for _ in range(60)]
        await client.advance("8h")
        for socket in sockets:
            statuses = [json.loads((await socket.receive(TIMEOUT)).data)["data"]["status"] for _ in range(3)]
            assert statuses == ["queued", "processing", "completed"]
            assert (await socket.receive(TIMEOUT)).type is WSMsgType.CLOSE
            await socket.close()
        await wait_for_no_sockets(client.world)


class TestHandshake:
    @pytest.mark.parametrize(
        ("path", "headers", "status"),
        [
            ("video/{}", {**AUTHORIZATION, "Upgrade": "none"}, 426),
            ("video/{}", {"Authorization": "Bearer invalid"}, 401),
            ("video/nope", AUTHORIZATION, 404),
            ("song/{}", AUTHORIZATION, 400),
            ("video/{}", {**AUTHORIZATION, "Sec-WebSocket-Version": "9"}, 400),
        ],
    )
    async def test_an_invalid_handshake_is_refused(self, client, path, headers, status):
        url = f"{client.base}/v1/async/{path.format(await client.create())}/ws"
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.http.ws_connect(url, headers=headers)
        assert refused.value.status == status
        assert len(client.world.sockets) == 0

    async def test_a_request_without_an_upgrade_is_426(self, client):
        answer = await client.http.get(f"{client.base}/v1/async/video/{await client.create()}/ws")
        assert answer.status == 426
        assert answer.headers["Upgrade"] == "websocket"
        assert (await answer.json())["error"]["code"] == "websocket_upgrade_required"

    async def test_an_upgrade_with_connection_close_becomes_a_socket(self, client):
        with raw_connection(client.server.url) as connection:
            handshake = client.handshake(await client.create())
            answer = connection.request(handshake.replace(b": Upgrade", b": close, Upgrade"))
            assert answer.status == 101
            assert answer.head.count(b"\r\nConnection: ") == 1


class TestClose:
    async def test_a_close_of_the_client_is_answered_with_1000(self, client):
        close_frame = struct.pack("!BB4sH", 0x88, 0x82, b"\0\0\0\0", 4000)
        with raw_connection(client.server.url) as connection:
            assert connection.request(client.handshake(await client.create())).status == 101
            connection.send(close_frame)
            with pytest.raises(EOFError) as ended:
                connection.read_response()
        assert repr(b"\x88\x08\x03\xe8closed")[2:-1] in str(ended.value)
        await wait_for_no_sockets(client.world)

    @pytest.mark.parametrize("way", ["reset_connection", "close", "shutdown_write"])
    async def test_a_disconnect_of_the_client_releases_the_socket(self, client, way):
        video = await client.create()
        with raw_connection(client.server.url) as connection:
            assert connection.request(client.handshake(video)).status == 101
            await wait_until(lambda: len(client.world.sockets) == 1)
            getattr(connection, way)()
            await wait_for_no_sockets(client.world)
            if way == "shutdown_write":
                connection.drain()

    @pytest.mark.parametrize("call", ["reset", "delete"])
    async def test_the_end_of_the_session_closes_the_socket(self, client, call):
        async with client.watch(await client.create()) as it:
            await it.next()
            world = client.world
            if call == "reset":
                await client.admin("reset", {})
            else:
                await client.admin(f"sessions/{client.session}", None, method="DELETE")
            assert await it.end() == Close(1012, "the session was reset or deleted")
        await wait_for_no_sockets(world)
        assert world.on_close == []

    async def test_a_stopping_server_closes_the_socket(self, caplog):
        async with aiohttp.ClientSession() as http:
            async with server_in_loop() as (app, base):
                video = (await (await http.post(f"{base}/videos", json=VIDEO, headers=AUTHORIZATION)).json())["id"]
                url = f"{base}/async/video/{video}/ws"
                it = OpenSocket(await http.ws_connect(url, headers=AUTHORIZATION))
                assert await it.next() == Frame("job.snapshot", "queued")
                ended = asyncio.create_task(it.end())
            assert await ended == Close(1001, "the server stops")
            assert len(app.websockets) == 0
        assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []

    async def test_a_long_message_closes_the_socket(self, client):
        async with client.watch(await client.create()) as it:
            await it.next()
            await it.socket.send_str("x" * 5_000)
            assert (await it.end()).code == 1009
        await wait_for_no_sockets(client.world)

    async def test_a_socket_above_the_limit_is_closed(self):
        with fake_server("phaseo@2026-06-11", judged=False, most_sockets=2) as server:
            async with aiohttp.ClientSession() as http:
                client = Client(server, http, "x")
                video = await client.create()
                async with client.watch(video) as one, client.watch(video) as two:
                    assert await one.next() == await two.next() == Frame("job.snapshot", "queued")
                    async with client.watch(video) as three:
                        assert await three.end() == Close(1013, "the session has as many sockets as it may")
                    await client.advance("3s")
                    assert await one.next() == await two.next() == Frame("job.updated", "processing")

    async def test_a_client_that_does_not_read_is_dropped(self, client):
        """It sends pings and reads no pongs."""
        video = await client.create()
        ping = struct.pack("!BB4s", 0x89, 0x80 | 125, b"\0\0\0\0") + b"p" * 125
        with raw_connection(client.server.url, receive_buffer=4_096) as connection:
            assert connection.request(client.handshake(video)).status == 101
            with pytest.raises(ConnectionError):
                await asyncio.to_thread(connection.send_often, ping * 100, 10_000)
        await wait_for_no_sockets(client.world)


class TestFaults:
    def add_fault(self, client, *effects):
        client.world.add_fault("phaseo", Fault(effects, frozenset({"watch"})))

    async def test_silence_after_frames_sends_nothing_and_stays_open(self, client):
        self.add_fault(client, FramesEffect(1, "silence"))
        async with client.watch(await client.create()) as it:
            assert await it.next() == Frame("job.snapshot", "queued")
            await it.socket.send_str("ping")
            await client.advance("1h")
            with pytest.raises(TimeoutError):
                await it.socket.receive(0.05)
            assert not it.socket.closed
        await wait_for_no_sockets(client.world)

    async def test_silence_ends_with_the_session(self, client):
        self.add_fault(client, FramesEffect(0, "silence"))
        async with client.watch(await client.create()) as it:
            world = client.world
            await client.admin("reset", {})
            assert await it.cut()
        await wait_for_no_sockets(world)

    @pytest.mark.parametrize("end", ["close", "reset"])
    @pytest.mark.parametrize("after", [0, 1, 2])
    async def test_frames_can_end_without_a_close(self, client, end, after, caplog):
        self.add_fault(client, FramesEffect(after, end))
        async with client.watch(await client.create()) as it:
            await client.advance("3s")
            frames = [Frame("job.snapshot", "queued"), Frame("job.updated", "processing")]
            assert [await it.next() for _ in range(after)] == frames[:after]
            assert await it.cut()
        await wait_for_no_sockets(client.world)
        assert caplog.records == []

    async def test_frames_reset_resets_the_connection(self, client):
        self.add_fault(client, FramesEffect(0, "reset"))
        with raw_connection(client.server.url) as connection:
            assert connection.request(client.handshake(await client.create())).status == 101
            with pytest.raises(ConnectionResetError):
                connection.read_response()

    async def test_frames_close_ends_the_connection_without_a_reset(self, client):
        self.add_fault(client, FramesEffect(0, "close"))
        with raw_connection(client.server.url) as connection:
            assert connection.request(client.handshake(await client.create())).status == 101
            with pytest.raises(EOFError):
                connection.read_response()

    async def test_the_fault_is_named_in_the_handshake_answer(self, client):
        self.add_fault(client, FramesEffect(1, "silence"))
        async with client.watch(await client.create()) as it:
            assert it.socket._response.headers["X-Mock-Fault"] == "frames"

    async def test_a_delay_delays_the_upgrade(self, client):
        video = await client.create()
        self.add_fault(client, DelayEffect(5_000_000, 5_000_000))
        opening = asyncio.create_task(client.http.ws_connect(client.url(video), headers=AUTHORIZATION))
        await wait_until(lambda: len(client.world.schedule) == 1)
        await client.advance("4s")
        assert not opening.done()
        await client.advance("1s")
        it = OpenSocket(await opening)
        assert await it.next() == Frame("job.snapshot", "processing"), "as it is when the socket opens"
        await it.socket.close()

    async def test_a_drop_fault_applies_to_the_handshake(self, client):
        video = await client.create()
        self.add_fault(client, DropEffect("reset"))
        with pytest.raises(aiohttp.ClientError):
            async with client.watch(video):
                pass
        assert len(client.world.sockets) == 0


class SlowTransport:
    """A transport with a full write buffer, which is empty after a number of looks."""

    def __init__(self, buffered: int, looks: int = 1_000_000) -> None:
        self.buffered, self.looks, self.open = buffered, looks, True

    def get_write_buffer_size(self) -> int:
        self.looks -= 1
        return self.buffered if self.looks >= 0 else 0

    def is_closing(self) -> bool:
        return not self.open

    def abort(self) -> None:
        self.open = False


class RecordingResponse:
    """A websocket response that records what is sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send_str(self, text: str) -> None:
        self.sent.append(text)


class TestSlowClient:
    async def test_a_moved_clock_waits_for_a_slow_client(self):
        transport, response = SlowTransport(MAX_BACKLOG, looks=3), RecordingResponse()
        connection = WebSocketConnection(response, transport, None)
        await connection.send(SocketOutput(("a",)), 5.0)
        assert response.sent == ["a"]
        assert transport.open
        assert not connection.closing.done()
        assert transport.looks == -1

    @pytest.mark.parametrize("patience", [0.0, 0.02])
    async def test_a_client_that_stays_slow_is_disconnected(self, patience):
        transport, response = SlowTransport(MAX_BACKLOG), RecordingResponse()
        connection = WebSocketConnection(response, transport, None)
        await connection.send(SocketOutput(("a", "b")), patience)
        assert response.sent == []
        assert not transport.open
        assert connection.closing.result() is None

    async def test_nothing_is_sent_to_a_closed_connection(self):
        transport, response = SlowTransport(0), RecordingResponse()
        connection = WebSocketConnection(response, transport, None)
        transport.open = False
        await connection.send(SocketOutput(("a",), close=CLOSED_NORMALLY))
        await connection.send(SocketOutput(("a",)))
        assert response.sent == []
        assert connection.closing.result() is None


async def test_nothing_is_left_of_a_socket():
    """No task, schedule entry or callback is left, whichever side ended it."""
    async with server_in_loop() as (app, base), aiohttp.ClientSession() as http:
        video = (await (await http.post(f"{base}/videos", json=VIDEO, headers=AUTHORIZATION)).json())["id"]
        before = len(asyncio.all_tasks())
        for way in range(30):
            socket = await http.ws_connect(f"{base}/async/video/{video}/ws", headers=AUTHORIZATION)
            await socket.receive(TIMEOUT)
            if way % 2:
                socket._response.connection.transport.abort()
            await socket.close()
        await wait_until(lambda: not len(app.websockets) and len(asyncio.all_tasks()) <= before)
        session = app.registry.get("default")
        assert len(session.schedule) == 0
        assert session.on_close == []


async def test_a_client_that_sends_much_blocks_no_other() -> None:
    """Other requests are answered between the messages of one chunk."""
    async with server_in_loop() as (_, base):
        address = urlsplit(base)
        async with aiohttp.ClientSession() as http:
            video = (await (await http.post(f"{base}/videos", json=VIDEO, headers=AUTHORIZATION)).json())["id"]
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(HEAD.format(session="default", video=video).encode())
        await reader.readuntil(b"job.snapshot")
        writer.write((b"\x81\x84\0\0\0\0" + b"ping") * 1_000)
        other, writer_of_other = await asyncio.open_connection(address.hostname, address.port)
        writer_of_other.write(b"GET /v1/videos HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\n\r\n")
        await other.readuntil(b"200 OK")
        assert (await reader.read(1 << 20)).count(b"pong") < 1_000
        for client in (writer, writer_of_other):
            client.close()
            await client.wait_closed()
