"""Text streams that print visible characters only, without secrets, and never fail.

Recorded bodies, names in a contract and answers of a server are foreign text: an escape sequence in them would reach
into the terminal. `output.safe_output` puts these streams in the place of stdout and stderr, so that not even a
library, a log record or a traceback can print anything else.
"""

import errno
import os
import select
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, TextIO, cast

from mockserver.cli.styles import RESET, SEQUENCES, Span, wants_colour
from mockserver.errors import escape_unprintable

Redaction = Callable[[str], str]
"""Replaces the secrets in a text. A text that it has already redacted does not change."""

_ERASE_LINE: Final = "\r\x1b[2K"
_UP: Final = f"\x1b[1A{_ERASE_LINE}"


class SafeStream:
    """Prints to a stream what can be seen, tabs and line ends, redacted and flushed.

    What is unprintable, or missing in the encoding, becomes an escape: `\\x1b`, `\\u2192`. A stream that cannot be
    written (a full disk, closed) is reported once, with the reason, to `on_failure`, and all later output discarded. A
    reader that closes the pipe early (`| head`) is no failure.
    """

    errors: Final = "backslashreplace"

    def __init__(self, stream: TextIO | None, redact: Redaction, on_failure: Callable[[str], None]) -> None:
        self.encoding: Final[str] = getattr(stream, "encoding", None) or "utf-8"
        self._stream = stream
        """None: the process was started with this stream closed."""
        self._redact = redact
        self._on_failure = on_failure
        self._is_discarding = False

    def isatty(self) -> bool:
        """Return True if this is a terminal."""
        return self._stream is not None and self._stream.isatty()

    def is_gone(self) -> bool:
        """Return True if output is discarded, or if the reader of a pipe has closed it since."""
        if self._is_discarding or self._stream is None:
            return True
        # Windows has no `poll`: there the next output shows it.
        if sys.platform != "win32":
            with suppress(OSError, ValueError):
                poll = select.poll()
                poll.register(self._stream.fileno(), 0)
                return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
        return False

    def flush(self) -> None:
        """Do nothing: every `write` flushes."""

    def write(self, text: str) -> int:
        """Print a text, and return its length."""
        self._write_raw(self.visible(text))
        return len(text)

    def rewrite_line(self, text: str) -> None:
        """Erase the present line of a terminal, and print this text into it."""
        self._write_raw(_ERASE_LINE + self.visible(text))

    def write_spans(self, spans: Iterable[Span], *, rewrite: bool = False) -> None:
        """Print a line of styled texts; `rewrite` prints it in the place of the line above, on a terminal."""
        colour = wants_colour(os.environ, self.isatty())
        line = "".join(self._painted(span, colour) for span in spans)
        self._write_raw(f"{_UP if rewrite else ''}{line}\n")

    def _painted(self, span: Span, colour: bool) -> str:
        text = self.visible(span.text)
        if not colour or not span.style or not text:
            return text
        return f"{SEQUENCES[span.style]}{text}{RESET}"

    def visible(self, text: str) -> str:
        """Return the text as it is printed."""
        safe = escape_unprintable(self._redact(text), keep="\n\t")
        return safe.encode(self.encoding, self.errors).decode(self.encoding)

    def _write_raw(self, text: str) -> None:
        if self._is_discarding or not text:
            return
        if self._stream is None:
            self._fail("it is closed")
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError as error:
            self._discard()
            if not is_closed_pipe(error):
                self._fail(error.strerror or str(error))
        except ValueError:
            # Python's stream object was closed.
            self._fail("it is closed")

    def _fail(self, reason: str) -> None:
        # Set first: the report of the failure may be printed to this very stream.
        self._is_discarding = True
        self._on_failure(reason)

    def _discard(self) -> None:
        """Discard all later output, and what the interpreter flushes once more as it exits."""
        self._is_discarding = True
        with suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, cast("TextIO", self._stream).fileno())
            os.close(null)


def is_closed_pipe(error: OSError, platform: str = sys.platform) -> bool:
    """Return True if the reader of a pipe has closed it; Windows reports that as an invalid argument."""
    return isinstance(error, BrokenPipeError) or (platform == "win32" and error.errno == errno.EINVAL)
