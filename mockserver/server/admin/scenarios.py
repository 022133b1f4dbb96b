"""The admin calls about scenarios: list them, show their text, upload and delete them while the server runs."""

import asyncio
from typing import Final

from mockserver.core.text import pluralize
from mockserver.core.wire import Response
from mockserver.documentation import page_address
from mockserver.errors import MockError, refuse, refuse_unknown
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
from mockserver.server.session_keeper import unreadable_json

MAX_SCENARIOS: Final = 500
"""Scenarios that can be uploaded to one server."""
MAX_TOTAL_CHARACTERS: Final = 32_000_000
"""Characters of all uploaded scenarios together; one alone may be as large as a file."""
DEFAULT_FILE: Final = "scenario.yaml"
"""The name in messages of a scenario that has none."""
UPLOAD_FIELDS: Final = ("text", "file", "replace")
UPLOAD_PARAMETERS: Final = ("file", "replace")
"""The same for a YAML body, which has no fields."""


async def list_scenarios(call: AdminCall) -> Response:
    """List the names of the scenarios that keys and sessions can use."""
    return json_ok({"scenarios": call.registry.scenarios.names()})


async def get_scenario(call: AdminCall) -> Response:
    """Return a scenario's YAML text as it was loaded. Raises `MockError` ADM036."""
    name = call.path_params[0]
    scenario = call.registry.scenarios.find(name)
    if scenario is None:
        known = call.registry.scenarios.names()
        raise refuse_unknown("ADM036", "scenario", name, known, "GET /__mock/scenarios lists them.")
    return Response(200, (("Content-Type", "application/yaml; charset=utf-8"),), scenario.text.encode())


async def upload_scenario(call: AdminCall) -> Response:
    """Add a scenario from its YAML text, checked as `serve` checks a file; a refusal lists all problems.

    Raises `MockError` ADM002 or ADM003 for a field, ADM037 for the name of a file, ADM038 if the server is full.
    """
    source = required_text(call, "text")
    file = text_field(call, "file") or call.query.get("file") or DEFAULT_FILE
    replace = bool_field(call, "replace") or choice_parameter(call, "replace", ("true", "false")) == "true"
    catalogue = call.registry.scenarios
    compiled = await compile_upload(call, source, file)
    if isinstance(compiled, Response):
        return compiled
    scenario = compiled
    unread = call.registry.keeper.refresh_all()
    _check_capacity(call, scenario, replace=replace)
    replaced = scenario.name in catalogue.uploaded
    call.registry.keeper.uploaded(scenario)
    catalogue.uploaded[scenario.name] = scenario
    return json_ok(
        {
            "name": scenario.name,
            "vendor": scenario.vendor,
            "title": scenario.title or None,
            "replaced": replaced,
            "key": f"scenario:{scenario.name}",
            "sessions": call.registry.sessions_on_older(scenario.name),
            **unreadable_json(unread),
        },
        201,
    )


async def compile_upload(call: AdminCall, source: str, file: str) -> Scenario | Response:
    """Compile a scenario that a call brings, checked as `serve` checks a file; returns 400 with all its problems.

    `file` is its name in messages. Raises `MockError` ADM003 for a name that no message can show.
    """
    if not file.isprintable() or len(file) > 200:
        raise invalid_value("file must be a name for messages", file, '{"file": "mine.yaml"}')
    try:
        # In a thread, since compiling takes long enough to delay polls; one at a time, since a server that stops
        # waits for its threads.
        async with call.registry.scenarios.upload_lock:
            return await asyncio.to_thread(_compile_upload, call, source, file)
    except MockError as error:
        # All problems with their locations, and the text that a terminal would show.
        first = error.problems[0]
        detail = f"{first.location}: {first.message}"
        if len(error.problems) > 1:
            detail = f"{pluralize(len(error.problems), 'problem')}; {first.message}"
        hint = first.hint or f"{page_address('scenario-language')} has the language"
        listed = [problem.json() for problem in error.problems]
        return problem_response(400, first.code, detail, hint, problems=listed, text=str(error))


async def delete_scenario(call: AdminCall) -> Response:
    """Delete an uploaded scenario; sessions that play it go on. Raises `MockError` ADM036."""
    name = call.path_params[0]
    uploaded = call.registry.scenarios.uploaded
    if name not in uploaded:
        raise refuse_unknown("ADM036", "uploaded scenario", name, uploaded, "GET /__mock/scenarios lists them.")
    call.registry.keeper.removed(name)
    del uploaded[name]
    return json_ok({"name": name, "deleted": True})


def _compile_upload(call: AdminCall, source: str, file: str) -> Scenario:
    """Compile a scenario and check it against its vendor and its captured contract. Raises `MockError`."""
    # Imported late: a server that no scenario is uploaded to and that serves none never reads YAML.
    from mockserver.scenario.compile import load_scenario

    settings = call.registry.settings
    scenario = load_scenario(source.encode("utf-8", "surrogateescape"), settings.vendors, file=file)
    problems = settings.check_scenario(scenario, call.registry.settings.era_for(scenario))
    if problems:
        raise MockError(*problems)
    return scenario


def _check_capacity(call: AdminCall, scenario: Scenario, *, replace: bool) -> None:
    """Raise `MockError` ADM037 if a file has the name and `replace` is false, ADM038 if the server is full."""
    registry = call.registry
    name = scenario.name
    if name not in registry.scenarios.uploaded and name in registry.settings.scenario_names() and not replace:
        hint = "choose another name, or pass replace=true to hide the file while this server runs"
        raise refuse("ADM037", f"the server has a scenario file named {name!r}", hint)
    # The scenario that this one replaces makes room for it.
    others = [uploaded for uploaded in registry.scenarios.uploaded.values() if uploaded.name != name]
    characters = sum(len(other.text) for other in others) + len(scenario.text)
    if len(others) >= MAX_SCENARIOS or characters > MAX_TOTAL_CHARACTERS:
        message = f"a server keeps at most {MAX_SCENARIOS} uploaded scenarios, {MAX_TOTAL_CHARACTERS:,} characters"
        raise refuse("ADM038", message, "DELETE /__mock/scenarios/NAME deletes one")
