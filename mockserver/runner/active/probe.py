"""Asks a live API a bounded number of questions that do no harm, so that its answers can be judged.

    notes = Probe(era, key, target, watcher, Bounds(budget=100)).run()

Theory of operation. Without leave to write only reads are sent: every list, a few of the jobs that it shows (of
different states first), an id that nobody has, a call without a key. With leave one job is made, polled at the pace
that the API asks for, cancelled, followed to its end, listed and deleted. After a 429 or a 503 it waits as long as it
was told. Requests are counted and waits added up: beyond either bound it stops, and says what it leaves behind.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from mockserver.contract.judge.client import parse_retry_after
from mockserver.contract.judge.contract import Contract, load_contract
from mockserver.contract.judge.job_finder import json_or_none
from mockserver.contract.rules.conditions import as_number, value_at
from mockserver.core.instants import SECOND, Duration, format_duration
from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange, Request, Response
from mockserver.runner.calls import operation_request
from mockserver.runner.judge.live_judge import LiveJudge
from mockserver.runner.targets.http_client import Unreachable
from mockserver.runner.targets.target import Inconclusive
from mockserver.vendors.api import Era, Operation

DEFAULT_BUDGET: Final = 100
JOBS_PER_KIND: Final = 3
"""Jobs of a kind that are looked at."""
DEFAULT_POLL_INTERVAL: Final = 5 * SECOND
"""Between two polls where the API names no pace."""
MAX_ATTEMPTS: Final = 4
"""How often a call is sent that is answered 429 or 503."""
RETRYABLE_STATUSES: Final = (429, 503)
AUTH_FAILURE_STATUSES: Final = frozenset((401, 403))
REDIRECT_STATUSES: Final = (301, 302, 303, 307, 308)
_JUDGEABLE_MEDIA_TYPES: Final = ("application/json", "application/jsonl", "application/x-ndjson")
_UNKNOWN_STATES: Final = -1


class ProbeTarget(Protocol):
    """The API, and the world's time: a `targets.Live`."""

    def send(self, request: Request) -> Exchange:
        """Send a request. Raises `Unreachable`."""

    def advance_to(self, offset: Duration) -> None:
        """Wait until so long after the start. Raises `Inconclusive` beyond its patience."""


class ProbeLimits(NamedTuple):
    """How far it may go."""

    budget: int = DEFAULT_BUDGET
    """Requests in all."""
    allow_writes: bool = False
    """Whether a job may be made, cancelled and deleted."""
    body: Mapping[str, Any] | None = None
    """What the job is made from; None: the vendor's example."""


class _ProbeStopped(Exception):  # noqa: N818 -- a bound was reached, which is no mistake
    """Why it stops here."""


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
    target: ProbeTarget
    judge: LiveJudge
    limits: ProbeLimits = field(default_factory=ProbeLimits)
    progress: Callable[[str], None] = lambda text: None
    request_count: int = 0
    """Requests so far."""
    _elapsed: Duration = 0
    _created_job_id: str = ""
    """The job that was made and not deleted."""
    _statuses: set[int] = field(default_factory=set)
    """Of all answers."""
    _redirect_note: str = ""
    """The first answer that sent us elsewhere."""
    _contract: Contract = field(init=False)

    def __post_init__(self) -> None:
        self._contract = load_contract(self.era.vendor, self.era.date)

    def run(self) -> list[str]:
        """Ask; what a person should know besides the judgement. Raises `Unreachable` where nobody ever answered."""
        notes: list[str] = []
        try:
            notes += self._probe_reads()
            if self.limits.allow_writes:
                notes += self._probe_writes()
        except _ProbeStopped as why:
            notes.append(f"stopped after {pluralize(self.request_count, 'request')}: {why}")
        if self._statuses and self._statuses <= AUTH_FAILURE_STATUSES:
            notes.append("every answer was 401 or 403: is the key one of this API's?")
        if self._redirect_note:
            notes.append(self._redirect_note)
        return notes + self.leftovers()

    def leftovers(self) -> list[str]:
        """What was made and is still there, also where the run was interrupted."""
        left = f"left behind: {self.era.main_kind.name} {self._created_job_id}, which was made by this run"
        return [left] if self._created_job_id else []

    # What does no harm

    def _probe_reads(self) -> list[str]:
        seen: dict[tuple[str, str], ObservedJob] = {}
        listed = False
        for operation in self._read_operations(with_id=False):
            exchange = self._call(operation)
            listed = listed or (operation.name.startswith("list") and _answer_status(exchange) == 200)
            seen.update(((each.kind, each.job_id), each) for each in self._observed_jobs(exchange))
        for kind in dict.fromkeys(each.kind for each in seen.values()):
            for job in _select_jobs([each for each in seen.values() if each.kind == kind]):
                self._read_job(job)
        for operation in self._read_operations(with_id=True):
            if operation.kind in self.era.kinds:
                self._call(operation, self.era.kinds[operation.kind].new_id("nobody", 1, 0))
        for operation in self._read_operations(with_id=False)[:1]:
            self._call(operation, key="")
        bare = listed and not seen and not self.limits.allow_writes
        return ["no list shows a job, so nothing is known of how jobs behave; --allow-writes makes one"] if bare else []

    def _read_job(self, job: ObservedJob) -> None:
        """Everything that can be read of a job, and at the end the first of it again."""
        operations = [
            each for each in self._read_operations(with_id=True) if each.kind == job.kind and not each.example_params
        ]
        for operation in [*operations, *operations[:1]]:
            self._call(operation, job.job_id)

    def _read_operations(self, *, with_id: bool) -> list[Operation]:
        return [
            each
            for each in self.era.operations
            if each.method == "GET" and each.about_one_job is with_id and self._has_judgeable_answer(each)
        ]

    def _has_judgeable_answer(self, operation: Operation) -> bool:
        """Whether its answer is something to judge: no download."""
        found = self._contract.capture.find(operation.method, operation.path)
        answer = found.answer(200) if found is not None else None
        return answer is not None and any(media in _JUDGEABLE_MEDIA_TYPES for media in answer.body.get("content", {}))

    # What makes a job

    def _probe_writes(self) -> list[str]:
        create, read = self.era.operation("create"), self.era.operation("get")
        if create is None or read is None:
            return [f"{self.era.pin} has nothing that makes a job and reads it"]
        exchange = self._call(create, body=dict(self.limits.body or self.era.main_kind.example))
        made = next((each for each in self._observed_jobs(exchange) if each.kind == create.kind), None)
        if made is None:
            status = _answer_status(exchange) or "nothing"
            return [f"no job was made: the create was answered {status}; --create FILE sends another body"]
        self._created_job_id = made.job_id
        self._follow_job(made, read)
        return []

    def _follow_job(self, job: ObservedJob, read_operation: Operation) -> None:
        """One job's life: read, cancelled, followed to its end, cancelled again, listed, deleted."""
        self._wait(self._poll_interval(self._call(read_operation, job.job_id)))
        self._call(read_operation, job.job_id)
        self._call_if_offered("cancel", job.job_id)
        while not self._is_over(exchange := self._call(read_operation, job.job_id)):
            self._wait(self._poll_interval(exchange))
        self._call_if_offered("cancel", job.job_id)
        self._call_if_offered("list")
        gone = self._call_if_offered("delete", job.job_id)
        if gone is not None and gone.status < 300:
            self._created_job_id = ""
        self._call(read_operation, job.job_id)

    def _call_if_offered(self, name: str, job_id: str = "") -> Response | None:
        operation = self.era.operation(name)
        return self._call(operation, job_id).response if operation is not None else None

    def _is_over(self, exchange: Exchange) -> bool:
        """Whether the answer shows an end, or that there is nothing to wait for."""
        response = exchange.response
        return (
            response is None
            or response.status != 200
            or any(each.is_terminal for each in self._observed_jobs(exchange))
        )

    def _poll_interval(self, exchange: Exchange) -> Duration:
        if exchange.response is None:
            return DEFAULT_POLL_INTERVAL
        asked = as_number(value_at(json_or_none(exchange.response.body), ("poll_after_seconds",))) or 0
        return max(DEFAULT_POLL_INTERVAL, int(asked * SECOND), parse_retry_after(exchange.response))

    # One call

    def _call(
        self, operation: Operation, job_id: str = "", body: dict[str, Any] | None = None, key: str | None = None
    ) -> Exchange:
        """Send it, and again after a wait where the API is busy; the last exchange."""
        request = operation_request(self.era, operation, job_id, body, self.api_key if key is None else key)
        for turn in range(1, MAX_ATTEMPTS + 1):
            exchange = self._send(request)
            response = exchange.response
            if response is None or response.status not in RETRYABLE_STATUSES or turn == MAX_ATTEMPTS:
                return exchange
            self._wait(max(SECOND * 2 ** (turn - 1), parse_retry_after(response)))
        raise AssertionError

    def _send(self, request: Request) -> Exchange:
        if self.request_count >= self.limits.budget:
            raise _ProbeStopped(f"the budget is {self.limits.budget} (--budget)")
        self.request_count += 1
        self.progress(f"{self.request_count}/{self.limits.budget} {request.method} {request.path}")
        try:
            exchange = self.target.send(request)
        except Unreachable as error:
            if self.request_count == 1:
                raise
            raise _ProbeStopped(str(error)) from None
        self._statuses.add(_answer_status(exchange))
        if _answer_status(exchange) in REDIRECT_STATUSES and not self._redirect_note:
            self._redirect_note = _describe_redirect(exchange)
        self.judge.add(exchange)
        return exchange

    def _wait(self, duration: Duration) -> None:
        self._elapsed += duration
        try:
            self.target.advance_to(self._elapsed)
        except Inconclusive:
            until = format_duration(self._elapsed)
            raise _ProbeStopped(f"the next one would be sent {until} after the start, beyond --patience") from None

    def _observed_jobs(self, exchange: Exchange) -> list[ObservedJob]:
        if exchange.response is None:
            return []
        shown = []
        for each in self._contract.find_jobs(exchange):
            word = value_at(each.body, each.resource.status_path) if each.body is not None else None
            if isinstance(word, str):
                final = not each.binding.states_by_word.get(word, _UNKNOWN_STATES) & ~each.resource.states.terminal
                shown.append(ObservedJob(each.resource.kind, each.job_id, word, final))
        return shown


def _answer_status(exchange: Exchange) -> int:
    """The status of its answer; 0 where there is none."""
    return exchange.response.status if exchange.response is not None else 0


def _describe_redirect(exchange: Exchange) -> str:
    """What to say of an answer that sends us elsewhere; of the address only its host, the rest may be a secret."""
    response = exchange.response
    parts = urlsplit((response.header("Location") if response is not None else "") or "")
    where = f"to {parts.scheme}://{parts.hostname}" if parts.hostname else "to another path"
    call = f"{exchange.request.method} {exchange.request.path}"
    return f"{call} was answered {_answer_status(exchange)}, {where}, which is not followed; is that the API's own address?"


def _select_jobs(jobs: list[ObservedJob]) -> list[ObservedJob]:
    """A few jobs, each of another status as far as there are so many."""
    first = {job.status: job for job in reversed(jobs)}
    others = [job for job in jobs if first[job.status] is not job]
    return [*reversed(first.values()), *others][:JOBS_PER_KIND]
