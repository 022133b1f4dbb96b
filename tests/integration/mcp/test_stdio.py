"""`mockserver mcp` as an agent uses it: a process of its own, called by the SDK's client over its standard streams."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from mcp import Client, StdioServerParameters, stdio_client
from mcp.types import CallToolResult

from mockserver.runner.judge.judges import ServerJudge
from mockserver.scenario.library import ScenarioLibrary
from mockserver.server.run import serve_in_thread
from tests.support.fake_server import fake_server
from tests.support.fake_world import VENDORS
from tests.support.paths import ROOT
from tests.support.phaseo_requests import create_video

KNOWN = [ScenarioLibrary(VENDORS).load("cancel-twice-400")]
TOKEN = "a-token-that-nothing-may-show"
BROKEN = "scenario: mine\nvendor: reap\ntimelin:\n  - completed\nseed: []\n"


@asynccontextmanager
async def agent(url: str, *options: str, **environment: str) -> AsyncIterator[Client]:
    """Start the command and connect to it."""
    words = ["-m", "mockserver", "mcp", "--url", url, *options]
    parameters = StdioServerParameters(command=sys.executable, args=words, env={"PYTHONPATH": str(ROOT), **environment})
    async with Client(stdio_client(parameters)) as client:
        yield client


async def ask(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool that must succeed; return its result."""
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.structured_content
    result: dict[str, Any] = answer.structured_content
    return result


def codes(answer: CallToolResult) -> list[str]:
    """Return the codes of an answer that must be an error, each with a hint."""
    assert answer.is_error
    assert all(problem["hint"] for problem in answer.structured_content["problems"])
    return [problem["code"] for problem in answer.structured_content["problems"]]


async def test_an_agent_learns_what_the_tools_are_for() -> None:
    async with agent("http://127.0.0.1:9") as client:
        assert client.server_info.name == "videojob-mockserver"
        assert client.instructions is not None
        assert "mockserver serve --check" in client.instructions
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert list(tools) == ["sessions", "scenario", "advance", "explain", "findings"]
    for tool in tools.values():
        assert tool.description
        assert len(tool.description) > 100
        properties: Mapping[str, Any] = tool.input_schema["properties"]
        assert all(schema["description"].endswith(".") for schema in properties.values())
        assert tool.input_schema["additionalProperties"] is False
    read_only = {tool.name for tool in tools.values() if tool.annotations and tool.annotations.read_only_hint}
    assert read_only == {"explain", "findings"}


async def test_a_task_from_the_first_call_to_the_findings() -> None:
    with fake_server("phaseo@2026-06-11", judged=False, checker=ServerJudge(), known=KNOWN, token=TOKEN) as server:
        async with agent(server.url, MOCKSERVER_ADMIN_TOKEN=TOKEN) as client:
            created = await ask(client, "sessions", action="create", name="try 1", clock="manual")
            assert created["connect"]["phaseo"]["base_url"] == f"{server.url}/s/try%201/v/phaseo/v1"
            video = create_video(server, "try 1")
            moved = await ask(client, "advance", session="try 1", by="8h")
            assert [change["state"] for change in moved["happened"]] == ["processing", "completed"]
            latest = await ask(client, "explain", session="try 1")
            assert [answer["status"] for answer in latest["answers"]] == [200]
            why = await ask(client, "explain", session="try 1", request="last:create")
            assert "POST /v1/videos -> 200" in why["text"]
            found = await ask(client, "findings", session="try 1")
            assert found["judged"] == 1
            assert [job["job"] for job in found["jobs"]] == [video]
            again = await ask(client, "sessions", action="reset", name="try 1")
            assert again == {"name": "try 1", "epoch": 2}
            found = await ask(client, "scenario", action="search", words="cancel twice")
            assert [row["name"] for row in found["scenarios"]] == ["cancel-twice-400"]
            shown = await client.call_tool("scenario", {"action": "show", "name": "cancel-twice-400"})
            assert shown.content[0].text.startswith('{"name": "cancel-twice-400", "text": "')


async def test_every_problem_of_an_upload_has_its_place() -> None:
    with fake_server() as server:
        async with agent(server.url) as client:
            refused = await client.call_tool("scenario", {"action": "upload", "text": BROKEN, "file": "mine.yaml"})
    places = [(each["file"], each["line"], each["column"]) for each in refused.structured_content["problems"]]
    assert places == [("mine.yaml", 3, 1), ("mine.yaml", 5, 7)]


HINTS = {
    ("sessions", "create", "scenario"): 'The tool `scenario` lists them: {"action": "search"}.',
    ("sessions", "create", "name"): 'Choose another name, or begin it again: {"action": "reset"}.',
    ("scenario", "show", "name"): 'The tool `scenario` lists them: {"action": "search"}.',
    ("findings", "", "job"): "The tool `findings` without `job` has the newest jobs.",
}


async def test_a_hint_names_tools_and_no_calls_of_the_admin_api() -> None:
    with fake_server(judged=False, checker=ServerJudge()) as server:
        server.admin("sessions", {"name": "known"})
        server.request("GET", "/v1/videos")
        async with agent(server.url) as client:
            for (tool, action, argument), hint in HINTS.items():
                arguments = {"action": action, "name": "new", argument: "known"}
                if not action:
                    arguments = {argument: "known"}
                refused = await client.call_tool(tool, arguments)
                assert codes(refused)
                assert [each["hint"] for each in refused.structured_content["problems"]] == [hint]


async def test_errors_are_results_and_the_process_lives_on() -> None:
    with fake_server(token=TOKEN) as server:
        async with agent(server.url, "--admin-token", "wrong") as client:
            assert codes(await client.call_tool("findings", {})) == ["ADM000"]
            assert codes(await client.call_tool("nothing", {})) == ["MCP003"]
            assert codes(await client.call_tool("advance", {"by": 5, "to": "8h"})) == ["MCP003", "MCP003"]


async def test_a_server_that_goes_and_comes_back_is_found_again() -> None:
    with ExitStack() as first:
        server = first.enter_context(fake_server())
        port = urlsplit(server.url).port
        assert port is not None
        async with agent(server.url) as client:
            assert (await ask(client, "sessions", action="list"))["total"] == 0
            first.close()
            gone = await client.call_tool("sessions", {"action": "list"})
            assert codes(gone) == ["MCP002"]
            assert "`mockserver serve --check`" in gone.structured_content["problems"][0]["hint"]
            assert codes(await client.call_tool("advance", {})) == ["MCP002"]
            with serve_in_thread(server.app, port=port):
                assert (await ask(client, "sessions", action="list"))["total"] == 0
