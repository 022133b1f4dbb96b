"""Answers one request: route, key, rate limit, body, faults, handler. Pure; the caller commits and sends.

Headers that the engine adds to a vendor's response are collected in one list, in the order in which they go out, and
put into the response once, by `HandledRequest.response`.
"""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.forms import parse_form
from mockserver.core.instants import Instant
from mockserver.core.media_type import parse_media_type
from mockserver.core.ratelimit import LimitWindow
from mockserver.core.wire import Request, Response
from mockserver.engine.faults import FAULT_HEADER, RequestFaults
from mockserver.engine.journal import NO_WATERMARK, Watermark
from mockserver.engine.prefer import preferred_answer
from mockserver.engine.router import NoMatch, RouteMatch, Router
from mockserver.engine.store import Store
from mockserver.vendors.answer import SHARED_BUCKET
from mockserver.vendors.api import (
    Answer,
    AppendInput,
    BodyPolicy,
    Call,
    ConsumeLimit,
    CreateJob,
    Era,
    JobFactory,
    Operation,
    RequestError,
    StoreView,
)
from mockserver.vendors.commands import rate_limit_of
from mockserver.vendors.script import Script

REFUSED_KEYS: Final = {"invalid": RequestError.UNKNOWN_KEY, "expired": RequestError.EXPIRED_KEY}
"""API keys with which a test is refused."""
MAX_DEPTH: Final = 64
"""Levels of objects and arrays in a body; our serialiser has a limit too, and no vendor's request comes near it."""

MAX_CONTAINERS: Final = 1_000_000
"""Objects and arrays in a body: more take many times the memory of the body, and no vendor's request comes near it."""

_OTHER_TYPES: Final = ("multipart/", "application/x-www-form-urlencoded", "text/xml", "application/xml")
"""Beginnings of the content types that are certainly not JSON."""


class BodyError(NamedTuple):
    """A body that no handler gets: too large, not decodable, or not JSON."""

    error: RequestError
    detail: str


class PreparedRequest(NamedTuple):
    """What was computed of a request before it is handled."""

    body: Any | BodyError
    value: Any
    """What the operation's `prepare` returned; None where it did not run."""


class IncomingRequest(NamedTuple):
    """A request, and what was found out about it once and for all. A named tuple, because one is made for each poll."""

    request: Request
    base_url: str
    """Start of the URLs handed out, without a slash at the end."""
    match: RouteMatch | NoMatch
    api_key: str | RequestError
    key_error: str | None = None
    """The reason why the API key names no scenario; None where it does not try to."""
    body_error: BodyError | None = None
    """An error that the transport found in the body; None where it found none."""
    prepared: PreparedRequest | None = None
    """What `prepare` has computed; None where it did not run."""


@dataclass(slots=True, eq=False)
class VendorContext:
    """One vendor in one session: its era, the scenario's script and the jobs. Only `script` ever changes."""

    era: Era
    router: Router
    script: Script
    job_factory: JobFactory
    store: Store
    seed: str

    def incoming(
        self, request: Request, base_url: str, *, key_error: str | None = None, body_error: BodyError | None = None
    ) -> IncomingRequest:
        """Find operation and API key of a request."""
        return IncomingRequest(
            request=request,
            base_url=base_url,
            match=self.router.match(request.method, request.path),
            api_key=self.era.parse_api_key(request),
            key_error=key_error,
            body_error=body_error,
        )


@dataclass(slots=True, eq=False)
class HandledRequest:
    """A request and its answer, not yet committed."""

    call: Call
    no_match: NoMatch | None
    answer: Answer
    headers: list[tuple[str, str]] = field(default_factory=list)
    """Headers that the engine adds to the response, in their order on the wire."""
    rate_window: LimitWindow | None = None
    """The rate-limit bucket after the request; None where there is none."""

    @property
    def response(self) -> Response:
        """The vendor's response with the added headers."""
        response = self.answer.response
        if not self.headers:
            return response
        return response._replace(headers=(*response.headers, *self.headers))

    @property
    def created_job_id(self) -> str | None:
        """The id of the job that the request creates; None where it creates none."""
        for change in self.answer.changes:
            if isinstance(change, CreateJob):
                return change.job.id
        return None

    def watermark(self, store: Store, job_id: str) -> Watermark:
        """Return how far the store was before and after the answer, which has just been committed."""
        operation = self.call.operation
        if operation is None:
            return NO_WATERMARK
        extent = store.extent(operation.kind, job_id)
        last_seq = extent.last_seq
        jobs_created = extent.jobs_created
        focus = job_id
        inputs = extent.inputs
        if inputs is None and job_id:
            item = store.item(job_id)
            if item is not None:  # of an item, the inputs of its batch count
                focus = item[0].id
                inputs = len(item[0].inputs)
        inputs_before = inputs_after = inputs or 0
        for change in self.answer.changes:  # they are committed: subtracted, they give the time before
            if isinstance(change, AppendInput):
                last_seq = min(last_seq, change.new_input.seq - 1)
                if change.job_id == focus:
                    inputs_before -= 1
            elif isinstance(change, CreateJob):
                jobs_created -= 1
        return Watermark(inputs_before, inputs_after, last_seq, jobs_created, self.rate_window)


def handle(
    context: VendorContext,
    incoming: IncomingRequest,
    now: Instant,
    *,
    request_id: str = "",
    faults: RequestFaults | None = None,
    view: StoreView | None = None,
) -> HandledRequest:
    """Answer a request at the session's instant `now`.

    `faults` are the session's, where it has any. `view` replaces the context's store as what handlers look at.
    """
    call = _new_call(context, incoming, now, request_id, context.store if view is None else view)
    match = incoming.match
    if isinstance(match, NoMatch):
        if not match.allowed:
            return HandledRequest(call, match, _error_answer(call, RequestError.UNKNOWN_PATH, match.difference))
        answer = _error_answer(call, RequestError.WRONG_METHOD, match.difference)
        return HandledRequest(call, match, answer, [("Allow", ", ".join(match.allowed))])
    call.operation = match.operation
    call.path_params = match.params
    return _answer_operation(call, match.operation, context, incoming, faults)


def _new_call(
    context: VendorContext, incoming: IncomingRequest, now: Instant, request_id: str, view: StoreView
) -> Call:
    return Call(
        request=incoming.request,
        now=now,
        era=context.era,
        script=context.script,
        view=view,
        job_factory=context.job_factory,
        base_url=incoming.base_url,
        seed=context.seed,
        request_id=request_id,
    )


def prepare(context: VendorContext, incoming: IncomingRequest, now: Instant) -> IncomingRequest:
    """Return a request with its body decoded, and with what its operation computes beforehand.

    Changes nothing, and depends on nothing but the body and one job: it may run while other requests are answered.
    """
    match = incoming.match
    if isinstance(match, NoMatch) or isinstance(incoming.api_key, RequestError):
        return incoming
    operation = match.operation
    body = incoming.body_error or decode_body(incoming.request, operation.body)
    value = None
    if operation.prepare is not None and not isinstance(body, BodyError):
        call = _new_call(context, incoming, now, "", context.store)
        call.operation = operation
        call.path_params = match.params
        call.body = body
        value = operation.prepare(call)
    return incoming._replace(prepared=PreparedRequest(body, value))


def _answer_operation(
    call: Call, operation: Operation, context: VendorContext, incoming: IncomingRequest, faults: RequestFaults | None
) -> HandledRequest:
    """Check key and rate limit, then the rest. A request that the key refuses consumes nothing of the limit."""
    if operation.plain_http_handler is not None:
        request = call.request
        if request.method != "GET" or request.headers.get("upgrade", "").lower() != "websocket":
            return HandledRequest(call, None, operation.plain_http_handler(call))
    if operation.auth:
        key = incoming.api_key
        if isinstance(key, RequestError):
            return HandledRequest(call, None, _error_answer(call, key, key.value))
        if incoming.key_error is not None or key in REFUSED_KEYS:
            error = REFUSED_KEYS.get(key, RequestError.UNKNOWN_KEY)
            return HandledRequest(call, None, _error_answer(call, error, incoming.key_error or ""))
        call.api_key = key
    limit = rate_limit_of(call.era, call.script, operation.name)
    # A limit that all keys share counts requests with a key; where a handler checks it, that handler counts them.
    if limit is None or (limit.shared and not operation.auth):
        return _decode_and_run(call, operation, context, incoming, faults)
    bucket = SHARED_BUCKET if limit.shared else (call.api_key, operation.name)
    known = call.view.window(bucket)
    passes, window = (known or LimitWindow(call.now)).take(limit, call.now)
    limit_headers = call.era.limit_headers(limit, window)
    if not passes:
        answer = _error_answer(call, RequestError.RATE_LIMITED, f"the limit of {limit.description} is spent")
        headers = [*limit_headers, ("Retry-After", str(window.retry_after(limit, call.now)))]
        return HandledRequest(call, None, answer, headers, rate_window=known)
    handled = _decode_and_run(call, operation, context, incoming, faults)
    handled.answer = handled.answer._replace(changes=(*handled.answer.changes, ConsumeLimit(bucket, window)))
    handled.headers.extend(limit_headers)
    handled.rate_window = window
    return handled


def _decode_and_run(
    call: Call, operation: Operation, context: VendorContext, incoming: IncomingRequest, faults: RequestFaults | None
) -> HandledRequest:
    if incoming.prepared is not None:
        call.prepared = incoming.prepared.value
    if operation.body.is_decoded:
        if incoming.prepared is not None:
            body = incoming.prepared.body
        else:
            body = incoming.body_error or decode_body(call.request, operation.body)
        if isinstance(body, BodyError):
            return HandledRequest(call, None, _error_answer(call, body.error, body.detail))
        call.body = body
    if faults is None:
        return HandledRequest(call, None, _run_handler(call))
    answer = faults.answer(call, _run_handler, call.job_id, context.store)
    handled = HandledRequest(call, None, answer)
    if faults.applied:
        handled.headers.append((FAULT_HEADER, faults.keywords))
    return handled


def _run_handler(call: Call) -> Answer:
    """Return the operation's own answer, or the one that the request's `Prefer` requests."""
    operation = call.operation
    assert operation is not None  # noqa: S101 -- only operations are run
    if "prefer" in call.request.headers:
        preferred = preferred_answer(call, operation)
        if preferred is not None:
            return preferred
    answer = operation.handler(call)
    if answer.delay and not operation.may_be_held:
        # The server would have sent it by now: it waits only for operations that say so.
        raise ValueError(f"operation {operation.name} holds an answer back, and its `may_be_held` says that none is")
    return answer


def _error_answer(call: Call, error: RequestError, detail: str) -> Answer:
    return Answer(call.era.render_request_error(call, error, detail))


def decode_body(request: Request, policy: BodyPolicy) -> Any | BodyError:
    """Decode a request's body; None where the operation takes none, or where an optional one is empty.

    A form becomes the object that it stands for, so that a handler need not know which format the body had.
    NaN, infinities, numbers beyond a double and lone surrogates are not JSON. Of a repeated key the last one counts.
    """
    if not policy.is_decoded:
        return None
    if not request.body:
        if not policy.required:
            return None
        return BodyError(RequestError.BAD_JSON, "the body is empty")
    content_type = request.headers.get("content-type", "").lower()
    # JSON under another name is read, as most servers do; where an operation takes forms alone, nothing else is.
    if content_type.startswith(_OTHER_TYPES) or not policy.takes_json:
        if parse_media_type(content_type) in policy.media_types:
            return _decode_form(request, policy)
        allowed = " or ".join(policy.media_types)
        if policy.takes_json:
            allowed = "application/json"
        return BodyError(RequestError.WRONG_TYPE, f"the content type is {content_type[:80]!r}, not {allowed}")
    # Braces within texts count too; a body with so many of them is none that a vendor would understand.
    containers = request.body.count(b"{") + request.body.count(b"[")
    if containers > MAX_CONTAINERS:
        return BodyError(RequestError.TOO_LARGE, f"the body has more than {MAX_CONTAINERS:,} objects and arrays")
    try:
        value = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        return BodyError(RequestError.BAD_JSON, f"{error.msg} at line {error.lineno} column {error.colno}")
    if not isinstance(value, dict | list):
        names = {str: "a string", bool: "a boolean", type(None): "null"}
        return BodyError(RequestError.NOT_AN_OBJECT, f"the body is {names.get(type(value), 'a number')}")
    if containers > MAX_DEPTH and _is_too_deep(value):
        return BodyError(RequestError.BAD_JSON, f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, list):
        return BodyError(RequestError.NOT_AN_OBJECT, "the body is an array")
    return value


def _decode_form(request: Request, policy: BodyPolicy) -> Any | BodyError:
    try:
        return parse_form(request.headers["content-type"], request.body, policy.fields.json, policy.fields.repeated)
    except ValueError as error:
        return BodyError(RequestError.BAD_JSON, str(error))


def _is_too_deep(value: Any) -> bool:
    """Test whether objects and arrays nest deeper than `MAX_DEPTH`."""
    # Level by level instead of recursively: the test itself must not run out of stack.
    level = [value]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for container in level:
            if isinstance(container, dict):
                container = container.values()
            inner += [each for each in container if isinstance(each, dict | list)]
        if not inner:
            return False
        level = inner
    return True
