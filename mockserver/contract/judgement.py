"""The result of judging a history: findings, a verdict for each rule and job, counts, and state coverage.

Values only: the same exchanges always give the same judgement, in the same order.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, NamedTuple

from mockserver.contract.findings import Finding, Level

RuleOutcome = Literal["ok", "violated", "inconclusive"]
RULE_OUTCOMES: Final[tuple[RuleOutcome, ...]] = ("violated", "inconclusive", "ok")
"""All outcomes, the worst first."""


class RuleVerdict(NamedTuple):
    """The verdict of one rule on one job, operation or run. A rule that never applied has no verdict."""

    rule: str
    level: Level
    resource: str | None
    """`batch 65f1...`; an operationId for rules on single answers; None for the run as a whole."""
    outcome: RuleOutcome
    why: str | None = None
    """The missing evidence, for an inconclusive verdict."""

    def json(self) -> dict[str, Any]:
        """Return every field by its name, "" for a text that is not set."""
        return {**self._asdict(), "resource": self.resource or "", "why": self.why or ""}


@dataclass(slots=True)
class JudgementCounts:
    """The numbers of a history: exchanges, jobs, and what could not be judged."""

    exchanges: int = 0
    judged: int = 0
    """Answered exchanges of operations that the contract knows."""
    unanswered: int = 0
    late: int = 0
    """Exchanges that came out of order by too much to be placed among the others."""
    jobs: int = 0
    forgotten: int = 0
    """Jobs that were evicted to bound the memory; their findings are kept, and verdicts other than ok."""
    passed: int = 0
    """Verdicts `ok` of evicted jobs."""
    repeated: int = 0
    """Findings beyond the first 100 of one kind, counted and not kept."""
    answers: dict[str, int] = field(default_factory=dict)
    """Judged exchanges by operationId."""
    statuses: dict[int, int] = field(default_factory=dict)
    """Judged exchanges by HTTP status: a run of nothing but 401 or 429 shows here."""
    unknown_hosts: dict[str, int] = field(default_factory=dict)
    """Exchanges by a host that is not the vendor's."""
    unknown_calls: dict[str, int] = field(default_factory=dict)
    """Calls of the vendor's host that the contract does not have, by `GET /v1/nothing`."""
    path_prefixes: dict[str, int] = field(default_factory=dict)
    """Calls that the contract has but for a prefix of the path, by the prefix."""

    def json(self) -> dict[str, Any]:
        """Return every count by its name."""
        return asdict(self)


class UnkeptFindings(NamedTuple):
    """Findings that were counted and not kept, as many like them are kept."""

    rule: str
    operation: str | None
    where: str
    """With list indexes masked."""
    number: int

    def json(self) -> dict[str, Any]:
        """Return every field by its name, "" for no operation."""
        return {**self._asdict(), "operation": self.operation or ""}


class StateCoverage(NamedTuple):
    """The states of one kind of job that the exchanges have shown, and the others (rule L14)."""

    kind: str
    seen: tuple[str, ...]
    unseen: tuple[str, ...]


class VendorFindings(NamedTuple):
    """What is certain so far in a history that goes on."""

    pin: str
    """The vendor's era: `phaseo@2026-06-11`."""
    exchange_count: int
    findings: list[Finding]
    """About the answers, the worst first."""
    conduct: list[Finding]
    """About the client."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judgement of one vendor's exchanges by one era."""

    vendor: str
    era: str
    chosen: str
    """The reason for the era: `pinned`, or how it was detected."""
    findings: tuple[Finding, ...]
    """Findings about the server, the worst first."""
    conduct: tuple[Finding, ...]
    """Findings about the client, all of level info."""
    verdicts: tuple[RuleVerdict, ...]
    """By rule, then resource."""
    counts: JudgementCounts
    coverage: tuple[StateCoverage, ...] = ()
    unkept: tuple[UnkeptFindings, ...] = ()
    """What `counts.repeated` counts, by rule, operation and place."""

    @property
    def outcome(self) -> RuleOutcome:
        """`violated` if a finding is an error, `inconclusive` if no verdict is ok, else `ok`."""
        if any(finding.worst_level == "error" for finding in self.findings):
            return "violated"
        if self.count_outcomes()["ok"]:
            return "ok"
        return "inconclusive"

    def count_outcomes(self) -> Mapping[RuleOutcome, int]:
        """Return the number of verdicts of each outcome, those of evicted jobs included."""
        number = Counter(verdict.outcome for verdict in self.verdicts)
        number["ok"] += self.counts.passed
        return {outcome: number[outcome] for outcome in RULE_OUTCOMES}

    def json(self) -> dict[str, Any]:
        """Return the judgement as JSON values, stable from run to run."""
        return {
            "vendor": self.vendor,
            "era": self.era,
            "chosen": self.chosen,
            "outcome": self.outcome,
            "findings": [finding.json() for finding in self.findings],
            "conduct": [finding.json() for finding in self.conduct],
            "verdicts": [verdict.json() for verdict in self.verdicts],
            "tally": dict(self.count_outcomes()),
            "counts": self.counts.json(),
            "coverage": [coverage._asdict() for coverage in self.coverage],
            "unkept": [each.json() for each in self.unkept],
        }


def count_name(counts: dict[str, int], name: str, limit: int) -> None:
    """Count a name; when `limit` names are counted, new ones are counted together as `others`."""
    if name not in counts and len(counts) >= limit:
        name = "others"
    counts[name] = counts.get(name, 0) + 1
