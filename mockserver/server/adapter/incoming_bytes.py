"""The bytes of one connection on their way to aiohttp's parser: what it may hold, and the first line of a request.

The parser itself cannot be asked what it holds. While a connection is idle, every request that the parser knows whole
has been answered, so it can only hold the beginning of one. It holds nothing if either of two facts is known:

- The bytes so far are whole requests, counted by their `Content-Length`.
- The latest bytes are CR LF CR LF, which end a head, a chunked body or a pipelined GET. A beginning that ends like this
  would be a whole head, and so no beginning.

The first line is followed for its length and its version. RFC 9110 (section 2.5) wants a later minor version answered
as the latest one that a server knows; aiohttp's parser refuses it. So `HTTP/1.9` becomes `HTTP/1.1` on its way to the
parser, at the same length.
"""

import re
from typing import Final

_HEAD_END: Final = b"\r\n\r\n"
_UNKNOWN: Final = -1
_LATER_MINOR: Final = re.compile(rb" HTTP/1\.[2-9]")
_BEFORE_MINOR: Final = len(b" HTTP/1.")


class ParserContents:
    """Follows the bytes that the parser of one connection is given."""

    __slots__ = ("_bytes_left", "_tail")

    def __init__(self) -> None:
        self._bytes_left = 0
        """Bytes of the present request that have not come; `_UNKNOWN` where its length is."""
        self._tail = _HEAD_END
        """The latest four bytes; at the beginning, as if a request had ended."""

    def are_empty(self) -> bool:
        """Return True if an idle connection's parser is certain to hold nothing."""
        return not self._bytes_left or self._tail == _HEAD_END

    def add(self, data: bytes, *, is_idle: bool) -> None:
        """Follow `data`, which the parser is given next; `is_idle`: no request is under way on the connection."""
        if is_idle and self.are_empty():
            self._bytes_left = _missing_bytes(data)
        elif self._bytes_left > 0:
            # The rest of a body. More than that is another request, of a length that is not known.
            self._bytes_left = max(self._bytes_left - len(data), _UNKNOWN)
        else:
            self._bytes_left = _UNKNOWN
        self._tail = (self._tail + data)[-len(_HEAD_END) :] if len(data) < len(_HEAD_END) else data[-len(_HEAD_END) :]


def _missing_bytes(data: bytes) -> int:
    """Return how many bytes a request still lacks that begins with `data`; `_UNKNOWN` if they do not say it."""
    head, end, rest = data.lower().partition(_HEAD_END)
    lengths = [line[15:].strip() for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
    if not end or len(lengths) > 1 or b"transfer-encoding" in head or b"upgrade" in head:
        return _UNKNOWN
    length = lengths[0] if lengths else b"0"
    if not length.isdigit() or len(length) > 9:
        return _UNKNOWN
    return max(int(length) - len(rest), _UNKNOWN)


class RequestLine:
    """Follows the first line of one head after the other."""

    __slots__ = ("_ended", "_tail", "length")

    def __init__(self) -> None:
        self.length = 0
        """Bytes of the present line, as far as they have come."""
        self._ended = True
        self._tail = b""
        """The latest bytes of a line that goes on."""

    def begin(self) -> None:
        """Begin the line of the next head."""
        self.length = 0
        self._ended = False
        self._tail = b""

    def add(self, data: bytes) -> bytes:
        """Follow the next bytes of the head; returns them with the version that the parser is to read."""
        if self._ended:
            return data
        end = data.find(b"\n")
        self._ended = end >= 0
        line = data[:end] if self._ended else data
        self.length += len(line)
        later = _LATER_MINOR.search(self._tail + line)
        if later is not None:
            minor = later.end() - 1 - len(self._tail)
            data = b"%b1%b" % (data[:minor], data[minor + 1 :])
        self._tail = (self._tail + line)[-_BEFORE_MINOR:]
        return data
