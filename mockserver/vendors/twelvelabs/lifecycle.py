"""The state machines of TwelveLabs' batches, their items, and tasks, and what a cancel meets in each state.

Sources: the page on cancelling a batch (2026-07-30 and the SDK's texts of 1.2.9 to 1.3.6) for batches and items, the
SDK 1.3.6 for the cancel of a task. Inferred arrows say so.
"""

from collections.abc import Mapping
from typing import Final

from mockserver.core.instants import DAY, HOUR
from mockserver.core.job import Deadline
from mockserver.core.lifecycle import Arrow, BatchRules, Lifecycle, Trigger
from mockserver.core.timeline import Step
from mockserver.vendors.api import Accept, Refuse, Repeat, Verdict
from mockserver.vendors.twelvelabs.traits import Traits

ITEM: Final = Lifecycle(
    "item",
    ("queued", "processing", "ready", "failed", "canceled"),
    (
        Arrow("queued", "processing"),
        Arrow("queued", "failed"),  # inferred: an item that is too long fails without having been processed
        Arrow("processing", "ready"),
        Arrow("processing", "failed"),
        Arrow("queued", "canceled", Trigger.CANCEL),
        Arrow("queued", "canceled", Trigger.DEADLINE),
        Arrow("processing", "canceled", Trigger.DEADLINE),
    ),
    frozenset({"ready", "failed", "canceled"}),
)

BATCH: Final = Lifecycle(
    "batch",
    ("pending", "processing", "canceling", "canceled", "completed", "expired"),
    (
        Arrow("pending", "processing"),
        Arrow("processing", "completed"),
        Arrow("pending", "canceling", Trigger.CANCEL),
        Arrow("processing", "canceling", Trigger.CANCEL),
        Arrow("canceling", "canceled"),
        Arrow("pending", "expired", Trigger.DEADLINE),
        Arrow("processing", "expired", Trigger.DEADLINE),
        Arrow("canceling", "expired", Trigger.DEADLINE),  # inferred: the page says that unfinished items are canceled
    ),
    frozenset({"canceled", "completed", "expired"}),
)

BATCH_RULES: Final = BatchRules(
    item=ITEM,
    waiting="pending",
    working="processing",
    done="completed",
    draining="canceling",
    drained="canceled",
    expired="expired",
    dropped="canceled",
    succeeded="ready",
)

ACTIVE: Final = frozenset(BATCH.states) - BATCH.terminal
"""Batches that count against the account's five (that `canceling` ones do is inferred)."""

BATCH_DEADLINES: Final = (Deadline(24 * HOUR, "expired"),)
"""`expires_at` is `created_at` and 24 hours."""

BATCH_RETENTION: Final = 30 * DAY
"""A batch and its results are deleted 30 days after the creation."""

BATCH_CANCEL: Final[Mapping[str, Verdict]] = {
    "pending": Accept(),
    "processing": Accept(),
    "canceling": Repeat(),  # inferred: the page asks for pending or processing, the 409s are for terminal batches
    "completed": Refuse("batch_completed"),
    "canceled": Refuse("batch_canceled"),
    "expired": Refuse("batch_expired"),
}

_TASK_ARROWS: Final = (
    Arrow("queued", "pending"),
    Arrow("queued", "processing"),  # inferred: `pending` may be too short to be seen
    Arrow("pending", "processing"),
    Arrow("processing", "ready"),
    Arrow("processing", "failed"),
)
_CANCELABLE: Final = ("queued", "pending", "processing")


def task_lifecycle(traits: Traits) -> Lifecycle:
    """A single task's states: `canceled` came with the cancel (SDK 1.3.5)."""
    states = ("queued", "pending", "processing", "ready", "failed")
    terminal = frozenset({"ready", "failed"})
    if not traits.task_cancel:
        return Lifecycle("task", states, _TASK_ARROWS, terminal)
    cancels = tuple(Arrow(state, "canceled", Trigger.CANCEL) for state in _CANCELABLE)
    return Lifecycle("task", (*states, "canceled"), (*_TASK_ARROWS, *cancels), terminal | {"canceled"})


def task_cancel(traits: Traits) -> Mapping[str, Verdict]:
    """What a cancel of a single task meets (SDK 1.3.6); that a finished task is refused with 409 is inferred."""
    if not traits.task_cancel:
        return {}
    accepted: dict[str, Verdict] = {state: Accept((Step("canceled"),)) for state in _CANCELABLE}
    return {**accepted, "canceled": Repeat(), "ready": Refuse("task_finished"), "failed": Refuse("task_finished")}
