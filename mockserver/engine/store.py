"""The interface of a store: the view that the engine reads, and the commit of its changes."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.vendors.api import ConsumeLimit, StoreChange, StoreView


class VersionConflict(Exception):  # noqa: N818 -- a signal to run the request again, not an error
    """The jobs are not as the changes assume (a version, a new id or number); nothing was committed."""


class StoreExtent(NamedTuple):
    """How far a store is, as the journal notes it."""

    last_seq: int
    """The position of the latest input."""
    jobs_created: int
    """Jobs of one kind that were ever created."""
    inputs: int | None
    """Inputs of one job; None if there is no such job."""


class Store(StoreView, Protocol):
    """Keeps the jobs of one vendor in one session."""

    def commit(self, changes: Iterable[StoreChange]) -> None:
        """Commit all changes; raises `VersionConflict` and commits none if one does not fit."""

    def replay(self, changes: Iterable[StoreChange]) -> None:
        """Commit changes that a scenario or a log has already: a store that writes a log does not write them."""

    def windows(self) -> Iterator[ConsumeLimit]:
        """Yield the rate-limit buckets as the changes that lead to them, the one used last at the end."""

    def row(self, kind: str, job_id: str) -> object | None:
        """Return an object that is the same one while nothing but time changes the job; None: there is no such job."""

    def extent(self, kind: str, job_id: str) -> StoreExtent:
        """Return how far the store is, with regard to a kind of job and one job."""

    def catch_up(self, kind: str, now: Instant, limit: int) -> bool:
        """Bring a kind's index up to `now`, folding at most `limit` jobs; returns True if that was enough."""

    def jobs_ever(self, kind: str, after: str = "", *, oldest_first: bool = False) -> Iterator[Job]:
        """Yield every job of a kind, deleted ones too, behind the id `after`; none if no job has that id.

        Newest first unless `oldest_first`. A job is read when it is its turn: a page costs what it shows.
        """

    def all_jobs(self) -> Iterator[Job]:
        """Yield every job, deleted ones too: kind by kind, each in the order of creation."""

    def close(self) -> None:
        """Break reference cycles, so that the memory is free with the last user; reading still works, but no index."""

    @property
    def retained_bytes(self) -> int:
        """About how many bytes of memory the jobs take."""

    def __len__(self) -> int:
        """Return the number of jobs, deleted ones too."""
