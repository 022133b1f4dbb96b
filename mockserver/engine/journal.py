"""The requests of a session and their answers, newest last: bounded in entries and bytes, unlike the counters."""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, Final, Generic, NamedTuple, TypeVar

from mockserver.core.forms import shortened_upload
from mockserver.core.instants import Instant, rfc3339
from mockserver.core.wire import MAX_BODY_EXCERPT, Exchange, Request, Response
from mockserver.redaction.secret_names import split_credential

MAX_ENTRIES: Final = 2_000
MAX_BYTES: Final = 4_000_000
"""Default bounds: with both, a million requests leave the process a few megabytes larger and no more."""
ENTRY_BYTES: Final = 900
"""Bytes of memory that an entry takes besides its texts and bodies: some ten objects."""
HEADER_BYTES: Final = 150
"""Bytes of memory that a request's header takes besides its name and value: two strings, a place in a dict."""
REPEAT_BYTES: Final = 250
"""Bytes of memory of a `StoredRepeat`, besides the entry that it repeats."""
MAX_COPIED: Final = 64 * 1024
"""Bytes of a body up to which `without_spare_memory` copies it."""
MAX_STALE: Final = 100
"""Late requests of a former epoch that are remembered."""
SECRET_HEADERS: Final = frozenset({"authorization", "x-api-key", "cookie", "set-cookie", "proxy-authorization"})


class Watermark(NamedTuple):
    """How far the store was when a request was answered: an explanation goes up to here and no further."""

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
    """One request and its answer."""

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
        """Return the entry for the admin API, without secrets, its bodies as text, cut at 4,096 bytes.

        Of a key its scheme stays, as in `Bearer [redacted]`.
        """
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
                    name: f"{split_credential(value)[0]}[redacted]" if name in SECRET_HEADERS else value
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


def without_spare_memory(body: bytes) -> bytes:
    """Return equal bytes that take no more memory than they have to.

    A JSON serializer leaves up to 16 kB behind what it has written. That does not matter in an answer on its way, but
    in one that is kept it makes ten times its size. A large body is returned as it is: its spare is a smaller part.
    """
    if len(body) > MAX_COPIED:
        return body
    return bytes(memoryview(body))


def with_short_files(request: Request, *, is_file: bool) -> Request:
    """Return a request with no more of a file than the admin API shows: a file's bytes are not worth their memory.

    `is_file`: the whole body is a file; else it may be a form that has some.
    """
    if len(request.body) <= MAX_BODY_EXCERPT:
        return request
    if is_file:
        return request._replace(body=request.body[:MAX_BODY_EXCERPT])
    body = shortened_upload(request.headers.get("content-type", ""), request.body, MAX_BODY_EXCERPT)
    return request if body is request.body else request._replace(body=body)


def _body_excerpt(body: bytes) -> str:
    return body[:MAX_BODY_EXCERPT].decode("utf-8", "replace")


Entry = TypeVar("Entry")
CountKey = TypeVar("CountKey", bound=Hashable)


class BoundedLog(Generic[Entry, CountKey]):
    """Entries, newest last, within a number of them and of bytes of memory; the oldest are evicted."""

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self.counts: Counter[CountKey] = Counter()
        """Never evicted."""
        self.seq = 0
        """Entries that were ever added."""
        self.evicted = 0
        self._entries: deque[Entry] = deque()
        self._sizes: deque[int] = deque()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self.retained_bytes = 0
        """Bytes of memory that the entries take; above the bound only where one entry alone is larger."""

    def _append(self, entry: Entry, size: int) -> None:
        """Append an entry of so many bytes, and evict the oldest until the bounds hold; the newest always stays."""
        entries = self._entries
        entries.append(entry)
        self._sizes.append(size)
        self.retained_bytes += size
        while len(entries) > self._max_entries or (self.retained_bytes > self._max_bytes and len(entries) > 1):
            entries.popleft()
            self.retained_bytes -= self._sizes.popleft()
            self.evicted += 1

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))


StoredRepeat = tuple[int, str, Instant, JournalEntry]
"""(seq, request_id, at, the entry whose request and answer came once more): what the journal stores of a repeated poll.

It becomes an entry when it is read: a poll takes a few microseconds, and few entries are ever read.
"""


def _as_entry(stored: JournalEntry | StoredRepeat) -> JournalEntry:
    if isinstance(stored, JournalEntry):
        return stored
    seq, request_id, at, first = stored
    return first._replace(seq=seq, request_id=request_id, at=at)


class Journal(BoundedLog[JournalEntry | StoredRepeat, tuple[str, str, int]]):
    """The exchanges of a session; `counts` is by (vendor, operation, status)."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        super().__init__(max_entries, max_bytes)
        self.listeners: list[Callable[[], None]] = []
        """Called after each entry, change of a job and move of the clock; most of the time there are none."""
        self.stale_requests: deque[StaleRequest] = deque(maxlen=MAX_STALE)
        self._last_headers: Mapping[str, str] | None = None
        """Those of the latest request: one that repeats its bytes shares them."""

    def add(self, entry: JournalEntry) -> None:
        """Append an exchange, whose `seq` is one more than that of the last."""
        # About what it takes: within a fifth for the requests of common clients.
        request = entry.request
        texts = len(request.path) + len(request.query) + len(entry.note)
        size = ENTRY_BYTES + texts + len(request.body) + len(entry.response.body)
        headers = request.headers
        if headers is not self._last_headers:  # else they take no memory of their own
            self._last_headers = headers
            size += sum(map(len, headers)) + sum(map(len, headers.values())) + HEADER_BYTES * len(headers)
        self._store(entry.seq, entry, entry, size)

    def add_repeat(self, seq: int, request_id: str, at: Instant, first: JournalEntry) -> None:
        """Append request and answer of an earlier entry, which came once more."""
        self._store(seq, (seq, request_id, at, first), first, REPEAT_BYTES)

    def _store(self, seq: int, stored: JournalEntry | StoredRepeat, entry: JournalEntry, size: int) -> None:
        self.seq = seq
        self.counts[entry.vendor, entry.operation, entry.response.status] += 1
        self._append(stored, size)
        if self.listeners:
            self.notify()

    def __iter__(self) -> Iterator[JournalEntry]:
        return map(_as_entry, tuple(self._entries))

    def notify(self) -> None:
        """Call the listeners: something has happened in the session."""
        # A copy, because a listener may remove itself.
        for listener in tuple(self.listeners):
            listener()

    def since(self, seq: int) -> list[JournalEntry]:
        """Return the entries after the one of that number, oldest first."""
        found: list[JournalEntry] = []
        for stored in reversed(self._entries):  # from the end, so that the newest are cheap to get
            entry = _as_entry(stored)
            if entry.seq <= seq:
                break
            found.append(entry)
        return found[::-1]
