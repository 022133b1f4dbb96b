"""The tool `sessions`: lists, creates and resets sessions, and says how a client reaches one."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from mockserver.client.admin import session_url
from mockserver.core.clock import ClockMode
from mockserver.core.instants import parse_duration
from mockserver.installed import installed_vendors
from mockserver.mcp.link import ServerLink, checked_sessions
from mockserver.mcp.tool import AgentTool, Arguments, ToolResult, refuse_arguments
from mockserver.vendors.api import Vendor

MAX_LISTED: Final = 20
"""Sessions in an answer, the newest."""
_ANY_KEY: Final = "any-key"
"""The API key in the answers: the base URL names the session, so that a client may send any key."""


def run_sessions(link: ServerLink, arguments: Arguments) -> ToolResult:
    """List, create or reset sessions. Raises `MockError`."""
    action = str(arguments["action"])
    if action != "list" and "name" not in arguments:
        raise refuse_arguments("sessions", f"{action} needs a name", f'{{"action": "{action}", "name": "try-1"}}')
    return _ACTIONS[action](link, arguments)


def list_sessions(link: ServerLink, arguments: Arguments) -> ToolResult:
    """Return the newest sessions."""
    with link.admin() as admin:
        answer = admin.get("sessions", checked_sessions)
    newest = list(reversed(answer["sessions"]))[:MAX_LISTED]
    return {**answer, "sessions": list(map(session_summary, newest))}


def create_session(link: ServerLink, arguments: Arguments) -> ToolResult:
    """Create a session; the answer has the base URL and the variables for the clients of each vendor."""
    body = {key: arguments[key] for key in ("name", "scenario", "clock", "seed", "vendors") if key in arguments}
    with link.admin() as admin:
        session = admin.post("sessions", session_summary, body)
    installed = installed_vendors()
    url = session_url(link.url, session["name"])
    known = [installed[name] for name in session["vendors"] if name in installed]
    return {**session, "connect": {vendor.name: connection(vendor, f"{url}/v/{vendor.name}") for vendor in known}}


def reset_session(link: ServerLink, arguments: Arguments) -> ToolResult:
    """Begin a session again: the same scenario, seed and clock, without jobs and history."""
    with link.existing_session(str(arguments["name"])) as admin:
        return admin.post("reset", lambda answer: dict(answer["sessions"][0]))


def session_summary(session: Any) -> ToolResult:
    """Return what an agent needs of a session, from the admin API's JSON."""
    step = parse_duration(session["auto"]) if "auto" in session else None
    return {
        "name": str(session["name"]),
        "epoch": session["epoch"],
        "scenario": session["scenario"],
        "clock": str(ClockMode(session["rate"], step or 0)),
        "now": session["now"],
        "requests": session["requests"],
        "seed": session["seed"],
        "vendors": dict(session["vendors"]),
    }


def connection(vendor: Vendor, base_url: str) -> Mapping[str, Any]:
    """Return how a client of a vendor reaches a session: base URL, API key, and the variables that SDKs read."""
    variables = vendor.environment(base_url, _ANY_KEY)
    return {
        "base_url": base_url + vendor.eras[-1].prefix,
        "api_key": vendor.own_key(_ANY_KEY),
        "environment": dict(variables),
    }


_ACTIONS: Final[Mapping[str, Callable[[ServerLink, Arguments], ToolResult]]] = {
    "list": list_sessions,
    "create": create_session,
    "reset": reset_session,
}

SESSIONS_TOOL: Final = AgentTool(
    name="sessions",
    description=(
        "List, create or reset sessions of the fake server. Begin here: create a session for your task, then point "
        "the client under test at `connect.VENDOR.base_url` of the answer, with any API key. A session plays one "
        "scenario (see the tool `scenario`), or without one an ordinary job that completes after about half a "
        "minute of its clock. reset starts the same session again, without jobs and history."
    ),
    properties={
        "action": {"type": "string", "enum": list(_ACTIONS), "description": "What to do."},
        "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "The session to create or reset, a name of your choice: `try-1`.",
        },
        "scenario": {"type": "string", "description": "create: the name of the scenario that it plays."},
        "clock": {
            "type": "string",
            "description": "create: how its time runs. `auto`: each poll of a running job moves the clock by what the "
            "answer asks clients to wait, so that nothing sleeps; `manual`: only the tool `advance` moves it; `real`; "
            "`x60`: an hour in a minute.",
        },
        "seed": {"type": "string", "description": "create: the seed of its ids; the same seed, the same bytes."},
        "vendors": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": 'create: the eras of APIs, by date: {"phaseo": "2026-06-11"}. The newest by default.',
        },
    },
    required=("action",),
    is_read_only=False,
    run=run_sessions,
)
