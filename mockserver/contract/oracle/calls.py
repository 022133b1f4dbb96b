"""Calls as the oracle sees them: their place in the order of all calls, and what they show of one job."""

from typing import NamedTuple

from mockserver.contract.oracle.state_machine import NO_ANSWER, Observation
from mockserver.contract.rules.resources import StateBits
from mockserver.core.instants import Instant
from mockserver.core.wire import NO_POSITION, SourcePosition

SequencePoint = int
"""A place in the order of all sendings and answers. Two calls overlap unless one's end is before the other's begin."""


class CallSummary(NamedTuple):
    """A call in one line of a counterexample."""

    method: str
    path: str
    status: int
    """`NO_ANSWER` if there was none."""
    status_word: str | None
    """The job's status as the answer spells it."""
    sent: Instant
    answered: Instant | None
    position: SourcePosition = NO_POSITION
    status_place: str | None = None
    """The place of the job's status in the answer, as `Finding.where` names places; None without an answer about it."""

    def text(self) -> str:
        """Return the call as `GET /v1/videos/G-1 -> 200 processing`, or `-> no answer`."""
        answer = "no answer" if self.status == NO_ANSWER else f"{self.status} {self.status_word or ''}".rstrip()
        return f"{self.method} {self.path} -> {answer}"


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
