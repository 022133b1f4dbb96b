"""The mock server's own errors as problem+json (RFC 9457), never mistaken for a vendor's."""

from typing import Any, Final

import orjson

from mockserver.core.instants import Instant
from mockserver.core.wire import Response
from mockserver.errors import MockError
from mockserver.server.encode import encode_response, reason_phrase

_CODES_BY_STATUS: Final = {
    401: ("ADM000",),
    403: ("ADM039", "ADM040"),
    404: ("ADM004", "ADM010", "ADM011", "ADM012", "ADM015", "ADM030", "ADM036"),
    409: ("ADM006", "ADM008", "ADM037", "ADM043", "ADM044", "ADM046", "SES002", "SES007", "SRV032"),
    410: ("ADM031", "ADM032", "ADM035", "SES003", "SES005"),
    413: ("ADM038",),
    415: ("ADM041",),
    500: ("SRV001", "VEN004", "VEN005", "VEN006"),
    503: ("ADM045", "SRV031", "SRV033", "SRV034", "SRV035", "SRV041", "SRV042", "SRV043", "SRV044", "SRV045", "SRV046"),
    504: ("ADM042", "SRV021"),
    507: ("SRV022",),
}
"""Codes whose status is not 400."""
_STATUS_BY_CODE: Final = {code: status for status, codes in _CODES_BY_STATUS.items() for code in codes}


RETRY_AFTER: Final = {"SRV031": "1", "SRV041": "1", "SRV042": "1"}
"""The header of that name by code: seconds after which the same request may be answered, without any repair."""


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
    """Return a `MockError` as a response: a field's pointer before the message, several problems under `problems`."""
    first = error.problems[0]
    detail = first.message
    if first.location.pointer:
        detail = f"{first.location.pointer}: {detail}"
    members = {}
    if len(error.problems) > 1:
        members["problems"] = [problem.json() for problem in error.problems]
    response = problem_response(_STATUS_BY_CODE.get(first.code, 400), first.code, detail, first.hint, **members)
    if first.code in RETRY_AFTER:
        return response._replace(headers=(*response.headers, ("Retry-After", RETRY_AFTER[first.code])))
    return response


def internal_error() -> Response:
    """Return the response to a request that met a bug: 500, SRV000."""
    return problem_response(500, "SRV000", "the mock server has a bug; the log has the traceback", "please report it")


def incomplete_head_bytes(seconds: float, at: Instant) -> bytes:
    """Return the answer to a head that has not come whole in `seconds`; the connection is closed after it."""
    detail = f"the head of the request was not complete within {seconds:g} s"
    return encode_response(problem_response(408, "SRV003", detail, "the connection is closed"), at, connection="close")


def bad_request_bytes(status: int, message: str | None, at: Instant) -> bytes:
    """Return the answer to HTTP that cannot be read; the connection is closed after it."""
    detail = " ".join((message or "the request is not valid HTTP").split())[:300]
    response = problem_response(status, "SRV003", detail, "the connection is closed")
    return encode_response(response, at, connection="close")
