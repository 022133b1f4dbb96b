"""Admin calls with values of unexpected types: a problem, never an error of the server; and what they set works.

`MOCKSERVER_FUZZ=500` runs for about an hour.
"""

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario
from tests.support.admin_fuzz import EXAMPLES, AdminRequest, odd_requests
from tests.support.fake_server import FakeServer, fake_server
from tests.support.memory_transport import EXAMPLES_FACTOR

QUICK = load_scenario("scenario: quick\nvendor: reap\n", installed_vendors())


@pytest.fixture(scope="module")
def fuzzed_server() -> Iterator[FakeServer]:
    with fake_server(known=[QUICK], judged=False) as running:
        yield running


def send(server: FakeServer, request: AdminRequest, session: str) -> int:
    """Send an admin call for a session that has a job; return the status."""
    headers = {"X-Mock-Session": session, "Content-Type": "application/json"}
    job = json.loads(
        server.request("POST", "/__mock/jobs", {"vendor": "phaseo"}, headers).body
    )["jobs"][0]  # fmt: skip
    body = json.dumps(request.body).replace('"JOB"', json.dumps(job))
    answer = server.request(request.method, f"/__mock/{request.path.replace('JOB', job)}", body.encode(), headers)
    assert answer.status < 500 or answer.json["code"] in ("ADM033", "ADM042"), (request, answer.body)
    return answer.status


def use_all_vendors(server: FakeServer, session: str, request: AdminRequest) -> None:
    """Create, list and read jobs of every vendor: only a scripted fault may answer 5xx."""
    faults = server.admin("faults", session=session)["total"]
    for name, vendor in installed_vendors().served().items():
        era = vendor.eras[-1]
        created = server.admin("jobs", {"vendor": name}, session=session)["jobs"]
        assert created, request
        for operation in era.operations:
            if operation.method != "GET" or operation.plain_http_handler is not None:
                continue
            path = re.sub(r"{[^}]+}", created[0], operation.path)
            headers = {**era.auth_headers("fuzz"), "X-Mock-Session": session, "X-Mock-Delay": "skip"}
            try:
                answer = server.request("GET", path, headers=headers)
            except OSError:
                assert faults, request
                continue
            assert answer.status < 500 or faults or answer.status in (501, 502), (request, path, answer.body)
            assert b"SRV000" not in answer.body, (request, path)
    assert server.request("GET", "/__mock/jobs", headers={"X-Mock-Session": session}).status == 200


@pytest.mark.parametrize("place", range(len(EXAMPLES)))
def test_the_examples_work_before_they_are_changed(place):
    with fake_server(known=[QUICK], judged=False) as server:
        assert send(server, EXAMPLES[place], "s") < 300 or EXAMPLES[place].path in ("wait", "jobs/JOB/move")


@settings(max_examples=150 * EXAMPLES_FACTOR, deadline=None, suppress_health_check=list(HealthCheck))
@given(request=odd_requests())
def test_an_odd_value_is_a_problem_and_never_an_error(fuzzed_server, request):
    session = "fuzzed"
    try:
        if send(fuzzed_server, request, session) < 300 and request.path in ("limits", "faults", "webhooks", "jobs"):
            use_all_vendors(fuzzed_server, session, request)
    finally:
        for path in ("holds", f"sessions/{session}"):
            fuzzed_server.request("DELETE", f"/__mock/{path}", headers={"X-Mock-Session": session})
