"""The one place that prints: results go to stdout, messages to stderr, progress to a terminal only.

`safe_output` stands around the run of a command: all that is printed goes through `SafeStream`s, which pass no control
code and no secret. JSON is printed by `print_json`, whose escapes are JSON's own, so that it stays valid.

A stdout that cannot be written ends no command: what else there is to write (a JUnit file, a proxy's recording) is
still written, and the exit code is 2 in the end.
"""

import logging
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Final, TextIO, cast

from mockserver.cli.safe_stream import Redaction, SafeStream
from mockserver.cli.styles import Line, Span, report_line
from mockserver.core.instants import SECOND, format_duration
from mockserver.errors import Problem

LOG_FORMAT: Final = "%(levelname)s %(message)s"
_NOT_ASCII: Final = re.compile(r"[^\n -~]")
"""Characters that JSON text may have as they are or as escapes; JSON itself escapes those below a space."""


class OutputState:
    """What holds for all output of one run."""

    def __init__(self) -> None:
        self.redactions: tuple[Redaction, ...] = ()
        self.stdout_failed = False

    def redact(self, text: str) -> str:
        """Return a text without the secrets of this run."""
        for redact in self.redactions:
            text = redact(text)
        return text

    def fail(self, reason: str) -> None:
        """Report that stdout cannot be written."""
        self.stdout_failed = True
        hint = "Redirect it to a file that can be written."
        print_message(Problem("CLI005", f"standard output cannot be written: {reason}", hint).text())


_state = OutputState()


@contextmanager
def safe_output() -> Iterator[OutputState]:
    """Send everything that is printed inside, by whatever means, through `SafeStream`s."""
    _state.redactions = ()
    _state.stdout_failed = False
    with redirect_stdout(cast("TextIO", _stdout())), redirect_stderr(cast("TextIO", _stderr())):
        yield _state
    _state.redactions = ()


@contextmanager
def stdout_for_protocol() -> Iterator[None]:
    """Give stdout itself to a protocol inside, whose messages are no text for a terminal."""
    with redirect_stdout(sys.__stdout__):
        yield


def redact_output(redact: Redaction) -> None:
    """Apply a redaction to everything that this run prints or writes to a report from now on."""
    _state.redactions += (redact,)


def redacted(text: str) -> str:
    """Return a text without the secrets of this run."""
    return _state.redact(text)


def _stdout() -> SafeStream:
    return _safe(sys.stdout, _state.fail)


def _stderr() -> SafeStream:
    # If stderr cannot be written, there is no other place to report it.
    return _safe(sys.stderr, lambda reason: None)


def _safe(stream: TextIO | SafeStream | None, on_failure: Callable[[str], None]) -> SafeStream:
    """Return the stream if `safe_output` has put it there, else a safe one around it."""
    if isinstance(stream, SafeStream):
        return stream
    return SafeStream(stream, _state.redact, on_failure)


def print_result(text: str = "", *, newline: bool = True) -> None:
    """Print a result to stdout."""
    if newline:
        text += "\n"
    _stdout().write(text)


def print_spans(spans: Iterable[Span], *, rewrite: bool = False) -> None:
    """Print a line of styled texts to stdout; `rewrite` puts it in the place of the line above, on a terminal."""
    _stdout().write_spans(spans, rewrite=rewrite)


def print_lines(lines: Iterable[str | Line]) -> None:
    """Print lines to stdout: texts, or styled texts."""
    for line in lines:
        print_spans((Span(line),) if isinstance(line, str) else line)


def print_report(text: str) -> None:
    """Print a report to stdout: the verdicts that begin its lines stand out on a terminal."""
    # Redacted as a whole first: a secret may have several lines.
    print_lines(report_line(line) for line in _state.redact(text).split("\n"))


def print_problem(problem: Problem, *, as_result: bool = False) -> None:
    """Print an error to stderr, or to stdout if it is a result; code and caret stand out on a terminal."""
    stream = _stderr()
    if as_result:
        stream = _stdout()
    for line in _state.redact(problem.text()).split("\n"):
        stream.write_spans(problem_spans(problem, line))


def problem_spans(problem: Problem, line: str) -> tuple[Span, ...]:
    """Split a line of a problem's text into styled texts."""
    before, code, after = line.partition(problem.code)
    if code and not before.startswith(" "):
        return (Span(before), Span(code, "alarm"), Span(after))
    if line.strip() == "^":
        return (Span(line, "alarm"),)
    return (Span(line),)


def stdout_columns() -> int | None:
    """Return the columns of the terminal that stdout is; None if it is no terminal."""
    if not _stdout().isatty():
        return None
    # Imported late: few commands ask for it on each run.
    import shutil

    return shutil.get_terminal_size().columns


def print_json(text: str) -> None:
    """Print JSON to stdout; what the encoding or a terminal cannot take becomes `\\u1234`."""
    stream = _stdout()

    def escape(match: re.Match[str]) -> str:
        if stream.visible(match[0]) == match[0]:
            return match[0]
        units = match[0].encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))

    # Redacted before it is escaped: a secret may have characters that become escapes.
    stream.write(_NOT_ASCII.sub(escape, _state.redact(text)) + "\n")


def print_message(text: str) -> None:
    """Print to stderr what is not part of the result."""
    _stderr().write(f"{text}\n")


def is_terminal() -> bool:
    """Return True if stdout is a terminal."""
    return _stdout().isatty()


def is_stdout_gone() -> bool:
    """Return True if nothing that is printed to stdout would arrive: its reader has closed the pipe, or it failed."""
    return _stdout().is_gone()


def log_to_stderr(level: str = "WARNING") -> None:
    """Send log records of this level and above to stderr."""
    logging.basicConfig(level=level, format=LOG_FORMAT, stream=sys.stderr)


@contextmanager
def quiet_log() -> Iterator[None]:
    """Log errors only within the block: what the fake answers off its contract is the scenarios' point."""
    log = logging.getLogger("mockserver")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def exchange_log_handlers(handlers: list[logging.Handler]) -> list[logging.Handler]:
    """Give log records to these handlers, and return those that had them."""
    root = logging.getLogger()
    before = root.handlers
    root.handlers = handlers
    return before


def print_log_record(record: logging.LogRecord) -> None:
    """Print a log record to stderr, as `log_to_stderr` does."""
    print_message(logging.Formatter(LOG_FORMAT).format(record))


class Progress:
    """One line on a terminal that is rewritten in place and erased at the end; silent if stderr is no terminal."""

    def __init__(self) -> None:
        self._stream = _stderr()
        self._enabled = self._stream.isatty()
        self._text = ""

    @property
    def is_shown(self) -> bool:
        """True if stderr is a terminal."""
        return self._enabled

    def show(self, text: str) -> None:
        """Replace the line by this text."""
        self._text = text
        self._rewrite(text)

    def show_calls(self, file: str, number: int) -> None:
        """Replace the line by the number of calls that were read of a file."""
        self.show(f"{file}: {number:,} calls")

    def append(self, text: str) -> None:
        """Show the last text with a detail after it."""
        self._rewrite(f"{self._text}: {text}")

    def clear(self) -> None:
        """Erase the line."""
        self._rewrite("")

    def _rewrite(self, text: str) -> None:
        if self._enabled:
            self._stream.rewrite_line(text)


def sleep_with_progress(progress: Progress, sleep: Callable[[float], None] = time.sleep) -> Callable[[float], None]:
    """Return a function that sleeps for seconds of real time and shows that it waits."""

    def wait(seconds: float) -> None:
        progress.append(f"waiting {format_duration(round(seconds * SECOND))}")
        sleep(seconds)

    return wait
