"""The admin API, route by route, with its refusals."""

import json
from pathlib import PurePosixPath
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.core.timeline import NO_END, Timed
from mockserver.installed import installed_vendors
from mockserver.scenario.model import Scenario
from mockserver.server.admin.call import MAX_LISTED
from mockserver.server.admin.routes import ROUTES
from mockserver.server.http.body import MAX_BODY_BYTES
from mockserver.vendors.api import build_timeline
from mockserver.vendors.script import Script, TimelineRule
from tests.support.admin_refusals import AdminProblem, expect_refusal
from tests.support.eras import newest_without_quota
from tests.support.fake_server import Refusal, fake_server
from tests.support.phaseo_requests import AUTHORIZATION, VIDEO
from tests.support.raw_client import raw_connection

QUICK = Scenario(
    "quick",
    "phaseo",
    script=Script(timeline_rules=(TimelineRule(build_timeline(("queued", Timed(1)), ("completed", NO_END))),)),
)
POSTS = [route for route in ROUTES if route.method == "POST"]


pytestmark = pytest.mark.server(known=[QUICK])


def call(server, method: str, path: str, body=None, **headers: str):
    return server.request(
        method, f"/__mock/{path}", body, {name.replace("_", "-"): value for name, value in headers.items()}
    )


def create_jobs(server, vendor: str = "phaseo", **more) -> list[str]:
    return server.admin("jobs", {"vendor": vendor, **more})["jobs"]


# What holds for every call


def with_example_id(path: str) -> str:
    return path.replace("*", "x")


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
def test_a_wrong_method_is_405_with_the_allowed_ones(server, path):
    # `sessions/import` is also the path of a session with that name.
    allowed = sorted({route.method for route in ROUTES if PurePosixPath(path).match(route.path)})
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        if method not in allowed:
            answer = call(server, method, with_example_id(path))
            assert answer.status == 405
            assert answer.json["code"] == "ADM001"
            assert answer.headers["Allow"] == ", ".join(allowed)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_unknown_fields_and_parameters_are_refused(server, route):
    for query, body in (("?wat=1", None), ("?=", None), ("", {"wat": 1})):
        answer = call(server, route.method, with_example_id(route.path) + query, body)
        assert answer.refusal == Refusal(400, "ADM002"), (query, body)
        noun, known = ("parameter", route.query) if query else ("field", route.fields)
        assert answer.json["detail"].startswith(f"no {noun} ")
        assert answer.json["hint"] == f"{noun}s: {', '.join(known) or 'none'}"


@pytest.mark.parametrize("route", POSTS, ids=lambda route: route.path)
@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"1", b"null", b'"x"', b"\xff", b'{"a": NaN}', b"\xef\xbb\xbf{}", b"[" * 100_000,
     b'{"a":' * 300 + b"1" + b"}" * 300],
)  # fmt: skip
def test_a_body_must_be_a_json_object(server, route, body):
    answer = call(server, "POST", with_example_id(route.path), body, Content_Type="application/json")
    assert answer.refusal == Refusal(400, "ADM002")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/jsonx", "a/b; application/json"])
def test_a_body_needs_a_json_content_type(server, kind):
    assert call(server, "POST", "reset", b"{}", Content_Type=kind).refusal == Refusal(415, "ADM041")


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON ; charset=utf-8"])
def test_content_types_that_count_as_json(server, kind):
    assert call(server, "POST", "reset", b"{}", Content_Type=kind).status == 200
    with raw_connection(server.url) as connection:
        assert (
            connection.request(b"POST /__mock/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}").status
            == 200
        )


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"\x1f\x8b" + b"x" * 20, {"Content-Encoding": "gzip"}),
        (b"{}" + b" " * MAX_BODY_BYTES, {}),
    ],
    ids=["no gzip", "too large"],
)
def test_a_broken_body_resets_nothing(server, body, headers):
    """Regression: it was treated as a missing body."""
    create_jobs(server)
    answer = call(server, "POST", "reset", body, Content_Type="application/json", **headers)
    assert answer.refusal == Refusal(400, "ADM002")
    assert server.admin("jobs")["total"] == 1


@pytest.mark.parametrize("path", ["", "x", "session", "jobs/", "jobs//move", "jobs/x/move/y", "%00", "sessions/"])
def test_an_unknown_call_is_404(server, path):
    answer = call(server, "GET", path)
    assert answer.refusal == Refusal(404, "ADM001")
    assert answer.json["hint"].startswith("Use one of: health, version, sessions, ")


def test_a_misspelt_call_is_404_with_the_nearest(server):
    assert "did you mean 'sessions'" in call(server, "GET", "session").json["detail"]


@pytest.mark.parametrize(
    ("prefix", "header", "means"),
    [
        ("", "", "default"),
        ("/s/t1", "", "t1"),
        ("", "t2", "t2"),
        ("/s/t1", "t1", "t1"),
        ("/s/a%2Fb%20%C3%A9", "", "a/b é"),
    ],
)
def test_a_call_acts_on_the_session_that_is_named(server, prefix, header, means):
    answer = server.request("GET", f"{prefix}/__mock/clock", headers={"X-Mock-Session": header} if header else {})
    assert answer.json["session"] == means


@pytest.mark.parametrize("path", ["/v/phaseo/__mock/health", "/s/a/b/__mock/health", "/v1/__mock/health", "/__mock"])
def test_other_paths_are_not_admin_calls(server, path):
    answer = server.request("GET", path, headers=AUTHORIZATION)
    assert answer.status == 404
    assert "sessions" not in answer.json


# The token


@pytest.mark.parametrize("given", ["Bearer", "Bearer sés", "Bearer sésame2", "Bearer SÉSAME"])
def test_what_resembles_the_token_is_not_the_token(given):
    with fake_server(token="sésame") as server:
        answer = server.request("GET", "/__mock/version", headers={"Authorization": given})
        assert answer.refusal == Refusal(401, "ADM000")


def test_with_a_token_only_health_is_open():
    with fake_server(token="sésame") as server:
        assert server.request("GET", "/__mock/health").status == 200
        assert server.request("HEAD", "/__mock/health").status == 200
        assert server.request("GET", "/v1/videos", headers=AUTHORIZATION).status == 200
        for path in ("/__mock/version", "/s/t1/__mock/clock", "/__mock/healthy", "/__mock/health/"):
            for headers in (
                {},
                {"Authorization": "Bearer wrong"},
                {"Authorization": "sésame"},
                {"x-api-key": "sésame"},
            ):
                answer = server.request("GET", path, headers=headers)
                assert answer.refusal == Refusal(401, "ADM000")
                assert answer.headers["WWW-Authenticate"] == "Bearer"
                assert (
                    answer.json["detail"]
                    == {
                        None: "the admin API needs its token",
                        "Bearer wrong": "the token is not the one of this server",
                        "sésame": "the Authorization header has no bearer token",
                    }[headers.get("Authorization")]
                )
        assert server.request("GET", "/__mock/version", headers={"Authorization": "Bearer sésame"}).status == 200


# The server


def test_health_and_version_are_answered(server):
    assert server.admin("health") == {"status": "ok", "sessions": 0}
    version = server.admin("version")
    assert version["name"] == "videojob-mockserver"
    assert set(version["vendors"]) == set(installed_vendors().served())
    served = newest_without_quota(installed_vendors()["phaseo"]).date
    assert version["vendors"]["phaseo"]["serving"] == served
    assert served in version["vendors"]["phaseo"]["eras"]
    assert server.admin("sessions")["total"] == 0, "looking makes no session"
    assert server.admin("scenarios") == {"scenarios": ["quick"]}


# Sessions


def test_a_session_can_be_created_with_its_settings(server):
    made = call(server, "POST", "sessions", {"name": "t1", "scenario": "quick", "clock": "x60", "seed": "7"})
    assert made.status == 201
    found = server.admin("sessions")
    assert found["total"] == 1
    assert [session["name"] for session in found["sessions"]] == ["t1"]
    facts = ("name", "epoch", "scenario", "seed", "rate", "requests")
    assert [made.json[fact] for fact in facts] == ["t1", 1, "quick", "7", 60.0, 0]
    assert made.json["vendors"]["phaseo"] == newest_without_quota(installed_vendors()["phaseo"]).date


OWN = "scenario: own\nvendor: phaseo@2026-06-11\ntimeline:\n  - queued: {stay}\n  - failed\n"


def test_a_session_has_eras_of_its_own_also_after_a_reset(server):
    server.admin("sessions", {"name": "t1", "vendors": {"phaseo": "2026-05-31"}})
    server.admin("reset", {}, session="t1")
    (shown,) = server.admin("sessions")["sessions"]
    assert shown["vendors"]["phaseo"] == "2026-05-07"
    assert shown["vendors"]["reap"] == "2026-07-07"


def test_a_session_plays_a_scenario_that_no_other_has(server):
    """An upload of the same name does not replace it, and it is in no list."""
    made = server.admin("sessions", {"name": "t1", "text": OWN.replace("{stay}", "1h")})
    assert made["scenario"] == "own"
    assert "own" not in server.admin("scenarios")["scenarios"]
    assert server.admin("scenarios", {"text": OWN.replace("{stay}", "1s")})["sessions"] == []
    server.admin("reset", {}, session="t1")
    (job,) = server.admin("jobs", {"vendor": "phaseo"}, session="t1")["jobs"]
    server.admin("clock", {"advance": "59m"}, session="t1")
    assert server.admin(f"jobs/{job}", session="t1")["state"] == "queued"


def test_the_problems_of_a_sessions_own_scenario_are_all_returned(server):
    bad = OWN.replace("{stay}", "1").replace("failed", "faild")
    refused = call(server, "POST", "sessions", {"name": "t1", "text": bad, "file": "mine.yaml"})
    assert refused.status == 400
    assert [(problem["file"], problem["line"]) for problem in refused.json["problems"]] == [
        ("mine.yaml", 4),
        ("mine.yaml", 5),
    ]


def test_an_era_that_the_scenario_contradicts_is_refused(server):
    body = {"name": "t1", "text": OWN.replace("{stay}", "1s"), "vendors": {"phaseo": "2026-04-01"}}
    refused = call(server, "POST", "sessions", body)
    assert refused.json["detail"] == "scenario 'own' pins phaseo@2026-06-11, not 'phaseo@2026-04-01'"


@pytest.mark.parametrize(
    ("body", "status", "code", "detail"),
    [
        ({"name": "taken"}, 409, "ADM008", "session 'taken' already exists"),
        ({}, 400, "ADM002", "'name' is missing"),
        ({"name": ""}, 400, "ADM002", "'name' is empty"),
        ({"name": 1}, 400, "ADM003", "name must be a string, not 1"),
        ({"name": "x" * 201}, 400, "SES001", "a session's name is 1 to 200 printable characters"),
        ({"name": "a", "scenario": "quik"}, 400, "ADM009", "no scenario 'quik' (did you mean 'quick'?)"),
        ({"name": "a", "scenario": ["quick"]}, 400, "ADM003", "scenario must be a string, not ['quick']"),
        ({"name": "a", "clock": "fast"}, 400, "SES004", "'fast' is not a clock mode"),
        ({"name": "a", "clock": "x0"}, 400, "SES004", "'x0' is not a clock mode"),
        ({"name": "a", "clock": "x1000001"}, 400, "SES004", "'x1000001' is not a clock mode"),
        ({"name": "a", "clock": None}, 400, "ADM003", "clock must be a string, not None"),
        ({"name": "a", "seed": 7}, 400, "ADM003", "seed must be a string, not 7"),
        ({"name": "a", "vendors": ["phaseo"]}, 400, "ADM003", "vendors must map vendors to dates, not ['phaseo']"),
        (
            {"name": "a", "vendors": {"phaseo": 1}},
            400,
            "ADM003",
            "vendors must map vendors to dates, not {'phaseo': 1}",
        ),
        (
            {"name": "a", "vendors": {"phasio": "2026-06-11"}},
            400,
            "VEN001",
            "no vendor 'phasio' (did you mean 'phaseo'?)",
        ),
        ({"name": "a", "scenario": "quick", "text": "x"}, 400, "ADM003", "a session plays one scenario, not 'quick'"),
        ({"name": "a", "text": "x", "file": "\n"}, 400, "ADM003", "file must be a name for messages, not '\\n'"),
    ],
)
def test_an_invalid_session_is_refused(server, body, status, code, detail):
    server.admin("sessions", {"name": "taken"})
    assert expect_refusal(server, "sessions", body) == AdminProblem(status, code, detail)
    assert server.admin("sessions")["total"] == 1


def test_a_deleted_session_is_unknown(server):
    server.admin("sessions", {"name": "t1"})
    assert server.admin("sessions/t1", method="DELETE") == {"name": "t1", "deleted": True}
    second = call(server, "DELETE", "sessions/t1")
    assert second.refusal == Refusal(404, "ADM010")


def test_a_reset_applies_to_one_session_or_to_all(server):
    for name in ("a", "b"):
        server.admin("sessions", {"name": name})
    assert server.admin("reset", {}, session="a") == {"sessions": [{"name": "a", "epoch": 2}]}
    assert server.admin("reset", {"all": False}, session="b") == {"sessions": [{"name": "b", "epoch": 2}]}
    reset = server.admin("reset", {"all": True})["sessions"]
    assert reset == [{"name": "a", "epoch": 3}, {"name": "b", "epoch": 3}]
    assert expect_refusal(server, "reset", {"all": "yes"}).detail == "all must be true or false, not 'yes'"


# Time


def test_each_verb_of_the_clock(server):
    def clock(**verb):
        answer = server.admin("clock", verb)
        return {"frozen": answer["frozen"], "rate": answer["rate"]}

    begun = server.admin("clock")
    assert begun == {
        "session": "default",
        "now": "2026-10-01T12:00:00.000000Z",
        "elapsed": "0s",
        "frozen": True,
        "rate": 0.0,
    }
    assert server.admin("clock", {"advance": "1h30m"})["elapsed"] == "1h30m"
    assert server.admin("clock", {"set": "2026-10-01T20:00:00+02:00"})["elapsed"] == "6h"
    assert server.admin("clock", {"set": "2026-10-01T18:00:00Z"})["elapsed"] == "6h", "to where it is"
    assert clock(scale=60) == {"frozen": False, "rate": 60.0}
    assert clock(freeze=True) == {"frozen": True, "rate": 0.0}
    assert clock(freeze=True) == {"frozen": True, "rate": 0.0}
    assert clock(freeze=False) == {"frozen": False, "rate": 60.0}
    assert clock(freeze=False) == {"frozen": False, "rate": 60.0}
    assert clock(scale=0.5) == {"frozen": False, "rate": 0.5}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "ADM002"),
        ({"advance": "1s", "freeze": True}, 400, "ADM002"),
        ({"advance": 5}, 400, "ADM003"),
        ({"advance": "5"}, 400, "ADM003"),
        ({"advance": "-5s"}, 400, "ADM003"),
        ({"advance": "soon"}, 400, "ADM003"),
        ({"advance": "x" * 100_000}, 400, "ADM003"),
        ({"advance": "876601h"}, 400, "ADM003"),
        ({"advance": "9" * 400 + "h"}, 400, "ADM003"),
        ({"freeze": 1}, 400, "ADM003"),
        ({"freeze": None}, 400, "ADM003"),
        ({"scale": 0}, 400, "ADM003"),
        ({"scale": -1}, 400, "ADM003"),
        ({"scale": True}, 400, "ADM003"),
        ({"scale": "60"}, 400, "ADM003"),
        ({"scale": 1e300}, 400, "ADM003"),
        ({"set": "2026-10-01T11:59:59Z"}, 409, "ADM006"),
        ({"set": "2026-10-01T12:00:00"}, 400, "ADM003"),
        ({"set": "2026-10-01"}, 400, "ADM003"),
        ({"set": "2227-01-01T00:00:00Z"}, 400, "ADM003"),
        ({"set": "99999-01-01T00:00:00Z"}, 400, "ADM003"),
        ({"set": 0}, 400, "ADM003"),
    ],
)
def test_an_invalid_clock_verb_is_refused(server, body, status, code):
    before = server.admin("clock")
    refusal = expect_refusal(server, "clock", body)
    assert refusal.status == status
    assert refusal.code == code
    assert server.admin("clock") == before


def test_no_refusal_repeats_a_long_value(server):
    for path, body in (("clock", {"advance": "x" * 100_000}), ("sessions", {"name": ["x"] * 100_000})):
        assert len(expect_refusal(server, path, body).detail) < 200


def test_an_advance_returns_the_changes_of_state(server):
    first, second = create_jobs(server, count=2)
    moved = server.admin("clock", {"advance": "1h"})
    assert moved["total"] == 4
    assert [(change["job"], change["state"]) for change in moved["happened"]] == [
        (first, "processing"),
        (second, "processing"),
        (first, "completed"),
        (second, "completed"),
    ]
    assert {change["cause"] for change in moved["happened"]} == {"time"}
    assert moved["happened"][0]["at"] < moved["happened"][2]["at"]
    assert server.admin("clock", {"advance": "1h"})["total"] == 0
    assert "happened" not in server.admin("clock", {"freeze": True})


def test_only_the_first_of_many_changes_are_listed(server):
    """They are in the order of time, although the server visits one job after the other."""
    create_jobs(server, count=3_000)
    moved = server.admin("clock", {"advance": "1h"})
    assert moved["total"] == 6_000
    assert len(moved["happened"]) == MAX_LISTED
    assert {change["state"] for change in moved["happened"]} == {"processing"}
    jobs = server.admin("jobs")["jobs"]
    assert [change["job"] for change in moved["happened"]] == [job["id"] for job in jobs]


# Jobs


@pytest.mark.parametrize("vendor", sorted(set(installed_vendors()) - set(installed_vendors().served())))
def test_jobs_of_bundled_packs_can_be_created(vendor):
    with fake_server(vendor, judged=False) as server:
        for kind in installed_vendors()[vendor].eras[-1].kinds:
            assert call(server, "POST", "jobs", {"vendor": vendor, "kind": kind}).status == 201


@pytest.mark.parametrize("vendor", sorted(installed_vendors().served()))
def test_jobs_of_every_kind_can_be_created(server, vendor):
    for number, kind in enumerate(installed_vendors()[vendor].eras[-1].kinds):
        made = call(server, "POST", "jobs", {"vendor": vendor, "kind": kind, "count": 2})
        assert made.status == 201
        assert made.json["total"] == 2
        assert len(set(made.json["jobs"])) == 2
        listed = server.admin("jobs")
        assert listed["total"] == 2 * number + 2
        newest = listed["jobs"][-2:]
        assert [job["id"] for job in newest] == made.json["jobs"]
        assert [job["vendor"] for job in newest] == [vendor, vendor]
        assert [job["kind"] for job in newest] == [kind, kind]
        assert [job["number"] for job in newest] == [1, 2]
        for job_id in made.json["jobs"]:
            job = server.admin(f"jobs/{job_id}")
            assert job["course"][-1]["state"] == job["state"]
            assert job["inputs"] == []


def test_a_created_job_is_served_by_the_vendor(server):
    (made,) = create_jobs(server, body={"prompt": "A cat", "duration": 8})
    answer = server.request("GET", f"/v1/videos/{made}", headers=AUTHORIZATION)
    assert answer.json["id"] == made
    assert answer.json["seconds"] == 8
    assert server.admin("journal")["total"] == 1, "making it was no request of the client's"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "'vendor' is missing"),
        ({"vendor": 1}, "vendor must be a string, not 1"),
        ({"vendor": "phaseo", "kind": "vidoe"}, "no kind of phaseo job 'vidoe' (did you mean 'video'?)"),
        ({"vendor": "phaseo", "kind": 1}, "kind must be a string, not 1"),
        ({"vendor": "phaseo", "count": 0}, "count must be an integer from 1 to 10,000,000, not 0"),
        ({"vendor": "phaseo", "count": 10_000_001}, "count must be an integer from 1 to 10,000,000, not 10000001"),
        ({"vendor": "phaseo", "count": True}, "count must be an integer from 1 to 10,000,000, not True"),
        ({"vendor": "phaseo", "count": 1.0}, "count must be an integer from 1 to 10,000,000, not 1.0"),
        ({"vendor": "phaseo", "body": []}, "body must be phaseo's create request, an object, not []"),
        ({"vendor": "phaseo", "body": {"model": None}}, "phaseo refuses this video: "),
        ({"vendor": "phaseo", "body": {"output": 5}}, "phaseo refuses this video: "),
        ({"vendor": "phaseo", "body": {"modle": "x"}}, "phaseo refuses this video: "),
        ({"vendor": "phaseo", "body": {"duration": 1e300}}, "phaseo refuses this video: "),
        ({"vendor": "twelvelabs", "body": {"requests": 5}}, "twelvelabs refuses this batch: "),
        ({"vendor": "twelvelabs", "body": {"requests": [{}]}}, "twelvelabs refuses this batch: "),
        ({"vendor": "twelvelabs", "kind": "task", "body": {"video": 4}}, "twelvelabs refuses this task: "),
        ({"vendor": "reap", "body": {"genre": 4}}, "reap refuses this project: "),
    ],
)
def test_an_invalid_job_is_refused(server, body, expected):
    refusal = expect_refusal(server, "jobs", body)
    assert refusal.status == 400
    assert refusal.detail.startswith(expected)
    assert server.admin("jobs")["total"] == 0


def test_an_unknown_vendor_gets_the_nearest(server):
    assert "did you mean 'phaseo'" in expect_refusal(server, "jobs", {"vendor": "phase"}).detail


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def shared_server():
    with fake_server(known=[QUICK]) as running:
        yield running


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
@pytest.mark.parametrize("vendor", sorted(installed_vendors().served()))
def test_no_create_body_causes_an_error(shared_server, vendor, data):
    """The vendor's fields have random values; a job that is created can be read."""
    kinds = installed_vendors()[vendor].eras[-1].kinds
    kind = data.draw(st.sampled_from(sorted(kinds)))
    names = st.sampled_from(sorted(kinds[kind].example)) | st.sampled_from(["duration", "webhook", "output", "title"])
    body = data.draw(st.dictionaries(names, JSON, min_size=1, max_size=3))
    made = call(shared_server, "POST", "jobs", {"vendor": vendor, "kind": kind, "body": body})
    assert made.status in (201, 400), made.body
    for job_id in made.json.get("jobs", ()):
        assert call(shared_server, "GET", f"jobs/{job_id}").status == 200


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_admin_call_causes_an_error(shared_server, data):
    """Known fields and parameters have random values."""
    route = data.draw(st.sampled_from([known for known in ROUTES if known.path != "feed"]))  # a feed has no end
    fields = data.draw(st.dictionaries(st.sampled_from(route.fields), JSON, max_size=3)) if route.fields else {}
    if isinstance(fields.get("count"), int):
        fields["count"] = min(fields["count"], 3)
    odd = st.text("0123456789abcdefé\0 %\u0660\ud7ff", max_size=30) | st.just("9" * 5000)
    query = data.draw(st.dictionaries(st.sampled_from(route.query), odd, max_size=3)) if route.query else {}
    path = route.path.replace("*", quote(data.draw(odd.filter(bool)), safe=""))
    answer = call(shared_server, route.method, f"{path}?{urlencode(query)}", fields or None)
    assert answer.status < 500, answer.body
    answer.json  # noqa: B018 -- it decodes


def test_jobs_are_filtered_by_state(server):
    first, second = create_jobs(server, count=2)
    server.move(first, "processing")
    assert [job["id"] for job in server.admin("jobs?state=processing")["jobs"]] == [first]
    assert [job["id"] for job in server.admin("jobs?state=queued")["jobs"]] == [second]
    misspelt = call(server, "GET", "jobs?state=proccessing")
    assert misspelt.refusal == Refusal(400, "ADM003")
    assert "did you mean 'processing'" in misspelt.json["detail"]


def test_a_job_has_its_state_history(server):
    made = server.request("POST", "/v1/videos", VIDEO, AUTHORIZATION).json["id"]
    server.advance("10s")
    job = server.admin(f"jobs/{made}")
    assert job["vendor"] == "phaseo"
    assert job["kind"] == "video"
    assert job["state"] == "processing"
    assert job["terminal"] is False
    assert [(visit["state"], visit["cause"]) for visit in job["course"]] == [
        ("queued", "created"),
        ("processing", "time"),
    ]
    assert [entry["entry"] for entry in job["ledger"]]
    assert call(server, "GET", "jobs/nope").json["code"] == "ADM004"
    near = call(server, "GET", f"jobs/{made[:-1]}x")
    assert near.status == 404
    assert made in near.json["detail"]


def test_a_move_follows_the_lifecycle_unless_forced(server):
    (made,) = create_jobs(server)
    assert server.admin(f"jobs/{made}/move", {"to": "processing"})["state"] == "processing"
    assert server.admin(f"jobs/{made}/move", {"to": "completed"})["terminal"] is True
    back = expect_refusal(server, f"jobs/{made}/move", {"to": "queued"})
    assert back == AdminProblem(409, "ADM006", f"{made} is 'completed', and 'queued' cannot follow it")
    assert expect_refusal(server, f"jobs/{made}/move", {"to": "queued", "force": False}).status == 409
    assert server.admin(f"jobs/{made}/move", {"to": "queued", "force": True})["state"] == "queued"
    assert server.request("GET", f"/v1/videos/{made}", headers=AUTHORIZATION).json["status"] == "queued"
    moved = [visit["cause"] for visit in server.admin(f"jobs/{made}")["course"]]
    assert moved.count("move") == 3


def test_an_item_of_a_batch_can_be_moved(server):
    (made,) = create_jobs(server, "twelvelabs")
    items = server.admin(f"jobs/{made}")["items"]
    assert server.admin(f"jobs/{made}/move", {"to": "processing", "item": 0})["items"] != items
    assert server.admin(f"jobs/{made}/move", {"to": "failed", "item": 0, "force": True})["items"]["failed"] == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "ADM002"),
        ({"to": 1}, 400, "ADM003"),
        ({"to": "complete"}, 400, "ADM005"),
        ({"to": "completed", "force": "yes"}, 400, "ADM003"),
        ({"to": "completed", "item": 0}, 400, "ADM007"),
        ({"to": "completed", "item": -1}, 400, "ADM003"),
        ({"to": "completed", "item": "0"}, 400, "ADM003"),
        ({"to": "completed", "item": 10**30}, 400, "ADM003"),
    ],
)
def test_an_invalid_move_is_refused(server, body, status, code):
    (made,) = create_jobs(server)
    refusal = expect_refusal(server, f"jobs/{made}/move", body)
    assert refusal.status == status
    assert refusal.code == code
    unknown_job = expect_refusal(server, "jobs/nope/move", {"to": "completed"})
    assert unknown_job.status == 404
    assert unknown_job.code == "ADM004"


# Journal and ledger


def test_the_journal_can_be_filtered(server):
    made = server.request("POST", "/v1/videos", VIDEO, AUTHORIZATION).json["id"]
    for _ in range(2):
        server.request("GET", f"/v1/videos/{made}?a=b", headers=AUTHORIZATION)
    server.request("GET", "/v1/videos/nope", headers=AUTHORIZATION)
    server.request("GET", "/v1/vidoes", headers=AUTHORIZATION)

    def found(query: str = "") -> list[int]:
        return [entry["seq"] for entry in server.admin(f"journal{query}")["entries"]]

    assert found() == [1, 2, 3, 4, 5]
    assert found("?operation=get") == [2, 3, 4]
    assert found(f"?operation=get&job={made}") == [2, 3]
    assert found("?status=404") == [4, 5]
    assert found("?since=3") == [4, 5]
    assert found("?since=99") == []
    assert found("?job=unknown") == []
    whole = server.admin("journal")
    assert whole["total"] == 5
    assert whole["evicted"] == 0
    counts = {(count["operation"], count["status"]): count["count"] for count in whole["counts"]}
    assert counts == {("create", 200): 1, ("get", 200): 2, ("get", 404): 1, ("", 404): 1}
    entry = whole["entries"][1]
    assert entry["request"]["method"] == "GET"
    assert entry["request"]["path"] == f"/v1/videos/{made}"
    assert entry["request"]["query"] == "a=b"
    assert json.loads(entry["response"]["body"])["id"] == made
    assert "nearest: " in whole["entries"][4]["note"]


@pytest.mark.parametrize(
    "query", ["since=x", "since=-1", "since=1.5", "since=", "since=%D9%A1", "status=ok", "operation=gett"]
)
def test_an_invalid_filter_is_refused(server, query):
    """Otherwise it would match nothing, and the test that uses it would prove nothing."""
    answer = call(server, "GET", f"journal?{query}")
    assert answer.refusal == Refusal(400, "ADM003")


def test_a_number_of_five_thousand_digits_is_refused(server):
    assert call(server, "GET", "journal?since=" + "9" * 5_000).status == 400


def test_the_journal_redacts_secrets(server):
    headers = {
        "Authorization": "Bearer hush-1",
        "x-api-key": "hush-2",
        "Cookie": "hush-3",
        "Proxy-Authorization": "hush-4",
        "X-Plain": "seen",
    }
    server.request("GET", "/v1/videos", headers=headers)
    answer = call(server, "GET", "journal")
    assert b"hush" not in answer.body
    headers = answer.json["entries"][0]["request"]["headers"]
    assert headers["authorization"] == "Bearer [redacted]"
    assert headers["x-api-key"] == headers["cookie"] == "[redacted]"
    assert headers["x-plain"] == "seen"


def test_the_journal_can_be_read_after_undecodable_requests(unchecked_server):
    """Bytes in headers and bodies that are not UTF-8 must not make the journal unreadable."""
    with raw_connection(unchecked_server.url) as connection:
        connection.request(b"GET /v1/videos/%ff%00 HTTP/1.1\r\nHost: x\r\nX-A: \xff\xfe\r\nX-B: \xc3\xa9\r\n\r\n")
        connection.request(b"POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n\xff\xfe\x00")
    entries = unchecked_server.admin("journal")["entries"]
    assert [entries[0]["request"]["headers"][name] for name in ("x-a", "x-b")] == ["ÿþ", "é"]
    assert entries[1]["request"]["body"] == "\ufffd\ufffd\0"


def test_the_ledger_lists_the_money_of_a_job(server):
    first = server.request("POST", "/v1/videos", VIDEO, AUTHORIZATION).json["id"]
    create_jobs(server)
    server.advance("1h")
    whole = server.admin("ledger")
    mine = server.admin(f"ledger?job={first}")
    assert mine["total"] == len(mine["entries"]) == whole["total"] / 2 > 0
    assert {entry["job"] for entry in mine["entries"]} == {first}
    assert set(mine["entries"][0]) == {"job", "at", "entry", "amount", "unit", "key"}
    assert server.admin("ledger?job=unknown") == {"total": 0, "entries": []}
