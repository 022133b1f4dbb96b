"""A video's states: tables for the eras with the documented spelling, and for the first era with its own.

`cancelled` and `expired` are also reached by time: a provider can end a job by itself, and a scenario can say so.
"""

from types import MappingProxyType
from typing import Final

from mockserver.core.instants import SECOND
from mockserver.core.lifecycle import Arrow, Lifecycle, Trigger
from mockserver.core.timeline import For, Step, Timeline
from mockserver.vendors.api import Accept, Refuse, Repeat, Verdict

NOT_TERMINAL: Final = "video_cancel_requires_non_terminal_status"

_ENDS: Final = ("completed", "failed", "cancelled", "expired")


def _lifecycle(waiting: str, working: str, ends: tuple[str, ...]) -> Lifecycle:
    """The machine with two live states; no work is completed before it has begun."""
    early = tuple(Arrow(waiting, end) for end in ends if end != "completed")
    late = tuple(Arrow(working, end) for end in ends)
    cancels = (Arrow(waiting, "cancelled", Trigger.CANCEL), Arrow(working, "cancelled", Trigger.CANCEL))
    return Lifecycle(
        "video",
        (waiting, working, *ends),
        (Arrow(waiting, working), *early, *late, *cancels),
        frozenset(ends),
    )


VIDEO: Final = _lifecycle("queued", "processing", _ENDS)
"""The status enum of the pages since 2026-05-06; the order of the states is inferred."""

LEGACY_VIDEO: Final = _lifecycle("pending", "in_progress", _ENDS[:3])
"""The status enum of 2026-04-01, which knows no `expired`."""


def _course(waiting: str, working: str) -> Timeline:
    return (
        Step(waiting, For(2 * SECOND)),
        Step(working, For(24 * SECOND), progress=(5, 95)),
        Step("completed"),
    )


TIMELINE: Final = _course("queued", "processing")
LEGACY_TIMELINE: Final = _course("pending", "in_progress")

_ACCEPT: Final = Accept((Step("cancelled"),))

CANCEL: Final[dict[str, Verdict]] = {
    "queued": _ACCEPT,
    "processing": _ACCEPT,
    "completed": Refuse(NOT_TERMINAL),
    "failed": Refuse(NOT_TERMINAL),
    "cancelled": Repeat(),
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

CREATED_AS: Final = MappingProxyType({"processing": "in_progress", "cancelled": "failed", "expired": "failed"})
"""How the body of a create spells a state, where not as it is: as OpenAI would (source of 2026-08-22)."""

DELETABLE: Final = frozenset({"completed", "failed"})
"""The documentation allows all four terminal states, the service these (source of 2026-08-22)."""

_WAITING: Final = ("queued", "pending")
_WORKING: Final = ("processing", "in_progress", "running")

FILTER: Final = MappingProxyType(
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
