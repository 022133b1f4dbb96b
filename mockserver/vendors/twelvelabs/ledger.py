"""What is billed: the minutes of every analysis that got ready, at the instant it did.

Source: the page on cancelling a batch (2026-07-30: canceled and failed items are free) and the SDK's texts (deleting
refunds nothing; the window of analysis is what is billed). Without a window the mock's videos last one minute.
"""

from typing import Final

from mockserver.core.batch import replay_batch
from mockserver.core.instants import Instant
from mockserver.core.job import Job, StateSpan, replay
from mockserver.vendors.api import LedgerEntry

_DEFAULT_VIDEO_SECONDS: Final = 60.0
"""Seconds of a video whose end nobody named."""


def batch_ledger(job: Job, now: Instant) -> tuple[LedgerEntry, ...]:
    """One charge for each ready item of a batch."""
    courses = replay_batch(job, now).items
    return tuple(
        _charge(course[-1], item["options"], f"{job.id}:charge:{place}")
        for place, (course, item) in enumerate(zip(courses, job.spec["items"], strict=True))
        if course[-1].state == "ready"
    )


def task_ledger(job: Job, now: Instant) -> tuple[LedgerEntry, ...]:
    """One charge for a task that is ready."""
    visit = replay(job, now)[-1]
    return (_charge(visit, job.spec["options"], f"{job.id}:charge"),) if visit.state == "ready" else ()


def _charge(visit: StateSpan, options: dict[str, float], key: str) -> LedgerEntry:
    start = options.get("start_time", 0.0)
    seconds = options.get("end_time", start + _DEFAULT_VIDEO_SECONDS) - start
    return LedgerEntry(visit.entered, "charge", seconds / 60, "minutes", key)
