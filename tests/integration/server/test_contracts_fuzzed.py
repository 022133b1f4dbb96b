"""Schemathesis generates valid and invalid requests from every capture, and the fake of that era answers them.

The capture judges the answers (`tests.support.fake_world`). These tests check that nothing hangs or breaks, and that
errors are JSON.
"""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

from mockserver.contract.documents.capture import Capture, load_capture
from tests.support.fake_server import FakeServer, fake_server
from tests.support.fake_world import ERAS
from tests.support.memory_transport import EXAMPLES_FACTOR

EXAMPLES = 60 * EXAMPLES_FACTOR
"""Requests for each capture and mode."""
SENT = {"POSITIVE": GenerationMode.POSITIVE, "NEGATIVE": GenerationMode.NEGATIVE}


def document(capture: Capture) -> dict[str, Any]:
    """Copy a capture's document, and check that its references stay within it."""
    found = copy.deepcopy(dict(capture.document))
    assert all(reference.startswith("#/") for reference in _references(found))
    return found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def known_ids(server: FakeServer, pin: str) -> list[str]:
    """Create new and old jobs of every kind, so that some requests find one."""
    era, found = ERAS[pin], []
    for _ in range(2):
        for kind in era.kinds:
            found += server.admin("jobs", {"vendor": era.vendor, "kind": kind, "count": 2})["jobs"]
        server.advance("1h")
    return found


def _documented(capture: Capture, case: Any, status: int) -> bool:
    """Return True if the capture documents this 5xx: cancel does not exist (501), or a provider has no file (502)."""
    operation = capture.find(case.method, case.path)
    return status in (501, 502) and operation is not None and operation.answer(status) is not None


@pytest.mark.parametrize("mode", SENT)
@pytest.mark.parametrize("pin", ERAS)
def test_generated_requests_get_valid_answers(pin, mode):
    era, capture = ERAS[pin], load_capture(*pin.split("@"))
    schema = schemathesis.openapi.from_dict(document(capture))
    operations = [found.ok() for found in schema.get_all_operations()]
    strategies = {operation.label: operation.as_strategy(generation_mode=SENT[mode]) for operation in operations}
    with fake_server(pin) as server, requests.Session() as session:
        session.trust_env = False
        ids = st.sampled_from(known_ids(server, pin))

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(data=st.data())
        def probe(data):
            case = data.draw(strategies[data.draw(st.sampled_from(sorted(strategies)))])
            if data.draw(st.booleans()):
                for place in (case.path_parameters, case.query, case.body):
                    for name in place if isinstance(place, dict) else ():
                        if name.lower().endswith("id"):
                            place[name] = data.draw(ids)
            server.advance("2m")
            request = case.as_transport_kwargs(base_url=server.url)
            if data.draw(st.sampled_from([True, True, True, False])):
                request["headers"].update(era.auth_headers("key"))
            answer = session.request(**request, timeout=10)
            assert answer.status_code < 500 or _documented(capture, case, answer.status_code), answer.text
            if answer.status_code >= 400:
                assert "json" in answer.headers["content-type"], case.as_curl_command()
                answer.json()

        probe()
        assert server.contract_observer.exchange_count
