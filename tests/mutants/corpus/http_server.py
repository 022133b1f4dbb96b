"""A mutated vendor over HTTP on loopback, for tools that make their own requests; each request advances its clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from mockserver.core.wire import Request
from tests.mutants.corpus.mutated_vendor import MutatedVendor


@contextmanager
def serving(world: MutatedVendor, tick: float) -> Iterator[str]:
    """Serve a world within the block; yield its base URL. `tick` seconds pass before each request."""
    turn = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

        def answer(self) -> None:
            """Send the world's answer to a request of any method."""
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            with turn:
                world.advance(tick)
                response = world.send(Request(self.command, path, query, headers, body))
            lines = "".join(f"{name}: {value}\r\n" for name, value in response.headers)
            head = f"HTTP/1.1 {response.status} -\r\n{lines}Content-Length: {len(response.body)}\r\n\r\n"
            self.wfile.write(head.encode() + (b"" if self.command == "HEAD" else response.body))

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_TRACE = answer
        do_QUERY = answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
