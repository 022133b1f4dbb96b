"""The check of a recording: read as a stream, and judged as far as it can be read."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from mockserver.contract.eras.answers_ahead import NOTHING_AHEAD, AnswersAhead
from mockserver.contract.eras.recording import judge_recording
from mockserver.core.wire import Exchange
from mockserver.errors import MockError
from mockserver.recordings.readable import ReadableExchanges
from mockserver.recordings.recording import Recording, read_recording
from mockserver.recordings.source import STDIN, STDIN_NAME
from mockserver.redaction.redactor import Redactor
from mockserver.runner.judge.redact_report import redact_report
from mockserver.runner.reports.checks.recording_result import CheckedRecording
from mockserver.runner.reports.escape import display_path
from mockserver.runner.reports.rerun import check_command

ProgressCallback = Callable[[str], None]


class CheckRequest(NamedTuple):
    """How recordings are judged: by a vendor's era, or (`vendor` None) by the detected ones."""

    vendor: str | None = None
    era: str | None = None
    strict: bool = False
    closed_world: bool = False
    path_prefix: str = ""
    """What a gateway puts before the vendor's paths: it is cut off."""

    def check(self, file: str, progress: ProgressCallback, ahead: AnswersAhead = NOTHING_AHEAD) -> CheckedRecording:
        """Judge a recording; the result has no secrets.

        Nothing is raised for a file that cannot be read, or not to its end: the result has `problems`, and what came
        before is judged. `ahead` follows the recording.
        """
        name = display_path(file)
        unread = CheckedRecording(STDIN_NAME if file == STDIN else name, rerun=check_command(name, **self._asdict()))
        try:
            recording = read_recording(file, path_prefix=self.path_prefix)
        except MockError as error:
            return replace(unread, problems=error.problems)
        return self._judge(recording, unread, progress, ahead)

    def _judge(
        self, recording: Recording, unread: CheckedRecording, progress: ProgressCallback, ahead: AnswersAhead
    ) -> CheckedRecording:
        redactor = Redactor()

        def note(exchange: Exchange) -> None:
            redactor.learn_keys(exchange.request)
            ahead.follow(exchange)

        exchanges = ReadableExchanges(
            recording, lambda number: progress(f"{display_path(recording.name)}: {number:,} calls"), note
        )
        report = judge_recording(
            exchanges,
            self.vendor,
            self.era,
            alone=self.closed_world or None,
            strict=self.strict,
            rerun=unread.rerun,
            ahead=ahead,
        )
        # Counts and problems of the stream are complete only now that it was read.
        return replace(
            unread,
            kind=recording.format,
            recorder=recording.recorder,
            has_measured_times=recording.has_measured_times,
            report=redact_report(report, redactor),
            unanswered=recording.unanswered_count,
            skipped=dict(sorted(recording.skipped.items())),
            incomplete=dict(sorted(recording.incomplete.items())),
            problems=exchanges.problems,
            exchanges=recording,
            redact=redactor.redact_text,
            redact_exchange=redactor.redact_exchange,
        )
