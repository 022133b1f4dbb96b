"""A proxy in a thread, in front of whatever a test says; and servers that answer in bytes, rightly or not."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from mockserver.core.wire import Exchange, Request
from mockserver.server.proxy import Listening, Proxy, proxying
from mockserver.server.upstream import Guard, upstream


@dataclass
class Seen:
    """A watch that remembers; `ended` counts what has ended."""

    announced: list[tuple[Request, int]] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    came: Event = field(default_factory=Event)

    def opened(self, request: Request, sent_seq: int) -> None:
        self.announced.append((request, sent_seq))

    def add(self, exchange: Exchange, lost: str = "") -> None:
        self.exchanges.append(exchange)
        self.lost.append(lost)
        self.came.set()

    def last(self) -> Exchange:
        """The exchange that ended last; the client may have its answer a moment earlier."""
        assert self.came.wait(10)
        self.came.clear()
        return self.exchanges[-1]


@contextmanager
def proxied(
    url: str,
    watch: Seen | None = None,
    guard: Guard | None = None,
    *,
    port: int = 0,
    open_to_all: bool = False,
    trusted: ssl.SSLContext | None = None,
) -> Iterator[str]:
    """A proxy within the block; its URL."""
    begun: Future[tuple[Listening, Callable[[], object]]] = Future()
    proxy = Proxy(upstream(url), watch or Seen(), open_to_all=open_to_all, trusted=trusted)

    async def life() -> None:
        stopped, loop = asyncio.Event(), asyncio.get_running_loop()
        async with proxying(proxy, "127.0.0.1", port, guard) as listening:
            begun.set_result((listening, lambda: loop.call_soon_threadsafe(stopped.set)))
            await stopped.wait()

    def run() -> None:
        try:
            asyncio.run(life())
        except BaseException as error:
            if begun.done():
                raise
            begun.set_exception(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        listening, stop = begun.result(timeout=30)
        yield listening.url
        stop()
    finally:
        thread.join(timeout=30)


@contextmanager
def saying(*answers: bytes, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """A server that gives each connection one answer and closes it; and what it was sent.

    With `tls` it speaks https as `localhost`, and a client that does not trust it has sent it nothing.
    """
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def life() -> None:
        for answer in answers:
            accepted, _ = listener.accept()
            try:
                with accepted if tls is None else tls.wrap_socket(accepted, server_side=True) as spoken:
                    asked.append(_whole(spoken))
                    spoken.sendall(answer)
                    spoken.shutdown(socket.SHUT_WR)
                    while spoken.recv(65536):
                        pass
            except ssl.SSLError:
                asked.append(b"")

    thread = Thread(target=life, daemon=True)
    thread.start()
    try:
        origin = "http://127.0.0.1" if tls is None else "https://localhost"
        yield f"{origin}:{listener.getsockname()[1]}", asked
    finally:
        thread.join(timeout=10)
        listener.close()


def _whole(accepted: socket.socket) -> bytes:
    """A request with a body of a known length, or none."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += accepted.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = [line.lower() for line in head.split(b"\r\n")]
    length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        part = accepted.recv(65536)
        data, body = data + part, body + part
    return data


def sent(url: str, data: bytes) -> bytes:
    """What a server answers to these bytes, up to its closing of the connection."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(data)
        got = b""
        while part := connection.recv(65536):
            got += part
    return got
