"""`mockserver check`: judges recorded traffic by the contract."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

import click

from mockserver.cli.options import json_option
from mockserver.cli.say import Progress, complain, say
from mockserver.contract.capture import resolve
from mockserver.contract.findings import Level
from mockserver.core.counting import count
from mockserver.core.instants import rfc3339
from mockserver.errors import refuse
from mockserver.runner.checking import check
from mockserver.runner.reporting import baseline as baselines
from mockserver.runner.reporting.results import Results, Terms, results

_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@dataclass(frozen=True)
class Asked:
    """Which reports were asked for."""

    as_json: bool = False
    junit: Path | None = None
    sarif: Path | None = None
    html: Path | None = None
    github: bool = False


@dataclass(frozen=True)
class Accepting:
    """What becomes of the baseline."""

    path: Path | None = None
    reason: str | None = None
    """Why everything that counts shall be accepted; None: it shall not."""
    expires: str | None = None


@click.command("check")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option(
    "--vendor", default="", metavar="NAME[@DATE]",
    help="Whose answers these are, and as of when; else it is found out, and said.",
)  # fmt: skip
@click.option(
    "--fail-on", type=click.Choice(get_args(Level)), default="error", show_default=True,
    help="The least level of a finding that makes the exit code 1.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="Fields that the contract does not declare are findings, too.")
@click.option(
    "--conduct", type=click.Choice(["report", "fail"]), default="report", show_default=True,
    help="Whether what the client did counts.",
)  # fmt: skip
@json_option
@click.option("--junit", type=_FILE, metavar="FILE", help="Write JUnit XML to this file, too.")
@click.option("--sarif", type=_FILE, metavar="FILE", help="Write SARIF 2.1.0 to this file, too.")
@click.option("--html", type=_FILE, metavar="FILE", help="Write a page with a timeline of each job, too.")
@click.option("--github", is_flag=True, help="Annotate for GitHub Actions, and write the step's summary.")
@click.option("--baseline", type=_FILE, metavar="FILE", help="Findings that are accepted.")
@click.option(
    "--update-baseline", metavar="REASON", help="Accept what counts now, for this reason, in the --baseline file."
)
@click.option("--expires", metavar="DATE", help="Until when it is accepted: 2026-12-31.")
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
    fail_on: Level,
    strict: bool,
    conduct: str,
    as_json: bool,
    junit: Path | None,
    sarif: Path | None,
    html: Path | None,
    github: bool,
    baseline: Path | None,
    update_baseline: str | None,
    expires: str | None,
    base_url: str,
    api_key_env: str,
    **live: Any,
) -> int:
    """Judge recordings: HAR, VCR cassettes, our own journals, each plain or gzipped; or a live API.

    Exit codes: 0 fine with evidence, 1 findings at or above --fail-on, 2 an unusable file, 3 nothing was proved.
    """
    if bool(files) == bool(base_url):
        raise click.UsageError("Either FILE... or --base-url URL.")
    if base_url:
        if sarif or html or github or update_baseline or not api_key_env:
            raise click.UsageError("--base-url wants --api-key-env VAR, and reports as text, --json and --junit only.")
        from mockserver.cli.judged import Judging
        from mockserver.cli.live import Asking, check_live

        if live["create"] and not live["allow_writes"]:
            raise click.UsageError("--create wants --allow-writes.")
        how = Judging(fail_on, conduct, as_json, junit, baseline)
        return check_live(Asking(base_url, api_key_env, vendor, strict=strict, **live), how)
    if api_key_env or live["create"] or live["allow_writes"]:
        raise click.UsageError(
            "--api-key-env, --allow-writes and --create belong to --base-url: recordings are only read."
        )
    accepting = Accepting(baseline, update_baseline, expires)
    terms = Terms(fail_on, conduct == "fail", baseline_of(accepting))
    name, _, date = vendor.partition("@")
    era = resolve(name, date) if date else None
    if name:
        resolve(name)
    progress = Progress()
    try:
        checked = tuple(check(file, name, era, strict=strict, progress=progress.show) for file in dict.fromkeys(files))
    finally:
        progress.clear()
    found = results(checked, terms)
    if update_baseline is not None:
        found = _accepted(found, accepting)
    tell(found, Asked(as_json, junit, sarif, html, github), progress)
    return found.exit_code


# The baseline


def baseline_of(accepting: Accepting) -> baselines.Baseline:
    """The entries that still hold; what cannot be meant is refused."""
    today = _today()
    if (accepting.reason is None) != (accepting.expires is None):
        raise click.UsageError("--update-baseline REASON and --expires DATE go together.")
    if accepting.path is None:
        if accepting.reason is not None:
            raise click.UsageError("--update-baseline wants --baseline FILE.")
        return baselines.NO_BASELINE
    if accepting.reason is None:
        return baselines.load(accepting.path, today)
    _wanted(accepting, today)
    known = baselines.load(accepting.path, today).entries if accepting.path.exists() else ()
    return baselines.Baseline(str(accepting.path), known, today)


def _wanted(accepting: Accepting, today: str) -> None:
    if not (accepting.reason or "").strip():
        raise click.UsageError("--update-baseline wants a reason.")
    expires = accepting.expires or ""
    if not baselines.is_day(expires):
        raise refuse("BAS004", f"--expires: {expires!r} is no day", "such as 2026-12-31")
    if expires < today:
        raise refuse("BAS004", f"--expires: {expires} is over")


def _accepted(found: Results, accepting: Accepting) -> Results:
    """Write the baseline anew, and judge by it."""
    old = found.terms.baseline
    met = [group.accepted for group in found.accepted if group.accepted is not None]
    new = [group.entry(accepting.reason or "", accepting.expires or "") for group in found.groups if group.counts]
    entries = baselines.renewed(old, met, new)
    _write(Path(old.file), baselines.written(entries))
    fresh = baselines.load(Path(old.file), old.today)
    complain(f"{old.file}: {count(len(entries), 'entry')}, {len(new)} of them new, {len(found.unused)} dropped")
    return results(found.checked, Terms(found.terms.fail_on, found.terms.conduct_fails, fresh))


def _today() -> str:
    return rfc3339(time.time_ns() // 1000)[:10]


# The reports


def tell(found: Results, asked: Asked, progress: Progress) -> None:
    """Everything that was asked for, each format loaded when it is; files last, as they may not be writable."""
    if asked.github:
        _github(found, complain if asked.as_json else say)
    if asked.as_json:
        from mockserver.runner.reporting.machine import as_json

        say(as_json(found))
    else:
        from mockserver.runner.reporting.text import text

        say(text(found))
    if asked.junit is not None:
        from mockserver.runner.reporting.junit import junit

        _write(asked.junit, junit(found))
    if asked.sarif is not None:
        from mockserver.runner.reporting.sarif import sarif

        _write(asked.sarif, sarif(found))
    if asked.html is not None:
        from mockserver.runner.reporting.page import page

        _write(asked.html, page(found, progress.show))
        progress.clear()


def _github(found: Results, tell: Callable[[str], None]) -> None:
    from mockserver.runner.reporting import github

    for line in github.annotations(found):
        tell(line)
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if place:
        try:
            with Path(place).open("a", encoding="utf-8") as file:
                file.write(github.summary(found))
        except OSError as error:
            raise refuse("CLI005", f"{place} cannot be written: {error.strerror}", "$GITHUB_STEP_SUMMARY") from None


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise refuse("CLI005", f"{path} cannot be written: {error.strerror}") from None
