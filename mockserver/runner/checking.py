"""Judges a recording: reads it as a stream, and keeps what was judged where it turns out to be broken."""

import shlex
from collections.abc import Callable, Iterator
from typing import Final

from mockserver.contract.recording import judge_recording
from mockserver.core.wire import Exchange
from mockserver.errors import MockError, Problem
from mockserver.recordings.recording import Recording, read
from mockserver.recordings.redact import Redactor
from mockserver.recordings.source import STDIN, STDIN_NAME
from mockserver.runner.redacting import shown_report
from mockserver.runner.reporting.escape import path
from mockserver.runner.reporting.results import Checked

STEP: Final = 2_000
"""Exchanges between two words of progress."""

Progress = Callable[[str], None]


class _Flow:
    """A recording's exchanges up to where it can be read; then what is wrong with it."""

    def __init__(self, recording: Recording, redactor: Redactor, progress: Progress) -> None:
        self.problems: tuple[Problem, ...] = ()
        self._recording = recording
        self._redactor = redactor
        self._progress = progress

    def __iter__(self) -> Iterator[Exchange]:
        try:
            for number, exchange in enumerate(self._recording):
                if number % STEP == 0:
                    self._progress(f"{path(self._recording.name)}: {number:,} calls")
                self._redactor.learn(exchange.request)
                yield exchange
        except MockError as error:
            self.problems = error.problems


def check(file: str, vendor: str = "", era: str | None = None, *, strict: bool = False, progress: Progress) -> Checked:
    """Judge one recording by a vendor's era, or by those that explain it best.

    Secrets in what was found are redacted. A file that cannot be read, or not to its end, has `problems`; what came
    before is judged all the same.
    """
    name = STDIN_NAME if file == STDIN else path(file)
    again = _again(file if file == STDIN else name, vendor, era, strict=strict)
    try:
        recording = read(file)
    except MockError as error:
        return Checked(name, problems=error.problems, again=again)
    redactor = Redactor()
    flow = _Flow(recording, redactor, progress)
    report = judge_recording(flow, vendor or None, era, strict=strict, rerun=again)
    return Checked(
        file=name,
        kind=recording.kind,
        measured=recording.measured,
        report=shown_report(report, redactor),
        unanswered=recording.unanswered,
        skipped=dict(sorted(recording.skipped.items())),
        incomplete=dict(sorted(recording.incomplete.items())),
        problems=flow.problems,
        again=again,
        exchanges=recording,
        shown=redactor.text,
    )


def _again(name: str, vendor: str, era: str | None, *, strict: bool) -> str:
    words = ["mockserver", "check", name]
    words += ["--vendor", f"{vendor}@{era}" if era else vendor] if vendor else []
    return shlex.join([*words, *(["--strict"] if strict else [])])
