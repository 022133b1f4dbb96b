"""The admin calls about scenarios: which there are, their texts, and new ones that are sent while the server runs."""

import asyncio
from typing import Final

from mockserver.core.wire import Response
from mockserver.errors import MockError, Problem, nearest, refuse
from mockserver.scenario.model import Scenario
from mockserver.server.ask import Ask, flag, ok, one_of, required, text, wrong
from mockserver.server.problem import problem

MOST: Final = 500
"""Scenarios that can be sent to one server."""
LARGEST: Final = 32_000_000
"""Characters of all of them together; one alone may be as large as a file."""
FIELDS: Final = ("text", "file", "replace")
QUERY: Final = ("file", "replace")
"""With a YAML body."""


async def list_scenarios(ask: Ask) -> Response:
    """The scenarios that keys and sessions can name."""
    return ok({"scenarios": ask.hub.scenario_names()})


async def get_scenario(ask: Ask) -> Response:
    """A scenario's text, as it was read."""
    scenario = _found(ask, ask.params[0])
    return Response(200, (("Content-Type", "application/yaml; charset=utf-8"),), scenario.text.encode())


async def send_scenario(ask: Ask) -> Response:
    """A new scenario out of a file's text, checked as `serve` checks it; the answer has everything that is wrong."""
    source, file = required(ask, "text"), text(ask, "file") or ask.query.get("file", "") or "scenario.yaml"
    if not file.isprintable() or len(file) > 200:
        raise wrong("file is a name for messages", file, '{"file": "mine.yaml"}')
    replace = flag(ask, "replace") or one_of(ask, "replace", ("true", "false")) == "true"
    try:
        async with ask.hub.reading:
            scenario = await asyncio.to_thread(_compiled, ask, source, file)
    except MockError as error:
        return _refused(error)
    _make_room(ask, scenario, replace=replace)
    known = scenario.name in ask.hub.sent
    ask.hub.sent[scenario.name] = scenario
    older = ask.hub.playing(scenario.name)
    told = {"name": scenario.name, "vendor": scenario.vendor, "title": scenario.title or None, "replaced": known}
    return ok({**told, "key": f"scenario:{scenario.name}", "sessions": older}, 201)


async def forget_scenario(ask: Ask) -> Response:
    """Forget a scenario that was sent; sessions that play it go on."""
    name = ask.params[0]
    if name not in ask.hub.sent:
        raise refuse("ADM036", f"no scenario {name[:80]!r} was sent{nearest(name[:80], ask.hub.sent)}", "GET scenarios")
    del ask.hub.sent[name]
    return ok({"name": name, "deleted": True})


def _found(ask: Ask, name: str) -> Scenario:
    scenario = ask.hub.find_scenario(name)
    if scenario is None:
        near = nearest(name[:80], ask.hub.scenario_names())
        raise refuse("ADM036", f"no scenario {name[:80]!r}{near}", "GET /__mock/scenarios lists them")
    return scenario


def _compiled(ask: Ask, source: str, file: str) -> Scenario:
    """The scenario, checked against its vendor's tables and, where it speaks, against the captured contract."""
    from mockserver.scenario.compile import load  # YAML is read only where somebody sends a scenario

    settings = ask.hub.settings
    scenario = load(source.encode("utf-8", "surrogateescape"), settings.vendors, file=file)
    problems = settings.check_scenario(scenario, ask.hub.era_of(scenario))
    if problems:
        raise MockError(*problems)
    return scenario


def _refused(error: MockError) -> Response:
    """Everything that is wrong, each with its place, and as a person reads it on a terminal."""
    problems: tuple[Problem, ...] = error.problems
    first = problems[0]
    told = f"{first.location}: {first.message}" if len(problems) == 1 else f"{len(problems)} problems; {first.message}"
    listed = [found.json() for found in problems]
    hint = first.hint or "docs/scenario-language.md has the language"
    return problem(400, first.code, told, hint, problems=listed, text=str(error))


def _make_room(ask: Ask, scenario: Scenario, *, replace: bool) -> None:
    """Refuse a name that files have, unless told otherwise, and more than a server keeps."""
    hub, name = ask.hub, scenario.name
    if name not in hub.sent and name in hub.settings.scenario_names() and not replace:
        hint = "another name in `scenario:`, or replace=true to hide that file while this server runs"
        raise refuse("ADM037", f"the server has a file of the name {name!r}", hint)
    others = [sent for sent in hub.sent.values() if sent.name != name]
    if len(others) >= MOST or sum(len(sent.text) for sent in others) + len(scenario.text) > LARGEST:
        hint = "DELETE /__mock/scenarios/NAME forgets one"
        raise refuse("ADM038", f"a server keeps {MOST} scenarios, {LARGEST:,} characters in all", hint)
