"""The contract of a vendor without captures derives from whatever is named for it."""

import pytest

from mockserver.contract.documents.capture import captured_eras, load_capture, parse_derived, resolve_era
from mockserver.contract.documents.derived import (
    Derivation,
    DerivedContract,
    active_derivation,
    derivable_vendors,
    derived_contract,
    deriving_with,
)
from mockserver.contract.eras.recording import BY_TABLES, BY_TABLES_ALONE, judge_recording
from mockserver.contract.judge.exchange import judge_exchange
from mockserver.contract.rules.rule_set import load_rule_set, rules_equivalence_key
from mockserver.core.wire import Exchange, Request, Response
from mockserver.errors import MockError

POT = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "state": {"enum": ["raw", "fired"]}},
}
CAPTURE = {
    "openapi": "3.1.0",
    "info": {"title": "pottery", "version": "1"},
    "paths": {
        "/kiln/{id}": {
            "get": {"operationId": "get", "responses": {"200": {"content": {"application/json": {"schema": POT}}}}}
        }
    },
}
RESOURCES = {
    "pot": {
        "status": "/state",
        "states": ["raw", "fired"],
        "terminal": ["fired"],
        "moves": {"raw": ["fired"]},
        "operations": {"get": {"id": "path id", "shows": {"200": ""}}},
    }
}
DATES = ("2026-01-01", "2026-02-01")
POTTERY = Derivation(
    vendors=lambda: ["pottery", "reap"],
    derive=lambda name: (
        DerivedContract(dict.fromkeys(DATES, CAPTURE), dict.fromkeys(DATES, RESOURCES)) if name == "pottery" else None
    ),
)


@pytest.fixture
def _pottery():
    """Derive the contract of the pottery while the test runs."""
    with deriving_with(POTTERY):
        yield


def shown(state: str, number: int, **headers: str) -> Exchange:
    """Return a read of a pot in a state."""
    fields = (("Content-Type", "application/json"), *((name.replace("_", "-"), text) for name, text in headers.items()))
    response = Response(200, fields, b'{"id":"p","state":"%s"}' % state.encode())
    request = Request("GET", "/kiln/p", headers={"host": "pots.example.com"})
    return Exchange(request, response, number, number, 2 * number, 2 * number + 1)


def test_nothing_is_derived_unless_it_is_said_how():
    assert derived_contract("pottery", None) is None
    assert derivable_vendors(None) == frozenset()
    with pytest.raises(MockError, match="CON005"):
        captured_eras("pottery")


@pytest.mark.usefixtures("_pottery")
def test_a_vendor_with_captures_keeps_its_contract(tmp_path):
    assert derivable_vendors(None) == {"pottery"}
    assert derived_contract("reap", None) is None
    assert derived_contract("pottery", tmp_path) is None
    assert derivable_vendors(tmp_path) == frozenset()


@pytest.mark.usefixtures("_pottery")
def test_its_eras_are_those_of_the_tables():
    assert captured_eras("pottery") == DATES
    assert resolve_era("pottery", "2026-01-20") == "2026-01-01"
    capture = load_capture("pottery", "2026-01-20")
    assert capture.is_derived
    assert load_capture("pottery", "2026-01-01") is capture


@pytest.mark.usefixtures("_pottery")
def test_its_rules_are_those_for_all_vendors_and_one_for_each_kind_of_job():
    rule_set = load_rule_set("pottery")
    assert rule_set.is_derived
    assert rule_set.rules[0].statement == "a pot that has ended does not move again"
    assert not load_rule_set("reap").is_derived
    keys = {rules_equivalence_key("pottery", date, None) for date in DATES}
    assert len(keys) == 2


@pytest.mark.usefixtures("_pottery")
def test_a_recording_is_recognized_and_judged_by_it():
    report = judge_recording([shown("fired", 1), shown("raw", 2)])
    (judgement,) = report.judgements
    assert judgement.vendor == "pottery"
    assert judgement.chosen.endswith(BY_TABLES)
    assert "D1" in {finding.rule for finding in judgement.findings}


@pytest.mark.usefixtures("_pottery")
def test_answers_of_a_mock_server_are_named_as_such():
    (judgement,) = judge_recording([shown("raw", 1, X_Mock_Request_Id="req_1")]).judgements
    assert judgement.chosen.endswith(BY_TABLES_ALONE)


@pytest.mark.usefixtures("_pottery")
def test_a_call_below_its_prefix_is_its_own():
    call = Exchange(Request("GET", "/v/pottery/nothing"), Response(404), 1, 1, 2, 3)
    (judgement,) = judge_recording([call]).judgements
    assert judgement.counts.unknown_calls == {"GET /nothing": 1}


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("/kiln/p", "pottery@2026-01-01 the vendor's own tables, operation get"),
        ("/nothing", "pottery@2026-01-01 the vendor's own tables"),
    ],
)
def test_a_finding_names_the_tables_and_not_a_place_in_a_document(path, source):
    capture = parse_derived(CAPTURE, "pottery", "2026-01-01")
    exchange = Exchange(Request("GET", path), Response(418), 1, 1, 2, 3)
    (finding,) = judge_exchange(capture, exchange)
    assert finding.source == source
    assert finding.hint == "Give the answer that the vendor's tables have, or correct those if the API answers so."


def test_another_process_can_derive_as_this_one_does():
    assert active_derivation() is None
    with deriving_with(POTTERY):
        assert active_derivation() is POTTERY
