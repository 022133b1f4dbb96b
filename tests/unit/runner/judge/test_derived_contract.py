"""A vendor without a contract is judged by its own tables."""

from dataclasses import replace

import pytest

from mockserver.core.lifecycle import Lifecycle
from mockserver.core.wire import Exchange, Request, Response
from mockserver.runner.judge.derived_contract import derive_capture, derive_rule_set, has_contract
from mockserver.runner.judge.judges import PlayJudge, ServerJudge
from mockserver.vendors.api import Era
from tests.support.packs import ATELIER

ERA = ATELIER.eras[-1]


def answer(method: str, path: str, body: bytes, second: int) -> Exchange:
    """Return an exchange that was answered at once."""
    at = second * 1_000_000
    response = Response(200, (("Content-Type", "application/json"),), body)
    return Exchange(Request(method, path), response, at, at, 2 * second, 2 * second + 1)


def shown(state: str, second: int) -> Exchange:
    """Return a read that shows a frame in a state."""
    return answer(
        "GET", "/v1/frames/fr_aaaaaaaaaaaa", b'{"id":"fr_aaaaaaaaaaaa","state":"%s"}' % state.encode(), second
    )


def rules_broken(*exchanges: Exchange, era: Era = ERA) -> list[str]:
    """Return the rules that the last of the exchanges breaks."""
    judge = PlayJudge(era)
    return [finding.rule for finding in [judge(exchange) for exchange in exchanges][-1]]


def test_only_a_vendor_with_captures_has_a_contract():
    assert has_contract("reap")
    assert not has_contract("atelier")


def test_every_call_of_the_vendor_is_known_and_may_answer_anything():
    capture = derive_capture(ERA)
    assert {operation.id for operation in capture.operations} == {operation.name for operation in ERA.operations}
    assert rules_broken(answer("GET", "/v1/health", b'{"ok":5}', 1)) == []


def test_a_job_may_move_as_its_lifecycle_does():
    assert rules_broken(shown("waiting", 1), shown("cutting", 2), shown("done", 3)) == []


def test_a_job_that_leaves_its_end_is_reported():
    assert rules_broken(shown("done", 1), shown("cutting", 2)) == ["D1"]


def test_a_cancel_may_lead_to_what_the_table_says():
    created = answer("POST", "/v1/frames", b'{"id":"fr_aaaaaaaaaaaa"}', 1)
    cancel = answer("POST", "/v1/frames/fr_aaaaaaaaaaaa/cancel", b"{}", 3)
    assert rules_broken(created, shown("waiting", 2), cancel, shown("scrapped", 4)) == []


def test_a_kind_that_does_not_show_its_state_is_not_followed():
    kinds = {name: replace(kind, status_field="") for name, kind in ERA.kinds.items()}
    assert derive_rule_set(replace(ERA, kinds=kinds)).resources == {}


def test_the_moves_are_those_of_the_lifecycle():
    resource = derive_rule_set(ERA).resources["frame"]
    lifecycle: Lifecycle = ERA.kinds["frame"].lifecycle
    assert resource.states.names[:-2] == lifecycle.states
    assert resource.bindings["create"].creates
    assert resource.bindings["delete"].clauses_by_status
    assert "list" not in resource.bindings


@pytest.mark.parametrize("pin", ["atelier@2026-06-01"])
def test_a_server_does_not_judge_what_it_has_no_contract_for(pin):
    judge = ServerJudge()
    assert judge("session@1", pin, shown("done", 1)) == ()
    assert judge.findings_of("session@1") == []
