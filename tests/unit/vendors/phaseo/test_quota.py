"""The quota: 25 requests of a workspace in any minute, whatever the request and the key."""

from types import MappingProxyType

import pytest

from mockserver.core.ratelimit import RateLimit
from mockserver.vendors.phaseo.preview import UNINVITED_KEY
from mockserver.vendors.phaseo.vendor import QUOTA
from mockserver.vendors.script import Script
from tests.support.fake_world import json_of
from tests.support.vendor_worlds import PhaseoWorld

DATE = "2026-10-02"
OTHER = MappingProxyType({"authorization": "Bearer other"})
HANDSHAKE = MappingProxyType(
    {
        **PhaseoWorld.KEY,
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
)


def spent(count=25, script=None):
    """Make a world in which so many requests were counted, one a second."""
    w = PhaseoWorld(DATE, script or Script())
    for _ in range(count):
        assert w.request("GET", "/v1/videos").status == 200
        w.sleep(1)
    return w


def test_the_26th_within_a_minute_is_refused_until_the_first_has_left_the_window():
    w = spent()
    answer = w.request("GET", "/v1/videos")
    body = json_of(answer)
    assert answer.status == 429
    assert dict(answer.headers) == {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "Retry-After": "35",
    }
    assert list(body) == [
        "error",
        "request_id",
        "reason",
        "description",
        "status_code",
        "error_type",
        "error_origin",
        "generation_id",
    ]
    assert body["error"] == "key_limit_exceeded"
    assert body["reason"] == "customer_requests_per_minute"
    assert body["status_code"] == 429
    assert body["error_type"] == "user"
    assert body["error_origin"] == "user"
    assert body["generation_id"] == body["request_id"]
    w.sleep(34.9)
    assert w.request("GET", "/v1/videos").header("retry-after") == "1"
    w.sleep(0.1)
    assert w.request("GET", "/v1/videos").status == 200
    assert w.request("GET", "/v1/videos").status == 429


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/v1/videos/G-unknown/cancel", PhaseoWorld.KEY),
        ("GET", "/v1/video/generations/G-unknown", OTHER),
        ("DELETE", "/v1/videos/G-unknown", PhaseoWorld.KEY),
        ("GET", "/v1/videos/models", PhaseoWorld.KEY),
        ("GET", "/v1/videos/G-unknown/content", PhaseoWorld.KEY),
        ("POST", "/v1/videos", PhaseoWorld.KEY),
        ("GET", "/v1/batch/models", OTHER),
        ("GET", "/v1/batches/batch_unknown", PhaseoWorld.KEY),
        ("GET", "/v1/batches", {"authorization": f"Bearer {UNINVITED_KEY}"}),
        ("GET", "/v1/async/video/G-unknown/ws", HANDSHAKE),
    ],
)
def test_it_counts_and_refuses_every_request_with_a_key_before_all_else(method, path, headers):
    w = spent(24)
    w.request(method, path, headers=headers)
    assert w.answer.response.status != 429
    w.request(method, path, headers=headers)
    assert w.reason() == (429, "customer_requests_per_minute")
    assert w.request("GET", "/v1/videos").status == 429


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/videos", {}, 401),
        ("/v1/videos/G-1/content", {"authorization": "Bearer expired"}, 401),
        ("/v1/data/models", PhaseoWorld.KEY, 200),
        ("/v1/models", PhaseoWorld.KEY, 200),
        ("/v1/async/video/G-1/ws", PhaseoWorld.KEY, 426),
    ],
)
def test_it_does_not_count_what_has_no_key_or_is_about_no_job(path, headers, status):
    w = spent(24)
    for _ in range(3):
        assert w.request("GET", path, headers=headers).status == status
    assert w.request("GET", "/v1/videos").status == 200
    assert w.request("GET", path, headers=headers).status == status


def test_a_scripted_426_has_the_body_of_a_call_without_an_upgrade():
    w = PhaseoWorld(DATE)
    own = w.request("GET", "/v1/async/video/G-1/ws")
    scripted = w.era.render_status_error(w.call, 426, "as you wish")
    assert scripted.status == 426
    assert json_of(scripted) == json_of(own)


def test_a_signed_link_needs_no_key_and_is_not_counted():
    w = PhaseoWorld(DATE)
    video = w.create()
    w.sleep(60)
    link = w.get(video)["download_url"]
    for _ in range(30):
        assert w.follow(link).status == 200
    assert len(w.store.window(("*", "*")).taken) == 1


def test_a_download_with_a_key_is_counted():
    w = PhaseoWorld(DATE)
    video = w.create()
    w.sleep(60)
    for status in [200] * 25 + [429]:
        answer = w.request("GET", f"/v1/videos/{video}/content")
        assert answer.status == status
    assert answer.header("retry-after") == "60"


def test_a_scenario_may_lift_it_or_name_another():
    lifted = Script(limits={"*": None})
    w = spent(30, lifted)
    assert [w.request("GET", "/v1/videos/G-1/content").status for _ in range(30)] == [404] * 30
    w = spent(25, Script(limits={"list": RateLimit(50, QUOTA.per), "content": RateLimit(1, QUOTA.per)}))
    assert w.request("GET", "/v1/videos/G-1").status == 404
    assert [w.request("GET", "/v1/videos/G-1/content").status for _ in range(2)] == [404, 429]


def test_before_october_there_is_none():
    w = PhaseoWorld("2026-09-17")
    assert {w.request("GET", "/v1/videos").status for _ in range(40)} == {200}


@pytest.mark.parametrize(
    ("status", "reason", "wait"),
    [(429, "customer_requests_per_minute", None), (503, "customer_rate_limit_unavailable", "5")],
)
def test_a_scenario_may_request_its_answers(status, reason, wait):
    w = PhaseoWorld(DATE)
    w.request("GET", "/v1/batches")
    answer = w.era.render_status_error(w.call, status, "scripted")
    assert answer.status == status
    assert json_of(answer)["reason"] == reason
    assert answer.header("retry-after") == wait


def test_serve_says_so():
    assert "25 requests in any minute" in PhaseoWorld(DATE).era.notices[0]
    assert PhaseoWorld("2026-09-17").era.notices == ()
