"""Requests of Phaseo's API over HTTP, as mappings and as raw bytes."""

from typing import Final

from tests.support.fake_server import FakeServer

AUTHORIZATION: Final = {"Authorization": "Bearer key", "x-api-key": "key"}
"""Headers with an API key, in the form of Phaseo and Reap and in that of TwelveLabs."""
VIDEO: Final = {"model": "qwen/wan2.7-t2v", "prompt": "A lighthouse at dusk"}
"""A body that creates a video."""

RAW_HEADERS: Final = b"Host: fake.test\r\nAuthorization: Bearer key\r\n"
RAW_LIST: Final = b"GET /v1/videos HTTP/1.1\r\n" + RAW_HEADERS + b"\r\n"
RAW_POST: Final = b"POST /v1/videos HTTP/1.1\r\n" + RAW_HEADERS
"""The beginning of a create; the headers of its body follow."""
RAW_BODY: Final = b'{"model": "qwen/wan2.7-t2v", "prompt": "a cat"}'
RAW_CREATE: Final = RAW_POST + b"Content-Length: %d\r\n\r\n" % len(RAW_BODY) + RAW_BODY


def create_video(server: FakeServer, session: str = "default") -> str:
    """Create a video in a session; return its id."""
    answer = server.request("POST", "/v1/videos", VIDEO, {**AUTHORIZATION, "X-Mock-Session": session})
    assert answer.status == 200, answer.body
    return str(answer.json["id"])
