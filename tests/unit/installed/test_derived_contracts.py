"""A vendor without a contract is judged by its own tables."""

import orjson
import pytest

from mockserver.contract.documents.capture import load_capture
from mockserver.contract.documents.derived import Derivation, derivable_vendors, derived_contract, deriving_with
from mockserver.contract.eras.recording import BY_TABLES, BY_TABLES_ALONE, judge_recording
from mockserver.contract.rules.rule_set import load_rule_set, rules_equivalence_key
from mockserver.core.lifecycle import Lifecycle
from mockserver.core.wire import Exchange, Request, Response
from mockserver.installed.derived_contracts import (
    derive_capture,
    derive_contract,
    derive_installed,
    derive_rule_set,
    has_contract,
)
from mockserver.runner.judge.judges import PlayJudge, ServerJudge
from mockserver.vendors.api import Era, Role
from tests.support.packs import ATELIER, PackWorld, unlimited
from tests.support.toy_vendor import ERA as TOY_ERA

ERA = ATELIER.eras[-1]
ATELIER_TABLES = Derivation(
    vendors=lambda: ["atelier", "reap"], derive=lambda name: derive_contract(ATELIER) if name == "atelier" else None
)


class Recorder:
    """Records what is sent to a world of the atelier, and lets answers be changed."""

    def __init__(self, world: PackWorld) -> None:
        self.world = world
        self.exchanges: list[Exchange] = []

    def send(
        self, method: str, path: str, *, status: int | None = None, like: Exchange | None = None, **members: object
    ) -> Exchange:
        """Send a request, and record its answer with another status, that of another, or with other members."""
        body = dict(ERA.main_kind.example) if method == "POST" and path.endswith("frames") else None
        response = self.world.send(method, path, body)
        if like is not None and like.response is not None:
            response = like.response
        shown = response.body
        if members:
            shown = orjson.dumps({**orjson.loads(shown), **members})
        number = len(self.exchanges) + 1
        at = int(self.world.elapsed * 1_000_000)
        answer = Response(status or response.status, response.headers, shown)
        exchange = Exchange(Request(method, path), answer, at, at, 2 * number, 2 * number + 1)
        self.exchanges.append(exchange)
        return exchange

    def create(self) -> str:
        """Create a frame; return its path."""
        answer = self.send("POST", "/v1/studios/main/frames").response
        assert answer is not None
        return f"/v1/frames/{orjson.loads(answer.body)['id']}"


@pytest.fixture
def recorder():
    return Recorder(unlimited(date="2026-06-01"))


def broken(recorder: Recorder, era: Era = ERA) -> list[str]:
    """Return the rules that the exchanges break, each once."""
    judge = PlayJudge(era)
    return list(dict.fromkeys(finding.rule for exchange in recorder.exchanges for finding in judge(exchange)))


def test_only_a_vendor_with_captures_has_a_contract():
    assert has_contract("reap")
    assert not has_contract("atelier")


def test_every_call_of_the_vendor_is_known():
    ids = {operation.id for operation in derive_capture(ERA).operations}
    assert ids == {operation.name for operation in ERA.operations}


def test_the_fake_keeps_what_its_own_tables_say(recorder):
    frame = recorder.create()
    for second in (0, 3, 13, 20):
        recorder.world.elapsed = second
        for path in (frame, f"{frame}/status", f"{frame}/photo", "/v1/frames", "/v1/health", "/v1/ping"):
            recorder.send("GET", path)
    recorder.send("POST", f"{frame}/cancel")
    recorder.send("GET", frame)
    recorder.send("GET", "/v1/frames/fr_111111111111")
    assert broken(recorder) == []


@pytest.mark.parametrize(
    ("status", "members", "rule"),
    [
        (418, {}, "S1"),
        (None, {"created": 5}, "S3"),
        (None, {"state": "drying"}, "S5"),
        (None, {"id": "frame 1"}, "S9"),
        (None, {"state": "cutting"}, None),
    ],
)
def test_a_status_and_the_members_of_the_body_are_those_of_the_pack(recorder, status, members, rule):
    frame = recorder.create()
    recorder.send("GET", frame, status=status, **members)
    assert broken(recorder) == [rule] * (rule is not None)


def test_a_job_that_leaves_its_end_is_reported(recorder):
    frame = recorder.create()
    recorder.world.elapsed = 30
    recorder.send("GET", frame)
    recorder.send("GET", frame, state="cutting")
    assert broken(recorder) == ["D1"]


def test_a_cancel_is_accepted_only_where_its_table_accepts_it(recorder):
    frame = recorder.create()
    recorder.world.elapsed = 13
    gluing = recorder.send("GET", frame)
    recorder.send("POST", f"{frame}/cancel", like=gluing)
    recorder.send("GET", frame)
    assert broken(recorder) == ["D1"]


def test_a_cancel_that_its_table_accepts_is_not_refused(recorder):
    late = recorder.create()
    recorder.world.elapsed = 13
    refusal = recorder.send("POST", f"{late}/cancel")
    frame = recorder.create()
    recorder.send("GET", frame)
    recorder.send("POST", f"{frame}/cancel", like=refusal)
    recorder.send("GET", frame, state="waiting")
    assert broken(recorder) == ["L7a"]


def test_a_cancelled_job_is_shown_as_the_table_says(recorder):
    frame = recorder.create()
    recorder.send("POST", f"{frame}/cancel")
    recorder.send("GET", frame)
    assert broken(recorder) == []


def test_a_job_that_vanishes_by_itself_is_not_missed(recorder):
    frame = recorder.create()
    recorder.send("GET", frame)
    recorder.world.elapsed = 25 * 3600
    recorder.send("GET", frame)
    assert broken(recorder) == []


def test_a_kind_that_does_not_show_its_state_is_not_followed():
    kinds = {name: kind._replace(status_field="") for name, kind in ERA.kinds.items()}
    assert derive_rule_set(ERA._replace(kinds=kinds)).resources == {}


def test_the_moves_are_those_of_the_lifecycle_without_cancels():
    resource = derive_rule_set(ERA).resources["frame"]
    lifecycle: Lifecycle = ERA.kinds["frame"].lifecycle
    assert resource.states.names[:-2] == lifecycle.states
    waiting = resource.states.names_of(resource.moves[0])
    assert set(waiting) == {"cutting", "lost", "deleted"}
    without = ERA._replace(operations=tuple(each for each in ERA.operations if each.role is not Role.CANCEL))
    assert "scrapped" in resource.states.names_of(derive_rule_set(without).resources["frame"].moves[0])


def test_each_operation_says_where_its_job_is_and_what_it_shows():
    bindings = derive_rule_set(ERA).resources["frame"].bindings
    assert bindings["create"].creates
    assert bindings["create"].shown_at == {201: ()}
    assert bindings["list"].list_path == ("frames",)
    assert bindings["recall"].id_path == ("frame",)
    assert bindings["get"].unknown_statuses == {404}
    assert bindings["delete"].effects
    assert "ping" not in bindings


def test_an_operation_that_describes_nothing_may_answer_anything():
    era = TOY_ERA
    assert all(operation.describe is None for operation in era.operations)
    (operation, *_) = derive_capture(era).operations
    assert operation.answer(418) is not None
    assert derive_rule_set(era).is_derived


def test_a_cancel_without_transitions_in_the_lifecycle_may_lead_anywhere():
    kind = ERA.kinds["frame"]
    lifecycle = kind.lifecycle._replace(transitions=())
    era = ERA._replace(kinds={"frame": kind._replace(lifecycle=lifecycle)})
    (clause, *_) = derive_rule_set(era).resources["frame"].bindings["cancel"].clauses_by_status[200]
    assert clause.target == derive_rule_set(era).resources["frame"].states.all


def test_the_contract_is_derived_only_where_somebody_said_how():
    assert derived_contract("atelier", None) is None
    assert derivable_vendors(None) == frozenset()
    with deriving_with(ATELIER_TABLES):
        contract = derived_contract("atelier", None)
        assert contract is not None
        assert derived_contract("atelier", None) is contract
        assert derivable_vendors(None) == {"atelier"}
        assert load_capture("atelier", "2026-03-01").era == "2026-01-05"
        assert load_rule_set("atelier").is_derived
        assert rules_equivalence_key("atelier", "2026-01-05", None) != rules_equivalence_key("atelier", "latest", None)
        assert derived_contract("reap", None) is None
    assert derive_installed("nobody") is None


def test_a_recording_is_recognized_and_judged_by_the_tables(recorder):
    frame = recorder.create()
    recorder.send("GET", frame, state="drying")
    with deriving_with(ATELIER_TABLES):
        (judgement,) = judge_recording(recorder.exchanges).judgements
    assert judgement.vendor == "atelier"
    assert judgement.chosen.endswith(BY_TABLES)
    (finding,) = (each for each in judgement.findings if each.rule == "S5")
    assert finding.source == "atelier@2026-06-01 the vendor's own tables, operation get (page)"
    assert finding.hint == "Give the answer that the vendor's tables have, or correct those if the API answers so."


def test_a_call_below_its_prefix_is_its_own_and_an_unknown_one_has_no_place_in_the_tables(recorder):
    call = Exchange(Request("GET", "/v/atelier/v1/nothing"), Response(404), 1, 1, 2, 3)
    with deriving_with(ATELIER_TABLES):
        (judgement,) = judge_recording([call]).judgements
    (finding,) = judgement.findings
    assert finding.source == "atelier@2026-06-01 the vendor's own tables"


def test_the_answers_of_a_mock_server_only_check_the_tables_against_themselves(recorder):
    frame = recorder.create()
    served = recorder.send("GET", frame)
    assert served.response is not None
    headers = (*served.response.headers, ("X-Mock-Request-Id", "req_1"))
    mocked = served._replace(response=served.response._replace(headers=headers))
    with deriving_with(ATELIER_TABLES):
        (judgement,) = judge_recording([mocked], "atelier").judgements
    assert judgement.chosen.endswith(BY_TABLES_ALONE)


def test_a_server_does_not_judge_what_it_has_no_contract_for(recorder):
    recorder.create()
    judge = ServerJudge()
    assert judge("session@1", "atelier@2026-06-01", recorder.exchanges[0]) == ()
    assert judge.findings_of("session@1") == []
