"""Judges a recording: reads it as a stream, and keeps what was judged where it turns out to be broken."""

import shlex
from collections.abc import Callable, Iterator
from typing import Final

from mockserver.contract.eras.recording import judge_recording
from mockserver.core.wire import Exchange
from mockserver.errors import MockError, Problem
from mockserver.recordings.recording import Recording, read_recording
from mockserver.recordings.redact import Redactor
from mockserver.recordings.source import STDIN, STDIN_NAME
from mockserver.runner.judge.redact_report import redact_report
from mockserver.runner.reports.checks.results import CheckedRecording
from mockserver.runner.reports.escape import display_path

PROGRESS_EVERY: Final = 2_000
"""Exchanges between two words of progress."""

ProgressCallback = Callable[[str], None]


class _ReadableExchanges:
    """A recording's exchanges up to where it can be read; then what is wrong with it."""

    def __init__(self, recording: Recording, redactor: Redactor, progress: ProgressCallback) -> None:
        self.problems: tuple[Problem, ...] = ()
        self._recording = recording
        self._redactor = redactor
        self._progress = progress

    def __iter__(self) -> Iterator[Exchange]:
        try:
            for number, exchange in enumerate(self._recording):
                if number % PROGRESS_EVERY == 0:
                    self._progress(f"{display_path(self._recording.name)}: {number:,} calls")
                self._redactor.learn_keys(exchange.request)
                yield exchange
        except MockError as error:
            self.problems = error.problems


def check_recording(
    file: str, vendor: str = "", era: str | None = None, *, strict: bool = False, progress: ProgressCallback
) -> CheckedRecording:
    """Judge one recording by a vendor's era, or by those that explain it best.

    Secrets in what was found are redacted. A file that cannot be read, or not to its end, has `problems`; what came
    before is judged all the same.
    """
    name = STDIN_NAME if file == STDIN else display_path(file)
    again = _check_command_line(file if file == STDIN else name, vendor, era, strict=strict)
    try:
        recording = read_recording(file)
    except MockError as error:
        return CheckedRecording(name, problems=error.problems, rerun=again)
    redactor = Redactor()
    flow = _ReadableExchanges(recording, redactor, progress)
    report = judge_recording(flow, vendor or None, era, strict=strict, rerun=again)
    return CheckedRecording(
        file=name,
        kind=recording.format,
        has_measured_times=recording.has_measured_times,
        report=redact_report(report, redactor),
        unanswered=recording.unanswered_count,
        skipped=dict(sorted(recording.skipped.items())),
        incomplete=dict(sorted(recording.incomplete.items())),
        problems=flow.problems,
        rerun=again,
        exchanges=recording,
        redact=redactor.redact_text,
    )


def _check_command_line(name: str, vendor: str, era: str | None, *, strict: bool) -> str:
    words = ["mockserver", "check", name]
    words += ["--vendor", f"{vendor}@{era}" if era else vendor] if vendor else []
    return shlex.join([*words, *(["--strict"] if strict else [])])
