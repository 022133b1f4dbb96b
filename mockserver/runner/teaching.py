"""Sees to it that a server of ours knows the scenarios that shall be played on it: what it lacks is sent to it."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode

from mockserver.core.wire import Request
from mockserver.errors import MockError, nearest, refuse
from mockserver.runner.wire import Wire, admin_answer
from mockserver.scenario.model import Scenario

_OLDER = "ADM001"
"""What a server answers that cannot be sent a scenario."""
_HAS_A_FILE = "ADM037"
"""What it answers where it has a file of the name: then it plays that."""


def make_known(wire: Wire, scenarios: Sequence[Scenario]) -> None:
    """Send a server the scenarios that it does not know, and those that it was sent before they were changed.

    Raises `MockError`: RUN003 where it cannot take them, RUN002 with its own reason where it will not.
    """
    known = admin_answer(wire, Request("GET", "/__mock/scenarios"))["scenarios"]
    unknown = [scenario for scenario in scenarios if not _send(wire, scenario, known)]
    if unknown:
        names = ", ".join(f"{scenario.name}{nearest(scenario.name, known)}" for scenario in unknown)
        hint = "Start that server in the folder whose `scenarios/` has the files, or play without --base-url."
        raise refuse("RUN003", f"{wire.base_url} does not know: {names}", hint)


def _send(wire: Wire, scenario: Scenario, known: Iterable[str]) -> bool:
    """Let the server know a scenario; whether it knows it now."""
    if scenario.name in known and _text(wire, scenario.name) == scenario.text.encode():
        return True
    query = urlencode({"file": scenario.path[-200:]}) if scenario.path else ""
    headers = {"content-type": "application/yaml"}
    try:
        admin_answer(wire, Request("POST", "/__mock/scenarios", query, headers, scenario.text.encode()))
    except MockError as error:
        found = error.problems[0]
        if found.code in (_OLDER, _HAS_A_FILE):
            return scenario.name in known
        raise refuse("RUN002", f"{scenario.name}: {found.code} {found.message}", found.hint) from None
    return True


def _text(wire: Wire, name: str) -> bytes:
    headers = {"authorization": f"Bearer {wire.token}"} if wire.token else {}
    return wire.ask(Request("GET", f"/__mock/scenarios/{quote(name)}"), headers).body
