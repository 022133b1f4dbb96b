"""What a scenario says about one vendor, compiled: the values that planners and handlers read.

A script is silent about most things, and silence means the vendor's own behaviour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Duration
from mockserver.core.ratelimit import RateLimit
from mockserver.core.timeline import EMPTY_MAPPING, Timeline
from mockserver.vendors.faults import Fault
from mockserver.vendors.webhook_endpoint import WebhookEndpoint


class ScriptedResponse(NamedTuple):
    """An answer that a scenario gives instead of the vendor's."""

    status: int
    body: Any = None
    """None: the vendor's own body for that status."""
    headers: tuple[tuple[str, str], ...] = ()


class CancelScript(NamedTuple):
    """A scenario's own cancel policy; what it leaves out is the vendor's."""

    sources: frozenset[str] | None = None
    """States in which a cancel is accepted."""
    follow: Timeline | None = None
    """What an accepted cancel leads to."""
    refusal: ScriptedResponse | None = None
    """The answer in all other states."""
    race: bool = False
    """Accepted, yet the job goes on and completes."""
    line: int = 0
    """Where the scenario file says so (1-based)."""
    refuse_line: int = 0
    """Where it says how a cancel is refused."""


class ItemScript(NamedTuple):
    """How one item of a batch goes, or `copies` alike ones; ranges are (low, high), chosen by the seed."""

    copies: int = 1
    timeline: Timeline | None = None
    """A course of its own, instead of the two ranges."""
    queued: tuple[Duration, Duration] = (0, 0)
    work: tuple[Duration, Duration] = (0, 0)
    outcome: str = ""
    fields: Mapping[str, Any] = EMPTY_MAPPING
    """What the results show of it: `error: {code, message}`, `data: {...}`."""


class TimelineRule(NamedTuple):
    """A timeline, and the create bodies it is meant for (a subset; None: all)."""

    timeline: Timeline
    match: Mapping[str, Any] | None = None


class SeededJob(NamedTuple):
    """A job that exists when the session starts."""

    id: str = ""
    kind: str = ""
    """Empty: the era's first kind."""
    timeline: Timeline | None = None
    items: tuple[ItemScript, ...] = ()
    fields: Mapping[str, Any] = EMPTY_MAPPING
    body: Mapping[str, Any] = EMPTY_MAPPING
    """The create request it was made from, over the era's example."""
    age: Duration = 0
    """How long before the session's start it was created."""


@dataclass(frozen=True)
class Script:
    """What a scenario says about one vendor, compiled; `NO_SCRIPT` says nothing."""

    name: str = ""
    timeline_rules: tuple[TimelineRule, ...] = ()
    items: tuple[ItemScript, ...] = ()
    cancel: CancelScript | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, RateLimit | None] = field(default_factory=dict)
    """Rate limits by operation (`*`: every one), instead of the vendor's; None: no limit."""
    active_limit: int | None = None
    """How many unfinished jobs an account may have, instead of the vendor's limit."""
    jobs: tuple[SeededJob, ...] = ()
    faults: tuple[Fault, ...] = ()
    """What goes wrong on purpose; the first that has its occasion happens."""
    webhook_endpoint: WebhookEndpoint | None = None
    """Where the jobs' events go, and what goes wrong on the way; None: as the jobs' own requests say."""

    @property
    def may_break_contract(self) -> bool:
        """Whether it puts words into the fake's mouth, which could then break the captured contract."""
        timelines = [course.timeline for course in self.timeline_rules]
        timelines += [job.timeline for job in self.jobs if job.timeline is not None]
        items = [*self.items, *(item for job in self.jobs for item in job.items)]
        return bool(
            self.fields
            or any(job.fields for job in self.jobs)
            or any(step.fields for timeline in timelines for step in timeline)
            or any(item.fields or item.timeline for item in items)
            or any(fault.may_break_contract for fault in self.faults)
            or (self.cancel is not None and self.cancel.refusal is not None)
        )


NO_SCRIPT: Final = Script()
