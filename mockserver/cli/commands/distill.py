"""`mockserver distill`: turns recorded traffic into the shortest scenario that behaves like it."""

import json
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import click

from mockserver.cli.completers import complete_files
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.files import is_stream, refuse_overwriting, write_file
from mockserver.cli.options import STDIN, file_option, json_option, vendor_option
from mockserver.cli.output import (
    Progress,
    print_json,
    print_message,
    print_problem,
    print_result,
    redact_output,
)
from mockserver.contract.documents.capture import resolve_era
from mockserver.core.wire import Exchange
from mockserver.distill.distiller import Distiller, DistillOptions
from mockserver.distill.report import report_json, report_lines
from mockserver.errors import Problem, refuse
from mockserver.installed import installed_vendors
from mockserver.recordings.readable import ReadableExchanges
from mockserver.recordings.recording import read_recording
from mockserver.recordings.source import STDIN_NAME
from mockserver.redaction.redactor import Redactor
from mockserver.stores import memory_store

DEFAULT_NAME: Final = "recorded"
MAX_NAME_LENGTH: Final = 60


class ReadCalls(NamedTuple):
    """The exchanges of all recordings, in the order of their sending."""

    exchanges: list[Exchange]
    files: dict[int, str]
    """The file of each exchange, by its place."""
    has_measured_times: bool
    problems: tuple[Problem, ...]
    """Why a recording was not read to its end."""


@click.command("distill")
@click.argument("recordings", nargs=-1, required=True, metavar="RECORDING...", shell_complete=complete_files)
@vendor_option(help="Vendor and era of the calls; detected and printed if not given.")
@file_option("--output", "-o", help="Write the scenario to this file instead of standard output.")
@click.option("--force", is_flag=True, help="Overwrite the file of --output.")
@click.option("--name", metavar="NAME", help="Name of the scenario; by default that of the first file.")
@click.option("--per-job", is_flag=True, help="Write a timeline for each job, although one would explain several.")
@json_option
def distill_command(
    recordings: tuple[str, ...],
    vendor: str | None,
    output: Path | None,
    force: bool,
    name: str | None,
    per_job: bool,
    as_json: bool,
) -> int:
    """Write the shortest scenario that behaves like recordings (HAR files, VCR cassettes, journals; - is stdin).

    The scenario goes to standard output, the report to standard error. No text, id or key of the recording is written.

    Exit codes: 0 everything is explained, 2 an unusable file, 3 the scenario explains a part.

    \f
    Raises `MockError` CLI012, CLI016, CON005 or CON006 for an unknown vendor, DST001, DST002, REC001, REC002, REC009.
    """
    refuse_overwriting({"--output": output}, [each for each in recordings if each != STDIN])
    if output is not None and output.exists() and not is_stream(output) and not force:
        raise refuse("CLI016", f"{output} exists", "Choose another path, or overwrite it with --force.")
    if vendor is not None:
        owner, _, date = vendor.partition("@")
        resolve_era(owner, date or None)
    redactor = Redactor()
    redact_output(redactor.redact_output)
    progress = Progress()
    try:
        calls = read_calls(recordings, progress)
        progress.show("distilling")
        options = DistillOptions(
            name or scenario_slug(output, recordings[0], redactor), vendor, per_job, calls.has_measured_times
        )
        found = Distiller(installed_vendors(), memory_store).distill(calls.exchanges, options, redactor)
    finally:
        progress.clear()
    if output is not None:
        write_file(output, found.text.encode())
    if as_json:
        problems = [problem.json() for problem in calls.problems]
        print_json(json.dumps(report_json(found, calls.files, problems), indent=2))
    else:
        if output is None:
            print_result(found.text, newline=False)
        for line in report_lines(found, calls.files):
            print_message(line)
    for problem in calls.problems:
        print_problem(problem)
    return ExitCode.OK if found.is_whole and not calls.problems else ExitCode.INCONCLUSIVE


def read_calls(recordings: Sequence[str], progress: Progress) -> ReadCalls:
    """Read all recordings as far as they can be read. Raises `MockError` for a file that is no recording."""
    read: list[tuple[Exchange, str]] = []
    problems: list[Problem] = []
    has_measured_times = True
    for file in dict.fromkeys(recordings):
        recording = read_recording(file)
        has_measured_times = has_measured_times and recording.has_measured_times
        shown = STDIN_NAME if file == STDIN else file
        readable = ReadableExchanges(recording, partial(progress.show_calls, shown))
        read += ((exchange, shown) for exchange in readable)
        problems += readable.problems
    if len(set(recordings)) > 1:
        # The numbers of one file say nothing about another's: only the times order them.
        read = [(exchange._replace(sent_seq=0, answered_seq=0), file) for exchange, file in read]
        read.sort(key=lambda pair: pair[0].sent_at)
    files = {number: file for number, (_, file) in enumerate(read)}
    return ReadCalls([exchange for exchange, _ in read], files, has_measured_times, tuple(problems))


def scenario_slug(output: Path | None, recording: str, redactor: Redactor) -> str:
    """Return a scenario's name: the output's stem, else the recording's, in the letters that a name may have."""
    stem = Path(output or recording).name.partition(".")[0]
    words = re.findall(r"[a-z0-9]+", redactor.redact_text(stem).lower())
    return "-".join(words)[:MAX_NAME_LENGTH].strip("-") or DEFAULT_NAME
