"""Three small lifecycles, for tests of what holds for any vendor: a job, and a batch of items."""

from typing import Final

from mockserver.core.lifecycle import BatchRules, Lifecycle, Transition, Trigger

JOB: Final = Lifecycle(
    "job",
    ("waiting", "working", "done", "cancelled"),
    (
        Transition("waiting", "working"),
        Transition("working", "done"),
        Transition("waiting", "cancelled", Trigger.CANCEL),
        Transition("working", "cancelled", Trigger.CANCEL),
    ),
    frozenset({"done", "cancelled"}),
)
ITEM: Final = Lifecycle(
    "item",
    ("queued", "busy", "ready", "failed", "dropped"),
    (
        Transition("queued", "busy"),
        Transition("queued", "failed"),
        Transition("busy", "ready"),
        Transition("busy", "failed"),
        Transition("queued", "dropped", Trigger.CANCEL),
        Transition("busy", "dropped", Trigger.DEADLINE),
    ),
    frozenset({"ready", "failed", "dropped"}),
)
BATCH: Final = Lifecycle(
    "batch",
    ("waiting", "working", "draining", "cancelled", "done", "expired"),
    (
        Transition("waiting", "working"),
        Transition("working", "done"),
        Transition("waiting", "draining", Trigger.CANCEL),
        Transition("working", "draining", Trigger.CANCEL),
        Transition("draining", "cancelled"),
        *(Transition(state, "expired", Trigger.DEADLINE) for state in ("waiting", "working", "draining")),
    ),
    frozenset({"cancelled", "done", "expired"}),
)
BATCH_RULES: Final = BatchRules(
    ITEM, "waiting", "working", "done", "draining", "cancelled", "expired", "dropped", "ready"
)
