"""What was asked and answered, newest last: bounded in entries and in bytes, with counters that are not."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Instant, rfc3339
from mockserver.core.wire import Exchange, Request, Response

MAX_ENTRIES: Final = 2_000
MAX_BYTES: Final = 4_000_000
"""Default bounds: with both, a million requests leave the process a few megabytes larger and no more."""

SECRET_HEADERS: Final = frozenset({"authorization", "x-api-key", "cookie", "set-cookie", "proxy-authorization"})


MAX_STALE: Final = 100
"""Late requests of a former epoch that are remembered."""


class Watermark(NamedTuple):
    """How far things were when a request was answered: an explanation folds up to here, whatever came later."""

    inputs_before: int = 0
    """Inputs that the job had when it was asked about; of an item, those of its batch."""
    inputs_after: int = 0
    """Inputs that it had when the answer was given: more, where the request was one."""
    last_seq: int = 0
    """The store's latest input before the request."""
    jobs_created: int = 0
    """Jobs of the operation's kind that had ever been made, before the request."""
    rate_window: Any = None
    """The rate-limit bucket after the request; None where none is kept."""


NO_WATERMARK: Final = Watermark()


class StaleRequest(NamedTuple):
    """A request of an epoch that was over: answered 410, and nothing happened."""

    at: Instant
    """The session's instant at which it came."""
    epoch: int
    method: str
    path: str

    def json(self) -> dict[str, Any]:
        """For the admin API."""
        return {"at": rfc3339(self.at, digits=6), "epoch": self.epoch, "method": self.method, "path": self.path}


class JournalEntry(NamedTuple):
    """One request and its answer."""

    seq: int
    request_id: str
    at: Instant
    vendor: str
    operation: str
    job_id: str
    request: Request
    response: Response
    note: str
    """What we noticed: the near miss, the rule that decided."""
    watermark: Watermark = NO_WATERMARK
    incomplete: bool = False
    """Whether the client got no whole answer."""

    def json(self) -> dict[str, Any]:
        """For the admin API: secrets redacted, bodies as text (cut at 4,096 characters)."""
        return {
            "seq": self.seq,
            "request_id": self.request_id,
            "at": rfc3339(self.at, digits=6),
            "vendor": self.vendor,
            "operation": self.operation,
            "job": self.job_id,
            "request": {
                "method": self.request.method,
                "path": self.request.path,
                "query": self.request.query,
                "headers": {
                    name: "[redacted]" if name in SECRET_HEADERS else value
                    for name, value in self.request.headers.items()
                },
                "body": _body_excerpt(self.request.body),
            },
            "response": {
                "status": self.response.status,
                "headers": [list(header) for header in self.response.headers],
                "body": _body_excerpt(self.response.body),
            },
            "note": self.note,
            **({"lost": True} if self.incomplete else {}),
        }

    def to_exchange(self) -> Exchange:
        """The entry as the contract's judge wants it."""
        if self.incomplete:
            return Exchange(self.request, None, self.at, None, self.seq, self.seq)
        return Exchange(self.request, self.response, self.at, self.at, self.seq, self.seq)


def _body_excerpt(body: bytes) -> str:
    return body[:4096].decode("utf-8", "replace")


class Journal:
    """A bounded log; `counts` goes on for ever, by (vendor, operation, status)."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        self.counts: Counter[tuple[str, str, int]] = Counter()
        self.seq = 0
        self.evicted = 0
        self.listeners: list[Callable[[], None]] = []
        """Called after each entry; most of the time there are none."""
        self.stale_requests: deque[StaleRequest] = deque(maxlen=MAX_STALE)
        self._entries: deque[JournalEntry] = deque()
        self._max_entries = max_entries
        self._byte_budget = max_bytes

    def add(
        self,
        request_id: str,
        at: Instant,
        vendor: str,
        operation: str,
        job_id: str,
        request: Request,
        response: Response,
        note: str = "",
        watermark: Watermark = NO_WATERMARK,
        *,
        incomplete: bool = False,
    ) -> None:
        """Note an exchange; the oldest go where the bounds are passed."""
        self.seq += 1
        self.counts[vendor, operation, response.status] += 1
        entry = JournalEntry(
            self.seq, request_id, at, vendor, operation, job_id, request, response, note, watermark, incomplete
        )
        self._entries.append(entry)
        self._byte_budget -= len(request.body) + len(response.body)
        while len(self._entries) > self._max_entries or (self._byte_budget < 0 and len(self._entries) > 1):
            oldest = self._entries.popleft()
            self._byte_budget += len(oldest.request.body) + len(oldest.response.body)
            self.evicted += 1
        if self.listeners:
            self.notify()

    def notify(self) -> None:
        """Something has happened: wake whoever waits for something."""
        for listener in tuple(self.listeners):
            listener()

    def since(self, seq: int) -> list[JournalEntry]:
        """The entries after the one of that number, oldest first; found from the end, so that the newest are cheap."""
        found: list[JournalEntry] = []
        for entry in reversed(self._entries):
            if entry.seq <= seq:
                break
            found.append(entry)
        return found[::-1]

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[JournalEntry]:
        return iter(tuple(self._entries))
