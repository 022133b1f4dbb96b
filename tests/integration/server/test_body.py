"""Bodies of requests: their content codings, slices of large ones, and how many of them at a time."""

import asyncio
import gzip
import json
import zlib

import pytest

from mockserver.server.http.body import ACCEPTED_CODINGS, LargeBodies
from tests.support.fake_server import Refusal

KEY = {"Authorization": "Bearer test-key", "Content-Type": "application/json"}
VIDEO = json.dumps({"model": "qwen/wan2.7-t2v", "prompt": "x"}).encode()
RAW = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(VIDEO)),
        ("GZip", gzip.compress(VIDEO)),
        ("x-gzip", gzip.compress(VIDEO)),
        ("deflate", zlib.compress(VIDEO)),
        ("deflate", RAW.compress(VIDEO) + RAW.flush()),
        ("identity", VIDEO),
        ("gzip", gzip.compress(VIDEO + b" " * 3_000_000)),
    ],
    ids=["gzip", "upper case", "x-gzip", "zlib", "raw deflate", "identity", "large"],
)
def test_a_body_is_decompressed(server, coding, body):
    assert server.request("POST", "/v1/videos", body, {**KEY, "Content-Encoding": coding}).status == 200


@pytest.mark.parametrize("path", ["/v1/videos", "/__mock/reset", "/v1/nothing"])
@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "none"])
def test_another_coding_is_refused_with_those_that_are_accepted(server, path, coding):
    refused = server.request("POST", path, VIDEO, {**KEY, "Content-Encoding": coding})
    assert refused.refusal == Refusal(415, "SRV023")
    assert refused.headers["Accept-Encoding"] == ACCEPTED_CODINGS
    assert refused.headers["Connection"] == "close"


def test_a_coding_without_a_body_is_no_matter(server):
    assert server.request("GET", "/v1/videos", headers={**KEY, "Content-Encoding": "gzip"}).status == 200


def test_polls_are_answered_while_bombs_are_defused(server):
    """Eight bodies of 60 MB each in 60 kB; a poll waits for one slice of one of them, not for all."""
    bomb = gzip.compress(b" " * 60_000_000)

    async def request(method: str, body: bytes = b"") -> bytes:
        reader, writer = await asyncio.open_connection(*server.url.removeprefix("http://").split(":"))
        head = f"{method} /v1/videos HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\nConnection: close\r\n"
        coding = f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n" if body else ""
        writer.write(f"{head}{coding}\r\n".encode() + body)
        answer = await reader.read()
        writer.close()
        return answer[9:12]

    async def all_requests() -> list[bytes]:
        bombs = [asyncio.ensure_future(request("POST", bomb)) for _ in range(8)]
        polls = [await request("GET") for _ in range(5)]
        return polls + await asyncio.gather(*bombs)

    assert asyncio.run(all_requests()) == [b"200"] * 5 + [b"413"] * 8


async def test_large_bodies_wait_for_each_other():
    places = LargeBodies(1)
    await places.enter()
    waiting = asyncio.ensure_future(places.enter())
    await asyncio.sleep(0)
    assert not waiting.done()
    places.leave()
    await waiting
