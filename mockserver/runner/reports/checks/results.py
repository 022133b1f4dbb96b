"""The result of a check, which every report format shows: recordings, groups of findings, and the exit code.

Without a failing group the exit code depends on evidence: a recording in which nothing could be judged proves nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from mockserver.contract.findings import LEVELS, Finding, Level
from mockserver.contract.judgement import RULE_OUTCOMES, Judgement, RuleOutcome
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.recordings.read_stats import UNREAD_ENTRIES
from mockserver.runner.reports.checks.baseline import NO_BASELINE, Baseline, BaselineEntry
from mockserver.runner.reports.checks.finding_group import FindingGroup
from mockserver.runner.reports.checks.recording_result import CheckedRecording

MAX_NAMED: Final = 4
"""Files, jobs, hosts and calls that are named; the others are counted."""


def first_names(names: Sequence[str]) -> str:
    """Return the first names, and the number of the others: `a, b, c, d and 3 more`."""
    text = ", ".join(names[:MAX_NAMED])
    if len(names) > MAX_NAMED:
        text += f" and {len(names) - MAX_NAMED} more"
    return text


@dataclass(frozen=True, slots=True)
class CheckPolicy:
    """The settings that decide which findings fail the check."""

    fail_on: Level = "error"
    conduct_fails: bool = False
    baseline: Baseline = NO_BASELINE

    def fails(self, finding: Finding, is_conduct: bool) -> bool:
        """Return True if a finding that no entry accepts fails the check."""
        if is_conduct:
            return self.conduct_fails
        return LEVELS.index(finding.level) <= LEVELS.index(self.fail_on)


class FindingTotals(NamedTuple):
    """A number of findings, and of the groups that they form."""

    groups: int
    findings: int

    @classmethod
    def of(cls, groups: Iterable[FindingGroup]) -> "FindingTotals":
        """Return the number of groups, and of the findings in them."""
        counts = [each.count for each in groups]
        return cls(len(counts), sum(counts))


class ExitVerdict(NamedTuple):
    """The exit code of a check, and its reason."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything that the report formats show."""

    recordings: tuple[CheckedRecording, ...]
    groups: tuple[FindingGroup, ...]
    policy: CheckPolicy = CheckPolicy()
    is_written: bool = True
    """False if a requested file could not be written."""

    @property
    def findings(self) -> tuple[FindingGroup, ...]:
        """The groups about servers that no entry accepts."""
        return tuple(each for each in self.groups if not each.is_conduct and each.accepted_by is None)

    @property
    def conduct(self) -> tuple[FindingGroup, ...]:
        """The groups about clients that no entry accepts."""
        return tuple(each for each in self.groups if each.is_conduct and each.accepted_by is None)

    @property
    def accepted(self) -> tuple[FindingGroup, ...]:
        """The groups that the baseline accepts."""
        return tuple(group for group, _ in self.acceptances)

    @property
    def acceptances(self) -> Iterator[tuple[FindingGroup, BaselineEntry]]:
        """Every accepted group with its entry."""
        return ((each, each.accepted_by) for each in self.groups if each.accepted_by is not None)

    @property
    def unused_entries(self) -> tuple[BaselineEntry, ...]:
        """The entries of the baseline that no finding matches."""
        return tuple(entry for entry in self.policy.baseline.entries if entry not in self.matched_entries)

    @property
    def matched_entries(self) -> frozenset[BaselineEntry]:
        """The entries of the baseline that a finding matches, expired ones among them."""
        return frozenset(entry for each in self.groups for entry in each.matched_entries)

    @property
    def judgements(self) -> Iterator[tuple[CheckedRecording, Judgement]]:
        """Every judgement with its recording."""
        return ((each, judgement) for each in self.recordings for judgement in each.report.judgements)

    @property
    def exchange_count(self) -> int:
        """Number of exchanges in all recordings."""
        return sum(each.report.exchanges for each in self.recordings)

    @property
    def judged_count(self) -> int:
        """Number of answers to operations of the contract."""
        return sum(each.judged_count for each in self.recordings)

    def verdict_counts(self) -> Mapping[RuleOutcome, int]:
        """Return the number of rule verdicts by outcome."""
        counts = dict.fromkeys(RULE_OUTCOMES, 0)
        for _, judgement in self.judgements:
            for outcome, number in judgement.count_outcomes().items():
                counts[outcome] += number
        return counts

    def totals_at(self, level: Level) -> FindingTotals:
        """Return the number of findings of a level that no entry accepts."""
        return FindingTotals.of(each for each in self.findings if each.level == level)

    @property
    def exit_verdict(self) -> ExitVerdict:
        """2 if a file was unusable, else 1 if a group fails, else 3 without evidence, else 0; with the reason."""
        fail_on = self.policy.fail_on
        if not self.is_written:
            return ExitVerdict(2, "a file could not be written")
        unread = [each for each in self.recordings if each.problems]
        names = first_names([each.file for each in unread])
        if any(each.report.exchanges for each in unread):
            codes = {problem.code for each in unread for problem in each.problems}
            if codes == {UNREAD_ENTRIES}:
                return ExitVerdict(2, f"a part of a file could not be read: {names}")
            return ExitVerdict(2, f"a file could not be read to its end: {names}")
        if unread:
            return ExitVerdict(2, f"a file could not be read: {names}")
        failing = {each.is_conduct for each in self.groups if each.is_failing}
        if failing:
            reasons = {False: f"findings at level {fail_on} or above", True: "client conduct (--conduct fail)"}
            return ExitVerdict(1, " and ".join(reasons[each] for each in sorted(failing)))
        missing = self.missing_evidence()
        if missing:
            return ExitVerdict(3, "inconclusive: " + "; ".join(missing))
        if fail_on == LEVELS[0]:
            return ExitVerdict(0, f"no findings at level {fail_on}")
        return ExitVerdict(0, f"no findings at level {fail_on} or above")

    @property
    def exit_code(self) -> int:
        """The exit code of the check."""
        return self.exit_verdict.code

    def missing_evidence(self) -> tuple[str, ...]:
        """Return the reasons why the exchanges prove nothing; empty if they prove something."""
        if not self.recordings:
            return ("nothing to check",)
        reasons = [(each.file, each.missing_evidence()) for each in self.recordings]
        lacks = [f"{file}: {reason}" for file, reason in reasons if reason is not None]
        # For each job if it certainly ended, and for each kind of job if a terminal state of it was seen.
        sightings: list[bool] = []
        unjudged: dict[str, None] = {}
        for _, judgement in self.judgements:
            rule_set = load_rule_set(judgement.vendor, judgement.era)
            if (reason := rule_set.missing_jobs()) is not None:
                unjudged[reason] = None
            end_rules = {rule.id for rule in rule_set.of_kinds("ends")}
            sightings += [each.outcome == "ok" for each in judgement.verdicts if each.rule in end_rules]
            for coverage in judgement.coverage:
                states = rule_set.resources[coverage.kind].states
                sightings.append(not set(states.names_of(states.terminal)).isdisjoint(coverage.seen))
        # A violation is proved, however the jobs end.
        is_proved = any(group.level != "info" and not group.is_conduct for group in self.groups)
        if not lacks and not is_proved and sightings and not any(sightings):
            lacks.append("no job reached a terminal state")
        return (*lacks, *unjudged)
