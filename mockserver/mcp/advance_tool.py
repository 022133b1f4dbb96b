"""The tool `advance`: reads or moves the clock of a session, and says what happened meanwhile."""

from typing import Any, Final

from mockserver.client.admin import DEFAULT_SESSION
from mockserver.mcp.link import ServerLink
from mockserver.mcp.tool import SESSION_ARGUMENT, AgentTool, Arguments, ToolResult, refuse_arguments

MAX_LISTED: Final = 50
"""Changes of state in an answer, the earliest."""
_VERBS: Final = {"by": "advance", "auto": "auto"}
"""The verb of the admin API for each argument."""


def run_advance(link: ServerLink, arguments: Arguments) -> ToolResult:
    """Move the clock, or read it if no move is given. Raises `MockError`."""
    moves = {verb: arguments[name] for name, verb in _VERBS.items() if name in arguments}
    if len(moves) > 1:
        raise refuse_arguments("advance", "by and auto contradict each other", "Make two calls.")
    with link.existing_session(str(arguments.get("session", DEFAULT_SESSION))) as admin:
        if not moves:
            return admin.get("clock", clock_summary)
        return admin.post("clock", clock_summary, moves)


def clock_summary(answer: Any) -> ToolResult:
    """Return what an agent needs of an answer of `/__mock/clock`."""
    summary = {key: answer[key] for key in ("session", "now", "elapsed", "frozen", "rate")}
    if "auto" in answer:
        summary["auto"] = answer["auto"]
    happened = list(answer.get("happened", []))
    summary["happened"] = happened[:MAX_LISTED]
    summary["more"] = int(answer.get("total", 0)) - len(summary["happened"])
    summary["webhooks_sent"] = answer.get("deliveries", 0)
    return summary


ADVANCE_TOOL: Final = AgentTool(
    name="advance",
    description=(
        "Move the virtual clock of a session, and get every change of a job's state that happened meanwhile, with "
        "its cause. Hours pass at once; webhooks that fall due are sent before the answer. Without `by` and `auto` "
        "it reads the clock. Time only moves forward: to start over, reset the session."
    ),
    properties={
        "session": SESSION_ARGUMENT,
        "by": {"type": "string", "description": "How far: `250ms`, `30s`, `1m30s`, `8h`."},
        "auto": {
            "type": "string",
            "description": "From now on each poll of a running job moves the clock by what the answer asks clients to "
            "wait, or by this if it says nothing: `5s`.",
        },
    },
    required=(),
    is_read_only=False,
    run=run_advance,
)
