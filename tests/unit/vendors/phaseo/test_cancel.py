"""Cancelling: three ways not to, one way to, and what a scenario makes of them."""

import pytest

from mockserver.core.timeline import Manual, Timed, TimelineStep
from mockserver.vendors.api import FOREVER
from mockserver.vendors.phaseo.states import CANCEL_TABLE, VIDEO_LIFECYCLE
from mockserver.vendors.script import CancelScript, Script, ScriptedResponse, TimelineRule

WORKING = ["2026-06-11", "2026-07-09", "2026-08-05"]
REFUSING = ["2026-04-01", "2026-05-06", "2026-08-10"]


def at(state):
    """A scenario in which videos stay in one state."""
    return Script(timeline_rules=(TimelineRule((TimelineStep(state, Manual()),)),))


def cancel(world, video):
    return world.request("POST", f"/v1/videos/{video}/cancel")


@pytest.mark.parametrize("date", WORKING)
@pytest.mark.parametrize("state", ["queued", "processing"])
def test_a_live_video_is_cancelled_at_once(world, date, state):
    w = world(date, at(state))
    video = w.create()
    cancel(w, video)
    status, body = w.last_answer()
    assert status == 200
    assert body["status"] == "cancelled"
    assert body["lifecycle_status"] == "cancelled"
    assert body["cancel_url"] is None
    assert body["completed_at"] == w.now // 1_000_000
    assert w.answer.response.header("cache-control") == "no-store"
    assert w.get(video) == body


@pytest.mark.parametrize("date", WORKING)
def test_cancelling_again_changes_nothing(world, date):
    w = world(date)
    video = w.create()
    cancel(w, video)
    first = w.last_answer()
    w.sleep(50)
    cancel(w, video)
    assert w.last_answer() == first
    assert w.answer.changes == ()
    assert w.answer.valid_until == FOREVER


@pytest.mark.parametrize("state", ["completed", "failed", "expired"])
def test_another_end_is_400(world, state):
    w = world(script=at(state))
    video = w.create()
    cancel(w, video)
    assert w.reason() == (400, "video_cancel_requires_non_terminal_status")
    assert w.last_answer().body["status"] == state
    assert w.last_answer().body["video_id"] == video


def test_an_unknown_video_is_404(world):
    w = world()
    cancel(w, "G-none")
    assert w.reason() == (404, "video_not_found_or_not_owned")


@pytest.mark.parametrize("model", ["google/veo-3.1", "minimax/hailuo-2.3", "acme/films"])
def test_not_every_provider_can_cancel(world, model):
    w = world()
    video = w.create(model=model)
    native = w.get(video)["native_video_id"]
    cancel(w, video)
    assert w.reason() == (501, "video_cancel_provider_not_supported")
    assert w.last_answer().body["error"] == "not_implemented_yet"
    assert w.last_answer().body["native_video_id"] == native
    assert w.get(video)["status"] == "queued"


@pytest.mark.parametrize("model", ["openai/sora-2", "runway/gen4.5"])
def test_these_can(world, model):
    w = world()
    cancel(w, w.create(model=model))
    assert w.answer.response.status == 200
    assert w.last_answer().body["status"] == "cancelled"


@pytest.mark.parametrize("date", REFUSING)
def test_where_nothing_can_be_cancelled_even_an_unknown_id_gets_501(world, date):
    w = world(date)
    reason = "video_cancellation_disabled" if date == "2026-08-10" else "video_cancel_temporarily_disabled"
    video = w.create()
    for video_id in (video, "G-none"):
        cancel(w, video_id)
        assert w.reason() == (501, reason)
        assert w.last_answer().body["error"] == "not_implemented_yet"
        assert w.last_answer().body["video_id"] == video_id
        assert ("message" in w.last_answer().body) == (date == "2026-08-10")
    assert w.answer.changes == ()


@pytest.mark.parametrize("date", REFUSING)
def test_but_not_without_a_key(world, date):
    w = world(date)
    w.request("POST", "/v1/videos/G-1/cancel", headers={})
    assert w.reason() == (401, "missing_or_invalid_authorization_header")


def test_the_first_era_has_a_barer_envelope(world):
    w = world("2026-04-01")
    cancel(w, "G-1")
    assert set(w.last_answer().body) == {"error", "reason", "video_id", "request_id", "team_id"}


class TestScripted:
    @pytest.mark.parametrize("date", [*WORKING, *REFUSING])
    def test_a_policy_opens_every_era(self, world, date):
        w = world(date, Script(cancels={"video": CancelScript()}))
        video = w.create()
        cancel(w, video)
        assert w.answer.response.status == 200
        assert w.last_answer().body["status"] == "cancelled"
        cancel(w, video)
        assert w.answer.response.status == 200
        cancel(w, "G-none")
        assert w.answer.response.status == 404

    @pytest.mark.parametrize("date", [WORKING[0], REFUSING[2]])
    def test_a_policy_does_not_ask_the_provider(self, world, date):
        w = world(date, Script(cancels={"video": CancelScript()}))
        cancel(w, w.create(model="google/veo-3.1"))
        assert w.answer.response.status == 200

    @pytest.mark.parametrize("date", [WORKING[0], REFUSING[2]])
    def test_a_finished_video_is_400_all_the_same(self, world, date):
        w = world(date, Script(cancels={"video": CancelScript()}))
        video = w.create()
        w.sleep(60)
        cancel(w, video)
        assert w.reason() == (400, "video_cancel_requires_non_terminal_status")

    def test_what_follows_is_the_scenarios(self, world):
        follow = (TimelineStep("processing", Timed(5_000_000)), TimelineStep("cancelled"))
        w = world(script=Script(cancels={"video": CancelScript(follow=follow)}))
        video = w.create()
        cancel(w, video)
        assert w.last_answer().body["status"] == "processing"
        w.sleep(5)
        assert w.get(video)["status"] == "cancelled"

    def test_a_race_is_accepted_and_lost(self, world):
        w = world(script=Script(cancels={"video": CancelScript(race=True)}))
        video = w.create()
        cancel(w, video)
        assert w.answer.response.status == 200
        assert w.last_answer().body["status"] == "queued"
        w.sleep(60)
        assert w.get(video)["status"] == "completed"

    @pytest.mark.parametrize(
        ("model", "reason"),
        [
            ("qwen/wan2.7-t2v", "dashscope_task_cancel_failed"),
            ("runway/gen4.5", "runway_task_cancel_failed"),
            ("google/veo-3.1", "video_cancel_provider_upstream_error"),
        ],
    )
    def test_where_the_policy_says_no_more_the_provider_refuses(self, world, model, reason):
        w = world(script=Script(cancels={"video": CancelScript(sources=frozenset({"processing"}))}))
        video = w.create(model=model)
        native = w.get(video)["native_video_id"]
        cancel(w, video)
        assert w.reason() == (502, reason)
        assert w.last_answer().body["provider_task_id"] == native
        assert w.last_answer().body["error_type"] == "system"
        assert w.last_answer().body["error_origin"] == "upstream"

    def test_a_scripted_refusal(self, world):
        refusal = ScriptedResponse(409, {"error": "busy"})
        w = world(script=Script(cancels={"video": CancelScript(refusal=refusal)}))
        cancel(w, w.create())
        assert w.last_answer() == (409, {"error": "busy"})

    @pytest.mark.parametrize(
        ("date", "status", "reason"),
        [
            ("2026-06-11", 400, "video_cancel_requires_non_terminal_status"),
            ("2026-06-11", 404, "video_not_found_or_not_owned"),
            ("2026-06-11", 501, "video_cancel_provider_not_supported"),
            ("2026-06-11", 502, "dashscope_task_cancel_failed"),
            ("2026-08-10", 501, "video_cancellation_disabled"),
            ("2026-05-06", 501, "video_cancel_temporarily_disabled"),
            ("2026-05-07", 501, "feature_temporarily_disabled"),
        ],
    )
    def test_a_refusal_without_a_body_has_the_eras_own(self, world, date, status, reason):
        w = world(date, Script(cancels={"video": CancelScript(refusal=ScriptedResponse(status))}))
        cancel(w, w.seed())
        assert w.reason() == (status, reason)


def test_the_table_knows_every_state():
    assert set(CANCEL_TABLE) == set(VIDEO_LIFECYCLE.states)
