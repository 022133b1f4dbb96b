"""A project's states and arrows, what a cancel meets in each of them, and the stuck window; an upload's one state.

Sources. The states are the live service's enum of 2026-07-07; the page of cancel-project lists the same ones but for
`cancelled`, which its own prose and the live service answer. That a cancel is accepted while the source is being
prepared, and again once a project has been processed for more than about eight hours, is that page's prose. Which
state counts as what, and every arrow, is inferred from the states' names.
"""

from collections.abc import Iterator
from typing import Final

from mockserver.core.instants import HOUR, SECOND, Duration, Instant
from mockserver.core.job import StateHistory
from mockserver.core.lifecycle import Lifecycle, Transition, Trigger
from mockserver.core.timeline import NO_END, Timed, Timeline
from mockserver.vendors.api import Accept, CancelDecision, Refuse, build_timeline
from mockserver.vendors.commands import JobSnapshot

PREPARING_STATES: Final = ("queued", "prepped", "draft")
"""The source is being prepared and there are no outputs yet: a cancel is accepted (which states: inferred)."""
WORKING_STATES: Final = ("processing", "finalizing")
"""Outputs are being made: a cancel is accepted in the stuck window only (which states: inferred)."""
TERMINAL_STATES: Final = ("completed", "cancelled", "invalid", "expired", "failed", "error")
"""Terminal states of the live service, 2026-07-07."""

STUCK_AFTER: Final[Duration] = 8 * HOUR
"""A project processed for *more than* this looks stuck. The page of cancel-project says "~8 hours"; that it is exactly
eight, counted from the start of the processing, is inferred."""

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
"""A project's lifecycle; the arrows are inferred, the states are the live enum of 2026-07-07."""

PROJECT_TIMELINE: Final[Timeline] = build_timeline(
    ("queued", Timed(2 * SECOND)),
    ("prepped", Timed(3 * SECOND)),
    ("processing", Timed(15 * SECOND)),
    ("finalizing", Timed(3 * SECOND)),
    ("completed", NO_END),
)
"""A project's course without a scenario. The stays are ours, short enough for a demo: the service takes minutes."""

CANCELLED_TIMELINE: Final[Timeline] = build_timeline(("cancelled", NO_END))
"""What an accepted cancel leads to, at once (the page of cancel-project: the answer already says `cancelled`)."""

CANCEL_TABLE: Final[dict[str, CancelDecision]] = {
    **dict.fromkeys((*PREPARING_STATES, *WORKING_STATES), Accept(CANCELLED_TIMELINE)),
    **dict.fromkeys(TERMINAL_STATES, Refuse("finished")),
    "cancelled": Refuse("repeated"),
}
"""What a cancel meets in each state. `Accept` in a working state holds in the stuck window only: the table says what
an accepted cancel leads to, and `looks_stuck` decides whether it is."""

UPLOAD_LIFECYCLE: Final = Lifecycle("upload", ("upload",), (), frozenset({"upload"}))
"""A place to put a file; the page of get-upload-url knows one status of it."""
UPLOAD_TIMELINE: Final[Timeline] = build_timeline(("upload", NO_END))


def turning_points(course: StateHistory) -> Iterator[Instant]:
    """The instant behind which a working project looks stuck, where the stay lasts so long."""
    began = {visit.state: visit.entered for visit in course}
    for visit in course:
        if visit.state in WORKING_STATES:
            yield began.get("processing", visit.entered) + STUCK_AFTER


def looks_stuck(now: JobSnapshot, at: Instant) -> bool:
    """Whether the project has been processed for more than `STUCK_AFTER` at `at`.

    Counted from when it began to be processed; a project that skipped `processing` counts from its present state.
    """
    began = now.entered_at.get("processing", now.span.entered)
    return now.state in WORKING_STATES and at - began > STUCK_AFTER
