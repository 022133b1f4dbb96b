"""Batches, their items and single tasks: states, timelines and cancel tables, ids and charges.

Sources: the page on cancelling a batch (2026-07-30, with the SDK's texts of 1.2.9 to 1.3.6) for batches and items, the
SDK 1.3.6 for the cancel of a task. Inferred transitions are marked.
All durations are invented.
"""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.core.batch import fold_batch
from mockserver.core.ids import seeded_bytes
from mockserver.core.instants import DAY, HOUR, SECOND, Instant
from mockserver.core.job import Deadline, Job, StateSpan, fold_job
from mockserver.core.lifecycle import BatchRules, Lifecycle, Transition, Trigger, batch_lifecycle
from mockserver.core.timeline import NO_END, Timed, Timeline, TimelineStep
from mockserver.vendors.api import (
    INFERRED,
    Accept,
    AlreadyCancelled,
    CancelDecision,
    LedgerEntry,
    Refuse,
    Source,
    VendorRule,
    build_timeline,
)
from mockserver.vendors.twelvelabs.traits import TwelveLabsTraits

CANCEL_PAGE: Final = "page on cancelling a batch"
OPENAPI: Final = "OpenAPI description"
SDK: Final = "Python SDK"
CAPTURED: Final = "2026-07-30"
"""The day of the page's and the description's capture; the SDK is cited by its version."""

ITEM_LIFECYCLE: Final = Lifecycle(
    "item",
    ("queued", "processing", "ready", "failed", "canceled"),
    (
        Transition("queued", "processing"),
        Transition("queued", "failed"),  # inferred: an item that is too long fails without having been processed
        Transition("processing", "ready"),
        Transition("processing", "failed"),
        Transition("queued", "canceled", Trigger.CANCEL),
        Transition("queued", "canceled", Trigger.DEADLINE),
        Transition("processing", "canceled", Trigger.DEADLINE),
    ),
    frozenset({"ready", "failed", "canceled"}),
)

BATCH_RULES: Final = BatchRules(
    item=ITEM_LIFECYCLE,
    waiting="pending",
    working="processing",
    done="completed",
    draining="canceling",
    drained="canceled",
    expired="expired",
    dropped="canceled",
    succeeded="ready",
)
BATCH_LIFECYCLE: Final = batch_lifecycle("batch", BATCH_RULES)
"""That a `canceling` batch expires is inferred: the page has unfinished items canceled."""

ACTIVE_STATES: Final = frozenset(BATCH_LIFECYCLE.states) - BATCH_LIFECYCLE.terminal
"""Batches that count against the account's five (that `canceling` ones do is inferred)."""

BATCH_LIFETIME: Final = 24 * HOUR
"""`expires_at` is that long after `created_at`."""
BATCH_DEADLINES: Final = (Deadline(BATCH_LIFETIME, "expired"),)

BATCH_RETENTION: Final = 30 * DAY
"""A batch and its results are deleted 30 days after the creation."""

_ACCEPT_BATCH: Final = Accept(
    source=Source(CANCEL_PAGE, CAPTURED,
                  "A pending or processing batch is canceled: waiting items are, items at work finish.")
)  # fmt: skip


def _refuse_ended(code: str) -> Refuse:
    return Refuse(code, Source(OPENAPI, CAPTURED, f"A terminal batch is refused with 409 `{code}`."))


BATCH_CANCEL_TABLE: Final[Mapping[str, CancelDecision]] = {
    "pending": _ACCEPT_BATCH,
    "processing": _ACCEPT_BATCH,
    "canceling": AlreadyCancelled(
        Source(CANCEL_PAGE, CAPTURED,
               "The page requires pending or processing, and each 409 belongs to a terminal batch.", INFERRED)
    ),
    "completed": _refuse_ended("batch_completed"),
    "canceled": _refuse_ended("batch_canceled"),
    "expired": _refuse_ended("batch_expired"),
}  # fmt: skip

_TASK_TRANSITIONS: Final = (
    Transition("queued", "pending"),
    Transition("queued", "processing"),  # inferred: `pending` may be too short to be seen
    Transition("pending", "processing"),
    Transition("processing", "ready"),
    Transition("processing", "failed"),
)
_ACCEPT_TASK: Final = Accept(
    (TimelineStep("canceled"),), source=Source(SDK, "1.3.5", "A task that has not ended becomes canceled at once.")
)
_REFUSE_TASK: Final = Refuse(
    "task_finished", Source(SDK, "1.3.6", "A 409 is declared; that finished tasks get it is inferred.", INFERRED)
)
TASK_CANCEL_TABLE: Final[Mapping[str, CancelDecision]] = {
    "queued": _ACCEPT_TASK,
    "pending": _ACCEPT_TASK,
    "processing": _ACCEPT_TASK,
    "canceled": AlreadyCancelled(Source(SDK, "1.3.5", "A cancel can be repeated and answers the same.")),
    "ready": _REFUSE_TASK,
    "failed": _REFUSE_TASK,
}


def task_lifecycle(traits: TwelveLabsTraits) -> Lifecycle:
    """Return a single task's lifecycle: `canceled` came with the cancel (SDK 1.3.5)."""
    states = ("queued", "pending", "processing", "ready", "failed")
    terminal = frozenset({"ready", "failed"})
    if not traits.task_cancel:
        return Lifecycle("task", states, _TASK_TRANSITIONS, terminal)
    cancels = tuple(Transition(state, "canceled", Trigger.CANCEL) for state in states if state not in terminal)
    return Lifecycle("task", (*states, "canceled"), (*_TASK_TRANSITIONS, *cancels), terminal | {"canceled"})


# Timelines

BATCH_TIMELINE: Final = build_timeline(
    ("pending", Timed(2 * SECOND)), ("processing", Timed(26 * SECOND)), ("completed", NO_END)
)
"""Only for the fields of its steps: a batch's state follows from its items."""

TASK_TIMELINE: Final = build_timeline(
    ("queued", Timed(2 * SECOND)), ("pending", Timed(SECOND)), ("processing", Timed(12 * SECOND)), ("ready", NO_END)
)

UNREADABLE_ASSET: Final = "000000000000000000000002"
"""A magic asset: its item is processed and fails, as in the SDK's example of a failed line."""
CUT_SHORT_ASSET: Final = "000000000000000000000003"
"""A magic asset: its analysis becomes ready without being whole."""
MAX_WINDOW_SECONDS: Final = 7200
"""Seconds; an item with a longer window of analysis fails by itself (SDK 1.3.5)."""

_UNREADABLE_STEP: Final = TimelineStep(
    "failed", fields={"error": {"code": "asset_unavailable", "message": "The asset's content could not be read."}}
)
_TOO_LONG_STEP: Final = TimelineStep(
    "failed",
    fields={"error": {"code": "video_duration_too_long", "message": "The window of analysis is longer than 2 hours."}},
)


def fail_unreadable_item(item: Mapping[str, Any], timeline: Timeline) -> Timeline:
    """First era: let an item of the unreadable asset fail."""
    if item["video"].get("asset_id") == UNREADABLE_ASSET:
        return (*timeline[:-1], _UNREADABLE_STEP)
    return timeline


def fail_unreadable_or_long_item(item: Mapping[str, Any], timeline: Timeline) -> Timeline:
    """Second era: also let an item fail that is too long, before it is processed."""
    options = item["options"]
    if options.get("end_time", 0) - options.get("start_time", 0) > MAX_WINDOW_SECONDS:
        return (timeline[0], _TOO_LONG_STEP)
    return fail_unreadable_item(item, timeline)


# Ids

ID_PATTERN: Final = "[0-9a-fA-F]{24}"


def item_ids(batch: Job) -> tuple[str, ...]:
    """Return the task ids of a batch's items: consecutive numbers from one that derives from the batch's id."""
    seconds = batch.created // SECOND & 0xFFFFFFFF
    first = int.from_bytes(seeded_bytes(batch.id, "items", size=8))
    return tuple(f"{seconds:08x}{first + index & (1 << 64) - 1:016x}" for index in range(len(batch.spec["items"])))


# Charges: the minutes of every analysis that became ready, at that instant

_DEFAULT_VIDEO_SECONDS: Final = 60.0
"""Seconds of a video whose end the request does not name."""


def batch_ledger(job: Job, now: Instant) -> tuple[LedgerEntry, ...]:
    """Return one charge for each ready item of a batch."""
    items = zip(fold_batch(job, now).items, job.spec["items"], strict=True)
    return tuple(
        _charge(spans[-1], item["options"], f"{job.id}:charge:{index}")
        for index, (spans, item) in enumerate(items)
        if spans[-1].state == "ready"
    )


def task_ledger(job: Job, now: Instant) -> tuple[LedgerEntry, ...]:
    """Return one charge for a task that is ready."""
    span = fold_job(job, now)[-1]
    if span.state != "ready":
        return ()
    return (_charge(span, job.spec["options"], f"{job.id}:charge"),)


def _charge(span: StateSpan, options: dict[str, float], key: str) -> LedgerEntry:
    start = options.get("start_time", 0.0)
    seconds = options.get("end_time", start + _DEFAULT_VIDEO_SECONDS) - start
    return LedgerEntry(at=span.entered, entry="charge", amount=seconds / 60, unit="minutes", key=key)


RULES: Final = (
    VendorRule("states", "batch", ", ".join(BATCH_LIFECYCLE.states),
               Source(CANCEL_PAGE, CAPTURED, "The page's list of a batch's statuses.")),
    VendorRule("states", "item", ", ".join(ITEM_LIFECYCLE.states),
               Source(OPENAPI, CAPTURED, "Each has a counter in the batch object.")),
    VendorRule("states", "expiry of a batch",
               "unfinished 24 h after its creation: expired, its unfinished items canceled",
               Source(CANCEL_PAGE, CAPTURED, "expires_at is a day after created_at.")),
    VendorRule("states", "retention of a batch", "404 from 30 days after its creation",
               Source(OPENAPI, CAPTURED, "A batch and its results are deleted after 30 days.")),
    VendorRule("money", "charge", "the minutes of the window of each ready item or task, when it becomes ready",
               Source(CANCEL_PAGE, CAPTURED, "Canceled and failed items are free; the window of analysis is billed.")),
    VendorRule("money", "delete", "refunds nothing", Source(SDK, "1.3.6", "A delete gives no minutes back.")),
)  # fmt: skip
