"""The engine itself: one request in, one `Answer` out. Pure: the shell commits the changes and sends the bytes."""

from dataclasses import dataclass
from typing import Final

from mockserver.core.instants import SECOND, Instant
from mockserver.core.ratelimit import Limit, Window
from mockserver.core.wire import Request, Response
from mockserver.engine.decode import Flaw, decode
from mockserver.engine.faulting import Turn
from mockserver.engine.prefer import preferred
from mockserver.engine.routing import Match, Miss, Router
from mockserver.vendors.api import Answer, Body, Call, Change, Era, Operation, Plans, Spend, Trouble, View
from mockserver.vendors.script import Script

KEY_TROUBLES: Final = {"invalid": Trouble.UNKNOWN_KEY, "expired": Trouble.EXPIRED_KEY}
"""API keys that a test can use to be refused."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where a request is handled: a vendor's era under a scenario, in one session."""

    era: Era
    router: Router
    script: Script
    plans: Plans
    view: View
    seed: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request and what the shell knows about it."""

    request: Request
    base_url: str
    request_id: str
    stranger: str = ""
    """Why the API key names no scenario of ours; empty where it does not try to."""
    flaw: Flaw | None = None
    turn: Turn | None = None
    """Its turn with the session's faults; None where there are none."""


def handle(room: Room, asked: Asked, now: Instant) -> tuple[Answer, Call, Miss | None]:
    """Answer one request at the session's instant `now`.

    Returns the answer, the call as far as it got (its operation is None where none matched) and the near miss.
    """
    call = Call(
        asked.request, now, room.era, room.script, room.view, room.plans, asked.base_url, room.seed, asked.request_id
    )
    found = room.router.match(asked.request.method, asked.request.path)
    if isinstance(found, Miss):
        return _missed(call, found), call, found
    call.operation, call.params = found.operation, found.params
    return _enter(call, found, asked), call, None


def _missed(call: Call, miss: Miss) -> Answer:
    if not miss.allowed:
        return _refused(call, Trouble.UNKNOWN_PATH, miss.differs)
    answer = _refused(call, Trouble.WRONG_METHOD, miss.differs)
    return Answer(_with(answer.response, ("Allow", ", ".join(miss.allowed))))


def _enter(call: Call, found: Match, asked: Asked) -> Answer:
    """Past the door: key, rate limit, body, handler."""
    operation, stranger = found.operation, asked.stranger
    if operation.upgrades is not None and not _upgrades(call.request):
        return operation.upgrades(call)
    if operation.auth:
        key = call.era.credentials(call.request)
        if isinstance(key, Trouble):
            return _refused(call, key, key.value)
        if stranger or key in KEY_TROUBLES:
            return _refused(call, KEY_TROUBLES.get(key, Trouble.UNKNOWN_KEY), stranger)
        call.key = key
    limit = limit_of(call.era, call.script, operation)
    if limit is None:
        return _serve(call, operation, asked)
    return _limited(call, operation, limit, asked)


def _upgrades(request: Request) -> bool:
    return request.method == "GET" and request.headers.get("upgrade", "").lower() == "websocket"


def limit_of(era: Era, script: Script, operation: Operation) -> Limit | None:
    """The rate limit of an operation: the scenario's word for it, else the vendor's."""
    for limits in (script.limits, era.limits):
        for name in (operation.name, "*"):
            if name in limits:
                return limits[name]
    return None


def _limited(call: Call, operation: Operation, limit: Limit, asked: Asked) -> Answer:
    bucket = (call.key, operation.name)
    passes, window = (call.view.window(bucket) or Window(call.now)).take(limit, call.now)
    headers = call.era.limit_headers(limit, window)
    if not passes:
        wait = -(-(window.reopens(limit) - call.now) // SECOND)
        refused = _refused(call, Trouble.RATE_LIMITED, f"the limit of {limit.says} is spent")
        return Answer(_with(refused.response, *headers, ("Retry-After", str(wait))))
    answer = _serve(call, operation, asked)
    changes: tuple[Change, ...] = (*answer.changes, Spend(bucket, window))
    return Answer(_with(answer.response, *headers), changes, opens=answer.opens)


def _serve(call: Call, operation: Operation, asked: Asked) -> Answer:
    if asked.flaw is not None and operation.body in (Body.JSON, Body.OPTIONAL):
        return _refused(call, asked.flaw.trouble, asked.flaw.detail)
    body = decode(call.request, operation.body)
    if isinstance(body, Flaw):
        return _refused(call, body.trouble, body.detail)
    call.body = body
    if asked.turn is not None:
        return asked.turn.answer(call, _respond)
    return _respond(call)


def _respond(call: Call) -> Answer:
    """The operation's own answer, or the one that the request's `Prefer` asks for."""
    operation = call.operation
    assert operation is not None  # noqa: S101 -- nothing else is served
    preference = preferred(call, operation) if "prefer" in call.request.headers else None
    return preference or operation.handler(call)


def _refused(call: Call, trouble: Trouble, detail: str) -> Answer:
    return Answer(call.era.trouble(call, trouble, detail))


def _with(response: Response, *headers: tuple[str, str]) -> Response:
    return response._replace(headers=(*response.headers, *headers))
