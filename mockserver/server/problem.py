"""The mock server's own errors as problem+json (RFC 9457), never mistaken for a vendor's."""

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
    """Return an error of the mock server: `{type, title, status, code, detail, hint}` and other members."""
    body = {
        "type": f"urn:videojob-mockserver:{code}",
        "title": reason_phrase(status),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if hint:
        body["hint"] = hint
    return Response(status, (("Content-Type", "application/problem+json"),), orjson.dumps(body | members))


def problem_from_error(error: MockError) -> Response:
    """Return a `MockError` as a response.

    A field's pointer stands before the message. Several problems are all listed under `problems`.
    """
    first = error.problems[0]
    detail = first.message
    if first.location.pointer:
        detail = f"{first.location.pointer}: {detail}"
    members = {}
    if len(error.problems) > 1:
        members["problems"] = [problem.json() for problem in error.problems]
    return problem_response(STATUS_BY_CODE.get(first.code, 400), first.code, detail, first.hint, **members)


def internal_error() -> Response:
    """Return the response to a request that met a bug: 500, SRV000."""
    return problem_response(500, "SRV000", "the mock server has a bug; the log has the traceback", "please report it")
