"""A mock server over HTTP as a target: a session of its own, whose clock the admin API advances."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any, Final, NamedTuple, TypeVar

from mockserver.client.admin import SESSION_HEADER, AdminClient, admin_path, session_url
from mockserver.client.http import NO_ANSWER_TIMEOUT, HttpClient
from mockserver.core.instants import Duration, format_duration, parse_instant
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.faults import FAULT_HEADER
from mockserver.errors import MockError, refuse
from mockserver.runner.targets.parallel import run_together
from mockserver.runner.targets.target import DEFAULT_OPTIONS, ClientOptions, SequenceNumbers, StateTimes, TimedResponse

T = TypeVar("T")
LOST_ANSWER_SECONDS: Final = 10.0
"""Seconds of real time to wait for an answer that a fault may drop."""


class SessionSpec(NamedTuple):
    """The session that a play creates on a mock server."""

    session: str
    scenario: str
    seed: str | None
    """None: the server's own."""


class _PlayAdmin(AdminClient):
    """The admin calls of a play."""

    def call(self, request: Request, read: Callable[[Any], T]) -> T:
        """Send a request for this session. Raises `MockError` RUN002 if the server refuses it, with its own code."""
        try:
            return super().call(request, read)
        except MockError as error:
            problem = error.problems[0]
            message = f"{request.method} {request.path}: {problem.code} {problem.message}"
            raise refuse("RUN002", message, problem.hint) from None


class MockServerTarget:
    """A session of its own on a mock server. Raises `MockError` (RUN002) for every admin call that the server refuses.

    `may_lose_answers`: faults may drop answers, so no request is repeated. `runs_due_items`: webhooks that are due
    at a step's instant are delivered before the step.
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
        self._admin = _PlayAdmin(self._client, spec.session)
        self._server_url = base_url
        self._session_headers = {SESSION_HEADER: spec.session}
        self.base_url = session_url(base_url, spec.session)
        self._numbers = SequenceNumbers()
        self._group_count = 0
        self._elapsed = 0
        self._may_lose_answers = may_lose_answers
        self._runs_due_items = runs_due_items
        self.spec = spec
        body = {"name": spec.session, "scenario": spec.scenario, "clock": "manual"}
        if spec.seed:
            body["seed"] = spec.seed
        self.session_info: Mapping[str, Any] = self._admin.post("sessions", dict, body)
        """The session as the server describes it."""
        self._start = parse_instant(str(self.session_info.get("now"))) or 0

    def send(self, request: Request, options: ClientOptions = DEFAULT_OPTIONS) -> Exchange:
        """Send the request; the answer's headers carry the session's instant. Raises `Unreachable`."""
        answer = self._timed_response(self._send_without_delay(self._client, request, options))
        return answer.as_exchange(request, options, self._numbers.next_pair())

    def send_together(
        self, requests: Sequence[Request], order: Sequence[int], options: Sequence[ClientOptions]
    ) -> list[Exchange]:
        """Send each on a connection of its own; once all have arrived, the server handles them in that order."""
        self._group_count += 1

        def send_one(index: int) -> TimedResponse:
            rank = f"{self._group_count}/{order.index(index)}/{len(requests)}"
            with closing(HttpClient(self._server_url, self._client.token)) as client:
                return self._timed_response(self._send_without_delay(client, requests[index], options[index], rank))

        answers = run_together(send_one, len(requests))
        numbers = self._numbers.next_pairs(order)
        return [
            answer.as_exchange(request, option, pair)
            for answer, request, option, pair in zip(answers, requests, options, numbers, strict=True)
        ]

    def _send_without_delay(
        self, client: HttpClient, request: Request, options: ClientOptions, rank: str | None = None
    ) -> Response | None:
        """Return the answer at once even if it is due later: the play alone advances the clock."""
        headers = {**self._session_headers, "X-Mock-Delay": "skip"}
        if rank is not None:
            headers["X-Mock-Together"] = rank
        if options.expects_no_answer:
            return client.send_once(request, headers, NO_ANSWER_TIMEOUT)
        if self._may_lose_answers:
            return client.send_once(request, headers, LOST_ANSWER_SECONDS)
        return client.send(request, headers)

    def _timed_response(self, response: Response | None) -> TimedResponse:
        """Return the answer at the instants that it names; one that a fault has cut short counts as lost."""
        at = self._start + self._elapsed
        if response is None or "length" in (response.header(FAULT_HEADER) or "").split(", "):
            return TimedResponse(None, at, at)
        at = parse_instant(response.header("X-Mock-Time") or "") or at
        return TimedResponse(response, at, parse_instant(response.header("X-Mock-Answered") or "") or at)

    def state_times(self, job_id: str) -> StateTimes:
        """Return the states of a job with their times."""

        def read_spans(job: Any) -> StateTimes:
            spans = [*job["course"], *job["ahead"]]
            return [(str(span["state"]), (parse_instant(span["entered"]) or 0) - self._start) for span in spans]

        return self._admin.get(admin_path("jobs", job_id), read_spans)

    def advance_to(self, offset: Duration) -> None:
        """Advance the session's clock."""
        # An advance by nothing still delivers what is due now.
        if offset > self._elapsed or self._runs_due_items:
            self._admin.post("clock", dict, {"advance": format_duration(offset - self._elapsed)})
            self._elapsed = offset

    def move_job(self, job_id: str, state: str) -> None:
        """Move a job to a state at once."""
        self._admin.post(admin_path("jobs", job_id, "move"), dict, {"to": state})

    def ledger_counts(self, job_id: str | None) -> Counter[str]:
        """Count the ledger entries of a job, or of all jobs, by kind."""

        def count_entries(answer: Any) -> Counter[str]:
            return Counter(entry["entry"] for entry in answer["entries"])

        return self._admin.get("ledger", count_entries, {"job": job_id or ""})

    def deliveries(self, job_id: str | None) -> Sequence[Mapping[str, Any]]:
        """Return the webhook deliveries of a job, or of all jobs, oldest first."""

        def read_deliveries(answer: Any) -> Sequence[Mapping[str, Any]]:
            return tuple(map(dict, answer["deliveries"]))

        query = {"job": job_id} if job_id else {}
        return self._admin.get("deliveries", read_deliveries, query)

    def missing_receiver(self, job_id: str | None) -> str:
        """Return nothing: it is not known."""
        return ""

    def close(self) -> None:
        """Delete the session and close the connection."""
        try:
            self._admin.delete(admin_path("sessions", self.spec.session), dict)
        finally:
            self._client.close()
