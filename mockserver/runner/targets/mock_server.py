"""A server of ours as a target: real HTTP, and a session whose clock is moved through the admin API."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from mockserver.core.instants import Duration, Instant, format_duration, parse_instant
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.faults import FAULT_HEADER as FAULT
from mockserver.errors import MockError, refuse
from mockserver.runner.targets.http_client import HttpClient, call_admin
from mockserver.runner.targets.parallel import run_together
from mockserver.runner.targets.target import (
    DEFAULT_OPTIONS,
    NO_ANSWER_SECONDS,
    ClientOptions,
    SequenceNumbers,
    StateTimes,
    TimedResponse,
)

LOST_ANSWER_SECONDS: Final = 10.0
"""Seconds after which nothing is taken for no answer, where answers may be lost."""


class SessionSpec(NamedTuple):
    """A session on a server of ours."""

    session: str
    scenario: str
    seed: str


class MockServerTarget:
    """A session of its own on a server of ours.

    `lossy`: answers may be lost, so none is asked for twice. `settles`: what is due at a step's instant is waited for.
    """

    is_mock = True

    def __init__(
        self,
        base_url: str,
        spec: SessionSpec,
        token: str = "",
        *,
        may_lose_answers: bool = False,
        runs_due_items: bool = False,
    ) -> None:
        self._client = HttpClient(base_url, token)
        self._server_url = base_url
        self._session_headers = {"X-Mock-Session": spec.session}
        self.base_url = f"{base_url.rstrip('/')}/s/{quote(spec.session)}"
        self._numbers = SequenceNumbers()
        self._group_count = 0
        self._elapsed = 0
        self._may_lose_answers = may_lose_answers
        self._runs_due_items = runs_due_items
        self.spec = spec
        made = {"name": spec.session, "scenario": spec.scenario, "clock": "manual"}
        self.session_info: Mapping[str, Any] = self._call_admin(
            "POST", "sessions", made | ({"seed": spec.seed} if spec.seed else {})
        )
        """The session as the server describes it."""
        self._start = parse_instant(str(self.session_info.get("now"))) or 0

    def send(self, request: Request, options: ClientOptions = DEFAULT_OPTIONS) -> Exchange:
        """Send it; the answer says which instant it is in the session."""
        return self._timed_response(self._send_without_delay(self._client, request, options)).as_exchange(
            request, options, self._numbers.next_pair()
        )

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], options: Sequence[ClientOptions]
    ) -> list[Exchange]:
        """Send each on a connection of its own; the server handles them in that order when all are there."""
        self._group_count += 1
        places = range(len(requests))

        def asking(place: int) -> Callable[[], TimedResponse]:
            rank = {"X-Mock-Together": f"{self._group_count}/{order.index(place)}/{len(requests)}"}

            def ask() -> TimedResponse:
                with closing(HttpClient(self._server_url, self._client.token)) as wire:
                    return self._timed_response(self._send_without_delay(wire, requests[place], options[place], rank))

            return ask

        answers = run_together([asking(place) for place in places])
        numbers = self._numbers.next_pairs(order)
        return [answers[place].as_exchange(requests[place], options[place], numbers[place]) for place in places]

    def _send_without_delay(
        self,
        client: HttpClient,
        request: Request,
        options: ClientOptions,
        extra_headers: Mapping[str, str] | None = None,
    ) -> Response | None:
        """An answer, at once although it may be due later: nobody else moves the clock meanwhile."""
        headers = {**self._session_headers, "X-Mock-Delay": "skip", **(extra_headers or {})}
        if self._may_lose_answers or options.expects_no_answer:
            return client.send_once(
                request, headers, NO_ANSWER_SECONDS if options.expects_no_answer else LOST_ANSWER_SECONDS
            )
        return client.send(request, headers)

    def _timed_response(self, response: Response | None) -> TimedResponse:
        """An answer at the instants that it says; one that a fault made shorter than it claims to be is none."""
        at = self._start + self._elapsed
        if response is None or "length" in (response.header(FAULT) or "").split(", "):
            return TimedResponse(None, at, at)
        at = _header_instant(response, "X-Mock-Time") or at
        return TimedResponse(response, at, _header_instant(response, "X-Mock-Answered") or at)

    def state_times(self, job_id: str) -> StateTimes:
        """Where a job was and will be."""
        job = self._call_admin("GET", f"jobs/{quote(job_id, safe='')}")
        visits = [*job["course"], *job["ahead"]]
        return [(visit["state"], (parse_instant(visit["entered"]) or 0) - self._start) for visit in visits]

    def advance_to(self, offset: Duration) -> None:
        """Advance the session's clock."""
        if offset > self._elapsed or self._runs_due_items:
            self._call_admin("POST", "clock", {"advance": format_duration(offset - self._elapsed)})
            self._elapsed = offset

    def move_job(self, job_id: str, state: str) -> None:
        """Move a job at once."""
        self._call_admin("POST", f"jobs/{quote(job_id, safe='')}/move", {"to": state})

    def ledger_counts(self, job_id: str) -> Counter[str]:
        """How many bookings of each kind a job has."""
        answer = self._call_admin("GET", "ledger", query=urlencode({"job": job_id}))
        return Counter(entry["entry"] for entry in answer["entries"])

    def deliveries(self, job_id: str) -> Sequence[Mapping[str, Any]]:
        """What webhooks' receivers were sent."""
        answer = self._call_admin("GET", "deliveries", query=urlencode({"job": job_id} if job_id else {}))
        return tuple(answer["deliveries"])

    def _call_admin(self, method: str, path: str, body: Mapping[str, Any] | None = None, query: str = "") -> Any:
        data = json.dumps(body).encode() if body is not None else b""
        headers = {"content-type": "application/json", **self._session_headers}
        try:
            return call_admin(self._client, Request(method, f"/__mock/{path}", query, headers, data))
        except MockError as error:
            found = error.problems[0]
            raise refuse("RUN002", f"{method} /__mock/{path}: {found.code} {found.message}", found.hint) from None

    def close(self) -> None:
        """Delete the session, close the connection."""
        try:
            self._call_admin("DELETE", f"sessions/{quote(self.spec.session, safe='')}")
        finally:
            self._client.close()


def _header_instant(response: Response, header: str) -> Instant | None:
    return parse_instant(response.header(header) or "")
