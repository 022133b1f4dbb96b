"""Interprets one entry of a HAR 1.2 file: a call, or a reason why it is none.

Written after the files of Chrome, Firefox, Safari, Playwright, mitmproxy, Charles and HTTP Toolkit, which agree on
the specification's main fields and on little else. Fields that begin with an underscore are their own.

Order. A HAR has the time at which a call was sent and how long it took. Both are cut to the clock's step, so two calls
that touch in the file may have overlapped. Sequence numbers are made from the times: 2 t for sending, and
2 (t + step) + 1 for answering, t in microseconds: one call comes before another only if the clock proves it.
"""

import json
from typing import Any, Final
from urllib.parse import urlencode

from mockserver.core.instants import MILLISECOND, MINUTE, Duration
from mockserver.core.wire import NO_POSITION, Exchange, Request, Response, SourcePosition
from mockserver.recordings import bodies, har_origin, http_fields
from mockserver.recordings.bodies import RecordedBody
from mockserver.recordings.http_fields import HeaderPairs, JsonObject, as_object
from mockserver.recordings.json_stream import OMITTED
from mockserver.recordings.read_stats import ReadStats

ENTRIES_PATH: Final = (("log",), ("entries",))
"""The path of the entries in a HAR."""

BROKEN_OFF: Final = "answer broken off"
UNTIMED: Final = "time of the answer not recorded"
CUT_SHORT: Final = "body cut short"
_NOT_AN_ERROR: Final = "net::ERR_HTTP_RESPONSE_CODE_FAILURE"
"""Chrome's error for a page answered with 4xx or 5xx and no body: an answer like any other."""
_SIZE_TOLERANCE: Final = 1_000
"""Bytes that a text may lack of its stated size: tools count bytes before or after decoding."""


def parse_entry(stats: ReadStats, entry: Any, position: SourcePosition = NO_POSITION) -> Exchange | None:
    """Return the call of one entry; None if it is no call.

    `stats` counts the reason, and what the entry lacks.
    """
    damage = _unread_reason(entry)
    if damage is not None:
        stats.leave_unread(damage, position)
        return None
    reason = _skip_reason(entry)
    if reason is not None:
        stats.skip(reason)
        return None
    recorded = entry["request"]
    address = http_fields.parse_address(recorded.get("url"))
    if address is None:
        stats.skip("no http address")
        return None
    start = http_fields.parse_timestamp(entry.get("startedDateTime"))
    if start is None:
        stats.leave_unread("no readable start time", position)
        return None
    sent, step = start
    method = recorded["method"].strip().upper()
    headers = http_fields.request_headers(http_fields.parse_headers(recorded.get("headers")), address.host)
    body = http_fields.decode_request_body(_request_body(recorded, headers.get("content-type")), headers, stats)
    request = Request(method, address.path, address.query, headers, body)
    response, loss = _parse_har_response(as_object(entry.get("response")), method)
    stats.note_missing(loss)
    answered = None
    seq = 0
    if response is not None:
        duration, uncertainty = _answer_duration(entry, stats)
        answered = sent + duration
        seq = 2 * (answered + step + uncertainty) + 1
    return Exchange(
        request, response, sent_at=sent, answered_at=answered, sent_seq=2 * sent, answered_seq=seq, position=position
    )


def _unread_reason(entry: Any) -> str | None:
    """Return why an entry cannot be read; None if it can."""
    if entry == OMITTED:
        return "entry over 16 MB"
    if not isinstance(as_object(entry).get("request"), dict):
        return "no entry of a HAR"
    return None


def _skip_reason(entry: JsonObject) -> str | None:
    """Return why an entry is no call of a server; None if it is one."""
    request = entry["request"]
    origin = har_origin.foreign_origin(entry, as_object(entry.get("response")))
    if origin is not None:
        return origin
    method = request.get("method")
    headers = http_fields.parse_headers(request.get("headers"))
    if method == "OPTIONS" and http_fields.first_header(headers, "access-control-request-method"):
        return "CORS preflight"
    if not isinstance(method, str) or not method.strip().isalpha():
        return "no method"
    return None


def _answer_duration(entry: JsonObject, stats: ReadStats) -> tuple[Duration, Duration]:
    """Return how long the answer took, and by how much it may have taken longer.

    The sum of the phases replaces a missing total; without either, the answer may have come within a minute.
    """
    total = http_fields.parse_milliseconds(entry.get("time"))
    if total is None:
        phases = [http_fields.parse_milliseconds(value) for value in as_object(entry.get("timings")).values()]
        known = [phase for phase in phases if phase is not None]
        if not known:
            stats.note_missing(UNTIMED)
            return 0, MINUTE
        total = sum(known)
    if total % MILLISECOND == 0:
        # Whole milliseconds were probably rounded.
        return total, MILLISECOND
    return total, 0


def _request_body(recorded: JsonObject, content_type: str | None) -> RecordedBody:
    """Return the request's body, from its text or from the fields of a form."""
    posted = as_object(recorded.get("postData"))
    text, params = posted.get("text"), posted.get("params")
    content_type = content_type or str(posted.get("mimeType", ""))
    if isinstance(text, str) and (text or not params):
        if "base64" in (posted.get("encoding"), posted.get("_encoding")):
            return bodies.body_from_base64(text)
        return bodies.body_from_text(text, content_type)
    if params and "x-www-form-urlencoded" in content_type:
        listed = params if isinstance(params, list) else []
        fields = [(str(row.get("name", "")), str(row.get("value") or "")) for row in listed if isinstance(row, dict)]
        return RecordedBody(urlencode(fields, errors="surrogatepass").encode())
    if posted or (http_fields.parse_int(recorded.get("bodySize")) or 0) > 0:
        return RecordedBody(loss=bodies.NOT_RECORDED)
    return RecordedBody()


def _parse_har_response(recorded: JsonObject, method: str) -> tuple[Response | None, str | None]:
    """Return the answer, or None if there is none or its body is not known, and in that case the loss."""
    status = http_fields.parse_int(recorded.get("status")) or 0
    if not 100 <= status <= 999:
        return None, None
    if recorded.get("_error") not in (None, "", False, _NOT_AN_ERROR):
        return None, BROKEN_OFF
    if http_fields.is_interim(status):
        return None, http_fields.ONLY_INTERIM
    headers = http_fields.parse_headers(recorded.get("headers"))
    if method == "HEAD" or status in http_fields.BODILESS_STATUSES or status < 200:
        return Response(status, headers), None
    headers = _with_content_type(headers, as_object(recorded.get("content")))
    content_type = http_fields.first_header(headers, "content-type")
    coding = http_fields.first_header(headers, "content-encoding")
    body = bodies.decode_recorded(_response_body(recorded, headers), coding, content_type)
    if body.loss is not None:
        return None, f"response {body.loss}"
    return Response(status, http_fields.without_headers(headers, "content-encoding"), body.data), None


def _with_content_type(headers: HeaderPairs, content: JsonObject) -> HeaderPairs:
    """Return the headers with the content type, which exporters also state beside them.

    Of an answer without any headers they stay unknown as a whole.
    """
    mime_type = content.get("mimeType")
    if not headers or http_fields.first_header(headers, "content-type") is not None or not isinstance(mime_type, str):
        return headers
    # `x-unknown` is the word of Chrome for none.
    if "/" not in mime_type:
        return headers
    return (*headers, ("Content-Type", mime_type.strip()))


def _response_body(recorded: JsonObject, headers: HeaderPairs) -> RecordedBody:
    content = as_object(recorded.get("content"))
    size, text = http_fields.parse_int(content.get("size")), content.get("text")
    if not isinstance(text, str) or not text:
        if size is None:
            size = http_fields.parse_int(recorded.get("bodySize"))
        # Playwright keeps a body in a file of its own (`_file`), and then states no text. Some exporters state 0 for a
        # body that they did not keep: its length, or its transfer, shows that there was one.
        was_sent = (http_fields.content_length(headers) or http_fields.parse_int(recorded.get("bodySize")) or 0) > 0
        if size == 0 and "_file" not in content and not was_sent:
            return RecordedBody()
        return RecordedBody(loss=bodies.NOT_RECORDED)
    if content.get("encoding") == "base64" or content.get("_isBinary"):
        body = _join_parts(text, is_hexadecimal="encoding" not in content)
    else:
        content_type = http_fields.first_header(headers, "content-type") or str(content.get("mimeType", ""))
        body = bodies.body_from_text(text, content_type)
    if body.loss is None and size is not None and size > len(body.data) + _SIZE_TOLERANCE:
        return RecordedBody(loss=CUT_SHORT)
    return body


def _join_parts(text: str, *, is_hexadecimal: bool) -> RecordedBody:
    """Decode a binary body; Polly.JS keeps a compressed one as a list of parts, before version 6 in hexadecimal."""
    parts = [text]
    if text.startswith("["):
        try:
            parts = json.loads(text)
        except (ValueError, RecursionError):
            return bodies.LOST_CODING
    decoded = []
    for part in parts:
        body = bodies.LOST_CODING
        if isinstance(part, str):
            body = bodies.body_from_hexadecimal(part) if is_hexadecimal else bodies.body_from_base64(part)
        if body.loss is not None:
            return body
        decoded.append(body.data)
    return bodies.body_from_bytes(b"".join(decoded))
