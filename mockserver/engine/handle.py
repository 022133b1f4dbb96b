"""The engine itself: one request in, one `Answer` out. Pure: the shell commits the changes and sends the bytes."""

from dataclasses import dataclass
from typing import Final

from mockserver.core.instants import SECOND, Instant
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.wire import Request, Response
from mockserver.engine.decode import BodyError, decode_body
from mockserver.engine.faults import RequestFaults
from mockserver.engine.prefer import preferred_answer
from mockserver.engine.router import NoMatch, RouteMatch, Router
from mockserver.vendors.api import (
    Answer,
    BodyPolicy,
    Call,
    ConsumeLimit,
    Era,
    JobFactory,
    Operation,
    RequestError,
    StoreChange,
    StoreView,
)
from mockserver.vendors.script import Script

REFUSED_KEYS: Final = {"invalid": RequestError.UNKNOWN_KEY, "expired": RequestError.EXPIRED_KEY}
"""API keys that a test can use to be refused."""


@dataclass(frozen=True, slots=True)
class VendorContext:
    """Where a request is handled: a vendor's era under a scenario, in one session."""

    era: Era
    router: Router
    script: Script
    job_factory: JobFactory
    view: StoreView
    seed: str


@dataclass(frozen=True, slots=True)
class IncomingRequest:
    """A request and what the shell knows about it."""

    request: Request
    base_url: str
    request_id: str
    key_error: str = ""
    """Why the API key names no scenario of ours; empty where it does not try to."""
    body_error: BodyError | None = None
    faults: RequestFaults | None = None
    """Its turn with the session's faults; None where there are none."""


def handle(context: VendorContext, incoming: IncomingRequest, now: Instant) -> tuple[Answer, Call, NoMatch | None]:
    """Answer one request at the session's instant `now`.

    Returns the answer, the call as far as it got (its operation is None where none matched) and the near miss.
    """
    call = Call(
        incoming.request,
        now,
        context.era,
        context.script,
        context.view,
        context.job_factory,
        incoming.base_url,
        context.seed,
        incoming.request_id,
    )
    found = context.router.match(incoming.request.method, incoming.request.path)
    if isinstance(found, NoMatch):
        return _unmatched_answer(call, found), call, found
    call.operation, call.path_params = found.operation, found.params
    return _authorize(call, found, incoming), call, None


def _unmatched_answer(call: Call, no_match: NoMatch) -> Answer:
    if not no_match.allowed:
        return _error_answer(call, RequestError.UNKNOWN_PATH, no_match.difference)
    answer = _error_answer(call, RequestError.WRONG_METHOD, no_match.difference)
    return Answer(_with_headers(answer.response, ("Allow", ", ".join(no_match.allowed))))


def _authorize(call: Call, match: RouteMatch, incoming: IncomingRequest) -> Answer:
    """Past the door: key, rate limit, body, handler."""
    operation, stranger = match.operation, incoming.key_error
    if operation.plain_http_handler is not None and not _is_websocket_upgrade(call.request):
        return operation.plain_http_handler(call)
    if operation.auth:
        key = call.era.parse_api_key(call.request)
        if isinstance(key, RequestError):
            return _error_answer(call, key, key.value)
        if stranger or key in REFUSED_KEYS:
            return _error_answer(call, REFUSED_KEYS.get(key, RequestError.UNKNOWN_KEY), stranger)
        call.api_key = key
    limit = rate_limit_of(call.era, call.script, operation)
    if limit is None:
        return _decode_and_run(call, operation, incoming)
    return _apply_rate_limit(call, operation, limit, incoming)


def _is_websocket_upgrade(request: Request) -> bool:
    return request.method == "GET" and request.headers.get("upgrade", "").lower() == "websocket"


def rate_limit_of(era: Era, script: Script, operation: Operation) -> RateLimit | None:
    """The rate limit of an operation: the scenario's word for it, else the vendor's."""
    for limits in (script.limits, era.limits):
        for name in (operation.name, "*"):
            if name in limits:
                return limits[name]
    return None


def _apply_rate_limit(call: Call, operation: Operation, limit: RateLimit, incoming: IncomingRequest) -> Answer:
    bucket = (call.api_key, operation.name)
    passes, window = (call.view.window(bucket) or LimitWindow(call.now)).take(limit, call.now)
    headers = call.era.limit_headers(limit, window)
    if not passes:
        wait = -(-(window.retry_at(limit) - call.now) // SECOND)
        refused = _error_answer(call, RequestError.RATE_LIMITED, f"the limit of {limit.description} is spent")
        return Answer(_with_headers(refused.response, *headers, ("Retry-After", str(wait))))
    answer = _decode_and_run(call, operation, incoming)
    changes: tuple[StoreChange, ...] = (*answer.changes, ConsumeLimit(bucket, window))
    return Answer(_with_headers(answer.response, *headers), changes, websocket=answer.websocket)


def _decode_and_run(call: Call, operation: Operation, incoming: IncomingRequest) -> Answer:
    if incoming.body_error is not None and operation.body in (BodyPolicy.JSON, BodyPolicy.OPTIONAL):
        return _error_answer(call, incoming.body_error.error, incoming.body_error.detail)
    body = decode_body(call.request, operation.body)
    if isinstance(body, BodyError):
        return _error_answer(call, body.error, body.detail)
    call.body = body
    if incoming.faults is not None:
        return incoming.faults.answer(call, _run_handler)
    return _run_handler(call)


def _run_handler(call: Call) -> Answer:
    """The operation's own answer, or the one that the request's `Prefer` asks for."""
    operation = call.operation
    assert operation is not None  # noqa: S101 -- nothing else is served
    preference = preferred_answer(call, operation) if "prefer" in call.request.headers else None
    return preference or operation.handler(call)


def _error_answer(call: Call, error: RequestError, detail: str) -> Answer:
    return Answer(call.era.render_request_error(call, error, detail))


def _with_headers(response: Response, *headers: tuple[str, str]) -> Response:
    return response._replace(headers=(*response.headers, *headers))
