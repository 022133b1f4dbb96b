"""What a batch shows of the notifications that were sent of it (OpenAPI description of 2026-07-30)."""

from typing import Any

from mockserver.core.delivery import delivery_state
from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.vendors.webhook_endpoint import BUILTIN_RECEIVER_URL


def webhook_entries(job: Job, at: Instant) -> list[dict[str, Any]]:
    """The `webhooks` of a batch: an entry for each address that was tried; none before."""
    entries: dict[str, dict[str, Any]] = {}
    for attempt in delivery_state(job, at).attempts:
        entry = entries.setdefault(
            attempt.url or BUILTIN_RECEIVER_URL,
            {"url": attempt.url or BUILTIN_RECEIVER_URL, "delivered": False, "attempts": 0},
        )
        entry["attempts"] += 1
        entry["delivered"] = entry["delivered"] or attempt.delivered
        entry.pop("last_error", None)
        if attempt.error:
            entry["last_error"] = attempt.error
    return list(entries.values())
