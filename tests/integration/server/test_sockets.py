"""Phaseo's websocket on a real connection: what is said, when, and how it ends."""

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
from mockserver.scenario.faults.delay import DelayEffect
from mockserver.scenario.faults.drop import DropEffect
from mockserver.scenario.faults.frames import FramesEffect
from mockserver.server.app import App
from mockserver.server.http.websockets import CLOSED_NORMALLY, MAX_BACKLOG, WebSocketConnection
from mockserver.server.run import serve
from mockserver.server.sessions import ServerSettings, SessionRegistry
from mockserver.stores import memory_store
from mockserver.vendors.faults import Fault
from mockserver.vendors.registry import installed_vendors
from mockserver.vendors.websocket import SocketOutput
from tests.support.fake_server import FakeServer, fake_server
from tests.support.fake_world import START
from tests.support.raw_client import raw_connection

VIDEO = {"model": "qwen/wan2.7-t2v", "prompt": "A lighthouse at dusk"}
KEY = {"Authorization": "Bearer test-key"}
HEAD = (
    "GET /s/{session}/v1/async/video/{video}/ws HTTP/1.1\r\nHost: mock\r\nAuthorization: Bearer test-key\r\n"
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
TIMEOUT = 5


@pytest.fixture(scope="module")
def gateway():
    """A server whose cancel works; each test has a session of its own."""
    with fake_server("phaseo@2026-06-11") as running:
        yield running


class Client:
    """One client in one session."""

    def __init__(self, server: FakeServer, http: aiohttp.ClientSession, session: str) -> None:
        self.server, self.http, self.session = server, http, session
        self.base = f"{server.url}/s/{session}"

    async def create(self, **fields) -> str:
        answer = await self.http.post(f"{self.base}/v1/videos", json={**VIDEO, **fields}, headers=KEY)
        return (await answer.json())["id"]

    @asynccontextmanager
    async def watch(self, video: str, query: str = "") -> AsyncIterator["OpenSocket"]:
        async with self.http.ws_connect(self.url(video, query), headers=KEY) as socket:
            yield OpenSocket(socket)

    def url(self, video: str, query: str = "") -> str:
        """Where a video is watched."""
        return f"{self.base}/v1/async/video/{video}/ws?{query}"

    def head(self, video: str) -> bytes:
        """A whole handshake, by hand."""
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


async def until(holds: Callable[[], bool]) -> None:
    """Give the server's thread its turns until something holds."""
    async with asyncio.timeout(TIMEOUT):
        while not holds():
            await asyncio.sleep(0)


async def gone(world) -> None:
    """The server lets go of every socket of a session."""
    await until(lambda: not len(world.sockets))
    assert len(world.schedule) == 0


@asynccontextmanager
async def world_of_its_own() -> AsyncIterator[tuple[App, str]]:
    """A server in the test's own loop, its clock standing; the base URL of the vendor."""
    vendors = installed_vendors()
    eras = {name: vendor.eras[-1] for name, vendor in vendors.items()}
    settings = ServerSettings(
        vendors=vendors,
        eras=eras,
        make_store=memory_store,
        find_scenario=lambda name: None,
        scenario_names=list,
        clock=lambda real: Clock(real, START, 0.0),
    )
    desk = App(SessionRegistry(settings))
    async with serve(desk, "127.0.0.1", 0) as running:
        yield desk, f"{running.url}/v1"


class TestAJobOnASocket:
    async def test_from_its_creation_to_its_end(self, client):
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
        await gone(client.world)

    async def test_one_advance_tells_everything_on_its_way(self, client):
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

    async def test_it_is_the_session_s_head(self, client):
        async with client.watch(await client.create()) as it:
            headers = it.socket._response.headers
            assert headers["X-Mock-Session"] == f"{client.session}@1"
            assert headers["X-Mock-Time"].startswith("2026-10-01T12:00:00")
            assert headers["Date"] == "Thu, 01 Oct 2026 12:00:00 GMT"
            assert "Server" not in headers
            assert "Content-Length" not in headers

    async def test_the_handed_out_url_leads_there(self, client):
        video = await client.create()
        answer = await client.http.get(f"{client.base}/v1/videos/{video}", headers=KEY)
        url = (await answer.json())["websocket_url"]
        assert url.startswith(f"ws://{urlsplit(client.server.url).netloc}/s/")
        async with client.http.ws_connect(url, headers=KEY) as socket:
            data = json.loads((await socket.receive(TIMEOUT)).data)["data"]
            assert data["id"] == video
            assert data["websocket_url"] == url
            assert data["polling_url"] == f"{client.base}/v1/videos/{video}"

    async def test_a_cancel_is_told_at_the_next_tick(self, client):
        video = await client.create()
        async with client.watch(video) as it:
            await it.next()
            answer = await client.http.post(f"{client.base}/v1/videos/{video}/cancel", headers=KEY)
            assert answer.status == 200
            await client.advance("2499ms")
            assert len(client.world.sockets) == 1
            await client.advance("1ms")
            assert await it.next() == Frame("job.updated", "cancelled")
            assert await it.end() == Close(1000, "closed")

    async def test_a_move_and_a_deletion_are_told(self, client):
        video = await client.create()
        async with client.watch(video, "close_on_terminal=false") as it:
            await it.next()
            await client.admin(f"jobs/{video}/move", {"to": "failed"})
            await client.advance("3s")
            assert await it.next() == Frame("job.updated", "failed")
            await client.http.delete(f"{client.base}/v1/videos/{video}", headers=KEY)
            await client.advance("3s")
            assert await it.next() == Frame("job.deleted")
            assert await it.end() == Close(1000, "closed")

    async def test_ping_and_refresh(self, client):
        async with client.watch(await client.create()) as it:
            await it.next()
            for text in ('{"type": "ping"}', "nonsense", "refresh", "ping"):
                await it.socket.send_str(text)
            await it.socket.send_bytes(b"ping")
            assert await it.next() == Frame("pong"), "the others are not answered"
            await client.advance("2s")
            await it.socket.send_str("refresh")
            assert await it.next() == Frame("job.updated", "processing")

    async def test_pings_of_the_protocol(self, client):
        video = await client.create()
        url = f"{client.base}/v1/async/video/{video}/ws"
        async with client.http.ws_connect(url, headers=KEY, autoping=False) as socket:
            await socket.receive(TIMEOUT)
            await socket.ping(b"are you there")
            message = await socket.receive(TIMEOUT)
            assert message.type == WSMsgType.PONG
            assert message.data == b"are you there"

    async def test_it_is_no_poll(self, client):
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

    async def test_one_that_is_opened_on_a_running_clock(self, client):
        video = await client.create()
        await client.admin("clock", {"scale": 20})
        async with client.watch(video, "interval_ms=1000") as it:
            assert await it.next() == Frame("job.snapshot", "queued")
            assert await it.next() == Frame("job.updated", "processing")

    async def test_many_of_them(self, client):
        video = await client.create()
        url = f"{client.base}/v1/async/video/{video}/ws"
        sockets = [await client.http.ws_connect(url, headers=KEY) for _ in range(60)]
        await client.advance("8h")
        for socket in sockets:
            told = [json.loads((await socket.receive(TIMEOUT)).data)["data"]["status"] for _ in range(3)]
            assert told == ["queued", "processing", "completed"]
            assert (await socket.receive(TIMEOUT)).type is WSMsgType.CLOSE
            await socket.close()
        await gone(client.world)


class TestTheDoor:
    @pytest.mark.parametrize(
        ("path", "headers", "status"),
        [
            ("video/{}", {**KEY, "Upgrade": "none"}, 426),
            ("video/{}", {"Authorization": "Bearer invalid"}, 401),
            ("video/nope", KEY, 404),
            ("song/{}", KEY, 400),
            ("video/{}", {**KEY, "Sec-WebSocket-Version": "9"}, 400),
        ],
    )
    async def test_who_is_not_let_in(self, client, path, headers, status):
        url = f"{client.base}/v1/async/{path.format(await client.create())}/ws"
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.http.ws_connect(url, headers=headers)
        assert refused.value.status == status
        assert len(client.world.sockets) == 0

    async def test_426_without_an_upgrade(self, client):
        answer = await client.http.get(f"{client.base}/v1/async/video/{await client.create()}/ws")
        assert answer.status == 426
        assert answer.headers["Upgrade"] == "websocket"
        assert (await answer.json())["error"]["code"] == "websocket_upgrade_required"

    async def test_a_connection_that_shall_be_closed_becomes_a_socket_all_the_same(self, client):
        with raw_connection(client.server.url) as connection:
            answer = connection.request(client.head(await client.create()).replace(b": Upgrade", b": close, Upgrade"))
            assert answer.status == 101
            assert answer.head.count(b"\r\nConnection: ") == 1


class TestTheEnd:
    async def test_the_client_says_goodbye(self, client):
        """The service answers any close with 1000."""
        bye = struct.pack("!BB4sH", 0x88, 0x82, b"\0\0\0\0", 4000)
        with raw_connection(client.server.url) as connection:
            assert connection.request(client.head(await client.create())).status == 101
            connection.send(bye)
            with pytest.raises(EOFError) as ended:
                connection.read_response()
        assert repr(b"\x88\x08\x03\xe8closed")[2:-1] in str(ended.value)
        await gone(client.world)

    @pytest.mark.parametrize("way", ["reset_connection", "close", "shutdown_write"])
    async def test_the_client_is_gone(self, client, way):
        video = await client.create()
        with raw_connection(client.server.url) as connection:
            assert connection.request(client.head(video)).status == 101
            await until(lambda: len(client.world.sockets) == 1)
            getattr(connection, way)()
            await gone(client.world)
            if way == "shutdown_write":
                connection.drain()

    @pytest.mark.parametrize("call", ["reset", "delete"])
    async def test_the_session_is_over(self, client, call):
        async with client.watch(await client.create()) as it:
            await it.next()
            world = client.world
            if call == "reset":
                await client.admin("reset", {})
            else:
                await client.admin(f"sessions/{client.session}", None, method="DELETE")
            assert await it.end() == Close(1012, "the session was reset or deleted")
        await gone(world)
        assert world.on_close == []

    async def test_the_server_stops(self, caplog):
        async with aiohttp.ClientSession() as http:
            async with world_of_its_own() as (desk, base):
                video = (await (await http.post(f"{base}/videos", json=VIDEO, headers=KEY)).json())["id"]
                url = f"{base}/async/video/{video}/ws"
                it = OpenSocket(await http.ws_connect(url, headers=KEY))
                assert await it.next() == Frame("job.snapshot", "queued")
                ended = asyncio.create_task(it.end())
            assert await ended == Close(1001, "the server stops")
            assert len(desk.websockets) == 0
        assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []

    async def test_a_long_message(self, client):
        async with client.watch(await client.create()) as it:
            await it.next()
            await it.socket.send_str("x" * 5_000)
            assert (await it.end())[0] == 1009
        await gone(client.world)

    async def test_one_socket_too_many(self):
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
        """It asks for pongs and reads none of them."""
        video = await client.create()
        ping = struct.pack("!BB4s", 0x89, 0x80 | 125, b"\0\0\0\0") + b"p" * 125
        with raw_connection(client.server.url) as connection:
            assert connection.request(client.head(video)).status == 101
            with pytest.raises(ConnectionError):
                await asyncio.to_thread(connection.send, ping * 1_000_000)
        await gone(client.world)


class TestFaults:
    def let(self, client, *effects):
        client.world.add_fault("phaseo", Fault(effects, frozenset({"watch"})))

    async def test_no_more_frames_and_no_end(self, client):
        self.let(client, FramesEffect(1, "silence"))
        async with client.watch(await client.create()) as it:
            assert await it.next() == Frame("job.snapshot", "queued")
            await it.socket.send_str("ping")
            await client.advance("1h")
            with pytest.raises(TimeoutError):
                await it.socket.receive(0.05)
            assert not it.socket.closed
        await gone(client.world)

    async def test_silence_ends_with_the_session(self, client):
        self.let(client, FramesEffect(0, "silence"))
        async with client.watch(await client.create()) as it:
            world = client.world
            await client.admin("reset", {})
            assert await it.cut()
        await gone(world)

    @pytest.mark.parametrize("end", ["close", "reset"])
    @pytest.mark.parametrize("after", [0, 1, 2])
    async def test_it_breaks_off(self, client, end, after, caplog):
        self.let(client, FramesEffect(after, end))
        async with client.watch(await client.create()) as it:
            await client.advance("3s")
            told = [("job.snapshot", "queued"), ("job.updated", "processing")]
            assert [await it.next() for _ in range(after)] == told[:after]
            assert await it.cut()
        await gone(client.world)
        assert caplog.records == []

    async def test_a_reset_is_one(self, client):
        self.let(client, FramesEffect(0, "reset"))
        with raw_connection(client.server.url) as connection:
            assert connection.request(client.head(await client.create())).status == 101
            with pytest.raises(ConnectionResetError):
                connection.read_response()

    async def test_an_end_is_none(self, client):
        self.let(client, FramesEffect(0, "close"))
        with raw_connection(client.server.url) as connection:
            assert connection.request(client.head(await client.create())).status == 101
            with pytest.raises(EOFError):
                connection.read_response()

    async def test_it_is_named_in_the_head(self, client):
        self.let(client, FramesEffect(1, "silence"))
        async with client.watch(await client.create()) as it:
            assert it.socket._response.headers["X-Mock-Fault"] == "frames"

    async def test_a_delay_holds_the_upgrade_back(self, client):
        video = await client.create()
        self.let(client, DelayEffect(5_000_000, 5_000_000))
        opening = asyncio.create_task(client.http.ws_connect(client.url(video), headers=KEY))
        await until(lambda: len(client.world.schedule) == 1)
        await client.advance("4s")
        assert not opening.done()
        await client.advance("1s")
        it = OpenSocket(await opening)
        assert await it.next() == Frame("job.snapshot", "processing"), "as it is when the socket opens"
        await it.socket.close()

    async def test_the_faults_of_answers_come_before(self, client):
        video = await client.create()
        self.let(client, DropEffect("reset"))
        with pytest.raises(aiohttp.ClientError):
            async with client.watch(video):
                pass
        assert len(client.world.sockets) == 0


class Pipe:
    """A transport on which so many bytes wait, until it has been looked at so often."""

    def __init__(self, piled: int, looks: int = 1_000_000) -> None:
        self.piled, self.looks, self.open = piled, looks, True

    def get_write_buffer_size(self) -> int:
        self.looks -= 1
        return self.piled if self.looks >= 0 else 0

    def is_closing(self) -> bool:
        return not self.open

    def abort(self) -> None:
        self.open = False


class Said:
    """An answer that notes what is sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send_str(self, text: str) -> None:
        self.sent.append(text)


class TestASlowClient:
    async def test_a_moved_clock_waits_for_it(self):
        pipe, said = Pipe(MAX_BACKLOG, looks=3), Said()
        link = WebSocketConnection(said, pipe, None)
        await link.send(SocketOutput(("a",)), 5.0)
        assert said.sent == ["a"]
        assert pipe.open
        assert not link.closing.done()
        assert pipe.looks == -1

    @pytest.mark.parametrize("patience", [0.0, 0.02])
    async def test_but_not_for_ever_and_a_running_one_not_at_all(self, patience):
        pipe, said = Pipe(MAX_BACKLOG), Said()
        link = WebSocketConnection(said, pipe, None)
        await link.send(SocketOutput(("a", "b")), patience)
        assert said.sent == []
        assert not pipe.open
        assert link.closing.result() is None

    async def test_nothing_is_said_to_one_that_is_gone(self):
        pipe, said = Pipe(0), Said()
        link = WebSocketConnection(said, pipe, None)
        pipe.open = False
        await link.send(SocketOutput(("a",), close=CLOSED_NORMALLY))
        await link.send(SocketOutput(("a",)))
        assert said.sent == []
        assert link.closing.result() is None


async def test_nothing_is_left_of_it():
    """No task, no entry, no farewell, whoever ended it."""
    async with world_of_its_own() as (desk, base), aiohttp.ClientSession() as http:
        video = (await (await http.post(f"{base}/videos", json=VIDEO, headers=KEY)).json())["id"]
        before = len(asyncio.all_tasks())
        for way in range(30):
            socket = await http.ws_connect(f"{base}/async/video/{video}/ws", headers=KEY)
            await socket.receive(TIMEOUT)
            if way % 2:
                socket._response.connection.transport.abort()
            await socket.close()
        await until(lambda: not len(desk.websockets) and len(asyncio.all_tasks()) <= before)
        session = desk.registry.get("default")
        assert len(session.schedule) == 0
        assert session.on_close == []


async def test_a_client_that_says_much_keeps_nobody_waiting() -> None:
    """Everything that it says may be there at once; others are answered in between."""
    async with world_of_its_own() as (_, base):
        address = urlsplit(base)
        async with aiohttp.ClientSession() as http:
            video = (await (await http.post(f"{base}/videos", json=VIDEO, headers=KEY)).json())["id"]
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(HEAD.format(session="default", video=video).encode())
        await reader.readuntil(b"job.snapshot")
        writer.write((b"\x81\x84\0\0\0\0" + b"ping") * 1_000)
        other, asking = await asyncio.open_connection(address.hostname, address.port)
        asking.write(b"GET /v1/videos HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\n\r\n")
        await other.readuntil(b"200 OK")
        assert (await reader.read(1 << 20)).count(b"pong") < 1_000
        for client in (writer, asking):
            client.close()
            await client.wait_closed()
