"""A duty, the cases in which it was tried, and what came out, as values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from mockserver.vendor_check.world import CheckedEra

DutyOutcome = Literal["holds", "broken", "inconclusive"]
"""A duty is inconclusive where nothing could be tried."""

HOLDS: Final = "holds"
BROKEN: Final = "broken"
INCONCLUSIVE: Final = "inconclusive"


class DutyCase(NamedTuple):
    """One case in which a duty was tried."""

    where: str
    """The kind, operation, state or file: `task cancel in running`."""
    found: str = ""
    """What is wrong, a sentence; empty: the case is as it should be."""


@dataclass(frozen=True)
class Duty:
    """One thing that the engine asks of every vendor."""

    id: str
    sentence: str
    """The duty in one sentence."""
    fix: str
    """How to keep it, in one sentence."""
    check: Callable[[CheckedEra], Iterator[DutyCase]]
    """Yields each case that it tries; none: there is nothing to try in this era."""


class DutyResult(NamedTuple):
    """What the check of one duty in one era found."""

    duty: Duty
    cases: int
    """How many cases were tried."""
    broken: tuple[DutyCase, ...]
    """Those that are not as they should be."""

    @property
    def outcome(self) -> DutyOutcome:
        """The verdict."""
        if self.broken:
            return BROKEN
        return HOLDS if self.cases else INCONCLUSIVE


class CheckedDuties(NamedTuple):
    """What the check of one era found."""

    pin: str
    results: tuple[DutyResult, ...]
    refused_key: str = ""
    """The headers with the key that every create refuses; empty: one accepts it."""

    def count(self, outcome: DutyOutcome) -> int:
        """Return how many duties have that outcome."""
        return sum(result.outcome == outcome for result in self.results)
