"""The result of a check: findings grouped, accepted by a baseline or failing, and the exit code.

Theory of operation. Findings of one file that are about one rule and one field are one group, over all calls and jobs,
shown once with its count and examples. A finding with others beside it (see `contract.judge.causes`) *fails* the check
if the level of any of them is at or above `fail_on` and no current entry of the baseline accepts that one; client
conduct fails only with `conduct_fails`. Without a failing group the exit code depends on evidence: a recording in which
nothing could be judged proves nothing.
"""

import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mockserver.contract.eras.recording import RecordingReport
from mockserver.contract.findings import LEVELS, Finding, Level, mask_indexes, sort_findings
from mockserver.contract.judgement import RULE_OUTCOMES, Judgement, RuleOutcome
from mockserver.contract.rules.kinds import SPAN_RULE_KINDS, STATE_RULE_KINDS
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange
from mockserver.errors import Problem
from mockserver.runner.reports.checks.advice import advice_for
from mockserver.runner.reports.checks.baseline import NO_BASELINE, Baseline, BaselineEntry

UNINFORMATIVE_STATUSES: Final = (401, 429)
"""Statuses that are no evidence about the operation that was called."""
TEMPORAL_KINDS: Final = frozenset({*SPAN_RULE_KINDS, *STATE_RULE_KINDS, "rate", "unmixed"})
"""Kinds of rule that only several answers together can break."""
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
        # A violation is proved, however the jobs end.
        is_proved = any(group.level != "info" and not group.is_conduct for group in self.groups)
        if not lacks and not is_proved and sightings and not any(sightings):
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
    """Group the findings of all recordings: by file, the worst first, temporal before others, conduct last."""
    groups: list[FindingGroup] = []
    for recording in recordings:
        own: list[FindingGroup] = []
        for judgement in recording.report.judgements:
            own += _group_judgement(recording, judgement, policy)
        groups += sorted(own, key=lambda each: (each.is_conduct, LEVELS.index(each.level), not each.is_temporal))
    return CheckReport(recordings, tuple(groups), policy)


class _Acceptance(NamedTuple):
    """How the baseline takes one finding with those beside it."""

    accepted_by: BaselineEntry | None
    expired_entry: BaselineEntry | None
    failing: tuple[Finding, ...]
    """Those that fail the check: no current entry accepts them."""
    matched_entries: frozenset[BaselineEntry]


def _group_judgement(recording: CheckedRecording, judgement: Judgement, policy: CheckPolicy) -> Iterator[FindingGroup]:
    rule_kinds = {rule.id: rule.kind for rule in load_rule_set(judgement.vendor, judgement.era).rules}
    unkept = {(each.rule, each.operation, each.where): each.number for each in judgement.unkept}
    answers = judgement.counts.answers
    for is_conduct, findings in ((False, judgement.findings), (True, judgement.conduct)):
        grouped: dict[Hashable, list[tuple[Finding, _Acceptance]]] = {}
        for finding in findings:
            taken = _accept(finding, judgement.vendor, policy, is_conduct)
            key = (
                *(finding.worst_level, finding.rule, group_operation(finding), mask_indexes(finding.where)),
                # Of findings alike an entry may accept some jobs only.
                *(job_kind_of(finding), taken.accepted_by, taken.expired_entry, bool(taken.failing)),
            )
            grouped.setdefault(key, []).append((finding, taken))
        for members in grouped.values():
            first, taken = members[0]
            operations = dict.fromkeys(each.operation for each, _ in members)
            where = mask_indexes(first.where)
            yield FindingGroup(
                file=recording.file,
                vendor=judgement.vendor,
                era=judgement.era,
                findings=tuple(each for each, _ in members),
                rule_kind=rule_kinds.get(first.rule),
                recording_rerun=recording.rerun,
                is_conduct=is_conduct,
                failing=tuple(failing for _, each in members for failing in each.failing),
                accepted_by=taken.accepted_by,
                expired_entry=taken.expired_entry,
                matched_entries=frozenset().union(*(each.matched_entries for _, each in members)),
                # Popped: of several groups alike, the first is said to have them.
                unkept_count=sum(unkept.pop((first.rule, operation, where), 0) for operation in operations),
                answer_counts={name: answers[name] for name in operations if name in answers},
            )


def _accept(finding: Finding, vendor: str, policy: CheckPolicy, is_conduct: bool) -> _Acceptance:
    """Return how the baseline takes a finding: accepted if it accepts everything about the fault that would fail."""
    entries = {each: policy.baseline.find(vendor, each) for each in finding.members}
    decisive = [each for each in finding.members if policy.fails(each, is_conduct)]
    accepting = {each: entry for each, entry in entries.items() if entry and policy.baseline.is_current(entry)}
    failing = tuple(each for each in decisive if each not in accepting)
    # A finding that fails nothing can be accepted as well.
    named = decisive[0] if decisive else finding
    is_accepted = named in accepting and not failing
    return _Acceptance(
        accepted_by=accepting[named] if is_accepted else None,
        expired_entry=None if is_accepted else next((e for f, e in entries.items() if f not in accepting and e), None),
        failing=failing,
        matched_entries=frozenset(entry for entry in entries.values() if entry),
    )
