"""The memory of a server: busy sessions, creates with huge texts, and compressed bodies that are much larger inside."""

import json
import re
import threading
import time
import zlib
from http.client import HTTPConnection
from pathlib import Path
from typing import Final, NamedTuple

from bench.servers import AUTH_HEADER, call_server, mock_server, resident_bytes

SESSIONS: Final = 10
REQUESTS: Final = 2_500
"""Requests of a session: more than its journal keeps."""
HUGE_TEXT: Final = 9_500_000
BOMB_BYTES: Final = 2_000_000_000
BOMBS: Final = 8


class BombFigures(NamedTuple):
    """What a few bombs at a time lead to."""

    grown_bytes: int
    """The most by which the process grew."""
    longest_poll: float
    """Seconds."""


def bytes_per_busy_session() -> float:
    """Return the resident memory that a session with a full journal adds; each request has headers of its own."""
    port, served = mock_server("--vendor", "phaseo@2026-06-11", "--clock", "manual")
    with served as (server, _):
        call_server(port, "GET", "/v1/videos")
        before = resident_bytes(server.pid)
        connection = HTTPConnection("127.0.0.1", port)
        for session in range(SESSIONS):
            for number in range(REQUESTS):
                headers = {**AUTH_HEADER, "X-Mock-Session": f"s{session}", "X-Request-Id": f"{session}-{number}"}
                connection.request("GET", f"/v1/videos?limit={number % 50 + 1}", headers=headers)
                connection.getresponse().read()
        connection.close()
        return (resident_bytes(server.pid) - before) / SESSIONS


def bytes_after_huge_creates(limit: str, count: int = 40) -> int:
    """Return by how much a server with `--max-memory` grows when a client creates jobs with 9.5 MB of text each."""
    port, served = mock_server("--max-memory", limit)
    with served as (server, _):
        call_server(port, "GET", "/v1/videos")
        before = resident_bytes(server.pid)
        for number in range(count):
            body = {"model_name": "pegasus1.5", "analysis_mode": "general", "prompt": f"{number}" + "x" * HUGE_TEXT}
            body["video"] = {"type": "url", "url": "https://videos.example.com/a.mp4"}
            connection = HTTPConnection("127.0.0.1", port)
            headers = {"x-api-key": "k", "Content-Type": "application/json"}
            connection.request("POST", "/v1.3/analyze/tasks", json.dumps(body), headers)
            connection.getresponse().read()
            connection.close()
        return resident_bytes(server.pid) - before


def bombs() -> BombFigures:
    """Send bodies of 2 MB that are 2 GB inside, all at once, while another client polls."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    pieces = [compressor.compress(b"\0" * 1_000_000) for _ in range(BOMB_BYTES // 1_000_000)]
    bomb = b"".join(pieces) + compressor.flush()
    port, served = mock_server()
    with served as (server, _):
        call_server(port, "GET", "/v1/videos")
        before = resident_bytes(server.pid)
        threads = [threading.Thread(target=_post_bomb, args=(port, bomb)) for _ in range(BOMBS)]
        for thread in threads:
            thread.start()
        longest = 0.0
        while any(thread.is_alive() for thread in threads):
            began = time.perf_counter()
            call_server(port, "GET", "/v1/videos")
            longest = max(longest, time.perf_counter() - began)
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{server.pid}/status").read_text())
        grown = (int(peak[1]) * 1024 if peak else resident_bytes(server.pid)) - before
    return BombFigures(grown, longest)


def _post_bomb(port: int, bomb: bytes) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    headers = {**AUTH_HEADER, "Content-Type": "application/json", "Content-Encoding": "gzip"}
    connection.request("POST", "/v1/videos", bomb, headers)
    connection.getresponse().read()
    connection.close()
