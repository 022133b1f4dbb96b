"""The text report: what was read, then each group of findings as one block, and the sum.

A block has the headline and the jobs, the story (calls with their times and answers), what was possible and what was
observed, the source of the rule, the advice, and the command that judges it again.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from mockserver.contract.findings import LEVELS, Finding, describe_briefly
from mockserver.contract.judgement import RuleOutcome
from mockserver.core.text import pluralize
from mockserver.runner.reports.checks.finding_group import FindingGroup
from mockserver.runner.reports.checks.locations import full_location, short_location
from mockserver.runner.reports.checks.recording_result import CheckedRecording
from mockserver.runner.reports.checks.results import MAX_NAMED, CheckReport, FindingTotals, first_names
from mockserver.runner.reports.escape import plain_line

OF_OTHER_VENDORS: Final = "of other vendors (judged, too, without --vendor)"
_LISTED_OUTCOMES: Final[tuple[RuleOutcome, ...]] = ("ok", "violated", "inconclusive")
_KIND_LABELS: Final = {
    "har": "HAR",
    "cassette": "cassette",
    "journal": "journal",
    "proxy": "proxied",
    "live": "live API",
    "fuzz": "fuzzed",
}


def text_report(results: CheckReport) -> str:
    """Return the whole report, without a line end at its end."""
    parts = ["\n".join(_recording_lines(each, results)) for each in results.recordings]
    parts += [group_block(each) for each in results.findings]
    if results.conduct:
        effect = "--conduct fail makes it fail the check"
        if results.policy.conduct_fails:
            effect = "it fails the check"
        parts.append(f"Client conduct, reported apart from the findings; {effect}.")
        parts += [group_block(each) for each in results.conduct]
    for lines in (list(_baseline_lines(results)), list(closing_lines(results))):
        if lines:
            parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _recording_lines(recording: CheckedRecording, results: CheckReport) -> Iterator[str]:
    report = recording.report
    label = _KIND_LABELS.get(recording.kind or "", "unreadable")
    if recording.recorder is not None:
        label += f" ({recording.recorder})"
    line = f"{plain_line(recording.file)}: {label}, {pluralize(report.exchanges, 'call')}"
    if recording.unanswered:
        line += f", {recording.unanswered} without an answer"
    yield line
    for problem in recording.problems:
        yield from (f"  {plain_line(problem_line)}" for problem_line in problem.text().split("\n"))
    yield from _count_lines("left out", recording.skipped)
    yield from _count_lines("not recorded", recording.incomplete)
    yield from _count_lines("of no known vendor", report.unknown_calls)
    yield from _count_lines(OF_OTHER_VENDORS, report.other_vendors)
    for judgement in report.judgements:
        counts = judgement.counts
        judged = f"{counts.judged} of {pluralize(counts.exchanges, 'answer')} judged, {pluralize(counts.jobs, 'job')}"
        yield f"  {judgement.vendor}@{judgement.era} ({plain_line(judgement.chosen)}): {judged}"
        yield from _count_lines("  other hosts", counts.unknown_hosts)
        yield from _count_lines("  calls of no operation in the contract", counts.unknown_calls)
        yield from _count_lines("  prefixes before a path of the contract", counts.path_prefixes)
        if counts.late:
            yield f"    too far out of order to be judged: {counts.late}"
        groups = (each for each in results.groups if (each.file, each.vendor) == (recording.file, judgement.vendor))
        unlisted = counts.repeated - sum(each.unkept_count for each in groups)
        if unlisted:
            yield f"    more findings like those below: {unlisted}"
        for coverage in judgement.coverage:
            seen = f"{coverage.kind} seen {', '.join(coverage.seen) or 'in no state'}"
            rest = f"; never {', '.join(coverage.unseen)}" if coverage.unseen else " (all states)"
            yield f"    {seen}{rest}"


def _count_lines(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    if counts:
        yield plain_line(f"  {title}: {largest_counts(counts)}")


def largest_counts(counts: Mapping[str, int]) -> str:
    """Return the largest counts by name: `a (7), b (2), 3 more`."""
    names = sorted(counts, key=lambda name: (-counts[name], name))
    texts = [f"{name} ({counts[name]})" for name in names[:MAX_NAMED]]
    if len(names) > MAX_NAMED:
        texts.append(f"{len(names) - MAX_NAMED} more")
    return ", ".join(texts)


def headline(group: FindingGroup) -> str:
    """Return level, rule, count and message in one line."""
    finding = group.finding
    subject = f"{group.level} {finding.rule}"
    if group.count > 1:
        subject += f" x{group.count}"
    return plain_line(f"{subject}: {finding.message}")


def group_block(group: FindingGroup) -> str:
    """Return the whole block of a group."""
    return "\n".join([headline(group), *(f"    {plain_line(line)}" for line in group_details(group))])


def group_details(group: FindingGroup) -> Iterator[str]:
    """Yield what follows the headline: the story, then the facts in columns."""
    yield from story_lines(group.finding)
    yield from (f"{name:<9} {value}" for name, value in group_facts(group))


def story_lines(finding: Finding) -> Iterator[str]:
    """Yield the lines of the story, with their places in the recording."""
    for line, spot in finding.story_lines:
        location = short_location(spot)
        yield line if location is None else f"{line}  ({location})"


def group_facts(group: FindingGroup) -> list[tuple[str, str]]:
    """Return the known facts about a group: (name, value)."""
    finding = group.finding
    place = full_location(group.file, finding.spot)
    if place is not None and group.place_count > 1:
        place += f" and {pluralize(group.place_count - 1, 'other place')}"
    share = group.share
    if share is not None and group.operations:
        share += f" of {first_names(group.operations)}"
    expired = None
    if group.expired_entry is not None:
        expired = f"the baseline accepted it: {group.expired_entry.description()}"
    facts = (
        ("job", first_names(group.resources)),
        # A story shows the call and where it went wrong.
        ("call", None if finding.story else first_names(group.example_calls)),
        ("where", None if finding.story or group.is_conduct else finding.where),
        ("place", place),
        ("share", share),
        ("found", finding.value),
        ("allowed", finding.allowed),
        ("possible", finding.possible),
        ("observed", finding.observed),
        ("source", finding.source),
        ("also", first_names([describe_briefly(each) for each in group.also])),
        ("fix", group.advice),
        ("rule", f"mockserver explain {finding.rule}"),
        ("expired", expired),
        ("rerun", group.rerun),
    )
    return [(name, value) for name, value in facts if value]


def _baseline_lines(results: CheckReport) -> Iterator[str]:
    baseline = results.policy.baseline
    if not baseline.file:
        return
    accepted = FindingTotals.of(results.accepted)
    yield f"{plain_line(baseline.file)}: {pluralize(accepted.findings, 'finding')} accepted"
    yield from (plain_line(f"  x{group.count} {entry.description()}") for group, entry in results.acceptances)
    for expired in dict.fromkeys(each.expired_entry for each in results.groups if each.expired_entry):
        yield plain_line(f"  expired, so it counts again: {expired.description()}")
    for unused in dict.fromkeys(results.unused_entries):
        yield plain_line(f"  matches no finding: {unused.description()}")


def closing_lines(results: CheckReport) -> Iterator[str]:
    """Yield the sum, and the exit code with its reason."""
    recordings = pluralize(len(results.recordings), "recording")
    calls = f"{pluralize(results.exchange_count, 'call')}, {results.judged_count} judged"
    totals = []
    for level in LEVELS:
        at_level = results.totals_at(level)
        text = f"{at_level.groups} info" if level == "info" else pluralize(at_level.groups, level)
        totals.append(_count_with_findings(text, at_level))
    conduct = FindingTotals.of(results.conduct)
    totals.append(_count_with_findings(f"conduct {conduct.groups}", conduct))
    yield f"{recordings}, {calls}: {', '.join(totals)}"
    counts = results.verdict_counts()
    yield "rule verdicts: " + ", ".join(f"{counts[outcome]} {outcome}" for outcome in _LISTED_OUTCOMES)
    code, reason = results.exit_verdict
    yield plain_line(f"exit {code}: {reason}")


def _count_with_findings(text: str, totals: FindingTotals) -> str:
    return f"{text} (x{totals.findings})" if totals.findings > totals.groups else text
