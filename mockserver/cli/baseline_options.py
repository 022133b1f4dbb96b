"""The baseline options of `check`: which findings are accepted, and adding the present ones to the file."""

from pathlib import Path
from typing import NamedTuple

import click

from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.files import write_file
from mockserver.cli.output import print_message
from mockserver.cli.times import today
from mockserver.core.text import pluralize
from mockserver.errors import refuse
from mockserver.runner.reports.checks import baseline
from mockserver.runner.reports.checks.report_builder import build_report
from mockserver.runner.reports.checks.results import CheckPolicy, CheckReport


class BaselineOptions(NamedTuple):
    """The values of `--baseline`, `--update-baseline` and `--expires`."""

    path: Path | None = None
    reason: str | None = None
    """The reason to accept every failing finding from now on; None: the baseline is not updated."""
    expires: str | None = None
    """The last day on which they are accepted: `2026-12-31`."""


def baseline_from_options(options: BaselineOptions) -> baseline.Baseline:
    """Load the entries that have not expired.

    Raises `click.UsageError` for options that do not go together, `MockError` BAS004 for a bad `--expires`, and the
    BAS codes of an unusable file.
    """
    now = today()
    if (options.reason is None) != (options.expires is None):
        raise click.UsageError("--update-baseline REASON and --expires DATE go together.")
    if options.path is None:
        if options.reason is not None:
            raise click.UsageError("--update-baseline needs --baseline FILE.")
        return baseline.NO_BASELINE
    if options.reason is None or options.expires is None:
        return baseline.load_baseline(options.path, now)
    if not options.reason.strip():
        raise click.UsageError("--update-baseline needs a reason.")
    if not baseline.is_date(options.expires):
        raise refuse("BAS004", f"--expires: {options.expires!r} is not a date", "Write it like 2026-12-31.")
    if options.expires < now:
        raise refuse("BAS004", f"--expires: {options.expires} has passed", "Give a date in the future.")
    # An update may create the file, so here a missing one is no error.
    known = baseline.load_baseline(options.path, now).entries if options.path.exists() else ()
    return baseline.Baseline(str(options.path), known, now)


def apply_baseline(report: CheckReport, options: BaselineOptions) -> CheckReport:
    """Rewrite the baseline file if `--update-baseline` was given, and return the report that it leads to.

    Raises `MockError` CLI005 if the file cannot be written.
    """
    if options.reason is None or options.expires is None:
        return report
    old = report.policy.baseline
    path = Path(old.file)
    new = [entry for group in report.groups for entry in group.baseline_entries(options.reason, options.expires)]
    # What a cut file or one without evidence does not show may still be there.
    unused = report.unused_entries
    if report.exit_code in (ExitCode.USAGE, ExitCode.INCONCLUSIVE):
        unused = ()
    entries = baseline.updated_entries(old, set(old.entries).difference(unused), new)
    write_file(path, baseline.render_baseline(entries))
    print_message(f"{old.file}: {pluralize(len(entries), 'entry')}, {len(new)} of them new, {len(unused)} dropped")
    policy = CheckPolicy(report.policy.fail_on, report.policy.conduct_fails, baseline.load_baseline(path, old.today))
    return build_report(report.recordings, policy)
