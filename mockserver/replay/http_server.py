"""Serves a recording on a port: the listening socket, and requests and answers as values.

A recording may contain secrets. They go to the client alone, and by default only under a name of this machine: a web
page whose own name leads here (DNS rebinding) gets nothing.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final
from urllib.parse import urlsplit

from aiohttp import HttpVersion11, web
from aiohttp.http_exceptions import HttpProcessingError

from mockserver.contract.judge.hosts import is_local_host
from mockserver.core.instants import Instant
from mockserver.core.wire import Request, Response
from mockserver.replay.player import RecordingPlayer
from mockserver.server.clock import wall_clock
from mockserver.server.encode import accepts_gzip, encode_response
from mockserver.server.http.listener import ListeningAddress, expects_continue
from mockserver.server.problem import bad_request_bytes, problem_response
from mockserver.server.proxy.serve import serve_streams
from mockserver.server.proxy.stream import ClientStream
from mockserver.server.signals import run_until_signal

LOG: Final = logging.getLogger("mockserver.replay")
MAX_REQUEST_BYTES: Final = 10_000_000
"""Bytes of a request's body; a larger one is answered 413."""


class RecordingServer:
    """Answers the requests of a port from a recording."""

    def __init__(
        self, player: RecordingPlayer, *, accept_any_host: bool = False, clock: Callable[[], Instant] = wall_clock
    ) -> None:
        """Take what answers; `accept_any_host` also serves requests whose `Host` is not this machine."""
        self.failed = False
        """True once a request has met a bug."""
        self._player = player
        self._accept_any_host = accept_any_host
        self._clock = clock

    async def handle_request(self, http_request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        client = ClientStream(http_request)
        transport = http_request.transport
        if transport is not None and "Expect" in http_request.headers and expects_continue(http_request):
            transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            body = await http_request.read()
        except web.HTTPRequestEntityTooLarge:
            detail = f"the body has more than {MAX_REQUEST_BYTES:,} bytes"
            await client.write_own(bad_request_bytes(413, detail, self._clock()))
            return client
        except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
            await client.write_own(bad_request_bytes(400, "the body is not valid HTTP", self._clock()))
            return client
        response = self._answer(http_request, body)
        connection = "" if client.keep_alive else "close"
        if client.keep_alive and http_request.version < HttpVersion11:
            connection = "keep-alive"
        data = encode_response(
            response,
            self._clock(),
            head_only=http_request.method == "HEAD",
            connection=connection,
            compress=accepts_gzip(http_request.headers.get("Accept-Encoding", "")),
        )
        await client.write_bytes(data)
        return client

    def _answer(self, http_request: web.BaseRequest, body: bytes) -> Response:
        host = http_request.headers.get("Host", "")
        if not self._accept_any_host and not _names_this_machine(host):
            detail = f"the recording is not served under the name {host[:80]!r}, which may be a web page's"
            return problem_response(421, "RPL006", detail, "Use 127.0.0.1, or another --host.")
        path, _, query = http_request.raw_path.partition("#")[0].partition("?")
        headers = {name.lower(): value for name, value in http_request.headers.items()}
        request = Request(http_request.method, path, query, headers, body)
        try:
            return self._player.answer(request, f"http://{host}", self._clock())
        except Exception:
            self.failed = True
            LOG.exception("%s: a request could not be answered from the recording", "RPL007")
            return problem_response(500, "RPL007", "this is a bug; the log has the traceback", "please report it")


def _names_this_machine(host: str) -> bool:
    """Return True for a Host header that a web page cannot have: an address of this machine, a name without a dot."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name is not None and is_local_host(name)


def serve_recording(recording: RecordingServer, host: str, port: int) -> AbstractAsyncContextManager[ListeningAddress]:
    """Serve within the block; port 0 takes a free one. Raises `MockError` SRV004 or SRV005."""
    return serve_streams(recording.handle_request, host, port, MAX_REQUEST_BYTES, decompress=True)


def replay_forever(recording: RecordingServer, host: str, port: int, ready: Callable[[ListeningAddress], None]) -> None:
    """Serve until a signal (`run_until_signal`). Raises `MockError` SRV004 or SRV005."""
    run_until_signal(serve_recording(recording, host, port), ready)
