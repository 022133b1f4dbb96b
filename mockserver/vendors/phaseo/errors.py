"""The gateway's error envelope, and the door: keys, and what happens to a request that reaches no handler.

Every error goes through `err`, as in the vendor's code: a code word, what is known about the request, and at the end
the status again with who is to blame. The era of 2026-04-01 has the code word and the ids only.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from mockserver.core.ids import uuid_text
from mockserver.core.wire import Request, Response
from mockserver.vendors.api import Call, RequestError
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
    "unsupported_model_or_endpoint": 400,
}
"""Code words and their status (source of 2026-08-22); `method_not_allowed` is inferred."""

MAX_BODY_BYTES: Final = 10_000_000
"""What a 413 names as the most a body may have (inferred)."""

_SYSTEM_ORIGINS: Final = {"upstream_error": "upstream", "gateway_error": "gateway"}
_UNSUPPORTED_MODEL: Final = "The model is unknown here, or it makes no videos."
_PROVIDER_FAILURE: Final = re.compile(r"_(?:request|fetch)_failed$|generation_failed")
_BEARER: Final = re.compile(r"Bearer[ ]+(\S.*?)[ ]*", re.IGNORECASE)


@lru_cache(maxsize=64)
def workspace_id(seed: str) -> str:
    """The id of the one workspace of a session of that seed: every key that is let in belongs to it."""
    return uuid_text(seed, "workspace")


def error_response(call: Call, code: str, reason: str = "", *, http_status: int = 0, **payload: Any) -> Response:
    """An error answer; `payload` is what this error says beyond the envelope."""
    status = http_status or STATUS_BY_CODE[code]
    body: dict[str, Any] = {"error": code}
    if reason:
        body["reason"] = reason
    body.update(payload)
    body["request_id"] = call.request_id
    if traits_of(call).legacy:
        body["team_id"] = workspace_id(call.seed)
    else:
        body["workspace_id"] = workspace_id(call.seed)
        _add_origin(body, code, reason, status, call.request_id)
    return Response(status, (JSON_CONTENT_TYPE, NO_STORE), orjson.dumps(body))


def _add_origin(body: dict[str, Any], code: str, reason: str, status: int, request_id: str) -> None:
    """The second half of the envelope: since 2026-05-06."""
    if code == "unsupported_model_or_endpoint":
        body["description"] = _UNSUPPORTED_MODEL
    body["status_code"] = status
    body["error_type"] = "system" if code in _SYSTEM_ORIGINS else "user"
    body["error_origin"] = _SYSTEM_ORIGINS.get(code, "user")
    body["generation_id"] = request_id
    if code == "upstream_error" and _PROVIDER_FAILURE.search(reason):
        hint = "The provider failed this request; it may succeed later."
        body["provider_failure_diagnostics"] = {
            "category": "server_error",
            "hint": hint,
            "provider": body.get("provider"),
        }


_ROUTES_DISABLED: Final = orjson.dumps(
    {
        "error": "not_implemented",
        "reason": "feature_temporarily_disabled",
        "feature": "videos",
        "message": "videos endpoints are temporarily disabled.",
    }
)


def routes_disabled_response() -> Response:
    """What every video route answered between 2026-05-07 and 2026-06-11, key or no key; it names no status."""
    return Response(501, (JSON_CONTENT_TYPE, NO_STORE), _ROUTES_DISABLED)


def cancel_disabled_response(call: Call, traits: PhaseoTraits, video_id: str) -> Response:
    """What a cancel answers in an era that cancels nothing."""
    if not traits.mounted:
        return routes_disabled_response()
    if traits.cancel_support is CancelSupport.DISABLED:
        message = "Video cancellation is currently disabled."
        return error_response(
            call, "not_implemented_yet", "video_cancellation_disabled", message=message, video_id=video_id
        )
    return error_response(call, "not_implemented_yet", "video_cancel_temporarily_disabled", video_id=video_id)


def parse_api_key(request: Request) -> "str | RequestError":
    """The key of an `Authorization: Bearer` header, or what is wrong with it."""
    found = _BEARER.fullmatch(request.headers.get("authorization", ""))
    if found is None:
        return RequestError.NO_KEY
    return RequestError.MALFORMED_KEY if " " in found[1] else found[1]


def auth_headers(key: str) -> Mapping[str, str]:
    """The header that carries a key."""
    return {"Authorization": f"Bearer {key}"}


REFUSED_KEYS: Final = {"invalid": RequestError.UNKNOWN_KEY, "expired": RequestError.EXPIRED_KEY}
"""Keys that are refused, for the one route that has to look at its key itself: the content of a video."""

_KEY_REASONS: Final = {
    RequestError.NO_KEY: "missing_or_invalid_authorization_header",
    RequestError.MALFORMED_KEY: "invalid_key_format",
    RequestError.UNKNOWN_KEY: "key_not_found_or_revoked",
    RequestError.EXPIRED_KEY: "key_expired",
}
_REQUEST_ERRORS: Final = {
    RequestError.UNKNOWN_PATH: ("not_found", "route_not_found"),
    RequestError.WRONG_METHOD: ("method_not_allowed", "method_not_allowed"),
    RequestError.WRONG_TYPE: ("invalid_json", ""),
    RequestError.BAD_JSON: ("invalid_json", ""),
    RequestError.NOT_AN_OBJECT: ("validation_error", ""),
    RequestError.TOO_LARGE: ("payload_too_large", ""),
    RequestError.RATE_LIMITED: ("key_limit_exceeded", ""),
    RequestError.BAD_HTTP: ("validation_error", "bad_request"),
}
_LINK_REQUEST_ERRORS: Final = {
    RequestError.WRONG_TYPE: ("invalid_json", "invalid_video_download_request_body"),
    RequestError.BAD_JSON: ("invalid_json", "invalid_video_download_request_body"),
    RequestError.NOT_AN_OBJECT: ("validation_error", "invalid_video_download_request"),
}


def render_request_error(call: Call, error: RequestError, detail: str) -> Response:
    """The answer to a request that reaches no handler; `detail` becomes the message.

    The words for an unknown path or method are inferred.
    """
    if error in _KEY_REASONS:
        return error_response(call, "unauthorised", _KEY_REASONS[error], message=detail or error.value)
    operation = call.operation.name if call.operation is not None else ""
    code, reason = _REQUEST_ERRORS[error]
    if operation == "download_url":
        code, reason = _LINK_REQUEST_ERRORS.get(error, (code, reason))
    return error_response(call, code, reason, **_error_details(call, error, detail, operation))


def _error_details(call: Call, error: RequestError, detail: str, operation: str) -> dict[str, Any]:
    more: dict[str, Any] = {"message": detail or error.value}
    if error is RequestError.TOO_LARGE:
        more |= {"max_bytes": MAX_BODY_BYTES, "endpoint": call.request.path}
    elif error is RequestError.NOT_AN_OBJECT and operation == "create":
        issue = {"message": f"Expected object: {detail}", "path": [], "keyword": "invalid_type"}
        more["details"] = [issue | {"params": {"expected": "object"}}]
    if "video_id" in call.path_params:
        more["video_id"] = call.path_params["video_id"]
    return more


_CODE_BY_STATUS: Final = {
    status: code for code, status in reversed(STATUS_BY_CODE.items()) if code not in ("invalid_json", "model_required")
} | {400: "validation_error"}
_REASON_BY_STATUS: Final = {
    401: "key_not_found_or_revoked",
    404: "video_not_found_or_not_owned",
    409: "video_not_ready",
}
_CANCEL_REASON_BY_STATUS: Final = {
    400: "video_cancel_requires_non_terminal_status",
    502: "dashscope_task_cancel_failed",
}


def render_status_error(call: Call, status: int, message: str) -> Response:
    """The body for a status that a scenario asked for: the vendor's code word and reason for it where it has one."""
    operation = call.operation.name if call.operation is not None else ""
    video_id = call.path_params.get("video_id")
    known = {} if video_id is None else {"video_id": video_id}
    traits = traits_of(call)
    if status == 501 and (not traits.mounted or operation == "cancel"):
        return _scripted_501(call, traits, video_id or "")
    reason = _CANCEL_REASON_BY_STATUS.get(status, "") if operation == "cancel" else ""
    code = _CODE_BY_STATUS.get(status, "upstream_error" if status >= 500 else "validation_error")
    return error_response(
        call, code, reason or _REASON_BY_STATUS.get(status, ""), http_status=status, message=message, **known
    )


def _scripted_501(call: Call, traits: PhaseoTraits, video_id: str) -> Response:
    if traits.cancel_support is CancelSupport.WORKS:
        return error_response(call, "not_implemented_yet", "video_cancel_provider_not_supported", video_id=video_id)
    return cancel_disabled_response(call, traits, video_id)


def parse_error_reason(body: Any) -> str:
    """The machine-readable reason in a decoded error body: its `reason`, else its code word."""
    if not isinstance(body, dict):
        return ""
    error_value = body.get("error")
    if isinstance(error_value, dict):
        error_value = error_value.get("code")
    found = body.get("reason") or error_value
    return found if isinstance(found, str) else ""
