"""Writes exchanges to a journal file as they end; each is redacted and checked before a byte of it is written.

It fails closed: after the first exchange that cannot be written, or not without a secret, nothing more is written. The
proxy goes on, and `stop_reason` has the reason.

An earlier recording at the path is replaced once there is something to replace it by: the first exchange is written
beside it, and then renamed. A run without an exchange leaves the earlier recording as it was, and no file where there
was none.
"""

import logging
import os
from pathlib import Path
from shutil import copymode
from typing import IO, Final

from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange
from mockserver.errors import MockError, refuse
from mockserver.recordings.journal import encode_line
from mockserver.redaction.redactor import Redactor

LOG: Final = logging.getLogger("mockserver.proxy")


class Recorder:
    """A journal that is being written; used in a `with` block, whose end closes the file."""

    def __init__(self, path: Path, file: IO[bytes], redactor: Redactor) -> None:
        self.written_count = 0
        """Exchanges that were written."""
        self.stop_reason: str | None = None
        """The reason why recording has stopped; None while it goes on."""
        self._path = path
        self._file = file
        self._redactor = redactor

    @classmethod
    def open(cls, path: Path, redactor: Redactor) -> "Recorder":
        """Create a journal file beside the path, whose place it takes with the first exchange.

        A device or a pipe is written at once, and missing folders are made. Raises `MockError` SRV010 if the file
        cannot be written.
        """
        try:
            if path.exists() and not path.is_file():
                return cls(path, path.open("wb"), redactor)
            # A link stays a link: the file that it leads to is replaced.
            path = path.resolve()
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(path, path.with_name(f".{path.name}.{os.getpid()}.tmp").open("xb"), redactor)
        except OSError as error:
            raise refuse(
                "SRV010", f"{path} cannot be written: {error.strerror}", "Choose a path that can be written."
            ) from None

    def write(self, exchange: Exchange) -> None:
        """Write an exchange, or stop recording for good; never raises."""
        if self.stop_reason is not None:
            return
        try:
            data = encode_line(self._redactor.redact_exchange(exchange))
            self._redactor.check(data)
            self._file.write(data)
            self._file.flush()
            if not self.written_count:
                self._take_place()
            self.written_count += 1
        except MockError as error:
            self._stop(error.problems[0].message)
        except OSError as error:
            self._stop(f"the file cannot be written: {error.strerror or error}")
        except Exception:
            LOG.exception("redaction failed")
            self._stop("redaction failed; the log has the traceback")

    def _take_place(self) -> None:
        """Put the file that was written beside the path in its place. Raises OSError."""
        beside = Path(self._file.name)
        if beside == self._path:
            return
        # Not every system renames a file that is open.
        self._file.close()
        if self._path.exists():
            copymode(self._path, beside)
        beside.replace(self._path)
        self._file = self._path.open("ab")

    def _stop(self, reason: str) -> None:
        self.stop_reason = reason
        calls = pluralize(self.written_count, "call")
        LOG.error("recording stopped after %s; requests are still forwarded: %s", calls, reason)

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._file.close()
        beside = Path(self._file.name)
        if beside != self._path:
            beside.unlink(missing_ok=True)
