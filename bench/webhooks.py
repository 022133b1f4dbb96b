"""10,000 videos end in the same second, each with webhooks: what the deliveries cost a client that polls."""

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
EVENTS = ["job.status_changed", "job.completed"]


class WebhookFigures(NamedTuple):
    """The measured figures."""

    delivered: int
    seconds: float
    in_order: bool
    load_before: Load
    load_during: Load
    memory_growth: int
    """Bytes of resident memory beyond those of the server with its jobs."""


class OtherSessionFigures(NamedTuple):
    """Polls in one session, before and while another one delivers."""

    before: Load
    during: Load

    @property
    def ratio(self) -> float:
        """The rate while the other session delivers, as a part of that before."""
        return self.during.rate / self.before.rate


class _ReceiverProtocol(asyncio.Protocol):
    """A connection of the smallest receiver: keeps the bodies, answers 200."""

    def __init__(self, bodies: list[bytes], delay: float | None = 0.0) -> None:
        """Take where bodies are kept, and the seconds until an answer; None for a receiver that never answers."""
        self._bodies = bodies
        self._delay = delay
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            begin = head.index(b"content-length:") + 15
            length = int(head[begin:].partition(b"\r\n")[0])
            if len(self._buffer) < end + 4 + length:
                return
            self._bodies.append(self._buffer[end + 4 : end + 4 + length])
            self._buffer = self._buffer[end + 4 + length :]
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, self._answer)
            elif self._delay is not None:
                self._answer()

    def _answer(self) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")  # type: ignore[attr-defined]


@contextmanager
def receiver(port: int, delay: float | None = 0.0) -> Iterator[list[bytes]]:
    """Run a receiver in a thread of its own; yields the list of the bodies received so far.

    It answers after `delay` seconds; None: never.
    """
    bodies: list[bytes] = []
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: _ReceiverProtocol(bodies, delay), "127.0.0.1", port))
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
    """Let `jobs` videos end while one of them is polled as fast as the server answers."""
    port = free_port()
    hook = ("--webhook", f"http://127.0.0.1:{port}/", "--webhook-secret", "whsec_bench")
    served_on, served = mock_server("--vendor", "phaseo@2026-08-05", "--clock", "manual", *hook)
    with receiver(port) as bodies, served as (server, _):
        body = {"webhook": {"endpoint_id": "bench", "events": EVENTS}}
        made = call_server(served_on, "POST", "/__mock/jobs", {"vendor": "phaseo", "count": jobs, "body": body})
        call_server(served_on, "POST", "/__mock/clock", {"advance": "25s"})
        url = f"http://127.0.0.1:{served_on}/v1/videos/{made['jobs'][0]}"
        delivered_before = len(bodies)
        bytes_before = resident_bytes(server.pid)
        load_before = measure_load(url, AUTH_HEADER, 2.0)
        call_server(served_on, "POST", "/__mock/clock", {"freeze": False})
        began = time.perf_counter()
        load_during = measure_load(url, AUTH_HEADER, 3.0)
        while len(bodies) < delivered_before + 2 * jobs and time.perf_counter() < began + 120:
            time.sleep(0.02)
        seconds = time.perf_counter() - began
        return WebhookFigures(
            delivered=len(bodies),
            seconds=seconds,
            in_order=_in_order(bodies),
            load_before=load_before,
            load_during=load_during,
            memory_growth=resident_bytes(server.pid) - bytes_before,
        )


def measure_other_session(jobs: int = 1_000) -> dict[str, OtherSessionFigures]:
    """Poll a job in one session while another one delivers the webhooks of `jobs` jobs, by the kind of receiver."""
    return {
        kind: _poll_beside_deliveries(jobs, delay) for kind, delay in (("fast", 0.0), ("slow", 0.5), ("silent", None))
    }


def _poll_beside_deliveries(jobs: int, delay: float | None) -> OtherSessionFigures:
    port = free_port()
    served_on, served = mock_server("--vendor", "phaseo@2026-08-05")
    with receiver(port, delay), served:
        made = call_server(served_on, "POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "a cat"})
        url = f"http://127.0.0.1:{served_on}/v1/videos/{made['id']}"
        other = {"X-Mock-Session": "other"}
        call_server(served_on, "POST", "/__mock/clock", {"freeze": True}, other)
        endpoint = {"vendor": "phaseo", "url": f"http://127.0.0.1:{port}/", "events": ["job.completed"]}
        call_server(served_on, "POST", "/__mock/webhooks", endpoint, other)
        body = {"webhook": {"endpoint_id": "bench", "events": EVENTS}}
        call_server(served_on, "POST", "/__mock/jobs", {"vendor": "phaseo", "count": jobs, "body": body}, other)
        call_server(served_on, "POST", "/__mock/clock", {"freeze": True})
        before = measure_load(url, AUTH_HEADER, 2.0)
        # A fast clock makes all of them due at once.
        call_server(served_on, "POST", "/__mock/clock", {"scale": 3600}, other)
        return OtherSessionFigures(before, measure_load(url, AUTH_HEADER, 2.0))


def _in_order(bodies: list[bytes]) -> bool:
    """Return True if the events of each job came in their order and none came twice."""
    events_by_job: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for body in bodies:
        event = json.loads(body)
        events_by_job[event["data"]["id"]].append((event["created_at"], event["id"]))
    for events in events_by_job.values():
        times = [at for at, _ in events]
        if times != sorted(times) or len({event_id for _, event_id in events}) != len(events):
            return False
    return True
