"""Answers as bytes: one function for both ways into the server, so that both send the same.

Head and body leave in one segment: two cost a client about 40 ms where the kernel delays acknowledgements.
"""

import gzip
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from mockserver.core.instants import SECOND, Instant, http_date, rfc3339
from mockserver.core.wire import Response

MIN_COMPRESS_BYTES: Final = 4096
"""Smaller bodies are sent as they are: compressing costs more than it saves on loopback."""

_TEXT_TYPES: Final = (
    "application/json",
    "application/jsonl",
    "application/x-ndjson",
    "text/",
    "application/problem+json",
)
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}
_BODILESS_STATUSES: Final = (101, 204, 304)


def reason_phrase(status: int) -> str:
    """`Not Found`."""
    return _PHRASES.get(status, "Unknown")


@lru_cache(maxsize=512)
def _status_line(status: int) -> str:
    return f"HTTP/1.1 {status} {reason_phrase(status)}\r\n"


@lru_cache(maxsize=256)
def date_header(second: int) -> str:
    """The `Date` header of a second since the epoch."""
    return http_date(second * SECOND)


def clean_header_value(value: str) -> str:
    """A header value without what would end the header: CR, LF and NUL become spaces."""
    return value.replace("\r", " ").replace("\n", " ").replace("\0", " ")


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header names gzip, and not only to refuse it (`gzip;q=0`)."""
    for coding in header.lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "").rstrip("0") not in ("q=", "q=0.")
    return False


def encode_response(
    response: Response,
    at: Instant,
    extra_headers: tuple[tuple[str, str], ...] = (),
    volatile_headers: str = "",
    *,
    head_only: bool = False,
    connection: str = "",
    compress: bool = False,
) -> bytes:
    """The whole answer: status line, the answer's headers, `extra`, the length, `stamp`, the date, the body.

    `connection` is the header of that name, where the client must be told: `close`, or `keep-alive` to HTTP/1.0.
    `compress` says that the client takes gzip, not that the body is worth it.
    """
    body = response.body
    lines = [_status_line(response.status)]
    kind = ""
    for name, value in (*response.headers, *extra_headers):
        lines.append(f"{name}: {clean_header_value(value)}\r\n")
        if name.lower() == "content-type":
            kind = value
    if compress and len(body) >= MIN_COMPRESS_BYTES and kind.startswith(_TEXT_TYPES):
        body = gzip.compress(body, 1, mtime=0)
        lines.append("Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n")
    if response.status not in _BODILESS_STATUSES:
        lines.append(f"Content-Length: {len(body)}\r\n")
    if connection and response.status != 101:
        lines.append(f"Connection: {connection}\r\n")
    lines.append(f"{volatile_headers}Date: {date_header(at // SECOND)}\r\n\r\n")
    head = "".join(lines).encode("utf-8", "replace")
    return head if head_only or response.status in _BODILESS_STATUSES else head + body


def format_volatile_headers(request_id: str, at: Instant) -> str:
    """The headers that differ each time, together at the head's end, so that what is before can be kept."""
    return f"X-Mock-Request-Id: {request_id}\r\nX-Mock-Time: {rfc3339(at, digits=3)}\r\n"


def encode_head_end(request_id: str, at: Instant) -> bytes:
    """The end of a kept head, as `encode` writes it."""
    return f"{format_volatile_headers(request_id, at)}Date: {date_header(at // SECOND)}\r\n\r\n".encode("ascii")
