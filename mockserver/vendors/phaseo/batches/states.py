"""A batch's states, its items' timelines, the cancel table and the ledger.

The states are OpenAI's, which the gateway passes through. `finalizing` and `failed` are never reached here: a batch's
state derives from its items, and one whose input the provider rejects as a whole is not simulated.
"""

from collections.abc import Mapping
from typing import Final

from mockserver.core.instants import HOUR, SECOND, Instant
from mockserver.core.job import Deadline, Job
from mockserver.core.lifecycle import BatchRules, Lifecycle, Transition, Trigger, batch_lifecycle
from mockserver.core.timeline import NO_END, Timed
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
from mockserver.vendors.commands import JobSnapshot, snapshot
from mockserver.vendors.phaseo.states import CODE, NANOS_PER_DOLLAR, NEWEST_CODE

BATCH_KIND: Final = "batch"

ITEM_LIFECYCLE: Final = Lifecycle(
    "request",
    ("queued", "in_progress", "completed", "failed", "cancelled"),
    (
        Transition("queued", "in_progress"),
        Transition("in_progress", "completed"),
        Transition("in_progress", "failed"),
        Transition("queued", "cancelled", Trigger.CANCEL),
        Transition("queued", "cancelled", Trigger.DEADLINE),
        Transition("in_progress", "cancelled", Trigger.DEADLINE),
    ),
    frozenset({"completed", "failed", "cancelled"}),
)

BATCH_RULES: Final = BatchRules(
    item=ITEM_LIFECYCLE,
    waiting="validating",
    working="in_progress",
    done="completed",
    draining="cancelling",
    drained="cancelled",
    expired="expired",
    dropped="cancelled",
    succeeded="completed",
)
BATCH_LIFECYCLE: Final = batch_lifecycle(BATCH_KIND, BATCH_RULES)

COMPLETION_WINDOW: Final = 24 * HOUR
"""The only completion window that OpenAI's batches have; `expires_at` is that long after `created_at`."""
BATCH_DEADLINES: Final = (Deadline(COMPLETION_WINDOW, "expired"),)

CANCELLABLE_STATES: Final = ("validating", "in_progress", "cancelling")
"""The states in which a batch shows a `cancel_url` (source of 2026-08-22)."""

_ACCEPT: Final = Accept(
    source=Source(
        CODE,
        NEWEST_CODE,
        "The cancel goes to the provider, whose batch is usually cancelling from then on. That a batch of which no "
        "request is at work is cancelled at once is inferred.",
    )
)
_REFUSE_ENDED: Final = Refuse(
    "ended",
    Source(CODE, NEWEST_CODE, "The provider's refusal is passed on; OpenAI's status 409 is not in the code.", INFERRED),
)

BATCH_CANCEL_TABLE: Final[Mapping[str, CancelDecision]] = {
    "validating": _ACCEPT,
    "in_progress": _ACCEPT,
    "cancelling": AlreadyCancelled(Source(CODE, NEWEST_CODE, "A cancelling batch still shows a cancel_url.", INFERRED)),
    "cancelled": _REFUSE_ENDED,
    "completed": _REFUSE_ENDED,
    "expired": _REFUSE_ENDED,
}

LIFECYCLE_STATUS: Final[Mapping[str, str]] = {
    "validating": "pending",
    "in_progress": "running",
    "cancelling": "pending",
}
"""`lifecycle_status` where it differs from the status; `cancelling` falls to the default (source of 2026-08-22)."""

STATUS_FILTERS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("queued", "pending"), ("validating",)),
    **dict.fromkeys(("running", "in_progress", "processing"), ("in_progress", "cancelling")),
    **dict.fromkeys(("cancelled", "canceled"), ("cancelled",)),
    "completed": ("completed",),
    "failed": (),
    "expired": ("expired",),
}
"""The values of a list's `status` and the states that each selects; other values are ignored."""

BATCH_TIMELINE: Final = build_timeline(
    ("validating", Timed(2 * SECOND)), ("in_progress", Timed(26 * SECOND)), ("completed", NO_END)
)
"""Only for the fields of its steps: a batch's state follows from its items."""

# Money


def reserved_nanos(job: Job) -> int:
    """Return the billionths of a US dollar that are reserved for a batch at its create."""
    nanos: int = job.spec["nanos_per_request"]
    return nanos * len(job.spec["items"])


def settled_nanos(now: JobSnapshot) -> int:
    """Return what an ended batch costs: its completed requests, however it ended (source of 2026-08-22)."""
    nanos: int = now.job.spec["nanos_per_request"]
    return nanos * now.item_counts()["completed"]


def batch_ledger(job: Job, now: Instant) -> tuple[LedgerEntry, ...]:
    """Return a batch's bookings: reserved at the create; at its end settled, or released if no request completed."""
    if now < job.created:
        return ()
    amount = reserved_nanos(job) / NANOS_PER_DOLLAR
    reserved = LedgerEntry(at=job.created, entry="reserve", amount=amount, unit="usd", key=f"{job.id}:reserve")
    shown = snapshot(job, now)
    if not shown.terminal:
        return (reserved,)
    settled = settled_nanos(shown)
    entry, amount = ("settle", settled / NANOS_PER_DOLLAR) if settled else ("release", amount)
    return reserved, LedgerEntry(at=shown.span.entered, entry=entry, amount=amount, unit="usd", key=f"{job.id}:{entry}")


RULES: Final = (
    VendorRule("states", BATCH_KIND, ", ".join(BATCH_LIFECYCLE.states),
               Source(CODE, NEWEST_CODE, "The provider's status is passed through; these are OpenAI's.")),
    VendorRule("states", "expiry of a batch", "unfinished 24 h after its creation: expired",
               Source(CODE, NEWEST_CODE, "24h is the only completion window of OpenAI's batches.")),
    VendorRule("money", "charge of a batch",
               "reserved at the create; at the end the completed requests are settled, or all of it is released",
               Source(CODE, NEWEST_CODE, "A batch that ended early is settled for the output that it has.")),
)  # fmt: skip
