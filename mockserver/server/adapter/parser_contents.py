"""What aiohttp's parser may hold of a request, concluded from the bytes that it was given.

The parser itself cannot be asked. While a connection is idle, every request that the parser knows whole has been
answered, so it can only hold the beginning of one. It holds nothing if either of two facts is known:

- The bytes so far are whole requests, counted by their `Content-Length`.
- The latest bytes are CR LF CR LF, which end a head, a chunked body or a pipelined GET. A beginning that ends like this
  would be a whole head, and so no beginning.
"""

from typing import Final

_HEAD_END: Final = b"\r\n\r\n"
_UNKNOWN: Final = -1


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
