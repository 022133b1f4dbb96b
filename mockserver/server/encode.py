"""Answers as bytes: one function for both HTTP paths, so that both send the same.

Head and body leave in one segment: two cost a client about 40 ms where the kernel delays acknowledgements.
"""

import asyncio
import zlib
from functools import lru_cache
from http import HTTPStatus
from typing import Final, NamedTuple

from mockserver.core.codings import GZIP_WINDOW, as_sent
from mockserver.core.instants import MILLISECOND, SECOND, Instant, http_date, rfc3339
from mockserver.core.media_type import JSON_LINES_TYPES
from mockserver.core.transmission import NORMAL, Transmission
from mockserver.core.wire import Request, Response
from mockserver.engine.reply import Reply
from mockserver.engine.session import Session
from mockserver.server.cross_origin import CORS_HEADERS
from mockserver.server.feed_position import FeedOpening
from mockserver.vendors.websocket import SocketScript

MIN_COMPRESS_BYTES: Final = 4096
"""Smaller bodies are sent as they are: compressing costs more than it saves on loopback."""
MAX_COMPRESS_BYTES: Final = 1_000_000
"""Larger bodies are sent as they are, too: all other clients would wait for the compression."""
_TEXT_TYPES: Final = ("text/", "application/json", "application/problem+json", *JSON_LINES_TYPES)
"""Beginnings of content types of which the bodies are compressed."""
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
"""Reason phrases, those of RFC 9110 whichever version of Python runs."""
_BODILESS_STATUSES: Final = (101, 204, 304)
Headers = tuple[tuple[str, str], ...]


class WebSocketUpgrade(NamedTuple):
    """A websocket that a connection becomes."""

    vendor: str
    script: SocketScript


class EncodedReply(NamedTuple):
    """An answer in bytes, and how to send them."""

    data: bytes
    transmission: Transmission = NORMAL
    session: Session | None = None
    """The session that answered; None for an answer of the mock server itself."""
    at: Instant = 0
    """The session's instant of the answer."""
    upgrade: WebSocketUpgrade | None = None
    """What the connection becomes with it; None for a plain answer."""
    feed: FeedOpening | None = None
    """The feed that follows in place of `data`; None for any other answer."""


class FastResponse(NamedTuple):
    """An answer that is given at once."""

    data: bytes
    closes: bool
    """True if the connection ends with it, as the client requested."""

    def write(self, transport: asyncio.Transport) -> None:
        """Write the answer, and end the connection where it does."""
        transport.write(self.data)
        if self.closes:
            transport.close()


def reason_phrase(status: int) -> str:
    """Return `Not Found` for 404."""
    return _PHRASES.get(status, "Unknown")


@lru_cache(maxsize=512)
def _status_line(status: int) -> str:
    return f"HTTP/1.1 {status} {reason_phrase(status)}\r\n"


@lru_cache(maxsize=256)
def date_header(second: int) -> str:
    """Return the `Date` header of a second since the Unix epoch."""
    return http_date(second * SECOND)


@lru_cache(maxsize=256)
def _time_header(millisecond: int) -> str:
    """Return the header with the instant of an answer; under load, many answers share a millisecond."""
    return f"X-Mock-Time: {rfc3339(millisecond * MILLISECOND, digits=3)}\r\n"


@lru_cache(maxsize=256)
def _time_and_date(millisecond: int) -> str:
    """Return the end of a head that answers of one millisecond share."""
    return f"{_time_header(millisecond)}Date: {date_header(millisecond * MILLISECOND // SECOND)}\r\n\r\n"


def clean_header_value(value: str) -> str:
    """Replace what would end a header (CR, LF and NUL) by spaces."""
    return value.replace("\r", " ").replace("\n", " ").replace("\0", " ")


@lru_cache(maxsize=256)
def header_allows(header: str, wanted: str) -> bool:
    """Return True if an `Accept...` header names what is wanted, and not only to refuse it (`gzip;q=0`)."""
    for each in header.lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() == wanted:
            return weight.replace(" ", "").rstrip("0") not in ("q=", "q=0.")
    return False


def accepts_gzip(header: str) -> bool:
    """Return True if an Accept-Encoding header allows gzip."""
    return header_allows(header, "gzip")


def encode_response(
    response: Response,
    at: Instant,
    extra_headers: Headers = (),
    volatile_headers: str = "",
    *,
    head_only: bool = False,
    connection: str = "",
    compress: bool = False,
) -> bytes:
    """Return the whole answer.

    Its parts, in this order: status line, the response's headers, the extra ones, length, volatile ones, date, body.
    `connection` is the header of that name: `close`, or `keep-alive` for HTTP/1.0. `compress` means that the client
    takes gzip, not that the body is worth it.
    """
    body = response.body
    head = _status_line(response.status)
    names = set()
    for name, value in (*response.headers, *extra_headers):
        head += f"{name}: {value if value.isprintable() else clean_header_value(value)}\r\n"
        names.add(name.lower())
    if compress and _is_worth_compressing(response, names):
        body = zlib.compress(body, 1, wbits=GZIP_WINDOW)
        head += "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n"
    if response.status not in _BODILESS_STATUSES:
        head += f"Content-Length: {len(body)}\r\n"
    if connection and response.status != 101:
        head += f"Connection: {connection}\r\n"
    head += volatile_headers
    if "date" not in names:  # else a fault has set it
        head += f"Date: {date_header(at // SECOND)}\r\n"
    encoded = f"{head}\r\n".encode("utf-8", "replace")
    if head_only or response.status in _BODILESS_STATUSES:
        return encoded
    return encoded + body


def _is_worth_compressing(response: Response, names: set[str]) -> bool:
    """Return True for a text that is not encoded already, neither too small nor too large."""
    if not MIN_COMPRESS_BYTES <= len(response.body) <= MAX_COMPRESS_BYTES or "content-encoding" in names:
        return False
    return (response.header("content-type") or "").startswith(_TEXT_TYPES)


def encode_reply(
    request: Request, reply: Reply, session: Session, connection: str, extra_headers: Headers = ()
) -> bytes:
    """Return the bytes of a session's reply."""
    cors_headers = CORS_HEADERS if "origin" in request.headers else ()
    response, entry = reply.response, reply.entry
    if reply.transmission.coding is not None:
        response = as_sent(response, reply.transmission.coding)
    return encode_response(
        response,
        entry.at,
        (*extra_headers, *cors_headers, ("X-Mock-Session", session.label)),
        format_volatile_headers(entry.request_id, entry.at),
        head_only=request.method == "HEAD",
        connection=connection,
        # A fault that cuts a body or slows it down counts the bytes as they are.
        compress=reply.transmission is NORMAL and accepts_gzip(request.headers.get("accept-encoding", "")),
    )


def encode_own(
    request: Request, reply: Reply | Response, at: Instant, connection: str, *, shared: bool = True
) -> bytes:
    """Return the bytes of an answer of the mock server itself; `shared`: pages of any origin may read it."""
    response = reply if isinstance(reply, Response) else reply.response
    return encode_response(
        response,
        at,
        CORS_HEADERS if shared and "origin" in request.headers else (),
        head_only=request.method == "HEAD",
        connection=connection,
        compress=accepts_gzip(request.headers.get("accept-encoding", "")),
    )


def format_volatile_headers(request_id: str, at: Instant) -> str:
    """Return the headers that differ each time: they stand at the end of the head, so that the rest can be cached."""
    return f"X-Mock-Request-Id: {request_id}\r\n{_time_header(at // MILLISECOND)}"


def encode_head_end(request_id: str, at: Instant) -> bytes:
    """Return the end of a head as `encode_response` writes it, for a cached beginning."""
    return f"X-Mock-Request-Id: {request_id}\r\n{_time_and_date(at // MILLISECOND)}".encode("ascii")
