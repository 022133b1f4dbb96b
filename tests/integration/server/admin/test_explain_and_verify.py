"""The admin calls explain and verify, and the hints in refusals."""

import pytest

from mockserver.engine import journal as journals
from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.model import Scenario
from mockserver.vendors.script import Script
from tests.support.admin_refusals import AdminProblem, expect_refusal
from tests.support.fake_server import FakeServer, Refusal, fake_server
from tests.support.phaseo_requests import AUTHORIZATION, VIDEO, create_video
from tests.support.raw_client import raw_connection

pytestmark = pytest.mark.server("phaseo@2026-06-11", known=[Scenario("plain", "phaseo", script=Script())])


def send_request(
    server: FakeServer, method: str, path: str, body=None, session: str = "default", **headers: str
) -> str:
    """Send a request to a vendor; return its request id."""
    answer = server.request(method, path, body, {**AUTHORIZATION, "X-Mock-Session": session, **headers})
    return str(answer.headers["X-Mock-Request-Id"])


def reasons(server: FakeServer, request_id: str, session: str = "default") -> dict[str, str]:
    explained = server.admin(f"explain/{request_id}", session=session)
    return {reason["reason"]: reason["text"] for reason in explained["reasons"]}


# Explain


def test_every_kind_of_answer_can_be_explained(server):
    video = create_video(server)
    server.advance("5s")
    request_ids = [
        send_request(server, "GET", f"/v1/videos/{video}"),
        send_request(server, "GET", "/v1/videos?status=processing"),
        send_request(server, "DELETE", f"/v1/videos/{video}"),
        send_request(server, "GET", f"/v1/videos/{video}/content"),
        send_request(server, "POST", f"/v1/videos/{video}/cancel"),
        send_request(server, "POST", f"/v1/videos/{video}/cancel"),
        send_request(server, "GET", "/v1/videos/models"),
        send_request(server, "PATCH", "/v1/videos"),
    ]
    explained = [reasons(server, request_id) for request_id in request_ids]
    assert [set(found) & {"TIMELINE", "LIST", "CANCELLED", "METHOD"} for found in explained] == [
        {"TIMELINE"}, {"LIST"}, {"TIMELINE"}, {"TIMELINE"}, {"CANCELLED"}, {"CANCELLED"}, {"LIST"}, {"METHOD"},
    ]  # fmt: skip
    assert explained[2]["TOO_EARLY"] == "it will be answered 200 from t=26s on, when the job is 'completed'"
    assert explained[4]["CANCEL_ACCEPTED"].endswith("phaseo@2026-06-11's table for 'processing': cancelled")
    assert explained[5]["CANCEL_REPEATED"].startswith("the cancel at t=5s changed nothing")


def test_a_cancel_of_a_stuck_project_is_explained_by_its_window():
    text = "scenario: long\nvendor: reap\ntimeline: [queued: 2s, prepped: 3s, processing: 10h, completed]\n"
    with fake_server("reap", known=[load_scenario(text, installed_vendors())]) as server:
        server.admin("sessions", {"name": "s", "scenario": "long"})
        (project,) = server.admin("jobs", {"vendor": "reap"}, session="s")["jobs"]
        cancel = "POST", "/api/v1/automation/cancel-project", {"projectId": project}
        server.admin("clock", {"advance": "10s"}, session="s")
        explained = reasons(server, send_request(server, *cancel, session="s"), "s")
        assert (
            explained["TOO_LATE"] == "it would have been answered 200 while the job was 'queued' or 'prepped': [0s, 5s)"
        )
        expected = "it will be answered 200 after t=8h5s, if the job is still 'processing' then"
        assert explained["TOO_EARLY"] == expected
        server.admin("clock", {"advance": "11h"}, session="s")
        explained = reasons(server, send_request(server, *cancel, session="s"), "s")
        expected = "it would have been answered 200 while the job was 'processing': (8h5s, 10h5s)"
        assert explained["TOO_LATE"] == expected


def test_an_explanation_has_the_exchange_without_secrets(server):
    create_video(server)
    explained = server.admin("explain/req_100000001")
    assert explained["status"] == 200
    assert explained["request"]["headers"]["authorization"] == "Bearer [redacted]"
    assert '"prompt"' in explained["request"]["body"]
    assert explained["text"].startswith("req_100000001: POST /v1/videos -> 200\n    asked    session default@1")


@pytest.mark.parametrize("fast_path", [True, False])
def test_a_poll_on_the_fast_path_is_explained(fast_path):
    with fake_server("phaseo@2026-06-11", fast_path=fast_path) as server:
        video = create_video(server)
        server.advance("5s")
        with raw_connection(server.url) as connection:
            for _ in range(3):
                connection.request(
                    f"GET /v1/videos/{video} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer key\r\n\r\n".encode()
                )
        send_request(server, "POST", f"/v1/videos/{video}/cancel")
        server.advance("60s")
        for number in (2, 3, 4):
            found = reasons(server, f"req_10000000{number}")
            assert found["TIMELINE"].startswith("'processing' because t=5s lies in [2s, 26s)")
            assert found["LATER"] == "since then: cancel accepted at t=5s"


def test_a_job_of_another_session_is_named_with_its_session(server):
    video = create_video(server, "theirs")
    request_id = send_request(server, "GET", f"/v1/videos/{video}", session="mine")
    expected = f"{video} belongs to session 'theirs'; this request went to session 'mine'"
    assert reasons(server, request_id, "mine")["OTHER_SESSION"] == expected


def test_an_unknown_request_id_is_refused_with_the_nearest(server, monkeypatch):
    create_video(server)
    create_video(server, "theirs")
    create_video(server, "theirs")
    unknown = "session 'default' has no request req_100000002"
    assert expect_refusal(server, "explain/req_100000002") == AdminProblem(
        404, "ADM030", f"{unknown}; session 'theirs' has"
    )
    assert expect_refusal(server, "explain/req_1000000ff") == AdminProblem(
        404, "ADM030", "session 'default' has no request req_1000000ff; its last is req_100000001",
    )  # fmt: skip
    assert expect_refusal(server, "explain/req_10000001") == AdminProblem(
        404, "ADM030", "'req_10000001' is not a request id (did you mean 'req_100000001'?)",
    )  # fmt: skip
    assert expect_refusal(server, "explain/req_100000001", session="o'clock") == AdminProblem(
        404, "ADM010", 'no session "o\'clock"'
    )
    assert server.hub.get("o'clock") is None, "a call creates no session"


def test_an_empty_journal_has_no_request(server):
    expected = "session 'default' has no request req_100000001"
    assert expect_refusal(server, "explain/req_100000001") == AdminProblem(404, "ADM030", expected)


def test_last_is_the_newest_request_or_that_of_an_operation(server):
    video = create_video(server)
    cancel = send_request(server, "POST", f"/v1/videos/{video}/cancel")
    send_request(server, "GET", f"/v1/videos/{video}")
    nowhere = send_request(server, "GET", "/v1/vidoes")
    create_video(server, "theirs")
    assert server.admin("explain/last")["request_id"] == nowhere
    assert server.admin("explain/last:cancel")["request_id"] == cancel
    assert server.admin("explain/last%3Acreate")["request_id"] == "req_100000001"


def test_last_of_an_empty_journal_is_refused(server):
    assert expect_refusal(server, "explain/last") == AdminProblem(
        404, "ADM030", "session 'default' has no request in its journal"
    )
    create_video(server)
    expected = "session 'default' has no request for 'cancel' in its journal"
    assert expect_refusal(server, "explain/last:cancel") == AdminProblem(404, "ADM030", expected)
    expected = "no operation 'cancle' (did you mean 'cancel'?)"
    assert expect_refusal(server, "explain/last:cancle") == AdminProblem(400, "ADM003", expected)
    nameless = expect_refusal(server, "explain/last:")
    assert nameless.code == "ADM030"
    assert nameless.detail == "'last:' is not a request id"
    unknown_session = expect_refusal(server, "explain/last", session="o'clock")
    assert unknown_session.status == 404
    assert unknown_session.code == "ADM010"


def test_an_evicted_request_is_410(server):
    server.session().journal = journals.Journal(max_entries=1)
    create_video(server)
    create_video(server)
    expected = "req_100000001 was evicted: session 'default' has answered 2 requests and keeps the last 1"
    assert expect_refusal(server, "explain/req_100000001") == AdminProblem(410, "ADM031", expected)


def test_a_request_of_an_earlier_epoch_or_deleted_session_is_410(server):
    create_video(server, "t1")
    server.admin("reset", {}, session="t1")
    expected = "req_100000001 belongs to epoch 1 of session 't1', which is in epoch 2 since a reset"
    assert expect_refusal(server, "explain/req_100000001", session="t1") == AdminProblem(410, "ADM032", expected)
    late = expect_refusal(server, "explain/req_100000001", session="t1@1")
    assert late.status == 410
    assert late.code == "SES003"
    server.admin("sessions/t1", method="DELETE")
    expected = "session 't1' was deleted together with its journal"
    assert expect_refusal(server, "explain/req_100000001", session="t1") == AdminProblem(410, "SES003", expected)


# Late requests


def test_a_late_request_is_listed_in_the_new_epoch(server):
    create_video(server, "t1")
    server.admin("reset", {}, session="t1")
    for path in ("/s/t1@1/v1/videos", "/s/t1@9/v1/videos", "/s/t2@1/v1/videos"):
        assert server.request("GET", path, headers=AUTHORIZATION).status == 410
    late = server.admin("journal", session="t1")["stale"]
    assert [(miss["epoch"], miss["method"], miss["path"]) for miss in late] == [(1, "GET", "/s/t1@1/v1/videos")]
    request_id = send_request(server, "GET", "/v1/videos", session="t1")
    assert "1, the last GET /s/t1@1/v1/videos" in reasons(server, request_id, "t1")["STALE_REQUESTS"]


# Refusals of the vendor


def test_a_refusal_of_the_vendor_has_a_hint_header(server):
    video = create_video(server)
    answer = server.request("GET", f"/v1/videos/{video[:-1]}0", headers=AUTHORIZATION)
    assert answer.headers["X-Mock-Hint"] == f"the session has no video '{video[:-1]}0' (did you mean '{video}'?)"
    assert "did you mean" not in answer.body.decode()


def test_a_path_of_no_vendor_gets_the_nearest_of_each_vendor(server):
    answer = server.request("POST", "/v9/vidoes")
    assert answer.refusal == Refusal(404, "SRV002")
    first = answer.json["nearest"][0]
    assert first["vendor"] == "phaseo"
    assert first["operation"] == "create"
    assert first["path"] == "/v1/videos"
    assert [miss["reason"] for miss in first["differs"]] == ["SEGMENT", "SEGMENT"]
    assert len(answer.json["nearest"]) == 3


# Verify


def test_verify_checks_counts_and_orders(server):
    video = create_video(server)
    for _ in range(2):
        send_request(server, "GET", f"/v1/videos/{video}")
    send_request(server, "POST", f"/v1/videos/{video}/cancel", **{"Idempotency-Key": "a"})
    for expectation, verified in (
        ({"operation": "get", "job": video, "count": 2}, True),
        ({"operation": "get", "at_least": 1, "at_most": 2}, True),
        ({"operation": "get", "at_most": 1}, False),
        ({"operation": "delete", "never": True}, True),
        ({"vendor": "phaseo", "method": "POST", "path": "/v1/videos/*/cancel", "status": 200}, True),
        ({"operation": "create", "body": {"model": VIDEO["model"]}}, True),
        ({"operation": "create", "body": {"model": "another"}}, False),
        ({"headers": {"idempotency-key": "a"}, "count": 1}, True),
        ({"operation": "cancel", "status": "4xx"}, False),
        ({"operation": "create", "since": 1}, False),
        ({"in_order": [{"operation": "create"}, {"operation": "get"}, {"operation": "cancel"}]}, True),
        ({"in_order": [{"operation": "cancel"}, {"operation": "get"}]}, False),
    ):
        assert server.admin("verify", expectation)["verified"] is verified, expectation


@pytest.mark.parametrize(
    ("expectation", "code", "expected"),
    [
        ({"operation": "cancle"}, "ADM003", "no operation 'cancle' (did you mean 'cancel'?)"),
        ({"vendor": "phase"}, "ADM003", "no vendor 'phase' (did you mean 'phaseo'?)"),
        ({"vendor": "reap", "operation": "content_link"}, "ADM003", "no operation 'content_link'"),
        ({"method": "get"}, "ADM003", "no method 'get'"),
        ({"path": "v1"}, "ADM003", "path must begin with a slash, not 'v1'"),
        ({"status": 42}, "ADM003", "status must be a number from 100 to 599 or a class such as 4xx, not 42"),
        ({"headers": {"a": 1}}, "ADM003", "headers must be an object of names and strings, not {'a': 1}"),
        ({"headers": []}, "ADM003", "headers must be an object of names and strings, not []"),
        ({"count": -1}, "ADM003", "count must be an integer from 0 to 1,000,000,000, not -1"),
        ({"at_least": 3, "at_most": 2}, "ADM003", "at_most must be an integer from 3 to 1,000,000,000, not 2"),
        ({"count": 1, "never": True}, "ADM002", "count and never cannot be combined"),
        ({"never": False}, "ADM003", "never must be true or left out"),
        ({"in_order": []}, "ADM003", "in_order must be a list of request patterns, not []"),
        ({"in_order": [1]}, "ADM003", "in_order must be a list of request patterns, not [1]"),
        ({"in_order": [{"oparation": "get"}]}, "ADM002", "no in_order[0] field 'oparation' (did you mean"),
        ({"in_order": [{"operation": "get"}], "count": 1}, "ADM002", "in_order cannot be combined with 'count'"),
    ],
)
def test_an_expectation_that_would_prove_nothing_is_refused(server, expectation, code, expected):
    refusal = expect_refusal(server, "verify", expectation)
    assert refusal.status == 400
    assert refusal.code == code
    assert refusal.detail.startswith(expected)
