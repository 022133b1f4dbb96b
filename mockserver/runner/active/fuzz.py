"""Sends what was generated for a contract, about jobs that exist, and lets the contract judge all of it together.

    Fuzz(era, target, watcher, Plan(seed=7)).run(cases)

Theory of operation. A generated id names nobody's job, and a generated create is mostly refused: alone, they never
show how jobs behave. So jobs are made from the vendor's own example on the way, and most calls that want an id get one
of those, the newest more often than the others; whatever may have changed a job is followed by a read of it. The order
is shuffled, and where the clock is ours it is moved between the calls, a minute after a 429. In the end time passes
until every job must have ended, and each is read once more. All choices come from the seed: the same run again sends
the same.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, Protocol
from urllib.parse import parse_qsl, quote, urlencode

import orjson

from mockserver.contract.judge.contract import Contract, load_contract
from mockserver.contract.judge.job_finder import json_or_none
from mockserver.contract.rules.resources import OperationBinding
from mockserver.core.ids import seeded_int
from mockserver.core.instants import HOUR, MINUTE, SECOND, Duration
from mockserver.core.wire import Exchange, Request, Response
from mockserver.runner.active.fuzz_cases import FuzzCase
from mockserver.runner.calls import operation_request
from mockserver.runner.judge.live_judge import LiveJudge
from mockserver.runner.targets.http_client import Unreachable
from mockserver.vendors.api import Era

JOBS_PER_KIND: Final = 4
"""Jobs of a kind that calls are about; older ones are let be."""
CALLS_PER_CREATE: Final = 8
"""Calls between two jobs that are made from the example."""
CLOCK_STEPS: Final[tuple[Duration, ...]] = (0, 0, 0, SECOND, 2 * SECOND, 5 * SECOND, 20 * SECOND)
"""What passes between two calls, each as likely."""
LONG_CLOCK_STEP: Final = 10 * HOUR
"""What passes now and then, and in the end."""
TOO_MANY_REQUESTS: Final = 429
MAX_UNANSWERED_IN_ROW: Final = 3
"""Calls in a row without an answer after which nobody is there."""
READ_METHODS: Final = ("GET", "HEAD", "OPTIONS")


class FuzzTarget(Protocol):
    """Who is asked."""

    def send(self, request: Request) -> Exchange:
        """Send a request. Raises `Unreachable`."""


class FuzzPlan(NamedTuple):
    """How to go about it."""

    seed: int = 0
    api_key: str = "test-key"
    allow_writes: bool = True
    """Whether anything but reads is sent."""
    advance_to: Callable[[Duration], None] | None = None
    """Lets it be so long after the start, where the clock is ours."""


@dataclass
class Fuzzer:
    """One run."""

    era: Era
    target: FuzzTarget
    judge: LiveJudge
    plan: FuzzPlan = field(default_factory=FuzzPlan)
    progress: Callable[[str], None] = lambda text: None
    request_count: int = 0
    unsendable_count: int = 0
    _jobs_by_kind: dict[str, list[str]] = field(default_factory=dict)
    _elapsed: Duration = 0
    _unanswered_in_row: int = 0
    _last_answered: Exchange | None = None
    """The one answered last."""
    _contract: Contract = field(init=False)

    def __post_init__(self) -> None:
        self._contract = load_contract(self.era.vendor, self.era.date)

    def run(self, cases: Iterable[FuzzCase], should_stop: Callable[[], bool] = lambda: False) -> None:
        """Send everything. Raises `Unreachable` where nobody answers."""
        allowed = [case for case in cases if self.plan.allow_writes or case.request.method in READ_METHODS]
        order = sorted(range(len(allowed)), key=lambda number: self._choose("order", number))
        for place, number in enumerate(order):
            if should_stop():
                break
            if place % CALLS_PER_CREATE == 0:
                self._create_jobs()
            self.progress(f"{place + 1}/{len(order)} {allowed[number].operation}")
            self._send_case(allowed[number], number)
            self._advance_randomly(number)
        self._finish_jobs()

    def _choose(self, what: str, number: int, sides: int = 1 << 32) -> int:
        return seeded_int(0, sides - 1, str(self.plan.seed), what, number)

    # What is sent

    def _create_jobs(self) -> None:
        """One more job of each kind."""
        for operation in self.era.operations if self.plan.allow_writes else ():
            kind = self.era.kinds.get(operation.kind)
            makes = operation.creates and kind is not None
            if makes and kind is not None and operation.name in ("create", f"create_{kind.name}"):
                self._send(operation_request(self.era, operation, "", dict(kind.example), self.plan.api_key))

    def _send_case(self, case: FuzzCase, number: int) -> None:
        """Send a case about a job that exists, mostly, and with the key, mostly; and look what became of the job."""
        request = case.request
        acted: list[tuple[str, str]] = []
        for resource, binding in self._contract.job_finder.bindings(case.operation):
            known = self._jobs_by_kind.get(resource.kind, [])
            if known and self._choose("aim", number, 6):
                job_id = known[-1] if self._choose("new", number, 2) else known[self._choose("job", number, len(known))]
                request = with_job_id(request, case.template, binding, job_id)
                acted += [(resource.kind, job_id)] if binding.changes_job else []
        if self._choose("key", number, 10):
            worn = {name.lower(): value for name, value in self.era.auth_headers(self.plan.api_key).items()}
            request = replace(request, headers={**request.headers, **worn})
        self._send(request)
        for kind, job_id in acted:
            self._read_job(kind, job_id)

    def _read_job(self, kind: str, job_id: str) -> None:
        """The first call that reads a job of the kind."""
        reads = (
            each
            for each in self.era.operations
            if each.method == "GET" and each.about_one_job and not each.example_params
        )
        read = next((each for each in reads if each.kind == kind), None)
        if read is not None:
            self._send(operation_request(self.era, read, job_id, None, self.plan.api_key))

    def _send(self, request: Request) -> None:
        try:
            exchange = self.target.send(request)
            self._unanswered_in_row = 0
        except Unreachable:
            self._unanswered_in_row += 1
            if self._unanswered_in_row == MAX_UNANSWERED_IN_ROW or self._last_answered is None:
                raise
            exchange = Exchange(
                request, None, self._last_answered.answered_at or 0, None, self._last_answered.answered_seq + 1
            )
        except ValueError:
            self.unsendable_count += 1
            return
        self.request_count += 1
        if exchange.response is not None:
            self._last_answered = exchange
        self.judge.add(exchange)
        self._record_jobs(exchange)
        if exchange.response is not None and exchange.response.status == TOO_MANY_REQUESTS:
            self._advance_by(MINUTE)

    def _record_jobs(self, exchange: Exchange) -> None:
        """Remember the jobs that an answer shows."""
        if exchange.response is None or exchange.response.status >= 300:
            return
        for sight in self._contract.find_jobs(exchange):
            known = self._jobs_by_kind.setdefault(sight.resource.kind, [])
            if sight.body is not None and sight.job_id not in known:
                known.append(sight.job_id)
                del known[:-JOBS_PER_KIND]

    # Time

    def _advance_randomly(self, number: int) -> None:
        by = (
            LONG_CLOCK_STEP
            if self._choose("long", number, 60) == 0
            else CLOCK_STEPS[self._choose("step", number, len(CLOCK_STEPS))]
        )
        self._advance_by(by)

    def _advance_by(self, by: Duration) -> None:
        if self.plan.advance_to is not None and by:
            self._elapsed += by
            self.plan.advance_to(self._elapsed)

    def _finish_jobs(self) -> None:
        """Let every job end, and look at it."""
        self._advance_by(LONG_CLOCK_STEP)
        for kind in sorted(self._jobs_by_kind):
            for job_id in self._jobs_by_kind[kind]:
                self._advance_by(MINUTE)
                self._read_job(kind, job_id)


class CrashCatchingTarget:
    """A target in this process whose mistakes are answers, as they are on the wire."""

    def __init__(self, inner: FuzzTarget) -> None:
        self._inner = inner
        self._last = Exchange(Request("GET", "/"), None, 0, 0)

    def send(self, request: Request) -> Exchange:
        """Send it; what is raised becomes a 500."""
        last = self._last
        try:
            self._last = self._inner.send(request)
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with the fake is what is looked for
            text = orjson.dumps({"crash": f"{type(error).__name__}: {error}"[:300]})
            answer = Response(500, (("Content-Type", "application/json"),), text)
            seq, at = last.answered_seq, last.answered_at or 0
            return Exchange(request, answer, at, at, seq + 1, seq + 1)
        return self._last


def with_job_id(request: Request, path_template: str, binding: OperationBinding, job_id: str) -> Request:
    """A request about that job, where its operation has the id."""
    if binding.id_place == "path":
        parts = zip(path_template.split("/"), request.path.split("/"), strict=False)
        wanted = "{" + binding.id_name + "}"
        path = "/".join(quote(job_id, safe="") if part == wanted else given for part, given in parts)
        return replace(request, path=path)
    if binding.id_place == "query":
        pairs = [pair for pair in parse_qsl(request.query, keep_blank_values=True) if pair[0] != binding.id_name]
        return replace(request, query=urlencode([*pairs, (binding.id_name, job_id)]))
    body = json_or_none(request.body) if binding.id_place == "body" else None
    if isinstance(body, dict) and len(binding.id_path) == 1:
        return replace(request, body=orjson.dumps({**body, str(binding.id_path[0]): job_id}))
    return request
