"""The rules of Runway's tasks: a right run breaks none, and each wrong answer breaks the rule that it is about."""

import pytest

from tests.support.judged_calls import Call, broken_rules

TASK = "17f20503-6c24-4c16-946b-35dbbce2af2f"
READ = f"GET /v1/tasks/{TASK}"
DELETE = f"DELETE /v1/tasks/{TASK}"
VERSION = {"x-runway-version": "2024-11-06"}
CREATED = Call("POST /v1/text_to_video", 200, {"id": TASK, "estimatedCost": {"credits": 25}})
GONE = {"error": "Could not find Task"}
OUTPUT = ["https://dnznrvs05pmza.cloudfront.net/1.mp4"]


def task(status: str, **fields: object) -> Call:
    """Read the task in a status: the keys of the variant that the description has for it, and `fields`."""
    own = {
        "RUNNING": {"progress": 0.5},
        "SUCCEEDED": {"output": OUTPUT},
        "FAILED": {"failure": "An unexpected error occurred."},
    }
    is_live = status in ("PENDING", "THROTTLED", "RUNNING")
    money = {"estimatedCost": {"credits": 25}} if is_live else {"cost": {"credits": 25}}
    body = {"id": TASK, "status": status, "createdAt": "2026-08-25T10:00:00.000Z", **own.get(status, {}), **money}
    return Call(READ, 200, {**body, **fields})


def without(call: Call, key: str) -> Call:
    """Read the task without a key."""
    return Call(call.line, call.status, {name: value for name, value in call.answer.items() if name != key})


RIGHT = {
    "to the end": [
        CREATED, task("PENDING"), task("THROTTLED"), task("RUNNING"), task("RUNNING", progress=0.9), task("SUCCEEDED"),
        Call(DELETE, 204), Call(READ, 404, GONE), Call(DELETE, 404, GONE),
    ],
    "cancelled and gone": [CREATED, task("RUNNING"), Call(DELETE, 204), Call(READ, 404, GONE)],
    "cancelled and shown": [
        CREATED, task("PENDING"), Call(DELETE, 204), task("CANCELLED", cost={"credits": 0}), Call(DELETE, 204),
        Call(READ, 404, GONE),
    ],
    "refused input": [CREATED, task("FAILED", failureCode="SAFETY.INPUT.TEXT"), task("FAILED", failureCode="X")],
}  # fmt: skip
WRONG = {
    "another spelling": ([CREATED, task("CANCELED")], "W1"),
    "an error of another shape": ([Call(READ, 404, {"message": "no"})], "W4"),
    "no key": ([CREATED, Call(READ, 200, task("PENDING").answer, None, {})], "W5"),
    "progress before the start": ([CREATED, task("PENDING", progress=0)], "W2"),
    "a code without a failure": ([CREATED, task("RUNNING", failureCode="INTERNAL")], "W2a"),
    "no cost at the end": ([CREATED, without(task("SUCCEEDED"), "cost")], "W3"),
    "percent": ([CREATED, task("RUNNING", progress=40)], "W7"),
    "a negative cost": ([CREATED, task("FAILED", cost={"credits": -25})], "W8"),
    "progress falls": ([CREATED, task("RUNNING", progress=0.6), task("RUNNING", progress=0.4)], "W9"),
    "another time": ([CREATED, task("PENDING"), task("PENDING", createdAt="2026-08-25T10:00:01.000Z")], "W10"),
    "another cost": ([CREATED, task("FAILED"), task("FAILED", cost={"credits": 0})], "W10a"),
    "runs on": ([CREATED, task("RUNNING"), Call(DELETE, 204), task("RUNNING")], "W11"),
    "comes to life": ([CREATED, task("SUCCEEDED"), task("RUNNING")], "W13"),
    "waits again": ([CREATED, task("RUNNING"), task("THROTTLED")], "W14"),
    "cancelled by itself": ([CREATED, task("RUNNING"), task("CANCELLED")], "W15"),
    "found after its deletion": ([CREATED, task("SUCCEEDED"), Call(DELETE, 204), task("SUCCEEDED")], "W16"),
    "a conflict": ([CREATED, task("FAILED"), Call(DELETE, 204), Call(DELETE, 400, GONE)], "W17"),
    "lost": ([CREATED, task("PENDING"), Call(READ, 404, GONE)], "W18"),
}


@pytest.mark.parametrize("run", RIGHT)
def test_a_right_run_breaks_no_rule(run: str) -> None:
    assert broken_rules("runway@2026-08-08", RIGHT[run], VERSION) == []


@pytest.mark.parametrize("bug", WRONG)
def test_a_wrong_answer_breaks_its_rule(bug: str) -> None:
    calls, rule = WRONG[bug]
    assert rule in broken_rules("runway@2026-08-08", calls, VERSION)


def test_a_call_without_the_version_is_refused() -> None:
    assert broken_rules("runway@2026-08-08", [CREATED]) == ["W6"]


def test_before_august_there_was_no_cost() -> None:
    created = Call(CREATED.line, 200, {"id": TASK})
    calls = [created, without(task("PENDING"), "estimatedCost"), without(task("SUCCEEDED"), "cost")]
    assert broken_rules("runway@2026-03-16", calls, VERSION) == []
    assert "S3" in broken_rules("runway@2026-08-08", calls, VERSION)
