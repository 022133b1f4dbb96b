"""The HTML report: one self-contained page with the verdict, each finding with its story, and each job's timeline.

The page loads and runs nothing (its content security policy forbids it), and every text of a recording is escaped.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from mockserver import __version__
from mockserver.contract.findings import LEVELS
from mockserver.core.text import pluralize
from mockserver.runner.reports.checks.baseline import BaselineEntry
from mockserver.runner.reports.checks.html_timeline import render_job
from mockserver.runner.reports.checks.job_tracks import job_tracks, parse_story_line
from mockserver.runner.reports.checks.locations import short_location
from mockserver.runner.reports.checks.results import CheckedRecording, CheckReport, FindingGroup, FindingTotals
from mockserver.runner.reports.checks.text import MAX_NAMED, group_facts, largest_counts
from mockserver.runner.reports.escape import html_text as escaped

MAX_GROUPS: Final = 200
"""Groups of findings in each section."""
_CONTENT_SECURITY_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_LEVEL_TITLES: Final = {"error": "errors", "warning": "warnings", "info": "info"}
_CODE_WORD: Final = re.compile(r"\S*(?:[_/.]\w|[a-z][A-Z])")
"""A first word that names a field, a path or a value, so that it is not capitalized."""
_CODE_FACTS: Final = ("call", "where", "place", "found", "observed", "rule", "rerun")
"""Facts that are set as code."""


def html_report(results: CheckReport, progress: Callable[[str], None] = lambda _: None) -> bytes:
    """Return the whole page in UTF-8."""
    stylesheet = Path(__file__).with_name("html_report.css").read_text(encoding="utf-8")
    measured = {each.file: each.has_measured_times for each in results.recordings}
    jobs = [render_job(track, measured[track.file]) for track in job_tracks(results, progress)]
    if jobs:
        jobs.insert(0, "<h2 id=jobs>Jobs <small>the states that each showed over time</small></h2>")
    parts = (
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>",
        f'<meta http-equiv=Content-Security-Policy content="{_CONTENT_SECURITY_POLICY}">',
        '<meta name=viewport content="width=device-width, initial-scale=1">',
        '<meta name=color-scheme content="light dark">',
        f"<title>{escaped(_page_title(results))}</title>\n<style>{stylesheet}</style>\n<main>",
        *_page_header(results),
        *_findings_section("Findings", "findings", results.findings),
        *jobs,
        *_findings_section("Conduct", "conduct", results.conduct, "by the client, apart from the findings"),
        *_accepted_section(results),
        *_recordings_section(results),
        f"<footer>videojob-mockserver {__version__}</footer>\n</main>\n</html>\n",
    )
    return "\n".join(parts).encode("utf-8")


def _page_title(results: CheckReport) -> str:
    match results.exit_code:
        case 0:
            return "No findings"
        case 1:
            failing = FindingTotals.of(each for each in results.groups if each.is_failing)
            return pluralize(failing.findings, "finding")
        case 2:
            return "A recording could not be read"
        case _:
            return "Inconclusive"


def _page_header(results: CheckReport) -> Iterator[str]:
    code, reason = results.exit_verdict
    yield f"<header><div class='verdict tone-{code}'><div class=brand>mockserver check</div>"
    yield f"<h1>{escaped(_page_title(results))}</h1><p class=why>exit {code}: {escaped(reason)}</p></div>"
    yield "<ul class=tiles>"
    yield from (_count_tile(level, _LEVEL_TITLES[level], results.totals_at(level)) for level in LEVELS)
    yield _count_tile("info", "conduct", FindingTotals.of(results.conduct))
    yield f"<li><b>{results.judged_count}</b><span>of {pluralize(results.exchange_count, 'call')} judged</span></li>"
    yield f"<li class=fine><b>{results.verdict_counts()['ok']}</b><span>rules kept</span></li></ul></header>"


def _count_tile(tone: str, title: str, totals: FindingTotals) -> str:
    if totals.findings > totals.groups:
        title += f" in {pluralize(totals.groups, 'group')}"
    css_class = f" class={tone}" if totals.findings else ""
    return f"<li{css_class}><b>{totals.findings}</b><span>{title}</span></li>"


def _findings_section(title: str, anchor: str, groups: tuple[FindingGroup, ...], note: str = "") -> Iterator[str]:
    if not groups:
        return
    yield f"<h2 id={anchor}>{title} <small>{note}</small></h2>"
    yield from map(_group_article, groups[:MAX_GROUPS])
    if len(groups) > MAX_GROUPS:
        more = pluralize(len(groups) - MAX_GROUPS, "more group")
        yield f"<p class=why>and {more}: the JSON report has them all</p>"


def _group_article(group: FindingGroup) -> str:
    finding = group.finding
    tags = [f"<span class='tag tone'>{finding.level} {escaped(finding.rule)}</span>"]
    if group.count > 1:
        tags.append(f"<span class=times>&times;{group.count}</span>")
    tags += [f"<span class=tag>{escaped(name)}</span>" for name in group.resources[:MAX_NAMED]]
    if len(group.resources) > MAX_NAMED:
        tags.append(f"<span class=tag>and {len(group.resources) - MAX_NAMED} more</span>")
    story = ""
    for line, spot in finding.story_lines:
        call = parse_story_line(line)
        time = escaped(call.when)
        if call.duration:
            time += f" <span class=arrow>({escaped(call.duration)})</span>"
        answer = f"<span class=answer>{escaped(call.answer)}</span>"
        location = short_location(spot)
        if location is not None:
            answer += f" <span class=place>{escaped(location)}</span>"
        text = f"{escaped(call.call)} <span class=arrow>&rarr;</span> {answer}"
        story += f"<li><span class=when>{time}</span><span class=call>{text}</span></li>"
    if story:
        story = f"<ol class=story>{story}</ol>"
    rows = ""
    for name, value in group_facts(group):
        # The tags name the jobs already.
        if name == "job":
            continue
        text = escaped(value)
        if name in _CODE_FACTS:
            text = f"<code>{text}</code>"
        rows += f"<dt>{name}</dt><dd>{text}</dd>"
    heading = finding.message
    if not _CODE_WORD.match(heading):
        heading = heading[:1].upper() + heading[1:]
    return (
        f"<article class='finding {finding.level}'><div class=tags>{''.join(tags)}</div>"
        f"<h3>{escaped(heading)}</h3>{story}<dl>{rows}</dl></article>"
    )


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
    yield "of no known vendor", largest_counts(recording.report.foreign_calls)
    for judgement in recording.report.judgements:
        counts = judgement.counts
        yield "contract", f"{judgement.vendor}@{judgement.era}: {judgement.chosen}"
        yield "judged", f"{counts.judged} of {pluralize(counts.exchanges, 'answer')}, {pluralize(counts.jobs, 'job')}"
        yield "rules", ", ".join(f"{number} {outcome}" for outcome, number in judgement.count_outcomes().items())
        yield "unknown", largest_counts({**counts.unknown_hosts, **counts.unknown_calls})
        for coverage in judgement.coverage:
            text = f"seen {', '.join(coverage.seen) or 'in no state'}"
            if coverage.unseen:
                text += f"; never {', '.join(coverage.unseen)}"
            yield coverage.kind, text
