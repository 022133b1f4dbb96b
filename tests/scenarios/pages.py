"""Statements of the captured pages, each with the scenarios that demonstrate it.

A statement has a short id, a paraphrase and at least one scenario.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Sentence(NamedTuple):
    """Paraphrase of one statement of a page, and the scenarios that demonstrate it."""

    says: str
    shown_by: tuple[str, ...]


class Page(NamedTuple):
    """Prefix of `source:` for a page, and the statements of the page by id."""

    source: str
    sentences: Mapping[str, Sentence]


def _says(says: str, *shown_by: str) -> Sentence:
    return Sentence(says, shown_by)


PAGES: Final[Mapping[str, Page]] = {
    "phaseo-cancel-video-501": Page(
        "Phaseo, Cancel video, page of 2026-05-06 (501): ",
        {
            "reserved": _says("the endpoint is reserved and exists today", "cancel-reserved-501"),
            "structured": _says("it returns a structured 501 not_implemented_yet", "cancel-reserved-501"),
            "not-available": _says(
                "treat cancellation as not generally available, even though route and SDK method exist",
                "cancel-refused-job-runs-on",
            ),
            "bearer": _says("the Authorization header is required", "invalid-key-401"),
            "job-id": _says("the path holds the gateway's id of the job, G-...", "same-seed-same-ids"),
            "disabled": _says("the 501 means that cancellation is disabled", "cancel-disabled-before-lookup"),
            "blame": _says("an error carries its status, type and origin", "cancel-reserved-501"),
        },
    ),
    "phaseo-cancel-video-200": Page(
        "Phaseo, Cancel video, page of 2026-05-06 (200): ",
        {
            "still-501": _says(
                "until cancellation is finalized across providers, a cancel may return 501 not_implemented_yet",
                "cancel-unsupported-provider-501",
                "cancel-only-while-queued",
            ),
            "the-video": _says("a cancel returns the video", "cancel-then-poll"),
            "cancelled": _says("its status may be cancelled", "cancel-then-poll"),
            "lifecycle": _says(
                "lifecycle_status has its own values: pending, running and the terminal ones",
                "cancel-then-poll",
                "progress-over-time",
            ),
            "job-id": _says("the path holds the gateway's id of the job, G-...", "video-unknown-404"),
            "cancel-url": _says("cancel_url may be null", "cancel-then-poll", "cancel-unsupported-provider-501"),
            "native-id": _says(
                "native_video_id is the provider's id, where it differs", "status-has-the-common-fields"
            ),
            "poll-after": _says(
                "poll_after_seconds is the delay before the next poll; 20 is an example", "poll-after-is-not-always-20"
            ),
            "link-expires": _says(
                "expires_at is the expiry time of the signed link",
                "download-link-expires",
                "expired-download-link-mid-download",
            ),
            "secret": _says(
                "webhook secrets are never returned; has_secret shows whether one exists", "webhook-secret-never-shown"
            ),
            "deliveries": _says(
                "webhook shows its deliveries and their attempts; deliveries are signed with headers",
                "webhook-delivered-after-a-retry",
                "webhook-retried-until-given-up",
            ),
        },
    ),
    "phaseo-get-video-status": Page(
        "Phaseo, Get video status, page of 2026-05-19: ",
        {
            "current-state": _says(
                "it fetches the current state of the job", "progress-over-time", "polls-drive-the-job"
            ),
            "disabled": _says(
                "the routes are mounted but disabled, and return 501 not_implemented", "all-routes-disabled"
            ),
            "common": _says("the common response fields", "status-has-the-common-fields"),
            "statuses": _says(
                "queued, processing, completed, failed, cancelled and expired",
                "manual-until-moved",
                "match-by-prompt",
                "video-expires",
                "status-nobody-documented",
            ),
            "progress": _says(
                "progress and its origin", "progress-over-time", "progress-stuck-at-99", "progress-of-250"
            ),
            "poll-after": _says(
                "poll_after_seconds is the delay before the next poll", "progress-over-time", "polled-too-often-429"
            ),
            "content-url": _says("content_url with bytes or both", "access-bytes-only", "content-not-ready-409"),
            "download-url": _says("download_url and expires_at with signed_url or both", "access-signed-url-only"),
            "outputs": _says("an output has index, mime_type and bytes_available", "completed-shows-asset-and-bill"),
            "the-end": _says(
                "a terminal job has its billing, asset, access and final error",
                "completed-shows-asset-and-bill",
                "failed-video-keeps-its-error",
            ),
        },
    ),
    "twelvelabs-cancel-batch": Page(
        "TwelveLabs, Cancel a batch, undated page: ",
        {
            "who": _says(
                "pending and processing batches can be canceled",
                "batch-cancel-pending",
                "batch-drains-before-canceled",
                "batch-cancel-again-while-canceling",
            ),
            "queued": _says("queued items are canceled", "batch-drains-before-canceled"),
            "processing": _says("items in processing finish", "batch-drains-before-canceled", "batch-stuck-canceling"),
            "canceling": _says(
                "the batch is canceling at once", "batch-drains-before-canceled", "batch-canceling-takes-a-minute"
            ),
            "canceled": _says(
                "it is canceled when every item is ready, failed or canceled", "batch-drains-before-canceled"
            ),
            "free": _says("canceled and failed items are not billed", "batch-charges-ready-items-only"),
            "key": _says("x-api-key carries the key", "api-key-missing-401"),
            "id": _says(
                "the id is 24 hex digits, and retrieves the status or the results",
                "batch-unknown-404",
                "batch-results-while-processing",
            ),
            "request-time": _says("the response shows the batch at the time of the request", "batch-cancel-pending"),
            "confirm": _says(
                "a GET confirms that it is fully canceled",
                "batch-cancel-pending",
                "batch-canceling-takes-a-minute",
                "batch-canceling-ends-while-items-work",
                "batch-driven-by-polls",
            ),
            "canceled-items": _says(
                "canceled_items counts items canceled with the batch and items unfinished at expiry",
                "batch-drains-before-canceled",
                "batch-expires-at-24h",
            ),
            "expires": _says("expires_at is 24 hours after created_at", "batch-expires-at-24h"),
            "unfinished": _says(
                "items unfinished at expiration are canceled", "batch-expires-at-24h", "batch-drained-by-expiry"
            ),
            "thirty-days": _says(
                "finished items stay retrievable for 30 days after creation, then everything is deleted",
                "batch-gone-after-30-days",
            ),
            "counters": _says(
                "total_items is the number submitted, and five counters show the item states",
                "batch-counters-add-up",
                "batch-hundred-items-by-seed",
                "batch-item-fails-alone",
                "stale-batch-counters",
            ),
            "canceled-at": _says("canceled_at only when canceled", "batch-cancel-pending"),
            "completed-at": _says("completed_at only when completed", "batch-counters-add-up"),
            "expired-at": _says("expired_at only when expired", "batch-expires-at-24h"),
            "webhooks": _says(
                "webhooks only after the notifications were sent",
                "batch-webhook-when-it-ends",
                "batch-webhook-of-a-drained-batch",
            ),
            "404": _says("404", "batch-unknown-404"),
            "409": _says(
                "409",
                "batch-cancel-completed-409",
                "batch-cancel-canceled-409",
                "batch-cancel-expired-409",
                "batch-two-tabs-cancel",
                "batch-cancel-twice-while-draining",
                "batch-cancel-answer-lost-then-409",
            ),
        },
    ),
    "reap-cancel-project": Page(
        "Reap, Cancel project, undated page: ",
        {
            "processing": _says(
                "a project that is still processing can be cancelled",
                "cancel-while-preparing-refunds",
                "cancel-while-processing-400",
                "cancel-button-charges-twice",
                "lost-refusal-of-a-cancel",
            ),
            "cancelled": _says("it moves to cancelled", "cancel-while-preparing-refunds"),
            "refunded": _says("its credits are refunded without another call", "cancel-while-preparing-refunds"),
            "once": _says("the refund happens only once", "refund-once", "refund-comes-once-after-two-cancels"),
            "readable": _says("it stays in the workspace and remains readable", "cancelled-stays-readable"),
            "locked": _says("it can no longer be edited: 400", "cancelled-is-locked"),
            "limit": _says("10 requests per minute per API key", "rate-limit-11th-call", "rate-limit-off"),
            "preparing": _says(
                "a cancel is possible just after the start, before any outputs", "cancel-while-preparing-refunds"
            ),
            "stuck": _says(
                "or when the project looks stuck, after more than about 8 hours",
                "stuck-8-hours-cancel",
                "stuck-project-completes-first",
                "cancel-1ms-before-the-project-completes",
            ),
            "finished": _says(
                "a finished one, completed or failed, gets a 400", "cancel-after-completed", "cancel-after-failed-400"
            ),
            "already": _says(
                "one that is already cancelled gets a 400",
                "cancel-twice-400",
                "lost-cancel-answer-then-400",
                "two-tabs-cancel-one-wins",
            ),
            "status": _says(
                "after a successful cancel the status is cancelled",
                "cancelled-not-in-enum",
                "poll-after-the-cancel-says-queued",
            ),
            "statuses": _says(
                "the list of statuses, which lacks cancelled", "cancelled-not-in-enum", "source-turns-out-invalid"
            ),
            "key": _says("the bearer header is required", "no-bearer-401"),
            "project-id": _says(
                "projectId, the id of the project, is required",
                "cancel-without-project-id-422",
                "cancel-unknown-project-404",
            ),
            "null": _says(
                "window, captions preset and dubbing language are null where they do not apply",
                "whole-video-null-window",
            ),
            "billed": _says("billedDuration is the billed duration in seconds", "billed-duration-in-minutes"),
            "times": _says("createdAt and updatedAt are Unix seconds", "cancelled-not-in-enum"),
            "path": _says("the path of the call, in the heading and in the example", "both-paths-lead-there"),
        },
    ),
}

ELSEWHERE: Final[Mapping[str, str]] = {
    "phaseo-cancel-video-200": "websocket_url: a WebSocket carries frames, and a play can check responses only",
    "reap-cancel-project": "publishing and scheduling: no captured page documents these calls",
}
"""Statements that no scenario can demonstrate, by page, with the reason."""
