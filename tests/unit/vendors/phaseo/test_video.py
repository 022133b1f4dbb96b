"""The public object of a video, from its creation to every end it can have."""

import pytest

from mockserver.core.timeline import Polls, Timed, TimelineStep
from mockserver.vendors.api import FOREVER
from mockserver.vendors.phaseo.download_links import RENEW_INTERVAL
from mockserver.vendors.script import Script, TimelineRule

ALWAYS = [
    "id",
    "object",
    "status",
    "lifecycle_status",
    "output_access",
    "progress",
    "progress_source",
    "polling_url",
    "websocket_url",
    "poll_after_seconds",
    "cancel_url",
    "generation_id",
    "native_video_id",
    "created_at",
    "expires_at",
    "started_at",
    "completed_at",
    "provider",
    "model",
    "seconds",
    "size",
    "audio",
    "asset",
    "outputs",
    "usage",
    "billing",
]
LATER = {"lifecycle_status", "websocket_url", "cancel_url", "native_video_id"}


def ending(state, **more):
    return (
        TimelineStep("queued", Timed(1_000_000)),
        TimelineStep("processing", Timed(9_000_000), (10, 100)),
        TimelineStep(state, **more),
    )


def test_queued_processing_completed(world):
    w = world()
    video = w.create()
    queued = w.get(video)
    assert set(queued) == {*ALWAYS, "content_url", "download_url"}
    assert queued["status"] == "queued"
    assert queued["lifecycle_status"] == "pending"
    assert queued["progress"] == 0
    assert queued["progress_source"] == "none"
    assert queued["started_at"] is None
    assert queued["asset"] is None
    assert queued["outputs"] == []
    assert queued["download_url"] is None
    assert queued["poll_after_seconds"] == 20
    assert queued["cancel_url"] == f"http://mock/s/x/v1/videos/{video}/cancel"
    assert queued["websocket_url"] == f"ws://mock/s/x/v1/async/video/{video}/ws"
    w.sleep(14)
    running = w.get(video)
    assert running["status"] == "processing"
    assert running["lifecycle_status"] == "running"
    assert running["progress"] == 50
    assert running["progress_source"] == "estimated"
    assert running["started_at"] == running["created_at"] + 2
    w.sleep(12)
    done = w.get(video)
    assert done["status"] == "completed"
    assert done["lifecycle_status"] == "completed"
    assert done["progress"] == 100
    assert done["completed_at"] == done["created_at"] + 26
    assert done["cancel_url"] is None
    assert done["asset"]["id"] == "ast_" + video[2:]
    assert done["asset"]["duration_seconds"] == 5
    assert done["outputs"][0]["content_url"] == done["content_url"]
    assert done["expires_at"] == done["completed_at"] + 900


@pytest.mark.parametrize("date", ["2026-04-01", "2026-05-06"])
def test_fields_that_came_in_june(world, date):
    w = world(date)
    seen = w.get(w.create())
    assert set(ALWAYS) - set(seen) == LATER
    assert "reservation_id" not in seen["billing"]


def test_the_newest_era_hands_out_no_cancel_url(world):
    w = world("2026-08-10")
    assert w.get(w.create())["cancel_url"] is None


def test_nor_do_providers_that_cannot_cancel(world):
    w = world()
    assert w.get(w.create(model="google/veo-3.1"))["cancel_url"] is None


def test_a_secure_base_has_secure_sockets(world):
    w = world(base_url="https://mock.example")
    seen = w.get(w.create())
    assert seen["websocket_url"].startswith("wss://mock.example/v1/async/video/G-")


def test_no_cache_header_on_a_get_and_one_on_a_list(world):
    w = world()
    video = w.create()
    assert w.request("GET", f"/v1/videos/{video}").headers == (("Content-Type", "application/json"),)
    assert w.request("GET", "/v1/videos").header("cache-control") == "no-store"


@pytest.mark.parametrize(
    ("access", "has", "has_not"),
    [
        ("bytes", {"content_url"}, {"download_url"}),
        ("signed_url", {"download_url"}, {"content_url"}),
        ("both", {"content_url", "download_url"}, set()),
    ],
)
def test_output_access(world, access, has, has_not):
    w = world()
    video = w.create(output={"access": access}, sample_count=2)
    w.sleep(30)
    seen = w.get(video)
    assert seen["output_access"] == access
    for body in (seen, *seen["outputs"]):
        assert has <= set(body)
        assert not has_not & set(body)
    assert [output["index"] for output in seen["outputs"]] == [0, 1]
    assert ("content_url" not in has) or seen["outputs"][1]["content_url"].endswith("/content?index=1")
    assert (seen["expires_at"] is None) == (access == "bytes")


@pytest.mark.parametrize("state", ["failed", "cancelled", "expired"])
def test_other_ends_are_void_and_keep_their_progress(world, state):
    w = world(script=Script(timeline_rules=(TimelineRule(ending(state)),)))
    video = w.create()
    w.sleep(20)
    seen = w.get(video)
    assert seen["status"] == state
    assert seen["lifecycle_status"] == state
    assert seen["progress"] == 100
    assert seen["completed_at"] == seen["created_at"] + 10
    assert seen["asset"] is None
    assert seen["outputs"] == []
    assert seen["download_url"] is None
    assert seen["cancel_url"] is None
    assert seen["billing"]["state"] == "void"
    assert seen["billing"]["settled_user_cost"] == "0.00"
    assert seen["billing"]["reservation_status"] == "released"
    assert seen["usage"] == {"is_byok": False}
    assert ("error" in seen) == (state == "failed")


def test_a_video_cancelled_half_way_keeps_the_progress_it_had(world):
    w = world()
    video = w.create()
    w.sleep(14)
    assert w.request("POST", f"/v1/videos/{video}/cancel").status == 200
    assert w.last_answer().body["progress"] == 50
    w.sleep(100)
    assert w.get(video)["progress"] == 50


def test_a_video_cancelled_at_once_has_none(world):
    w = world()
    video = w.create()
    w.request("POST", f"/v1/videos/{video}/cancel")
    assert w.last_answer().body["progress"] == 0
    assert w.last_answer().body["progress_source"] == "none"


def test_the_provider_openai_shows_through(world):
    w = world(script=Script(timeline_rules=(TimelineRule(ending("failed")),)))
    video = w.create(model="openai/sora-2", duration=8)
    w.sleep(5)
    seen = w.get(video)
    assert seen["status"] == "in_progress"
    assert seen["lifecycle_status"] == "running"
    assert seen["seconds"] == "8"
    assert seen["prompt"] == "A lighthouse at dusk, waves below"
    assert seen["remixed_from_video_id"] is None
    assert seen["progress_source"] == "provider"
    w.sleep(9)
    assert w.get(video)["error"]["code"] == "generation_failed"


def test_a_scenario_shows_what_it_likes(world):
    timeline = ending("failed", fields={"error": "too dark", "progress": 7})
    w = world(
        script=Script(timeline_rules=(TimelineRule(timeline),), fields={"video": {"size": "1x1", "meta": {"a": 1}}})
    )
    w.request("POST", "/v1/videos", {"prompt": "x", "model": "qwen/wan2.7-t2v"})
    created = w.last_answer().body
    assert created["size"] == "1x1"
    assert created["meta"] == {"a": 1}
    w.sleep(20)
    seen = w.get(created["id"])
    assert seen["size"] == "1x1"
    assert seen["error"] == "too dark"
    assert seen["progress"] == 7


def test_a_scripted_progress_stays_within_percent(world):
    w = world(script=Script(timeline_rules=(TimelineRule((TimelineStep("completed", progress=(150, 150)),)),)))
    assert w.get(w.create())["progress"] == 100


@pytest.mark.parametrize(
    ("state", "shown"),
    [("processing", "in_progress"), ("completed", "completed"), ("cancelled", "failed"), ("expired", "failed")],
)
def test_a_create_spells_states_as_openai_would(world, state, shown):
    w = world(script=Script(timeline_rules=(TimelineRule((TimelineStep(state),)),)))
    w.create()
    assert w.last_answer().body["status"] == shown


def test_webhooks_show_no_secret(world):
    w = world()
    video = w.create(webhook={"url": "https://a.example/hook", "secret": "whsec_1", "events": ["completed", "x"]})
    shown = w.get(video)["webhook"]
    assert set(shown) == {"url", "events", "has_secret", "delivery", "attempts"}
    assert shown["url"] == "https://a.example/hook"
    assert shown["events"] == ["completed"]
    assert shown["has_secret"] is True
    assert w.get(w.create(webhook={"url": "https://a.example/hook"}))["webhook"]["has_secret"] is False
    assert len(w.get(w.create(webhook={"url": "https://a.example/hook"}))["webhook"]["events"]) == 5
    w = world("2026-08-10")
    hook = w.get(w.create(webhook={"endpoint_id": "we_1"}))["webhook"]
    assert hook["url"] is None
    assert hook["has_secret"] is True


class TestSteady:
    """How long an answer stays true, so that it can be kept."""

    def test_until_the_progress_changes(self, world):
        w = world()
        video = w.create()
        w.get(video)
        assert w.answer.valid_until == w.now + 2_000_000
        w.sleep(14)
        before = w.get(video)
        until = w.answer.valid_until
        assert w.now < until < w.now + 1_000_000
        w.now = until - 1
        assert w.get(video) == before
        w.now = until
        assert w.get(video)["progress"] == before["progress"] + 1

    def test_until_the_links_are_renewed(self, world):
        w = world()
        video = w.create()
        w.sleep(126)
        before = w.get(video)
        until = w.answer.valid_until
        assert until == w.now - 100_000_000 + RENEW_INTERVAL
        w.now = until - 1
        assert w.get(video) == before
        w.now = until
        assert w.get(video)["expires_at"] == before["expires_at"] + 300

    def test_for_ever_without_links(self, world):
        w = world()
        video = w.create(output={"access": "bytes"})
        w.sleep(60)
        w.get(video)
        assert w.answer.valid_until == FOREVER

    def test_not_while_polls_are_counted(self, world):
        w = world(
            script=Script(timeline_rules=(TimelineRule((TimelineStep("queued", Polls(2)), TimelineStep("completed"))),))
        )
        video = w.create()
        assert [w.get(video)["status"] for _ in range(3)] == ["queued", "queued", "completed"]
        assert w.answer.changes


@pytest.mark.parametrize("model", ["films", "qwen/wan2.7-t2v"])
def test_a_seeded_video_may_have_a_model_nobody_knows(world, model):
    w = world()
    seen = w.get(w.seed(id="G-mine", body={"model": model}, age=100_000_000))
    assert seen["id"] == "G-mine"
    assert (seen["provider"] is None) == (model == "films")
    assert seen["native_video_id"]


class TestOneBodyForManyPolls:
    """While a video is in one state, its body is rendered once, without the progress."""

    @staticmethod
    def bodies(w, video, seconds=1):
        """Get the video twice, some seconds apart; return both bodies and how often one was rendered."""
        job = w.store.job("video", video)
        first = w.get(video)
        before = job.derived.get("body")
        w.sleep(seconds)
        second = w.get(video)
        rendered = 1 if before is not None and w.store.job("video", video).derived.get("body") is before else 2
        return first, second, rendered

    def test_in_one_state_only_the_progress_is_new(self, world):
        w = world()
        video = w.create()
        w.sleep(3)
        first, second, rendered = self.bodies(w, video)
        assert rendered == 1
        assert first["progress"] < second["progress"]
        assert second == {**first, "progress": second["progress"]}
        assert list(second) == list(first)

    def test_a_new_state_is_rendered_again(self, world):
        w = world()
        first, second, rendered = self.bodies(w, w.create(), seconds=2)
        assert first["status"] == "queued"
        assert second["status"] == "processing"
        assert rendered == 2

    def test_another_base_url_is_rendered_again(self, world):
        w = world()
        video = w.create()
        w.get(video)
        w.base_url = "http://other"
        assert w.get(video)["polling_url"] == f"http://other/v1/videos/{video}"

    def test_a_completed_video_is_rendered_each_time_because_its_links_are_renewed(self, world):
        w = world()
        video = w.create()
        w.sleep(26)
        first, second, rendered = self.bodies(w, video, seconds=RENEW_INTERVAL // 1_000_000)
        assert rendered == 2
        assert first["download_url"] != second["download_url"]

    def test_a_video_with_a_webhook_is_rendered_each_time_because_its_deliveries_go_on(self, world):
        w = world()
        video = w.create(webhook={"url": "https://a.example/"})
        assert self.bodies(w, video)[2] == 2

    def test_a_scenarios_fields_stay_out_of_what_is_kept(self, world):
        timeline = (TimelineStep("queued", Timed(9_000_000), fields={"size": "1x1", "progress": 250}),)
        w = world(script=Script(timeline_rules=(TimelineRule(timeline),)))
        video = w.create()
        w.request("GET", f"/v1/videos/{video}")
        kept = w.store.job("video", video).derived["body"].body
        assert kept["size"] == "720p"
        assert kept["progress"] is None
