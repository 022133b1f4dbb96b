"""The rules of fal's queue: a right run breaks none of them, and each wrong answer breaks the rule that it is about."""

from typing import Any

import pytest

from tests.support.judged_calls import Call, broken_rules

ID = "764cabcf-b745-4b3e-ae38-1200304cf45b"
APP = "/fal-ai/flux"
REQUEST = f"{APP}/requests/{ID}"
STATUS, RESULT, CANCEL = f"GET {REQUEST}/status", f"GET {REQUEST}", f"PUT {REQUEST}/cancel"
URLS = {
    "response_url": f"https://queue.fal.run{REQUEST}",
    "status_url": f"https://queue.fal.run{REQUEST}/status",
    "cancel_url": f"https://queue.fal.run{REQUEST}/cancel",
}
EARLY = {"detail": "Request is still in progress"}
FAILED = {"error": "Internal server error", "error_type": "internal_error"}


def status(name: str, code: int | None = None, **fields: Any) -> Call:
    """Get the status of the request: what it shows there, and `fields`."""
    own: dict[str, dict[str, Any]] = {
        "IN_QUEUE": {"queue_position": 1},
        "IN_PROGRESS": {"logs": None},
        "COMPLETED": {"logs": None, "metrics": {"inference_time": 2.5}},
    }
    usual = 200 if name == "COMPLETED" else 202
    body = {"status": name, "request_id": ID, **URLS, **own.get(name, {}), **fields}
    return Call(STATUS, code or usual, {key: value for key, value in body.items() if value != "absent"})


def submit(**fields: Any) -> Call:
    """Submit the request to an endpoint with a sub-path."""
    body = {"status": "IN_QUEUE", "request_id": ID, **URLS, "queue_position": 2, **fields}
    kept = {key: value for key, value in body.items() if value != "absent"}
    return Call(f"POST {APP}/dev", 200, kept, {"prompt": "a cat"})


def cancel(code: int, answer: str) -> Call:
    """Cancel the request."""
    return Call(CANCEL, code, {"status": answer})


ASKED = cancel(202, "CANCELLATION_REQUESTED")
RIGHT = {
    "to the end": [
        submit(), status("IN_QUEUE"), Call(RESULT, 400, EARLY), status("IN_PROGRESS", logs=[]), status("COMPLETED"),
        Call(RESULT, 200, {"images": []}), cancel(400, "ALREADY_COMPLETED"),
    ],
    "200 of older pages": [submit(), status("IN_QUEUE", 200), status("IN_PROGRESS", 200), status("COMPLETED")],
    "cancelled in the queue": [
        submit(), ASKED, status("COMPLETED", error="Cancelled", error_type="client_cancelled"),
        Call(RESULT, 499, {"detail": "Cancelled", "error_type": "client_cancelled"}),
    ],
    "cancelled, and finished all the same": [submit(), status("IN_PROGRESS"), ASKED, ASKED, status("COMPLETED")],
    "another answer to the cancel": [submit(), Call(CANCEL, 200, {"success": True})],
    "failed": [
        submit(), status("COMPLETED", **FAILED), Call(RESULT, 500, {"detail": "x", "error_type": "internal_error"}),
    ],
    "refused by the model": [
        submit(), status("COMPLETED", error="Invalid status code: 422"),
        Call(RESULT, 422, {"detail": [{"loc": ["body", "prompt"], "msg": "Field required", "type": "missing"}]}),
    ],
    "tried again": [submit(), status("IN_PROGRESS"), status("IN_QUEUE", queue_position=0), status("IN_PROGRESS")],
    "unknown": [Call(CANCEL, 404, {"status": "NOT_FOUND"})],
    "the keys": [Call("GET /.well-known/jwks.json", 200, {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}]})],
}  # fmt: skip
WRONG = {
    "a fourth status": ([submit(), status("FAILED", 200)], "Q1"),
    "a fifth answer": ([submit(), cancel(202, "CANCELLED")], "Q2"),
    "another type": ([submit(), status("COMPLETED", error="x", error_type="timeout")], "Q3"),
    "no address": ([submit(status_url="absent")], "Q4"),
    "accepted at the end": ([submit(), status("COMPLETED", 202)], "Q5"),
    "timeout": ([Call(RESULT, 500, {"detail": "x", "error_type": "startup_timeout"})], "Q10"),
    "disconnected": ([Call(RESULT, 500, {"detail": "x", "error_type": "runner_disconnected"})], "Q11"),
    "incomplete": ([Call(RESULT, 500, {"detail": "x", "error_type": "runner_incomplete_response"})], "Q12"),
    "internal": ([Call(RESULT, 503, {"detail": "x", "error_type": "internal_error"})], "Q13"),
    "cancelled by 500": ([Call(RESULT, 500, {"detail": "x", "error_type": "client_cancelled"})], "Q14"),
    "limit by 503": ([Call(RESULT, 503, {"detail": "x", "error_type": "concurrent_requests_limit"})], "Q15"),
    "in progress in the queue": ([submit(), status("IN_PROGRESS", queue_position=0)], "Q6"),
    "no logs": ([submit(), status("COMPLETED", logs="absent")], "Q7"),
    "an early error": ([submit(), status("IN_PROGRESS", **FAILED)], "Q8"),
    "a type alone": ([submit(), status("COMPLETED", error_type="internal_error")], "Q9"),
    "early metrics": ([submit(), status("IN_PROGRESS", metrics={"inference_time": 1})], "Q9a"),
    "another id": ([submit(), status("IN_QUEUE", request_id=ID.replace("7", "8"))], "Q16"),
    "another address": ([submit(), status("IN_QUEUE", cancel_url="https://queue.fal.run/x")], "Q17"),
    "another end": ([submit(), status("COMPLETED", **FAILED), status("COMPLETED", error="y")], "Q18"),
    "back in the queue": ([submit(), status("IN_QUEUE", queue_position=5)], "Q19"),
    "refused too early": ([submit(), cancel(400, "ALREADY_COMPLETED"), status("IN_PROGRESS")], "Q20"),
    "cancelled at the end": ([submit(), status("COMPLETED"), ASKED], "Q21"),
    "an early result": ([submit(), Call(RESULT, 200, {}), status("IN_PROGRESS")], "Q23"),
    "a late result": ([submit(), status("COMPLETED"), Call(RESULT, 400, EARLY)], "Q22"),
    "again": ([submit(), status("COMPLETED"), status("IN_PROGRESS")], "Q23"),
    "lost": ([submit(), Call(STATUS, 404, {"status": "NOT_FOUND"})], "Q24"),
}  # fmt: skip


@pytest.mark.parametrize("run", RIGHT)
def test_a_right_run_breaks_no_rule(run: str) -> None:
    assert broken_rules("fal@2026-08-21", RIGHT[run]) == []


@pytest.mark.parametrize("bug", WRONG)
def test_a_wrong_answer_breaks_its_rule(bug: str) -> None:
    calls, rule = WRONG[bug]
    assert rule in broken_rules("fal@2026-08-21", calls)
