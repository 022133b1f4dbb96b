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

from mockserver.contract.capture import load
from mockserver.contract.rules.book import load_book
from mockserver.contract.rules.resources import Binding
from mockserver.contract.sights import Eyes, Routes, read_body
from mockserver.core.ids import between
from mockserver.core.instants import HOUR, MINUTE, SECOND, Duration
from mockserver.core.wire import Exchange, Request, Response
from mockserver.runner.calling import request_of
from mockserver.runner.generating import Case
from mockserver.runner.watching import Watcher
from mockserver.runner.wire import Unreachable
from mockserver.vendors.api import Era

JOBS: Final = 4
"""Jobs of a kind that calls are about; older ones are let be."""
FRESH: Final = 8
"""Calls between two jobs that are made from the example."""
STEPS: Final[tuple[Duration, ...]] = (0, 0, 0, SECOND, 2 * SECOND, 5 * SECOND, 20 * SECOND)
"""What passes between two calls, each as likely."""
LONG: Final = 10 * HOUR
"""What passes now and then, and in the end."""
BUSY: Final = 429
SILENT: Final = 3
"""Calls in a row without an answer after which nobody is there."""
READS: Final = ("GET", "HEAD", "OPTIONS")


class Target(Protocol):
    """Who is asked."""

    def send(self, request: Request) -> Exchange:
        """Send a request. Raises `Unreachable`."""


class Plan(NamedTuple):
    """How to go about it."""

    seed: int = 0
    key: str = "test-key"
    writes: bool = True
    """Whether anything but reads is sent."""
    pass_to: Callable[[Duration], None] | None = None
    """Lets it be so long after the start, where the clock is ours."""


@dataclass
class Fuzz:
    """One run."""

    era: Era
    target: Target
    watcher: Watcher
    plan: Plan = field(default_factory=Plan)
    progress: Callable[[str], None] = lambda text: None
    sent: int = 0
    unsendable: int = 0
    _jobs: dict[str, list[str]] = field(default_factory=dict)
    _passed: Duration = 0
    _silent: int = 0
    _last: Exchange | None = None
    """The one answered last."""
    _eyes: Eyes = field(init=False)
    _routes: Routes = field(init=False)

    def __post_init__(self) -> None:
        self._eyes = Eyes(load_book(self.era.vendor, self.era.date))
        self._routes = Routes(load(self.era.vendor, self.era.date))

    def run(self, cases: Iterable[Case], enough: Callable[[], bool] = lambda: False) -> None:
        """Send everything. Raises `Unreachable` where nobody answers."""
        allowed = [case for case in cases if self.plan.writes or case.request.method in READS]
        order = sorted(range(len(allowed)), key=lambda number: self._dice("order", number))
        for place, number in enumerate(order):
            if enough():
                break
            if place % FRESH == 0:
                self._make()
            self.progress(f"{place + 1}/{len(order)} {allowed[number].operation}")
            self._try(allowed[number], number)
            self._let_pass(number)
        self._end()

    def _dice(self, what: str, number: int, sides: int = 1 << 32) -> int:
        return between(0, sides - 1, str(self.plan.seed), what, number)

    # What is sent

    def _make(self) -> None:
        """One more job of each kind."""
        for operation in self.era.operations if self.plan.writes else ():
            kind = self.era.kinds.get(operation.kind)
            makes = operation.creates and kind is not None
            if makes and kind is not None and operation.name in ("create", f"create_{kind.name}"):
                self._send(request_of(self.era, operation, "", dict(kind.example), self.plan.key))

    def _try(self, case: Case, number: int) -> None:
        """Send a case about a job that exists, mostly, and with the key, mostly; and look what became of the job."""
        request = case.request
        acted: list[tuple[str, str]] = []
        for resource, binding in self._eyes.bindings(case.operation):
            known = self._jobs.get(resource.kind, [])
            if known and self._dice("aim", number, 6):
                job_id = known[-1] if self._dice("new", number, 2) else known[self._dice("job", number, len(known))]
                request = aimed(request, case.template, binding, job_id)
                acted += [(resource.kind, job_id)] if binding.acts else []
        if self._dice("key", number, 10):
            worn = {name.lower(): value for name, value in self.era.wears(self.plan.key).items()}
            request = replace(request, headers={**request.headers, **worn})
        self._send(request)
        for kind, job_id in acted:
            self._read(kind, job_id)

    def _read(self, kind: str, job_id: str) -> None:
        """The first call that reads a job of the kind."""
        reads = (each for each in self.era.operations if each.method == "GET" and each.picks and not each.needs)
        read = next((each for each in reads if each.kind == kind), None)
        if read is not None:
            self._send(request_of(self.era, read, job_id, None, self.plan.key))

    def _send(self, request: Request) -> None:
        try:
            exchange = self.target.send(request)
            self._silent = 0
        except Unreachable:
            self._silent += 1
            if self._silent == SILENT or self._last is None:
                raise
            exchange = Exchange(request, None, self._last.answered or 0, None, self._last.answered_seq + 1)
        except ValueError:
            self.unsendable += 1
            return
        self.sent += 1
        if exchange.response is not None:
            self._last = exchange
        self.watcher.add(exchange)
        self._learn(exchange)
        if exchange.response is not None and exchange.response.status == BUSY:
            self._pass(MINUTE)

    def _learn(self, exchange: Exchange) -> None:
        """Remember the jobs that an answer shows."""
        found = self._routes.find(exchange.request.method, exchange.request.path)
        response = exchange.response
        if found is None or response is None or response.status >= 300:
            return
        data = response.body
        for sight in self._eyes.sights(found, exchange.request, response.status, data, read_body(data)):
            known = self._jobs.setdefault(sight.resource.kind, [])
            if sight.body is not None and sight.job_id not in known:
                known.append(sight.job_id)
                del known[:-JOBS]

    # Time

    def _let_pass(self, number: int) -> None:
        by = LONG if self._dice("long", number, 60) == 0 else STEPS[self._dice("step", number, len(STEPS))]
        self._pass(by)

    def _pass(self, by: Duration) -> None:
        if self.plan.pass_to is not None and by:
            self._passed += by
            self.plan.pass_to(self._passed)

    def _end(self) -> None:
        """Let every job end, and look at it."""
        self._pass(LONG)
        for kind in sorted(self._jobs):
            for job_id in self._jobs[kind]:
                self._pass(MINUTE)
                self._read(kind, job_id)


class Embedded:
    """A target in this process whose mistakes are answers, as they are on the wire."""

    def __init__(self, inner: Target) -> None:
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
            seq, at = last.answered_seq, last.answered or 0
            return Exchange(request, answer, at, at, seq + 1, seq + 1)
        return self._last


def aimed(request: Request, template: str, binding: Binding, job_id: str) -> Request:
    """A request about that job, where its operation has the id."""
    if binding.place == "path":
        parts = zip(template.split("/"), request.path.split("/"), strict=False)
        wanted = "{" + binding.name + "}"
        path = "/".join(quote(job_id, safe="") if part == wanted else given for part, given in parts)
        return replace(request, path=path)
    if binding.place == "query":
        pairs = [pair for pair in parse_qsl(request.query, keep_blank_values=True) if pair[0] != binding.name]
        return replace(request, query=urlencode([*pairs, (binding.name, job_id)]))
    body = read_body(request.body) if binding.place == "body" else None
    if isinstance(body, dict) and len(binding.path) == 1:
        return replace(request, body=orjson.dumps({**body, str(binding.path[0]): job_id}))
    return request
