"""What a video shows of its own webhook: where it goes, and what came of the deliveries so far.

The parts and what is counted in them follow the source of 2026-08-22: fifty attempts are remembered and ten shown,
oldest first, and `delivered_event_types` lists delivery keys. Never a secret, only whether there is one.
"""

from typing import Any, Final

from mockserver.core.delivery import Attempt, Told, told
from mockserver.core.instants import Instant, rfc3339
from mockserver.core.job import Job

REMEMBERED: Final = 50
SHOWN: Final = 10
MAX_ATTEMPTS: Final = 4

_PROGRESS: Final = "video.progress:"


def webhook(job: Job, at: Instant) -> dict[str, Any]:
    """The `webhook` of a video that has one."""
    hook, stand = job.spec["webhook"], told(job, at)
    kept = stand.attempts[-REMEMBERED:]
    return {
        "url": hook["url"],
        "events": hook["events"],
        "has_secret": bool(hook["secret"] or hook["endpoint_id"]),
        "delivery": _summary(stand, kept),
        "attempts": [_attempt(attempt) for attempt in kept[-SHOWN:]],
    }


def fields(job: Job, at: Instant) -> dict[str, Any]:
    """What stands beside `webhook`: null as long as there is nothing to say."""
    stand = told(job, at)
    progress = next((one for one in reversed(stand.delivered.values()) if one.key.startswith(_PROGRESS)), None)
    last = stand.attempts[-1] if stand.attempts else None
    return {
        "next_webhook_retry_at": _text(stand.next_at),
        "last_webhook_progress": None if progress is None else int(progress.key.removeprefix(_PROGRESS)),
        "last_webhook_progress_at": _text(progress and progress.at),
        "last_webhook_dispatched_at": _text(last and last.at),
    }


def _text(instant: Instant | None) -> str | None:
    return None if instant is None else rfc3339(instant, digits=3)


def _summary(stand: Told, kept: list[Attempt]) -> dict[str, Any]:
    last = kept[-1] if kept else None
    arrived = next((one for one in reversed(kept) if one.delivered), None)
    failed = next((one for one in reversed(kept) if not one.delivered), None)
    return {
        "total_attempts": len(kept),
        "delivered_events": len(stand.delivered),
        "delivered_event_types": sorted(stand.delivered),
        "pending_retries": len(stand.waiting),
        "next_retry_at": _text(stand.next_at),
        "last_attempt_at": _text(last and last.at),
        "last_attempt_status": last and _status(last),
        "last_response_status": last and last.status,
        "last_delivered_at": _text(arrived and arrived.at),
        "last_failure_at": _text(failed and failed.at),
        "last_error_message": failed and failed.error,
    }


def _status(attempt: Attempt) -> str:
    if attempt.delivered:
        return "delivered"
    return "failed_permanently" if attempt.again is None else "scheduled_retry"


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "id": f"{attempt.key}:{attempt.number}:{_text(attempt.at)}",
        "delivery_key": attempt.key,
        "event_type": attempt.event,
        "status": _status(attempt),
        "attempt_number": attempt.number,
        "max_attempts": MAX_ATTEMPTS,
        "tried_at": _text(attempt.at),
        "delivered_at": _text(attempt.at) if attempt.delivered else None,
        "next_retry_at": _text(attempt.again),
        "response_status": attempt.status,
        "error_message": attempt.error or None,
        "response_body_preview": attempt.preview or None,
    }
