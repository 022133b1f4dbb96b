"""Reap's error answers: `{"detail": "..."}`, and a list of what is wrong where a request does not fit.

The service is made with FastAPI (its own openapi.json, 2026-07-07), whence the shapes, the texts of 404, 405 and 422
and the `WWW-Authenticate` header; third-party clients read `detail`. 401, 403 and 429 are documented (the page on
authentication), their texts are not. Whatever is inferred is marked so in the tables.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from mockserver.core.wire import Response
from mockserver.vendors.api import Call, RequestError
from mockserver.vendors.commands import json_response

MISSING_SOURCE: Final = "Missing source URL or upload ID."
"""400 of create-clips and create-captions, seen live 2026-07-07."""
WINDOW_TOO_SHORT: Final = "Please select at least 1 minutes or longer from the timeline."
"""400 of create-clips for a window of less than 60 s, seen live 2026-07-07."""
UNFETCHABLE: Final = "Unable to process video from {host}. Please contact support."
"""400 of create-clips for a host that the service cannot read from, seen live 2026-07-07."""
TWO_SOURCES: Final = "Provide either a source URL or an upload ID, not both."
"""400; that it must not be both is documented (create-transcription), the text is inferred."""
BAD_UPLOAD: Final = "Invalid upload ID."
"""400; inferred."""
NO_PROJECT: Final = "Project not found"
"""404; inferred: no source says what an unknown project meets."""
NO_CLIP: Final = "Clip not found"
"""404; inferred."""
NO_FILE: Final = "Not Found"
"""404 of the places where files are put and fetched: those are the fake's own."""

STATE_REFUSALS: Final[Mapping[str, str]] = {
    "": "This project cannot be cancelled.",
    "finished": "This project has already finished and can no longer be cancelled.",
    "repeated": "This project has already been cancelled.",
    "too late": "This project is past its preparation and can no longer be cancelled.",
    "locked": "This project is cancelled and can no longer be edited.",
    "busy": "This project is still processing.",
}
"""400 where the project's state forbids it. The status is documented (cancel-project, update-project), no text is."""

_AUTH_CHALLENGE: Final = (("WWW-Authenticate", "Bearer"),)
_REQUEST_ERRORS: Final[Mapping[RequestError, tuple[int, str]]] = {
    RequestError.UNKNOWN_PATH: (404, "Not Found"),
    RequestError.WRONG_METHOD: (405, "Method Not Allowed"),
    RequestError.NO_KEY: (401, "Not authenticated"),
    RequestError.MALFORMED_KEY: (401, "Invalid authentication credentials"),
    RequestError.UNKNOWN_KEY: (401, "Invalid API key"),
    RequestError.EXPIRED_KEY: (401, "API key has expired"),
    RequestError.TOO_LARGE: (413, "Request Entity Too Large"),
    RequestError.RATE_LIMITED: (429, "Rate limit exceeded. Please try again later."),
    RequestError.BAD_HTTP: (400, "Invalid HTTP request received."),
}
"""Texts of 404 and 405 are FastAPI's own; those of 401, 413 and 429 are inferred."""


class ValidationError(NamedTuple):
    """One thing that is wrong with a request: where, FastAPI's word for it, and a sentence."""

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


def error_response(status: int, detail: str, *headers: tuple[str, str]) -> Response:
    """An error answer with one sentence."""
    return json_response(status, {"detail": detail}, *headers)


def validation_error_response(errors: Iterable[ValidationError]) -> Response:
    """422 with everything that is wrong, as FastAPI lists it (`loc`, `msg`, `type`); inferred, as are its texts."""
    detail = [{"loc": list(flaw.loc), "msg": flaw.message, "type": flaw.error_type} for flaw in errors]
    return json_response(422, {"detail": detail})


def render_request_error(call: Call, error: RequestError, detail: str) -> Response:
    """The answer to a request that reaches no handler."""
    flaw = _BODY_ERRORS.get(error)
    if flaw is not None:
        return validation_error_response([flaw if call.request.body else _MISSING_BODY])
    status, text = _REQUEST_ERRORS[error]
    return error_response(status, text, *(_AUTH_CHALLENGE if status == 401 else ()))


def render_status_error(call: Call, status: int, message: str) -> Response:
    """The answer of a status that a scenario asked for."""
    if status == 422:
        return validation_error_response([ValidationError(("body",), "value_error", message)])
    return error_response(status, message, *(_AUTH_CHALLENGE if status == 401 else ()))


def parse_error_reason(body: Any) -> str:
    """What a decoded error body says: the sentence, or the first one of a list."""
    detail = body.get("detail") if isinstance(body, dict) else None
    if isinstance(detail, list) and detail and isinstance(detail[0], dict):
        detail = detail[0].get("msg")
    return detail if isinstance(detail, str) else ""
