"""The sources of recordings: a file, a pipe or a stream, each plain or gzipped; read errors become `MockError`s.

A file can be read repeatedly, and so can a pipe, a device or standard input: it is opened once, and what is read is
kept (see `spool`). A stream that the caller gives is read once. Text is decoded so that bytes which are no UTF-8
survive: they become lone surrogates (PEP 383), and encoding them the same way returns the bytes.
"""

import codecs
import gzip
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final, Literal, cast

from mockserver.errors import Location, MockError, refuse
from mockserver.recordings.folders import folder_hint
from mockserver.recordings.spool import Readable, Spool

STDIN: Final = "-"
"""The name of standard input; a file of that name is `./-`."""
STDIN_NAME: Final = "<stdin>"
HEAD_BYTES: Final = 65_536
"""Bytes that are looked at to detect a file's format."""
_GZIP_HINT: Final = "Copy or record it again; `gzip --test` checks it."
_GZIP_MAGIC: Final = b"\x1f\x8b"
_BYTE_ORDER_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig", "surrogateescape"),
    (b"\xff\xfe", "utf-16", "replace"),
    (b"\xfe\xff", "utf-16", "replace"),
    (b"", "utf-8", "surrogateescape"),
)
"""The start of a text, its codec and the codec's error handler; the first that matches applies."""


class ByteStream:
    """Bytes with a name; `head` returns the first ones without consuming them."""

    def __init__(self, raw: Readable, name: str) -> None:
        self.name = name
        self._raw = raw
        self._peeked = b""
        self._offset = 0
        """The bytes of `_peeked` that were read."""

    def head(self, size: int = HEAD_BYTES) -> bytes:
        """Return the first `size` bytes, fewer if the stream is shorter. Raises `MockError` REC001 or REC008."""
        parts = [self._peeked[self._offset :]]
        missing = size - len(parts[0])
        while missing > 0 and (more := self._read_raw(missing)):
            parts.append(more)
            missing -= len(more)
        self._peeked = b"".join(parts)
        self._offset = 0
        return self._peeked[:size]

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none at the end. Raises `MockError` REC001 or REC008."""
        data = self._peeked[self._offset : self._offset + size]
        if not data:
            self._peeked = b""
            return self._read_raw(size)
        self._offset += len(data)
        return data

    def _read_raw(self, size: int) -> bytes:
        try:
            return self._raw.read(size)
        except EOFError:
            raise refuse("REC008", "the gzip file is cut off", _GZIP_HINT, Location(self.name)) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise refuse("REC008", f"the gzip file is damaged: {error}", _GZIP_HINT, Location(self.name)) from None
        except OSError as error:
            raise _read_error(self.name, error) from None


def _read_error(name: str, error: OSError) -> MockError:
    hint = ""
    # Some systems give another error for a folder.
    with suppress(OSError):
        hint = folder_hint(Path(name)) if Path(name).is_dir() else ""
    return refuse("REC001", f"the file cannot be opened or read: {error.strerror or error}", hint, Location(name))


class RecordingSource:
    """A path, `-` for standard input, or a binary stream; opened again for each reading if that is possible."""

    def __init__(self, origin: str | Path | IO[bytes]) -> None:
        self._path: Path | None = None
        self._stream: IO[bytes] | None = None
        self._is_stdin = origin == STDIN
        if isinstance(origin, (str, Path)):
            self._path = Path(origin)
            self.name = STDIN_NAME if self._is_stdin else str(self._path)
        else:
            self._stream = origin
            self.name = str(getattr(origin, "name", "") or "recording")
        self._opened_stream: ByteStream | None = None
        self._spool: Spool | None = None

    def head(self, size: int = HEAD_BYTES) -> bytes:
        """Return the first bytes, unpacked, without consuming them. Raises `MockError` REC001, REC008 or REC010."""
        if self._stream is None:
            with self.open() as stream:
                return stream.head(size)
        if self._opened_stream is None:
            self._opened_stream = self._decompress(self._stream)
        return self._opened_stream.head(size)

    @contextmanager
    def open(self) -> Iterator[ByteStream]:
        """Open the bytes from the start. Raises `MockError`: REC001, or REC010 for a stream that was read before."""
        if self._stream is not None:
            stream = self._opened_stream or self._decompress(self._stream)
            self._stream = None
            yield stream
        elif self._path is None:
            raise refuse("REC010", "a stream can be read only once", "Give a path instead.", Location(self.name))
        elif self._spool is not None or self._is_stdin or _is_special_file(self._path):
            # Standard input, a pipe or a device cannot be opened twice.
            if self._spool is None and not self._is_stdin:
                self._spool = Spool(open_file(self._path, "rb"))
            elif self._spool is None:
                if sys.stdin is None:
                    raise refuse("REC001", "standard input is closed", "", Location(self.name))
                self._spool = Spool(sys.stdin.buffer, close_raw=False)
            yield self._decompress(self._spool.reopen())
        else:
            with open_file(self._path, "rb") as file:
                yield self._decompress(file)

    def _decompress(self, raw: Readable) -> ByteStream:
        stream = ByteStream(raw, self.name)
        if stream.head(len(_GZIP_MAGIC)) != _GZIP_MAGIC:
            return stream
        return ByteStream(gzip.GzipFile(fileobj=cast("IO[bytes]", stream), mode="rb"), self.name)


def _is_special_file(path: Path) -> bool:
    """Return True for a pipe or a device; False for a file, a folder, or nothing."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def open_file(path: Path, mode: Literal["rb", "wb"]) -> IO[bytes]:
    """Open a file. Raises `MockError` REC001 if the system does not open it."""
    try:
        return path.open(mode)
    except OSError as error:
        raise _read_error(str(path), error) from None


class TextStream:
    """A stream as text, decoded by its byte order mark, else as UTF-8."""

    def __init__(self, stream: ByteStream) -> None:
        self.name = stream.name
        self._stream = stream
        head = stream.head(3)
        codec, errors = next((codec, errors) for mark, codec, errors in _BYTE_ORDER_MARKS if head.startswith(mark))
        self._decoder = codecs.getincrementaldecoder(codec)(errors)

    def read(self, size: int) -> str:
        """Return about `size` characters, at least one; none at the end. Raises `MockError` REC001 or REC008."""
        text = ""
        # The bytes of a chunk may all belong to a character that is not complete yet.
        while not text and (data := self._stream.read(size)):
            text = self._decoder.decode(data)
        return text or self._decoder.decode(b"", True)
