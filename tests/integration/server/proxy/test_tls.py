"""A proxy in front of an upstream that speaks https: whom it trusts, and what it says where it does not."""

import asyncio
import json
import logging
import socket

import pytest
from aiohttp.abc import AbstractResolver

from mockserver.errors import MockError
from mockserver.server.proxy.tls import tls_context
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


def refused(answer: bytes) -> dict:
    """The problem in an answer that is a 502 of ours."""
    assert answer.startswith(b"HTTP/1.1 502 "), answer
    body = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert body["code"] == "SRV007"
    return body


def test_the_authority_of_ca_is_trusted(ca, tls):
    observer = RecordingObserver()
    with (
        one_response_server(OK, tls=tls) as (up, received),
        running_proxy(up, observer, trusted=tls_context(ca)) as url,
    ):
        answer = exchange_bytes(url, GET)
    assert answer.endswith(b'{"a": 1}')
    assert received[0].startswith(b"GET /v1/videos HTTP/1.1\r\nHost: localhost:")
    assert observer.last().response.body == b'{"a": 1}'


def test_a_body_goes_there_once_and_whole(ca, tls):
    post = (
        b"POST /v1/videos HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000
    )
    with (
        one_response_server(OK, tls=tls) as (up, received),
        running_proxy(up, trusted=tls_context(ca)) as url,
    ):
        assert b" 200 OK" in exchange_bytes(url, post)
    assert received[0].endswith(b"x" * 300_000)


def test_a_connection_that_was_closed_meanwhile_is_opened_anew_for_a_read(ca, tls):
    with (
        one_response_server(OK, OK, tls=tls) as (up, received),
        running_proxy(up, trusted=tls_context(ca)) as url,
    ):
        assert [exchange_bytes(url, GET)[:15] for _ in range(2)] == [b"HTTP/1.1 200 OK"] * 2
    assert len(received) == 2


def test_an_answer_that_breaks_off_is_cut_for_the_client_too(ca, tls):
    observer, half = RecordingObserver(), b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
    with (
        one_response_server(half, tls=tls) as (up, _),
        running_proxy(up, observer, trusted=tls_context(ca)) as url,
    ):
        assert exchange_bytes(url, GET).endswith(b"\r\n\r\nhalf")
        assert observer.last().response is None


def test_no_other_is_trusted_and_the_log_has_that_once(tls, caplog):
    observer = RecordingObserver()
    with one_response_server(OK, OK, tls=tls) as (up, received), running_proxy(up, observer) as url:
        first, second = (refused(exchange_bytes(url, GET)) for _ in range(2))
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


def test_a_certificate_of_another_name(ca):
    with (
        one_response_server(OK, tls=server_tls_context(ca, "api.example.com")) as (up, _),
        running_proxy(up, trusted=tls_context(ca)) as url,
    ):
        body = refused(exchange_bytes(url, GET))
    assert "certificate is not trusted: Hostname mismatch" in body["detail"]
    assert "must name the host" in body["hint"]


def test_no_https_at_all():
    with fake_server("phaseo", judged=False) as server, running_proxy(server.url.replace("http:", "https:")) as url:
        body = refused(exchange_bytes(url, GET))
    assert body["detail"].endswith("no TLS connection can be made: wrong version number")
    assert "http?" in body["hint"]


BAD = "-----BEGIN CERTIFICATE-----\nx\n"


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read: No such file"), ("", "holds no certificate"), (BAD, "holds no")]
)
def test_a_ca_file_that_cannot_be_used(tmp_path, content, message):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(MockError) as caught:
        tls_context(path)
    assert caught.value.problems[0].code == "SRV011"
    assert message in caught.value.problems[0].message


def test_an_upstream_that_never_begins_with_tls_is_given_up_soon(monkeypatch):
    monkeypatch.setattr("mockserver.server.proxy.proxy.CONNECT_TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert_times_out(f"https://localhost:{listener.getsockname()[1]}")


def test_a_name_that_is_looked_up_for_ever_is_given_up_soon(monkeypatch):
    class Nowhere(AbstractResolver):
        async def resolve(self, host, port=0, family=socket.AF_INET):
            await asyncio.Event().wait()

        async def close(self):
            pass

    monkeypatch.setattr("mockserver.server.proxy.proxy.CONNECT_TIMEOUT", 0.1)
    assert_times_out("https://api.example.com", Nowhere())


def assert_times_out(up: str, lookup: AbstractResolver | None = None) -> None:
    """Ask through a proxy, and be told that its upstream takes too long."""
    with running_proxy(up, lookup=lookup) as url:
        answer = exchange_bytes(url, GET)
    assert answer.startswith(b"HTTP/1.1 504 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["detail"] == f"{up} did not answer in time"
