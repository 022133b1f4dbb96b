"""The proxy: traffic that it forwards, requests that it refuses, and exchanges that it reports to its observer."""

import gzip
import json
import socket
import zlib
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from mockserver.errors import MockError
from mockserver.recordings.bodies import MAX_BODY_BYTES, TOO_LARGE
from mockserver.server.addresses import DestinationRefused
from mockserver.server.proxy.proxy import Proxy
from mockserver.server.proxy.upstream import (
    check_upstream_address,
    decodable_codings,
    end_to_end_headers,
    parse_upstream,
)
from tests.support.fake_server import FakeServer, fake_server
from tests.support.phaseo_requests import AUTHORIZATION
from tests.support.proxy import RecordingObserver, running_proxy
from tests.support.raw_client import exchange_bytes
from tests.support.raw_server import one_response_server
from tests.support.sdk_clients import phaseo_client

CREATE = {"model": "qwen/wan2.7-t2v", "prompt": "A lighthouse", "duration": 5}


def at_url(server: FakeServer, url: str) -> FakeServer:
    """Return the same server at another URL."""
    return FakeServer(url, server.app, server.hub, server.contract_observer)


def http_response(body: bytes = b"{}", *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers, b"", b""]
    return b"\r\n".join(lines) + body


class TestForwarding:
    def test_a_vendors_client_works_through_the_proxy(self):
        observer = RecordingObserver()
        with fake_server("phaseo@2026-06-11") as server, running_proxy(server.url, observer) as url:
            client = phaseo_client(at_url(server, url))
            created = client.videos.create(CREATE)
            assert client.videos.retrieve(created["id"])["id"] == created["id"]
            assert client.videos.cancel(created["id"])["status"] == "cancelled"
        cancelled = observer.exchanges[-1]
        assert cancelled.response is not None
        assert json.loads(cancelled.response.body)["status"] == "cancelled"
        assert cancelled.request.path == f"/v1/videos/{created['id']}/cancel"
        assert cancelled.request.headers["host"] == urlsplit(server.url).netloc
        assert (
            [seq for _, seq in observer.announced]
            == [exchange.sent_seq for exchange in observer.exchanges]
            == [1, 3, 5, 7]
        )

    def test_a_gzipped_answer_stays_gzipped_and_is_unpacked_for_the_observer(self):
        observer, plain = RecordingObserver(), b'{"a": "' + b"x" * 9000 + b'"}'
        packed = gzip.compress(plain)
        with (
            one_response_server(http_response(packed, b"Content-Encoding: gzip")) as (up, received),
            running_proxy(up, observer) as url,
        ):
            answer = exchange_bytes(
                url, b"GET /v1/videos HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br, gzip\r\nConnection: close\r\n\r\n"
            )
        assert answer.endswith(packed)
        assert observer.last().response.body == plain
        assert b"Accept-Encoding: gzip\r\n" in received[0]

    def test_a_deflated_request_is_forwarded_unchanged(self):
        observer, packed = RecordingObserver(), zlib.compress(b'{"a": 1}')
        head = b"POST /v1/videos?a=%2F HTTP/1.1\r\nHost: x\r\nContent-Encoding: deflate\r\nConnection: close\r\n"
        with one_response_server(http_response()) as (up, received), running_proxy(up, observer) as url:
            exchange_bytes(url, head + b"Content-Length: %d\r\n\r\n" % len(packed) + packed)
        assert received[0].startswith(b"POST /v1/videos?a=%2F HTTP/1.1\r\n")
        assert received[0].endswith(packed)
        request = observer.last().request
        assert request.path == "/v1/videos"
        assert request.query == "a=%2F"
        assert request.body == b'{"a": 1}'

    def test_head_has_a_length_and_no_body(self):
        observer = RecordingObserver()
        with (
            one_response_server(b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n") as (up, _),
            running_proxy(up, observer) as url,
        ):
            answer = exchange_bytes(url, b"HEAD /v1/videos HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"Content-Length: 1234" in answer
        assert answer.endswith(b"\r\n\r\n")
        assert observer.last().response.body == b""

    @pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
    def test_an_answer_without_a_body_stays_without_one(self, status):
        with (
            one_response_server(b"HTTP/1.1 " + status + b"\r\nX-A: 1\r\n\r\n") as (up, _),
            running_proxy(up) as url,
        ):
            answer = exchange_bytes(url, b"GET /v1/videos HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer == b"HTTP/1.1 " + status + b"\r\nX-A: 1\r\nConnection: close\r\n\r\n"

    def test_headers_of_the_connection_are_not_forwarded(self):
        request = (
            b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nX-Yours: 2\r\n"
            b"Proxy-Authorization: Basic eA==\r\nTE: trailers\r\nUpgrade: h2c\r\n\r\n"
        )
        answer = http_response(b"{}", b"Connection: X-Hop", b"X-Hop: 1", b"Keep-Alive: timeout=5", b"X-End: 2")
        with one_response_server(answer) as (up, received), running_proxy(up) as url:
            answer = exchange_bytes(url, request)
        names = {line.split(b":")[0].lower() for line in received[0].split(b"\r\n")[1:] if line}
        assert names == {b"host", b"x-yours", b"accept-encoding"}
        assert b"X-Hop" not in answer
        assert b"Keep-Alive" not in answer
        assert b"X-End: 2\r\n" in answer

    def test_redirects_are_not_followed(self):
        moved = http_response(b"", b"Location: http://127.0.0.1:1/elsewhere", status=b"302 Found")
        with one_response_server(moved) as (up, received), running_proxy(up) as url:
            answer = exchange_bytes(url, b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"302 Found" in answer
        assert b"Location: http://127.0.0.1:1/elsewhere" in answer
        assert len(received) == 1

    def test_a_body_of_unknown_length_is_chunked_or_ends_with_the_connection(self):
        endless = b"HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nhello"
        with one_response_server(endless, endless) as (up, _), running_proxy(up) as url:
            modern = exchange_bytes(url, b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            old = exchange_bytes(url, b"GET /a HTTP/1.0\r\n\r\n")
        assert modern.endswith(b"5\r\nhello\r\n0\r\n\r\n")
        assert old.endswith(b"\r\n\r\nhello")

    def test_the_path_of_the_upstream_is_added_and_not_judged(self):
        observer = RecordingObserver()
        with one_response_server(http_response()) as (up, received), running_proxy(f"{up}/s/t1/", observer) as url:
            exchange_bytes(url, b"GET //v1/videos HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert received[0].startswith(b"GET /s/t1//v1/videos ")
        assert observer.last().request.path == "//v1/videos"

    def test_a_body_too_large_to_judge_is_forwarded_whole(self):
        observer, size = RecordingObserver(), MAX_BODY_BYTES + 1
        with one_response_server(http_response(b"x" * size)) as (up, _), running_proxy(up, observer) as url:
            answer = exchange_bytes(url, b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert len(answer.partition(b"\r\n\r\n")[2]) == size
        assert observer.last().response is None
        assert observer.unusable_reasons == [TOO_LARGE]

    def test_expect_100_continue_is_answered_by_the_proxy(self):
        with one_response_server(http_response()) as (up, received), running_proxy(up) as url:
            answer = exchange_bytes(
                url,
                b"POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"
                b"hi",
            )
        assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
        assert b"100-continue" not in received[0]

    def test_a_connection_is_kept_for_the_next_request(self):
        with fake_server("phaseo@2026-06-11") as server, running_proxy(server.url) as url:
            connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
            for _ in range(3):
                connection.request("GET", "/v1/videos", headers=AUTHORIZATION)
                held = connection.sock
                assert connection.getresponse().read()
                assert connection.sock is held
            connection.close()


class TestFailures:
    def test_an_unreachable_upstream_is_a_502_and_an_unanswered_exchange(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        observer = RecordingObserver()
        with running_proxy(f"http://127.0.0.1:{port}", observer) as url:
            answer = exchange_bytes(url, b"POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        assert answer.startswith(b"HTTP/1.1 502 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "SRV007"
        last = observer.last()
        assert last.response is None
        assert last.answered_at is None
        assert last.answered_seq == 0

    def test_an_incomplete_answer_of_the_upstream_is_cut_for_the_client(self):
        observer = RecordingObserver()
        broken = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
        with one_response_server(broken) as (up, _), running_proxy(up, observer) as url:
            connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
            connection.request("GET", "/v1/videos")
            with pytest.raises((ConnectionError, HTTPException)):
                connection.getresponse().read()
            connection.close()
            assert observer.last().response is None

    @pytest.mark.parametrize(("method", "times"), [(b"GET", 2), (b"DELETE", 1), (b"POST", 1)])
    def test_an_upstream_that_closes_at_once_is_a_502_and_only_reads_are_repeated(self, method, times):
        with one_response_server(*[b""] * times) as (up, received), running_proxy(up) as url:
            assert b" 502 " in exchange_bytes(url, method + b" /a HTTP/1.1\r\nHost: x\r\n\r\n")
        assert len(received) == times

    def test_an_upstream_without_valid_http_is_a_502(self):
        with one_response_server(b"SSH-2.0-OpenSSH_9.6\r\n") as (up, _), running_proxy(up) as url:
            assert b" 502 " in exchange_bytes(url, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")

    def test_an_answer_is_judged_though_the_client_has_disconnected(self):
        observer = RecordingObserver()
        listener = socket.create_server(("127.0.0.1", 0))
        with running_proxy(f"http://127.0.0.1:{listener.getsockname()[1]}", observer) as url:
            host = urlsplit(url)
            client = socket.create_connection((host.hostname, host.port))
            client.sendall(b"GET /v1/videos HTTP/1.1\r\nHost: x\r\n\r\n")
            accepted, _ = listener.accept()
            accepted.recv(65536)
            client.close()
            accepted.sendall(http_response(b'{"a": 1}'))
            assert observer.last().response.body == b'{"a": 1}'
            accepted.close()
        listener.close()

    def test_a_failing_observer_does_not_stop_the_traffic(self, caplog):
        class FailingObserver(RecordingObserver):
            def add(self, exchange, lost=""):
                super().add(exchange, lost)
                raise RuntimeError("no")

        with one_response_server(http_response()) as (up, _), running_proxy(up, FailingObserver()) as url:
            assert b"200 OK" in exchange_bytes(url, b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert "SRV009" in caplog.text


class TestRefusals:
    @pytest.mark.parametrize("target", [b"http://127.0.0.1:1/a", b"https://example.com/", b"*"])
    def test_a_target_that_is_not_a_path_is_refused(self, target):
        observer = RecordingObserver()
        with running_proxy("http://127.0.0.1:1", observer) as url:
            answer = exchange_bytes(url, b"OPTIONS " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"SRV006" in answer
        assert not observer.announced

    @pytest.mark.parametrize(
        ("host", "status"),
        [(b"evil.example.com", b"421"), (b"localhost:4811", b"502"), (b"proxy", b"502"), (b"[::1]:4811", b"502")],
    )
    def test_a_foreign_host_header_is_refused(self, host, status):
        with running_proxy("http://127.0.0.1:1") as url:
            assert exchange_bytes(url, b"GET /a HTTP/1.1\r\nHost: " + host + b"\r\n\r\n").startswith(
                b"HTTP/1.1 " + status
            )

    def test_a_proxy_for_other_machines_accepts_any_host(self):
        with running_proxy("http://127.0.0.1:1", open_to_all=True) as url:
            assert b" 502 " in exchange_bytes(url, b"GET /a HTTP/1.1\r\nHost: mock.lan.example\r\n\r\n")

    def test_a_name_of_a_metadata_address_is_refused(self):
        class MetadataResolver(AbstractResolver):
            async def resolve(self, host, port=0, family=socket.AF_INET):
                return [
                    ResolveResult(hostname=host, host="169.254.169.254", port=port, family=family, proto=0, flags=0)
                ]

            async def close(self):
                pass

        with running_proxy("http://api.example.com", lookup=MetadataResolver()) as url:
            answer = exchange_bytes(url, b"GET /latest/meta-data HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 502 ")

    @pytest.mark.parametrize(
        "data",
        [
            b"garbage\r\n\r\n",
            b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /a HTTP/1.1\r\n\r\n",
            b"GET /a HTTP/1.1\r\nBad Header: x\r\n\r\n",
            b"GET /a HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 70_000 + b"\r\n\r\n",
            b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100,
        ],
        ids=["no HTTP", "a space", "no host", "no header", "too long a header", "two lengths", "TLS"],
    )
    def test_invalid_http_is_refused_as_the_fake_refuses_it(self, data):
        observer = RecordingObserver()
        with running_proxy("http://127.0.0.1:1", observer) as url:
            head, _, body = exchange_bytes(url, data).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 ")
        assert b"Content-Type: application/problem+json\r\n" in head
        assert b"Connection: close" in head
        assert json.loads(body)["code"] == "SRV003"
        assert not observer.announced

    @pytest.mark.parametrize("rest", [b"zz\r\n\r\n", None], ids=["no HTTP", "nothing"])
    def test_an_incomplete_request_body_is_not_blamed_on_the_upstream(self, rest, caplog):
        observer = RecordingObserver()
        listener = socket.create_server(("127.0.0.1", 0))
        with running_proxy(f"http://127.0.0.1:{listener.getsockname()[1]}", observer) as url:
            host = urlsplit(url)
            client = socket.create_connection((host.hostname, host.port), timeout=10)
            client.sendall(b"POST /v1/videos HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
            accepted, _ = listener.accept()
            while b"{}" not in accepted.recv(65536):
                pass
            if rest is None:
                client.close()
            else:
                client.sendall(rest)
                answer = b"".join(iter(lambda: client.recv(65536), b""))
                assert answer.startswith(b"HTTP/1.1 400 ")
                assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "SRV003"
                client.close()
            last = observer.last()
            accepted.close()
        listener.close()
        assert last.request.body == b"{}"
        assert last.response is None
        assert "cannot be reached" not in caplog.text

    def test_an_internal_error_is_a_500(self, monkeypatch, caplog):
        monkeypatch.setattr(Proxy, "_refuse_target", lambda self, received: 1 / 0)
        with running_proxy("http://127.0.0.1:1") as url:
            answer = exchange_bytes(url, b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 500 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "SRV009"
        assert "ZeroDivisionError" in caplog.text

    def test_the_proxy_cannot_be_its_own_upstream(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with pytest.raises(MockError) as caught, running_proxy(f"http://localhost:{port}", port=port):
            pass
        assert caught.value.problems[0].code == "SRV008"

    def test_a_port_in_use_is_an_error(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(MockError) as caught, running_proxy("http://127.0.0.1:1", port=port):
                pass
        assert caught.value.problems[0].code == "SRV004"


class TestUpstream:
    @pytest.mark.parametrize(
        ("url", "origin", "prefix"),
        [
            ("https://API.example.com/", "https://api.example.com", ""),
            ("https://api.example.com:443/v1", "https://api.example.com", "/v1"),
            ("http://[::1]:4810", "http://[::1]:4810", ""),
        ],
    )
    def test_an_upstream_url_is_split_into_origin_and_prefix(self, url, origin, prefix):
        found = parse_upstream(url)
        assert found.origin == origin
        assert found.prefix == prefix
        assert str(found.url("/a%2Fb?x=%20")) == f"{origin}{prefix}/a%2Fb?x=%20"

    @pytest.mark.parametrize(
        "url", ["", "api.example.com", "http://", "http://a:b@c", "http://a:x", "http://a/?q=1", "http://a/#f"]
    )
    def test_an_invalid_upstream_url_is_refused(self, url):
        with pytest.raises(MockError):
            parse_upstream(url)

    @pytest.mark.parametrize(
        ("address", "forbidden"),
        [
            ("169.254.169.254", True),
            ("fe80::1%eth0", True),
            ("::ffff:169.254.169.254", True),
            ("fd00:ec2::254", True),
            ("100.100.100.200", True),
            ("no address", True),
            ("127.0.0.1", False),
            ("10.0.0.1", False),
            ("93.184.216.34", False),
        ],
    )
    def test_metadata_addresses_are_forbidden(self, address, forbidden):
        if not forbidden:
            check_upstream_address("api.example.com", address)
            return
        with pytest.raises(DestinationRefused, match=r"^api\.example\.com resolves to "):
            check_upstream_address("api.example.com", address)

    @pytest.mark.parametrize(
        ("accepted", "received"),
        [("", "identity"), ("br", "identity"), ("gzip;q=0.5, br", "gzip;q=0.5"), ("GZIP, deflate", "GZIP, deflate")],
    )
    def test_only_decodable_codings_are_accepted(self, accepted, received):
        assert decodable_codings(accepted) == received

    def test_headers_are_decoded_as_utf_8_or_latin_1(self):
        assert end_to_end_headers([(b"X-A", b"caf\xe9"), (b"X-B", "é".encode())]) == [("X-A", "café"), ("X-B", "é")]
