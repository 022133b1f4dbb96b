"""The rules of Anthropic's message batches: a right run breaks none, and each wrong answer breaks its rule."""

from typing import Any

import pytest

from tests.support.judged_calls import Call, broken_rules

ID = "msgbatch_01HkcTjaV5uDC8jWR4ZsDV8d"
BATCH = f"/v1/messages/batches/{ID}"
GET, CANCEL, DELETE, RESULTS = f"GET {BATCH}", f"POST {BATCH}/cancel", f"DELETE {BATCH}", f"GET {BATCH}/results"
HEADERS = {"authorization": "Bearer k", "anthropic-version": "2026-10-21"}
T0, T1, T2 = "2026-10-21T12:00:00Z", "2026-10-21T12:00:10Z", "2026-10-21T12:00:30Z"
REFUSED = {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}, "request_id": None}
MISSING = {"type": "error", "error": {"type": "not_found_error", "message": "no"}, "request_id": None}
ENDED: dict[str, Any] = {"ended_at": T2, "results_url": f"https://api.anthropic.com{BATCH}/results"}


def counts(**more: int) -> dict[str, int]:
    return {"processing": 0, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0, **more}


def batch(status: str, call: str = GET, **fields: Any) -> Call:
    """Show a batch of three; `fields` replace members."""
    own = {
        "in_progress": {"request_counts": counts(processing=3)},
        "canceling": {"request_counts": counts(processing=3), "cancel_initiated_at": T1},
        "ended": {"request_counts": counts(succeeded=3), **ENDED},
    }
    body = {
        "id": ID, "type": "message_batch", "processing_status": status, "created_at": T0,
        "expires_at": "2026-10-22T12:00:00Z", "ended_at": None, "cancel_initiated_at": None, "archived_at": None,
        "results_url": None, **own[status], **fields,
    }  # fmt: skip
    return Call(call, 200, body)


def create() -> Call:
    return batch("in_progress", "POST /v1/messages/batches")


DELETED = Call(DELETE, 200, {"id": ID, "type": "message_batch_deleted"})
CANCELLED = batch("canceling", CANCEL)
LATE = {"cancel_initiated_at": T1, "request_counts": counts(succeeded=1, canceled=2)}
RIGHT = {
    "to the end": [create(), batch("in_progress"), batch("ended"), Call(CANCEL, 400, REFUSED)],
    "cancelled": [create(), CANCELLED, CANCELLED, batch("canceling"), batch("ended", **LATE)],
    "all had finished": [create(), CANCELLED, batch("ended", cancel_initiated_at=T1)],
    "expired": [create(), batch("ended", request_counts=counts(succeeded=1, expired=2))],
    "deleted": [
        create(), Call(DELETE, 409, REFUSED), batch("ended"),
        DELETED, Call(GET, 404, MISSING),
    ],
    "too early": [create(), Call(RESULTS, 404, MISSING), batch("in_progress")],
}  # fmt: skip
WRONG = {
    "counts that move": ([create(), batch("in_progress", request_counts=counts(processing=2, succeeded=1))], "A5"),
    "still processing": ([create(), batch("ended", request_counts=counts(processing=1, succeeded=2))], "A6"),
    "a lost request": ([create(), batch("ended", request_counts=counts(succeeded=2))], "A7"),
    "canceled without a cancel": ([create(), batch("ended", request_counts=counts(succeeded=2, canceled=1))], "A8"),
    "an early address": ([create(), batch("in_progress", results_url="https://x/results")], "A9"),
    "no end": ([create(), batch("ended", ended_at=None)], "A10"),
    "no address": ([create(), batch("ended", results_url=None)], "A10a"),
    "a path": ([create(), batch("ended", results_url=f"{BATCH}/results")], "A10b"),
    "no time of the cancel": ([create(), batch("canceling", CANCEL, cancel_initiated_at=None)], "A11"),
    "a time without a cancel": ([create(), batch("in_progress", cancel_initiated_at=T1)], "A11a"),
    "a week": ([batch("in_progress", expires_at="2026-10-28T12:00:00Z")], "A12"),
    "ended before the cancel": ([create(), CANCELLED, batch("ended", **LATE, ended_at=T0)], "A13"),
    "another creation": ([create(), batch("in_progress", created_at=T1)], "A15"),
    "another cancel": ([create(), CANCELLED, batch("canceling", CANCEL, cancel_initiated_at=T2)], "A15a"),
    "refused, and deleted": ([create(), Call(DELETE, 400, REFUSED), Call(GET, 404, MISSING)], "A16"),
    "accepted, in progress": ([create(), batch("in_progress", CANCEL)], "A17"),
    "forgotten": ([create(), CANCELLED, batch("in_progress")], "A18"),
    "too late, and accepted": ([create(), batch("ended"), CANCELLED], "A19"),
    "in time, and refused": ([create(), Call(CANCEL, 400, REFUSED), batch("in_progress")], "A20"),
    "not deleted": ([create(), batch("ended"), Call(DELETE, 400, REFUSED)], "A22"),
    "no results": ([create(), batch("ended"), Call(RESULTS, 404, MISSING)], "A24"),
    "again": ([create(), batch("ended"), batch("in_progress")], "A25"),
    "another word": ([create(), Call(GET, 200, {**batch("ended").answer, "processing_status": "canceled"})], "A1"),
}  # fmt: skip


@pytest.mark.parametrize("run", RIGHT)
def test_a_right_run_breaks_no_rule(run: str) -> None:
    # These answers have no header but their type.
    assert set(broken_rules("anthropic@2026-10-21", RIGHT[run], HEADERS)) == {"S12"}


@pytest.mark.parametrize("bug", WRONG)
def test_a_wrong_answer_breaks_its_rule(bug: str) -> None:
    calls, rule = WRONG[bug]
    assert rule in broken_rules("anthropic@2026-10-21", calls, HEADERS)
