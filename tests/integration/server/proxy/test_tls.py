"""A proxy in front of an https upstream: trusted certificates, and the errors for others."""

import asyncio
import json
import logging
import socket

import pytest
from aiohttp.abc import AbstractResolver

from mockserver.errors import MockError
from mockserver.server.tls import tls_context
from tests.support.certificates import make_authority, server_tls_context
from tests.support.fake_server import fake_server
from tests.support.proxy import RecordingObserver, running_proxy
from tests.support.raw_client import exchange_bytes
from tests.support.raw_server import one_response_server

GET = b"GET /v1/videos HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def tls(ca):
    return server_tls_context(ca)


def expect_502(answer: bytes) -> dict:
    """Check that an answer is the proxy's own 502; return its problem document."""
    assert answer.startswith(b"HTTP/1.1 502 "), answer
    body = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert body["code"] == "SRV007"
    return body


def test_the_given_authority_is_trusted(ca, tls):
    observer = RecordingObserver()
    with (
        one_response_server(OK, tls=tls) as (up, received),
        running_proxy(up, observer, trusted=tls_context(ca)) as url,
    ):
        answer = exchange_bytes(url, GET)
    assert answer.endswith(b'{"a": 1}')
    assert received[0].startswith(b"GET /v1/videos HTTP/1.1\r\nHost: localhost:")
    assert observer.last().response.body == b'{"a": 1}'


def test_a_body_is_forwarded_once_and_whole(ca, tls):
    post = (
        b"POST /v1/videos HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000
    )
    with (
        one_response_server(OK, tls=tls) as (up, received),
        running_proxy(up, trusted=tls_context(ca)) as url,
    ):
        assert b" 200 OK" in exchange_bytes(url, post)
    assert received[0].endswith(b"x" * 300_000)


def test_a_read_is_repeated_if_the_kept_connection_was_closed(ca, tls):
    with (
        one_response_server(OK, OK, tls=tls) as (up, received),
        running_proxy(up, trusted=tls_context(ca)) as url,
    ):
        assert [exchange_bytes(url, GET)[:15] for _ in range(2)] == [b"HTTP/1.1 200 OK"] * 2
    assert len(received) == 2


def test_an_incomplete_answer_is_cut_for_the_client(ca, tls):
    observer, half = RecordingObserver(), b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
    with (
        one_response_server(half, tls=tls) as (up, _),
        running_proxy(up, observer, trusted=tls_context(ca)) as url,
    ):
        assert exchange_bytes(url, GET).endswith(b"\r\n\r\nhalf")
        assert observer.last().response is None


def test_another_authority_is_not_trusted_and_logged_once(tls, caplog):
    observer = RecordingObserver()
    with one_response_server(OK, OK, tls=tls) as (up, received), running_proxy(up, observer) as url:
        first, second = (expect_502(exchange_bytes(url, GET)) for _ in range(2))
    assert first == second
    assert (
        first["detail"]
        == f"{up} cannot be reached: its certificate is not trusted: unable to get local issuer certificate"
    )
    assert "--ca FILE" in first["hint"]
    assert received == [b"", b""]
    assert observer.last().response is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert first["detail"] in caplog.text


def test_a_certificate_of_another_name_is_not_trusted(ca):
    with (
        one_response_server(OK, tls=server_tls_context(ca, "api.example.com")) as (up, _),
        running_proxy(up, trusted=tls_context(ca)) as url,
    ):
        body = expect_502(exchange_bytes(url, GET))
    assert "certificate is not trusted: Hostname mismatch" in body["detail"]
    assert "must name the host" in body["hint"]


def test_an_upstream_without_tls_is_a_502():
    with fake_server("phaseo", judged=False) as server, running_proxy(server.url.replace("http:", "https:")) as url:
        body = expect_502(exchange_bytes(url, GET))
    assert body["detail"].endswith("no TLS connection can be made: wrong version number")
    assert "http?" in body["hint"]


BAD = "-----BEGIN CERTIFICATE-----\nx\n"


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read: No such file"), ("", "holds no certificate"), (BAD, "holds no")]
)
def test_an_unusable_ca_file_is_an_error(tmp_path, content, message):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(MockError) as caught:
        tls_context(path)
    assert caught.value.problems[0].code == "SRV011"
    assert message in caught.value.problems[0].message


def test_a_silent_tls_handshake_times_out(monkeypatch):
    monkeypatch.setattr("mockserver.server.proxy.proxy.CONNECT_TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert_times_out(f"https://localhost:{listener.getsockname()[1]}")


def test_a_silent_name_lookup_times_out(monkeypatch):
    class SilentResolver(AbstractResolver):
        async def resolve(self, host, port=0, family=socket.AF_INET):
            await asyncio.Event().wait()

        async def close(self):
            pass

    monkeypatch.setattr("mockserver.server.proxy.proxy.CONNECT_TIMEOUT", 0.1)
    assert_times_out("https://api.example.com", SilentResolver())


def assert_times_out(up: str, lookup: AbstractResolver | None = None) -> None:
    """Send a request through a proxy, and check that the answer is its 504."""
    with running_proxy(up, lookup=lookup) as url:
        answer = exchange_bytes(url, GET)
    assert answer.startswith(b"HTTP/1.1 504 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["detail"] == f"{up} did not answer in time"
