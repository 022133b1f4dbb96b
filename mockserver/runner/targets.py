"""Whom a play is played on: the engine in this process, our server over HTTP, or somebody's live API.

Each is a `Target`: it sends a request and brings its time to an instant. The first two have a clock of their own, so
eight hours take no time; a live API has the world's, and there a play waits.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from time import monotonic, sleep, time_ns  # noqa: TID251 -- a live API's time is the world's
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import quote, urlencode

from mockserver.core.instants import LONGEST, SECOND, Duration, Instant, format_duration, parse_instant
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.session import Reply, Session
from mockserver.errors import MockError, refuse
from mockserver.runner.inbox import work_off
from mockserver.runner.parallel import at_once
from mockserver.runner.wire import Unreachable, Wire, admin_answer
from mockserver.runner.wire import is_ours as is_ours
from mockserver.vendors.commands import ahead, course_of

__all__ = [
    "BASE", "InProcess", "Inconclusive", "Live", "OverHttp", "Place", "Target", "Terms", "Unreachable", "Wire",
    "admin_answer", "is_ours",
]  # fmt: skip

BASE: Final = "http://127.0.0.1:4810"
SILENCE: Final = 1.0
"""Seconds after which nothing is taken for no answer, where none is expected."""

LOST: Final = 10.0
"""The same, where answers may be lost."""


class Terms(NamedTuple):
    """How a client takes an answer."""

    timeout: Duration | None = None
    """How long it waits, on the session's clock; None: for ever."""
    none: bool = False
    """Whether it is expected to get none."""


USUAL: Final = Terms()

Course = Sequence[tuple[str, Duration]]
"""A job's states, those it was in and those it will come to if nobody interferes, each with when it comes to it,
counted from the session's start."""


class Target(Protocol):
    """Whom a play is played on."""

    judged_in_virtual_time: bool
    """Whether moves, the ledger and jobs that exist beforehand can be had."""
    base: str
    """Where the vendor's URLs begin in its answers, without a slash at the end."""

    def send(self, request: Request, terms: Terms = USUAL) -> Exchange:
        """Send a request, wait for its answer."""

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], terms: Sequence[Terms]
    ) -> list[Exchange]:
        """Send several before any is answered; `order` has their places as they are to be handled, if that can be."""

    def course(self, job_id: str) -> Course:
        """Where a job was and will be."""

    def pass_to(self, offset: Duration) -> None:
        """Let it be `offset` after the session's start."""

    def move(self, job_id: str, state: str) -> None:
        """Move a job at once."""

    def bookings(self, job_id: str) -> Counter[str]:
        """How many bookings of each kind a job has; without an id, all jobs have."""

    def deliveries(self, job_id: str) -> Sequence[Mapping[str, Any]]:
        """What webhooks' receivers were sent, oldest first, as the admin API shows it; of all jobs without an id."""

    def close(self) -> None:
        """Let go."""


class InProcess:
    """The engine itself: no socket, no thread, no waiting."""

    judged_in_virtual_time = True
    base = BASE

    def __init__(self, session: Session, vendor: str) -> None:
        self._session = session
        self._vendor = vendor
        self._real = session.clock.real
        self._seq = 0
        session.clock = session.clock.freeze(self._real)

    def send(self, request: Request, terms: Terms = USUAL) -> Exchange:
        """Handle it, here and now."""
        self._seq += 2
        return _shown(request, self._handle(request), terms, self._seq - 1, self._seq)

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], terms: Sequence[Terms]
    ) -> list[Exchange]:
        """Handle them in that order; each is sent before the first is answered."""
        before, count = self._seq, len(requests)
        self._seq += 2 * count
        replies = {place: self._handle(requests[place]) for place in order}
        return [
            _shown(request, replies[place], terms[place], before + place + 1, before + count + order.index(place) + 1)
            for place, request in enumerate(requests)
        ]

    def _handle(self, request: Request) -> Reply:
        return self._session.answer(self._vendor, request, self.base, self._real)

    def course(self, job_id: str) -> Course:
        """Where a job was and will be."""
        now = self._session.clock.now(self._real)
        _, _, job = self._session.find(job_id)
        visits = (*course_of(job, now), *ahead(job, now))
        return [(visit.state, visit.entered - self._session.start) for visit in visits]

    def pass_to(self, offset: Duration) -> None:
        """Bring the session there, due by due."""
        work_off(self._session, self._session.start + offset, self._real, self.base)

    def move(self, job_id: str, state: str) -> None:
        """Move a job at once."""
        self._session.move(job_id, state, self._real)

    def bookings(self, job_id: str) -> Counter[str]:
        """How many bookings of each kind a job has."""
        now = self._session.clock.now(self._real)
        return Counter(entry.entry for _, entry in self._session.ledger(now, job_id))

    def deliveries(self, job_id: str) -> Sequence[Mapping[str, Any]]:
        """What was sent to the session's own receiver."""
        return [sent.json() for sent in self._session.deliveries.log if job_id in ("", sent.job_id)]

    def close(self) -> None:
        """Nothing to let go of."""


def _shown(request: Request, reply: Reply, terms: Terms, sent_seq: int, answered_seq: int) -> Exchange:
    """An exchange as its client sees it: an answer that is lost, or later than it waits, is none."""
    sending = reply.sending
    if sending.lost or (terms.timeout is not None and sending.delay > terms.timeout):
        return Exchange(request, None, reply.at, None, sent_seq, answered_seq)
    return Exchange(request, reply.response, reply.at, reply.at + sending.delay, sent_seq, answered_seq)


class Inconclusive(Exception):  # noqa: N818 -- not an error: the step proves nothing here
    """A step that cannot be tried on this target."""


def _lies(response: Response) -> bool:
    """Whether its length was made too short by a fault: what is there is not the whole."""
    return "length" in (response.header("X-Mock-Fault") or "").split(", ")


def _instant(response: Response, header: str) -> Instant | None:
    return parse_instant(response.header(header) or "")


class Place(NamedTuple):
    """A session on a server of ours."""

    session: str
    scenario: str
    seed: str


class OverHttp:
    """A server of ours over HTTP, its session's clock moved through the admin API.

    `lossy`: answers may be lost, so none is asked for twice. `settles`: what is due at a step's instant is waited for.
    """

    judged_in_virtual_time = True

    def __init__(
        self, base_url: str, place: Place, token: str = "", *, lossy: bool = False, settles: bool = False
    ) -> None:
        self._wire = Wire(base_url, token)
        self._base_url = base_url
        self._session = {"X-Mock-Session": place.session}
        self.base = f"{base_url.rstrip('/')}/s/{quote(place.session)}"
        self._seq = 0
        self._groups = 0
        self._passed = 0
        self._lossy = lossy
        self._settles = settles
        self.place = place
        made = {"name": place.session, "scenario": place.scenario, "clock": "manual"}
        self.made: Mapping[str, Any] = self._admin(
            "POST", "sessions", made | ({"seed": place.seed} if place.seed else {})
        )
        """The session as the server describes it."""
        self._start = parse_instant(str(self.made.get("now"))) or 0

    def send(self, request: Request, terms: Terms = USUAL) -> Exchange:
        """Send it; the answer says which instant it is in the session."""
        self._seq += 2
        return self._taken(request, self._asked(self._wire, request, terms), terms, self._seq - 1, self._seq)

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], terms: Sequence[Terms]
    ) -> list[Exchange]:
        """Send each on a connection of its own; the server handles them in that order when all are there."""
        self._groups += 1
        before, count = self._seq, len(requests)
        self._seq += 2 * count

        def asking(place: int) -> Callable[[], Response | None]:
            rank = {"X-Mock-Together": f"{self._groups}/{order.index(place)}/{count}"}

            def ask() -> Response | None:
                with closing(Wire(self._base_url, self._wire.token)) as wire:
                    return self._asked(wire, requests[place], terms[place], rank)

            return ask

        answers = at_once([asking(place) for place in range(count)])
        return [
            self._taken(request, answer, terms[place], before + place + 1, before + count + order.index(place) + 1)
            for place, (request, answer) in enumerate(zip(requests, answers, strict=True))
        ]

    def _asked(
        self, wire: Wire, request: Request, terms: Terms, extra: Mapping[str, str] | None = None
    ) -> Response | None:
        """An answer, at once although it may be due later: nobody else moves the clock meanwhile."""
        headers = {**self._session, "X-Mock-Delay": "skip", **(extra or {})}
        if self._lossy or terms.none:
            return wire.once(request, headers, SILENCE if terms.none else LOST)
        return wire.ask(request, headers)

    def _taken(
        self, request: Request, response: Response | None, terms: Terms, sent_seq: int, answered_seq: int
    ) -> Exchange:
        """An exchange as its client sees it, had it waited."""
        at = self._start + self._passed
        if response is None or _lies(response):
            return Exchange(request, None, at, None, sent_seq, answered_seq)
        at = _instant(response, "X-Mock-Time") or at
        answered = _instant(response, "X-Mock-Answered") or at
        if terms.timeout is not None and answered - at > terms.timeout:
            return Exchange(request, None, at, None, sent_seq, answered_seq)
        return Exchange(request, response, at, answered, sent_seq, answered_seq)

    def course(self, job_id: str) -> Course:
        """Where a job was and will be."""
        job = self._admin("GET", f"jobs/{quote(job_id, safe='')}")
        visits = [*job["course"], *job["ahead"]]
        return [(visit["state"], (parse_instant(visit["entered"]) or 0) - self._start) for visit in visits]

    def pass_to(self, offset: Duration) -> None:
        """Advance the session's clock."""
        if offset > self._passed or self._settles:
            self._admin("POST", "clock", {"advance": format_duration(offset - self._passed)})
            self._passed = offset

    def move(self, job_id: str, state: str) -> None:
        """Move a job at once."""
        self._admin("POST", f"jobs/{quote(job_id, safe='')}/move", {"to": state})

    def bookings(self, job_id: str) -> Counter[str]:
        """How many bookings of each kind a job has."""
        answer = self._admin("GET", "ledger", query=urlencode({"job": job_id}))
        return Counter(entry["entry"] for entry in answer["entries"])

    def deliveries(self, job_id: str) -> Sequence[Mapping[str, Any]]:
        """What webhooks' receivers were sent."""
        answer = self._admin("GET", "deliveries", query=urlencode({"job": job_id} if job_id else {}))
        return tuple(answer["deliveries"])

    def _admin(self, method: str, path: str, body: Mapping[str, Any] | None = None, query: str = "") -> Any:
        data = json.dumps(body).encode() if body is not None else b""
        headers = {"content-type": "application/json", **self._session}
        try:
            return admin_answer(self._wire, Request(method, f"/__mock/{path}", query, headers, data))
        except MockError as error:
            found = error.problems[0]
            raise refuse("RUN002", f"{method} /__mock/{path}: {found.code} {found.message}", found.hint) from None

    def close(self) -> None:
        """Delete the session, close the connection."""
        try:
            self._admin("DELETE", f"sessions/{quote(self.place.session, safe='')}")
        finally:
            self._wire.close()


class Live:
    """Somebody's API: the world's time, and nothing but what its own operations allow.

    `sleep` waits so many seconds; a play that would wait beyond `patience`, counted from its start, is inconclusive,
    and no request waits for its answer much longer than that.
    """

    judged_in_virtual_time = False

    def __init__(self, base_url: str, sleep: Callable[[float], None] = sleep, patience: Duration = LONGEST) -> None:
        end = monotonic() + patience / SECOND
        self._left = lambda: end - monotonic()
        self._wire = Wire(base_url, left=self._left)
        self.base = base_url.rstrip("/")
        self._sleep = sleep
        self._patience = patience
        self._passed = 0
        self._seq = 0

    def send(self, request: Request, terms: Terms = USUAL) -> Exchange:
        """Send it; where no answer is expected, nothing within a second is none."""
        sent = time_ns() // 1_000
        response = _live(self._wire, request, terms)
        self._seq += 2
        return Exchange(request, response, sent, time_ns() // 1_000 if response else None, self._seq - 1, self._seq)

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], terms: Sequence[Terms]
    ) -> list[Exchange]:
        """Send each on a connection of its own, all at once; who is handled first is up to the world."""
        before, count = self._seq, len(requests)
        self._seq += 2 * count
        finished: list[int] = []

        def asking(place: int) -> Callable[[], tuple[Response | None, Instant]]:
            def ask() -> tuple[Response | None, Instant]:
                with closing(Wire(self.base, left=self._left)) as wire:
                    response = _live(wire, requests[place], terms[place])
                finished.append(place)
                return response, time_ns() // 1_000

            return ask

        sent = time_ns() // 1_000
        answers = at_once([asking(place) for place in range(count)])
        return [
            Exchange(
                request, response, sent, answered if response else None,
                before + place + 1, before + count + finished.index(place) + 1,
            )
            for place, (request, (response, answered)) in enumerate(zip(requests, answers, strict=True))
        ]  # fmt: skip

    def course(self, job_id: str) -> Course:
        """Nobody knows."""
        raise Inconclusive("when a live API's job will be where, nobody knows before it is there")

    def pass_to(self, offset: Duration) -> None:
        """Wait; the connection is not kept meanwhile, so that no request meets one that has been closed."""
        if offset <= self._passed:
            return
        if offset > self._patience:
            wanted, most = format_duration(offset), format_duration(self._patience)
            raise Inconclusive(f"{wanted} into the play, and nobody waits longer than {most} (--patience)")
        self._wire.close()
        self._sleep((offset - self._passed) / SECOND)
        self._passed = offset

    def move(self, job_id: str, state: str) -> None:
        """Nobody can."""
        raise Inconclusive(f"a live API cannot be told to move a job to {state!r}")

    def bookings(self, job_id: str) -> Counter[str]:
        """Nobody can."""
        raise Inconclusive("a live API has no ledger to ask")

    def deliveries(self, job_id: str) -> Sequence[Mapping[str, Any]]:
        """Nobody can."""
        raise Inconclusive("a live API's webhooks go to a receiver of yours, which a play cannot see")

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()


def _live(wire: Wire, request: Request, terms: Terms) -> Response | None:
    """An answer of the world's; None where none came though the client was ready to go without."""
    if terms.none or terms.timeout is not None:
        wait = SILENCE if terms.timeout is None else terms.timeout / SECOND
        return wire.once(request, {}, wait)
    return wire.ask(request)
