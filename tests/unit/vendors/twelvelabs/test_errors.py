"""The two shapes of an error, and the answers to requests that reach no handler."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.ratelimit import RateLimit
from mockserver.core.wire import Request
from mockserver.vendors.api import Call, RequestError
from mockserver.vendors.script import Script
from mockserver.vendors.twelvelabs import VENDOR
from mockserver.vendors.twelvelabs.errors import NESTED_STATUSES, REFUSALS, REQUEST_ERRORS

FIRST, NEWEST = "2026-07-30", "2026-09-15"
UNKNOWN = "0123456789abcdef01234567"
FLAT = {"code", "message"}


def call(operation, date=NEWEST):
    era = VENDOR.era(date)
    assert era is not None
    made = Call(Request("GET", "/"), 0, era, None, None, None, "", "", "")
    made.operation = era.operation(operation)
    return made


@pytest.mark.parametrize(("key", "text"), [("", "missing"), ("invalid", "invalid"), ("expired", "expired")])
@pytest.mark.parametrize("path", ["/analyze/batches", "/analyze/tasks", f"/analyze/batches/{UNKNOWN}"])
def test_a_bad_key_is_answered_401_flat(each, path, key, text):
    seen = each.request("GET", path, key=key)
    assert seen.status == 401
    assert set(seen.body) == FLAT
    assert seen.error_reason == "api_key_invalid"
    assert text in seen.body["message"]


def test_a_bad_key_at_the_cancel_of_a_task_is_answered_flat(world):
    seen = world.request("POST", f"/analyze/tasks/{UNKNOWN}/cancel", key="invalid")
    assert seen.status == 401
    assert set(seen.body) == FLAT


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"null", b'{"a": 1e999}', b"\xff"])
def test_an_unusable_body_is_answered_400_nested(each, body):
    for path in ("/analyze/batches", "/analyze/tasks"):
        seen = each.request("POST", path, body)
        assert seen.status == 400
        assert list(seen.body) == ["error"]
        assert seen.error_reason == "parameter_invalid"


def test_a_form_is_answered_400(each):
    seen = each.request(
        "POST", "/analyze/batches", b"a=b", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert seen.status == 400


def test_other_paths_and_methods(each):
    assert each.request("GET", "/analyze/nothing").status == 404
    seen = each.request("PUT", "/analyze/batches")
    assert seen.status == 405
    assert seen.response.header("allow") == "GET, POST"
    assert set(seen.body) == FLAT


def test_every_answer_names_the_version(world):
    made = world.batch()
    for path in ("/analyze/batches", f"/analyze/batches/{made['batch_id']}/results", "/nothing", "/analyze/tasks"):
        assert world.request("GET", path).response.header("x-api-version") == "1.3"


def test_a_limit_of_a_scenario_is_answered_429_with_headers(make):
    world = make(NEWEST, Script(limits={"*": RateLimit(1, 60 * SECOND)}))
    first = world.request("GET", "/analyze/batches")
    names = ("limit", "remaining", "used", "reset")
    assert [first.response.header(f"x-ratelimit-{name}") for name in names] == ["1", "0", "1", "1790856060"]
    seen = world.request("GET", "/analyze/batches")
    assert seen.status == 429
    assert seen.error_reason == "too_many_requests"
    assert set(seen.body) == FLAT
    assert world.request("POST", "/analyze/batches", world.body()).status == 201
    nested = world.request("POST", "/analyze/batches", world.body())
    assert nested.status == 429
    assert list(nested.body) == ["error"]
    assert nested.error_reason == "too_many_requests"


def test_every_trouble_has_an_answer():
    era = VENDOR.era(NEWEST)
    assert era is not None
    assert set(REQUEST_ERRORS) == set(RequestError)
    for trouble in RequestError:
        response = era.render_request_error(call("list_tasks"), trouble, "")
        assert 400 <= response.status < 500
        assert response.body.endswith(b'."}')


@pytest.mark.parametrize("operation", NESTED_STATUSES)
def test_a_status_of_a_scenario_has_the_shape_of_its_operation(operation):
    era = VENDOR.era(NEWEST)
    assert era is not None
    for status in (400, 401, 404, 409, 418, 429, 500, 503, 504, 599):
        response = era.render_status_error(call(operation), status, "why")
        nested = response.body.startswith(b'{"error":')
        assert response.status == status
        assert nested == (status in NESTED_STATUSES[operation])


def test_the_sdk_s_own_shapes():
    """Measured: 503 and 504 of a create must be nested, 401 of a task's cancel must be flat."""
    assert {503, 504} <= NESTED_STATUSES["create"]
    assert 401 not in NESTED_STATUSES["cancel_task"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": {"code": "batch_completed", "message": ""}}, "batch_completed"),
        ({"code": "parameter_invalid"}, "parameter_invalid"),
        ({"error": "text"}, ""),
        ({"error": {}}, ""),
        ({"code": 7}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_the_reason_of_a_body(body, reason):
    assert VENDOR.eras[0].error_reason(body) == reason


def test_refusals_are_client_errors():
    assert {row.status for row in REFUSALS.values()} == {400, 404, 409, 429}
