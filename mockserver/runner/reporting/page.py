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
from mockserver.core.counting import count
from mockserver.core.wire import Spot
from mockserver.runner.reporting.baseline import Accepted
from mockserver.runner.reporting.drawing import job
from mockserver.runner.reporting.escape import page as escaped
from mockserver.runner.reporting.places import brief
from mockserver.runner.reporting.results import Checked, Group, Results, Sum, total
from mockserver.runner.reporting.text import NAMED, facts, most
from mockserver.runner.reporting.timeline import courses, step

GROUPS: Final = 200
"""Groups of findings that are told."""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_NAME: Final = re.compile(r"\S*(?:[_/.]\w|[a-z][A-Z])")
"""A first word that is the name of a field, a path or a value: no letter of it is changed."""
_CODE: Final = ("call", "where", "place", "found", "observed", "rule", "again")


def page(results: Results, progress: Callable[[str], None] = lambda _: None) -> bytes:
    """The whole page, UTF-8."""
    parts = (
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>",
        f'<meta http-equiv=Content-Security-Policy content="{_POLICY}">',
        '<meta name=viewport content="width=device-width, initial-scale=1">',
        '<meta name=color-scheme content="light dark">',
        f"<title>{escaped(_title(results))}</title>\n<style>{_style()}</style>\n<main>",
        *_head(results),
        *_findings("Findings", "findings", results.findings),
        *_jobs(results, progress),
        *_findings("Conduct", "conduct", results.conduct, "what the client did, apart from the findings"),
        *_accepted(results),
        *_recordings(results),
        f"<footer>videojob-mockserver {__version__}</footer>\n</main>\n</html>\n",
    )
    return "\n".join(parts).encode("utf-8")


@cache
def _style() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def _title(results: Results) -> str:
    if results.exit_code == 1:
        findings = total(each for each in results.groups if each.counts).findings
        return f"{count(findings, 'finding')} to look at"
    return {0: "Nothing to mend", 2: "A recording could not be read"}.get(results.exit_code, "Nothing was proved")


def _head(results: Results) -> Iterator[str]:
    code = results.exit_code
    yield f"<header><div class='verdict tone-{code}'><div class=brand>mockserver check</div>"
    yield f"<h1>{escaped(_title(results))}</h1><p class=why>exit {code}: {escaped(results.why)}</p></div>"
    yield "<ul class=tiles>"
    for level in LEVELS:
        yield _tile(level, level if level == "info" else f"{level}s", results.sum(level))
    yield _tile("info", "conduct", total(iter(results.conduct)))
    yield f"<li><b>{results.judged}</b><span>of {count(results.calls, 'call')} judged</span></li>"
    yield f"<li class=fine><b>{results.tally()['ok']}</b><span>rules kept</span></li></ul></header>"


def _tile(tone: str, title: str, number: Sum) -> str:
    alike = f" in {count(number.groups, 'group')}" if number.findings > number.groups else ""
    return f"<li{f' class={tone}' if number.findings else ''}><b>{number.findings}</b><span>{title}{alike}</span></li>"


# Findings


def _findings(title: str, name: str, groups: tuple[Group, ...], what: str = "") -> Iterator[str]:
    if not groups:
        return
    yield f"<h2 id={name}>{title} <small>{what}</small></h2>"
    yield from (_finding(group) for group in groups[:GROUPS])
    if len(groups) > GROUPS:
        yield f"<p class=why>and {count(len(groups) - GROUPS, 'more group')}: the JSON report has them all</p>"


def _finding(group: Group) -> str:
    finding = group.finding
    times = f"<span class=times>&times;{group.count}</span>" if group.count > 1 else ""
    tags = "".join(f"<span class=tag>{escaped(each)}</span>" for each in group.resources[:NAMED])
    more = f"<span class=tag>and {len(group.resources) - NAMED} more</span>" if len(group.resources) > NAMED else ""
    story = "".join(starmap(_step, finding.steps))
    rows = "".join(_fact(name, value) for name, value in facts(group) if value and name != "job")
    return (
        f"<article class='finding {finding.level}'><div class=tags>"
        f"<span class='tag tone'>{finding.level} {escaped(finding.rule)}</span>{times}{tags}{more}</div>"
        f"<h3>{escaped(_sentence(finding.message))}</h3>"
        f"{f'<ol class=story>{story}</ol>' if story else ''}<dl>{rows}</dl></article>"
    )


def _sentence(text: str) -> str:
    """With a capital letter at its start, unless a field or a value stands there."""
    return text if _NAME.match(text) else text[:1].upper() + text[1:]


def _step(line: str, spot: Spot) -> str:
    told = step(line)
    place = f" <span class=place>{escaped(brief(spot))}</span>" if spot.line else ""
    took = f" <span class=arrow>({escaped(told.took)})</span>" if told.took else ""
    return (
        f"<li><span class=when>{escaped(told.when)}{took}</span><span class=call>{escaped(told.what)} "
        f"<span class=arrow>&rarr;</span> <span class=answer>{escaped(told.answer)}</span>{place}</span></li>"
    )


def _fact(name: str, value: str) -> str:
    told = f"<code>{escaped(value)}</code>" if name in _CODE else escaped(value)
    return f"<dt>{name}</dt><dd>{told}</dd>"


def _accepted(results: Results) -> Iterator[str]:
    baseline = results.terms.baseline
    if not baseline.file:
        return
    yield f"<h2>Accepted <small>by {escaped(baseline.file)}</small></h2><article><table>"
    yield "<tr><th>rule</th><th>finding</th><th class=n>times</th><th>reason</th><th>until</th></tr>"
    yield from (_accepted_row(entry, group.finding.message, group.count) for group, entry in results.acceptances)
    yield from (_accepted_row(entry, "nothing was found for it", 0) for entry in results.unused)
    yield "</table></article>"


def _accepted_row(entry: Accepted, found: str, times: int) -> str:
    left, right = _cells((entry.rule, found)), _cells((entry.reason, entry.expires))
    return f"<tr>{left}<td class=n>{times}</td>{right}</tr>"


def _cells(values: Iterable[str]) -> str:
    return "".join(f"<td>{escaped(value)}</td>" for value in values)


# Jobs and recordings


def _jobs(results: Results, progress: Callable[[str], None]) -> Iterator[str]:
    measured = {each.file: each.measured for each in results.checked}
    told = [job(course, measured[course.file]) for course in courses(results, progress)]
    if told:
        yield "<h2 id=jobs>Jobs <small>what each showed, and when</small></h2>"
        yield from told


def _recordings(results: Results) -> Iterator[str]:
    yield "<h2 id=recordings>Recordings</h2>"
    yield from map(_recording, results.checked)


def _recording(checked: Checked) -> str:
    told = "".join(f"<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>" for name, value in _read(checked) if value)
    kind = checked.kind or "not read"
    return f"<article><h3>{escaped(checked.file)} <span class=tag>{kind}</span></h3><dl>{told}</dl></article>"


def _read(checked: Checked) -> Iterator[tuple[str, str]]:
    """What is told of a recording, those that there is nothing to say of with an empty text."""
    yield "calls", f"{checked.report.exchanges}, {checked.unanswered} without an answer"
    yield from (("problem", problem.text()) for problem in checked.problems)
    yield "left out", most(checked.skipped)
    yield "not recorded", most(checked.incomplete)
    yield "strangers", most(checked.report.strangers)
    for judgement in checked.report.judgements:
        yield from _judged(judgement)


def _judged(judgement: Judgement) -> Iterator[tuple[str, str]]:
    counts = judgement.counts
    yield "contract", f"{judgement.vendor}@{judgement.era}: {judgement.chosen}"
    yield "judged", f"{counts.judged} of {count(counts.exchanges, 'answer')}, {count(counts.jobs, 'job')}"
    yield "rules", ", ".join(f"{number} {outcome}" for outcome, number in judgement.tally().items())
    yield "unknown", most({**counts.unknown_hosts, **counts.unknown_calls})
    yield from ((each.kind, _covered(each.seen, each.unseen)) for each in judgement.coverage)


def _covered(seen: tuple[str, ...], unseen: tuple[str, ...]) -> str:
    return f"seen {', '.join(seen) or 'in no state'}" + (f"; never {', '.join(unseen)}" if unseen else "")
