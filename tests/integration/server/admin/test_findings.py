"""`GET findings`: what `serve --check` found in a session, in the answers and in the client."""

from collections.abc import Iterator

import pytest

from mockserver.runner.judge.judges import ServerJudge
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.model import Scenario
from tests.support.fake_server import FakeServer, fake_server
from tests.support.fake_world import VENDORS
from tests.support.phaseo_requests import AUTHORIZATION, create_video


def undocumented_status(off_contract: dict[str, str]) -> Scenario:
    library = ScenarioLibrary(VENDORS)
    found = library.load(str(library.files()["status-nobody-documented"]))
    return found._replace(name=f"melting-{len(off_contract)}", off_contract=off_contract)


KNOWN = [undocumented_status({}), undocumented_status({"P1": "the point"})]


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """Start a server that judges, as `serve --check` does."""
    with fake_server("phaseo@2026-06-11", judged=False, checker=ServerJudge(), known=KNOWN) as started:
        yield started


def poll(server: FakeServer, video: str, session: str = "default") -> None:
    server.request("GET", f"/v1/videos/{video}", None, {**AUTHORIZATION, "X-Mock-Session": session})


def test_a_server_that_does_not_judge_says_so() -> None:
    with fake_server() as server:
        refused = server.request("GET", "/__mock/findings")
    assert refused.status == 409
    assert refused.json["code"] == "ADM043"
    assert "serve --check" in refused.json["hint"]


def test_a_session_that_nobody_used_is_refused(server: FakeServer) -> None:
    refused = server.request("GET", "/__mock/findings", None, {"X-Mock-Session": "tset"})
    assert refused.json["code"] == "ADM010"


def test_a_correct_exchange_is_counted_and_finds_nothing(server: FakeServer) -> None:
    poll(server, create_video(server))
    assert server.admin("findings") == {
        "session": "default@1",
        "requests": 2,
        "judged": 2,
        "total": 0,
        "findings": [],
        "conduct": [],
    }


def test_a_finding_has_the_requests_that_prove_it(server: FakeServer) -> None:
    video = create_video(server)
    server.advance("1m")
    poll(server, video)
    server.admin(f"jobs/{video}/move", {"to": "processing", "force": True})
    poll(server, video)
    (found,) = server.admin("findings")["findings"]
    ids = [entry["request"] for entry in found["story"]]
    journal = [entry["request_id"] for entry in server.admin("journal")["entries"]]
    assert found["rule"] == "P15"
    assert found["vendor"] == "phaseo@2026-06-11"
    assert found["job"] == f"video {video}"
    assert found["undeclared"] == ["P15"]
    assert found["request"] == journal[-1]
    assert ids == journal[-2:]
    assert found["text"].startswith("error P15: ")


def test_a_fault_in_place_of_the_answer_counts_for_the_client_alone(server: FakeServer) -> None:
    video = create_video(server)
    server.admin("faults", {"on": "get", "do": {"status": 503, "headers": {"Retry-After": "30"}}})
    poll(server, video)
    server.advance("29s")
    poll(server, video)
    shown = server.admin("findings")
    assert shown["findings"] == []
    (found,) = shown["conduct"]
    assert found["rule"] == "C3"
    assert found["message"].endswith("(sent again after 29s)")
    assert found["allowed"] == "wait 30s"
    assert found["request"] == server.admin("journal")["entries"][-1]["request_id"]


def test_polls_after_the_end_are_conduct(server: FakeServer) -> None:
    video = create_video(server)
    server.advance("1m")
    poll(server, video)
    poll(server, video)
    assert [found["rule"] for found in server.admin("findings")["conduct"]] == ["C2"]


def test_an_answer_that_the_client_preferred_is_not_its_conduct(server: FakeServer) -> None:
    video = create_video(server)
    headers = {**AUTHORIZATION, "Prefer": "state=completed"}
    for _ in range(2):
        server.request("GET", f"/v1/videos/{video}", None, headers)
    assert server.admin("findings")["conduct"] == []


@pytest.mark.parametrize(("scenario", "undeclared"), [("melting-0", ["P1"]), ("melting-1", [])])
def test_a_rule_that_the_scenario_declares_is_not_undeclared(
    server: FakeServer, scenario: str, undeclared: list[str]
) -> None:
    headers = {"Authorization": f"Bearer scenario:{scenario}"}
    made = server.request("POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "x"}, headers)
    server.admin("clock", {"advance": "10s"}, session=scenario)
    server.request("GET", f"/v1/videos/{made.json['id']}", None, headers)
    (found,) = server.admin("findings", session=scenario)["findings"]
    assert found["rule"] == "P1"
    assert found["undeclared"] == undeclared


def test_a_reset_and_another_session_begin_without_findings(server: FakeServer) -> None:
    server.admin("sessions", {"name": "other"})
    video = create_video(server)
    server.advance("1m")
    poll(server, video)
    poll(server, video)
    assert server.admin("findings", session="other")["total"] == 0
    server.admin("reset", {})
    assert server.admin("findings")["judged"] == 0


def test_findings_of_the_past_are_those_that_were_proved_by_then(server: FakeServer) -> None:
    video = create_video(server)
    server.advance("1m")
    poll(server, video)
    poll(server, video)
    first, then = server.admin("findings"), server.admin("clock")["now"]
    server.advance("1m")
    server.admin(f"jobs/{video}/move", {"to": "processing", "force": True})
    poll(server, video)
    everything, past = server.admin("findings"), server.admin(f"findings?as_of={then}")
    assert [len(first["conduct"]), len(everything["findings"])] == [1, 1]
    assert (past["findings"], past["conduct"]) == (first["findings"], first["conduct"])
    assert [past["requests"], everything["requests"]] == [3, 4]
