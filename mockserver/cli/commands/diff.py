"""`mockserver diff`: what changed between two contracts, or what a recording shows that a contract does not say."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import click

from mockserver.cli import ExitCode
from mockserver.cli.options import json_option
from mockserver.cli.output import print_message, print_result
from mockserver.contract.compare.changes import (
    CHANGE_LEVELS,
    ChangeLevel,
    ContractChange,
    changes_at_least,
    changes_of_operations,
    count_by_level,
    render_changes,
)
from mockserver.contract.compare.diff import diff_captures
from mockserver.contract.compare.drift import DriftCollector
from mockserver.contract.documents.capture import Capture, load_capture, read_capture
from mockserver.contract.documents.strict_yaml import MAX_DOCUMENT_BYTES
from mockserver.core.text import pluralize
from mockserver.errors import MockError, did_you_mean, refuse
from mockserver.recordings.recording import Recording, read_recording
from mockserver.recordings.source import STDIN, RecordingSource

FORMAT_VERSION: Final = 1
"""Of the JSON's shape."""
_PIN: Final = re.compile(r"[A-Za-z0-9_-]+(?:@[^/\\]*)?")
_OPENAPI: Final = re.compile(rb"""(?m)^\s*["']?(?:openapi|swagger)["']?\s*:|"(?:openapi|swagger)"\s*:""")


class DiffReport(NamedTuple):
    """What was compared, and what came of it."""

    old: str
    new: str
    changes: list[ContractChange]
    operations: frozenset[str]
    """Every operation that either of them has."""
    summary: str = ""
    """What else is to be said."""
    conclusive: bool = True
    """Whether anything was compared."""


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--fail-on",
    type=click.Choice(CHANGE_LEVELS),
    default="err",
    show_default=True,
    help="The mildest change that makes the exit code 1.",
)
@click.option("--operation", "operations", multiple=True, metavar="ID", help="Only this call's changes; repeatable.")
@json_option
def diff_command(old: str, new: str, fail_on: ChangeLevel, operations: tuple[str, ...], as_json: bool) -> int:
    """Tell what changed from the contract OLD to the contract NEW, as a client of the API meets it.

    Each is an era (phaseo@2026-05-06; phaseo is its newest) or an OpenAPI file. NEW may be a recording (HAR, VCR.py
    cassette, journal): then it is what its answers show that OLD does not say.
    """
    before = _load_old(old, new)
    source = _open_source(new)
    if source is None or _OPENAPI.search(source.head()):
        compared = _compare_contracts(before, _load_contract(new, source))
    else:
        compared = _compare_recording(before, read_recording(source))
    chosen = _select_changes(compared, operations)
    failing = changes_at_least(chosen, fail_on)
    print_result(_diff_json(compared, chosen, fail_on) if as_json else "\n".join(_diff_lines(compared, chosen)))
    if compared.summary:
        print_message(compared.summary)
    if failing:
        return ExitCode.FINDINGS
    return ExitCode.OK if compared.conclusive else ExitCode.INCONCLUSIVE


def _load_old(old: str, new: str) -> Capture:
    """The contract that comes first; who named a recording there is told the order."""
    if Path(old).is_file() and _is_recording(old):
        hint = f"A recording goes second: mockserver diff {new} {old}"
        raise refuse("CON003", f"{old} is a recording, and no OpenAPI document", hint)
    return _load_contract(old, _open_source(old))


def _is_recording(name: str) -> bool:
    try:
        read_recording(name)
    except MockError:
        return False
    return True


def _open_source(name: str) -> RecordingSource | None:
    """What can be opened by that name: a file, a pipe, standard input; None where there is no such thing."""
    path = Path(name)
    return RecordingSource(name) if name == STDIN or (path.exists() and not path.is_dir()) else None


def _load_contract(name: str, source: RecordingSource | None) -> Capture:
    """The contract of that name; whoever reads it says what is wrong with it."""
    if source is not None:
        with source.open() as stream:
            return read_capture(Path(source.name), stream.head(MAX_DOCUMENT_BYTES + 1))
    if not _PIN.fullmatch(name):
        return read_capture(Path(name))
    vendor, _, era = name.partition("@")
    return load_capture(vendor, era or None)


def _compare_contracts(old: Capture, new: Capture) -> DiffReport:
    operations = frozenset(operation.id for each in (old, new) for operation in each.operations)
    return DiffReport(old.name, new.name, diff_captures(old, new), operations)


def _compare_recording(capture: Capture, recording: Recording) -> DiffReport:
    seen = DriftCollector(capture)
    for exchange in recording:
        seen.add(exchange)
    operations = frozenset(operation.id for operation in capture.operations)
    changes = seen.changes(with_times=recording.has_measured_times)
    return DiffReport(capture.name, recording.name, changes, operations, _summarize_drift(seen), seen.judged > 0)


def _summarize_drift(drift: DriftCollector) -> str:
    """How much of a recording was looked at."""
    said = [
        f"{pluralize(drift.exchanges, 'exchange')}, {pluralize(drift.judged, 'answer')} of calls that the contract has"
    ]
    said += [f"{number} of {name}" for name, number in drift.foreign_calls.most_common(3)]
    if not drift.judged:
        said.append("nothing was compared")
    if drift.dropped:
        said.append(f"{pluralize(drift.dropped, 'sighting')} left out: there are too many different ones")
    return "; ".join(said)


def _select_changes(compared: DiffReport, operations: Iterable[str]) -> list[ContractChange]:
    wanted = list(operations)
    for name in wanted:
        if name not in compared.operations:
            near = did_you_mean(name, compared.operations)
            hint = f"Operations: {', '.join(sorted(compared.operations))}."
            raise refuse("CON010", f"neither contract has an operation {name!r}{near}", hint)
    return changes_of_operations(compared.changes, wanted) if wanted else compared.changes


def _diff_json(compared: DiffReport, changes: list[ContractChange], fail_on: str) -> str:
    report = {
        "version": FORMAT_VERSION,
        "old": compared.old,
        "new": compared.new,
        "fail_on": fail_on,
        "changes": [change.json() for change in changes],
        "tally": count_by_level(changes),
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def _diff_lines(compared: DiffReport, changes: list[ContractChange]) -> Iterable[str]:
    yield f"{compared.old} -> {compared.new}"
    yield ""
    if changes:
        yield render_changes(changes)
        yield ""
    counts = ", ".join(f"{number} {level}" for level, number in count_by_level(changes).items())
    yield f"{pluralize(len(changes), 'change')}: {counts}"
