"""The way in for a simple read: a complete GET in one chunk, answered without aiohttp's machinery.

Theory of operation. Most requests to this server are polls: a GET without a body, sent whole, again and again with
the same headers. `Gate.read` recognises exactly that, conservatively: one chunk that ends with the head, plain ASCII
names and values, a path of plain characters, nothing that would change how the connection or a body is read. It
remembers a header block it has understood (clients repeat theirs to the byte), so the next request costs one split
and one look-up. Whatever it does not recognise it leaves to aiohttp, unread.

`Hot` keeps rendered answers: the same bytes for the same request, for as long as the job's row is the same object
and the clock has not passed the instant at which the answer changes. Nothing is assumed: both are looked at for
every request.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from weakref import ref

from mockserver.core.wire import Request
from mockserver.engine.reply import Reply
from mockserver.engine.session.session import Session

MAX_REQUEST_BYTES: Final = 8_190
"""A larger request goes to aiohttp, which has its own bounds and answers."""
MAX_HEADERS: Final = 64
"""So does one with more headers."""

_REQUEST_TARGET = re.compile(rb"/[A-Za-z0-9._~/\-%:@,+!$'()*;]*(?:\?[A-Za-z0-9._~/\-%:@,+!$'()*;&=]*)?")
_HEADER_LINE = re.compile(rb"([A-Za-z0-9-]+): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?")
_EXCLUDED_HEADERS: Final = frozenset({
    "content-length", "transfer-encoding", "upgrade", "expect", "content-encoding", "te", "trailer",
    "sec-websocket-key", "proxy-connection", "x-mock-together",
})  # fmt: skip
_HEAD_END: Final = b"\r\n\r\n"


class HeaderBlock(NamedTuple):
    """A header block that was understood."""

    headers: Mapping[str, str]
    closes: bool
    """Whether the client wants the connection closed after the answer."""


class ParsedGet(NamedTuple):
    """A request that the gate has read; `key` is the same for the same bytes."""

    request: Request
    header_block: HeaderBlock
    key: tuple[bytes, bytes]


class SimpleGetParser:
    """Reads simple GETs; remembers the header blocks it has seen (a bounded number of them)."""

    MAX_KNOWN_BLOCKS: Final = 1_000

    def __init__(self) -> None:
        self._known_blocks: dict[bytes, HeaderBlock | None] = {}

    def parse(self, data: bytes) -> ParsedGet | None:
        """The request in `data`, if it is one simple GET and nothing else; None: let aiohttp read it."""
        if not data.startswith(b"GET ") or len(data) > MAX_REQUEST_BYTES:
            return None
        line, found, head = data.partition(b"\r\n")
        if not found or not line.endswith(b" HTTP/1.1"):
            return None
        envelope = self.header_block(head)
        if envelope is None:
            return None
        target = line[4:-9]
        if not _REQUEST_TARGET.fullmatch(target):
            return None
        path, _, query = target.decode("ascii").partition("?")
        return ParsedGet(Request("GET", path, query, envelope.headers), envelope, (target, head))

    def header_block(self, head: bytes) -> HeaderBlock | None:
        """The header block as understood, or None where aiohttp must read it."""
        try:
            return self._known_blocks[head]
        except KeyError:
            pass
        if len(self._known_blocks) >= self.MAX_KNOWN_BLOCKS:
            self._known_blocks.clear()
        understood = self._known_blocks[head] = _parse_header_block(head)
        return understood


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
    if not headers.get("host"):
        return None
    connection = headers.get("connection", "keep-alive").lower()
    if connection not in ("keep-alive", "close"):
        return None
    return HeaderBlock(headers, connection == "close")


@dataclass(slots=True, eq=False)
class CachedResponse:
    """A rendered answer, and what it depends on."""

    session: "ref[Session]"
    """Not the session itself: one that was reset may have a million jobs, and nobody else holds it."""
    row: object
    request: Request
    reply: Reply
    head: bytes
    """Everything of the answer before the headers that differ each time."""


@dataclass(slots=True)
class ResponseCache:
    """Rendered answers by request bytes, at most `room` bytes of them; the oldest go first."""

    budget: int = 16_000_000
    _entries: dict[tuple[bytes, bytes], CachedResponse] = field(default_factory=dict)

    def get(self, key: tuple[bytes, bytes]) -> CachedResponse | None:
        """What was kept for these bytes; whether it still holds is the caller's to check."""
        return self._entries.get(key)

    def put(self, key: tuple[bytes, bytes], cached: CachedResponse) -> None:
        """Keep an answer."""
        self.discard(key)
        self._entries[key] = cached
        self.budget -= _entry_bytes(key, cached)
        while self.budget < 0 and len(self._entries) > 1:
            self.discard(next(iter(self._entries)))

    def __len__(self) -> int:
        return len(self._entries)

    def discard(self, key: tuple[bytes, bytes]) -> None:
        """Forget an answer."""
        kept = self._entries.pop(key, None)
        if kept is not None:
            self.budget += _entry_bytes(key, kept)


def _entry_bytes(key: tuple[bytes, bytes], cached: CachedResponse) -> int:
    return len(key[0]) + len(cached.reply.response.body) + len(cached.head) + 1_000
