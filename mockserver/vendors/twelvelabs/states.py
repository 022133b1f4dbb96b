"""The state machines of TwelveLabs' batches, their items, and tasks, and what a cancel meets in each state.

Sources: the page on cancelling a batch (2026-07-30 and the SDK's texts of 1.2.9 to 1.3.6) for batches and items, the
SDK 1.3.6 for the cancel of a task. Inferred arrows say so.
"""

from collections.abc import Mapping
from typing import Final

from mockserver.core.instants import DAY, HOUR
from mockserver.core.job import Deadline
from mockserver.core.lifecycle import BatchRules, Lifecycle, Transition, Trigger
from mockserver.core.timeline import TimelineStep
from mockserver.vendors.api import Accept, AlreadyCancelled, CancelDecision, Refuse
from mockserver.vendors.twelvelabs.traits import TwelveLabsTraits

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

BATCH_LIFECYCLE: Final = Lifecycle(
    "batch",
    ("pending", "processing", "canceling", "canceled", "completed", "expired"),
    (
        Transition("pending", "processing"),
        Transition("processing", "completed"),
        Transition("pending", "canceling", Trigger.CANCEL),
        Transition("processing", "canceling", Trigger.CANCEL),
        Transition("canceling", "canceled"),
        Transition("pending", "expired", Trigger.DEADLINE),
        Transition("processing", "expired", Trigger.DEADLINE),
        Transition(
            "canceling", "expired", Trigger.DEADLINE
        ),  # inferred: the page says that unfinished items are canceled
    ),
    frozenset({"canceled", "completed", "expired"}),
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

ACTIVE_STATES: Final = frozenset(BATCH_LIFECYCLE.states) - BATCH_LIFECYCLE.terminal
"""Batches that count against the account's five (that `canceling` ones do is inferred)."""

BATCH_DEADLINES: Final = (Deadline(24 * HOUR, "expired"),)
"""`expires_at` is `created_at` and 24 hours."""

BATCH_RETENTION: Final = 30 * DAY
"""A batch and its results are deleted 30 days after the creation."""

BATCH_CANCEL_TABLE: Final[Mapping[str, CancelDecision]] = {
    "pending": Accept(),
    "processing": Accept(),
    "canceling": AlreadyCancelled(),  # inferred: the page asks for pending or processing, the 409s are for terminal batches
    "completed": Refuse("batch_completed"),
    "canceled": Refuse("batch_canceled"),
    "expired": Refuse("batch_expired"),
}

_TASK_TRANSITIONS: Final = (
    Transition("queued", "pending"),
    Transition("queued", "processing"),  # inferred: `pending` may be too short to be seen
    Transition("pending", "processing"),
    Transition("processing", "ready"),
    Transition("processing", "failed"),
)
_CANCELABLE_STATES: Final = ("queued", "pending", "processing")


def task_lifecycle(traits: TwelveLabsTraits) -> Lifecycle:
    """A single task's states: `canceled` came with the cancel (SDK 1.3.5)."""
    states = ("queued", "pending", "processing", "ready", "failed")
    terminal = frozenset({"ready", "failed"})
    if not traits.task_cancel:
        return Lifecycle("task", states, _TASK_TRANSITIONS, terminal)
    cancels = tuple(Transition(state, "canceled", Trigger.CANCEL) for state in _CANCELABLE_STATES)
    return Lifecycle("task", (*states, "canceled"), (*_TASK_TRANSITIONS, *cancels), terminal | {"canceled"})


def task_cancel_table(traits: TwelveLabsTraits) -> Mapping[str, CancelDecision]:
    """What a cancel of a single task meets (SDK 1.3.6); that a finished task is refused with 409 is inferred."""
    if not traits.task_cancel:
        return {}
    accepted: dict[str, CancelDecision] = {state: Accept((TimelineStep("canceled"),)) for state in _CANCELABLE_STATES}
    return {
        **accepted,
        "canceled": AlreadyCancelled(),
        "ready": Refuse("task_finished"),
        "failed": Refuse("task_finished"),
    }
