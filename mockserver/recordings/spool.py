"""Keeps what is read of a pipe, so that it can be read again: a megabyte in memory, more in a temporary file.

The file has no name and is gone with the last reference to the spool, however the program ends.
"""

import weakref
from tempfile import SpooledTemporaryFile
from typing import IO, Final, Protocol, cast

MEMORY_BYTES: Final = 1_048_576
"""Bytes that are kept without a file; beyond that the disk is the only bound."""


class Readable(Protocol):
    """What a stream must be able to do."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


class Spool:
    """What was read of `raw` so far; it is read on where somebody wants more."""

    def __init__(self, raw: IO[bytes], *, close_raw: bool = True) -> None:
        """`ours`: whether `raw` is closed in the end."""
        self._raw = raw
        self._copy: IO[bytes] = cast("IO[bytes]", SpooledTemporaryFile(MEMORY_BYTES))  # noqa: SIM115 -- closed below
        self._size = 0
        for file in (self._copy, *([raw] if close_raw else [])):
            weakref.finalize(self, file.close)

    def reopen(self) -> Readable:
        """The bytes from the start, for a reader of its own."""
        return _SpoolReader(self)

    def read_at(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from a place on that was reached before; none at the end. Raises OSError."""
        if offset == self._size:
            return self._read_more(size)
        self._copy.seek(offset)
        return self._copy.read(min(size, self._size - offset))

    def _read_more(self, size: int) -> bytes:
        data = self._raw.read(size)
        self._copy.seek(self._size)
        try:
            self._copy.write(data)
            self._copy.flush()
        except OSError as error:
            raise OSError(error.errno, f"no room to keep it in a temporary file: {error.strerror}") from None
        self._size += len(data)
        return data


class _SpoolReader:
    """One reading."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._offset = 0

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        data = self._spool.read_at(self._offset, size)
        self._offset += len(data)
        return data
