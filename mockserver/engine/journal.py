"""The requests of a session and their answers, newest last: bounded in entries and bytes, unlike the counters."""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator
from typing import Any, Final, Generic, NamedTuple, TypeVar

from mockserver.core.instants import Instant, rfc3339
from mockserver.core.wire import Exchange, Request, Response

MAX_ENTRIES: Final = 2_000
MAX_BYTES: Final = 4_000_000
"""Default bounds: with both, a million requests leave the process a few megabytes larger and no more."""
MAX_BODY_EXCERPT: Final = 4_096
"""Bytes of a body that the admin API shows."""
MAX_STALE: Final = 100
"""Late requests of a former epoch that are remembered."""
SECRET_HEADERS: Final = frozenset({"authorization", "x-api-key", "cookie", "set-cookie", "proxy-authorization"})


class Watermark(NamedTuple):
    """How far the store was when a request was answered: an explanation replays up to here and no further."""

    inputs_before: int = 0
    """Inputs of the job (of an item: of its batch) when the request arrived."""
    inputs_after: int = 0
    """Inputs of the job when the answer was given: more, if the request was one."""
    last_seq: int = 0
    """The store's latest input before the request."""
    jobs_created: int = 0
    """Jobs of the operation's kind that had ever been created before the request."""
    rate_window: Any = None
    """The rate-limit bucket after the request; None where there is none."""


NO_WATERMARK: Final = Watermark()


class StaleRequest(NamedTuple):
    """A request of an epoch that was over: it was answered 410, and nothing happened."""

    at: Instant
    """The session's instant of its arrival."""
    epoch: int
    method: str
    path: str

    def json(self) -> dict[str, Any]:
        """Return {at, epoch, method, path} for the admin API."""
        return {"at": rfc3339(self.at, digits=6), "epoch": self.epoch, "method": self.method, "path": self.path}


class JournalEntry(NamedTuple):
    """One request and its answer. A named tuple, because one is made for each poll."""

    seq: int
    request_id: str
    at: Instant
    vendor: str
    operation: str
    """Empty: none matched."""
    job_id: str
    """Empty: the request was about none."""
    request: Request
    response: Response
    note: str = ""
    """Remarks on the answer, joined by `; `: its faults, the hint, the rules that it breaks."""
    watermark: Watermark = NO_WATERMARK
    incomplete: bool = False
    """True if the client got no whole answer."""

    def json(self) -> dict[str, Any]:
        """Return the entry for the admin API: secrets redacted, bodies as text, cut at 4,096 bytes."""
        entry = {
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
        }
        if self.incomplete:
            entry["lost"] = True
        return entry

    def to_exchange(self) -> Exchange:
        """Return the entry for the contract's judge; an incomplete answer counts as none."""
        if self.incomplete:
            return Exchange(self.request, None, self.at, None, sent_seq=self.seq, answered_seq=self.seq)
        return Exchange(self.request, self.response, self.at, self.at, sent_seq=self.seq, answered_seq=self.seq)


def _body_excerpt(body: bytes) -> str:
    return body[:MAX_BODY_EXCERPT].decode("utf-8", "replace")


Entry = TypeVar("Entry")
CountKey = TypeVar("CountKey", bound=Hashable)


class BoundedLog(Generic[Entry, CountKey]):
    """Entries, newest last, within a number of them and a number of bytes; the oldest are evicted."""

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self.counts: Counter[CountKey] = Counter()
        """Never evicted."""
        self.seq = 0
        """Entries that were ever added."""
        self.evicted = 0
        self._entries: deque[Entry] = deque()
        self._sizes: deque[int] = deque()
        self._max_entries = max_entries
        self._byte_budget = max_bytes
        """Bytes that may still be added; negative only where one entry alone exceeds the bound."""

    def _append(self, entry: Entry, size: int) -> None:
        """Append an entry of so many bytes, and evict the oldest until the bounds hold; the newest always stays."""
        entries = self._entries
        entries.append(entry)
        self._sizes.append(size)
        self._byte_budget -= size
        while len(entries) > self._max_entries or (self._byte_budget < 0 and len(entries) > 1):
            entries.popleft()
            self._byte_budget += self._sizes.popleft()
            self.evicted += 1

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))


class Journal(BoundedLog[JournalEntry, tuple[str, str, int]]):
    """The exchanges of a session; `counts` is by (vendor, operation, status)."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        super().__init__(max_entries, max_bytes)
        self.listeners: list[Callable[[], None]] = []
        """Called after each entry, change of a job and move of the clock; most of the time there are none."""
        self.stale_requests: deque[StaleRequest] = deque(maxlen=MAX_STALE)

    def add(self, entry: JournalEntry) -> None:
        """Append an exchange, whose `seq` is one more than that of the last."""
        self.seq = entry.seq
        self.counts[entry.vendor, entry.operation, entry.response.status] += 1
        self._append(entry, len(entry.request.body) + len(entry.response.body))
        if self.listeners:
            self.notify()

    def notify(self) -> None:
        """Call the listeners: something has happened in the session."""
        # A copy, because a listener may remove itself.
        for listener in tuple(self.listeners):
            listener()

    def since(self, seq: int) -> list[JournalEntry]:
        """Return the entries after the one of that number, oldest first."""
        found: list[JournalEntry] = []
        for entry in reversed(self._entries):  # from the end, so that the newest are cheap to get
            if entry.seq <= seq:
                break
            found.append(entry)
        return found[::-1]
