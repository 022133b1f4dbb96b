"""Writes exchanges to a journal file as they end; each is redacted and checked before a byte of it is written.

It fails closed: after the first exchange that cannot be written, or not without a secret, nothing more is written. The
proxy goes on, and `stop_reason` has the reason.
"""

import logging
from pathlib import Path
from typing import IO, Final

from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange
from mockserver.errors import MockError, refuse
from mockserver.recordings.journal import encode_line
from mockserver.redaction.redactor import Redactor

LOG: Final = logging.getLogger("mockserver.proxy")


class Recorder:
    """A journal that is being written; used in a `with` block, whose end closes the file."""

    def __init__(self, file: IO[bytes], redactor: Redactor) -> None:
        self.written_count = 0
        """Exchanges that were written."""
        self.stop_reason: str | None = None
        """The reason why recording has stopped; None while it goes on."""
        self._file = file
        self._redactor = redactor

    @classmethod
    def open(cls, path: Path, redactor: Redactor) -> "Recorder":
        """Create a journal file, replacing an existing one. Raises `MockError` SRV010 if it cannot be written."""
        try:
            return cls(path.open("wb"), redactor)
        except OSError as error:
            raise refuse("SRV010", f"{path} cannot be written: {error.strerror}") from None

    def write(self, exchange: Exchange) -> None:
        """Write an exchange, or stop recording for good; never raises."""
        if self.stop_reason is not None:
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
        calls = pluralize(self.written_count, "call")
        LOG.error("recording stopped after %s; requests are still forwarded: %s", calls, reason)

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._file.close()
