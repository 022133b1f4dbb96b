"""Views of a store that show other jobs than it has: for stale reads, `Prefer`, and explanations of past answers."""

from collections.abc import Callable, Iterator
from typing import Unpack

from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.core.ratelimit import LimitWindow
from mockserver.engine.store import Store
from mockserver.vendors.api import JobFilter, StoreView
from mockserver.vendors.commands import snapshot


class DelegatingView:
    """A `StoreView` that shows what its base shows; a subclass overrides what it shows otherwise."""

    def __init__(self, base: StoreView) -> None:
        self._base = base

    def job(self, kind: str, job_id: str) -> Job | None:
        """Return the job of that id, deleted or not, or None."""
        return self._base.job(kind, job_id)

    def item(self, item_id: str) -> tuple[Job, int] | None:
        """Return the batch that an item belongs to and the item's position in it, from 0."""
        return self._base.item(item_id)

    def jobs(self, kind: str, now: Instant, **wanted: Unpack[JobFilter]) -> Iterator[Job]:
        """Yield the jobs of a kind that are not deleted, newest first."""
        return self._base.jobs(kind, now, **wanted)

    def count(self, kind: str, now: Instant, *, states: frozenset[str] | None = None, since: Instant = 0) -> int:
        """Count what `jobs` yields."""
        return self._base.count(kind, now, states=states, since=since)

    def next_number(self, kind: str) -> int:
        """Return the number of the next job of a kind, from 1."""
        return self._base.next_number(kind)

    def next_seq(self) -> int:
        """Return the position of the next input in the session's order."""
        return self._base.next_seq()

    def window(self, bucket: tuple[str, str]) -> LimitWindow | None:
        """Return a rate-limit bucket, named by (key, operation)."""
        return self._base.window(bucket)


class FilteredView(DelegatingView):
    """A view of a store in which `show` replaces each job by another version of it, or hides it (None)."""

    def __init__(self, store: Store, show: Callable[[Job], Job | None]) -> None:
        super().__init__(store)
        self._store = store
        self._show = show

    def job(self, kind: str, job_id: str) -> Job | None:
        """Return the job as it is shown."""
        job = self._store.job(kind, job_id)
        if job is None:
            return None
        return self._show(job)

    def item(self, item_id: str) -> tuple[Job, int] | None:
        """Return the item's batch as it is shown, and the item's position."""
        found = self._store.item(item_id)
        if found is None:
            return None
        batch = self._show(found[0])
        if batch is None:
            return None
        return batch, found[1]

    def jobs(self, kind: str, now: Instant, **wanted: Unpack[JobFilter]) -> Iterator[Job]:
        """Yield the jobs as they are shown; looks at each until enough are found, as no index covers this view."""
        since = wanted.get("since", 0)
        states = wanted.get("states")
        # A cursor may name a job that this view hides or shows as deleted: it still marks a position.
        after = wanted.get("after") or ""
        for job in self._store.jobs_ever(kind, after, oldest_first=wanted.get("oldest_first", False)):
            shown = self._show(job)
            if shown is None or shown.deletion is not None or shown.created < since:
                continue
            if states is None or snapshot(shown, now).state in states:
                yield shown

    def count(self, kind: str, now: Instant, *, states: frozenset[str] | None = None, since: Instant = 0) -> int:
        """Count what `jobs` yields."""
        return sum(1 for _ in self.jobs(kind, now, states=states, since=since))
