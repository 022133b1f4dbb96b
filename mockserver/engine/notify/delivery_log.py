"""What was sent to which endpoint, newest last: bounded in entries and in bytes, with counters that are not."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from mockserver.core.delivery import DeliveryOutcome
from mockserver.core.instants import Instant, rfc3339
from mockserver.engine.journal import BoundedLog
from mockserver.vendors.webhooks import RenderedDelivery, WebhookEvent

MAX_ENTRIES: Final = 2_000
MAX_BYTES: Final = 8_000_000
RECORD_BYTES: Final = 3_000
"""Bytes of memory that a record takes besides its texts: some twenty objects, most of them headers."""

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
    """One delivery that was sent, or that a scenario dropped."""

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
    """The verdict of a verifier that knows the secret (`vendors.signatures`)."""
    signature_fault: str = ""
    """The fault that spoilt the signature (`SIGNATURE_FAULTS`); empty: none did."""
    cause: str = REGULAR
    """`DUPLICATE`, `REPLAY` or `REDELIVERY` where the vendor's rules did not demand it."""
    retry_at: Instant | None = None
    """The instant of the next attempt."""

    def json(self) -> dict[str, Any]:
        """Return the record for the admin API; the secret is not part of it."""
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
            "sign": self.signature_fault or None,
            "cause": self.cause or None,
            "url": self.url or None,
            "state": self.state,
            "status": self.outcome.status,
            "error": self.outcome.error or None,
            "next_attempt": None if self.retry_at is None else rfc3339(self.retry_at, digits=6),
            "headers": [list(header) for header in self.rendered.headers],
            "body": self.rendered.body.decode("utf-8", "replace"),
        }


class DeliveryLog(BoundedLog[DeliveryRecord, tuple[str, str, str]]):
    """The deliveries of a session; `counts` is by (vendor, event, state)."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        super().__init__(max_entries, max_bytes)
        self.listeners: list[Callable[[DeliveryRecord], None]] = []
        """Called with each record that is added."""

    @property
    def delivered_count(self) -> int:
        """The number of deliveries that a receiver has accepted."""
        return sum(count for (_, _, state), count in self.counts.items() if state == DELIVERED)

    def add(self, record: DeliveryRecord) -> None:
        """Append a delivery."""
        self.seq += 1
        self.counts[record.vendor, record.event.type, record.state] += 1
        texts = len(record.rendered.body) + len(record.outcome.preview) + len(record.url) + len(record.outcome.error)
        self._append(record, RECORD_BYTES + texts)
        for listener in self.listeners:
            listener(record)

    def find(self, delivery_id: str) -> DeliveryRecord | None:
        """Return the delivery of that id; None if there is none, or if it was evicted."""
        return next((record for record in self._entries if record.id == delivery_id), None)
