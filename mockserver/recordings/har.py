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
from mockserver.core.wire import NO_POSITION, Exchange, Request, Response, SourcePosition
from mockserver.recordings import bodies, http_fields
from mockserver.recordings.bodies import RecordedBody
from mockserver.recordings.json_stream import OMITTED
from mockserver.recordings.read_stats import ReadStats

ENTRIES_PATH: Final = ("log", "entries")
"""Where a HAR keeps its entries."""

BROKEN_OFF: Final = "answer broken off"
UNTIMED: Final = "time of the answer not recorded"
_NOT_AN_ERROR: Final = "net::ERR_HTTP_RESPONSE_CODE_FAILURE"
"""Chrome's word for a page answered with 4xx or 5xx and no body: an answer like any other."""
_BODILESS_STATUSES: Final = (204, 205, 304)
_SIZE_TOLERANCE: Final = 1_000
"""Bytes that a text may lack of its stated size: tools count bytes before or after decoding."""

JsonObject = Mapping[str, Any]


def _as_object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _is_preflight(entry: JsonObject) -> bool:
    request = _as_object(entry.get("request"))
    return request.get("method") == "OPTIONS" and bool(
        http_fields.first_header(http_fields.parse_headers(request.get("headers")), "access-control-request-method")
    )


_SKIP_REASONS: Final[tuple[tuple[str, Callable[[JsonObject], object]], ...]] = (
    ("entry over 16 MB", lambda entry: OMITTED in entry),
    ("no entry of a HAR", lambda entry: not isinstance(entry.get("request"), dict)),
    ("answered from the browser's cache", lambda entry: entry.get("_fromCache")),
    (
        "answered by a service worker",
        lambda entry: {**entry, **_as_object(entry.get("response"))}.get("_fetchedViaServiceWorker"),
    ),
    ("CORS preflight", _is_preflight),
    ("no method", lambda entry: not _entry_method(entry)),
)
"""Reasons why an entry is no call of a server, the first that holds is counted."""


def parse_entry(entry: Any, stats: ReadStats, position: SourcePosition = NO_POSITION) -> Exchange | None:
    """The call of one entry, or None where it is none; `tally` counts that, and what the entry lacks."""
    entry = {OMITTED: True} if entry == OMITTED else _as_object(entry)
    reason = next((reason for reason, holds in _SKIP_REASONS if holds(entry)), "")
    place = http_fields.parse_address(_as_object(entry.get("request")).get("url"))
    start = http_fields.parse_timestamp(entry.get("startedDateTime"))
    if reason or place is None or start is None:
        stats.skip(reason or ("no http address" if place is None else "no readable start time"))
        return None
    request = _parse_har_request(entry["request"], _entry_method(entry), place, stats)
    sent, step = start
    response, loss = _parse_har_response(_as_object(entry.get("response")), request.method)
    stats.note_missing(loss)
    if response is None:
        return Exchange(request, None, sent, None, 2 * sent, 0, position)
    took, blur = _answer_duration(entry, stats)
    answered = sent + took
    return Exchange(request, response, sent, answered, 2 * sent, 2 * (answered + step + blur) + 1, position)


def _entry_method(entry: JsonObject) -> str:
    method = entry["request"].get("method")
    return method.strip().upper() if isinstance(method, str) and method.strip().isalpha() else ""


def _answer_duration(entry: JsonObject, stats: ReadStats) -> tuple[Duration, Duration]:
    """How long the answer took, and how much more it may have been.

    The sum of the phases stands in for a missing total; without either, the answer may have come within a minute.
    """
    total = http_fields.parse_milliseconds(entry.get("time"))
    if total is None:
        phases = [http_fields.parse_milliseconds(value) for value in _as_object(entry.get("timings")).values()]
        known = [phase for phase in phases if phase is not None]
        total = sum(known) if known else None
    if total is None:
        stats.note_missing(UNTIMED)
        return 0, MINUTE
    return total, MILLISECOND if total % MILLISECOND == 0 else 0


def _parse_har_request(
    recorded: JsonObject, method: str, address: http_fields.RequestAddress, stats: ReadStats
) -> Request:
    found = http_fields.request_headers(http_fields.parse_headers(recorded.get("headers")), address.host)
    body = _request_body(recorded, found.get("content-type", ""))
    body = bodies.decode_content(body, found.get("content-encoding", ""))
    if body.loss:
        stats.note_missing(f"request {body.loss}")
    elif body.data:
        found.pop("content-encoding", None)
    return Request(method, address.path, address.query, found, body.data)


def _request_body(recorded: JsonObject, content_type: str) -> RecordedBody:
    """The request's body, from its text or from the fields of a form."""
    posted = _as_object(recorded.get("postData"))
    text, params = posted.get("text"), posted.get("params")
    content_type = content_type or str(posted.get("mimeType", ""))
    if isinstance(text, str) and (text or not params):
        encoded = "base64" in (posted.get("encoding"), posted.get("_encoding"))
        return bodies.body_from_base64(text) if encoded else bodies.body_from_text(text, content_type)
    if params and "x-www-form-urlencoded" in content_type:
        return RecordedBody(urlencode(_form_fields(params), errors="surrogatepass").encode())
    size = http_fields.parse_int(recorded.get("bodySize")) or 0
    return RecordedBody(loss=bodies.NOT_RECORDED) if posted or size > 0 else RecordedBody()


def _form_fields(params: Any) -> list[tuple[str, str]]:
    listed = params if isinstance(params, list) else []
    return [(str(each.get("name", "")), str(each.get("value") or "")) for each in listed if isinstance(each, dict)]


def _parse_har_response(recorded: JsonObject, method: str) -> tuple[Response | None, str]:
    """The answer; None and why where there is none, or where its body is not known."""
    status = http_fields.parse_int(recorded.get("status")) or 0
    if not 100 <= status <= 999:
        return None, ""
    if recorded.get("_error") not in (None, "", False, _NOT_AN_ERROR):
        return None, BROKEN_OFF
    pairs = http_fields.parse_headers(recorded.get("headers"))
    if method == "HEAD" or status in _BODILESS_STATUSES or status < 200:
        return Response(status, pairs), ""
    body = bodies.decode_content(_response_body(recorded, pairs), http_fields.first_header(pairs, "content-encoding"))
    if body.loss:
        return None, f"response {body.loss}"
    return Response(status, http_fields.without_headers(pairs, "content-encoding"), body.data), ""


def _response_body(recorded: JsonObject, pairs: http_fields.HeaderPairs) -> RecordedBody:
    content = _as_object(recorded.get("content"))
    size, text = http_fields.parse_int(content.get("size")), content.get("text")
    if isinstance(text, str) and text:
        content_type = http_fields.first_header(pairs, "content-type") or str(content.get("mimeType", ""))
        encoded = content.get("encoding") == "base64"
        body = bodies.body_from_base64(text) if encoded else bodies.body_from_text(text, content_type)
        cut_short = not body.loss and size is not None and size > len(body.data) + _SIZE_TOLERANCE
        return RecordedBody(loss="body cut short") if cut_short else body
    empty = size == 0 or (size is None and http_fields.parse_int(recorded.get("bodySize")) == 0)
    return RecordedBody() if empty and "_file" not in content else RecordedBody(loss=bodies.NOT_RECORDED)
