"""Writes a check report in the requested formats; each format's module is imported only when it is used."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from mockserver.cli.files import write_each, write_file
from mockserver.cli.output import (
    Progress,
    print_json,
    print_message,
    print_problem,
    print_report,
    print_result,
    redacted,
)
from mockserver.errors import Problem, refuse
from mockserver.runner.reports.checks.results import CheckReport


class ReportOptions(NamedTuple):
    """The requested formats."""

    as_json: bool = False
    junit: Path | None = None
    sarif: Path | None = None
    html: Path | None = None
    github: bool = False


def write_reports(
    report: CheckReport, options: ReportOptions, progress: Progress, problems: Sequence[Problem] = ()
) -> int:
    """Write the report in every requested format, and return the exit code.

    A file that cannot be written costs no other format; it is reported last, as `problems` from before are.
    """
    problems = (*problems, *write_each(_file_writers(report, options, progress)))
    progress.clear()
    # Only now it is known that all files are written, which the report's exit code depends on.
    report = replace(report, is_written=not problems)
    if options.as_json:
        from mockserver.runner.reports.checks.json_report import render_json

        print_json(render_json(report))
    else:
        from mockserver.runner.reports.checks.text import text_report

        print_report(text_report(report))
    for problem in problems:
        print_problem(problem)
    return report.exit_code


def _file_writers(report: CheckReport, options: ReportOptions, progress: Progress) -> Iterator[Callable[[], None]]:
    """Yield a function for each requested file; each raises `MockError` CLI005 if it cannot be written."""
    if options.github:
        yield partial(write_github, report, as_json=options.as_json)
    if options.junit is not None:
        from mockserver.runner.reports.checks.junit import junit_report

        yield partial(write_file, options.junit, junit_report(report))
    if options.sarif is not None:
        from mockserver.runner.reports.checks.sarif import sarif_log

        yield partial(write_file, options.sarif, sarif_log(report))
    if options.html is not None:
        from mockserver.runner.reports.checks.html_report import html_report

        yield partial(write_file, options.html, html_report(report, progress.show))


def write_github(report: CheckReport, *, as_json: bool) -> None:
    """Print annotations (to stderr if stdout has JSON) and append to the step summary. Raises `MockError` CLI005."""
    from mockserver.runner.reports.checks import github

    print_line = print_message if as_json else print_result
    for line in github.annotations(report):
        print_line(line)
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(redacted(github.step_summary(report)))
    except OSError as error:
        hint = "GITHUB_STEP_SUMMARY names a file that can be written."
        raise refuse("CLI005", f"{path} cannot be written: {error.strerror}", hint) from None
