"""The baseline of a command line: which findings are accepted for now, and those that shall be from today on."""

import time
from pathlib import Path
from typing import NamedTuple

import click

from mockserver.cli.say import complain, write
from mockserver.core.counting import count
from mockserver.core.instants import rfc3339
from mockserver.errors import refuse
from mockserver.runner.reporting.baseline import NO_BASELINE, Baseline, is_day, load, renewed, written
from mockserver.runner.reporting.results import Results, Terms, results


class Accepting(NamedTuple):
    """What becomes of the baseline."""

    path: Path | None = None
    reason: str | None = None
    """Why everything that counts shall be accepted; None: it shall not."""
    expires: str | None = None


def baseline_of(accepting: Accepting) -> Baseline:
    """The entries that still hold; what cannot be meant is refused."""
    now = today()
    if (accepting.reason is None) != (accepting.expires is None):
        raise click.UsageError("--update-baseline REASON and --expires DATE go together.")
    if accepting.path is None:
        if accepting.reason is not None:
            raise click.UsageError("--update-baseline wants --baseline FILE.")
        return NO_BASELINE
    if accepting.reason is None:
        return load(accepting.path, now)
    _wanted(accepting, now)
    known = load(accepting.path, now).entries if accepting.path.exists() else ()
    return Baseline(str(accepting.path), known, now)


def _wanted(accepting: Accepting, now: str) -> None:
    if not (accepting.reason or "").strip():
        raise click.UsageError("--update-baseline wants a reason.")
    expires = accepting.expires or ""
    if not is_day(expires):
        raise refuse("BAS004", f"--expires: {expires!r} is no day", "such as 2026-12-31")
    if expires < now:
        raise refuse("BAS004", f"--expires: {expires} is over", "a day that is still to come")


def accepted(found: Results, accepting: Accepting) -> Results:
    """Write the baseline anew where that was asked for, and judge by it."""
    if accepting.reason is None:
        return found
    old = found.terms.baseline
    met = [group.accepted for group in found.accepted if group.accepted is not None]
    new = [group.entry(accepting.reason, accepting.expires or "") for group in found.groups if group.counts]
    entries = renewed(old, met, new)
    write(Path(old.file), written(entries))
    fresh = load(Path(old.file), old.today)
    complain(f"{old.file}: {count(len(entries), 'entry')}, {len(new)} of them new, {len(found.unused)} dropped")
    return results(found.checked, Terms(found.terms.fail_on, found.terms.conduct_fails, fresh))


def today() -> str:
    """The day on this machine, in UTC: `2026-09-01`."""
    return rfc3339(time.time_ns() // 1000)[:10]
