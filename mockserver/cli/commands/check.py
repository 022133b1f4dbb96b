"""`mockserver check`: checks recorded traffic against the contract, or the answers of a live API."""

from pathlib import Path
from typing import Any

import click

from mockserver.cli.baseline_options import BaselineOptions, apply_baseline
from mockserver.cli.judge_options import JudgeOptions, judge_options, vendor_and_era
from mockserver.cli.options import default_option, duration_option, file_option, vendor_option
from mockserver.cli.output import Progress
from mockserver.cli.report_options import ReportOptions, write_reports
from mockserver.runner.judge.recording_check import check_recording
from mockserver.runner.reports.checks.results import build_report


@click.command("check")
@click.argument("files", nargs=-1, metavar="FILE...")
@vendor_option(help="Vendor and era of the answers; detected and printed if not given.")
@click.option("--strict", is_flag=True, help="Also report fields that the contract does not declare.")
@judge_options
@click.option(
    "--update-baseline", metavar="REASON", help="Accept what counts now, for this reason, in the --baseline file."
)
@click.option("--expires", metavar="DATE", help="With --update-baseline: the last day of acceptance, 2026-12-31.")
@file_option("--sarif", help="Also write SARIF 2.1.0 to this file.")
@file_option("--html", help="Also write a page with a timeline of each job.")
@click.option("--github", is_flag=True, help="Print annotations for GitHub Actions, and write the step's summary.")
@click.option("--base-url", metavar="URL", help="Instead of reading files, send requests to this live API.")
@click.option("--api-key-env", metavar="VAR", help="Environment variable with the API key of the live API.")
@click.option(
    "--allow-writes", is_flag=True, help="Create one job there, cancel it and delete it; by default only read."
)
@file_option("--create", help="JSON body that creates the job; by default an example.")
@default_option("--budget", type=click.IntRange(1, 10_000), default=100, help="Most requests to a live API.")
@duration_option("--patience", default="10m", help="How long to wait for a live API in all.")
def check_command(
    judge: JudgeOptions,
    files: tuple[str, ...],
    vendor: str | None,
    strict: bool,
    sarif: Path | None,
    html: Path | None,
    github: bool,
    update_baseline: str | None,
    expires: str | None,
    base_url: str | None,
    **live: Any,
) -> int:
    """Check recordings (HAR files, VCR cassettes, journals, each plain or gzipped) or a live API.

    Exit codes: 0 success with evidence, 1 findings at or above --fail-on, 2 an unusable file, 3 nothing was proved.

    \f
    Raises `click.UsageError` for options that do not go together, `MockError` CON005 or CON006 for an unknown vendor.
    """
    if bool(files) == bool(base_url):
        raise click.UsageError("Give either FILE... or --base-url URL.")
    if base_url:
        if sarif or html or github or update_baseline or expires or not live["api_key_env"]:
            raise click.UsageError(
                "--base-url needs --api-key-env VAR; its reports are text, --json and --junit, and it cannot update "
                "a baseline."
            )
        if live["create"] and not live["allow_writes"]:
            raise click.UsageError("--create needs --allow-writes.")
        from mockserver.cli.commands.check_live import LiveCheckOptions, check_live

        return check_live(LiveCheckOptions(base_url=base_url, vendor=vendor, strict=strict, **live), judge)
    # --budget and --patience have defaults, so only these show that a live API was meant.
    if live["api_key_env"] or live["create"] or live["allow_writes"]:
        raise click.UsageError("--api-key-env, --allow-writes and --create need --base-url: recordings are only read.")
    baseline = BaselineOptions(judge.baseline, update_baseline, expires)
    # The baseline is read before the recordings: a mistake in it must not cost the time of the whole check.
    policy = judge.policy(baseline)
    progress = Progress()
    # Without a date in the pin, the era is detected.
    name, era = vendor_and_era(vendor)
    try:
        checked = [
            check_recording(file, name, era, strict=strict, progress=progress.show) for file in dict.fromkeys(files)
        ]
    finally:
        progress.clear()
    report = apply_baseline(build_report(tuple(checked), policy), baseline)
    write_reports(report, ReportOptions(judge.as_json, judge.junit, sarif, html, github), progress)
    return report.exit_code
