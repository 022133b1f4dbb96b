"""A store as it was when a request was answered, and the same request repeated on it; nothing is changed by it.

Jobs only ever gain inputs, so the past is a prefix. Handlers are pure, so the answer that was given can be computed
again; and the answer at an earlier or later time is the same question at another instant.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Unpack

from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.core.ratelimit import LimitWindow
from mockserver.core.wire import Request
from mockserver.engine.handle import HandledRequest, VendorContext, handle
from mockserver.engine.journal import JournalEntry, Watermark
from mockserver.engine.store import Store
from mockserver.engine.views import FilteredView
from mockserver.vendors.api import FOREVER, JobFilter

MAX_JOBS: Final = 20_000
"""Stores with more jobs are not listed again."""


class TooManyJobs(Exception):  # noqa: N818 -- a signal, not an error
    """The store has too many jobs to fold all of them."""


class PastView(FilteredView):
    """A view of a store as far as a watermark; `until` leaves out what came later than an instant."""

    def __init__(self, store: Store, watermark: Watermark, kind: str, focus_id: str, until: Instant = FOREVER) -> None:
        super().__init__(store, self._as_of)
        self._watermark = watermark
        self._kind = kind
        self._focus = focus_id
        """The id of the job, or of the item's batch, whose inputs the watermark counts."""
        self._until = until

    def _as_of(self, job: Job) -> Job | None:
        """Return the job as it was; None if it did not exist yet."""
        if job.created > self._until or (job.kind == self._kind and job.number > self._watermark.jobs_created):
            return None
        if job.id == self._focus:
            known = job.inputs[: self._watermark.inputs_before]
        else:
            known = tuple(event for event in job.inputs if event.seq <= self._watermark.last_seq)
        return replace(job, inputs=tuple(event for event in known if event.at <= self._until))

    def jobs(self, kind: str, now: Instant, **wanted: Unpack[JobFilter]) -> Iterator[Job]:
        """Yield the jobs that there were; raises `TooManyJobs` at once if the store has more than 20,000."""
        if len(self._store) > MAX_JOBS:
            raise TooManyJobs
        return super().jobs(kind, now, **wanted)

    def next_number(self, kind: str) -> int:
        """Return the number that the next job of a kind had then."""
        if kind == self._kind:
            return self._watermark.jobs_created + 1
        return self._store.next_number(kind)

    def next_seq(self) -> int:
        """Return the position that the next input had then."""
        return self._watermark.last_seq + 1

    def window(self, bucket: tuple[str, str]) -> LimitWindow | None:
        """Return None: a repeated request leaves rate limits out."""
        return None


def past_view(store: Store, entry: JournalEntry, kind: str, until: Instant = FOREVER) -> PastView:
    """Return the view that the handler of a request had."""
    focus = entry.job_id
    if store.job(kind, entry.job_id) is None:
        item = store.item(entry.job_id)
        if item is not None:
            focus = item[0].id
    return PastView(store, entry.watermark, kind, focus, until)


def repeat_request(
    context: VendorContext, entry: JournalEntry, kind: str, at: Instant | None = None, base_url: str = ""
) -> HandledRequest:
    """Answer a request again by the vendor and the scenario alone: at its own instant, or at another one.

    `Prefer`, faults and rate limits are left out. With the `base_url` of then the answer is the same to the byte.
    Raises `TooManyJobs` where it would be long work.
    """
    asked = entry.request
    headers = {name: value for name, value in asked.headers.items() if name != "prefer"}
    plain = Request(asked.method, asked.path, asked.query, headers, asked.body)
    until = FOREVER
    now = entry.at
    if at is not None:
        until = now = at
    view = past_view(context.store, entry, kind, until)
    unlimited = replace(context, script=context.script._replace(limits={"*": None}))
    return handle(unlimited, unlimited.incoming(plain, base_url), now, request_id=entry.request_id, view=view)
