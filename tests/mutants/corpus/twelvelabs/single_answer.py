"""TwelveLabs: bugs that one answer shows."""

from typing import Any, Final

from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutations import (
    DROP,
    answered,
    bend,
    bytes_of,
    entries,
    head,
    headed,
    keyless,
    put,
    puts,
    status,
    typed,
)
from tests.mutants.corpus.twelvelabs.builders import LATE, kind

_LONG_AGO: Final = "2026-09-01T12:00:00Z"


def _less(*names: str) -> Any:
    return lambda old, body: old - sum(body[f"{name}_items"] for name in names)


BODIES: Final = (
    kind("counter-text", "queued_items is sent as a text", "T2", bend(put("/queued_items", "1"), "get")),
    kind("counter-negative", "failed_items is -1", "T2", bend(put("/failed_items", -1), "get")),
    kind("counter-null", "failed_items is null where none failed", "T2", bend(put("/failed_items", None), "get")),
    kind("counter-fraction", "queued_items is 0.5", "T2", bend(entries("data", put("/queued_items", 0.5)), "list")),
    kind("no-total", "total_items is missing", "S3", bend(put("/total_items", DROP), "get")),
    kind("no-page-info", "a list lacks its page_info", "S3", bend(put("/page_info", DROP), "list")),
    kind(
        "items-without-task",
        "the items of a created batch lack their task_id",
        "S3",
        bend(entries("items", put("/task_id", DROP)), "create"),
    ),
    kind("id-short", "the batch's id is cut", "T1", bend(put("/batch_id", "65f1"), "get")),
    kind(
        "id-newline", "a newline follows the batch's id", "T1", bend(put("/batch_id", lambda old, _: old + "\n"), "get")
    ),
    kind(
        "id-no-hex",
        "the batch's id is no hexadecimal number",
        "T1",
        bend(entries("data", put("/batch_id", "batch_0000000000000000zz")), "list"),
    ),
    kind(
        "cancelled-two-l",
        "canceled is spelled cancelled",
        "T20",
        bend(put("/status", "cancelled"), "get", when=status("canceled")),
        client_drivers.batch_canceled,
    ),
    kind(
        "status-undeclared",
        "a batch that is processed is running",
        "T20",
        bend(put("/status", "running"), "get", when=status("processing")),
    ),
    kind(
        "status-failed",
        "a batch is failed, which only items can be",
        "T20",
        bend(put("/status", "failed"), "get", when=status("completed")),
    ),
    kind("mode-undeclared", "analysis_mode has a word of its own", "S5", bend(put("/analysis_mode", "broad"), "get")),
    kind("status-null", "the status is null", "S6", bend(put("/status", None), "get")),
    kind(
        "time-no-rfc",
        "created_at is not as RFC 3339 has it",
        "T18",
        bend(put("/created_at", "2026-10-01 12:00"), "get"),
    ),
    kind("time-unix", "created_at is a number", "T18", bend(put("/created_at", 1790856000), "get")),
    kind(
        "time-null",
        "completed_at is null until then",
        "T18",
        bend(put("/completed_at", None), "get", when=status("processing")),
    ),
    kind(
        "no-such-day",
        "expires_at is a day that no calendar has",
        "T18",
        bend(put("/expires_at", "2026-02-30T12:00:00Z"), "get"),
    ),
    kind("sum-off-by-one", "an item is counted twice", "T3", bend(put("/ready_items", lambda old, _: old + 1), "get")),
    kind(
        "sum-forgets-one",
        "an item at work is not counted",
        "T3",
        bend(put("/processing_items", 0), "list", "get", when=status("processing")),
    ),
    kind(
        "canceled-at-work",
        "a canceled batch has an item at work",
        "T11",
        bend(puts(canceled_items=_less("ready"), processing_items=1), "get", when=status("canceled")),
        client_drivers.batch_canceled,
    ),
    kind(
        "canceled-and-queued",
        "a canceled batch has an item in the queue",
        "T11 T9",
        bend(lambda body, asked: {**body, "queued_items": 1, "canceled_items": 0}, "get", when=status("canceled")),
        client_drivers.batch_canceled,
    ),
    kind(
        "completed-at-work",
        "a completed batch has an item at work",
        "T11a",
        bend(lambda body, asked: {**body, "processing_items": 1, "ready_items": 2}, "get", when=status("completed")),
    ),
    kind(
        "expired-and-queued",
        "an expired batch has items in the queue",
        "T11a",
        bend(lambda body, asked: {**body, "queued_items": 3, "canceled_items": 0}, "get", when=status("expired")),
        client_drivers.batch_expired,
    ),
    kind(
        "completed-at-early",
        "completed_at is there while the batch is processed",
        "T13",
        bend(put("/completed_at", LATE), "get", when=status("processing")),
    ),
    kind(
        "canceled-at-missing",
        "a canceled batch lacks canceled_at",
        "T13",
        bend(put("/canceled_at", DROP), "get", when=status("canceled")),
        client_drivers.batch_canceled,
    ),
    kind(
        "completed-at-in-canceled",
        "a canceled batch has completed_at",
        "T13",
        bend(put("/completed_at", LATE), "get", when=status("canceled")),
        client_drivers.batch_canceled,
    ),
    kind(
        "expired-at-missing",
        "an expired batch lacks expired_at",
        "T13",
        bend(put("/expired_at", DROP), "get", when=status("expired")),
        client_drivers.batch_expired,
    ),
    kind(
        "completed-before-created",
        "a batch is completed before it was created",
        "T18a",
        bend(put("/completed_at", _LONG_AGO), "get", when=status("completed")),
    ),
    kind(
        "expires-in-an-hour", "a batch expires an hour after its creation", "T14", bend(put("/expires_at", LATE), "get")
    ),
    kind(
        "expires-a-minute-late",
        "expires_at is a minute late",
        "T14",
        bend(put("/expires_at", "2026-10-02T12:01:00Z"), "create", "get"),
    ),
    kind(
        "webhooks-too-early",
        "webhooks are listed while the batch is processed",
        "T17",
        bend(
            put("/webhooks", [{"url": "https://hooks.example.com", "delivered": True, "attempts": 1}]),
            "get",
            when=status("processing"),
        ),
    ),
)


ANSWERS: Final = (
    kind(
        "cancel-is-200",
        "an accepted cancel is answered 200",
        "S1",
        head(answered(200), "cancel", statuses=(202,)),
        client_drivers.batch_canceled,
    ),
    kind("create-is-200", "a create is answered 200", "S1", head(answered(200), "create", statuses=(201,))),
    kind(
        "refusal-is-412",
        "a cancel of a completed batch is answered 412",
        "S1",
        head(answered(412), "cancel", statuses=(409,)),
    ),
    kind("unknown-is-410", "an unknown batch is answered 410", "S1", head(answered(410), "get", statuses=(404,))),
    kind("html", "a batch is sent as text/html", "S2", head(typed("text/html"), "get", statuses=(200,))),
    kind(
        "results-as-json",
        "the lines of the results are sent as JSON",
        "S2",
        head(lambda r: headed(r, "Content-Type", "application/json"), "results"),
    ),
    kind(
        "results-cut-off",
        "the last line of the results is cut",
        "S8",
        head(lambda r: r._replace(body=r.body[:-20]), "results"),
    ),
    kind(
        "results-without-task",
        "the lines of the results lack their task_id",
        "S3",
        head(bytes_of(b'"task_id"', b'"taskId"'), "results"),
    ),
    kind(
        "results-status-undeclared",
        "an item's status in the results is done",
        "T20",
        head(bytes_of(b'"ready"', b'"done"'), "results"),
    ),
    kind("nan", "a counter is NaN", "S8", head(bytes_of(b'"failed_items":0', b'"failed_items":NaN'), "get")),
    kind("duplicate-key", "the status is there twice", "S8", head(bytes_of(b"{", b'{"status":"pending",'), "get")),
    kind("empty", "a 200 has no body", "S3", head(lambda r: r._replace(body=b""), "get", statuses=(200,))),
    kind(
        "status-in-the-body",
        "an unknown batch is answered 200, with the error in the body",
        "S3",
        head(answered(200), "get", statuses=(404,)),
    ),
    kind(
        "error-flat",
        "an error is flat where it is nested",
        "S7",
        bend(lambda body, asked: body["error"], "get", refusals=True),
    ),
    kind("error-text", "an error is a text", "S7", bend(put("/error", "no such batch"), "get", refusals=True)),
    kind("error-unnamed", "an error has no code", "S7", bend(put("/error/code", DROP), "get", refusals=True)),
    kind(
        "code-unknown",
        "the code of a refused cancel is one that nobody knows",
        "S7",
        bend(put("/error/code", "batch_done"), "cancel", refusals=True),
    ),
    kind("no-key-needed", "a request without a key is answered", "T21", keyless("get"), client_drivers.twelvelabs_door),
    kind(
        "task-canceled-in-july",
        "a task is canceled in an era that has no such status",
        "T20",
        bend(put("/status", "canceled"), "get_task", when=status("ready")),
        client_drivers.task_life,
    ),
)
