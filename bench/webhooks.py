"""10,000 videos end in the same second, and somebody wants to be told of each: what it costs those who poll."""

import asyncio
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from bench.load import Load, measure_load
from bench.servers import AUTH_HEADER, call_server, free_port, mock_server, resident_bytes

JOBS = 10_000
ENDS = "26s"
"""When the vendor's default course ends: the instant before is an advance away."""
EVENTS = ["job.status_changed", "job.completed"]


class WebhookFigures(NamedTuple):
    """What came of it."""

    delivered: int
    seconds: float
    in_order: bool
    load_before: Load
    load_during: Load
    memory_growth: int
    """Bytes of memory that the server has more afterwards than with its jobs alone."""


class _ReceiverProtocol(asyncio.Protocol):
    """One connection of the smallest receiver: keeps bodies, answers 200."""

    def __init__(self, bodies: list[bytes]) -> None:
        self._bodies, self._left = bodies, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._left += data
        while (end := self._left.find(b"\r\n\r\n")) >= 0:
            head = self._left[:end].lower()
            begin = head.index(b"content-length:") + 15
            length = int(head[begin:].partition(b"\r\n")[0])
            if len(self._left) < end + 4 + length:
                return
            self._bodies.append(self._left[end + 4 : end + 4 + length])
            self._left = self._left[end + 4 + length :]
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")  # type: ignore[attr-defined]


@contextmanager
def receiver(port: int) -> Iterator[list[bytes]]:
    """A receiver in a thread of its own; the bodies that have come so far."""
    bodies: list[bytes] = []
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: _ReceiverProtocol(bodies), "127.0.0.1", port))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield bodies
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def measure(jobs: int = JOBS) -> WebhookFigures:
    """Let so many videos end while one of them is polled as fast as it answers."""
    port = free_port()
    hook = ("--webhook", f"http://127.0.0.1:{port}/", "--webhook-secret", "whsec_bench")
    served_on, served = mock_server("--vendor", "phaseo@2026-08-05", "--clock", "manual", *hook)
    with receiver(port) as bodies, served as (server, _):
        wanted = {"webhook": {"endpoint_id": "bench", "events": EVENTS}}
        made = call_server(served_on, "POST", "/__mock/jobs", {"vendor": "phaseo", "count": jobs, "body": wanted})[
            "jobs"
        ]
        call_server(served_on, "POST", "/__mock/clock", {"advance": "25s"})
        url, told = f"http://127.0.0.1:{served_on}/v1/videos/{made[0]}", len(bodies)
        held, before = resident_bytes(server.pid), measure_load(url, AUTH_HEADER, 2.0)
        call_server(served_on, "POST", "/__mock/clock", {"freeze": False})
        began = time.perf_counter()
        during = measure_load(url, AUTH_HEADER, 3.0)
        while len(bodies) < told + 2 * jobs and time.perf_counter() < began + 120:
            time.sleep(0.02)
        seconds = time.perf_counter() - began
        return WebhookFigures(
            len(bodies), seconds, _in_order(bodies), before, during, resident_bytes(server.pid) - held
        )


def _in_order(bodies: list[bytes]) -> bool:
    """Whether each job was told of in the order in which it happened, and of nothing twice."""
    told: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for body in bodies:
        said = json.loads(body)
        told[said["data"]["id"]].append((said["created_at"], said["id"]))
    return all(
        [at for at, _ in events] == sorted(at for at, _ in events) and len({key for _, key in events}) == len(events)
        for events in told.values()
    )
