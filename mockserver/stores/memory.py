"""The default store: everything in this process.

A row is an exact tuple of numbers and its inputs, which the garbage collector learns to ignore: a million jobs cost
neither a pause nor more than a few hundred bytes each. What alike jobs share (spec, plan) is kept once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Generic, TypeVar

import orjson

from mockserver.core.instants import Instant
from mockserver.core.job import Input, Job, JobPlan
from mockserver.core.ratelimit import LimitWindow
from mockserver.engine.index import IndexedState, StateIndex
from mockserver.engine.store import StoreExtent, VersionConflict
from mockserver.vendors.api import AppendInput, ConsumeLimit, CreateJob, StoreChange
from mockserver.vendors.commands import snapshot

JobRow = tuple[int, Instant, int, int, tuple[Input, ...]]
"""(number, created, spec, plan, inputs); spec and plan are places in the store's lists."""

ItemIdsFunction = Callable[[Job], tuple[str, ...]]
"""The ids of a batch's items."""


PARTITIONS: Final = 256
SPLIT_AT: Final = 50_000
"""Entries at which the one dictionary is split, once."""

Value = TypeVar("Value")


class PartitionedDict(Generic[Value]):
    """Values by text, as in a dict; beyond a size it goes on in many small dicts.

    Python's dict copies itself when it is full. For half a million entries that takes some thirty milliseconds, in which
    no request is answered; for each of 256 parts it takes no time that anybody could notice.
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
            self._split()

    def _split(self) -> None:
        (whole,) = self._partitions
        self._partitions, self._mask = [{} for _ in range(PARTITIONS)], PARTITIONS - 1
        for key, value in whole.items():
            self._partitions[hash(key) & self._mask][key] = value


class _JobTable:
    """The jobs of one kind."""

    __slots__ = ("_state_of", "deleted", "ids", "index", "rows")

    def __init__(self, state_of: Callable[[int, Instant], IndexedState | None]) -> None:
        self.rows: PartitionedDict[JobRow] = PartitionedDict()
        self.ids: list[str] = []
        self.deleted: set[str] = set()
        self.index: StateIndex | None = None
        """Made by the first list of jobs in a state: most sessions never need it."""
        self._state_of = state_of

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


class MemoryStore:
    """Jobs, items and rate-limit buckets of one vendor in one session (an `engine.store.Store`)."""

    def __init__(self, item_ids: Mapping[str, ItemIdsFunction] | None = None) -> None:
        self._tables: dict[str, _JobTable] = {}
        self._specs: list[Mapping[str, Any]] = []
        self._spec_slots: dict[bytes, int] = {}
        self._plans: list[JobPlan] = []
        self._plan_slots: dict[int, int] = {}
        self._item_places: dict[str, tuple[str, str, int]] = {}
        self._item_ids = item_ids or {}
        self._windows: dict[tuple[str, str], LimitWindow] = {}
        self._seq = 0

    def job(self, kind: str, job_id: str) -> Job | None:
        """The job of that id, deleted or not, or None."""
        shelf = self._tables.get(kind)
        row = shelf.rows.get(job_id) if shelf is not None else None
        return self._job_from_row(job_id, row) if row is not None else None

    def _job_from_row(self, job_id: str, row: JobRow) -> Job:
        number, created, spec, plan, inputs = row
        return Job(job_id, number, created, self._specs[spec], self._plans[plan], inputs)

    def row(self, kind: str, job_id: str) -> JobRow | None:
        """A job's row: as long as it is the same object, nothing but time has changed the job."""
        shelf = self._tables.get(kind)
        return shelf.rows.get(job_id) if shelf is not None else None

    def extent(self, kind: str, job_id: str) -> StoreExtent:
        """Return how far the store is, with regard to a kind of job and one job."""
        shelf = self._tables.get(kind)
        if shelf is None:
            return StoreExtent(self._seq, 0, None)
        row = shelf.rows.get(job_id)
        return StoreExtent(self._seq, len(shelf.ids), None if row is None else len(row[4]))

    def item(self, item_id: str) -> tuple[Job, int] | None:
        """The batch that an item's id belongs to, and the item's place in it (0-based)."""
        place = self._item_places.get(item_id)
        if place is None:
            return None
        kind, job_id, number = place
        return self._job_from_row(job_id, self._tables[kind].rows[job_id]), number

    def jobs(
        self,
        kind: str,
        now: Instant,
        *,
        states: frozenset[str] | None = None,
        since: Instant = 0,
        after: str = "",
        oldest_first: bool = False,
    ) -> Iterator[Job]:
        """Jobs not deleted and created at `since` or later, newest first; `after` names the one to start behind."""
        shelf = self._tables.get(kind)
        if shelf is None:
            return
        start = -1 if oldest_first else len(shelf.ids)
        if after:
            if after not in shelf.rows:
                return
            start = shelf.rows[after][0] - 1
        for number in self._candidate_numbers(shelf, states, start, now, oldest_first=oldest_first):
            job_id = shelf.ids[number]
            row = shelf.rows[job_id]
            if row[1] >= since and job_id not in shelf.deleted:
                yield self._job_from_row(job_id, row)

    @staticmethod
    def _candidate_numbers(
        shelf: _JobTable, states: frozenset[str] | None, start: int, now: Instant, *, oldest_first: bool
    ) -> Iterable[int]:
        if states is None:
            return range(start + 1, len(shelf.ids)) if oldest_first else range(start - 1, -1, -1)
        return shelf.index_at(now).numbers(states, start, oldest_first=oldest_first)

    def count(self, kind: str, now: Instant, *, states: frozenset[str] | None = None, since: Instant = 0) -> int:
        """How many `jobs` would yield."""
        shelf = self._tables.get(kind)
        if shelf is None:
            return 0
        if since:
            return sum(1 for _ in self.jobs(kind, now, states=states, since=since))
        if states is None:
            return len(shelf.ids) - len(shelf.deleted)
        return shelf.index_at(now).count(states)

    def catch_up(self, kind: str, now: Instant, limit: int) -> bool:
        """Bring a kind's index up to `now`, looking at no more than `most` jobs; whether that was enough."""
        shelf = self._tables.get(kind)
        return shelf is None or shelf.any_index().catch_up(now, limit)

    def next_number(self, kind: str) -> int:
        """The number of the next job of a kind, from 1."""
        shelf = self._tables.get(kind)
        return len(shelf.ids) + 1 if shelf is not None else 1

    def next_seq(self) -> int:
        """The place of the next input in the session's order."""
        return self._seq + 1

    def window(self, bucket: tuple[str, str]) -> LimitWindow | None:
        """A rate-limit bucket, named by (key, operation)."""
        return self._windows.get(bucket)

    def commit(self, changes: Iterable[StoreChange]) -> None:
        """Commit all changes, or none and raise `Conflict`."""
        changes = tuple(changes)
        for change in changes:
            if not self._is_current(change):
                raise VersionConflict
        for change in changes:
            self._apply(change)

    def _is_current(self, change: StoreChange) -> bool:
        """Whether what the change assumes is so: the job's version, or that id and number are new."""
        if isinstance(change, AppendInput):
            row = self.row(change.kind, change.job_id)
            return row is not None and len(row[4]) == change.version
        if isinstance(change, CreateJob):
            job = change.job
            return self.row(job.kind, job.id) is None and job.number == self.next_number(job.kind)
        return True

    def _apply(self, change: StoreChange) -> None:
        if isinstance(change, ConsumeLimit):
            self._windows[change.bucket] = change.window
        elif isinstance(change, CreateJob):
            self._create(change.job)
        else:
            self._append(change)

    def _create(self, job: Job) -> None:
        shelf = self._table(job.kind)
        shelf.rows[job.id] = (job.number, job.created, self._spec_slot(job.spec), self._plan_slot(job.plan), job.inputs)
        shelf.ids.append(job.id)
        if job.kind in self._item_ids:
            for place, item_id in enumerate(self._item_ids[job.kind](job)):
                self._item_places[item_id] = (job.kind, job.id, place)

    def _table(self, kind: str) -> _JobTable:
        shelf = self._tables.get(kind)
        if shelf is None:
            shelf = self._tables[kind] = _JobTable(lambda number, now: self._index_entry(kind, number, now))
        return shelf

    def _index_entry(self, kind: str, number: int, now: Instant) -> IndexedState | None:
        shelf = self._tables[kind]
        job_id = shelf.ids[number]
        if job_id in shelf.deleted:
            return None
        seen = snapshot(self._job_from_row(job_id, shelf.rows[job_id]), now)
        return seen.state, seen.span.until

    def _append(self, change: AppendInput) -> None:
        shelf = self._tables[change.kind]
        number, created, spec, plan, inputs = shelf.rows[change.job_id]
        shelf.rows[change.job_id] = (number, created, spec, plan, (*inputs, change.new_input))
        self._seq = max(self._seq, change.new_input.seq)
        if change.new_input.name == "delete":
            shelf.deleted.add(change.job_id)
        if shelf.index is not None:
            shelf.index.invalidate(number - 1)

    def _spec_slot(self, spec: Mapping[str, Any]) -> int:
        text = orjson.dumps(spec)
        place = self._spec_slots.get(text)
        if place is None:
            place = self._spec_slots[text] = len(self._specs)
            self._specs.append(spec)
        return place

    def _plan_slot(self, plan: JobPlan) -> int:
        place = self._plan_slots.get(id(plan))
        if place is None:
            place = self._plan_slots[id(plan)] = len(self._plans)
            self._plans.append(plan)
        return place

    def all_jobs(self) -> Iterator[Job]:
        """Every job, deleted ones too: kind by kind, each in the order of creation."""
        for shelf in tuple(self._tables.values()):
            for job_id in shelf.ids:
                yield self._job_from_row(job_id, shelf.rows[job_id])

    def __len__(self) -> int:
        return sum(len(shelf.ids) for shelf in self._tables.values())
