"""The bodies of recorded calls as a person reads them: redacted, indented if they are JSON, and cut to a length."""

import json
from typing import Final, NamedTuple

from mockserver.core.text import truncate
from mockserver.core.wire import Exchange

MAX_BODY: Final = 2_000
"""Characters of a body that are kept."""
_MAX_INDENTED: Final = 100_000
"""Characters of a body up to which JSON is indented."""


class CallBodies(NamedTuple):
    """The bodies of a call; empty if it had none."""

    request: str = ""
    response: str = ""


NO_BODIES: Final = CallBodies()


def call_bodies(redacted: Exchange) -> CallBodies:
    """Return the bodies of an exchange that has no secrets any more."""
    response = b"" if redacted.response is None else redacted.response.body
    return CallBodies(body_text(redacted.request.body), body_text(response))


def body_text(body: bytes) -> str:
    """Return a body as text: JSON with one key a line, and `(90 bytes, no text)` for what is no UTF-8."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"({len(body):,} bytes, no text)"
    return truncate(_indented(text), MAX_BODY, f"\n... ({len(text):,} characters in all)")


def _indented(text: str) -> str:
    """Return JSON with one key a line if that changes nothing else, such as a number or a key that stands twice."""
    if len(text) > _MAX_INDENTED:
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    for separators in ((",", ":"), (", ", ": ")):
        if json.dumps(value, ensure_ascii=False, separators=separators) == text:
            return json.dumps(value, ensure_ascii=False, indent=2)
    return text
