"""`mockserver jobs`: the list, the story of a job, and jobs that are created and moved."""

import json

import pytest

pytestmark = [pytest.mark.server(judged=False), pytest.mark.usefixtures("default_server")]


def create(server, vendor: str, **fields: object) -> str:
    return server.admin("jobs", {"vendor": vendor, **fields})["jobs"][0]


def test_without_jobs_the_command_says_how_to_get_one(mockserver):
    result = mockserver("jobs")
    assert result.out == ""
    assert result.err == ("session default has no jobs; a client creates them, or `mockserver jobs create VENDOR`\n")


def test_each_job_has_a_row_with_its_state_and_its_age(mockserver, server):
    project, batch = create(server, "reap"), create(server, "twelvelabs")
    server.advance("6s")
    lines = mockserver("jobs").out.splitlines()
    assert lines[0].split() == ["job", "vendor", "kind", "state", "created", "age"]
    assert lines[1].split() == [project, "reap", "project", "processing", "2026-10-01", "12:00:00.000", "6s"]
    assert lines[2].startswith(f"{batch}  twelvelabs  batch    processing (")
    assert lines[1].index("reap") == lines[0].index("vendor")


def test_a_state_selects_jobs(mockserver, server):
    create(server, "reap")
    assert mockserver("jobs", "--state", "queued").out.count("\n") == 2
    assert mockserver("jobs", "--state", "failed").err == "session default has no job in the state failed\n"
    assert "did you mean 'queued'?" in mockserver("jobs", "--state", "quued").err


def test_jobs_beyond_the_limit_are_counted(mockserver, server):
    create(server, "phaseo", count=1_003)
    assert mockserver("jobs").out.splitlines()[-1] == "and 3 more jobs"
    assert mockserver("jobs", "create", "phaseo", "--count", "1003").out.splitlines()[-1] == "and 3 more jobs"


def test_the_story_has_past_future_inputs_and_money(mockserver, server):
    job = create(server, "reap")
    server.advance("3s")
    body = {"projectId": job}
    server.request("POST", "/api/v1/automation/cancel-project", body, {"Authorization": "Bearer k"})
    server.advance("1m")
    assert mockserver("jobs", "show", job).out.splitlines() == [
        f"{job}  reap project",
        "    created   2026-10-01 12:00:00.000",
        "    so far    +0s  queued     created",
        "              +2s  prepped    time",
        "              +3s  cancelled  cancel",
        "    inputs    +3s  cancel",
        "    money     +0s  charge  19 credits",
        "              +3s  refund  19 credits",
    ]


def test_the_story_of_a_running_batch_has_items_progress_and_what_is_ahead(mockserver, server):
    job = create(server, "phaseo")
    server.advance("10s")
    out = mockserver("jobs", "show", job).out
    assert "  +2s  processing 35%  time\n    ahead     +26s  completed  time\n" in out
    batch = create(server, "twelvelabs")
    assert "\n    items     " in mockserver("jobs", "show", batch).out


def test_a_deleted_job_is_marked(mockserver, server):
    job = create(server, "phaseo")
    server.advance("10m")
    server.request("DELETE", f"/v1/videos/{job}", headers={"Authorization": "Bearer k"})
    assert "completed (deleted)" in mockserver("jobs").out
    assert mockserver("jobs", "show", job).out.startswith(f"{job}  phaseo video (deleted)\n")


def test_jobs_are_created_and_their_ids_printed(mockserver, server):
    ids = mockserver("jobs", "create", "reap", "--count", "2").out.split()
    assert ids == [job["id"] for job in server.admin("jobs")["jobs"]]


def test_a_job_is_created_of_a_kind_with_a_body(mockserver, server):
    assert mockserver("jobs", "create", "phaseo", "--kind", "batch").code == 0
    assert server.admin("jobs")["jobs"][0]["kind"] == "batch"
    assert mockserver("jobs", "create", "phaseo", "--body", "{prompt: 'a sea'}").code == 0
    refused = mockserver("jobs", "create", "phaseo", "--body", "{prompt: 5}")
    assert refused.code == 2
    assert refused.err.startswith("ADM003 phaseo refuses this video: ")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{a: 1", "--body:1:6: SCN004 "),
        ("[1]", "--body takes a mapping such as '{name: value}'."),
        (" ", "--body is empty."),
        ("{a: 1, a: 2}", "--body:1:8: SCN009 "),
    ],
)
def test_a_body_that_cannot_be_read_is_2(body, message, mockserver):
    result = mockserver("jobs", "create", "reap", "--body", body)
    assert result.code == 2
    assert message in result.err


def test_a_job_is_moved_along_its_lifecycle_or_by_force(mockserver, server):
    job = create(server, "reap")
    server.advance("10s")
    assert mockserver("jobs", "move", job, "finalizing").out == f"{job}  reap project  finalizing\n"
    assert mockserver("jobs", "move", job, "queued").err.startswith("ADM006 ")
    assert mockserver("jobs", "move", job, "queued", "--force").out == f"{job}  reap project  queued\n"
    assert "did you mean 'completed'?" in mockserver("jobs", "move", job, "completd").err


def test_an_item_of_a_batch_is_moved(mockserver, server):
    batch = create(server, "twelvelabs")
    server.advance("1s")
    assert mockserver("jobs", "move", batch, "failed", "--item", "0", "--force").code == 0
    assert json.loads(mockserver("jobs", "show", batch, "--json").out)["items"]["failed"] == 1
    assert mockserver("jobs", "move", batch, "failed", "--item", "99").err.startswith("ADM007 ")


def test_an_unknown_job_is_2(mockserver):
    for words in (["show", "x/y"], ["move", "x/y", "completed"]):
        result = mockserver("jobs", *words)
        assert result.code == 2
        assert result.err.startswith("ADM004 no job 'x/y' in session 'default'")
