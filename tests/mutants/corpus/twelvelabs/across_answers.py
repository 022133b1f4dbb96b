"""TwelveLabs: bugs that show between answers."""

from typing import Any, Final

import orjson

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutated_vendor import InterceptedRequest
from tests.mutants.corpus.mutations import (
    BodyChange,
    BodyCondition,
    after,
    before,
    both_hold,
    change_body,
    change_response,
    each_entry,
    force_state_change,
    from_second_answer,
    on_call,
    replace_answer,
    replay_first_answer,
    serve_after_deletion,
    serve_but_answer,
    set_field,
    set_fields,
    while_in,
    while_status,
    with_status,
)
from tests.mutants.corpus.twelvelabs.builders import LATE, SEPTEMBER, moved, mutant, not_found, refusal, shown, shown_as

_CANCELING: Final = while_status("canceling")


def _refused(call: InterceptedRequest) -> Response:
    return refusal(409, "batch_completed")


def _canceled_once_refused(call: InterceptedRequest) -> Response:
    response = call.serve()
    if call.operation == "cancel" and response.status == 409:
        call.world.memory["refused"] = True
    if call.operation == "get" and response.status == 200 and "refused" in call.world.memory:
        return response._replace(body=orjson.dumps(shown_as("canceled")(orjson.loads(response.body), call)))
    return response


def _again(number: int, name: str) -> BodyCondition:
    """Require that an earlier body had this number of items in a state, too."""
    return lambda body, call: body[f"{name}_items"] == number and call.calls_before(name) > 0


def _cancel_the_work(body: Any, call: InterceptedRequest) -> Any:
    """Count the item that was at work when the cancel came as canceled."""
    if body["status"] == "canceling":
        return moved(processing=-1, canceled=1)(shown_as("canceled")(body, call), call)
    return moved(ready=-1, canceled=1)({**body, "canceled_at": LATE}, call)


def _set_now(name: str) -> BodyChange:
    """Set a field to the time of the answer, if the body has it."""
    return lambda body, call: {**body, name: call.now_rfc3339()} if name in body else body


def _lists(status: str) -> BodyCondition:
    """Require that the list has a job in a state."""
    return lambda body, call: any(entry["status"] == status for entry in body["data"])


def _work_on(status: str) -> BodyChange:
    """Show the items that the expiry has canceled as still at work."""

    def show_work(body: Any, call: InterceptedRequest) -> Any:
        waiting = body["canceled_items"]
        return moved(processing=waiting, canceled=-waiting)(shown_as(status)(body, call), call)

    return show_work


ACROSS_ANSWERS: Final = (
    mutant(
        "total-changes",
        "total_items grows",
        "T4",
        change_body(set_fields(total_items=4, queued_items=lambda old, _: old + 1), "get", when=from_second_answer(3)),
    ),
    mutant(
        "created-at-changes",
        "created_at moves to a later time",
        "T4",
        change_body(
            set_fields(created_at="2026-10-01T12:05:00Z", expires_at="2026-10-02T12:05:00Z"),
            "get",
            when=from_second_answer(3),
        ),
    ),
    mutant(
        "model-changes",
        "model_name changes",
        "T4",
        change_body(set_field("/model_name", "pegasus1.2"), "get", when=from_second_answer(3)),
    ),
    mutant(
        "id-changes",
        "the id differs from answer to answer",
        "T4",
        change_body(set_field("/batch_id", "6512a1b2c3d4e5f6a7b8c9d0"), "get"),
    ),
    mutant(
        "ready-falls",
        "an item that was ready is processed again",
        "T5",
        change_body(
            moved(ready=-1, processing=1), "get", when=both_hold(while_status("processing"), _again(2, "ready"))
        ),
    ),
    mutant(
        "queue-grows",
        "an item goes back into the queue",
        "T5",
        change_body(
            moved(queued=1, processing=-1),
            "get",
            when=both_hold(while_status("processing"), both_hold(_again(1, "processing"), _again(1, "queued"))),
        ),
    ),
    mutant(
        "queue-stays",
        "after a cancel an item stays in the queue",
        "T9",
        change_body(moved(queued=1, canceled=-1), "get", when=_CANCELING),
        client_drivers.batch_canceled,
    ),
    mutant(
        "queue-works-on",
        "after a cancel a queued item is processed",
        "T10",
        change_body(moved(processing=1, canceled=-1), "get", when=both_hold(_CANCELING, from_second_answer(2))),
        client_drivers.batch_canceled,
    ),
    mutant(
        "work-is-canceled",
        "an item at work is canceled by the cancel",
        "T10",
        change_body(moved(ready=-1, canceled=1), "get", when=while_status("canceled")),
        client_drivers.batch_canceled,
    ),
    mutant(
        "canceled-shrinks",
        "the number of canceled items falls",
        "T5 T10",
        change_body(moved(ready=1, canceled=-1), "get", when=while_status("canceled")),
        client_drivers.batch_canceled,
    ),
    mutant(
        "work-is-canceled-at-once",
        "the cancel counts an item at work as canceled, in its own answer too",
        "T10a",
        change_body(_cancel_the_work, "cancel", "get", when=while_status("canceling", "canceled")),
        client_drivers.batch_canceled,
    ),
    mutant(
        "completed-at-moves",
        "completed_at is the time of the answer",
        "T4a",
        change_body(_set_now("completed_at"), "get", when=while_status("completed")),
    ),
    mutant(
        "canceled-at-moves",
        "the list shows another canceled_at than the batch itself",
        "T4a",
        change_body(each_entry("data", _set_now("canceled_at")), "list", when=_lists("canceled")),
        client_drivers.batch_canceled,
    ),
    mutant(
        "task-completed-at-moves",
        "a task's completed_at is the time of the answer",
        "T4b",
        change_body(_set_now("completed_at"), "get_task", when=while_status("ready")),
        client_drivers.task_life,
        SEPTEMBER,
    ),
    mutant(
        "never-expires",
        "a batch is processing beyond its 24 hours",
        "T14b",
        change_body(_work_on("processing"), "get", when=while_status("expired")),
        client_drivers.batch_expired,
    ),
    mutant(
        "canceling-never-ends",
        "a batch is canceling beyond its 24 hours",
        "T14b",
        change_body(_work_on("canceling"), "get", when=while_status("expired")),
        client_drivers.batch_canceled_and_stuck,
    ),
    mutant(
        "completed-after-expiry",
        "a batch is completed an hour after it had to expire",
        "T14a",
        change_body(
            lambda body, call: {**shown_as("completed")(body, call), "completed_at": "2026-10-02T13:00:00Z"},
            "get",
            when=while_status("expired"),
        ),
        client_drivers.batch_expired,
    ),
    mutant(
        "kept-for-ever",
        "a batch is not deleted after 30 days",
        "T19a",
        serve_after_deletion("get"),
        client_drivers.batch_read_after_a_month,
    ),
    mutant(
        "cancel-only-accepted",
        "an accepted cancel has no effect: the batch is processed and completed",
        "L8 T12c T12a",
        replace_answer("cancel", lambda call: shown(call, 202)),
        client_drivers.batch_canceled,
    ),
    mutant(
        "reopened",
        "a completed batch is processed again",
        "T12b",
        change_body(shown_as("processing"), "get", when=both_hold(while_status("completed"), from_second_answer())),
    ),
    mutant(
        "completed-then-expired",
        "a completed batch expires",
        "T12b",
        change_body(shown_as("expired"), "get", when=both_hold(while_status("completed"), from_second_answer())),
    ),
    mutant("completed-then-pending", "a completed batch is pending again", "T12b", replay_first_answer("get", turn=9)),
    mutant(
        "canceled-then-completed",
        "a canceled batch is completed later",
        "T12b",
        change_body(shown_as("completed"), "get", when=both_hold(while_status("canceled"), from_second_answer())),
        client_drivers.batch_canceled,
    ),
    mutant(
        "expired-works-on",
        "an expired batch is processed again",
        "T12b",
        change_body(shown_as("processing"), "get", when=both_hold(while_status("expired"), from_second_answer())),
        client_drivers.batch_expired,
    ),
    mutant(
        "list-stale",
        "the list shows a completed batch in its first state",
        "T12b",
        change_body(each_entry("data", shown_as("processing")), "list"),
    ),
    mutant(
        "canceling-completes",
        "a canceling batch is completed",
        "T12",
        change_body(shown_as("completed"), "get", when=while_status("canceled")),
        client_drivers.batch_canceled,
    ),
    mutant(
        "cancel-taken-back",
        "a canceling batch is processed again",
        "T12a",
        change_body(
            lambda body, call: {**body, "status": "processing"},
            "get",
            when=both_hold(_CANCELING, from_second_answer(2)),
        ),
        client_drivers.batch_canceled,
    ),
    mutant(
        "cancel-without-effect",
        "an accepted cancel has no effect",
        "T12 T12a L8",
        replace_answer("cancel", lambda call: shown(call, 202, status="canceling")),
        client_drivers.batch_canceled_and_over,
    ),
    mutant(
        "cancel-answers-completed",
        "the answer to an accepted cancel shows completed",
        "T8 T6",
        change_body(shown_as("completed"), "cancel"),
        client_drivers.batch_canceled,
    ),
    mutant(
        "canceled-without-cancel",
        "a batch is canceling without a cancel",
        "T12c",
        change_body(
            lambda body, call: {
                **body,
                "status": "canceling",
                "queued_items": 0,
                "canceled_items": body["queued_items"],
            },
            "get",
            when=both_hold(while_status("processing"), from_second_answer(2)),
        ),
    ),
    mutant(
        "completed-cancel-accepted",
        "a cancel of a completed batch is accepted",
        "T6",
        replace_answer("cancel", lambda call: shown(call, 202)),
    ),
    mutant(
        "canceled-cancel-accepted",
        "a cancel of a canceled batch is accepted",
        "T6",
        replace_answer("cancel", while_in("canceled", lambda call: shown(call, 202))),
        client_drivers.batch_canceled,
    ),
    mutant(
        "expired-cancel-accepted",
        "a cancel of an expired batch is accepted",
        "T6",
        replace_answer("cancel", lambda call: shown(call, 202)),
        client_drivers.batch_expired,
    ),
    mutant(
        "live-cancel-refused",
        "a cancel of a batch that is processed is refused",
        "T6a",
        replace_answer("cancel", while_in("processing", _refused)),
        client_drivers.batch_canceled,
    ),
    mutant(
        "refused-and-canceled",
        "a cancel is refused and takes effect",
        "T16",
        replace_answer("cancel", while_in("processing", serve_but_answer(_refused))),
        client_drivers.batch_canceled,
    ),
    mutant(
        "completed-refused-and-canceled",
        "a refused cancel turns a completed batch into a canceled one",
        "T16",
        _canceled_once_refused,
    ),
    mutant(
        "unreadable-after-cancel",
        "a canceling batch cannot be read",
        "T19",
        replace_answer("get", while_in("canceling", not_found)),
        client_drivers.batch_canceled,
    ),
    mutant(
        "gone-when-completed",
        "a completed batch is not found",
        "T7a",
        replace_answer("get", on_call(9, not_found)),
    ),
    mutant(
        "deleted-twice",
        "two deletions at once both delete the batch",
        "T7",
        replace_answer(
            "delete", on_call(1, lambda call: Response(200, (("Content-Type", "application/json"),), b"{}"))
        ),
        client_drivers.batch_deleted_twice,
    ),
    mutant(
        "deleted-is-400",
        "a read of a deleted batch is answered 400 instead of 404",
        "T7b",
        change_response(with_status(400), "get", statuses=(404,)),
    ),
    mutant(
        "unknown-cancel-is-409",
        "a cancel of an unknown batch is answered 409 instead of 404",
        "T7",
        change_response(with_status(409), "cancel", statuses=(404,)),
        client_drivers.twelvelabs_door,
    ),
    mutant(
        "processing-deleted",
        "a batch that is processing can be deleted",
        "T22a T7",
        replace_answer("delete", lambda call: Response(200, (("Content-Type", "application/json"),), b"{}")),
        client_drivers.batch_deleted_early,
    ),
    mutant("deleted-and-readable", "a deleted batch can still be read", "T7 L8", serve_after_deletion("get")),
    mutant(
        "delete-refused",
        "a completed batch cannot be deleted",
        "T22",
        replace_answer("delete", lambda call: refusal(409, "batch_not_terminal")),
    ),
    mutant(
        "task-reopened",
        "a task that was ready is processed again",
        "L2",
        force_state_change("ready", "processing", "get_task"),
        client_drivers.task_life,
        SEPTEMBER,
    ),
    mutant(
        "task-ready-then-failed",
        "a task that was ready fails later",
        "L2",
        force_state_change("ready", "failed", "get_task"),
        client_drivers.task_life,
        SEPTEMBER,
    ),
    mutant(
        "task-back-in-queue",
        "a task that is processed is queued again",
        "L1",
        force_state_change("processing", "queued", "get_task"),
        client_drivers.task_life,
        SEPTEMBER,
    ),
    mutant(
        "task-canceled-goes-on",
        "a canceled task becomes ready",
        "L8 L2",
        after("cancel_task", lambda call, response: call.force("processing"), statuses=(200,)),
        client_drivers.task_canceled,
        SEPTEMBER,
    ),
    mutant(
        "task-ready-canceled",
        "a task that is ready can be canceled",
        "T23",
        before("cancel_task", lambda call: call.force("processing")),
        client_drivers.task_life,
        SEPTEMBER,
    ),
    mutant(
        "task-cancel-refused",
        "a second cancel of a task is refused",
        "T23a",
        replace_answer("cancel_task", on_call(1, lambda call: refusal(409, "task_not_cancelable"))),
        client_drivers.task_canceled,
        SEPTEMBER,
    ),
    mutant(
        "task-deleted-and-readable",
        "a deleted task can still be read",
        "T24",
        serve_after_deletion("get_task"),
        client_drivers.task_life,
        SEPTEMBER,
    ),
    mutant(
        "task-unreadable",
        "a canceled task is not found at times",
        "T24a",
        replace_answer("get_task", on_call(3, not_found)),
        client_drivers.task_canceled,
        SEPTEMBER,
    ),
)
