"""The tool `explain`: why a request got its answer, or the latest answers of a session."""

from typing import Any, Final

from mockserver.client.admin import DEFAULT_SESSION, AdminClient, admin_path
from mockserver.core.text import truncate
from mockserver.mcp.link import ServerLink, checked_sessions
from mockserver.mcp.tool import SESSION_ARGUMENT, AgentTool, Arguments, ToolResult

DEFAULT_LATEST: Final = 5
MAX_LATEST: Final = 50
_MAX_BODY: Final = 1_000
"""Characters of a body in an answer."""


def run_explain(link: ServerLink, arguments: Arguments) -> ToolResult:
    """Explain one answer, or list the latest. Raises `MockError`."""
    with link.existing_session(str(arguments.get("session", DEFAULT_SESSION))) as admin:
        if "request" in arguments:
            return admin.get(admin_path("explain", str(arguments["request"])), explanation)
        return latest_answers(admin, int(arguments.get("latest", DEFAULT_LATEST)))


def explanation(answer: Any) -> ToolResult:
    """Return what an agent needs of an answer of `GET explain/ID`."""
    return {
        "text": str(answer["text"]),
        "status": answer["response"]["status"],
        "sent": truncate(answer["request"]["body"], _MAX_BODY),
        "answered": truncate(answer["response"]["body"], _MAX_BODY),
        "note": answer["note"],
        **{key: answer[key] for key in ("scope",) if key in answer},
    }


def latest_answers(admin: AdminClient, count: int) -> ToolResult:
    """Return the newest requests of a session with their answers, the newest last."""
    seen = admin.get("sessions", lambda answer: request_counts(answer).get(admin.session, 0))
    query = {"since": str(max(seen - count, 0))}
    entries = admin.get("journal", lambda answer: [entry_summary(entry) for entry in answer["entries"]], query)
    return {"session": admin.session, "requests": seen, "answers": entries[-count:]}


def request_counts(answer: Any) -> dict[str, int]:
    """Return how many requests each session had, from an answer of `GET sessions`."""
    return {str(each["name"]): int(each["requests"]) for each in checked_sessions(answer)["sessions"]}


def entry_summary(entry: Any) -> ToolResult:
    """Return what an agent needs of an entry of the journal."""
    request = entry["request"]
    summary = {
        "request": entry["request_id"],
        "at": entry["at"],
        "call": f"{request['method']} {request['path']}",
        "operation": entry["operation"],
        "job": entry["job"],
        "status": entry["response"]["status"],
        "note": entry["note"],
    }
    if entry.get("lost"):
        summary["lost"] = True
    return summary


EXPLAIN_TOOL: Final = AgentTool(
    name="explain",
    description=(
        "Why a request got its answer: the job's history up to then, the line of the scenario or the rule of the "
        "vendor that decided, and when the same request gets another answer. Without `request` it lists the latest "
        "requests of the session with their ids and statuses; `note` is the reason of a refusal. Every answer of "
        "the server carries its id in the header X-Mock-Request-Id."
    ),
    properties={
        "session": SESSION_ARGUMENT,
        "request": {
            "type": "string",
            "minLength": 1,
            "description": "A request id (`req_100000002`), `last`, or the last of an operation: `last:cancel`.",
        },
        "latest": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_LATEST,
            "default": DEFAULT_LATEST,
            "description": "Without `request`: how many of the latest answers to list.",
        },
    },
    required=(),
    is_read_only=True,
    run=run_explain,
)
