"""Replaces the secrets in a multipart form: the parts whose name makes them one, and what is in the others."""

import re
from typing import Final

from mockserver.redaction import secret_names
from mockserver.redaction.hider import SecretHider

_BOUNDARY: Final = re.compile(r"--[^\s\"]{1,200}(?=\r?\n)")
_HEAD_END: Final = re.compile(r"\r?\n\r?\n")
_NAME: Final = re.compile(r"(?i)\bname=\"?([^\"\r\n;]{1,200})")
_LAST_LINE_END: Final = re.compile(r"\r?\n\Z")


def boundary_of(text: str) -> str | None:
    """Return the boundary of a multipart form, with its dashes; None for any other text."""
    match = _BOUNDARY.match(text)
    return None if match is None else match[0]


def redact_multipart(hider: SecretHider, text: str, boundary: str, depth: int) -> str:
    """Return the form with placeholders for its secrets."""
    return boundary.join(_redact_part(hider, part, depth) for part in text.split(boundary))


def _redact_part(hider: SecretHider, part: str, depth: int) -> str:
    head_end = _HEAD_END.search(part)
    if head_end is None:
        return hider.redact_text(part)
    head, body = part[: head_end.end()], part[head_end.end() :]
    name = _NAME.search(head)
    line_end = _LAST_LINE_END.search(body)
    content = body if line_end is None else body[: line_end.start()]
    if name is not None and secret_names.is_secret_parameter(name[1].strip()):
        content = hider.hide_value(content, "secret")
    else:
        content = hider.redact_document(content, depth + 1)
    return hider.redact_text(head) + content + (line_end[0] if line_end else "")
