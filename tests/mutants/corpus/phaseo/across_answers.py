"""Phaseo: bugs that show between answers."""

from typing import Final

import orjson

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutated_vendor import InterceptedRequest
from tests.mutants.corpus.mutations import (
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
from tests.mutants.corpus.phaseo.builders import DISABLED, mutant, not_found, refusal, video


def _too_late(call: InterceptedRequest) -> Response:
    state = call.state() if call.state() == "cancelled" else "completed"
    reason = "video_cancel_requires_non_terminal_status"
    return refusal(call, 400, "validation_error", reason, status=state)


def _as_cancelled(call: InterceptedRequest) -> Response:
    response = video(call)
    body = {**orjson.loads(response.body), "status": "cancelled", "lifecycle_status": "cancelled"}
    return response._replace(body=orjson.dumps(body))


def _deleted(call: InterceptedRequest) -> Response:
    body = {"id": call.job_id, "object": "video.deleted", "deleted": True}
    return Response(200, (("Content-Type", "application/json"), ("Cache-Control", "no-store")), orjson.dumps(body))


def _attempt(tried_at: str) -> dict[str, object]:
    numbers = {"attempt_number": 1, "max_attempts": 4}
    names = {"id": "at_1", "delivery_key": "video.completed", "event_type": "video.completed", "status": "delivered"}
    return {**names, **numbers, "tried_at": tried_at}


ACROSS_ANSWERS: Final = (
    mutant(
        "id-changes",
        "the id differs from answer to answer",
        "P19",
        change_body(set_field("/id", "G-01M1EDEAG03GRS5DSHTW1WJB4F"), "get"),
    ),
    mutant(
        "created-at-changes",
        "created_at is the time of the answer",
        "P19",
        change_body(
            lambda body, call: {**body, "created_at": call.world.now // 1_000_000},
            "get",
            when=while_status("queued", "processing"),
        ),
    ),
    mutant(
        "completed-at-moves",
        "completed_at is the time of the answer",
        "P19a",
        change_body(
            lambda body, call: {**body, "completed_at": call.world.now // 1_000_000},
            "get",
            when=while_status("completed"),
        ),
    ),
    mutant(
        "started-at-moves",
        "started_at is later in the list than in the video itself",
        "P19a",
        change_body(each_entry("data", set_field("/started_at", lambda old, _: old + 1)), "list"),
    ),
    mutant(
        "attempt-moves",
        "a webhook attempt shows another time of delivery later",
        "P19b",
        change_body(
            lambda body, call: {**body, "webhook": {"attempts": [_attempt(call.now_rfc3339())]}},
            "get",
            when=while_status("completed"),
        ),
    ),
    mutant(
        "progress-falls",
        "progress falls near the end",
        "P16",
        change_body(
            set_field("/progress", 3), "get", when=both_hold(while_status("processing"), from_second_answer(4))
        ),
    ),
    mutant("reopened", "a completed video is processed again", "P15", force_state_change("completed", "processing")),
    mutant("completed-then-failed", "a completed video fails later", "P15", force_state_change("completed", "failed")),
    mutant(
        "completed-then-queued",
        "a completed video is back in the queue",
        "P15",
        force_state_change("completed", "queued"),
    ),
    mutant(
        "failed-then-completed",
        "a failed video is completed later",
        "P15",
        force_state_change("failed", "completed"),
        client_drivers.video_failed,
    ),
    mutant(
        "cancelled-then-completed",
        "a cancelled video is completed later",
        "P15",
        force_state_change("cancelled", "completed"),
        client_drivers.video_cancelled,
    ),
    mutant(
        "back-in-the-queue",
        "a video that is processed is queued again",
        "P15a",
        force_state_change("processing", "queued"),
    ),
    mutant("stale", "a completed video is shown in its first state", "P15", replay_first_answer("get", turn=9)),
    mutant(
        "list-stale",
        "the list shows a completed video as queued",
        "P15",
        change_body(each_entry("data", set_fields(status="queued", lifecycle_status="pending", progress=0)), "list"),
    ),
    mutant(
        "cancel-without-effect",
        "an accepted cancel has no effect",
        "P11d",
        replace_answer("cancel", _as_cancelled),
        client_drivers.video_cancelled_and_over,
    ),
    mutant(
        "cancel-forgotten",
        "a cancelled video is completed nevertheless",
        "P11d P15",
        after("cancel", lambda call, response: call.force("processing"), statuses=(200,)),
        client_drivers.video_cancelled_and_over,
    ),
    mutant(
        "refused-and-cancelled",
        "a cancel is answered 400 and takes effect",
        "P14a",
        replace_answer("cancel", serve_but_answer(_too_late)),
        client_drivers.video_cancelled,
    ),
    mutant(
        "too-late-and-cancelled",
        "a refused cancel turns a completed video into a cancelled one",
        "P14a",
        after("cancel", lambda call, response: call.force("cancelled"), statuses=(400,)),
    ),
    mutant(
        "switched-off-and-cancelled",
        "a cancel is answered 501 and takes effect",
        "P14",
        after("cancel", lambda call, response: call.force("cancelled"), statuses=(501,)),
        client_drivers.video_cancelled,
        DISABLED,
    ),
    mutant(
        "unsupported-and-cancelled",
        "a cancel that the provider does not support takes effect",
        "P14",
        after("cancel", lambda call, response: call.force("cancelled"), statuses=(501,)),
        client_drivers.video_of_a_provider_without_cancel,
    ),
    mutant(
        "completed-cancel-accepted",
        "a cancel of a completed video is answered 200",
        "P11b",
        replace_answer("cancel", video),
    ),
    mutant(
        "completed-cancelled",
        "a completed video can be cancelled",
        "P11b",
        before("cancel", lambda call: call.force("processing")),
    ),
    mutant(
        "failed-cancelled",
        "a failed video can be cancelled",
        "P11b",
        before("cancel", lambda call: call.force("processing")),
        client_drivers.video_failed,
    ),
    mutant(
        "second-cancel-refused",
        "a second cancel is refused because the video has ended",
        "P11c",
        replace_answer("cancel", while_in("cancelled", _too_late)),
        client_drivers.video_cancelled,
    ),
    mutant(
        "live-cancel-refused",
        "a cancel of a running video is refused as if it had ended",
        "P11c",
        replace_answer("cancel", _too_late),
        client_drivers.video_cancelled,
    ),
    mutant(
        "unreadable-after-cancel",
        "a cancelled video cannot be read any more",
        "L11",
        replace_answer("get", while_in("cancelled", not_found)),
        client_drivers.video_cancelled,
    ),
    mutant(
        "not-found-at-times",
        "a video is not found, and found again later",
        "P26a",
        replace_answer("get", on_call(3, not_found)),
    ),
    mutant(
        "deleted-twice",
        "two deletions at once both delete the video",
        "P26c",
        replace_answer("delete", on_call(1, _deleted)),
        client_drivers.video_deleted_twice,
    ),
    mutant(
        "deleted-is-400",
        "a read of a deleted video is answered 400 instead of 404",
        "P26b",
        change_response(with_status(400), "get", statuses=(404,)),
    ),
    mutant("deleted-and-readable", "a deleted video can still be read", "P26c", serve_after_deletion("get")),
    mutant(
        "content-too-early",
        "the bytes of a queued video are served",
        "P25 P15",
        replace_answer("content", lambda call: Response(200, (("Content-Type", "video/mp4"),), b"\0")),
        client_drivers.phaseo_door,
    ),
    mutant(
        "content-never",
        "the bytes of a completed video are refused as not ready",
        "P25a",
        replace_answer("content", lambda call: refusal(call, 409, "not_ready", "video_not_ready")),
    ),
    mutant(
        "delete-refused",
        "a completed video cannot be deleted",
        "P26",
        replace_answer(
            "delete",
            lambda call: refusal(call, 400, "validation_error", "video_delete_requires_terminal_status"),
        ),
    ),
)
