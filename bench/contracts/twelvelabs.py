"""TwelveLabs: the bugs that an API of batches and tasks could have."""

from typing import Any, Final

import orjson

from bench.contracts import drives
from bench.contracts.bends import (
    DROP,
    after,
    answered,
    before,
    bend,
    both,
    bytes_of,
    entries,
    head,
    headed,
    instead,
    jump,
    later,
    put,
    puts,
    stale,
    status,
    typed,
)
from bench.contracts.kinds import Kind, Story
from bench.contracts.world import Asked, Bug
from mockserver.core.wire import Request, Response

JULY: Final = "twelvelabs@2026-07-30"
SEPTEMBER: Final = "twelvelabs@2026-09-15"

_JSON: Final = (("Content-Type", "application/json"), ("X-Api-Version", "1.3"))
_LONG_AGO: Final = "2026-09-01T12:00:00Z"
_LATE: Final = "2026-10-01T13:00:00Z"


def _kind(
    name: str,
    says: str,
    rules: str,
    bug: Bug,
    story: Story = drives.batch_life,
    pin: str = JULY,
) -> Kind:
    return Kind(f"twelvelabs/{name}", says, tuple(rules.split()), story, bug, pin)


def _refusal(code: int, word: str) -> Response:
    return Response(code, _JSON, orjson.dumps({"error": {"code": word, "message": "No."}}))


def _less(*names: str) -> Any:
    return lambda old, body: old - sum(body[f"{name}_items"] for name in names)


BODIES: Final = (
    _kind("counter-text", "queued_items is sent as a text", "T2", bend(put("/queued_items", "1"), "get")),
    _kind("counter-negative", "failed_items is -1", "T2", bend(put("/failed_items", -1), "get")),
    _kind("counter-null", "failed_items is null where none failed", "T2", bend(put("/failed_items", None), "get")),
    _kind("counter-fraction", "queued_items is 0.5", "T2", bend(entries("data", put("/queued_items", 0.5)), "list")),
    _kind("no-total", "total_items is missing", "S3", bend(put("/total_items", DROP), "get")),
    _kind("no-page-info", "a list lacks its page_info", "S3", bend(put("/page_info", DROP), "list")),
    _kind("items-without-task", "the items of a created batch lack their task_id", "S3",
          bend(entries("items", put("/task_id", DROP)), "create")),
    _kind("id-short", "the batch's id is cut", "T1", bend(put("/batch_id", "65f1"), "get")),
    _kind("id-newline", "a newline follows the batch's id", "T1", bend(put("/batch_id", lambda old, _: old + "\n"), "get")),
    _kind("id-no-hex", "the batch's id is no hexadecimal number", "T1",
          bend(entries("data", put("/batch_id", "batch_0000000000000000zz")), "list")),
    _kind("cancelled-two-l", "canceled is spelled cancelled", "T20",
          bend(put("/status", "cancelled"), "get", when=status("canceled")), drives.batch_canceled),
    _kind("status-undeclared", "a batch that is processed is running", "T20",
          bend(put("/status", "running"), "get", when=status("processing"))),
    _kind("status-failed", "a batch is failed, which only items can be", "T20",
          bend(put("/status", "failed"), "get", when=status("completed"))),
    _kind("mode-undeclared", "analysis_mode has a word of its own", "S5", bend(put("/analysis_mode", "broad"), "get")),
    _kind("status-null", "the status is null", "S6", bend(put("/status", None), "get")),
    _kind("time-no-rfc", "created_at is not as RFC 3339 has it", "T18", bend(put("/created_at", "2026-10-01 12:00"), "get")),
    _kind("time-unix", "created_at is a number", "T18", bend(put("/created_at", 1790856000), "get")),
    _kind("time-null", "completed_at is null until then", "T18", bend(put("/completed_at", None), "get", when=status("processing"))),
    _kind("no-such-day", "expires_at is a day that no calendar has", "T18",
          bend(put("/expires_at", "2026-02-30T12:00:00Z"), "get")),
    _kind("sum-off-by-one", "an item is counted twice", "T3", bend(put("/ready_items", lambda old, _: old + 1), "get")),
    _kind("sum-forgets-one", "an item at work is not counted", "T3",
          bend(put("/processing_items", 0), "list", "get", when=status("processing"))),
    _kind("canceled-at-work", "a canceled batch has an item at work", "T11",
          bend(puts(canceled_items=_less("ready"), processing_items=1), "get", when=status("canceled")), drives.batch_canceled),
    _kind("canceled-and-queued", "a canceled batch has an item in the queue", "T11 T9",
          bend(lambda body, asked: {**body, "queued_items": 1, "canceled_items": 0}, "get", when=status("canceled")),
          drives.batch_canceled),
    _kind("completed-at-work", "a completed batch has an item at work", "T11a",
          bend(lambda body, asked: {**body, "processing_items": 1, "ready_items": 2}, "get", when=status("completed"))),
    _kind("expired-and-queued", "an expired batch has items in the queue", "T11a",
          bend(lambda body, asked: {**body, "queued_items": 3, "canceled_items": 0}, "get", when=status("expired")),
          drives.batch_expired),
    _kind("completed-at-early", "completed_at is there while the batch is processed", "T13",
          bend(put("/completed_at", _LATE), "get", when=status("processing"))),
    _kind("canceled-at-missing", "a canceled batch lacks canceled_at", "T13",
          bend(put("/canceled_at", DROP), "get", when=status("canceled")), drives.batch_canceled),
    _kind("completed-at-in-canceled", "a canceled batch has completed_at", "T13",
          bend(put("/completed_at", _LATE), "get", when=status("canceled")), drives.batch_canceled),
    _kind("expired-at-missing", "an expired batch lacks expired_at", "T13",
          bend(put("/expired_at", DROP), "get", when=status("expired")), drives.batch_expired),
    _kind("completed-before-created", "a batch is completed before it was created", "T18a",
          bend(put("/completed_at", _LONG_AGO), "get", when=status("completed"))),
    _kind("expires-in-an-hour", "a batch expires an hour after its creation", "T14", bend(put("/expires_at", _LATE), "get")),
    _kind("expires-a-minute-late", "expires_at is a minute late", "T14",
          bend(put("/expires_at", "2026-10-02T12:01:00Z"), "create", "get")),
    _kind("webhooks-too-early", "webhooks are listed while the batch is processed", "T17",
          bend(put("/webhooks", [{"url": "https://hooks.example.com", "delivered": True, "attempts": 1}]), "get",
               when=status("processing"))),
)  # fmt: skip

ANSWERS: Final = (
    _kind("cancel-is-200", "an accepted cancel is answered 200", "S1", head(answered(200), "cancel", statuses=(202,)),
          drives.batch_canceled),
    _kind("create-is-200", "a create is answered 200", "S1", head(answered(200), "create", statuses=(201,))),
    _kind("refusal-is-412", "a cancel of a completed batch is answered 412", "S1",
          head(answered(412), "cancel", statuses=(409,))),
    _kind("unknown-is-410", "an unknown batch is answered 410", "S1", head(answered(410), "get", statuses=(404,))),
    _kind("html", "a batch is sent as text/html", "S2", head(typed("text/html"), "get", statuses=(200,))),
    _kind("results-as-json", "the lines of the results are sent as JSON", "S2",
          head(lambda r: headed(r, "Content-Type", "application/json"), "results")),
    _kind("results-cut-off", "the last line of the results is cut", "S8",
          head(lambda r: r._replace(body=r.body[:-20]), "results")),
    _kind("results-without-task", "the lines of the results lack their task_id", "S3",
          head(bytes_of(b'"task_id"', b'"taskId"'), "results")),
    _kind("results-status-undeclared", "an item's status in the results is done", "T20",
          head(bytes_of(b'"ready"', b'"done"'), "results")),
    _kind("nan", "a counter is NaN", "S8", head(bytes_of(b'"failed_items":0', b'"failed_items":NaN'), "get")),
    _kind("duplicate-key", "the status is there twice", "S8", head(bytes_of(b"{", b'{"status":"pending",'), "get")),
    _kind("empty", "a 200 has no body", "S3", head(lambda r: r._replace(body=b""), "get", statuses=(200,))),
    _kind("status-in-the-body", "an unknown batch is answered 200, with the error in the body", "S3",
          head(answered(200), "get", statuses=(404,))),
    _kind("error-flat", "an error is flat where it is nested", "S7",
          bend(lambda body, asked: body["error"], "get", refusals=True)),
    _kind("error-text", "an error is a text", "S7", bend(put("/error", "no such batch"), "get", refusals=True)),
    _kind("error-unnamed", "an error has no code", "S7", bend(put("/error/code", DROP), "get", refusals=True)),
    _kind("code-unknown", "the code of a refused cancel is one that nobody knows", "S7",
          bend(put("/error/code", "batch_done"), "cancel", refusals=True)),
    _kind("no-key-needed", "a request without a key is answered", "T21",
          instead("get", lambda asked: _with_key(asked).serve()), drives.twelvelabs_door),
    _kind("task-canceled-in-july", "a task is canceled in an era that has no such status", "T20",
          bend(put("/status", "canceled"), "get_task", when=status("ready")), drives.task_life),
)  # fmt: skip


def _with_key(asked: Asked) -> Asked:
    request = asked.request
    return asked.world.asked(
        Request(request.method, request.path, request.query, {**request.headers, "x-api-key": "test-key"}, request.body)
    )


def _read(asked: Asked) -> Response:
    """What a get of the batch or task would answer."""
    request = asked.request
    return asked.world.asked(Request("GET", request.path.removesuffix("/cancel"), "", request.headers)).serve()


def _shown(asked: Asked, code: int, **fields: Any) -> Response:
    body = {**orjson.loads(_read(asked).body), **fields}
    return Response(code, _JSON, orjson.dumps(body))


def _refused_and_done(asked: Asked) -> Response:
    asked.serve()
    return _refusal(409, "batch_completed")


def _kept(asked: Asked) -> Response | None:
    kept = asked.world.memory.setdefault("kept", {})
    response = asked.serve()
    if response.status == 200:
        kept[asked.job_id] = response
    return kept.get(asked.job_id, response)


def _moved(**counters: int) -> Any:
    """Move items between counters: by how much each is to change."""

    def change(body: Any, asked: Asked) -> Any:
        return {**body, **{f"{name}_items": body[f"{name}_items"] + by for name, by in counters.items()}}

    return change


_CANCELING: Final = status("canceling")
_ENDS: Final = ("completed_at", "canceled_at", "expired_at")


def _ended(body: Any, word: str) -> Any:
    """A batch's body in another status, its counters as they are."""
    kept = {name: value for name, value in body.items() if name not in _ENDS}
    return {**kept, "status": word, **({f"{word}_at": _LATE} if f"{word}_at" in _ENDS else {})}


def _as(word: str) -> Any:
    return lambda body, asked: _ended(body, word)


def _canceled_once_refused(asked: Asked) -> Response:
    response = asked.serve()
    if asked.operation == "cancel" and response.status == 409:
        asked.world.memory["refused"] = True
    if asked.operation == "get" and response.status == 200 and "refused" in asked.world.memory:
        return response._replace(body=orjson.dumps(_ended(orjson.loads(response.body), "canceled")))
    return response


OVER_TIME: Final = (
    _kind("total-changes", "total_items grows", "T4",
          bend(puts(total_items=4, queued_items=lambda old, _: old + 1), "get", when=later(3))),
    _kind("created-at-changes", "a batch was created later than it said at first", "T4",
          bend(puts(created_at="2026-10-01T12:05:00Z", expires_at="2026-10-02T12:05:00Z"), "get", when=later(3))),
    _kind("model-changes", "model_name changes", "T4", bend(put("/model_name", "pegasus1.2"), "get", when=later(3))),
    _kind("id-changes", "the id is another one in each answer", "T4", bend(put("/batch_id", "6512a1b2c3d4e5f6a7b8c9d0"), "get")),
    _kind("ready-falls", "an item that was ready is at work again", "T5",
          bend(_moved(ready=-1, processing=1), "get", when=both(status("processing"), lambda body, asked:
               body["ready_items"] == 2 and asked.turn("two") > 0))),
    _kind("queue-grows", "an item goes back into the queue", "T5",
          bend(_moved(queued=1, processing=-1), "get", when=both(status("processing"), lambda body, asked:
               body["queued_items"] == 1 and body["processing_items"] == 1 and asked.turn("one") > 0))),
    _kind("queue-stays", "after a cancel an item stays in the queue", "T9",
          bend(_moved(queued=1, canceled=-1), "get", when=_CANCELING), drives.batch_canceled),
    _kind("queue-works-on", "after a cancel an item of the queue is taken to work", "T10",
          bend(_moved(processing=1, canceled=-1), "get", when=both(_CANCELING, later(2))), drives.batch_canceled),
    _kind("work-is-canceled", "an item at work is canceled by the cancel", "T10",
          bend(_moved(ready=-1, canceled=1), "get", when=status("canceled")), drives.batch_canceled),
    _kind("canceled-shrinks", "canceled items are fewer later", "T5 T10",
          bend(_moved(ready=1, canceled=-1), "get", when=status("canceled")), drives.batch_canceled),
    _kind("reopened", "a completed batch is processed again", "T12b",
          bend(_as("processing"), "get", when=both(status("completed"), later()))),
    _kind("completed-then-expired", "a completed batch expires", "T12b",
          bend(_as("expired"), "get", when=both(status("completed"), later()))),
    _kind("completed-then-pending", "a completed batch is pending again", "T12b", stale("get", turn=9)),
    _kind("canceled-then-completed", "a canceled batch is completed later", "T12b",
          bend(_as("completed"), "get", when=both(status("canceled"), later())),
          drives.batch_canceled),
    _kind("expired-works-on", "an expired batch is processed again", "T12b",
          bend(_as("processing"), "get", when=both(status("expired"), later())),
          drives.batch_expired),
    _kind("list-stale", "the list shows a completed batch as it was at first", "T12b",
          bend(entries("data", _as("processing")), "list")),
    _kind("canceling-completes", "a canceling batch is completed", "T12",
          bend(_as("completed"), "get", when=status("canceled")), drives.batch_canceled),
    _kind("cancel-taken-back", "a canceling batch is processed again", "T12a",
          bend(lambda body, asked: {**body, "status": "processing"}, "get", when=both(_CANCELING, later(2))),
          drives.batch_canceled),
    _kind("cancel-without-effect", "an accepted cancel has no effect", "T12 T12a L8",
          instead("cancel", lambda asked: _shown(asked, 202, status="canceling")), drives.batch_canceled_and_over),
    _kind("cancel-answers-completed", "an accepted cancel answers completed", "T8 T6",
          bend(_as("completed"), "cancel"), drives.batch_canceled),
    _kind("canceled-by-nobody", "a batch is canceling, and nobody asked for it", "T12c",
          bend(lambda body, asked: {**body, "status": "canceling", "queued_items": 0, "canceled_items": body["queued_items"]},
               "get", when=both(status("processing"), later(2)))),
    _kind("completed-cancel-accepted", "a cancel of a completed batch is accepted", "T6",
          instead("cancel", lambda asked: _shown(asked, 202))),
    _kind("canceled-cancel-accepted", "a cancel of a canceled batch is accepted", "T6",
          instead("cancel", lambda asked: _shown(asked, 202) if asked.state() == "canceled" else None), drives.batch_canceled),
    _kind("expired-cancel-accepted", "a cancel of an expired batch is accepted", "T6",
          instead("cancel", lambda asked: _shown(asked, 202)), drives.batch_expired),
    _kind("live-cancel-refused", "a cancel of a batch that is processed is refused", "T6a",
          instead("cancel", lambda asked: _refusal(409, "batch_completed") if asked.state() == "processing" else None),
          drives.batch_canceled),
    _kind("refused-and-canceled", "a cancel is refused and takes effect", "T16",
          instead("cancel", lambda asked: _refused_and_done(asked) if asked.state() == "processing" else None),
          drives.batch_canceled),
    _kind("completed-refused-and-canceled", "a refused cancel turns a completed batch into a canceled one", "T16",
          _canceled_once_refused),
    _kind("unreadable-after-cancel", "a canceling batch cannot be read", "T19",
          instead("get", lambda asked: _refusal(404, "resource_not_exist") if asked.state() == "canceling" else None),
          drives.batch_canceled),
    _kind("gone-when-completed", "a completed batch is not found", "T19",
          instead("get", lambda asked: _refusal(404, "resource_not_exist") if asked.turn("read") == 9 else None)),
    _kind("deleted-and-readable", "a deleted batch can still be read", "T7 L8", instead("get", _kept)),
    _kind("delete-refused", "a completed batch cannot be deleted", "T22",
          instead("delete", lambda asked: _refusal(409, "batch_not_terminal"))),
    _kind("task-reopened", "a task that was ready is processed again", "L2", jump("ready", "processing", "get_task"),
          drives.task_life, SEPTEMBER),
    _kind("task-ready-then-failed", "a task that was ready fails later", "L2", jump("ready", "failed", "get_task"),
          drives.task_life, SEPTEMBER),
    _kind("task-back-in-queue", "a task that is processed is queued again", "L1", jump("processing", "queued", "get_task"),
          drives.task_life, SEPTEMBER),
    _kind("task-canceled-goes-on", "a canceled task gets ready", "L8 L2",
          after("cancel_task", lambda asked, response: asked.force("processing"), statuses=(200,)),
          drives.task_canceled, SEPTEMBER),
    _kind("task-ready-canceled", "a task that is ready can be canceled", "T23",
          before("cancel_task", lambda asked: asked.force("processing")), drives.task_life, SEPTEMBER),
    _kind("task-cancel-refused", "a second cancel of a task is refused", "T23a",
          instead("cancel_task", lambda asked: _refusal(409, "task_not_cancelable") if asked.turn("cancel") else None),
          drives.task_canceled, SEPTEMBER),
    _kind("task-deleted-and-readable", "a deleted task can still be read", "L11a L8", instead("get_task", _kept),
          drives.task_life, SEPTEMBER),
    _kind("task-unreadable", "a canceled task is not found at times", "L11 L11a",
          instead("get_task", lambda asked: _refusal(404, "resource_not_exist") if asked.turn("read") == 3 else None),
          drives.task_canceled, SEPTEMBER),
)  # fmt: skip

KINDS: Final = (*BODIES, *ANSWERS, *OVER_TIME)
