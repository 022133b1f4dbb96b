"""Reap's error answers: `{"detail": "..."}`, and a list of mistakes where a request does not fit.

The service is built with FastAPI (its openapi.json, 2026-07-07), which gives the shapes, the texts of 404, 405 and
422 and the `WWW-Authenticate` header; third-party clients read `detail`. 401, 403 and 429 are documented (the page on
authentication), their texts are not.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from mockserver.core.wire import Response
from mockserver.vendors.api import INFERRED, Call, RequestError, Source, VendorRule
from mockserver.vendors.http import json_response
from mockserver.vendors.reap.states import CANCEL_PAGE, CAPTURED, LIVE_SERVICE

_FASTAPI: Final = "FastAPI"
_AUTH_PAGE: Final = "page on authentication"


class ErrorDetail(NamedTuple):
    """An error answer with one sentence."""

    status: int
    detail: str
    source: Source


def _seen_live(sentence: str) -> Source:
    return Source(LIVE_SERVICE, CAPTURED, sentence)


_TEXT_INFERRED: Final = "The status is documented, the text is not."
_NO_SOURCE: Final = Source("pages of the API", CAPTURED, "No page shows an unknown id.", INFERRED)
_CANCEL_TEXT: Final = Source(CANCEL_PAGE, CAPTURED, _TEXT_INFERRED, INFERRED)
_UPDATE_TEXT: Final = Source("page update-project", CAPTURED, _TEXT_INFERRED, INFERRED)
_FRAMEWORK_TEXT: Final = Source(_FASTAPI, CAPTURED, "The framework's text.")
_KEY_TEXT: Final = Source(_AUTH_PAGE, CAPTURED, _TEXT_INFERRED, INFERRED)

ERRORS: Final[Mapping[str, ErrorDetail]] = {
    "missing source": ErrorDetail(400, "Missing source URL or upload ID.",
                                  _seen_live("create-clips and create-captions refuse a body without a source.")),
    "window too short": ErrorDetail(400, "Please select at least 1 minutes or longer from the timeline.",
                                    _seen_live("create-clips refuses a window of less than 60 s.")),
    "unfetchable": ErrorDetail(400, "Unable to process video from {host}. Please contact support.",
                               _seen_live("create-clips refuses a host that the service cannot read from.")),
    "two sources": ErrorDetail(400, "Provide either a source URL or an upload ID, not both.",
                               Source("page create-transcription", CAPTURED,
                                      "Only one source may be given; the text is inferred.", INFERRED)),
    "bad upload": ErrorDetail(400, "Invalid upload ID.",
                              Source("page get-upload-url", CAPTURED,
                                     "Ids have 24 hexadecimal digits; the error is inferred.", INFERRED)),
    "no project": ErrorDetail(404, "Project not found", _NO_SOURCE),
    "no clip": ErrorDetail(404, "Clip not found", _NO_SOURCE),
    "no file": ErrorDetail(404, "Not Found",
                           Source(_FASTAPI, CAPTURED,
                                  "Files are served by the fake itself: the framework's text for 404.", INFERRED)),
    # 400 where the project's state forbids the call.
    "refused": ErrorDetail(400, "This project cannot be cancelled.", _CANCEL_TEXT),
    "finished": ErrorDetail(400, "This project has already finished and can no longer be cancelled.", _CANCEL_TEXT),
    "repeated": ErrorDetail(400, "This project has already been cancelled.", _CANCEL_TEXT),
    "too late": ErrorDetail(400, "This project is past its preparation and can no longer be cancelled.", _CANCEL_TEXT),
    "locked": ErrorDetail(400, "This project is cancelled and can no longer be edited.", _UPDATE_TEXT),
    "busy": ErrorDetail(400, "This project is still processing.", _UPDATE_TEXT),
}  # fmt: skip
"""The errors of the operations, by the name that the code and the cancel table give them."""

_REQUEST_ERRORS: Final[Mapping[RequestError, ErrorDetail]] = {
    RequestError.UNKNOWN_PATH: ErrorDetail(404, "Not Found", _FRAMEWORK_TEXT),
    RequestError.WRONG_METHOD: ErrorDetail(405, "Method Not Allowed", _FRAMEWORK_TEXT),
    RequestError.NO_KEY: ErrorDetail(401, "Not authenticated", _KEY_TEXT),
    RequestError.MALFORMED_KEY: ErrorDetail(401, "Invalid authentication credentials", _KEY_TEXT),
    RequestError.UNKNOWN_KEY: ErrorDetail(401, "Invalid API key", _KEY_TEXT),
    RequestError.EXPIRED_KEY: ErrorDetail(401, "API key has expired", _KEY_TEXT),
    RequestError.TOO_LARGE: ErrorDetail(413, "Request Entity Too Large",
                                        Source(_FASTAPI, CAPTURED, "No page has a limit for bodies.", INFERRED)),
    RequestError.RATE_LIMITED: ErrorDetail(429, "Rate limit exceeded. Please try again later.", _KEY_TEXT),
    RequestError.BAD_HTTP: ErrorDetail(400, "Invalid HTTP request received.",
                                       Source(_FASTAPI, CAPTURED, "The text of the server below it.", INFERRED)),
}  # fmt: skip


class ValidationError(NamedTuple):
    """One entry of a 422: where, FastAPI's name for the mistake, and a sentence."""

    loc: tuple[str | int, ...]
    error_type: str
    message: str


_NOT_AN_OBJECT: Final = ValidationError(
    ("body",), "model_attributes_type", "Input should be a valid dictionary or object to extract fields from"
)
_BODY_ERRORS: Final[Mapping[RequestError, ValidationError]] = {
    RequestError.WRONG_TYPE: _NOT_AN_OBJECT,
    RequestError.NOT_AN_OBJECT: _NOT_AN_OBJECT,
    RequestError.BAD_JSON: ValidationError(("body", 0), "json_invalid", "JSON decode error"),
}
_MISSING_BODY: Final = ValidationError(("body",), "missing", "Field required")


def named_error(name: str, **values: str) -> Response:
    """Render an error of the table; `values` fill the placeholders of its text."""
    row = ERRORS[name]
    return json_response(row.status, {"detail": row.detail.format(**values)})


def validation_error_response(errors: Iterable[ValidationError]) -> Response:
    """Render a 422 that lists every error as FastAPI does (`loc`, `msg`, `type`); inferred, as are its texts."""
    detail = [{"loc": list(error.loc), "msg": error.message, "type": error.error_type} for error in errors]
    return json_response(422, {"detail": detail})


def render_request_error(call: Call, error: RequestError, detail: str) -> Response:
    """Render the answer to a request that reaches no handler."""
    if error in _BODY_ERRORS and not call.request.body:
        return validation_error_response([_MISSING_BODY])
    if error in _BODY_ERRORS:
        return validation_error_response([_BODY_ERRORS[error]])
    row = _REQUEST_ERRORS[error]
    return _status_response(row.status, row.detail)


def render_status_error(call: Call, status: int, message: str) -> Response:
    """Render the error answer for a status that a scenario requests."""
    if status == 422:
        return validation_error_response([ValidationError(("body",), "value_error", message)])
    return _status_response(status, message)


def _status_response(status: int, detail: str) -> Response:
    if status == 401:
        return json_response(status, {"detail": detail}, ("WWW-Authenticate", "Bearer"))
    return json_response(status, {"detail": detail})


def parse_error_reason(body: Any) -> str:
    """Return the sentence of a decoded error body, or the first of its list; empty if there is none."""
    match body:
        case {"detail": str(sentence)} | {"detail": [{"msg": str(sentence)}, *_]}:
            return sentence
    return ""


RULES: Final = (
    *(VendorRule("errors", name, f"{row.status} {row.detail}", row.source) for name, row in ERRORS.items()),
    *(
        VendorRule("errors", error.value, f"{row.status} {row.detail}", row.source)
        for error, row in _REQUEST_ERRORS.items()
    ),
    VendorRule("errors", "invalid body or query", "422 with a list of loc, msg and type",
               Source(_FASTAPI, CAPTURED,
                      "The service's openapi.json is FastAPI's; a 422 of it was not seen.", INFERRED)),
)  # fmt: skip
