"""A store as it was when a request was answered, and the same request asked again there: nothing is changed by it.

Jobs only ever gain inputs, so the past is a prefix. Handlers are pure, so the answer that was given can be worked out
again; and what the request would have met earlier or later is the same question at another instant.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.core.ratelimit import LimitWindow
from mockserver.core.wire import Request
from mockserver.engine.handle import IncomingRequest, VendorContext, handle
from mockserver.engine.journal import JournalEntry, Watermark
from mockserver.engine.store import Store
from mockserver.vendors.api import FOREVER, Answer, Call, StoreView
from mockserver.vendors.commands import snapshot

MAX_JOBS: Final = 20_000
"""From so many jobs on, what a list would have found is not counted again."""


class TooManyJobs(Exception):  # noqa: N818 -- a signal, not an error
    """There are too many jobs to look at all of them again."""


class PastView:
    """A `View` of a store, as far as the mark; `until` leaves out what came later than an instant."""

    def __init__(self, store: Store, watermark: Watermark, kind: str, focus_id: str, until: Instant = FOREVER) -> None:
        self._store = store
        self._watermark = watermark
        self._kind = kind
        self._focus = focus_id
        """The id of the job, or of the batch of the item, whose inputs the mark counts."""
        self._until = until

    def job(self, kind: str, job_id: str) -> Job | None:
        """The job, as it was."""
        job = self._store.job(kind, job_id)
        return None if job is None or self._is_not_created_yet(job) else self._as_of(job)

    def _is_not_created_yet(self, job: Job) -> bool:
        return job.created > self._until or (job.kind == self._kind and job.number > self._watermark.jobs_created)

    def _as_of(self, job: Job) -> Job:
        mine = job.id == self._focus
        known = (
            job.inputs[: self._watermark.inputs_before]
            if mine
            else (each for each in job.inputs if each.seq <= self._watermark.last_seq)
        )
        return replace(job, inputs=tuple(each for each in known if each.at <= self._until))

    def item(self, item_id: str) -> tuple[Job, int] | None:
        """The batch of an item, as it was, and the item's place."""
        found = self._store.item(item_id)
        return None if found is None else (self._as_of(found[0]), found[1])

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
        """The jobs that there were; all are looked at."""
        if len(self._store) > MAX_JOBS:
            raise TooManyJobs
        alive = [
            job
            for job in map(self._as_of, self._store.all_jobs())
            if job.kind == kind
            and not self._is_not_created_yet(job)
            and job.last_command("delete") is None
            and job.created >= since
        ]
        ordered = alive if oldest_first else alive[::-1]
        ids = [job.id for job in ordered]
        start = 0 if not after else ids.index(after) + 1 if after in ids else len(ids)
        return (job for job in ordered[start:] if states is None or snapshot(job, now).state in states)

    def count(self, kind: str, now: Instant, *, states: frozenset[str] | None = None, since: Instant = 0) -> int:
        """How many `jobs` would yield."""
        return sum(1 for _ in self.jobs(kind, now, states=states, since=since))

    def next_number(self, kind: str) -> int:
        """The number of the next job of a kind, then."""
        return self._watermark.jobs_created + 1 if kind == self._kind else self._store.next_number(kind)

    def next_seq(self) -> int:
        """The place of the next input, then."""
        return self._watermark.last_seq + 1

    def window(self, bucket: tuple[str, str]) -> LimitWindow | None:
        """None: what a limit does is not asked here."""
        return None


def past_view(store: Store, entry: JournalEntry, kind: str, until: Instant = FOREVER) -> StoreView:
    """What the handler of a request saw."""
    item = store.item(entry.job_id) if store.job(kind, entry.job_id) is None else None
    focus = item[0].id if item is not None else entry.job_id
    return PastView(store, entry.watermark, kind, focus, until)


def replay_request(
    context: VendorContext, store: Store, entry: JournalEntry, kind: str, at: Instant | None = None, base_url: str = ""
) -> tuple[Answer, Call]:
    """The answer to a request by the vendor and the scenario alone: then, or at another instant.

    `Prefer`, faults and rate limits are left out; `Crowded` where it would be long work. With the `base_url` of then
    it is the same to the byte.
    """
    asked = entry.request
    headers = {name: value for name, value in asked.headers.items() if name != "prefer"}
    plain = Request(asked.method, asked.path, asked.query, headers, asked.body)
    view = past_view(store, entry, kind, FOREVER if at is None else at)
    here = replace(context, view=view, script=replace(context.script, limits={"*": None}))
    answer, call, _ = handle(here, IncomingRequest(plain, base_url, entry.request_id), entry.at if at is None else at)
    return answer, call
