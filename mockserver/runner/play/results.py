"""What a play came to, as values: each step's turn, the verdict, and the other ways in which its races can go."""

from dataclasses import dataclass
from enum import StrEnum

from mockserver.core.instants import Duration
from mockserver.core.wire import Exchange
from mockserver.scenario.model import PlayStep, Scenario
from mockserver.vendors.api import Era


class PlayOutcome(StrEnum):
    """What a play came to."""

    OK = "ok"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class StepResult:
    """One step, tried once."""

    step: PlayStep
    at: Duration
    title: str
    exchange: Exchange | None = None
    failures: tuple[str, ...] = ()
    inconclusive: str = ""


@dataclass(frozen=True)
class Interleaving:
    """One way in which a scenario's races can go, and what became of it."""

    token: str
    """Plays exactly this way again."""
    choices: tuple[str, ...]
    """What each race did, for people."""
    result: "PlayResult"


@dataclass(frozen=True)
class Exploration:
    """Every way in which a scenario's races can go, as far as they were tried."""

    tried_count: int
    total_count: int
    failed: tuple[Interleaving, ...] = ()
    """Those in which an expectation breaks."""
    inconclusive: tuple[Interleaving, ...] = ()
    """Those in which a step proved nothing."""


@dataclass(frozen=True)
class PlayResult:
    """A whole play."""

    scenario: Scenario
    era: Era
    steps: tuple[StepResult, ...]
    failures: tuple[str, ...] = ()
    """What is wrong with the play as a whole."""
    note: str = ""
    """What else one should know before believing a failure."""
    exploration: Exploration | None = None
    """What became of the other ways in which its races can go, where they were tried."""
    command_options: str = ""
    """What the command had beside the scenario, so that it plays the same again: ` --seed 7`."""
    short_name: str = ""
    """What a command calls the scenario instead of its file's path; empty: nothing shorter means that file."""

    @property
    def command_name(self) -> str:
        """The scenario as the command that plays it again names it: a name, or a path."""
        return self.short_name or self.scenario.path

    @property
    def outcome(self) -> PlayOutcome:
        """Failed by any failure; inconclusive where a step proved nothing, or nothing was tried."""
        if self.exploration is not None and self.exploration.failed:
            return PlayOutcome.FAILED
        if self.exploration is not None and self.exploration.inconclusive:
            return PlayOutcome.INCONCLUSIVE
        if self.failures or any(tried.failures for tried in self.steps):
            return PlayOutcome.FAILED
        if not self.steps or any(tried.inconclusive for tried in self.steps):
            return PlayOutcome.INCONCLUSIVE
        return PlayOutcome.OK
