"""The gateway's error envelope, API keys, and the answers to requests that reach no handler.

Every error has the same envelope, as in the vendor's code: a code, what is known about the request, and at the end the
status again with its origin. The era of 2026-04-01 has the code and the ids only.
"""

import re
from functools import lru_cache
from typing import Any, Final

import orjson

from mockserver.core.ids import uuid_text
from mockserver.core.job import Job
from mockserver.core.wire import Request, Response
from mockserver.vendors import http
from mockserver.vendors.api import INFERRED, Call, RequestError, Source, VendorRule
from mockserver.vendors.phaseo.models import CANCEL_FAILURE_REASONS, native_id
from mockserver.vendors.phaseo.states import CODE, NEWEST_CODE, NOT_TERMINAL, UNSUPPORTED
from mockserver.vendors.phaseo.traits import CancelSupport, PhaseoTraits, traits_of

JSON_CONTENT_TYPE: Final = ("Content-Type", "application/json")
NO_STORE: Final = ("Cache-Control", "no-store")

STATUS_BY_CODE: Final = {
    "unauthorised": 401,
    "invalid_json": 400,
    "payload_too_large": 413,
    "validation_error": 400,
    "not_found": 404,
    "method_not_allowed": 405,
    "not_implemented_yet": 501,
    "model_required": 400,
    "gateway_error": 500,
    "upstream_error": 502,
    "not_supported": 400,
    "not_ready": 409,
    "key_limit_exceeded": 429,
    "insufficient_funds": 402,
    "guardrail_blocked": 403,
    "forbidden": 403,
    "unsupported_model_or_endpoint": 400,
}
"""Codes and their status (source of 2026-08-22); `method_not_allowed` is inferred."""

MAX_BODY_BYTES: Final = 10_000_000
"""The `max_bytes` of a 413 (inferred)."""

_ORIGINS: Final = {
    "upstream_error": ("system", "upstream"),
    "gateway_error": ("system", "gateway"),
    "forbidden": ("user", "gateway"),
}
"""`error_type` and `error_origin` of a code; of all others: user, user."""
_UNSUPPORTED_MODEL: Final = "The model is unknown here, or it makes no videos."
_PROVIDER_FAILURE: Final = r"_(?:request|fetch)_failed$|generation_failed"


@lru_cache(maxsize=64)
def workspace_id(seed: str) -> str:
    """Return the id of a session's one workspace: every accepted key belongs to it."""
    return uuid_text(seed, "workspace")


def uncached_json(value: Any, status: int = 200) -> Response:
    """Build a JSON response that no cache may store."""
    return Response(status, (JSON_CONTENT_TYPE, NO_STORE), orjson.dumps(value))


def error_response(
    call: Call, code: str, reason: str | None = None, *, http_status: int | None = None, **payload: Any
) -> Response:
    """Render an error; `payload` holds its members beyond the envelope, `http_status` replaces the code's status."""
    status = http_status or STATUS_BY_CODE[code]
    body: dict[str, Any] = {"error": code}
    if reason:
        body["reason"] = reason
    body.update(payload)
    body["request_id"] = call.request_id
    if traits_of(call).legacy:
        body["team_id"] = workspace_id(call.seed)
        return uncached_json(body, status)
    body["workspace_id"] = workspace_id(call.seed)
    # The second half of the envelope, since 2026-05-06.
    if code == "unsupported_model_or_endpoint":
        body["description"] = _UNSUPPORTED_MODEL
    body["status_code"] = status
    body["error_type"], body["error_origin"] = _ORIGINS.get(code, ("user", "user"))
    body["generation_id"] = call.request_id
    if code == "upstream_error" and re.search(_PROVIDER_FAILURE, reason or ""):
        body["provider_failure_diagnostics"] = {
            "category": "server_error",
            "hint": "The provider failed this request; it may succeed later.",
            "provider": body.get("provider"),
        }
    return uncached_json(body, status)


# Cancel


def routes_disabled_response() -> Response:
    """Render the answer of every video route from 2026-05-07 to 2026-06-11, with or without a key."""
    return uncached_json(
        {
            "error": "not_implemented",
            "reason": "feature_temporarily_disabled",
            "feature": "videos",
            "message": "videos endpoints are temporarily disabled.",
        },
        501,
    )


def cancel_disabled_response(call: Call, traits: PhaseoTraits, video_id: str) -> Response:
    """Render the answer to a cancel in an era that cancels nothing."""
    if not traits.has_video_routes:
        return routes_disabled_response()
    if traits.cancel_support is CancelSupport.RESERVED:
        return error_response(call, "not_implemented_yet", "video_cancel_temporarily_disabled", video_id=video_id)
    return error_response(
        call,
        "not_implemented_yet",
        "video_cancellation_disabled",
        message="Video cancellation is currently disabled.",
        video_id=video_id,
    )


def cancel_error_response(call: Call, job: Job, state: str, name: str | None) -> Response:
    """Render the refusal of that name in the cancel table; None: the provider has refused."""
    if name == NOT_TERMINAL:
        return error_response(call, "validation_error", name, video_id=job.id, status=state)
    payload = {"video_id": job.id, "provider": job.spec["provider"]}
    if name == UNSUPPORTED:
        return error_response(call, "not_implemented_yet", name, **payload, native_video_id=native_id(job))
    reason = CANCEL_FAILURE_REASONS.get(payload["provider"], "video_cancel_provider_upstream_error")
    return error_response(call, "upstream_error", reason, **payload, provider_task_id=native_id(job))


# The preview


def batch_gate_response(call: Call) -> Response:
    """Render the answer of a batch route to a workspace that is not in the preview."""
    return error_response(
        call,
        "forbidden",
        "batch_api_feature_flag_disabled",
        message="The Batch API is in a preview, by invitation.",
        feature_gate="gateway_batch_api",
    )


def video_gate_response(call: Call) -> Response:
    """Render the answer of a guarded video route to a workspace that is not in the preview."""
    return error_response(
        call,
        "not_implemented_yet",
        "video_api_feature_disabled",
        message="The Video API is in a preview, by invitation.",
        feature_gate="gateway_video_api",
    )


# The quota

QUOTA_REASON: Final = "customer_requests_per_minute"
UNAVAILABLE_RETRY_SECONDS: Final = "5"
"""The Retry-After of a 503: the counter of the quota is out of reach (first code of 2026-10-02; the second passes)."""


def quota_response(call: Call) -> Response:
    """Render the 429 of a request beyond the quota; the engine adds Retry-After."""
    body = {
        "error": "key_limit_exceeded",
        "request_id": call.request_id,
        "reason": QUOTA_REASON,
        "description": "The workspace has used its requests of this minute.",
        "status_code": 429,
        "error_type": "user",
        "error_origin": "user",
        "generation_id": call.request_id,
    }
    return uncached_json(body, 429)


def quota_unavailable_response(call: Call) -> Response:
    """Render the 503 of a gateway that cannot reach the counter of its quota."""
    response = error_response(call, "gateway_error", "customer_rate_limit_unavailable", http_status=503)
    return response._replace(headers=(*response.headers, ("Retry-After", UNAVAILABLE_RETRY_SECONDS)))


# The results of a batch

RESULTS_REFUSALS: Final[dict[int, tuple[str, str | None]]] = {
    409: ("not_ready", "The batch has not ended yet."),
    429: ("rate_limit_exceeded", "The results of this batch were downloaded too often; try again later."),
    501: ("unsupported_provider", "The provider's results cannot be downloaded."),
    503: ("temporarily_unavailable", None),
}
"""The refusals in a shape of their own, by status: the code and the message."""
LIMITER_RETRY_SECONDS: Final = "30"
"""The Retry-After of a 503: the limiter of the downloads is out of reach."""


def results_refusal(call: Call, status: int, retry_after: str | None = None) -> Response:
    """Render a refusal of a batch's results: `{error, message, request_id}`, without `status_code` and `reason`."""
    code, message = RESULTS_REFUSALS[status]
    body = {"error": code} | ({} if message is None else {"message": message}) | {"request_id": call.request_id}
    response = uncached_json(body, status)
    if status == 503:
        retry_after = LIMITER_RETRY_SECONDS
    if retry_after is None:
        return response
    return response._replace(headers=(*response.headers, ("Retry-After", retry_after)))


# Requests that reach no handler


def parse_api_key(request: Request) -> str | RequestError:
    """Return the key of `Authorization: Bearer KEY`, or what is wrong with it."""
    key = http.bearer_token(request)
    if key is None:
        return RequestError.NO_KEY
    if " " in key:
        return RequestError.MALFORMED_KEY
    return key


REFUSED_KEYS: Final = {"invalid": RequestError.UNKNOWN_KEY, "expired": RequestError.EXPIRED_KEY}
"""Keys that are refused, for the one route that checks its key itself: the content of a video."""

_KEY_REASONS: Final = {
    RequestError.NO_KEY: "missing_or_invalid_authorization_header",
    RequestError.MALFORMED_KEY: "invalid_key_format",
    RequestError.UNKNOWN_KEY: "key_not_found_or_revoked",
    RequestError.EXPIRED_KEY: "key_expired",
}
_REQUEST_ERRORS: Final[dict[RequestError, tuple[str, str | None]]] = {
    RequestError.UNKNOWN_PATH: ("not_found", "route_not_found"),
    RequestError.WRONG_METHOD: ("method_not_allowed", "method_not_allowed"),
    RequestError.WRONG_TYPE: ("invalid_json", None),
    RequestError.BAD_JSON: ("invalid_json", None),
    RequestError.NOT_AN_OBJECT: ("validation_error", None),
    RequestError.TOO_LARGE: ("payload_too_large", None),
    RequestError.RATE_LIMITED: ("key_limit_exceeded", None),
    RequestError.BAD_HTTP: ("validation_error", "bad_request"),
}
_LINK_REQUEST_ERRORS: Final[dict[RequestError, tuple[str, str | None]]] = {
    RequestError.WRONG_TYPE: ("invalid_json", "invalid_video_download_request_body"),
    RequestError.BAD_JSON: ("invalid_json", "invalid_video_download_request_body"),
    RequestError.NOT_AN_OBJECT: ("validation_error", "invalid_video_download_request"),
}
"""Those that differ for the route that makes download links."""


def _operation_name(call: Call) -> str | None:
    return None if call.operation is None else call.operation.name


def render_request_error(call: Call, error: RequestError, detail: str) -> Response:
    """Render the answer to a request that reaches no handler; `detail` becomes the message.

    The codes for an unknown path or method are inferred.
    """
    message = detail or error.value
    if error is RequestError.RATE_LIMITED and traits_of(call).quota:
        return quota_response(call)
    if error in _KEY_REASONS:
        return error_response(call, "unauthorised", _KEY_REASONS[error], message=message)
    operation = _operation_name(call)
    code, reason = _REQUEST_ERRORS[error]
    if operation == "download_url":
        code, reason = _LINK_REQUEST_ERRORS.get(error, (code, reason))
    payload: dict[str, Any] = {"message": message}
    if error is RequestError.TOO_LARGE:
        payload |= {"max_bytes": MAX_BODY_BYTES, "endpoint": call.request.path}
    elif error is RequestError.NOT_AN_OBJECT and operation == "create":
        issue = {"message": f"Expected object: {detail}", "path": [], "keyword": "invalid_type"}
        payload["details"] = [issue | {"params": {"expected": "object"}}]
    return error_response(call, code, reason, **payload, **_path_ids(call))


def _path_ids(call: Call) -> dict[str, Any]:
    """Return the id of the job that the path names, under its name: `video_id` or `batch_id`."""
    return {name: value for name, value in call.path_params.items() if name in ("video_id", "batch_id")}


_CODE_BY_STATUS: Final = {
    status: code for code, status in reversed(STATUS_BY_CODE.items()) if code not in ("invalid_json", "model_required")
} | {400: "validation_error"}
_REASON_BY_STATUS: Final[dict[str, dict[int, str]]] = {
    "video": {401: "key_not_found_or_revoked", 404: "video_not_found_or_not_owned", 409: "video_not_ready"},
    "batch": {401: "key_not_found_or_revoked", 404: "batch_not_found_or_not_owned"},
}
"""The reasons of each kind of job."""
_QUOTA_RESPONSES: Final = {429: quota_response, 503: quota_unavailable_response}
_CANCEL_REASON_BY_STATUS: Final = {400: NOT_TERMINAL, 502: "dashscope_task_cancel_failed"}


UPGRADE_REQUIRED: Final = 426
_UPGRADE_BODY: Final = {
    "error": {"code": "websocket_upgrade_required", "message": "Use WebSocket upgrade for async job updates."}
}
"""A shape of its own: no other error of the service has an object as its `error` (source of 2026-08-22)."""


def upgrade_required_response() -> Response:
    """Render the answer of a websocket's address to a plain request."""
    return http.json_response(UPGRADE_REQUIRED, _UPGRADE_BODY, ("Upgrade", "websocket"))


def render_status_error(call: Call, status: int, message: str) -> Response:
    """Render the body for a status that a scenario requests: with the vendor's code and reason, if it has them."""
    own_answer = _answer_of_its_own(call, status)
    if own_answer is not None:
        return own_answer
    kind = "video" if call.operation is None else call.operation.kind
    reason = _REASON_BY_STATUS[kind].get(status)
    if _operation_name(call) == "cancel":
        reason = _CANCEL_REASON_BY_STATUS.get(status, reason)
    fallback = "upstream_error" if status >= 500 else "validation_error"
    code = _CODE_BY_STATUS.get(status, fallback)
    payload: dict[str, Any] = {"message": message, **_path_ids(call)}
    return error_response(call, code, reason, http_status=status, **payload)


def _answer_of_its_own(call: Call, status: int) -> Response | None:
    """Return the answer of that status that a part of the service gives, in its own words; None for all others."""
    name, traits = _operation_name(call), traits_of(call)
    is_batch = call.operation is not None and call.operation.kind == "batch"
    if status == 501 and (name == "cancel" or not traits.has_video_routes):
        video_id = call.path_params.get("video_id", "")
        if traits.cancel_support is CancelSupport.WORKS:
            return error_response(call, "not_implemented_yet", UNSUPPORTED, video_id=video_id)
        return cancel_disabled_response(call, traits, video_id)
    if name == "batch_results" and status in RESULTS_REFUSALS:
        return results_refusal(call, status)
    if status == UPGRADE_REQUIRED:
        return upgrade_required_response()
    if traits.quota and status in _QUOTA_RESPONSES:
        return _QUOTA_RESPONSES[status](call)
    if traits.preview and is_batch and status == 403:
        return batch_gate_response(call)
    if traits.preview and status == 501 and name in ("create", "list", "models"):
        return video_gate_response(call)
    return None


def parse_error_reason(body: Any) -> str:
    """Return the machine-readable reason of a decoded error body: its `reason`, else its error; empty if none."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    # An error that is an object: of the websocket's route (`code`), of batches (`reason`), or passed on from OpenAI.
    nested = [error.get(name) for name in ("code", "reason", "type")] if isinstance(error, dict) else [error]
    return next((each for each in (body.get("reason"), *nested) if isinstance(each, str) and each), "")


_ENVELOPE: Final = Source(CODE, NEWEST_CODE, "The table of codes and statuses of the error helper.")
_NO_METHOD: Final = Source(CODE, NEWEST_CODE, "The code has no answer for a method that a path lacks.", INFERRED)
_KEY_CHECK: Final = Source(CODE, NEWEST_CODE, "The reasons of the key check.")


def error_rules(traits: PhaseoTraits) -> list[VendorRule]:
    """Return the rules of an era about errors."""
    rules = [
        VendorRule("errors", code, f"status {status}", _NO_METHOD if code == "method_not_allowed" else _ENVELOPE)
        for code, status in STATUS_BY_CODE.items()
    ]
    rules += [
        VendorRule("errors", error.value, f"401 unauthorised, {reason}", _KEY_CHECK)
        for error, reason in _KEY_REASONS.items()
    ]
    rules.append(
        VendorRule("errors", "unknown path", "404 not_found, route_not_found",
                   Source(CODE, NEWEST_CODE, "No source shows an unknown path.", INFERRED))
    )  # fmt: skip
    if not traits.has_video_routes:
        disabled = Source("page Get video status", "2026-05-19", "All video routes answer that they are disabled.")
        rules.append(VendorRule("errors", "every video route", "501 feature_temporarily_disabled", disabled))
    return rules
