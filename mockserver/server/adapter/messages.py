"""What aiohttp reads and writes, as values: the head of a request, its body within bounds, an answer in bytes."""

import asyncio

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from mockserver.core.wire import Request
from mockserver.engine.handle import BodyError
from mockserver.server.http.body import (
    BODY_TIMEOUT,
    LARGE_BODY_BYTES,
    MAX_BODY_BYTES,
    LargeBodies,
    decompress,
    too_large,
)
from mockserver.server.http.listener import expects_continue
from mockserver.vendors.api import RequestError


def read_head(http_request: web.BaseRequest) -> Request:
    """Return a request as a value, without its body."""
    path, _, query = _origin_form(http_request).partition("?")
    headers: dict[str, str] = {}
    for name, value in http_request.headers.items():
        key = name.lower()
        text = value if value.isascii() else _decode_header_value(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return Request(http_request.method, path, query, headers)


def _decode_header_value(value: str) -> str:
    """Decode a header's value as UTF-8, or as Latin-1 where it is no UTF-8 (clients send either)."""
    sent = value.encode("utf-8", "surrogateescape")
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        return sent.decode("latin-1")


def _origin_form(http_request: web.BaseRequest) -> str:
    """Return the request target without scheme and host, otherwise as it was sent."""
    raw = http_request.raw_path.partition("#")[0]
    if raw.startswith("/"):
        return raw
    _, _, rest = raw.partition("://")
    return "/" + rest.partition("/")[2] if rest else "/"


class BodyReader:
    """The body of one request; within the block it keeps its place among the large ones, once it has one."""

    def __init__(self, http_request: web.BaseRequest, large_bodies: LargeBodies) -> None:
        self._http_request = http_request
        self._large_bodies = large_bodies
        self._is_large = False

    def __enter__(self) -> "BodyReader":
        return self

    def __exit__(self, *error: object) -> None:
        if self._is_large:
            self._large_bodies.leave()

    async def read(self, coding: str) -> bytes | BodyError:
        """Return the body without its content coding, or what is wrong with it.

        Raises ConnectionResetError if the client left.
        """
        http_request = self._http_request
        if not http_request.can_read_body:
            return b""
        if http_request.transport is None:  # it left before its request was begun: nothing would end the wait for it
            raise ConnectionResetError("the client has gone")
        if int(http_request.headers.get("Content-Length", "0")) > MAX_BODY_BYTES:
            return too_large()
        if "Expect" in http_request.headers and expects_continue(http_request):
            write_bytes(http_request, b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            body = await asyncio.wait_for(self._read_sent(), BODY_TIMEOUT)
        except (web.RequestPayloadError, HttpProcessingError):
            return BodyError(RequestError.BAD_JSON, "the body is not the HTTP it says it is")
        except TimeoutError:
            return BodyError(RequestError.BAD_HTTP, f"the body did not arrive within {BODY_TIMEOUT:g} s")
        if body is None:
            return too_large()
        if not coding:
            return body
        # A small body may hide a large one.
        await self._hold_place()
        return await decompress(body, coding)

    async def _read_sent(self) -> bytes | None:
        """Return the body as it was sent; None if it is too large."""
        body = bytearray()
        while chunk := await self._http_request.content.readany():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                return None
            if len(body) > LARGE_BODY_BYTES:
                await self._hold_place()
        return bytes(body)

    async def _hold_place(self) -> None:
        if not self._is_large:
            await self._large_bodies.enter()
            self._is_large = True


def write_bytes(http_request: web.BaseRequest, data: bytes) -> None:
    """Write to the connection of a request. Raises ConnectionResetError if the client has gone."""
    transport = http_request.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError("the client has gone")
    transport.write(data)


class RawResponse(web.StreamResponse):
    """An answer that is bytes already: written in one piece, past aiohttp's own headers."""

    def __init__(self, data: bytes, *, close: bool) -> None:
        super().__init__()
        self._data = data
        self._stays_open = not close

    @property
    def keep_alive(self) -> bool:
        """True if the connection stays open."""
        return self._stays_open

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write everything."""
        write_bytes(request, self._data)
        await request.protocol._drain_helper()

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: everything is written."""
