"""What was sent to whom, newest last: bounded in entries and in bytes, with counters that are not."""

from collections import Counter, deque
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from mockserver.core.delivery import Outcome
from mockserver.core.instants import Instant, rfc3339
from mockserver.vendors.notices import Event, Written

ENTRIES: Final = 2_000
BYTES: Final = 8_000_000

DELIVERED: Final = "delivered"
RETRYING: Final = "retrying"
FAILED: Final = "failed"
LOST: Final = "lost"
STATES: Final = (DELIVERED, RETRYING, FAILED, LOST)

FIRST: Final = ""
COPY: Final = "duplicate"
REPLAY: Final = "replay"
AGAIN: Final = "redelivery"


class Sent(NamedTuple):
    """One delivery that was sent, or got lost."""

    id: str
    at: Instant
    vendor: str
    kind: str
    job_id: str
    event: Event
    attempt: int
    url: str
    """Empty: the session's own receiver."""
    written: Written
    outcome: Outcome
    state: str
    """One of `STATES`."""
    signature: str
    """What a verifier that knows the secret makes of it (`vendors.signatures`)."""
    why: str = FIRST
    """Why it was sent, where not by the vendor's rules: `COPY`, `REPLAY` or `AGAIN`."""
    again: Instant | None = None
    """When the next attempt is due."""

    def json(self) -> dict[str, Any]:
        """For the admin API; the secret is nowhere in it."""
        return {
            "id": self.id,
            "at": rfc3339(self.at, digits=6),
            "vendor": self.vendor,
            "job": self.job_id,
            "event": self.event.type,
            "key": self.event.key,
            "event_id": self.written.event_id or None,
            "attempt": self.attempt,
            "signature": self.signature,
            "cause": self.why or None,
            "url": self.url or None,
            "state": self.state,
            "status": self.outcome.status,
            "error": self.outcome.error or None,
            "next_attempt": None if self.again is None else rfc3339(self.again, digits=6),
            "headers": [list(header) for header in self.written.headers],
            "body": self.written.body.decode("utf-8", "replace"),
        }


class SentLog:
    """A bounded log; `counts` goes on for ever, by (vendor, event, state)."""

    def __init__(self, entries: int = ENTRIES, size: int = BYTES) -> None:
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.seq = 0
        self.evicted = 0
        self._entries: deque[Sent] = deque()
        self._most = entries
        self._room = size

    def add(self, sent: Sent) -> None:
        """Note one; the oldest go where the bounds are passed."""
        self.seq += 1
        self.counts[sent.vendor, sent.event.type, sent.state] += 1
        self._entries.append(sent)
        self._room -= len(sent.written.body)
        while len(self._entries) > self._most or (self._room < 0 and len(self._entries) > 1):
            self._room += len(self._entries.popleft().written.body)
            self.evicted += 1

    def find(self, sent_id: str) -> Sent | None:
        """The delivery of that id, unless it was evicted."""
        return next((sent for sent in self._entries if sent.id == sent_id), None)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Sent]:
        return iter(tuple(self._entries))
