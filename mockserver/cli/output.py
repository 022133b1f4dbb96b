"""The one place that prints: results go to stdout or a file, messages to stderr, progress to a terminal only."""

import logging
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import click

from mockserver.core.instants import SECOND, format_duration
from mockserver.errors import refuse

_ERASE_LINE = "\r\x1b[2K"


def print_result(text: str = "", *, newline: bool = True) -> None:
    """Print a result. A reader that closes the pipe early (`| head`) does not change the exit code."""
    try:
        click.echo(text, nl=newline)
        sys.stdout.flush()
    except BrokenPipeError:
        # Discard all later output as well: the interpreter flushes stdout once more as it exits.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_message(text: str) -> None:
    """Print to stderr what is not part of the result."""
    click.echo(text, err=True)


def write_file(path: Path, data: bytes) -> None:
    """Write a result to a file and create its folders. Raises `MockError` CLI005."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise refuse("CLI005", f"{path} cannot be written: {error.strerror}", "Choose a writable path.") from None


def log_to_stderr(level: str = "WARNING") -> None:
    """Send log records of this level and above to stderr."""
    logging.basicConfig(level=level, format="%(levelname)s %(message)s", stream=sys.stderr)


class Progress:
    """One line on a terminal that is rewritten in place and erased at the end; silent if stderr is no terminal."""

    def __init__(self) -> None:
        self._enabled = sys.stderr.isatty()
        self._text = ""

    def show(self, text: str) -> None:
        """Replace the line by this text."""
        if self._enabled:
            self._text = text
            click.echo(f"{_ERASE_LINE}{text}", nl=False, err=True)

    def append(self, text: str) -> None:
        """Show the last text with a detail behind it."""
        if self._enabled:
            click.echo(f"{_ERASE_LINE}{self._text}: {text}", nl=False, err=True)

    def clear(self) -> None:
        """Erase the line."""
        if self._enabled:
            click.echo(_ERASE_LINE, nl=False, err=True)


def sleep_with_progress(progress: Progress, sleep: Callable[[float], None] = time.sleep) -> Callable[[float], None]:
    """Return a function that sleeps for seconds of real time and shows that it waits."""

    def wait(seconds: float) -> None:
        progress.append(f"waiting {format_duration(round(seconds * SECOND))}")
        sleep(seconds)

    return wait
