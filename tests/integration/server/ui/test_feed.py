"""The feed of a session: what it says, how it goes on after a loss, how it ends, and what it does to polls."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from mockserver.core.instants import SECOND
from mockserver.runner.judge.judges import ServerJudge
from mockserver.server import feed_position as positions
from mockserver.server.http import feed as feeds
from mockserver.server.ui import feed as rows
from tests.support.fake_server import Refusal, fake_server
from tests.support.feed_client import open_feed

KEY = {"Authorization": "Bearer test-key"}


def created(server, session="default"):
    """Create a job, and return its id."""
    return server.admin("jobs", {"vendor": "phaseo"}, session=session)["jobs"][0]


def test_a_feed_begins_with_the_session_and_its_settings(server):
    with open_feed(server.url) as feed:
        events = iter(feed)
        hello = next(events)
        named = {next(events).name for _ in range(3)}
    assert hello.name == "hello"
    assert hello.data["session"] == "default@1"
    assert hello.data["resumed"] is False
    assert named == {"clock", "faults", "holds"}
    assert feed.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert feed.response.headers["Cache-Control"] == "no-store"


def test_requests_and_jobs_come_as_they_happen(server):
    with open_feed(server.url) as feed:
        feed.next("holds")
        job = created(server)
        (made,) = feed.next("jobs").data["rows"]
        server.advance("1s")
        server.request("GET", f"/v1/videos/{job}", headers=KEY)
        answered = feed.next("requests").data
        server.move(job, "processing")
        (moved,) = feed.next("jobs").data["rows"]
    assert made["id"] == job
    assert made["ahead"] != []
    assert answered["skipped"] == 0
    assert answered["rows"][0][2:6] == [SECOND, "phaseo", "get", job]
    assert [mark[1] for mark in moved["marks"]] == ["move"]


def test_the_clock_faults_and_holds_come_when_they_change(server):
    with open_feed(server.url) as feed:
        feed.next("holds")
        server.admin("clock", {"scale": 60})
        assert feed.next("clock").data["rate"] == 60
        server.admin("faults", {"on": "get", "do": {"status": 503}})
        assert [fault[0] for fault in feed.next("faults").data["faults"]] == ["fault-1"]
        server.admin("holds", {"operation": "get"})
        assert [hold[0] for hold in feed.next("holds").data["holds"]] == ["hold-1"]


def test_deliveries_come_too(server, inbox):
    with open_feed(server.url) as feed:
        feed.next("holds")
        server.admin("webhooks", {"vendor": "reap", "receiver": [200], "events": ["completed"]})
        server.admin("jobs", {"vendor": "reap"})
        server.admin("clock", {"advance": "1h"})
        (delivered,) = feed.next("deliveries").data["rows"]
    assert delivered[6] == "delivered"


def test_a_reader_goes_on_behind_the_last_event(server):
    job = created(server)
    with open_feed(server.url) as feed:
        last = feed.next("holds").id
    server.request("GET", f"/v1/videos/{job}", headers=KEY)
    server.move(job, "processing")
    with open_feed(server.url, {"Last-Event-ID": last}) as feed:
        assert feed.next("hello").data["resumed"] is True
        assert [row[4] for row in feed.next("requests").data["rows"]] == ["get"]
        assert [row["state"] for row in feed.next("jobs").data["rows"]] == ["processing"]


@pytest.mark.parametrize(
    "last",
    [
        "2.0.0.0",
        "1.9.0.0",
        "1.0.9.0",
        "1.0.0.9999999999999999",
        "1.0.0",
        "x.0.0.0",
        "1.0.0.\N{ARABIC-INDIC DIGIT THREE}",
    ],
)
def test_an_id_that_the_session_never_gave_begins_at_the_present(server, last):
    with open_feed(server.url, {"Last-Event-ID": last.encode()}) as feed:
        assert feed.next("hello").data["resumed"] is False


def test_a_session_with_too_many_jobs_begins_at_the_present(server, monkeypatch):
    monkeypatch.setattr(positions, "MAX_RESUMED_JOBS", 1)
    for expected in (True, False):
        created(server)
        with open_feed(server.url) as feed:
            last = feed.next("holds").id
        with open_feed(server.url, {"Last-Event-ID": last}) as feed:
            assert feed.next("hello").data["resumed"] is expected


def test_with_a_token_a_reader_sends_it():
    with fake_server(token="secret-token", judged=False) as server:
        with open_feed(server.url, {"Authorization": "Bearer secret-token"}) as feed:
            assert feed.next("hello").data["name"] == "default"
        assert server.request("GET", "/__mock/feed").refusal == Refusal(401, "ADM000")


def test_a_judged_session_says_how_much_was_found():
    with fake_server("phaseo@2026-06-11", judged=False, checker=ServerJudge()) as server:
        server.admin("faults", {"on": "list", "do": {"status": 503, "headers": {"Retry-After": "30"}}})
        with open_feed(server.url) as feed:
            before = feed.next("findings").data
            for _ in range(2):
                server.request("GET", "/v1/videos", headers=KEY)
            after = feed.next("findings").data
    assert before == {"findings": 0, "conduct": 0}
    assert after["conduct"] > 0


def test_a_batch_has_a_bounded_number_of_requests(server, monkeypatch):
    monkeypatch.setattr(rows, "MAX_ROWS", 3)
    with open_feed(server.url) as feed:
        last = feed.next("holds").id
    for _ in range(5):
        created(server)
        server.request("GET", "/v1/videos", headers=KEY)
    with open_feed(server.url, {"Last-Event-ID": last}) as feed:
        answered = feed.next("requests").data
        listed = [row["number"] for _ in range(2) for row in feed.next("jobs").data["rows"]]
    assert answered["skipped"] == 2
    assert [row[0] for row in answered["rows"]] == [3, 4, 5]
    assert listed == [1, 2, 3, 4, 5]


def test_a_reset_ends_the_feed(server):
    with open_feed(server.url, {"X-Mock-Session": "t1"}) as feed:
        feed.next("holds")
        server.admin("reset", {}, session="t1")
        assert feed.next("over").data == {"reason": "reset"}
        assert list(feed) == []


def test_a_server_that_stops_says_so():
    with fake_server(judged=False) as server:
        connected = open_feed(server.url)
        feed = connected.__enter__()
        feed.next("holds")
    assert feed.next("over").data == {"reason": "stopping"}
    connected.__exit__(None, None, None)


def test_a_reader_that_does_not_read_is_dropped(server):
    server.app.feeds.max_unread = -1  # as if bytes were waiting
    with open_feed(server.url) as feed:
        assert feed.next("over").data == {"reason": "slow"}
        assert list(feed) == []


def test_there_are_only_so_many_readers(server, monkeypatch):
    monkeypatch.setattr(feeds, "MAX_READERS", 1)
    with open_feed(server.url) as feed:
        feed.next("hello")
        assert server.request("GET", "/__mock/feed").refusal == Refusal(503, "ADM045")


def test_a_quiet_feed_shows_that_it_lives(server, monkeypatch):
    monkeypatch.setattr(feeds, "QUIET_SECONDS", 0.01)
    monkeypatch.setattr(feeds, "BATCH_SECONDS", 0.01)
    with open_feed(server.url) as feed:
        feed.next("holds")
        assert feed.response.readline() == b": beat\n"


def test_the_head_alone_opens_no_feed(server):
    answer = server.request("HEAD", "/__mock/feed")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"


def test_a_reader_that_leaves_leaves_nothing_behind(server):
    with open_feed(server.url) as feed:
        feed.next("holds")
        session = server.session()
        assert len(session.job_listeners) == 1
    other = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    with open_feed(server.url) as feed:
        feed.next("holds")
        created(server)
        feed.next("jobs")
        server.admin("reset", {})
        feed.next("over")
    assert session.job_listeners == []
    other.close()
