"""The report for a person: what was read, then each group of findings as one block, and the sum.

A block has the verdict and the job, the story (calls with their times and answers), what could have been and what was
seen, who says otherwise, what to do, and the command that judges it again.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from mockserver.contract.findings import LEVELS, Finding
from mockserver.contract.judgement import Judgement, RuleOutcome
from mockserver.core.text import pluralize
from mockserver.runner.reports.checks.baseline import BaselineEntry
from mockserver.runner.reports.checks.locations import full_location, short_location
from mockserver.runner.reports.checks.results import CheckedRecording, CheckReport, FindingGroup, sum_groups
from mockserver.runner.reports.escape import plain_line

MAX_NAMED: Final = 4
"""Jobs, hosts and calls that are named; of the others the number."""
_LISTED_OUTCOMES: Final[tuple[RuleOutcome, ...]] = ("ok", "violated", "inconclusive")
_KIND_LABELS: Final = {
    "har": "HAR",
    "cassette": "VCR cassette",
    "journal": "journal",
    "proxy": "passed on",
    "live": "asked",
    "fuzz": "fuzzed",
}


def text_report(results: CheckReport) -> str:
    """The whole report, without a line end at its end."""
    parts = ["\n".join(_recording_lines(each)) for each in results.recordings]
    parts += [group_block(each) for each in results.findings]
    if results.conduct:
        insisted = "it counts" if results.policy.conduct_fails else "--conduct fail makes it count"
        parts.append(f"Conduct: what the client did, apart from the findings; {insisted}.")
        parts += [group_block(each) for each in results.conduct]
    parts += ["\n".join(lines) for lines in [list(_baseline_lines(results)), list(closing_lines(results))] if lines]
    return "\n\n".join(parts)


# What was read


def _recording_lines(recording: CheckedRecording) -> Iterator[str]:
    report = recording.report
    unanswered = f", {recording.unanswered} without an answer" if recording.unanswered else ""
    kind = _KIND_LABELS.get(recording.kind, "not read")
    yield f"{plain_line(recording.file)}: {kind}, {pluralize(report.exchanges, 'call')}{unanswered}"
    yield from (f"  {line}" for problem in recording.problems for line in map(plain_line, problem.text().split("\n")))
    yield from _count_lines("left out", recording.skipped)
    yield from _count_lines("not recorded", recording.incomplete)
    yield from _count_lines("of no vendor we know", report.foreign_calls)
    for judgement in report.judgements:
        yield from _judgement_lines(judgement)


def _judgement_lines(judgement: Judgement) -> Iterator[str]:
    counts = judgement.counts
    yield (
        f"  {judgement.vendor}@{judgement.era} ({plain_line(judgement.chosen)}): "
        f"{counts.judged} of {pluralize(counts.exchanges, 'answer')} judged, {pluralize(counts.jobs, 'job')}"
    )
    yield from _count_lines("  other hosts", counts.unknown_hosts)
    yield from _count_lines("  calls that the contract does not know", counts.unknown_calls)
    if counts.late:
        yield f"    too far out of order to be placed: {counts.late}"
    if counts.repeated:
        yield f"    more findings like those below: {counts.repeated}"
    for each in judgement.coverage:
        never = f"; never {', '.join(each.unseen)}" if each.unseen else ", all there are"
        yield f"    {each.kind} seen {', '.join(each.seen) or 'in no state'}{never}"


def _count_lines(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    if counts:
        yield plain_line(f"  {title}: {largest_counts(counts)}")


def largest_counts(counts: Mapping[str, int]) -> str:
    """The largest counts by name: `a (7), b (2), 3 more`."""
    names = sorted(counts, key=lambda name: (-counts[name], name))
    told = [f"{name} ({counts[name]})" for name in names[:MAX_NAMED]]
    return ", ".join(told + ([f"{len(names) - MAX_NAMED} more"] if len(names) > MAX_NAMED else []))


# A group of findings


def headline(group: FindingGroup) -> str:
    """The verdict in one line."""
    finding = group.finding
    times = f" x{group.count}" if group.count > 1 else ""
    return plain_line(f"{finding.level} {finding.rule}{times}: {finding.message}")


def group_block(group: FindingGroup) -> str:
    """A group at length."""
    return "\n".join([headline(group), *(f"    {plain_line(line)}" for line in group_details(group))])


def group_details(group: FindingGroup) -> Iterator[str]:
    """What follows the headline."""
    yield from story_lines(group.finding)
    yield from (f"{name:<9} {value}" for name, value in group_facts(group) if value)


def story_lines(finding: Finding) -> Iterator[str]:
    """The lines of the story, with their places in the recording."""
    yield from (f"{line}  ({short_location(spot)})" if spot.line else line for line, spot in finding.story_lines)


def group_facts(group: FindingGroup) -> Iterator[tuple[str, str]]:
    """The facts about a group with their names, those that there are not with an empty text."""
    finding = group.finding
    yield "job", join_resources(group.resources)
    yield "call", "" if finding.story else finding.call
    yield "where", "" if finding.story or group.is_conduct else finding.where
    yield "place", _place_fact(group)
    yield "found", finding.value
    yield "allowed", finding.allowed
    yield "possible", finding.possible
    yield "observed", finding.observed
    yield "source", finding.source
    yield "mend", group.advice
    yield "rule", f"mockserver explain {finding.rule}"
    yield (
        "expired",
        "" if group.expired_entry is None else f"the baseline accepted it {group.expired_entry.description()}",
    )
    yield "again", group.rerun


def _place_fact(group: FindingGroup) -> str:
    """Where the finding that is told stands, and how many other places there are."""
    told = full_location(group.file, group.finding.spot)
    return f"{told} and {pluralize(group.place_count - 1, 'other place')}" if told and group.place_count > 1 else told


def join_resources(resources: tuple[str, ...]) -> str:
    """The first jobs by name."""
    more = f" and {len(resources) - MAX_NAMED} more" if len(resources) > MAX_NAMED else ""
    return ", ".join(resources[:MAX_NAMED]) + more


# The end


def _baseline_lines(results: CheckReport) -> Iterator[str]:
    baseline = results.policy.baseline
    if not baseline.file:
        return
    accepted = sum_groups(iter(results.accepted))
    yield f"{plain_line(baseline.file)}: {pluralize(accepted.findings, 'finding')} accepted"
    yield from (plain_line(f"  x{group.count} {entry.description()}") for group, entry in results.acceptances)
    yield from _entry_lines(
        "expired, so it counts again", (each.expired_entry for each in results.groups if each.expired_entry)
    )
    yield from _entry_lines("nothing was found for", results.unused_entries)


def _entry_lines(title: str, entries: Iterable[BaselineEntry]) -> Iterator[str]:
    yield from (plain_line(f"  {title}: {entry.description()}") for entry in dict.fromkeys(entries))


def closing_lines(results: CheckReport) -> Iterator[str]:
    """The sum, and the exit code with its reason."""
    files = pluralize(len(results.recordings), "recording")
    yield f"{files}, {pluralize(results.exchange_count, 'call')}, {results.judged_count} judged: {', '.join(_level_totals(results))}"
    tally = results.verdict_counts()
    yield "rules on jobs and calls: " + ", ".join(f"{tally[outcome]} {outcome}" for outcome in _LISTED_OUTCOMES)
    yield plain_line(f"exit {results.exit_code}: {results.exit_reason}")


def _level_totals(results: CheckReport) -> Iterator[str]:
    for level in LEVELS:
        groups, findings = results.totals_at(level)
        told = pluralize(groups, level) if level != "info" else f"{groups} info"
        yield told + (f" (x{findings})" if findings > groups else "")
    conduct = sum_groups(iter(results.conduct))
    yield f"conduct {conduct.groups}" + (f" (x{conduct.findings})" if conduct.findings > conduct.groups else "")
