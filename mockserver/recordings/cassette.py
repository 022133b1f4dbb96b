"""Interprets one interaction of a cassette: of VCR.py from any of its client stubs, VCR for Ruby, Betamax or go-vcr.

They agree on a request and a response with headers and a body, and differ in the names of the rest. A cassette has no
times. Its calls are taken to have followed one another in the order of the file; the instant of a call is that of the
answer's `Date` header, or at which it was recorded, to the second, and never before that of the call before it.
`Recording.has_measured_times` is False: rules about durations have nothing to judge in a cassette.
"""

import json
import math
from typing import Any, Final

from mockserver.core.instants import Instant, parse_http_date
from mockserver.core.wire import NO_POSITION, Exchange, Request, Response, SourcePosition
from mockserver.recordings import bodies, http_fields
from mockserver.recordings.bodies import RecordedBody
from mockserver.recordings.http_fields import HeaderPairs, JsonObject, as_object
from mockserver.recordings.json_stream import OMITTED
from mockserver.recordings.read_stats import CUT_OFF, ReadStats
from mockserver.recordings.yaml_stream import PlainText
from mockserver.yamlio import resolve_scalar

CALL_LISTS: Final = ("interactions", "http_interactions")
"""The top-level keys under which a cassette keeps its calls."""

_BODY_KEYS: Final = ("body", "content")
"""Where a body is; httpx's stub of vcrpy before version 5 wrote `content`."""
_VALUE_KEYS: Final = ("parsed_body", "json_body", "json")
"""Where a serializer keeps a body of JSON as the value that it means."""
_ENDS_WITH_BODY: Final = [(["response"], [key]) for key in (*_BODY_KEYS, *_VALUE_KEYS)]
"""The last keys of an interaction and of its response if nothing stands behind the body: it may have been longer."""
_TEXT_KEYS: Final = ("base64_string", "string", "text")


class CassetteReader:
    """Reads the interactions of one cassette in their order."""

    def __init__(self, stats: ReadStats) -> None:
        self._stats = stats
        self._last_instant: Instant = 0
        self._seq = 0

    def read_interaction(
        self, interaction: Any, position: SourcePosition = NO_POSITION, *, may_be_cut: bool = False
    ) -> Exchange | None:
        """Return the call of one interaction; None, with the reason counted, if it is no call.

        `may_be_cut`: the file may end in the middle of it, so a body with nothing behind it may not be whole.
        """
        if interaction == OMITTED:
            self._stats.leave_unread("interaction over 16 MB", position)
            return None
        whole = as_object(interaction)
        request = self._parse_request(whole.get("request"))
        if may_be_cut and (request is None or "response" not in whole):
            self._stats.leave_unread(f"interaction {CUT_OFF}", position)
            return None
        if request is None:
            self._stats.skip("no http call")
            return None
        response = self._parse_response(whole.get("response"), request.method)
        last_keys = [*whole][-1:], [*as_object(whole.get("response"))][-1:]
        if response is not None and may_be_cut and last_keys in _ENDS_WITH_BODY:
            self._stats.note_missing("response body cut short")
            response = None
        return self.place(request, response, position, whole.get("recorded_at"))

    def place(
        self, request: Request, response: Response | None, position: SourcePosition, recorded_at: Any = None
    ) -> Exchange:
        """Return the exchange behind those before it; `recorded_at` counts if the answer has no `Date`."""
        self._seq += 2
        answered: Instant | None = None
        seq = 0
        if response is not None:
            # Ruby writes an HTTP date, Betamax ISO 8601.
            date = response.header("date") or str(recorded_at)
            timestamp = http_fields.parse_timestamp(date)
            instant = timestamp[0] if timestamp else parse_http_date(date)
            self._last_instant = max(self._last_instant, instant or 0)
            answered = self._last_instant
            seq = self._seq
        return Exchange(
            request,
            response,
            sent_at=self._last_instant,
            answered_at=answered,
            sent_seq=self._seq - 1,
            answered_seq=seq,
            position=position,
        )

    def _parse_request(self, value: Any) -> Request | None:
        recorded = as_object(value)
        # go-vcr writes `url`.
        address = http_fields.parse_address(recorded.get("uri", recorded.get("url")))
        method = recorded.get("method")
        if address is None or not isinstance(method, str) or not method.isalpha():
            return None
        pairs = http_fields.parse_headers(recorded.get("headers"))
        headers = http_fields.request_headers(pairs, address.host)
        body = http_fields.decode_request_body(parse_body(recorded, pairs, is_required=False), headers, self._stats)
        return Request(method.upper(), address.path, address.query, headers, body)

    def _parse_response(self, value: Any, method: str) -> Response | None:
        recorded = as_object(value)
        code = _status_code(recorded)
        if code is None:
            return None
        headers = http_fields.parse_headers(recorded.get("headers"))
        may_have_body = method != "HEAD" and code not in http_fields.BODILESS_STATUSES
        body = parse_body(recorded, headers, is_required=may_have_body)
        return self.build_response(code, headers, body, method)

    def build_response(self, code: int, headers: HeaderPairs, body: RecordedBody, method: str) -> Response | None:
        """Return the answer with its body decoded; None, with the reason counted, if it is not known."""
        if http_fields.is_interim(code):
            self._stats.note_missing(http_fields.ONLY_INTERIM)
            return None
        content_type = http_fields.first_header(headers, "content-type")
        body = bodies.decode_recorded(body, http_fields.first_header(headers, "content-encoding"), content_type)
        if body.loss is not None:
            self._stats.note_missing(f"response {body.loss}")
            return None
        if body.data and method != "HEAD":
            headers = http_fields.without_headers(headers, "content-encoding")
        return Response(code, headers, body.data)


def _status_code(recorded: JsonObject) -> int | None:
    """Return the status: `status: {code}` in most stubs, `status_code` in some, `code` beside `200 OK` in go-vcr."""
    status = recorded.get("status")
    candidates = (as_object(status).get("code"), recorded.get("status_code"), recorded.get("code"), status)
    codes = (http_fields.parse_int(each) for each in candidates)
    return next((code for code in codes if code is not None and 100 <= code <= 999), None)


def parse_body(recorded: JsonObject, headers: HeaderPairs, *, is_required: bool) -> RecordedBody:
    """Parse the body of a request or a response.

    One that is not there at all, or empty beside a `Content-Length`, was not recorded if `is_required`.
    """
    body = RecordedBody()
    key = next((key for key in _BODY_KEYS if key in recorded), None)
    value_key = next((key for key in _VALUE_KEYS if key in recorded), None)
    if key is not None:
        body = _parse_text(recorded[key])
    if value_key is not None and not body.data:
        body = body_from_value(recorded[value_key])
    elif key is None and is_required and http_fields.content_length(headers) != 0:
        body = RecordedBody(loss=bodies.NOT_RECORDED)
    if is_required and body == RecordedBody() and (http_fields.content_length(headers) or 0) > 0:
        return RecordedBody(loss=bodies.NOT_RECORDED)
    return body


def _parse_text(recorded: Any) -> RecordedBody:
    """Parse a body: text or bytes, also under `string` or `base64_string`; None is an empty body."""
    if isinstance(recorded, dict):
        key = next((key for key in _TEXT_KEYS if recorded.get(key)), None)
        if key is None and set(recorded) - {*_TEXT_KEYS, "encoding"}:
            return RecordedBody(loss=bodies.NOT_RECORDED)
        recorded = None if key is None else recorded[key]
        # PyYAML writes `!!binary` for bytes, which are decoded already.
        if key == "base64_string" and isinstance(recorded, str):
            return bodies.body_from_base64(recorded)
    if recorded is None:
        return RecordedBody()
    if isinstance(recorded, bytes):
        return bodies.body_from_bytes(recorded)
    if isinstance(recorded, str):
        return bodies.body_from_text(recorded)
    return bodies.LOST_CODING


def body_from_value(value: Any) -> RecordedBody:
    """Serialize a body that was recorded as a JSON value: not the bytes that were sent, but the same value."""
    try:
        return bodies.body_from_text(json.dumps(_typed(value), ensure_ascii=False))
    except (TypeError, ValueError):
        return bodies.LOST_CODING


def _typed(value: Any) -> Any:
    """Return a value with the types that its plain scalars have in YAML."""
    if isinstance(value, dict):
        return {str(key): _typed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_typed(each) for each in value]
    if not isinstance(value, PlainText):
        return value
    resolved = resolve_scalar(value)
    # A number that JSON does not have is text, as in a scenario.
    return str(value) if isinstance(resolved, float) and not math.isfinite(resolved) else resolved
