"""Rendered answers: the same bytes for the same request, while the job's row is the same object and time permits.

Nothing is assumed: the responder looks at row and clock for every request.
"""

from dataclasses import dataclass, field
from typing import Final
from weakref import ref

from mockserver.engine.reply import Reply
from mockserver.engine.session import Session
from mockserver.vendors.api import Operation, Script

ENTRY_OVERHEAD: Final = 1_000
"""Bytes that an entry takes besides request, head and body."""


@dataclass(slots=True, eq=False, kw_only=True)
class CachedResponse:
    """A rendered answer, and what it depends on."""

    session: "ref[Session]"
    """Not the session itself: one that was reset may have a million jobs, and nothing else holds it."""
    row: object
    operation: Operation
    script: Script
    """The rate limits are a part of it."""
    reply: Reply
    head: bytes
    """Everything of the answer before the headers that differ each time."""
    closes: bool
    """True if the connection ends with the answer, as the request asks for."""


@dataclass(slots=True)
class ResponseCache:
    """Rendered answers by the bytes of a whole request, within a budget of bytes; the oldest are evicted first."""

    bytes_left: int = 16_000_000
    """Bytes that may still be added."""
    entries: dict[bytes, CachedResponse] = field(default_factory=dict)
    """By the bytes of a request. Who takes an answer checks that it still holds."""

    def put(self, data: bytes, cached: CachedResponse) -> None:
        """Cache the answer to a request; it stays even if it is larger than the budget."""
        self.discard(data)
        self.entries[data] = cached
        self.bytes_left -= _entry_bytes(data, cached)
        while self.bytes_left < 0 and len(self.entries) > 1:
            self.discard(next(iter(self.entries)))

    def discard(self, data: bytes) -> None:
        """Remove the answer to a request, if it is there."""
        cached = self.entries.pop(data, None)
        if cached is not None:
            self.bytes_left += _entry_bytes(data, cached)


def _entry_bytes(data: bytes, cached: CachedResponse) -> int:
    return len(data) + len(cached.reply.response.body) + len(cached.head) + ENTRY_OVERHEAD
