"""aiohttp's `RequestHandler` under the names that 3.14 gave to its parts; all that is special to 3.13 is here."""

from typing import TYPE_CHECKING, Any

from aiohttp import web, web_protocol
from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING or hasattr(web_protocol.RequestHandler, "_parser"):
    RequestHandler = web_protocol.RequestHandler
else:

    class RequestHandler(web_protocol.RequestHandler):
        """The connection of aiohttp 3.13, which does not pause a client that pipelines much."""

        __slots__ = ()
        _buffer_paused = False

        @property
        def _parser(self) -> Any:
            """The parser of requests; None once the connection is lost."""
            return self._request_parser

        @property
        def _upgraded(self) -> bool:
            """True while no HTTP is expected: behind a request for an upgrade."""
            return self._upgrade

        async def finish_response(
            self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
        ) -> tuple[web.StreamResponse, bool]:
            """Send an answer; the connection ends with it if what follows a declined upgrade is no HTTP."""
            try:
                return await super().finish_response(request, resp, start_time)
            except HttpProcessingError:
                # What came behind the request was parsed before its answer was sent.
                self._message_tail = b""
                self.keep_alive(False)
                return await super().finish_response(request, resp, start_time)
