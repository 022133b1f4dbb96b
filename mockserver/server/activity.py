"""What a server does, as values, for one observer: `serve` prints them as its log.

Theory of operation. A server without an observer has no `ActivityReporter`, and a poll costs what it costs. A watched
one reports each answer where both HTTP paths pass (`App.answer`), each repeated poll where the fast path repeats it,
and everything else where it happens. Reporting makes a value and hands it over; it neither renders nor prints.

No value has an API key, a query, a header or a body: none of them is needed, and each may be a secret.
"""

from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import unquote

import orjson

from mockserver.core.clock import ClockMode
from mockserver.core.instants import Instant
from mockserver.core.wire import Request, Response, json_or_none
from mockserver.engine.notify.delivery_log import DeliveryRecord
from mockserver.engine.reply import Reply
from mockserver.engine.router import NoMatch
from mockserver.engine.session import Session
from mockserver.errors import Problem
from mockserver.server.sessions import DEFAULT_SESSION, SessionRegistry, strip_epoch
from mockserver.server.target import RoutedRequest
from mockserver.vendors.commands import snapshot

MAX_REMEMBERED_HINTS: Final = 10_000
"""Hints that are remembered as given; beyond it, all are forgotten and may be given again."""

MAX_STATUS_BODY: Final = 65_536
"""Bytes of an answer up to which the `status` that it shows is read."""
MAX_STATUS_LENGTH: Final = 40
"""Characters of that `status`, which a scenario may have made long."""


class RequestAnswered(NamedTuple):
    """A request and what it was answered. A named tuple, because one is made for each poll."""

    at: Instant
    """The session's instant; without a session, the machine's."""
    session: str
    """Name and epoch; empty: the request reached no session."""
    vendor: str
    """Empty: the mock server itself answered."""
    operation: str
    method: str
    path: str
    """Without the prefixes that name session and vendor."""
    status: int
    request_id: str = ""
    job_id: str = ""
    state: str = ""
    """The job's state at that instant; empty for an item and for no job."""
    note: str = ""
    """Faults, the hint, findings; of an answer of the mock server itself, its code and reason."""
    shown_status: str = ""
    """The `status` that the answer shows, where that is another word than the state; empty: the same, or none."""


class WebhookAttempted(NamedTuple):
    """One delivery of a webhook, and its result."""

    at: Instant
    session: str
    vendor: str
    job_id: str
    event: str
    attempt: int
    url: str
    """Without its query; empty: the session's own receiver."""
    result: str
    """`delivered`, `retrying`, `failed` or `lost`."""
    status: int | None
    error: str
    cause: str
    """Empty for an attempt by the vendor's rules, else `duplicate`, `replay` or `redelivery`."""
    retry_at: Instant | None


class ClockChanged(NamedTuple):
    """A session's clock after an admin call has changed it."""

    at: Instant
    session: str
    change: str
    """As the call has it: `advance 8h`."""
    mode: str
    """How its clock runs from here on: `real`, `manual`, `x60`, `auto:5s`."""


class SessionBegun(NamedTuple):
    """A new session, or a new epoch of one."""

    at: Instant
    session: str
    scenario: str
    """The names of its scenarios; empty: none."""
    mode: str
    """How its clock runs from here on: `real`, `manual`, `x60`, `auto:5s`."""


class ScenarioLoaded(NamedTuple):
    """A scenario file that was read again."""

    at: Instant
    scenario: str
    file: str
    sessions: tuple[str, ...]
    """The sessions that began a new epoch with it."""
    session: str = ""
    """No session by itself."""


class ScenarioRefused(NamedTuple):
    """A scenario file that cannot be used; the last good version is played on, if there was one."""

    at: Instant
    scenario: str
    file: str
    problems: tuple[Problem, ...]
    was_good: bool = True
    """True if there is a last good version."""
    session: str = ""
    """No session by itself."""

    def consequence(self) -> str:
        """Return what is played in its place, as a clause."""
        if self.was_good:
            return f"the last good version of {self.scenario} is played"
        return f"no session can play {self.scenario} until it is corrected"


class HintGiven(NamedTuple):
    """A mistake of the client that its SDK hides, with how to correct it; given once for each kind and session."""

    at: Instant
    session: str
    kind: str
    """`scenario`, `vendor`, `path`, `webhook`, or the code of a refusal: `SES003`."""
    text: str
    fix: str


Activity = (
    RequestAnswered | WebhookAttempted | ClockChanged | SessionBegun | ScenarioLoaded | ScenarioRefused | HintGiven
)
ActivityObserver = Callable[[Activity], None]


class ActivityReporter:
    """Reports what one server does to one observer."""

    def __init__(self, registry: SessionRegistry, observe: ActivityObserver) -> None:
        self.observe: Final = observe
        self._registry = registry
        self._given: set[tuple[str, str]] = set()
        """The hints that were given: kind and session."""

    # Requests

    def answered(self, routed: RoutedRequest, reply: Reply) -> None:
        """Report a session's answer, and the mistakes that it shows."""
        session = routed.session
        self._report(session, routed.incoming.request, reply, reply.at, reply.request_id)
        if routed.incoming.key_error is not None:
            fix = "`mockserver list` lists the scenarios; every call with this key is refused as an unknown key"
            self.give_hint(HintGiven(reply.at, session.label, "scenario", f"API key: {routed.incoming.key_error}", fix))
        scripts = session.setup.scripts
        if scripts and reply.vendor not in scripts and self.client_chose(session):
            text = f"{session.setup.scenario_name} is a scenario for {', '.join(scripts)}, not for {reply.vendor}"
            fix = f"call {', '.join(scripts)} with this key, or choose a scenario for {reply.vendor}"
            self.give_hint(HintGiven(reply.at, session.label, "vendor", text, fix))
        if isinstance(routed.incoming.match, NoMatch):
            request = routed.incoming.request
            text = f"{reply.vendor} has no {request.method} {request.path[:200]}"
            fix = "" if routed.incoming.match.nearest is None else reply.entry.note
            self.give_hint(HintGiven(reply.at, session.label, "path", text, fix))

    def repeated(self, session: Session, reply: Reply, at: Instant, request_id: str) -> None:
        """Report a reply that was given once more, unchanged."""
        self._report(session, reply.entry.request, reply, at, request_id)

    def _report(self, session: Session, request: Request, reply: Reply, at: Instant, request_id: str) -> None:
        job = session.vendors[reply.vendor].store.job(reply.kind, reply.job_id)
        state = ""
        if job is not None:
            state = snapshot(job, at).state
        self.observe(
            RequestAnswered(
                at=at,
                session=session.label,
                vendor=reply.vendor,
                operation=reply.operation,
                method=request.method,
                path=request.path,
                status=reply.response.status,
                request_id=request_id,
                job_id=reply.job_id,
                state=state,
                note=reply.entry.note,
                shown_status=status_beside(state, reply),
            )
        )

    def client_chose(self, session: Session) -> bool:
        """Return True if a client chose the session's scenario, and it does not play the server's own."""
        entry = self._registry.entries.get(session.name)
        own = {scenario.name for scenario in self._registry.settings.scenarios}
        return entry is not None and any(scenario.name not in own for scenario in entry.scenarios)

    def answered_itself(self, request: Request, response: Response, at: Instant) -> None:
        """Report an answer of the mock server itself to a vendor's path; a problem is a hint too."""
        session = (request.headers.get("x-mock-session") or prefixed_session(request.path))[:80]
        self.observe(_own_answer(request, response, session, at))
        problem = problem_members(response)
        code = problem.get("code", "")
        if code:
            kind = "path" if code == "SRV002" else code
            self.give_hint(HintGiven(at, session, kind, problem.get("detail", ""), problem.get("hint", "")))

    def webhook_refused(self, session: Session, reply: Reply, refusal: str) -> None:
        """Report that the webhooks of a job that was just created are not sent."""
        reason, _, fix = refusal.partition("; ")
        text = f"the webhooks of {reply.job_id} are not sent: {reason}"
        self.give_hint(HintGiven(reply.at, session.label, "webhook", text, fix))

    def administered(self, request: Request, response: Response, at: Instant) -> None:
        """Report an admin call that changes something or was refused; one that only reads is no news."""
        if request.method in ("GET", "HEAD") and response.status < 400:
            return
        named = request.headers.get("x-mock-session") or prefixed_session(request.path) or DEFAULT_SESSION
        session = self._registry.get(strip_epoch(named))
        label = named[:80]
        if session is not None:
            label = session.label
            if request.path.endswith("/__mock/clock") and response.status < 400:
                clock = session.clock
                self.observe(ClockChanged(clock.now(at), label, clock_change(request), _clock_mode(session)))
                return
        self.observe(_own_answer(request, response, label, at))

    # Everything else

    def session_begun(self, session: Session) -> None:
        """Report a session, and from here on its webhooks."""
        begun = SessionBegun(session.start, session.label, session.setup.scenario_name, _clock_mode(session))
        self.observe(begun)
        session.deliveries.log.listeners.append(lambda record: self._delivered(session, record))

    def _delivered(self, session: Session, record: DeliveryRecord) -> None:
        self.observe(
            WebhookAttempted(
                at=record.at,
                session=session.label,
                vendor=record.vendor,
                job_id=record.job_id,
                event=record.event.type,
                attempt=record.attempt,
                url=record.url.partition("?")[0],
                result=record.state,
                status=record.outcome.status,
                error=record.outcome.error,
                cause=record.cause,
                retry_at=record.retry_at,
            )
        )

    def give_hint(self, hint: HintGiven) -> None:
        """Report a hint, unless its kind was reported for its session."""
        key = (hint.kind, hint.session)
        if key in self._given:
            return
        if len(self._given) >= MAX_REMEMBERED_HINTS:
            self._given.clear()
        self._given.add(key)
        self.observe(hint)


def status_beside(state: str, reply: Reply) -> str:
    """Return the `status` of an answer about a job, where it is another word than the job's state."""
    body = reply.response.body
    # A refusal's status is no job's, and a large body is a list or a file.
    if not state or reply.response.status >= 400 or reply.transmission.incomplete or len(body) > MAX_STATUS_BODY:
        return ""
    members = json_or_none(body)
    if not isinstance(members, dict):
        return ""
    status = members.get("status")
    if not isinstance(status, str) or status == state:
        return ""
    return status[:MAX_STATUS_LENGTH]


def _own_answer(request: Request, response: Response, session: str, at: Instant) -> RequestAnswered:
    """Return the report of an answer of the mock server itself: the code and detail of a problem are its note."""
    problem = problem_members(response)
    return RequestAnswered(
        at=at,
        session=session,
        vendor="",
        operation="",
        method=request.method,
        path=request.path,
        status=response.status,
        note=f"{problem.get('code', '')} {problem.get('detail', '')}".strip(),
    )


def prefixed_session(path: str) -> str:
    """Return the session that the prefix `/s/{session}` of a path names; empty: it has none."""
    if not path.startswith("/s/"):
        return ""
    return unquote(path.removeprefix("/s/").partition("/")[0])


def _clock_mode(session: Session) -> str:
    return str(ClockMode(session.clock.rate, session.clock.poll_step))


def clock_change(request: Request) -> str:
    """Return the change of a clock that an accepted call asks for: `advance 8h`."""
    verb, value = next(iter(orjson.loads(request.body).items()))
    return f"{verb} {orjson.dumps(value).decode() if not isinstance(value, str) else value}"


def problem_members(response: Response) -> dict[str, str]:
    """Return the text members of a problem+json answer; of any other answer, none."""
    if response.header("content-type") != "application/problem+json":
        return {}
    return {name: value for name, value in orjson.loads(response.body).items() if isinstance(value, str)}
