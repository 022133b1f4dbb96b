"""Error answers: two shapes, and which operation gives which.

Nested `{error: {code, message}}` is what the OpenAPI description of 2026-07-30 documents for the batch endpoints and
for creating, reading and deleting a task. Flat `{code, message}` is the general API error, the 400 of listing tasks
and the 401 of cancelling one; the Python SDK 1.3.6 fails to parse the other shape there (measured). What an operation
does not document is flat, as errors from before the endpoint are. Messages are ours; `(inferred)` marks codes
that no source names.
"""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.core.wire import Response
from mockserver.vendors.api import Call, RequestError
from mockserver.vendors.commands import json_response

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

REFUSALS: Final[Mapping[str, tuple[int, str, str]]] = {
    "batch_completed": (409, "batch_completed", "The batch has completed and cannot be canceled."),
    "batch_canceled": (409, "batch_canceled", "The batch has been canceled already."),
    "batch_expired": (409, "batch_expired", "The batch has expired and cannot be canceled."),
    "batch_not_terminal": (409, "batch_not_terminal", "The batch is unfinished and cannot be deleted."),
    "": (409, "batch_not_cancelable", "The batch cannot be canceled in its present status."),  # inferred
    "too_many_batches": (429, "too_many_requests", "The account has as many active batches as it may have."),
    "unknown_asset": (404, "resource_not_exist", "The asset does not exist."),
    "asset_not_ready": (409, "asset_not_ready", "The asset is not ready yet."),  # inferred
    "unknown_batch": (404, "resource_not_exist", "The batch does not exist."),
    "unknown_task": (404, "resource_not_exist", "The task does not exist."),
    "task_processing": (409, "task_processing", "The task is being processed and cannot be deleted."),  # inferred
    "task_finished": (409, "task_not_cancelable", "The task has finished and cannot be canceled."),  # inferred
    "task_in_batch": (409, "task_in_batch", "The task belongs to a batch; ask for the batch instead."),  # inferred
    "task_unknown_asset": (400, "resource_not_exist", "The asset does not exist."),  # inferred: 404 is not documented
    "task_asset_not_ready": (400, "asset_not_ready", "The asset is not ready yet."),  # inferred
}
"""Refusals by name: status, code, message. The codes of batch cancel and delete are documented (2026-07-30)."""

REQUEST_ERRORS: Final[Mapping[RequestError, tuple[int, str, str]]] = {
    RequestError.UNKNOWN_PATH: (404, "resource_not_exist", "There is no such endpoint"),
    RequestError.WRONG_METHOD: (405, "method_not_allowed", "The endpoint has no such method"),
    RequestError.NO_KEY: (401, "api_key_invalid", "The x-api-key header is missing"),
    RequestError.MALFORMED_KEY: (401, "api_key_invalid", "The API key is malformed"),
    RequestError.UNKNOWN_KEY: (401, "api_key_invalid", "The API key is invalid"),
    RequestError.EXPIRED_KEY: (401, "api_key_invalid", "The API key has expired"),
    RequestError.WRONG_TYPE: (400, "parameter_invalid", "The request body must be application/json"),
    RequestError.BAD_JSON: (400, "parameter_invalid", "The request body is not valid JSON"),
    RequestError.NOT_AN_OBJECT: (400, "parameter_invalid", "The request body must be a JSON object"),
    RequestError.TOO_LARGE: (413, "content_too_large", "The request body is too large"),
    RequestError.RATE_LIMITED: (429, "too_many_requests", "You have exceeded the rate limit; please try again later"),
    RequestError.BAD_HTTP: (400, "parameter_invalid", "The request is not valid HTTP"),
}
"""Codes are of the documented general list, but for 405 and 413 (inferred)."""

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


def error_response(call: Call, status: int, code: str, message: str) -> Response:
    """An error answer in the shape that the operation has for the status."""
    body: dict[str, Any] = {"code": code, "message": message}
    nested = call.operation is not None and status in NESTED_STATUSES.get(call.operation.name, ())
    return json_response(status, {"error": body} if nested else body, VERSION_HEADER)


def refusal_response(call: Call, name: str) -> Response:
    """The refusal of that name."""
    return error_response(call, *REFUSALS[name])


def render_request_error(call: Call, error: RequestError, detail: str) -> Response:
    """The answer to a request that reaches no handler."""
    status, code, message = REQUEST_ERRORS[error]
    return error_response(call, status, code, f"{message} ({detail})." if detail else f"{message}.")


def render_status_error(call: Call, status: int, message: str) -> Response:
    """The error body for a status that a scenario asks for."""
    fallback = "internal_server_error" if status >= 500 else "parameter_invalid"
    return error_response(call, status, _CODE_BY_STATUS.get(status, fallback), message)


def parse_error_reason(body: Any) -> str:
    """The code in a decoded error body of either shape."""
    inner = body.get("error", body) if isinstance(body, dict) else None
    code = inner.get("code", "") if isinstance(inner, dict) else ""
    return code if isinstance(code, str) else ""
