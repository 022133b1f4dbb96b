"""A video's states, timelines and cancel table, and its ledger; the first era has a spelling of its own.

`cancelled` and `expired` are also reached by time: a provider can end a job by itself, and a scenario can do so too.
"""

from types import MappingProxyType
from typing import Final

from mockserver.core.instants import SECOND, Instant
from mockserver.core.job import Job
from mockserver.core.lifecycle import Lifecycle, Transition, Trigger
from mockserver.core.timeline import Timed, Timeline, TimelineStep
from mockserver.vendors.api import (
    INFERRED,
    Accept,
    AlreadyCancelled,
    CancelDecision,
    LedgerEntry,
    Refuse,
    Source,
    SpecCondition,
    VendorRule,
)
from mockserver.vendors.commands import snapshot
from mockserver.vendors.phaseo.models import CANCEL_FAILURE_REASONS
from mockserver.vendors.phaseo.traits import CancelSupport, PhaseoTraits

CODE: Final = "phaseoteam/Phaseo"
"""The vendor's public repository; the date of a source is that of the commit."""
NEWEST_CODE: Final = "2026-08-22"

VIDEO_KIND: Final = "video"
_END_STATES: Final = ("completed", "failed", "cancelled", "expired")


def _video_lifecycle(waiting: str, working: str, ends: tuple[str, ...]) -> Lifecycle:
    """Build the lifecycle with two live states; a video completes only after its work has begun."""
    early = tuple(Transition(waiting, end) for end in ends if end != "completed")
    late = tuple(Transition(working, end) for end in ends)
    cancels = (Transition(waiting, "cancelled", Trigger.CANCEL), Transition(working, "cancelled", Trigger.CANCEL))
    transitions = (Transition(waiting, working), *early, *late, *cancels)
    return Lifecycle(VIDEO_KIND, (waiting, working, *ends), transitions, frozenset(ends))


VIDEO_LIFECYCLE: Final = _video_lifecycle("queued", "processing", _END_STATES)
"""The status enum of the pages since 2026-05-06; the order of the states is inferred."""

LEGACY_LIFECYCLE: Final = _video_lifecycle("pending", "in_progress", _END_STATES[:3])
"""The status enum of 2026-04-01, which has no `expired`."""


def _demo_timeline(waiting: str, working: str) -> Timeline:
    return (
        TimelineStep(waiting, Timed(2 * SECOND)),
        TimelineStep(working, Timed(24 * SECOND), progress=(5, 95)),
        TimelineStep("completed"),
    )


TIMELINE: Final = _demo_timeline("queued", "processing")
LEGACY_TIMELINE: Final = _demo_timeline("pending", "in_progress")

NOT_TERMINAL: Final = "video_cancel_requires_non_terminal_status"
UNSUPPORTED: Final = "video_cancel_provider_not_supported"

_WORKING_CODE: Final = "2026-06-11"
_ACCEPT: Final = Accept(
    (TimelineStep("cancelled"),),
    only_for=SpecCondition("provider", frozenset(CANCEL_FAILURE_REASONS)),
    otherwise=Refuse(
        UNSUPPORTED, Source(CODE, _WORKING_CODE, "A video of a provider without a cancel is answered 501.")
    ),
    source=Source(CODE, _WORKING_CODE, "A live video is cancelled at its provider, if the provider has a cancel."),
)
_REFUSE_ENDED: Final = Refuse(
    NOT_TERMINAL, Source(CODE, _WORKING_CODE, "A completed, failed or expired video is refused with 400.")
)

CANCEL_TABLE: Final[dict[str, CancelDecision]] = {
    "queued": _ACCEPT,
    "processing": _ACCEPT,
    "completed": _REFUSE_ENDED,
    "failed": _REFUSE_ENDED,
    "cancelled": AlreadyCancelled(
        Source(CODE, _WORKING_CODE, "A second cancel answers 200 with the same video and changes nothing.")
    ),
    "expired": _REFUSE_ENDED,
}
"""The cancel table of the eras in which a cancel works; the other eras' tables are empty."""

LIVE_STATUS: Final = MappingProxyType(
    {"pending": "pending", "queued": "pending", "in_progress": "running", "processing": "running"}
)
"""`lifecycle_status` of a live video; an ended one has its status there (source of 2026-06-11)."""

CREATE_STATUS: Final = MappingProxyType({"processing": "in_progress", "cancelled": "failed", "expired": "failed"})
"""The spelling of a state in the body of a create, where it differs: OpenAI's (source of 2026-08-22)."""

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
"""The values of a list's `status`, and the states that each selects; other values are ignored."""

NANOS_PER_DOLLAR: Final = 1_000_000_000


def ledger(job: Job, now: Instant) -> tuple[LedgerEntry, ...]:
    """Return a video's bookings: reserved at the create; settled when completed, released at any other end."""
    if now < job.created:
        return ()
    amount = job.spec["nanos"] / NANOS_PER_DOLLAR
    reserved = LedgerEntry(at=job.created, entry="reserve", amount=amount, unit="usd", key=f"{job.id}:reserve")
    shown = snapshot(job, now)
    if not shown.terminal:
        return (reserved,)
    entry = "settle" if shown.state == "completed" else "release"
    return reserved, reserved._replace(at=shown.span.entered, entry=entry, key=f"{job.id}:{entry}")


_CANCEL_RULES: Final = {
    CancelSupport.RESERVED: VendorRule("cancel", "every state", "501 video_cancel_temporarily_disabled, for any id",
                                       Source("page Cancel video", "2026-05-06",
                                              "501 is the only response that the page documents.")),
    CancelSupport.DISABLED: VendorRule("cancel", "every state",
                                       "501 video_cancellation_disabled, before the video is looked up",
                                       Source(CODE, "2026-08-10",
                                              "The route answers 501 for any id, after the key was checked.")),
}  # fmt: skip


def state_rules(traits: PhaseoTraits) -> list[VendorRule]:
    """Return the rules of an era about states, cancel and money."""
    lifecycle, date = (LEGACY_LIFECYCLE, "2026-04-01") if traits.legacy else (VIDEO_LIFECYCLE, "2026-05-06")
    rules = [
        VendorRule("states", VIDEO_KIND, ", ".join(lifecycle.states),
                   Source(CODE, date, "The status enum of the specification.")),
        VendorRule("states", "transitions of video",
                   "from waiting to working, from there to completed, from both to every other end",
                   Source(CODE, date, "The specification has no order of the states.", INFERRED)),
        VendorRule("states", "delete", f"only {' and '.join(sorted(DELETABLE))}",
                   Source(CODE, NEWEST_CODE, "The documentation allows every terminal state, the code only these.")),
        VendorRule("money", "charge", "reserved at the create, settled when completed, released at any other end",
                   Source(CODE, NEWEST_CODE, "The billing block has a reservation that is captured or released.")),
    ]  # fmt: skip
    if traits.cancel_support in _CANCEL_RULES:
        rules.append(_CANCEL_RULES[traits.cancel_support])
    return rules
