"""The rules of Replicate's predictions: a right run breaks none, and each wrong answer breaks the rule it is about."""

import pytest

from tests.support.judged_calls import Call, broken_rules

NEWEST = "replicate@2026-03-03"
PREDICTION = "gm3qorzdhgbfurvjtvhg6dckhu"
READ = f"GET /v1/predictions/{PREDICTION}"
CREATE = "POST /v1/predictions"
CANCEL = f"POST /v1/predictions/{PREDICTION}/cancel"
INPUT = {"version": "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa", "input": {"text": "Alice"}}
START = {"started_at": "2026-03-16T10:00:05.000000Z"}
END = {"completed_at": "2026-03-16T10:00:25.000000Z"}


def body(status: str, **fields: object) -> dict[str, object]:
    """Build a prediction in a status: what it shows there, and `fields`."""
    own = {
        "processing": START,
        "succeeded": {**START, **END, "output": "hello Alice"},
        "failed": {**START, **END, "error": "CUDA out of memory"},
        "canceled": {**START, **END},
        "aborted": END,
    }
    base = {
        "id": PREDICTION, "model": "replicate/hello-world", "version": INPUT["version"], "input": INPUT["input"],
        "output": None, "error": None, "logs": "", "status": status, "data_removed": False, "source": "api",
        "created_at": "2026-03-16T10:00:00.123456789Z",
        "urls": {
            "get": f"https://api.replicate.com/v1/predictions/{PREDICTION}",
            "cancel": f"https://api.replicate.com/v1/predictions/{PREDICTION}/cancel",
            "web": f"https://replicate.com/p/{PREDICTION}",
        },
    }  # fmt: skip
    return {**base, **own.get(status, {}), **fields}


def read(status: str, **fields: object) -> Call:
    """Read the prediction."""
    return Call(READ, 200, body(status, **fields))


def cancel(status: str, **fields: object) -> Call:
    """Cancel the prediction; the answer shows it."""
    return Call(CANCEL, 200, body(status, **fields))


CREATED = Call(CREATE, 201, body("starting"), INPUT)
WAITED = Call(CREATE, 201, body("processing", output="hello Alice"), INPUT)
REMOVED = {"data_removed": True, "output": None, "logs": None, "input": None}
PROBLEM = {"title": "Conflict", "detail": "It has ended.", "status": 409}

RIGHT = {
    "to the end": [CREATED, read("starting"), read("processing"), read("succeeded"), read("succeeded", **REMOVED)],
    "with the output at once": [WAITED, read("processing"), read("succeeded")],
    "canceled at once": [CREATED, cancel("canceled", logs=None), read("canceled"), cancel("canceled")],
    "canceled a moment later": [
        CREATED, read("processing"), cancel("processing"), read("processing"), read("canceled"),
    ],
    "ended before the cancel": [CREATED, cancel("succeeded"), read("succeeded")],
    "refused because it has ended": [CREATED, read("failed"), Call(CANCEL, 409, PROBLEM), read("failed")],
    "aborted": [CREATED, read("aborted")],
    "not found": [Call(READ, 404, {"detail": "Not found.", "status": 404})],
}  # fmt: skip
WRONG = {
    "another spelling": ([CREATED, read("cancelled")], "N1"),
    "null": ([CREATED, read("starting", model=None)], "N2"),
    "an error of another shape": ([Call(READ, 404, {"error": "no"})], "N3"),
    "no token": ([CREATED, Call(READ, 200, body("starting"), None, {})], "N4"),
    "two statuses": ([CREATED, Call(CANCEL, 404, PROBLEM)], "N5"),
    "ends twice": ([CREATED, read("processing", **END)], "N6"),
    "never started": ([CREATED, read("succeeded", started_at=None)], "N7"),
    "started and aborted": ([CREATED, read("aborted", **START)], "N8"),
    "started before it was made": ([CREATED, read("processing", started_at="2026-03-15T00:00:00Z")], "N9"),
    "due before it was made": ([CREATED, read("starting", deadline="2026-03-15T00:00:00Z")], "N10"),
    "output of a canceled one": ([CREATED, cancel("canceled", output="hello")], "N11"),
    "succeeded with an error": ([CREATED, read("succeeded", error="no")], "N12"),
    "removed and there": ([CREATED, read("succeeded", data_removed=True)], "N13"),
    "removed while it runs": ([CREATED, read("processing", **REMOVED)], "N14"),
    "negative time": ([CREATED, read("succeeded", metrics={"predict_time": -1})], "N15"),
    "another model": ([CREATED, read("starting", model="other/model")], "N16"),
    "another end": ([CREATED, read("failed"), read("failed", completed_at="2026-03-16T10:00:26Z")], "N17"),
    "beyond its deadline": (
        [CREATED, *[read("processing", deadline="2026-03-16T10:00:30Z")] * 12], "N18"
    ),
    "back to life": ([CREATED, read("succeeded"), read("processing")], "N20"),
    "aborted in the middle": ([CREATED, read("processing"), read("aborted")], "N21"),
    "starts again": ([CREATED, read("processing"), read("starting")], "N22"),
    "accepted and starting": ([CREATED, cancel("starting")], "N23"),
    "accepted and forgotten": ([CREATED, cancel("canceled"), read("processing")], "N20"),
    "refused though it runs": ([CREATED, read("processing"), Call(CANCEL, 409, PROBLEM), read("processing")], "N26"),
    "lost": ([CREATED, Call(READ, 404, {"detail": "Not found.", "status": 404})], "N27"),
}  # fmt: skip


@pytest.mark.parametrize("run", RIGHT)
def test_a_right_run_breaks_no_rule(run: str) -> None:
    assert broken_rules(NEWEST, RIGHT[run]) == []


@pytest.mark.parametrize("bug", WRONG)
def test_a_wrong_answer_breaks_its_rule(bug: str) -> None:
    calls, rule = WRONG[bug]
    assert rule in broken_rules(NEWEST, calls)


def test_the_first_era_has_no_aborted_predictions() -> None:
    assert "N1" in broken_rules("replicate@2025-10-06", [read("aborted", source=None)])


def test_the_data_of_a_prediction_does_not_stay() -> None:
    """It is read for more than an hour after its end."""
    late = [CREATED, *[read("succeeded")] * 500]
    assert "N19" in broken_rules(NEWEST, late)
