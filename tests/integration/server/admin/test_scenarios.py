"""Scenarios that are uploaded to a running server: they are checked and used like files."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mockserver.errors import Location, Problem
from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario
from mockserver.server.admin import scenarios
from tests.support.fake_server import FakeServer, Refusal, ServerResponse, fake_server
from tests.support.phaseo_requests import VIDEO

KEY = {"Authorization": "Bearer scenario:mine"}


def yaml(name: str = "mine", seconds: int = 3) -> str:
    lines = [f"scenario: {name}", "vendor: phaseo@2026-06-11", "timeline:", f"  - queued: {seconds}s"]
    return "\n".join([*lines, "  - processing: 1m", "  - completed", ""])


pytestmark = pytest.mark.server(known=[load_scenario(yaml("filed").encode(), installed_vendors(), file="filed.yaml")])


def send(server: FakeServer, text: str, query: str = "", kind: str = "application/yaml") -> ServerResponse:
    return server.request("POST", f"/__mock/scenarios{query}", text.encode(), {"Content-Type": kind})


def states(server: FakeServer) -> list[str]:
    video = server.request("POST", "/v1/videos", VIDEO, KEY).json["id"]
    course = server.admin(f"jobs/{video}", session="mine")
    return [visit["until"] for visit in course["course"]]


@pytest.mark.parametrize("kind", ["application/yaml", "application/x-yaml", "text/yaml; charset=utf-8", "text/x-yaml"])
def test_an_uploaded_scenario_can_be_played(server, kind):
    answer = send(server, yaml(), kind=kind)
    assert answer.status == 201
    assert answer.json == {
        "name": "mine",
        "vendor": "phaseo",
        "title": None,
        "replaced": False,
        "key": "scenario:mine",
        "sessions": [],
    }
    assert server.request("POST", "/v1/videos", VIDEO, KEY).headers["X-Mock-Session"] == "mine@1"
    assert server.admin("sessions", {"name": "t1", "scenario": "mine"})["scenario"] == "mine"
    assert server.admin("scenarios")["scenarios"] == ["filed", "mine"]


def test_a_scenario_can_be_uploaded_as_text_in_json(server):
    created = server.admin("scenarios", {"text": yaml(), "file": "mine.yaml"})
    assert created["name"] == "mine"
    text = server.request("GET", "/__mock/scenarios/mine")
    assert text.status == 200
    assert text.body.decode() == yaml()
    assert text.headers["Content-Type"] == "application/yaml; charset=utf-8"
    assert server.request("GET", "/__mock/scenarios/filed").body.decode() == yaml("filed")


def test_a_scenario_can_be_uploaded_as_json(server):
    definition: dict[str, object] = {
        "scenario": "mine",
        "vendor": "phaseo",
        "title": "a \U0001f3a5",
        "timeline": [{"queued": "3s"}, {"processing": "1m"}, "completed"],
    }
    created = server.request("POST", "/__mock/scenarios?replace=true", definition)
    assert created.status == 201
    assert created.json["name"] == "mine"
    assert created.json["title"] == "a \U0001f3a5"
    answer = server.request("POST", "/__mock/scenarios", {**definition, "timeline": [{"queud": "3s"}]})
    assert answer.json["code"] == "SCN043"
    assert answer.json["problems"][0]["pointer"] == "/timeline/0/queud"
    answer = server.request("POST", "/__mock/scenarios", {**definition, "text": yaml()})
    assert answer.json["code"] == "ADM002"
    assert answer.json["detail"] == "no field 'scenario'"


def test_every_problem_is_listed_with_its_location(server):
    broken = yaml().replace("3s", "30").replace("processing", "procesing")
    answer = send(server, broken, "?file=mine.yaml")
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    listed = [f"{each['file']}:{each['line']}:{each['column']}: {each['code']}" for each in answer.json["problems"]]
    assert listed == ["mine.yaml:4:13: SCN026", "mine.yaml:5:5: SCN043"]
    assert answer.json["text"].startswith("mine.yaml:4:13: SCN026 found the number 30")
    assert "\n                ^\n" in answer.json["text"]
    assert server.admin("scenarios")["scenarios"] == ["filed"]


def test_one_problem_is_listed_like_several(server):
    answer = send(server, "scenario: [")
    assert answer.json["code"] == answer.json["problems"][0]["code"]
    assert len(answer.json["problems"]) == 1
    assert answer.json["detail"].startswith("scenario.yaml:2:1: a value is missing")


def test_bytes_that_are_not_utf_8_are_refused(server):
    answer = server.request("POST", "/__mock/scenarios", b"scenario: \xff", {"Content-Type": "application/yaml"})
    assert answer.refusal == Refusal(400, "SCN002")


def test_a_scenario_off_contract_is_refused():
    definition = Problem("RUN006", "it breaks S1", "change the scenario", Location("mine.yaml", 3, 1))
    checked = []

    def check(scenario, era):
        checked.append((scenario.name, era.pin))
        return [definition]

    with fake_server(check_scenario=check) as server:
        answer = send(server, yaml())
    assert answer.status == 400
    assert answer.json["code"] == "RUN006"
    assert checked == [("mine", "phaseo@2026-06-11")]


def test_an_upload_can_replace_an_earlier_one(server):
    send(server, yaml())
    first = states(server)
    answer = send(server, yaml(seconds=7))
    assert answer.json["replaced"] is True
    assert answer.json["sessions"] == ["mine"]
    assert states(server) == first, "a session keeps the scenario of its start"
    server.admin("reset", {}, session="mine")
    assert states(server) != first
    assert send(server, yaml(seconds=7)).json["sessions"] == ["mine"], "each upload is a new scenario"


def test_an_upload_can_replace_a_file_only_with_replace(server):
    answer = send(server, yaml("filed", 9))
    assert answer.refusal == Refusal(409, "ADM037")
    assert send(server, yaml("filed", 9), "?replace=true").status == 201
    assert server.request("GET", "/__mock/scenarios/filed").body.decode() == yaml("filed", 9)
    assert server.admin("scenarios/filed", method="DELETE") == {"name": "filed", "deleted": True}
    assert server.request("GET", "/__mock/scenarios/filed").body.decode() == yaml("filed")
    assert server.admin("scenarios", {"text": yaml("filed"), "replace": True})["name"] == "filed"


def test_an_unknown_scenario_is_404(server):
    for method in ("GET", "DELETE"):
        answer = server.request(method, "/__mock/scenarios/mime")
        assert answer.refusal == Refusal(404, "ADM036")
    send(server, yaml())
    assert "did you mean 'mine'?" in server.request("GET", "/__mock/scenarios/mime").json["detail"]


def test_uploads_are_bounded(server, monkeypatch):
    monkeypatch.setattr(scenarios, "MAX_SCENARIOS", 1)
    assert send(server, yaml("one")).status == send(server, yaml("one")).status == 201
    answer = send(server, yaml("two"))
    assert answer.refusal == Refusal(413, "ADM038")
    monkeypatch.setattr(scenarios, "MAX_TOTAL_CHARACTERS", 10)
    server.admin("scenarios/one", method="DELETE")
    assert send(server, yaml("one")).status == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_content_types_that_need_no_preflight_are_refused(server, kind):
    answer = send(server, yaml(), kind=kind)
    assert answer.refusal == Refusal(415, "ADM041")
    assert answer.json["hint"].startswith("Content-Type: application/json or application/yaml;")


@pytest.mark.parametrize(
    ("query", "body", "expected"),
    [
        ("?replace=yes", None, "no replace 'yes'"),
        ("?file=a%0Ab", None, "file must be a name for messages"),
        ("", {"text": "x", "replace": 1}, "replace must be true or false, not 1"),
        ("", {}, "'text' is missing"),
    ],
)
def test_an_invalid_field_is_refused(server, query, body, expected):
    answer = send(server, yaml(), query) if body is None else server.request("POST", "/__mock/scenarios", body)
    assert answer.status == 400
    assert answer.json["detail"].startswith(expected)


def test_one_upload_is_compiled_at_a_time():
    """A server that stops therefore waits for one compilation at most."""
    reading, other = threading.Lock(), threading.Event()

    def check(scenario, era):
        if not reading.acquire(blocking=False):
            other.set()
            return []
        other.wait(0.1)
        reading.release()
        return []

    with fake_server(check_scenario=check) as server, ThreadPoolExecutor(3) as threads:
        sent = [threads.submit(send, server, yaml(f"n{number}")) for number in range(3)]
        assert [one.result().status for one in sent] == [201] * 3
    assert not other.is_set()
