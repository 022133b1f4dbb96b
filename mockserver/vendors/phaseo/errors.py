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
from mockserver.vendors.api import Call, Trouble
from mockserver.vendors.phaseo.traits import Cancelling, Traits, traits_of

JSON: Final = ("Content-Type", "application/json")
NO_STORE: Final = ("Cache-Control", "no-store")

STATUS: Final = {
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

MAX_BYTES: Final = 10_000_000
"""What a 413 names as the most a body may have (inferred)."""

_SYSTEM: Final = {"upstream_error": "upstream", "gateway_error": "gateway"}
_DESCRIPTION: Final = "The model is unknown here, or it makes no videos."
_FAILED: Final = re.compile(r"_(?:request|fetch)_failed$|generation_failed")
_BEARER: Final = re.compile(r"Bearer[ ]+(\S.*?)[ ]*", re.IGNORECASE)


@lru_cache(maxsize=64)
def workspace(seed: str) -> str:
    """The id of the one workspace of a session of that seed: every key that is let in belongs to it."""
    return uuid_text(seed, "workspace")


def err(call: Call, code: str, reason: str = "", *, http_status: int = 0, **payload: Any) -> Response:
    """An error answer; `payload` is what this error says beyond the envelope."""
    status = http_status or STATUS[code]
    body: dict[str, Any] = {"error": code}
    if reason:
        body["reason"] = reason
    body.update(payload)
    body["request_id"] = call.request_id
    if traits_of(call).legacy:
        body["team_id"] = workspace(call.seed)
    else:
        body["workspace_id"] = workspace(call.seed)
        _blame(body, code, reason, status, call.request_id)
    return Response(status, (JSON, NO_STORE), orjson.dumps(body))


def _blame(body: dict[str, Any], code: str, reason: str, status: int, request_id: str) -> None:
    """The second half of the envelope: since 2026-05-06."""
    if code == "unsupported_model_or_endpoint":
        body["description"] = _DESCRIPTION
    body["status_code"] = status
    body["error_type"] = "system" if code in _SYSTEM else "user"
    body["error_origin"] = _SYSTEM.get(code, "user")
    body["generation_id"] = request_id
    if code == "upstream_error" and _FAILED.search(reason):
        hint = "The provider failed this request; it may succeed later."
        body["provider_failure_diagnostics"] = {
            "category": "server_error",
            "hint": hint,
            "provider": body.get("provider"),
        }


_ROUTES_OFF: Final = orjson.dumps(
    {
        "error": "not_implemented",
        "reason": "feature_temporarily_disabled",
        "feature": "videos",
        "message": "videos endpoints are temporarily disabled.",
    }
)


def routes_off() -> Response:
    """What every video route answered between 2026-05-07 and 2026-06-11, key or no key; it names no status."""
    return Response(501, (JSON, NO_STORE), _ROUTES_OFF)


def cancel_off(call: Call, traits: Traits, video_id: str) -> Response:
    """What a cancel answers in an era that cancels nothing."""
    if not traits.mounted:
        return routes_off()
    if traits.cancelling is Cancelling.DISABLED:
        message = "Video cancellation is currently disabled."
        return err(call, "not_implemented_yet", "video_cancellation_disabled", message=message, video_id=video_id)
    return err(call, "not_implemented_yet", "video_cancel_temporarily_disabled", video_id=video_id)


def credentials(request: Request) -> "str | Trouble":
    """The key of an `Authorization: Bearer` header, or what is wrong with it."""
    found = _BEARER.fullmatch(request.headers.get("authorization", ""))
    if found is None:
        return Trouble.NO_KEY
    return Trouble.MALFORMED_KEY if " " in found[1] else found[1]


def wears(key: str) -> Mapping[str, str]:
    """The header that carries a key."""
    return {"Authorization": f"Bearer {key}"}


MAGIC: Final = {"invalid": Trouble.UNKNOWN_KEY, "expired": Trouble.EXPIRED_KEY}
"""Keys that are refused, for the one route that has to look at its key itself: the content of a video."""

_KEY_REASONS: Final = {
    Trouble.NO_KEY: "missing_or_invalid_authorization_header",
    Trouble.MALFORMED_KEY: "invalid_key_format",
    Trouble.UNKNOWN_KEY: "key_not_found_or_revoked",
    Trouble.EXPIRED_KEY: "key_expired",
}
_TROUBLES: Final = {
    Trouble.UNKNOWN_PATH: ("not_found", "route_not_found"),
    Trouble.WRONG_METHOD: ("method_not_allowed", "method_not_allowed"),
    Trouble.WRONG_TYPE: ("invalid_json", ""),
    Trouble.BAD_JSON: ("invalid_json", ""),
    Trouble.NOT_AN_OBJECT: ("validation_error", ""),
    Trouble.TOO_LARGE: ("payload_too_large", ""),
    Trouble.RATE_LIMITED: ("key_limit_exceeded", ""),
    Trouble.BAD_HTTP: ("validation_error", "bad_request"),
}
_LINK_TROUBLES: Final = {
    Trouble.WRONG_TYPE: ("invalid_json", "invalid_video_download_request_body"),
    Trouble.BAD_JSON: ("invalid_json", "invalid_video_download_request_body"),
    Trouble.NOT_AN_OBJECT: ("validation_error", "invalid_video_download_request"),
}


def trouble(call: Call, what: Trouble, detail: str) -> Response:
    """The answer to a request that reaches no handler; `detail` becomes the message.

    The words for an unknown path or method are inferred.
    """
    if what in _KEY_REASONS:
        return err(call, "unauthorised", _KEY_REASONS[what], message=detail or what.value)
    operation = call.operation.name if call.operation is not None else ""
    code, reason = _TROUBLES[what]
    if operation == "download_url":
        code, reason = _LINK_TROUBLES.get(what, (code, reason))
    return err(call, code, reason, **_particulars(call, what, detail, operation))


def _particulars(call: Call, what: Trouble, detail: str, operation: str) -> dict[str, Any]:
    more: dict[str, Any] = {"message": detail or what.value}
    if what is Trouble.TOO_LARGE:
        more |= {"max_bytes": MAX_BYTES, "endpoint": call.request.path}
    elif what is Trouble.NOT_AN_OBJECT and operation == "create":
        issue = {"message": f"Expected object: {detail}", "path": [], "keyword": "invalid_type"}
        more["details"] = [issue | {"params": {"expected": "object"}}]
    if "video_id" in call.params:
        more["video_id"] = call.params["video_id"]
    return more


_CODES: Final = {
    status: code for code, status in reversed(STATUS.items()) if code not in ("invalid_json", "model_required")
} | {400: "validation_error"}
_REASONS: Final = {
    401: "key_not_found_or_revoked",
    404: "video_not_found_or_not_owned",
    409: "video_not_ready",
}
_CANCEL_REASONS: Final = {
    400: "video_cancel_requires_non_terminal_status",
    502: "dashscope_task_cancel_failed",
}


def error(call: Call, status: int, message: str) -> Response:
    """The body for a status that a scenario asked for: the vendor's code word and reason for it where it has one."""
    operation = call.operation.name if call.operation is not None else ""
    video_id = call.params.get("video_id")
    known = {} if video_id is None else {"video_id": video_id}
    traits = traits_of(call)
    if status == 501 and (not traits.mounted or operation == "cancel"):
        return _scripted_off(call, traits, video_id or "")
    reason = _CANCEL_REASONS.get(status, "") if operation == "cancel" else ""
    code = _CODES.get(status, "upstream_error" if status >= 500 else "validation_error")
    return err(call, code, reason or _REASONS.get(status, ""), http_status=status, message=message, **known)


def _scripted_off(call: Call, traits: Traits, video_id: str) -> Response:
    if traits.cancelling is Cancelling.WORKS:
        return err(call, "not_implemented_yet", "video_cancel_provider_not_supported", video_id=video_id)
    return cancel_off(call, traits, video_id)


def reason_of(body: Any) -> str:
    """The machine-readable reason in a decoded error body: its `reason`, else its code word."""
    if not isinstance(body, dict):
        return ""
    error_value = body.get("error")
    if isinstance(error_value, dict):
        error_value = error_value.get("code")
    found = body.get("reason") or error_value
    return found if isinstance(found, str) else ""
