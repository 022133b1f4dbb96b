"""A server of ours as a target: real HTTP, and a session whose clock is moved through the admin API."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from mockserver.core.instants import Duration, Instant, format_duration, parse_instant
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.faulting import HEADER as FAULT
from mockserver.errors import MockError, refuse
from mockserver.runner.targets.api import SILENCE, USUAL, Numbers, Terms, Timed, Visits
from mockserver.runner.targets.parallel import at_once
from mockserver.runner.wire import Wire, admin_answer

LOST: Final = 10.0
"""Seconds after which nothing is taken for no answer, where answers may be lost."""


class Place(NamedTuple):
    """A session on a server of ours."""

    session: str
    scenario: str
    seed: str


class OverHttp:
    """A session of its own on a server of ours.

    `lossy`: answers may be lost, so none is asked for twice. `settles`: what is due at a step's instant is waited for.
    """

    ours = True

    def __init__(
        self, base_url: str, place: Place, token: str = "", *, lossy: bool = False, settles: bool = False
    ) -> None:
        self._wire = Wire(base_url, token)
        self._base_url = base_url
        self._session = {"X-Mock-Session": place.session}
        self.base = f"{base_url.rstrip('/')}/s/{quote(place.session)}"
        self._numbers = Numbers()
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
        return self._timed(self._asked(self._wire, request, terms)).seen(request, terms, self._numbers.one())

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], terms: Sequence[Terms]
    ) -> list[Exchange]:
        """Send each on a connection of its own; the server handles them in that order when all are there."""
        self._groups += 1
        places = range(len(requests))

        def asking(place: int) -> Callable[[], Timed]:
            rank = {"X-Mock-Together": f"{self._groups}/{order.index(place)}/{len(requests)}"}

            def ask() -> Timed:
                with closing(Wire(self._base_url, self._wire.token)) as wire:
                    return self._timed(self._asked(wire, requests[place], terms[place], rank))

            return ask

        answers = at_once([asking(place) for place in places])
        numbers = self._numbers.together(order)
        return [answers[place].seen(requests[place], terms[place], numbers[place]) for place in places]

    def _asked(
        self, wire: Wire, request: Request, terms: Terms, extra: Mapping[str, str] | None = None
    ) -> Response | None:
        """An answer, at once although it may be due later: nobody else moves the clock meanwhile."""
        headers = {**self._session, "X-Mock-Delay": "skip", **(extra or {})}
        if self._lossy or terms.none:
            return wire.once(request, headers, SILENCE if terms.none else LOST)
        return wire.ask(request, headers)

    def _timed(self, response: Response | None) -> Timed:
        """An answer at the instants that it says; one that a fault made shorter than it claims to be is none."""
        at = self._start + self._passed
        if response is None or "length" in (response.header(FAULT) or "").split(", "):
            return Timed(None, at, at)
        at = _instant(response, "X-Mock-Time") or at
        return Timed(response, at, _instant(response, "X-Mock-Answered") or at)

    def course(self, job_id: str) -> Visits:
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


def _instant(response: Response, header: str) -> Instant | None:
    return parse_instant(response.header(header) or "")
