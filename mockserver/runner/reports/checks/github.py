"""The GitHub Actions report: annotations as workflow commands, and the step's summary in Markdown.

GitHub shows ten annotations of each level for a step; the last line counts the others. All text is escaped by GitHub's
own rules, so that a recording cannot send commands to the runner.
"""

from collections.abc import Iterator
from typing import Final

from mockserver.contract.findings import LEVELS, Level
from mockserver.core.text import pluralize
from mockserver.runner.reports.checks.results import CheckReport
from mockserver.runner.reports.checks.text import closing_lines, group_facts, headline, story_lines
from mockserver.runner.reports.escape import markdown_text, workflow_message, workflow_parameter

MAX_ANNOTATIONS: Final = 10
"""Annotations of a level that GitHub shows."""
MAX_ROWS: Final = 50
"""Groups in each table of the summary."""
MAX_SUMMARY_LENGTH: Final = 900_000
"""Characters of a summary; GitHub refuses one above a megabyte."""
WORKFLOW_COMMANDS: Final[dict[Level, str]] = {"error": "error", "warning": "warning", "info": "notice"}
_LEVEL_ICONS: Final[dict[Level, str]] = {"error": "🔴", "warning": "🟡", "info": "🔵"}
_EXIT_ICONS: Final = {0: "✅", 1: "❌", 2: "❌", 3: "❔"}


def annotations(results: CheckReport) -> Iterator[str]:
    """Yield the lines to print: what could not be read, then the groups, failing ones first in each level."""
    for problem in [problem for each in results.recordings for problem in each.problems][:MAX_ANNOTATIONS]:
        parameters = _parameters(problem.location.file, problem.location.line, problem.location.column, problem.code)
        message = "\n".join(filter(None, (problem.message, problem.hint)))
        yield f"::error {parameters}::{workflow_message(message)}"
    groups = sorted((*results.findings, *results.conduct), key=lambda group: not group.is_failing)
    for level in LEVELS:
        at_level = [group for group in groups if group.level == level]
        for group in at_level[:MAX_ANNOTATIONS]:
            finding = group.finding
            subject = finding.operation
            if not subject and group.is_conduct:
                subject = "conduct"
            title = f"{finding.rule} {subject}".rstrip()
            parameters = _parameters(group.file, finding.spot.line, finding.spot.column, title)
            facts = [f"{name}: {value}" for name, value in group_facts(group)]
            message = "\n".join([headline(group), *story_lines(finding), *facts])
            yield f"::{WORKFLOW_COMMANDS[level]} {parameters}::{workflow_message(message)}"
        if len(at_level) > MAX_ANNOTATIONS:
            more = f"and {pluralize(len(at_level) - MAX_ANNOTATIONS, 'more group')} of findings at level {level}"
            yield f"{level}s: {workflow_message(more)}"


def _parameters(file: str, line: int, column: int, title: str) -> str:
    # Annotations need a line, so an unknown place is the first one.
    place = f"file={workflow_parameter(file)},line={max(1, line)},col={max(1, column)}"
    return f"{place},title={workflow_parameter(title)}"


def step_summary(results: CheckReport) -> str:
    """Return the step's summary, truncated to what GitHub accepts."""
    lines = [f"## {_EXIT_ICONS[results.exit_code]} mockserver check", ""]
    lines += [f"{markdown_text(line)}  " for line in closing_lines(results)]
    for title, groups in (("Findings", results.findings), ("Conduct", results.conduct), ("Accepted", results.accepted)):
        if groups:
            lines += ["", f"### {title}", "", "| | rule | found | times | job |", "|---|---|---|--:|---|"]
        for group in groups[:MAX_ROWS]:
            rule, message = markdown_text(group.finding.rule), markdown_text(group.finding.message)
            job = "".join(map(markdown_text, group.resources[:1]))
            if len(group.resources) > 1:
                job += f" and {len(group.resources) - 1} more"
            lines.append(f"| {_LEVEL_ICONS[group.level]} | {rule} | {message} | {group.count} | {job} |")
        if len(groups) > MAX_ROWS:
            lines.append(f"\nand {pluralize(len(groups) - MAX_ROWS, 'more group')}")
    for group in results.findings[:MAX_ROWS]:
        lines += ["", f"<details><summary>{markdown_text(headline(group))}</summary>", ""]
        for number, line in enumerate(story_lines(group.finding), 1):
            # Markdown numbers the list itself.
            lines.append(f"{number}. {markdown_text(line.partition('. ')[2])}")
        lines.append("")
        lines += [f"- **{name}** {markdown_text(value)}" for name, value in group_facts(group)]
        lines += ["", "</details>"]
    text = "".join(f"{line}\n" for line in lines)
    if len(text) > MAX_SUMMARY_LENGTH:
        text = text[:MAX_SUMMARY_LENGTH] + "\n\nThe summary was too long and is truncated.\n"
    return text
