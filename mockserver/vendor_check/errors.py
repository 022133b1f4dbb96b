"""The duties of errors: every situation that reaches no handler, and every status that a scenario can request."""

from collections.abc import Iterator
from typing import Final

from mockserver.core.wire import Request
from mockserver.engine.handle import BodyError
from mockserver.vendor_check.crash import CrashCatcher
from mockserver.vendor_check.documents import breach_of_error_shape
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.world import CheckedEra, TriedCall
from mockserver.vendors.api import RequestError

_DETAIL: Final = "as the check asks"
_KEY_ERRORS: Final = (
    RequestError.NO_KEY,
    RequestError.MALFORMED_KEY,
    RequestError.UNKNOWN_KEY,
    RequestError.EXPIRED_KEY,
)
_BODY_ERRORS: Final = (
    RequestError.WRONG_TYPE,
    RequestError.BAD_JSON,
    RequestError.NOT_AN_OBJECT,
    RequestError.TOO_LARGE,
)
_STATUSES: Final = (400, 401, 402, 403, 404, 409, 410, 413, 422, 429, 500, 501, 502, 503, 504)


def request_errors_are_rendered(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each situation and each operation that it can happen to."""
    world = checked.world()
    for operation in checked.era.operations:
        request = world.request(operation, "unknown")
        incoming = world.incoming(request)
        tries: list[tuple[str, TriedCall]] = []
        if operation.auth and not operation.opens_websocket:
            tries += [(error.value, world.try_incoming(incoming._replace(api_key=error))) for error in _KEY_ERRORS]
        if operation.body.is_decoded:
            wrong = [(error.value, BodyError(error, _DETAIL)) for error in _BODY_ERRORS]
            tries += [(name, world.try_incoming(incoming._replace(body_error=body))) for name, body in wrong]
        tries.append((RequestError.RATE_LIMITED.value, world.render_error(request, RequestError.RATE_LIMITED)))
        for situation, tried in tries:
            yield DutyCase(f"{situation}, operation {operation.name}", error_flaw(checked, tried))
    unrouted = Request("GET", f"{checked.era.prefix}/no/such/path")
    for error in (RequestError.UNKNOWN_PATH, RequestError.WRONG_METHOD, RequestError.BAD_HTTP):
        yield DutyCase(error.value, error_flaw(checked, world.render_error(unrouted, error)))


def status_errors_are_rendered(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each operation and each error status that a scenario can request of it."""
    world = checked.world()
    for operation in checked.era.operations:
        documented = checked.capture and checked.capture.find(operation.method, operation.path)
        statuses = {*_STATUSES}
        if documented:
            statuses.update(int(status) for status in documented.answers if status.isdecimal() and status >= "400")
        for status in sorted(statuses):
            tried = world.render_error(world.request(operation, "unknown"), status)
            found = error_flaw(checked, tried)
            if not found and tried.response.status != status:
                found = f"the answer has the status {tried.response.status}"
            yield DutyCase(f"status {status}, operation {operation.name}", found)


def error_flaw(checked: CheckedEra, tried: TriedCall) -> str:
    """Return what is wrong with an error answer, in words; empty if nothing is."""
    if tried.crash:
        return f"rendering it raised {tried.crash}"
    if not tried.refused:
        return f"the answer is no error: {tried.response.status}"
    found = breach_of_error_shape(checked, tried)
    if found:
        return found
    with CrashCatcher() as catcher:
        reason: object = checked.era.error_reason(tried.json)
        if not isinstance(reason, str):
            return f"`error_reason` of its body returns {reason!r}, and no text"
    return catcher.crash and f"`error_reason` of its body raised {catcher.crash}"
