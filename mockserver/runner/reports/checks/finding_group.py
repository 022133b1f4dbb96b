"""Findings of one file about one rule and one field: the unit of every report format."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mockserver.contract.findings import Finding, Level, mask_indexes, sort_findings
from mockserver.contract.rules.kinds import SPAN_RULE_KINDS, STATE_RULE_KINDS
from mockserver.core.text import pluralize
from mockserver.runner.reports.checks.advice import advice_for
from mockserver.runner.reports.checks.baseline import BaselineEntry

TEMPORAL_KINDS: Final = frozenset({*SPAN_RULE_KINDS, *STATE_RULE_KINDS, "rate", "unmixed"})
"""Kinds of rule that only several answers together can break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGroup:
    """Findings of one file about one rule and one field."""

    file: str
    vendor: str
    era: str
    findings: tuple[Finding, ...]
    rule_kind: str | None
    """The rule's kind; None for a rule of no rule set."""
    recording_rerun: str
    is_conduct: bool = False
    failing: tuple[Finding, ...] = ()
    """Those of the findings, and of those beside them, that make the exit code 1."""
    accepted_by: BaselineEntry | None = None
    """The current entry of the baseline that accepts it."""
    expired_entry: BaselineEntry | None = None
    """The entry that accepted it until its last day."""
    matched_entries: frozenset[BaselineEntry] = frozenset()
    """All entries that match the findings, or those beside them."""
    unkept_count: int = 0
    """Findings that were counted, and not kept."""
    answer_counts: Mapping[str, int] = field(default_factory=dict)
    """The judged answers of each operation that the findings are about."""

    @property
    def finding(self) -> Finding:
        """The finding that is shown: the first with a story, else the first."""
        return next((each for each in self.findings if each.story), self.findings[0])

    @property
    def is_failing(self) -> bool:
        """True if the group makes the exit code 1."""
        return bool(self.failing)

    @property
    def level(self) -> Level:
        """The worst level among the rules that find the fault."""
        return self.finding.worst_level

    @property
    def is_temporal(self) -> bool:
        """True if several answers together show it."""
        return bool(self.finding.story) or self.rule_kind in TEMPORAL_KINDS

    @property
    def count(self) -> int:
        """Number of findings."""
        return len(self.findings) + self.unkept_count

    @property
    def also(self) -> tuple[Finding, ...]:
        """The findings beside those of the group, one for each rule and field, the worst first."""
        beside = {(each.rule, mask_indexes(each.where)): each for found in self.findings for each in found.also}
        return tuple(sort_findings(beside.values()))

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that the findings are about."""
        return tuple(dict.fromkeys(each.operation for each in self.findings if each.operation))

    @property
    def example_calls(self) -> tuple[str, ...]:
        """The first call of each operation, as findings name calls."""
        by_operation: dict[str | None, str] = {}
        for each in self.findings:
            if each.call:
                by_operation.setdefault(each.operation, each.call)
        return tuple(by_operation.values())

    @property
    def share(self) -> str | None:
        """`245 of 249 answers`, if the findings are about whole answers; None otherwise."""
        answers = sum(self.answer_counts.values())
        if self.is_temporal or self.is_conduct or self.count == 1 or answers < self.count or "*" in self.where:
            return None
        return f"{self.count} of {pluralize(answers, 'answer')}"

    @property
    def place_count(self) -> int:
        """Number of known places in the recording."""
        return len({each.spot for each in self.findings if each.spot.line})

    @property
    def resources(self) -> tuple[str, ...]:
        """The jobs that the findings are about."""
        return tuple(dict.fromkeys(each.resource for each in self.findings if each.resource))

    @property
    def job_kind(self) -> str | None:
        """The kind of job that the findings are about: `batch`."""
        return job_kind_of(self.finding)

    @property
    def rerun(self) -> str:
        """The command that shows the finding again."""
        return self.finding.rerun or self.recording_rerun

    @property
    def where(self) -> str:
        """The common place in the body, list indexes masked."""
        return mask_indexes(self.finding.where)

    @property
    def advice(self) -> str | None:
        """Advice on the fix; None if there is none for the rule."""
        return advice_for(self.finding, self.rule_kind)

    @property
    def fingerprint(self) -> str:
        """A hash of rule and place, without ids or times: equal from recording to recording."""
        operation = group_operation(self.finding) or ""
        parts = (self.vendor, self.finding.rule, operation, self.where, self.job_kind or "")
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]

    def baseline_entries(self, reason: str, expires: str) -> tuple[BaselineEntry, ...]:
        """Return the entries that accept what makes the group fail, for any job of the kind."""
        operations: dict[BaselineEntry, set[str | None]] = {}
        for each in self.failing:
            kind = job_kind_of(each)
            entry = BaselineEntry(
                rule=each.rule,
                reason=reason,
                expires=expires,
                vendor=self.vendor,
                resource="*" if kind is None else f"{kind} *",
                where=mask_indexes(each.where) or "*",
            )
            operations.setdefault(entry, set()).add(each.operation)
        return tuple(
            entry._replace(operation=next(iter(names)) or "*") if len(names) == 1 else entry
            for entry, names in operations.items()
        )


def job_kind_of(finding: Finding) -> str | None:
    """Return the kind of job that a finding is about; None for a finding about no job."""
    return finding.resource and finding.resource.partition(" ")[0]


def group_operation(finding: Finding) -> str | None:
    """Return the operation that a group is about; None for a finding about a field or a header, whatever the call."""
    if finding.pointer or finding.where.startswith("header ") or finding.story:
        return None
    return finding.operation
