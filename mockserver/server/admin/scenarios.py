"""The admin calls about scenarios: which there are, their texts, and new ones that are sent while the server runs."""

import asyncio
from typing import Final

from mockserver.core.wire import Response
from mockserver.errors import MockError, Problem, did_you_mean, refuse
from mockserver.scenario.model import Scenario
from mockserver.server.admin.call import (
    AdminCall,
    bool_field,
    choice_parameter,
    invalid_value,
    json_ok,
    required_text,
    text_field,
)
from mockserver.server.problem import problem_response

MAX_SCENARIOS: Final = 500
"""Scenarios that can be sent to one server."""
MAX_TOTAL_CHARACTERS: Final = 32_000_000
"""Characters of all of them together; one alone may be as large as a file."""
UPLOAD_FIELDS: Final = ("text", "file", "replace")
UPLOAD_PARAMETERS: Final = ("file", "replace")
"""With a YAML body."""


async def list_scenarios(call: AdminCall) -> Response:
    """The scenarios that keys and sessions can name."""
    return json_ok({"scenarios": call.registry.scenario_names()})


async def get_scenario(call: AdminCall) -> Response:
    """A scenario's text, as it was read."""
    scenario = _existing_scenario(call, call.path_params[0])
    return Response(200, (("Content-Type", "application/yaml; charset=utf-8"),), scenario.text.encode())


async def upload_scenario(call: AdminCall) -> Response:
    """A new scenario out of a file's text, checked as `serve` checks it; the answer has everything that is wrong."""
    source, file = (
        required_text(call, "text"),
        text_field(call, "file") or call.query.get("file", "") or "scenario.yaml",
    )
    if not file.isprintable() or len(file) > 200:
        raise invalid_value("file is a name for messages", file, '{"file": "mine.yaml"}')
    replace = bool_field(call, "replace") or choice_parameter(call, "replace", ("true", "false")) == "true"
    try:
        async with call.registry.upload_lock:
            scenario = await asyncio.to_thread(_compile_upload, call, source, file)
    except MockError as error:
        return _problems_response(error)
    _check_capacity(call, scenario, replace=replace)
    known = scenario.name in call.registry.uploaded
    call.registry.uploaded[scenario.name] = scenario
    older = call.registry.sessions_on_older(scenario.name)
    told = {"name": scenario.name, "vendor": scenario.vendor, "title": scenario.title or None, "replaced": known}
    return json_ok({**told, "key": f"scenario:{scenario.name}", "sessions": older}, 201)


async def delete_scenario(call: AdminCall) -> Response:
    """Forget a scenario that was sent; sessions that play it go on."""
    name = call.path_params[0]
    if name not in call.registry.uploaded:
        raise refuse(
            "ADM036",
            f"no scenario {name[:80]!r} was sent{did_you_mean(name[:80], call.registry.uploaded)}",
            "GET scenarios",
        )
    del call.registry.uploaded[name]
    return json_ok({"name": name, "deleted": True})


def _existing_scenario(call: AdminCall, name: str) -> Scenario:
    scenario = call.registry.find_scenario(name)
    if scenario is None:
        near = did_you_mean(name[:80], call.registry.scenario_names())
        raise refuse("ADM036", f"no scenario {name[:80]!r}{near}", "GET /__mock/scenarios lists them")
    return scenario


def _compile_upload(call: AdminCall, source: str, file: str) -> Scenario:
    """The scenario, checked against its vendor's tables and, where it speaks, against the captured contract."""
    from mockserver.scenario.compile import load_scenario  # YAML is read only where somebody sends a scenario

    settings = call.registry.settings
    scenario = load_scenario(source.encode("utf-8", "surrogateescape"), settings.vendors, file=file)
    problems = settings.check_scenario(scenario, call.registry.era_for(scenario))
    if problems:
        raise MockError(*problems)
    return scenario


def _problems_response(error: MockError) -> Response:
    """Everything that is wrong, each with its place, and as a person reads it on a terminal."""
    problems: tuple[Problem, ...] = error.problems
    first = problems[0]
    told = f"{first.location}: {first.message}" if len(problems) == 1 else f"{len(problems)} problems; {first.message}"
    listed = [found.json() for found in problems]
    hint = first.hint or "docs/scenario-language.md has the language"
    return problem_response(400, first.code, told, hint, problems=listed, text=str(error))


def _check_capacity(call: AdminCall, scenario: Scenario, *, replace: bool) -> None:
    """Refuse a name that files have, unless told otherwise, and more than a server keeps."""
    hub, name = call.registry, scenario.name
    if name not in hub.uploaded and name in hub.settings.scenario_names() and not replace:
        hint = "another name in `scenario:`, or replace=true to hide that file while this server runs"
        raise refuse("ADM037", f"the server has a file of the name {name!r}", hint)
    others = [sent for sent in hub.uploaded.values() if sent.name != name]
    if (
        len(others) >= MAX_SCENARIOS
        or sum(len(sent.text) for sent in others) + len(scenario.text) > MAX_TOTAL_CHARACTERS
    ):
        hint = "DELETE /__mock/scenarios/NAME forgets one"
        raise refuse(
            "ADM038", f"a server keeps {MAX_SCENARIOS} scenarios, {MAX_TOTAL_CHARACTERS:,} characters in all", hint
        )
