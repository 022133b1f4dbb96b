"""Parses a plain request that has arrived whole; everything else is left to aiohttp, unread.

Theory of operation. Clients create, poll and cancel: short requests, a poll in one piece, a create with a body of known
length behind its head, again and again with the same headers. `PlainRequestParser.parse` recognizes exactly that,
conservatively: one request and nothing behind it, plain ASCII names and values, a path of plain characters, nothing
that would change how the connection or a body is read. It remembers the header blocks that it has understood (clients
repeat theirs to the byte), so the next request costs one split and one look-up.

Many clients write a head and its body one after the other. Of such a request the parser can say that it lacks nothing
but its body (`lacks_body`).
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from mockserver.core.wire import Request

MAX_HEAD_BYTES: Final = 8_190
"""A request with a larger head goes to aiohttp, which has its own limits and answers."""
MAX_PLAIN_BODY_BYTES: Final = 65_536
"""A request with a larger body goes to aiohttp."""
MAX_HEADERS: Final = 64
"""A request with more headers goes to aiohttp."""
MAX_KNOWN_BLOCKS: Final = 1_000
"""Header blocks that a parser remembers; beyond it, it forgets them all."""

_METHODS_WITH_BODY: Final = (b"POST", b"PUT", b"DELETE", b"PATCH")
_PLAIN_STARTS: Final = (b"GET ", *(method + b" " for method in _METHODS_WITH_BODY))
"""How the requests begin that the parser may recognize."""
_REQUEST_TARGET = re.compile(rb"/[A-Za-z0-9._~/\-%:@,+!$'()*;]*(?:\?[A-Za-z0-9._~/\-%:@,+!$'()*;&=]*)?")
_HEADER_LINE = re.compile(rb"([A-Za-z0-9-]+): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?")
_BODY_LENGTH: Final = re.compile("[0-9]{1,5}")
_EXCLUDED_HEADERS: Final = frozenset({
    "transfer-encoding", "upgrade", "expect", "content-encoding", "te", "trailer", "sec-websocket-key",
    "proxy-connection", "x-mock-together",
})  # fmt: skip
_HEAD_END: Final = b"\r\n\r\n"


class HeaderBlock(NamedTuple):
    """The headers of a plain request, by lower-case name."""

    headers: Mapping[str, str]
    closes: bool
    """True if the client wants the connection closed after the answer."""
    body_bytes: int
    """The length of the body; 0 without `Content-Length`."""


class ParsedRequest(NamedTuple):
    """A plain request, as far as it has arrived."""

    request: Request
    header_block: HeaderBlock


class PlainRequestParser:
    """Parses plain requests; remembers header blocks."""

    def __init__(self, max_known_blocks: int = MAX_KNOWN_BLOCKS) -> None:
        self._max_known_blocks = max_known_blocks
        self._known_blocks: dict[bytes, HeaderBlock | None] = {}

    def parse(self, data: bytes) -> ParsedRequest | None:
        """Parse `data` if it is one plain request and nothing else; None: aiohttp has to read it."""
        parsed = self._parse_head(data)
        if parsed is None or len(parsed.request.body) != parsed.header_block.body_bytes:
            return None
        return parsed

    def lacks_body(self, data: bytes) -> bool:
        """Return True if `data` is a plain request but for the end of its body."""
        parsed = self._parse_head(data)
        return parsed is not None and len(parsed.request.body) < parsed.header_block.body_bytes

    def _parse_head(self, data: bytes) -> ParsedRequest | None:
        """Parse a plain request, whose body may be too short or too long; None for any other bytes."""
        if not data.startswith(_PLAIN_STARTS):
            return None
        line, _, rest = data.partition(b"\r\n")
        head, end, body = rest.partition(_HEAD_END)
        if not end or len(data) - len(body) > MAX_HEAD_BYTES or not line.endswith(b" HTTP/1.1"):
            return None
        header_block = self.header_block(head)
        if header_block is None:
            return None
        method, _, target = line[:-9].partition(b" ")
        if not _REQUEST_TARGET.fullmatch(target):
            return None
        if method == b"GET" and (body or "content-length" in header_block.headers):
            return None
        path, _, query = target.decode("ascii").partition("?")
        return ParsedRequest(Request(method.decode("ascii"), path, query, header_block.headers, body), header_block)

    def header_block(self, head: bytes) -> HeaderBlock | None:
        """Return the parsed header block, given without its last line's end; None where aiohttp has to read it."""
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
    headers: dict[str, str] = {}
    lines = head.split(b"\r\n")
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
    length = headers.get("content-length", "0")
    if not _BODY_LENGTH.fullmatch(length) or int(length) > MAX_PLAIN_BODY_BYTES:
        return None
    return HeaderBlock(headers, connection == "close", int(length))
