"""Keys, and requests that reach no handler."""

import pytest

from mockserver.core.wire import Request
from mockserver.vendors.api import RequestError
from mockserver.vendors.phaseo import VENDOR
from mockserver.vendors.phaseo.errors import STATUS_BY_CODE, parse_api_key, parse_error_reason


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Bearer sk-1", "sk-1"),
        ("bearer  sk-1 ", "sk-1"),
        ("Bearer scenario:x#1", "scenario:x#1"),
        ("Bearer", RequestError.NO_KEY),
        ("Bearer ", RequestError.NO_KEY),
        ("Basic sk-1", RequestError.NO_KEY),
        ("", RequestError.NO_KEY),
        ("Bearer a b", RequestError.MALFORMED_KEY),
    ],
)
def test_keys(header, key):
    assert parse_api_key(Request("GET", "/", headers={"authorization": header} if header else {})) == key


def test_a_key_is_worn_as_it_is_read():
    headers = {name.lower(): value for name, value in VENDOR.eras[-1].auth_headers("sk-1").items()}
    assert parse_api_key(Request("GET", "/", headers=headers)) == "sk-1"


@pytest.mark.parametrize(
    ("key", "reason"),
    [("invalid", "key_not_found_or_revoked"), ("expired", "key_expired"), ("a b", "invalid_key_format")],
)
def test_refused_keys(world, key, reason):
    w = world()
    w.request("GET", "/v1/videos", headers={"authorization": f"Bearer {key}"})
    assert w.reason() == (401, reason)
    body = w.last_answer().body
    assert body["error"] == "unauthorised"
    assert body["status_code"] == 401
    assert body["error_type"] == "user"
    assert body["error_origin"] == "user"
    assert body["generation_id"] == body["request_id"] == "req_0"
    assert w.answer.response.header("cache-control") == "no-store"


def test_unknown_paths_and_methods(world):
    w = world()
    w.request("GET", "/v1/films")
    assert w.reason() == (404, "route_not_found")
    w.request("PATCH", "/v1/videos")
    assert w.reason() == (405, "method_not_allowed")


def test_a_body_that_is_too_large_names_the_limit(world):
    w = world()
    w.request("POST", "/v1/videos", b"{")
    response = w.era.render_request_error(w.call, RequestError.TOO_LARGE, "11 MB")
    assert response.status == 413
    assert b'"max_bytes":10000000,"endpoint":"/v1/videos"' in response.body


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "validation_error"),
        (401, "unauthorised"),
        (402, "insufficient_funds"),
        (403, "guardrail_blocked"),
        (404, "not_found"),
        (409, "not_ready"),
        (413, "payload_too_large"),
        (418, "validation_error"),
        (429, "key_limit_exceeded"),
        (500, "gateway_error"),
        (501, "not_implemented_yet"),
        (502, "upstream_error"),
        (503, "upstream_error"),
    ],
)
def test_a_body_for_any_status(world, status, code):
    w = world()
    w.request("GET", "/v1/videos")
    response = w.era.render_status_error(w.call, status, "as you wish")
    assert response.status == status
    assert f'"error":"{code}"'.encode() in response.body
    assert f'"status_code":{status}'.encode() in response.body
    assert b'"message":"as you wish"' in response.body


def test_a_body_for_a_call_that_matched_nothing(world):
    w = world()
    w.request("GET", "/nowhere")
    assert w.era.render_status_error(w.call, 503, "x").status == 503
    assert STATUS_BY_CODE["not_ready"] == 409


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": "not_found", "reason": "video_deleted"}, "video_deleted"),
        ({"error": "invalid_json"}, "invalid_json"),
        ({"error": {"code": "websocket_upgrade_required"}}, "websocket_upgrade_required"),
        ({"error": {"message": "x"}}, ""),
        ({"reason": 5}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_reasons(body, reason):
    assert parse_error_reason(body) == reason
