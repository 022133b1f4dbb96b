"""Our own errors on the wire: problem+json (RFC 9457), never mistaken for a vendor's."""

from typing import Any, Final

import orjson

from mockserver.core.wire import Response
from mockserver.errors import MockError

TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    410: "Gone",
    413: "Content Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
}

STATUSES: Final = {"ADM004": 404, "ADM006": 409, "ADM008": 409, "SES002": 409, "SES003": 410, "SRV001": 500}
"""Codes whose status is not 400."""


def problem(status: int, code: str, detail: str, hint: str = "", **more: Any) -> Response:
    """An error of ours: `{type, title, status, code, detail, hint}` and whatever else helps."""
    body = {
        "type": f"urn:videojob-mockserver:{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": detail,
        **({"hint": hint} if hint else {}),
        **more,
    }
    return Response(status, (("Content-Type", "application/problem+json"),), orjson.dumps(body))


def from_error(error: MockError) -> Response:
    """A `MockError` as an answer; several problems are listed under `problems`."""
    first = error.problems[0]
    more = {"problems": [found.json() for found in error.problems]} if len(error.problems) > 1 else {}
    return problem(STATUSES.get(first.code, 400), first.code, first.message, first.hint, **more)
