"""The wire below a play: connections that break, servers that are none of ours, plays that repeat a parameter."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event

import pytest

from mockserver.core.wire import Request
from mockserver.runner.suite import Suite
from mockserver.runner.targets.factories import in_process_targets
from mockserver.runner.targets.http_client import HttpClient, Unreachable, is_mock_server
from mockserver.runner.targets.live import LiveTarget
from mockserver.scenario.compile import load_scenario
from mockserver.stores import memory_store
from tests.support.fake_world import VENDORS
from tests.support.live_api import live_api
from tests.support.raw_server import scripted_server

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture
def wire() -> Iterator[list[HttpClient]]:
    opened: list[HttpClient] = []
    yield opened
    for one in opened:
        one.close()


def opened(wires: list[HttpClient], url: str) -> HttpClient:
    wires.append(HttpClient(url))
    return wires[-1]


def test_a_kept_connection_that_was_closed_is_opened_anew_for_a_get(wire):
    with scripted_server((OK,), (OK,)) as (url, asked):
        mine = opened(wire, url)
        assert [mine.send(Request("GET", "/a")).status for _ in range(2)] == [200, 200]
        assert len(asked) == 2


def test_nothing_that_may_have_had_an_effect_is_sent_twice(wire):
    with scripted_server((OK,), (OK,)) as (url, asked):
        mine = opened(wire, url)
        mine.send(Request("GET", "/a"))
        with pytest.raises(Unreachable):
            mine.send(Request("POST", "/a", body=b"{}"))
        assert mine.send(Request("GET", "/a")).status == 200
        assert [line.split()[0] for line in asked] == [b"GET", b"GET"]


def test_a_server_that_only_closes_is_unreachable_at_once(wire):
    with scripted_server(()) as (url, _), pytest.raises(Unreachable):
        opened(wire, url).send(Request("GET", "/a"))


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"])
def test_what_is_no_http_is_unreachable(answer, wire):
    with scripted_server((answer,)) as (url, _), pytest.raises(Unreachable, match="cannot be reached"):
        opened(wire, url).send(Request("GET", "/a"))


@pytest.mark.parametrize("body", [b"[]", b"no", b'{"name": "another"}', b"null"])
def test_another_server_is_not_ours(body, wire):
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with scripted_server((head + body,)) as (url, _):
        assert is_mock_server(opened(wire, url)) is False


def test_a_prefix_of_the_base_url_is_kept(wire):
    with scripted_server((OK,)) as (url, asked):
        opened(wire, f"{url}/gateway/").send(Request("GET", "/v1/videos", "limit=1"))
        assert asked[0].startswith(b"GET /gateway/v1/videos?limit=1 HTTP/1.1\r\n")


def test_a_live_api_is_not_kept_waiting_on_an_open_connection():
    with scripted_server((OK,), (OK,)) as (url, asked):
        target = LiveTarget(url, sleep=lambda seconds: None)
        target.send(Request("POST", "/a"))
        target.advance_to(5_000_000)
        assert target.send(Request("POST", "/a")).response.status == 200
        target.close()
        assert len(asked) == 2


def test_a_parameter_can_be_repeated():
    play = "[list: , {list: , query: {status: [queued, failed], limit: 5}}]"
    scenario = load_scenario(f"scenario: s\nvendor: phaseo@2026-06-11\nplay: {play}\n".encode(), VENDORS)
    played = Suite(VENDORS, in_process_targets(memory_store)).play(scenario)
    assert [tried.exchange.request.query for tried in played.steps] == ["", "status=queued&status=failed&limit=5"]
    assert played.outcome.value == "ok"


def test_somebody_elses_world_has_its_own_time():
    with live_api("phaseo@2026-06-11") as api:
        target = LiveTarget(api.url, sleep=api.sleep)
        for offset in (0, 2_000_000, 2_000_000, 3_500_000):
            target.advance_to(offset)
        target.close()
    assert api.slept == [2.0, 1.5]


@contextmanager
def silent() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_nobody_waits_for_a_silent_server_beyond_the_patience(monkeypatch):
    monkeypatch.setattr("mockserver.runner.targets.http_client.MIN_TIMEOUT", 0.05)
    with (
        silent() as url,
        closing(LiveTarget(url, patience=0)) as target,
        pytest.raises(Unreachable, match=r"no answer within 0\.05 s"),
    ):
        target.send(Request("GET", "/a"))


def test_nobody_waits_on_a_kept_connection_either(monkeypatch):
    monkeypatch.setattr("mockserver.runner.targets.http_client.MIN_TIMEOUT", 0.05)
    over = Event()
    with scripted_server((OK, b""), hold=over) as (url, _), closing(LiveTarget(url, patience=0)) as target:
        target.send(Request("POST", "/a"))
        with pytest.raises(Unreachable, match=r"no answer within 0\.05 s"):
            target.send(Request("POST", "/a"))
        over.set()


def test_each_request_has_the_time_that_is_left_and_a_minute_at_most(monkeypatch):
    left = iter((1_000.0, 30.0, -1.0))
    with scripted_server((OK, OK, OK)) as (url, _), closing(HttpClient(url, seconds_left=lambda: next(left))) as mine:
        waits = []
        for _ in range(3):
            mine.send(Request("GET", "/a"))
            waits.append((mine._connection.timeout, mine._connection.sock.gettimeout()))
    assert waits == [(60.0, 60.0), (30.0, 30.0), (5.0, 5.0)]
