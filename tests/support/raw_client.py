"""A client that sends the bytes a test gives it, and reads one response at a time."""

import select
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple
from urllib.parse import urlsplit

TIMEOUT = 5.0
"""Seconds to wait for a response."""


class RawResponse(NamedTuple):
    """One response."""

    status: int
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes
    head: bytes


class RawConnection:
    """A TCP connection that a test reads and writes by hand."""

    def __init__(self, url: str, receive_buffer: int | None = None) -> None:
        """Connect; `receive_buffer` is about what the kernel keeps of what is not read, in bytes (None: megabytes)."""
        parts = urlsplit(url)
        self._socket = socket.socket(socket.AF_INET6 if ":" in str(parts.hostname) else socket.AF_INET)
        # Before the connection: a window that shrinks later makes the kernel drop what it has let the server send.
        if receive_buffer is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(TIMEOUT)
        self._socket.connect((parts.hostname, parts.port))
        self._buffer = b""

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def send_often(self, data: bytes, times: int) -> None:
        """Send the same bytes again and again; the server has `TIMEOUT` seconds for each, however busy it is."""
        for _ in range(times):
            self.send(data)

    def shutdown_write(self) -> None:
        """Close the sending half; reading goes on."""
        with suppress(OSError):  # the server may have reset the connection
            self._socket.shutdown(socket.SHUT_WR)

    def request(self, data: bytes, *, bodiless: bool = False) -> RawResponse:
        """Send bytes and read one response."""
        self.send(data)
        return self.read_response(bodiless=bodiless)

    def read_response(self, *, bodiless: bool = False) -> RawResponse:
        """Read the next response; `bodiless` if it answers a HEAD."""
        while b"\r\n\r\n" not in self._buffer:
            self._read()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("utf-8").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = 0 if bodiless else int(headers.get("content-length", 0))
        while len(self._buffer) < length:
            self._read()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return RawResponse(int(first.split()[1]), headers, body, head)

    def _read(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise EOFError(f"the server closed the connection after {self._buffer!r}")
        self._buffer += data

    @property
    def is_closed(self) -> bool:
        """Wait for the server to close the connection; False if it sends anything more."""
        try:
            return not self._buffer and self._socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def read_some(self) -> bytes:
        """Read the next bytes; empty at the end of the connection."""
        return self._socket.recv(65536)

    def read_to_end(self) -> bytes:
        """Read until the end of the connection; `[reset]` marks one that was reset."""
        data = self._buffer
        try:
            while more := self.read_some():
                data += more
        except ConnectionResetError:
            return data + b"[reset]"
        return data

    def read_until(self, end: bytes) -> bytes:
        """Read up to and including these bytes."""
        while end not in self._buffer:
            self._read()
        data, found, self._buffer = self._buffer.partition(end)
        return data + found

    @property
    def has_data(self) -> bool:
        """Test, without waiting, whether data has arrived."""
        return bool(select.select([self._socket], [], [], 0)[0])

    @property
    def is_silent(self) -> bool:
        """Test that neither data nor an end arrives for a tenth of a second."""
        self._socket.settimeout(0.1)
        try:
            self._buffer += self._socket.recv(1) or b"[end]"
        except TimeoutError:
            return True
        finally:
            self._socket.settimeout(TIMEOUT)
        return False

    def fill_send_buffer(self, data: bytes) -> None:
        """Send repeatedly, without reading, until the server's buffers are full."""
        self._socket.settimeout(0.2)
        with suppress(TimeoutError):
            while True:
                self._socket.send(data)
        self._socket.settimeout(TIMEOUT)

    def drain(self) -> None:
        """Read until the server closes the connection."""
        with suppress(ConnectionResetError):
            while self._socket.recv(1 << 20):
                pass

    def reset_connection(self) -> None:
        """Reset the connection instead of closing it."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        self._socket.close()


@contextmanager
def raw_connection(url: str, receive_buffer: int | None = None) -> Iterator[RawConnection]:
    """Open a connection within the block."""
    connected = RawConnection(url, receive_buffer)
    try:
        yield connected
    finally:
        connected.close()


def exchange_bytes(url: str, data: bytes) -> bytes:
    """Send bytes on a connection of their own; return the answer up to the close."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(data)
        got = b""
        while part := connection.recv(65536):
            got += part
    return got
