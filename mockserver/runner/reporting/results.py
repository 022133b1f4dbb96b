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

from mockserver.contract.findings import LEVELS, Finding, Level
from mockserver.contract.judgement import OUTCOMES, Judgement, Outcome
from mockserver.contract.recording import Report
from mockserver.contract.rules.book import load_book
from mockserver.core.wire import Exchange
from mockserver.errors import Problem
from mockserver.runner.reporting.baseline import NO_BASELINE, Accepted, Baseline, anywhere
from mockserver.runner.reporting.mending import mend

UNASKED: Final = (401, 429)
"""Answers that say nothing about the operation that was called."""

NOTHING: Final = Report((), 0, {})


@dataclass(frozen=True, slots=True)
class Checked:
    """One recording, judged; or as much of it as could be read."""

    file: str
    kind: str = ""
    """`har`, `cassette`, `journal`; empty where nobody can say."""
    measured: bool = True
    """Whether its times were measured."""
    report: Report = NOTHING
    unanswered: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Entries left out, by reason."""
    incomplete: Mapping[str, int] = field(default_factory=dict)
    """What the recorder did not keep, by reason."""
    problems: tuple[Problem, ...] = ()
    """Why it could not be read, or not to its end."""
    again: str = ""
    """The command that judges it again."""
    exchanges: Iterable[Exchange] = field(default=(), repr=False, compare=False)
    """The recording itself, to be read once more."""
    shown: Callable[[str], str] = field(default=str, repr=False, compare=False)
    """Takes the secrets out of a text of the recording."""

    @property
    def judged(self) -> int:
        """Answers that the contract knows of."""
        return sum(each.counts.judged for each in self.report.judgements)


@dataclass(frozen=True, slots=True)
class Group:
    """Findings alike."""

    file: str
    vendor: str
    era: str
    findings: tuple[Finding, ...]
    kind: str
    """The rule's kind."""
    rerun: str
    is_conduct: bool = False
    counts: bool = False
    """Whether it makes the exit code 1."""
    accepted: Accepted | None = None
    """The baseline's entry that accepts it."""
    expired: Accepted | None = None
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
    def places(self) -> int:
        """At how many places of the recording they stand, as far as that is known."""
        return len({each.spot for each in self.findings if each.spot.line})

    @property
    def resources(self) -> tuple[str, ...]:
        """The jobs they are about."""
        return tuple(dict.fromkeys(each.resource for each in self.findings if each.resource))

    @property
    def again(self) -> str:
        """The command that judges it again."""
        return self.finding.rerun or self.rerun

    @property
    def where(self) -> str:
        """The place they have in common."""
        return anywhere(self.finding.where)

    @property
    def mend(self) -> str:
        """What to do about it."""
        return mend(self.finding, self.kind)

    @property
    def fingerprint(self) -> str:
        """The same from recording to recording: made of the rule and the place, not of ids or times."""
        kind = self.finding.resource.partition(" ")[0]
        parts = (self.vendor, self.finding.rule, self.finding.operation, self.where, kind)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]

    def entry(self, reason: str, expires: str) -> Accepted:
        """What accepts it: any job of the kind."""
        kind, named, _ = self.finding.resource.partition(" ")
        return Accepted(
            self.finding.rule,
            reason,
            expires,
            self.vendor,
            f"{kind} *" if named else "*",
            self.finding.operation or "*",
            self.where or "*",
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """What the exit code depends on besides the findings."""

    fail_on: Level = "error"
    conduct_fails: bool = False
    baseline: Baseline = NO_BASELINE

    def weigh(self, finding: Finding, is_conduct: bool) -> bool:
        """Whether a finding that nobody has accepted counts."""
        return self.conduct_fails if is_conduct else LEVELS.index(finding.level) <= LEVELS.index(self.fail_on)


class Sum(NamedTuple):
    """How many of something, and in how many groups."""

    groups: int
    findings: int


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that the formats tell."""

    checked: tuple[Checked, ...]
    groups: tuple[Group, ...]
    terms: Terms = Terms()

    @property
    def findings(self) -> tuple[Group, ...]:
        """What servers did wrong and nobody has accepted."""
        return tuple(each for each in self.groups if not each.is_conduct and each.accepted is None)

    @property
    def conduct(self) -> tuple[Group, ...]:
        """What clients did, and nobody has accepted."""
        return tuple(each for each in self.groups if each.is_conduct and each.accepted is None)

    @property
    def accepted(self) -> tuple[Group, ...]:
        """What the baseline accepts."""
        return tuple(group for group, _ in self.acceptances)

    @property
    def acceptances(self) -> Iterator[tuple[Group, Accepted]]:
        """What the baseline accepts, each with its entry."""
        return ((each, each.accepted) for each in self.groups if each.accepted is not None)

    @property
    def unused(self) -> tuple[Accepted, ...]:
        """The baseline's entries that nothing was found for."""
        met = {entry for each in self.groups for entry in (each.accepted, each.expired)}
        return tuple(entry for entry in self.terms.baseline.entries if entry not in met)

    @property
    def judgements(self) -> Iterator[tuple[Checked, Judgement]]:
        """Every judgement with its recording."""
        return ((each, judgement) for each in self.checked for judgement in each.report.judgements)

    @property
    def calls(self) -> int:
        """Exchanges of all recordings."""
        return sum(each.report.exchanges for each in self.checked)

    @property
    def judged(self) -> int:
        """How many of them have an answer that the contract knows of."""
        return sum(each.judged for each in self.checked)

    def tally(self) -> Mapping[Outcome, int]:
        """How many verdicts there are of each outcome."""
        tallies = [judgement.tally() for _, judgement in self.judgements]
        return {outcome: sum(each[outcome] for each in tallies) for outcome in OUTCOMES}

    def sum(self, level: Level) -> Sum:
        """How many findings of a level nobody has accepted."""
        return total(each for each in self.findings if each.finding.level == level)

    @property
    def exit_code(self) -> int:
        """2 where a file was unusable, else 1 where a group counts, else 3 without evidence, else 0."""
        if any(each.problems for each in self.checked):
            return 2
        if any(each.counts for each in self.groups):
            return 1
        return 3 if self.lacking() else 0

    @property
    def why(self) -> str:
        """The exit code in words."""
        code = self.exit_code
        if code == 2:
            return "a file could not be read, or not to its end"
        if code == 1:
            insisted = " (and the client's conduct)" if self.terms.conduct_fails else ""
            return f"findings at level {self.terms.fail_on} or above{insisted}"
        if code == 3:
            return "inconclusive: " + "; ".join(self.lacking())
        return (
            "nothing was found at level " + self.terms.fail_on + (" or above" if self.terms.fail_on != "error" else "")
        )

    def lacking(self) -> tuple[str, ...]:
        """Why what was seen proves nothing; empty where it proves something."""
        found = [f"{each.file}: {reason}" for each in self.checked if (reason := _lack(each))]
        if not found and self.checked and self._never_ended():
            found = ["no job was seen in a terminal state, so nothing is known of how jobs end"]
        return tuple(found or ([] if self.checked else ["there was nothing to check"]))

    def _never_ended(self) -> bool:
        """Whether there were jobs, and not one of them was seen to end."""
        ends = [each for _, judgement in self.judgements for each in _ends(judgement)]
        return bool(ends) and True not in ends


def _ends(judgement: Judgement) -> Iterator[bool]:
    """Of each job whether it surely ended, and of each kind of job whether a terminal state of it was seen."""
    book = load_book(judgement.vendor, judgement.era)
    rules = {rule.id for rule in book.of("ends")}
    yield from (verdict.outcome == "ok" for verdict in judgement.verdicts if verdict.rule in rules)
    for each in judgement.coverage:
        resource = book.resources[each.kind]
        yield not set(resource.names(resource.terminal)).isdisjoint(each.seen)


def _lack(checked: Checked) -> str:
    """Why a recording proves nothing by itself."""
    if not checked.report.exchanges:
        return "there are no calls in it"
    if not checked.judged:
        return "no answer in it is one that the contract speaks of"
    statuses = {status for each in checked.report.judgements for status in each.counts.statuses}
    if statuses and statuses.issubset(UNASKED):
        return f"every answer was {' or '.join(map(str, sorted(statuses)))}"
    tallies = [each.tally() for each in checked.report.judgements]
    return "" if any(each["ok"] or each["violated"] for each in tallies) else "no rule found what it speaks of"


def total(groups: Iterator[Group]) -> Sum:
    """Groups, and the findings in them."""
    counts = [each.count for each in groups]
    return Sum(len(counts), sum(counts))


def results(checked: tuple[Checked, ...], terms: Terms) -> Results:
    """Group what was found; by file, then the worst first."""
    groups: list[Group] = []
    for each in checked:
        mine = (group for judgement in each.report.judgements for group in _groups(each, judgement, terms))
        groups += sorted(mine, key=lambda group: (group.is_conduct, LEVELS.index(group.finding.level)))
    return Results(checked, tuple(groups), terms)


def _groups(checked: Checked, judgement: Judgement, terms: Terms) -> Iterator[Group]:
    kinds = {rule.id: rule.kind for rule in load_book(judgement.vendor, judgement.era).rules}
    for is_conduct, findings in ((False, judgement.findings), (True, judgement.conduct)):
        for alike, entry in _alike(findings, judgement.vendor, terms.baseline):
            good = entry is not None and terms.baseline.good(entry)
            yield Group(
                checked.file,
                judgement.vendor,
                judgement.era,
                alike,
                kinds.get(alike[0].rule, ""),
                checked.again,
                is_conduct,
                counts=not good and terms.weigh(alike[0], is_conduct),
                accepted=entry if good else None,
                expired=None if good else entry,
            )


def _alike(
    findings: Iterable[Finding], vendor: str, baseline: Baseline
) -> Iterator[tuple[tuple[Finding, ...], Accepted | None]]:
    """Findings alike, with the baseline's entry about them, good or over."""
    alike: dict[tuple[str, str, str, str, Accepted | None], list[Finding]] = {}
    for finding in findings:
        entry = baseline.find(vendor, finding)
        key = (finding.level, finding.rule, finding.operation, anywhere(finding.where), entry)
        alike.setdefault(key, []).append(finding)
    return ((tuple(group), entry) for (*_, entry), group in alike.items())
