"""Reap: bugs that show between answers."""

from typing import Final

from mockserver.core.wire import Request, Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutated_vendor import Asked
from tests.mutants.corpus.mutations import (
    after,
    before,
    bend,
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
from tests.mutants.corpus.reap.builders import kind, project, refusal


def _refused_and_done(asked: Asked) -> Response:
    asked.serve()
    return refusal()


def _limited_and_done(asked: Asked) -> Response:
    asked.serve()
    return refusal("Rate limit exceeded.", 429, ("Retry-After", "60"))


def _not_found(asked: Asked) -> Response:
    return refusal("Project not found", 404)


def _queued(asked: Asked) -> None:
    asked.force("queued")


def _refund(asked: Asked, response: Response) -> None:
    asked.world.book(asked.job_id, "refund")


def _refund_twice(asked: Asked, response: Response) -> None:
    _refund(asked, response)
    _refund(asked, response)


def _unlimited(asked: Asked) -> Response:
    """Every key is a new one to the limiter."""
    request = asked.request
    headers = {**request.headers, "authorization": f"Bearer key-{len(asked.world.tape)}"}
    return asked.world.asked(Request(request.method, request.path, request.query, headers, request.body)).serve()


def _generous(asked: Asked) -> Response:
    """The limiter counts every other call."""
    return _unlimited(asked) if len(asked.world.tape) % 2 else asked.serve()


COURSES: Final = (
    kind(
        "id-changes",
        "the id is another one in each answer",
        "R10",
        bend(put("/id", "6512a1b2c3d4e5f6a7b8c9d0"), "details"),
    ),
    kind(
        "created-changes",
        "createdAt is the time of the answer",
        "R10",
        bend(
            puts(createdAt=lambda old, body: body["updatedAt"] + 1, updatedAt=lambda old, body: old + 2),
            "details",
            when=status("completed"),
        ),
    ),
    kind("type-changes", "projectType changes", "R10", bend(put("/projectType", "captions"), "get", when=later(2))),
    kind(
        "updated-falls",
        "updatedAt falls",
        "R10a",
        bend(put("/updatedAt", lambda old, body: body["createdAt"]), "details", when=later(2)),
    ),
    kind("reopened", "a completed project is processed again", "R14", jump("completed", "processing")),
    kind(
        "completed-then-failed",
        "a completed project fails later",
        "R14",
        jump("completed", "failed", "details"),
        client_drivers.project_looked_at,
    ),
    kind(
        "failed-then-completed",
        "a failed project is completed later",
        "R14",
        jump("failed", "completed"),
        client_drivers.project_failed,
    ),
    kind(
        "failed-then-invalid",
        "a failed project is invalid later",
        "R14",
        jump("failed", "invalid"),
        client_drivers.project_failed,
    ),
    kind(
        "cancelled-then-completed",
        "a cancelled project is completed later",
        "R14",
        jump("cancelled", "completed"),
        client_drivers.project_cancelled,
    ),
    kind("back-in-the-queue", "a project that is processed is queued again", "L1", jump("processing", "queued")),
    kind("stale", "a completed project is shown as it was at first", "R14", stale("details", turn=2)),
    kind(
        "list-stale",
        "the list shows a completed project as queued",
        "R14",
        bend(entries("projects", put("/status", "queued")), "list"),
    ),
    kind(
        "list-cancelled",
        "the list shows a completed project as cancelled",
        "R14 R3a",
        bend(entries("projects", put("/status", "cancelled")), "list"),
    ),
    kind(
        "cancelled-by-nobody",
        "a project is cancelled, and nobody asked for it",
        "R14a",
        jump("processing", "cancelled"),
    ),
    kind(
        "cancel-without-effect",
        "an accepted cancel has no effect",
        "R1a",
        instead("cancel", lambda asked: project(asked, status="cancelled")),
        client_drivers.project_cancelled_and_over,
    ),
    kind(
        "cancel-forgotten",
        "a cancelled project is completed all the same",
        "R1a R14",
        after("cancel", lambda asked, response: asked.force("processing"), statuses=(200,)),
        client_drivers.project_cancelled_and_over,
    ),
    kind(
        "cancel-answers-queued",
        "an accepted cancel answers queued",
        "R1",
        bend(put("/status", "queued"), "cancel"),
        client_drivers.project_cancelled,
    ),
    kind(
        "refused-and-cancelled",
        "a cancel is refused and takes effect",
        "R3a",
        instead("cancel", _refused_and_done),
        client_drivers.project_cancelled,
    ),
    kind(
        "too-late-and-cancelled",
        "a cancel of a project that is processed is refused and takes effect",
        "R3a",
        after("cancel", lambda asked, response: asked.force("cancelled"), statuses=(400,)),
        client_drivers.project_too_late,
    ),
    kind(
        "limited-and-cancelled",
        "a cancel beyond the rate limit takes effect",
        "R3a",
        instead("cancel", _limited_and_done),
        client_drivers.project_cancelled_and_over,
    ),
    kind("completed-cancelled", "a completed project can be cancelled", "R3", before("cancel", _queued)),
    kind(
        "failed-cancelled",
        "a failed project can be cancelled",
        "R3",
        before("cancel", _queued),
        client_drivers.project_failed,
    ),
    kind(
        "cancelled-twice",
        "a second cancel is accepted",
        "R3",
        instead("cancel", while_in("cancelled", project)),
        client_drivers.project_cancelled,
    ),
    kind(
        "cancelled-at-work",
        "a project whose outputs are made can be cancelled",
        "R4",
        before("cancel", _queued),
        client_drivers.project_too_late,
    ),
    kind(
        "queued-cancel-refused",
        "a cancel is refused while the source is prepared",
        "R15",
        instead("cancel", while_in("prepped", lambda asked: refusal())),
        client_drivers.project_cancelled_early,
    ),
    kind(
        "unreadable-after-cancel",
        "a cancelled project cannot be read any more",
        "R6",
        instead("get", while_in("cancelled", _not_found)),
        client_drivers.project_cancelled,
    ),
    kind(
        "details-after-cancel",
        "the details of a cancelled project are gone",
        "R6",
        instead("details", while_in("cancelled", _not_found)),
        client_drivers.project_cancelled,
    ),
    kind(
        "cancelled-renamed",
        "a cancelled project can be renamed",
        "R7",
        instead("update", lambda asked: project(asked, title="Another title")),
        client_drivers.project_cancelled,
    ),
    kind("deleted-and-readable", "a deleted project can still be read", "L8 L11a", undying("get")),
    kind(
        "delete-refused",
        "a completed project cannot be deleted",
        "R17",
        instead("delete", lambda asked: refusal("This project is still processing.")),
    ),
    kind(
        "no-limit",
        "no call is ever refused for the rate limit",
        "R9",
        _unlimited,
        client_drivers.project_polled_too_often,
    ),
    kind(
        "limit-is-twenty",
        "twice as many calls are let through",
        "R9",
        _generous,
        client_drivers.project_polled_too_often,
    ),
    kind(
        "refunded-twice",
        "a second cancel is refused, and refunds once more",
        "R8",
        after("cancel", _refund, statuses=(400,)),
        client_drivers.project_cancelled,
    ),
    kind(
        "refunded-for-nothing",
        "a refused cancel of a completed project refunds twice",
        "R8",
        after("cancel", _refund_twice, statuses=(400,)),
    ),
)
