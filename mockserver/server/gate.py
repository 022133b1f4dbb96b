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
from mockserver.engine.session import Session

LARGEST: Final = 8_190
"""A larger request goes to aiohttp, which has its own bounds and answers."""
MOST_HEADERS: Final = 64
"""So does one with more headers."""

_TARGET = re.compile(rb"/[A-Za-z0-9._~/\-%:@,+!$'()*;]*(?:\?[A-Za-z0-9._~/\-%:@,+!$'()*;&=]*)?")
_LINE = re.compile(rb"([A-Za-z0-9-]+): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?")
_UNFIT: Final = frozenset({
    "content-length", "transfer-encoding", "upgrade", "expect", "content-encoding", "te", "trailer",
    "sec-websocket-key", "proxy-connection", "x-mock-together",
})  # fmt: skip
_END: Final = b"\r\n\r\n"


class Envelope(NamedTuple):
    """A header block that was understood."""

    headers: Mapping[str, str]
    closes: bool
    """Whether the client wants the connection closed after the answer."""


class Read(NamedTuple):
    """A request that the gate has read; `key` is the same for the same bytes."""

    request: Request
    envelope: Envelope
    key: tuple[bytes, bytes]


class Gate:
    """Reads simple GETs; remembers the header blocks it has seen (a bounded number of them)."""

    MOST: Final = 1_000

    def __init__(self) -> None:
        self._known: dict[bytes, Envelope | None] = {}

    def read(self, data: bytes) -> Read | None:
        """The request in `data`, if it is one simple GET and nothing else; None: let aiohttp read it."""
        if not data.startswith(b"GET ") or len(data) > LARGEST:
            return None
        line, found, head = data.partition(b"\r\n")
        if not found or not line.endswith(b" HTTP/1.1"):
            return None
        envelope = self.envelope(head)
        if envelope is None:
            return None
        target = line[4:-9]
        if not _TARGET.fullmatch(target):
            return None
        path, _, query = target.decode("ascii").partition("?")
        return Read(Request("GET", path, query, envelope.headers), envelope, (target, head))

    def envelope(self, head: bytes) -> Envelope | None:
        """The header block as understood, or None where aiohttp must read it."""
        try:
            return self._known[head]
        except KeyError:
            pass
        if len(self._known) >= self.MOST:
            self._known.clear()
        understood = self._known[head] = _understand(head)
        return understood


def _understand(head: bytes) -> Envelope | None:
    if not head.endswith(_END):
        return None
    headers: dict[str, str] = {}
    lines = head[: -len(_END)].split(b"\r\n")
    if len(lines) > MOST_HEADERS:
        return None
    for line in lines:
        parts = _LINE.fullmatch(line)
        if parts is None:
            return None
        name = parts[1].decode("ascii").lower()
        if name in headers or name in _UNFIT:
            return None
        headers[name] = (parts[2] or b"").decode("ascii")
    if not headers.get("host"):
        return None
    connection = headers.get("connection", "keep-alive").lower()
    if connection not in ("keep-alive", "close"):
        return None
    return Envelope(headers, connection == "close")


@dataclass(slots=True, eq=False)
class Kept:
    """A rendered answer, and what it depends on."""

    session: "ref[Session]"
    """Not the session itself: one that was reset may have a million jobs, and nobody else holds it."""
    row: object
    request: Request
    reply: Reply
    head: bytes
    """Everything of the answer before the headers that differ each time."""


@dataclass(slots=True)
class Hot:
    """Rendered answers by request bytes, at most `room` bytes of them; the oldest go first."""

    room: int = 16_000_000
    _kept: dict[tuple[bytes, bytes], Kept] = field(default_factory=dict)

    def get(self, key: tuple[bytes, bytes]) -> Kept | None:
        """What was kept for these bytes; whether it still holds is the caller's to check."""
        return self._kept.get(key)

    def keep(self, key: tuple[bytes, bytes], kept: Kept) -> None:
        """Keep an answer."""
        self.drop(key)
        self._kept[key] = kept
        self.room -= _size(key, kept)
        while self.room < 0 and len(self._kept) > 1:
            self.drop(next(iter(self._kept)))

    def __len__(self) -> int:
        return len(self._kept)

    def drop(self, key: tuple[bytes, bytes]) -> None:
        """Forget an answer."""
        kept = self._kept.pop(key, None)
        if kept is not None:
            self.room += _size(key, kept)


def _size(key: tuple[bytes, bytes], kept: Kept) -> int:
    return len(key[0]) + len(kept.reply.response.body) + len(kept.head) + 1_000
