"""The HTML report of a trial: one self-contained page, what caught something first."""

from collections.abc import Iterator

from mockserver.core.text import pluralize
from mockserver.runner.reports.escape import html_block, html_text
from mockserver.runner.reports.html_page import html_page
from mockserver.trial.results import TrialReport, TrialResult
from mockserver.trial.verdicts import TrialOutcome

_TONES = {TrialOutcome.SURVIVED: "info", TrialOutcome.NOT_REACHED: "warning", TrialOutcome.NOT_RUN: "warning"}
"""The level whose colours an outcome has; the others are errors."""


def trial_html(report: TrialReport, exit_code: int) -> bytes:
    """Return the whole page in UTF-8."""
    counts = report.counts()
    caught = sum(counts[outcome] for outcome in TrialOutcome if outcome.is_finding)
    title = f"{pluralize(caught, 'scenario')} caught something" if caught else "Nothing caught"
    tiles = "".join(
        f"<li class={_TONES.get(outcome, 'error')}><b>{counts[outcome]}</b><span>{outcome}</span></li>"
        for outcome in TrialOutcome
        if counts[outcome]
    )
    header = (
        f"<header><div class='verdict tone-{exit_code}'><div class=brand>mockserver trial</div><h1>{title}</h1>"
        f"<p class=why>exit {exit_code}: <code>{html_text(report.command)}</code></p></div>"
        f"<ul class=tiles>{tiles}</ul></header>"
    )
    return html_page(title, [header, *outcome_sections(report)])


def outcome_sections(report: TrialReport) -> Iterator[str]:
    """Yield the results by outcome, those that caught something first, and what was not tried."""
    for outcome in sorted(TrialOutcome, key=lambda each: not each.is_finding):
        results = [result for result in report.results if result.verdict.outcome is outcome]
        if results:
            yield f"<h2>{outcome.capitalize()}</h2>"
            yield from map(result_article, results)
    if report.untried:
        yield "<h2>Not tried</h2><article><table><tr><th>scenario</th><th>reason</th></tr>"
        for each in report.untried:
            yield f"<tr><td>{html_text(each.scenario.name)}</td><td>{html_text(each.obstacle)}</td></tr>"
        yield "</table></article>"


def result_article(result: TrialResult) -> str:
    """Render one result."""
    scenario = result.candidate.scenario
    reasons = "".join(f"<dt>because</dt><dd>{html_block(reason)}</dd>" for reason in result.verdict.reasons)
    folded = "".join(
        f"<details class=bodies><summary>{name}</summary><pre tabindex=0>{html_block(text)}</pre></details>"
        for name, text in (("story", "\n".join(result.story)), ("output", result.output))
        if text
    )
    tone = _TONES.get(result.verdict.outcome, "error")
    return (
        f"<article class='finding {tone}'><div class=tags><span class='tag tone'>{result.verdict.outcome}</span>"
        f"<span class=tag>{html_text(result.candidate.era.pin)}</span></div><h3>{html_text(scenario.name)}</h3>"
        f"<p>{html_text(scenario.title)}</p><dl><dt>catches</dt><dd>{html_text(scenario.catches)}</dd>{reasons}"
        f"<dt>again</dt><dd><code>{html_text(result.repeat)}</code></dd></dl>{folded}</article>"
    )
