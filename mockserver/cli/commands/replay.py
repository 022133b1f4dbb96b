"""`mockserver replay`: serves a recording as it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import click
import orjson

from mockserver import __version__
from mockserver.cli.completers import complete_files, complete_moving_clock_modes
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.options import HOST, Decorator, client_host, default_option, listen_options, option_group
from mockserver.cli.output import (
    Progress,
    log_to_stderr,
    print_json,
    print_message,
    print_problem,
    print_result,
    redact_output,
)
from mockserver.contract.documents.derived import deriving_with
from mockserver.core.clock import CLOCK_MODES, MOVING_CLOCK_MODES, ClockMode, parse_clock_mode
from mockserver.core.text import pluralize
from mockserver.errors import MockError, refuse
from mockserver.installed.derived_contracts import TABLES_OF_INSTALLED
from mockserver.recordings.readable import ReadableExchanges
from mockserver.recordings.recording import Recording, read_recording
from mockserver.redaction.redactor import Redactor
from mockserver.replay.answers import AnswerStore
from mockserver.replay.http_server import RecordingServer, replay_forever
from mockserver.replay.player import DriveBy, RecordingPlayer, ReplayCounts
from mockserver.replay.traffic import RecordedTraffic, read_traffic
from mockserver.server.clock import wall_clock
from mockserver.server.http.listener import ListeningAddress

REPLAY_PORT: Final = 4813
"""Default port of `replay`, which may run beside a server, a receiver and a proxy."""
MAX_SHOWN: Final = 20
"""Different requests without an answer that the end of the command lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """The values of the options."""

    host: str
    port: int
    by: str | None
    clock: str
    strict: bool
    ready_json: bool

    def drive_by(self, recording: Recording) -> DriveBy:
        """Return what moves a client along; time where the recording has times. Raises `MockError` RPL005."""
        if self.by == DriveBy.TIME.value and not recording.has_measured_times:
            message = f"{recording.name} has an order and no times"
            raise refuse("RPL005", message, "--by poll gives each poll the next recorded answer.")
        if self.by is None:
            return DriveBy.TIME if recording.has_measured_times else DriveBy.POLL
        return DriveBy(self.by)

    def clock_mode(self) -> ClockMode:
        """Return how time passes. Raises `MockError` SES004, and `click.UsageError` for a clock that stands still."""
        if self.clock in CLOCK_MODES.keys() - MOVING_CLOCK_MODES:
            raise click.UsageError("--clock manual: nothing can move the clock of a recording; use real, xN or auto.")
        return parse_clock_mode(self.clock, MOVING_CLOCK_MODES)


_clock_option: Final[Decorator] = default_option(
    "--clock", default="real", metavar="real|xN|auto", shell_complete=complete_moving_clock_modes,
    help="How time runs: real, N times as fast, or auto (each poll of a running job moves it by what the answer asks "
    "for, else by 5 s; auto:30s by 30 s).",
)  # fmt: skip
replay_options: Final = option_group(ReplayOptions, (
    *listen_options(REPLAY_PORT),
    click.option(
        "--by", type=click.Choice([each.value for each in DriveBy]),
        help="What moves a job along: the time since its creation, or each poll. By default time, if the recording "
        "has times.",
    ),
    _clock_option,
    click.option("--strict", is_flag=True, help="Exit 1 at the end if a request was not in the recording."),
    click.option("--ready-json", is_flag=True, help="Print one line of JSON once the port answers, and no greeting."),
))  # fmt: skip


@click.command("replay")
@click.argument("recording", metavar="RECORDING", shell_complete=complete_files)
@replay_options
@deriving_with(TABLES_OF_INSTALLED)
def replay_command(options: ReplayOptions, recording: str) -> int:
    """Serve a recording as it is, at whatever interval the client polls.

    RECORDING is a HAR file, a VCR cassette or a journal; - is standard input. Ctrl-C ends it with a summary.
    Exit codes: 0 success, 1 a request was not in the recording (with --strict), 2 it could not start, 3 no request
    came (with --strict).

    \f
    Raises `MockError` for an unusable recording, `click.UsageError` for an unusable clock.
    """
    log_to_stderr()
    mode = options.clock_mode()
    redact_output(Redactor().redact_output)
    source = read_recording(recording)
    drive_by = options.drive_by(source)
    with AnswerStore() as store:
        traffic = read_recorded_traffic(source, store)
        if traffic.lost_count == traffic.exchange_count:
            message = f"{source.name} has no answer that could be served"
            raise refuse("RPL001", message, f"It has {pluralize(traffic.exchange_count, 'exchange')}.")
        now = wall_clock()
        player = RecordingPlayer(traffic, drive_by, mode.start(now, now))
        server = RecordingServer(player, accept_any_host=options.host != HOST)

        def greet(address: ListeningAddress) -> None:
            url = f"http://{client_host(address.host)}:{address.port}"
            if options.ready_json:
                print_json(orjson.dumps({"url": url, "host": address.host, "port": address.port}).decode())
            else:
                print_result("\n".join(replay_greeting(url, source, traffic, f"{drive_by.value}, clock {mode}")))

        replay_forever(server, options.host, options.port, greet)
    for line in replay_summary(player.counts):
        print_message(line)
    if server.failed:
        return ExitCode.INTERNAL_ERROR
    return replay_exit_code(player.counts, options.strict)


def read_recorded_traffic(source: Recording, store: AnswerStore) -> RecordedTraffic:
    """Read a recording as far as it can be read, and print why no further. Raises `MockError` if nothing was read."""
    progress = Progress()
    exchanges = ReadableExchanges(source, partial(progress.show_calls, source.name))
    try:
        traffic = read_traffic(exchanges, store)
    finally:
        progress.clear()
    if exchanges.problems and not source.read_count:
        raise MockError(*exchanges.problems)
    for problem in exchanges.problems:
        print_problem(problem)
    return traffic


def replay_exit_code(counts: ReplayCounts, strict: bool) -> ExitCode:
    """Return the exit code of what was served."""
    if not strict:
        return ExitCode.OK
    if counts.unrecorded:
        return ExitCode.FINDINGS
    return ExitCode.OK if counts.answered else ExitCode.INCONCLUSIVE


def replay_greeting(url: str, recording: Recording, traffic: RecordedTraffic, drive: str) -> Iterator[str]:
    """Render the lines printed at the start: the URL, what the recording has, and what it lacks."""
    jobs = sum(course.is_job for course in traffic.courses.values())
    yield f"videojob-mockserver {__version__} replay on {url}"
    yield f"recording  {recording.name}: {pluralize(traffic.exchange_count, 'exchange')}, {pluralize(jobs, 'job')}"
    if traffic.lost_count:
        yield f"           {pluralize(traffic.lost_count, 'exchange')} without an answer, or without its body"
    for reason, count in sorted((recording.skipped + recording.incomplete).items()):
        yield f"           {count} x {reason}"
    yield f"by         {drive}"
    yield "stop       Ctrl-C"


def replay_summary(counts: ReplayCounts) -> Iterator[str]:
    """Render the lines printed at the end: what was answered, and each request that was not."""
    unrecorded = sum(counts.unrecorded.values())
    yield f"{pluralize(counts.answered, 'request')} answered, {unrecorded} not in the recording"
    if counts.lost:
        yield f"{pluralize(counts.lost, 'request')} recorded without an answer, or without its body"
    for subject, count in counts.unrecorded.most_common(MAX_SHOWN):
        yield f"    {count} x {subject}"
    if len(counts.unrecorded) > MAX_SHOWN:
        yield f"    and {len(counts.unrecorded) - MAX_SHOWN} more"
