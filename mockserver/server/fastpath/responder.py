"""Answers plain requests for vendors without aiohttp: repeated ones from the cache, all others as `App` does.

An answer to a poll, or to any request that changes nothing, is cached if the engine knows how long it is valid
(`Reply.valid_until`). It is given again only if nothing but time has changed its job, if the clock has not passed that
instant, and if neither the vendor's script has changed nor the session intervenes in the operation: what a fault, a
hold or an automatic clock concerns takes the way through aiohttp, which can wait.
"""

import logging
from typing import Final
from weakref import ref

from mockserver.engine.reply import Reply
from mockserver.engine.router import NoMatch
from mockserver.errors import MockError
from mockserver.server.app import App
from mockserver.server.encode import FastResponse, encode_head_end, encode_own, encode_reply
from mockserver.server.fastpath.cache import CachedResponse, ResponseCache
from mockserver.server.fastpath.parser import ParsedRequest, PlainRequestParser
from mockserver.server.limits import COUNT_MEMORY_EVERY
from mockserver.server.problem import internal_error, problem_from_error
from mockserver.server.target import RoutedRequest

LOG: Final = logging.getLogger("mockserver")


class FastPath:
    """The fast path of one server."""

    def __init__(self, app: App) -> None:
        self.parser = PlainRequestParser()
        self.cache = ResponseCache()
        self._app = app

    def respond(self, data: bytes) -> FastResponse | None:
        """Answer what a connection has received; None: aiohttp has to read it."""
        cached = self.cache.entries.get(data)
        if cached is not None:
            answer = self._repeat(cached)
            if answer is not None:
                return FastResponse(answer, cached.closes)
            self.cache.discard(data)
        parsed = self.parser.parse(data)
        if parsed is None or "/__mock" in parsed.request.path:
            return None
        self._app.request_count += 1
        answer = self._render(data, parsed)
        return None if answer is None else FastResponse(answer, parsed.header_block.closes)

    def _repeat(self, cached: CachedResponse) -> bytes | None:
        """Return the cached answer with new volatile headers; None if it does not hold any more."""
        session = cached.session()
        if session is None:
            return None
        app, reply = self._app, cached.reply
        # The entry's own fields: the reply's properties would take a call each.
        entry = reply.entry
        if app.registry.keeper.is_shared:
            # Other servers may have changed the job: what they wrote is read before the cached answer is looked at.
            try:
                app.registry.keeper.refresh(session.name)
            except MockError:
                return None
        wall_now = app.wall_clock()
        if session.intervenes_in(entry.vendor, cached.operation):
            return None
        if not app.registry.touch_if_current(session, wall_now):
            return None
        now = session.clock.now(wall_now)
        if now >= reply.valid_until:
            return None
        context = session.vendors[entry.vendor]
        if context.store.row(reply.kind, entry.job_id) is not cached.row or context.script is not cached.script:
            return None
        app.request_count += 1
        request_id = session.record_repeat(entry, now)
        if not session.journal.seq % COUNT_MEMORY_EVERY:
            app.registry.count_memory(session, wall_now)
        if app.activity is not None:
            app.activity.repeated(session, reply, now, request_id)
        return cached.head + encode_head_end(request_id, now) + reply.response.body

    def _render(self, data: bytes, parsed: ParsedRequest) -> bytes | None:
        """Return the answer as `App.handle_request` gives it; None where the request may have to wait."""
        request = parsed.request
        wall_now = self._app.wall_clock()
        connection = "close" if parsed.header_block.closes else ""
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
                self._cache_reply(data, routed, reply, encoded, closes=parsed.header_block.closes)
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

    def _cache_reply(self, data: bytes, routed: RoutedRequest, reply: Reply, encoded: bytes, *, closes: bool) -> None:
        """Cache the answer to a request if it is valid for a while."""
        match = routed.incoming.match
        if isinstance(match, NoMatch) or reply.valid_until <= reply.entry.at:
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
                reply=reply,
                head=encoded[: -len(end)],
                closes=closes,
            )
            self.cache.put(data, cached)
