"""GitHub Actions: annotations as workflow commands, and the step's summary in Markdown.

GitHub shows ten annotations of each kind for a step; the others are counted in the last line. Whatever is shown is
escaped by GitHub's own rules, so that a recording cannot speak to the runner.
"""

from collections.abc import Iterator
from typing import Final

from mockserver.contract.findings import LEVELS, Level
from mockserver.core.counting import count
from mockserver.runner.reporting.escape import markdown, message, parameter
from mockserver.runner.reporting.results import Group, Results
from mockserver.runner.reporting.text import closing, facts, headline, story

MOST: Final = 10
"""Annotations of a kind that GitHub shows."""
ROWS: Final = 50
"""Groups that the summary tells at length."""
LARGEST: Final = 900_000
"""Characters of a summary; GitHub refuses one above a megabyte."""
COMMANDS: Final[dict[Level, str]] = {"error": "error", "warning": "warning", "info": "notice"}
_MARKS: Final[dict[Level, str]] = {"error": "🔴", "warning": "🟡", "info": "🔵"}


def annotations(results: Results) -> Iterator[str]:
    """Lines to print; those that count first."""
    told = sorted((*results.findings, *results.conduct), key=lambda each: not each.counts)
    for level in LEVELS:
        mine = [each for each in told if each.finding.level == level]
        yield from map(_annotation, mine[:MOST])
        if len(mine) > MOST:
            more = message(f"and {count(len(mine) - MOST, 'more group')} of findings at level {level}")
            yield f"{level}s: {more}"


def _annotation(group: Group) -> str:
    finding = group.finding
    about = finding.operation or ("conduct" if group.is_conduct else "")
    told = "\n".join([headline(group), *story(finding), *(f"{name}: {value}" for name, value in facts(group) if value)])
    spot = f"line={max(1, finding.spot.line)},col={max(1, finding.spot.column)}"
    where = f"file={parameter(group.file)},{spot},title={parameter(f'{finding.rule} {about}'.rstrip())}"
    return f"::{COMMANDS[finding.level]} {where}::{message(told)}"


def summary(results: Results) -> str:
    """The step's summary."""
    text = "".join(f"{line}\n" for line in _summary(results))
    return text if len(text) <= LARGEST else text[:LARGEST] + "\n\nThe summary was too long, and is cut.\n"


def _summary(results: Results) -> Iterator[str]:
    mark = {0: "✅", 1: "❌", 2: "❌"}.get(results.exit_code, "❔")
    yield f"## {mark} mockserver check"
    yield ""
    yield from (f"{markdown(line)}  " for line in closing(results))
    for title, groups in (("Findings", results.findings), ("Conduct", results.conduct), ("Accepted", results.accepted)):
        if groups:
            yield from ("", f"### {title}", "", "| | rule | found | times | job |", "|---|---|---|--:|---|")
            yield from map(_row, groups[:ROWS])
        if len(groups) > ROWS:
            yield f"\nand {count(len(groups) - ROWS, 'more group')}"
    for group in results.findings[:ROWS]:
        yield from _details(group)


def _row(group: Group) -> str:
    finding = group.finding
    job = markdown(group.resources[0]) if group.resources else ""
    more = f" and {len(group.resources) - 1} more" if len(group.resources) > 1 else ""
    cells = (_MARKS[finding.level], markdown(finding.rule), markdown(finding.message), str(group.count), job + more)
    return f"| {' | '.join(cells)} |"


def _details(group: Group) -> Iterator[str]:
    yield from ("", f"<details><summary>{markdown(headline(group))}</summary>", "")
    yield from (f"{number}. {markdown(line.partition('. ')[2])}" for number, line in enumerate(story(group.finding), 1))
    yield ""
    yield from (f"- **{name}** {markdown(value)}" for name, value in facts(group) if value)
    yield from ("", "</details>")
