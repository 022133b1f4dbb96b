"""Phaseo's events about a video, and what the video shows of them."""

import json
from dataclasses import replace

import pytest

from mockserver.core.delivery import DeliveryAttempt
from mockserver.core.instants import MINUTE, SECOND
from mockserver.core.job import MOVE, POLL, Input
from mockserver.core.timeline import Polls, Timed, TimelineStep
from mockserver.vendors.api import CreateJob
from mockserver.vendors.phaseo.deliveries import delivery_error
from mockserver.vendors.phaseo.events import EVENT_TYPES, progress_bucket
from mockserver.vendors.script import Script, TimelineRule
from mockserver.vendors.signatures import NO_SIGNATURE, VALID, ReceiverKeys
from mockserver.vendors.webhook_endpoint import DEFAULT_SECRET, WebhookEndpoint
from mockserver.vendors.webhooks import DeliveryRequest, WebhookEvent
from tests.support.vendor_worlds import PhaseoWorld

START = PhaseoWorld.START

NEWEST = "2026-08-10"
URL = {"url": "https://a.example/hook"}
ALL = frozenset(EVENT_TYPES)


def job_of(world: PhaseoWorld, video_id: str):
    job = world.store.job("video", video_id)
    assert job is not None
    return job


def events(job, wanted=ALL):
    return [(event.at - START, event.key) for event in job_notices.events(job, wanted)]


job_notices = PhaseoWorld(NEWEST).era.main_kind.webhooks
assert job_notices is not None


def scripted(*timeline: TimelineStep) -> PhaseoWorld:
    return PhaseoWorld(NEWEST, Script(timeline_rules=(TimelineRule(timeline),)))


def test_a_course_is_told_state_by_state_and_the_end_after_the_change(world):
    w = world(NEWEST)
    job = job_of(w, w.create())
    assert events(job, frozenset({"video.created", "video.status_changed", "video.completed"})) == [
        (0, "video.created"),
        (2 * SECOND, "video.status_changed:queued:in_progress"),
        (26 * SECOND, "video.status_changed:in_progress:completed"),
        (26 * SECOND, "video.completed"),
    ]


def test_the_future_is_the_one_there_is_now(world):
    w = world("2026-06-11")
    video = w.create()
    w.sleep(5)
    w.request("POST", f"/v1/videos/{video}/cancel")
    assert events(job_of(w, video), frozenset({"video.completed", "video.cancelled"})) == [
        (5 * SECOND, "video.cancelled")
    ]


def test_progress_is_told_in_tens_at_the_first_instant_of_each():
    w = scripted(TimelineStep("processing", Timed(100 * SECOND), progress=(0, 100)), TimelineStep("completed"))
    delivered = events(job_of(w, w.create()), frozenset({"video.progress"}))
    assert delivered == [
        (1 * SECOND, "video.progress:5"),
        *((at * SECOND, f"video.progress:{at + 5}") for at in range(5, 95, 10)),
        (95 * SECOND, "video.progress:95"),
    ]


def test_progress_that_falls_or_stands_is_told_once_each():
    w = scripted(TimelineStep("processing", Timed(60 * SECOND), progress=(30, 8)), TimelineStep("failed"))
    delivered = [key for _, key in events(job_of(w, w.create()), frozenset({"video.progress"}))]
    assert delivered == [f"video.progress:{percent}" for percent in (30, 20, 10)]
    w = scripted(
        TimelineStep("queued", Timed(SECOND), progress=(40, 40)), TimelineStep("processing", progress=(40, 90))
    )
    assert events(job_of(w, w.create()), frozenset({"video.progress"})) == [(0, "video.progress:40")]


def test_over_a_stay_of_polls_progress_comes_with_the_polls():
    w = scripted(
        TimelineStep("queued", Polls(1)),
        TimelineStep("processing", Polls(4), progress=(20, 100)),
        TimelineStep("completed"),
    )
    job = job_of(w, w.create())
    polls = tuple(Input(START + at * SECOND, at, POLL) for at in range(1, 7))
    delivered = events(replace(job, inputs=polls), frozenset({"video.progress", "video.status_changed"}))
    assert delivered == [
        (2 * SECOND, "video.status_changed:queued:in_progress"),
        (2 * SECOND, "video.progress:20"),
        (3 * SECOND, "video.progress:40"),
        (4 * SECOND, "video.progress:60"),
        (5 * SECOND, "video.progress:80"),
        (6 * SECOND, "video.status_changed:in_progress:completed"),
    ]
    assert events(replace(job, inputs=polls[:1]), frozenset({"video.status_changed"})) == []


def test_a_key_is_told_once_however_often_it_comes_about(world):
    w = world(NEWEST)
    job = job_of(w, w.create())
    moves = [(3, "queued"), (4, "processing"), (5, "failed"), (6, "processing"), (7, "failed"), (8, "failed")]
    job = replace(job, inputs=tuple(Input(START + at * SECOND, at, MOVE, to) for at, to in moves))
    assert events(job, frozenset({"video.status_changed", "video.failed"})) == [
        (2 * SECOND, "video.status_changed:queued:in_progress"),
        (3 * SECOND, "video.status_changed:in_progress:queued"),
        (5 * SECOND, "video.status_changed:in_progress:failed"),
        (5 * SECOND, "video.failed"),
        (6 * SECOND, "video.status_changed:failed:in_progress"),
    ]


@pytest.mark.parametrize(
    ("percent", "bucket"),
    [(0, None), (1, 5), (4, 5), (5, 10), (14, 10), (15, 20), (94, 90), (95, 95), (99, 95), (100, None)],
)
def test_buckets(percent, bucket):
    assert progress_bucket(percent) == bucket


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("completed", "video.completed"),
        ("job.completed", "video.completed"),
        ("video.canceled", "video.cancelled"),
        ("canceled", "video.cancelled"),
        ("batch.completed", "batch.completed"),
    ],
)
def test_what_a_subscription_s_word_means(word, meant):
    assert PhaseoWorld().era.main_kind.webhooks.resolve_alias(word) == meant


def where(w: PhaseoWorld, video_id: str, hook: WebhookEndpoint | None = None):
    webhooks = w.era.main_kind.webhooks
    assert webhooks is not None
    return webhooks.subscription(job_of(w, video_id), hook)


def test_before_august_a_video_s_own_address_is_told_and_the_session_s_endpoint_takes_its_place(world):
    w = world("2026-07-09")
    assert where(w, w.create(), WebhookEndpoint("http://127.0.0.1/")) is None
    assert where(w, w.create(webhook={"secret": "s"}), WebhookEndpoint("http://127.0.0.1/")) is None
    own = w.create(webhook={**URL, "secret": "mine", "events": ["failed"]})
    assert where(w, own) == (URL["url"], "mine", {"video.failed"})
    assert where(w, own, WebhookEndpoint("http://127.0.0.1/", "ours", ("completed",))) == (
        "http://127.0.0.1/", "mine", {"video.failed"}
    )  # fmt: skip
    plain = w.create(webhook=URL)
    assert where(w, plain) == (URL["url"], "", ALL - {"video.created", "video.progress"})
    assert where(w, plain, WebhookEndpoint(secret="ours")) == ("", "ours", ALL - {"video.created", "video.progress"})


def test_since_august_the_endpoint_that_a_create_names_is_told_if_there_is_one(world):
    w = world(NEWEST)
    video = w.create(webhook={"endpoint_id": "we_1"})
    chosen = w.create(webhook={"endpoint_id": "we_1", "events": ["job.failed"]})
    assert where(w, video) is None
    assert where(w, video, WebhookEndpoint("http://127.0.0.1/", id="we_2")) is None
    assert where(w, video, WebhookEndpoint("http://127.0.0.1/")) == (
        "http://127.0.0.1/", DEFAULT_SECRET, ALL - {"video.created", "video.progress"}
    )  # fmt: skip
    hook = WebhookEndpoint("http://127.0.0.1/", "s", ("job.completed", "progress"), "we_1")
    assert where(w, video, hook) == ("http://127.0.0.1/", "s", {"video.completed", "video.progress"})
    assert where(w, chosen, hook) == ("http://127.0.0.1/", "s", {"video.failed"})


def verdict(headers, body: bytes) -> str:
    """What a receiver of the newest era, which knows the secret, makes of a delivery."""
    named = {name.lower(): value for name, value in headers.items()}
    return job_notices.signature.verify(named, body, ReceiverKeys(("s",)), START)


def write(
    w: PhaseoWorld, event: WebhookEvent, secret: str = "s", attempt: int = 1, after: float = 30, stamp: int = START
):
    webhooks = w.era.main_kind.webhooks
    assert webhooks is not None
    job = next(w.store.all_jobs())
    at = START + int(after * SECOND)
    written = webhooks.render_signed(
        DeliveryRequest(job, event, attempt, at, stamp, (secret,) if secret else (), "http://mock/s/x", "seed")
    )
    return written, dict(written.headers), json.loads(written.body)


CHANGE = WebhookEvent(
    START, "video.status_changed:queued:in_progress", "video.status_changed",
    {"status_change": {"previous_status": "queued", "status": "in_progress"}},
)  # fmt: skip


def test_a_delivery_in_full(world):
    w = world(NEWEST)
    video = w.create(webhook={"endpoint_id": "we_1"})
    written, headers, body = write(w, CHANGE, attempt=2)
    event_id = f"evt_video_{video}_video_status_changed_queued_in_progress"
    assert written.event_id == event_id
    assert body["id"] == event_id
    assert body["type"] == "video.status_changed"
    assert body["created_at"] == START // SECOND + 30
    assert body["delivery"] == {"key": CHANGE.key, "attempt": 2, "max_attempts": 4}
    assert body["status_change"] == {"previous_status": "queued", "status": "in_progress"}
    assert body["data"]["id"] == video
    assert body["data"]["status"] == "completed"
    assert body["data"]["polling_url"] == f"http://mock/s/x/v1/videos/{video}"
    assert headers == {
        "Content-Type": "application/json",
        "User-Agent": "Phaseo-Async-Webhook/1.0",
        "x-phaseo-event-id": event_id,
        "x-phaseo-event-type": "video.status_changed",
        "x-phaseo-delivery-key": CHANGE.key,
        "x-phaseo-attempt": "2",
        "x-phaseo-max-attempts": "4",
        "x-phaseo-timestamp": str(START // SECOND),
        "x-phaseo-signature": headers["x-phaseo-signature"],
    }
    assert list(headers)[-2:] == ["x-phaseo-timestamp", "x-phaseo-signature"]
    assert verdict(headers, written.body) == VALID


def test_a_progress_event_shows_its_own_progress(world):
    w = world(NEWEST)
    w.create(webhook={"endpoint_id": "we_1"})
    _, _, body = write(w, WebhookEvent(START, "video.progress:40", "video.progress", {"progress": 40}), after=8)
    assert body["data"]["progress"] == 40
    assert "status_change" not in body


def test_before_july_the_headers_have_another_brand(world):
    w = world("2026-06-11")
    w.create(webhook=URL)
    written, headers, _ = write(w, CHANGE)
    assert headers["User-Agent"] == "AI-Stats-Async-Webhook/1.0"
    assert all(name.startswith(("x-ai-stats-", "Content-Type", "User-Agent")) for name in headers)
    assert verdict(headers, written.body) == VALID


@pytest.mark.parametrize("date", ["2026-04-01", "2026-05-06"])
def test_before_june_a_delivery_has_no_id_and_no_name(world, date):
    w = world(date)
    w.create(webhook=URL)
    _, headers, body = write(w, CHANGE)
    assert not {"id", "delivery"} & set(body)
    assert set(headers) == {"Content-Type", "User-Agent", "x-ai-stats-timestamp", "x-ai-stats-signature"}
    _, headers, _ = write(w, CHANGE, secret="")
    assert set(headers) == {"Content-Type", "User-Agent"}
    assert verdict({}, b"") == NO_SIGNATURE


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (200, ""),
        (204, ""),
        (299, ""),
        (302, "Webhook redirects are not allowed"),
        (199, "Webhook returned HTTP 199"),
        (500, "Webhook returned HTTP 500"),
    ],
)
def test_what_counts_as_delivered(status, why):
    assert delivery_error(status, b"whatever") == why


def video_after(w: PhaseoWorld, video: str, *attempts: DeliveryAttempt) -> dict:
    """A video as get shows it, after these attempts."""
    job = job_of(w, video)
    for seq, attempt in enumerate(attempts, 1):
        job = job.with_input(attempt.as_input(seq))
    w.store = type(w.store)()
    w.context = replace(w.context, store=w.store)
    w.store.commit([CreateJob(job)])
    return w.get(video)


AT = START + 2 * SECOND
FAILED = DeliveryAttempt(
    AT, CHANGE.key, CHANGE.type, 1, delivered=False, status=500, error="Webhook returned HTTP 500", preview="oops",
    retry_at=AT + MINUTE,
)  # fmt: skip
PROGRESS = DeliveryAttempt(AT + SECOND, "video.progress:10", "video.progress", 1, delivered=True, status=200)


def test_a_video_mirrors_its_deliveries(world):
    w = world("2026-07-09")
    video = w.create(webhook={**URL, "secret": "whsec_1"})
    w.sleep(10)
    shown = video_after(w, video, FAILED, PROGRESS)
    assert shown["webhook"]["delivery"] == {
        "total_attempts": 2,
        "delivered_events": 1,
        "delivered_event_types": ["video.progress:10"],
        "pending_retries": 1,
        "next_retry_at": "2026-08-20T12:01:02.000Z",
        "last_attempt_at": "2026-08-20T12:00:03.000Z",
        "last_attempt_status": "delivered",
        "last_response_status": 200,
        "last_delivered_at": "2026-08-20T12:00:03.000Z",
        "last_failure_at": "2026-08-20T12:00:02.000Z",
        "last_error_message": "Webhook returned HTTP 500",
    }
    assert shown["webhook"]["attempts"] == [
        {
            "id": f"{CHANGE.key}:1:2026-08-20T12:00:02.000Z",
            "delivery_key": CHANGE.key,
            "event_type": "video.status_changed",
            "status": "scheduled_retry",
            "attempt_number": 1,
            "max_attempts": 4,
            "tried_at": "2026-08-20T12:00:02.000Z",
            "delivered_at": None,
            "next_retry_at": "2026-08-20T12:01:02.000Z",
            "response_status": 500,
            "error_message": "Webhook returned HTTP 500",
            "response_body_preview": "oops",
        },
        {
            "id": "video.progress:10:1:2026-08-20T12:00:03.000Z",
            "delivery_key": "video.progress:10",
            "event_type": "video.progress",
            "status": "delivered",
            "attempt_number": 1,
            "max_attempts": 4,
            "tried_at": "2026-08-20T12:00:03.000Z",
            "delivered_at": "2026-08-20T12:00:03.000Z",
            "next_retry_at": None,
            "response_status": 200,
            "error_message": None,
            "response_body_preview": None,
        },
    ]
    assert shown["next_webhook_retry_at"] == "2026-08-20T12:01:02.000Z"
    assert shown["last_webhook_progress"] == 10
    assert shown["last_webhook_progress_at"] == "2026-08-20T12:00:03.000Z"
    assert shown["last_webhook_dispatched_at"] == "2026-08-20T12:00:03.000Z"


def test_fifty_attempts_are_remembered_and_ten_shown(world):
    w = world("2026-07-09")
    video = w.create(webhook=URL)
    w.sleep(100)
    made = [PROGRESS._replace(at=START + at * SECOND, key=f"video.progress:{at}") for at in range(1, 61)]
    hook = video_after(w, video, *made)["webhook"]
    assert hook["delivery"]["total_attempts"] == 50
    assert hook["delivery"]["delivered_events"] == 60
    assert [attempt["delivery_key"] for attempt in hook["attempts"]] == [f"video.progress:{at}" for at in range(51, 61)]


def test_what_is_given_up_says_so(world):
    w = world("2026-07-09")
    video = w.create(webhook=URL)
    w.sleep(10)
    hook = video_after(w, video, FAILED._replace(number=4, retry_at=None))["webhook"]
    assert hook["delivery"]["last_attempt_status"] == "failed_permanently"
    assert hook["delivery"]["pending_retries"] == 0
    assert hook["delivery"]["next_retry_at"] is None
    assert hook["delivery"]["last_delivered_at"] is None


def test_before_anything_is_sent_there_is_nothing_beside_the_webhook(world):
    w = world("2026-07-09")
    shown = w.get(w.create(webhook=URL))
    assert shown["webhook"]["attempts"] == []
    assert shown["webhook"]["delivery"]["last_attempt_status"] is None
    assert not [name for name in shown if name.startswith(("last_webhook", "next_webhook"))]


def test_the_last_progress_stays_when_the_end_is_delivered(world):
    w = world("2026-07-09")
    video = w.create(webhook=URL)
    w.sleep(10)
    end = DeliveryAttempt(AT + 2 * SECOND, "video.completed", "video.completed", 1, delivered=True, status=200)
    shown = video_after(w, video, PROGRESS, end)
    assert shown["last_webhook_progress"] == 10
    assert shown["last_webhook_progress_at"] == "2026-08-20T12:00:03.000Z"
