"""Default courses, ids, and the fate of an item that fails by itself.

A demo of any size finishes in half a minute: items begin in at most forty groups, so that the items of a group
share one course and a batch of a thousand settles as fast as one of forty. All durations are ours.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from mockserver.core.ids import hex24, seeded_bytes
from mockserver.core.instants import SECOND, Instant
from mockserver.core.job import Job
from mockserver.core.timeline import NO_END, Timed, Timeline, TimelineStep
from mockserver.vendors.api import build_timeline

ID_PATTERN: Final = "[0-9a-fA-F]{24}"

BATCH_TIMELINE: Final = build_timeline(
    ("pending", Timed(2 * SECOND)), ("processing", Timed(26 * SECOND)), ("completed", NO_END)
)
"""Only for the fields of its steps: a batch's state follows from its items."""

TASK_TIMELINE: Final = build_timeline(
    ("queued", Timed(2 * SECOND)),
    ("pending", Timed(SECOND)),
    ("processing", Timed(12 * SECOND)),
    ("ready", NO_END),
)

_MAX_GROUPS: Final = 40
_MIN_WAIT: Final = 2 * SECOND
_WAIT_SPREAD: Final = 20 * SECOND
_PROCESSING_TIME: Final = 6 * SECOND

UNREADABLE_ASSET: Final = "000000000000000000000002"
"""A magic asset: its item is processed and fails, as in the SDK's example of a failed line."""
MAX_WINDOW_SECONDS: Final = 7200
"""Seconds; an item with a longer window of analysis fails by itself (SDK 1.3.5)."""

_UNREADABLE_STEP: Final = TimelineStep(
    "failed", fields={"error": {"code": "asset_unavailable", "message": "The asset's content could not be read."}}
)
_TOO_LONG_STEP: Final = TimelineStep(
    "failed",
    fields={"error": {"code": "video_duration_too_long", "message": "The window of analysis is longer than 2 hours."}},
)


def item_timeline(index: int, total: int) -> Timeline:
    """Item `place` of `total`: queued for 2 to 22 s, processed for 6 s."""
    groups = min(total, _MAX_GROUPS)
    return _group_timeline(index * groups // total, groups)


@cache
def _group_timeline(group: int, groups: int) -> Timeline:
    wait = _MIN_WAIT + _WAIT_SPREAD * group // groups
    return build_timeline(("queued", Timed(wait)), ("processing", Timed(_PROCESSING_TIME)), ("ready", NO_END))


def fail_unreadable_item(item: Mapping[str, Any], course: Timeline) -> Timeline:
    """The first era: an item of the unreadable asset fails."""
    if item["video"].get("asset_id") == UNREADABLE_ASSET:
        return (*course[:-1], _UNREADABLE_STEP)
    return course


def fail_unreadable_or_long_item(item: Mapping[str, Any], course: Timeline) -> Timeline:
    """The second era: an item that is too long fails too, before it is processed."""
    start, end = item["options"].get("start_time", 0), item["options"].get("end_time", 0)
    if end - start > MAX_WINDOW_SECONDS:
        return (course[0], _TOO_LONG_STEP)
    return fail_unreadable_item(item, course)


def new_batch_id(seed: str, number: int, created: Instant) -> str:
    """A new batch's id."""
    return hex24(seed, "batch", number, at=created)


def new_task_id(seed: str, number: int, created: Instant) -> str:
    """A new single task's id."""
    return hex24(seed, "task", number, at=created)


def item_ids(batch: Job) -> tuple[str, ...]:
    """The task ids of a batch's items: they count up from a number that derives from the batch's id."""
    seconds = batch.created // SECOND & 0xFFFFFFFF
    first = int.from_bytes(seeded_bytes(batch.id, "items", size=8))
    return tuple(f"{seconds:08x}{first + place & (1 << 64) - 1:016x}" for place in range(len(batch.spec["items"])))


def generation_id(task: str) -> str:
    """The id of the generation that answered a task."""
    return "gen_" + seeded_bytes(task, "generation", size=12).hex()
