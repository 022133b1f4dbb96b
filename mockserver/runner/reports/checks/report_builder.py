"""Builds the report of a check: groups the findings of each recording, and asks the baseline about each.

Theory of operation. Findings of one file that are about one rule and one field are one group, over all calls and jobs,
shown once with its count and examples. A finding with others beside it (see `contract.judge.causes`) *fails* the check
if the level of any of them is at or above `fail_on` and no current entry of the baseline accepts that one; client
conduct fails only with `conduct_fails`.
"""

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from mockserver.contract.findings import LEVELS, Finding, mask_indexes
from mockserver.contract.judgement import Judgement
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.runner.reports.checks.baseline import BaselineEntry
from mockserver.runner.reports.checks.finding_group import FindingGroup, group_operation, job_kind_of
from mockserver.runner.reports.checks.recording_result import CheckedRecording
from mockserver.runner.reports.checks.results import CheckPolicy, CheckReport


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
