"""GitHub Actions: annotations as workflow commands, and the step's summary in Markdown.

GitHub shows ten annotations of each kind for a step; the others are counted in the last line. Whatever is shown is
escaped by GitHub's own rules, so that a recording cannot speak to the runner.
"""

from collections.abc import Iterator
from typing import Final

from mockserver.contract.findings import LEVELS, Level
from mockserver.core.text import pluralize
from mockserver.runner.reports.checks.results import CheckReport, FindingGroup
from mockserver.runner.reports.checks.text import closing_lines, group_facts, headline, story_lines
from mockserver.runner.reports.escape import markdown_text, workflow_message, workflow_parameter

MAX_ANNOTATIONS: Final = 10
"""Annotations of a kind that GitHub shows."""
MAX_ROWS: Final = 50
"""Groups that the summary tells at length."""
MAX_SUMMARY_LENGTH: Final = 900_000
"""Characters of a summary; GitHub refuses one above a megabyte."""
WORKFLOW_COMMANDS: Final[dict[Level, str]] = {"error": "error", "warning": "warning", "info": "notice"}
_LEVEL_ICONS: Final[dict[Level, str]] = {"error": "🔴", "warning": "🟡", "info": "🔵"}


def annotations(results: CheckReport) -> Iterator[str]:
    """Lines to print; those that count first."""
    told = sorted((*results.findings, *results.conduct), key=lambda each: not each.is_failing)
    for level in LEVELS:
        mine = [each for each in told if each.finding.level == level]
        yield from map(_annotation_line, mine[:MAX_ANNOTATIONS])
        if len(mine) > MAX_ANNOTATIONS:
            more = workflow_message(
                f"and {pluralize(len(mine) - MAX_ANNOTATIONS, 'more group')} of findings at level {level}"
            )
            yield f"{level}s: {more}"


def _annotation_line(group: FindingGroup) -> str:
    finding = group.finding
    about = finding.operation or ("conduct" if group.is_conduct else "")
    told = "\n".join(
        [headline(group), *story_lines(finding), *(f"{name}: {value}" for name, value in group_facts(group) if value)]
    )
    spot = f"line={max(1, finding.spot.line)},col={max(1, finding.spot.column)}"
    where = (
        f"file={workflow_parameter(group.file)},{spot},title={workflow_parameter(f'{finding.rule} {about}'.rstrip())}"
    )
    return f"::{WORKFLOW_COMMANDS[finding.level]} {where}::{workflow_message(told)}"


def step_summary(results: CheckReport) -> str:
    """The step's summary."""
    text = "".join(f"{line}\n" for line in _summary_lines(results))
    return (
        text
        if len(text) <= MAX_SUMMARY_LENGTH
        else text[:MAX_SUMMARY_LENGTH] + "\n\nThe summary was too long, and is cut.\n"
    )


def _summary_lines(results: CheckReport) -> Iterator[str]:
    mark = {0: "✅", 1: "❌", 2: "❌"}.get(results.exit_code, "❔")
    yield f"## {mark} mockserver check"
    yield ""
    yield from (f"{markdown_text(line)}  " for line in closing_lines(results))
    for title, groups in (("Findings", results.findings), ("Conduct", results.conduct), ("Accepted", results.accepted)):
        if groups:
            yield from ("", f"### {title}", "", "| | rule | found | times | job |", "|---|---|---|--:|---|")
            yield from map(_group_row, groups[:MAX_ROWS])
        if len(groups) > MAX_ROWS:
            yield f"\nand {pluralize(len(groups) - MAX_ROWS, 'more group')}"
    for group in results.findings[:MAX_ROWS]:
        yield from _group_section(group)


def _group_row(group: FindingGroup) -> str:
    finding = group.finding
    job = markdown_text(group.resources[0]) if group.resources else ""
    more = f" and {len(group.resources) - 1} more" if len(group.resources) > 1 else ""
    cells = (
        _LEVEL_ICONS[finding.level],
        markdown_text(finding.rule),
        markdown_text(finding.message),
        str(group.count),
        job + more,
    )
    return f"| {' | '.join(cells)} |"


def _group_section(group: FindingGroup) -> Iterator[str]:
    yield from ("", f"<details><summary>{markdown_text(headline(group))}</summary>", "")
    yield from (
        f"{number}. {markdown_text(line.partition('. ')[2])}"
        for number, line in enumerate(story_lines(group.finding), 1)
    )
    yield ""
    yield from (f"- **{name}** {markdown_text(value)}" for name, value in group_facts(group) if value)
    yield from ("", "</details>")
