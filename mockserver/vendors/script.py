"""A scenario compiled for one vendor: the values that the planner and the handlers read.

A script leaves most things out; what it leaves out is the vendor's own behaviour.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Duration
from mockserver.core.ratelimit import RateLimit
from mockserver.core.timeline import EMPTY_MAPPING, Timeline
from mockserver.vendors.faults import Fault
from mockserver.vendors.http import ScriptedResponse as ScriptedResponse
from mockserver.vendors.webhook_endpoint import WebhookEndpoint


class CancelScript(NamedTuple):
    """A scenario's cancel policy; what it leaves out is the vendor's."""

    sources: frozenset[str] | None = None
    """States in which a cancel is accepted; None: the vendor's, under the vendor's conditions."""
    follow: Timeline | None = None
    """The states after an accepted cancel."""
    refusal: ScriptedResponse | None = None
    """The answer in all other states."""
    race: bool = False
    """The cancel is accepted, yet the job continues and completes."""
    line: int = 0
    """The policy's line in the scenario file (1-based)."""
    refuse_line: int = 0
    """The line of its refusal."""


class ItemScript(NamedTuple):
    """The course of one item of a batch, or of `copies` alike ones; in a range (low, high) the seed chooses."""

    copies: int = 1
    timeline: Timeline | None = None
    """A timeline in place of the two ranges."""
    queued: tuple[Duration, Duration] = (0, 0)
    work: tuple[Duration, Duration] = (0, 0)
    outcome: str = ""
    fields: Mapping[str, Any] = EMPTY_MAPPING
    """Values for its results: `error: {code, message}`, `data: {...}`."""
    kind: str = ""
    """The kind of batch that it is an item of; empty: every kind."""


class TimelineRule(NamedTuple):
    """A timeline, and the creates it applies to."""

    timeline: Timeline
    match: Mapping[str, Any] | None = None
    """A subset of the body; None: every body."""
    calls: frozenset[int] = frozenset()
    """Only the n-th of the creates that match, from 1; empty: all of them."""
    kind: str = ""
    """The kind of job; empty: the era's main kind."""

    @property
    def is_default(self) -> bool:
        """True if it applies to every create of its kind."""
        return self.match is None and not self.calls


class SeededJob(NamedTuple):
    """A job that exists when the session starts."""

    id: str = ""
    kind: str = ""
    """Empty: the era's main kind."""
    timeline: Timeline | None = None
    items: tuple[ItemScript, ...] = ()
    fields: Mapping[str, Any] = EMPTY_MAPPING
    body: Mapping[str, Any] = EMPTY_MAPPING
    """Members of the create body, laid over the era's example."""
    age: Duration = 0
    """How long before the session's start it was created."""


class Script(NamedTuple):
    """A scenario compiled for one vendor; `NO_SCRIPT` changes nothing."""

    name: str = ""
    timeline_rules: tuple[TimelineRule, ...] = ()
    items: tuple[ItemScript, ...] = ()
    cancels: Mapping[str, CancelScript] = {}
    """The cancel policies by kind of job; the vendor's rules decide about every other kind."""
    fields: Mapping[str, Mapping[str, Any]] = {}
    """Values that the body of every job shows, by the kind of job."""
    limits: Mapping[str, RateLimit | None] = {}
    """Rate limits by operation (`*`: every one) in place of the vendor's; None: no limit."""
    active_limits: Mapping[str, int] = {}
    """The largest number of unfinished jobs by kind (`*`: every one) in place of the vendor's; 0: no limit."""
    jobs: tuple[SeededJob, ...] = ()
    faults: tuple[Fault, ...] = ()
    """In order: of those that cannot combine, the first whose condition holds occurs."""
    webhook_endpoint: WebhookEndpoint | None = None
    """Where events are delivered, and the faults on the way; None: where each job's request says."""

    def items_of(self, kind: str) -> tuple[ItemScript, ...]:
        """Return the items of a kind of batch."""
        return tuple(item for item in self.items if item.kind in ("", kind))

    @property
    def may_break_contract(self) -> bool:
        """True if it determines bodies of answers, which could break the captured contract."""
        timelines = [rule.timeline for rule in self.timeline_rules]
        timelines += [job.timeline for job in self.jobs if job.timeline is not None]
        items = [*self.items, *(item for job in self.jobs for item in job.items)]
        return bool(
            any(self.fields.values())
            or any(job.fields for job in self.jobs)
            or any(step.fields for timeline in timelines for step in timeline)
            or any(item.fields or item.timeline for item in items)
            or any(fault.may_break_contract for fault in self.faults)
            or any(cancel.refusal is not None for cancel in self.cancels.values())
        )


NO_SCRIPT: Final = Script()
