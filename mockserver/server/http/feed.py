"""The connections of a session's feed: server-sent events, in batches, to readers that read.

A reader is limited: so many at a time, so many batches a second, and so many bytes that may wait for it. One that does
not read is dropped, with a last event that says so where there is room for it.
"""

from collections.abc import Callable
from typing import Final

from mockserver.core.instants import SECOND, Instant, rfc3339
from mockserver.server.encode import date_header, encode_response
from mockserver.server.feed_position import FeedOpening
from mockserver.server.http.transmit import ClientConnection
from mockserver.server.problem import problem_response
from mockserver.server.scheduling.holds import HoldRegistry
from mockserver.server.scheduling.waits import PendingRequests, PendingWait, WaitEnd, complete, new_completion
from mockserver.server.sessions import SessionRegistry
from mockserver.server.ui.feed import FeedEvent, FeedReader

MAX_READERS: Final = 50
"""Feeds that one server sends at a time."""
MAX_UNREAD: Final = 1 << 20
"""Bytes that may wait for a reader."""
BATCH_SECONDS: Final = 0.25
"""Seconds of real time from one batch to the next."""
QUIET_SECONDS: Final = 1.0
"""Seconds after which a reader that heard of nothing looks itself: at holds and faults, which change without a word."""
BEATS: Final = 10
"""Quiet looks after which a comment shows that the connection lives."""
_HEAD: Final = (
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\nConnection: close\r\n"
)
_LAST_WORDS: Final = {WaitEnd.SESSION_ENDED: "reset", WaitEnd.SHUTDOWN: "stopping"}


class FeedServer:
    """All feeds of one server."""

    def __init__(
        self,
        registry: SessionRegistry,
        holds: HoldRegistry,
        pending: PendingRequests,
        wall_clock: Callable[[], Instant],
        max_unread: int = MAX_UNREAD,
    ) -> None:
        self._registry = registry
        self._holds = holds
        self._pending = pending
        self._wall_clock = wall_clock
        self.max_unread = max_unread
        """Bytes that may wait for a reader."""
        self._open = 0

    async def serve(self, connection: ClientConnection, opening: FeedOpening, *, head_only: bool = False) -> None:
        """Send a feed until its reader, its session or the server ends it; the connection then has to be closed."""
        transport = connection.transport
        if transport is None or transport.is_closing():
            return
        if self._open >= MAX_READERS:
            detail = f"the server sends {MAX_READERS} feeds already"
            refused = problem_response(503, "ADM045", detail, "close a page that is open")
            transport.write(encode_response(refused, self._wall_clock(), connection="close"))
            return
        head = f"{_HEAD}Date: {date_header(self._wall_clock() // SECOND)}\r\n\r\n".encode()
        if head_only:
            transport.write(head)
            return
        session = opening.session
        now = session.clock.now(self._wall_clock())
        reader = FeedReader.begin(opening, self._holds, self._registry.settings.checker, now)
        self._open += 1
        try:
            with self._pending.track(session, connection.disconnected) as wait:
                transport.write(head)
                transport.write(hello_event(opening, now).encode(reader.position))
                reason = await self._send(connection, reader, wait)
                if reason and not transport.is_closing():
                    transport.write(FeedEvent("over", {"reason": reason}).encode(reader.position))
        finally:
            self._open -= 1
            reader.close()

    async def _send(self, connection: ClientConnection, reader: FeedReader, wait: PendingWait) -> str:
        """Send batch after batch; returns why the feed is over, empty where no reader is left."""
        session = reader.session
        quiet = 0
        while True:
            wall_now = self._wall_clock()
            if not self._registry.touch_if_current(session, wall_now):
                return "reset"
            transport = connection.transport
            if transport is None:
                return ""
            if transport.get_write_buffer_size() > self.max_unread:
                return "slow"
            data = reader.batch(session.clock.now(wall_now))
            quiet = 0 if data else quiet + 1
            if not quiet % BEATS and not data:
                data = b": beat\n\n"
            transport.write(data)
            end = await wait.until(seconds=BATCH_SECONDS)
            if end is WaitEnd.TIMEOUT and not reader.has_more:
                end = await next_change(reader, wait)
            if end not in (WaitEnd.READY, WaitEnd.TIMEOUT):
                return _LAST_WORDS.get(end, "")


async def next_change(reader: FeedReader, wait: PendingWait) -> WaitEnd:
    """Wait until something has happened in the session, or for a quiet time."""
    session = reader.session
    position = reader.position
    if (session.journal.seq, session.deliveries.log.seq) != (position.requests, position.deliveries):
        return WaitEnd.READY
    changed = new_completion()

    def wake() -> None:
        complete(changed)

    session.journal.listeners.append(wake)
    try:
        return await wait.until(changed, QUIET_SECONDS)
    finally:
        session.journal.listeners.remove(wake)


def hello_event(opening: FeedOpening, now: Instant) -> FeedEvent:
    """Return the first event: which session this is, whether the reader has missed nothing, whose requests it has."""
    session = opening.session
    return FeedEvent(
        "hello",
        {
            "session": session.label,
            "name": session.name,
            "epoch": session.epoch,
            "start": rfc3339(session.start, digits=6),
            "now": rfc3339(now, digits=6),
            "resumed": opening.resumed is not None,
            **opening.scope,
        },
    )
