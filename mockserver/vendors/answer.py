"""What a handler may read (`StoreView`, `JobFactory`) and what it returns (`Answer` and its changes).

Handlers are pure: they read the store and return the changes; the engine commits them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, Protocol, TypedDict, Unpack

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Input, Job
from mockserver.core.ratelimit import LimitWindow
from mockserver.core.wire import Response
from mockserver.vendors.websocket import SocketScript


class CreateJob(NamedTuple):
    """A change: a new job."""

    job: Job


class AppendInput(NamedTuple):
    """A change: an input of a job. The store refuses it if the job has another version by then."""

    kind: str
    job_id: str
    version: int
    new_input: Input


class ConsumeLimit(NamedTuple):
    """A change: one more request counted in a rate-limit bucket."""

    bucket: tuple[str, str]
    window: LimitWindow


SHARED_BUCKET: Final = ("*", "*")
"""The one rate-limit bucket of a limit for all keys and operations."""

StoreChange = CreateJob | AppendInput | ConsumeLimit


class Answer(NamedTuple):
    """A handler's result."""

    response: Response
    changes: tuple[StoreChange, ...] = ()
    valid_until: Instant = 0
    """Before this instant the same request gets the same bytes, if nothing is committed meanwhile; 0: do not cache."""
    websocket: SocketScript | None = None
    """The script of the websocket that a 101 opens."""
    delay: Duration = 0
    """Time on the session's clock before the answer is sent, by the vendor's own rules (`Operation.may_be_held`)."""


class JobFilter(TypedDict, total=False):
    """The jobs that `StoreView.jobs` yields, and their order; a key that is absent selects all of them."""

    states: frozenset[str] | None
    """Only jobs in one of these states; None: any."""
    since: Instant
    """Only jobs created at this instant or later."""
    after: str
    """The id of the job to start behind; empty: start at the first."""
    oldest_first: bool
    """False: the newest job comes first."""


class StoreView(Protocol):
    """The store as one request may read it."""

    def job(self, kind: str, job_id: str) -> Job | None:
        """Return the job with that id, also a deleted one; None if there is none."""

    def item(self, item_id: str) -> tuple[Job, int] | None:
        """Return the batch that an item's id belongs to and the item's index in it (0-based)."""

    def jobs(self, kind: str, now: Instant, **wanted: Unpack[JobFilter]) -> Iterator[Job]:
        """Yield the wanted jobs that are not deleted, newest first unless `wanted` says otherwise."""

    def count(self, kind: str, now: Instant, *, states: frozenset[str] | None = None, since: Instant = 0) -> int:
        """Count the jobs that `jobs` would yield."""

    def next_number(self, kind: str) -> int:
        """Return the number of the next job of a kind, from 1."""

    def next_seq(self) -> int:
        """Return the next input's place in the session's order."""

    def window(self, bucket: tuple[str, str]) -> LimitWindow | None:
        """Return the rate-limit bucket of (API key, operation); None before its first request."""


class JobOrigin(NamedTuple):
    """What a job's create decided and its spec does not say."""

    rule: int | None
    """The place of the script's rule that gave its timeline; None: the timeline is the vendor's own."""
    counted: tuple[int, ...] = ()
    """The places of the rules that count creates, and counted this one."""


class JobFactory(Protocol):
    """Creates jobs; `planner.Planner` implements it."""

    def origin_of(self, job: Job) -> JobOrigin:
        """Return what a job's create decided, for `restore_job`."""

    def restore_job(self, kind: str, spec: Mapping[str, Any], number: int, created: Instant, origin: JobOrigin) -> Job:
        """Return the job that a create once made, without its inputs."""

    def create_job(
        self, kind: str, body: Mapping[str, Any], number: int, now: Instant, spec: Mapping[str, Any] | None = None
    ) -> Job:
        """Create a job from a valid create body."""
