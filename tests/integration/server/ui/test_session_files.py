"""Session files: the same jobs follow from a file, whatever the session has been through; a wrong file is refused."""

import re

import pytest

from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario
from tests.support.dice import Dice
from tests.support.fake_server import Refusal, fake_server

KEY = {"Authorization": "Bearer test-key", "X-Mock-Session": "one"}
SCRIPTED = load_scenario(
    b"""scenario: scripted
vendor: phaseo@2026-06-11
seed: drawn
jobs:
  - {age: 10s}
timelines:
  - {match: {prompt: fails}, timeline: [queued: 1s, processing: 5s, failed]}
  - {call: 2, timeline: [queued: 2 polls, processing: 1m, completed]}
timeline: [queued: 10s, processing: 1m, completed]
faults:
  - {on: get, when: {poll: 3}, do: {status: 503}}
""",
    installed_vendors(),
)


@pytest.fixture(scope="module")
def drawn_server():
    """Start a server for many sessions."""
    with fake_server("phaseo@2026-06-11", "twelvelabs", known=[SCRIPTED], judged=False) as running:
        yield running


def live(server, dice):
    """Let a session live: creates, polls, cancels, moves, faults and time in a drawn order; return its jobs."""
    jobs = []
    for _ in range(25):
        deed = dice.choice(["create", "admin", "poll", "poll", "cancel", "move", "advance", "fault"])
        job = dice.choice(jobs) if jobs else "none"
        if deed == "create":
            body = {"model": "google/veo-3", "prompt": dice.choice(["fails", "works"])}
            server.request("POST", "/v1/videos", body, KEY)
        elif deed == "admin":
            made = server.admin("jobs", {"vendor": dice.choice(["phaseo", "twelvelabs"])}, session="one")
            jobs += made["jobs"]
        elif deed == "poll":
            server.request("GET", f"/v1/videos/{job}", headers=KEY)
        elif deed == "cancel":
            server.request("POST", f"/v1/videos/{job}/cancel", headers=KEY)
        elif deed == "move":
            headers = {"X-Mock-Session": "one"}
            server.request("POST", f"/__mock/jobs/{job}/move", {"to": "processing", "force": True}, headers)
        elif deed == "advance":
            server.admin("clock", {"advance": f"{dice.number(1, 90)}s"}, session="one")
        else:
            server.admin("faults", {"on": "list", "do": {"status": 503}}, session="one")
    return [row["id"] for row in server.admin("timeline", session="one")["jobs"] if row["vendor"] == "phaseo"]


def answer_about(server, name, job):
    """Return the vendor's answer to a poll, without what names the session and the request."""
    answer = server.request("GET", f"/s/{name}/v1/videos/{job}", headers={"Authorization": "Bearer k"})
    body = answer.body.replace(f"/s/{name}/".encode(), b"/s/x/")
    return answer.status, re.sub(rb"req_[0-9a-f]+", b"req", body)


def imported(server, exported, name="two"):
    """Import a file under a name."""
    return server.request("POST", "/__mock/sessions/import", {"name": name, "session": exported})


@pytest.mark.parametrize("draw", range(12))
def test_the_same_jobs_follow_from_a_file(drawn_server, draw):
    dice = Dice(draw)
    scenario = dice.choice(["scripted", None])
    named = {} if scenario is None else {"scenario": scenario}
    drawn_server.admin("sessions", {"name": "one", "clock": "manual", "seed": f"seed-{draw}", **named})
    try:
        jobs = live(drawn_server, dice)
        exported = drawn_server.admin("sessions/one/export")
        answer = imported(drawn_server, exported)
        assert answer.status == 201, answer.body
        assert drawn_server.admin("sessions/two/export") == {**exported, "name": "two"}
        rows = [drawn_server.admin("timeline", session=name)["jobs"] for name in ("one", "two")]
        assert rows[0] == rows[1]
        drawn_server.admin("faults", method="DELETE", session="one")
        drawn_server.admin("faults", method="DELETE", session="two")
        for _ in range(3):
            for job in jobs:
                bodies = {answer_about(drawn_server, name, job) for name in ("one", "two")}
                assert len(bodies) == 1
            for name in ("one", "two"):
                drawn_server.admin("clock", {"advance": "20s"}, session=name)
        made = [drawn_server.admin("jobs", {"vendor": "phaseo"}, session=name)["jobs"] for name in ("one", "two")]
        assert made[0] == made[1]
    finally:
        for name in ("one", "two"):
            drawn_server.request("DELETE", f"/__mock/sessions/{name}")


@pytest.fixture
def exported(drawn_server):
    """Return the file of a session with a scripted job and an input."""
    drawn_server.admin("sessions", {"name": "one", "clock": "manual", "scenario": "scripted"})
    job = drawn_server.admin("jobs", {"vendor": "phaseo"}, session="one")["jobs"][0]
    drawn_server.move(job, "processing", session="one")
    yield drawn_server.admin("sessions/one/export")
    drawn_server.admin("sessions/one", method="DELETE")


def test_the_file_s_own_name_is_taken_while_its_session_is_there(drawn_server, exported):
    answer = drawn_server.request("POST", "/__mock/sessions/import", {"session": exported})
    assert answer.refusal == Refusal(409, "ADM008")


WRONG = {
    "no object": ((), []),
    "another format": (("mockserver_session",), 2),
    "true for a number": (("mockserver_session",), True),
    "an unknown member": (("more",), 1),
    "a wrong type": (("seed",), 1),
    "a scenario without text": (("scenarios", 0), {"file": "x"}),
    "an era that is no date": (("eras",), {"phaseo": 1}),
    "an instant that is none": (("start",), "yesterday"),
    "a present before the start": (("now",), "1999-01-01T00:00:00Z"),
    "a fault without a vendor": (("faults", 0), {}),
    "jobs of a vendor without an era": (("vendors", "reap"), []),
    "jobs that are no list": (("vendors", "phaseo"), {}),
    "a job that is none": (("vendors", "phaseo", 1), 1),
    "an unknown kind": (("vendors", "phaseo", 1, "kind"), "movie"),
    "another id": (("vendors", "phaseo", 1, "id"), "G-1"),
    "another number": (("vendors", "phaseo", 1, "number"), 7),
    "a timeline that is not there": (("vendors", "phaseo", 1, "rule"), 9),
    "counted by what is not there": (("vendors", "phaseo", 1, "counted"), ["x"]),
    "an input that is none": (("vendors", "phaseo", 1, "inputs", 0), [1, 2]),
    "an input that goes back": (("vendors", "phaseo", 1, "inputs"), [[2, 2, "move", "x", {}], [1, 1, "move", "x", {}]]),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_refused_and_leaves_no_session(drawn_server, exported, case):
    path, value = WRONG[case]
    wrong = {"root": exported}
    place = wrong
    for key in ("root", *path)[:-1]:
        place = place[key]
    place[("root", *path)[-1]] = value
    answer = imported(drawn_server, wrong["root"])
    assert answer.refusal == Refusal(400, "SES006")
    assert drawn_server.hub.get("two") is None


def test_a_scenario_with_mistakes_is_refused_as_an_upload_is(drawn_server, exported):
    exported["scenarios"][0]["text"] = "scenario: x\n"
    answer = imported(drawn_server, exported)
    assert answer.status == 400
    assert answer.json["code"].startswith("SCN")


def test_an_unknown_session_has_no_file(server):
    assert server.request("GET", "/__mock/sessions/none/export").refusal == Refusal(404, "ADM010")


def test_a_file_has_a_limit(server, monkeypatch):
    monkeypatch.setattr("mockserver.server.admin.session_files.MAX_JOBS_IN_FILE", 1)
    server.admin("jobs", {"vendor": "phaseo", "count": 2})
    assert server.request("GET", "/__mock/sessions/default/export").refusal == Refusal(409, "SES007")
