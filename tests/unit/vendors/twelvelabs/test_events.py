"""TwelveLabs' events about tasks and batches, and what a batch shows of them."""

import json
from dataclasses import replace

import pytest

from mockserver.core.delivery import DeliveryAttempt
from mockserver.core.instants import DAY, HOUR, SECOND
from mockserver.core.timeline import Timed, TimelineStep
from mockserver.vendors.api import AppendInput
from mockserver.vendors.script import Script, SeededJob
from mockserver.vendors.signatures import VALID, ReceiverKeys
from mockserver.vendors.twelvelabs.events import SIGNATURE, delivery_error
from mockserver.vendors.webhook_endpoint import BUILTIN_RECEIVER_URL, DEFAULT_SECRET, WebhookEndpoint
from mockserver.vendors.webhooks import DeliveryRequest, WebhookEvent
from tests.support.fake_world import ERAS, START, FakeWorld, fake_world, json_of

OLD, NEW = "twelvelabs@2026-07-30", "twelvelabs@2026-09-15"


def events_of(pin: str, kind: str):
    notices = ERAS[pin].kinds[kind].webhooks
    assert notices is not None
    return notices


def world(pin: str = NEW, script: Script | None = None) -> FakeWorld:
    return fake_world("twelvelabs", pin.partition("@")[2], script or Script())


def made(judged: FakeWorld, name: str = "create", body=None):
    answer = json_of(judged.call_operation(name, body=body))
    kind = "batch" if name == "create" else "task"
    store = judged.session.context("twelvelabs").store
    job = store.job(kind, answer[f"{kind}_id"])
    assert job is not None
    return job


def events(pin: str, job) -> list[tuple[int, str]]:
    notices = events_of(pin, job.kind)
    return [(event.at - START, event.key) for event in notices.events(job, frozenset(notices.types))]


@pytest.mark.parametrize(("pin", "ends"), [(OLD, {"ready", "failed"}), (NEW, {"ready", "failed", "canceled"})])
def test_only_ends_are_told(pin, ends):
    assert {name.rpartition(".")[2] for name in events_of(pin, "task").types} == ends
    judged = world(pin)
    assert events(pin, made(judged, "create_task")) == [(15 * SECOND, "analyze.task.ready")]
    assert events(pin, made(judged)) == [(21_333_333, "analyze.batch.completed")]


def test_what_was_never_at_work_has_no_end_to_tell_of():
    seeded = Script(jobs=(SeededJob(kind="task", timeline=(TimelineStep("ready"),)),))
    store = world(script=seeded).session.context("twelvelabs").store
    assert events(NEW, next(store.all_jobs())) == []


def test_a_canceled_batch_and_one_that_expires():
    judged = world()
    batch = made(judged)
    judged.call_operation("cancel", batch.id)
    store = judged.session.context("twelvelabs").store
    assert [key for _, key in events(NEW, store.job("batch", batch.id))] == ["analyze.batch.canceled"]
    slow = (TimelineStep("queued", Timed(SECOND)), TimelineStep("processing", Timed(2 * DAY)), TimelineStep("ready"))
    judged = world(script=Script(jobs=(SeededJob(timeline=slow),)))
    store = judged.session.context("twelvelabs").store
    assert events(NEW, next(store.all_jobs())) == [(24 * HOUR, "analyze.batch.expired")]


def test_nobody_is_told_without_an_endpoint():
    job = made(world())
    notices = events_of(NEW, "batch")
    assert notices.subscription(job, None) is None
    assert notices.subscription(job, WebhookEndpoint("http://127.0.0.1/")) == (
        "http://127.0.0.1/",
        DEFAULT_SECRET,
        set(notices.types),
    )
    hook = WebhookEndpoint(secret="s", events=("expired", "analyze.task.ready"))
    assert notices.subscription(job, hook) == ("", "s", {"analyze.batch.expired"})


def write(pin: str, job, name: str, after: int, secret: str = "s"):
    event = WebhookEvent(START + 5 * SECOND, name, name)
    letter = DeliveryRequest(
        job, event, 1, START + after * SECOND, START, (secret,) if secret else (), "http://x", "seed"
    )
    written = events_of(pin, job.kind).render_signed(letter)
    return written, json.loads(written.body)


def test_a_task_s_delivery_in_full():
    job = made(world(), "create_task")
    written, body = write(NEW, job, "analyze.task.ready", 20)
    assert body == {
        "id": written.event_id,
        "created_at": "2026-10-01T12:00:05Z",
        "type": "analyze.task.ready",
        "data": {
            "id": job.id,
            "custom_id": None,
            "created_at": "2026-10-01T12:00:00Z",
            "status": "ready",
            "video_source": {"type": "url", "url": "https://example.com/video.mp4"},
        },
    }
    assert written.event_id.startswith("whe_")
    assert len(written.event_id) == 36
    headers = {name.lower(): value for name, value in written.headers}
    assert headers["content-type"] == "application/json"
    assert SIGNATURE.verify(headers, written.body, ReceiverKeys(("s",)), START) == VALID
    again, _ = write(NEW, job, "analyze.task.ready", 40)
    assert again.event_id == written.event_id
    unsigned, _ = write(NEW, job, "analyze.task.ready", 20, secret="")
    assert [name for name, _ in unsigned.headers] == ["Content-Type"]


def failing(fields) -> Script:
    return Script(
        jobs=(
            SeededJob(
                kind="task", timeline=(TimelineStep("processing", Timed(SECOND)), TimelineStep("failed", fields=fields))
            ),
        )
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "The video could not be analyzed."),
        ({"error": {"code": "x", "message": "Too dark."}}, "Too dark."),
        ({"error": "text"}, "text"),
        ({"error": [1]}, [1]),
        ({"error": {"message": [5]}}, [5]),
    ],
)
def test_a_failed_task_says_why(fields, message):
    store = world(script=failing(fields)).session.context("twelvelabs").store
    _, body = write(NEW, next(store.all_jobs()), "analyze.task.failed", 20)
    assert body["data"]["status"] == "failed"
    assert body["data"]["error"] == {"message": message}


def test_a_task_of_images_has_no_video():
    job = made(world(), "create_task")
    _, body = write(NEW, replace(job, spec={**job.spec, "video": None}), "analyze.task.ready", 20)
    assert "video_source" not in body["data"]


def test_a_batch_s_delivery_says_how_it_ended():
    job = made(world())
    _, body = write(NEW, job, "analyze.batch.completed", 30)
    assert body["data"] == {"id": job.id, "created_at": "2026-10-01T12:00:00Z", "status": "completed"}


@pytest.mark.parametrize(
    ("status", "why"), [(200, ""), (204, ""), (302, "the endpoint answered 302"), (503, "the endpoint answered 503")]
)
def test_what_counts_as_delivered(status, why):
    assert delivery_error(status, b"") == why


def test_a_batch_shows_what_was_sent_of_it_by_address():
    judged = world()
    job = made(judged)
    store = judged.session.context("twelvelabs").store
    assert "webhooks" not in json_of(judged.call_operation("get", job.id))
    judged.advance(60 * SECOND)
    failed = DeliveryAttempt(
        START + 30 * SECOND, "analyze.batch.completed", "analyze.batch.completed", 1, delivered=False, status=500,
        error="the endpoint answered 500", retry_at=START + 90 * SECOND,
    )  # fmt: skip
    good = failed._replace(number=2, delivered=True, status=200, error="", retry_at=None)
    for version, attempt in enumerate((failed, failed._replace(url="http://127.0.0.1:1/"))):
        store.commit([AppendInput("batch", job.id, version, attempt.as_input(version + 1))])
    shown = {"delivered": False, "attempts": 1, "last_error": "the endpoint answered 500"}
    assert json_of(judged.call_operation("get", job.id))["webhooks"] == [
        {"url": BUILTIN_RECEIVER_URL, **shown},
        {"url": "http://127.0.0.1:1/", **shown},
    ]
    store.commit([AppendInput("batch", job.id, 2, good.as_input(3))])
    assert json_of(judged.call_operation("get", job.id))["webhooks"][0] == {
        "url": BUILTIN_RECEIVER_URL,
        "delivered": True,
        "attempts": 2,
    }
    judged.contract_observer.assert_clean()
