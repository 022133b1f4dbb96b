"""Interprets one interaction of a VCR cassette: vcrpy's format 1, in YAML or JSON, from any of its client stubs.

A cassette has no times. Its calls are taken to have followed one another in the order of the file; the instant of a
call is that of the answer's `Date` header, to the second, and never before that of the call before it.
`Recording.has_measured_times` is False: rules about durations have nothing to judge in a cassette.
"""

from typing import Any, Final

from mockserver.core.instants import Instant, parse_http_date
from mockserver.core.wire import NO_POSITION, Exchange, Request, Response, SourcePosition
from mockserver.recordings import bodies, http_fields
from mockserver.recordings.bodies import RecordedBody
from mockserver.recordings.http_fields import as_object
from mockserver.recordings.json_stream import OMITTED
from mockserver.recordings.read_stats import ReadStats

CALL_LISTS: Final = ("interactions",)
"""The top-level keys under which a cassette keeps its calls."""


class CassetteReader:
    """Reads the interactions of one cassette in their order."""

    def __init__(self, stats: ReadStats) -> None:
        self._stats = stats
        self._last_instant: Instant = 0
        self._seq = 0

    def read_interaction(self, interaction: Any, position: SourcePosition = NO_POSITION) -> Exchange | None:
        """Return the call of one interaction; None, with the reason counted, if it is no call."""
        if interaction == OMITTED:
            self._stats.skip("interaction over 16 MB")
            return None
        whole = as_object(interaction)
        request = self._parse_request(whole.get("request"))
        if request is None:
            self._stats.skip("no http call")
            return None
        response = self._parse_response(whole.get("response"), request.method)
        self._seq += 2
        answered: Instant | None = None
        seq = 0
        if response is not None:
            self._last_instant = max(self._last_instant, parse_http_date(response.header("date") or "") or 0)
            answered = self._last_instant
            seq = self._seq
        sent = self._last_instant
        return Exchange(
            request,
            response,
            sent_at=sent,
            answered_at=answered,
            sent_seq=self._seq - 1,
            answered_seq=seq,
            position=position,
        )

    def _parse_request(self, value: Any) -> Request | None:
        recorded = as_object(value)
        address = http_fields.parse_address(recorded.get("uri"))
        method = recorded.get("method")
        if address is None or not isinstance(method, str) or not method.isalpha():
            return None
        headers = http_fields.request_headers(http_fields.parse_headers(recorded.get("headers")), address.host)
        body = http_fields.decode_request_body(_parse_body(recorded.get("body")), headers, self._stats)
        return Request(method.upper(), address.path, address.query, headers, body)

    def _parse_response(self, value: Any, method: str) -> Response | None:
        recorded = as_object(value)
        # `status: {code}` in most stubs, `status_code` in some.
        status = recorded.get("status", recorded.get("status_code"))
        code = http_fields.parse_int(as_object(status).get("code", status))
        if code is None or not 100 <= code <= 999:
            return None
        headers = http_fields.parse_headers(recorded.get("headers"))
        # httpx's stub of vcrpy before version 5 wrote `content`.
        recorded_body = recorded.get("body", recorded.get("content"))
        coding = http_fields.first_header(headers, "content-encoding")
        body = bodies.decode_content(_parse_body(recorded_body), coding)
        if body.loss is not None:
            self._stats.note_missing(f"response {body.loss}")
            return None
        if body.data and method != "HEAD":
            headers = http_fields.without_headers(headers, "content-encoding")
        return Response(code, headers, body.data)


def _parse_body(recorded: Any) -> RecordedBody:
    """Parse a body: text or bytes, also under `string` or `base64_string`; None is an empty body."""
    if isinstance(recorded, dict):
        coded = recorded.get("base64_string")
        if isinstance(coded, str):
            return bodies.body_from_base64(coded)
        # PyYAML writes `!!binary` for bytes, which are decoded already.
        recorded = coded or recorded.get("string")
    if recorded is None:
        return RecordedBody()
    if isinstance(recorded, bytes):
        return bodies.body_from_bytes(recorded)
    if isinstance(recorded, str):
        return bodies.body_from_text(recorded)
    return bodies.LOST_CODING
