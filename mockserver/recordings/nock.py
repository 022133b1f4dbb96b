"""Interprets one call of a recording of nock, the HTTP mocks of Node.js: a list of `{scope, method, path, response}`.

Like a cassette it has an order and no times. Bodies of JSON are kept as values, compressed and binary ones as a list of
parts in hexadecimal digits.
"""

import re
from typing import Any, Final

from mockserver.core.wire import NO_POSITION, Exchange, Request, SourcePosition
from mockserver.recordings import bodies, http_fields
from mockserver.recordings.bodies import RecordedBody
from mockserver.recordings.cassette import CassetteReader, body_from_value
from mockserver.recordings.http_fields import as_object
from mockserver.recordings.json_stream import OMITTED
from mockserver.recordings.read_stats import ReadStats

_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})*")


class NockReader:
    """Reads the calls of one recording in their order."""

    def __init__(self, stats: ReadStats) -> None:
        self._stats = stats
        self._cassette = CassetteReader(stats)

    def read_call(self, call: Any, position: SourcePosition = NO_POSITION) -> Exchange | None:
        """Return one call; None, with the reason counted, if it is none."""
        if call == OMITTED:
            self._stats.leave_unread("interaction over 16 MB", position)
            return None
        recorded = as_object(call)
        address = http_fields.parse_address(f"{recorded.get('scope')}{recorded.get('path')}")
        method = recorded.get("method")
        if address is None or not isinstance(method, str) or not method.isalpha():
            self._stats.skip("no http call")
            return None
        headers = http_fields.request_headers(http_fields.parse_headers(recorded.get("reqheaders")), address.host)
        body = http_fields.decode_request_body(_parse_nock_body(recorded.get("body")), headers, self._stats)
        request = Request(method.upper(), address.path, address.query, headers, body)
        response = None
        code = http_fields.parse_int(recorded.get("status"))
        if code is not None and 100 <= code <= 999:
            raw = recorded.get("rawHeaders", recorded.get("headers"))
            if isinstance(raw, list):
                # As Node has them: names and values in turn.
                raw = [{"name": name, "value": value} for name, value in zip(raw[::2], raw[1::2], strict=False)]
            answered = _parse_nock_body(recorded.get("response"))
            response = self._cassette.build_response(code, http_fields.parse_headers(raw), answered, request.method)
        return self._cassette.place(request, response, position)


def _parse_nock_body(recorded: Any) -> RecordedBody:
    if recorded is None or recorded == "":
        return RecordedBody()
    if isinstance(recorded, str):
        return bodies.body_from_text(recorded)
    if _is_hexadecimal(recorded):
        return bodies.body_from_hexadecimal("".join(recorded))
    return body_from_value(recorded)


def _is_hexadecimal(recorded: Any) -> bool:
    """Return True for a list of parts in hexadecimal digits: no API answers JSON that looks like it."""
    if not isinstance(recorded, list) or not recorded:
        return False
    return all(isinstance(each, str) and _HEX.fullmatch(each) for each in recorded)
