"""Default courses, ids, and the fate of an item that fails by itself.

A demo of any size finishes in half a minute: items begin in at most forty groups, so that the items of a group
share one course and a batch of a thousand settles as fast as one of forty. All durations are ours.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from mockserver.core.ids import digest, hex24
from mockserver.core.instants import SECOND, Instant
from mockserver.core.job import Job
from mockserver.core.timeline import ENDLESS, For, Step, Timeline
from mockserver.vendors.api import steps

ID_PATTERN: Final = "[0-9a-fA-F]{24}"

BATCH_TIMELINE: Final = steps(("pending", For(2 * SECOND)), ("processing", For(26 * SECOND)), ("completed", ENDLESS))
"""Only for the fields of its steps: a batch's state follows from its items."""

TASK_TIMELINE: Final = steps(
    ("queued", For(2 * SECOND)),
    ("pending", For(SECOND)),
    ("processing", For(12 * SECOND)),
    ("ready", ENDLESS),
)

_GROUPS: Final = 40
_WAIT: Final = 2 * SECOND
_SPREAD: Final = 20 * SECOND
_WORK: Final = 6 * SECOND

UNREADABLE_ASSET: Final = "000000000000000000000002"
"""A magic asset: its item is processed and fails, as in the SDK's example of a failed line."""
TOO_LONG: Final = 7200
"""Seconds; an item with a longer window of analysis fails by itself (SDK 1.3.5)."""

_UNREADABLE_STEP: Final = Step(
    "failed", fields={"error": {"code": "asset_unavailable", "message": "The asset's content could not be read."}}
)
_TOO_LONG_STEP: Final = Step(
    "failed",
    fields={"error": {"code": "video_duration_too_long", "message": "The window of analysis is longer than 2 hours."}},
)


def item_timeline(place: int, total: int) -> Timeline:
    """Item `place` of `total`: queued for 2 to 22 s, processed for 6 s."""
    groups = min(total, _GROUPS)
    return _course(place * groups // total, groups)


@cache
def _course(group: int, groups: int) -> Timeline:
    wait = _WAIT + _SPREAD * group // groups
    return steps(("queued", For(wait)), ("processing", For(_WORK)), ("ready", ENDLESS))


def fate_before(item: Mapping[str, Any], course: Timeline) -> Timeline:
    """The first era: an item of the unreadable asset fails."""
    if item["video"].get("asset_id") == UNREADABLE_ASSET:
        return (*course[:-1], _UNREADABLE_STEP)
    return course


def fate_with_cancel(item: Mapping[str, Any], course: Timeline) -> Timeline:
    """The second era: an item that is too long fails too, before it is processed."""
    start, end = item["options"].get("start_time", 0), item["options"].get("end_time", 0)
    if end - start > TOO_LONG:
        return (course[0], _TOO_LONG_STEP)
    return fate_before(item, course)


def batch_id(seed: str, number: int, created: Instant) -> str:
    """A new batch's id."""
    return hex24(seed, "batch", number, at=created)


def task_id(seed: str, number: int, created: Instant) -> str:
    """A new single task's id."""
    return hex24(seed, "task", number, at=created)


def item_ids(batch: Job) -> tuple[str, ...]:
    """The task ids of a batch's items: they count up from a number that derives from the batch's id."""
    seconds = batch.created // SECOND & 0xFFFFFFFF
    first = int.from_bytes(digest(batch.id, "items", size=8))
    return tuple(f"{seconds:08x}{first + place & (1 << 64) - 1:016x}" for place in range(len(batch.spec["items"])))


def generation_id(task: str) -> str:
    """The id of the generation that answered a task."""
    return "gen_" + digest(task, "generation", size=12).hex()
