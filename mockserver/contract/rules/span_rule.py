"""What the judge asks of a rule about several bodies of one job; the kinds of such rules are in `spans`.

Theory of operation. A rule is compiled once, and knows no job. What it remembers of one job are that job's *facts*, a
dictionary that the rule alone reads and writes. Each body goes through two steps:

1. It is *checked* against the facts when its request is reached in the order of sending.
2. It is *folded* into the facts, so that later bodies are compared with it. This happens only when a request is reached
   that was sent after this body's answer had arrived: of two calls that overlap neither is the later one, so neither
   may be compared with the other. A body that no other call overlaps is folded at once (`advance`), and by a rule that
   asks for no order (`is_eager`) any body.
"""

from abc import ABC, abstractmethod
from math import inf
from typing import Any, ClassVar

from mockserver.contract.rules.field_changes import UNKNOWN, FieldBits
from mockserver.contract.rules.fields import RuleViolation
from mockserver.core.wire import Exchange

JobFacts = dict[Any, Any]
"""What one rule remembers of one job; empty at first. Its keys are the rule's own: the class of each describes them."""


class AnswerTrigger:
    """The answer after which a rule holds. Facts: its key, from that answer on."""

    def __init__(self, written: Any, key: str = "has fired") -> None:
        self._key = key
        self._operation = str(written["operation"])
        self._statuses = frozenset(map(int, written["statuses"]))

    def matches(self, operation: str, status: int) -> bool:
        """Return True for the answer of the trigger."""
        return operation == self._operation and status in self._statuses

    def has_fired(self, facts: JobFacts) -> bool:
        """Return True once that answer has come."""
        return self._key in facts

    def fold(self, facts: JobFacts, operation: str, status: int) -> bool:
        """Note an answer; return True if the trigger had fired before it."""
        had_fired = self.has_fired(facts)
        if self.matches(operation, status):
            facts[self._key] = True
        return had_fired


class SpanRule(ABC):
    """A rule about several bodies of one job."""

    is_eager: ClassVar[bool] = False
    """True if every body is folded as soon as it was checked; False if only one that no other call overlaps."""
    reads_besides: FieldBits = UNKNOWN
    """What it reads besides the fields in its options: `UNKNOWN`, `TIME`, or 0 for nothing."""
    begins_with: AnswerTrigger | None = None
    """The answer before which there are no facts; None: any answer may be the first."""

    @abstractmethod
    def check(self, facts: JobFacts, body: Any, exchange: Exchange) -> list[RuleViolation] | None:
        """Return what contradicts the facts in the body that an exchange shows; None without facts."""

    def quiet_until(self, facts: JobFacts) -> float:
        """Return the instant up to which the time of a request makes no difference; -inf if it is not known yet."""
        return inf

    @abstractmethod
    def fold(self, facts: JobFacts, body: Any, operation: str, status: int) -> None:
        """Remember an answer in the facts; `body` is None if the answer does not show the job."""

    def advance(
        self, facts: JobFacts, body: Any, exchange: Exchange, operation: str, status: int
    ) -> list[RuleViolation] | None:
        """Check a body and fold it at once."""
        found = self.check(facts, body, exchange)
        self.fold(facts, body, operation, status)
        return found
