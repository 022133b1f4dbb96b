"""Phaseo: bugs that show between answers."""

from typing import Final

import orjson

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutated_vendor import Asked
from tests.mutants.corpus.mutations import (
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
from tests.mutants.corpus.phaseo.builders import DISABLED, kind, refusal, video


def _too_late(asked: Asked) -> Response:
    state = asked.state() if asked.state() == "cancelled" else "completed"
    reason = "video_cancel_requires_non_terminal_status"
    return refusal(asked, 400, "validation_error", reason, status=state)


def _refused_and_done(asked: Asked) -> Response:
    asked.serve()
    return _too_late(asked)


def _not_found(asked: Asked) -> Response:
    return refusal(asked, 404, "not_found", "video_not_found_or_not_owned")


def _as_cancelled(asked: Asked) -> Response:
    response = video(asked)
    body = {**orjson.loads(response.body), "status": "cancelled", "lifecycle_status": "cancelled"}
    return response._replace(body=orjson.dumps(body))


COURSES: Final = (
    kind(
        "id-changes",
        "the id is another one in each answer",
        "P19",
        bend(put("/id", "G-01M1EDEAG03GRS5DSHTW1WJB4F"), "get"),
    ),
    kind(
        "created-at-changes",
        "created_at is the time of the answer",
        "P19",
        bend(
            lambda body, asked: {**body, "created_at": asked.world.now // 1_000_000},
            "get",
            when=status("queued", "processing"),
        ),
    ),
    kind(
        "progress-falls",
        "progress starts anew when the video is nearly done",
        "P16",
        bend(put("/progress", 3), "get", when=both(status("processing"), later(4))),
    ),
    kind("reopened", "a completed video is processed again", "P15", jump("completed", "processing")),
    kind("completed-then-failed", "a completed video fails later", "P15", jump("completed", "failed")),
    kind("completed-then-queued", "a completed video is back in the queue", "P15", jump("completed", "queued")),
    kind(
        "failed-then-completed",
        "a failed video is completed later",
        "P15",
        jump("failed", "completed"),
        client_drivers.video_failed,
    ),
    kind(
        "cancelled-then-completed",
        "a cancelled video is completed later",
        "P15",
        jump("cancelled", "completed"),
        client_drivers.video_cancelled,
    ),
    kind("back-in-the-queue", "a video that is processed is queued again", "P15a", jump("processing", "queued")),
    kind("stale", "a completed video is shown as it was at first", "P15", stale("get", turn=9)),
    kind(
        "list-stale",
        "the list shows a completed video as queued",
        "P15",
        bend(entries("data", puts(status="queued", lifecycle_status="pending", progress=0)), "list"),
    ),
    kind(
        "cancel-without-effect",
        "an accepted cancel has no effect",
        "P11d",
        instead("cancel", _as_cancelled),
        client_drivers.video_cancelled_and_over,
    ),
    kind(
        "cancel-forgotten",
        "a cancelled video is completed all the same",
        "P11d P15",
        after("cancel", lambda asked, response: asked.force("processing"), statuses=(200,)),
        client_drivers.video_cancelled_and_over,
    ),
    kind(
        "refused-and-cancelled",
        "a cancel answers 400 and cancels",
        "P14a",
        instead("cancel", _refused_and_done),
        client_drivers.video_cancelled,
    ),
    kind(
        "too-late-and-cancelled",
        "a refused cancel turns a completed video into a cancelled one",
        "P14a",
        after("cancel", lambda asked, response: asked.force("cancelled"), statuses=(400,)),
    ),
    kind(
        "switched-off-and-cancelled",
        "a cancel answers 501 and cancels",
        "P14",
        after("cancel", lambda asked, response: asked.force("cancelled"), statuses=(501,)),
        client_drivers.video_cancelled,
        DISABLED,
    ),
    kind(
        "unsupported-and-cancelled",
        "a cancel that the provider does not have cancels",
        "P14",
        after("cancel", lambda asked, response: asked.force("cancelled"), statuses=(501,)),
        client_drivers.video_of_a_provider_without_cancel,
    ),
    kind(
        "completed-cancel-accepted",
        "a cancel of a completed video is answered 200",
        "P11b",
        instead("cancel", video),
    ),
    kind(
        "completed-cancelled",
        "a completed video can be cancelled",
        "P11b",
        before("cancel", lambda asked: asked.force("processing")),
    ),
    kind(
        "failed-cancelled",
        "a failed video can be cancelled",
        "P11b",
        before("cancel", lambda asked: asked.force("processing")),
        client_drivers.video_failed,
    ),
    kind(
        "second-cancel-refused",
        "a second cancel is told that the video has ended",
        "P11c",
        instead("cancel", while_in("cancelled", _too_late)),
        client_drivers.video_cancelled,
    ),
    kind(
        "live-cancel-refused",
        "a cancel of a running video is told that it has ended",
        "P11c",
        instead("cancel", _too_late),
        client_drivers.video_cancelled,
    ),
    kind(
        "unreadable-after-cancel",
        "a cancelled video cannot be read any more",
        "L11",
        instead("get", while_in("cancelled", _not_found)),
        client_drivers.video_cancelled,
    ),
    kind("deleted-and-readable", "a deleted video can still be read", "L11a L8", undying("get")),
    kind(
        "content-too-early",
        "the bytes of a queued video are there",
        "P25 P15",
        instead("content", lambda asked: Response(200, (("Content-Type", "video/mp4"),), b"\0")),
        client_drivers.phaseo_door,
    ),
    kind(
        "content-never",
        "the bytes of a completed video are not ready",
        "P25a",
        instead("content", lambda asked: refusal(asked, 409, "not_ready", "video_not_ready")),
    ),
    kind(
        "delete-refused",
        "a completed video cannot be deleted",
        "P26",
        instead(
            "delete",
            lambda asked: refusal(asked, 400, "validation_error", "video_delete_requires_terminal_status"),
        ),
    ),
)
