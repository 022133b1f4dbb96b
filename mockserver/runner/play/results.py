"""The result of a play as values: each attempt of a step, the outcome, the explored interleavings, the exit code."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mockserver.core.instants import Duration
from mockserver.core.wire import Exchange
from mockserver.scenario.model import Scenario
from mockserver.scenario.play_model import PlayStep
from mockserver.vendors.api import Era


class PlayOutcome(StrEnum):
    """The outcome of a play."""

    OK = "ok"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class StepResult:
    """The result of one attempt of a step."""

    step: PlayStep
    at: Duration
    exchange: Exchange | None = None
    failures: tuple[str, ...] = ()
    inconclusive: str | None = None
    """Why the step proves nothing."""

    @property
    def title(self) -> str:
        """The step in short: its operation, with the name of its request, or what it does instead of a request."""
        step = self.step
        if step.move:
            return f"move to {step.move}"
        if step.ledger:
            return "ledger"
        if step.deliveries is not None:
            return "deliveries"
        if step.together:
            return "together"
        title = step.operation or ""
        if step.call is not None:
            title = f"{step.call.method} {step.call.path}"
        return f"{title} ({step.request_name})" if step.request_name else title

    @property
    def status(self) -> int | None:
        """The status of the answer; None without an answer."""
        return self.exchange and self.exchange.response and self.exchange.response.status


@dataclass(frozen=True)
class Interleaving:
    """One way in which a scenario's races can go, and the result of its play."""

    token: str
    """The token for `--replay`."""
    choices: tuple[str, ...]
    """The choice in each race, as text."""
    result: "PlayResult"


@dataclass(frozen=True)
class Exploration:
    """The interleavings of a scenario, as far as they were tried."""

    tried_count: int
    total_count: int
    failed: tuple[Interleaving, ...] = ()
    """Those in which an expectation breaks."""
    inconclusive: tuple[Interleaving, ...] = ()
    """Those in which a step proved nothing."""


@dataclass(frozen=True)
class PlayResult:
    """The result of a whole play."""

    scenario: Scenario
    era: Era
    steps: tuple[StepResult, ...]
    failures: tuple[str, ...] = ()
    """Failures of the play as a whole."""
    note: str | None = None
    """A reason to doubt a failure."""
    exploration: Exploration | None = None
    """The other interleavings, if they were explored."""
    command_options: str = ""
    """The options of the command that played it, for the command that plays it again: ` --seed 7`."""
    short_name: str | None = None
    """The name that finds the scenario's file on the command line; None: only its path does."""

    @property
    def command_name(self) -> str:
        """The scenario's name or path on the command line."""
        return self.short_name or self.scenario.path

    @property
    def outcome(self) -> PlayOutcome:
        """Failed by any failure; inconclusive if a step proved nothing or there are no steps."""
        # A broken interleaving wins over an inconclusive one, and both over the order written in the scenario.
        if self.exploration is not None and self.exploration.failed:
            return PlayOutcome.FAILED
        if self.exploration is not None and self.exploration.inconclusive:
            return PlayOutcome.INCONCLUSIVE
        if self.failures or any(step.failures for step in self.steps):
            return PlayOutcome.FAILED
        if not self.steps or any(step.inconclusive for step in self.steps):
            return PlayOutcome.INCONCLUSIVE
        return PlayOutcome.OK


def plays_exit_code(results: Sequence[PlayResult]) -> int:
    """Return the exit code of a run: 1 if a play failed, else 3 if one is inconclusive or none was played, else 0."""
    outcomes = {result.outcome for result in results}
    if PlayOutcome.FAILED in outcomes:
        return 1
    if PlayOutcome.INCONCLUSIVE in outcomes or not results:
        return 3
    return 0
