"""Answers that are delayed on the session's clock, and the fast path, which must not skip faults."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from mockserver.core.instants import SECOND
from mockserver.server.app import App
from mockserver.server.clock import wall_clock
from mockserver.server.http import transmit as sending_module
from mockserver.server.run import serve_in_thread
from tests.support.fake_server import FakeServer, fake_server
from tests.support.fault_requests import add_fault, create_video, get_request, held_responses, poll_until
from tests.support.memory_transport import make_hub
from tests.support.phaseo_requests import RAW_LIST
from tests.support.raw_client import RawConnection, raw_connection

VERSION = b"5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
PREDICTION = b'{"version": "%b", "input": {"text": "Alice"}}' % VERSION

HELD_CREATE = (
    b"POST /v/replicate/v1/predictions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\nPrefer: wait\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(PREDICTION), PREDICTION)
)


class TestDelay:
    def test_an_advance_sends_due_answers_before_it_returns(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, delay="5s")
        client.send(get_request(job))
        poll_until(faulty_server, lambda: held_responses(faulty_server) == 1)
        faulty_server.admin("clock", {"advance": "4999ms"})
        assert held_responses(faulty_server) == 1
        faulty_server.admin("clock", {"advance": "1h"})
        assert client.has_data
        assert held_responses(faulty_server) == 0
        assert not faulty_server.session().schedule

    @pytest.mark.parametrize("spoilt", [False, True])
    def test_an_answer_that_the_vendor_holds_back_waits_for_the_clock(self, spoilt):
        with fake_server("replicate", judged=False) as server, raw_connection(server.url) as client:
            if spoilt:
                add_fault(server, on="create", headers={"X-Spoilt": "yes"})
            client.send(HELD_CREATE)
            poll_until(server, lambda: held_responses(server) == 1)
            server.admin("clock", {"advance": "24s"})
            assert held_responses(server) == 1
            server.admin("clock", {"advance": "1s"})
            held = client.read_response()
            assert json.loads(held.body)["output"]
            assert ("x-spoilt" in held.headers) == spoilt

    def test_delayed_answers_come_in_the_order_of_their_instants(self, faulty_server, client):
        first, second = create_video(client), create_video(client)
        add_fault(faulty_server, delay="5s", job=first)
        add_fault(faulty_server, delay="3s", job=second)
        with raw_connection(faulty_server.url) as other:
            client.send(get_request(first))
            other.send(get_request(second))
            poll_until(faulty_server, lambda: held_responses(faulty_server) == 2)
            faulty_server.admin("clock", {"advance": "3s"})
            assert held_responses(faulty_server) == 1
            assert json.loads(other.read_response().body)["id"] == second
            faulty_server.admin("clock", {"advance": "2s"})
            assert json.loads(client.read_response().body)["id"] == first

    def test_on_a_running_clock_a_delayed_answer_comes_by_itself(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, delay="2s")
        faulty_server.admin("clock", {"scale": 100})
        began = wall_clock()
        assert client.request(get_request(job)).status == 200
        assert 15_000 < wall_clock() - began < SECOND

    def test_a_delayed_answer_shows_the_state_at_the_request(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, delay="1h")
        client.send(get_request(job))
        poll_until(faulty_server, lambda: held_responses(faulty_server) == 1)
        faulty_server.admin("clock", {"advance": "1h"})
        assert json.loads(client.read_response().body)["status"] == "queued"

    def test_skipping_delays_answers_at_once_with_the_instant(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, delay="5s")
        answer = client.request(get_request(job, b"X-Mock-Delay: skip\r\n"))
        assert answer.headers["x-mock-answered"] == "2026-10-01T12:00:05.000000Z"
        assert not faulty_server.session().schedule

    def test_on_a_frozen_clock_a_delay_ends_after_a_timeout(self, faulty_server, client, monkeypatch):
        monkeypatch.setattr(sending_module, "FROZEN_CLOCK_TIMEOUT", 0.03)
        job = create_video(client)
        add_fault(faulty_server, delay="5s")
        answer = client.request(get_request(job))
        assert answer.headers["x-mock-note"].startswith("the session's clock stands")
        assert json.loads(answer.body)["id"] == job
        assert not faulty_server.session().schedule

    def test_on_a_running_clock_the_timeout_does_not_apply(self, faulty_server, client, monkeypatch):
        monkeypatch.setattr(sending_module, "FROZEN_CLOCK_TIMEOUT", 0.01)
        job = create_video(client)
        add_fault(faulty_server, delay="5s")
        faulty_server.admin("clock", {"scale": 100})
        answer = client.request(get_request(job))
        assert "x-mock-note" not in answer.headers

    @pytest.mark.parametrize("end", ["reset", "delete"])
    def test_a_delayed_answer_of_an_ended_session_is_410(self, faulty_server, client, end):
        job = create_video(client)
        add_fault(faulty_server, delay="5s")
        client.send(get_request(job))
        poll_until(faulty_server, lambda: held_responses(faulty_server) == 1)
        old = faulty_server.session()
        if end == "reset":
            faulty_server.admin("reset", {})
        else:
            faulty_server.request("DELETE", "/__mock/sessions/default")
        answer = client.read_response()
        assert answer.status == 410
        assert json.loads(answer.body)["code"] == "SES003"
        assert client.is_closed
        assert not old.schedule
        assert not old.on_close

    @pytest.mark.parametrize("leave", [RawConnection.reset_connection, RawConnection.close])
    def test_a_delayed_answer_is_dropped_if_the_client_leaves(self, faulty_server, client, leave):
        job = create_video(client)
        add_fault(faulty_server, delay="5s")
        with raw_connection(faulty_server.url) as other:
            other.send(get_request(job))
            poll_until(faulty_server, lambda: held_responses(faulty_server) == 1)
            leave(other)
        faulty_server.admin("clock", {"advance": "5s"})
        poll_until(faulty_server, lambda: held_responses(faulty_server) == 0)
        assert not faulty_server.session().schedule

    def test_a_delay_combines_with_another_fault(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, delay="5s", drop="reset")
        client.send(get_request(job))
        poll_until(faulty_server, lambda: held_responses(faulty_server) == 1)
        faulty_server.admin("clock", {"advance": "5s"})
        assert client.read_to_end() == b"[reset]"

    def test_a_stopping_server_waits_for_no_delayed_answer(self, caplog):
        with ExitStack() as connections:
            with serve_in_thread(App(make_hub())) as running:
                held, silent, slow = (connections.enter_context(raw_connection(running.url)) for _ in range(3))
                other = FakeServer(running.url, running.app, running.app.registry, None)  # type: ignore[arg-type]
                other.admin("clock", {"freeze": True})
                add_fault(other, "list", delay="5s", when={"call": 1})
                add_fault(other, "list", silence="before-headers", when={"call": 2})
                add_fault(other, "list", drip={"size": 1, "every": "1h"}, when={"call": 3})
                for number, client in enumerate((held, silent, slow), 1):
                    client.send(RAW_LIST)
                    poll_until(other, lambda wanted=number: len(running.app.pending) == wanted)
                slow.read_until(b"{")
                began = wall_clock()
            assert wall_clock() - began < SECOND
            assert held.is_closed
            assert silent.is_closed
            slow.drain()
        assert [record.getMessage() for record in caplog.records] == []


class TestFastPath:
    """Polls that a fault affects must not be answered by the fast path."""

    def test_cached_answers_are_not_used(self, faulty_server, client):
        job = create_video(client)
        for _ in range(3):
            assert client.request(get_request(job)).status == 200
        fault = add_fault(faulty_server, status=503)
        assert client.request(get_request(job)).status == 503
        assert client.request(get_request(job)).status == 503
        faulty_server.admin(f"faults/{fault}", method="DELETE")
        assert client.request(get_request(job)).status == 200
        assert not faulty_server.session().faults.active

    def test_a_connection_on_the_fast_path_meets_a_new_fault(self, faulty_server, client):
        job = create_video(client)
        with raw_connection(faulty_server.url) as fresh:
            assert fresh.request(get_request(job)).status == 200
            add_fault(faulty_server, drop="before-headers")
            fresh.send(get_request(job))
            assert fresh.read_to_end() == b""

    def test_a_truncated_answer_is_not_compressed(self, faulty_server, client):
        for _ in range(5):
            create_video(client)
        add_fault(faulty_server, "list", truncate=10)
        client.send(RAW_LIST[:-2] + b"Accept-Encoding: gzip\r\n\r\n")
        assert client.read_to_end().endswith(b'\r\n\r\n{"object":')


@contextmanager
def open_connections(server: FakeServer, count: int) -> Iterator[list[RawConnection]]:
    connections = [RawConnection(server.url) for _ in range(count)]
    try:
        yield connections
    finally:
        for connection in connections:
            connection.close()


def test_one_advance_sends_a_hundred_delayed_answers(faulty_server, client):
    job = create_video(client)
    add_fault(faulty_server, delay="5s")
    with open_connections(faulty_server, 100) as connections, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda connection: connection.send(get_request(job)), connections))
        poll_until(faulty_server, lambda: held_responses(faulty_server) == 100)
        faulty_server.admin("clock", {"advance": "5s"})
        assert held_responses(faulty_server) == 0
        assert {connection.read_response().status for connection in connections} == {200}
