"""What one entry of a HAR 1.2 file means: a call, or a reason why it is none.

Written after the files of Chrome, Firefox, Safari, Playwright, mitmproxy, Charles and HTTP Toolkit, which agree on
the specification's main fields and on little else. Fields that begin with an underscore are their own.

Order. A HAR has the time a call was sent and how long it took. Both are cut to the clock's step, so that two calls
which touch in the file may have overlapped in truth. Sequence numbers are made of the times: 2 t for sending, and
2 (t + step) + 1 for answering, t in microseconds: one call comes before another only where the clock proves it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from mockserver.core.instants import MILLISECOND, MINUTE, Duration
from mockserver.core.wire import NOWHERE, Exchange, Request, Response, Spot
from mockserver.recordings import bodies, parts
from mockserver.recordings.bodies import Body
from mockserver.recordings.jsontext import CUT
from mockserver.recordings.tally import Tally

PATH: Final = ("log", "entries")
"""Where a HAR keeps its entries."""

BROKEN_OFF: Final = "answer broken off"
UNTIMED: Final = "time of the answer not recorded"
_NO_FAULT: Final = "net::ERR_HTTP_RESPONSE_CODE_FAILURE"
"""Chrome's word for a page answered with 4xx or 5xx and no body: an answer like any other."""
_NO_BODY: Final = (204, 205, 304)
_SHORT: Final = 1_000
"""Bytes that a text may lack of its stated size: tools count bytes before or after decoding."""

Object = Mapping[str, Any]


def _object(value: Any) -> Object:
    return value if isinstance(value, dict) else {}


def _is_preflight(entry: Object) -> bool:
    request = _object(entry.get("request"))
    return request.get("method") == "OPTIONS" and bool(
        parts.header(parts.headers(request.get("headers")), "access-control-request-method")
    )


_NO_CALL: Final[tuple[tuple[str, Callable[[Object], object]], ...]] = (
    ("entry over 16 MB", lambda entry: CUT in entry),
    ("no entry of a HAR", lambda entry: not isinstance(entry.get("request"), dict)),
    ("answered from the browser's cache", lambda entry: entry.get("_fromCache")),
    (
        "answered by a service worker",
        lambda entry: {**entry, **_object(entry.get("response"))}.get("_fetchedViaServiceWorker"),
    ),
    ("CORS preflight", _is_preflight),
    ("no method", lambda entry: not _method(entry)),
)
"""Reasons why an entry is no call of a server, the first that holds is counted."""


def exchange(entry: Any, tally: Tally, spot: Spot = NOWHERE) -> Exchange | None:
    """The call of one entry, or None where it is none; `tally` counts that, and what the entry lacks."""
    entry = {CUT: True} if entry == CUT else _object(entry)
    reason = next((reason for reason, holds in _NO_CALL if holds(entry)), "")
    place = parts.address(_object(entry.get("request")).get("url"))
    start = parts.moment(entry.get("startedDateTime"))
    if reason or place is None or start is None:
        tally.skip(reason or ("no http address" if place is None else "no readable start time"))
        return None
    request = _request(entry["request"], _method(entry), place, tally)
    sent, step = start
    response, loss = _response(_object(entry.get("response")), request.method)
    tally.note(loss)
    if response is None:
        return Exchange(request, None, sent, None, 2 * sent, 0, spot)
    took, blur = _took(entry, tally)
    answered = sent + took
    return Exchange(request, response, sent, answered, 2 * sent, 2 * (answered + step + blur) + 1, spot)


def _method(entry: Object) -> str:
    method = entry["request"].get("method")
    return method.strip().upper() if isinstance(method, str) and method.strip().isalpha() else ""


def _took(entry: Object, tally: Tally) -> tuple[Duration, Duration]:
    """How long the answer took, and how much more it may have been.

    The sum of the phases stands in for a missing total; without either, the answer may have come within a minute.
    """
    total = parts.milliseconds(entry.get("time"))
    if total is None:
        phases = [parts.milliseconds(value) for value in _object(entry.get("timings")).values()]
        known = [phase for phase in phases if phase is not None]
        total = sum(known) if known else None
    if total is None:
        tally.note(UNTIMED)
        return 0, MINUTE
    return total, MILLISECOND if total % MILLISECOND == 0 else 0


def _request(recorded: Object, method: str, place: parts.Address, tally: Tally) -> Request:
    found = parts.of_request(parts.headers(recorded.get("headers")), place.host)
    body = _posted(recorded, found.get("content-type", ""))
    body = bodies.decoded(body, found.get("content-encoding", ""))
    if body.loss:
        tally.note(f"request {body.loss}")
    elif body.data:
        found.pop("content-encoding", None)
    return Request(method, place.path, place.query, found, body.data)


def _posted(recorded: Object, content_type: str) -> Body:
    """The request's body, from its text or from the fields of a form."""
    posted = _object(recorded.get("postData"))
    text, params = posted.get("text"), posted.get("params")
    content_type = content_type or str(posted.get("mimeType", ""))
    if isinstance(text, str) and (text or not params):
        encoded = "base64" in (posted.get("encoding"), posted.get("_encoding"))
        return bodies.from_base64(text) if encoded else bodies.from_text(text, content_type)
    if params and "x-www-form-urlencoded" in content_type:
        return Body(urlencode(_fields(params), errors="surrogatepass").encode())
    size = parts.whole(recorded.get("bodySize")) or 0
    return Body(loss=bodies.NOT_RECORDED) if posted or size > 0 else Body()


def _fields(params: Any) -> list[tuple[str, str]]:
    listed = params if isinstance(params, list) else []
    return [(str(each.get("name", "")), str(each.get("value") or "")) for each in listed if isinstance(each, dict)]


def _response(recorded: Object, method: str) -> tuple[Response | None, str]:
    """The answer; None and why where there is none, or where its body is not known."""
    status = parts.whole(recorded.get("status")) or 0
    if not 100 <= status <= 999:
        return None, ""
    if recorded.get("_error") not in (None, "", False, _NO_FAULT):
        return None, BROKEN_OFF
    pairs = parts.headers(recorded.get("headers"))
    if method == "HEAD" or status in _NO_BODY or status < 200:
        return Response(status, pairs), ""
    body = bodies.decoded(_content(recorded, pairs), parts.header(pairs, "content-encoding"))
    if body.loss:
        return None, f"response {body.loss}"
    return Response(status, parts.without(pairs, "content-encoding"), body.data), ""


def _content(recorded: Object, pairs: parts.Headers) -> Body:
    content = _object(recorded.get("content"))
    size, text = parts.whole(content.get("size")), content.get("text")
    if isinstance(text, str) and text:
        content_type = parts.header(pairs, "content-type") or str(content.get("mimeType", ""))
        encoded = content.get("encoding") == "base64"
        body = bodies.from_base64(text) if encoded else bodies.from_text(text, content_type)
        cut_short = not body.loss and size is not None and size > len(body.data) + _SHORT
        return Body(loss="body cut short") if cut_short else body
    empty = size == 0 or (size is None and parts.whole(recorded.get("bodySize")) == 0)
    return Body() if empty and "_file" not in content else Body(loss=bodies.NOT_RECORDED)
