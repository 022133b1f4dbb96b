"""Everything between a request and its bytes that needs no HTTP library: routing, holds, the session's answer, errors.

Two HTTP paths lead here. aiohttp reads every request that is not plain (`adapter.server`) and calls `handle_request`; a
plain GET that arrives whole is answered by the fast path (`fastpath.responder`) without aiohttp. Both build the same
`Request`, route it alike, and send what `encode_reply` returns: a test holds them to the same bytes.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Final

from mockserver.core.instants import Instant, rfc3339
from mockserver.core.transmission import NORMAL, Termination, Transmission
from mockserver.core.wire import ADMIN_PREFIX, Request, Response
from mockserver.engine.client_sleep import client_sleep
from mockserver.engine.handle import BodyError, PreparedRequest, prepare
from mockserver.engine.hints import HINT_HEADER, MAX_HINT
from mockserver.engine.notify.deliveries import DueDelivery
from mockserver.engine.notify.outgoing_delivery import OutgoingDelivery
from mockserver.engine.notify.sockets import JobSocket
from mockserver.engine.reply import Reply
from mockserver.engine.router import NoMatch, RouteMatch
from mockserver.engine.session import Session
from mockserver.errors import MockError, refuse
from mockserver.server.admin_calls import AdminCalls, split_admin_path
from mockserver.server.clock import wall_clock
from mockserver.server.cross_origin import preflight_response
from mockserver.server.encode import EncodedReply, WebSocketUpgrade, encode_own, encode_reply
from mockserver.server.feed_position import FeedOpening
from mockserver.server.http.transmit import DelayedResponse, release_delayed
from mockserver.server.limits import COUNT_MEMORY_EVERY, COUNTED_BODY_BYTES, LARGE_SESSION, YIELD_EVERY
from mockserver.server.problem import internal_error, problem_from_error
from mockserver.server.scheduling.holds import GROUP_HEADER, HoldRegistry
from mockserver.server.scheduling.poll_steps import PollSteps
from mockserver.server.scheduling.scheduler import DueHandler, Scheduler
from mockserver.server.scheduling.waits import PendingRequests
from mockserver.server.sessions import SessionRegistry
from mockserver.server.target import RoutedRequest, TargetFinder, pack_hints
from mockserver.server.webhooks.dispatcher import WebhookDispatcher
from mockserver.server.work_thread import WorkThread
from mockserver.stores.log import SharedLog
from mockserver.vendors.commands import active_limit_of

if TYPE_CHECKING:
    from mockserver.server.activity import ActivityObserver, ActivityReporter
    from mockserver.server.http.feed import FeedServer
    from mockserver.server.http.websockets import WebSocketServer
    from mockserver.server.kept.kept_sessions import KeptSessions

LOG: Final = logging.getLogger("mockserver")
DELAY_HEADER: Final = "x-mock-delay"
"""The request header that asks for an answer without its delay: `skip`."""
ANSWERED_HEADER: Final = "X-Mock-Answered"
"""The response header with the instant at which an undelayed answer would have arrived."""


class App:
    """Answers the requests of one server, in bytes."""

    def __init__(
        self,
        registry: SessionRegistry,
        *,
        token: str = "",
        allowed_hosts: Iterable[str] = (),
        fast_path: bool = True,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], Instant] = wall_clock,
        large_session: int = LARGE_SESSION,
        yield_every: int = YIELD_EVERY,
    ) -> None:
        log = registry.settings.log
        if isinstance(log, SharedLog):
            clock = log.clock
        self.registry = registry
        self.token = token
        """The admin API's token; empty: it needs none."""
        self.fast_path = fast_path
        """False: aiohttp reads every request."""
        self.wall_clock = clock
        self.base_url = registry.settings.address
        self.tls = tls
        """What the server shows its clients; None: it listens without TLS."""
        self.scheme = "http" if tls is None else "https"
        self.targets = TargetFinder(registry, self.scheme, lambda: self.base_url)
        self.webhook_dispatcher = WebhookDispatcher(registry.settings, lambda: self.base_url, clock)
        self.request_count = 0
        """The requests that the server has got, of all sessions and of the admin API."""
        self.scheduler = self._make_scheduler()
        self.poll_steps = PollSteps(self.scheduler, clock)
        self.pending = PendingRequests()
        self.holds = HoldRegistry(self.pending, clock)
        self.kept = self._keep_sessions()
        """Keeps the sessions in the log of the settings; None without one."""
        self._allowed_hosts = frozenset(name.lower() for name in allowed_hosts)
        self._large_session = large_session
        self._yield_every = yield_every
        self._work_thread = WorkThread()
        self._websockets: WebSocketServer | None = None
        self.activity: ActivityReporter | None = None
        """Reports what the server does; None without an observer."""

    def _make_scheduler(self) -> Scheduler:
        """Return what does the due entries of the sessions' schedules, each by its type."""
        registry = self.registry
        handlers: dict[type, DueHandler] = {
            DelayedResponse: release_delayed,
            JobSocket: self._tick_socket,
            DueDelivery: self.webhook_dispatcher.deliver,
            OutgoingDelivery: self.webhook_dispatcher.redeliver,
        }
        return Scheduler(
            self.wall_clock,
            lambda session: registry.get(session.name) is session,
            handlers,
            lambda session: registry.keeper.settle(session),
            request_count=lambda: self.request_count,
        )

    def _keep_sessions(self) -> "KeptSessions | None":
        log = self.registry.settings.log
        if log is None:
            return None
        # Imported late: most servers keep nothing.
        from mockserver.server.kept.kept_sessions import KeptSessions

        return KeptSessions(self.registry, log, self.holds, self.scheduler, self.webhook_dispatcher)

    def watch(self, observe: "ActivityObserver") -> None:
        """Report everything that happens from now on to one observer; a poll then takes longer."""
        # Imported late: a server without a terminal reports nothing.
        from mockserver.server.activity import ActivityReporter

        self.activity = ActivityReporter(self.registry, observe)
        self.registry.session_listeners.append(self.activity.session_begun)
        for entry in self.registry.entries.values():  # those that a log had
            self.activity.session_begun(entry.session)

    @cached_property
    def _admin_calls(self) -> AdminCalls:
        return AdminCalls(
            registry=self.registry,
            scheduler=self.scheduler,
            poll_steps=self.poll_steps,
            holds=self.holds,
            webhook_refusal=self.webhook_dispatcher.refusal,
            wall_clock=self.wall_clock,
            token=self.token,
            allowed_hosts=self._allowed_hosts,
        )

    @cached_property
    def feeds(self) -> "FeedServer":
        """The open feeds of this server; made at the first use, because few servers have a reader."""
        from mockserver.server.http.feed import FeedServer

        return FeedServer(self.registry, self.holds, self.pending, self.wall_clock)

    @property
    def websockets(self) -> "WebSocketServer":
        """The open websockets of this server; made at the first use, because they take an HTTP library."""
        if self._websockets is None:
            from mockserver.server.http.websockets import WebSocketServer

            self._websockets = WebSocketServer(self.registry, self.scheduler, self.wall_clock)
        return self._websockets

    async def _tick_socket(self, session: Session, socket: JobSocket, at: Instant) -> None:
        await self.websockets.tick(session, socket, at)

    async def shut_down(self) -> None:
        """End everything that waits or is under way without a client."""
        self.pending.shut_down()
        self._work_thread.shut_down()
        if self._websockets is not None:
            self._websockets.shut_down()
        await self.scheduler.shut_down()
        await self.webhook_dispatcher.close()
        if self.kept is not None:
            await self.kept.stop()
        self.registry.keeper.close()

    async def handle_request(
        self, request: Request, body_error: BodyError | None = None, connection: str = ""
    ) -> EncodedReply:
        """Answer any request; never raises.

        `body_error` is what the transport found wrong with the body, `connection` the value of that response header:
        `close`, `keep-alive` or empty for none.
        """
        self.request_count += 1
        session: Session | None = None
        reply: Reply | Response | FeedOpening
        admin: tuple[str, str] | None = None
        try:
            if ADMIN_PREFIX in request.path:
                admin = split_admin_path(request)
            if admin:
                reply = await self._admin_calls.handle(request, *admin, body_error)
            else:
                reply, session = await self._handle_vendor_request(request, body_error)
        except MockError as error:
            reply = problem_from_error(error)
        except Exception:
            LOG.exception("%s %s", request.method, request.path)
            reply = internal_error()
        if isinstance(reply, FeedOpening):
            return EncodedReply(data=b"", session=reply.session, feed=reply)
        if session is None or isinstance(reply, Response):
            if self.activity is not None and isinstance(reply, Response):
                report = self.activity.administered if admin else self.activity.answered_itself
                report(request, reply, self.wall_clock())
            return EncodedReply(data=encode_own(request, reply, self.wall_clock(), connection, shared=not admin))
        answered = self.hint_headers(request, reply, session)
        if reply.transmission is not NORMAL and request.headers.get(DELAY_HEADER) == "skip":
            # The caller moves the clock and cannot wait for itself: it gets the answer, and the instant it was due at.
            answered += ((ANSWERED_HEADER, rfc3339(reply.at + reply.transmission.delay, digits=6)),)
            reply = reply._replace(transmission=_without_delay(reply.transmission))
        upgrade = None
        if reply.websocket is not None and reply.response.status == 101:
            upgrade = WebSocketUpgrade(reply.vendor, reply.websocket)
        return EncodedReply(
            data=encode_reply(request, reply, session, connection, answered),
            transmission=reply.transmission,
            session=session,
            at=reply.at,
            upgrade=upgrade,
        )

    def hint_headers(self, request: Request, reply: Reply, session: Session) -> tuple[tuple[str, str], ...]:
        """Return the hints that only the server can give: refused webhooks, a scenario that cannot be read again."""
        hints = []
        if request.method == "POST" and b"webhook" in request.body and reply.response.status < 300:
            refusal = self.webhook_dispatcher.refusal_for_job(session, reply.vendor, reply.kind, reply.job_id)
            if refusal is not None:
                hints.append((HINT_HEADER, f"webhooks of this job are not sent: {refusal}"))
                if self.activity is not None:
                    self.activity.webhook_refused(session, reply, refusal)
        if self.registry.scenarios.broken:
            hint = self.registry.hint_for(session)
            if hint:
                hints.append((HINT_HEADER, hint[:MAX_HINT]))
        return tuple(hints)

    async def _handle_vendor_request(
        self, request: Request, body_error: BodyError | None
    ) -> tuple[Reply | Response, Session | None]:
        """Route and answer a request; returns the session that answered, or None. Raises MockError."""
        wall_now = self.wall_clock()
        routed = self.targets.route(request, wall_now)
        if isinstance(routed, Response):
            return routed, None
        if request.method == "OPTIONS":
            asked = routed.incoming.request
            return preflight_response(asked, routed.context.router.allowed(asked.path)), None
        keeper = self.registry.keeper
        if keeper.is_shared:
            wall_now = self.wall_clock()  # the store's time, as of the session's refresh
        session = routed.session
        if session.clock.poll_step:
            await self.poll_steps.wait_for_move(session)
        scans = self.scans_large_session(routed)
        prepared = None
        if routed.takes_long:
            incoming = routed.incoming._replace(body_error=body_error)
            instant = session.clock.now(self.wall_clock())
            prepared = (await self._work_thread.run(lambda: prepare(routed.context, incoming, instant))).prepared
        elif not scans and not routed.may_wait and GROUP_HEADER not in request.headers:
            # Nothing can hold this request: it is answered before anything else runs.
            return self.answer(routed, wall_now, body_error), session
        if scans:
            # A large session's index is brought up to date in slices, so that a list delays no poll.
            now = session.clock.now(self.wall_clock())
            for kind in routed.context.era.kinds:
                while not routed.context.store.catch_up(kind, now, self._yield_every):
                    await asyncio.sleep(0)
        async with self.holds.checkpoints(routed):
            # Others had their turn while this request waited: the session may be another by now.
            keeper.refresh(session.name)
            wall_now = self.wall_clock()
            if not self.registry.touch_if_current(session, wall_now):
                self.registry.note_stale(session.name, session.epoch, request, wall_now)
                detail = f"session {session.name!r} was reset or deleted while this request was being answered"
                raise refuse("SES003", detail)
            reply = self.answer(routed, wall_now, body_error, prepared)
        return reply, session

    def answer(
        self,
        routed: RoutedRequest,
        wall_now: Instant,
        body_error: BodyError | None = None,
        prepared: PreparedRequest | None = None,
    ) -> Reply:
        """Return the session's reply to a routed request. Raises MockError SRV001, SRV022, SRV031 or SRV032."""
        session, incoming = routed.session, routed.incoming
        if body_error is not None or prepared is not None:
            incoming = incoming._replace(body_error=body_error, prepared=prepared)
        size = len(incoming.request.body)
        if size > COUNTED_BODY_BYTES or (size and session.name in self.registry.full_sessions):
            self.registry.check_room(session, size)
        reply = session.answer_incoming(routed.context, incoming, wall_now)
        if size > COUNTED_BODY_BYTES or not session.journal.seq % COUNT_MEMORY_EVERY:
            self.registry.count_memory(session, wall_now)
        if session.schedule.active:
            self.scheduler.rearm(session)
        if session.clock.poll_step:
            sleep = client_sleep(session, incoming.request, reply)
            if session.clock.frozen:
                sleep += reply.transmission.delay  # before it sleeps, the client waits for its answer
            if sleep:
                self.poll_steps.begin(session, sleep)
        if self.kept is not None:
            self.kept.settle(session)
        if isinstance(incoming.match, NoMatch):
            reply = self._with_pack_hints(incoming.request, reply)
        if self.activity is not None:
            self.activity.answered(routed, reply)
        return reply

    def _with_pack_hints(self, request: Request, reply: Reply) -> Reply:
        """Add a hint to a vendor's refusal of a call that a bundled pack has."""
        hints = pack_hints(self.registry.settings, request.method, request.path)
        headers = [(HINT_HEADER, hint[:MAX_HINT]) for hint in hints]
        return reply._replace(response=reply.response._replace(headers=(*reply.response.headers, *headers)))

    def scans_large_session(self, routed: RoutedRequest) -> bool:
        """Return True if a request may look at so many jobs that other requests need a turn meanwhile."""
        match, context = routed.incoming.match, routed.context
        if not isinstance(match, RouteMatch) or match.operation.about_one_job:
            return False
        operation = match.operation
        # A create counts the unfinished jobs where their number is limited.
        if operation.creates and not active_limit_of(context.era, context.script, operation.kind):
            return False
        return len(context.store) > self._large_session


def _without_delay(transmission: Transmission) -> Transmission:
    """Return a transmission that waits for nothing: no delay, no throttle, an end of the connection for silence."""
    end: Termination = "close" if transmission.termination == "silence" else transmission.termination
    hurried = transmission._replace(delay=0, throttle=None, termination=end)
    return NORMAL if hurried == NORMAL else hurried
