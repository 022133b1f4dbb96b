"""The session on one time axis: jobs as spans, what is ahead, the past as it was, and who may read it."""

import pytest

from mockserver.core.instants import MINUTE, SECOND
from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario
from tests.support.fake_server import Refusal, fake_server
from tests.support.phaseo_requests import VIDEO

KEY = {"Authorization": "Bearer test-key"}
LATE = load_scenario(
    b"scenario: late\nvendor: phaseo@2026-06-11\ntimeline:\n  - queued: 10s\n  - processing: 1m\n  - completed\n",
    installed_vendors(),
)


@pytest.fixture
def late():
    """Start a server whose jobs wait ten seconds and work a minute."""
    with fake_server("phaseo@2026-06-11", scenarios=(LATE,), known=[LATE]) as running:
        yield running


def created(server):
    """Create a job, and return its id."""
    return server.admin("jobs", {"vendor": "phaseo"})["jobs"][0]


def test_a_job_is_a_row_of_spans(late):
    job = created(late)
    late.advance("12s")
    late.request("GET", f"/v1/videos/{job}", headers=KEY)
    answer = late.admin("timeline")
    (row,) = answer["jobs"]
    assert row["id"] == job
    assert row["state"] == "processing"
    assert row["spans"] == [
        ["queued", 0, 10 * SECOND, "created", 4],
        ["processing", 10 * SECOND, 70 * SECOND, "time", 5],
    ]
    assert row["ahead"] == [["completed", 70 * SECOND, None, "time", 6]]
    assert answer["next"] == answer["horizon"] == 70 * SECOND
    assert [request[2:9] for request in answer["requests"]] == [
        [12 * SECOND, "phaseo", "get", job, "GET", f"/v1/videos/{job}", 200]
    ]
    kinds = {(kind["vendor"], kind["kind"]) for kind in answer["lifecycles"]}
    assert ("phaseo", "video") in kinds


def test_the_past_is_shown_as_it_was(late):
    job = created(late)
    late.advance("30s")
    before = late.admin("timeline")
    late.advance("1s")
    late.request("POST", f"/v1/videos/{job}/cancel", headers=KEY)
    created(late)
    late.advance("1h")
    past = late.admin(f"timeline?as_of={before['now']}")
    assert past["jobs"] == before["jobs"]
    assert past["requests"] == []
    assert past["total"] == 1
    assert past["now"] > past["as_of"] == before["now"]
    present = late.admin("timeline")
    assert [mark[1] for mark in present["jobs"][0]["marks"]] == ["cancel"]
    assert present["jobs"][0]["state"] == "cancelled"


def test_an_instant_to_come_is_no_past(late):
    answer = late.request("GET", "/__mock/timeline?as_of=2100-01-01T00:00:00Z")
    assert answer.refusal == Refusal(400, "ADM003")
    assert "POST /__mock/clock" in answer.json["hint"]
    assert late.request("GET", "/__mock/timeline?as_of=yesterday").refusal == Refusal(400, "ADM003")


def test_pages_of_jobs_follow_each_other(late):
    jobs = [created(late) for _ in range(5)]
    first = late.admin("timeline?limit=2")
    second = late.admin(f"timeline?limit=2&after={jobs[1]}")
    assert [row["id"] for row in first["jobs"] + second["jobs"]] == jobs[:4]
    assert first["total"] == second["total"] == 5


def test_the_timeline_of_one_job_has_its_requests_alone(late):
    jobs = [created(late), created(late)]
    for job in jobs:
        late.request("GET", f"/v1/videos/{job}", headers=KEY)
    answer = late.admin(f"timeline?job={jobs[1]}")
    assert [row["id"] for row in answer["jobs"]] == [jobs[1]]
    assert [request[5] for request in answer["requests"]] == [jobs[1]]


def test_what_is_due_now_is_not_ahead_of_an_earlier_instant(late):
    created(late)
    start = late.admin("timeline")["start"]
    late.advance("2m")
    late.admin("webhooks", {"vendor": "phaseo", "url": "http://127.0.0.1:9/", "events": ["video.completed"]})
    late.request("POST", "/v1/videos", {**VIDEO, "webhook": {"endpoint_id": "we_1"}}, KEY)
    late.advance("1s")
    past = late.admin(f"timeline?as_of={start}")
    assert [past["next"], past["horizon"]] == [10 * SECOND, 70 * SECOND]


def test_a_line_names_its_first_jobs_and_counts_all(late):
    jobs = [created(late) for _ in range(21)]
    assert late.admin("scenario")["scenarios"][0]["lines"] == [[4, jobs[:20], 21]]


def test_a_batch_has_the_spans_of_its_items():
    with fake_server("twelvelabs", judged=False) as server:
        batch = server.admin("jobs", {"vendor": "twelvelabs", "kind": "batch"})["jobs"][0]
        server.advance("1s")
        (row,) = server.admin(f"timeline?job={batch}")["jobs"]
        (short,) = server.admin("timeline")["jobs"]
    assert sum(row["items"].values()) == len(row["item_spans"])
    index, past, ahead = row["item_spans"][0]
    assert index == 0
    assert past[0][1] == 0
    assert ahead[-1][2] is None
    assert "item_spans" not in short


def test_the_line_at_work_is_marked(late):
    first = created(late)
    late.advance("15s")
    second = created(late)
    (scenario,) = late.admin("scenario")["scenarios"]
    assert scenario["text"] == LATE.text
    assert scenario["lines"] == [[4, [second], 1], [5, [first], 1]]
    start = late.admin("timeline")["start"]
    assert late.admin(f"scenario?as_of={start}")["scenarios"][0]["lines"] == [[4, [first], 1]]


def test_a_request_has_the_one_before_it(late):
    job = created(late)
    late.request("GET", f"/v1/videos/{job}", headers=KEY)
    late.advance("1m")
    late.request("GET", "/v1/videos", headers=KEY)
    late.request("GET", f"/v1/videos/{job}", headers=KEY)
    shown = late.admin("journal/last")
    assert shown["entry"]["request_id"] == "req_100000003"
    assert shown["previous"]["request_id"] == "req_100000001"
    assert late.admin("journal/req_100000001")["previous"] is None


def test_a_refused_cancel_would_have_been_accepted_earlier(late):
    job = created(late)
    late.advance("2m")
    refused = late.request("POST", f"/v1/videos/{job}/cancel", headers=KEY)
    assert refused.status >= 400
    times = late.admin("explain/last/times")
    assert times["asked"] == 2 * MINUTE
    assert [answer[2] for answer in times["answers"]] == ["queued", "processing", "completed"]
    assert times["answers"][-1][3] == refused.status
    start = late.admin("timeline")["start"]
    would = late.admin(f"explain/last?instant={start}")["would"]
    assert would["at"] == start
    assert would["status"] == times["answers"][0][3]
    assert late.admin("explain/last?instant=2026-10-01T12:02:00Z")["would"]["status"] == refused.status


@pytest.mark.parametrize("at", ["", "soon", "1999-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])
def test_an_answer_is_asked_for_at_an_instant_of_the_session(late, at):
    late.request("GET", "/v1/videos", headers=KEY)
    assert late.request("GET", f"/__mock/explain/last?instant={at}").refusal == Refusal(400, "ADM003")


def test_an_unknown_path_and_a_list_have_no_times(late):
    late.request("GET", "/v1/videos/a/b/c", headers=KEY)
    assert late.admin("explain/last/times")["answers"] == []
    assert late.admin("explain/last?instant=2026-10-01T12:00:00Z")["would"]["status"] == 404
    late.request("GET", "/v1/videos", headers=KEY)
    assert late.admin("explain/last/times")["answers"] == []


CALLS = ["timeline", "scenario", "journal/last", "explain/last/times", "feed"]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Origin": "https://evil.test"}, "ADM039"),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, "ADM039"),
        ({"Host": "evil.test"}, "ADM040"),
    ],
)
def test_another_origin_reads_nothing(server, call, headers, code):
    assert server.request("GET", f"/__mock/{call}", headers=headers).refusal == Refusal(403, code)


def test_with_a_token_every_call_needs_it():
    with fake_server(token="secret-token", judged=False) as server:
        refusals = {server.request("GET", f"/__mock/{call}").refusal for call in CALLS}
        given = server.request("GET", "/__mock/timeline", headers={"Authorization": "Bearer secret-token"})
    assert refusals == {Refusal(401, "ADM000")}
    assert given.status == 200


def test_a_job_of_the_past_has_the_ledger_and_the_inputs_that_it_had(server):
    start = server.admin("clock")["now"]
    job = server.admin("jobs", {"vendor": "phaseo"})["jobs"][0]
    server.admin("clock", {"advance": "5s"})
    server.move(job, "failed")
    server.admin("clock", {"advance": "5s"})
    past = server.admin(f"jobs/{job}?as_of={start}")
    assert past["state"] == "queued"
    assert past["inputs"] == []
    present = server.admin(f"jobs/{job}")
    assert present["state"] == "failed"
    assert len(past["ledger"]) < len(present["ledger"])
    later = server.admin("jobs", {"vendor": "phaseo"})["jobs"][0]
    refused = server.request("GET", f"/__mock/jobs/{later}?as_of={start}")
    assert refused.refusal == Refusal(404, "ADM004")
