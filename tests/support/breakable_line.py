"""A line to a server that a test can break: a port that forwards bytes, until it drops all connections."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

_CHUNK: Final = 65_536


@dataclass
class BreakableLine:
    """A port of this machine that leads to a server."""

    listener: socket.socket
    server: tuple[str, int]
    connections: list[socket.socket] = field(default_factory=list)
    broken: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """The address of the port, without a slash at the end."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def drop(self) -> None:
        """Close all connections, and refuse new ones until `restore`."""
        self.broken.set()
        while self.connections:
            with suppress(OSError):
                self.connections.pop().shutdown(socket.SHUT_RDWR)

    def restore(self) -> None:
        """Accept connections again."""
        self.broken.clear()

    def forward(self) -> None:
        """Accept connections until the listener is closed."""
        with suppress(OSError):
            while True:
                accepted, _ = self.listener.accept()
                if self.broken.is_set():
                    accepted.close()
                    continue
                upstream = socket.create_connection(self.server)
                self.connections += (accepted, upstream)
                for ends in ((accepted, upstream), (upstream, accepted)):
                    threading.Thread(target=_copy, args=ends, daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError), source:
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def breakable_line(host: str, port: int) -> Iterator[BreakableLine]:
    """Forward a free port to a server within the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = BreakableLine(listener, (host, port))
        threading.Thread(target=line.forward, daemon=True).start()
        yield line
        line.drop()
        listener.shutdown(socket.SHUT_RDWR)
