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


def _fact(says: str, *shown_by: str) -> Sentence:
    return Sentence(says, shown_by)


PAGES: Final[Mapping[str, Page]] = {
    "phaseo-cancel-video-501": Page(
        "Phaseo, Cancel video, page of 2026-05-06 (501): ",
        {
            "reserved": _fact("the endpoint is reserved and exists today", "cancel-reserved-501"),
            "structured": _fact("it returns a structured 501 not_implemented_yet", "cancel-reserved-501"),
            "not-available": _fact(
                "treat cancellation as not generally available, even though route and SDK method exist",
                "cancel-refused-job-runs-on",
            ),
            "bearer": _fact("the Authorization header is required", "invalid-key-401"),
            "job-id": _fact("the path holds the gateway's id of the job, G-...", "same-seed-same-ids"),
            "disabled": _fact("the 501 means that cancellation is disabled", "cancel-disabled-before-lookup"),
            "blame": _fact("an error carries its status, type and origin", "cancel-reserved-501"),
        },
    ),
    "phaseo-cancel-video-200": Page(
        "Phaseo, Cancel video, page of 2026-05-06 (200): ",
        {
            "still-501": _fact(
                "until cancellation is finalized across providers, a cancel may return 501 not_implemented_yet",
                "cancel-unsupported-provider-501",
                "cancel-only-while-queued",
            ),
            "the-video": _fact("a cancel returns the video", "cancel-then-poll"),
            "cancelled": _fact("its status may be cancelled", "cancel-then-poll"),
            "lifecycle": _fact(
                "lifecycle_status has its own values: pending, running and the terminal ones",
                "cancel-then-poll",
                "progress-over-time",
            ),
            "job-id": _fact("the path holds the gateway's id of the job, G-...", "video-unknown-404"),
            "cancel-url": _fact("cancel_url may be null", "cancel-then-poll", "cancel-unsupported-provider-501"),
            "native-id": _fact(
                "native_video_id is the provider's id, where it differs", "status-has-the-common-fields"
            ),
            "poll-after": _fact(
                "poll_after_seconds is the delay before the next poll; 20 is an example", "poll-after-is-not-always-20"
            ),
            "link-expires": _fact(
                "expires_at is the expiry time of the signed link",
                "download-link-expires",
                "expired-download-link-mid-download",
            ),
            "secret": _fact(
                "webhook secrets are never returned; has_secret shows whether one exists", "webhook-secret-never-shown"
            ),
            "deliveries": _fact(
                "webhook shows its deliveries and their attempts; deliveries are signed with headers",
                "webhook-delivered-after-a-retry",
                "webhook-retried-until-given-up",
            ),
        },
    ),
    "phaseo-get-video-status": Page(
        "Phaseo, Get video status, page of 2026-05-19: ",
        {
            "current-state": _fact(
                "it fetches the current state of the job", "progress-over-time", "polls-drive-the-job"
            ),
            "disabled": _fact(
                "the routes are mounted but disabled, and return 501 not_implemented", "all-routes-disabled"
            ),
            "common": _fact("the common response fields", "status-has-the-common-fields"),
            "statuses": _fact(
                "queued, processing, completed, failed, cancelled and expired",
                "manual-until-moved",
                "match-by-prompt",
                "video-expires",
                "status-nobody-documented",
            ),
            "progress": _fact(
                "progress and its origin", "progress-over-time", "progress-stuck-at-99", "progress-of-250"
            ),
            "poll-after": _fact(
                "poll_after_seconds is the delay before the next poll", "progress-over-time", "polled-too-often-429"
            ),
            "content-url": _fact("content_url with bytes or both", "access-bytes-only", "content-not-ready-409"),
            "download-url": _fact("download_url and expires_at with signed_url or both", "access-signed-url-only"),
            "outputs": _fact("an output has index, mime_type and bytes_available", "completed-shows-asset-and-bill"),
            "the-end": _fact(
                "a terminal job has its billing, asset, access and final error",
                "completed-shows-asset-and-bill",
                "failed-video-keeps-its-error",
            ),
        },
    ),
    "twelvelabs-cancel-batch": Page(
        "TwelveLabs, Cancel a batch, undated page: ",
        {
            "who": _fact(
                "pending and processing batches can be canceled",
                "batch-cancel-pending",
                "batch-drains-before-canceled",
                "batch-cancel-again-while-canceling",
            ),
            "queued": _fact("queued items are canceled", "batch-drains-before-canceled"),
            "processing": _fact("items in processing finish", "batch-drains-before-canceled", "batch-stuck-canceling"),
            "canceling": _fact(
                "the batch is canceling at once", "batch-drains-before-canceled", "batch-canceling-takes-a-minute"
            ),
            "canceled": _fact(
                "it is canceled when every item is ready, failed or canceled", "batch-drains-before-canceled"
            ),
            "free": _fact("canceled and failed items are not billed", "batch-charges-ready-items-only"),
            "key": _fact("x-api-key carries the key", "api-key-missing-401"),
            "id": _fact(
                "the id is 24 hex digits, and retrieves the status or the results",
                "batch-unknown-404",
                "batch-results-while-processing",
            ),
            "request-time": _fact("the response shows the batch at the time of the request", "batch-cancel-pending"),
            "confirm": _fact(
                "a GET confirms that it is fully canceled",
                "batch-cancel-pending",
                "batch-canceling-takes-a-minute",
                "batch-canceling-ends-while-items-work",
                "batch-driven-by-polls",
            ),
            "canceled-items": _fact(
                "canceled_items counts items canceled with the batch and items unfinished at expiry",
                "batch-drains-before-canceled",
                "batch-expires-at-24h",
            ),
            "expires": _fact("expires_at is 24 hours after created_at", "batch-expires-at-24h"),
            "unfinished": _fact(
                "items unfinished at expiration are canceled", "batch-expires-at-24h", "batch-drained-by-expiry"
            ),
            "thirty-days": _fact(
                "finished items stay retrievable for 30 days after creation, then everything is deleted",
                "batch-gone-after-30-days",
            ),
            "counters": _fact(
                "total_items is the number submitted, and five counters show the item states",
                "batch-counters-add-up",
                "batch-hundred-items-by-seed",
                "batch-item-fails-alone",
                "stale-batch-counters",
            ),
            "canceled-at": _fact("canceled_at only when canceled", "batch-cancel-pending"),
            "completed-at": _fact("completed_at only when completed", "batch-counters-add-up"),
            "expired-at": _fact("expired_at only when expired", "batch-expires-at-24h"),
            "webhooks": _fact(
                "webhooks only after the notifications were sent",
                "batch-webhook-when-it-ends",
                "batch-webhook-of-a-drained-batch",
            ),
            "404": _fact("404", "batch-unknown-404"),
            "409": _fact(
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
            "processing": _fact(
                "a project that is still processing can be cancelled",
                "cancel-while-preparing-refunds",
                "cancel-while-processing-400",
                "cancel-button-charges-twice",
                "lost-refusal-of-a-cancel",
            ),
            "cancelled": _fact("it moves to cancelled", "cancel-while-preparing-refunds"),
            "refunded": _fact("its credits are refunded without another call", "cancel-while-preparing-refunds"),
            "once": _fact("the refund happens only once", "refund-once", "refund-comes-once-after-two-cancels"),
            "readable": _fact("it stays in the workspace and remains readable", "cancelled-stays-readable"),
            "locked": _fact("it can no longer be edited: 400", "cancelled-is-locked"),
            "limit": _fact("10 requests per minute per API key", "rate-limit-11th-call", "rate-limit-off"),
            "preparing": _fact(
                "a cancel is possible just after the start, before any outputs", "cancel-while-preparing-refunds"
            ),
            "stuck": _fact(
                "or when the project looks stuck, after more than about 8 hours",
                "stuck-8-hours-cancel",
                "stuck-project-completes-first",
                "cancel-1ms-before-the-project-completes",
            ),
            "finished": _fact(
                "a finished one, completed or failed, gets a 400", "cancel-after-completed", "cancel-after-failed-400"
            ),
            "already": _fact(
                "one that is already cancelled gets a 400",
                "cancel-twice-400",
                "lost-cancel-answer-then-400",
                "two-tabs-cancel-one-wins",
            ),
            "status": _fact(
                "after a successful cancel the status is cancelled",
                "cancelled-not-in-enum",
                "poll-after-the-cancel-says-queued",
            ),
            "statuses": _fact(
                "the list of statuses, which lacks cancelled", "cancelled-not-in-enum", "source-turns-out-invalid"
            ),
            "key": _fact("the bearer header is required", "no-bearer-401"),
            "project-id": _fact(
                "projectId, the id of the project, is required",
                "cancel-without-project-id-422",
                "cancel-unknown-project-404",
            ),
            "null": _fact(
                "window, captions preset and dubbing language are null where they do not apply",
                "whole-video-null-window",
            ),
            "billed": _fact("billedDuration is the billed duration in seconds", "billed-duration-in-minutes"),
            "times": _fact("createdAt and updatedAt are Unix seconds", "cancelled-not-in-enum"),
            "path": _fact("the path of the call, in the heading and in the example", "both-paths-lead-there"),
        },
    ),
}

ELSEWHERE: Final[Mapping[str, str]] = {
    "phaseo-cancel-video-200": "websocket_url: a WebSocket carries frames, and a play can check responses only",
    "reap-cancel-project": "publishing and scheduling: no captured page documents these calls",
}
"""Statements that no scenario can demonstrate, by page, with the reason."""
