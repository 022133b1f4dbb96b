"""Answers plain requests for vendors without aiohttp: polls from the cache, all others as `App` answers them.

An answer to a GET is cached if the engine knows how long it is valid (`Reply.valid_until`). It is given again only if
nothing but time has changed its job, if the clock has not passed that instant, and if neither the vendor's script has
changed nor the session intervenes in the operation: what a fault, a hold or an automatic clock concerns takes the way
through aiohttp, which can wait.
"""

import logging
from typing import Final, NamedTuple
from weakref import ref

from mockserver.core.instants import Instant
from mockserver.core.wire import Response
from mockserver.engine.reply import Reply
from mockserver.engine.router import NoMatch
from mockserver.errors import MockError
from mockserver.server.app import App
from mockserver.server.encode import encode_head_end, encode_own, encode_reply
from mockserver.server.fastpath.cache import CachedResponse, ResponseCache
from mockserver.server.fastpath.parser import PLAIN_STARTS, ParsedRequest, PlainRequestParser
from mockserver.server.limits import COUNT_MEMORY_EVERY
from mockserver.server.problem import internal_error, problem_from_error
from mockserver.server.target import RoutedRequest

LOG: Final = logging.getLogger("mockserver")


class FastResponse(NamedTuple):
    """An answer that is given at once."""

    data: bytes
    closes: bool
    """True if the connection ends with it, as the client requested."""


class FastPath:
    """The fast path of one server."""

    def __init__(self, app: App) -> None:
        self.parser = PlainRequestParser()
        self.cache = ResponseCache()
        self._app = app

    def respond(self, data: bytes) -> FastResponse | None:
        """Answer what a connection has received; None: aiohttp has to read it."""
        if not data.startswith(PLAIN_STARTS):
            return None
        parsed = self.parser.parse(data)
        if parsed is None or "/__mock" in parsed.request.path:
            return None
        self._app.request_count += 1
        wall_now = self._app.wall_clock()
        answer: bytes | None = None
        cached = None
        if parsed.request.method == "GET":
            cached = self.cache.get(parsed.key)
        if cached is not None:
            answer = self._from_cache(cached, wall_now)
            if answer is None:
                self.cache.discard(parsed.key)
        if answer is None:
            answer = self._render(parsed, wall_now)
        if answer is None:
            return None
        return FastResponse(answer, parsed.header_block.closes)

    def awaits_body(self, data: bytes) -> bool:
        """Return True if these bytes are a plain request but for the end of its body."""
        return self.parser.lacks_body(data)

    def _from_cache(self, cached: CachedResponse, wall_now: Instant) -> bytes | None:
        """Return the cached answer with new volatile headers; None if it does not hold any more."""
        session = cached.session()
        keeper = self._app.registry.keeper
        if session is not None and keeper.is_shared:
            # Other servers may have changed the job: what they wrote is read before the cached answer is looked at.
            try:
                keeper.refresh(session.name)
            except MockError:
                return None
            wall_now = self._app.wall_clock()
        if session is None or session.intervenes_in(cached.reply.vendor, cached.operation):
            return None
        if not self._app.registry.touch_if_current(session, wall_now):
            return None
        now = session.clock.now(wall_now)
        reply = cached.reply
        if now >= reply.valid_until:
            return None
        context = session.vendors[reply.vendor]
        if context.store.row(reply.kind, reply.job_id) is not cached.row or context.script is not cached.script:
            return None
        request_id = session.record_repeat(reply, cached.request, now)
        if not session.journal.seq % COUNT_MEMORY_EVERY:
            self._app.registry.count_memory(session, wall_now)
        if self._app.activity is not None:
            self._app.activity.repeated(session, reply, cached.request, now, request_id)
        return cached.head + encode_head_end(request_id, now) + reply.response.body

    def _render(self, parsed: ParsedRequest, wall_now: Instant) -> bytes | None:
        """Return the answer as `App.handle_request` gives it; None where the request may have to wait."""
        request = parsed.request
        connection = "close" if parsed.header_block.closes else ""
        response: Response
        try:
            routed = self._app.targets.route(request, wall_now)
            if isinstance(routed, RoutedRequest):
                if self._app.registry.keeper.is_shared:
                    wall_now = self._app.wall_clock()  # the store's time, as of the session's refresh
                if routed.may_wait or routed.takes_long or self._app.scans_large_session(routed):
                    return None
                reply = self._app.answer(routed, wall_now)
                hints = self._app.hint_headers(request, reply, routed.session)
                encoded = encode_reply(request, reply, routed.session, connection, hints)
                self._cache_reply(parsed, routed, reply, encoded)
                return encoded
            response = routed
        except MockError as error:
            response = problem_from_error(error)
        except Exception:  # the log has it, and the client gets an answer
            LOG.exception("%s %s", request.method, request.path)
            response = internal_error()
        if self._app.activity is not None:
            self._app.activity.answered_itself(request, response, wall_now)
        return encode_own(request, response, self._app.wall_clock(), connection)

    def _cache_reply(self, parsed: ParsedRequest, routed: RoutedRequest, reply: Reply, encoded: bytes) -> None:
        """Cache an answer that is valid for a while."""
        match = routed.match
        if reply.valid_until <= reply.at or isinstance(match, NoMatch) or parsed.request.method != "GET":
            return
        row = routed.context.store.row(reply.kind, reply.job_id)
        end = encode_head_end(reply.request_id, reply.at) + reply.response.body
        # A compressed answer does not end with its body: it is rendered again each time.
        if row is not None and encoded.endswith(end):
            cached = CachedResponse(
                session=ref(routed.session),
                row=row,
                operation=match.operation,
                script=routed.context.script,
                request=routed.request,
                reply=reply,
                head=encoded[: -len(end)],
            )
            self.cache.put(parsed.key, cached)
