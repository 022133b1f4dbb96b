"""What a store is: the view the engine reads, and the commit the shell makes of its changes."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.vendors.api import StoreChange, StoreView


class VersionConflict(Exception):  # noqa: N818 -- a signal to run the request again, not an error
    """The jobs are not as the changes assume (a version, a new id or number); nothing was committed."""


class Store(StoreView, Protocol):
    """Keeps the jobs of one vendor in one session."""

    def commit(self, changes: Iterable[StoreChange]) -> None:
        """Commit all changes, or none and raise `Conflict`."""

    def row(self, kind: str, job_id: str) -> object | None:
        """Something that stays the same object for as long as nothing but time changes the job; None: unknown."""

    def catch_up(self, kind: str, now: Instant, limit: int) -> bool:
        """Bring a kind's index up to `now`, looking at no more than `most` jobs; whether that was enough."""

    def all_jobs(self) -> Iterator[Job]:
        """Every job, deleted ones too: kind by kind, each in the order of creation."""

    def __len__(self) -> int:
        """How many jobs there are, deleted ones too."""
