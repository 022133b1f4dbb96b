"""HTTP as clients know it: methods, encodings, connections, headers."""

import gzip
import json
import zlib
from email.utils import parsedate_to_datetime

import pytest

from mockserver.core.wire import Response
from mockserver.server.adapter import server as adapter_server
from mockserver.server.encode import MAX_COMPRESS_BYTES, MIN_COMPRESS_BYTES, accepts_gzip, encode_response
from tests.support.fake_server import Refusal, fake_server
from tests.support.phaseo_requests import AUTHORIZATION, RAW_BODY, RAW_HEADERS, RAW_LIST, RAW_POST, create_video
from tests.support.raw_client import raw_connection


def sized(body: bytes = RAW_BODY) -> bytes:
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


# Compression

JSON = ("Content-Type", "application/json")


@pytest.mark.parametrize(
    ("headers", "size", "is_compressed"),
    [
        ([JSON], MIN_COMPRESS_BYTES, True),
        ([JSON], MAX_COMPRESS_BYTES, True),
        ([JSON], MIN_COMPRESS_BYTES - 1, False),
        ([JSON], MAX_COMPRESS_BYTES + 1, False),
        ([("Content-Type", "image/png")], MIN_COMPRESS_BYTES, False),
        ([JSON, ("Content-encoding", "br")], MIN_COMPRESS_BYTES, False),
        ([], MIN_COMPRESS_BYTES, False),
    ],
)
def test_texts_that_are_worth_it_are_compressed_once(headers, size, is_compressed):
    body = b"x" * size
    head, _, sent = encode_response(Response(200, tuple(headers), body), 0, compress=True).partition(b"\r\n\r\n")
    assert (b"Content-Encoding: gzip" in head) is is_compressed
    assert (gzip.decompress(sent) if is_compressed else sent) == body


# Methods


@pytest.mark.parametrize("path", ["/v1/videos", "/v1/videos/nope", "/__mock/health"])
def test_head_answers_like_get_without_the_body(server, path):
    get, head = (server.request(method, path, headers=AUTHORIZATION) for method in ("GET", "HEAD"))
    assert head.body == b""
    assert head.status == get.status
    assert head.headers["Content-Length"] == str(len(get.body))
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


def test_the_bytes_after_a_head_answer_are_the_next_answer(connection):
    connection.request(b"HEAD /v1/videos HTTP/1.1\r\n" + RAW_HEADERS + b"\r\n", bodiless=True)
    assert connection.request(RAW_LIST).status == 200


def test_a_head_is_journalled_as_a_poll(server):
    video = create_video(server)
    server.request("HEAD", f"/v1/videos/{video}", headers=AUTHORIZATION)
    assert server.admin("journal?operation=get")["total"] == 1


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/videos", "GET, POST, HEAD, OPTIONS"),
        ("/v1/videos/x", "DELETE, GET, HEAD, OPTIONS"),
        ("/v1/videos/x/cancel", "POST, OPTIONS"),
        ("/v1/nothing", "OPTIONS"),
    ],
)
def test_options_lists_the_methods(server, path, methods):
    answer = server.request("OPTIONS", path)
    assert answer.status == 204
    assert answer.body == b""
    assert answer.headers["Allow"] == methods
    assert answer.headers["Content-Length"] is None


def test_a_method_that_the_path_does_not_have_is_405(server):
    answer = server.request("PATCH", "/v1/videos", headers=AUTHORIZATION)
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, POST"
    assert answer.json["error"] == "method_not_allowed"


# Pages of other origins


def test_pages_may_call_the_vendors_apis(server):
    asks = {
        "Origin": "http://page.test",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    preflight = server.request("OPTIONS", "/v1/videos", headers=asks)
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET, POST, HEAD, OPTIONS"
    assert preflight.headers["Access-Control-Allow-Headers"] == "authorization, content-type"
    for path in ("/v1/videos", "/v1/videos/nope", "/nowhere"):
        answer = server.request("GET", path, headers={**AUTHORIZATION, "Origin": "http://page.test"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Expose-Headers"] == "*"


def test_without_an_origin_there_are_no_cors_headers(server):
    assert server.request("GET", "/v1/videos", headers=AUTHORIZATION).headers["Access-Control-Allow-Origin"] is None


@pytest.mark.parametrize("path", ["/__mock/health", "/s/t1/__mock/journal"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_pages_may_not_read_the_admin_api(server, path, method):
    answer = server.request(method, path, headers={"Origin": "http://page.test"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_post_without_a_preflight_is_refused_by_the_admin_api(server):
    """Without a preflight a browser sends only forms and plain text."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        for body in (b'{"all": true}', b""):
            answer = server.request("POST", "/__mock/reset", body, {"Content-Type": kind})
            assert answer.refusal == Refusal(415, "ADM041")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://page.test"},
        {"Origin": "null"},
        {"Origin": "http://[page"},
        {"Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/__mock/reset"), ("GET", "/s/t1/__mock/clock")])
def test_the_admin_api_refuses_pages_of_other_origins(server, headers, method, path):
    answer = server.request(method, path, headers=headers)
    assert answer.refusal == Refusal(403, "ADM039")
    assert "--allow-host" in answer.json["hint"]
    assert server.request("GET", "/v1/videos", headers={**AUTHORIZATION, **headers}).status == 200


def test_the_admin_api_answers_its_own_page_and_a_link_that_is_followed(server):
    own = {"Origin": server.url, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
    assert server.request("POST", "/__mock/reset", headers=own).status == 200
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert server.request("GET", "/__mock/version", headers=followed).status == 200


def test_a_page_behind_a_tls_proxy_is_the_server_s_own(server):
    own = {"Origin": server.url.replace("http://", "https://")}
    assert server.request("POST", "/__mock/reset", headers=own).status == 200


def test_a_form_that_another_site_submits_is_no_followed_link(server):
    submitted = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert server.request("POST", "/__mock/reset", headers=submitted).refusal == Refusal(403, "ADM039")


@pytest.mark.parametrize("host", ["page.test", "page.test:4810", "127.0.0.1.page.test", "localhost.page.test", "127.1"])
def test_the_admin_api_refuses_a_name_that_is_not_this_machine_s(server, host):
    answer = server.request("POST", "/__mock/reset", headers={"Host": host})
    assert answer.refusal == Refusal(403, "ADM040")
    assert server.request("GET", "/v1/videos", headers={**AUTHORIZATION, "Host": host}).status == 200


@pytest.mark.parametrize(
    "host", ["127.0.0.1:1", "localhost", "LOCALHOST.:4810", "[::1]:4810", "a.localhost", "10.0.0.1"]
)
def test_the_admin_api_answers_under_this_machine_s_names(server, host):
    assert server.request("POST", "/__mock/reset", headers={"Host": host}).status == 200


def test_a_name_can_be_allowed_and_a_token_needs_none():
    with fake_server(allowed_hosts=("Mock.Test",)) as server:
        assert server.request("GET", "/__mock/version", headers={"Host": "mock.test:4810"}).status == 200
        page = {"Host": "mock.test:4810", "Origin": "http://mock.test:3000"}
        assert server.request("GET", "/__mock/version", headers=page).status == 200
    with fake_server(token="secret") as server:
        headers = {"Host": "mock.test", "Authorization": "Bearer secret"}
        assert server.request("GET", "/__mock/version", headers=headers).status == 200


# Encodings


def test_a_large_answer_is_compressed_if_the_client_accepts_gzip(server):
    for _ in range(8):
        create_video(server)
    plain = server.request("GET", "/v1/videos", headers=AUTHORIZATION)
    small = server.request("GET", "/v1/videos?limit=1", headers={**AUTHORIZATION, "Accept-Encoding": "gzip"})
    packed = server.request("GET", "/v1/videos", headers={**AUTHORIZATION, "Accept-Encoding": "br, gzip"})
    assert len(plain.body) >= MIN_COMPRESS_BYTES > len(small.body)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.body) == plain.body
    assert plain.headers["Content-Encoding"] is small.headers["Content-Encoding"] is None


def test_a_video_file_is_never_compressed(server):
    video = create_video(server)
    server.advance("1h")
    answer = server.request("GET", f"/v1/videos/{video}/content", headers={**AUTHORIZATION, "Accept-Encoding": "gzip"})
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] is None


@pytest.mark.parametrize("accepting", ["gzip", "GZip", "br, gzip", "gzip;q=0.5", "gzip ; q=1"])
def test_headers_that_accept_gzip(accepting):
    assert accepts_gzip(accepting)


@pytest.mark.parametrize("refusing", ["", "br", "identity", "gzip;q=0", "gzip; q=0.000", "gzipped", "*"])
def test_headers_that_do_not_accept_gzip(refusing):
    assert not accepts_gzip(refusing)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "identity"])
def test_a_compressed_request_is_unpacked(server, coding):
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "identity": bytes}[coding](RAW_BODY)
    typed = {**AUTHORIZATION, "Content-Encoding": coding, "Content-Type": "application/json"}
    answer = server.request("POST", "/v1/videos", packed, typed)
    assert answer.json["object"] == "video"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(RAW_BODY), RAW_BODY), id="one chunk"
        ),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n\r\n"
            + b"".join(b"1;x=y\r\n%c\r\n" % byte for byte in RAW_BODY)
            + b"0\r\nX-T: v\r\n\r\n",
            id="many chunks and a trailer",
        ),
        pytest.param(sized(), id="a length"),
    ],
)
def test_a_body_may_be_chunked_or_have_a_length(connection, body):
    assert json.loads(connection.request(RAW_POST + body).body)["object"] == "video"
    assert connection.request(RAW_LIST).status == 200


# Connections


def test_a_connection_stays_open(connection):
    for _ in range(3):
        assert connection.request(RAW_LIST).status == 200
        assert connection.request(RAW_POST + sized()).status == 200
        assert connection.request(RAW_POST + sized(b"{}")).status == 400


@pytest.mark.parametrize("request_", [RAW_LIST, RAW_POST + sized()], ids=["short", "aiohttp"])
def test_connection_close_closes_the_connection(connection, request_):
    first, _, rest = request_.partition(b"\r\n")
    answer = connection.request(first + b"\r\nConnection: close\r\n" + rest)
    assert answer.status == 200
    assert answer.headers["connection"] == "close"
    assert connection.is_closed


def test_http_1_0_is_closed_unless_keep_alive_is_requested(unchecked_server):
    old = RAW_LIST.replace(b"HTTP/1.1", b"HTTP/1.0")
    with raw_connection(unchecked_server.url) as connection:
        answer = connection.request(old)
        assert answer.status == 200
        assert answer.headers["connection"] == "close"
        assert connection.is_closed
    with raw_connection(unchecked_server.url) as connection:
        for _ in range(2):
            answer = connection.request(old.replace(b"Host", b"Connection: keep-alive\r\nHost"))
            assert answer.headers["connection"] == "keep-alive"


def test_pipelined_requests_are_answered_in_order(connection):
    connection.send(RAW_LIST * 3 + RAW_POST + sized() + RAW_LIST)
    answers = [connection.read_response() for _ in range(5)]
    assert [len(json.loads(answer.body).get("data", "video")) for answer in answers] == [0, 0, 0, 5, 1]
    ids = [answer.headers["x-mock-request-id"] for answer in answers]
    assert ids == sorted(set(ids))


def test_expect_100_continue_is_answered_before_the_body(connection):
    interim = connection.request(RAW_POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(RAW_BODY))
    assert interim.status == 100
    assert interim.headers == {}
    assert connection.request(RAW_BODY).status == 200


def test_http_1_0_gets_no_interim_answer(connection):
    """An HTTP/1.0 client would take it for the final answer."""
    old = RAW_POST.replace(b"HTTP/1.1", b"HTTP/1.0")
    assert connection.request(old + b"Expect: 100-continue\r\n" + sized()).status == 200


@pytest.mark.parametrize("request_", [RAW_LIST, RAW_POST + sized()], ids=["short", "aiohttp"])
def test_a_half_closed_connection_is_still_answered(connection, request_):
    connection.send(request_)
    connection.shutdown_write()
    assert connection.read_response().status == 200
    assert connection.is_closed


def test_a_connection_that_ends_within_a_body_is_closed(unchecked_server, caplog):
    with raw_connection(unchecked_server.url) as connection:
        connection.send(RAW_POST + b"Content-Length: 100\r\n\r\n{")
        connection.shutdown_write()
        assert connection.is_closed
    assert unchecked_server.request("GET", "/v1/videos", headers=AUTHORIZATION).status == 200
    assert caplog.records == []


def test_a_body_that_does_not_arrive_in_time_is_400(unchecked_server, monkeypatch):
    monkeypatch.setattr(adapter_server, "BODY_TIMEOUT", 0.05)
    with raw_connection(unchecked_server.url) as connection:
        answer = connection.request(RAW_POST + b"TE: trailers\r\nContent-Length: 100\r\n\r\n{")
        assert answer.status == 400
        assert answer.headers["connection"] == "close"
        assert "did not arrive within 0.05 s" in json.loads(answer.body)["message"]
        assert connection.is_closed


@pytest.mark.parametrize("host", ["http://fake.test", "HTTP://other.test:99", "https://fake.test"])
def test_a_request_target_may_be_a_whole_url(connection, host):
    answer = connection.request(RAW_LIST.replace(b"/v1", host.encode() + b"/v1", 1))
    assert answer.status == 200
    assert json.loads(answer.body)["data"] == []


# Headers of every answer


def test_headers_name_session_epoch_time_and_request(server):
    server.advance("1h")
    video = create_video(server)
    answers = [server.request("GET", f"/s/t1/v1/videos/{video}", headers=AUTHORIZATION) for _ in range(2)]
    assert [answer.headers["X-Mock-Session"] for answer in answers] == ["t1@1"] * 2
    answers = [server.request("GET", f"/v1/videos/{video}", headers=AUTHORIZATION) for _ in range(3)]
    server.admin("reset", {})
    answers += [server.request("GET", f"/v1/videos/{video}", headers=AUTHORIZATION)]
    assert [answer.headers["X-Mock-Session"] for answer in answers] == ["default@1"] * 3 + ["default@2"]
    assert [answer.headers["X-Mock-Time"] for answer in answers[2:]] == [
        "2026-10-01T13:00:00.000Z",
        "2026-10-01T12:00:00.000Z",
    ]
    assert len({answer.headers["X-Mock-Request-Id"] for answer in answers}) == 4
    journal = {entry["request_id"] for entry in server.admin("journal")["entries"]}
    assert answers[-1].headers["X-Mock-Request-Id"] in journal


def test_the_date_is_the_session_clock(server):
    for path in ("/v1/videos", "/v1/videos/nope", "/s/t1/v1.3/analyze/batches"):
        answer = server.request("GET", path, headers=AUTHORIZATION)
        assert answer.headers["Date"] == "Thu, 01 Oct 2026 12:00:00 GMT"
    server.advance("90000s")
    assert server.request("GET", "/v1/videos", headers=AUTHORIZATION).headers["Date"] == "Fri, 02 Oct 2026 13:00:00 GMT"


def test_the_date_of_an_error_without_a_session_is_the_wall_clock(server):
    stamp = parsedate_to_datetime(server.request("GET", "/nowhere").headers["Date"])
    assert stamp.year >= 2026
    assert stamp.tzinfo is not None


@pytest.mark.parametrize("host", [b"", b"Host:\r\n", b"Host: a b\r\n", b"Host: a/../b\r\n", b'Host: "><x\r\n'])
def test_without_a_usable_host_urls_have_the_listening_address(unchecked_server, host):
    """An HTTP/1.0 request may have no Host."""
    video = create_video(unchecked_server).encode()
    version = b"1.1" if host else b"1.0"
    with raw_connection(unchecked_server.url) as connection:
        answer = connection.request(
            b"GET /v1/videos/%b HTTP/%b\r\nAuthorization: Bearer key\r\n%b\r\n" % (video, version, host)
        )
        assert json.loads(answer.body)["polling_url"] == f"{unchecked_server.url}/v1/videos/{video.decode()}"


def test_urls_have_the_host_of_the_request():
    with fake_server() as server:
        video = create_video(server)
        answer = server.request(
            "GET", f"/v1/videos/{video}", headers={**AUTHORIZATION, "Host": "fake.internal:81"}
        ).json
        assert answer["polling_url"] == f"http://fake.internal:81/v1/videos/{video}"


# Headers in two encodings


def test_a_header_may_be_utf_8_or_latin_1(unchecked_server):
    """Python's client sends Latin-1, others send UTF-8; both name the same session."""
    for sent in ("é", "è"):
        for raw in (sent.encode(), sent.encode("latin-1")):
            with raw_connection(unchecked_server.url) as connection:
                answer = connection.request(RAW_LIST.replace(b"Host", b"X-Mock-Session: " + raw + b"\r\nHost"))
                assert answer.headers["x-mock-session"] == f"{sent}@1"
    assert len(unchecked_server.admin("sessions")["sessions"]) == 2
    requests = unchecked_server.admin("journal", session="é")["entries"]
    assert [entry["request"]["headers"]["x-mock-session"] for entry in requests] == ["é", "é"]
