"""Where bytes come from: a file, a stream, either of them gzipped; errors on the way become ours, with the place.

A path can be read again and again, a stream once. Text is decoded so that bytes which are no UTF-8 survive: they
become half surrogates (PEP 383), and encoding them the same way gives the bytes back.
"""

import codecs
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, Literal, Protocol, cast

from mockserver.errors import Location, MockError, refuse

HEAD: Final = 65_536
"""Bytes looked at to tell what a file is."""
_GZIP: Final = b"\x1f\x8b"
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig", "surrogateescape"),
    (b"\xff\xfe", "utf-16", "replace"),
    (b"\xfe\xff", "utf-16", "replace"),
    (b"", "utf-8", "surrogateescape"),
)


class Readable(Protocol):
    """What a stream must be able to do."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


class Stream:
    """Bytes with a name. `head` shows the first ones without taking them."""

    def __init__(self, raw: Readable, name: str) -> None:
        self.name = name
        self._raw = raw
        self._ahead = b""

    def head(self, size: int = HEAD) -> bytes:
        """Up to `size` first bytes, fewer where the stream is shorter."""
        while len(self._ahead) < size and (more := self._take(size - len(self._ahead))):
            self._ahead += more
        return self._ahead[:size]

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end. Raises `MockError` (REC001, REC008)."""
        if self._ahead:
            taken, self._ahead = self._ahead[:size], self._ahead[size:]
            return taken
        return self._take(size)

    def _take(self, size: int) -> bytes:
        try:
            return self._raw.read(size)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise refuse("REC008", f"the file cannot be unpacked: {error}", "", Location(self.name)) from None
        except OSError as error:
            raise _unreadable(self.name, error) from None


def _unreadable(name: str, error: OSError) -> MockError:
    return refuse("REC001", f"the file cannot be opened or read: {error.strerror or error}", "", Location(name))


class Source:
    """A path or a binary stream, opened anew for each reading where that is possible."""

    def __init__(self, origin: str | Path | IO[bytes]) -> None:
        self._path = Path(origin) if isinstance(origin, (str, Path)) else None
        self._stream = None if isinstance(origin, (str, Path)) else origin
        self.name = str(self._path) if self._path else str(getattr(origin, "name", "") or "recording")
        self._kept: Stream | None = None

    def head(self) -> bytes:
        """The first bytes, unpacked; they are still there for `open`."""
        if self._stream is not None:
            self._kept = self._kept or self._unpacked(self._stream)
            return self._kept.head()
        with self.open() as stream:
            return stream.head()

    @contextmanager
    def open(self) -> Iterator[Stream]:
        """The bytes from the start. Raises `MockError`: REC001, or REC010 for a stream read before."""
        if self._stream is not None:
            kept, self._stream = self._kept or self._unpacked(self._stream), None
            yield kept
        elif self._path is not None:
            with opened(self._path, "rb") as file:
                yield self._unpacked(file)
        else:
            raise refuse("REC010", "a stream can be read once", "Give a path to read it again.", Location(self.name))

    def _unpacked(self, raw: Readable) -> Stream:
        stream = Stream(raw, self.name)
        if stream.head(len(_GZIP)) != _GZIP:
            return stream
        return Stream(gzip.GzipFile(fileobj=cast("IO[bytes]", stream), mode="rb"), self.name)


@contextmanager
def opened(path: Path, mode: Literal["rb", "wb"]) -> Iterator[IO[bytes]]:
    """A file, closed at the end. Raises `MockError` (REC001) where the system does not open it."""
    try:
        file = path.open(mode)
    except OSError as error:
        raise _unreadable(str(path), error) from None
    with file:
        yield file


class Text:
    """A stream as text, by its byte order mark or as UTF-8."""

    def __init__(self, stream: Stream) -> None:
        self.name = stream.name
        self._stream = stream
        mark = stream.head(3)
        codec, errors = next((codec, errors) for start, codec, errors in _MARKS if mark.startswith(start))
        self._decoder = codecs.getincrementaldecoder(codec)(errors)

    def read(self, size: int) -> str:
        """About `size` characters, at least one; none at the end."""
        text = ""
        while not text and (data := self._stream.read(size)):
            text = self._decoder.decode(data)
        return text or self._decoder.decode(b"", True)
