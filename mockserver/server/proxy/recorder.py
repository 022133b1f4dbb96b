"""Writes exchanges to a journal as they end; each is redacted and checked before a byte of it is written.

It fails closed: after the first exchange that cannot be written without a secret, or at all, nothing more is. Whoever
uses it goes on without it, and finds in `problem` why the recording ends there.
"""

import logging
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange
from mockserver.errors import MockError, refuse
from mockserver.recordings.journal import encode_line
from mockserver.recordings.redact import Redactor

LOG: Final = logging.getLogger("mockserver.proxy")


class Recorder:
    """A journal that is being written, within a `with` block; closing it closes the file."""

    def __init__(self, file: IO[bytes], redactor: Redactor) -> None:
        self.written_count = 0
        """Exchanges."""
        self.stop_reason = ""
        """Why recording has stopped."""
        self._file = file
        self._redactor = redactor

    @classmethod
    def open(cls, path: Path, redactor: Redactor) -> "Recorder":
        """A journal in a file, written anew. Raises `MockError` (SRV010) where it cannot be written."""
        try:
            return cls(path.open("wb"), redactor)
        except OSError as error:
            raise refuse("SRV010", f"{path} cannot be written: {error.strerror}") from None

    def write(self, exchange: Exchange) -> None:
        """Write an exchange, or stop for good."""
        if self.stop_reason:
            return
        try:
            data = encode_line(self._redactor.redact_exchange(exchange))
            self._redactor.check(data)
            self._file.write(data)
            self._file.flush()
            self.written_count += 1
        except MockError as error:
            self._stop(error.problems[0].message)
        except OSError as error:
            self._stop(f"the file cannot be written: {error.strerror or error}")
        except Exception:
            LOG.exception("redaction failed")
            self._stop("redaction failed; the log has the traceback")

    def _stop(self, reason: str) -> None:
        self.stop_reason = reason
        LOG.error("recording stopped after %s, traffic goes on: %s", pluralize(self.written_count, "call"), reason)

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
