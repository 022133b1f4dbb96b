"""Raw requests to a server with faults, and a look at its state."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.fake_server import FakeServer
from tests.support.phaseo_requests import RAW_CREATE, RAW_HEADERS
from tests.support.raw_client import RawConnection


def get_request(video: str, more: bytes = b"") -> bytes:
    return b"GET /v1/videos/%b HTTP/1.1\r\n" % video.encode() + RAW_HEADERS + more + b"\r\n"


def cancel_request(video: str) -> bytes:
    return b"POST /v1/videos/%b/cancel HTTP/1.1\r\n" % video.encode() + RAW_HEADERS + b"Content-Length: 0\r\n\r\n"


def add_fault(server: FakeServer, on: Any = "get", session: str = "default", **words: Any) -> str:
    """Add a fault; return its id. `when`, `request`, `job`, `vendor` are its conditions, all else its effects."""
    beside = {name: words.pop(name) for name in ("when", "request", "job", "vendor") if name in words}
    return server.admin("faults", {"on": on, "do": words, **beside}, session=session)["id"]


def create_video(faulty_connection: RawConnection) -> str:
    return str(json.loads(faulty_connection.request(RAW_CREATE).body)["id"])


def job_state(server: FakeServer, video_id: str) -> str:
    return str(server.admin(f"jobs/{video_id}")["state"])


def held_responses(server: FakeServer) -> int:
    """Count the answers that are held back."""
    return len(server.session().on_close)


def poll_until(server: FakeServer, holds: Callable[[], bool]) -> None:
    """Poll until a condition holds, while the server works."""
    for _ in range(2_000):
        if holds():
            return
        server.admin("health")
    raise AssertionError("the condition has not come true")
