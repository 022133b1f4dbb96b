"""The result of a check: findings grouped, accepted by a baseline or failing, and the exit code.

Theory of operation. Findings of one file that differ only in the job, the value or a list index are one group, shown
once with its count. A group *fails* the check if its level is at or above `fail_on` and no current entry of the
baseline accepts it; client conduct fails only with `conduct_fails`. Without a failing group the exit code depends on
evidence: a recording in which nothing could be judged proves nothing.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mockserver.contract.eras.recording import RecordingReport
from mockserver.contract.findings import LEVELS, Finding, Level, mask_indexes
from mockserver.contract.judgement import RULE_OUTCOMES, Judgement, RuleOutcome
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.core.wire import Exchange
from mockserver.errors import Problem
from mockserver.runner.reports.checks.advice import advice_for
from mockserver.runner.reports.checks.baseline import NO_BASELINE, Baseline, BaselineEntry

UNINFORMATIVE_STATUSES: Final = (401, 429)
"""Statuses that are no evidence about the operation that was called."""
EMPTY_REPORT: Final = RecordingReport((), 0, {})


def _unchanged(exchange: Exchange) -> Exchange:
    return exchange


@dataclass(frozen=True, slots=True)
class CheckedRecording:
    """One recording, judged as far as it could be read."""

    file: str
    kind: str | None = None
    """`har`, `cassette`, `journal`, or of live traffic `proxy`, `live`, `fuzz`; None if it was not recognized."""
    recorder: str | None = None
    """The program in whose dialect a recording is written, such as `go-vcr`; None for the format's own."""
    has_measured_times: bool = True
    report: RecordingReport = EMPTY_REPORT
    unanswered: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Counts of ignored entries by reason."""
    incomplete: Mapping[str, int] = field(default_factory=dict)
    """Counts of what the recorder did not keep, by reason."""
    problems: tuple[Problem, ...] = ()
    """Why it could not be read, or not to its end."""
    rerun: str = ""
    """The command that judges it again; empty if there is none."""
    exchanges: Iterable[Exchange] = field(default=(), repr=False, compare=False)
    """The recording itself, to be read once more for the timelines."""
    redact: Callable[[str], str] = field(default=str, repr=False, compare=False)
    """Removes the secrets from a text of the recording."""
    redact_exchange: Callable[[Exchange], Exchange] = field(default=_unchanged, repr=False, compare=False)
    """Removes the secrets from an exchange."""

    @property
    def judged_count(self) -> int:
        """Number of answers to operations of the contract."""
        return sum(each.counts.judged for each in self.report.judgements)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGroup:
    """Findings of one file that differ only in the job, the value or a list index."""

    file: str
    vendor: str
    era: str
    findings: tuple[Finding, ...]
    rule_kind: str | None
    """The rule's kind; None for a rule of no rule set."""
    recording_rerun: str
    is_conduct: bool = False
    is_failing: bool = False
    """True if the group makes the exit code 1."""
    accepted_by: BaselineEntry | None = None
    """The current entry of the baseline that accepts it."""
    expired_entry: BaselineEntry | None = None
    """The entry that accepted it until its last day."""

    @property
    def finding(self) -> Finding:
        """The finding that is shown: the first with a story, else the first."""
        return next((each for each in self.findings if each.story), self.findings[0])

    @property
    def count(self) -> int:
        """Number of findings."""
        return len(self.findings)

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
        if self.finding.resource is None:
            return None
        return self.finding.resource.partition(" ")[0]

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
        parts = (self.vendor, self.finding.rule, self.finding.operation or "", self.where, self.job_kind or "")
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]

    def to_baseline_entry(self, reason: str, expires: str) -> BaselineEntry:
        """Return the entry that accepts the group, for any job of the kind."""
        return BaselineEntry(
            rule=self.finding.rule,
            reason=reason,
            expires=expires,
            vendor=self.vendor,
            resource="*" if self.job_kind is None else f"{self.job_kind} *",
            operation=self.finding.operation or "*",
            where=self.where or "*",
        )


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
        used = {entry for each in self.groups for entry in (each.accepted_by, each.expired_entry)}
        return tuple(entry for entry in self.policy.baseline.entries if entry not in used)

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
        return FindingTotals.of(each for each in self.findings if each.finding.level == level)

    @property
    def exit_verdict(self) -> ExitVerdict:
        """2 if a file was unusable, else 1 if a group fails, else 3 without evidence, else 0; with the reason."""
        fail_on = self.policy.fail_on
        if not self.is_written:
            return ExitVerdict(2, "a file could not be written")
        unread = [each for each in self.recordings if each.problems]
        if any(each.report.exchanges for each in unread):
            return ExitVerdict(2, "a file could not be read to its end")
        if unread:
            return ExitVerdict(2, "a file could not be read")
        if any(each.is_failing for each in self.groups):
            reason = f"findings at level {fail_on} or above"
            if self.policy.conduct_fails:
                reason += " (or client conduct)"
            return ExitVerdict(1, reason)
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
        reasons = [(each.file, _recording_lacks(each)) for each in self.recordings]
        lacks = [f"{file}: {reason}" for file, reason in reasons if reason is not None]
        # For each job if it certainly ended, and for each kind of job if a terminal state of it was seen.
        sightings: list[bool] = []
        for _, judgement in self.judgements:
            rule_set = load_rule_set(judgement.vendor, judgement.era)
            end_rules = {rule.id for rule in rule_set.of_kinds("ends")}
            sightings += [each.outcome == "ok" for each in judgement.verdicts if each.rule in end_rules]
            for coverage in judgement.coverage:
                states = rule_set.resources[coverage.kind].states
                sightings.append(not set(states.names_of(states.terminal)).isdisjoint(coverage.seen))
        if not lacks and sightings and not any(sightings):
            lacks.append("no job reached a terminal state")
        return tuple(lacks)


def _recording_lacks(recording: CheckedRecording) -> str | None:
    """Return why a recording proves nothing by itself."""
    if not recording.report.exchanges:
        return "the recording has no calls; was it saved before the requests were made, or with a filter?"
    if recording.unanswered == recording.report.exchanges:
        return "no call has an answer"
    if not recording.judged_count:
        return "no answer belongs to an operation of the contract"
    statuses = {status for each in recording.report.judgements for status in each.counts.statuses}
    if statuses and statuses.issubset(UNINFORMATIVE_STATUSES):
        return f"every answer was {' or '.join(map(str, sorted(statuses)))}"
    counts = [each.count_outcomes() for each in recording.report.judgements]
    if not any(each["ok"] or each["violated"] for each in counts):
        return "no rule applies to its calls"
    return None


def build_report(recordings: tuple[CheckedRecording, ...], policy: CheckPolicy) -> CheckReport:
    """Group the findings of all recordings: by file, then the worst first, conduct last."""
    groups: list[FindingGroup] = []
    for recording in recordings:
        own: list[FindingGroup] = []
        for judgement in recording.report.judgements:
            own += _group_judgement(recording, judgement, policy)
        groups += sorted(own, key=lambda group: (group.is_conduct, LEVELS.index(group.finding.level)))
    return CheckReport(recordings, tuple(groups), policy)


def _group_judgement(recording: CheckedRecording, judgement: Judgement, policy: CheckPolicy) -> Iterator[FindingGroup]:
    baseline = policy.baseline
    rule_kinds = {rule.id: rule.kind for rule in load_rule_set(judgement.vendor, judgement.era).rules}
    for is_conduct, findings in ((False, judgement.findings), (True, judgement.conduct)):
        grouped: dict[tuple[str, str, str | None, str, BaselineEntry | None], list[Finding]] = {}
        for finding in findings:
            # The entry is part of the key: of findings alike an entry may accept some jobs only.
            entry = baseline.find(judgement.vendor, finding)
            key = (finding.level, finding.rule, finding.operation, mask_indexes(finding.where), entry)
            grouped.setdefault(key, []).append(finding)
        for (_, rule, _, _, entry), members in grouped.items():
            is_accepted = entry is not None and baseline.is_current(entry)
            yield FindingGroup(
                file=recording.file,
                vendor=judgement.vendor,
                era=judgement.era,
                findings=tuple(members),
                rule_kind=rule_kinds.get(rule),
                recording_rerun=recording.rerun,
                is_conduct=is_conduct,
                is_failing=not is_accepted and policy.fails(members[0], is_conduct),
                accepted_by=entry if is_accepted else None,
                expired_entry=None if is_accepted else entry,
            )
