"""The story of a job on a terminal: its states so far and to come, what happened to it, its money."""

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.cli.styles import Line, Span
from mockserver.cli.tables import table_lines
from mockserver.cli.times import duration_between, short_instant

_HEADING_WIDTH = 10


def story_lines(job: Any) -> Iterator[str | Line]:
    """Render the answer of `GET jobs/ID`; times count from the job's creation."""
    created = job["created"]
    title = f"{job['id']}  {job['vendor']} {job['kind']}"
    if job["deleted"]:
        title += " (deleted)"
    yield title
    yield f"    {'created':<{_HEADING_WIDTH}}{short_instant(created)}"
    items = ", ".join(f"{count} {state}" for state, count in job.get("items", {}).items())
    if items:
        yield f"    {'items':<{_HEADING_WIDTH}}{items}"
    course = [_span_cells(span, created) for span in job["course"]]
    if course and job["progress"] is not None and not job["terminal"]:
        at, state, reason = course[-1]
        course[-1] = (at, f"{state} {progress_text(job['progress'])}", reason)
    yield from _section("so far", course)
    yield from _section("ahead", [_span_cells(span, created) for span in job["ahead"]])
    inputs = [(f"+{duration_between(created, one['at'])}", str(one["kind"]), str(one["name"])) for one in job["inputs"]]
    yield from _section("inputs", inputs)
    ledger = [
        (f"+{duration_between(created, one['at'])}", str(one["entry"]), f"{one['amount']} {one['unit']}")
        for one in job["ledger"]
    ]
    yield from _section("money", ledger)


def progress_text(progress: float) -> str:
    """Return a progress as it is shown: `40%`."""
    return f"{progress:g}%"


def _span_cells(span: Mapping[str, Any], created: str) -> tuple[str, str, str]:
    """Return when a state began, its name, and why: the cause, and the line of the scenario."""
    reason = str(span["cause"])
    if span["line"]:
        reason += f", line {span['line']} of the scenario"
    return f"+{duration_between(created, span['entered'])}", str(span["state"]), reason


def _section(heading: str, rows: list[tuple[str, str, str]]) -> Iterator[Line]:
    """Yield the rows behind their heading, aligned."""
    for number, line in enumerate(table_lines(("", "", ""), rows, None)[1:]):
        yield (Span(f"    {heading if not number else '':<{_HEADING_WIDTH}}", "dim"), *line)
