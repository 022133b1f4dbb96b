"""Admin calls on their way to the admin API: which requests are such calls, who may make them, what follows them.

What each call does is known in `admin`, which is loaded by the first call.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import unquote

from mockserver.core.instants import Instant
from mockserver.core.wire import ADMIN_PREFIX, Request, Response
from mockserver.engine.handle import BodyError
from mockserver.server.admin_access import access_error, is_page_path
from mockserver.server.feed_position import FeedOpening
from mockserver.server.problem import problem_from_error
from mockserver.server.scheduling.holds import HoldRegistry
from mockserver.server.scheduling.poll_steps import PollSteps
from mockserver.server.scheduling.scheduler import Scheduler
from mockserver.server.sessions import DEFAULT_SESSION, SessionRegistry, strip_epoch
from mockserver.server.target import single_session_name

ABOUT_THIS_PROCESS: Final = frozenset({"health", "version"})
"""First segments of the calls that are answered while a store is gone too."""
SESSIONS: Final = "sessions"
"""First segment of the calls that name the sessions they are about in their path or body."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AdminCalls:
    """Answers the admin calls of one server."""

    registry: SessionRegistry
    scheduler: Scheduler
    poll_steps: PollSteps
    holds: HoldRegistry
    webhook_refusal: Callable[[str], str | None]
    wall_clock: Callable[[], Instant]
    token: str
    """The token that calls need; empty: they need none."""
    allowed_hosts: frozenset[str]
    """Names, besides this machine's, in lower case, under which calls are answered without a token."""

    async def handle(
        self, request: Request, session_name: str, path: str, body_error: BodyError | None
    ) -> Response | FeedOpening:
        """Answer a call: `path` is what stands behind `/__mock/`. Raises MockError for a call that is refused."""
        error = access_error(request, path, self.token, self.allowed_hosts)
        if error is not None:
            refused = problem_from_error(error)
            if refused.status == 401:
                refused = refused._replace(headers=(*refused.headers, ("WWW-Authenticate", "Bearer")))
            return refused
        if is_page_path(path):
            # Imported late: few servers are ever asked for the page.
            from mockserver.server.ui.files import file_response

            return file_response(request, path)
        # Imported late: the first polls are answered before the admin API is loaded.
        from mockserver.server.admin.call import AdminCall
        from mockserver.server.admin.routes import dispatch

        keeper = self.registry.keeper
        subject = path.partition("/")[0]
        if keeper.is_shared and subject not in ABOUT_THIS_PROCESS:
            # A call that is about other sessions too brings them up to date itself.
            keeper.refresh("")
            if subject != SESSIONS:
                keeper.refresh(strip_epoch(session_name))
        session = self.registry.get(strip_epoch(session_name))
        if session is not None and session.clock.poll_step:
            # The caller sees the session as the client's next request will.
            await self.poll_steps.wait_for_move(session)
        try:
            make_call = partial(
                AdminCall,
                registry=self.registry,
                scheduler=self.scheduler,
                holds=self.holds,
                session_name=session_name,
                wall_clock=self.wall_clock,
                webhook_refusal=self.webhook_refusal,
            )
            return await dispatch(request, path, body_error, make_call)
        finally:
            # A call may have changed its session, also one that is refused in the end; of a deleted one nothing is
            # left to do.
            session = self.registry.get(strip_epoch(session_name))
            if session is not None:
                try:
                    self.registry.keeper.settle(session)
                finally:
                    self.scheduler.rearm(session)


def split_admin_path(request: Request) -> tuple[str, str] | None:
    """Return (session name, path behind `/__mock/`) of an admin call; None where the request is none.

    Raises MockError SES002 if header and prefix name two sessions.
    """
    before, _, path = request.path.partition(ADMIN_PREFIX)
    prefixed = before.removeprefix("/s/")
    if before and (prefixed == before or "/" in prefixed):
        return None
    header = request.headers.get("x-mock-session", "")
    return (single_session_name(header, unquote(prefixed)) if prefixed else header) or DEFAULT_SESSION, path
