"""One answer on its way through: its head as it was, its body as it comes, and its end as the upstream ended it.

The bytes are written past aiohttp's own response, which would add headers of its own; that reads private attributes of
`RequestHandler`, as `aio` does, which is why aiohttp's version is pinned.
"""

from typing import Final

from aiohttp import ClientResponse, HttpVersion11, web

from mockserver.core.wire import Response
from mockserver.recordings.bodies import MAX_BODY_BYTES, TOO_LARGE, RecordedBody, decode_content
from mockserver.server.proxy.upstream import HeaderList, end_to_end_headers, join_headers

BODILESS_STATUSES: Final = (204, 304)


class BodyTee:
    """The first `KEPT` bytes of a body that passes by; nothing of a larger one."""

    def __init__(self) -> None:
        self._copied = bytearray()
        self.too_large = False
        """Whether it was larger."""
        self.broken = False
        """Whether its sender broke off, or went on with what is no HTTP."""

    def add(self, data: bytes) -> None:
        """The next bytes."""
        self.too_large = self.too_large or len(self._copied) + len(data) > MAX_BODY_BYTES
        if self.too_large:
            self._copied.clear()
        else:
            self._copied += data

    def decode(self, content_encoding: str) -> RecordedBody:
        """What it was before its `Content-Encoding`, or why nobody can tell."""
        return (
            RecordedBody(loss=TOO_LARGE)
            if self.too_large
            else decode_content(RecordedBody(bytes(self._copied)), content_encoding)
        )


class ClientStream(web.StreamResponse):
    """The client's side: what is written to it is all that it gets. `gone` once the client has hung up."""

    def __init__(self, http_request: web.BaseRequest) -> None:
        super().__init__()
        self.disconnected = False
        self.started = False
        """Whether the head has been written."""
        self._http_request = http_request
        self._chunked = False
        self._stays_open = http_request.keep_alive

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open."""
        return self._stays_open and not self.disconnected

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to prepare."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""

    async def write_head(self, answer: ClientResponse) -> None:
        """The status line and the headers, and how the end of the body will be known."""
        lines = [f"HTTP/1.1 {answer.status} {answer.reason or ''}".rstrip().encode("utf-8", "replace")]
        lines += [name + b": " + value for name, value in raw_answer_headers(answer)]
        bodiless = self._http_request.method == "HEAD" or answer.status in BODILESS_STATUSES
        if not bodiless and "content-length" not in answer.headers:
            self._chunked = self._http_request.version >= HttpVersion11
            self._stays_open = self._stays_open and self._chunked
            lines += [b"Transfer-Encoding: chunked"] if self._chunked else []
        if not self._stays_open:
            lines.append(b"Connection: close")
        elif self._http_request.version < HttpVersion11:
            lines.append(b"Connection: keep-alive")
        await self.write_bytes(b"\r\n".join([*lines, b"", b""]))

    async def write_part(self, data: bytes) -> None:
        """A part of the body."""
        if data:
            await self.write_bytes(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    async def write_end(self) -> None:
        """The body is whole."""
        if self._chunked:
            await self.write_bytes(b"0\r\n\r\n")

    async def write_own(self, data: bytes) -> None:
        """An answer of our own, after which the connection is closed: nobody knows what of the request is unread."""
        self._stays_open = False
        await self.write_bytes(data)

    async def write_bytes(self, data: bytes) -> None:
        """Write, and wait where the client reads slowly."""
        transport = self._http_request.transport
        self.disconnected = self.disconnected or transport is None or transport.is_closing()
        if self.disconnected or transport is None:
            return
        self.started = True
        transport.write(data)
        try:
            await self._http_request.protocol._drain_helper()
        except ConnectionError:
            self.disconnected = True

    def abort(self) -> None:
        """End the connection where it is: what was written is not whole, and the client must see that."""
        self.disconnected = True
        if self._http_request.transport is not None:
            self._http_request.transport.abort()


class ClosingResponse(ClientStream):
    """An answer of our own to what cannot be read, and the last on its connection."""

    def __init__(self, http_request: web.BaseRequest, data: bytes) -> None:
        super().__init__(http_request)
        self._data = data

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write everything."""
        await self.write_own(self._data)


def raw_answer_headers(answer: ClientResponse) -> list[tuple[bytes, bytes]]:
    """The headers that go on to the client, as bytes."""
    names = {name for name, _ in answer_headers(answer)}
    return [(name, value) for name, value in answer.raw_headers if name.decode("latin-1") in names]


def answer_headers(answer: ClientResponse) -> HeaderList:
    """The same as text."""
    return end_to_end_headers(answer.raw_headers)


def recorded_response(answer: ClientResponse, tee: BodyTee) -> tuple[Response | None, str]:
    """An answer as a value, its body unpacked; None and the reason where the body cannot be had."""
    headers = answer_headers(answer)
    body = tee.decode(join_headers(headers).get("content-encoding", ""))
    return (None, body.loss) if body.loss else (Response(answer.status, tuple(headers), body.data), "")
