"""Request patterns in admin calls.

A name that no vendor has is refused: a pattern with it could never match, and so prove nothing.
"""

from dataclasses import replace
from typing import Final

from mockserver.engine.verification import RequestPattern, is_status_pattern
from mockserver.errors import refuse_unknown
from mockserver.server.admin.call import AdminCall, choice_field, invalid_value, text_field

PATTERN_FIELDS: Final = ("vendor", "operation", "method", "path", "job", "status", "body", "headers")
HTTP_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MAX_COUNT: Final = 1_000_000_000
"""The largest number of requests, or of a request, that a call may name."""


def parse_pattern(call: AdminCall) -> RequestPattern:
    """Parse the pattern that a call's fields form. Raises `MockError` ADM003."""
    eras = call.session.setup.eras
    vendor = choice_field(call, "vendor", tuple(eras))
    operations = {known.name for name, era in eras.items() if vendor in (None, name) for known in era.operations}
    status = call.fields.get("status")
    if status is not None and not is_status_pattern(status):
        raise invalid_value("status must be a number from 100 to 599 or a class such as 4xx", status, '{"status": 409}')
    path = text_field(call, "path") or None
    if path and not path.startswith("/"):
        raise invalid_value("path must begin with a slash", path, '{"path": "/v1/videos/*/cancel"}')
    headers = call.fields.get("headers", {})
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        hint = '{"headers": {"Idempotency-Key": "a"}}'
        raise invalid_value("headers must be an object of names and strings", headers, hint)
    return RequestPattern(
        vendor=vendor,
        operation=choice_field(call, "operation", sorted(operations)),
        method=choice_field(call, "method", HTTP_METHODS),
        path=path,
        job=text_field(call, "job") or None,
        status=status,
        body=call.fields.get("body"),
        headers={name.lower(): value for name, value in headers.items()},
    )


def parse_patterns(call: AdminCall, name: str) -> tuple[RequestPattern, ...]:
    """Parse a field that is a non-empty list of patterns. Raises `MockError` ADM002 or ADM003."""
    listed = call.fields.get(name, [])
    if not isinstance(listed, list) or not listed or not all(isinstance(fields, dict) and fields for fields in listed):
        hint = f'{{"{name}": [{{"operation": "create"}}]}}'
        raise invalid_value(f"{name} must be a list of request patterns", listed, hint)
    for index, fields in enumerate(listed):
        for field in fields:
            if field not in PATTERN_FIELDS:
                hint = f"fields: {', '.join(PATTERN_FIELDS)}"
                raise refuse_unknown("ADM002", f"{name}[{index}] field", field, PATTERN_FIELDS, hint)
    return tuple(parse_pattern(replace(call, fields=fields)) for fields in listed)
