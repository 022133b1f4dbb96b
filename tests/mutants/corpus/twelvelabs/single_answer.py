"""TwelveLabs: bugs that one answer shows."""

from typing import Any, Final

from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutations import (
    DROP,
    change_body,
    change_response,
    content_type,
    each_entry,
    replace_bytes,
    set_field,
    set_fields,
    skip_authentication,
    while_status,
    with_header,
    with_status,
)
from tests.mutants.corpus.twelvelabs.builders import LATE, mutant

_LONG_AGO: Final = "2026-09-01T12:00:00Z"


def _less(*names: str) -> Any:
    return lambda old, body: old - sum(body[f"{name}_items"] for name in names)


BODY_MUTANTS: Final = (
    mutant("counter-text", "queued_items is sent as a text", "T2", change_body(set_field("/queued_items", "1"), "get")),
    mutant("counter-negative", "failed_items is -1", "T2", change_body(set_field("/failed_items", -1), "get")),
    mutant(
        "counter-null",
        "failed_items is null where none failed",
        "T2",
        change_body(set_field("/failed_items", None), "get"),
    ),
    mutant(
        "counter-fraction",
        "queued_items is 0.5",
        "T2",
        change_body(each_entry("data", set_field("/queued_items", 0.5)), "list"),
    ),
    mutant("no-total", "total_items is missing", "S3", change_body(set_field("/total_items", DROP), "get")),
    mutant("no-page-info", "a list lacks its page_info", "S3", change_body(set_field("/page_info", DROP), "list")),
    mutant(
        "items-without-task",
        "the items of a created batch lack their task_id",
        "S3",
        change_body(each_entry("items", set_field("/task_id", DROP)), "create"),
    ),
    mutant("id-short", "the batch's id is cut", "T1", change_body(set_field("/batch_id", "65f1"), "get")),
    mutant(
        "id-newline",
        "a newline follows the batch's id",
        "T1",
        change_body(set_field("/batch_id", lambda old, _: old + "\n"), "get"),
    ),
    mutant(
        "id-no-hex",
        "the batch's id is not hexadecimal",
        "T1",
        change_body(each_entry("data", set_field("/batch_id", "batch_0000000000000000zz")), "list"),
    ),
    mutant(
        "cancelled-two-l",
        "canceled is spelled cancelled",
        "T20",
        change_body(set_field("/status", "cancelled"), "get", when=while_status("canceled")),
        client_drivers.batch_canceled,
    ),
    mutant(
        "status-undeclared",
        "a batch that is processed has the undocumented status running",
        "T20",
        change_body(set_field("/status", "running"), "get", when=while_status("processing")),
    ),
    mutant(
        "status-failed",
        "a batch is failed, which only items can be",
        "T20",
        change_body(set_field("/status", "failed"), "get", when=while_status("completed")),
    ),
    mutant(
        "mode-undeclared",
        "analysis_mode has an undocumented value",
        "S5",
        change_body(set_field("/analysis_mode", "broad"), "get"),
    ),
    mutant("status-null", "the status is null", "S6", change_body(set_field("/status", None), "get")),
    mutant(
        "time-no-rfc",
        "created_at is not in RFC 3339",
        "T18",
        change_body(set_field("/created_at", "2026-10-01 12:00"), "get"),
    ),
    mutant("time-unix", "created_at is a number", "T18", change_body(set_field("/created_at", 1790856000), "get")),
    mutant(
        "time-null",
        "completed_at is null until then",
        "T18",
        change_body(set_field("/completed_at", None), "get", when=while_status("processing")),
    ),
    mutant(
        "no-such-day",
        "expires_at is a date that does not exist",
        "T18",
        change_body(set_field("/expires_at", "2026-02-30T12:00:00Z"), "get"),
    ),
    mutant(
        "sum-off-by-one",
        "an item is counted twice",
        "T3",
        change_body(set_field("/ready_items", lambda old, _: old + 1), "get"),
    ),
    mutant(
        "sum-forgets-one",
        "an item at work is not counted",
        "T3",
        change_body(set_field("/processing_items", 0), "list", "get", when=while_status("processing")),
    ),
    mutant(
        "canceled-at-work",
        "a canceled batch has an item at work",
        "T11",
        change_body(
            set_fields(canceled_items=_less("ready"), processing_items=1), "get", when=while_status("canceled")
        ),
        client_drivers.batch_canceled,
    ),
    mutant(
        "canceled-and-queued",
        "a canceled batch has an item in the queue",
        "T11 T9",
        change_body(
            lambda body, call: {**body, "queued_items": 1, "canceled_items": 0}, "get", when=while_status("canceled")
        ),
        client_drivers.batch_canceled,
    ),
    mutant(
        "completed-at-work",
        "a completed batch has an item at work",
        "T11a",
        change_body(
            lambda body, call: {**body, "processing_items": 1, "ready_items": 2}, "get", when=while_status("completed")
        ),
    ),
    mutant(
        "expired-and-queued",
        "an expired batch has items in the queue",
        "T11a",
        change_body(
            lambda body, call: {**body, "queued_items": 3, "canceled_items": 0}, "get", when=while_status("expired")
        ),
        client_drivers.batch_expired,
    ),
    mutant(
        "completed-at-early",
        "completed_at is present while the batch is processed",
        "T13",
        change_body(set_field("/completed_at", LATE), "get", when=while_status("processing")),
    ),
    mutant(
        "canceled-at-missing",
        "a canceled batch lacks canceled_at",
        "T13",
        change_body(set_field("/canceled_at", DROP), "get", when=while_status("canceled")),
        client_drivers.batch_canceled,
    ),
    mutant(
        "completed-at-in-canceled",
        "a canceled batch has completed_at",
        "T13",
        change_body(set_field("/completed_at", LATE), "get", when=while_status("canceled")),
        client_drivers.batch_canceled,
    ),
    mutant(
        "expired-at-missing",
        "an expired batch lacks expired_at",
        "T13",
        change_body(set_field("/expired_at", DROP), "get", when=while_status("expired")),
        client_drivers.batch_expired,
    ),
    mutant(
        "completed-before-created",
        "a batch is completed before it was created",
        "T18a",
        change_body(set_field("/completed_at", _LONG_AGO), "get", when=while_status("completed")),
    ),
    mutant(
        "expires-in-an-hour",
        "a batch expires an hour after its creation",
        "T14",
        change_body(set_field("/expires_at", LATE), "get"),
    ),
    mutant(
        "expires-a-minute-late",
        "expires_at is a minute late",
        "T14",
        change_body(set_field("/expires_at", "2026-10-02T12:01:00Z"), "create", "get"),
    ),
    mutant(
        "webhooks-too-early",
        "webhooks are listed while the batch is processed",
        "T17",
        change_body(
            set_field("/webhooks", [{"url": "https://hooks.example.com", "delivered": True, "attempts": 1}]),
            "get",
            when=while_status("processing"),
        ),
    ),
)


ANSWER_MUTANTS: Final = (
    mutant(
        "cancel-is-200",
        "an accepted cancel is answered 200",
        "S1",
        change_response(with_status(200), "cancel", statuses=(202,)),
        client_drivers.batch_canceled,
    ),
    mutant(
        "create-is-200", "a create is answered 200", "S1", change_response(with_status(200), "create", statuses=(201,))
    ),
    mutant(
        "refusal-is-412",
        "a cancel of a completed batch is answered 412",
        "S1",
        change_response(with_status(412), "cancel", statuses=(409,)),
    ),
    mutant(
        "unknown-is-410",
        "an unknown batch is answered 410",
        "T7b",
        change_response(with_status(410), "get", statuses=(404,)),
    ),
    mutant(
        "html", "a batch is sent as text/html", "S2", change_response(content_type("text/html"), "get", statuses=(200,))
    ),
    mutant(
        "results-as-json",
        "the lines of the results are sent as JSON",
        "S2",
        change_response(lambda r: with_header(r, "Content-Type", "application/json"), "results"),
    ),
    mutant(
        "results-cut-off",
        "the last line of the results is cut",
        "S8",
        change_response(lambda r: r._replace(body=r.body[:-20]), "results"),
    ),
    mutant(
        "results-without-task",
        "the lines of the results lack their task_id",
        "S3",
        change_response(replace_bytes(b'"task_id"', b'"taskId"'), "results"),
    ),
    mutant(
        "results-status-undeclared",
        "an item in the results has the undocumented status done",
        "T20",
        change_response(replace_bytes(b'"ready"', b'"done"'), "results"),
    ),
    mutant(
        "nan",
        "a counter is NaN",
        "S8",
        change_response(replace_bytes(b'"failed_items":0', b'"failed_items":NaN'), "get"),
    ),
    mutant(
        "duplicate-key",
        "the status is in the body twice",
        "S8",
        change_response(replace_bytes(b"{", b'{"status":"pending",'), "get"),
    ),
    mutant("empty", "a 200 has no body", "S3", change_response(lambda r: r._replace(body=b""), "get", statuses=(200,))),
    mutant(
        "status-in-the-body",
        "an unknown batch is answered 200, with the error in the body",
        "S3",
        change_response(with_status(200), "get", statuses=(404,)),
    ),
    mutant(
        "error-flat",
        "an error is flat instead of nested",
        "S7",
        change_body(lambda body, call: body["error"], "get", refusals=True),
    ),
    mutant(
        "error-text",
        "an error is a text",
        "S7",
        change_body(set_field("/error", "no such batch"), "get", refusals=True),
    ),
    mutant(
        "error-unnamed", "an error has no code", "S7", change_body(set_field("/error/code", DROP), "get", refusals=True)
    ),
    mutant(
        "code-unknown",
        "a refused cancel has an unknown error code",
        "S7",
        change_body(set_field("/error/code", "batch_done"), "cancel", refusals=True),
    ),
    mutant(
        "no-key-needed",
        "a request without a key is answered",
        "T21",
        skip_authentication("get"),
        client_drivers.twelvelabs_door,
    ),
    mutant(
        "task-canceled-in-july",
        "a task is canceled in an era that has no such status",
        "T20",
        change_body(set_field("/status", "canceled"), "get_task", when=while_status("ready")),
        client_drivers.task_life,
    ),
)
