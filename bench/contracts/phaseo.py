"""Phaseo: the bugs that a video gateway could have."""

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
from mockserver.core.wire import Response

WORKS: Final = "phaseo@2026-06-11"
DISABLED: Final = "phaseo@2026-08-10"
UNMOUNTED: Final = "phaseo@2026-05-07"

_LINK: Final = "https://cdn.example.com/video.mp4"
_JSON: Final = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


def _kind(name: str, says: str, rules: str, bug: Bug, story: Story = drives.video_life, pin: str = WORKS) -> Kind:
    return Kind(f"phaseo/{name}", says, tuple(rules.split()), story, bug, pin)


def _error(code: int, **body: Any) -> Response:
    blame = {"status_code": code, "error_type": "user", "error_origin": "user", "request_id": "req_1"}
    return Response(code, _JSON, orjson.dumps({**body, **blame}))


# Bodies

_attempts = [
    {"id": f"at_{number}", "delivery_key": "video.completed", "event_type": "video.completed", "status": "delivered"}
    | {"attempt_number": number, "max_attempts": 4, "tried_at": "2026-10-01T12:00:27Z"}
    for number in (1, 2, 3)
]


def _tried(*numbers: int) -> list[dict[str, Any]]:
    return [{**_attempts[0], "id": f"at_{number}", "attempt_number": number} for number in numbers]


def _first_then(change: Any) -> Bug:
    return bend(change, "get", when=later())


BODIES: Final = (
    _kind("progress-text", "progress is sent as a text", "S3", bend(put("/progress", "40"), "get")),
    _kind("no-polling-url", "a field that the page requires is missing", "S3", bend(put("/polling_url", DROP), "get")),
    _kind(
        "list-entry-without-status",
        "the videos in a list lack their status",
        "S3",
        bend(entries("data", put("/status", DROP)), "list"),
    ),
    _kind("has-more-text", "has_more is sent as a text", "S3", bend(put("/has_more", "false"), "list")),
    _kind("deleted-text", "deleted is sent as a text", "S3", bend(put("/deleted", "true"), "delete")),
    _kind(
        "canceled-one-l",
        "cancelled is spelled canceled",
        "P1",
        bend(put("/status", "canceled"), "get", when=status("cancelled")),
        drives.video_cancelled,
    ),
    _kind(
        "canceled-in-the-cancel",
        "the answer to a cancel spells cancelled with one l",
        "P1",
        bend(put("/status", "canceled"), "cancel", when=status("cancelled")),
        drives.video_cancelled,
    ),
    _kind(
        "status-undeclared",
        "a running video has a status that is on no page",
        "P1",
        bend(put("/status", "moderating"), "get", when=status("processing")),
    ),
    _kind(
        "status-of-another-era",
        "a queued video is pending, as in April",
        "P1",
        bend(put("/status", "pending"), "get", when=status("queued")),
    ),
    _kind(
        "status-upper-case",
        "the status is sent in capitals",
        "P1",
        bend(put("/status", lambda old, _: old.upper()), "get"),
    ),
    _kind("access-undeclared", "output_access is url", "P2", bend(put("/output_access", "url"), "get")),
    _kind("id-null", "the id is null", "P3", bend(put("/id", None), "get")),
    _kind("status-null", "the status is null while the video is processed", "P3", bend(put("/status", None), "get")),
    _kind("outputs-null", "outputs are null where none are there yet", "P3", bend(put("/outputs", None), "get")),
    _kind(
        "lifecycle-undeclared",
        "lifecycle_status has a word of its own",
        "S5",
        bend(put("/lifecycle_status", "active"), "get", when=status("processing")),
    ),
    _kind("object-other", "object is not video", "S5", bend(put("/object", "video.generation"), "get")),
    _kind(
        "lifecycle-mismatch",
        "a video that is processed is pending in lifecycle_status",
        "P8",
        bend(put("/lifecycle_status", "pending"), "get", when=status("processing")),
    ),
    _kind(
        "content-url-missing",
        "bytes are promised without an address",
        "P4",
        bend(put("/content_url", DROP), "get"),
        drives.video_in_bytes,
    ),
    _kind(
        "download-url-missing",
        "a signed link is promised and not there",
        "P5",
        bend(put("/download_url", DROP), "get"),
        drives.video_by_link,
    ),
    _kind(
        "link-never-expires",
        "a signed link does not say when it ends",
        "P5",
        bend(put("/expires_at", DROP), "get"),
        drives.video_by_link,
    ),
    _kind(
        "output-without-content-url",
        "an output lacks its address",
        "P6",
        bend(put("/outputs/0/content_url", DROP), "get", when=status("completed")),
        drives.video_in_bytes,
    ),
    _kind(
        "output-without-link",
        "an output lacks its signed link",
        "P6a",
        bend(put("/outputs/0/download_url", DROP), "get", when=status("completed")),
        drives.video_by_link,
    ),
    _kind(
        "link-before-completed",
        "a video that is processed has a download_url",
        "P7",
        bend(put("/download_url", _LINK), "get", when=status("processing")),
    ),
    _kind(
        "link-after-cancelled",
        "a cancelled video has a download_url",
        "P7",
        bend(put("/download_url", _LINK), "get", when=status("cancelled")),
        drives.video_cancelled,
    ),
    _kind(
        "progress-over-100",
        "progress is 140",
        "P17",
        bend(put("/progress", 140), "get", when=status("completed")),
    ),
    _kind(
        "progress-negative",
        "progress is -1 where it is unknown",
        "P17",
        bend(put("/progress", -1), "get", when=status("queued")),
    ),
    _kind(
        "started-before-created",
        "started_at is before created_at",
        "P18",
        bend(put("/started_at", lambda _, body: body["created_at"] - 60), "get", when=status("processing")),
    ),
    _kind(
        "completed-before-started",
        "completed_at is before started_at",
        "P18",
        bend(put("/completed_at", lambda _, body: body["started_at"] - 5), "get", when=status("completed")),
    ),
    _kind(
        "webhook-secret",
        "the webhook is shown with its secret",
        "P20",
        bend(put("/webhook/secret", "whsec_keep_me"), "get"),
        drives.video_with_hook,
    ),
    _kind(
        "webhook-secret-in-url",
        "the webhook's secret stands under another name",
        "P20",
        bend(put("/webhook/signing", "whsec_keep_me"), "get"),
        drives.video_with_hook,
    ),
    _kind(
        "fifth-of-four-attempts",
        "an attempt has a number above the most there may be",
        "P21",
        bend(put("/webhook/attempts", _tried(5)), "get"),
        drives.video_with_hook,
    ),
    _kind(
        "attempts-shuffled",
        "the attempts of one delivery are numbered 1, 3, 2",
        "P21a",
        bend(put("/webhook/attempts", _tried(1, 3, 2)), "get"),
        drives.video_with_hook,
    ),
    _kind(
        "delivered-without-attempt",
        "more events are delivered than attempts were made",
        "P21b",
        bend(put("/webhook/delivery", {"total_attempts": 2, "delivered_events": 3}), "get"),
        drives.video_with_hook,
    ),
    _kind(
        "webhook-ahead",
        "a webhook was told more progress than there is",
        "P22",
        bend(put("/last_webhook_progress", 99), "get", when=status("processing")),
        drives.video_with_hook,
    ),
)

# Answers

ANSWERS: Final = (
    _kind("html", "a video is sent as text/html", "S2", head(typed("text/html"), "get", statuses=(200,))),
    _kind("no-content-type", "a video is sent without a content type", "S2", head(typed(""), "get", statuses=(200,))),
    _kind(
        "content-as-json",
        "the bytes of a video are sent as JSON",
        "S2",
        head(lambda response: headed(response, "Content-Type", "application/json"), "content"),
    ),
    _kind("nan", "progress is NaN", "S8", head(bytes_of(b'"progress":0', b'"progress":NaN'), "get")),
    _kind("duplicate-key", "the status is there twice", "S8", head(bytes_of(b"{", b'{"status":"queued",'), "get")),
    _kind(
        "byte-order-mark", "the body begins with a byte order mark", "S8", head(bytes_of(b"{", b"\xef\xbb\xbf{"), "get")
    ),
    _kind("latin-1", "the body is not UTF-8", "S8", head(bytes_of(b'"720p"', b'"720p\xe9"'), "get")),
    _kind("cut-off", "the body ends in the middle", "S8", head(lambda r: r._replace(body=r.body[:-9]), "get")),
    _kind("empty", "a 200 has no body", "S3", head(lambda r: r._replace(body=b""), "get", statuses=(200,))),
    _kind(
        "status-in-the-body",
        "an unknown video is answered 200, with the 404 in the body",
        "S3 P10",
        head(answered(200), "get", statuses=(404,)),
    ),
    _kind(
        "status-code-other",
        "status_code in the body is not the status",
        "P10",
        bend(put("/status_code", 400), "get", refusals=True),
    ),
    _kind("blames-client", "error_type is client", "P9", bend(put("/error_type", "client"), "get", refusals=True)),
    _kind(
        "blames-nobody", "error_origin is network", "P9", bend(put("/error_origin", "network"), "get", refusals=True)
    ),
    _kind("error-unnamed", "an error does not name its error", "P9", bend(put("/error", DROP), "get", refusals=True)),
    _kind(
        "error-of-another-vendor",
        "an error has another vendor's shape",
        "P9",
        bend(lambda body, asked: {"detail": "Not found"}, "get", refusals=True),
    ),
    _kind("error-as-html", "an error is a page of HTML", "S2", head(typed("text/html"), "get", statuses=(404,))),
    _kind("unknown-is-410", "an unknown video is answered 410", "S1", head(answered(410), "get", statuses=(404,))),
    _kind("created-is-201", "a create is answered 201", "S1", head(answered(201), "create", statuses=(200,))),
    _kind(
        "no-key-needed",
        "a request without a key is answered",
        "P23",
        instead("get", lambda asked: _with_key(asked).serve()),
        drives.phaseo_door,
    ),
    _kind(
        "key-is-403",
        "a missing key is answered 403",
        "S1 P23",
        head(answered(403), "get", statuses=(401,)),
        drives.phaseo_door,
    ),
    _kind(
        "cancel-of-another-era",
        "a cancel is answered 200 in an era that cancels nothing",
        "P11",
        instead("cancel", lambda asked: World_get(asked)),
        drives.video_cancelled,
        DISABLED,
    ),
    _kind(
        "cancel-is-409",
        "a cancel of a completed video is answered 409",
        "P11",
        head(answered(409), "cancel", statuses=(400,)),
    ),
    _kind(
        "code-of-another-era",
        "the 501 of a cancel is spelled not_implemented, as in May",
        "P13 P9",
        bend(put("/error", "not_implemented"), "cancel", refusals=True),
        drives.video_cancelled,
        DISABLED,
    ),
    _kind(
        "code-before-its-time",
        "the 501 of the routes switched off is spelled as it is later",
        "P13a P9",
        bend(put("/error", "not_implemented_yet"), "get", "cancel", refusals=True),
        drives.video_cancelled,
        UNMOUNTED,
    ),
    _kind(
        "cancel-has-no-provider",
        "a cancel is 501 for a provider that can cancel",
        "P11a",
        instead("cancel", lambda asked: _unsupported(asked)),
        drives.video_cancelled,
    ),
    _kind(
        "eras-mixed",
        "one cancel works and the next one is switched off",
        "P12",
        instead("cancel", lambda asked: _switched_off(asked) if asked.turn("cancel") else None),
        drives.video_cancelled,
    ),
    _kind(
        "eras-mixed-in-words",
        "two cancels are refused in the words of two eras",
        "P12",
        bend(put("/reason", "video_cancel_temporarily_disabled"), "cancel", when=later(), refusals=True),
        drives.video_cancelled,
        DISABLED,
    ),
)


def _with_key(asked: Asked) -> Asked:
    request = asked.request
    headers = {**request.headers, "authorization": "Bearer test-key"}
    return asked.world.asked(type(request)(request.method, request.path, request.query, headers, request.body))


def World_get(asked: Asked) -> Response:  # noqa: N802
    """What a get of the job would answer."""
    request = asked.request
    path = request.path.removesuffix("/cancel")
    return asked.world.asked(type(request)("GET", path, "", request.headers)).serve()


def _unsupported(asked: Asked) -> Response:
    reason = "video_cancel_provider_not_supported"
    return _error(501, error="not_implemented_yet", reason=reason, provider="alibaba", video_id=asked.job_id)


def _switched_off(asked: Asked) -> Response:
    return _error(501, error="not_implemented_yet", reason="video_cancellation_disabled", video_id=asked.job_id)


# Over time


def _too_late(asked: Asked, state: str = "completed") -> Response:
    reason = "video_cancel_requires_non_terminal_status"
    return _error(400, error="validation_error", reason=reason, status=state, video_id=asked.job_id)


def _refused_and_done(asked: Asked) -> Response:
    asked.serve()
    return _too_late(asked)


def _not_found(asked: Asked) -> Response:
    return _error(404, error="not_found", reason="video_not_found_or_not_owned", video_id=asked.job_id)


def _deleted_and_kept(asked: Asked) -> Response | None:
    kept = asked.world.memory.setdefault("kept", {})
    if asked.operation == "get":
        response = asked.serve()
        if response.status == 200:
            kept[asked.job_id] = response
        return kept.get(asked.job_id, response)
    return None


def _falls(old: Any, body: Any) -> Any:
    return old // 2 if isinstance(old, int) else old


OVER_TIME: Final = (
    _kind(
        "id-changes",
        "the id is another one in each answer",
        "P19",
        bend(put("/id", "G-01M1EDEAG03GRS5DSHTW1WJB4F"), "get"),
    ),
    _kind(
        "created-at-changes",
        "created_at is the time of the answer",
        "P19",
        bend(
            lambda body, asked: {**body, "created_at": asked.world.now // 1_000_000},
            "get",
            when=status("queued", "processing"),
        ),
    ),
    _kind(
        "progress-falls",
        "progress starts anew when the video is nearly done",
        "P16",
        bend(put("/progress", 3), "get", when=both(status("processing"), later(4))),
    ),
    _kind("reopened", "a completed video is processed again", "P15", jump("completed", "processing")),
    _kind("completed-then-failed", "a completed video fails later", "P15", jump("completed", "failed")),
    _kind("completed-then-queued", "a completed video is back in the queue", "P15", jump("completed", "queued")),
    _kind(
        "failed-then-completed",
        "a failed video is completed later",
        "P15",
        jump("failed", "completed"),
        drives.video_failed,
    ),
    _kind(
        "cancelled-then-completed",
        "a cancelled video is completed later",
        "P15",
        jump("cancelled", "completed"),
        drives.video_cancelled,
    ),
    _kind("back-in-the-queue", "a video that is processed is queued again", "P15a", jump("processing", "queued")),
    _kind("stale", "a completed video is shown as it was at first", "P15", stale("get", turn=9)),
    _kind(
        "list-stale",
        "the list shows a completed video as queued",
        "P15",
        bend(entries("data", puts(status="queued", lifecycle_status="pending", progress=0)), "list"),
    ),
    _kind(
        "cancel-without-effect",
        "an accepted cancel has no effect",
        "P11d",
        instead("cancel", lambda asked: _as_cancelled(asked)),
        drives.video_cancelled_and_over,
    ),
    _kind(
        "cancel-forgotten",
        "a cancelled video is completed all the same",
        "P11d P15",
        after("cancel", lambda asked, response: asked.force("processing"), statuses=(200,)),
        drives.video_cancelled_and_over,
    ),
    _kind(
        "refused-and-cancelled",
        "a cancel answers 400 and cancels",
        "P14a",
        instead("cancel", _refused_and_done),
        drives.video_cancelled,
    ),
    _kind(
        "too-late-and-cancelled",
        "a refused cancel turns a completed video into a cancelled one",
        "P14a",
        after("cancel", lambda asked, response: asked.force("cancelled"), statuses=(400,)),
    ),
    _kind(
        "switched-off-and-cancelled",
        "a cancel answers 501 and cancels",
        "P14",
        after("cancel", lambda asked, response: asked.force("cancelled"), statuses=(501,)),
        drives.video_cancelled,
        DISABLED,
    ),
    _kind(
        "unsupported-and-cancelled",
        "a cancel that the provider does not have cancels",
        "P14",
        after("cancel", lambda asked, response: asked.force("cancelled"), statuses=(501,)),
        drives.video_of_a_provider_without_cancel,
    ),
    _kind(
        "completed-cancel-accepted",
        "a cancel of a completed video is answered 200",
        "P11b",
        instead("cancel", World_get),
    ),
    _kind(
        "completed-cancelled",
        "a completed video can be cancelled",
        "P11b",
        before("cancel", lambda asked: asked.force("processing")),
    ),
    _kind(
        "failed-cancelled",
        "a failed video can be cancelled",
        "P11b",
        before("cancel", lambda asked: asked.force("processing")),
        drives.video_failed,
    ),
    _kind(
        "second-cancel-refused",
        "a second cancel is told that the video has ended",
        "P11c",
        instead("cancel", lambda asked: _too_late(asked, "cancelled") if asked.state() == "cancelled" else None),
        drives.video_cancelled,
    ),
    _kind(
        "live-cancel-refused",
        "a cancel of a running video is told that it has ended",
        "P11c",
        instead("cancel", _too_late),
        drives.video_cancelled,
    ),
    _kind(
        "unreadable-after-cancel",
        "a cancelled video cannot be read any more",
        "L11",
        instead("get", lambda asked: _not_found(asked) if asked.state() == "cancelled" else None),
        drives.video_cancelled,
    ),
    _kind("deleted-and-readable", "a deleted video can still be read", "L11a L8", instead("get", _deleted_and_kept)),
    _kind(
        "content-too-early",
        "the bytes of a queued video are there",
        "P25 P15",
        instead("content", lambda asked: Response(200, (("Content-Type", "video/mp4"),), b"\0")),
        drives.phaseo_door,
    ),
    _kind(
        "content-never",
        "the bytes of a completed video are not ready",
        "P25a",
        instead(
            "content", lambda asked: _error(409, error="not_ready", reason="video_not_ready", video_id=asked.job_id)
        ),
    ),
    _kind(
        "delete-refused",
        "a completed video cannot be deleted",
        "P26",
        instead(
            "delete",
            lambda asked: _error(400, error="validation_error", reason="video_delete_requires_terminal_status"),
        ),
    ),
)


def _as_cancelled(asked: Asked) -> Response:
    response = World_get(asked)
    body = {**orjson.loads(response.body), "status": "cancelled", "lifecycle_status": "cancelled"}
    return response._replace(body=orjson.dumps(body))


KINDS: Final = (*BODIES, *ANSWERS, *OVER_TIME)
