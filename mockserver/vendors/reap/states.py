"""A project's states, transitions and cancel table, its length and its ledger; an upload's one state.

The states are the live service's enum of 2026-07-07; the page of cancel-project lists the same ones except
`cancelled`, which its own prose and the live service return. The meaning of each state, and every transition, is
inferred from the states' names.
"""

from math import ceil
from typing import Final

from mockserver.core.ids import seeded_int
from mockserver.core.instants import HOUR, SECOND, Duration, Instant
from mockserver.core.job import Job, fold_job
from mockserver.core.lifecycle import Lifecycle, Transition, Trigger
from mockserver.core.timeline import NO_END, Timed, Timeline
from mockserver.vendors.api import (
    INFERRED,
    Accept,
    CancelDecision,
    LedgerEntry,
    Refuse,
    Source,
    VendorRule,
    build_timeline,
)

CAPTURED: Final = "2026-07-07"
"""The day of the captures."""
CANCEL_PAGE: Final = "page cancel-project"
LIVE_SERVICE: Final = "live service (third-party notes)"

PREPARING_STATES: Final = ("queued", "prepped", "draft")
"""The source is being prepared and there are no outputs yet (which states these are: inferred)."""
WORKING_STATES: Final = ("processing", "finalizing")
"""Outputs are being made (which states these are: inferred)."""
TERMINAL_STATES: Final = ("completed", "cancelled", "invalid", "expired", "failed", "error")
"""Terminal states of the live service, 2026-07-07."""

STUCK_AFTER: Final[Duration] = 8 * HOUR
"""A project that has been processed for *more than* this counts as stuck. The page of cancel-project gives "~8 hours";
that it is exactly eight, counted from the start of the processing, is inferred."""

_FORWARD_TRANSITIONS: Final = (
    ("queued", "prepped"),
    ("queued", "processing"),
    ("prepped", "draft"),
    ("prepped", "processing"),
    ("draft", "processing"),
    ("processing", "finalizing"),
    ("processing", "completed"),
    ("finalizing", "completed"),
)
_FAILURE_STATES: Final = ("invalid", "expired", "failed", "error")

PROJECT_LIFECYCLE: Final = Lifecycle(
    "project",
    (*PREPARING_STATES, *WORKING_STATES, *TERMINAL_STATES),
    (
        *(Transition(source, target) for source, target in _FORWARD_TRANSITIONS),
        *(Transition(source, target) for source in (*PREPARING_STATES, *WORKING_STATES) for target in _FAILURE_STATES),
        *(Transition(source, "cancelled", Trigger.CANCEL) for source in (*PREPARING_STATES, *WORKING_STATES)),
    ),
    frozenset(TERMINAL_STATES),
)

PROJECT_TIMELINE: Final[Timeline] = build_timeline(
    ("queued", Timed(2 * SECOND)),
    ("prepped", Timed(3 * SECOND)),
    ("processing", Timed(15 * SECOND)),
    ("finalizing", Timed(3 * SECOND)),
    ("completed", NO_END),
)
"""A project's states without a scenario. The durations are invented, short enough for a demo: the service takes
minutes."""

CANCELLED_TIMELINE: Final[Timeline] = build_timeline(("cancelled", NO_END))

_WHILE_PREPARED: Final = Source(
    CANCEL_PAGE, CAPTURED, "A project can be cancelled shortly after its start, while no outputs exist yet."
)
_WHEN_STUCK: Final = Source(
    CANCEL_PAGE, CAPTURED, "A project that has been processed for more than about eight hours can be cancelled again."
)
_BETWEEN: Final = Source(
    CANCEL_PAGE, CAPTURED, "The page names no other time for a cancel, so it is refused in between.", INFERRED
)
_WHEN_OVER: Final = Source(CANCEL_PAGE, CAPTURED, "A project that has completed or failed is refused with 400.")
_LIKE_FAILED: Final = Source(CANCEL_PAGE, CAPTURED, "As terminal as failed, which is refused with 400.", INFERRED)
_WHEN_CANCELLED: Final = Source(CANCEL_PAGE, CAPTURED, "A project that is cancelled already is refused with 400.")

_ACCEPT_EARLY: Final = Accept(CANCELLED_TIMELINE, source=_WHILE_PREPARED)
_REFUSE_ENDED: Final = Refuse("finished", _WHEN_OVER)

CANCEL_TABLE: Final[dict[str, CancelDecision]] = {
    "queued": _ACCEPT_EARLY,
    "prepped": _ACCEPT_EARLY,
    "draft": _ACCEPT_EARLY,
    "processing": Accept(
        CANCELLED_TIMELINE, after=STUCK_AFTER, otherwise=Refuse("too late", _BETWEEN), source=_WHEN_STUCK
    ),
    # Counted from the start of the processing, unless the project skipped `processing`.
    "finalizing": Accept(
        CANCELLED_TIMELINE,
        after=STUCK_AFTER,
        since="processing",
        otherwise=Refuse("too late", _BETWEEN),
        source=_WHEN_STUCK,
    ),
    "completed": _REFUSE_ENDED,
    "cancelled": Refuse("repeated", _WHEN_CANCELLED),
    "invalid": Refuse("finished", _LIKE_FAILED),
    "expired": Refuse("finished", _LIKE_FAILED),
    "failed": _REFUSE_ENDED,
    "error": Refuse("finished", _LIKE_FAILED),
}

UPLOAD_LIFECYCLE: Final = Lifecycle("upload", ("upload",), (), frozenset({"upload"}))
UPLOAD_TIMELINE: Final[Timeline] = build_timeline(("upload", NO_END))

MAX_VIDEO_SECONDS: Final = 86_400
"""Seconds; a longer window ends here, so that nothing costs more than a day."""
MIN_WINDOW_SECONDS: Final = 60
"""Seconds that create-clips requires, seen live 2026-07-07."""


def video_length(job: Job) -> int:
    """Return the video's length in whole seconds: 3 to 30 minutes, chosen by the project's id, or its window's end."""
    start, end = _requested_window(job)
    return max(seeded_int(180, 1800, job.id, "length"), start + MIN_WINDOW_SECONDS, end)


def selected_window(job: Job) -> tuple[int, int]:
    """Return the start and the end of the part of the video that is processed, in whole seconds."""
    start, end = _requested_window(job)
    return start, end or video_length(job)


def _requested_window(job: Job) -> tuple[int, int]:
    """Return the window of the create body; 0 for an end that it does not give."""
    start, end = job.spec["selectedStart"] or 0, job.spec["selectedEnd"] or 0
    return int(min(start, MAX_VIDEO_SECONDS)), ceil(min(end, MAX_VIDEO_SECONDS))


def billed_minutes(job: Job) -> int:
    """Return what the project costs: whole minutes of its window, at least one.

    The pages give `billedDuration` in seconds; the live service answered minutes (120 s was 2, 379 s was 6; third-party
    notes, 2026-07).
    """
    start, end = selected_window(job)
    return max(1, (end - start) // 60)


def ledger(job: Job, now: Instant) -> tuple[LedgerEntry, ...]:
    """Return a project's bookings in credits: the charge at its creation, the refund when it became cancelled."""
    cost = billed_minutes(job)
    charge = LedgerEntry(at=job.created, entry="charge", amount=cost, unit="credits", key=f"{job.id}:charge")
    for span in fold_job(job, now):
        # Derived from the history, where a project is cancelled once: there cannot be a second refund.
        if span.state == "cancelled":
            return charge, charge._replace(at=span.entered, entry="refund", key=f"{job.id}:refund")
    return (charge,)


RULES: Final = (
    VendorRule("states", "project", ", ".join(PROJECT_LIFECYCLE.states),
               Source(LIVE_SERVICE, CAPTURED, "The service's own list of states; the page's list lacks `cancelled`.")),
    VendorRule("states", "transitions of project",
               "forward, to a failure from every live state, to cancelled by a cancel",
               Source(LIVE_SERVICE, CAPTURED,
                      "No source lists transitions; these follow from the states' names.", INFERRED)),
    VendorRule("states", "upload", "upload",
               Source("page get-upload-url", CAPTURED, "A new upload has the status `upload`.")),
    VendorRule("money", "refund", "the charge is refunded once, when the project becomes cancelled",
               Source(CANCEL_PAGE, CAPTURED, "A cancel gives the credits back automatically, and once.")),
    VendorRule("money", "charge", "one credit a billed minute, charged at the creation",
               Source(CANCEL_PAGE, CAPTURED, "No page gives the price or the time of the charge.", INFERRED)),
    VendorRule("money", "billedDuration", "whole minutes of the window, at least one",
               Source(LIVE_SERVICE, CAPTURED,
                      "A window of 120 s was billed as 2, one of 379 s as 6; the pages say seconds.")),
)  # fmt: skip
