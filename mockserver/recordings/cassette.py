"""What one interaction of a VCR cassette means: vcrpy's format 1, in YAML or JSON, from any of its client stubs.

A cassette has no times. Its calls are taken to have followed one another in the order of the file; a call's instant
is that of the answer's `Date` header, to the second, and never before the one before it. `Recording.measured` says
so: rules about durations have nothing to judge in a cassette.
"""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.core.instants import Instant
from mockserver.core.wire import NO_POSITION, Exchange, Request, Response, SourcePosition
from mockserver.recordings import bodies, http_fields
from mockserver.recordings.bodies import RecordedBody
from mockserver.recordings.json_stream import OMITTED
from mockserver.recordings.read_stats import ReadStats

CALL_LISTS: Final = ("interactions",)
"""The top-level keys under which a cassette keeps its calls."""

JsonObject = Mapping[str, Any]


class CassetteReader:
    """Reads the interactions of one cassette in their order."""

    def __init__(self, stats: ReadStats) -> None:
        self._stats = stats
        self._last_instant: Instant = 0
        self._seq = 0

    def read_interaction(self, interaction: Any, position: SourcePosition = NO_POSITION) -> Exchange | None:
        """The call of one interaction, or None where it is none."""
        if interaction == OMITTED:
            self._stats.skip("interaction over 16 MB")
            return None
        whole = interaction if isinstance(interaction, dict) else {}
        request = self._parse_request(whole.get("request"))
        if request is None:
            self._stats.skip("no http call")
            return None
        response = self._parse_response(whole.get("response"), request.method)
        dated = http_fields.parse_http_date(response.header("date")) if response else None
        self._last_instant = max(self._last_instant, dated or 0)
        self._seq += 2
        answered = (self._last_instant, self._seq) if response else (None, 0)
        return Exchange(request, response, self._last_instant, answered[0], self._seq - 1, answered[1], position)

    def _parse_request(self, recorded: Any) -> Request | None:
        recorded = recorded if isinstance(recorded, dict) else {}
        place, method = http_fields.parse_address(recorded.get("uri")), recorded.get("method")
        if place is None or not isinstance(method, str) or not method.isalpha():
            return None
        found = http_fields.request_headers(http_fields.parse_headers(recorded.get("headers")), place.host)
        body = bodies.decode_content(_parse_body(recorded.get("body")), found.get("content-encoding", ""))
        if body.loss:
            self._stats.note_missing(f"request {body.loss}")
        elif body.data:
            found.pop("content-encoding", None)
        return Request(method.upper(), place.path, place.query, found, body.data)

    def _parse_response(self, recorded: Any, method: str) -> Response | None:
        recorded = recorded if isinstance(recorded, dict) else {}
        status = _status_code(recorded)
        if status is None:
            return None
        pairs = http_fields.parse_headers(recorded.get("headers"))
        # httpx's stub of vcrpy before version 5 wrote `content`.
        recorded_body = recorded.get("body", recorded.get("content"))
        body = bodies.decode_content(_parse_body(recorded_body), http_fields.first_header(pairs, "content-encoding"))
        if body.loss:
            self._stats.note_missing(f"response {body.loss}")
            return None
        coded = body.data and method != "HEAD"
        return Response(status, http_fields.without_headers(pairs, "content-encoding") if coded else pairs, body.data)


def _status_code(recorded: JsonObject) -> int | None:
    """The status code, from `status: {code}` or `status_code`."""
    status = recorded.get("status", recorded.get("status_code"))
    code = http_fields.parse_int(status.get("code") if isinstance(status, dict) else status)
    return code if code is not None and 100 <= code <= 999 else None


def _parse_body(recorded: Any) -> RecordedBody:
    """A body as text, bytes or `{string}` or `{base64_string}` of either; none at all is an empty one."""
    if isinstance(recorded, dict):
        coded = recorded.get("base64_string")
        if isinstance(coded, str):
            return bodies.body_from_base64(coded)
        recorded = coded or recorded.get("string")
    if recorded is None:
        return RecordedBody()
    if isinstance(recorded, bytes):
        return RecordedBody(recorded) if len(recorded) <= bodies.MAX_BODY_BYTES else RecordedBody(loss=bodies.TOO_LARGE)
    return bodies.body_from_text(recorded) if isinstance(recorded, str) else RecordedBody(loss=bodies.UNDECODABLE)
