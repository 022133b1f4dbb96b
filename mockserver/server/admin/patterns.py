"""What an admin call says about requests, as a pattern: a word that no vendor has is refused, as it proves nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from mockserver.engine.verification import RequestPattern, is_status_pattern
from mockserver.errors import did_you_mean, refuse
from mockserver.server.admin.call import AdminCall, invalid_value, text_field

PATTERN_FIELDS: Final = ("vendor", "operation", "method", "path", "job", "status", "body", "headers")
HTTP_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def parse_pattern(call: AdminCall) -> RequestPattern:
    """The pattern that a call's fields make."""
    eras = call.session.setup.eras
    vendor = _known_name(call, "vendor", tuple(eras))
    operations = {one.name for name, era in eras.items() if vendor in ("", name) for one in era.operations}
    status = call.fields.get("status")
    if status is not None and not is_status_pattern(status):
        raise invalid_value("status is a number from 100 to 599, or a class such as 4xx", status, '{"status": 409}')
    path = text_field(call, "path")
    if path and not path.startswith("/"):
        raise invalid_value("path begins with a slash", path, '{"path": "/v1/videos/*/cancel"}')
    return RequestPattern(
        vendor,
        _known_name(call, "operation", tuple(sorted(operations))),
        _known_name(call, "method", HTTP_METHODS),
        path,
        text_field(call, "job"),
        status,
        call.fields.get("body"),
        _header_fields(call),
    )


def parse_patterns(call: AdminCall, name: str) -> tuple[RequestPattern, ...]:
    """A field that is a list of patterns."""
    listed = call.fields.get(name, [])
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) and one for one in listed):
        raise invalid_value(f"{name} is a list of requests", listed, f'{{"{name}": [{{"operation": "create"}}]}}')
    return tuple(_parse_element(call, name, place, one) for place, one in enumerate(listed))


def _parse_element(call: AdminCall, name: str, index: int, fields: Mapping[str, Any]) -> RequestPattern:
    for word in fields:
        if word not in PATTERN_FIELDS:
            hint = f"fields: {', '.join(PATTERN_FIELDS)}"
            raise refuse(
                "ADM002", f"{name}[{index}]: unknown field {word[:80]!r}{did_you_mean(word[:80], PATTERN_FIELDS)}", hint
            )
    return parse_pattern(replace(call, fields=fields))


def _known_name(call: AdminCall, name: str, known: tuple[str, ...]) -> str:
    word = text_field(call, name)
    if word and word not in known:
        raise refuse(
            "ADM003", f"no {name} {word[:80]!r}{did_you_mean(word[:80], known)}", f"{name}: {', '.join(known)}"
        )
    return word


def _header_fields(call: AdminCall) -> Mapping[str, str]:
    given = call.fields.get("headers", {})
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise invalid_value("headers are names and texts", given, '{"headers": {"Idempotency-Key": "a"}}')
    return {name.lower(): value for name, value in given.items()}
