"""`mockserver diff`: compares two contracts, or a recording with a contract."""

import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from mockserver.cli.completers import complete_contracts
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.options import json_option
from mockserver.cli.output import print_json, print_message, print_result, redact_output
from mockserver.contract.compare import changes as contract_changes
from mockserver.contract.compare.changes import CHANGE_LEVELS, ChangeLevel, ContractChange, count_by_level
from mockserver.contract.compare.comparison import ContractComparison, compare_captures, compare_recording
from mockserver.contract.documents.capture import Capture, load_capture, read_capture
from mockserver.contract.documents.places import captured_vendors
from mockserver.contract.documents.strict_yaml import MAX_DOCUMENT_BYTES
from mockserver.core.text import pluralize
from mockserver.errors import MockError, did_you_mean, refuse
from mockserver.recordings.detect import is_openapi_document
from mockserver.recordings.recording import read_recording
from mockserver.recordings.source import STDIN, RecordingSource
from mockserver.redaction.redactor import Redactor
from mockserver.runner.judge.redact_report import redact_comparison

FORMAT_VERSION: Final = 1
"""Version of the JSON report."""
_PIN: Final = re.compile(r"[A-Za-z0-9_-]+(?:@[^/\\]*)?")


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Pause the cycle collector: large documents are millions of objects, none of them garbage before the end."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@click.command("diff")
@click.argument("old", metavar="OLD", shell_complete=complete_contracts)
@click.argument("new", metavar="NEW", shell_complete=complete_contracts)
@click.option(
    "--fail-on", type=click.Choice(CHANGE_LEVELS), default="err", show_default=True,
    help="The mildest change that makes the exit code 1.",
)  # fmt: skip
@click.option("--operation", "operations", multiple=True, metavar="ID", help="Only this operation; repeatable.")
@json_option
@_collection_paused()
def diff_command(old: str, new: str, fail_on: ChangeLevel, operations: tuple[str, ...], as_json: bool) -> int:
    """Report what changed from the contract OLD to the contract NEW, as a client of the API sees it.

    Each is an era (phaseo@2026-05-06; phaseo is its newest) or an OpenAPI file. NEW may be a recording (HAR, VCR.py
    cassette, journal): then the report shows what its answers have that OLD does not document.

    \f
    Raises `MockError` CON010 for an unknown `--operation`.
    """
    for name in (old, new):
        _refuse_unusable(name)
    if Path(old).is_file():
        _refuse_recording(old, new)
    old_capture = _load_contract(old, _open_source(old))
    source = _open_source(new)
    if source is None or is_openapi_document(source):
        comparison = compare_captures(old_capture, _load_contract(new, source))
    else:
        recording = read_recording(source)
        redactor = Redactor()
        redact_output(redactor.redact_output)
        exchanges = redactor.learn_from(recording)
        comparison = compare_recording(old_capture, recording.name, exchanges, with_times=recording.has_measured_times)
        comparison = redact_comparison(comparison, redactor)
    changes = comparison.changes
    if operations:
        known = comparison.operations
        for name in operations:
            if name not in known:
                hint = f"Operations: {', '.join(sorted(known))}."
                raise refuse("CON010", f"neither contract has an operation {name!r}{did_you_mean(name, known)}", hint)
        changes = contract_changes.changes_of_operations(changes, operations)
    if as_json:
        print_json(diff_json(comparison, changes, fail_on))
    else:
        print_result(diff_text(comparison, changes))
    if comparison.summary is not None:
        print_message(comparison.summary)
    # A change that was found counts, however little of the contract the comparison could see.
    if contract_changes.changes_at_least(changes, fail_on):
        return ExitCode.FINDINGS
    if not comparison.is_conclusive:
        return ExitCode.INCONCLUSIVE
    return ExitCode.OK


def _refuse_unusable(name: str) -> None:
    """Raise `MockError`: CLI015 for an empty file, and a folder without the name of a vendor; CON002 for nothing."""
    path = Path(name)
    hint = "Name an era (`mockserver list`), an OpenAPI document or a recording."
    if path.is_dir() and name.partition("@")[0] not in captured_vendors():
        raise refuse("CLI015", f"{name} is a folder", hint)
    if path.is_file() and not path.stat().st_size:
        raise refuse("CLI015", f"the file {name} is empty", hint)
    is_name = name == STDIN or "://" in name or _PIN.fullmatch(name) is not None
    if not is_name and not path.exists():
        raise refuse("CON002", f"{name}: No such file or directory", hint)


def _refuse_recording(old: str, new: str) -> None:
    """Raise `MockError` CON003, with the right order of the arguments, if the file OLD is a recording."""
    try:
        read_recording(old)
    except MockError:
        return
    hint = f"A recording goes second: mockserver diff {new} {old}"
    raise refuse("CON003", f"{old} is a recording, not an OpenAPI document", hint)


def _open_source(name: str) -> RecordingSource | None:
    """Open a file, a pipe or standard input; None if no such thing exists, so that the name can be an era."""
    path = Path(name)
    # A folder may have the name of a vendor.
    if name == STDIN or (path.exists() and not path.is_dir()):
        return RecordingSource(name)
    return None


def _load_contract(name: str, source: RecordingSource | None) -> Capture:
    """Load the contract of an open source, else of an era's pin, else of a path.

    Raises `MockError` CON002 to CON006 and CON009.
    """
    if source is not None:
        with source.open() as stream:
            return read_capture(Path(source.name), stream.head(MAX_DOCUMENT_BYTES + 1))
    if not _PIN.fullmatch(name):
        return read_capture(Path(name))
    vendor, _, era = name.partition("@")
    return load_capture(vendor, era or None)


def diff_json(comparison: ContractComparison, changes: list[ContractChange], fail_on: str) -> str:
    """Render `{version, old, new, fail_on, changes, tally}`; `tally` counts the changes by level."""
    report = {
        "version": FORMAT_VERSION,
        "old": comparison.old,
        "new": comparison.new,
        "fail_on": fail_on,
        "changes": [change.json() for change in changes],
        "tally": count_by_level(changes),
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def diff_text(comparison: ContractComparison, changes: list[ContractChange]) -> str:
    """Render the changes and their counts by level for a terminal."""
    lines = [f"{comparison.old} -> {comparison.new}", ""]
    if changes:
        lines += [contract_changes.render_changes(changes), ""]
    counts = ", ".join(f"{number} {level}" for level, number in count_by_level(changes).items())
    lines.append(f"{pluralize(len(changes), 'change')}: {counts}")
    return "\n".join(lines)
