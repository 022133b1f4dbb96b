"""The tools as functions, against a server in a thread: what each answers, and what it refuses."""

from collections.abc import Iterator

import pytest

from mockserver.errors import MockError
from mockserver.mcp.link import ServerLink
from mockserver.mcp.protocol import TOOLS, redacted_value
from mockserver.mcp.tool import ToolResult
from mockserver.redaction.redactor import Redactor
from mockserver.runner.judge.judges import ServerJudge
from mockserver.scenario.library import ScenarioLibrary
from tests.support.fake_server import FakeServer, fake_server
from tests.support.fake_world import VENDORS
from tests.support.phaseo_requests import AUTHORIZATION, create_video
from tests.support.raw_server import one_response_server

SLOW = "scenario: slow\nvendor: phaseo\ntimeline:\n  - queued: 1h\n  - processing: 1h\n  - completed\n"
KNOWN = [ScenarioLibrary(VENDORS).load(name) for name in ("cancel-twice-400", "cancel-while-processing-400")]


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """Start a server that judges, as `serve --check` does."""
    with fake_server("phaseo@2026-06-11", judged=False, checker=ServerJudge(), known=KNOWN) as started:
        yield started


def use(server: FakeServer, tool: str, **arguments: object) -> ToolResult:
    return TOOLS[tool].call(ServerLink(server.url, ""), arguments)


def refusal(server: FakeServer, tool: str, **arguments: object) -> str:
    """Return the text of the error that a tool answers with."""
    with pytest.raises(MockError) as caught:
        use(server, tool, **arguments)
    return str(caught.value)


def poll(server: FakeServer, video: str) -> None:
    server.request("GET", f"/v1/videos/{video}", None, AUTHORIZATION)


# sessions


def test_a_session_is_created_with_all_that_is_asked(server: FakeServer) -> None:
    eras = {"phaseo": "2026-05-06"}
    created = use(server, "sessions", action="create", name="a", clock="auto:30s", seed="7", vendors=eras)
    assert created["clock"] == "auto:30s"
    assert created["seed"] == "7"
    assert created["vendors"]["phaseo"] == "2026-05-06"
    assert created["scenario"] is None
    variables = created["connect"]["twelvelabs"]["environment"]
    assert variables["TWELVELABS_BASE_URL"] == f"{server.url}/s/a/v/twelvelabs/v1.3"


def test_the_address_of_a_session_leads_to_it(server: FakeServer) -> None:
    created = use(server, "sessions", action="create", name="a b", scenario="cancel-twice-400")
    connect = created["connect"]["phaseo"]
    answer = server.request(
        "GET", f"{connect['base_url']}/videos", None, {"Authorization": f"Bearer {connect['api_key']}"}
    )
    assert answer.status == 200
    assert [each["call"] for each in use(server, "explain", session="a b")["answers"]] == ["GET /v1/videos"]


def test_the_newest_sessions_are_listed_first(server: FakeServer) -> None:
    for number in range(25):
        use(server, "sessions", action="create", name=f"s{number}")
    listed = use(server, "sessions", action="list")
    assert listed["total"] == 25
    assert [session["name"] for session in listed["sessions"]] == [f"s{number}" for number in range(24, 4, -1)]


@pytest.mark.parametrize("action", ["create", "reset"])
def test_a_session_has_a_name(action: str, server: FakeServer) -> None:
    assert f"MCP003 sessions: {action} needs a name" in refusal(server, "sessions", action=action)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("sessions", {"action": "reset", "name": "misspelt"}),
        ("advance", {"session": "misspelt", "by": "1s"}),
        ("explain", {"session": "misspelt"}),
        ("findings", {"session": "misspelt"}),
    ],
)
def test_no_tool_creates_a_session_by_a_misspelt_name(tool: str, arguments: dict, server: FakeServer) -> None:
    use(server, "sessions", action="create", name="misspelled")
    assert "MCP004 no session 'misspelt' (did you mean 'misspelled'?)" in refusal(server, tool, **arguments)
    assert use(server, "sessions", action="list")["total"] == 1


def test_the_servers_own_refusals_come_through(server: FakeServer) -> None:
    use(server, "sessions", action="create", name="a")
    assert "ADM008 " in refusal(server, "sessions", action="create", name="a")
    assert "SES004 " in refusal(server, "sessions", action="create", name="b", clock="fast")
    assert "ADM009 no scenario 'cancel-twice'" in refusal(
        server, "sessions", action="create", name="c", scenario="cancel-twice"
    )


# scenario


def test_a_search_has_titles_and_the_upload_of_a_moment_ago(server: FakeServer) -> None:
    uploaded = use(server, "scenario", action="upload", text=SLOW)
    assert uploaded["key"] == "scenario:slow"
    assert uploaded["note"] == "the tool sessions plays it: create a session with scenario 'slow'"
    (row,) = use(server, "scenario", action="search", words="slow")["scenarios"]
    assert row["name"] == "slow"
    (row,) = use(server, "scenario", action="search", words="project second refused")["scenarios"]
    assert row["name"] == "cancel-twice-400"
    assert use(server, "scenario", action="search")["total"] == 3


def test_a_search_without_a_match_says_what_is_near(server: FakeServer) -> None:
    found = use(server, "scenario", action="search", words="canzel")
    assert found["total"] == 0
    assert found["note"].startswith("no scenario matches 'canzel' (did you mean 'cancel'?)")


def test_an_upload_names_the_sessions_that_play_the_older_text(server: FakeServer) -> None:
    use(server, "scenario", action="upload", text=SLOW)
    use(server, "sessions", action="create", name="a", scenario="slow")
    again = use(server, "scenario", action="upload", text=SLOW.replace("1h", "2h"))
    assert again["replaced"] is True
    assert again["note"] == "a still play the older text: reset them"


def test_a_file_of_the_server_is_hidden_on_request_only(server: FakeServer) -> None:
    text = SLOW.replace("scenario: slow", "scenario: cancel-twice-400", 1)
    assert "ADM037 " in refusal(server, "scenario", action="upload", text=text)
    assert use(server, "scenario", action="upload", text=text, replace=True)["name"] == "cancel-twice-400"
    assert use(server, "scenario", action="show", name="cancel-twice-400")["text"] == text


@pytest.mark.parametrize(("action", "needed"), [("show", "name"), ("upload", "text")])
def test_an_action_says_what_it_needs(action: str, needed: str, server: FakeServer) -> None:
    assert f"MCP003 scenario: {action} needs `{needed}`" in refusal(server, "scenario", action=action)


def test_an_unknown_scenario_is_refused_with_the_nearest(server: FakeServer) -> None:
    assert "ADM036 no scenario 'cancel-twice-40' (did you mean" in refusal(
        server, "scenario", action="show", name="cancel-twice-40"
    )


# advance


def test_the_clock_is_read_moved_and_left_to_the_polls(server: FakeServer) -> None:
    assert use(server, "advance")["elapsed"] == "0s"
    video = create_video(server)
    assert [change["job"] for change in use(server, "advance", by="8h")["happened"]] == [video, video]
    moved = use(server, "advance", auto="5s")
    assert moved["auto"] == "5s"
    assert moved["happened"] == []
    assert moved["more"] == 0


def test_an_answer_has_the_first_fifty_changes(server: FakeServer) -> None:
    server.admin("jobs", {"vendor": "reap", "count": 40})
    moved = use(server, "advance", by="8h")
    assert len(moved["happened"]) == 50
    assert moved["more"] == 40 * 4 - 50


def test_a_wrong_argument_says_what_it_is_for_and_an_unknown_one_what_is_near(server: FakeServer) -> None:
    said = refusal(server, "advance", by=5, sesion="a")
    assert "MCP003 advance: by: 5 is not of type 'string'\n    by: How far: `250ms`" in said
    assert "MCP003 no argument of advance 'sesion' (did you mean 'session'?)\n    Use one of: session, by" in said


def test_one_move_at_a_time(server: FakeServer) -> None:
    assert "MCP003 advance: by and auto contradict each other" in refusal(server, "advance", by="1s", auto="1s")


# explain


def test_the_latest_answers_come_with_their_reasons(server: FakeServer) -> None:
    video = create_video(server)
    for _ in range(3):
        poll(server, video)
    server.request("GET", "/v1/vidoes", None, AUTHORIZATION)
    listed = use(server, "explain", latest=2)
    assert listed["requests"] == 5
    assert [answer["request"] for answer in listed["answers"]] == ["req_100000004", "req_100000005"]
    assert [answer["operation"] for answer in listed["answers"]] == ["get", ""]
    assert [answer["job"] for answer in listed["answers"]] == [video, ""]
    assert "nearest: " in listed["answers"][1]["note"]


def test_an_explanation_has_the_reason_and_short_bodies(server: FakeServer) -> None:
    prompt = "A lighthouse " * 200
    server.request("POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": prompt}, AUTHORIZATION)
    explained = use(server, "explain", request="req_100000001")
    assert explained["status"] == 200
    assert len(explained["sent"]) == 1_000
    assert '"status":"queued"' in explained["answered"]
    assert "because" in explained["text"]


def test_an_unknown_request_is_refused(server: FakeServer) -> None:
    assert "ADM030 " in refusal(server, "explain", request="req_100000009")


# findings


def test_the_findings_tell_answers_conduct_and_jobs_apart(server: FakeServer) -> None:
    video = create_video(server)
    use(server, "advance", by="8h")
    poll(server, video)
    poll(server, video)
    found = use(server, "findings")
    assert found["findings"] == []
    (conduct,) = found["conduct"]
    assert conduct["rule"] == "C2"
    assert conduct["request"] == "req_100000003"
    assert "scripted" not in conduct
    (job,) = found["jobs"]
    assert job["state"] == "completed"
    assert [line.split()[1] for line in job["course"]] == ["queued", "processing", "completed"]
    assert job["ahead"] == []
    assert [line.split()[1] for line in job["money"]] == ["reserve", "settle"]


def test_the_story_of_one_job(server: FakeServer) -> None:
    videos = [create_video(server) for _ in range(12)]
    assert [job["job"] for job in use(server, "findings")["jobs"]] == videos[2:]
    assert [job["job"] for job in use(server, "findings", job=videos[0])["jobs"]] == [videos[0]]
    assert "ADM004 " in refusal(server, "findings", job="none")


def test_a_server_that_does_not_judge_is_named_with_the_way_to_start_one() -> None:
    with fake_server() as server:
        assert "mockserver serve --check" in refusal(server, "findings")


# The link


def test_an_address_is_checked_at_once() -> None:
    with pytest.raises(MockError, match="RUN001"):
        ServerLink("localhost:4810", "")


def test_another_server_is_no_mock_server() -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    with one_response_server(page) as (url, _), pytest.raises(MockError, match=r"MCP002 .* is not a mock server"):
        TOOLS["sessions"].call(ServerLink(url, ""), {"action": "list"})


def test_known_secrets_become_placeholders_in_every_text() -> None:
    redact = Redactor(["the-admin-token"]).redact_output
    shown = redacted_value({"a": ["Bearer the-admin-token", 1, None], "b": {"c": "the-admin-token"}}, redact)
    assert "the-admin-token" not in str(shown)
    assert shown["a"][1:] == [1, None]
