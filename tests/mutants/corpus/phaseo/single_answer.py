"""Phaseo: bugs that one answer shows."""

from typing import Any, Final

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutated_vendor import InterceptedRequest
from tests.mutants.corpus.mutations import (
    DROP,
    change_body,
    change_response,
    content_type,
    each_entry,
    from_second_answer,
    on_call,
    replace_answer,
    replace_bytes,
    set_field,
    skip_authentication,
    while_status,
    with_header,
    with_status,
)
from tests.mutants.corpus.phaseo.builders import DISABLED, UNMOUNTED, mutant, refusal, video

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


def _unsupported(call: InterceptedRequest) -> Response:
    return refusal(call, 501, "not_implemented_yet", "video_cancel_provider_not_supported", provider="alibaba")


def _switched_off(call: InterceptedRequest) -> Response:
    return refusal(call, 501, "not_implemented_yet", "video_cancellation_disabled")


BODY_MUTANTS: Final = (
    mutant("progress-text", "progress is sent as a text", "S3", change_body(set_field("/progress", "40"), "get")),
    mutant(
        "no-polling-url",
        "a field is missing that the service always sends, and no page requires",
        "S13",
        change_body(set_field("/polling_url", DROP), "get"),
        as_info=True,
    ),
    mutant(
        "list-entry-without-status",
        "the videos in a list lack their status",
        "S13",
        change_body(each_entry("data", set_field("/status", DROP)), "list"),
        as_info=True,
    ),
    mutant("has-more-text", "has_more is sent as a text", "S3", change_body(set_field("/has_more", "false"), "list")),
    mutant("deleted-text", "deleted is sent as a text", "S3", change_body(set_field("/deleted", "true"), "delete")),
    mutant(
        "canceled-one-l",
        "cancelled is spelled canceled",
        "P1",
        change_body(set_field("/status", "canceled"), "get", when=while_status("cancelled")),
        client_drivers.video_cancelled,
    ),
    mutant(
        "canceled-in-the-cancel",
        "the answer to a cancel spells cancelled with one l",
        "P1",
        change_body(set_field("/status", "canceled"), "cancel", when=while_status("cancelled")),
        client_drivers.video_cancelled,
    ),
    mutant(
        "status-undeclared",
        "a running video has a status that no page documents",
        "P1",
        change_body(set_field("/status", "moderating"), "get", when=while_status("processing")),
    ),
    mutant(
        "status-of-another-era",
        "a queued video has the status pending, as in the era of April",
        "P1",
        change_body(set_field("/status", "pending"), "get", when=while_status("queued")),
    ),
    mutant(
        "status-upper-case",
        "the status is in upper case",
        "P1",
        change_body(set_field("/status", lambda old, _: old.upper()), "get"),
    ),
    mutant(
        "access-undeclared",
        "output_access has the undocumented value url",
        "P2",
        change_body(set_field("/output_access", "url"), "get"),
    ),
    mutant("id-null", "the id is null", "P3", change_body(set_field("/id", None), "get")),
    mutant(
        "status-null",
        "the status is null while the video is processed",
        "P3",
        change_body(set_field("/status", None), "get"),
    ),
    mutant(
        "outputs-null",
        "outputs are null instead of an empty list",
        "P3",
        change_body(set_field("/outputs", None), "get"),
    ),
    mutant(
        "lifecycle-undeclared",
        "lifecycle_status has an undocumented value",
        "S5",
        change_body(set_field("/lifecycle_status", "active"), "get", when=while_status("processing")),
    ),
    mutant(
        "object-other",
        "object has another value than video",
        "S5",
        change_body(set_field("/object", "video.generation"), "get"),
    ),
    mutant(
        "lifecycle-mismatch",
        "a video that is processed is pending in lifecycle_status",
        "P8",
        change_body(set_field("/lifecycle_status", "pending"), "get", when=while_status("processing")),
    ),
    mutant(
        "content-url-missing",
        "output_access promises bytes, and content_url is missing",
        "P4",
        change_body(set_field("/content_url", DROP), "get"),
        client_drivers.video_in_bytes,
    ),
    mutant(
        "download-url-missing",
        "output_access promises a signed link, and download_url is missing",
        "P5",
        change_body(set_field("/download_url", DROP), "get"),
        client_drivers.video_by_link,
    ),
    mutant(
        "link-never-expires",
        "a signed link has no time of expiry",
        "P5",
        change_body(set_field("/expires_at", DROP), "get"),
        client_drivers.video_by_link,
    ),
    mutant(
        "output-without-content-url",
        "an output lacks its content_url",
        "P6",
        change_body(set_field("/outputs/0/content_url", DROP), "get", when=while_status("completed")),
        client_drivers.video_in_bytes,
    ),
    mutant(
        "output-without-link",
        "an output lacks its signed link",
        "P6a",
        change_body(set_field("/outputs/0/download_url", DROP), "get", when=while_status("completed")),
        client_drivers.video_by_link,
    ),
    mutant(
        "link-before-completed",
        "a video that is processed has a download_url",
        "P7",
        change_body(set_field("/download_url", _LINK), "get", when=while_status("processing")),
    ),
    mutant(
        "link-after-cancelled",
        "a cancelled video has a download_url",
        "P7",
        change_body(set_field("/download_url", _LINK), "get", when=while_status("cancelled")),
        client_drivers.video_cancelled,
    ),
    mutant(
        "progress-over-100",
        "progress is 140",
        "P17",
        change_body(set_field("/progress", 140), "get", when=while_status("completed")),
    ),
    mutant(
        "progress-negative",
        "progress is -1 where it is unknown",
        "P17",
        change_body(set_field("/progress", -1), "get", when=while_status("queued")),
    ),
    mutant(
        "started-before-created",
        "started_at is before created_at",
        "P18",
        change_body(
            set_field("/started_at", lambda _, body: body["created_at"] - 60), "get", when=while_status("processing")
        ),
    ),
    mutant(
        "completed-before-started",
        "completed_at is before started_at",
        "P18",
        change_body(
            set_field("/completed_at", lambda _, body: body["started_at"] - 5), "get", when=while_status("completed")
        ),
    ),
    mutant(
        "webhook-secret",
        "the webhook is shown with its secret",
        "P20",
        change_body(set_field("/webhook/secret", "whsec_keep_me"), "get"),
        client_drivers.video_with_hook,
    ),
    mutant(
        "webhook-secret-in-url",
        "the webhook's secret is shown under another name",
        "P20",
        change_body(set_field("/webhook/signing", "whsec_keep_me"), "get"),
        client_drivers.video_with_hook,
    ),
    mutant(
        "fifth-of-four-attempts",
        "an attempt has a number above the documented maximum",
        "P21",
        change_body(set_field("/webhook/attempts", _tried(5)), "get"),
        client_drivers.video_with_hook,
    ),
    mutant(
        "attempts-shuffled",
        "the attempts of one delivery are numbered 1, 3, 2",
        "P21a",
        change_body(set_field("/webhook/attempts", _tried(1, 3, 2)), "get"),
        client_drivers.video_with_hook,
    ),
    mutant(
        "delivered-without-attempt",
        "more events are delivered than attempts were made",
        "P21b",
        change_body(set_field("/webhook/delivery", {"total_attempts": 2, "delivered_events": 3}), "get"),
        client_drivers.video_with_hook,
    ),
    mutant(
        "webhook-ahead",
        "a webhook reports more progress than the video has",
        "P22",
        change_body(set_field("/last_webhook_progress", 99), "get", when=while_status("processing")),
        client_drivers.video_with_hook,
    ),
)


ANSWER_MUTANTS: Final = (
    mutant(
        "html", "a video is sent as text/html", "S2", change_response(content_type("text/html"), "get", statuses=(200,))
    ),
    mutant(
        "no-content-type",
        "a video is sent without a content type",
        "S2",
        # With another header: an answer without any has lost them on the way.
        change_response(lambda r: content_type("")(with_header(r, "Vary", "Accept")), "get", statuses=(200,)),
        as_info=True,
    ),
    mutant(
        "content-as-json",
        "the bytes of a video are sent as JSON",
        "S2",
        change_response(lambda response: with_header(response, "Content-Type", "application/json"), "content"),
    ),
    mutant("nan", "progress is NaN", "S8", change_response(replace_bytes(b'"progress":0', b'"progress":NaN'), "get")),
    mutant(
        "duplicate-key",
        "the status is in the body twice",
        "S8",
        change_response(replace_bytes(b"{", b'{"status":"queued",'), "get"),
    ),
    mutant(
        "byte-order-mark",
        "the body begins with a byte order mark",
        "S8",
        change_response(replace_bytes(b"{", b"\xef\xbb\xbf{"), "get"),
    ),
    mutant("latin-1", "the body is not UTF-8", "S8", change_response(replace_bytes(b'"720p"', b'"720p\xe9"'), "get")),
    mutant("cut-off", "the body is cut off", "S8", change_response(lambda r: r._replace(body=r.body[:-9]), "get")),
    mutant("empty", "a 200 has no body", "S3", change_response(lambda r: r._replace(body=b""), "get", statuses=(200,))),
    mutant(
        "status-in-the-body",
        "an unknown video is answered 200, with the 404 in the body",
        "S3 P10",
        change_response(with_status(200), "get", statuses=(404,)),
    ),
    mutant(
        "status-code-other",
        "status_code in the body is not the status",
        "P10",
        change_body(set_field("/status_code", 400), "get", refusals=True),
    ),
    mutant(
        "blames-client",
        "error_type is client",
        "P9",
        change_body(set_field("/error_type", "client"), "get", refusals=True),
    ),
    mutant(
        "blames-network",
        "error_origin is network",
        "P9",
        change_body(set_field("/error_origin", "network"), "get", refusals=True),
    ),
    mutant(
        "error-unnamed",
        "an error has no code",
        "P9",
        change_body(set_field("/error", DROP), "get", refusals=True),
    ),
    mutant(
        "error-of-another-vendor",
        "an error has another vendor's shape",
        "P9",
        change_body(lambda body, call: {"detail": "Not found"}, "get", refusals=True),
    ),
    mutant(
        "error-as-html",
        "an error is a page of HTML",
        "S2",
        change_response(content_type("text/html"), "get", statuses=(404,)),
    ),
    mutant(
        "unknown-is-410",
        "an unknown video is answered 410",
        "P26b",
        change_response(with_status(410), "get", statuses=(404,)),
    ),
    mutant(
        "created-is-201", "a create is answered 201", "S1", change_response(with_status(201), "create", statuses=(200,))
    ),
    mutant(
        "no-key-needed",
        "a request without a key is answered",
        "P23",
        skip_authentication("get"),
        client_drivers.phaseo_door,
    ),
    mutant(
        "key-is-403",
        "a missing key is answered 403",
        "S1 P23",
        change_response(with_status(403), "get", statuses=(401,)),
        client_drivers.phaseo_door,
    ),
    mutant(
        "cancel-of-another-era",
        "a cancel is answered 200 in an era without cancelling",
        "P11",
        replace_answer("cancel", video),
        client_drivers.video_cancelled,
        DISABLED,
    ),
    mutant(
        "cancel-is-409",
        "a cancel of a completed video is answered 409",
        "P11",
        change_response(with_status(409), "cancel", statuses=(400,)),
    ),
    mutant(
        "code-of-another-era",
        "the 501 of a cancel has the code not_implemented, as in the era of May",
        "P13 P9",
        change_body(set_field("/error", "not_implemented"), "cancel", refusals=True),
        client_drivers.video_cancelled,
        DISABLED,
    ),
    mutant(
        "code-before-its-time",
        "the 501 of a route that is switched off has the code of a later era",
        "P13a P9",
        change_body(set_field("/error", "not_implemented_yet"), "get", "cancel", refusals=True),
        client_drivers.video_cancelled,
        UNMOUNTED,
    ),
    mutant(
        "cancel-has-no-provider",
        "a cancel is 501 for a provider that can cancel",
        "P11a",
        replace_answer("cancel", _unsupported),
        client_drivers.video_cancelled,
    ),
    mutant(
        "eras-mixed",
        "one cancel works, and the next is answered as switched off",
        "P12",
        replace_answer("cancel", on_call(1, _switched_off)),
        client_drivers.video_cancelled,
    ),
    mutant(
        "eras-mixed-in-words",
        "two cancels are refused with the codes of two eras",
        "P12",
        change_body(
            set_field("/reason", "video_cancel_temporarily_disabled"),
            "cancel",
            when=from_second_answer(),
            refusals=True,
        ),
        client_drivers.video_cancelled,
        DISABLED,
    ),
)
