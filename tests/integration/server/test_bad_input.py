"""Invalid input of every sort gets a 4xx answer or a closed connection, and the server works afterwards."""

import gzip
import json
import os
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mockserver.server.http.body import BODY_TIMEOUT, MAX_BODY_BYTES
from tests.support.fake_server import FakeServer, fake_server
from tests.support.memory_transport import EXAMPLES_FACTOR
from tests.support.phaseo_requests import AUTHORIZATION
from tests.support.raw_client import raw_connection

HEAD = b"Host: x\r\nAuthorization: Bearer key\r\nx-api-key: key\r\n"
TASK = "/v1.3/analyze/tasks"
CREATES = {
    "phaseo": ("/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "A cat"}),
    "twelvelabs": (TASK, {"video": {"type": "url", "url": "https://example.com/video.mp4"}, "prompt": "What happens?"}),
    "reap": ("/api/v1/automation/create-clips", {"sourceUrl": "https://videos.example.com/talks/keynote.mp4"}),
}
GETS = {
    "phaseo": "/v1/videos/{}",
    "twelvelabs": "/v1.3/analyze/batches/{}",
    "reap": "/api/v1/automation/get-project-status?projectId={}",
}
LISTS = {
    "phaseo": "/v1/videos",
    "twelvelabs": "/v1.3/analyze/batches",
    "reap": "/api/v1/automation/get-all-projects",
}
VENDORS = sorted(CREATES)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[FakeServer, FakeServer]]:
    """Start a judged and an unjudged server; afterwards no descriptor may be left."""
    before = len(os.listdir("/proc/self/fd"))
    with fake_server() as judged, fake_server(judged=False) as unchecked_server:
        yield judged, unchecked_server
    assert len(os.listdir("/proc/self/fd")) <= before


@pytest.fixture
def running(servers: tuple[FakeServer, FakeServer]) -> FakeServer:
    """Return the judged server: its refusals must be documented by the vendor's capture."""
    return servers[0]


@pytest.fixture
def raw(servers: tuple[FakeServer, FakeServer]) -> FakeServer:
    """Return the unjudged server, for requests that no vendor's page covers."""
    return servers[1]


@pytest.fixture
def _healthy_afterwards(servers: tuple[FakeServer, FakeServer], caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Check that both servers answer afterwards and that the log is empty."""
    yield
    for server in servers:
        assert server.request("GET", "/v1/videos", headers=AUTHORIZATION).status == 200
        assert server.request("GET", "/__mock/health").status == 200
    assert [record.getMessage() for record in caplog.records] == []


pytestmark = pytest.mark.usefixtures("_healthy_afterwards")


def expect_refused(server: FakeServer, method: str, path: str, body=None, *, statuses=range(400, 500), **headers: str):
    """Send a request that must be refused with a JSON body; return the answer."""
    server.advance("2m")  # Reap's limit is ten in a minute
    sent_headers = {**AUTHORIZATION, **{name.replace("_", "-"): value for name, value in headers.items()}}
    answer = server.request(method, path, body, sent_headers)
    assert answer.status in statuses, (answer.status, answer.body[:300])
    assert "json" in answer.headers["Content-Type"]
    answer.json  # noqa: B018 -- it decodes
    return answer


# Bodies


def nested(opening: bytes, levels: int, closing: bytes) -> bytes:
    return opening * levels + b"1" + closing * levels


BODIES = {
    "missing": b"",
    "space": b"  \r\n",
    "half": b'{"prompt": "a',
    "an array": b"[]",
    "a string": b'"{}"',
    "null": b"null",
    "a number": b"7",
    "a word": b"prompt",
    "a form": b"prompt=a+cat&model=x",
    "not a number": b'{"prompt": NaN}',
    "infinity": b'{"prompt": -Infinity}',
    "beyond a double": b'{"duration": 1e999}',
    "five thousand digits": b'{"duration": ' + b"9" * 5_000 + b"}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"prompt": "a"}'.encode("utf-16"),
    "UTF-32": '{"prompt": "a"}'.encode("utf-32-le"),
    "Latin-1": '{"prompt": "é"}'.encode("latin-1"),
    "a lone surrogate": b'{"prompt": "\\ud800"}',
    "an encoded surrogate": b'{"prompt": "\xed\xa0\x80"}',
    "a NUL": b'{"prompt": "a\0"}',
    "a hundred thousand brackets": b"[" * 100_000,
    "a hundred thousand objects": nested(b'{"a":', 100_000, b"}"),
    "deep within a field": b'{"prompt": ' + nested(b"[", 200, b"]") + b"}",
    "two values": b"{}{}",
    "a comma too many": b'{"prompt": "a",}',
    "comments": b'{"prompt": "a" /* b */}',
}


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_not_a_json_object_is_refused(running, vendor, body):
    path, _ = CREATES[vendor]
    expect_refused(running, "POST", path, body, Content_Type="application/json")


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    "odd", [None, True, 0, -1, 1.5, 10**18, "", "\0", "x" * 40_000, [], [[]], {}, {"": None}, {"a" * 5_000: 1}]
)
def test_a_value_of_the_wrong_type_is_never_a_500(running, vendor, odd):
    """The test changes one field at a time; a vendor may accept some values."""
    path, example_ = CREATES[vendor]
    for name in (*example_, "duration", "output", "webhook", "unknown"):
        running.advance("2m")
        answer = running.request("POST", path, {**example_, name: odd}, AUTHORIZATION)
        assert answer.status < 500, (name, answer.body)
        answer.json  # noqa: B018 -- it decodes


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_last_of_two_equal_keys_counts(running, vendor):
    path, whole = CREATES[vendor]
    name, value = next(iter(whole.items()))
    rest = {key: other for key, other in whole.items() if key != name}
    tail = "".join(f', "{key}": {json.dumps(other)}' for key, other in rest.items())
    running.advance("2m")
    typed = {**AUTHORIZATION, "Content-Type": "application/json"}
    good = f'{{"{name}": 7, "{name}": {json.dumps(value)}{tail}}}'
    assert running.request("POST", path, good.encode(), typed).status in (200, 201, 202)
    bad = f'{{"{name}": {json.dumps(value)}, "{name}": 7{tail}}}'
    expect_refused(running, "POST", path, bad.encode(), Content_Type="application/json")


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml"])
def test_a_content_type_other_than_json_is_refused(running, vendor, kind):
    path, whole = CREATES[vendor]
    expect_refused(running, "POST", path, json.dumps(whole).encode(), Content_Type=kind)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_body_of_eleven_megabytes_is_413(running, vendor):
    """The bound is the mock server's; that a vendor has one is inferred if no page names it."""
    path, whole = CREATES[vendor]
    expect_refused(running, "POST", path, {**whole, "prompt": "x" * 11_000_000}, statuses=[413])


@pytest.mark.parametrize("expect", [b"", b"Expect: 100-continue\r\n"])
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_length_of_eleven_megabytes_is_413_before_the_body_comes(running, vendor, expect):
    path, _ = CREATES[vendor]
    head = b"POST %b HTTP/1.1\r\n" % path.encode() + HEAD + b"Content-Type: application/json\r\n"
    with raw_connection(running.url) as connection:
        answer = connection.request(head + b"Content-Length: 11000000\r\n" + expect + b"\r\n")
        assert answer.status == 413
        assert answer.headers["connection"] == "close"
        if expect:
            assert connection.is_closed  # the body will not come


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("coding", "body", "status"),
    [
        ("gzip", b"{}", 400),
        ("gzip", b"\x1f\x8b\x08" + b"\xff" * 50, 400),
        ("deflate", b"\xff" * 50, 400),
        ("gzip", gzip.compress(b" " * 60_000_000), 413),
        ("deflate", zlib.compress(b" " * 60_000_000), 413),
        ("gzip", gzip.compress(gzip.compress(b"{}")), 400),
    ],
    ids=["no gzip", "broken gzip", "no deflate", "a bomb", "a deflated bomb", "twice"],
)
def test_a_body_that_cannot_be_unpacked_is_refused(running, vendor, coding, body, status):
    path, _ = CREATES[vendor]
    headers = {"Content_Encoding": coding, "Content_Type": "application/json"}
    wanted = [422 if vendor == "reap" and status == 400 else status]
    expect_refused(running, "POST", path, body, statuses=wanted, **headers)


# Ids

IDS = {
    "traversal": "..%2f..%2fetc%2fpasswd",
    "dots": "%2e%2e",
    "a NUL": "%00",
    "a line's end": "a%0d%0aX-Evil:%20yes",
    "no UTF-8": "%ff%fe",
    "no escape": "%zz",
    "half an escape": "%2",
    "unicode": "%F0%9F%98%80",
    "ten kilobytes": "x" * 10_000,
    "seven kilobytes": "x" * 7_000,
    "a space": "a%20b",
    "an id's beginning": "G-01ARZ3ND",
    "a line's end behind": "65f1a2b3c4d5e6f7a8b9c0d2%0a",
    "quotes": "%22%3Cscript%3E",
}


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("odd", IDS.values(), ids=IDS)
def test_an_odd_id_is_refused(running, vendor, odd):
    """The status is 404, or 400 or 422 for a malformed id, and no part of the id is in a header."""
    answer = expect_refused(running, "GET", GETS[vendor].format(odd), statuses=[400, 404, 414, 422])
    assert "evil" not in str(answer.headers).lower()


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH"])
@pytest.mark.parametrize("odd", IDS.values(), ids=IDS)
def test_an_odd_id_is_never_a_500_with_other_methods(raw, method, odd):
    for path in (
        f"/v1/videos/{odd}/cancel",
        f"/v1.3/analyze/batches/{odd}/cancel",
        f"/uploads/{odd}",
        f"/s/{odd}/v1/videos",
    ):
        answer = raw.request(method, path, b"{}", {**AUTHORIZATION, "Content-Type": "application/json"})
        assert answer.status < 500 or answer.status == 501, answer.body
        assert "evil" not in str(answer.headers).lower()


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_odd_query_is_never_a_500(running, vendor):
    path = LISTS[vendor]
    odd = ["%", "&&&", "=", "limit=%00", "limit=" + "9" * 5_000, "page=1e3", "page=%D9%A1", "pageSize=0",
           "page_limit=-1", "after=%ff", "limit=1&limit=2", "status=%F0%9F%98%80", "a" * 7_000, "limit=NaN",
           "page=99999999999999999999", "page=" + "9" * 9, "pageSize=100&page=" + "9" * 9, "created_after=x",
           "sort_by=%00"]  # fmt: skip
    for query in odd:
        running.advance("2m")
        answer = running.request("GET", f"{path}?{query}", headers=AUTHORIZATION)
        assert answer.status < 500, (query, answer.body)


# Keys

KEYS = [
    "",
    " ",
    "Bearer",
    "Bearer ",
    "Basic a2V5",
    "bearer",
    "Bearer  ",
    "Token x",
    "key",
    ",",
    "Bearer\tkey",
    "Bearer invalid",
]


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("value", [None, *KEYS], ids=repr)
def test_an_odd_key_is_refused(running, vendor, value):
    running.advance("2m")
    name = "x-api-key" if vendor == "twelvelabs" else "Authorization"
    answer = running.request("GET", GETS[vendor].format("x"), headers={} if value is None else {name: value})
    assert answer.status in ((401, 403) if vendor != "twelvelabs" or not (value or "").strip() else (401, 404, 400))
    answer.json  # noqa: B018 -- it decodes


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("key", ["é", "日本", "k" * 8_000, "a b", "\x7f", "scenario:", "a,b"])
def test_a_key_may_have_any_characters(running, vendor, key):
    """The fake accepts every key except `invalid` and `expired`."""
    running.advance("2m")
    sent_headers = {"x-api-key": key} if vendor == "twelvelabs" else {"Authorization": f"Bearer {key}"}
    raw_value = {name: value.encode().decode("latin-1") for name, value in sent_headers.items()}
    answer = running.request("GET", GETS[vendor].format("x"), headers=raw_value)
    assert 400 <= answer.status < 500
    answer.json  # noqa: B018 -- it decodes


# HTTP itself

GET = b"GET /v1/videos HTTP/1.1\r\n" + HEAD
POST = b"POST /v1/videos HTTP/1.1\r\n" + HEAD
RAW = {
    "length and chunks": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a list of lengths": POST + b"Content-Length: 2, 3\r\n\r\n{}",
    "no length": POST + b"Content-Length: x\r\n\r\n{}",
    "a length below 0": POST + b"Content-Length: -1\r\n\r\n{}",
    "a signed length": POST + b"Content-Length: +2\r\n\r\n{}",
    "a hexadecimal length": POST + b"Content-Length: 0x2\r\n\r\n{}",
    "a length beyond 64 bits": POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked not last": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "no chunk size": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a chunk size below 0": POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "a huge chunk size": POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    "a chunk longer than announced": POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}x\r\n0\r\n\r\n",
    "bare line feeds": GET.replace(b"\r\n", b"\n") + b"\n",
    "a bare carriage return": GET + b"X-A: b\rc\r\n\r\n",
    "a folded line": GET + b"X-A: b\r\n c\r\n\r\n",
    "a folded first line": b"GET /v1/videos HTTP/1.1\r\n Host: x\r\n\r\n",
    "no host": b"GET /v1/videos HTTP/1.1\r\n\r\n",
    "two hosts": GET + b"Host: y\r\n\r\n",
    "a space before the colon": GET + b"X-A : b\r\n\r\n",
    "a nameless header": GET + b": b\r\n\r\n",
    "a header without a colon": GET + b"nothing\r\n\r\n",
    "a NUL in a header": GET + b"X-A: b\0c\r\n\r\n",
    "a NUL in the path": b"GET /v1/vid\0eos HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a byte beyond ASCII in the path": b"GET /v1/\xff HTTP/1.1\r\n" + HEAD + b"\r\n",
    "UTF-8 in the path": "GET /v1/é HTTP/1.1\r\n".encode() + HEAD + b"\r\n",
    "a space in the path": b"GET /v1/a b HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a header of 9 kB": GET + b"X-A: " + b"x" * 9_000 + b"\r\n\r\n",
    "a header's name of 9 kB": GET + b"X" * 9_000 + b": y\r\n\r\n",
    "a path of 9 kB": b"GET /v1/" + b"x" * 9_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
    "two hundred headers": GET + b"".join(b"X-%d: y\r\n" % number for number in range(200)) + b"\r\n",
    "a line that never ends": b"GET /" + b"x" * 200_000,
    "headers that never end": GET + b"X: y\r\n" * 20_000,
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0",
    "HTTP/3.0": GET.replace(b"1.1", b"3.0") + b"\r\n",
    "an odd version": GET.replace(b"HTTP/1.1", b"HTTP/one") + b"\r\n",
    "a TLS hello": bytes.fromhex("16030100c8010000c40303") + b"\0" * 190,
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "SOCKS": b"\5\1\0",
    "Redis": b"*1\r\n$4\r\nPING\r\n",
    "an unknown method": GET.replace(b"GET", b"FROB") + b"\r\n",
    "a method in small letters": GET.replace(b"GET", b"get") + b"\r\n",
    "a space first": b" " + GET + b"\r\n",
    "only NULs": b"\0" * 100,
    "random bytes": bytes(range(256)) * 4,
}


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("a path of 9 kB", 414),
        ("a line that never ends", 414),
        ("a header of 9 kB", 431),
        ("a header's name of 9 kB", 431),
        ("two hundred headers", 431),
        ("headers that never end", 431),
        ("an unknown method", 501),
        ("a method in small letters", 501),
        ("the preface of HTTP/2", 505),
        ("HTTP/3.0", 505),
        ("a TLS hello", 400),
        ("SSH", 400),
        ("Redis", 400),
        ("a space first", 400),
    ],
)
def test_invalid_http_has_the_status_of_rfc_9110(raw, name, status):
    with raw_connection(raw.url) as connection:
        connection.send(RAW[name])
        answer = connection.read_response()
        assert answer.status == status
        assert json.loads(answer.body)["code"] == "SRV003"
        assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("pieces", [1, 3, 9])
@pytest.mark.parametrize(("name", "status"), [("a path of 9 kB", 414), ("a header of 9 kB", 431)])
def test_a_head_that_comes_in_pieces_has_the_same_status(raw, name, status, pieces):
    data = RAW[name]
    size = -(-len(data) // pieces)
    with raw_connection(raw.url) as connection:
        assert connection.request(GET + b"\r\n").status == 200
        for start in range(0, len(data), size):
            connection.send(data[start : start + size])
        assert connection.read_response().status == status


@pytest.mark.parametrize("version", [b"1.2", b"1.9"])
@pytest.mark.parametrize("cut", [0, 5, 17, 22, 23, 24])
def test_a_later_minor_version_is_answered_as_1_1(raw, version, cut):
    request = GET.replace(b"1.1", version) + b"\r\n"
    with raw_connection(raw.url) as connection:
        for _ in range(2):
            connection.send(request[:cut])
            answer = connection.request(request[cut:])
            assert answer.status == 200
            assert answer.head.startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"CONNECT a.example:443 HTTP/1.1\r\n" + HEAD, 501),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n", 501),
        (POST + b"Expect: the-unexpected\r\nContent-Length: 0\r\n", 417),
        (b"OPTIONS * HTTP/1.1\r\n" + HEAD, 204),
    ],
)
def test_http_that_is_valid_and_not_for_a_vendor(raw, head, status):
    with raw_connection(raw.url) as connection:
        answer = connection.request(head + b"\r\n")
        assert answer.status == status
        assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("data", RAW.values(), ids=RAW)
def test_invalid_http_is_refused_and_closes_the_connection(raw, data):
    """The answer comes at once or when the client has closed its half."""
    with raw_connection(raw.url) as connection:
        try:
            connection.send(data)
            connection.shutdown_write()
            answer = connection.read_response()
        except (EOFError, ConnectionError):
            return
        assert 400 <= answer.status < 500 or answer.status in (501, 505), answer
        if "problem" in answer.headers["content-type"]:
            assert json.loads(answer.body)["code"] == "SRV003"
        assert connection.is_closed


INCOMPLETE_REQUESTS = {
    "nothing": b"",
    "half a line": b"GET /v1/vid",
    "half a head": GET,
    "half a body": POST + b"Content-Length: 9\r\n\r\n{",
}


@pytest.mark.parametrize("data", INCOMPLETE_REQUESTS.values(), ids=INCOMPLETE_REQUESTS)
def test_an_incomplete_request_blocks_no_other(raw, data):
    """Its rest may still come."""
    with raw_connection(raw.url) as slow:
        slow.send(data)
        assert raw.request("GET", "/v1/videos", headers=AUTHORIZATION).status == 200
        if data.endswith(b"{"):
            assert slow.request(b'"a": 1}x').status == 400
        elif data == GET:
            assert slow.request(b"\r\n").status == 200


def test_many_slow_bodies_block_no_other_request(raw):
    held = [raw_connection(raw.url) for _ in range(50)]
    connections = [context.__enter__() for context in held]
    for connection in connections:
        connection.send(POST + b"Content-Length: 9\r\n\r\n")
    for byte in b'{"a": 1}':
        for connection in connections:
            connection.send(bytes([byte]))
        assert raw.request("GET", "/v1/videos", headers=AUTHORIZATION).status == 200
    for connection, context in zip(connections, held, strict=True):
        assert connection.request(b" ").status == 400
        context.__exit__(None, None, None)


@settings(max_examples=300 * EXAMPLES_FACTOR, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=300), place=st.integers(0, 200), cut=st.integers(0, 200), body=st.booleans())
@example(data=b"", place=0, cut=0, body=False)
def test_an_overwritten_request_is_never_a_500(raw, data, place, cut, body):
    """Random bytes replace a part of a valid request; the server answers or closes the connection."""
    good = POST + b"Content-Length: 2\r\n\r\n{}" if body else GET + b"\r\n"
    sent = good[:place] + data + good[place + cut :]
    with raw_connection(raw.url) as connection:
        try:
            connection.send(sent)
            connection.shutdown_write()
            while True:
                status = connection.read_response(bodiless=sent.startswith(b"HEAD")).status
                assert status < 500 or status in (501, 505)
        except (EOFError, ConnectionResetError, BrokenPipeError):
            pass


def test_the_bounds_are_as_documented():
    assert MAX_BODY_BYTES == 10_000_000
    assert BODY_TIMEOUT == 30.0
