"""One answer on its way through: its head as it was, its body as it comes, and its end as the upstream ended it.

The bytes are written past aiohttp's own response, which would add headers of its own; that reads private attributes of
`RequestHandler`, as `aio` does, which is why aiohttp's version is pinned.
"""

from typing import Final

from aiohttp import ClientResponse, HttpVersion11, web

from mockserver.core.wire import Response
from mockserver.recordings.bodies import KEPT, OVER, Body, decoded
from mockserver.server.upstream import Headers, joined, passed

BODILESS: Final = (204, 304)


class Copy:
    """The first `KEPT` bytes of a body that passes by; nothing of a larger one."""

    def __init__(self) -> None:
        self._held = bytearray()
        self.over = False
        """Whether it was larger."""
        self.torn = False
        """Whether its sender broke off, or went on with what is no HTTP."""

    def add(self, data: bytes) -> None:
        """The next bytes."""
        self.over = self.over or len(self._held) + len(data) > KEPT
        if self.over:
            self._held.clear()
        else:
            self._held += data

    def body(self, coding: str) -> Body:
        """What it was before its `Content-Encoding`, or why nobody can tell."""
        return Body(loss=OVER) if self.over else decoded(Body(bytes(self._held)), coding)


class Outlet(web.StreamResponse):
    """The client's side: what is written to it is all that it gets. `gone` once the client has hung up."""

    def __init__(self, asked: web.BaseRequest) -> None:
        super().__init__()
        self.gone = False
        self.begun = False
        """Whether the head has been written."""
        self._asked = asked
        self._chunked = False
        self._stays_open = asked.keep_alive

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open."""
        return self._stays_open and not self.gone

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to prepare."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""

    async def head(self, answer: ClientResponse) -> None:
        """The status line and the headers, and how the end of the body will be known."""
        lines = [f"HTTP/1.1 {answer.status} {answer.reason or ''}".rstrip().encode("utf-8", "replace")]
        lines += [name + b": " + value for name, value in kept(answer)]
        bodiless = self._asked.method == "HEAD" or answer.status in BODILESS
        if not bodiless and "content-length" not in answer.headers:
            self._chunked = self._asked.version >= HttpVersion11
            self._stays_open = self._stays_open and self._chunked
            lines += [b"Transfer-Encoding: chunked"] if self._chunked else []
        if not self._stays_open:
            lines.append(b"Connection: close")
        elif self._asked.version < HttpVersion11:
            lines.append(b"Connection: keep-alive")
        await self.bytes(b"\r\n".join([*lines, b"", b""]))

    async def body(self, data: bytes) -> None:
        """A part of the body."""
        if data:
            await self.bytes(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    async def end(self) -> None:
        """The body is whole."""
        if self._chunked:
            await self.bytes(b"0\r\n\r\n")

    async def whole(self, data: bytes) -> None:
        """An answer of our own, after which the connection is closed: nobody knows what of the request is unread."""
        self._stays_open = False
        await self.bytes(data)

    async def bytes(self, data: bytes) -> None:
        """Write, and wait where the client reads slowly."""
        transport = self._asked.transport
        self.gone = self.gone or transport is None or transport.is_closing()
        if self.gone or transport is None:
            return
        self.begun = True
        transport.write(data)
        try:
            await self._asked.protocol._drain_helper()
        except ConnectionError:
            self.gone = True

    def cut(self) -> None:
        """End the connection where it is: what was written is not whole, and the client must see that."""
        self.gone = True
        if self._asked.transport is not None:
            self._asked.transport.abort()


class Parting(Outlet):
    """An answer of our own to what cannot be read, and the last on its connection."""

    def __init__(self, asked: web.BaseRequest, data: bytes) -> None:
        super().__init__(asked)
        self._data = data

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write everything."""
        await self.whole(self._data)


def kept(answer: ClientResponse) -> list[tuple[bytes, bytes]]:
    """The headers that go on to the client, as bytes."""
    names = {name for name, _ in received(answer)}
    return [(name, value) for name, value in answer.raw_headers if name.decode("latin-1") in names]


def received(answer: ClientResponse) -> Headers:
    """The same as text."""
    return passed(answer.raw_headers)


def seen(answer: ClientResponse, copy: Copy) -> tuple[Response | None, str]:
    """An answer as a value, its body unpacked; None and the reason where the body cannot be had."""
    headers = received(answer)
    body = copy.body(joined(headers).get("content-encoding", ""))
    return (None, body.loss) if body.loss else (Response(answer.status, tuple(headers), body.data), "")
