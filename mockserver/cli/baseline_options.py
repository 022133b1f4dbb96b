"""The baseline of a command line: which findings are accepted for now, and those that shall be from today on."""

import time
from pathlib import Path
from typing import NamedTuple

import click

from mockserver.cli.output import print_message, write_file
from mockserver.core.instants import rfc3339
from mockserver.core.text import pluralize
from mockserver.errors import refuse
from mockserver.runner.reports.checks.baseline import (
    NO_BASELINE,
    Baseline,
    is_date,
    load_baseline,
    render_baseline,
    updated_entries,
)
from mockserver.runner.reports.checks.results import CheckPolicy, CheckReport, build_report


class BaselineOptions(NamedTuple):
    """What becomes of the baseline."""

    path: Path | None = None
    reason: str | None = None
    """Why everything that counts shall be accepted; None: it shall not."""
    expires: str | None = None


def baseline_from_options(options: BaselineOptions) -> Baseline:
    """The entries that still hold; what cannot be meant is refused."""
    now = today()
    if (options.reason is None) != (options.expires is None):
        raise click.UsageError("--update-baseline REASON and --expires DATE go together.")
    if options.path is None:
        if options.reason is not None:
            raise click.UsageError("--update-baseline wants --baseline FILE.")
        return NO_BASELINE
    if options.reason is None:
        return load_baseline(options.path, now)
    _check_update(options, now)
    known = load_baseline(options.path, now).entries if options.path.exists() else ()
    return Baseline(str(options.path), known, now)


def _check_update(options: BaselineOptions, now: str) -> None:
    if not (options.reason or "").strip():
        raise click.UsageError("--update-baseline wants a reason.")
    expires = options.expires or ""
    if not is_date(expires):
        raise refuse("BAS004", f"--expires: {expires!r} is no day", "such as 2026-12-31")
    if expires < now:
        raise refuse("BAS004", f"--expires: {expires} is over", "a day that is still to come")


def apply_baseline(found: CheckReport, options: BaselineOptions) -> CheckReport:
    """Write the baseline anew where that was asked for, and judge by it."""
    if options.reason is None:
        return found
    old = found.policy.baseline
    met = [group.accepted_by for group in found.accepted if group.accepted_by is not None]
    new = [group.to_baseline_entry(options.reason, options.expires or "") for group in found.groups if group.is_failing]
    entries = updated_entries(old, met, new)
    write_file(Path(old.file), render_baseline(entries))
    fresh = load_baseline(Path(old.file), old.today)
    print_message(
        f"{old.file}: {pluralize(len(entries), 'entry')}, {len(new)} of them new, {len(found.unused_entries)} dropped"
    )
    return build_report(found.recordings, CheckPolicy(found.policy.fail_on, found.policy.conduct_fails, fresh))


def today() -> str:
    """The day on this machine, in UTC: `2026-09-01`."""
    return rfc3339(time.time_ns() // 1000)[:10]
