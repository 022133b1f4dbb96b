"""`mockserver check`: checks recorded traffic against the contract, or the answers of a live API."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import click

from mockserver.cli.baseline_options import BaselineOptions, apply_baseline
from mockserver.cli.completers import complete_files
from mockserver.cli.judge_options import JudgeOptions, judge_options, vendor_and_era
from mockserver.cli.live_options import LiveOptions, live_options
from mockserver.cli.options import (
    closed_world_option,
    file_option,
    number_range,
    option_group,
    path_prefix_option,
    refuse_option,
    vendor_option,
)
from mockserver.cli.output import Progress, print_message
from mockserver.cli.report_options import ReportOptions, write_reports
from mockserver.contract.documents.derived import deriving_with
from mockserver.contract.documents.places import contracts_at_rest
from mockserver.errors import MockError, Problem
from mockserver.installed.derived_contracts import TABLES_OF_INSTALLED
from mockserver.recordings.folders import expand_folders
from mockserver.runner.judge.recording_check import CheckRequest
from mockserver.runner.judge.recording_checks import check_recordings as judge_recordings
from mockserver.runner.reports.checks.recording_result import CheckedRecording
from mockserver.runner.reports.checks.report_builder import build_report

MAX_JOBS: Final = 256
"""Processes that judge at once at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingOptions:
    """The values of the options that only recordings have."""

    closed_world: bool
    path_prefix: str
    update_baseline: str | None
    expires: str | None
    sarif: Path | None
    html: Path | None
    github: bool
    jobs: int | None


recording_options: Final = option_group(RecordingOptions, (
    closed_world_option,
    path_prefix_option,
    click.option(
        "--update-baseline", metavar="REASON", help="Accept what counts now, for this reason, in the --baseline file."
    ),
    click.option("--expires", metavar="DATE", help="With --update-baseline: the last day of acceptance, 2026-12-31."),
    file_option("--sarif", help="Also write SARIF 2.1.0 to this file."),
    file_option("--html", help="Also write a page with a timeline of each job."),
    click.option("--github", is_flag=True, help="Print annotations for GitHub Actions, and write the step's summary."),
    click.option(
        "--jobs", type=number_range(1, MAX_JOBS), metavar="NUMBER",
        help="Processes that judge at once; by default as many as the work and the processor's cores make worth it.",
    ),
))  # fmt: skip


@click.command("check")
@click.argument("files", nargs=-1, metavar="FILE|FOLDER...", shell_complete=complete_files)
@vendor_option(help="Vendor and era of the answers; detected and printed if not given.")
@click.option("--strict", is_flag=True, help="Also report fields that the contract does not declare.")
@judge_options
@recording_options
@live_options
@deriving_with(TABLES_OF_INSTALLED)
def check_command(
    judge: JudgeOptions,
    recording: RecordingOptions,
    live: LiveOptions,
    files: tuple[str, ...],
    vendor: str | None,
    strict: bool,
) -> int:
    """Check recordings (HAR files, VCR cassettes, journals, each plain or gzipped) or a live API.

    A FOLDER stands for the recordings below it.

    Exit codes: 0 success with evidence, 1 findings at or above --fail-on, 2 an unusable file, 3 nothing was proved.

    \f
    Raises `click.UsageError` for options that do not go together, `MockError` CON005 or CON006 for an unknown vendor.
    """
    refuse_contradictions(recording, live, files)
    if live.base_url:
        from mockserver.cli.commands.check_live import check_live

        return check_live(live, judge, vendor, strict=strict)
    with contracts_at_rest():
        return check_recordings(files, vendor, judge, recording, strict=strict)


def refuse_contradictions(recording: RecordingOptions, live: LiveOptions, files: Sequence[str]) -> None:
    """Raise `click.UsageError` if options for recordings and for a live API are mixed, or one lacks another."""
    if bool(files) == bool(live.base_url):
        raise click.UsageError("Give either FILE|FOLDER... or --base-url URL.")
    if not live.base_url:
        for field in fields(live):
            refuse_option(field.name, "needs --base-url: recordings are only read")
        return
    if not live.api_key_env:
        raise click.UsageError("--base-url needs --api-key-env VAR.")
    for field in fields(recording):
        refuse_option(field.name, "is for recordings; --base-url has text, --json and --junit")
    if live.create and not live.allow_writes:
        raise click.UsageError("--create needs --allow-writes.")


def check_recordings(
    named: Sequence[str], vendor: str | None, judge: JudgeOptions, recording: RecordingOptions, *, strict: bool
) -> int:
    """Check the files, update the baseline if requested, and report; return the exit code.

    Raises `MockError` REC011, CLI012, CON005, CON006 and the BAS codes before any file is read, and as
    `refuse_unreadable`.
    """
    files = list(expand_folders(named))
    reports = ReportOptions(judge.as_json, judge.junit, recording.sarif, recording.html, recording.github)
    judge.refuse_overwriting({"--sarif": recording.sarif, "--html": recording.html}, files)
    baseline = BaselineOptions(judge.baseline, recording.update_baseline, recording.expires)
    # The baseline is read before the recordings: a mistake in it must not cost the time of the whole check.
    policy = judge.policy(baseline)
    progress = Progress()
    # Without a date in the pin, the era is detected.
    name, era = vendor_and_era(vendor)
    request = CheckRequest(
        vendor=name,
        era=era,
        strict=strict,
        closed_world=recording.closed_world,
        path_prefix=recording.path_prefix,
    )

    def report_lost_worker(text: str) -> None:
        progress.clear()
        print_message(f"mockserver check: {text}")

    try:
        checked = judge_recordings(files, request, progress.show, recording.jobs, report_lost_worker)
    finally:
        progress.clear()
    refuse_unreadable(checked, reports)
    report = build_report(tuple(checked), policy)
    problems: tuple[Problem, ...] = ()
    try:
        report = apply_baseline(report, baseline)
    except MockError as error:
        # A baseline that cannot be written must not cost the report.
        problems = error.problems
    return write_reports(report, reports, progress, problems)


def refuse_unreadable(checked: Sequence[CheckedRecording], reports: ReportOptions) -> None:
    """Raise the `MockError` of files of which none can be opened: a report in words would have nothing to report.

    A report that another program reads is written all the same.
    """
    if not any(reports) and all(each.problems and not each.kind for each in checked):
        raise MockError(*(problem for each in checked for problem in each.problems))
