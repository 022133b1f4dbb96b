"""The default store: everything in memory.

A row is an exact tuple of numbers and its inputs, which the garbage collector stops tracking: a million jobs cost no
pause, and a few hundred bytes each. Specs and plans that jobs share are stored once.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar, Unpack

import orjson

from mockserver.core.instants import Instant
from mockserver.core.job import DELETE, Input, Job, JobPlan
from mockserver.core.ratelimit import LimitWindow
from mockserver.engine.index import IndexedState, StateIndex
from mockserver.engine.store import StoreExtent, VersionConflict
from mockserver.vendors.api import AppendInput, ConsumeLimit, CreateJob, JobFilter, StoreChange
from mockserver.vendors.commands import snapshot

JobRow = tuple[int, Instant, int, int, tuple[Input, ...]]
"""(number, created, spec, plan, inputs); spec and plan are indexes into the store's lists."""

ItemIdsFunction = Callable[[Job], tuple[str, ...]]
"""Returns the ids of a batch's items."""
PARTITIONS: Final = 256
MAX_RECENT: Final = 256
"""Jobs of a kind that are kept as objects."""
SPLIT_AT: Final = 50_000
"""Entries at which the one dictionary is split, once."""
MAX_WINDOWS: Final = 10_000
"""Rate-limit buckets of a vendor: a client may send another API key with each request."""
ROW_BYTES: Final = 230
"""Bytes of memory that a job takes whose spec and plan others have too: its id, its row and its place in the tables."""
SPEC_BYTES: Final = 200
"""Bytes of memory that a spec takes in the tables, besides its values."""
PLAN_BYTES: Final = 250
"""Bytes of memory that a plan takes, besides its items."""
ITEM_BYTES: Final = 250
"""Bytes of memory that an item of a batch takes."""
MAX_COUNTED_VALUES: Final = 500
"""Values of a list or mapping whose memory is counted; that of more is estimated from them."""
INPUT_BYTES: Final = 300
"""Bytes of memory that an input takes besides its data."""

Value = TypeVar("Value")


def _memory_size(value: Any) -> int:
    """Return about how many bytes of memory decoded JSON takes; keys are shared, and so not counted.

    Of many values some hundred stand for all: a batch remembers 50,000 requests, and no other client waits for them.
    """
    size = sys.getsizeof(value)
    if isinstance(value, dict | MappingProxyType):
        inner: Sequence[Any] = tuple(value.values())
    elif isinstance(value, list | tuple):
        inner = value
    else:
        return size
    counted = inner[:: len(inner) // MAX_COUNTED_VALUES + 1]
    if counted:
        size += sum(map(_memory_size, counted)) * len(inner) // len(counted)
    return size


class PartitionedDict(Generic[Value]):
    """A mapping from text to values that never takes long to grow: beyond a size it is split into many small dicts.

    Python's dict copies itself when it is full. For half a million entries that takes some 30 ms, during which the
    server answers nothing; for one of 256 partitions it is not noticeable.
    """

    __slots__ = ("_mask", "_partitions")

    def __init__(self) -> None:
        self._partitions: list[dict[str, Value]] = [{}]
        self._mask = 0

    def get(self, key: str) -> Value | None:
        """Return the value, or None."""
        return self._partitions[hash(key) & self._mask].get(key)

    def __getitem__(self, key: str) -> Value:
        return self._partitions[hash(key) & self._mask][key]

    def __contains__(self, key: str) -> bool:
        return key in self._partitions[hash(key) & self._mask]

    def __setitem__(self, key: str, value: Value) -> None:
        self._partitions[hash(key) & self._mask][key] = value
        if not self._mask and len(self._partitions[0]) > SPLIT_AT:
            (whole,) = self._partitions
            self._partitions = [{} for _ in range(PARTITIONS)]
            self._mask = PARTITIONS - 1
            for moved_key, moved in whole.items():
                self._partitions[hash(moved_key) & self._mask][moved_key] = moved


class _JobTable:
    """The jobs of one kind."""

    __slots__ = ("_state_of", "deleted", "ids", "index", "recent", "rows")

    def __init__(self, state_of: Callable[[int, Instant], IndexedState | None]) -> None:
        self.rows: PartitionedDict[JobRow] = PartitionedDict()
        self.recent: dict[str, tuple[JobRow, Job]] = {}
        """The jobs read last: the same object as long as the row is, with what was derived from it."""
        self.ids: list[str] = []
        self.deleted: set[str] = set()
        self.index: StateIndex | None = None
        """Made by the first list of jobs in a state: most sessions never need it."""
        self._state_of = state_of

    def numbers(self, after: str, *, oldest_first: bool) -> range:
        """Return the numbers, from 0, of the jobs behind the one with the id `after`; of all jobs if it is empty."""
        everything = range(len(self.ids))
        if not after:
            return everything if oldest_first else everything[::-1]
        row = self.rows.get(after)
        if row is None:
            return range(0)
        number = row[0] - 1
        return everything[number + 1 :] if oldest_first else everything[:number][::-1]

    def index_at(self, now: Instant) -> StateIndex:
        """Return the index, up to date at `now`."""
        index = self.any_index()
        index.catch_up(now)
        return index

    def any_index(self) -> StateIndex:
        """Return the index as it is."""
        if self.index is None:
            self.index = StateIndex(self._state_of, lambda: len(self.ids))
        return self.index

    def close(self) -> None:
        """Let go of the store and of the index, which both lead back here."""
        self.index = None
        self._state_of = lambda number, now: None


class MemoryStore:
    """Jobs, items and rate-limit buckets of one vendor in one session (an `engine.store.Store`)."""

    def __init__(self, item_ids: Mapping[str, ItemIdsFunction] | None = None) -> None:
        self._tables: dict[str, _JobTable] = {}
        self._specs: list[Mapping[str, Any]] = []
        self._spec_slots: dict[bytes, int] = {}
        self._known_specs: dict[int, int] = {}
        """The slots of specs by identity: Phaseo hands out one object for creates with equal bodies."""
        self._plans: list[JobPlan] = []
        self._plan_slots: dict[int, int] = {}
        self._item_places: dict[str, tuple[str, str, int]] = {}
        self._item_ids = item_ids or {}
        self._windows: dict[tuple[str, str], LimitWindow] = {}
        """The buckets used last are at the end."""
        self._seq = 0
        self.retained_bytes = 0
        """About how many bytes of memory the jobs take."""

    def job(self, kind: str, job_id: str) -> Job | None:
        """Return the job with that id, deleted or not, or None."""
        table = self._tables.get(kind)
        if table is None:
            return None
        row = table.rows.get(job_id)
        if row is None:
            return None
        recent = table.recent.get(job_id)
        if recent is not None and recent[0] is row:
            return recent[1]
        job = self._job_from_row(job_id, row)
        if len(table.recent) >= MAX_RECENT:
            table.recent.clear()
        table.recent[job_id] = (row, job)
        return job

    def _job_from_row(self, job_id: str, row: JobRow) -> Job:
        number, created, spec, plan, inputs = row
        return Job(job_id, number, created, self._specs[spec], self._plans[plan], inputs=inputs)

    def _table(self, kind: str) -> _JobTable:
        """Return the table of a kind; it begins empty."""
        table = self._tables.get(kind)
        if table is None:
            table = _JobTable(partial(self._index_entry, kind))
            self._tables[kind] = table
        return table

    def row(self, kind: str, job_id: str) -> JobRow | None:
        """Return a job's row or None. While it is the same object, only time has changed the job."""
        table = self._tables.get(kind)
        return None if table is None else table.rows.get(job_id)

    def extent(self, kind: str, job_id: str) -> StoreExtent:
        """Return how far the store is, with regard to a kind of job and one job."""
        table = self._table(kind)
        row = table.rows.get(job_id)
        return StoreExtent(self._seq, len(table.ids), None if row is None else len(row[4]))

    def item(self, item_id: str) -> tuple[Job, int] | None:
        """Return the batch that an item's id belongs to and the item's index in it, or None."""
        place = self._item_places.get(item_id)
        if place is None:
            return None
        kind, job_id, number = place
        return self._job_from_row(job_id, self._tables[kind].rows[job_id]), number

    def jobs(self, kind: str, now: Instant, **wanted: Unpack[JobFilter]) -> Iterator[Job]:
        """Yield the wanted jobs that are not deleted, newest first unless `wanted` says otherwise."""
        table = self._table(kind)
        states = wanted.get("states")
        since = wanted.get("since", 0)
        oldest_first = wanted.get("oldest_first", False)
        behind = table.numbers(wanted.get("after") or "", oldest_first=oldest_first)
        numbers: Iterable[int] = behind
        if states is not None and behind:
            before_first = behind[0] - behind.step
            numbers = table.index_at(now).numbers(states, before_first, oldest_first=oldest_first)
        for number in numbers:
            job_id = table.ids[number]
            row = table.rows[job_id]
            if row[1] >= since and job_id not in table.deleted:
                yield self._job_from_row(job_id, row)

    def count(self, kind: str, now: Instant, *, states: frozenset[str] | None = None, since: Instant = 0) -> int:
        """Return how many jobs `jobs` would yield."""
        if since:
            return sum(1 for _ in self.jobs(kind, now, states=states, since=since))
        table = self._table(kind)
        if states is None:
            return len(table.ids) - len(table.deleted)
        return table.index_at(now).count(states)

    def catch_up(self, kind: str, now: Instant, limit: int) -> bool:
        """Bring a kind's index up to `now`, at most `limit` jobs; returns whether that was enough."""
        return self._table(kind).any_index().catch_up(now, limit)

    def next_number(self, kind: str) -> int:
        """Return the number of the next job of a kind, from 1."""
        return len(self._table(kind).ids) + 1

    def next_seq(self) -> int:
        """Return the number of the next input in the session's order."""
        return self._seq + 1

    def window(self, bucket: tuple[str, str]) -> LimitWindow | None:
        """Return the state of a rate limit, named by (key, operation), or None."""
        return self._windows.get(bucket)

    def windows(self) -> Iterator[ConsumeLimit]:
        """Yield the rate-limit buckets, the one used last at the end."""
        for bucket, window in self._windows.items():
            yield ConsumeLimit(bucket, window)

    def commit(self, changes: Iterable[StoreChange]) -> None:
        """Commit all changes. Raises `VersionConflict`, and commits none, where one of them is out of date."""
        self.replay(changes)

    def check(self, changes: Sequence[StoreChange]) -> None:
        """Raise `VersionConflict` if a change is out of date.

        Up to date: the job has the version that the change was made from, or its id and number are new.
        """
        for change in changes:
            if isinstance(change, AppendInput):
                row = self.row(change.kind, change.job_id)
                if row is None or len(row[4]) != change.version:
                    raise VersionConflict
            elif isinstance(change, CreateJob):
                job, table = change.job, self._table(change.job.kind)
                if job.id in table.rows or job.number != len(table.ids) + 1:
                    raise VersionConflict

    def replay(self, changes: Iterable[StoreChange]) -> None:
        """Commit all changes, as `commit` does."""
        changes = tuple(changes)
        self.check(changes)
        for change in changes:
            if isinstance(change, ConsumeLimit):
                self._windows.pop(change.bucket, None)
                self._windows[change.bucket] = change.window
                if len(self._windows) > MAX_WINDOWS:
                    del self._windows[next(iter(self._windows))]
                continue
            if isinstance(change, CreateJob):
                self._create(change.job)
                continue
            table = self._tables[change.kind]
            number, created, spec, plan, inputs = table.rows[change.job_id]
            table.rows[change.job_id] = (number, created, spec, plan, (*inputs, change.new_input))
            self._seq = max(self._seq, change.new_input.seq)
            self.retained_bytes += INPUT_BYTES + _memory_size(change.new_input.data)
            if change.new_input.kind == DELETE:
                table.deleted.add(change.job_id)
            if table.index is not None:
                table.index.invalidate(number - 1)

    def _create(self, job: Job) -> None:
        kind = job.kind
        table = self._table(kind)
        spec = self._known_specs.get(id(job.spec))
        if spec is None:
            spec = self._add_spec(job.spec)
        # Equal plans are one object: the planner hands out one for them.
        plan = self._plan_slots.setdefault(id(job.plan), len(self._plans))
        if plan == len(self._plans):
            # The plan is appended, and so lives as long as its id is a key here.
            self._plans.append(job.plan)
            self.retained_bytes += PLAN_BYTES + ITEM_BYTES * len(job.plan.items)
        self.retained_bytes += ROW_BYTES
        table.rows[job.id] = (job.number, job.created, spec, plan, job.inputs)
        table.ids.append(job.id)
        if kind in self._item_ids:
            for place, item_id in enumerate(self._item_ids[kind](job)):
                self._item_places[item_id] = (kind, job.id, place)

    def _add_spec(self, spec: Mapping[str, Any]) -> int:
        """Return the slot of a spec, which equal ones share: it is found by the digest of its JSON."""
        text = orjson.dumps(spec)
        slot = self._spec_slots.setdefault(blake2b(text, digest_size=16).digest(), len(self._specs))
        if slot == len(self._specs):
            # The spec is appended, and so lives as long as its id is a key here.
            self._specs.append(spec)
            self._known_specs[id(spec)] = slot
            # The texts among many values are not all counted, and yet are there.
            self.retained_bytes += SPEC_BYTES + max(_memory_size(spec), len(text))
        return slot

    def _index_entry(self, kind: str, number: int, now: Instant) -> IndexedState | None:
        table = self._tables[kind]
        job_id = table.ids[number]
        if job_id in table.deleted:
            return None
        shown = snapshot(self._job_from_row(job_id, table.rows[job_id]), now)
        return shown.state, shown.span.until

    def close(self) -> None:
        """Break the store's reference cycles: it is freed with its last user, and not by a later collection."""
        for table in self._tables.values():
            table.close()

    def jobs_ever(self, kind: str, after: str = "", *, oldest_first: bool = False) -> Iterator[Job]:
        """Yield every job of a kind, deleted ones too, behind the id `after`; none if no job has that id."""
        table = self._table(kind)
        for number in table.numbers(after, oldest_first=oldest_first):
            job_id = table.ids[number]
            yield self._job_from_row(job_id, table.rows[job_id])

    def all_jobs(self) -> Iterator[Job]:
        """Yield every job, deleted ones too: kind by kind, each in the order of creation."""
        for table in tuple(self._tables.values()):
            for job_id in table.ids:
                yield self._job_from_row(job_id, table.rows[job_id])

    def __len__(self) -> int:
        return sum(len(table.ids) for table in self._tables.values())
