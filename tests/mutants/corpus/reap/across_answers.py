"""Reap: bugs that show between answers."""

from typing import Final

from mockserver.core.wire import Request, Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutated_vendor import InterceptedRequest
from tests.mutants.corpus.mutations import (
    after,
    before,
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
from tests.mutants.corpus.reap.builders import mutant, not_found, project, refusal


def _refused(call: InterceptedRequest) -> Response:
    return refusal()


def _limited(call: InterceptedRequest) -> Response:
    return refusal("Rate limit exceeded.", 429, ("Retry-After", "60"))


def _queued(call: InterceptedRequest) -> None:
    call.force("queued")


def _refund(call: InterceptedRequest, response: Response) -> None:
    call.world.add_ledger_entry(call.job_id, "refund")


def _refund_twice(call: InterceptedRequest, response: Response) -> None:
    _refund(call, response)
    _refund(call, response)


def _unlimited(call: InterceptedRequest) -> Response:
    """Serve each call under a key that the limiter has not seen."""
    request = call.request
    headers = {**request.headers, "authorization": f"Bearer key-{len(call.world.exchanges)}"}
    return call.world.intercept(Request(request.method, request.path, request.query, headers, request.body)).serve()


def _generous(call: InterceptedRequest) -> Response:
    """Let the limiter count every other call only."""
    return _unlimited(call) if len(call.world.exchanges) % 2 else call.serve()


ACROSS_ANSWERS: Final = (
    mutant(
        "id-changes",
        "the id differs from answer to answer",
        "R10",
        change_body(set_field("/id", "6512a1b2c3d4e5f6a7b8c9d0"), "details"),
    ),
    mutant(
        "created-changes",
        "createdAt is the time of the answer",
        "R10",
        change_body(
            set_fields(createdAt=lambda old, body: body["updatedAt"] + 1, updatedAt=lambda old, body: old + 2),
            "details",
            when=while_status("completed"),
        ),
    ),
    mutant(
        "type-changes",
        "projectType changes",
        "R10",
        change_body(set_field("/projectType", "captions"), "get", when=from_second_answer(2)),
    ),
    mutant(
        "updated-falls",
        "updatedAt falls",
        "R10a",
        change_body(
            set_field("/updatedAt", lambda old, body: body["createdAt"]), "details", when=from_second_answer(2)
        ),
    ),
    mutant("reopened", "a completed project is processed again", "R14", force_state_change("completed", "processing")),
    mutant(
        "completed-then-failed",
        "a completed project fails later",
        "R14",
        force_state_change("completed", "failed", "details"),
        client_drivers.project_looked_at,
    ),
    mutant(
        "failed-then-completed",
        "a failed project is completed later",
        "R14",
        force_state_change("failed", "completed"),
        client_drivers.project_failed,
    ),
    mutant(
        "failed-then-invalid",
        "a failed project is invalid later",
        "R14",
        force_state_change("failed", "invalid"),
        client_drivers.project_failed,
    ),
    mutant(
        "cancelled-then-completed",
        "a cancelled project is completed later",
        "R14",
        force_state_change("cancelled", "completed"),
        client_drivers.project_cancelled,
    ),
    mutant(
        "back-in-the-queue",
        "a project that is processed is queued again",
        "L1",
        force_state_change("processing", "queued"),
    ),
    mutant("stale", "a completed project is shown in its first state", "R14", replay_first_answer("details", turn=2)),
    mutant(
        "list-stale",
        "the list shows a completed project as queued",
        "R14",
        change_body(each_entry("projects", set_field("/status", "queued")), "list"),
    ),
    mutant(
        "list-cancelled",
        "the list shows a completed project as cancelled",
        "R14 R3a",
        change_body(each_entry("projects", set_field("/status", "cancelled")), "list"),
    ),
    mutant(
        "cancelled-without-cancel",
        "a project is cancelled without a cancel",
        "R14a",
        force_state_change("processing", "cancelled"),
    ),
    mutant(
        "cancel-without-effect",
        "an accepted cancel has no effect",
        "R1a",
        replace_answer("cancel", lambda call: project(call, status="cancelled")),
        client_drivers.project_cancelled_and_over,
    ),
    mutant(
        "cancel-forgotten",
        "a cancelled project is completed nevertheless",
        "R1a R14",
        after("cancel", lambda call, response: call.force("processing"), statuses=(200,)),
        client_drivers.project_cancelled_and_over,
    ),
    mutant(
        "cancel-answers-queued",
        "the answer to an accepted cancel shows queued",
        "R1",
        change_body(set_field("/status", "queued"), "cancel"),
        client_drivers.project_cancelled,
    ),
    mutant(
        "refused-and-cancelled",
        "a cancel is refused and takes effect",
        "R3a",
        replace_answer("cancel", serve_but_answer(_refused)),
        client_drivers.project_cancelled,
    ),
    mutant(
        "too-late-and-cancelled",
        "a cancel of a project that is processed is refused and takes effect",
        "R3a",
        after("cancel", lambda call, response: call.force("cancelled"), statuses=(400,)),
        client_drivers.project_too_late,
    ),
    mutant(
        "limited-and-cancelled",
        "a cancel beyond the rate limit takes effect",
        "R3a",
        replace_answer("cancel", serve_but_answer(_limited)),
        client_drivers.project_cancelled_and_over,
    ),
    mutant("completed-cancelled", "a completed project can be cancelled", "R3", before("cancel", _queued)),
    mutant(
        "failed-cancelled",
        "a failed project can be cancelled",
        "R3",
        before("cancel", _queued),
        client_drivers.project_failed,
    ),
    mutant(
        "cancelled-twice",
        "a second cancel is accepted",
        "R3",
        replace_answer("cancel", while_in("cancelled", project)),
        client_drivers.project_cancelled,
    ),
    mutant(
        "cancelled-at-work",
        "a project that is finalizing can be cancelled",
        "R4",
        before("cancel", _queued),
        client_drivers.project_too_late,
    ),
    mutant(
        "queued-cancel-refused",
        "a cancel is refused while the source is prepared",
        "R15",
        replace_answer("cancel", while_in("prepped", _refused)),
        client_drivers.project_cancelled_early,
    ),
    mutant(
        "unreadable-after-cancel",
        "a cancelled project cannot be read any more",
        "R6",
        replace_answer("get", while_in("cancelled", not_found)),
        client_drivers.project_cancelled,
    ),
    mutant(
        "details-after-cancel",
        "the details of a cancelled project are gone",
        "L11b",
        replace_answer("details", while_in("cancelled", not_found)),
        client_drivers.project_cancelled,
    ),
    mutant(
        "cancelled-renamed",
        "a cancelled project can be renamed",
        "R7",
        replace_answer("update", lambda call: project(call, title="Another title")),
        client_drivers.project_cancelled,
    ),
    mutant(
        "not-found-at-times",
        "a project is not found, and found again later",
        "L11b R6",
        replace_answer("get", on_call(3, not_found)),
    ),
    mutant(
        "cancelled-twice-at-once",
        "two cancels at once are both accepted",
        "R3",
        replace_answer("cancel", while_in("cancelled", project)),
        client_drivers.project_cancelled_twice_at_once,
    ),
    mutant(
        "deleted-and-listed",
        "a deleted project stays in the list",
        "R18",
        replay_first_answer("list"),
    ),
    mutant(
        "deleted-is-400",
        "a read of a deleted project is answered 400 instead of 404",
        "R19",
        change_response(with_status(400), "get", statuses=(404,)),
    ),
    mutant("deleted-and-readable", "a deleted project can still be read", "L8 L11a", serve_after_deletion("get")),
    mutant(
        "delete-refused",
        "a completed project cannot be deleted",
        "R17",
        replace_answer("delete", lambda call: refusal("This project is still processing.")),
    ),
    mutant(
        "no-limit",
        "the rate limit never refuses a call",
        "R9",
        _unlimited,
        client_drivers.project_polled_too_often,
    ),
    mutant(
        "limit-is-twenty",
        "the rate limit lets twice as many calls through",
        "R9",
        _generous,
        client_drivers.project_polled_too_often,
    ),
    mutant(
        "refunded-twice",
        "a second cancel is refused, and refunds once more",
        "R8",
        after("cancel", _refund, statuses=(400,)),
        client_drivers.project_cancelled,
    ),
    mutant(
        "refunded-for-nothing",
        "a refused cancel of a completed project refunds twice",
        "R8",
        after("cancel", _refund_twice, statuses=(400,)),
    ),
)
