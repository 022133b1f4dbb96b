"""Webhooks on real sockets: deliveries, their times, their records in the admin API, and unreachable receivers."""

import itertools
import json
import socket
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND
from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario
from mockserver.server.clock import wall_clock
from mockserver.server.scheduling import scheduler
from mockserver.server.webhooks import dispatcher
from mockserver.server.webhooks.announcement import announce_port
from mockserver.vendors.webhook_endpoint import WebhookEndpoint
from tests.support.fake_server import START, FakeServer, Refusal, fake_server
from tests.support.phaseo_requests import AUTHORIZATION
from tests.support.webhook_receiver import WebhookReceiver

VIDEO = {"model": "qwen/wan2.7-t2v", "prompt": "x", "webhook": {"endpoint_id": "we_1"}}
SECRET = "whsec_of_the_test"


def set_endpoint(server: FakeServer, inbox: WebhookReceiver, session: str = "default", **more: Any) -> None:
    endpoint = {"vendor": "phaseo", "url": inbox.url, "secret": SECRET, **more}
    server.admin("webhooks", endpoint, session=session)


def create(server: FakeServer, session: str = "", **more: Any) -> str:
    headers = AUTHORIZATION | ({"X-Mock-Session": session} if session else {})
    return str(server.request("POST", "/v1/videos", {**VIDEO, **more}, headers).json["id"])


def advance(server: FakeServer, by: str) -> dict[str, Any]:
    return dict(server.admin("clock", {"advance": by}))


def sent(server: FakeServer, **query: str) -> list[dict[str, Any]]:
    query_string = "&".join(f"{name}={value}" for name, value in query.items())
    return list(server.admin(f"deliveries?{query_string}")["deliveries"])


def test_an_advance_delivers_what_falls_due_in_order_before_it_answers(server, inbox):
    set_endpoint(server, inbox, events=["status_changed", "completed"])
    video = create(server)
    moved = advance(server, "1m")
    assert [(delivery.json["type"], delivery.json["created_at"] - START // SECOND) for delivery in inbox.got] == [
        ("video.status_changed", 2),
        ("video.status_changed", 26),
        ("video.completed", 26),
    ]
    assert moved["deliveries"] == 3
    delivery = inbox.got[2]
    assert delivery.path == "/hook"
    assert delivery.headers["x-phaseo-event-type"] == "video.completed"
    assert delivery.headers["user-agent"] == "Phaseo-Async-Webhook/1.0"
    assert delivery.json["data"]["polling_url"] == f"{server.url}/v1/videos/{video}"
    shown = server.request("GET", delivery.json["data"]["polling_url"], headers=AUTHORIZATION).json["webhook"]
    assert shown["delivery"]["delivered_events"] == 3


def test_retries_come_on_the_session_s_clock_and_the_clock_stands_at_each(server, inbox):
    inbox.answers = [500, 503, 302]
    inbox.body = b"not now"
    set_endpoint(server, inbox, events=["completed"])
    video = create(server)
    advance(server, "1h")
    assert [delivery.headers["x-phaseo-attempt"] for delivery in inbox.got] == ["1", "2", "3", "4"]
    assert [record["at"][11:19] for record in sent(server)] == ["12:00:26", "12:01:26", "12:06:26", "12:21:26"]
    attempts = server.request("GET", f"/v1/videos/{video}", headers=AUTHORIZATION).json["webhook"]["attempts"]
    assert [attempt["response_body_preview"] for attempt in attempts] == ["not now"] * 4
    assert [attempt["response_status"] for attempt in attempts] == [500, 503, 302, 200]


def test_what_is_due_at_once_is_delivered_on_a_frozen_clock(server, inbox):
    set_endpoint(server, inbox, events=["created", "status_changed", "cancelled"])
    with fake_server("phaseo@2026-08-05") as older:
        set_endpoint(older, inbox, events=["created", "status_changed", "cancelled"])
        video = create(older)
        inbox.wait(1)
        older.request("POST", f"/v1/videos/{video}/cancel", headers=AUTHORIZATION)
        assert [delivery.json["type"] for delivery in inbox.wait(3)] == [
            "video.created",
            "video.status_changed",
            "video.cancelled",
        ]
        assert older.admin("clock")["elapsed"] == "0s"


def test_a_running_clock_delivers_by_itself(inbox):
    with fake_server(clock=lambda real: Clock(real, START, 1000.0)) as server:
        set_endpoint(server, inbox, events=["completed"])
        create(server)
        assert inbox.wait(1)[0].json["type"] == "video.completed"


OLD_PROJECT = """
scenario: old-project
vendor: reap
webhooks: {url: %s}
jobs:
  - id: 65f1a2b3c4d5e6f7a8b9c0d2
"""


def test_a_running_clock_delivers_in_sessions_that_no_request_has_named(inbox):
    with fake_server() as server:
        project = {"name": "one", "text": OLD_PROJECT % inbox.url, "clock": "manual"}
        server.admin("sessions", project)
        stopped = server.admin("sessions/one/export")
        server.admin("sessions/one", method="DELETE")
        server.admin("sessions", {**project, "clock": "x10000"})
        inbox.wait(1)
        server.admin("reset", {"all": True})
        inbox.wait(2)
        server.admin("sessions/import", {"name": "two", "session": {**stopped, "clock": "x10000"}})
        assert len(inbox.wait(3)) == 3


def test_deliveries_of_several_jobs_are_in_order_for_each_job(inbox):
    with fake_server(clock=lambda real: Clock(real, START, 0.0)) as server:
        set_endpoint(server, inbox, events=["created", "status_changed", "completed"])
        body = {"webhook": {"endpoint_id": "we_1"}}
        server.admin("jobs", {"vendor": "phaseo", "count": 100, "body": body})
        inbox.wait(100)
        server.admin("clock", {"scale": 100_000})
        by_job: dict[str, list[str]] = {}
        for delivery in inbox.wait(400):
            by_job.setdefault(delivery.json["data"]["id"], []).append(delivery.json["delivery"]["key"])
        assert len(by_job) == 100
        assert {tuple(keys) for keys in by_job.values()} == {
            ("video.created", "video.status_changed:queued:in_progress", "video.status_changed:in_progress:completed",
             "video.completed")
        }  # fmt: skip


def test_polls_are_answered_during_many_deliveries(inbox):
    with fake_server() as server:
        set_endpoint(server, inbox, events=["completed"])
        created = server.admin("jobs", {"vendor": "phaseo", "count": 200, "body": {"webhook": {"endpoint_id": "we_1"}}})
        advance(server, "25s")
        server.admin("clock", {"scale": 100})
        while len(inbox.got) < 200:
            assert server.request("GET", f"/v1/videos/{created['jobs'][0]}", headers=AUTHORIZATION).status == 200
        assert len({delivery.headers["x-phaseo-event-id"] for delivery in inbox.wait(200)}) == 200


def test_a_receiver_may_ask_the_fake_but_not_move_its_clock(server, inbox):
    observed: dict[str, Any] = {}

    def query_server(delivery: Any) -> None:
        video = delivery.json["data"]["id"]
        observed["status"] = server.request("GET", f"/v1/videos/{video}", headers=AUTHORIZATION).json["status"]
        observed["state"] = server.admin(f"jobs/{video}")["state"]
        observed["deliveries"] = server.admin("deliveries")["total"]
        refused = server.request("POST", "/__mock/clock", {"advance": "1s"}, {"X-Mock-Session": "default"})
        observed["advance"] = refused.refusal
        refused = server.request("POST", "/__mock/clock", {"freeze": True}, {"X-Mock-Session": "default"})
        observed["freeze"] = refused.refusal

    inbox.first = query_server
    set_endpoint(server, inbox, events=["completed"])
    create(server)
    advance(server, "1m")
    assert observed == {
        "status": "completed",
        "state": "completed",
        "deliveries": 0,
        "advance": Refusal(409, "ADM006"),
        "freeze": Refusal(409, "ADM006"),
    }


def test_a_clock_is_not_moved_while_a_delivery_is_under_way(server, inbox):
    server.app.scheduler.limits = scheduler.SchedulerLimits(drain=0.05)
    may_answer, received = threading.Event(), threading.Event()

    def block(delivery: Any) -> None:
        received.set()
        may_answer.wait(10)

    inbox.first = block
    set_endpoint(server, inbox, events=["created"])
    create(server)
    assert received.wait(10)
    refused = server.request("POST", "/__mock/clock", {"advance": "1s"}, {"X-Mock-Session": "default"})
    assert refused.refusal == Refusal(409, "ADM006")
    assert sent(server) == []
    may_answer.set()
    inbox.wait(1)
    assert advance(server, "1s")["elapsed"] == "1s"


def test_the_wait_for_a_receiver_is_bounded(server, inbox, monkeypatch):
    monkeypatch.setattr(dispatcher, "MAX_RECEIVER_SECONDS", 0.05)
    may_answer = threading.Event()
    inbox.first = lambda delivery: may_answer.wait(10) and None
    set_endpoint(server, inbox, events=["completed"])
    create(server)
    advance(server, "30s")
    may_answer.set()
    (record,) = sent(server)
    assert record["state"] == "retrying"
    assert record["status"] is None
    assert record["error"] == "no answer within 0.05 s"


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://10.0.0.1/", "private address"),
        ("https://hooks.example.com/x", "is not this machine"),
        ("http://169.254.169.254/latest", "cannot be allowed"),
    ],
)
def test_a_destination_that_is_not_allowed_is_an_outcome(server, url, error):
    server.admin("webhooks", {"vendor": "phaseo", "url": url, "events": ["completed"]})
    create(server)
    advance(server, "30s")
    (record,) = sent(server)
    assert record["state"] == "retrying"
    assert record["status"] is None
    assert record["url"] == url
    assert error in record["error"]


def test_an_advance_over_receivers_that_do_not_answer_has_one_bound(server, monkeypatch):
    monkeypatch.setattr(dispatcher, "MAX_RECEIVER_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        server.admin("webhooks", {"vendor": "phaseo", "url": url, "events": ["completed"]})
        jobs = [create(server) for _ in range(50)]
        with monkeypatch.context() as patch:
            # The watch goes on by ten seconds whenever it is read: of the thirty that a move has, a delivery takes ten.
            patch.setattr(scheduler, "time", SimpleNamespace(perf_counter=itertools.count(0.0, 10.0).__next__))
            stopped = server.request("POST", "/__mock/clock", {"advance": "1h"})
        assert stopped.refusal == Refusal(504, "ADM042")
        assert stopped.json["deliveries"] == 3
        assert stopped.json["unanswered"] == {url: 3}
        assert stopped.json["open"] == 50, "those that are left, and the retries of the others"
        assert stopped.json["left"] == "59m34s"
        assert len(stopped.json["next"]) == 20
        assert stopped.json["next"][0]["at"] == "2026-10-01T12:00:26.000000Z"
        assert stopped.json["next"][0]["job"] == jobs[3]
        assert stopped.json["now"] == "2026-10-01T12:00:26.000000Z" == server.admin("clock")["now"]
        assert f"59m34s before the end: no answer from {url}" in stopped.json["detail"]
        server.admin("webhooks", method="DELETE")
        assert server.admin("clock", {"advance": "59m34s"})["elapsed"] == "1h"


OLD_ERA = "phaseo@2026-06-11"
"""An era in which a create names the URL of its own webhooks."""


def deliver_to_a_client_s_url(server: FakeServer, inbox: WebhookReceiver) -> list[dict[str, Any]]:
    webhook = {"url": inbox.url, "events": ["completed"]}
    created = server.request("POST", "/v1/videos", {**VIDEO, "webhook": webhook}, AUTHORIZATION)
    server.admin("clock", {"advance": "30s"})
    records = list(server.admin("deliveries")["deliveries"])
    hint = created.headers["X-Mock-Hint"]
    assert (hint is None) == (records[0]["status"] == 200), hint
    return records


def test_a_client_s_url_on_this_machine_is_refused_by_default(inbox):
    inbox.body = b"of another program"
    with fake_server(OLD_ERA) as server:
        (record,) = deliver_to_a_client_s_url(server, inbox)
    assert inbox.got == []
    assert record["status"] is None
    port = inbox.url.rpartition(":")[2].partition("/")[0]
    assert f"--allow-webhooks-to 127.0.0.1:{port}` allows it" in record["error"]


def test_a_client_s_url_that_the_operator_allowed_is_delivered_to(inbox):
    with fake_server(OLD_ERA, allowed=("127.0.0.1",)) as server:
        (record,) = deliver_to_a_client_s_url(server, inbox)
    assert record["state"] == "delivered"
    assert len(inbox.got) == 1


def test_a_client_s_url_of_a_receiver_that_announced_its_port_is_delivered_to(inbox, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with fake_server(OLD_ERA) as server, announce_port(int(inbox.url.rpartition(":")[2].partition("/")[0])):
        (record,) = deliver_to_a_client_s_url(server, inbox)
    assert record["state"] == "delivered"
    assert len(inbox.got) == 1


def test_the_session_s_endpoint_is_the_operator_s_choice(inbox):
    with fake_server(OLD_ERA) as server:
        set_endpoint(server, inbox)
        (record,) = deliver_to_a_client_s_url(server, inbox)
    assert record["state"] == "delivered"


def test_an_unreachable_receiver_is_an_outcome(server):
    server.admin("webhooks", {"vendor": "phaseo", "url": "http://127.0.0.1:9/", "events": ["completed"]})
    create(server)
    advance(server, "1h")
    assert [record["state"] for record in sent(server)] == ["retrying"] * 3 + ["failed"]
    assert "cannot connect" in sent(server, state="failed")[0]["error"]


def test_without_an_address_there_is_the_session_s_own_receiver(server):
    server.admin("webhooks", {"vendor": "phaseo", "receiver": [500, "timeout"], "events": ["completed"]})
    video = create(server)
    assert advance(server, "10m")["deliveries"] == 3
    records = sent(server)
    assert [record["status"] for record in records] == [500, None, 200]
    assert [record["state"] for record in records] == ["retrying", "retrying", "delivered"]
    assert [record["url"] for record in records] == [None, None, None]
    assert [record["job"] for record in sent(server, job=video)] == [video] * 3
    assert sent(server, job="unknown") == []
    assert [record["state"] for record in sent(server, state="delivered")] == ["delivered"]
    counts = server.admin("deliveries")["counts"]
    assert counts == [
        {"vendor": "phaseo", "event": "video.completed", "state": "delivered", "count": 1},
        {"vendor": "phaseo", "event": "video.completed", "state": "retrying", "count": 2},
    ]


def test_sessions_have_endpoints_of_their_own(server, inbox):
    set_endpoint(server, inbox, session="one", events=["created"])
    first = create(server, "one")
    create(server, "two")
    assert [delivery.json["data"]["id"] for delivery in inbox.wait(1)] == [first]
    assert server.admin("deliveries", session="two")["total"] == 0


def test_a_reset_removes_the_endpoint_and_what_is_due(server, inbox):
    set_endpoint(server, inbox, events=["completed"])
    create(server)
    server.admin("reset", {})
    advance(server, "1m")
    assert server.admin("deliveries")["total"] == 0
    assert server.admin("webhooks")["webhooks"] == []
    assert inbox.got == []


def test_the_endpoint_of_the_server_holds_in_every_session_and_after_a_reset(inbox):
    with fake_server(hooks={"phaseo": WebhookEndpoint(url=inbox.url, events=("created",))}) as server:
        create(server, "a")
        inbox.wait(1)
        server.admin("reset", {}, session="a")
        create(server, "a")
        inbox.wait(2)


def test_the_endpoint_of_the_server_is_shown_and_removed_for_every_vendor_that_sends_webhooks(inbox):
    hooks = dict.fromkeys(("phaseo", "openai", "runway"), WebhookEndpoint(url=inbox.url))
    with fake_server(vendors=installed_vendors(), hooks=hooks, judged=False) as server:
        assert [each["vendor"] for each in server.admin("webhooks")["webhooks"]] == ["phaseo", "openai"]
        assert server.admin("webhooks", method="DELETE")["deleted"] == ["phaseo", "openai"]
        server.admin("jobs", {"vendor": "openai"})
        advance(server, "10m")
        assert inbox.got == []


def test_endpoints_are_shown_without_their_secrets_and_taken_away(server, inbox):
    set_endpoint(server, inbox, id="we_1", stamp="wall", deliver=[{"on": "completed", "lose": True}])
    server.admin("webhooks", {"vendor": "reap"})
    create(server)
    assert server.admin("webhooks") == {
        "webhooks": [
            {
                "vendor": "phaseo", "url": inbox.url, "has_secret": True, "events": [], "id": "we_1", "stamp": "wall",
                "receiver": [], "deliver": 1,
            },
            {
                "vendor": "reap", "url": None, "has_secret": False, "events": [], "id": None, "stamp": "session",
                "receiver": [], "deliver": 0,
            },
        ],
        "pending": 1,
    }  # fmt: skip
    assert server.admin("webhooks", method="DELETE") == {"deleted": ["phaseo", "reap"]}
    assert server.admin("webhooks") == {"webhooks": [], "pending": 0}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://127.0.0.1/"}, "ADM002"),
        ({"vendor": "acme"}, "VEN001"),
        ({"vendor": "phaseo", "uri": "x"}, "ADM002"),
        ({"vendor": "phaseo", "url": "gopher://x/"}, "SCN023"),
        ({"vendor": "phaseo", "events": ["nope"]}, "SCN070"),
        ({"vendor": "reap", "secret": "x"}, "SCN071"),
    ],
)
def test_wrong_endpoints_are_refused(server, body, code):
    refused = server.request("POST", "/__mock/webhooks", body)
    assert refused.status // 100 == 4
    assert refused.json["code"] == code
    assert server.admin("webhooks")["webhooks"] == []


def test_an_endpoint_set_later_gets_the_events_of_many_jobs(server, inbox):
    created = server.admin("jobs", {"vendor": "phaseo", "count": 1_500, "body": {"webhook": {"endpoint_id": "we_1"}}})
    server.admin("webhooks", {"vendor": "phaseo", "events": ["completed"]})
    assert server.admin("deliveries")["pending"] == created["total"]
    assert server.admin("deliveries")["next"] == "2026-10-01T12:00:26.000000Z"


def test_a_redelivery_is_sent_at_once_with_the_same_id(server, inbox):
    set_endpoint(server, inbox, events=["completed"])
    create(server)
    advance(server, "1h")
    (original,) = sent(server)
    redeliver = server.admin(f"deliveries/{original['id']}/redeliver", {})
    assert redeliver["cause"] == "redelivery"
    assert redeliver["event_id"] == original["event_id"]
    assert redeliver["state"] == "delivered"
    assert [delivery.headers["x-phaseo-event-id"] for delivery in inbox.got] == [original["event_id"]] * 2
    assert inbox.got[0].headers["x-phaseo-timestamp"] != inbox.got[1].headers["x-phaseo-timestamp"]
    refused = server.request("POST", "/__mock/deliveries/dlv_x/redeliver")
    assert refused.refusal == Refusal(404, "ADM011")


@pytest.mark.parametrize(
    ("sign", "verdict"), [("wrong-secret", "wrong"), ("skewed", "skewed"), ("unsigned", "unsigned")]
)
def test_a_redelivery_can_be_spoilt(server, inbox, sign, verdict):
    set_endpoint(server, inbox, events=["completed"])
    create(server)
    advance(server, "1h")
    (original,) = sent(server)
    spoilt = server.admin(f"deliveries/{original['id']}/redeliver", {"sign": sign, "duplicate": 1})
    assert spoilt["signature"] == verdict
    assert spoilt["sign"] == sign
    assert [each["cause"] for each in server.admin("deliveries")["deliveries"]] == [None, "redelivery", "duplicate"]
    _, repeated, copy = inbox.got
    assert (repeated.body, repeated.headers) == (copy.body, copy.headers)
    assert server.admin(f"deliveries/{original['id']}/redeliver", {})["signature"] == "ok"


def test_the_past_has_only_what_was_sent_by_then(server, inbox):
    set_endpoint(server, inbox, events=["completed"])
    start = server.admin("clock")["now"]
    create(server)
    advance(server, "1h")
    assert server.admin("deliveries")["total"] == 1
    assert server.admin(f"deliveries?as_of={start}")["total"] == 0


def test_duplicates_and_replays_reach_the_receiver(server, inbox):
    set_endpoint(server, inbox, events=["completed"], deliver=[{"duplicate": 1, "replay": "10m"}])
    create(server)
    advance(server, "1h")
    assert len({delivery.body for delivery in inbox.got}) == 1
    assert [record["cause"] for record in sent(server)] == [None, "duplicate", "replay"]


def test_a_wall_stamp_is_the_machine_s_time(server, inbox):
    set_endpoint(server, inbox, events=["completed"], stamp="wall")
    create(server)
    advance(server, "1m")
    assert abs(int(inbox.got[0].headers["x-phaseo-timestamp"]) - wall_clock() // SECOND) < 60


def test_twelvelabs_and_reap_deliver_the_events_of_all_jobs(server, inbox):
    for vendor in ("twelvelabs", "reap"):
        server.admin("webhooks", {"vendor": vendor, "url": inbox.url})
    batch = server.request(
        "POST", "/v1.3/analyze/batches",
        {"model_name": "pegasus1.5", "analysis_mode": "general", "defaults": {"prompt": {"input_text": "x"}},
         "requests": [{"video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4c"}}]},
        {"x-api-key": "k"},
    ).json["batch_id"]  # fmt: skip
    source = {"sourceUrl": "https://videos.example.com/talks/keynote.mp4"}
    project = server.request("POST", "/api/v1/automation/create-clips", source, AUTHORIZATION).json["id"]
    advance(server, "5m")
    by_type = {delivery.json.get("type", "reap"): delivery for delivery in inbox.got}
    assert by_type["analyze.batch.completed"].json["data"]["id"] == batch
    assert "tl-signature" in by_type["analyze.batch.completed"].headers
    assert by_type["reap"].json == {
        "projectId": project, "projectType": "clipping", "source": "Generic", "status": "completed"
    }  # fmt: skip
    shown = server.request("GET", f"/v1.3/analyze/batches/{batch}", headers={"x-api-key": "k"}).json["webhooks"]
    assert shown == [{"url": inbox.url, "delivered": True, "attempts": 1}]


def test_seeded_jobs_are_delivered_without_any_request():
    text = (
        "scenario: seeded\nvendor: phaseo\nwebhooks: {events: [completed]}\n"
        "jobs: [{body: {webhook: {endpoint_id: we_1}}}]\n"
    )
    scenario = load_scenario(text, installed_vendors())
    with fake_server(known=[scenario]) as server:
        server.admin("sessions", {"name": "s", "scenario": "seeded", "clock": "manual"})
        server.admin("clock", {"advance": "1m"}, session="s")
        (record,) = server.admin("deliveries", session="s")["deliveries"]
        url = json.loads(record["body"])["data"]["polling_url"]
        assert url.startswith(f"{server.url}/s/s/v1/videos/")
        assert server.request("GET", url, headers=AUTHORIZATION).status == 200


def test_a_server_stops_while_it_delivers(inbox):
    may_answer, received = threading.Event(), threading.Event()

    def block(delivery: Any) -> None:
        received.set()
        may_answer.wait(10)

    inbox.first = block
    with fake_server() as server:
        set_endpoint(server, inbox, events=["created"])
        create(server)
        assert received.wait(10)
    may_answer.set()


@pytest.mark.parametrize(("method", "call"), [("POST", "reset"), ("DELETE", "sessions/t1")])
def test_a_session_that_ends_while_its_clock_is_moved(server, inbox, method, call):
    """A receiver can end the session: the advance fails, and nothing more is sent."""
    set_endpoint(server, inbox, session="t1")
    create(server, session="t1")
    inbox.first = lambda delivery: server.admin(call, {} if method == "POST" else None, session="t1", method=method)
    answer = server.request("POST", "/__mock/clock", {"advance": "1h"}, {"X-Mock-Session": "t1"})
    assert answer.refusal == Refusal(410, "ADM035")
    assert len(inbox.got) == 1


def test_a_receiver_that_requests_redeliveries_for_ever_is_stopped(server, inbox):
    set_endpoint(server, inbox, events=["completed"])
    create(server)
    advance(server, "1h")
    (original,) = sent(server)
    refused = []

    def redeliver(delivery):
        answer = server.request("POST", f"/__mock/deliveries/{original['id']}/redeliver")
        refused.extend([answer] * (answer.status != 201))

    inbox.first = redeliver
    server.admin(f"deliveries/{original['id']}/redeliver", {})
    assert [(answer.status, answer.json["code"]) for answer in refused] == [(409, "ADM006")]
    assert len(inbox.got) == 17
