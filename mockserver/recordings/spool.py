"""Keeps what is read of a pipe, so that it can be read again: a megabyte in memory, more in a temporary file.

The file has no name and is gone with the last reference to the spool, however the program ends.
"""

import weakref
from tempfile import SpooledTemporaryFile
from typing import IO, Final, Protocol, cast

IN_MEMORY: Final = 1_048_576
"""Bytes that are kept without a file; beyond that the disk is the only bound."""


class Readable(Protocol):
    """What a stream must be able to do."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


class Spool:
    """What was read of `raw` so far; it is read on where somebody wants more."""

    def __init__(self, raw: IO[bytes], *, ours: bool = True) -> None:
        """`ours`: whether `raw` is closed in the end."""
        self._raw = raw
        self._kept: IO[bytes] = cast("IO[bytes]", SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 -- closed below
        self._size = 0
        for file in (self._kept, *([raw] if ours else [])):
            weakref.finalize(self, file.close)

    def again(self) -> Readable:
        """The bytes from the start, for a reader of its own."""
        return _Reader(self)

    def at(self, place: int, size: int) -> bytes:
        """At most `size` bytes from a place on that was reached before; none at the end. Raises OSError."""
        if place == self._size:
            return self._more(size)
        self._kept.seek(place)
        return self._kept.read(min(size, self._size - place))

    def _more(self, size: int) -> bytes:
        data = self._raw.read(size)
        self._kept.seek(self._size)
        try:
            self._kept.write(data)
            self._kept.flush()
        except OSError as error:
            raise OSError(error.errno, f"no room to keep it in a temporary file: {error.strerror}") from None
        self._size += len(data)
        return data


class _Reader:
    """One reading."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._place = 0

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        data = self._spool.at(self._place, size)
        self._place += len(data)
        return data
