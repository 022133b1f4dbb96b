"""HTTP below a play: broken connections, foreign servers, silent servers, repeated parameters."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event

import pytest

from mockserver.client.admin import is_mock_server
from mockserver.client.http import HttpClient, Unreachable
from mockserver.core.wire import Request
from mockserver.runner.suite import Suite
from mockserver.runner.targets.factories import in_process_targets
from mockserver.runner.targets.live import LiveTarget
from mockserver.scenario.compile import load_scenario
from mockserver.stores import memory_store
from tests.support.fake_world import VENDORS
from tests.support.live_api import live_api
from tests.support.raw_server import scripted_server

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture
def clients() -> Iterator[list[HttpClient]]:
    connected: list[HttpClient] = []
    yield connected
    for client in connected:
        client.close()


def connect(clients: list[HttpClient], url: str) -> HttpClient:
    """Open a client that the fixture closes."""
    clients.append(HttpClient(url))
    return clients[-1]


def test_a_get_is_repeated_if_the_kept_connection_was_closed(clients):
    with scripted_server((OK,), (OK,)) as (url, requests):
        client = connect(clients, url)
        assert [client.send(Request("GET", "/a")).status for _ in range(2)] == [200, 200]
        assert len(requests) == 2


def test_a_post_is_not_repeated(clients):
    with scripted_server((OK,), (OK,)) as (url, requests):
        client = connect(clients, url)
        client.send(Request("GET", "/a"))
        with pytest.raises(Unreachable):
            client.send(Request("POST", "/a", body=b"{}"))
        assert client.send(Request("GET", "/a")).status == 200
        assert [line.split()[0] for line in requests] == [b"GET", b"GET"]


def test_a_server_that_closes_every_connection_is_unreachable(clients):
    with scripted_server(()) as (url, _), pytest.raises(Unreachable):
        connect(clients, url).send(Request("GET", "/a"))


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"])
def test_a_server_without_valid_http_is_unreachable(answer, clients):
    with scripted_server((answer,)) as (url, _), pytest.raises(Unreachable, match="cannot be reached"):
        connect(clients, url).send(Request("GET", "/a"))


@pytest.mark.parametrize("body", [b"[]", b"no", b'{"name": "another"}', b"null"])
def test_a_foreign_server_is_not_a_mock_server(body, clients):
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with scripted_server((head + body,)) as (url, _):
        assert is_mock_server(connect(clients, url)) is False


def test_the_path_of_the_base_url_is_kept(clients):
    with scripted_server((OK,)) as (url, requests):
        connect(clients, f"{url}/gateway/").send(Request("GET", "/v1/videos", "limit=1"))
        assert requests[0].startswith(b"GET /gateway/v1/videos?limit=1 HTTP/1.1\r\n")


def test_a_live_target_closes_its_connection_before_a_wait():
    with scripted_server((OK,), (OK,)) as (url, requests):
        target = LiveTarget(url, sleep=lambda seconds: None)
        target.send(Request("POST", "/a"))
        target.advance_to(5_000_000)
        assert target.send(Request("POST", "/a")).response.status == 200
        target.close()
        assert len(requests) == 2


def test_a_query_parameter_can_be_repeated():
    play = "[list: , {list: , query: {status: [queued, failed], limit: 5}}]"
    scenario = load_scenario(f"scenario: s\nvendor: phaseo@2026-06-11\nplay: {play}\n".encode(), VENDORS)
    played = Suite(VENDORS, in_process_targets(memory_store)).play(scenario)
    assert [tried.exchange.request.query for tried in played.steps] == ["", "status=queued&status=failed&limit=5"]
    assert played.outcome.value == "ok"


def test_a_live_target_sleeps_until_the_offset():
    with live_api("phaseo@2026-06-11") as api:
        target = LiveTarget(api.url, sleep=api.sleep)
        for offset in (0, 2_000_000, 2_000_000, 3_500_000):
            target.advance_to(offset)
        target.close()
    assert api.slept == [2.0, 1.5]


@contextmanager
def silent_server() -> Iterator[str]:
    """Open a port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_silent_server_is_unreachable_after_the_patience(monkeypatch):
    monkeypatch.setattr("mockserver.client.http.MIN_TIMEOUT", 0.05)
    with (
        silent_server() as url,
        closing(LiveTarget(url, patience=0)) as target,
        pytest.raises(Unreachable, match=r"no answer within 0\.05 s"),
    ):
        target.send(Request("GET", "/a"))


def test_the_patience_also_bounds_a_kept_connection(monkeypatch):
    monkeypatch.setattr("mockserver.client.http.MIN_TIMEOUT", 0.05)
    over = Event()
    with scripted_server((OK, b""), hold=over) as (url, _), closing(LiveTarget(url, patience=0)) as target:
        target.send(Request("POST", "/a"))
        with pytest.raises(Unreachable, match=r"no answer within 0\.05 s"):
            target.send(Request("POST", "/a"))
        over.set()


def test_the_timeout_is_the_time_left_within_its_bounds(monkeypatch):
    left = iter((1_000.0, 30.0, -1.0))
    with scripted_server((OK, OK, OK)) as (url, _), closing(HttpClient(url, seconds_left=lambda: next(left))) as client:
        waits = []
        for _ in range(3):
            client.send(Request("GET", "/a"))
            waits.append((client._connection.timeout, client._connection.sock.gettimeout()))
    assert waits == [(60.0, 60.0), (30.0, 30.0), (5.0, 5.0)]


ECHO = """scenario: echo
vendor: phaseo@2026-06-11
play:
  - list: {body: {echo: nothing}}
"""


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_key_that_the_api_echoes_is_in_no_report(mockserver, tmp_path, options):
    key = "acme-0123456789-abc"
    body = f'{{"echo": "{key}", "again": "{key[:-1]}"}}'.encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    (tmp_path / "echo.yaml").write_text(ECHO)
    # The first answer says that this is no mock server.
    with scripted_server((head + body,), (head + body,)) as (url, _):
        result = mockserver("test", "echo.yaml", "--base-url", url, "--key", key, "--junit", "report.xml", *options)
    assert result.code == 1
    report = (tmp_path / "report.xml").read_text()
    for text in (result.out, report):
        assert "[redacted:key-1]" in text
        assert key not in text
    assert key not in result.err
