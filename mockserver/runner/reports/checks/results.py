"""What judging some recordings came to: findings alike as one group, what a baseline accepts, and the exit code.

Theory of operation. Findings of one file that differ only in the job, the value or the index in a list are one group,
told once with their number. A group *counts* where its level is at or above `fail_on` and no entry of the baseline
that is still good accepts it; conduct counts only where it is insisted on. Without a group that counts the exit code
asks for evidence: a recording in which nothing could be judged proves nothing.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mockserver.contract.eras.recording import RecordingReport
from mockserver.contract.findings import LEVELS, Finding, Level
from mockserver.contract.judgement import RULE_OUTCOMES, Judgement, RuleOutcome
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.core.wire import Exchange
from mockserver.errors import Problem
from mockserver.runner.reports.checks.advice import advice_for
from mockserver.runner.reports.checks.baseline import NO_BASELINE, Baseline, BaselineEntry, mask_indexes

UNINFORMATIVE_STATUSES: Final = (401, 429)
"""Answers that say nothing about the operation that was called."""

EMPTY_REPORT: Final = RecordingReport((), 0, {})


@dataclass(frozen=True, slots=True)
class CheckedRecording:
    """One recording, judged; or as much of it as could be read."""

    file: str
    kind: str = ""
    """`har`, `cassette`, `journal`; empty where nobody can say."""
    has_measured_times: bool = True
    """Whether its times were measured."""
    report: RecordingReport = EMPTY_REPORT
    unanswered: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Entries left out, by reason."""
    incomplete: Mapping[str, int] = field(default_factory=dict)
    """What the recorder did not keep, by reason."""
    problems: tuple[Problem, ...] = ()
    """Why it could not be read, or not to its end."""
    rerun: str = ""
    """The command that judges it again."""
    exchanges: Iterable[Exchange] = field(default=(), repr=False, compare=False)
    """The recording itself, to be read once more."""
    redact: Callable[[str], str] = field(default=str, repr=False, compare=False)
    """Takes the secrets out of a text of the recording."""

    @property
    def judged_count(self) -> int:
        """Answers that the contract knows of."""
        return sum(each.counts.judged for each in self.report.judgements)


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Findings alike."""

    file: str
    vendor: str
    era: str
    findings: tuple[Finding, ...]
    rule_kind: str
    """The rule's kind."""
    recording_rerun: str
    is_conduct: bool = False
    is_failing: bool = False
    """Whether it makes the exit code 1."""
    accepted_by: BaselineEntry | None = None
    """The baseline's entry that accepts it."""
    expired_entry: BaselineEntry | None = None
    """The entry that did, until its last day."""

    @property
    def finding(self) -> Finding:
        """The one that is told: the first that has a story, if any has."""
        return next((each for each in self.findings if each.story), self.findings[0])

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.findings)

    @property
    def place_count(self) -> int:
        """At how many places of the recording they stand, as far as that is known."""
        return len({each.spot for each in self.findings if each.spot.line})

    @property
    def resources(self) -> tuple[str, ...]:
        """The jobs they are about."""
        return tuple(dict.fromkeys(each.resource for each in self.findings if each.resource))

    @property
    def rerun(self) -> str:
        """The command that judges it again."""
        return self.finding.rerun or self.recording_rerun

    @property
    def where(self) -> str:
        """The place they have in common."""
        return mask_indexes(self.finding.where)

    @property
    def advice(self) -> str:
        """What to do about it."""
        return advice_for(self.finding, self.rule_kind)

    @property
    def fingerprint(self) -> str:
        """The same from recording to recording: made of the rule and the place, not of ids or times."""
        kind = self.finding.resource.partition(" ")[0]
        parts = (self.vendor, self.finding.rule, self.finding.operation, self.where, kind)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]

    def to_baseline_entry(self, reason: str, expires: str) -> BaselineEntry:
        """What accepts it: any job of the kind."""
        kind, named, _ = self.finding.resource.partition(" ")
        return BaselineEntry(
            self.finding.rule,
            reason,
            expires,
            self.vendor,
            f"{kind} *" if named else "*",
            self.finding.operation or "*",
            self.where or "*",
        )


@dataclass(frozen=True, slots=True)
class CheckPolicy:
    """What the exit code depends on besides the findings."""

    fail_on: Level = "error"
    conduct_fails: bool = False
    baseline: Baseline = NO_BASELINE

    def fails(self, finding: Finding, is_conduct: bool) -> bool:
        """Whether a finding that nobody has accepted counts."""
        return self.conduct_fails if is_conduct else LEVELS.index(finding.level) <= LEVELS.index(self.fail_on)


class FindingTotals(NamedTuple):
    """How many of something, and in how many groups."""

    groups: int
    findings: int


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything that the formats tell."""

    recordings: tuple[CheckedRecording, ...]
    groups: tuple[FindingGroup, ...]
    policy: CheckPolicy = CheckPolicy()

    @property
    def findings(self) -> tuple[FindingGroup, ...]:
        """What servers did wrong and nobody has accepted."""
        return tuple(each for each in self.groups if not each.is_conduct and each.accepted_by is None)

    @property
    def conduct(self) -> tuple[FindingGroup, ...]:
        """What clients did, and nobody has accepted."""
        return tuple(each for each in self.groups if each.is_conduct and each.accepted_by is None)

    @property
    def accepted(self) -> tuple[FindingGroup, ...]:
        """What the baseline accepts."""
        return tuple(group for group, _ in self.acceptances)

    @property
    def acceptances(self) -> Iterator[tuple[FindingGroup, BaselineEntry]]:
        """What the baseline accepts, each with its entry."""
        return ((each, each.accepted_by) for each in self.groups if each.accepted_by is not None)

    @property
    def unused_entries(self) -> tuple[BaselineEntry, ...]:
        """The baseline's entries that nothing was found for."""
        met = {entry for each in self.groups for entry in (each.accepted_by, each.expired_entry)}
        return tuple(entry for entry in self.policy.baseline.entries if entry not in met)

    @property
    def judgements(self) -> Iterator[tuple[CheckedRecording, Judgement]]:
        """Every judgement with its recording."""
        return ((each, judgement) for each in self.recordings for judgement in each.report.judgements)

    @property
    def exchange_count(self) -> int:
        """Exchanges of all recordings."""
        return sum(each.report.exchanges for each in self.recordings)

    @property
    def judged_count(self) -> int:
        """How many of them have an answer that the contract knows of."""
        return sum(each.judged_count for each in self.recordings)

    def verdict_counts(self) -> Mapping[RuleOutcome, int]:
        """How many verdicts there are of each outcome."""
        tallies = [judgement.count_outcomes() for _, judgement in self.judgements]
        return {outcome: sum(each[outcome] for each in tallies) for outcome in RULE_OUTCOMES}

    def totals_at(self, level: Level) -> FindingTotals:
        """How many findings of a level nobody has accepted."""
        return sum_groups(each for each in self.findings if each.finding.level == level)

    @property
    def exit_code(self) -> int:
        """2 where a file was unusable, else 1 where a group counts, else 3 without evidence, else 0."""
        if any(each.problems for each in self.recordings):
            return 2
        if any(each.is_failing for each in self.groups):
            return 1
        return 3 if self.missing_evidence() else 0

    @property
    def exit_reason(self) -> str:
        """The exit code in words."""
        code = self.exit_code
        if code == 2:
            return "a file could not be read, or not to its end"
        if code == 1:
            insisted = " (and the client's conduct)" if self.policy.conduct_fails else ""
            return f"findings at level {self.policy.fail_on} or above{insisted}"
        if code == 3:
            return "inconclusive: " + "; ".join(self.missing_evidence())
        return (
            "nothing was found at level "
            + self.policy.fail_on
            + (" or above" if self.policy.fail_on != "error" else "")
        )

    def missing_evidence(self) -> tuple[str, ...]:
        """Why what was seen proves nothing; empty where it proves something."""
        found = [f"{each.file}: {reason}" for each in self.recordings if (reason := _recording_lacks(each))]
        if not found and self.recordings and self._no_job_ended():
            found = ["no job was seen in a terminal state, so nothing is known of how jobs end"]
        return tuple(found or ([] if self.recordings else ["there was nothing to check"]))

    def _no_job_ended(self) -> bool:
        """Whether there were jobs, and not one of them was seen to end."""
        ends = [each for _, judgement in self.judgements for each in _terminal_sightings(judgement)]
        return bool(ends) and True not in ends


def _terminal_sightings(judgement: Judgement) -> Iterator[bool]:
    """Of each job whether it surely ended, and of each kind of job whether a terminal state of it was seen."""
    book = load_rule_set(judgement.vendor, judgement.era)
    rules = {rule.id for rule in book.of_kinds("ends")}
    yield from (verdict.outcome == "ok" for verdict in judgement.verdicts if verdict.rule in rules)
    for each in judgement.coverage:
        states = book.resources[each.kind].states
        yield not set(states.names_of(states.terminal)).isdisjoint(each.seen)


def _recording_lacks(recording: CheckedRecording) -> str:
    """Why a recording proves nothing by itself."""
    if not recording.report.exchanges:
        return "there are no calls in it"
    if not recording.judged_count:
        return "no answer in it is one that the contract speaks of"
    statuses = {status for each in recording.report.judgements for status in each.counts.statuses}
    if statuses and statuses.issubset(UNINFORMATIVE_STATUSES):
        return f"every answer was {' or '.join(map(str, sorted(statuses)))}"
    tallies = [each.count_outcomes() for each in recording.report.judgements]
    return "" if any(each["ok"] or each["violated"] for each in tallies) else "no rule found what it speaks of"


def sum_groups(groups: Iterator[FindingGroup]) -> FindingTotals:
    """Groups, and the findings in them."""
    counts = [each.count for each in groups]
    return FindingTotals(len(counts), sum(counts))


def build_report(recordings: tuple[CheckedRecording, ...], policy: CheckPolicy) -> CheckReport:
    """Group what was found; by file, then the worst first."""
    groups: list[FindingGroup] = []
    for each in recordings:
        mine = (group for judgement in each.report.judgements for group in _group_judgement(each, judgement, policy))
        groups += sorted(mine, key=lambda group: (group.is_conduct, LEVELS.index(group.finding.level)))
    return CheckReport(recordings, tuple(groups), policy)


def _group_judgement(recording: CheckedRecording, judgement: Judgement, policy: CheckPolicy) -> Iterator[FindingGroup]:
    kinds = {rule.id: rule.kind for rule in load_rule_set(judgement.vendor, judgement.era).rules}
    for is_conduct, findings in ((False, judgement.findings), (True, judgement.conduct)):
        for alike, entry in _group_alike(findings, judgement.vendor, policy.baseline):
            good = entry is not None and policy.baseline.is_current(entry)
            yield FindingGroup(
                recording.file,
                judgement.vendor,
                judgement.era,
                alike,
                kinds.get(alike[0].rule, ""),
                recording.rerun,
                is_conduct,
                is_failing=not good and policy.fails(alike[0], is_conduct),
                accepted_by=entry if good else None,
                expired_entry=None if good else entry,
            )


def _group_alike(
    findings: Iterable[Finding], vendor: str, baseline: Baseline
) -> Iterator[tuple[tuple[Finding, ...], BaselineEntry | None]]:
    """Findings alike, with the baseline's entry about them, good or over."""
    alike: dict[tuple[str, str, str, str, BaselineEntry | None], list[Finding]] = {}
    for finding in findings:
        entry = baseline.find(vendor, finding)
        key = (finding.level, finding.rule, finding.operation, mask_indexes(finding.where), entry)
        alike.setdefault(key, []).append(finding)
    return ((tuple(group), entry) for (*_, entry), group in alike.items())
