"""HTML forms as request bodies: multipart/form-data and application/x-www-form-urlencoded.

A form is read as the vendors that accept forms read it: values are texts, a name that is repeated or ends in `[]` or
`[0]` gives a list, and of a file only its name, type and size are kept.
"""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

import orjson

from mockserver.core.media_type import parse_media_type
from mockserver.core.wire import Request, json_or_none

if TYPE_CHECKING:
    from email.message import EmailMessage

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
MAX_FIELDS: Final = 1_000
"""Fields of a form; more are refused."""
_TOO_MANY: Final = f"the form has more than {MAX_FIELDS} fields"
MAX_PART_HEAD: Final = 4_096
"""Bytes of the headers of a part."""

_LIST_NAME: Final = re.compile(r"(.*)\[\d{0,9}\]", re.DOTALL)


class UploadedFile(dict[str, Any]):
    """A file of a form: `{filename, content_type, bytes}`; a class of its own, so that it is no ordinary object."""


def is_form(content_type: str) -> bool:
    """Return whether a Content-Type is one of a form."""
    return parse_media_type(content_type) in (URLENCODED, MULTIPART)


def request_value(request: Request) -> Any:
    """Return the JSON value of a request's body, or the object that a form stands for; None for any other body."""
    content_type = request.headers.get("content-type", "")
    if not content_type or not is_form(content_type):
        return json_or_none(request.body)
    # Clients name JSON a form, too: curl's `-d` does.
    with suppress(ValueError):
        return orjson.loads(request.body)
    with suppress(ValueError):
        return parse_form(content_type, request.body)
    return None


def encode_form(media_type: str, fields: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the Content-Type and the bytes of a form of either media type: the counterpart of `parse_form`.

    A list is a field that is repeated, and an object or null is sent as JSON. In a multipart form an object like
    `UploadedFile`, `{filename: cat.png, bytes: 2000}`, is sent as a file of so many zero bytes.
    """
    pairs = [(name, each) for name, value in fields.items() for each in (value if isinstance(value, list) else [value])]
    if media_type == URLENCODED:
        return URLENCODED, urlencode([(name, _field_text(value)) for name, value in pairs]).encode()
    parts = [_encoded_part(name, value) for name, value in pairs]
    # The same bytes in every run: a boundary that depends on nothing but them.
    boundary = f"form-{sha256(b''.join(parts)).hexdigest()[:32]}"
    delimiter = f"--{boundary}\r\n".encode()
    body = b"".join(delimiter + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    return f"{MULTIPART}; boundary={boundary}", body


def _field_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _encoded_part(name: str, value: Any) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if isinstance(value, dict) and "filename" in value:
        file_type = value.get("content_type", "application/octet-stream")
        head = f'{disposition}; filename="{_quoted(str(value["filename"]))}"\r\nContent-Type: {file_type}'
        return head.encode() + b"\r\n\r\n" + bytes(int(value.get("bytes", 0)))
    return f"{disposition}\r\n\r\n{_field_text(value)}".encode()


def _quoted(text: str) -> str:
    """Return a parameter's text as browsers write it: no quote and no line end in it."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def shortened_upload(content_type: str, body: bytes, limit: int) -> bytes:
    """Return a multipart body with at most `limit` bytes of each file; any other body as it is.

    A reader of the shorter body finds the same fields, and files with fewer bytes.
    """
    if parse_media_type(content_type) != MULTIPART:
        return body
    boundary = _boundary(content_type)
    if boundary is None:
        return body
    first, *parts = body.split(b"--" + boundary)
    return (b"--" + boundary).join([first, *(_shortened_part(part, limit) for part in parts)])


def _shortened_part(part: bytes, limit: int) -> bytes:
    head, blank_line, data = part.partition(b"\r\n\r\n")
    if b"filename" not in head.lower() or len(data) <= limit:
        return part
    return head + blank_line + data[:limit] + b"\r\n"


def parse_form(
    content_type: str, body: bytes, json_fields: Collection[str] = (), repeated: Collection[str] = ()
) -> dict[str, Any]:
    """Parse a form into the object that it stands for. Raises ValueError for a body that is none.

    `json_fields`: fields whose text may be JSON; `repeated`: fields that are lists, even of one value.
    """
    multipart = parse_media_type(content_type) == MULTIPART
    fields = _parse_multipart(content_type, body) if multipart else _parse_urlencoded(body)
    found: dict[str, Any] = {}
    for key, value in fields:
        listed = _LIST_NAME.fullmatch(key)
        name = key if listed is None else listed[1]
        if isinstance(value, str) and name in json_fields:
            # A text that looks like JSON and is none stays a text.
            with suppress(orjson.JSONDecodeError):
                value = orjson.loads(value) if value.lstrip()[:1] in ("{", "[") else value
        if listed is not None or name in repeated:
            found.setdefault(name, [])
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _parse_urlencoded(body: bytes) -> list[tuple[str, Any]]:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise ValueError("the form is not UTF-8") from error
    if text.count("&") >= MAX_FIELDS:
        raise ValueError(_TOO_MANY)
    return list(parse_qsl(text, keep_blank_values=True))


def _parse_multipart(content_type: str, body: bytes) -> list[tuple[str, Any]]:
    """Parse the parts of a multipart body (RFC 7578): split at the boundary, and read each part's headers."""
    boundary = _boundary(content_type)
    # With a line end in front, the first delimiter looks like the others.
    sections = [] if boundary is None else (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(sections) < 2 or not sections[-1].startswith(b"--"):
        raise ValueError("the body has no parts between boundaries")
    if len(sections) > MAX_FIELDS + 2:
        raise ValueError(_TOO_MANY)
    return [_parse_part(section) for section in sections[1:-1]]


def _boundary(content_type: str) -> bytes | None:
    boundary = _parse_headers(b"Content-Type: " + content_type.encode()).get_boundary()
    return None if boundary is None else boundary.encode()


def _parse_part(section: bytes) -> tuple[str, Any]:
    head, blank_line, data = section.partition(b"\r\n\r\n")
    headers = _parse_headers(head[:MAX_PART_HEAD].strip())
    parameters: Mapping[str, str] = getattr(headers["content-disposition"], "params", {})
    if not blank_line or len(head) > MAX_PART_HEAD or "name" not in parameters:
        raise ValueError("a part has no name")
    if "filename" not in parameters:
        return parameters["name"], data.decode(errors="replace")
    file = UploadedFile(filename=parameters["filename"], content_type=headers.get_content_type(), bytes=len(data))
    return parameters["name"], file


def _parse_headers(lines: bytes) -> "EmailMessage":
    # Imported late: few clients send forms, and every start of the program would wait for it.
    from email.parser import BytesParser
    from email.policy import HTTP

    return BytesParser(policy=HTTP).parsebytes(lines + b"\r\n\r\n", headersonly=True)


def file_text(content_type: str, body: bytes, name: str) -> str | None:
    """Return the text of a multipart form's file; None where there is no such file, or it is no text."""
    boundary = _parse_headers(b"Content-Type: " + content_type.encode()).get_boundary()
    if parse_media_type(content_type) != MULTIPART or boundary is None:
        return None
    for section in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:-1]:
        field, value = _parse_part(section)
        if field == name and isinstance(value, UploadedFile):
            data = section.partition(b"\r\n\r\n")[2]
            # Bytes that are no UTF-8 are no text.
            with suppress(UnicodeDecodeError):
                return data.decode()
    return None
