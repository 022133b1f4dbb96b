"""Sees to it that a server of ours knows the scenarios that shall be played on it: what it lacks is sent to it."""

from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlencode

from mockserver.core.wire import Request
from mockserver.errors import MockError, did_you_mean, refuse
from mockserver.runner.targets.http_client import HttpClient, call_admin
from mockserver.scenario.model import Scenario

_UPLOAD_UNSUPPORTED = "ADM001"
"""What a server answers that cannot be sent a scenario."""
_NAME_TAKEN = "ADM037"
"""What it answers where it has a file of the name: then it plays that."""


def upload_missing(client: HttpClient, scenarios: Sequence[Scenario]) -> None:
    """Send a server the scenarios that it does not know, and those that it was sent before they were changed.

    Raises `MockError`: RUN003 where it cannot take them, RUN002 with its own reason where it will not.
    """
    known = call_admin(client, Request("GET", "/__mock/scenarios"))["scenarios"]
    unknown = [scenario for scenario in scenarios if not _upload(client, scenario, known)]
    if unknown:
        names = ", ".join(f"{scenario.name}{did_you_mean(scenario.name, known)}" for scenario in unknown)
        hint = "Start that server in the folder whose `scenarios/` has the files, or play without --base-url."
        raise refuse("RUN003", f"{client.base_url} does not know: {names}", hint)


def _upload(client: HttpClient, scenario: Scenario, known: Iterable[str]) -> bool:
    """Let the server know a scenario; whether it knows it now."""
    if scenario.name in known and _fetch_scenario_text(client, scenario.name) == scenario.text.encode():
        return True
    query = urlencode({"file": scenario.path[-200:]}) if scenario.path else ""
    headers = {"content-type": "application/yaml"}
    try:
        call_admin(client, Request("POST", "/__mock/scenarios", query, headers, scenario.text.encode()))
    except MockError as error:
        found = error.problems[0]
        if found.code in (_UPLOAD_UNSUPPORTED, _NAME_TAKEN):
            return scenario.name in known
        raise refuse("RUN002", f"{scenario.name}: {found.code} {found.message}", found.hint) from None
    return True


def _fetch_scenario_text(client: HttpClient, name: str) -> bytes:
    headers = {"authorization": f"Bearer {client.token}"} if client.token else {}
    return client.send(Request("GET", f"/__mock/scenarios/{quote(name)}"), headers).body
