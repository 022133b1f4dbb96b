"""Rule C4 by the vendors' contracts: which refused cancels and deletes say that repeating them is of no use."""

import json
from typing import Any, NamedTuple

import pytest

from mockserver.contract.judge.history import HistoryJudge
from mockserver.core.wire import Exchange, Request, Response


class Refused(NamedTuple):
    """A command and its refusal."""

    pin: str
    method: str
    path: str
    status: int
    answer: dict[str, Any]
    sent: dict[str, Any] | None = None


BATCH = "/v1.3/analyze/batches/6298d673f1090f1100476d4c"
TASK = "/v1.3/analyze/tasks/6298d673f1090f1100476d4c"
VIDEO = "/v1/videos/G-01ARZ3NDEKTSV4RRFFQ69G5FAV"
PROJECT = {"projectId": "6298d673f1090f1100476d4c"}
FINAL = [
    Refused("twelvelabs@2026-07-30", "POST", f"{BATCH}/cancel", 409, {"code": "batch_completed"}),
    Refused(
        "phaseo@2026-06-11", "POST", f"{VIDEO}/cancel", 400, {"reason": "video_cancel_requires_non_terminal_status"}
    ),
    Refused("phaseo@2026-06-11", "POST", f"{VIDEO}/cancel", 501, {"reason": "video_cancel_provider_not_supported"}),
    Refused("phaseo@2026-10-02", "POST", f"{VIDEO}/cancel", 501, {"reason": "video_cancellation_disabled"}),
    Refused("phaseo@2026-10-02", "POST", "/v1/batches/batch_1/cancel", 409, {}),
    Refused("reap@2026-07-07", "POST", "/api/v1/automation/cancel-project", 404, {}, PROJECT),
]
OPEN = [
    Refused("twelvelabs@2026-07-30", "DELETE", BATCH, 409, {"code": "batch_not_terminal"}),
    Refused("twelvelabs@2026-07-30", "DELETE", TASK, 409, {"code": "task_processing"}),
    Refused("phaseo@2026-06-11", "DELETE", VIDEO, 400, {}),
    Refused("phaseo@2026-06-11", "POST", f"{VIDEO}/cancel", 400, {"reason": "another"}),
    Refused("phaseo@2026-06-11", "POST", f"{VIDEO}/cancel", 502, {}),
    Refused("phaseo@2026-06-11", "POST", f"{VIDEO}/download_url", 400, {}),
    # Too late for one in preparation, and too early for one that hangs for eight hours.
    Refused("reap@2026-07-07", "POST", "/api/v1/automation/cancel-project", 400, {}, PROJECT),
]


def conduct_of(refused: Refused) -> list[str]:
    """Judge three such calls in a row; return the rules of conduct that they break."""
    vendor, _, era = refused.pin.partition("@")
    judge = HistoryJudge(vendor, era, schemas=False)
    request = Request(refused.method, refused.path, "", {}, json.dumps(refused.sent).encode())
    response = Response(refused.status, (("Content-Type", "application/json"),), json.dumps(refused.answer).encode())
    for seq in range(1, 4):
        judge.add(Exchange(request, response, seq, seq, seq, seq))
    judgement = judge.finish()
    assert not judgement.counts.unknown_calls
    return [finding.rule for finding in judgement.conduct]


@pytest.mark.parametrize("refused", FINAL, ids=lambda each: f"{each.pin} {each.path} {each.status}")
def test_a_command_that_can_have_no_effect_any_more_is_not_repeated(refused: Refused) -> None:
    assert conduct_of(refused) == ["C4", "C4"]


@pytest.mark.parametrize("refused", OPEN, ids=lambda each: f"{each.pin} {each.path} {each.status}")
def test_a_command_that_waiting_may_let_through_may_be_repeated(refused: Refused) -> None:
    assert conduct_of(refused) == []
