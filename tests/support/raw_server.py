"""Servers that answer with given bytes, which need not be valid HTTP."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def one_response_server(*answers: bytes, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """Run a server that gives each connection one answer and closes it; yield its URL and the list of its requests.

    With `tls` it speaks https as `localhost`; the request of a client that does not trust it is empty.
    """
    requests: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for answer in answers:
            accepted, _ = listener.accept()
            try:
                with accepted if tls is None else tls.wrap_socket(accepted, server_side=True) as spoken:
                    requests.append(_whole(spoken))
                    spoken.sendall(answer)
                    spoken.shutdown(socket.SHUT_WR)
                    while spoken.recv(65536):
                        pass
            except ssl.SSLError:
                requests.append(b"")

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        origin = "http://127.0.0.1" if tls is None else "https://localhost"
        yield f"{origin}:{listener.getsockname()[1]}", requests
    finally:
        thread.join(timeout=10)
        listener.close()


def _whole(accepted: socket.socket) -> bytes:
    """Read a request, with its body if it has a length."""
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
    """Run a server that gives each connection its answers, one for each request; yield its URL and its requests.

    It stops after the last connection. With `hold` a connection is not closed before that event is set.
    """
    requests: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for answers in connections:
            accepted, _ = listener.accept()
            with accepted:
                for answer in answers:
                    requests.append(accepted.recv(65536))
                    accepted.sendall(answer)
                if hold is not None:
                    hold.wait(10)
        listener.close()

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", requests
    finally:
        thread.join(timeout=10)
        listener.close()
