"""What a play came to, as values: each step's turn, the verdict, and the other ways in which its races can go."""

from dataclasses import dataclass
from enum import StrEnum

from mockserver.core.instants import Duration
from mockserver.core.wire import Exchange
from mockserver.scenario.model import PlayStep, Scenario
from mockserver.vendors.api import Era


class Verdict(StrEnum):
    """What a play came to."""

    OK = "ok"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Tried:
    """One step, tried once."""

    step: PlayStep
    at: Duration
    title: str
    exchange: Exchange | None = None
    failures: tuple[str, ...] = ()
    inconclusive: str = ""


@dataclass(frozen=True)
class Order:
    """One way in which a scenario's races can go, and what became of it."""

    token: str
    """Plays exactly this way again."""
    ways: tuple[str, ...]
    """What each race did, for people."""
    played: "Played"


@dataclass(frozen=True)
class Orders:
    """Every way in which a scenario's races can go, as far as they were tried."""

    tried: int
    total: int
    broken: tuple[Order, ...] = ()
    """Those in which an expectation breaks."""
    unproved: tuple[Order, ...] = ()
    """Those in which a step proved nothing."""


@dataclass(frozen=True)
class Played:
    """A whole play."""

    scenario: Scenario
    era: Era
    tried: tuple[Tried, ...]
    failures: tuple[str, ...] = ()
    """What is wrong with the play as a whole."""
    note: str = ""
    """What else one should know before believing a failure."""
    orders: Orders | None = None
    """What became of the other ways in which its races can go, where they were tried."""
    options: str = ""
    """What the command had beside the scenario, so that it plays the same again: ` --seed 7`."""
    name: str = ""
    """What a command calls the scenario instead of its file's path; empty: nothing shorter means that file."""

    @property
    def typed(self) -> str:
        """The scenario as the command that plays it again names it: a name, or a path."""
        return self.name or self.scenario.path

    @property
    def verdict(self) -> Verdict:
        """Failed by any failure; inconclusive where a step proved nothing, or nothing was tried."""
        if self.orders is not None and self.orders.broken:
            return Verdict.FAILED
        if self.orders is not None and self.orders.unproved:
            return Verdict.INCONCLUSIVE
        if self.failures or any(tried.failures for tried in self.tried):
            return Verdict.FAILED
        if not self.tried or any(tried.inconclusive for tried in self.tried):
            return Verdict.INCONCLUSIVE
        return Verdict.OK
