"""What webhooks and the websocket tell of a video."""

from typing import NamedTuple

import pytest

from mockserver.core.timeline import NO_END, Timed, TimelineStep
from mockserver.vendors.phaseo.events import event_data
from mockserver.vendors.phaseo.traits import TRAITS
from mockserver.vendors.script import Script, TimelineRule


class Origin(NamedTuple):
    base_url: str = "http://mock/s/x"
    seed: str = "seed"


def event_body(w, video, *, origin=None, **more):
    return event_data(w.store.job("video", video), w.now, origin or Origin(), traits=TRAITS[w.era.date], **more)


def test_it_is_not_the_shape_of_a_get(world):
    w = world("2026-06-11")
    video = w.create()
    shown, body = w.get(video), event_body(w, video)
    assert body["object"] == "video"
    assert body["kind"] == "video"
    assert body["id"] == video
    assert body["native_id"] == shown["native_video_id"]
    assert not {"native_video_id", "poll_after_seconds", "seconds", "size", "usage", "outputs", "asset"} & set(body)
    for same in ("polling_url", "websocket_url", "cancel_url", "content_url", "provider", "model", "output_access"):
        assert body[same] == shown[same]
    assert body["duration_seconds"] == shown["seconds"]
    assert body["resolution"] == shown["size"]
    assert (body["created_at"], body["updated_at"]) == ("2026-08-20T12:00:00.000Z",) * 2
    assert body["reservation_id"] == "res_" + video[2:]
    assert body["reservation_status"] == "reserved"
    assert not {"reservation_id", "estimated_nanos", "billed_at"} & set(body["billing"])
    assert body["finalized_at"] is None
    assert body["download_url"] is None
    assert body["expires_at"] is None
    assert body["progress"] == 0


def test_a_finished_video_has_a_link_that_works_and_its_bill(world):
    w = world()
    video = w.create()
    w.sleep(27)
    body = event_body(w, video)
    assert body["status"] == "completed"
    assert body["lifecycle_status"] == "completed"
    assert body["progress"] == 100
    assert body["finalized_at"] == body["updated_at"] == body["billing"]["billed_at"] == "2026-08-20T12:00:26.000Z"
    assert body["billing"]["state"] == "settled"
    assert body["reservation_status"] == "captured"
    assert w.follow(body["download_url"]).status == 200
    assert body["download_url"] == w.get(video)["download_url"]


def test_the_progress_is_unknown_unless_the_caller_knows(world):
    w = world()
    video = w.create()
    w.sleep(14)
    assert w.get(video)["progress"] > 0
    assert event_body(w, video)["progress"] == 0
    assert [event_body(w, video, progress=p)["progress"] for p in (40, -3, 140)] == [40, 0, 100]


def test_the_newest_era_tells_where_to_cancel_though_nobody_can(world):
    w = world("2026-08-10")
    video = w.create()
    assert w.get(video)["cancel_url"] is None
    assert event_body(w, video)["cancel_url"] == f"http://mock/s/x/v1/videos/{video}/cancel"
    w.sleep(40)
    assert event_body(w, video)["cancel_url"] is None
    assert event_body(w, w.create(model="google/veo-3.1"))["cancel_url"] is None


def test_a_webhook_is_shown_without_its_secret(world):
    w = world("2026-06-11")
    hook = {"url": "https://a.example/h", "secret": "hush", "events": ["video.completed"]}
    video = w.create(webhook=hook)
    assert event_body(w, video)["webhook"] == w.get(video)["webhook"]
    assert event_body(w, video)["webhook"]["has_secret"] is True
    assert "hush" not in str(event_body(w, video))
    assert "webhook" not in event_body(w, w.create())


def test_a_scenario_shows_what_it_wants_where_there_is_such_a_field(world):
    course = (
        TimelineStep("queued", Timed(1)),
        TimelineStep("processing", NO_END, fields={"progress": 42, "seconds": 7}),
    )
    w = world(script=Script(timeline_rules=(TimelineRule(course),)))
    video = w.create()
    w.sleep(1)
    body = event_body(w, video)
    assert body["progress"] == 42
    assert "seconds" not in body


@pytest.mark.parametrize("date", TRAITS)
def test_every_era_has_it(world, date):
    w = world(date)
    video = w.seed()
    body = event_body(w, video, origin=Origin("https://mock"))
    assert body["websocket_url"] == f"wss://mock/v1/async/video/{video}/ws"
    assert body["reservation_id"] == ("res_" + video[2:] if TRAITS[date].asynchronous else None)
