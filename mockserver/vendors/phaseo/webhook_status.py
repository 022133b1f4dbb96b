"""What a video shows of its own webhook: where it goes, and what came of the deliveries so far.

The parts and what is counted in them follow the source of 2026-08-22: fifty attempts are remembered and ten shown,
oldest first, and `delivered_event_types` lists delivery keys. Never a secret, only whether there is one.
"""

from typing import Any, Final

from mockserver.core.delivery import DeliveryAttempt, DeliveryState, delivery_state
from mockserver.core.instants import Instant, rfc3339
from mockserver.core.job import Job

REMEMBERED_ATTEMPTS: Final = 50
SHOWN_ATTEMPTS: Final = 10
MAX_ATTEMPTS: Final = 4

_PROGRESS_KEY_PREFIX: Final = "video.progress:"


def webhook_object(job: Job, at: Instant) -> dict[str, Any]:
    """The `webhook` of a video that has one."""
    hook, stand = job.spec["webhook"], delivery_state(job, at)
    kept = stand.attempts[-REMEMBERED_ATTEMPTS:]
    return {
        "url": hook["url"],
        "events": hook["events"],
        "has_secret": bool(hook["secret"] or hook["endpoint_id"]),
        "delivery": _delivery_summary(stand, kept),
        "attempts": [_attempt_body(attempt) for attempt in kept[-SHOWN_ATTEMPTS:]],
    }


def webhook_fields(job: Job, at: Instant) -> dict[str, Any]:
    """What stands beside `webhook`: null as long as there is nothing to say."""
    stand = delivery_state(job, at)
    progress = next(
        (one for one in reversed(stand.delivered.values()) if one.key.startswith(_PROGRESS_KEY_PREFIX)), None
    )
    last = stand.attempts[-1] if stand.attempts else None
    return {
        "next_webhook_retry_at": _timestamp(stand.next_retry_at),
        "last_webhook_progress": None if progress is None else int(progress.key.removeprefix(_PROGRESS_KEY_PREFIX)),
        "last_webhook_progress_at": _timestamp(progress and progress.at),
        "last_webhook_dispatched_at": _timestamp(last and last.at),
    }


def _timestamp(instant: Instant | None) -> str | None:
    return None if instant is None else rfc3339(instant, digits=3)


def _delivery_summary(delivery_state: DeliveryState, attempts: list[DeliveryAttempt]) -> dict[str, Any]:
    last = attempts[-1] if attempts else None
    arrived = next((one for one in reversed(attempts) if one.delivered), None)
    failed = next((one for one in reversed(attempts) if not one.delivered), None)
    return {
        "total_attempts": len(attempts),
        "delivered_events": len(delivery_state.delivered),
        "delivered_event_types": sorted(delivery_state.delivered),
        "pending_retries": len(delivery_state.retrying),
        "next_retry_at": _timestamp(delivery_state.next_retry_at),
        "last_attempt_at": _timestamp(last and last.at),
        "last_attempt_status": last and _attempt_status(last),
        "last_response_status": last and last.status,
        "last_delivered_at": _timestamp(arrived and arrived.at),
        "last_failure_at": _timestamp(failed and failed.at),
        "last_error_message": failed and failed.error,
    }


def _attempt_status(attempt: DeliveryAttempt) -> str:
    if attempt.delivered:
        return "delivered"
    return "failed_permanently" if attempt.retry_at is None else "scheduled_retry"


def _attempt_body(attempt: DeliveryAttempt) -> dict[str, Any]:
    return {
        "id": f"{attempt.key}:{attempt.number}:{_timestamp(attempt.at)}",
        "delivery_key": attempt.key,
        "event_type": attempt.event,
        "status": _attempt_status(attempt),
        "attempt_number": attempt.number,
        "max_attempts": MAX_ATTEMPTS,
        "tried_at": _timestamp(attempt.at),
        "delivered_at": _timestamp(attempt.at) if attempt.delivered else None,
        "next_retry_at": _timestamp(attempt.retry_at),
        "response_status": attempt.status,
        "error_message": attempt.error or None,
        "response_body_preview": attempt.preview or None,
    }
