"""A receiver of webhooks for tests: on a free port, in a thread; it records its deliveries.

with webhook_receiver(500, 200) as inbox:
    ...
    assert [got.json["type"] for got in inbox.got] == ["video.completed"] * 2
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class ReceivedRequest(NamedTuple):
    """One delivery."""

    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def json(self) -> Any:
        """Decode the body."""
        return json.loads(self.body)


@dataclass
class WebhookReceiver:
    """A receiver: its deliveries, oldest first, and its answers."""

    answers: list[int]
    """Statuses in turn, then 200."""
    url: str = ""
    body: bytes = b""
    """The body of each answer."""
    got: list[ReceivedRequest] = field(default_factory=list)
    first: Callable[[ReceivedRequest], None] = lambda got: None
    """Called with a delivery before it is answered."""
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def take(self, got: ReceivedRequest) -> int:
        """Record a delivery; return the status to answer with."""
        self.first(got)
        with self.arrived:
            self.got.append(got)
            self.arrived.notify_all()
            return self.answers.pop(0) if self.answers else 200

    def wait(self, count: int) -> list[ReceivedRequest]:
        """Wait until `count` deliveries have arrived, for ten seconds at most; return all."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.got) >= count, timeout=10), f"{len(self.got)} of {count}"
            return list(self.got)


@contextmanager
def webhook_receiver(*answers: int) -> Iterator[WebhookReceiver]:
    """Run a receiver within the block."""
    inbox = WebhookReceiver(list(answers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got = ReceivedRequest(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(inbox.take(got))
            self.send_header("Content-Length", str(len(inbox.body)))
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(inbox.body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    inbox.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield inbox
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
