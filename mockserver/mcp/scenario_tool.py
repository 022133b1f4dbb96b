"""The tool `scenario`: finds scenarios, shows one, and uploads one with all problems of its text."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from mockserver.client.admin import admin_path
from mockserver.documentation import page_address
from mockserver.installed import installed_vendors
from mockserver.mcp.link import ServerLink
from mockserver.mcp.tool import AgentTool, Arguments, ToolResult, refuse_arguments
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.search import nearest_word, scenario_rows, search_scenarios

MAX_LISTED: Final = 20
"""Scenarios in an answer, the best matches."""
_NEEDED: Final[Mapping[str, str]] = {"show": "name", "upload": "text"}
"""The argument that an action cannot do without."""


def run_scenario(link: ServerLink, arguments: Arguments) -> ToolResult:
    """Search, show or upload scenarios. Raises `MockError`; for an upload, with each problem and its place."""
    action = str(arguments["action"])
    needed = _NEEDED.get(action)
    if needed is not None and needed not in arguments:
        raise refuse_arguments("scenario", f"{action} needs `{needed}`", f'{{"action": "{action}", "{needed}": "..."}}')
    return _ACTIONS[action](link, arguments)


def find_scenarios(link: ServerLink, arguments: Arguments) -> ToolResult:
    """Return the scenarios of the server that match all words, the best first."""
    words = str(arguments.get("words", ""))
    with link.admin() as admin:
        names = admin.get("scenarios", lambda answer: list(map(str, answer["scenarios"])))
    rows = [installed_rows().get(name, unknown_row(name)) for name in names]
    found = search_scenarios(rows, words)
    result: ToolResult = {"total": len(found), "scenarios": [dict(row) for row in found[:MAX_LISTED]]}
    if not found:
        result["note"] = f"no scenario matches {words!r}{nearest_word(rows, words)}; fewer words find more"
    return result


def show_scenario(link: ServerLink, arguments: Arguments) -> ToolResult:
    """Return the text of a scenario."""
    name = str(arguments["name"])
    with link.admin() as admin:
        return {"name": name, "text": admin.get_text(admin_path("scenarios", name))}


def upload_scenario(link: ServerLink, arguments: Arguments) -> ToolResult:
    """Add a scenario to the server, and say how it is played."""
    body = {key: arguments[key] for key in ("text", "file", "replace") if key in arguments}
    with link.admin() as admin:
        answer = admin.post("scenarios", dict, body)
    uploaded = {key: answer[key] for key in ("name", "vendor", "replaced", "key")}
    note = f"the tool sessions plays it: create a session with scenario {uploaded['name']!r}"
    if answer["sessions"]:
        note = f"{', '.join(answer['sessions'])} still play the older text: reset them"
    return {**uploaded, "note": note}


@cache
def installed_rows() -> Mapping[str, Mapping[str, str]]:
    """Return what this installation knows of its scenarios, by name; the server names them only."""
    return {row["name"]: row for row in scenario_rows(ScenarioLibrary(installed_vendors()))}


def unknown_row(name: str) -> Mapping[str, str]:
    """Return the row of a scenario that only the server has, such as an upload."""
    return {"name": name, "vendor": "", "title": "", "catches": ""}


_ACTIONS: Final[Mapping[str, Callable[[ServerLink, Arguments], ToolResult]]] = {
    "search": find_scenarios,
    "show": show_scenario,
    "upload": upload_scenario,
}

SCENARIO_TOOL: Final = AgentTool(
    name="scenario",
    description=(
        "Search, show or upload scenarios: YAML files that script how a job goes and how the API fails. search "
        "finds bundled ones by words (`cancel 409`, `rate limit`); show returns the text of one, the best template "
        "for your own; upload adds yours to the server. A text with mistakes is refused with every problem, its "
        f"line and column, and how to fix it. The language: {page_address('scenario-language')}"
    ),
    properties={
        "action": {"type": "string", "enum": list(_ACTIONS), "description": "What to do."},
        "words": {
            "type": "string",
            "description": "search: words that must all be in the name, the title or what the scenario catches.",
        },
        "name": {"type": "string", "minLength": 1, "description": "show: the name of the scenario."},
        "text": {
            "type": "string",
            "minLength": 1,
            "description": "upload: the YAML. The least is `scenario: NAME`, `vendor: reap` and what differs from an "
            "ordinary job: `timeline: [queued: 2s, processing: 60s, failed]`.",
        },
        "file": {"type": "string", "description": "upload: the name of the file in messages."},
        "replace": {
            "type": "boolean",
            "default": False,
            "description": "upload: also hide a file of the server that has the same name.",
        },
    },
    required=("action",),
    is_read_only=False,
    run=run_scenario,
)
