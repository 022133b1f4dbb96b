"""Phaseo: bugs that one answer shows."""

from typing import Any, Final

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutated_vendor import Asked
from tests.mutants.corpus.mutations import (
    DROP,
    answered,
    bend,
    bytes_of,
    entries,
    head,
    headed,
    instead,
    keyless,
    later,
    put,
    status,
    typed,
)
from tests.mutants.corpus.phaseo.builders import DISABLED, UNMOUNTED, kind, refusal, video

_LINK: Final = "https://cdn.example.com/video.mp4"
_ATTEMPT: Final = {
    "delivery_key": "video.completed",
    "event_type": "video.completed",
    "status": "delivered",
    "max_attempts": 4,
    "tried_at": "2026-10-01T12:00:27Z",
}


def _tried(*numbers: int) -> list[dict[str, Any]]:
    return [{**_ATTEMPT, "id": f"at_{number}", "attempt_number": number} for number in numbers]


def _unsupported(asked: Asked) -> Response:
    return refusal(asked, 501, "not_implemented_yet", "video_cancel_provider_not_supported", provider="alibaba")


def _switched_off(asked: Asked) -> Response | None:
    return refusal(asked, 501, "not_implemented_yet", "video_cancellation_disabled") if asked.turn("cancel") else None


BODIES: Final = (
    kind("progress-text", "progress is sent as a text", "S3", bend(put("/progress", "40"), "get")),
    kind("no-polling-url", "a field that the page requires is missing", "S3", bend(put("/polling_url", DROP), "get")),
    kind(
        "list-entry-without-status",
        "the videos in a list lack their status",
        "S3",
        bend(entries("data", put("/status", DROP)), "list"),
    ),
    kind("has-more-text", "has_more is sent as a text", "S3", bend(put("/has_more", "false"), "list")),
    kind("deleted-text", "deleted is sent as a text", "S3", bend(put("/deleted", "true"), "delete")),
    kind(
        "canceled-one-l",
        "cancelled is spelled canceled",
        "P1",
        bend(put("/status", "canceled"), "get", when=status("cancelled")),
        client_drivers.video_cancelled,
    ),
    kind(
        "canceled-in-the-cancel",
        "the answer to a cancel spells cancelled with one l",
        "P1",
        bend(put("/status", "canceled"), "cancel", when=status("cancelled")),
        client_drivers.video_cancelled,
    ),
    kind(
        "status-undeclared",
        "a running video has a status that is on no page",
        "P1",
        bend(put("/status", "moderating"), "get", when=status("processing")),
    ),
    kind(
        "status-of-another-era",
        "a queued video is pending, as in April",
        "P1",
        bend(put("/status", "pending"), "get", when=status("queued")),
    ),
    kind(
        "status-upper-case",
        "the status is sent in capitals",
        "P1",
        bend(put("/status", lambda old, _: old.upper()), "get"),
    ),
    kind("access-undeclared", "output_access is url", "P2", bend(put("/output_access", "url"), "get")),
    kind("id-null", "the id is null", "P3", bend(put("/id", None), "get")),
    kind("status-null", "the status is null while the video is processed", "P3", bend(put("/status", None), "get")),
    kind("outputs-null", "outputs are null where none are there yet", "P3", bend(put("/outputs", None), "get")),
    kind(
        "lifecycle-undeclared",
        "lifecycle_status has a word of its own",
        "S5",
        bend(put("/lifecycle_status", "active"), "get", when=status("processing")),
    ),
    kind("object-other", "object is not video", "S5", bend(put("/object", "video.generation"), "get")),
    kind(
        "lifecycle-mismatch",
        "a video that is processed is pending in lifecycle_status",
        "P8",
        bend(put("/lifecycle_status", "pending"), "get", when=status("processing")),
    ),
    kind(
        "content-url-missing",
        "bytes are promised without an address",
        "P4",
        bend(put("/content_url", DROP), "get"),
        client_drivers.video_in_bytes,
    ),
    kind(
        "download-url-missing",
        "a signed link is promised and not there",
        "P5",
        bend(put("/download_url", DROP), "get"),
        client_drivers.video_by_link,
    ),
    kind(
        "link-never-expires",
        "a signed link does not say when it ends",
        "P5",
        bend(put("/expires_at", DROP), "get"),
        client_drivers.video_by_link,
    ),
    kind(
        "output-without-content-url",
        "an output lacks its address",
        "P6",
        bend(put("/outputs/0/content_url", DROP), "get", when=status("completed")),
        client_drivers.video_in_bytes,
    ),
    kind(
        "output-without-link",
        "an output lacks its signed link",
        "P6a",
        bend(put("/outputs/0/download_url", DROP), "get", when=status("completed")),
        client_drivers.video_by_link,
    ),
    kind(
        "link-before-completed",
        "a video that is processed has a download_url",
        "P7",
        bend(put("/download_url", _LINK), "get", when=status("processing")),
    ),
    kind(
        "link-after-cancelled",
        "a cancelled video has a download_url",
        "P7",
        bend(put("/download_url", _LINK), "get", when=status("cancelled")),
        client_drivers.video_cancelled,
    ),
    kind(
        "progress-over-100",
        "progress is 140",
        "P17",
        bend(put("/progress", 140), "get", when=status("completed")),
    ),
    kind(
        "progress-negative",
        "progress is -1 where it is unknown",
        "P17",
        bend(put("/progress", -1), "get", when=status("queued")),
    ),
    kind(
        "started-before-created",
        "started_at is before created_at",
        "P18",
        bend(put("/started_at", lambda _, body: body["created_at"] - 60), "get", when=status("processing")),
    ),
    kind(
        "completed-before-started",
        "completed_at is before started_at",
        "P18",
        bend(put("/completed_at", lambda _, body: body["started_at"] - 5), "get", when=status("completed")),
    ),
    kind(
        "webhook-secret",
        "the webhook is shown with its secret",
        "P20",
        bend(put("/webhook/secret", "whsec_keep_me"), "get"),
        client_drivers.video_with_hook,
    ),
    kind(
        "webhook-secret-in-url",
        "the webhook's secret stands under another name",
        "P20",
        bend(put("/webhook/signing", "whsec_keep_me"), "get"),
        client_drivers.video_with_hook,
    ),
    kind(
        "fifth-of-four-attempts",
        "an attempt has a number above the most there may be",
        "P21",
        bend(put("/webhook/attempts", _tried(5)), "get"),
        client_drivers.video_with_hook,
    ),
    kind(
        "attempts-shuffled",
        "the attempts of one delivery are numbered 1, 3, 2",
        "P21a",
        bend(put("/webhook/attempts", _tried(1, 3, 2)), "get"),
        client_drivers.video_with_hook,
    ),
    kind(
        "delivered-without-attempt",
        "more events are delivered than attempts were made",
        "P21b",
        bend(put("/webhook/delivery", {"total_attempts": 2, "delivered_events": 3}), "get"),
        client_drivers.video_with_hook,
    ),
    kind(
        "webhook-ahead",
        "a webhook was told more progress than there is",
        "P22",
        bend(put("/last_webhook_progress", 99), "get", when=status("processing")),
        client_drivers.video_with_hook,
    ),
)


ANSWERS: Final = (
    kind("html", "a video is sent as text/html", "S2", head(typed("text/html"), "get", statuses=(200,))),
    kind("no-content-type", "a video is sent without a content type", "S2", head(typed(""), "get", statuses=(200,))),
    kind(
        "content-as-json",
        "the bytes of a video are sent as JSON",
        "S2",
        head(lambda response: headed(response, "Content-Type", "application/json"), "content"),
    ),
    kind("nan", "progress is NaN", "S8", head(bytes_of(b'"progress":0', b'"progress":NaN'), "get")),
    kind("duplicate-key", "the status is there twice", "S8", head(bytes_of(b"{", b'{"status":"queued",'), "get")),
    kind(
        "byte-order-mark", "the body begins with a byte order mark", "S8", head(bytes_of(b"{", b"\xef\xbb\xbf{"), "get")
    ),
    kind("latin-1", "the body is not UTF-8", "S8", head(bytes_of(b'"720p"', b'"720p\xe9"'), "get")),
    kind("cut-off", "the body ends in the middle", "S8", head(lambda r: r._replace(body=r.body[:-9]), "get")),
    kind("empty", "a 200 has no body", "S3", head(lambda r: r._replace(body=b""), "get", statuses=(200,))),
    kind(
        "status-in-the-body",
        "an unknown video is answered 200, with the 404 in the body",
        "S3 P10",
        head(answered(200), "get", statuses=(404,)),
    ),
    kind(
        "status-code-other",
        "status_code in the body is not the status",
        "P10",
        bend(put("/status_code", 400), "get", refusals=True),
    ),
    kind("blames-client", "error_type is client", "P9", bend(put("/error_type", "client"), "get", refusals=True)),
    kind("blames-nobody", "error_origin is network", "P9", bend(put("/error_origin", "network"), "get", refusals=True)),
    kind("error-unnamed", "an error does not name its error", "P9", bend(put("/error", DROP), "get", refusals=True)),
    kind(
        "error-of-another-vendor",
        "an error has another vendor's shape",
        "P9",
        bend(lambda body, asked: {"detail": "Not found"}, "get", refusals=True),
    ),
    kind("error-as-html", "an error is a page of HTML", "S2", head(typed("text/html"), "get", statuses=(404,))),
    kind("unknown-is-410", "an unknown video is answered 410", "S1", head(answered(410), "get", statuses=(404,))),
    kind("created-is-201", "a create is answered 201", "S1", head(answered(201), "create", statuses=(200,))),
    kind(
        "no-key-needed",
        "a request without a key is answered",
        "P23",
        keyless("get"),
        client_drivers.phaseo_door,
    ),
    kind(
        "key-is-403",
        "a missing key is answered 403",
        "S1 P23",
        head(answered(403), "get", statuses=(401,)),
        client_drivers.phaseo_door,
    ),
    kind(
        "cancel-of-another-era",
        "a cancel is answered 200 in an era that cancels nothing",
        "P11",
        instead("cancel", video),
        client_drivers.video_cancelled,
        DISABLED,
    ),
    kind(
        "cancel-is-409",
        "a cancel of a completed video is answered 409",
        "P11",
        head(answered(409), "cancel", statuses=(400,)),
    ),
    kind(
        "code-of-another-era",
        "the 501 of a cancel is spelled not_implemented, as in May",
        "P13 P9",
        bend(put("/error", "not_implemented"), "cancel", refusals=True),
        client_drivers.video_cancelled,
        DISABLED,
    ),
    kind(
        "code-before-its-time",
        "the 501 of the routes switched off is spelled as it is later",
        "P13a P9",
        bend(put("/error", "not_implemented_yet"), "get", "cancel", refusals=True),
        client_drivers.video_cancelled,
        UNMOUNTED,
    ),
    kind(
        "cancel-has-no-provider",
        "a cancel is 501 for a provider that can cancel",
        "P11a",
        instead("cancel", _unsupported),
        client_drivers.video_cancelled,
    ),
    kind(
        "eras-mixed",
        "one cancel works and the next one is switched off",
        "P12",
        instead("cancel", _switched_off),
        client_drivers.video_cancelled,
    ),
    kind(
        "eras-mixed-in-words",
        "two cancels are refused in the words of two eras",
        "P12",
        bend(put("/reason", "video_cancel_temporarily_disabled"), "cancel", when=later(), refusals=True),
        client_drivers.video_cancelled,
        DISABLED,
    ),
)
