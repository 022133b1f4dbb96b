"""The rules of OpenAI's batches and files: a right run breaks none, and each wrong answer breaks its rule."""

from typing import Any

import pytest

from tests.support.judged_calls import START, Call, broken_rules

ID, INPUT, OUTPUT, ERRORS = "batch_abc123", "file-input", "file-output", "file-errors"
BATCH, FILE = f"/v1/batches/{ID}", f"/v1/files/{INPUT}"
GET, CANCEL = f"GET {BATCH}", f"POST {BATCH}/cancel"
T0 = START // 1_000_000
REFUSED = {"error": {"message": "no", "type": "invalid_request_error", "param": None, "code": None}}
USAGE = {
    "input_tokens": 0, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 0,
    "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 0,
}  # fmt: skip
RUN = {"in_progress_at": T0 + 5, "request_counts": {"total": 3, "completed": 1, "failed": 0}}
DONE = {"total": 3, "completed": 2, "failed": 1}
OWN: dict[str, dict[str, Any]] = {
    "validating": {},
    "in_progress": RUN,
    "finalizing": {**RUN, "finalizing_at": T0 + 30},
    "completed": {
        **RUN, "finalizing_at": T0 + 30, "completed_at": T0 + 40, "request_counts": DONE, "output_file_id": OUTPUT,
        "error_file_id": ERRORS,
    },
    "failed": {"failed_at": T0 + 5, "errors": {"object": "list", "data": [{"code": "x", "message": "y"}]}},
    "expired": {**RUN, "expired_at": T0 + 86_400, "output_file_id": OUTPUT},
    "cancelling": {**RUN, "cancelling_at": T0 + 15},
    "cancelled": {**RUN, "cancelling_at": T0 + 15, "cancelled_at": T0 + 25, "output_file_id": OUTPUT},
}  # fmt: skip


def batch(status: str, call: str = GET, **fields: Any) -> Call:
    """Show a batch of three; `fields` replace members."""
    times = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")
    body = {
        "id": ID, "object": "batch", "endpoint": "/v1/responses", "input_file_id": INPUT, "completion_window": "24h",
        "status": status, "created_at": T0, "expires_at": T0 + 86_400, "errors": None, "output_file_id": None,
        "error_file_id": None, "request_counts": {"total": 0, "completed": 0, "failed": 0}, "usage": USAGE,
        **{f"{name}_at": None for name in times}, **OWN[status], **fields,
    }  # fmt: skip
    return Call(call, 200, body)


def file(call: str = f"GET {FILE}", **fields: Any) -> Call:
    body = {"id": INPUT, "object": "file", "bytes": 9, "created_at": T0, "filename": "a.jsonl", "purpose": "batch"}
    return Call(call, 200, {**body, "status": "processed", **fields})


def create() -> Call:
    return batch("validating", "POST /v1/batches")


CANCELLING = batch("cancelling", CANCEL)
NONE, ALL = {"total": 3, "completed": 0, "failed": 3}, {"total": 3, "completed": 3, "failed": 0}
RIGHT = {
    "to the end": [
        create(), batch("validating"), batch("in_progress"), batch("finalizing"), batch("completed"),
        Call(CANCEL, 409, REFUSED),
    ],
    "cancelled": [create(), CANCELLING, CANCELLING, batch("cancelling"), batch("cancelled")],
    "failed": [create(), batch("failed")],
    "nothing succeeded": [create(), batch("completed", request_counts=NONE, output_file_id=None)],
    "files": [
        file("POST /v1/files"), file(), Call(f"DELETE {FILE}", 200, {"id": INPUT, "object": "file", "deleted": True}),
        Call(f"GET {FILE}", 404, REFUSED),
    ],
}  # fmt: skip
WRONG = {
    "one l": ([create(), Call(GET, 200, {**(batch("cancelled").answer), "status": "canceled"})], "O1"),
    "no count": ([batch("in_progress", request_counts={"total": 3, "completed": None, "failed": 0})], "O2"),
    "more than all": ([batch("in_progress", request_counts={"total": 2, "completed": 3, "failed": 0})], "O4"),
    "early counts": ([batch("validating", request_counts={"total": 2, "completed": 1, "failed": 0})], "O4a"),
    "fewer": ([batch("in_progress"), batch("in_progress", request_counts={**DONE, "completed": 0})], "O5"),
    "tokens": ([batch("in_progress", usage={**USAGE, "input_tokens": 9})], "O6"),
    "an early end": ([batch("in_progress", completed_at=T0)], "O7"),
    "no time of the cancel": ([batch("cancelled", cancelling_at=None)], "O8"),
    "a time without a cancel": ([batch("in_progress", cancelling_at=T0)], "O8a"),
    "no start": ([batch("completed", in_progress_at=None)], "O9"),
    "an early start": ([batch("validating", in_progress_at=T0)], "O9a"),
    "never finalizing": ([batch("completed", finalizing_at=None)], "O10"),
    "finalizing too early": ([batch("in_progress", finalizing_at=T0 + 9)], "O10a"),
    "ended before the start": ([batch("completed", completed_at=T0)], "O11"),
    "cancelled before the cancel": ([batch("cancelled", cancelled_at=T0)], "O11a"),
    "a week": ([create(), batch("in_progress", expires_at=T0 + 7 * 86_400)], "O12"),
    "an early file": ([batch("in_progress", output_file_id=OUTPUT)], "O15"),
    "a file of a failure": ([batch("failed", output_file_id=OUTPUT)], "O15a"),
    "a file of nothing": ([batch("completed", request_counts=NONE)], "O16"),
    "no file": ([batch("completed", output_file_id=None)], "O16a"),
    "errors of nothing": ([batch("completed", request_counts=ALL)], "O17"),
    "no errors": ([batch("completed", error_file_id=None)], "O17a"),
    "no reason": ([batch("failed", errors=None)], "O18"),
    "another creation": ([create(), batch("in_progress", endpoint="/v1/embeddings")], "O19"),
    "another end": ([batch("completed"), batch("completed", completed_at=T0 + 50)], "O19a"),
    "another size": ([file("POST /v1/files"), file(bytes=8)], "O20"),
    "accepted, in progress": ([create(), batch("in_progress", CANCEL)], "O22"),
    "forgotten": ([create(), CANCELLING, batch("in_progress")], "O23"),
    "too late, and accepted": ([create(), batch("completed"), CANCELLING], "O24"),
    "in time, and refused": ([create(), Call(CANCEL, 409, REFUSED), batch("in_progress")], "O25"),
    "again": ([create(), batch("completed"), batch("in_progress")], "O26"),
    "cancelled by itself": ([create(), batch("cancelled")], "O27"),
    "back": ([create(), batch("in_progress"), batch("validating")], "O28"),
    "not gone": (
        [file("POST /v1/files"), Call(f"DELETE {FILE}", 200, {"id": INPUT, "object": "file", "deleted": True}), file()],
        "O29",
    ),
}  # fmt: skip


@pytest.mark.parametrize("run", RIGHT)
def test_a_right_run_breaks_no_rule(run: str) -> None:
    assert broken_rules("openai@2026-08-21", RIGHT[run]) == []


@pytest.mark.parametrize("bug", WRONG)
def test_a_wrong_answer_breaks_its_rule(bug: str) -> None:
    calls, rule = WRONG[bug]
    assert rule in broken_rules("openai@2026-08-21", calls)
