"""The probe of a live API: a bounded number of harmless requests, so that the answers can be judged.

    notes = Probe(era, key, target, judge, ProbeLimits(budget=100)).run()

Theory of operation. Without permission to write, only reads are sent: every list, a few of the jobs that it shows (of
different states first), an unknown id, a call without a key. With permission one job is created, polled at the pace
that the API asks for, cancelled, followed to its end, listed and deleted. After a 429 or 503 the probe waits as long as
the answer asks. Requests and waits are counted: beyond either limit it stops, and notes what it leaves behind.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from mockserver.client.http import Unreachable
from mockserver.contract.judge.contract import Contract, load_contract
from mockserver.contract.rules.conditions import value_at
from mockserver.core.client_wait import parse_retry_after, requested_wait
from mockserver.core.instants import SECOND, Duration, format_duration
from mockserver.core.media_type import JSON_LINES_TYPES
from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange, Request, Response, json_or_none
from mockserver.runner.calls import operation_request
from mockserver.runner.judge.live_judge import LiveJudge
from mockserver.runner.targets.live import LiveTarget
from mockserver.runner.targets.target import Inconclusive
from mockserver.vendors.api import Era, Operation, Role

DEFAULT_BUDGET: Final = 100
JOBS_PER_KIND: Final = 3
"""Jobs of a kind that are read."""
DEFAULT_POLL_INTERVAL: Final = 5 * SECOND
"""Time between two polls if the API asks for none."""
MAX_ATTEMPTS: Final = 4
"""Attempts of a call that is answered 429 or 503."""
RETRYABLE_STATUSES: Final = (429, 503)
AUTH_FAILURE_STATUSES: Final = frozenset((401, 403))
REDIRECT_STATUSES: Final = (301, 302, 303, 307, 308)
_JUDGEABLE_MEDIA_TYPES: Final = frozenset(("application/json", *JSON_LINES_TYPES))
_UNKNOWN_STATES: Final = -1
"""The state bits of an unknown status word: all of them."""


class ProbeLimits(NamedTuple):
    """The limits of a probe."""

    budget: int = DEFAULT_BUDGET
    """Requests in all."""
    allow_writes: bool = False
    """True: a job may be created, cancelled and deleted."""
    body: Mapping[str, Any] | None = None
    """The body that creates the job; None: the vendor's example."""


class _ProbeStopped(Exception):  # noqa: N818 -- a limit was reached, which is no error
    """The probe stops; the text is the reason."""


class ObservedJob(NamedTuple):
    """A job as an answer shows it."""

    kind: str
    job_id: str
    status: str
    is_terminal: bool


@dataclass
class Probe:
    """One run against one API."""

    era: Era
    api_key: str
    target: LiveTarget
    judge: LiveJudge
    limits: ProbeLimits = field(default_factory=ProbeLimits)
    progress: Callable[[str], None] = lambda text: None
    request_count: int = 0
    """Requests so far."""
    _elapsed: Duration = 0
    _created_job_id: str | None = None
    """The job that was created and not deleted."""
    _statuses: set[int | None] = field(default_factory=set)
    """The statuses of all answers; None stands for no answer."""
    _redirect_note: str | None = None
    """A note on the first redirect."""
    _contract: Contract = field(init=False)

    def __post_init__(self) -> None:
        self._contract = load_contract(self.era.vendor, self.era.date)

    def run(self) -> list[str]:
        """Send the requests; return notes beside the judgement. Raises `Unreachable` if nothing was ever answered."""
        notes: list[str] = []
        try:
            notes += self._probe_reads()
            if self.limits.allow_writes:
                notes += self._probe_writes()
        except _ProbeStopped as reason:
            notes.append(f"stopped after {pluralize(self.request_count, 'request')}: {reason}")
        if self._statuses and self._statuses <= AUTH_FAILURE_STATUSES:
            notes.append("every answer was 401 or 403: check that the API key belongs to this API")
        if self._statuses == {404}:
            notes.append("every answer was 404: check that the base URL is that of this vendor's API")
        if self._redirect_note is not None:
            notes.append(self._redirect_note)
        return notes + self.leftovers()

    def leftovers(self) -> list[str]:
        """Return a note on the job that was created and still exists, also after an interruption."""
        if self._created_job_id is None:
            return []
        return [f"left behind: {self.era.main_kind.name} {self._created_job_id}, created by this run"]

    def _probe_reads(self) -> list[str]:
        jobs: dict[tuple[str, str], ObservedJob] = {}
        has_list = False
        for operation in self._read_operations(with_id=False):
            exchange = self._call(operation)
            has_list |= operation.role is Role.LIST and _answer_status(exchange) == 200
            jobs |= {(job.kind, job.job_id): job for job in self._observed_jobs(exchange)}
        for kind in dict.fromkeys(job.kind for job in jobs.values()):
            reads = [each for each in self._read_operations(with_id=True) if each.kind == kind]
            reads = [each for each in reads if not each.example_params]
            of_kind = [job for job in jobs.values() if job.kind == kind]
            # A job of each status first. Later assignments win: of each status the first job, in the order of its last.
            by_status = {job.status: job for job in reversed(of_kind)}
            others = [job for job in of_kind if by_status[job.status] is not job]
            for job in [*reversed(by_status.values()), *others][:JOBS_PER_KIND]:
                # At the end the first again: what the others showed must agree with it.
                for operation in [*reads, *reads[:1]]:
                    self._call(operation, job.job_id)
        for operation in self._read_operations(with_id=True):
            if operation.kind in self.era.kinds:
                self._call(operation, self.era.kinds[operation.kind].new_id("unknown", 1, 0))
        for operation in self._read_operations(with_id=False)[:1]:
            self._send_patiently(operation_request(self.era, operation, "", None, None))
        if has_list and not jobs and not self.limits.allow_writes:
            return ["the lists show no job, so the behaviour of jobs was not checked; --allow-writes creates one"]
        return []

    def _read_operations(self, *, with_id: bool) -> list[Operation]:
        """Return the reads with a JSON answer: others are downloads, which nothing can be judged of."""
        reads = []
        for operation in self.era.operations:
            documented = self._contract.capture.find(operation.method, operation.path)
            if operation.method != "GET" or operation.about_one_job is not with_id or documented is None:
                continue
            answer = documented.answer(200)
            if answer is not None and not _JUDGEABLE_MEDIA_TYPES.isdisjoint(answer.body.get("content", {})):
                reads.append(operation)
        return reads

    def _probe_writes(self) -> list[str]:
        kind = self.era.main_kind.name
        create, read = (self.era.operation_of(kind, role) for role in (Role.CREATE, Role.READ))
        if create is None or read is None:
            return [f"{self.era.pin} has no operations that create a job and read it"]
        exchange = self._call(create, body=dict(self.limits.body or self.era.main_kind.example))
        for job in self._observed_jobs(exchange):
            if job.kind == create.kind:
                self._created_job_id = job.job_id
                self._follow_job(job, read)
                return []
        status = _answer_status(exchange) or "nothing"
        return [f"no job was created: the answer to the create was {status}; --create FILE sends another body"]

    def _follow_job(self, job: ObservedJob, read_operation: Operation) -> None:
        """Follow one job: read, cancel, poll to the end, cancel again, list, delete."""
        self._wait(self._poll_interval(self._call(read_operation, job.job_id)))
        self._call(read_operation, job.job_id)
        self._call_if_offered(Role.CANCEL, job)
        exchange = self._call(read_operation, job.job_id)
        # Over: a terminal state, or no job to wait for.
        while _answer_status(exchange) == 200 and not any(each.is_terminal for each in self._observed_jobs(exchange)):
            self._wait(self._poll_interval(exchange))
            exchange = self._call(read_operation, job.job_id)
        self._call_if_offered(Role.CANCEL, job)
        self._call_if_offered(Role.LIST, job)
        deleted = self._call_if_offered(Role.DELETE, job)
        if deleted is not None and deleted.status < 300:
            self._created_job_id = None
        self._call(read_operation, job.job_id)

    def _call_if_offered(self, role: Role, job: ObservedJob) -> Response | None:
        operation = self.era.operation_of(job.kind, role)
        return None if operation is None else self._call(operation, job.job_id).response

    def _poll_interval(self, exchange: Exchange) -> Duration:
        """Return the longest of the default, the body's `poll_after_seconds` and `Retry-After`."""
        if exchange.response is None:
            return DEFAULT_POLL_INTERVAL
        return max(DEFAULT_POLL_INTERVAL, requested_wait(exchange, json_or_none(exchange.response.body)))

    def _call(self, operation: Operation, job_id: str = "", body: dict[str, Any] | None = None) -> Exchange:
        return self._send_patiently(operation_request(self.era, operation, job_id, body, self.api_key))

    def _send_patiently(self, request: Request) -> Exchange:
        """Send a request, again after a wait if the API is busy; return the last exchange."""
        exchange = self._send(request)
        for attempt in range(1, MAX_ATTEMPTS):
            response = exchange.response
            if response is None or response.status not in RETRYABLE_STATUSES:
                break
            self._wait(max(SECOND * 2 ** (attempt - 1), parse_retry_after(exchange) or 0))
            exchange = self._send(request)
        return exchange

    def _send(self, request: Request) -> Exchange:
        if self.request_count >= self.limits.budget:
            raise _ProbeStopped(f"the budget is {self.limits.budget} (--budget)")
        self.request_count += 1
        self.progress(f"{self.request_count}/{self.limits.budget} {request.method} {request.path}")
        try:
            exchange = self.target.send(request)
        except Unreachable as error:
            # An API that never answered is unreachable; one that goes away is judged by its answers so far.
            if self.request_count == 1:
                raise
            raise _ProbeStopped(str(error)) from None
        status = _answer_status(exchange)
        self._statuses.add(status)
        if status in REDIRECT_STATUSES and self._redirect_note is None:
            location = exchange.response and exchange.response.header("Location")
            parts = urlsplit(location or "")
            # Of the address only its host: the rest may be a secret.
            where = f"{parts.scheme}://{parts.hostname}" if parts.hostname else "another path"
            call = f"{request.method} {request.path} redirects ({status}) to {where}"
            self._redirect_note = f"{call}; redirects are not followed, check --base-url"
        self.judge.add(exchange)
        return exchange

    def _wait(self, duration: Duration) -> None:
        self._elapsed += duration
        try:
            self.target.advance_to(self._elapsed)
        except Inconclusive:
            until = format_duration(self._elapsed)
            raise _ProbeStopped(f"the next request is due {until} after the start, beyond --patience") from None

    def _observed_jobs(self, exchange: Exchange) -> list[ObservedJob]:
        """Return the jobs in an answer whose status is a text."""
        if exchange.response is None:
            return []
        jobs = []
        for mention in self._contract.find_jobs(exchange):
            if mention.body is None:
                continue
            resource = mention.resource
            word = value_at(mention.body, resource.status_path)
            if isinstance(word, str):
                # Terminal only if the word can mean no other state.
                states = mention.binding.states_by_word.get(word, _UNKNOWN_STATES)
                is_terminal = not states & ~resource.states.terminal
                jobs.append(ObservedJob(resource.kind, mention.job_id, word, is_terminal))
        return jobs


def _answer_status(exchange: Exchange) -> int | None:
    return exchange.response and exchange.response.status
