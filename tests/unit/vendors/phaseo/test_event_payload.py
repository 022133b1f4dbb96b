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


def told(w, video, *, origin=None, **more):
    return event_data(w.store.job("video", video), w.now, origin or Origin(), TRAITS[w.era.date], **more)


def test_it_is_not_the_shape_of_a_get(world):
    w = world("2026-06-11")
    video = w.create()
    got, seen = w.get(video), told(w, video)
    assert (seen["object"], seen["kind"], seen["id"]) == ("video", "video", video)
    assert seen["native_id"] == got["native_video_id"]
    assert not {"native_video_id", "poll_after_seconds", "seconds", "size", "usage", "outputs", "asset"} & set(seen)
    for same in ("polling_url", "websocket_url", "cancel_url", "content_url", "provider", "model", "output_access"):
        assert seen[same] == got[same]
    assert (seen["duration_seconds"], seen["resolution"]) == (got["seconds"], got["size"])
    assert (seen["created_at"], seen["updated_at"]) == ("2026-08-20T12:00:00.000Z",) * 2
    assert (seen["reservation_id"], seen["reservation_status"]) == ("res_" + video[2:], "reserved")
    assert not {"reservation_id", "estimated_nanos", "billed_at"} & set(seen["billing"])
    assert (seen["finalized_at"], seen["download_url"], seen["expires_at"], seen["progress"]) == (None, None, None, 0)


def test_a_finished_video_has_a_link_that_works_and_its_bill(world):
    w = world()
    video = w.create()
    w.sleep(27)
    seen = told(w, video)
    assert (seen["status"], seen["lifecycle_status"], seen["progress"]) == ("completed", "completed", 100)
    assert seen["finalized_at"] == seen["updated_at"] == seen["billing"]["billed_at"] == "2026-08-20T12:00:26.000Z"
    assert (seen["billing"]["state"], seen["reservation_status"]) == ("settled", "captured")
    assert w.follow(seen["download_url"]).status == 200
    assert seen["download_url"] == w.get(video)["download_url"]


def test_the_progress_is_unknown_unless_the_caller_knows(world):
    w = world()
    video = w.create()
    w.sleep(14)
    assert w.get(video)["progress"] > 0
    assert told(w, video)["progress"] == 0
    assert [told(w, video, progress=p)["progress"] for p in (40, -3, 140)] == [40, 0, 100]


def test_the_newest_era_tells_where_to_cancel_though_nobody_can(world):
    w = world("2026-08-10")
    video = w.create()
    assert w.get(video)["cancel_url"] is None
    assert told(w, video)["cancel_url"] == f"http://mock/s/x/v1/videos/{video}/cancel"
    w.sleep(40)
    assert told(w, video)["cancel_url"] is None
    assert told(w, w.create(model="google/veo-3.1"))["cancel_url"] is None


def test_a_webhook_is_shown_without_its_secret(world):
    w = world("2026-06-11")
    hook = {"url": "https://a.example/h", "secret": "hush", "events": ["video.completed"]}
    video = w.create(webhook=hook)
    assert told(w, video)["webhook"] == w.get(video)["webhook"]
    assert told(w, video)["webhook"]["has_secret"] is True
    assert "hush" not in str(told(w, video))
    assert "webhook" not in told(w, w.create())


def test_a_scenario_shows_what_it_wants_where_there_is_such_a_field(world):
    course = (
        TimelineStep("queued", Timed(1)),
        TimelineStep("processing", NO_END, fields={"progress": 42, "seconds": 7}),
    )
    w = world(script=Script(timeline_rules=(TimelineRule(course),)))
    video = w.create()
    w.sleep(1)
    seen = told(w, video)
    assert (seen["progress"], "seconds" in seen) == (42, False)


@pytest.mark.parametrize("date", TRAITS)
def test_every_era_has_it(world, date):
    w = world(date)
    video = w.seed()
    seen = told(w, video, origin=Origin("https://mock"))
    assert seen["websocket_url"] == f"wss://mock/v1/async/video/{video}/ws"
    assert seen["reservation_id"] == ("res_" + video[2:] if TRAITS[date].asynchronous else None)
