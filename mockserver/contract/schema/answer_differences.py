"""Compares one answer with what a capture documents for it: content type, body, known values, headers.

A check that cannot be decided yields nothing, because a correct server must never be called wrong. `schema.validate`
and `schema.undeclared` compare the values in the body.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.contract.documents.capture import Capture, DocumentedAnswer
from mockserver.contract.documents.media_types import covering_range, media_key
from mockserver.contract.documents.strict_json import ParsedJson, read_json, read_json_lines
from mockserver.contract.schema.difference import Difference, DifferenceKind
from mockserver.contract.schema.undeclared import find_undocumented
from mockserver.contract.schema.validate import violations
from mockserver.core.media_type import JSON_LINES_TYPES, parse_media_type
from mockserver.core.pointer import escape_token
from mockserver.core.wire import Response

_BODILESS_STATUSES: Final = (204, 304)


def media_type(response: Response) -> str:
    """Return the content type without its parameters, in lower case; empty if the answer names none."""
    return parse_media_type(response.header("content-type"))


def may_have_lost_headers(response: Response) -> bool:
    """Return True for an answer without a single header: HTTP has none such, so its headers were not recorded."""
    return not response.headers


def may_have_body(method: str, status: int) -> bool:
    """Return False for answers to HEAD and for statuses that never have a body."""
    return method.upper() != "HEAD" and status not in _BODILESS_STATUSES


def content_difference(answer: DocumentedAnswer, response: Response) -> Difference | None:
    """Compare the content type, or the absence of a body, of an answer that may have one."""
    documented = tuple(_content_types(answer))
    media = _matching_media_type(answer, response)
    if not response.body:
        if _was_body_lost(response):
            return None
        # Only JSON is never empty; an answer that names another documented type may be.
        if any(map(_is_json_type, documented)) and (media is None or _is_json_type(media)):
            return Difference(DifferenceKind.EMPTY_BODY, "", allowed=documented)
        return None
    if not documented:
        return Difference(DifferenceKind.UNDOCUMENTED_BODY, "", response.header("content-type"))
    if media is None:
        return Difference(DifferenceKind.CONTENT_TYPE, "", response.header("content-type"), allowed=documented)
    return None


def json_bodies(answer: DocumentedAnswer, response: Response) -> Iterator[tuple[str, ParsedJson]]:
    """Yield the JSON texts of a body, each with the pointer of the schema that documents it.

    JSON Lines hold one text a line, JSON one, other types and undocumented ones none. If the answer names no type, a
    recorder may have left the header out: the body is read as the documented type, if there is only one.
    """
    media = body_media_type(answer, response)
    if media is None:
        return
    schema = body_schema(answer, media)
    if media in JSON_LINES_TYPES:
        yield from ((schema, line) for line in read_json_lines(response.body))
    elif _is_json_type(media):
        yield schema, read_json(response.body)


def body_media_type(answer: DocumentedAnswer, response: Response) -> str | None:
    """Return the documented type whose schema describes a body; None for an empty or an undocumented one."""
    media = _matching_media_type(answer, response)
    documented = tuple(_content_types(answer))
    if not media_type(response) and len(documented) == 1:
        media = documented[0]
    if not response.body or media is None or "schema" not in _content_types(answer)[media]:
        return None
    return media


def body_schema(answer: DocumentedAnswer, media: str) -> str:
    """Return the pointer of the schema of a documented type."""
    return f"{answer.pointer}/content/{escape_token(media)}/schema"


def value_differences(capture: Capture, schema: str, value: Any) -> list[Difference]:
    """Compare a JSON value with the schema at a pointer: first the violations, then what is undocumented."""
    return [*violations(capture, schema, value), *find_undocumented(capture, schema, value)]


def body_differences(capture: Capture, schema: str, value: Any, text: bytes) -> list[Difference]:
    """Compare a JSON value like `value_differences`; `text` is its JSON.

    What was found in short bodies is kept: a poll repeats the answer before, and a recording is read more than once.
    """
    kept: dict[tuple[str, bytes], list[Difference]] = capture.cache("differences")
    found = kept.get((schema, text))
    if found is None:
        found = value_differences(capture, schema, value)
        if len(text) <= _MAX_KEPT_BYTES:
            if len(kept) >= _MAX_KEPT:
                kept.clear()
            kept[schema, text] = found
    return found


_MAX_KEPT: Final = 64
"""Bodies whose differences are kept."""
_MAX_KEPT_BYTES: Final = 4_000
"""Bytes of such a body."""


def known_value_differences(answer: DocumentedAnswer, body: Any) -> Iterator[Difference]:
    """Yield each value that is not among those known for this answer (`x-known-values`: pointer to values)."""
    known: Mapping[str, list[Any]] = answer.body.get("x-known-values", {})
    for pointer, values in known.items():
        value = body
        for part in pointer.split("/")[1:]:
            if not isinstance(value, dict):
                value = None
                break
            value = value.get(part)
        if value is not None and value not in values:
            yield Difference(DifferenceKind.UNKNOWN_VALUE, pointer, value, allowed=tuple(map(str, values)))


def header_differences(capture: Capture, answer: DocumentedAnswer, response: Response) -> Iterator[Difference]:
    """Yield documented headers that are required and missing, and those whose value breaks its schema."""
    for name in answer.body.get("headers", ()):
        pointer, header = capture.follow(f"{answer.pointer}/headers/{escape_token(name)}")
        value = response.header(name)
        about = Difference(DifferenceKind.MISSING_HEADER, pointer, value, names=(name,), basis=header.get("x-basis"))
        if value is None and header.get("required"):
            yield about
        if value is None or "schema" not in header:
            continue
        # Header values are texts: digits are judged as the integer that a schema means by them.
        digits = value.isascii() and value.isdigit() and len(value) < 20
        # A validator refuses what is no Unicode: a byte that is no UTF-8, or half an escape, becomes U+FFFD.
        sent = int(value) if digits else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        for each in violations(capture, f"{pointer}/schema", sent):
            yield about._replace(kind=DifferenceKind.HEADER_VIOLATION, message=each.message, allowed=each.allowed)


def _content_types(answer: DocumentedAnswer) -> Mapping[str, Any]:
    documented: Mapping[str, Any] = answer.body.get("content", {})
    return documented


def _matching_media_type(answer: DocumentedAnswer, response: Response) -> str | None:
    """Return the documented content type that fits: the type itself, its range (`video/*`), or `*/*`."""
    documented = {media_key(media): media for media in _content_types(answer)}
    key = covering_range(documented, media_key(response.header("content-type") or ""))
    return None if key is None else documented[key]


def _was_body_lost(response: Response) -> bool:
    """Return True if the answer says that it had a body: then the recorder left it out."""
    length = response.header("content-length") or ""
    return length.isascii() and length.isdigit() and length.strip("0") != ""


def _is_json_type(media: str) -> bool:
    name = parse_media_type(media)
    return name == "application/json" or name.endswith("+json")
