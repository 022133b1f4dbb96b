"""What one interaction of a VCR cassette means: vcrpy's format 1, in YAML or JSON, from any of its client stubs.

A cassette has no times. Its calls are taken to have followed one another in the order of the file; a call's instant
is that of the answer's `Date` header, to the second, and never before the one before it. `Recording.measured` says
so: rules about durations have nothing to judge in a cassette.
"""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.core.instants import Instant
from mockserver.core.wire import NOWHERE, Exchange, Request, Response, Spot
from mockserver.recordings import bodies, parts
from mockserver.recordings.bodies import Body
from mockserver.recordings.jsontext import CUT
from mockserver.recordings.tally import Tally

LISTS: Final = ("interactions",)
"""The top-level keys under which a cassette keeps its calls."""

Object = Mapping[str, Any]


class Tape:
    """Reads the interactions of one cassette in their order."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._now: Instant = 0
        self._seq = 0

    def exchange(self, interaction: Any, spot: Spot = NOWHERE) -> Exchange | None:
        """The call of one interaction, or None where it is none."""
        if interaction == CUT:
            self._tally.skip("interaction over 16 MB")
            return None
        whole = interaction if isinstance(interaction, dict) else {}
        request = self._request(whole.get("request"))
        if request is None:
            self._tally.skip("no http call")
            return None
        response = self._response(whole.get("response"), request.method)
        dated = parts.http_moment(response.header("date")) if response else None
        self._now = max(self._now, dated or 0)
        self._seq += 2
        answered = (self._now, self._seq) if response else (None, 0)
        return Exchange(request, response, self._now, answered[0], self._seq - 1, answered[1], spot)

    def _request(self, recorded: Any) -> Request | None:
        recorded = recorded if isinstance(recorded, dict) else {}
        place, method = parts.address(recorded.get("uri")), recorded.get("method")
        if place is None or not isinstance(method, str) or not method.isalpha():
            return None
        found = parts.of_request(parts.headers(recorded.get("headers")), place.host)
        body = bodies.decoded(_body(recorded.get("body")), found.get("content-encoding", ""))
        if body.loss:
            self._tally.note(f"request {body.loss}")
        elif body.data:
            found.pop("content-encoding", None)
        return Request(method.upper(), place.path, place.query, found, body.data)

    def _response(self, recorded: Any, method: str) -> Response | None:
        recorded = recorded if isinstance(recorded, dict) else {}
        status = _status(recorded)
        if status is None:
            return None
        pairs = parts.headers(recorded.get("headers"))
        # httpx's stub of vcrpy before version 5 wrote `content`.
        recorded_body = recorded.get("body", recorded.get("content"))
        body = bodies.decoded(_body(recorded_body), parts.header(pairs, "content-encoding"))
        if body.loss:
            self._tally.note(f"response {body.loss}")
            return None
        coded = body.data and method != "HEAD"
        return Response(status, parts.without(pairs, "content-encoding") if coded else pairs, body.data)


def _status(recorded: Object) -> int | None:
    """The status code, from `status: {code}` or `status_code`."""
    status = recorded.get("status", recorded.get("status_code"))
    code = parts.whole(status.get("code") if isinstance(status, dict) else status)
    return code if code is not None and 100 <= code <= 999 else None


def _body(recorded: Any) -> Body:
    """A body as text, bytes or `{string}` or `{base64_string}` of either; none at all is an empty one."""
    if isinstance(recorded, dict):
        coded = recorded.get("base64_string")
        if isinstance(coded, str):
            return bodies.from_base64(coded)
        recorded = coded or recorded.get("string")
    if recorded is None:
        return Body()
    if isinstance(recorded, bytes):
        return Body(recorded) if len(recorded) <= bodies.KEPT else Body(loss=bodies.OVER)
    return bodies.from_text(recorded) if isinstance(recorded, str) else Body(loss=bodies.UNDECODED)
