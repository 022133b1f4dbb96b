"""A clock that each poll moves: a client that polls in a loop needs no real time, and gets the same in every run."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mockserver.composition import clock_factory
from tests.support.fake_server import FakeServer, fake_server
from tests.support.phaseo_requests import AUTHORIZATION, VIDEO
from tests.support.webhook_receiver import webhook_receiver


@pytest.fixture
def server():
    """Start a server whose clock each poll moves by what Phaseo asks for, 20 s."""
    with fake_server(clock=clock_factory("auto")) as running:
        yield running


def create_video(server: FakeServer) -> str:
    """Create a video whose webhooks go to the endpoint of the session; return its id."""
    body = {**VIDEO, "webhook": {"endpoint_id": "we_1"}}
    return str(server.request("POST", "/v1/videos", body, AUTHORIZATION).json["id"])


def poll_until_completed(server: FakeServer, video: str) -> list[str]:
    """Poll a video without any sleep until it has completed; return the statuses that were seen."""
    statuses = []
    while not statuses or statuses[-1] != "completed":
        assert len(statuses) < 50, statuses
        statuses.append(server.request("GET", f"/v1/videos/{video}", headers=AUTHORIZATION).json["status"])
    return statuses


def test_a_loop_of_polls_sees_the_whole_job(server):
    statuses = poll_until_completed(server, create_video(server))
    assert statuses == ["queued", "processing", "completed"]
    assert server.admin("clock")["elapsed"] == "40s"


def test_every_run_sees_the_same(server):
    assert poll_until_completed(server, create_video(server)) == poll_until_completed(server, create_video(server))


def test_polls_of_an_ended_job_move_nothing(server):
    video = create_video(server)
    poll_until_completed(server, video)
    before = server.admin("clock")["now"]
    server.request("GET", f"/v1/videos/{video}", headers=AUTHORIZATION)
    assert server.admin("clock")["now"] == before


def test_webhooks_that_fall_due_between_two_polls_are_sent_before_the_second(server):
    with webhook_receiver() as inbox:
        server.admin("webhooks", {"vendor": "phaseo", "url": inbox.url, "events": ["completed"]})
        poll_until_completed(server, create_video(server))
        delivered = [got.json["type"] for got in inbox.wait(1)]
    assert delivered[-1] == "video.completed"


@pytest.mark.parametrize("receiver_is_set", [False, True])
def test_an_answer_that_is_held_back_moves_the_clock_to_its_time(server, receiver_is_set):
    with webhook_receiver() as inbox:
        if receiver_is_set:
            server.admin("webhooks", {"vendor": "phaseo", "url": inbox.url, "events": ["completed"]})
        video = create_video(server)
        server.admin("faults", {"on": "get", "do": {"delay": "30s"}})
        answer = server.request("GET", f"/v1/videos/{video}", headers=AUTHORIZATION)
        assert answer.json["status"] == "queued"
        assert "x-mock-note" not in {name.lower() for name in answer.headers}
        server.request("GET", f"/v1/videos/{video}", headers=AUTHORIZATION)
        assert len(inbox.got) == receiver_is_set
    # Twice 30 s for the answer, and the 20 s that each asks for.
    assert server.admin("clock")["elapsed"] == "1m40s"


def test_a_receiver_may_poll_the_job_that_its_webhook_is_about(server):
    answers = []

    def poll(got):
        answers.append(server.request("GET", f"/v1/videos/{got.json['data']['id']}", headers=AUTHORIZATION).status)

    with webhook_receiver() as inbox:
        inbox.first = poll
        server.admin("webhooks", {"vendor": "phaseo", "url": inbox.url, "events": ["completed"]})
        poll_until_completed(server, create_video(server))
        inbox.wait(1)
    assert set(answers) == {200}


def test_an_answer_that_the_vendor_holds_comes_at_once():
    body = {"version": "a" * 64, "input": {}}
    with fake_server("replicate", clock=clock_factory("auto")) as server:
        answer = server.request("POST", "/v/replicate/v1/predictions", body, {**AUTHORIZATION, "Prefer": "wait"})
        assert answer.json["output"]
        assert server.admin("clock")["elapsed"] == "25s"


def test_the_admin_api_makes_a_clock_automatic_and_says_so(server):
    server.admin("clock", {"freeze": True})
    assert "auto" not in server.admin("clock")
    assert server.admin("clock", {"auto": "30s"})["auto"] == "30s"
    assert server.admin("sessions")["sessions"][0]["auto"] == "30s"


@pytest.mark.parametrize("step", ["0s", "soon", 5])
def test_a_step_that_is_no_duration_is_refused(step, server):
    answer = server.request("POST", "/__mock/clock", {"auto": step})
    assert answer.status == 400
    assert answer.json["code"] == "ADM003"


@contextmanager
def move_under_way(server: FakeServer) -> Iterator[threading.Event]:
    """Let a poll begin a move of the clock, which lasts until the event is set: a receiver has not answered yet."""
    may_answer = threading.Event()
    with webhook_receiver() as inbox:
        inbox.first = lambda got: may_answer.wait(10) and None
        server.admin("webhooks", {"vendor": "phaseo", "url": inbox.url, "events": ["completed"]})
        video = create_video(server)
        for _ in range(2):
            server.request("GET", f"/v1/videos/{video}", headers=AUTHORIZATION)
        yield may_answer


def test_an_admin_call_waits_for_the_move_that_a_poll_began(server):
    with move_under_way(server) as may_end:
        threading.Timer(0.05, may_end.set).start()
        assert server.admin("clock", {"advance": "1h"})["elapsed"] == "1h40s"


def test_a_session_that_was_reset_during_the_move_begins_at_its_start(server):
    with move_under_way(server) as may_end:
        server.admin("reset", {})
        may_end.set()
        assert server.admin("clock")["elapsed"] == "0s"
