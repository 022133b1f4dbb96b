"""Servers that answer with the bytes a test gives them, valid HTTP or not."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def one_response_server(*answers: bytes, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[bytes]]]:
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


@contextmanager
def scripted_server(*connections: tuple[bytes, ...], hold: Event | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """A server that gives each connection these answers, one a request, and then is gone; and what it was sent.

    With `hold` a connection is not closed before that is set.
    """
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def life() -> None:
        for answers in connections:
            accepted, _ = listener.accept()
            with accepted:
                for answer in answers:
                    asked.append(accepted.recv(65536))
                    accepted.sendall(answer)
                if hold is not None:
                    hold.wait(10)
        listener.close()

    thread = Thread(target=life, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
    finally:
        thread.join(timeout=10)
        listener.close()
