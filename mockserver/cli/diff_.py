"""`mockserver diff`: what changed between two contracts, or what a recording shows that a contract does not say."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import click

from mockserver.cli import Exit
from mockserver.cli.options import json_option
from mockserver.cli.say import complain, say
from mockserver.contract.capture import Capture, load, read_capture
from mockserver.contract.changes import LEVELS, Change, Level, at_least, of_operation, render, tally
from mockserver.contract.diff import diff
from mockserver.contract.drift import Drift
from mockserver.contract.reading import LARGEST
from mockserver.core.counting import count
from mockserver.errors import MockError, nearest, refuse
from mockserver.recordings.recording import Recording, read
from mockserver.recordings.source import STDIN, Source

VERSION: Final = 1
"""Of the JSON's shape."""
_PIN: Final = re.compile(r"[A-Za-z0-9_-]+(?:@[^/\\]*)?")
_OPENAPI: Final = re.compile(rb"""(?m)^\s*["']?(?:openapi|swagger)["']?\s*:|"(?:openapi|swagger)"\s*:""")


class Compared(NamedTuple):
    """What was compared, and what came of it."""

    old: str
    new: str
    changes: list[Change]
    operations: frozenset[str]
    """Every operation that either of them has."""
    note: str = ""
    """What else is to be said."""
    proved: bool = True
    """Whether anything was compared."""


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS),
    default="err",
    show_default=True,
    help="The mildest change that makes the exit code 1.",
)
@click.option("--operation", "operations", multiple=True, metavar="ID", help="Only this call's changes; repeatable.")
@json_option
def command(old: str, new: str, fail_on: Level, operations: tuple[str, ...], as_json: bool) -> int:
    """Tell what changed from the contract OLD to the contract NEW, as a client of the API meets it.

    Each is an era (phaseo@2026-05-06; phaseo is its newest) or an OpenAPI file. NEW may be a recording (HAR, VCR.py
    cassette, journal): then it is what its answers show that OLD does not say.
    """
    before = _first(old, new)
    source = _source(new)
    if source is None or _OPENAPI.search(source.head()):
        compared = _contracts(before, _capture(new, source))
    else:
        compared = _recording(before, read(source))
    chosen = _chosen(compared, operations)
    failing = at_least(chosen, fail_on)
    say(_json(compared, chosen, fail_on) if as_json else "\n".join(_lines(compared, chosen)))
    if compared.note:
        complain(compared.note)
    if failing:
        return Exit.FINDINGS
    return Exit.FINE if compared.proved else Exit.INCONCLUSIVE


def _first(old: str, new: str) -> Capture:
    """The contract that comes first; who named a recording there is told the order."""
    if Path(old).is_file() and _is_recording(old):
        hint = f"A recording goes second: mockserver diff {new} {old}"
        raise refuse("CON003", f"{old} is a recording, and no OpenAPI document", hint)
    return _capture(old, _source(old))


def _is_recording(name: str) -> bool:
    try:
        read(name)
    except MockError:
        return False
    return True


def _source(name: str) -> Source | None:
    """What can be opened by that name: a file, a pipe, standard input; None where there is no such thing."""
    path = Path(name)
    return Source(name) if name == STDIN or (path.exists() and not path.is_dir()) else None


def _capture(name: str, source: Source | None) -> Capture:
    """The contract of that name; whoever reads it says what is wrong with it."""
    if source is not None:
        with source.open() as stream:
            return read_capture(Path(source.name), stream.head(LARGEST + 1))
    if not _PIN.fullmatch(name):
        return read_capture(Path(name))
    vendor, _, era = name.partition("@")
    return load(vendor, era or None)


def _contracts(old: Capture, new: Capture) -> Compared:
    operations = frozenset(operation.id for each in (old, new) for operation in each.operations)
    return Compared(old.name, new.name, diff(old, new), operations)


def _recording(capture: Capture, recording: Recording) -> Compared:
    seen = Drift(capture)
    for exchange in recording:
        seen.add(exchange)
    operations = frozenset(operation.id for operation in capture.operations)
    changes = seen.changes(measured=recording.measured)
    return Compared(capture.name, recording.name, changes, operations, _account(seen), seen.judged > 0)


def _account(seen: Drift) -> str:
    """How much of a recording was looked at."""
    said = [f"{count(seen.exchanges, 'exchange')}, {count(seen.judged, 'answer')} of calls that the contract has"]
    said += [f"{number} of {name}" for name, number in seen.strangers.most_common(3)]
    if not seen.judged:
        said.append("nothing was compared")
    if seen.left_out:
        said.append(f"{count(seen.left_out, 'sighting')} left out: there are too many different ones")
    return "; ".join(said)


def _chosen(compared: Compared, operations: Iterable[str]) -> list[Change]:
    wanted = list(operations)
    for name in wanted:
        if name not in compared.operations:
            near = nearest(name, compared.operations)
            hint = f"Operations: {', '.join(sorted(compared.operations))}."
            raise refuse("CON010", f"neither contract has an operation {name!r}{near}", hint)
    return of_operation(compared.changes, wanted) if wanted else compared.changes


def _json(compared: Compared, changes: list[Change], fail_on: str) -> str:
    report = {
        "version": VERSION,
        "old": compared.old,
        "new": compared.new,
        "fail_on": fail_on,
        "changes": [change.json() for change in changes],
        "tally": tally(changes),
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def _lines(compared: Compared, changes: list[Change]) -> Iterable[str]:
    yield f"{compared.old} -> {compared.new}"
    yield ""
    if changes:
        yield render(changes)
        yield ""
    counts = ", ".join(f"{number} {level}" for level, number in tally(changes).items())
    yield f"{count(len(changes), 'change')}: {counts}"
