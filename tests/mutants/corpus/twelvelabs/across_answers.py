"""TwelveLabs: bugs that show between answers."""

from typing import Final

import orjson

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutated_vendor import Asked
from tests.mutants.corpus.mutations import (
    When,
    after,
    before,
    bend,
    both,
    entries,
    instead,
    jump,
    later,
    put,
    puts,
    stale,
    status,
    undying,
    while_in,
)
from tests.mutants.corpus.twelvelabs.builders import SEPTEMBER, kind, moved, refusal, shown, shown_as

_CANCELING: Final = status("canceling")


def _refused(asked: Asked) -> Response:
    return refusal(409, "batch_completed")


def _refused_and_done(asked: Asked) -> Response:
    asked.serve()
    return _refused(asked)


def _not_found(asked: Asked) -> Response:
    return refusal(404, "resource_not_exist")


def _canceled_once_refused(asked: Asked) -> Response:
    response = asked.serve()
    if asked.operation == "cancel" and response.status == 409:
        asked.world.memory["refused"] = True
    if asked.operation == "get" and response.status == 200 and "refused" in asked.world.memory:
        return response._replace(body=orjson.dumps(shown_as("canceled")(orjson.loads(response.body), asked)))
    return response


def _again(number: int, name: str) -> When:
    """From the second time on that so many items are in a state."""
    return lambda body, asked: body[f"{name}_items"] == number and asked.turn(name) > 0


COURSES: Final = (
    kind(
        "total-changes",
        "total_items grows",
        "T4",
        bend(puts(total_items=4, queued_items=lambda old, _: old + 1), "get", when=later(3)),
    ),
    kind(
        "created-at-changes",
        "a batch was created later than it said at first",
        "T4",
        bend(puts(created_at="2026-10-01T12:05:00Z", expires_at="2026-10-02T12:05:00Z"), "get", when=later(3)),
    ),
    kind("model-changes", "model_name changes", "T4", bend(put("/model_name", "pegasus1.2"), "get", when=later(3))),
    kind(
        "id-changes",
        "the id is another one in each answer",
        "T4",
        bend(put("/batch_id", "6512a1b2c3d4e5f6a7b8c9d0"), "get"),
    ),
    kind(
        "ready-falls",
        "an item that was ready is at work again",
        "T5",
        bend(moved(ready=-1, processing=1), "get", when=both(status("processing"), _again(2, "ready"))),
    ),
    kind(
        "queue-grows",
        "an item goes back into the queue",
        "T5",
        bend(
            moved(queued=1, processing=-1),
            "get",
            when=both(status("processing"), both(_again(1, "processing"), _again(1, "queued"))),
        ),
    ),
    kind(
        "queue-stays",
        "after a cancel an item stays in the queue",
        "T9",
        bend(moved(queued=1, canceled=-1), "get", when=_CANCELING),
        client_drivers.batch_canceled,
    ),
    kind(
        "queue-works-on",
        "after a cancel an item of the queue is taken to work",
        "T10",
        bend(moved(processing=1, canceled=-1), "get", when=both(_CANCELING, later(2))),
        client_drivers.batch_canceled,
    ),
    kind(
        "work-is-canceled",
        "an item at work is canceled by the cancel",
        "T10",
        bend(moved(ready=-1, canceled=1), "get", when=status("canceled")),
        client_drivers.batch_canceled,
    ),
    kind(
        "canceled-shrinks",
        "canceled items are fewer later",
        "T5 T10",
        bend(moved(ready=1, canceled=-1), "get", when=status("canceled")),
        client_drivers.batch_canceled,
    ),
    kind(
        "reopened",
        "a completed batch is processed again",
        "T12b",
        bend(shown_as("processing"), "get", when=both(status("completed"), later())),
    ),
    kind(
        "completed-then-expired",
        "a completed batch expires",
        "T12b",
        bend(shown_as("expired"), "get", when=both(status("completed"), later())),
    ),
    kind("completed-then-pending", "a completed batch is pending again", "T12b", stale("get", turn=9)),
    kind(
        "canceled-then-completed",
        "a canceled batch is completed later",
        "T12b",
        bend(shown_as("completed"), "get", when=both(status("canceled"), later())),
        client_drivers.batch_canceled,
    ),
    kind(
        "expired-works-on",
        "an expired batch is processed again",
        "T12b",
        bend(shown_as("processing"), "get", when=both(status("expired"), later())),
        client_drivers.batch_expired,
    ),
    kind(
        "list-stale",
        "the list shows a completed batch as it was at first",
        "T12b",
        bend(entries("data", shown_as("processing")), "list"),
    ),
    kind(
        "canceling-completes",
        "a canceling batch is completed",
        "T12",
        bend(shown_as("completed"), "get", when=status("canceled")),
        client_drivers.batch_canceled,
    ),
    kind(
        "cancel-taken-back",
        "a canceling batch is processed again",
        "T12a",
        bend(lambda body, asked: {**body, "status": "processing"}, "get", when=both(_CANCELING, later(2))),
        client_drivers.batch_canceled,
    ),
    kind(
        "cancel-without-effect",
        "an accepted cancel has no effect",
        "T12 T12a L8",
        instead("cancel", lambda asked: shown(asked, 202, status="canceling")),
        client_drivers.batch_canceled_and_over,
    ),
    kind(
        "cancel-answers-completed",
        "an accepted cancel answers completed",
        "T8 T6",
        bend(shown_as("completed"), "cancel"),
        client_drivers.batch_canceled,
    ),
    kind(
        "canceled-by-nobody",
        "a batch is canceling, and nobody asked for it",
        "T12c",
        bend(
            lambda body, asked: {
                **body,
                "status": "canceling",
                "queued_items": 0,
                "canceled_items": body["queued_items"],
            },
            "get",
            when=both(status("processing"), later(2)),
        ),
    ),
    kind(
        "completed-cancel-accepted",
        "a cancel of a completed batch is accepted",
        "T6",
        instead("cancel", lambda asked: shown(asked, 202)),
    ),
    kind(
        "canceled-cancel-accepted",
        "a cancel of a canceled batch is accepted",
        "T6",
        instead("cancel", while_in("canceled", lambda asked: shown(asked, 202))),
        client_drivers.batch_canceled,
    ),
    kind(
        "expired-cancel-accepted",
        "a cancel of an expired batch is accepted",
        "T6",
        instead("cancel", lambda asked: shown(asked, 202)),
        client_drivers.batch_expired,
    ),
    kind(
        "live-cancel-refused",
        "a cancel of a batch that is processed is refused",
        "T6a",
        instead("cancel", while_in("processing", _refused)),
        client_drivers.batch_canceled,
    ),
    kind(
        "refused-and-canceled",
        "a cancel is refused and takes effect",
        "T16",
        instead("cancel", while_in("processing", _refused_and_done)),
        client_drivers.batch_canceled,
    ),
    kind(
        "completed-refused-and-canceled",
        "a refused cancel turns a completed batch into a canceled one",
        "T16",
        _canceled_once_refused,
    ),
    kind(
        "unreadable-after-cancel",
        "a canceling batch cannot be read",
        "T19",
        instead("get", while_in("canceling", _not_found)),
        client_drivers.batch_canceled,
    ),
    kind(
        "gone-when-completed",
        "a completed batch is not found",
        "T19",
        instead("get", lambda asked: _not_found(asked) if asked.turn("read") == 9 else None),
    ),
    kind("deleted-and-readable", "a deleted batch can still be read", "T7 L8", undying("get")),
    kind(
        "delete-refused",
        "a completed batch cannot be deleted",
        "T22",
        instead("delete", lambda asked: refusal(409, "batch_not_terminal")),
    ),
    kind(
        "task-reopened",
        "a task that was ready is processed again",
        "L2",
        jump("ready", "processing", "get_task"),
        client_drivers.task_life,
        SEPTEMBER,
    ),
    kind(
        "task-ready-then-failed",
        "a task that was ready fails later",
        "L2",
        jump("ready", "failed", "get_task"),
        client_drivers.task_life,
        SEPTEMBER,
    ),
    kind(
        "task-back-in-queue",
        "a task that is processed is queued again",
        "L1",
        jump("processing", "queued", "get_task"),
        client_drivers.task_life,
        SEPTEMBER,
    ),
    kind(
        "task-canceled-goes-on",
        "a canceled task gets ready",
        "L8 L2",
        after("cancel_task", lambda asked, response: asked.force("processing"), statuses=(200,)),
        client_drivers.task_canceled,
        SEPTEMBER,
    ),
    kind(
        "task-ready-canceled",
        "a task that is ready can be canceled",
        "T23",
        before("cancel_task", lambda asked: asked.force("processing")),
        client_drivers.task_life,
        SEPTEMBER,
    ),
    kind(
        "task-cancel-refused",
        "a second cancel of a task is refused",
        "T23a",
        instead("cancel_task", lambda asked: refusal(409, "task_not_cancelable") if asked.turn("cancel") else None),
        client_drivers.task_canceled,
        SEPTEMBER,
    ),
    kind(
        "task-deleted-and-readable",
        "a deleted task can still be read",
        "L11a L8",
        undying("get_task"),
        client_drivers.task_life,
        SEPTEMBER,
    ),
    kind(
        "task-unreadable",
        "a canceled task is not found at times",
        "L11 L11a",
        instead("get_task", lambda asked: _not_found(asked) if asked.turn("read") == 3 else None),
        client_drivers.task_canceled,
        SEPTEMBER,
    ),
)
