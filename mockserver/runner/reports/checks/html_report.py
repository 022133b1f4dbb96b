"""One HTML page that stands alone: the verdict, each finding with its story, and a timeline of each job.

It loads nothing and runs nothing (a content security policy says so), and every text of a recording is escaped.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import starmap
from pathlib import Path
from typing import Final

from mockserver import __version__
from mockserver.contract.findings import LEVELS
from mockserver.contract.judgement import Judgement
from mockserver.core.text import pluralize
from mockserver.core.wire import SourcePosition
from mockserver.runner.reports.checks.baseline import BaselineEntry
from mockserver.runner.reports.checks.html_timeline import render_job
from mockserver.runner.reports.checks.job_tracks import job_tracks, parse_story_line
from mockserver.runner.reports.checks.locations import short_location
from mockserver.runner.reports.checks.results import (
    CheckedRecording,
    CheckReport,
    FindingGroup,
    FindingTotals,
    sum_groups,
)
from mockserver.runner.reports.checks.text import MAX_NAMED, group_facts, largest_counts
from mockserver.runner.reports.escape import html_text as escaped

MAX_GROUPS: Final = 200
"""Groups of findings that are told."""
_CONTENT_SECURITY_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_CODE_WORD: Final = re.compile(r"\S*(?:[_/.]\w|[a-z][A-Z])")
"""A first word that is the name of a field, a path or a value: no letter of it is changed."""
_CODE_FACTS: Final = ("call", "where", "place", "found", "observed", "rule", "again")


def html_report(results: CheckReport, progress: Callable[[str], None] = lambda _: None) -> bytes:
    """The whole page, UTF-8."""
    parts = (
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>",
        f'<meta http-equiv=Content-Security-Policy content="{_CONTENT_SECURITY_POLICY}">',
        '<meta name=viewport content="width=device-width, initial-scale=1">',
        '<meta name=color-scheme content="light dark">',
        f"<title>{escaped(_page_title(results))}</title>\n<style>{_stylesheet()}</style>\n<main>",
        *_page_header(results),
        *_findings_section("Findings", "findings", results.findings),
        *_jobs_section(results, progress),
        *_findings_section("Conduct", "conduct", results.conduct, "what the client did, apart from the findings"),
        *_accepted_section(results),
        *_recordings_section(results),
        f"<footer>videojob-mockserver {__version__}</footer>\n</main>\n</html>\n",
    )
    return "\n".join(parts).encode("utf-8")


@cache
def _stylesheet() -> str:
    return Path(__file__).with_name("html_report.css").read_text(encoding="utf-8")


def _page_title(results: CheckReport) -> str:
    if results.exit_code == 1:
        findings = sum_groups(each for each in results.groups if each.is_failing).findings
        return f"{pluralize(findings, 'finding')} to look at"
    return {0: "Nothing to mend", 2: "A recording could not be read"}.get(results.exit_code, "Nothing was proved")


def _page_header(results: CheckReport) -> Iterator[str]:
    code = results.exit_code
    yield f"<header><div class='verdict tone-{code}'><div class=brand>mockserver check</div>"
    yield f"<h1>{escaped(_page_title(results))}</h1><p class=why>exit {code}: {escaped(results.exit_reason)}</p></div>"
    yield "<ul class=tiles>"
    for level in LEVELS:
        yield _count_tile(level, level if level == "info" else f"{level}s", results.totals_at(level))
    yield _count_tile("info", "conduct", sum_groups(iter(results.conduct)))
    yield f"<li><b>{results.judged_count}</b><span>of {pluralize(results.exchange_count, 'call')} judged</span></li>"
    yield f"<li class=fine><b>{results.verdict_counts()['ok']}</b><span>rules kept</span></li></ul></header>"


def _count_tile(tone: str, title: str, number: FindingTotals) -> str:
    alike = f" in {pluralize(number.groups, 'group')}" if number.findings > number.groups else ""
    return f"<li{f' class={tone}' if number.findings else ''}><b>{number.findings}</b><span>{title}{alike}</span></li>"


# Findings


def _findings_section(title: str, name: str, groups: tuple[FindingGroup, ...], what: str = "") -> Iterator[str]:
    if not groups:
        return
    yield f"<h2 id={name}>{title} <small>{what}</small></h2>"
    yield from (_group_article(group) for group in groups[:MAX_GROUPS])
    if len(groups) > MAX_GROUPS:
        yield f"<p class=why>and {pluralize(len(groups) - MAX_GROUPS, 'more group')}: the JSON report has them all</p>"


def _group_article(group: FindingGroup) -> str:
    finding = group.finding
    times = f"<span class=times>&times;{group.count}</span>" if group.count > 1 else ""
    tags = "".join(f"<span class=tag>{escaped(each)}</span>" for each in group.resources[:MAX_NAMED])
    more = (
        f"<span class=tag>and {len(group.resources) - MAX_NAMED} more</span>"
        if len(group.resources) > MAX_NAMED
        else ""
    )
    story = "".join(starmap(_story_item, finding.story_lines))
    rows = "".join(_fact_row(name, value) for name, value in group_facts(group) if value and name != "job")
    return (
        f"<article class='finding {finding.level}'><div class=tags>"
        f"<span class='tag tone'>{finding.level} {escaped(finding.rule)}</span>{times}{tags}{more}</div>"
        f"<h3>{escaped(_capitalized(finding.message))}</h3>"
        f"{f'<ol class=story>{story}</ol>' if story else ''}<dl>{rows}</dl></article>"
    )


def _capitalized(text: str) -> str:
    """With a capital letter at its start, unless a field or a value stands there."""
    return text if _CODE_WORD.match(text) else text[:1].upper() + text[1:]


def _story_item(line: str, spot: SourcePosition) -> str:
    told = parse_story_line(line)
    place = f" <span class=place>{escaped(short_location(spot))}</span>" if spot.line else ""
    took = f" <span class=arrow>({escaped(told.duration)})</span>" if told.duration else ""
    return (
        f"<li><span class=when>{escaped(told.when)}{took}</span><span class=call>{escaped(told.call)} "
        f"<span class=arrow>&rarr;</span> <span class=answer>{escaped(told.answer)}</span>{place}</span></li>"
    )


def _fact_row(name: str, value: str) -> str:
    told = f"<code>{escaped(value)}</code>" if name in _CODE_FACTS else escaped(value)
    return f"<dt>{name}</dt><dd>{told}</dd>"


def _accepted_section(results: CheckReport) -> Iterator[str]:
    baseline = results.policy.baseline
    if not baseline.file:
        return
    yield f"<h2>Accepted <small>by {escaped(baseline.file)}</small></h2><article><table>"
    yield "<tr><th>rule</th><th>finding</th><th class=n>times</th><th>reason</th><th>until</th></tr>"
    yield from (_accepted_row(entry, group.finding.message, group.count) for group, entry in results.acceptances)
    yield from (_accepted_row(entry, "nothing was found for it", 0) for entry in results.unused_entries)
    yield "</table></article>"


def _accepted_row(entry: BaselineEntry, message: str, times: int) -> str:
    left, right = _table_cells((entry.rule, message)), _table_cells((entry.reason, entry.expires))
    return f"<tr>{left}<td class=n>{times}</td>{right}</tr>"


def _table_cells(values: Iterable[str]) -> str:
    return "".join(f"<td>{escaped(value)}</td>" for value in values)


# Jobs and recordings


def _jobs_section(results: CheckReport, progress: Callable[[str], None]) -> Iterator[str]:
    measured = {each.file: each.has_measured_times for each in results.recordings}
    told = [render_job(course, measured[course.file]) for course in job_tracks(results, progress)]
    if told:
        yield "<h2 id=jobs>Jobs <small>what each showed, and when</small></h2>"
        yield from told


def _recordings_section(results: CheckReport) -> Iterator[str]:
    yield "<h2 id=recordings>Recordings</h2>"
    yield from map(_recording_article, results.recordings)


def _recording_article(recording: CheckedRecording) -> str:
    told = "".join(
        f"<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>" for name, value in _recording_facts(recording) if value
    )
    kind = recording.kind or "not read"
    return f"<article><h3>{escaped(recording.file)} <span class=tag>{kind}</span></h3><dl>{told}</dl></article>"


def _recording_facts(recording: CheckedRecording) -> Iterator[tuple[str, str]]:
    """What is told of a recording, those that there is nothing to say of with an empty text."""
    yield "calls", f"{recording.report.exchanges}, {recording.unanswered} without an answer"
    yield from (("problem", problem.text()) for problem in recording.problems)
    yield "left out", largest_counts(recording.skipped)
    yield "not recorded", largest_counts(recording.incomplete)
    yield "strangers", largest_counts(recording.report.foreign_calls)
    for judgement in recording.report.judgements:
        yield from _judgement_facts(judgement)


def _judgement_facts(judgement: Judgement) -> Iterator[tuple[str, str]]:
    counts = judgement.counts
    yield "contract", f"{judgement.vendor}@{judgement.era}: {judgement.chosen}"
    yield "judged", f"{counts.judged} of {pluralize(counts.exchanges, 'answer')}, {pluralize(counts.jobs, 'job')}"
    yield "rules", ", ".join(f"{number} {outcome}" for outcome, number in judgement.count_outcomes().items())
    yield "unknown", largest_counts({**counts.unknown_hosts, **counts.unknown_calls})
    yield from ((each.kind, _coverage_text(each.seen, each.unseen)) for each in judgement.coverage)


def _coverage_text(seen: tuple[str, ...], unseen: tuple[str, ...]) -> str:
    return f"seen {', '.join(seen) or 'in no state'}" + (f"; never {', '.join(unseen)}" if unseen else "")
