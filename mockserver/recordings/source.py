"""Where bytes come from: a file, a stream, either of them gzipped; errors on the way become ours, with the place.

A file can be read again and again, and so can what a path leads to that is none (a pipe, a device, standard input):
it is opened once, and kept (see `spool`). A stream that was given is read once. Text is decoded so that bytes which are
no UTF-8 survive: they become half surrogates (PEP 383), and encoding them the same way gives the bytes back.
"""

import codecs
import gzip
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Literal, cast

from mockserver.errors import Location, MockError, refuse
from mockserver.recordings.spool import Readable, Spool

STDIN: Final = "-"
"""What stands for standard input; a file of that name is `./-`."""
STDIN_NAME: Final = "<stdin>"
HEAD_BYTES: Final = 65_536
"""Bytes looked at to tell what a file is."""
_GZIP_MAGIC: Final = b"\x1f\x8b"
_BYTE_ORDER_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig", "surrogateescape"),
    (b"\xff\xfe", "utf-16", "replace"),
    (b"\xfe\xff", "utf-16", "replace"),
    (b"", "utf-8", "surrogateescape"),
)


class ByteStream:
    """Bytes with a name. `head` shows the first ones without taking them."""

    def __init__(self, raw: Readable, name: str) -> None:
        self.name = name
        self._raw = raw
        self._peeked = b""

    def head(self, size: int = HEAD_BYTES) -> bytes:
        """Up to `size` first bytes, fewer where the stream is shorter."""
        while len(self._peeked) < size and (more := self._read_raw(size - len(self._peeked))):
            self._peeked += more
        return self._peeked[:size]

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end. Raises `MockError` (REC001, REC008)."""
        if self._peeked:
            taken, self._peeked = self._peeked[:size], self._peeked[size:]
            return taken
        return self._read_raw(size)

    def _read_raw(self, size: int) -> bytes:
        try:
            return self._raw.read(size)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise refuse("REC008", f"the file cannot be unpacked: {error}", "", Location(self.name)) from None
        except OSError as error:
            raise _read_error(self.name, error) from None


def _read_error(name: str, error: OSError) -> MockError:
    return refuse("REC001", f"the file cannot be opened or read: {error.strerror or error}", "", Location(name))


class RecordingSource:
    """A path, `-` for standard input, or a binary stream; opened anew for each reading where that is possible."""

    def __init__(self, origin: str | Path | IO[bytes]) -> None:
        self._path = Path(origin) if isinstance(origin, (str, Path)) else None
        self._stream = None if isinstance(origin, (str, Path)) else origin
        self._is_stdin = origin == STDIN
        named = str(self._path) if self._path else str(getattr(origin, "name", "") or "recording")
        self.name = STDIN_NAME if self._is_stdin else named
        self._opened_stream: ByteStream | None = None
        self._spool: Spool | None = None

    def head(self) -> bytes:
        """The first bytes, unpacked; they are still there for `open`."""
        if self._stream is not None:
            self._opened_stream = self._opened_stream or self._decompress(self._stream)
            return self._opened_stream.head()
        with self.open() as stream:
            return stream.head()

    @contextmanager
    def open(self) -> Iterator[ByteStream]:
        """The bytes from the start. Raises `MockError`: REC001, or REC010 for a stream read before."""
        if self._stream is not None:
            kept, self._stream = self._opened_stream or self._decompress(self._stream), None
            yield kept
        elif self._path is None:
            raise refuse("REC010", "a stream can be read once", "Give a path to read it again.", Location(self.name))
        elif self._spool is not None or self._is_stdin or _is_special_file(self._path):
            self._spool = self._spool or Spool(self._open_special(self._path), close_raw=not self._is_stdin)
            yield self._decompress(self._spool.reopen())
        else:
            with open_file(self._path, "rb") as file:
                yield self._decompress(file)

    def _open_special(self, path: Path) -> IO[bytes]:
        """What is no file, opened for good."""
        if not self._is_stdin:
            return _open_path(path, "rb")
        if sys.stdin is None:
            raise refuse("REC001", "standard input is closed", "", Location(self.name))
        return sys.stdin.buffer

    def _decompress(self, raw: Readable) -> ByteStream:
        stream = ByteStream(raw, self.name)
        if stream.head(len(_GZIP_MAGIC)) != _GZIP_MAGIC:
            return stream
        return ByteStream(gzip.GzipFile(fileobj=cast("IO[bytes]", stream), mode="rb"), self.name)


def _is_special_file(path: Path) -> bool:
    """Whether it is neither a file nor a folder: a pipe, a device."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


@contextmanager
def open_file(path: Path, mode: Literal["rb", "wb"]) -> Iterator[IO[bytes]]:
    """A file, closed at the end. Raises `MockError` (REC001) where the system does not open it."""
    with _open_path(path, mode) as file:
        yield file


def _open_path(path: Path, mode: Literal["rb", "wb"]) -> IO[bytes]:
    try:
        return path.open(mode)
    except OSError as error:
        raise _read_error(str(path), error) from None


class TextStream:
    """A stream as text, by its byte order mark or as UTF-8."""

    def __init__(self, stream: ByteStream) -> None:
        self.name = stream.name
        self._stream = stream
        mark = stream.head(3)
        codec, errors = next((codec, errors) for start, codec, errors in _BYTE_ORDER_MARKS if mark.startswith(start))
        self._decoder = codecs.getincrementaldecoder(codec)(errors)

    def read(self, size: int) -> str:
        """About `size` characters, at least one; none at the end."""
        text = ""
        while not text and (data := self._stream.read(size)):
            text = self._decoder.decode(data)
        return text or self._decoder.decode(b"", True)
