"""Upload of scenarios to a mock server that does not have them, or has an older upload of them."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlencode

from mockserver.client.admin import call_admin
from mockserver.client.http import HttpClient
from mockserver.core.wire import Request
from mockserver.errors import MockError, did_you_mean, refuse
from mockserver.scenario.model import Scenario

_UPLOAD_UNSUPPORTED: Final = "ADM001"
"""The answer's code of a server without the upload call."""
_NAME_TAKEN: Final = "ADM037"
"""The answer's code if the server has a file of that name, which it then plays."""


def upload_missing(client: HttpClient, scenarios: Sequence[Scenario]) -> None:
    """Upload the scenarios that a server lacks, and those that changed since their last upload.

    Raises `MockError`: RUN003 if the server does not accept uploads, RUN002 with the server's reason if it refuses one.
    """
    known = call_admin(
        client, Request("GET", "/__mock/scenarios"), lambda body: [str(name) for name in body["scenarios"]]
    )
    unknown = []
    for scenario in scenarios:
        if scenario.name in known:
            request = Request("GET", f"/__mock/scenarios/{quote(scenario.name)}")
            if client.send(request, client.admin_headers).body == scenario.text.encode():
                continue
        query = ""
        if scenario.path:
            query = urlencode({"file": scenario.path[-200:]})
        headers = {"content-type": "application/yaml"}
        try:
            call_admin(client, Request("POST", "/__mock/scenarios", query, headers, scenario.text.encode()), dict)
        except MockError as error:
            problem = error.problems[0]
            if problem.code not in (_UPLOAD_UNSUPPORTED, _NAME_TAKEN):
                raise refuse("RUN002", f"{scenario.name}: {problem.code} {problem.message}", problem.hint) from None
            # The server's own file of that name wins over the uploaded text.
            if scenario.name not in known:
                unknown.append(scenario)
    if unknown:
        names = ", ".join(f"{scenario.name}{did_you_mean(scenario.name, known)}" for scenario in unknown)
        hint = "Start that server in the folder whose `scenarios/` has the files, or play without --base-url."
        raise refuse("RUN003", f"{client.base_url} does not have: {names}", hint)
