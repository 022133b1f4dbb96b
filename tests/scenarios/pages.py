"""What the captured pages say happens, sentence by sentence, and the scenarios that show it.

A sentence has a short id, a paraphrase and at least one scenario.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Sentence(NamedTuple):
    """One thing a page says, and who shows it."""

    says: str
    shown_by: tuple[str, ...]


class Page(NamedTuple):
    """A page, as `source:` names it, and what it says."""

    source: str
    sentences: Mapping[str, Sentence]


def _says(says: str, *shown_by: str) -> Sentence:
    return Sentence(says, shown_by)


PAGES: Final[Mapping[str, Page]] = {
    "phaseo-cancel-video-501": Page(
        "Phaseo, Cancel video, page of 2026-05-06 (501): ",
        {
            "reserved": _says("the endpoint is reserved, and exists today", "cancel-reserved-501"),
            "structured": _says("it answers a structured 501 not_implemented_yet", "cancel-reserved-501"),
            "not-available": _says(
                "treat cancellation as not generally available, whatever routes and methods there are",
                "cancel-refused-job-runs-on",
            ),
            "bearer": _says("the Authorization header is required", "invalid-key-401"),
            "job-id": _says("the path has the gateway's own id of the job, G-...", "same-seed-same-ids"),
            "disabled": _says("the 501 means that cancellation is disabled", "cancel-disabled-before-lookup"),
            "blame": _says("an error says its status, its type and its origin", "cancel-reserved-501"),
        },
    ),
    "phaseo-cancel-video-200": Page(
        "Phaseo, Cancel video, page of 2026-05-06 (200): ",
        {
            "still-501": _says(
                "while it is finalized across providers, a cancel may answer 501 not_implemented_yet",
                "cancel-unsupported-provider-501",
                "cancel-only-while-queued",
            ),
            "the-video": _says("a cancel answers the video", "cancel-then-poll"),
            "cancelled": _says("its status may be cancelled", "cancel-then-poll"),
            "lifecycle": _says(
                "lifecycle_status says the same in words of its own: pending, running and the ends",
                "cancel-then-poll",
                "progress-over-time",
            ),
            "job-id": _says("the path has the gateway's own id of the job, G-...", "video-unknown-404"),
            "cancel-url": _says("cancel_url may be null", "cancel-then-poll", "cancel-unsupported-provider-501"),
            "native-id": _says("native_video_id is the provider's, where it differs", "status-has-the-common-fields"),
            "poll-after": _says(
                "poll_after_seconds says when to ask again; 20 is an example", "poll-after-is-not-always-20"
            ),
            "link-expires": _says(
                "expires_at is when the signed link expires",
                "download-link-expires",
                "expired-download-link-mid-download",
            ),
            "secret": _says(
                "webhook secrets are never returned; has_secret says there is one", "webhook-secret-never-shown"
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
                "the routes are mounted, disabled, and answer 501 not_implemented", "all-routes-disabled"
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
                "progress and whose it is", "progress-over-time", "progress-stuck-at-99", "progress-of-250"
            ),
            "poll-after": _says(
                "poll_after_seconds says when to ask again", "progress-over-time", "polled-too-often-429"
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
                "the id is 24 hex digits, and gets the status or the results",
                "batch-unknown-404",
                "batch-results-while-processing",
            ),
            "request-time": _says("the answer is the batch at the time of the request", "batch-cancel-pending"),
            "confirm": _says(
                "a GET tells whether it is fully canceled",
                "batch-cancel-pending",
                "batch-canceling-takes-a-minute",
                "batch-driven-by-polls",
            ),
            "canceled-items": _says(
                "canceled_items counts those canceled with the batch and those it expired with",
                "batch-drains-before-canceled",
                "batch-expires-at-24h",
            ),
            "expires": _says("expires_at is 24 hours after created_at", "batch-expires-at-24h"),
            "unfinished": _says(
                "items unfinished at expiration are canceled", "batch-expires-at-24h", "batch-drained-by-expiry"
            ),
            "thirty-days": _says(
                "finished items can be had for 30 days from creation, then all is deleted", "batch-gone-after-30-days"
            ),
            "counters": _says(
                "total_items were submitted, five counters say how they are",
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
            "refunded": _says("its credits are refunded, without another call", "cancel-while-preparing-refunds"),
            "once": _says("and only once", "refund-once", "refund-comes-once-after-two-cancels"),
            "readable": _says("it stays in the workspace and remains readable", "cancelled-stays-readable"),
            "locked": _says("it can no longer be edited: 400", "cancelled-is-locked"),
            "limit": _says("10 requests per minute per API key", "rate-limit-11th-call", "rate-limit-off"),
            "preparing": _says("just after the start, before there are outputs", "cancel-while-preparing-refunds"),
            "stuck": _says(
                "or when it looks stuck, after more than about 8 hours",
                "stuck-8-hours-cancel",
                "stuck-project-completes-first",
                "cancel-1ms-before-the-project-completes",
            ),
            "finished": _says(
                "a finished one, completed or failed, answers 400", "cancel-after-completed", "cancel-after-failed-400"
            ),
            "already": _says(
                "one that is cancelled already answers 400",
                "cancel-twice-400",
                "lost-cancel-answer-then-400",
                "two-tabs-cancel-one-wins",
            ),
            "status": _says(
                "after a successful cancel the status is cancelled",
                "cancelled-not-in-enum",
                "poll-after-the-cancel-says-queued",
            ),
            "statuses": _says("the statuses, without cancelled", "cancelled-not-in-enum", "source-turns-out-invalid"),
            "key": _says("the bearer header is required", "no-bearer-401"),
            "project-id": _says(
                "projectId is required, the id of the project",
                "cancel-without-project-id-422",
                "cancel-unknown-project-404",
            ),
            "null": _says(
                "window, captions preset and dubbing language are null where they do not apply",
                "whole-video-null-window",
            ),
            "billed": _says("billedDuration is the billed duration in seconds", "billed-duration-in-minutes"),
            "times": _says("createdAt and updatedAt are Unix seconds", "cancelled-not-in-enum"),
            "path": _says("the call, in the heading and in the example", "both-paths-lead-there"),
        },
    ),
}

ELSEWHERE: Final[Mapping[str, str]] = {
    "phaseo-cancel-video-200": "websocket_url: what is said there are frames, and a play asks for answers",
    "reap-cancel-project": "publishing and scheduling: no captured page says how they are called",
}
"""What no scenario can show, and why."""
