"""How long other clients' polls wait while one client sends or gets something large."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Final, NamedTuple

from bench.servers import AUTH_HEADER, call_server, mock_server

ROWS: Final = 50_000
CONTAINERS: Final = 990_000
PAUSE: Final = 0.05
"""Seconds of polls after the request, in which its memory is freed."""


class PollFigures(NamedTuple):
    """Polls while something large was under way."""

    subject: str
    seconds: float
    """For which it was under way."""
    p99: float
    """Seconds."""
    longest: float
    """Seconds."""


class PollLatencies:
    """Polls a video every millisecond in a thread while the context is open, and collects the latencies in seconds."""

    def __init__(self, port: int, video: str) -> None:
        self._port, self._video = port, video
        self._latencies: list[float] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._poll)

    def _poll(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port)
        while not self._done.is_set():
            began = time.perf_counter()
            connection.request("GET", f"/v1/videos/{self._video}", headers=AUTH_HEADER)
            connection.getresponse().read()
            self._latencies.append(time.perf_counter() - began)
            time.sleep(0.001)

    def __enter__(self) -> list[float]:
        self._thread.start()
        return self._latencies

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def measure() -> Iterator[PollFigures]:
    """Create a batch of 50,000 requests, read it and get its results; send bodies of a million values."""
    rows = [
        {"custom_id": f"r{number}", "method": "POST", "url": "/v1/responses", "body": {"input": f"A cat, {number}."}}
        for number in range(ROWS)
    ]
    batch = json.dumps({"model": "openai/gpt-5-nano", "requests": rows}).encode()
    crowded = b'{"requests": [%b]}' % b",".join([b"{}"] * CONTAINERS)
    port, served = mock_server("--vendor", "phaseo@2026-09-17", "--clock", "manual")
    with served:
        video = call_server(port, "POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "a cat"})["id"]
        call_server(port, "POST", "/v1/batches", {"model": "openai/gpt-5-nano", "requests": rows[:1]})

        def send(method: str, path: str, body: bytes = b"") -> bytes:
            connection = HTTPConnection("127.0.0.1", port)
            connection.request(method, path, body, {**AUTH_HEADER, "Content-Type": "application/json"})
            return connection.getresponse().read()

        def polls_during(subject: str, work: Callable[[], object]) -> PollFigures:
            with PollLatencies(port, video) as latencies:
                began = time.perf_counter()
                work()
                seconds = time.perf_counter() - began
                time.sleep(PAUSE)
            ordered = sorted(latencies)
            return PollFigures(subject, seconds, ordered[int(len(ordered) * 0.99)], ordered[-1])

        made: list[bytes] = []
        yield polls_during("a batch of 50,000 is made", lambda: made.append(send("POST", "/v1/batches", batch)))
        path = f"/v1/batches/{json.loads(made[0])['id']}"
        yield polls_during("it is read a hundred times", lambda: [send("GET", path) for _ in range(100)])
        call_server(port, "POST", "/__mock/clock", {"advance": "10m"})
        yield polls_during("its results are read", lambda: send("GET", f"{path}/results"))
        yield polls_during("a million objects are sent", lambda: send("POST", "/v1/videos", crowded))
