"""The results of a trial, and its exit code's facts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from mockserver.trial.candidates import Candidate
from mockserver.trial.receiver_candidates import ReceiverCandidate
from mockserver.trial.verdicts import TrialOutcome, TrialVerdict
from mockserver.trial.webhook_clients import WebhookClientCandidate

AnyCandidate = Candidate | ReceiverCandidate | WebhookClientCandidate
"""What a client, a receiver or both in one is tried with."""


@dataclass(frozen=True, kw_only=True)
class TrialResult:
    """What came of one scenario."""

    candidate: AnyCandidate
    verdict: TrialVerdict
    story: tuple[str, ...] = ()
    """Requests and states, in their order."""
    output: str = ""
    """The last lines that the client printed."""
    exit_code: int | None = None
    repeat: str = ""
    """The command that runs it again."""


@dataclass(frozen=True, kw_only=True)
class TrialReport:
    """A whole trial."""

    command: str
    results: Sequence[TrialResult]
    untried: Sequence[AnyCandidate] = ()
    """Scenarios that the client cannot be tried with."""
    seconds: float = 0.0

    def counts(self) -> Counter[TrialOutcome]:
        """Count the results by outcome."""
        return Counter(result.verdict.outcome for result in self.results)

    @property
    def has_findings(self) -> bool:
        """True if a scenario caught something."""
        return any(result.verdict.outcome.is_finding for result in self.results)

    @property
    def is_proof(self) -> bool:
        """True if a scenario was survived and none was left out for the budget."""
        counts = self.counts()
        return bool(counts[TrialOutcome.SURVIVED]) and not counts[TrialOutcome.NOT_RUN]
