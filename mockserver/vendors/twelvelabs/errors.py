"""Error answers: two shapes, and the operations and statuses that have each.

Nested `{error: {code, message}}` is what the OpenAPI description of 2026-07-30 documents for the batch endpoints and
for creating, reading and deleting a task. Flat `{code, message}` is the general API error, the 400 of listing tasks
and the 401 of cancelling one; the Python SDK 1.3.6 fails to parse the other shape there (measured). Statuses that an
operation does not document are flat, as errors from in front of the endpoint are. All messages are invented.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from mockserver.core.wire import Response
from mockserver.vendors.api import INFERRED, Call, RequestError, Source, VendorRule
from mockserver.vendors.http import json_response
from mockserver.vendors.twelvelabs.states import CANCEL_PAGE, CAPTURED, OPENAPI, SDK

VERSION_HEADER: Final = ("X-Api-Version", "1.3")
"""Every answer carries it (documented; that its value is `1.3` is inferred)."""

NESTED_STATUSES: Final[Mapping[str, frozenset[int]]] = {
    "create": frozenset({400, 404, 409, 429, 503, 504}),
    "get": frozenset({404}),
    "list": frozenset({400}),
    "results": frozenset({404}),
    "cancel": frozenset({404, 409}),
    "delete": frozenset({404, 409}),
    "create_task": frozenset({400, 500}),
    "get_task": frozenset({404}),
    "delete_task": frozenset({404, 409}),
    "cancel_task": frozenset({400, 403, 404, 409, 500}),
}
"""The statuses that an operation answers nested (those of `cancel_task` are inferred from its siblings)."""


class CodedError(NamedTuple):
    """An error answer."""

    status: int
    code: str
    message: str
    source: Source


def _documented(sentence: str) -> Source:
    return Source(OPENAPI, CAPTURED, sentence)


def _inferred(sentence: str) -> Source:
    return Source(OPENAPI, CAPTURED, sentence, INFERRED)


_CANCEL_CODE: Final = _documented("The 409 of a cancel names the batch's terminal status.")
_NOT_FOUND: Final = _documented("The general code for what does not exist.")
_NO_CODE: Final = _inferred("The status is documented, no source names the code.")

REFUSALS: Final[Mapping[str, CodedError]] = {
    "batch_completed": CodedError(409, "batch_completed", "The batch has completed and cannot be canceled.",
                                  _CANCEL_CODE),
    "batch_canceled": CodedError(409, "batch_canceled", "The batch has been canceled already.", _CANCEL_CODE),
    "batch_expired": CodedError(409, "batch_expired", "The batch has expired and cannot be canceled.", _CANCEL_CODE),
    "batch_not_terminal": CodedError(409, "batch_not_terminal", "The batch is unfinished and cannot be deleted.",
                                     _documented("A delete of an unfinished batch is refused.")),
    "not_cancelable": CodedError(409, "batch_not_cancelable", "The batch cannot be canceled in its present status.",
                                 Source(CANCEL_PAGE, CAPTURED,
                                        "For a scenario's policy only: the service has no such refusal.", INFERRED)),
    "too_many_batches": CodedError(429, "too_many_requests", "The account has as many active batches as it may have.",
                                   _documented("An account may have five active batches.")),
    "unknown_asset": CodedError(404, "resource_not_exist", "The asset does not exist.", _NOT_FOUND),
    "asset_not_ready": CodedError(409, "asset_not_ready", "The asset is not ready yet.", _NO_CODE),
    "unknown_batch": CodedError(404, "resource_not_exist", "The batch does not exist.", _NOT_FOUND),
    "unknown_task": CodedError(404, "resource_not_exist", "The task does not exist.", _NOT_FOUND),
    "task_processing": CodedError(409, "task_processing", "The task is being processed and cannot be deleted.",
                                  _NO_CODE),
    "task_finished": CodedError(409, "task_not_cancelable", "The task has finished and cannot be canceled.",
                                Source(SDK, "1.3.6", "A 409 is declared without a code.", INFERRED)),
    "task_in_batch": CodedError(409, "task_in_batch", "The task belongs to a batch; ask for the batch instead.",
                                _NO_CODE),
    "task_unknown_asset": CodedError(400, "resource_not_exist", "The asset does not exist.",
                                     _inferred("For a task no 404 is documented.")),
    "task_asset_not_ready": CodedError(400, "asset_not_ready", "The asset is not ready yet.",
                                       _inferred("For a task no 409 is documented.")),
}  # fmt: skip
"""The errors of the operations, by the name that the code and the cancel tables give them."""

_LISTED: Final = _documented("The code is of the list of general codes.")
_UNLISTED: Final = _inferred("The list of general codes has none for this status.")
_REFUSED_KEY: Final = _documented("A missing or invalid key is answered 401 with this code.")

REQUEST_ERRORS: Final[Mapping[RequestError, CodedError]] = {
    RequestError.UNKNOWN_PATH: CodedError(404, "resource_not_exist", "There is no such endpoint", _LISTED),
    RequestError.WRONG_METHOD: CodedError(405, "method_not_allowed", "The endpoint has no such method", _UNLISTED),
    RequestError.NO_KEY: CodedError(401, "api_key_invalid", "The x-api-key header is missing", _REFUSED_KEY),
    RequestError.MALFORMED_KEY: CodedError(401, "api_key_invalid", "The API key is malformed", _REFUSED_KEY),
    RequestError.UNKNOWN_KEY: CodedError(401, "api_key_invalid", "The API key is invalid", _REFUSED_KEY),
    RequestError.EXPIRED_KEY: CodedError(401, "api_key_invalid", "The API key has expired", _REFUSED_KEY),
    RequestError.WRONG_TYPE: CodedError(400, "parameter_invalid", "The request body must be application/json", _LISTED),
    RequestError.BAD_JSON: CodedError(400, "parameter_invalid", "The request body is not valid JSON", _LISTED),
    RequestError.NOT_AN_OBJECT: CodedError(400, "parameter_invalid", "The request body must be a JSON object", _LISTED),
    RequestError.TOO_LARGE: CodedError(413, "content_too_large", "The request body is too large", _UNLISTED),
    RequestError.RATE_LIMITED: CodedError(429, "too_many_requests",
                                          "You have exceeded the rate limit; please try again later", _LISTED),
    RequestError.BAD_HTTP: CodedError(400, "parameter_invalid", "The request is not valid HTTP", _LISTED),
}  # fmt: skip

_CODE_BY_STATUS: Final[Mapping[int, str]] = {
    400: "parameter_invalid",
    401: "api_key_invalid",
    403: "unauthorized",
    404: "resource_not_exist",
    405: "method_not_allowed",
    409: "conflict",
    413: "content_too_large",
    429: "too_many_requests",
    500: "internal_server_error",
    503: "service_unavailable",
    504: "gateway_timeout",
}


class ParameterError(NamedTuple):
    """Why a request is answered 400."""

    code: str
    """`MISSING` or `INVALID`, of the documented general codes."""
    message: str


MISSING: Final = "parameter_not_provided"
INVALID: Final = "parameter_invalid"


def missing_parameter(path: str) -> ParameterError:
    """Build the error of a required parameter that is absent."""
    return ParameterError(MISSING, f"The {path} parameter is required.")


def invalid_parameter(path: str, allowed: str) -> ParameterError:
    """Build the error of a parameter with a value that is not allowed."""
    return ParameterError(INVALID, f"The {path} parameter is invalid: {allowed}.")


def error_response(call: Call, status: int, code: str, message: str) -> Response:
    """Render an error in the shape that the operation has for the status."""
    body: dict[str, Any] = {"code": code, "message": message}
    if call.operation is not None and status in NESTED_STATUSES.get(call.operation.name, ()):
        body = {"error": body}
    return json_response(status, body, VERSION_HEADER)


def refusal_response(call: Call, name: str) -> Response:
    """Render the error of that name."""
    row = REFUSALS[name]
    return error_response(call, row.status, row.code, row.message)


def render_request_error(call: Call, error: RequestError, detail: str) -> Response:
    """Render the answer to a request that reaches no handler."""
    row = REQUEST_ERRORS[error]
    suffix = detail and f" ({detail})"
    return error_response(call, row.status, row.code, f"{row.message}{suffix}.")


def render_status_error(call: Call, status: int, message: str) -> Response:
    """Render the error body for a status that a scenario requests."""
    fallback = "internal_server_error" if status >= 500 else "parameter_invalid"
    return error_response(call, status, _CODE_BY_STATUS.get(status, fallback), message)


def parse_error_reason(body: Any) -> str:
    """Return the code in a decoded error body of either shape; empty if there is none."""
    match body:
        case {"error": {"code": str(code)}}:
            return code
        case {"error": _}:
            return ""
        case {"code": str(code)}:
            return code
    return ""


RULES: Final = (
    *(VendorRule("errors", name, f"{row.status} {row.code}", row.source) for name, row in REFUSALS.items()),
    *(
        VendorRule("errors", error.value, f"{row.status} {row.code}", row.source)
        for error, row in REQUEST_ERRORS.items()
    ),
    VendorRule("errors", "shape",
               "{error: {code, message}} for the statuses that an operation documents, else {code, message}",
               _documented("Both shapes occur; SDK 1.3.6 fails to parse the other one.")),
)  # fmt: skip
