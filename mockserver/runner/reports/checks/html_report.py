"""The HTML report: one self-contained page with the verdict, each finding with its story, and each job's timeline.

The page loads and runs nothing (its content security policy forbids it), and every text of a recording is escaped.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from mockserver.contract.findings import LEVELS
from mockserver.core.text import pluralize
from mockserver.core.wire import SourcePosition
from mockserver.runner.reports.checks.baseline import BaselineEntry
from mockserver.runner.reports.checks.call_bodies import CallBodies
from mockserver.runner.reports.checks.finding_group import FindingGroup
from mockserver.runner.reports.checks.html_calls import render_bodies
from mockserver.runner.reports.checks.html_timeline import render_job
from mockserver.runner.reports.checks.job_tracks import ListedJob, RecordingJobs, parse_story_line, recording_jobs
from mockserver.runner.reports.checks.locations import short_location
from mockserver.runner.reports.checks.recording_result import CheckedRecording
from mockserver.runner.reports.checks.results import MAX_NAMED, CheckReport, FindingTotals
from mockserver.runner.reports.checks.text import OF_OTHER_VENDORS, group_facts, largest_counts
from mockserver.runner.reports.escape import html_text as escaped
from mockserver.runner.reports.html_page import html_page

BodiesByPlace = Mapping[tuple[str, SourcePosition], CallBodies]
"""The bodies of calls by file and place."""

MAX_GROUPS: Final = 200
"""Groups of findings in each section."""
_CODE_WORD: Final = re.compile(r"\S*(?:[_/.]\w|[a-z][A-Z])")
"""A first word that names a field, a path or a value, so that it is not capitalized."""
_CODE_FACTS: Final = ("call", "where", "place", "found", "observed", "rule", "rerun")
"""Facts that are set as code."""


def html_report(results: CheckReport, progress: Callable[[str], None] = lambda _: None) -> bytes:
    """Return the whole page in UTF-8."""
    jobs = list(recording_jobs(results, progress))
    bodies = {(each.recording.file, spot): found for each in jobs for spot, found in each.bodies.items()}
    parts = (
        *_page_header(results),
        *_findings_section("Findings", "findings", results.findings, bodies),
        *_jobs_section(jobs),
        *_findings_section("Conduct", "conduct", results.conduct, bodies, "by the client, apart from the findings"),
        *_accepted_section(results),
        *_recordings_section(results),
    )
    return html_page(_page_title(results), parts)


def _page_title(results: CheckReport) -> str:
    match results.exit_code:
        case 0:
            return "No findings"
        case 1:
            failing = FindingTotals.of(each for each in results.groups if each.is_failing)
            return pluralize(failing.findings, "finding")
        case 2 if results.is_written:
            return "A recording could not be read"
        case 2:
            return "A report could not be written"
        case _:
            return "Inconclusive"


def _page_header(results: CheckReport) -> Iterator[str]:
    code, reason = results.exit_verdict
    yield f"<header><div class='verdict tone-{code}'><div class=brand>mockserver check</div>"
    yield f"<h1>{escaped(_page_title(results))}</h1><p class=why>exit {code}: {escaped(reason)}</p></div>"
    yield "<ul class=tiles>"
    yield from (_count_tile(level, level, results.totals_at(level)) for level in LEVELS)
    yield _count_tile("info", "conduct", FindingTotals.of(results.conduct))
    yield f"<li><b>{results.judged_count}</b><span>of {pluralize(results.exchange_count, 'call')} judged</span></li>"
    yield f"<li class=fine><b>{results.verdict_counts()['ok']}</b><span>rules kept</span></li></ul></header>"


def _count_tile(tone: str, title: str, totals: FindingTotals) -> str:
    if title in ("error", "warning"):
        title = pluralize(totals.findings, title).partition(" ")[2]
    if totals.findings > totals.groups:
        title += f" in {pluralize(totals.groups, 'group')}"
    css_class = f" class={tone}" if totals.findings else ""
    return f"<li{css_class}><b>{totals.findings}</b><span>{title}</span></li>"


def _jobs_section(jobs: Sequence[RecordingJobs]) -> Iterator[str]:
    drawn = sum(len(each.tracks) for each in jobs)
    listed = [(each.recording.file, job) for each in jobs for job in each.listed]
    has_more = any(each.has_more for each in jobs)
    if not drawn and not listed:
        return
    note = "the states that each showed over time"
    if listed:
        total = f"{drawn + len(listed):,}"
        if has_more:
            total = f"more than {total}"
        note += f"; {drawn} of {total} are drawn: those with findings, then those with several calls"
    yield f"<h2 id=jobs>Jobs <small>{note}</small></h2>"
    for each in jobs:
        yield from (render_job(track, each.recording.has_measured_times) for track in each.tracks)
    if not listed:
        return
    yield f"<article><details><summary>{pluralize(len(listed), 'job')} without a timeline</summary><table>"
    yield "<tr><th>job</th><th>of</th><th class=n>calls</th><th>seen as</th><th>recording</th></tr>"
    # The items of a batch are one row, which can be opened.
    items: dict[tuple[str, str, str], list[ListedJob]] = {}
    for file, job in listed:
        if job.batch:
            items.setdefault((file, job.kind, job.batch), []).append(job)
        else:
            yield _listed_row(file, f"{escaped(job.kind)} <span class=mono>{escaped(job.job_id)}</span>", [job])
    for (file, kind, batch), jobs_of_batch in items.items():
        ids = "".join(f"<li class=mono>{escaped(each.job_id)}</li>" for each in jobs_of_batch)
        title = f"{pluralize(len(jobs_of_batch), kind)} of {batch}"
        yield _listed_row(file, f"<details><summary>{escaped(title)}</summary><ul>{ids}</ul></details>", jobs_of_batch)
    yield "</table>"
    if has_more:
        yield "<p class=why>Further jobs are not listed. The findings and the JSON report are of all jobs.</p>"
    yield "</details></article>"


def _listed_row(file: str, name: str, jobs: Sequence[ListedJob]) -> str:
    """Render one row of jobs without a timeline; `name` is markup."""
    words = dict.fromkeys(word for job in jobs for word in job.status_words)
    calls = sum(job.call_count for job in jobs)
    left = f"<td>{name}</td><td>{escaped(jobs[0].vendor)}</td><td class=n>{calls}</td>"
    return f"<tr>{left}<td>{escaped(', '.join(words) or 'in no state')}</td><td>{escaped(file)}</td></tr>"


def _findings_section(
    title: str, anchor: str, groups: tuple[FindingGroup, ...], bodies: BodiesByPlace, note: str = ""
) -> Iterator[str]:
    if not groups:
        return
    yield f"<h2 id={anchor}>{title} <small>{note}</small></h2>"
    yield from (_group_article(group, bodies) for group in groups[:MAX_GROUPS])
    if len(groups) > MAX_GROUPS:
        more = pluralize(len(groups) - MAX_GROUPS, "more group")
        yield f"<p class=why>and {more}: the JSON report has them all</p>"


def _group_article(group: FindingGroup, bodies: BodiesByPlace) -> str:
    finding = group.finding
    story = "".join(_story_row(line, spot, bodies.get((group.file, spot))) for line, spot in finding.story_lines)
    if story:
        story = f"<ol class=story>{story}</ol>"
    elif (group.file, finding.spot) in bodies:
        story = render_bodies(bodies[group.file, finding.spot])
    rows = ""
    for name, value in group_facts(group):
        # The tags name the jobs already.
        if name == "job":
            continue
        text = escaped(value)
        if name in _CODE_FACTS:
            # An arrow of two characters may be broken between them.
            text = f"<code>{text.replace(' -&gt; ', ' &rarr; ')}</code>"
        rows += f"<dt>{name}</dt><dd>{text}</dd>"
    heading = finding.message
    if not _CODE_WORD.match(heading):
        heading = heading[:1].upper() + heading[1:]
    return (
        f"<article class='finding {group.level}'><div class=tags>{''.join(_group_tags(group))}</div>"
        f"<h3>{escaped(heading)}</h3>{story}<dl>{rows}</dl></article>"
    )


def _group_tags(group: FindingGroup) -> Iterator[str]:
    yield f"<span class='tag tone'>{group.level} {escaped(group.finding.rule)}</span>"
    if group.count > 1:
        yield f"<span class=times>&times;{group.count}</span>"
    yield from (f"<span class=tag>{escaped(name)}</span>" for name in group.resources[:MAX_NAMED])
    if len(group.resources) > MAX_NAMED:
        yield f"<span class=tag>and {len(group.resources) - MAX_NAMED} more</span>"


def _story_row(line: str, spot: SourcePosition, bodies: CallBodies | None) -> str:
    """Render one call of a story: its time, what was sent and answered, its place, its bodies."""
    call = parse_story_line(line)
    time = escaped(call.when)
    if call.duration:
        time += f" <span class=arrow>({escaped(call.duration)})</span>"
    answer = f"<span class=answer>{escaped(call.answer)}</span>"
    location = short_location(spot)
    if location is not None:
        answer += f" <span class=place>{escaped(location)}</span>"
    text = f"{escaped(call.call)} <span class=arrow>&rarr;</span> {answer}"
    if bodies is not None:
        text += render_bodies(bodies)
    return f"<li><span class=when>{time}</span><span class=call>{text}</span></li>"


def _accepted_section(results: CheckReport) -> Iterator[str]:
    baseline = results.policy.baseline
    if not baseline.file:
        return
    yield f"<h2>Accepted <small>by {escaped(baseline.file)}</small></h2><article><table>"
    yield "<tr><th>rule</th><th>finding</th><th class=n>times</th><th>reason</th><th>until</th></tr>"
    for group, entry in results.acceptances:
        yield _accepted_row(entry, group.finding.message, group.count)
    yield from (_accepted_row(entry, "no finding matches it", 0) for entry in results.unused_entries)
    yield "</table></article>"


def _accepted_row(entry: BaselineEntry, message: str, count: int) -> str:
    left = f"<td>{escaped(entry.rule)}</td><td>{escaped(message)}</td>"
    right = f"<td>{escaped(entry.reason)}</td><td>{escaped(entry.expires)}</td>"
    return f"<tr>{left}<td class=n>{count}</td>{right}</tr>"


def _recordings_section(results: CheckReport) -> Iterator[str]:
    yield "<h2 id=recordings>Recordings</h2>"
    for recording in results.recordings:
        kind = recording.kind or "unreadable"
        heading = f"<h3>{escaped(recording.file)} <span class=tag>{kind}</span></h3>"
        facts = [(name, value) for name, value in _recording_facts(recording) if value]
        rows = "".join(f"<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>" for name, value in facts)
        yield f"<article>{heading}<dl>{rows}</dl></article>"


def _recording_facts(recording: CheckedRecording) -> Iterator[tuple[str, str]]:
    """Yield (name, value); an empty value is not shown."""
    yield "calls", f"{recording.report.exchanges}, {recording.unanswered} without an answer"
    yield from (("problem", problem.text()) for problem in recording.problems)
    yield "left out", largest_counts(recording.skipped)
    yield "not recorded", largest_counts(recording.incomplete)
    yield "of no known vendor", largest_counts(recording.report.unknown_calls)
    yield OF_OTHER_VENDORS, largest_counts(recording.report.other_vendors)
    for judgement in recording.report.judgements:
        counts = judgement.counts
        yield "contract", f"{judgement.vendor}@{judgement.era}: {judgement.chosen}"
        yield "judged", f"{counts.judged} of {pluralize(counts.exchanges, 'answer')}, {pluralize(counts.jobs, 'job')}"
        yield "rules", ", ".join(f"{number} {outcome}" for outcome, number in judgement.count_outcomes().items())
        yield "unknown", largest_counts({**counts.unknown_hosts, **counts.unknown_calls})
        yield "prefixes before a path of the contract", largest_counts(counts.path_prefixes)
        for coverage in judgement.coverage:
            text = f"seen {', '.join(coverage.seen) or 'in no state'}"
            if coverage.unseen:
                text += f"; never {', '.join(coverage.unseen)}"
            yield coverage.kind, text
