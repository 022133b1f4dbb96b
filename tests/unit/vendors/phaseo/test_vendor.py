"""What the eras have in common and what sets them apart."""

import pytest

from mockserver.core.lifecycle import Trigger
from mockserver.vendors.api import RequestError
from mockserver.vendors.phaseo import VENDOR
from mockserver.vendors.phaseo.models import CATALOGUE, find_model
from mockserver.vendors.phaseo.traits import TRAITS, CancelSupport
from mockserver.vendors.script import CancelScript, Script

DATES = [era.date for era in VENDOR.eras]
OPEN = [date for date in DATES if TRAITS[date].has_video_routes]


def test_the_eras_in_order():
    assert DATES == [
        "2026-04-01",
        "2026-05-06",
        "2026-05-07",
        "2026-06-11",
        "2026-07-09",
        "2026-08-05",
        "2026-08-10",
        "2026-09-17",
        "2026-10-02",
    ]
    assert [era.date for era in VENDOR.eras if era.supports_cancel] == ["2026-06-11", "2026-07-09", "2026-08-05"]


@pytest.mark.parametrize("date", DATES)
def test_the_default_course_is_legal_and_short(date):
    era = VENDOR.era(date)
    assert era is not None
    kind = era.main_kind
    stays = 0
    for step, following in zip(kind.timeline, kind.timeline[1:], strict=False):
        assert kind.lifecycle.allows(step.state, following.state, Trigger.TIME)
        stays += step.stay.duration
    assert kind.timeline[-1].state in kind.lifecycle.terminal
    assert 25 <= stays / 1_000_000 <= 30
    assert set(kind.cancel_table) in (set(), set(kind.lifecycle.states))


def test_the_first_era_spells_its_states_its_own_way(world):
    w = world("2026-04-01")
    video = w.create()
    assert w.get(video)["status"] == "pending"
    w.sleep(3)
    seen = w.get(video)
    assert seen["status"] == "in_progress"
    assert seen["started_at"] == seen["created_at"] + 2
    assert seen["progress"] == 8


def test_the_snippet_names_the_base_url_and_the_key():
    line = VENDOR.snippet("http://127.0.0.1:4810", "sk-1")
    assert 'base_url="http://127.0.0.1:4810/v1"' in line
    assert 'api_key="sk-1"' in line


@pytest.mark.parametrize("path", ["/v1/videos", "/v1/video/generations"])
def test_both_paths_lead_to_the_same_video(world, path):
    w = world()
    video = w.create()
    assert w.request("GET", f"{path}/{video}").status == 200
    assert w.request("GET", f"{path}/models").status == 200
    assert w.request("POST", f"{path}/{video}/cancel").status == 200


@pytest.mark.parametrize("date", OPEN[:2])
def test_download_links_on_demand_came_in_june(world, date):
    w = world(date)
    w.request("POST", f"/v1/videos/{w.create()}/download_url")
    assert w.reason() == (404, "route_not_found")


@pytest.mark.parametrize("path", ["/v1/data/models", "/v1/models"])
def test_the_clients_model_lookups_find_no_retired_model(world, path):
    w = world("2026-05-07")
    w.request("GET", path, query="model_id=openai/sora-2&limit=1")
    assert w.last_answer() == (200, {"models": []})


class TestSwitchedOff:
    CALLS = (
        ("POST", ""),
        ("GET", ""),
        ("GET", "/models"),
        ("GET", "/G-1"),
        ("DELETE", "/G-1"),
        ("POST", "/G-1/cancel"),
        ("GET", "/G-1/content"),
    )

    @pytest.mark.parametrize(("method", "rest"), CALLS)
    @pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer expired"}])
    def test_everybody_gets_one_answer(self, world, method, rest, headers):
        w = world("2026-05-07")
        w.request(method, "/v1/videos" + rest, b"{", headers=headers)
        assert w.last_answer() == (
            501,
            {
                "error": "not_implemented",
                "reason": "feature_temporarily_disabled",
                "feature": "videos",
                "message": "videos endpoints are temporarily disabled.",
            },
        )

    def test_a_scripted_cancel_works_all_the_same(self, world):
        w = world("2026-05-07", Script(cancels={"video": CancelScript()}))
        video = w.seed()
        assert w.request("POST", f"/v1/videos/{video}/cancel").status == 200
        assert w.last_answer().body["status"] == "cancelled"

    def test_a_501_that_a_scenario_asks_for_is_the_same(self, world):
        w = world("2026-05-07")
        w.request("GET", "/v1/videos")
        call = w.call
        assert w.era.render_status_error(call, 501, "x") == w.answer.response
        assert w.era.render_status_error(call, 500, "x").status == 500


def test_models_know_their_providers():
    assert find_model("sora-2") == find_model("openai/sora-2")
    assert find_model("google/veo-9").provider == "google-ai-studio"
    assert find_model("acme/films").provider == "acme"
    assert find_model("films") is None
    assert find_model("acme/") is None
    assert {model.provider for model in CATALOGUE} >= {"alibaba", "openai", "runway", "minimax"}


@pytest.mark.parametrize(
    ("model", "pattern"),
    [
        ("openai/sora-2", "video_"),
        ("google/veo-3.1", "models/veo-3.1/operations/"),
        ("minimax/hailuo-2.3", ""),
        ("qwen/wan2.7-t2v", ""),
    ],
)
def test_native_ids_look_like_the_providers(world, model, pattern):
    w = world()
    video = w.create(model=model)
    first, second = w.get(video)["native_video_id"], w.get(video)["native_video_id"]
    assert first == second
    assert first.startswith(pattern)
    assert first != video


def test_every_trouble_has_an_answer_in_every_era(world):
    for date in DATES:
        w = world(date)
        w.request("GET", "/nowhere")
        for trouble in RequestError:
            response = w.era.render_request_error(w.call, trouble, "")
            assert 400 <= response.status < 500
            assert response.header("content-type") == "application/json"
            assert TRAITS[date].cancel_support in CancelSupport
