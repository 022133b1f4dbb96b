"""Our own errors on the wire: problem+json (RFC 9457), never mistaken for a vendor's."""

from typing import Any, Final

import orjson

from mockserver.core.wire import Response
from mockserver.errors import MockError
from mockserver.server.encode import reason_phrase

STATUS_BY_CODE: Final = {
    "ADM000": 401,
    "ADM004": 404,
    "ADM006": 409,
    "ADM008": 409,
    "ADM010": 404,
    "ADM011": 404,
    "ADM012": 404,
    "ADM015": 404,
    "ADM030": 404,
    "ADM031": 410,
    "ADM032": 410,
    "ADM035": 410,
    "ADM036": 404,
    "ADM037": 409,
    "ADM038": 413,
    "SES002": 409,
    "SES003": 410,
    "SRV001": 500,
    "SRV021": 504,
}
"""Codes whose status is not 400."""


def problem_response(status: int, code: str, detail: str, hint: str = "", **members: Any) -> Response:
    """An error of ours: `{type, title, status, code, detail, hint}` and whatever else helps."""
    body = {
        "type": f"urn:videojob-mockserver:{code}",
        "title": reason_phrase(status),
        "status": status,
        "code": code,
        "detail": detail,
        **({"hint": hint} if hint else {}),
        **members,
    }
    return Response(status, (("Content-Type", "application/problem+json"),), orjson.dumps(body))


def problem_from_error(error: MockError) -> Response:
    """A `MockError` as an answer, the field before what is wrong with it; several are listed under `problems`."""
    first = error.problems[0]
    more = {"problems": [found.json() for found in error.problems]} if len(error.problems) > 1 else {}
    told = f"{first.location.pointer}: {first.message}" if first.location.pointer else first.message
    return problem_response(STATUS_BY_CODE.get(first.code, 400), first.code, told, first.hint, **more)
