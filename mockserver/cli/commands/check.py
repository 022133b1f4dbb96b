"""`mockserver check`: judges recorded traffic by the contract, or a live API's answers."""

from pathlib import Path
from typing import Any, Final

import click

from mockserver.cli.baseline_options import BaselineOptions, apply_baseline, baseline_from_options
from mockserver.cli.judge_options import JudgeOptions, judge_options
from mockserver.cli.output import Progress
from mockserver.cli.report_options import ReportOptions, write_reports
from mockserver.contract.documents.capture import resolve_era
from mockserver.runner.judge.recording_check import check_recording
from mockserver.runner.reports.checks.results import CheckedRecording, CheckPolicy, build_report

_FILE_TYPE: Final = click.Path(path_type=Path, dir_okay=False)


@click.command("check")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option(
    "--vendor", default="", metavar="NAME[@DATE]",
    help="Whose answers these are, and as of when; else it is found out, and said.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Fields that the contract does not declare are findings, too.")
@judge_options
@click.option(
    "--update-baseline", metavar="REASON", help="Accept what counts now, for this reason, in the --baseline file."
)
@click.option("--expires", metavar="DATE", help="Until when it is accepted: 2026-12-31.")
@click.option("--sarif", type=_FILE_TYPE, metavar="FILE", help="Write SARIF 2.1.0 to this file, too.")
@click.option("--html", type=_FILE_TYPE, metavar="FILE", help="Write a page with a timeline of each job, too.")
@click.option("--github", is_flag=True, help="Annotate for GitHub Actions, and write the step's summary.")
@click.option(
    "--base-url", default="", metavar="URL", help="Instead of files: ask this live API, and judge its answers."
)
@click.option("--api-key-env", default="", metavar="VAR", help="The environment variable that holds its API key.")
@click.option("--allow-writes", is_flag=True, help="Make one job there, cancel it and delete it; else it is only read.")
@click.option("--create", type=_FILE_TYPE, metavar="FILE", help="The JSON that the job is made from; else an example.")
@click.option(
    "--budget", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Requests to a live API, at most."
)
@click.option(
    "--patience", default="10m", show_default=True, metavar="DURATION", help="How long to wait for a live API, in all."
)
def check_command(
    files: tuple[str, ...],
    vendor: str,
    strict: bool,
    sarif: Path | None,
    html: Path | None,
    github: bool,
    update_baseline: str | None,
    expires: str | None,
    base_url: str,
    api_key_env: str,
    allow_writes: bool,
    create: Path | None,
    budget: int,
    patience: str,
    **judging: Any,
) -> int:
    """Judge recordings: HAR, VCR cassettes, our own journals, each plain or gzipped; or a live API.

    Exit codes: 0 fine with evidence, 1 findings at or above --fail-on, 2 an unusable file, 3 nothing was proved.
    """
    how = JudgeOptions(**judging)
    if bool(files) == bool(base_url):
        raise click.UsageError("Either FILE... or --base-url URL.")
    if base_url:
        if sarif or html or github or update_baseline or expires or not api_key_env:
            raise click.UsageError(
                "--base-url wants --api-key-env VAR, reports as text, --json and --junit only, and renews no baseline."
            )
        if create and not allow_writes:
            raise click.UsageError("--create wants --allow-writes.")
        from mockserver.cli.commands.check_live import LiveCheckOptions, check_live

        return check_live(
            LiveCheckOptions(base_url, api_key_env, vendor, allow_writes, create, budget, patience, strict), how
        )
    if api_key_env or create or allow_writes:
        raise click.UsageError(
            "--api-key-env, --allow-writes and --create belong to --base-url: recordings are only read."
        )
    accepting = BaselineOptions(how.baseline, update_baseline, expires)
    terms = CheckPolicy(how.fail_on, how.conduct == "fail", baseline_from_options(accepting))
    progress = Progress()
    found = apply_baseline(build_report(_check_files(files, vendor, progress, strict=strict), terms), accepting)
    write_reports(found, ReportOptions(how.as_json, how.junit, sarif, html, github), progress)
    return found.exit_code


def _check_files(
    files: tuple[str, ...], vendor: str, progress: Progress, *, strict: bool
) -> tuple[CheckedRecording, ...]:
    """Each recording, judged; one that is named twice once."""
    name, _, date = vendor.partition("@")
    era = resolve_era(name, date or None) if name else None
    try:
        return tuple(
            check_recording(file, name, era if date else None, strict=strict, progress=progress.show)
            for file in dict.fromkeys(files)
        )
    finally:
        progress.clear()
