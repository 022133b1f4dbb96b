"""The fuzzer: sends generated requests about jobs that exist, and lets the contract judge all of it together.

    Fuzzer(era, target, judge, FuzzPlan(seed=7)).run(cases)

Theory of operation. A generated id belongs to no job, and a generated create is mostly refused: alone, they never
show how jobs behave. So jobs are created from the vendor's own example on the way, and most calls that need an id get
one of those, the newest more often than the others; after a call that may have changed a job, the job is read. The
order is shuffled. On a virtual clock time advances between the calls, by a minute after a 429; in the end it advances
until every job must have ended, and each is read once more. All choices come from the seed: the same run again sends
the same requests.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol
from urllib.parse import parse_qsl, quote, urlencode

import orjson

from mockserver.client.http import Unreachable
from mockserver.contract.judge.contract import Contract, load_contract
from mockserver.contract.rules.resources import OperationBinding
from mockserver.core.ids import seeded_int
from mockserver.core.instants import HOUR, MINUTE, SECOND, Duration
from mockserver.core.wire import Exchange, Request, Response, json_or_none
from mockserver.runner.active.fuzz_cases import FuzzCase
from mockserver.runner.calls import operation_request
from mockserver.runner.judge.live_judge import LiveJudge
from mockserver.vendors.api import Era, Role
from mockserver.vendors.http import USUAL_KEY

JOBS_PER_KIND: Final = 4
"""Jobs of a kind that calls are about: the newest."""
CALLS_PER_CREATE: Final = 8
"""Calls between two jobs that are created from the example."""
CLOCK_STEPS: Final[tuple[Duration, ...]] = (0, 0, 0, SECOND, 2 * SECOND, 5 * SECOND, 20 * SECOND)
"""Advances of the clock between two calls, each as likely."""
LONG_CLOCK_STEP: Final = 10 * HOUR
"""The advance of one in 60 calls, and at the end."""
TOO_MANY_REQUESTS: Final = 429
MAX_UNANSWERED_IN_ROW: Final = 3
"""Unanswered calls in a row after which the server counts as gone."""
READ_METHODS: Final = ("GET", "HEAD", "OPTIONS")


class FuzzTarget(Protocol):
    """The server that is fuzzed."""

    def send(self, request: Request) -> Exchange:
        """Send a request. Raises `Unreachable`, or ValueError if HTTP cannot carry the request."""


class FuzzPlan(NamedTuple):
    """The settings of a run."""

    seed: int = 0
    api_key: str = USUAL_KEY
    allow_writes: bool = True
    """False: only reads are sent."""
    advance_to: Callable[[Duration], None] | None = None
    """Moves a virtual clock to a time after the start; None in real time."""


@dataclass
class Fuzzer:
    """One run against one server."""

    era: Era
    target: FuzzTarget
    judge: LiveJudge
    plan: FuzzPlan = field(default_factory=FuzzPlan)
    progress: Callable[[str], None] = lambda text: None
    request_count: int = 0
    _jobs_by_kind: dict[str, list[str]] = field(default_factory=dict)
    """The ids of known jobs, the newest last."""
    _elapsed: Duration = 0
    _unanswered_in_row: int = 0
    _last_answered: Exchange | None = None
    _contract: Contract = field(init=False)

    def __post_init__(self) -> None:
        self._contract = load_contract(self.era.vendor, self.era.date)

    def run(self, cases: Iterable[FuzzCase], should_stop: Callable[[], bool] = lambda: False) -> None:
        """Send all cases in shuffled order, then finish the jobs. Raises `Unreachable` if the server is gone."""
        allowed = [case for case in cases if self.plan.allow_writes or case.request.method in READ_METHODS]
        order = sorted(range(len(allowed)), key=lambda number: self._choose("order", number))
        for place, number in enumerate(order):
            if should_stop():
                break
            if self.plan.allow_writes and place % CALLS_PER_CREATE == 0:
                self._create_jobs()
            self.progress(f"{place + 1}/{len(order)} {allowed[number].operation}")
            # `number` seeds every choice about a case: it does not depend on the order.
            self._send_case(allowed[number], number)
            if self._choose("long", number, 60) == 0:
                self._advance_by(LONG_CLOCK_STEP)
            else:
                self._advance_by(CLOCK_STEPS[self._choose("step", number, len(CLOCK_STEPS))])
        # By now every job must end; a read a minute stays below every rate limit.
        self._advance_by(LONG_CLOCK_STEP)
        for kind in sorted(self._jobs_by_kind):
            for job_id in self._jobs_by_kind[kind]:
                self._advance_by(MINUTE)
                self._read_job(kind, job_id)

    def _choose(self, purpose: str, number: int, sides: int = 1 << 32) -> int:
        return seeded_int(0, sides - 1, str(self.plan.seed), purpose, number)

    def _create_jobs(self) -> None:
        """Create one more job of each kind from the vendor's example."""
        for kind in self.era.kinds.values():
            create = self.era.operation_of(kind.name, Role.CREATE)
            if create is not None:
                body = dict(create.example_params or kind.example)
                self._send(operation_request(self.era, create, "", body, self.plan.api_key))

    def _send_case(self, case: FuzzCase, number: int) -> None:
        """Send a case, mostly about a job that exists and mostly with the key; read the jobs that it may change."""
        request = case.request
        changed: list[tuple[str, str]] = []
        for resource, binding in self._contract.job_finder.bindings(case.operation):
            known = self._jobs_by_kind.get(resource.kind, [])
            if not known or not self._choose("aim", number, 6):
                continue
            job_id = known[-1]
            if not self._choose("new", number, 2):
                job_id = known[self._choose("job", number, len(known))]
            request = with_job_id(request, case.template, binding, job_id)
            if binding.changes_job:
                changed.append((resource.kind, job_id))
        if self._choose("key", number, 10):
            credentials = {name.lower(): value for name, value in self.era.auth_headers(self.plan.api_key).items()}
            request = request._replace(headers={**request.headers, **credentials})
        self._send(request)
        for kind, job_id in changed:
            self._read_job(kind, job_id)

    def _read_job(self, kind: str, job_id: str) -> None:
        """Send the first operation that reads one job of the kind."""
        read = self.era.operation_of(kind, Role.READ)
        if read is not None:
            self._send(operation_request(self.era, read, job_id, None, self.plan.api_key))

    def _send(self, request: Request) -> None:
        try:
            exchange = self.target.send(request)
            self._unanswered_in_row = 0
        except Unreachable:
            self._unanswered_in_row += 1
            last = self._last_answered
            if self._unanswered_in_row == MAX_UNANSWERED_IN_ROW or last is None:
                raise
            exchange = Exchange(request, None, last.answered_at or 0, None, last.answered_seq + 1)
        except ValueError:
            return  # HTTP cannot carry it
        self.request_count += 1
        self.judge.add(exchange)
        if exchange.response is None:
            return
        self._last_answered = exchange
        if exchange.response.status < 300:
            for mention in self._contract.find_jobs(exchange):
                known = self._jobs_by_kind.setdefault(mention.resource.kind, [])
                if mention.body is not None and mention.job_id not in known:
                    known.append(mention.job_id)
                    del known[:-JOBS_PER_KIND]
        if exchange.response.status == TOO_MANY_REQUESTS:
            self._advance_by(MINUTE)

    def _advance_by(self, duration: Duration) -> None:
        if self.plan.advance_to is not None and duration:
            self._elapsed += duration
            self.plan.advance_to(self._elapsed)


class CrashCatchingTarget:
    """A target in this process whose exceptions become answers, as they are over HTTP."""

    def __init__(self, inner: FuzzTarget) -> None:
        self._inner = inner
        self._last = Exchange(Request("GET", "/"), None, 0, 0)

    def send(self, request: Request) -> Exchange:
        """Send the request; an exception becomes a 500."""
        try:
            self._last = self._inner.send(request)
        except Exception as error:  # noqa: BLE001 -- any exception of the fake is a defect to report
            body = orjson.dumps({"crash": f"{type(error).__name__}: {error}"[:300]})
            response = Response(500, (("Content-Type", "application/json"),), body)
            seq = self._last.answered_seq + 1
            at = self._last.answered_at or 0
            return Exchange(request, response, at, at, seq, answered_seq=seq)
        return self._last


def with_job_id(request: Request, path_template: str, binding: OperationBinding, job_id: str) -> Request:
    """Return the request about that job: the id replaces the generated one in path, query or body."""
    if binding.id_place == "path":
        placeholder = "{" + binding.id_name + "}"
        segments = [
            quote(job_id, safe="") if template_segment == placeholder else segment
            for template_segment, segment in zip(path_template.split("/"), request.path.split("/"), strict=False)
        ]
        return request._replace(path="/".join(segments))
    if binding.id_place == "query":
        pairs = [pair for pair in parse_qsl(request.query, keep_blank_values=True) if pair[0] != binding.id_name]
        return request._replace(query=urlencode([*pairs, (binding.id_name, job_id)]))
    if binding.id_place == "body" and len(binding.id_path) == 1:
        body = json_or_none(request.body)
        if isinstance(body, dict):
            return request._replace(body=orjson.dumps({**body, str(binding.id_path[0]): job_id}))
    return request
