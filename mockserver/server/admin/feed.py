"""The admin call that opens a session's feed: what happens in it, as it happens."""

from mockserver.server.admin.call import AdminCall
from mockserver.server.admin.scope import process_scope
from mockserver.server.feed_position import FeedOpening, resumed_position


async def open_feed(call: AdminCall) -> FeedOpening:
    """Send what happens in the session as server-sent events; the header `Last-Event-ID` goes on behind an event.

    The events are `hello`, `requests`, `jobs`, `deliveries`, `clock`, `faults`, `holds`, `findings`, and `over` as the
    last one. Raises `MockError` ADM045 if too many feeds are open.
    """
    session = call.session
    position = resumed_position(session, call.last_event_id, call.now)
    return FeedOpening(session, position, process_scope(call.registry))
