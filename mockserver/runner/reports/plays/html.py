"""The HTML report of plays: each that is not ok drawn over time, what was expected above what was answered."""

from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from textwrap import dedent
from typing import Final

from mockserver.core.text import pluralize
from mockserver.drawing.axis import TimeAxis
from mockserver.drawing.tracks import Track, track_html
from mockserver.runner.play.results import PlayOutcome, PlayResult, StepResult
from mockserver.runner.play.step_times import format_offset
from mockserver.runner.reports.checks.call_bodies import call_bodies
from mockserver.runner.reports.checks.html_calls import render_bodies
from mockserver.runner.reports.checks.html_timeline import LEGEND, call_marks, recorded_bands
from mockserver.runner.reports.escape import html_block
from mockserver.runner.reports.escape import html_text as escaped
from mockserver.runner.reports.html_page import html_page
from mockserver.runner.reports.plays.interleavings import answer_text
from mockserver.runner.reports.plays.tracks import PlayedJob, played_jobs
from mockserver.runner.reports.rerun import play_command

MAX_PLAYS: Final = 100
"""Plays that are drawn."""
MAX_JOBS: Final = 8
"""Jobs of one play that are drawn."""
MAX_LISTED: Final = 2_000
"""Plays without a failure that are listed."""
MAX_SOURCE_LINES: Final = 12
"""Lines of one step behind its first."""
_LEVELS: Final = {PlayOutcome.FAILED: "error", PlayOutcome.INCONCLUSIVE: "warning", PlayOutcome.OK: "fine"}


def plays_html(results: Sequence[PlayResult], exit_code: int) -> bytes:
    """Return the whole page in UTF-8."""
    failed = [result for result in results if result.outcome is PlayOutcome.FAILED]
    unclear = [result for result in results if result.outcome is PlayOutcome.INCONCLUSIVE]
    passed = [result for result in results if result.outcome is PlayOutcome.OK]
    title = "Every play is as expected"
    if failed:
        title = f"{pluralize(len(failed), 'play')} failed"
    elif unclear or not passed:
        title = "Nothing is proved"
    counts = ((failed, PlayOutcome.FAILED), (unclear, PlayOutcome.INCONCLUSIVE), (passed, PlayOutcome.OK))
    tiles = "".join(
        f"<li{f' class={_LEVELS[outcome]}' if some else ''}><b>{len(some)}</b><span>{outcome.value}</span></li>"
        for some, outcome in counts
    )
    steps = pluralize(sum(len(result.steps) for result in results), "step")
    header = (
        f"<header><div class='verdict tone-{exit_code}'><div class=brand>mockserver test</div><h1>{title}</h1>"
        f"<p class=why>exit {exit_code}: {pluralize(len(results), 'scenario')}, {steps}</p></div>"
        f"<ul class=tiles>{tiles}</ul></header>"
    )
    return html_page(title, [header, *drawn_section([*failed, *unclear]), *passed_section(passed)])


def drawn_section(results: Sequence[PlayResult]) -> Iterator[str]:
    """Yield the plays that are not ok, each drawn."""
    if not results:
        return
    note = ""
    if len(results) > MAX_PLAYS:
        note = f"{MAX_PLAYS} of {len(results)} are drawn: the JSON report has them all"
    yield f"<h2 id=plays>Plays <small>{note}</small></h2>"
    for result in results[:MAX_PLAYS]:
        yield from play_articles(result)


def play_articles(result: PlayResult) -> Iterator[str]:
    """Yield the card of a play; of an explored scenario, one for each order that is not as expected."""
    if result.exploration is None:
        yield play_article(result, result, "", play_command(result))
        return
    for each in (*result.exploration.failed, *result.exploration.inconclusive)[:MAX_PLAYS]:
        choices = escaped("; ".join(each.choices))
        yield play_article(result, each.result, choices, play_command(result, each.token))


def play_article(scenario: PlayResult, played: PlayResult, choices: str, command: str) -> str:
    """Render the card of one play; `choices` are those of its order."""
    level, name = _LEVELS[scenario.outcome], scenario.scenario.name
    jobs = played_jobs(played)
    drawn = "".join(job_drawing(job) for job in jobs[:MAX_JOBS])
    if len(jobs) > MAX_JOBS:
        drawn += f"<p class=why>{MAX_JOBS} of {len(jobs)} jobs are drawn</p>"
    reasons = "".join(f"<p>{escaped(failure)}</p>" for failure in played.failures)
    if not played.steps:
        reasons += "<p>the scenario has no <code>play</code>: nothing was checked</p>"
    facts = [("file", scenario.scenario.path), ("note", played.note or ""), ("rerun", command)]
    rows = "".join(f"<dt>{name}</dt><dd><code>{escaped(value)}</code></dd>" for name, value in facts if value)
    return (
        f"<article class='finding {level}'><div class=tags><span class='tag tone'>{scenario.outcome.value}</span>"
        f"<span class=tag>{escaped(scenario.era.pin)}</span><span class=tag>{escaped(name)}</span></div>"
        f"<h3>{escaped(scenario.scenario.title or name)}</h3>"
        f"{f'<p class=why>{choices}</p>' if choices else ''}{reasons}{drawn}"
        f"{step_table(played)}<dl>{rows}</dl></article>"
    )


def job_drawing(job: PlayedJob) -> str:
    """Draw a job: what was expected, and below it, on the same axis, what was answered."""
    marks = job.answered.marks
    start = job.answered.start
    axis = TimeAxis((mark.sent - start for mark in marks), by_time=job.answered.end > start)
    name = escaped(job.answered.name.strip())
    lanes: list[tuple[str, Track]] = []
    for title, track in (("expected", job.expected), ("answered", job.answered)):
        drawn_marks = list(call_marks(track.marks, track.start, by_time=axis.by_time))
        lanes.append((title, Track(recorded_bands(track), drawn_marks)))
    colors = {band.word: band.color for _, track in lanes for band in track.bands}
    legend = "".join(f"<span class=s-{color}><i></i>{escaped(word)}</span>" for word, color in colors.items())
    drawings = "".join(
        f"<div class=lane><span>{title}</span><div class=track>{track_html(track, axis)}</div></div>"
        for title, track in lanes
    )
    return (
        f"<h3 class=mono>{name}</h3><div class=scroll role=region aria-label='Timeline of {name}' tabindex=0>{drawings}"
        f"</div><div class=legend>{legend}{LEGEND}<span><i class=ring></i>not as expected</span></div>"
    )


def step_table(result: PlayResult) -> str:
    """Render the steps with what each expects, in the words of the file, and what was answered."""
    if not result.steps:
        return ""
    lines = result.scenario.text.splitlines()
    rows = "".join(step_row(step, result, lines) for step in result.steps)
    table = f"<table><tr><th>at</th><th>line</th><th>step</th><th>answered</th></tr>{rows}</table>"
    return f"<details class=calls open><summary>{pluralize(len(result.steps), 'step')}</summary>{table}</details>"


def step_row(step: StepResult, result: PlayResult, lines: Sequence[str]) -> str:
    """Render one step: its lines in the file, its answer, and what is wrong with it."""
    written = step_source(lines, step.step.line) or step.title
    answer = escaped(answer_text(step, result))
    problems = [*step.failures]
    if step.inconclusive:
        problems.append(f"inconclusive: {step.inconclusive}")
    tone = " class=broken" if problems else ""
    answer += "".join(f"<p>{escaped(problem)}</p>" for problem in problems)
    if step.exchange is not None:
        answer += render_bodies(call_bodies(step.exchange))
    left = f"<td>{escaped(format_offset(step.at))}</td><td class=n>{step.step.line}</td>"
    return f"<tr{tone}>{left}<td><pre class=written tabindex=0>{html_block(written)}</pre></td><td>{answer}</td></tr>"


def step_source(lines: Sequence[str], number: int) -> str:
    """Return the lines of the file that a step is written in, without their common indent; empty if it has none."""
    if not 0 < number <= len(lines):
        return ""
    first, *following = lines[number - 1 :]
    indent = len(first) - len(first.lstrip())
    deeper = takewhile(lambda line: line[: indent + 1].isspace() and line.strip(), following)
    return dedent("\n".join((first, *islice(deeper, MAX_SOURCE_LINES)))).strip()


def passed_section(results: Sequence[PlayResult]) -> Iterator[str]:
    """Yield the plays that are as expected, in a table."""
    if not results:
        return
    yield f"<h2 id=passed>As expected</h2><article><details><summary>{pluralize(len(results), 'play')}</summary><table>"
    yield "<tr><th>scenario</th><th>title</th><th>era</th><th class=n>steps</th></tr>"
    for result in results[:MAX_LISTED]:
        names = f"<td>{escaped(result.scenario.name)}</td><td>{escaped(result.scenario.title)}</td>"
        yield f"<tr>{names}<td>{escaped(result.era.pin)}</td><td class=n>{len(result.steps)}</td></tr>"
    yield "</table>"
    if len(results) > MAX_LISTED:
        yield f"<p class=why>and {pluralize(len(results) - MAX_LISTED, 'more play')}</p>"
    yield "</details></article>"
