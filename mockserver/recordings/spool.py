"""Keeps what was read from a pipe, so that it can be read again: a megabyte in memory, more in a temporary file.

The file has no name and is gone with the last reference to the spool, however the program ends.
"""

import weakref
from tempfile import SpooledTemporaryFile
from typing import IO, Final, Protocol, cast

MEMORY_BYTES: Final = 1_048_576
"""Bytes that are kept without a file; beyond that the disk is the only bound."""


class Readable(Protocol):
    """A binary stream that can be read."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none at the end."""
        ...


class Spool:
    """The part of a stream that was read so far; a reader that needs more reads on.

    `close_raw=False` leaves `raw` open when the spool is gone.
    """

    def __init__(self, raw: IO[bytes], *, close_raw: bool = True) -> None:
        self._raw = raw
        self._copy: IO[bytes] = cast("IO[bytes]", SpooledTemporaryFile(MEMORY_BYTES))  # noqa: SIM115 -- closed below
        self._size = 0
        weakref.finalize(self, self._copy.close)
        if close_raw:
            weakref.finalize(self, raw.close)

    def reopen(self) -> Readable:
        """Return a reader that begins at the start."""
        return _SpoolReader(self)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return at most `size` bytes from an offset that a reader has reached; none at the end.

        Raises `OSError` if the stream cannot be read or the copy cannot be written.
        """
        if offset != self._size:
            self._copy.seek(offset)
            return self._copy.read(min(size, self._size - offset))
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
    """A position in a spool."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._offset = 0

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none at the end."""
        data = self._spool.read_at(self._offset, size)
        self._offset += len(data)
        return data
