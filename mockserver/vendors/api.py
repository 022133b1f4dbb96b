"""What a vendor is: eras, and in each era its operations, kinds of job and errors.

An `Era` is the vendor as it behaved from one date on. The engine routes a request to one of its operations and
calls the handler with a `Call`; the handler looks at jobs through the `View` and returns an `Answer`: the response,
and the changes that the shell shall commit. Handlers are pure: same call, same answer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, Final, NamedTuple, Protocol

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Deadline, Input, Job, StateHistory
from mockserver.core.lifecycle import BatchRules, Lifecycle
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.timeline import EMPTY_MAPPING, Timeline, TimelineStep
from mockserver.core.wire import Request, Response
from mockserver.vendors.script import Script
from mockserver.vendors.webhooks import WebhookSpec
from mockserver.vendors.websocket import SocketScript

FOREVER: Final[Instant] = 1 << 62
"""Later than any instant of any clock."""


class CreateJob(NamedTuple):
    """A change: this job now exists."""

    job: Job


class AppendInput(NamedTuple):
    """A change: this happened to a job; refused if the job has another version by now."""

    kind: str
    job_id: str
    version: int
    new_input: Input


class ConsumeLimit(NamedTuple):
    """A change: this rate-limit bucket has seen one more request."""

    bucket: tuple[str, str]
    window: LimitWindow


StoreChange = CreateJob | AppendInput | ConsumeLimit


class Answer(NamedTuple):
    """What a handler returns."""

    response: Response
    changes: tuple[StoreChange, ...] = ()
    valid_until: Instant = 0
    """Before this instant the same request would get the same bytes, if nothing is committed meanwhile."""
    websocket: SocketScript | None = None
    """What is said on the websocket that the connection becomes, with 101."""


class StoreView(Protocol):
    """What one request may look at; the store implements it."""

    def job(self, kind: str, job_id: str) -> Job | None:
        """The job of that id, deleted or not, or None."""

    def item(self, item_id: str) -> tuple[Job, int] | None:
        """The batch that an item's id belongs to, and the item's place in it (0-based)."""

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

    def count(self, kind: str, now: Instant, *, states: frozenset[str] | None = None, since: Instant = 0) -> int:
        """How many `jobs` would yield."""

    def next_number(self, kind: str) -> int:
        """The number of the next job of a kind, from 1."""

    def next_seq(self) -> int:
        """The place of the next input in the session's order."""

    def window(self, bucket: tuple[str, str]) -> LimitWindow | None:
        """A rate-limit bucket, named by (key, operation)."""


class Accept(NamedTuple):
    """A cancel is accepted and the job's course goes on with `follow` (empty: as the planner laid it down)."""

    follow: Timeline = ()


class AlreadyCancelled(NamedTuple):
    """The job is cancelled already and the answer is the same again: nothing happens."""


class Refuse(NamedTuple):
    """A cancel is refused with the vendor's error of that name."""

    error: str


CancelDecision = Accept | AlreadyCancelled | Refuse


class LedgerEntry(NamedTuple):
    """Money that moved for a job. Derived from its course, so nothing can be booked twice."""

    at: Instant
    entry: str
    """charge, reserve, settle, release or refund."""
    amount: float
    unit: str
    """credits, usd, minutes."""
    key: str
    """Unique for each booking of a session: `JOB:refund`."""


def no_ledger(job: Job, now: Instant) -> tuple[LedgerEntry, ...]:
    """The ledger of a kind that costs nothing."""
    return ()


def no_turning_points(course: StateHistory) -> tuple[Instant, ...]:
    """Of a kind whose states alone decide."""
    return ()


@dataclass(frozen=True)
class JobKind:
    """One kind of job in one era."""

    lifecycle: Lifecycle
    timeline: Timeline
    """A job's course without a scenario; a demo finishes in about 30 s."""
    new_id: Callable[[str, int, Instant], str]
    """(seed, number, instant of creation) -> id."""
    id_pattern: str
    """A regular expression that every id full-matches."""
    build_spec: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    """A create body that was found valid -> what the vendor remembers of it."""
    example: Mapping[str, Any]
    """A create body that the vendor accepts."""
    id_field: str = "id"
    """Where the answer to a create has the id."""
    cancel_table: Mapping[str, CancelDecision] = field(default_factory=dict)
    """What a cancel meets in each state; an empty table: the era cancels nothing of this kind."""
    deadlines: tuple[Deadline, ...] = ()
    retention: Duration = FOREVER
    """Unknown again so long after its creation."""
    batch: BatchRules | None = None
    item_timeline: Callable[[int, int], Timeline] | None = None
    """(place, number of items) -> an item's course without a scenario."""
    adjust_item_timeline: Callable[[Mapping[str, Any], Timeline], Timeline] | None = None
    """(what the spec remembers of an item, its course) -> the course it takes; for items that fail by themselves."""
    item_ids: Callable[[Job], tuple[str, ...]] | None = None
    """The ids under which a batch's items can be asked for, in their order: what `View.item` finds them by."""
    ledger: Callable[[Job, Instant], tuple[LedgerEntry, ...]] = no_ledger
    """What was booked for a job up to an instant."""
    webhooks: WebhookSpec | None = None
    """How it tells of itself unasked; None: it does not."""
    turning_points: Callable[[StateHistory], Iterable[Instant]] = no_turning_points
    """A course -> the instants behind which a call may be answered otherwise although the state stays."""
    active_limit: int = 0
    """How many unfinished jobs an account may have; 0: no limit."""

    @property
    def name(self) -> str:
        """video, batch, task, project."""
        return self.lifecycle.kind


class BodyPolicy(Enum):
    """What an operation expects of the request's body."""

    NONE = "none"
    """Nothing: whatever comes is ignored."""
    JSON = "json"
    """A JSON object."""
    OPTIONAL = "optional"
    """A JSON object or nothing."""
    BYTES = "bytes"
    """Anything."""


OperationHandler = Callable[["Call"], Answer]


@dataclass(frozen=True)
class Operation:
    """One thing a client can ask for."""

    name: str
    """The verb in a scenario's `play`: create, get, list, cancel, ..."""
    kind: str
    """The kind of job it is about."""
    method: str
    path: str
    """A template: `/v1/videos/{video_id}/cancel`."""
    handler: OperationHandler
    aliases: tuple[str, ...] = ()
    """Other templates of the same operation."""
    body: BodyPolicy = BodyPolicy.NONE
    auth: bool = True
    polls: bool = False
    """Whether an answered call counts as a poll."""
    id_in: tuple[str, str] = ("", "")
    """Where the job's id goes: ("path" | "query" | "body", name); ("", "") for none."""
    example_params: Mapping[str, Any] = field(default_factory=dict)
    """What a plain call must carry besides the id: an example body, or query."""
    plain_http_handler: OperationHandler | None = None
    """For a call that becomes a websocket: the answer to one that does not ask for it, before its key is looked at."""

    @property
    def about_one_job(self) -> bool:
        """Whether it is about one job, and so wants its id."""
        return bool(self.id_in[0])

    @property
    def creates(self) -> bool:
        """Whether it may create a job."""
        return self.method == "POST" and not self.about_one_job


class RequestError(StrEnum):
    """What is wrong with a request before any handler sees it; each vendor has its own answer."""

    UNKNOWN_PATH = "unknown path"
    WRONG_METHOD = "wrong method"
    NO_KEY = "no key"
    MALFORMED_KEY = "malformed key"
    UNKNOWN_KEY = "unknown key"
    EXPIRED_KEY = "expired key"
    WRONG_TYPE = "wrong content type"
    BAD_JSON = "not JSON"
    NOT_AN_OBJECT = "not an object"
    TOO_LARGE = "too large"
    RATE_LIMITED = "rate limited"
    BAD_HTTP = "bad HTTP"


@dataclass(frozen=True)
class Era:
    """A vendor as it behaved from one date on."""

    vendor: str
    date: str
    """`2026-05-06`: the day the behaviour began."""
    summary: str
    """One sentence: what is special about it."""
    prefix: str
    """What comes after the host in the SDK's base URL: `/v1`."""
    operations: tuple[Operation, ...]
    kinds: Mapping[str, JobKind]
    """By name; the first is what a scenario means unless it says otherwise."""
    parse_api_key: Callable[[Request], "str | RequestError"]
    """The API key of a request, or what is wrong with it."""
    render_request_error: Callable[["Call", RequestError, str], Response]
    """The vendor's answer to a request that reaches no handler; the text says what we noticed."""
    render_status_error: Callable[["Call", int, str], Response]
    """The vendor's error body for a status that a scenario asked for, with a message."""
    error_reason: Callable[[Any], str]
    """The machine-readable reason in a decoded error body, or an empty text."""
    auth_headers: Callable[[str], Mapping[str, str]]
    """An API key -> the request headers that carry it."""
    limits: Mapping[str, RateLimit] = field(default_factory=dict)
    """Rate limits for each key, by operation (`*`: each operation not named)."""
    limit_headers: Callable[[RateLimit, LimitWindow], tuple[tuple[str, str], ...]] = lambda limit, window: ()
    supports_cancel: bool = True
    """Whether any cancel can succeed in this era: `serve` says so where none can."""

    @property
    def pin(self) -> str:
        """`phaseo@2026-05-06`."""
        return f"{self.vendor}@{self.date}"

    @property
    def main_kind(self) -> JobKind:
        """The kind a scenario means unless it says otherwise."""
        return next(iter(self.kinds.values()))

    def operation(self, name: str) -> Operation | None:
        """The operation of that name, or None."""
        return next((operation for operation in self.operations if operation.name == name), None)


@dataclass(frozen=True)
class Vendor:
    """A vendor: its eras, oldest first, and how to say hello to it."""

    name: str
    title: str
    eras: tuple[Era, ...]
    snippet: Callable[[str, str], str]
    """(base URL of the server, API key) -> a line of client code that works."""

    def era(self, date: str = "") -> Era | None:
        """The era of that date, or the newest not later than it; the newest of all without a date."""
        if not date:
            return self.eras[-1]
        return next((era for era in reversed(self.eras) if era.date <= date), None)


class JobFactory(Protocol):
    """Who makes jobs: `planning.Planner`."""

    def create_job(self, kind: str, body: Mapping[str, Any], number: int, now: Instant) -> Job:
        """A new job made from a valid create body."""


@dataclass(slots=True)
class Call:
    """One request on its way through a handler."""

    request: Request
    now: Instant
    era: Era
    script: Script
    view: StoreView
    job_factory: JobFactory
    base_url: str
    """Where the vendor's paths begin in URLs handed out, without a slash at the end: `http://127.0.0.1:4810/s/x`."""
    seed: str
    request_id: str
    api_key: str = ""
    operation: Operation | None = None
    path_params: Mapping[str, str] = field(default_factory=dict)
    """Path parameters, percent-decoded."""
    body: Any = None
    """The decoded JSON body; None where there is none."""

    def query(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        values = self.query_all(name)
        return values[-1] if values else default

    def query_all(self, name: str) -> list[str]:
        """All values of a query parameter, in order."""
        return [value for key, value in self.request.query_parameters() if key == name]

    def new_input(self, kind: str, name: str = "", data: Mapping[str, Any] = EMPTY_MAPPING) -> Input:
        """Something that happens to a job now."""
        return Input(self.now, self.view.next_seq(), kind, name, data)


def build_timeline(*pairs: tuple[str, Any]) -> Timeline:
    """A timeline from (state, stay) pairs and a last state: a shorthand for the vendors' tables."""
    return tuple(TimelineStep(state, stay) for state, stay in pairs)
