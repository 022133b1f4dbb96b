"""What comes out of judging a history: findings, a verdict for each rule and job, counts, and what was never seen.

Values only. The same exchanges give the same judgement, in the same order, whoever asks.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from mockserver.contract.findings import Finding, Level

RuleOutcome = Literal["ok", "violated", "inconclusive"]
RULE_OUTCOMES: Final[tuple[RuleOutcome, ...]] = ("violated", "inconclusive", "ok")
"""The worst first."""


class RuleVerdict(NamedTuple):
    """One rule on one job (or operation, or the whole run). A rule that met nothing it speaks of has no verdict."""

    rule: str
    level: Level
    resource: str
    """`batch 65f1...`; an operationId for rules on single answers; empty for the run as a whole."""
    outcome: RuleOutcome
    why: str = ""
    """What was missing, where it is inconclusive."""


@dataclass(slots=True)
class JudgementCounts:
    """How much was seen, and how much of it could be judged."""

    exchanges: int = 0
    judged: int = 0
    """Answered exchanges of operations that the contract knows."""
    unanswered: int = 0
    late: int = 0
    """Exchanges that came out of order by too much to be placed among the others."""
    jobs: int = 0
    forgotten: int = 0
    """Jobs that were let go, to bound the memory; their findings stay, and verdicts that are not ok."""
    passed: int = 0
    """Verdicts of those jobs that were ok."""
    repeated: int = 0
    """Findings like one hundred others, counted and not kept."""
    statuses: dict[int, int] = field(default_factory=dict)
    """HTTP statuses of the judged exchanges: how a run of nothing but 401 or 429 is told."""
    unknown_hosts: dict[str, int] = field(default_factory=dict)
    unknown_calls: dict[str, int] = field(default_factory=dict)
    """`GET /v1/nothing`: calls of the vendor's that the contract does not know."""

    def json(self) -> dict[str, Any]:
        """Every count by its name."""
        counts = {name: getattr(self, name) for name in self.__slots__}
        return {name: dict(value) if isinstance(value, dict) else value for name, value in counts.items()}


class StateCoverage(NamedTuple):
    """Which states of one kind of job the exchanges have shown (rule L14)."""

    kind: str
    seen: tuple[str, ...]
    unseen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The whole verdict on one vendor's exchanges."""

    vendor: str
    era: str
    chosen: str
    """Why this era: pinned, or which others explained the recording worse."""
    findings: tuple[Finding, ...]
    """What the server did wrong, the worst first."""
    conduct: tuple[Finding, ...]
    """What the client did, apart from the findings: all of level info."""
    verdicts: tuple[RuleVerdict, ...]
    """By rule, then resource."""
    counts: JudgementCounts
    coverage: tuple[StateCoverage, ...] = ()

    @property
    def outcome(self) -> RuleOutcome:
        """`violated` where a finding is an error, `inconclusive` where no rule found evidence, else `ok`."""
        if any(finding.level == "error" for finding in self.findings):
            return "violated"
        return "ok" if self.count_outcomes()["ok"] else "inconclusive"

    def count_outcomes(self) -> Mapping[RuleOutcome, int]:
        """How many verdicts there are of each outcome, those of forgotten jobs among them."""
        number = Counter(verdict.outcome for verdict in self.verdicts)
        number["ok"] += self.counts.passed
        return {outcome: number[outcome] for outcome in RULE_OUTCOMES}

    def json(self) -> dict[str, Any]:
        """For a program; stable from run to run."""
        return {
            "vendor": self.vendor,
            "era": self.era,
            "chosen": self.chosen,
            "outcome": self.outcome,
            "findings": [finding.json() for finding in self.findings],
            "conduct": [finding.json() for finding in self.conduct],
            "verdicts": [verdict._asdict() for verdict in self.verdicts],
            "tally": dict(self.count_outcomes()),
            "counts": self.counts.json(),
            "coverage": [coverage._asdict() for coverage in self.coverage],
        }


def count_name(counts: dict[str, int], name: str, limit: int) -> None:
    """Count a name; when `limit` names are counted, new ones are counted together as `others`."""
    if name not in counts and len(counts) >= limit:
        name = "others"
    counts[name] = counts.get(name, 0) + 1
