"""One answer on its way to the client: its head as it was, its body as it comes, and its end as the upstream ended it.

The bytes are written past aiohttp's own response, which would add headers. That uses private attributes of aiohttp's
`RequestHandler`, as `adapter.connection` does; it is why aiohttp's version is pinned.
"""

from typing import Final

from aiohttp import ClientResponse, HttpVersion11, web

from mockserver.core.wire import Response
from mockserver.recordings.bodies import MAX_BODY_BYTES, TOO_LARGE, RecordedBody, decode_content
from mockserver.server.proxy.upstream import end_to_end_headers, join_headers

BODILESS_STATUSES: Final = (204, 304)


class BodyTee:
    """A copy of a body that passes through, for the observer; it keeps nothing of one over `MAX_BODY_BYTES`."""

    def __init__(self) -> None:
        self._copied = bytearray()
        self.too_large = False
        """True once the body is larger than is kept."""
        self.broken = False
        """True if the sender closed the connection early, or continued with what is not HTTP."""

    def add(self, data: bytes) -> None:
        """Add the next bytes."""
        if self.too_large:
            return
        if len(self._copied) + len(data) > MAX_BODY_BYTES:
            self.too_large = True
            self._copied.clear()
            return
        self._copied += data

    def decode(self, content_encoding: str) -> RecordedBody:
        """Return the body without its `Content-Encoding`, or the reason why it cannot be had."""
        if self.too_large:
            return RecordedBody(loss=TOO_LARGE)
        return decode_content(RecordedBody(bytes(self._copied)), content_encoding)


class ClientStream(web.StreamResponse):
    """The answer to the client, byte for byte as it is written here."""

    def __init__(self, http_request: web.BaseRequest) -> None:
        super().__init__()
        self.disconnected = False
        """True once the client has closed its connection."""
        self.started = False
        """True once bytes have been written."""
        self._http_request = http_request
        self._chunked = False
        self._stays_open = http_request.keep_alive

    @property
    def keep_alive(self) -> bool:
        """True if the connection stays open after this answer; aiohttp reads this."""
        return self._stays_open and not self.disconnected

    async def prepare(self, request: web.BaseRequest) -> None:
        """Do nothing: aiohttp calls this, and everything is written already."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: aiohttp calls this, and everything is written already."""

    async def write_head(self, answer: ClientResponse) -> None:
        """Write the status line and the headers, and decide how the client will know the end of the body."""
        lines = [f"HTTP/1.1 {answer.status} {answer.reason or ''}".rstrip().encode("utf-8", "replace")]
        forwarded = {name for name, _ in end_to_end_headers(answer.raw_headers)}
        lines += [name + b": " + value for name, value in answer.raw_headers if name.decode("latin-1") in forwarded]
        is_http11 = self._http_request.version >= HttpVersion11
        bodiless = self._http_request.method == "HEAD" or answer.status in BODILESS_STATUSES
        if not bodiless and "content-length" not in answer.headers:
            # The length is unknown: chunks show the end, or for a client of HTTP/1.0 the end of the connection.
            if is_http11:
                self._chunked = True
                lines.append(b"Transfer-Encoding: chunked")
            else:
                self._stays_open = False
        if not self._stays_open:
            lines.append(b"Connection: close")
        elif not is_http11:
            lines.append(b"Connection: keep-alive")
        await self.write_bytes(b"\r\n".join([*lines, b"", b""]))

    async def write_part(self, data: bytes) -> None:
        """Write a part of the body."""
        if not data:
            return  # an empty chunk would end the body
        if self._chunked:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        await self.write_bytes(data)

    async def write_end(self) -> None:
        """Mark the end of a complete body."""
        if self._chunked:
            await self.write_bytes(b"0\r\n\r\n")

    async def write_own(self, data: bytes) -> None:
        """Write an answer of the proxy itself; the connection then ends, since the request may be partly unread."""
        self._stays_open = False
        await self.write_bytes(data)

    async def write_bytes(self, data: bytes) -> None:
        """Write, and wait while the client's buffer is full; sets `disconnected` if the client is gone."""
        # aiohttp forgets the transport when the connection is lost, and closes it a moment earlier.
        transport = self._http_request.transport
        if self.disconnected or transport is None or transport.is_closing():
            self.disconnected = True
            return
        self.started = True
        transport.write(data)
        try:
            await self._http_request.protocol._drain_helper()
        except ConnectionError:
            self.disconnected = True

    def abort(self) -> None:
        """Reset the connection: the client must see that the answer is incomplete."""
        self.disconnected = True
        if self._http_request.transport is not None:
            self._http_request.transport.abort()


class ClosingResponse(ClientStream):
    """The proxy's own answer to a request that cannot be read; the last on its connection."""

    def __init__(self, http_request: web.BaseRequest, data: bytes) -> None:
        super().__init__(http_request)
        self._data = data

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write everything."""
        await self.write_own(self._data)


def recorded_response(answer: ClientResponse, tee: BodyTee) -> tuple[Response | None, str]:
    """Return the answer with its body decoded, and ""; or None, and the reason why the body cannot be had."""
    headers = end_to_end_headers(answer.raw_headers)
    body = tee.decode(join_headers(headers).get("content-encoding", ""))
    if body.loss:
        return None, body.loss
    return Response(answer.status, tuple(headers), body.data), ""
