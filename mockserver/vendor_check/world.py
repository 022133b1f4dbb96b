"""A small world for one era of a vendor: jobs in a store, an instant, and calls that are tried or made.

`ask` runs a request and commits nothing, so that one world answers for many instants; `call` commits. A handler that
raises is an answer too, one with a `crash`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import Capture
from mockserver.core.instants import Instant, parse_instant
from mockserver.core.job import Input, Job
from mockserver.core.wire import Exchange, Request, Response, json_or_none
from mockserver.engine.handle import IncomingRequest, VendorContext, handle, prepare
from mockserver.engine.router import RouteMatch, Router
from mockserver.engine.store import Store
from mockserver.runner.calls import operation_request
from mockserver.vendor_check.crash import CrashCatcher
from mockserver.vendors.api import (
    AppendInput,
    Call,
    CreateJob,
    Era,
    JobKind,
    Operation,
    RequestError,
    Role,
    StoreChange,
    Vendor,
)
from mockserver.vendors.http import USUAL_KEY
from mockserver.vendors.planner import Planner
from mockserver.vendors.script import NO_SCRIPT, Script

START: Final[Instant] = parse_instant("2026-11-02T12:00:00Z") or 0
"""The instant at which jobs are created; any will do."""
HOST: Final = "mock.example:4810"
SEED: Final = "0"
REQUEST_ID: Final = "req_100000001"
SWITCHED_OFF: Final = 501
"""The status of an operation that the era has and has switched off: nothing else can be asked of it."""
_DETAIL: Final = "as the check of the vendor asks"
CRASHED: Final = Response(0)
"""The response of a handler that raised."""


class TriedCall(NamedTuple):
    """A call, and its answer or crash."""

    operation: Operation | None
    request: Request
    response: Response
    changes: tuple[StoreChange, ...]
    valid_until: Instant
    body: Any
    """The request's decoded body as the handler left it."""
    crash: str
    """What the handler raised, and where; empty: it returned an answer."""

    @property
    def succeeded(self) -> bool:
        """True for a 2xx."""
        return 200 <= self.response.status < 300

    @property
    def refused(self) -> bool:
        """True for an error answer of the vendor."""
        return self.response.status >= 400

    @property
    def created(self) -> Job | None:
        """The job that the call creates."""
        return next((change.job for change in self.changes if isinstance(change, CreateJob)), None)

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs that the call appends to jobs."""
        return tuple(change.new_input for change in self.changes if isinstance(change, AppendInput))

    @property
    def json(self) -> Any:
        """The decoded body of the response; None where it is no JSON."""
        return json_or_none(self.response.body)

    @property
    def exchange(self) -> Exchange:
        """The call as evidence for a judge."""
        return Exchange(self.request, self.response, START, START)


@dataclass(frozen=True)
class CheckedEra:
    """An era under check, and what is known about it outside of the vendor's code."""

    vendor: Vendor
    era: Era
    make_store: Callable[[Era], Store]
    capture: Capture | None = None
    """The capture of exactly this era; None: there is none."""
    hosts: tuple[str, ...] = ()
    """The hosts of the vendor's real service."""

    @property
    def base_url(self) -> str:
        """The start of the URLs that the vendor may hand out: that of a server with several sessions and vendors."""
        return f"http://{HOST}/s/check/v/{self.era.vendor}"

    @cached_property
    def router(self) -> Router:
        """The era's operations by method and path."""
        return Router(self.era.operations)

    def world(self, script: Script = NO_SCRIPT) -> "CheckWorld":
        """Open a world without jobs."""
        return CheckWorld(self, script)

    def operations_on(self, kind: JobKind) -> list[Operation]:
        """Return the operations that name one job of a kind."""
        return [each for each in self.era.operations if each.kind == kind.name and each.about_one_job]


class CheckWorld:
    """One store of one era, without rate limits unless the script has some."""

    def __init__(self, checked: CheckedEra, script: Script) -> None:
        era = checked.era
        quiet = script._replace(limits=script.limits or {"*": None}, active_limits={"*": 0})
        self.checked = checked
        self.era = era
        self.now: Instant = START
        self.context = VendorContext(
            era=era,
            router=checked.router,
            script=quiet,
            job_factory=Planner(era, quiet, SEED),
            store=checked.make_store(era),
            seed=SEED,
        )

    def create(self, kind: JobKind, fields: Mapping[str, Any] | None = None) -> Job:
        """Create a job of the vendor's example without a request; `fields` lie over its bodies."""
        store = self.context.store
        job = self.context.job_factory.create_job(kind.name, kind.example, store.next_number(kind.name), self.now)
        if fields:
            job = replace(job, plan=replace(job.plan, fields=fields))
        store.commit([CreateJob(job)])
        return job

    def stored(self, job: Job) -> Job:
        """Return a job as it is stored by now."""
        return self.context.store.job(job.kind, job.id) or job

    def append(self, job: Job, kind: str, name: str = "") -> None:
        """Append an input to a job: a move, an accepted cancel."""
        new_input = Input(self.now, self.context.store.next_seq(), kind, name)
        self.context.store.commit([AppendInput(job.kind, job.id, job.version, new_input)])

    def example(self, operation: Operation) -> dict[str, Any]:
        """Return the example parameters of an operation; of a create without any, the example of its kind."""
        kind = self.era.kinds.get(operation.kind)
        if operation.role is Role.CREATE and kind is not None and not operation.example_params:
            return {**kind.example}
        return {**operation.example_params}

    def request(self, operation: Operation, job_id: str = "", *, method: str = "") -> Request:
        """Build a request as a client sends it, with the operation's example; `method` replaces its own."""
        body: dict[str, Any] | None = None
        if operation.method != "GET" and not operation.body.is_ignored:
            body = self.example(operation) or None
        request = operation_request(self.era, operation, job_id, body, USUAL_KEY)
        return request._replace(method=method or operation.method)

    def incoming(self, request: Request) -> IncomingRequest:
        """Route a request."""
        return self.context.incoming(request, self.checked.base_url)

    def ask(self, operation: Operation, job_id: str = "", *, at: Instant | None = None) -> TriedCall:
        """Try a call at an instant, by default the present one; commit nothing."""
        return self.try_incoming(self.incoming(self.request(operation, job_id)), at)

    def send(self, request: Request) -> TriedCall:
        """Try a request of any form; commit nothing."""
        return self.try_incoming(self.incoming(request))

    def try_incoming(
        self, incoming: IncomingRequest, at: Instant | None = None, *, prepared: bool = False
    ) -> TriedCall:
        """Try a routed request; `prepared`: compute beforehand what the operation prepares."""
        now = self.now if at is None else at
        with CrashCatcher() as catcher:
            if prepared:
                incoming = prepare(self.context, incoming, now)
            handled = handle(self.context, incoming, now, request_id=REQUEST_ID)
            answer, call = handled.answer, handled.call
            return TriedCall(
                operation=call.operation,
                request=incoming.request,
                response=handled.response,
                changes=answer.changes,
                valid_until=answer.valid_until,
                body=call.body,
                crash="",
            )
        return TriedCall(None, incoming.request, CRASHED, changes=(), valid_until=0, body=None, crash=catcher.crash)

    def render_error(self, request: Request, error: RequestError | int) -> TriedCall:
        """Render the answer to a situation that reaches no handler, or the error answer of a status."""
        match = self.context.router.match(request.method, request.path)
        call = Call(
            request=request,
            now=self.now,
            era=self.era,
            script=self.context.script,
            view=self.context.store,
            job_factory=self.context.job_factory,
            base_url=self.checked.base_url,
            seed=SEED,
            request_id=REQUEST_ID,
        )
        if isinstance(match, RouteMatch):
            call.operation = match.operation
            call.path_params = match.params
        response = CRASHED
        with CrashCatcher() as catcher:
            if isinstance(error, RequestError):
                response = self.era.render_request_error(call, error, _DETAIL)
            else:
                response = self.era.render_status_error(call, error, _DETAIL)
        return TriedCall(call.operation, request, response, changes=(), valid_until=0, body=None, crash=catcher.crash)

    def call(self, operation: Operation, job_id: str = "") -> TriedCall:
        """Make a call at the present instant and commit its changes."""
        tried = self.ask(operation, job_id)
        self.context.store.commit(tried.changes)
        return tried
