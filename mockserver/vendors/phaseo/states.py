"""A video's states: tables for the eras with the documented spelling, and for the first era with its own.

`cancelled` and `expired` are also reached by time: a provider can end a job by itself, and a scenario can say so.
"""

from types import MappingProxyType
from typing import Final

from mockserver.core.instants import SECOND
from mockserver.core.lifecycle import Lifecycle, Transition, Trigger
from mockserver.core.timeline import Timed, Timeline, TimelineStep
from mockserver.vendors.api import Accept, AlreadyCancelled, CancelDecision, Refuse

NOT_TERMINAL: Final = "video_cancel_requires_non_terminal_status"

_END_STATES: Final = ("completed", "failed", "cancelled", "expired")


def _video_lifecycle(waiting: str, working: str, ends: tuple[str, ...]) -> Lifecycle:
    """The machine with two live states; no work is completed before it has begun."""
    early = tuple(Transition(waiting, end) for end in ends if end != "completed")
    late = tuple(Transition(working, end) for end in ends)
    cancels = (Transition(waiting, "cancelled", Trigger.CANCEL), Transition(working, "cancelled", Trigger.CANCEL))
    return Lifecycle(
        "video",
        (waiting, working, *ends),
        (Transition(waiting, working), *early, *late, *cancels),
        frozenset(ends),
    )


VIDEO_LIFECYCLE: Final = _video_lifecycle("queued", "processing", _END_STATES)
"""The status enum of the pages since 2026-05-06; the order of the states is inferred."""

LEGACY_LIFECYCLE: Final = _video_lifecycle("pending", "in_progress", _END_STATES[:3])
"""The status enum of 2026-04-01, which knows no `expired`."""


def _demo_timeline(waiting: str, working: str) -> Timeline:
    return (
        TimelineStep(waiting, Timed(2 * SECOND)),
        TimelineStep(working, Timed(24 * SECOND), progress=(5, 95)),
        TimelineStep("completed"),
    )


TIMELINE: Final = _demo_timeline("queued", "processing")
LEGACY_TIMELINE: Final = _demo_timeline("pending", "in_progress")

_ACCEPT_CANCEL: Final = Accept((TimelineStep("cancelled"),))

CANCEL_TABLE: Final[dict[str, CancelDecision]] = {
    "queued": _ACCEPT_CANCEL,
    "processing": _ACCEPT_CANCEL,
    "completed": Refuse(NOT_TERMINAL),
    "failed": Refuse(NOT_TERMINAL),
    "cancelled": AlreadyCancelled(),
    "expired": Refuse(NOT_TERMINAL),
}
"""What a working cancel meets (source of 2026-06-11); the other eras' tables are empty."""

LIVE_STATUS: Final = MappingProxyType(
    {
        "pending": "pending",
        "queued": "pending",
        "in_progress": "running",
        "processing": "running",
    }
)
"""`lifecycle_status` of a live video; a finished one has its status there (source of 2026-06-11)."""

CREATE_STATUS: Final = MappingProxyType({"processing": "in_progress", "cancelled": "failed", "expired": "failed"})
"""How the body of a create spells a state, where not as it is: as OpenAI would (source of 2026-08-22)."""

DELETABLE: Final = frozenset({"completed", "failed"})
"""The documentation allows all four terminal states, the service these (source of 2026-08-22)."""

_WAITING: Final = ("queued", "pending")
_WORKING: Final = ("processing", "in_progress", "running")

STATUS_FILTERS: Final = MappingProxyType(
    {
        **dict.fromkeys(_WAITING, _WAITING),
        **dict.fromkeys(_WORKING, _WORKING),
        **dict.fromkeys(("completed", "complete", "success", "succeeded"), ("completed",)),
        **dict.fromkeys(("failed", "error"), ("failed",)),
        **dict.fromkeys(("cancelled", "canceled"), ("cancelled",)),
        "expired": ("expired",),
    }
)
"""What a list's `status` may say, and the states it means; anything else is ignored without a word."""
