"""The admin call that waits: for a state, for polls, for requests, for a delivery; by the world's time, bounded."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from mockserver.core.instants import SECOND, Instant, format_duration, parse_duration, rfc3339
from mockserver.core.job import Job, StateSpan
from mockserver.core.subset import contains
from mockserver.core.text import pluralize
from mockserver.core.wire import Response
from mockserver.engine.faults import FAULT_HEADER as FAULT
from mockserver.engine.journal import JournalEntry
from mockserver.engine.session.session import Session
from mockserver.engine.verification import RequestPattern, nearest_requests
from mockserver.errors import did_you_mean, refuse
from mockserver.server.admin.call import AdminCall, int_field, invalid_value, json_ok, required_text, text_field
from mockserver.server.admin.patterns import PATTERN_FIELDS, parse_pattern
from mockserver.server.problem import problem_response
from mockserver.server.scheduling.wait_until import wait_until
from mockserver.vendors.commands import future_states, history, snapshot

MAX_TIMEOUT: Final = 60 * SECOND
DEFAULT_TIMEOUT: Final = "5s"
MAX_COUNT: Final = 1_000_000_000


class WaitCondition(Protocol):
    """Something to wait for."""

    def result(self, now: Instant) -> Mapping[str, Any] | None:
        """The facts once it has come; None before."""

    def impossible_because(self, now: Instant) -> str:
        """Why it cannot come any more; empty while it can."""

    def due_at(self, now: Instant) -> Instant | None:
        """When time alone will bring it; None where it will not."""

    def describe(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """What is the case instead: a sentence, and facts."""


class JobInState:
    """A job is in a state, or has been: who waits may come too late to see a short one."""

    def __init__(self, session: Session, job_id: str, state: str) -> None:
        self._session, self._job_id, self._state = session, job_id, state
        kind = self._job.plan.lifecycle
        if state not in kind.states:
            hint = f"states: {', '.join(kind.states)}"
            raise refuse(
                "ADM005", f"{state[:80]!r} is no state of a {kind.kind}{did_you_mean(state[:80], kind.states)}", hint
            )

    @property
    def _job(self) -> Job:
        return self._session.find_job(self._job_id)[2]

    def result(self, now: Instant) -> Mapping[str, Any] | None:
        """The latest visit to the state."""
        course = history(self._job, now)
        found: StateSpan | None = next((visit for visit in reversed(course) if visit.state == self._state), None)
        if found is None:
            return None
        return {"job": self._job_id, "state": course[-1].state, "entered": rfc3339(found.entered, digits=6)}

    def impossible_because(self, now: Instant) -> str:
        """A terminal state is another one for good."""
        seen = snapshot(self._job, now)
        return f"{self._job_id} is {seen.state!r}, which nothing leaves" if seen.terminal else ""

    def due_at(self, now: Instant) -> Instant | None:
        """When its course gets there."""
        return next((visit.entered for visit in future_states(self._job, now) if visit.state == self._state), None)

    def describe(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """Its present state, and when time will bring the other."""
        state, due = snapshot(self._job, now).state, self.due_at(now)
        when = (
            f"comes at {rfc3339(due, digits=3)}, in {format_duration(due - now)} of the session's clock" if due else ""
        )
        comes = when or "does not come by time alone: a poll, a command or a move may bring it"
        facts = {"job": self._job_id, "state": state, "comes_at": None if due is None else rfc3339(due, digits=6)}
        return f"{self._job_id} is {state!r}; {self._state!r} {comes}", facts


class RequestCount:
    """So many requests have come that fit; of a long journal only the new ones are looked at."""

    def __init__(
        self, session: Session, count: int, matches: Callable[[JournalEntry], bool], since: int, noun: str
    ) -> None:
        self._session, self._count, self._matches, self._noun = session, count, matches, noun
        self._since, self._last_seq = since, since
        self._matching_ids: list[str] = []

    def result(self, now: Instant) -> Mapping[str, Any] | None:
        """How many there are."""
        for entry in self._session.journal.since(self._last_seq):
            if self._matches(entry):
                self._matching_ids.append(entry.request_id)
            self._last_seq = entry.seq
        count = len(self._matching_ids)
        return None if count < self._count else {"count": count, "matches": self._matching_ids[-100:]}

    def impossible_because(self, now: Instant) -> str:
        """There is always hope."""
        return ""

    def due_at(self, now: Instant) -> Instant | None:
        """Time alone brings no request."""
        return None

    def describe(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """How many there were."""
        return f"{len(self._matching_ids)} of {self._count} {self._noun} came", {"count": len(self._matching_ids)}


class PatternCount(RequestCount):
    """So many requests have come that fit a pattern."""

    def __init__(self, session: Session, count: int, pattern: RequestPattern, since: int) -> None:
        super().__init__(session, count, pattern.matches, since, "requests")
        self._pattern = pattern

    def describe(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """How many there were, and those that nearly fit."""
        said, facts = super().describe(now)
        near = nearest_requests(self._session.journal.since(self._since), self._pattern)
        told = "".join(f"; {miss.entry.request_id} nearly fits" for miss in near[:1])
        return said + told, {**facts, "near": [miss.json() for miss in near]}


class DeliveryArrived:
    """A webhook has been sent that is as wanted."""

    def __init__(self, session: Session, expected: Mapping[str, Any]) -> None:
        self._session, self._expected = session, expected
        self._last_seq = 0
        self._found: Mapping[str, Any] | None = None

    def result(self, now: Instant) -> Mapping[str, Any] | None:
        """The first such delivery of those that nobody has looked at."""
        log = self._session.deliveries.log
        new, self._last_seq = log.seq - self._last_seq, log.seq
        fitting = (
            (sent.json() for sent in tuple(log)[-new:] if contains(sent.json(), self._expected)) if new else iter(())
        )
        self._found = self._found or next(fitting, None)
        return {"delivery": self._found} if self._found else None

    def impossible_because(self, now: Instant) -> str:
        """There is always hope."""
        return ""

    def due_at(self, now: Instant) -> Instant | None:
        """What is sent rings the bell."""
        return None

    def describe(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """What was sent, and when the next thing is due."""
        sent, due = list(self._session.deliveries.log), self._session.schedule.next_due
        when = f"; the next thing is due at {rfc3339(due, digits=3)}" if due is not None else "; nothing is due"
        made = f"{pluralize(len(sent), 'delivery')} {'was' if len(sent) == 1 else 'were'} made"
        events = ", ".join(sorted({each.event.type for each in sent}))
        return f"{made}{f' ({events})' if events else ''}, none as wanted{when}", {"deliveries": len(sent)}


def _state_condition(call: AdminCall) -> WaitCondition:
    return JobInState(call.session, required_text(call, "job"), required_text(call, "state"))


def _polls_condition(call: AdminCall) -> WaitCondition:
    session, job_id = call.session, required_text(call, "job")
    session.find_job(job_id)
    polls = {(name, one.name) for name, era in session.setup.eras.items() for one in era.operations if one.polls}

    def fits(entry: JournalEntry) -> bool:
        polled = entry.job_id == job_id and (entry.vendor, entry.operation) in polls
        replaced = "status" in (entry.response.header(FAULT) or "")
        return polled and entry.response.status < 300 and not replaced

    return RequestCount(session, int_field(call, "polls", 1, MAX_COUNT, 1), fits, _since_seq(call), "polls")


def _requests_condition(call: AdminCall) -> WaitCondition:
    return PatternCount(
        call.session, int_field(call, "requests", 1, MAX_COUNT, 1), parse_pattern(call), _since_seq(call)
    )


def _since_seq(call: AdminCall) -> int:
    return int_field(call, "since", 0, MAX_COUNT, 0)


def _delivery_condition(call: AdminCall) -> WaitCondition:
    part = call.fields["delivery"]
    if not isinstance(part, dict) or not part:
        raise invalid_value(
            "delivery is a part of what deliveries shows", part, '{"delivery": {"event": "video.completed"}}'
        )
    return DeliveryArrived(call.session, part)


CONDITIONS: Final[Mapping[str, tuple[Callable[[AdminCall], WaitCondition], tuple[str, ...]]]] = {
    "state": (_state_condition, ("job",)),
    "polls": (_polls_condition, ("job", "since")),
    "requests": (_requests_condition, (*PATTERN_FIELDS, "since")),
    "delivery": (_delivery_condition, ()),
}
"""What can be waited for, and which other fields go with it."""
WAIT_FIELDS: Final = tuple(dict.fromkeys((*CONDITIONS, *PATTERN_FIELDS, "since", "timeout")))


async def wait(call: AdminCall) -> Response:
    """Answer when it has come; 504 with what is the case where it does not come in time."""
    wanted, seconds = _parse_condition(call), _timeout_seconds(call)
    session = call.session

    def now() -> Instant:
        return session.clock.now(call.wall_clock())

    def gone() -> bool:
        return call.registry.get(session.name) is not session

    def over() -> bool:
        return gone() or wanted.result(now()) is not None or wanted.impossible_because(now()) != ""

    began = call.wall_clock()
    await wait_until(over, lambda: wanted.due_at(now()), session, call.scheduler, call.wall_clock, seconds)
    if gone():
        raise refuse("ADM035", f"session {session.name!r} was reset or deleted meanwhile", "wait anew")
    return _wait_response(wanted, session, now(), call.wall_clock() - began, seconds)


def _wait_response(condition: WaitCondition, session: Session, now: Instant, waited: int, seconds: float) -> Response:
    facts = condition.result(now)
    if facts is not None:
        return json_ok({"met": True, "now": rfc3339(now, digits=6), "waited": format_duration(waited), **facts})
    hopeless = condition.impossible_because(now)
    said, facts = condition.describe(now)
    more = {"met": False, "now": rfc3339(now, digits=6), "frozen": session.clock.frozen, **facts}
    if hopeless:
        return problem_response(
            409, "ADM034", f"it cannot come any more: {hopeless}", "GET /__mock/jobs/ID has its course", **more
        )
    frozen = "the clock is frozen: POST /__mock/clock moves it" if session.clock.frozen else "wait longer"
    return problem_response(
        504, "ADM033", f"not within {format_duration(int(seconds * SECOND))}: {said}", frozen, **more
    )


def _parse_condition(call: AdminCall) -> WaitCondition:
    kinds = [name for name in CONDITIONS if name in call.fields]
    if len(kinds) != 1:
        said = " and ".join(kinds) or "nothing"
        raise refuse(
            "ADM002", f"{said} to wait for; a call has one", 'state, polls, requests or delivery: {"requests": 2}'
        )
    make, besides = CONDITIONS[kinds[0]]
    for name in call.fields:
        if name not in (kinds[0], "timeout", *besides):
            allowed = ", ".join((*besides, "timeout"))
            raise refuse("ADM002", f"{name!r} does not go with {kinds[0]}", f"with {kinds[0]}: {allowed}")
    return make(call)


def _timeout_seconds(call: AdminCall) -> float:
    given = text_field(call, "timeout") or DEFAULT_TIMEOUT
    duration = parse_duration(given)
    if duration is None or duration > MAX_TIMEOUT:
        raise invalid_value(
            "timeout is a duration of real time up to 60s", given, f'{{"timeout": "{DEFAULT_TIMEOUT}"}}'
        )
    return duration / SECOND
