"""In which forms a judgement is told: on stdout, in files, and for GitHub; each is loaded when it is asked for."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from mockserver.cli.output import Progress, print_message, print_result, write_file
from mockserver.errors import refuse
from mockserver.runner.reports.checks.results import CheckReport


class ReportOptions(NamedTuple):
    """Which ones were asked for."""

    as_json: bool = False
    junit: Path | None = None
    sarif: Path | None = None
    html: Path | None = None
    github: bool = False


def write_reports(results: CheckReport, options: ReportOptions, progress: Progress) -> None:
    """Everything that was asked for; files last, as they may not be writable."""
    if options.github:
        _write_github(results, print_message if options.as_json else print_result)
    if options.as_json:
        from mockserver.runner.reports.checks.json_report import render_json

        print_result(render_json(results))
    else:
        from mockserver.runner.reports.checks.text import text_report

        print_result(text_report(results))
    _write_report_files(results, options, progress)


def _write_report_files(results: CheckReport, options: ReportOptions, progress: Progress) -> None:
    if options.junit is not None:
        from mockserver.runner.reports.checks.junit import junit_report

        write_file(options.junit, junit_report(results))
    if options.sarif is not None:
        from mockserver.runner.reports.checks.sarif import sarif_log

        write_file(options.sarif, sarif_log(results))
    if options.html is not None:
        from mockserver.runner.reports.checks.html_report import html_report

        write_file(options.html, html_report(results, progress.show))
        progress.clear()


def _write_github(results: CheckReport, print_line: Callable[[str], None]) -> None:
    from mockserver.runner.reports.checks import github

    for line in github.annotations(results):
        print_line(line)
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if place:
        try:
            with Path(place).open("a", encoding="utf-8") as file:
                file.write(github.step_summary(results))
        except OSError as error:
            raise refuse("CLI005", f"{place} cannot be written: {error.strerror}", "$GITHUB_STEP_SUMMARY") from None
