"""`mockserver check`: judges recorded traffic by the contract, or a live API's answers."""

from pathlib import Path
from typing import Any, Final

import click

from mockserver.cli.baseline import Accepting, accepted, baseline_of
from mockserver.cli.formats import Formats, tell
from mockserver.cli.judged import Judging, judging_options
from mockserver.cli.say import Progress
from mockserver.contract.capture import resolve
from mockserver.runner.checking import check
from mockserver.runner.reporting.results import Checked, Terms, results

_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.command("check")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option(
    "--vendor", default="", metavar="NAME[@DATE]",
    help="Whose answers these are, and as of when; else it is found out, and said.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Fields that the contract does not declare are findings, too.")
@judging_options
@click.option(
    "--update-baseline", metavar="REASON", help="Accept what counts now, for this reason, in the --baseline file."
)
@click.option("--expires", metavar="DATE", help="Until when it is accepted: 2026-12-31.")
@click.option("--sarif", type=_FILE, metavar="FILE", help="Write SARIF 2.1.0 to this file, too.")
@click.option("--html", type=_FILE, metavar="FILE", help="Write a page with a timeline of each job, too.")
@click.option("--github", is_flag=True, help="Annotate for GitHub Actions, and write the step's summary.")
@click.option(
    "--base-url", default="", metavar="URL", help="Instead of files: ask this live API, and judge its answers."
)
@click.option("--api-key-env", default="", metavar="VAR", help="The environment variable that holds its API key.")
@click.option("--allow-writes", is_flag=True, help="Make one job there, cancel it and delete it; else it is only read.")
@click.option("--create", type=_FILE, metavar="FILE", help="The JSON that the job is made from; else an example.")
@click.option(
    "--budget", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Requests to a live API, at most."
)
@click.option(
    "--patience", default="10m", show_default=True, metavar="DURATION", help="How long to wait for a live API, in all."
)
def command(
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
    how = Judging(**judging)
    if bool(files) == bool(base_url):
        raise click.UsageError("Either FILE... or --base-url URL.")
    if base_url:
        if sarif or html or github or update_baseline or expires or not api_key_env:
            raise click.UsageError(
                "--base-url wants --api-key-env VAR, reports as text, --json and --junit only, and renews no baseline."
            )
        if create and not allow_writes:
            raise click.UsageError("--create wants --allow-writes.")
        from mockserver.cli.live import Asking, check_live

        return check_live(Asking(base_url, api_key_env, vendor, allow_writes, create, budget, patience, strict), how)
    if api_key_env or create or allow_writes:
        raise click.UsageError(
            "--api-key-env, --allow-writes and --create belong to --base-url: recordings are only read."
        )
    accepting = Accepting(how.baseline, update_baseline, expires)
    terms = Terms(how.fail_on, how.conduct == "fail", baseline_of(accepting))
    progress = Progress()
    found = accepted(results(_checked(files, vendor, progress, strict=strict), terms), accepting)
    tell(found, Formats(how.as_json, how.junit, sarif, html, github), progress)
    return found.exit_code


def _checked(files: tuple[str, ...], vendor: str, progress: Progress, *, strict: bool) -> tuple[Checked, ...]:
    """Each recording, judged; one that is named twice once."""
    name, _, date = vendor.partition("@")
    era = resolve(name, date or None) if name else None
    try:
        return tuple(
            check(file, name, era if date else None, strict=strict, progress=progress.show)
            for file in dict.fromkeys(files)
        )
    finally:
        progress.clear()
