"""A live API for tests: a plain HTTP server without an admin API, whose time passes only when a client sleeps.

with live_api("phaseo@2026-06-11") as api:
    LiveTarget(api.url, sleep=api.sleep)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread

from mockserver.core.clock import Clock
from mockserver.core.wire import Request
from mockserver.engine.session import Session
from mockserver.engine.setup import SessionSetup
from mockserver.installed import installed_vendors
from mockserver.stores import memory_store
from mockserver.vendors.api import RequestError
from mockserver.vendors.registry import resolve_era
from tests.support.fake_world import START


class LiveApi:
    """A live API, with the requests and the sleeps of its clients."""

    def __init__(self, pin: str, key: str) -> None:
        self._era = resolve_era(pin, installed_vendors())
        self._changed = Condition()
        self.key = key
        """The only key that it accepts."""
        self.url = ""
        self.slept: list[float] = []
        self.requests: list[Request] = []
        self._session = Session(
            SessionSetup("live", {self._era.vendor: self._era}, Clock(0, START, 0.0), "7", memory_store)
        )

    def sleep(self, seconds: float) -> None:
        """Record a sleep of the client, and let its time pass."""
        self.slept.append(seconds)
        self._session.clock = self._session.clock.advance(0, round(seconds * 1_000_000))

    def wait_for(self, count: int) -> None:
        """Wait until `count` requests have arrived."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.requests) >= count, timeout=30)

    def answer(self, request: Request) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        """Answer as the vendor does, without headers of the mock server."""
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            if not request.path.startswith(self._era.prefix):
                return 404, (("Content-Type", "text/html"),), b"<h1>Not Found</h1>"
            given = self._era.parse_api_key(request)
            if not isinstance(given, RequestError) and given != self.key:
                return 401, (("Content-Type", "application/json"),), b'{"error": "unauthorised"}'
            return self._session.answer(self._era.vendor, request, self.url, 0).response


@contextmanager
def live_api(pin: str, key: str = "test-key") -> Iterator[LiveApi]:
    """Run the API within the block."""
    api = LiveApi(pin, key)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def _answer(self) -> None:
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            status, answered, data = api.answer(Request(self.command, path, query, headers, body))
            self.send_response(status)
            for name, value in answered:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = _answer

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
