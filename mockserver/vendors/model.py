"""The model of a vendor: eras, and in each era its operations, kinds of job and errors.

An `Era` is the vendor as it behaved from one date on. The engine routes a request to an `Operation` and calls its
handler with a `Call`; the handler reads jobs through `Call.view` and returns an `Answer`: the response, and the changes
for the engine to commit. Handlers are pure: the same call gets the same answer.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import quote

import orjson

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Deadline, Job, StateHistory
from mockserver.core.lifecycle import BatchRules, Lifecycle
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.timeline import Timeline, TimelineStep
from mockserver.core.wire import Request, Response
from mockserver.vendors import cancel
from mockserver.vendors.answer import Answer, JobFactory, StoreView
from mockserver.vendors.bodies import BodyPolicy
from mockserver.vendors.cancel import CancelDecision
from mockserver.vendors.http import RequestError, ScriptedResponse
from mockserver.vendors.script import Script
from mockserver.vendors.sources import VendorRule
from mockserver.vendors.webhooks import WebhookSpec

API_VERSION: Final = "1"
"""The version of what vendors are built from (`vendors/api.py`). It counts up when a vendor must be changed for it."""
FOREVER: Final[Instant] = 1 << 62
"""Later than any instant of any clock."""


class LedgerEntry(NamedTuple):
    """A booking for a job. It derives from the job's history, so nothing can be booked twice."""

    at: Instant
    entry: str
    """charge, reserve, settle, release or refund."""
    amount: float
    unit: str
    """credits, usd, minutes."""
    key: str
    """Unique for each booking of a session: `JOB:refund`."""


def no_ledger(job: Job, now: Instant) -> tuple[LedgerEntry, ...]:
    """Return no entries: the ledger of a kind that costs nothing."""
    return ()


class JobKind(NamedTuple):
    """One kind of job in one era."""

    lifecycle: Lifecycle
    timeline: Timeline
    """A job's states without a scenario; a demo finishes in about 30 s."""
    new_id: Callable[[str, int, Instant], str]
    """(seed, number, instant of creation) -> id."""
    id_pattern: str
    """A regular expression that every id full-matches."""
    build_spec: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    """A valid create body -> what the vendor remembers of it (`Job.spec`)."""
    example: Mapping[str, Any]
    """A create body that the vendor accepts."""
    id_field: str = "id"
    """The member of a create's response that holds the id."""
    status_field: str = ""
    """The member of a read's response that holds the state as it is; empty: there is none, or in other words."""
    cancel_table: Mapping[str, CancelDecision] = {}
    """The decision on a cancel in each state; an empty table: the era cancels nothing of this kind."""
    deadlines: tuple[Deadline, ...] = ()
    retention: Duration = FOREVER
    """How long after its creation a job is found."""
    vanishes_in: frozenset[str] = frozenset()
    """The states in which a job may be found no longer although no call deleted it."""
    batch: BatchRules | None = None
    items_field: str = "requests"
    """The member of a batch's create that lists its items."""
    item_timeline: Callable[[int, int], Timeline] | None = None
    """(index, number of items) -> an item's timeline without a scenario."""
    adjust_item_timeline: Callable[[Mapping[str, Any], Timeline], Timeline] | None = None
    """(an item's part of the spec, its timeline) -> the timeline it takes; for items that fail by themselves."""
    item_ids: Callable[[Job], tuple[str, ...]] | None = None
    """The ids of a batch's items, in their order; `StoreView.item` finds items by them."""
    ledger: Callable[[Job, Instant], tuple[LedgerEntry, ...]] = no_ledger
    """(job, instant) -> the bookings up to that instant."""
    webhooks: WebhookSpec | None = None
    """Its webhooks; None: it has none."""
    active_limit: int | None = None
    """How many unfinished jobs an account may have unless a scenario says otherwise; 0: any number.

    None: no create is ever refused because of other jobs, so a scenario cannot limit them either.
    """

    @property
    def name(self) -> str:
        """video, batch, task, project."""
        return self.lifecycle.kind

    def turning_points(self, history: StateHistory) -> list[Instant]:
        """Return the instants after which a cancel is decided differently although the state stays the same."""
        return cancel.turning_points(self.cancel_table, history)


class Role(Enum):
    """What an operation is, whatever the vendor calls it."""

    CREATE = "create"
    """It may create a job."""
    READ = "read"
    """It shows one job; `Operation.polls` says whether an answer counts as a poll."""
    LIST = "list"
    """It lists jobs of its kind."""
    CANCEL = "cancel"
    """It cancels one job, by the kind's cancel table."""
    DELETE = "delete"
    """It deletes one job."""
    RESULTS = "results"
    """It hands out what one job has made."""
    OTHER = "other"
    """Anything else."""


_READS: Final = frozenset({Role.READ, Role.LIST, Role.RESULTS})


OperationHandler = Callable[["Call"], Answer]


class DescribedAnswers(NamedTuple):
    """What the tables of a vendor say of one operation: what judges it if the vendor has no contract."""

    operation: Mapping[str, Any]
    """The operation as an OpenAPI document has it: parameters, body and responses."""
    shown_with: tuple[int, ...] = ()
    """The statuses whose body is the job, or a list of jobs."""
    list_at: str | None = None
    """The JSON pointer of the list, if it shows several jobs."""
    states_by_status: Mapping[int, frozenset[str]] = {}
    """The states of the job in which it answers with a status; a status that all states may have is left out."""
    not_found: frozenset[int] = frozenset()
    """The statuses that say that there is no such job."""


class Operation(NamedTuple):
    """One call that clients can make."""

    name: str
    """The verb in a scenario's `play`: create, get, list, cancel, ...; any word will do."""
    kind: str
    """The kind of job it is about."""
    method: str
    path: str
    """A template: `/v1/videos/{video_id}/cancel`."""
    handler: OperationHandler
    role: Role
    aliases: tuple[str, ...] = ()
    """Other path templates of the same operation."""
    body: BodyPolicy = BodyPolicy.NONE
    auth: bool = True
    polls: bool = False
    """An answered call counts as a poll."""
    may_be_held: bool = False
    """A request can ask for an answer that is held back: `Answer.delay`."""
    id_in: tuple[str, str] | None = None
    """Where the job's id goes: ("path" | "query" | "body", name); None: the call names no job."""
    example_params: Mapping[str, Any] = {}
    """What a plain call must carry besides the id: an example body, or query."""
    path_examples: Mapping[str, str] = {}
    """Values of the path's parameters besides the id, for a plain call."""
    path_patterns: Mapping[str, str] = {}
    """Regular expressions that parameters of the path full-match; a path with another value is none of this call."""
    prepare: Callable[["Call"], object] | None = None
    """Computes what takes long of a large request, from the call's body and its job, before the handler runs. It is
    pure, and a server may run it in another thread. The handler finds the value in `Call.prepared`, or None."""
    uncaptured: str = ""
    """Why no capture has it, a sentence: it stands in for another server of the vendor's; empty: the captures have it.
    """
    describe: Callable[[], DescribedAnswers] | None = None
    """Describes its answers; None if the vendor has no tables of them."""
    plain_http_handler: OperationHandler | None = None
    """For an operation that opens a websocket: answers a call without an upgrade, before its key is checked."""

    def example_path(self, job_id: str) -> str:
        """Return the path of a plain call; `job_id` is unused if the path has no id."""
        id_place, id_name = self.id_in or (None, "")
        values = dict(self.path_examples)
        if id_place == "path":
            values[id_name] = job_id
        path = self.path
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        return path

    def named_job(self, params: Mapping[str, str], request: Request, body: Any) -> str:
        """Return the id of the job that a request names, in path, query or decoded body; empty where it names none."""
        where, name = self.id_in or ("", "")
        found: Any = ""
        if where == "path":
            found = params.get(name)
        elif where == "query":
            found = dict(request.query_parameters()).get(name)
        elif where == "body" and isinstance(body, dict):
            found = body.get(name)
        return found if isinstance(found, str) else ""

    @property
    def opens_websocket(self) -> bool:
        """True if an answer can be 101."""
        return self.plain_http_handler is not None

    @property
    def about_one_job(self) -> bool:
        """True if the call names a job by its id."""
        return self.id_in is not None

    @property
    def creates(self) -> bool:
        """True if it may create a job."""
        return self.role is Role.CREATE

    @property
    def reads_only(self) -> bool:
        """True if it changes no job."""
        return self.role in _READS or (self.role is Role.OTHER and self.method == "GET")


class Era(NamedTuple):
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
    """By name; the first is the one that a scenario means by default."""
    parse_api_key: Callable[[Request], str | RequestError]
    """A request -> its API key, or what is wrong with it."""
    render_request_error: Callable[["Call", RequestError, str], Response]
    """(call, error, detail) -> the vendor's answer to a request that reaches no handler."""
    render_status_error: Callable[["Call", int, str], Response]
    """(call, status, message) -> the vendor's error answer for a status that a scenario requests."""
    error_reason: Callable[[Any], str]
    """A decoded error body -> its machine-readable reason; empty if it has none."""
    auth_headers: Callable[[str], Mapping[str, str]]
    """An API key -> the request headers that carry it."""
    usual_headers: Mapping[str, str] = {}
    """Headers in lower case that every request needs besides the key: plays send them, and may override them."""
    limits: Mapping[str, RateLimit | None] = {}
    """Rate limits by operation (`*`: each operation not named; None: no limit), per key unless they are shared."""
    limit_headers: Callable[[RateLimit, LimitWindow], tuple[tuple[str, str], ...]] = lambda limit, window: ()
    supports_cancel: bool = True
    """False if a job of the main kind cannot be cancelled in this era; `serve` prints it."""
    notices: tuple[str, ...] = ()
    """What a newcomer must know about this era besides; `serve` prints a line for each."""
    uncaptured: str = ""
    """Why no capture is of this era, a sentence; empty: `contracts/VENDOR/captures/DATE.yaml` is."""
    rules: tuple[VendorRule, ...] = ()
    """Rules with their sources, besides those in the cancel tables; `show --sources` prints them."""

    def __repr__(self) -> str:
        return f"<{self.pin}>"

    @property
    def pin(self) -> str:
        """`phaseo@2026-05-06`."""
        return f"{self.vendor}@{self.date}"

    @property
    def main_kind(self) -> JobKind:
        """The kind that a scenario means by default."""
        return next(iter(self.kinds.values()))

    @property
    def sends_webhooks(self) -> bool:
        """True if a kind of job has webhooks."""
        return any(kind.webhooks is not None for kind in self.kinds.values())

    def all_rules(self) -> Iterator[VendorRule]:
        """Yield the rules of the era: the rows of the cancel tables, then `rules`."""
        for kind in self.kinds.values():
            yield from cancel.cancel_rules(kind.name, kind.cancel_table)
        yield from self.rules

    def operation(self, name: str | None) -> Operation | None:
        """Return the operation of that name; None if there is none, or no name."""
        return next((operation for operation in self.operations if operation.name == name), None)

    def operations_of(self, kind: str, *roles: Role) -> list[Operation]:
        """Return the operations on a kind of job that have one of the roles, in the order of the vendor's table."""
        return [each for each in self.operations if each.kind == kind and each.role in roles]

    def operation_of(self, kind: str, role: Role) -> Operation | None:
        """Return the first operation on a kind of job that has the role; None if there is none."""
        return next(iter(self.operations_of(kind, role)), None)


class SdkVariable(NamedTuple):
    """An environment variable that a vendor's clients take their settings from."""

    name: str
    holds: Literal["key", "url"]
    """The API key, or the base URL with the era's prefix."""
    read_by: str
    """Which clients read it; where no client does, who names it so."""


class Vendor(NamedTuple):
    """A vendor: its eras, oldest first, and a line of client code to try it with."""

    name: str
    title: str
    eras: tuple[Era, ...]
    snippet: Callable[[str, str], str]
    """(base URL of the server without the era's prefix, API key) -> a line of client code that works."""
    sdk_variables: tuple[SdkVariable, ...] = ()
    """The variables that point the vendor's clients at a server."""
    api: str = ""
    """The `API_VERSION` that the vendor was made for; a vendor that states another one, or none, is refused."""
    own_key: Callable[[str], str] = str
    """Any API key -> the same in the form that the vendor accepts: `test-key` -> `key_test-key`."""

    def environment(self, base_url: str, api_key: str) -> Mapping[str, str]:
        """Return the variables that point the vendor's clients at a server, each with its value.

        `base_url` is where the vendor's paths begin: `http://127.0.0.1:4810`, or that with `/s/SESSION`.
        """
        values = {"key": self.own_key(api_key), "url": base_url + self.eras[-1].prefix}
        return {variable.name: values[variable.holds] for variable in self.sdk_variables}

    def era(self, date: str | None = None) -> Era | None:
        """Return the era of that date, or the newest before it; without a date, the newest of all."""
        if not date:
            return self.eras[-1]
        return next((era for era in reversed(self.eras) if era.date <= date), None)


@dataclass(slots=True, eq=False)
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
    prepared: Any = None
    """What `Operation.prepare` returned; None where it did not run."""

    @property
    def job_id(self) -> str:
        """The id of the job that the call names; empty where it names none."""
        if self.operation is None:
            return ""
        return self.operation.named_job(self.path_params, self.request, self.body)

    def query(self, name: str, default: str = "") -> str:
        """Return the last value of a query parameter."""
        values = self.query_all(name)
        return values[-1] if values else default

    def query_all(self, name: str) -> list[str]:
        """Return all values of a query parameter, in order."""
        return [value for key, value in self.request.query_parameters() if key == name]

    def render_request_error(self, error: RequestError, detail: str = "") -> Response:
        """Render the vendor's answer to a request that reaches no handler."""
        return self.era.render_request_error(self, error, detail)

    def render_scripted(self, scripted: ScriptedResponse) -> Response:
        """Render a scenario's response; without a body it gets the vendor's error body for its status."""
        if scripted.body is None:
            vendors_own = self.era.render_status_error(self, scripted.status, "scripted by the scenario")
            # A header that the scenario names stands in place of the vendor's.
            named = {name.lower() for name, _ in scripted.headers}
            kept = [header for header in vendors_own.headers if header[0].lower() not in named]
            return Response(scripted.status, (*kept, *scripted.headers), vendors_own.body)
        if isinstance(scripted.body, str):
            content_type, body = "text/plain; charset=utf-8", scripted.body.encode()
        else:
            content_type, body = "application/json", orjson.dumps(scripted.body)
        headers = scripted.headers
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers = (("Content-Type", content_type), *headers)
        return Response(scripted.status, headers, body)


def build_timeline(*pairs: tuple[str, Any]) -> Timeline:
    """Build a timeline from (state, stay) pairs; a shorthand for the vendors' tables."""
    return tuple(TimelineStep(state, stay) for state, stay in pairs)
