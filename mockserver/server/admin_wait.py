"""The admin call that waits: for a state, for polls, for requests, for a delivery; by the world's time, bounded."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from mockserver.core.counting import count
from mockserver.core.instants import SECOND, Instant, format_duration, parse_duration, rfc3339
from mockserver.core.job import Job, Visit
from mockserver.core.subset import contains
from mockserver.core.wire import Response
from mockserver.engine.asked_for import Pattern, near_misses
from mockserver.engine.faulting import HEADER as FAULT
from mockserver.engine.journal import Entry
from mockserver.engine.session import Session
from mockserver.errors import nearest, refuse
from mockserver.server.ask import Ask, ok, required, text, whole, wrong
from mockserver.server.patterns import WORDS, pattern
from mockserver.server.problem import problem
from mockserver.server.waiting import wait_until
from mockserver.vendors.commands import ahead, course_of, look

LONGEST: Final = 60 * SECOND
USUAL: Final = "5s"
MOST: Final = 1_000_000_000


class Wanted(Protocol):
    """Something to wait for."""

    def met(self, now: Instant) -> Mapping[str, Any] | None:
        """The facts once it has come; None before."""

    def hopeless(self, now: Instant) -> str:
        """Why it cannot come any more; empty while it can."""

    def due(self, now: Instant) -> Instant | None:
        """When time alone will bring it; None where it will not."""

    def case(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """What is the case instead: a sentence, and facts."""


class InState:
    """A job is in a state, or has been: who waits may come too late to see a short one."""

    def __init__(self, session: Session, job_id: str, state: str) -> None:
        self._session, self._id, self._state = session, job_id, state
        kind = self._job.plan.lifecycle
        if state not in kind.states:
            hint = f"states: {', '.join(kind.states)}"
            raise refuse(
                "ADM005", f"{state[:80]!r} is no state of a {kind.kind}{nearest(state[:80], kind.states)}", hint
            )

    @property
    def _job(self) -> Job:
        return self._session.find(self._id)[2]

    def met(self, now: Instant) -> Mapping[str, Any] | None:
        """The latest visit to the state."""
        course = course_of(self._job, now)
        found: Visit | None = next((visit for visit in reversed(course) if visit.state == self._state), None)
        if found is None:
            return None
        return {"job": self._id, "state": course[-1].state, "entered": rfc3339(found.entered, digits=6)}

    def hopeless(self, now: Instant) -> str:
        """A terminal state is another one for good."""
        seen = look(self._job, now)
        return f"{self._id} is {seen.state!r}, which nothing leaves" if seen.terminal else ""

    def due(self, now: Instant) -> Instant | None:
        """When its course gets there."""
        return next((visit.entered for visit in ahead(self._job, now) if visit.state == self._state), None)

    def case(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """Its present state, and when time will bring the other."""
        state, due = look(self._job, now).state, self.due(now)
        when = (
            f"comes at {rfc3339(due, digits=3)}, in {format_duration(due - now)} of the session's clock" if due else ""
        )
        comes = when or "does not come by time alone: a poll, a command or a move may bring it"
        facts = {"job": self._id, "state": state, "comes_at": None if due is None else rfc3339(due, digits=6)}
        return f"{self._id} is {state!r}; {self._state!r} {comes}", facts


class Asked:
    """So many requests have come that fit; of a long journal only the new ones are looked at."""

    def __init__(self, session: Session, count: int, fits: Callable[[Entry], bool], since: int, what: str) -> None:
        self._session, self._count, self._fits, self._what = session, count, fits, what
        self._since, self._seen = since, since
        self._found: list[str] = []

    def met(self, now: Instant) -> Mapping[str, Any] | None:
        """How many there are."""
        for entry in self._session.journal.since(self._seen):
            if self._fits(entry):
                self._found.append(entry.request_id)
            self._seen = entry.seq
        count = len(self._found)
        return None if count < self._count else {"count": count, "matches": self._found[-100:]}

    def hopeless(self, now: Instant) -> str:
        """There is always hope."""
        return ""

    def due(self, now: Instant) -> Instant | None:
        """Time alone brings no request."""
        return None

    def case(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """How many there were."""
        return f"{len(self._found)} of {self._count} {self._what} came", {"count": len(self._found)}


class AskedFor(Asked):
    """So many requests have come that fit a pattern."""

    def __init__(self, session: Session, count: int, wanted: Pattern, since: int) -> None:
        super().__init__(session, count, wanted.fits, since, "requests")
        self._wanted = wanted

    def case(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """How many there were, and those that nearly fit."""
        said, facts = super().case(now)
        near = near_misses(self._session.journal.since(self._since), self._wanted)
        told = "".join(f"; {miss.entry.request_id} nearly fits" for miss in near[:1])
        return said + told, {**facts, "near": [miss.json() for miss in near]}


class Told:
    """A webhook has been sent that is as wanted."""

    def __init__(self, session: Session, part: Mapping[str, Any]) -> None:
        self._session, self._part = session, part
        self._seen = 0
        self._found: Mapping[str, Any] | None = None

    def met(self, now: Instant) -> Mapping[str, Any] | None:
        """The first such delivery of those that nobody has looked at."""
        log = self._session.deliveries.log
        new, self._seen = log.seq - self._seen, log.seq
        fitting = (sent.json() for sent in tuple(log)[-new:] if contains(sent.json(), self._part)) if new else iter(())
        self._found = self._found or next(fitting, None)
        return {"delivery": self._found} if self._found else None

    def hopeless(self, now: Instant) -> str:
        """There is always hope."""
        return ""

    def due(self, now: Instant) -> Instant | None:
        """What is sent rings the bell."""
        return None

    def case(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """What was sent, and when the next thing is due."""
        sent, due = list(self._session.deliveries.log), self._session.agenda.next
        when = f"; the next thing is due at {rfc3339(due, digits=3)}" if due is not None else "; nothing is due"
        made = f"{count(len(sent), 'delivery')} {'was' if len(sent) == 1 else 'were'} made"
        events = ", ".join(sorted({each.event.type for each in sent}))
        return f"{made}{f' ({events})' if events else ''}, none as wanted{when}", {"deliveries": len(sent)}


def _state(ask: Ask) -> Wanted:
    return InState(ask.session, required(ask, "job"), required(ask, "state"))


def _polls(ask: Ask) -> Wanted:
    session, job_id = ask.session, required(ask, "job")
    session.find(job_id)
    polls = {(name, one.name) for name, era in session.setup.eras.items() for one in era.operations if one.polls}

    def fits(entry: Entry) -> bool:
        polled = entry.job_id == job_id and (entry.vendor, entry.operation) in polls
        replaced = "status" in (entry.response.header(FAULT) or "")
        return polled and entry.response.status < 300 and not replaced

    return Asked(session, whole(ask, "polls", 1, MOST, 1), fits, _since(ask), "polls")


def _requests(ask: Ask) -> Wanted:
    return AskedFor(ask.session, whole(ask, "requests", 1, MOST, 1), pattern(ask), _since(ask))


def _since(ask: Ask) -> int:
    return whole(ask, "since", 0, MOST, 0)


def _delivery(ask: Ask) -> Wanted:
    part = ask.body["delivery"]
    if not isinstance(part, dict) or not part:
        raise wrong("delivery is a part of what deliveries shows", part, '{"delivery": {"event": "video.completed"}}')
    return Told(ask.session, part)


KINDS: Final[Mapping[str, tuple[Callable[[Ask], Wanted], tuple[str, ...]]]] = {
    "state": (_state, ("job",)),
    "polls": (_polls, ("job", "since")),
    "requests": (_requests, (*WORDS, "since")),
    "delivery": (_delivery, ()),
}
"""What can be waited for, and which other fields go with it."""
FIELDS: Final = tuple(dict.fromkeys((*KINDS, *WORDS, "since", "timeout")))


async def wait(ask: Ask) -> Response:
    """Answer when it has come; 504 with what is the case where it does not come in time."""
    wanted, seconds = _wanted(ask), _timeout(ask)
    session = ask.session

    def now() -> Instant:
        return session.clock.now(ask.real())

    def gone() -> bool:
        return ask.hub.get(session.name) is not session

    def over() -> bool:
        return gone() or wanted.met(now()) is not None or wanted.hopeless(now()) != ""

    began = ask.real()
    await wait_until(over, lambda: wanted.due(now()), session, ask.tempo, ask.real, seconds)
    if gone():
        raise refuse("ADM035", f"session {session.name!r} was reset or deleted meanwhile", "wait anew")
    return _told(wanted, session, now(), ask.real() - began, seconds)


def _told(wanted: Wanted, session: Session, now: Instant, waited: int, seconds: float) -> Response:
    facts = wanted.met(now)
    if facts is not None:
        return ok({"met": True, "now": rfc3339(now, digits=6), "waited": format_duration(waited), **facts})
    hopeless = wanted.hopeless(now)
    said, facts = wanted.case(now)
    more = {"met": False, "now": rfc3339(now, digits=6), "frozen": session.clock.frozen, **facts}
    if hopeless:
        return problem(
            409, "ADM034", f"it cannot come any more: {hopeless}", "GET /__mock/jobs/ID has its course", **more
        )
    frozen = "the clock is frozen: POST /__mock/clock moves it" if session.clock.frozen else "wait longer"
    return problem(504, "ADM033", f"not within {format_duration(int(seconds * SECOND))}: {said}", frozen, **more)


def _wanted(ask: Ask) -> Wanted:
    kinds = [name for name in KINDS if name in ask.body]
    if len(kinds) != 1:
        said = " and ".join(kinds) or "nothing"
        raise refuse(
            "ADM002", f"{said} to wait for; a call has one", 'state, polls, requests or delivery: {"requests": 2}'
        )
    make, besides = KINDS[kinds[0]]
    for name in ask.body:
        if name not in (kinds[0], "timeout", *besides):
            allowed = ", ".join((*besides, "timeout"))
            raise refuse("ADM002", f"{name!r} does not go with {kinds[0]}", f"with {kinds[0]}: {allowed}")
    return make(ask)


def _timeout(ask: Ask) -> float:
    given = text(ask, "timeout") or USUAL
    duration = parse_duration(given)
    if duration is None or duration > LONGEST:
        raise wrong("timeout is a duration of real time up to 60s", given, f'{{"timeout": "{USUAL}"}}')
    return duration / SECOND
