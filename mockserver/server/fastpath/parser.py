"""Parses a plain GET that arrives whole in one chunk; everything else is left to aiohttp, unread.

Theory of operation. Most requests to this server are polls: a GET without a body, sent whole, again and again with
the same headers. `SimpleGetParser.parse` recognizes exactly that, conservatively: one chunk that ends with the head,
plain ASCII names and values, a path of plain characters, nothing that would change how the connection or a body is
read. It remembers the header blocks that it has understood (clients repeat theirs to the byte), so the next request
costs one split and one look-up.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from mockserver.core.wire import Request

MAX_REQUEST_BYTES: Final = 8_190
"""A larger request goes to aiohttp, which has its own limits and answers."""
MAX_HEADERS: Final = 64
"""A request with more headers goes to aiohttp."""
MAX_KNOWN_BLOCKS: Final = 1_000
"""Header blocks that a parser remembers; beyond it, it forgets them all."""

_REQUEST_TARGET = re.compile(rb"/[A-Za-z0-9._~/\-%:@,+!$'()*;]*(?:\?[A-Za-z0-9._~/\-%:@,+!$'()*;&=]*)?")
_HEADER_LINE = re.compile(rb"([A-Za-z0-9-]+): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?")
_EXCLUDED_HEADERS: Final = frozenset({
    "content-length", "transfer-encoding", "upgrade", "expect", "content-encoding", "te", "trailer",
    "sec-websocket-key", "proxy-connection", "x-mock-together",
})  # fmt: skip
_HEAD_END: Final = b"\r\n\r\n"


class HeaderBlock(NamedTuple):
    """The headers of a plain request, by lower-case name."""

    headers: Mapping[str, str]
    closes: bool
    """True if the client wants the connection closed after the answer."""


class ParsedGet(NamedTuple):
    """A parsed request; `key` is the same for the same bytes."""

    request: Request
    header_block: HeaderBlock
    key: tuple[bytes, bytes]


class SimpleGetParser:
    """Parses simple GETs; remembers header blocks."""

    def __init__(self, max_known_blocks: int = MAX_KNOWN_BLOCKS) -> None:
        self._max_known_blocks = max_known_blocks
        self._known_blocks: dict[bytes, HeaderBlock | None] = {}

    def parse(self, data: bytes) -> ParsedGet | None:
        """Parse `data` if it is one simple GET and nothing else; None: aiohttp has to read it."""
        if not data.startswith(b"GET ") or len(data) > MAX_REQUEST_BYTES:
            return None
        line, found, head = data.partition(b"\r\n")
        if not found or not line.endswith(b" HTTP/1.1"):
            return None
        header_block = self.header_block(head)
        if header_block is None:
            return None
        target = line[4:-9]
        if not _REQUEST_TARGET.fullmatch(target):
            return None
        path, _, query = target.decode("ascii").partition("?")
        return ParsedGet(Request("GET", path, query, header_block.headers), header_block, (target, head))

    def header_block(self, head: bytes) -> HeaderBlock | None:
        """Return the parsed header block; None where aiohttp has to read it."""
        try:
            return self._known_blocks[head]
        except KeyError:
            pass
        if len(self._known_blocks) >= self._max_known_blocks:
            self._known_blocks.clear()
        parsed = _parse_header_block(head)
        self._known_blocks[head] = parsed
        return parsed


def _parse_header_block(head: bytes) -> HeaderBlock | None:
    if not head.endswith(_HEAD_END):
        return None
    headers: dict[str, str] = {}
    lines = head[: -len(_HEAD_END)].split(b"\r\n")
    if len(lines) > MAX_HEADERS:
        return None
    for line in lines:
        parts = _HEADER_LINE.fullmatch(line)
        if parts is None:
            return None
        name = parts[1].decode("ascii").lower()
        if name in headers or name in _EXCLUDED_HEADERS:
            return None
        headers[name] = (parts[2] or b"").decode("ascii")
    # A request without Host is invalid, and any other word for the connection is for aiohttp to understand.
    if not headers.get("host"):
        return None
    connection = headers.get("connection", "keep-alive").lower()
    if connection not in ("keep-alive", "close"):
        return None
    return HeaderBlock(headers, connection == "close")
