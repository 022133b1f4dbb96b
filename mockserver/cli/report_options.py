"""Writes a check report in the requested formats; each format's module is imported only when it is used."""

import os
from pathlib import Path
from typing import NamedTuple

from mockserver.cli.output import Progress, print_message, print_result, write_file
from mockserver.errors import refuse
from mockserver.runner.reports.checks.results import CheckReport


class ReportOptions(NamedTuple):
    """The requested formats."""

    as_json: bool = False
    junit: Path | None = None
    sarif: Path | None = None
    html: Path | None = None
    github: bool = False


def write_reports(report: CheckReport, options: ReportOptions, progress: Progress) -> None:
    """Write the report in every requested format. Raises `MockError` CLI005 if a file cannot be written."""
    if options.github:
        write_github(report, as_json=options.as_json)
    if options.as_json:
        from mockserver.runner.reports.checks.json_report import render_json

        print_result(render_json(report))
    else:
        from mockserver.runner.reports.checks.text import text_report

        print_result(text_report(report))
    # Files come last: one that cannot be written must not take the report on stdout with it.
    if options.junit is not None:
        from mockserver.runner.reports.checks.junit import junit_report

        write_file(options.junit, junit_report(report))
    if options.sarif is not None:
        from mockserver.runner.reports.checks.sarif import sarif_log

        write_file(options.sarif, sarif_log(report))
    if options.html is not None:
        from mockserver.runner.reports.checks.html_report import html_report

        write_file(options.html, html_report(report, progress.show))
        progress.clear()


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
            file.write(github.step_summary(report))
    except OSError as error:
        raise refuse("CLI005", f"{path} cannot be written: {error.strerror}", "$GITHUB_STEP_SUMMARY") from None
