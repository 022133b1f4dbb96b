"""What was sent to whom, newest last: bounded in entries and in bytes, with counters that are not."""

from collections import Counter, deque
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from mockserver.core.delivery import DeliveryOutcome
from mockserver.core.instants import Instant, rfc3339
from mockserver.vendors.webhooks import RenderedDelivery, WebhookEvent

MAX_ENTRIES: Final = 2_000
MAX_BYTES: Final = 8_000_000

DELIVERED: Final = "delivered"
RETRYING: Final = "retrying"
FAILED: Final = "failed"
DROPPED: Final = "lost"
STATES: Final = (DELIVERED, RETRYING, FAILED, DROPPED)

REGULAR: Final = ""
DUPLICATE: Final = "duplicate"
REPLAY: Final = "replay"
REDELIVERY: Final = "redelivery"


class DeliveryRecord(NamedTuple):
    """One delivery that was sent, or got lost."""

    id: str
    at: Instant
    vendor: str
    kind: str
    job_id: str
    event: WebhookEvent
    attempt: int
    url: str
    """Empty: the session's own receiver."""
    rendered: RenderedDelivery
    outcome: DeliveryOutcome
    state: str
    """One of `STATES`."""
    signature: str
    """What a verifier that knows the secret makes of it (`vendors.signatures`)."""
    cause: str = REGULAR
    """Why it was sent, where not by the vendor's rules: `COPY`, `REPLAY` or `AGAIN`."""
    retry_at: Instant | None = None
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
            "event_id": self.rendered.event_id or None,
            "attempt": self.attempt,
            "signature": self.signature,
            "cause": self.cause or None,
            "url": self.url or None,
            "state": self.state,
            "status": self.outcome.status,
            "error": self.outcome.error or None,
            "next_attempt": None if self.retry_at is None else rfc3339(self.retry_at, digits=6),
            "headers": [list(header) for header in self.rendered.headers],
            "body": self.rendered.body.decode("utf-8", "replace"),
        }


class DeliveryLog:
    """A bounded log; `counts` goes on for ever, by (vendor, event, state)."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.seq = 0
        self.evicted = 0
        self._entries: deque[DeliveryRecord] = deque()
        self._max_entries = max_entries
        self._byte_budget = max_bytes

    def add(self, record: DeliveryRecord) -> None:
        """Note one; the oldest go where the bounds are passed."""
        self.seq += 1
        self.counts[record.vendor, record.event.type, record.state] += 1
        self._entries.append(record)
        self._byte_budget -= len(record.rendered.body)
        while len(self._entries) > self._max_entries or (self._byte_budget < 0 and len(self._entries) > 1):
            self._byte_budget += len(self._entries.popleft().rendered.body)
            self.evicted += 1

    def find(self, delivery_id: str) -> DeliveryRecord | None:
        """The delivery of that id, unless it was evicted."""
        return next((sent for sent in self._entries if sent.id == delivery_id), None)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[DeliveryRecord]:
        return iter(tuple(self._entries))
