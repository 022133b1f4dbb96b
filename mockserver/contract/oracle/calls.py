"""Calls as the oracle sees them: their place in the order of all calls, and what they show of one job."""

from typing import NamedTuple

from mockserver.contract.oracle.state_machine import Observation
from mockserver.contract.rules.resources import StateBits
from mockserver.core.instants import Instant
from mockserver.core.wire import NO_POSITION, SourcePosition

SequencePoint = int
"""A place in the order of all sendings and answers. Two calls overlap unless one's end is before the other's begin."""


class CallSummary(NamedTuple):
    """A call in one line of a counterexample."""

    request_line: str
    """`GET /v1/videos/G-1`."""
    answer: str
    """`200 processing`, or `no answer`."""
    sent: Instant
    answered: Instant | None
    position: SourcePosition = NO_POSITION
    status_place: str | None = None
    """The place of the job's status in the answer, as `Finding.where` names places; None without an answer about it."""


class ObservedCall(NamedTuple):
    """One call as one job sees it."""

    begin: SequencePoint
    end: SequencePoint | None
    """None without an answer."""
    observation: Observation
    summary: CallSummary | None = None


class Clash(NamedTuple):
    """An answer that no legal history explains."""

    call: ObservedCall
    possible_states: StateBits
    """The states that the job could be in just before the answer."""
