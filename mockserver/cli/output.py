"""Where the command's words go: results to stdout or a file, everything else to stderr, progress to a terminal only."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import click

from mockserver.core.instants import SECOND, format_duration
from mockserver.errors import refuse


def print_result(text: str = "", *, newline: bool = True) -> None:
    """Print a result. Whoever reads it may stop reading (`| head`): the exit code is the same."""
    try:
        click.echo(text, nl=newline)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()


def _discard_stdout() -> None:
    """Let later output go nowhere, the interpreter's last flush included."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_file(path: Path, data: bytes) -> None:
    """Write a result to a file, its folders made. Raises `MockError` (CLI005)."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise refuse("CLI005", f"{path} cannot be written: {error.strerror}", "Name a path that can be.") from None


def print_message(text: str) -> None:
    """Print what is no result."""
    click.echo(text, err=True)


class Progress:
    """One line on a terminal that is written over and over, and gone in the end; silent elsewhere."""

    def __init__(self) -> None:
        self._enabled = sys.stderr.isatty()
        self._text = ""

    def show(self, text: str) -> None:
        """Say what is going on now, instead of what was said before."""
        if self._enabled:
            self._text = text
            click.echo(f"\r\x1b[2K{text}", nl=False, err=True)

    def append(self, text: str) -> None:
        """Say more about what is going on."""
        if self._enabled:
            click.echo(f"\r\x1b[2K{self._text}: {text}", nl=False, err=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._enabled:
            click.echo("\r\x1b[2K", nl=False, err=True)


def sleep_with_progress(progress: Progress, sleep: Callable[[float], None] = time.sleep) -> Callable[[float], None]:
    """Waits so many seconds in the world's time, and says so."""

    def wait(seconds: float) -> None:
        progress.append(f"waits {format_duration(round(seconds * SECOND))}")
        sleep(seconds)

    return wait
