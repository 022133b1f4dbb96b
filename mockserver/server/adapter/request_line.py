"""The first line of a request as it arrives: how long it is, and its version of HTTP.

RFC 9110 (section 2.5) wants a later minor version answered as the latest one that a server knows; aiohttp's parser
refuses it. So `HTTP/1.9` becomes `HTTP/1.1` on its way to the parser, at the same length.
"""

import re
from typing import Final

_LATER_MINOR: Final = re.compile(rb" HTTP/1\.[2-9]")
_BEFORE_MINOR: Final = len(b" HTTP/1.")


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
