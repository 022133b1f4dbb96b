"""`mockserver distill`: turns recorded traffic into the shortest scenario that behaves like it."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import click

from mockserver.cli.completers import complete_files
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.files import refuse_existing, refuse_overwriting, write_file
from mockserver.cli.judge_options import contract_era
from mockserver.cli.minimize_options import MinimizeOptions, minimize_options, minimize_scenario
from mockserver.cli.options import STDIN, file_option, json_option, option_group, path_prefix_option, vendor_option
from mockserver.cli.output import Progress, print_json, print_message, print_problem, print_result, redact_output
from mockserver.contract.documents.derived import deriving_with
from mockserver.core.wire import Exchange
from mockserver.distill.distiller import Distilled, Distiller, DistillOptions
from mockserver.distill.minimizer import Minimized
from mockserver.distill.report import minimized_json, minimized_lines, report_json, report_lines
from mockserver.errors import Problem
from mockserver.installed import installed_vendors
from mockserver.installed.derived_contracts import TABLES_OF_INSTALLED
from mockserver.recordings.readable import ReadableExchanges
from mockserver.recordings.recording import read_recording
from mockserver.recordings.source import STDIN_NAME
from mockserver.redaction.redactor import Redactor
from mockserver.server.signals import ignore_stop_signals
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillFlags:
    """The values of the options."""

    vendor: str | None
    path_prefix: str
    output: Path | None
    force: bool
    name: str | None
    per_job: bool
    as_json: bool


distill_options: Final = option_group(DistillFlags, (
    vendor_option(help="Vendor and era of the calls; detected and printed if not given."),
    path_prefix_option,
    file_option("--output", "-o", help="Write the scenario to this file instead of standard output."),
    click.option("--force", is_flag=True, help="Overwrite the file of --output."),
    click.option("--name", metavar="NAME", help="Name of the scenario; by default that of the first file."),
    click.option("--per-job", is_flag=True, help="Write a timeline for each job, although one would explain several."),
    json_option,
))  # fmt: skip


@click.command("distill")
@click.argument("recordings", nargs=-1, required=True, metavar="RECORDING...", shell_complete=complete_files)
@distill_options
@minimize_options
@deriving_with(TABLES_OF_INSTALLED)
def distill_command(flags: DistillFlags, minimizing: MinimizeOptions, recordings: tuple[str, ...]) -> int:
    """Write the shortest scenario that behaves like recordings (HAR files, VCR cassettes, journals; - is stdin).

    The scenario goes to standard output, the report to standard error. No text, id or key of the recording is written.

    Exit codes: 0 everything is explained, or minimized; 2 an unusable file, or a check that does not fail; 3 the
    scenario explains a part, there is nothing to explain, or it may not be minimal.

    \f
    Raises `MockError` CLI012, CLI016, CON005 or CON006 for an unknown vendor, DST001 to DST004, REC001, REC002, REC009.
    """
    minimizing.refuse_without_check()
    refuse_unusable(flags, recordings)
    redactor = Redactor()
    redact_output(redactor.redact_output)
    progress = Progress()
    try:
        calls = read_calls(recordings, flags.path_prefix, progress)
        progress.show("distilling")
        name = flags.name or scenario_slug(flags.output, recordings[0], redactor)
        options = DistillOptions(name, flags.vendor, flags.per_job, calls.has_measured_times)
        found = Distiller(installed_vendors(), memory_store).distill(calls.exchanges, options, redactor)
    finally:
        progress.clear()
    smaller = None
    if minimizing.minimize is not None:
        smaller = minimize_scenario(found, minimizing, redactor)
        redactor.check(smaller.text.encode())
    ignore_stop_signals()
    print_distilled(found, smaller, calls, flags)
    return distill_exit_code(found, smaller, calls)


def refuse_unusable(flags: DistillFlags, recordings: Sequence[str]) -> None:
    """Raise `MockError` for an output that must not be written (CLI012, CLI016) or an unknown vendor (CON005, 006)."""
    refuse_overwriting({"--output": flags.output}, [each for each in recordings if each != STDIN])
    refuse_existing(flags.output, force=flags.force)
    if flags.vendor is not None:
        contract_era(flags.vendor)


def print_distilled(found: Distilled, smaller: Minimized | None, calls: ReadCalls, flags: DistillFlags) -> None:
    """Print and write the scenario, the minimized one if there is one, and the report."""
    text = found.text if smaller is None else smaller.text
    if flags.output is not None:
        write_file(flags.output, text.encode())
    problems = list(calls.problems)
    if smaller is not None and smaller.problem is not None:
        problems.append(smaller.problem)
    if flags.as_json:
        value = report_json(found, calls.files, [problem.json() for problem in problems])
        if smaller is not None:
            value |= {"scenario": text, "minimized": minimized_json(smaller)}
        print_json(json.dumps(value, indent=2))
    else:
        if flags.output is None:
            print_result(text, newline=False)
        for line in report_lines(found, calls.files):
            print_message(line)
        for line in minimized_lines(smaller) if smaller is not None else ():
            print_message(line)
    for problem in problems:
        print_problem(problem)


def distill_exit_code(found: Distilled, smaller: Minimized | None, calls: ReadCalls) -> ExitCode:
    """Return the exit code: of the search for a smaller scenario, if there was one."""
    if smaller is None:
        return ExitCode.OK if found.is_proved and not calls.problems else ExitCode.INCONCLUSIVE
    if smaller.ended == "interrupted":
        return ExitCode.INTERRUPTED
    if smaller.ended == "aborted":
        return ExitCode.USAGE
    return ExitCode.OK if smaller.is_proved else ExitCode.INCONCLUSIVE


def read_calls(recordings: Sequence[str], path_prefix: str, progress: Progress) -> ReadCalls:
    """Read all recordings as far as they can be read, and cut a prefix off their paths.

    Raises `MockError` for a file that is no recording.
    """
    read: list[tuple[Exchange, str]] = []
    problems: list[Problem] = []
    has_measured_times = True
    for file in dict.fromkeys(recordings):
        recording = read_recording(file, path_prefix=path_prefix)
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
