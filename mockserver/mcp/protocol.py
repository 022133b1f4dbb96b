"""The tools on standard input and output, in the Model Context Protocol; the one module that imports the SDK.

A refusal is a result that is marked as an error, with code and hint, never the end of the process: the agent reads it
and goes on.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from mockserver import __version__
from mockserver.client.admin import in_other_words
from mockserver.errors import MockError, refuse_unknown
from mockserver.mcp.advance_tool import ADVANCE_TOOL
from mockserver.mcp.explain_tool import EXPLAIN_TOOL
from mockserver.mcp.findings_tool import FINDINGS_TOOL
from mockserver.mcp.link import START_COMMAND, ServerLink
from mockserver.mcp.scenario_tool import SCENARIO_TOOL
from mockserver.mcp.session_tool import SESSIONS_TOOL
from mockserver.mcp.tool import AgentTool

TOOLS: Final[Mapping[str, AgentTool]] = {
    tool.name: tool for tool in (SESSIONS_TOOL, SCENARIO_TOOL, ADVANCE_TOOL, EXPLAIN_TOOL, FINDINGS_TOOL)
}
INSTRUCTIONS: Final = (
    "A fake server for asynchronous video-job APIs (Phaseo, TwelveLabs, Reap; with --vendor NAME also anthropic, fal, "
    "openai, replicate, runway) in virtual time, to run a client against without the vendor. It runs in a process of "
    f"its own: `{START_COMMAND}`. 1. sessions: create one with clock auto and, for a failure, a scenario. 2. Run the "
    "client against connect.VENDOR.base_url. 3. advance, if it waits for hours. 4. explain an answer that surprises "
    "you. 5. findings: what the client did wrong. To keep a bug, write it as a scenario, upload it, and commit the "
    "file. `mockserver mcp --skill` prints a page with all of this."
)
Redaction = Callable[[str], str]
_WORDS: Final = (
    (r"GET /__mock/scenarios lists them", 'The tool `scenario` lists them: {"action": "search"}'),
    (r"GET /__mock/sessions lists them", 'The tool `sessions` lists them: {"action": "list"}'),
    (r"^GET /__mock/jobs$", "The tool `findings` without `job` has the newest jobs."),
    (r"or delete it: DELETE /__mock/sessions/.+", 'or begin it again: {"action": "reset"}.'),
)
"""Patterns of hints of the admin API, with what an agent can do by the tools."""


def serve_stdio(link: ServerLink, redact: Redaction) -> None:
    """Answer one client until it closes standard input. `redact` is applied to every text in an answer.

    The SDK takes the two streams for itself: until the end, all other output goes to stderr.
    """
    server = mcp_server(link, redact)

    async def serve() -> None:
        async with stdio_server() as (received, sent):
            await server.run(received, sent, server.create_initialization_options())

    asyncio.run(serve())


def mcp_server(link: ServerLink, redact: Redaction) -> Server[Any]:
    """Return the server of the protocol."""

    async def list_tools(context: object, params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=list(map(tool_description, TOOLS.values())))

    async def call_tool(context: object, params: CallToolRequestParams) -> CallToolResult:
        # In a thread: a tool waits for the server, and the client may cancel or ping meanwhile.
        return await asyncio.to_thread(tool_result, link, redact, params)

    return Server(
        "videojob-mockserver",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def tool_description(tool: AgentTool) -> Tool:
    """Return a tool as the protocol describes it."""
    hints = ToolAnnotations(read_only_hint=tool.is_read_only, destructive_hint=False, open_world_hint=False)
    return Tool(name=tool.name, description=tool.description, input_schema=tool.input_schema(), annotations=hints)


def find_tool(name: str) -> AgentTool:
    """Return the tool of that name. Raises `MockError` MCP003, with the nearest name."""
    if name not in TOOLS:
        raise refuse_unknown("MCP003", "tool", name, TOOLS)
    return TOOLS[name]


def tool_result(link: ServerLink, redact: Redaction, params: CallToolRequestParams) -> CallToolResult:
    """Run a tool; its result, or the problems of a refusal, as JSON and as the same JSON in a text."""
    try:
        result = find_tool(params.name).call(link, params.arguments or {})
        is_error = False
    except MockError as error:
        result = {"problems": [shown_problem(problem.json()) for problem in error.problems]}
        is_error = True
    shown = redacted_value(result, redact)
    text = json.dumps(shown, ensure_ascii=False)
    return CallToolResult(content=[TextContent(text=text)], structured_content=shown, is_error=is_error)


def shown_problem(problem: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON of a problem without its empty fields, with its hint in words of the tools."""
    hint = in_other_words(str(problem["hint"]), _WORDS)
    return {key: value for key, value in {**problem, "hint": hint}.items() if value}


def redacted_value(value: Any, redact: Redaction) -> Any:
    """Return JSON with a redaction applied to each of its texts; names of fields are this package's own."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: redacted_value(each, redact) for key, each in value.items()}
    if isinstance(value, list):
        return [redacted_value(each, redact) for each in value]
    return value
