"""A client of bytes: what it sends is up to the test, what it reads is one answer at a time."""

import select
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple
from urllib.parse import urlsplit

PATIENCE = 5.0
"""Seconds after which an answer that has not come will not come."""


class RawResponse(NamedTuple):
    """One answer."""

    status: int
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes
    head: bytes


class RawConnection:
    """A connection, read and written by hand."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE)
        self._left = b""

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def no_more(self) -> None:
        """Send no more, but go on reading."""
        self._socket.shutdown(socket.SHUT_WR)

    def request(self, data: bytes, *, bodiless: bool = False) -> RawResponse:
        """Send, and read the answer."""
        self.send(data)
        return self.answer(bodiless=bodiless)

    def answer(self, *, bodiless: bool = False) -> RawResponse:
        """The next answer; `bodiless` where it is one to HEAD."""
        while b"\r\n\r\n" not in self._left:
            self._read()
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        first, *lines = head.decode("utf-8").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = 0 if bodiless else int(headers.get("content-length", 0))
        while len(self._left) < length:
            self._read()
        body, self._left = self._left[:length], self._left[length:]
        return RawResponse(int(first.split()[1]), headers, body, head)

    def _read(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise EOFError(f"the server hung up after {self._left!r}")
        self._left += data

    @property
    def ended(self) -> bool:
        """Whether the server hangs up now, and has said nothing more; waits for it."""
        try:
            return not self._left and self._socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def piece(self) -> bytes:
        """What comes next, however much; nothing at the connection's end."""
        return self._socket.recv(65536)

    def rest(self) -> bytes:
        """Everything until the end of the connection; `[reset]` stands for an end that is none."""
        said = self._left
        try:
            while data := self.piece():
                said += data
        except ConnectionResetError:
            return said + b"[reset]"
        return said

    def until(self, end: bytes) -> bytes:
        """What comes until there are such bytes, with them."""
        while end not in self._left:
            self._read()
        said, found, self._left = self._left.partition(end)
        return said + found

    @property
    def there(self) -> bool:
        """Whether something has come already: this waits for nothing."""
        return bool(select.select([self._socket], [], [], 0)[0])

    @property
    def quiet(self) -> bool:
        """Whether nothing comes for a tenth of a second, and no end either."""
        self._socket.settimeout(0.1)
        try:
            self._left += self._socket.recv(1) or b"[end]"
        except TimeoutError:
            return True
        finally:
            self._socket.settimeout(PATIENCE)
        return False

    def fill(self, data: bytes) -> None:
        """Send again and again, reading nothing, until the server takes no more."""
        self._socket.settimeout(0.2)
        with suppress(TimeoutError):
            while True:
                self._socket.send(data)
        self._socket.settimeout(PATIENCE)

    def drain(self) -> None:
        """Read until the server hangs up."""
        with suppress(ConnectionResetError):
            while self._socket.recv(1 << 20):
                pass

    def vanish(self) -> None:
        """Go without a word: a reset, not an end."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        self._socket.close()


@contextmanager
def raw_connection(url: str) -> Iterator[RawConnection]:
    """A connection within the block."""
    connected = RawConnection(url)
    try:
        yield connected
    finally:
        connected.close()


def exchange_bytes(url: str, data: bytes) -> bytes:
    """What a server answers to these bytes, up to its closing of the connection."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(data)
        got = b""
        while part := connection.recv(65536):
            got += part
    return got
