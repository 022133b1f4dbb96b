"""Hostile bytes for a server, in any number and reproducible: each input derives from a seed and its number.

`inputs(seed, count)` builds them. `attack` sends them to a server in the same event loop and returns the answers by
status, the connections that hung, and the inputs that caused an error.
"""

import asyncio
import os
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from mockserver.core.clock import Clock
from mockserver.core.ids import seeded_bytes, seeded_int
from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario
from mockserver.server.app import App
from mockserver.server.sessions import SessionRegistry
from mockserver.server.settings import ServerSettings
from mockserver.stores import memory_store
from tests.support.fake_world import START

HEAD = b"Host: x\r\nAuthorization: Bearer key\r\nx-api-key: key\r\n"
JOB = "G-01J8ZQ5V0000000000000000AB"
"""A video of the attacked server, which some inputs name."""
GET = f"GET /v1/videos/{JOB} HTTP/1.1\r\n".encode() + HEAD
POST = b"POST /v1/videos HTTP/1.1\r\n" + HEAD + b"Content-Type: application/json\r\n"
SOCKET = f"GET /v1/async/video/{JOB}/ws HTTP/1.1\r\n".encode() + HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
BODY = b'{"model": "qwen/wan2.7-t2v", "prompt": "a cat"}'
PATIENCE = 10.0
"""Seconds after which a connection counts as hung."""
CLIENTS = 64

Departure = Literal["waits", "vanishes", "leaves"]
"""What the client does at the end: it reads to the end, resets the connection, or closes it."""


class HostileInput(NamedTuple):
    """The bytes of one client, in pieces, and how it leaves."""

    kind: str
    pieces: tuple[bytes, ...]
    leaving: Departure = "waits"


class SeededChoice:
    """Choices that depend only on a seed and a number."""

    def __init__(self, seed: str, number: int) -> None:
        self._path = (seed, number)
        self._thrown = 0

    def throw(self, low: int, high: int) -> int:
        """Choose a number in [low, high]."""
        self._thrown += 1
        return seeded_int(low, high, self._path[0], self._path[1], self._thrown)

    def pick(self, *things: bytes) -> bytes:
        """Choose one of the options."""
        return things[self.throw(0, len(things) - 1)]

    def junk(self, most: int = 64) -> bytes:
        """Choose random bytes."""
        self._thrown += 1
        return seeded_bytes(self._path[0], self._path[1], self._thrown, size=self.throw(1, min(most, 64)))

    def leave(self) -> Departure:
        """Choose how the client leaves."""
        ways: tuple[Departure, ...] = ("waits", "vanishes", "leaves")
        return ways[self.throw(0, 2)]


def _smuggled(choice: SeededChoice) -> HostileInput:
    """Build a request whose body can be read as ending in two places."""
    length = choice.pick(
        b"Content-Length: 4\r\n", b"Content-Length: +4\r\n", b"Content-Length: 4, 5\r\n", b"Content-Length : 4\r\n"
    )
    coding = choice.pick(
        b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding:\tchunked\r\n", b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n", b"Transfer_Encoding: chunked\r\n", b"Content-Length: 11\r\n",
    )  # fmt: skip
    hidden = choice.pick(
        b"0\r\n\r\n" + GET + b"\r\n",
        b"5;x=" + choice.junk(8).hex().encode() + b"\r\nabc",
        b"ffffffffffffffff\r\nx",
        b"-1\r\n",
    )
    return HostileInput("smuggling", (POST + length + coding + b"\r\n" + hidden,))


def _half(choice: SeededChoice) -> HostileInput:
    """Build a request that ends too early."""
    whole = choice.pick(
        GET + b"\r\n",
        POST + b"Content-Length: 47\r\n\r\n" + BODY,
        POST + b"Transfer-Encoding: chunked\r\n\r\n2f\r\n" + BODY,
    )
    return HostileInput("half a request", (whole[: choice.throw(0, len(whole) - 1)],), choice.leave())


def _slow(choice: SeededChoice) -> HostileInput:
    """Build a request that is sent byte by byte and not completed."""
    whole = choice.pick(GET + b"X-A: b\r\n", POST + b"Content-Length: 47\r\n\r\n" + BODY[:20])
    begin = choice.throw(1, len(whole) - 8)
    return HostileInput(
        "slow loris", (whole[:begin], *(bytes([byte]) for byte in whole[begin : begin + 8])), choice.leave()
    )


def _foreign(choice: SeededChoice) -> HostileInput:
    """Build bytes of another protocol."""
    greeting = choice.pick(
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
        b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", b"SSH-2.0-x\r\n",
        b"\5\1\0", b"*1\r\n$4\r\nPING\r\n", b"EHLO x\r\n", b"\0\0\0\x17\xffSMB", b"CONNECT x:443 HTTP/1.1\r\n\r\n",
    )  # fmt: skip
    return HostileInput("another protocol", (greeting + choice.junk(),), choice.leave())


def _garbage(choice: SeededChoice) -> HostileInput:
    return HostileInput("garbage", tuple(choice.junk() for _ in range(choice.throw(1, 4))), choice.leave())


def _huge(choice: SeededChoice) -> HostileInput:
    """Build a request with too many or too long parts."""
    size = choice.throw(9_000, 70_000)
    return HostileInput(
        "too much",
        (choice.pick(
            b"GET /" + b"a" * size + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
            GET + b"X-A: " + b"b" * size + b"\r\n\r\n",
            GET + b"".join(b"X-%d: a\r\n" % number for number in range(size // 20)) + b"\r\n",
            GET + b"A" * size,
            POST + b"Content-Length: %d\r\n\r\n" % size + b"[" * size,
        ),),
    )  # fmt: skip


def _spoilt(choice: SeededChoice) -> HostileInput:
    """Build a valid request with random bytes in place of a part."""
    whole = choice.pick(GET + b"\r\n", POST + b"Content-Length: 47\r\n\r\n" + BODY, SOCKET + b"\r\n")
    place, cut = choice.throw(0, len(whole)), choice.throw(0, 20)
    return HostileInput("a spoilt request", (whole[:place] + choice.junk() + whole[place + cut :],), choice.leave())


def _queued(choice: SeededChoice) -> HostileInput:
    """Build several requests in one piece, the last of them invalid."""
    good = (GET + b"\r\n") * choice.throw(1, 5)
    return HostileInput(
        "a bad one behind good ones",
        (good + choice.pick(choice.junk(), POST + b"Content-Length: x\r\n\r\n", GET)[:200],),
        choice.leave(),
    )


def _socket(choice: SeededChoice) -> HostileInput:
    """Build an invalid handshake, or an invalid frame after a valid one."""
    key = choice.pick(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b"Sec-WebSocket-Key: x\r\n", b"")
    version = choice.pick(b"Sec-WebSocket-Version: 13\r\n", b"Sec-WebSocket-Version: 99\r\n", b"")
    return HostileInput("a websocket", (SOCKET + key + version + b"\r\n", choice.junk()), choice.leave())


def _admin(choice: SeededChoice) -> HostileInput:
    """Build an admin call with a random or oversized body."""
    path = choice.pick(
        b"clock", b"jobs", b"sessions", b"reset", b"scenarios", b"faults", b"webhooks", b"verify", b"wait", b"holds"
    )
    body = choice.pick(
        choice.junk(), b"[" * 50_000, b'{"advance": "' + choice.junk().hex().encode() + b'"}', b"null", b'{"a":' * 3_000
    )
    head = b"POST /s/h/__mock/" + path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return HostileInput("an admin call", (head + b"Content-Length: %d\r\n\r\n" % len(body) + body,), choice.leave())


def _faulty(choice: SeededChoice) -> HostileInput:
    """Build an admin call that adds a fault, and a few requests that it affects."""
    do = choice.pick(
        b'{"silence": "mid-body"}', b'{"silence": "before-headers"}', b'{"drop": "mid-body"}', b'{"drop": "reset"}',
        b'{"unheard": "close"}', b'{"truncate": "50%"}', b'{"length": {"less": 9}}', b'{"length": {"more": 9}}',
        b'{"drip": {"size": 90, "every": "1ms"}}', b'{"malformed": "html"}', b'{"stale": "36500d"}',
        b'{"charset": {"sends": "utf-16"}}', b'{"frames": {"after": 1, "then": "reset"}}',
    )  # fmt: skip
    body = b'{"vendor": "phaseo", "on": "*", "when": {"rate": 0.1}, "do": ' + do + b"}"
    head = b"POST /s/f/__mock/faults HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    request = choice.pick(GET, SOCKET + b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
    request = request.replace(b" /v1/", b" /s/f/v1/") + b"\r\n"
    return HostileInput(
        "a faulty session", (head + b"Content-Length: %d\r\n\r\n" % len(body) + body, request * 3), choice.leave()
    )


INPUT_MAKERS: tuple[Callable[[SeededChoice], HostileInput], ...] = (
    _smuggled, _half, _slow, _foreign, _garbage, _huge, _spoilt, _queued, _socket, _admin, _faulty,
)  # fmt: skip


def inputs(seed: str, count: int) -> Iterator[HostileInput]:
    """Yield `count` inputs, each kind in turn."""
    return (INPUT_MAKERS[number % len(INPUT_MAKERS)](SeededChoice(seed, number)) for number in range(count))


@dataclass
class AttackResult:
    """The result of an attack."""

    sent: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    """First statuses of the clients that waited; 0 for a connection closed without an answer."""
    hung: list[HostileInput] = field(default_factory=list)
    broken: list[tuple[HostileInput, bytes]] = field(default_factory=list)
    """Inputs that were answered with a 500."""


async def _one(address: tuple[str, int], hostile: HostileInput, found: AttackResult) -> None:
    reader, writer = await asyncio.open_connection(*address)
    found.sent[hostile.kind] += 1
    try:
        for piece in hostile.pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        if hostile.leaving == "waits":
            with suppress(OSError):
                writer.write_eof()
            answered = await asyncio.wait_for(reader.read(), PATIENCE)
            status = int(answered[9:12]) if answered.startswith(b"HTTP/1.1 ") else 0
            found.answers[status] += 1
            if status == 500:
                found.broken.append((hostile, answered))
        elif hostile.leaving == "vanishes":
            taken = writer.get_extra_info("socket")
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
    except TimeoutError:
        found.hung.append(hostile)
    except OSError:
        found.answers[0] += 1
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def attack(host: str, port: int, seed: str, count: int) -> AttackResult:
    """Send `count` inputs, `CLIENTS` at a time."""
    found, waiting = AttackResult(), inputs(seed, count)

    async def client() -> None:
        for hostile in waiting:
            await _one((host, port), hostile, found)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return found


def open_descriptors() -> int:
    """Count the open files and sockets of this process."""
    return len(os.listdir("/proc/self/fd"))


RUNNING = f"""
scenario: running
vendor: phaseo@2026-08-05
jobs: [{{id: {JOB}}}]
timeline: [queued: 1s, processing]
"""


def make_app() -> App:
    """Build an app with a stopped clock and a video that is in processing."""
    vendors = installed_vendors().served()
    return App(
        SessionRegistry(
            ServerSettings(
                vendors,
                {name: vendor.eras[-1] for name, vendor in vendors.items()},
                memory_store,
                find_scenario=lambda name: None,
                scenario_names=list,
                scenarios=(load_scenario(RUNNING, vendors),),
                clock=lambda real: Clock(real, START, 0.0),
            )
        )
    )


async def poll_status_line(host: str, port: int) -> bytes:
    """Poll the video; return the status line of the answer."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(GET + b"\r\n")
    answered = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()
    return answered


async def tasks_after_settling(before: int) -> int:
    """Count the tasks that are left when the server has noticed that its clients are gone."""
    for _ in range(200):
        if len(asyncio.all_tasks()) <= before:
            break
        await asyncio.sleep(0)
    return len(asyncio.all_tasks())
