"""The parts of a `Content-Type` header: the media type and the charset; the media types of JSON Lines."""

import re
from typing import Final

JSON_LINES_TYPES: Final = (
    "application/jsonl",
    "application/x-jsonl",
    "application/jsonlines",
    "application/x-jsonlines",
    "application/ndjson",
    "application/x-ndjson",
)
"""Names of JSON Lines, of which none is registered: vendors choose one."""

_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._-]{1,40})", re.ASCII)


def parse_media_type(content_type: str | None) -> str:
    """Return the media type in lower case, without parameters: `application/json`; empty without a header."""
    if content_type is None:
        return ""
    return content_type.partition(";")[0].strip().lower()


def parse_charset(content_type: str | None) -> str | None:
    """Return the charset parameter in lower case, or None."""
    if content_type is None:
        return None
    match = _CHARSET.search(content_type)
    if match is None:
        return None
    return match[1].lower()
