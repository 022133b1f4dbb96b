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

from mockserver.contract.capture import Capture, load
from mockserver.contract.conduct import retry_after
from mockserver.contract.rules.book import load_book
from mockserver.contract.rules.conditions import at, number
from mockserver.contract.sights import Eyes, Routes, read_body
from mockserver.core.counting import count
from mockserver.core.instants import SECOND, Duration, format_duration
from mockserver.core.wire import Exchange, Request, Response
from mockserver.runner.calling import request_of
from mockserver.runner.targets.api import Inconclusive
from mockserver.runner.watching import Watcher
from mockserver.runner.wire import Unreachable
from mockserver.vendors.api import Era, Operation

BUDGET: Final = 100
PICKED: Final = 3
"""Jobs of a kind that are looked at."""
PACE: Final = 5 * SECOND
"""Between two polls where the API names no pace."""
TRIES: Final = 4
"""How often a call is sent that is answered 429 or 503."""
BUSY: Final = (429, 503)
KEPT_OUT: Final = frozenset((401, 403))
MOVED: Final = (301, 302, 303, 307, 308)
_READABLE: Final = ("application/json", "application/jsonl", "application/x-ndjson")
_NOT_STATED: Final = -1


class Target(Protocol):
    """The API, and the world's time: a `targets.Live`."""

    def send(self, request: Request) -> Exchange:
        """Send a request. Raises `Unreachable`."""

    def pass_to(self, offset: Duration) -> None:
        """Wait until so long after the start. Raises `Inconclusive` beyond its patience."""


class Bounds(NamedTuple):
    """How far it may go."""

    budget: int = BUDGET
    """Requests in all."""
    writes: bool = False
    """Whether a job may be made, cancelled and deleted."""
    body: Mapping[str, Any] | None = None
    """What the job is made from; None: the vendor's example."""


class _Enough(Exception):  # noqa: N818 -- a bound was reached, which is no mistake
    """Why it stops here."""


class Seen(NamedTuple):
    """A job as an answer shows it."""

    kind: str
    job_id: str
    status: str
    final: bool


@dataclass
class Probe:
    """One run against one API."""

    era: Era
    key: str
    target: Target
    watcher: Watcher
    bounds: Bounds = field(default_factory=Bounds)
    progress: Callable[[str], None] = lambda text: None
    asked: int = 0
    """Requests so far."""
    _passed: Duration = 0
    _made: str = ""
    """The job that was made and not deleted."""
    _statuses: set[int] = field(default_factory=set)
    """Of all answers."""
    _moved: str = ""
    """The first answer that sent us elsewhere."""
    _capture: Capture = field(init=False)
    _routes: Routes = field(init=False)
    _eyes: Eyes = field(init=False)

    def __post_init__(self) -> None:
        self._capture = load(self.era.vendor, self.era.date)
        self._routes = Routes(self._capture)
        self._eyes = Eyes(load_book(self.era.vendor, self.era.date))

    def run(self) -> list[str]:
        """Ask; what a person should know besides the judgement. Raises `Unreachable` where nobody ever answered."""
        notes: list[str] = []
        try:
            notes += self._reads()
            if self.bounds.writes:
                notes += self._writes()
        except _Enough as why:
            notes.append(f"stopped after {count(self.asked, 'request')}: {why}")
        if self._statuses and self._statuses <= KEPT_OUT:
            notes.append("every answer was 401 or 403: is the key one of this API's?")
        if self._moved:
            notes.append(self._moved)
        return notes + self.left()

    def left(self) -> list[str]:
        """What was made and is still there, also where the run was interrupted."""
        left = f"left behind: {self.era.main.name} {self._made}, which was made by this run"
        return [left] if self._made else []

    # What does no harm

    def _reads(self) -> list[str]:
        seen: dict[tuple[str, str], Seen] = {}
        listed = False
        for operation in self._readable(with_id=False):
            exchange = self._call(operation)
            listed = listed or (operation.name.startswith("list") and _status(exchange) == 200)
            seen.update(((each.kind, each.job_id), each) for each in self._shown(exchange))
        for kind in dict.fromkeys(each.kind for each in seen.values()):
            for job in _picked([each for each in seen.values() if each.kind == kind]):
                self._look_at(job)
        for operation in self._readable(with_id=True):
            if operation.kind in self.era.kinds:
                self._call(operation, self.era.kinds[operation.kind].new_id("nobody", 1, 0))
        for operation in self._readable(with_id=False)[:1]:
            self._call(operation, key="")
        bare = listed and not seen and not self.bounds.writes
        return ["no list shows a job, so nothing is known of how jobs behave; --allow-writes makes one"] if bare else []

    def _look_at(self, job: Seen) -> None:
        """Everything that can be read of a job, and at the end the first of it again."""
        operations = [each for each in self._readable(with_id=True) if each.kind == job.kind and not each.needs]
        for operation in [*operations, *operations[:1]]:
            self._call(operation, job.job_id)

    def _readable(self, *, with_id: bool) -> list[Operation]:
        return [
            each
            for each in self.era.operations
            if each.method == "GET" and each.picks is with_id and self._has_text(each)
        ]

    def _has_text(self, operation: Operation) -> bool:
        """Whether its answer is something to judge: no download."""
        found = self._capture.find(operation.method, operation.path)
        answer = found.answer(200) if found is not None else None
        return answer is not None and any(media in _READABLE for media in answer.body.get("content", {}))

    # What makes a job

    def _writes(self) -> list[str]:
        create, read = self.era.operation("create"), self.era.operation("get")
        if create is None or read is None:
            return [f"{self.era.pin} has nothing that makes a job and reads it"]
        exchange = self._call(create, body=dict(self.bounds.body or self.era.main.example))
        made = next((each for each in self._shown(exchange) if each.kind == create.kind), None)
        if made is None:
            status = _status(exchange) or "nothing"
            return [f"no job was made: the create was answered {status}; --create FILE sends another body"]
        self._made = made.job_id
        self._live(made, read)
        return []

    def _live(self, made: Seen, read: Operation) -> None:
        """One job's life: read, cancelled, followed to its end, cancelled again, listed, deleted."""
        self._wait(self._pace(self._call(read, made.job_id)))
        self._call(read, made.job_id)
        self._act("cancel", made.job_id)
        while not self._ended(exchange := self._call(read, made.job_id)):
            self._wait(self._pace(exchange))
        self._act("cancel", made.job_id)
        self._act("list")
        gone = self._act("delete", made.job_id)
        if gone is not None and gone.status < 300:
            self._made = ""
        self._call(read, made.job_id)

    def _act(self, name: str, job_id: str = "") -> Response | None:
        operation = self.era.operation(name)
        return self._call(operation, job_id).response if operation is not None else None

    def _ended(self, exchange: Exchange) -> bool:
        """Whether the answer shows an end, or that there is nothing to wait for."""
        response = exchange.response
        return response is None or response.status != 200 or any(each.final for each in self._shown(exchange))

    def _pace(self, exchange: Exchange) -> Duration:
        if exchange.response is None:
            return PACE
        asked = number(at(read_body(exchange.response.body), ("poll_after_seconds",))) or 0
        return max(PACE, int(asked * SECOND), retry_after(exchange.response))

    # One call

    def _call(
        self, operation: Operation, job_id: str = "", body: dict[str, Any] | None = None, key: str | None = None
    ) -> Exchange:
        """Send it, and again after a wait where the API is busy; the last exchange."""
        request = request_of(self.era, operation, job_id, body, self.key if key is None else key)
        for turn in range(1, TRIES + 1):
            exchange = self._send(request)
            response = exchange.response
            if response is None or response.status not in BUSY or turn == TRIES:
                return exchange
            self._wait(max(SECOND * 2 ** (turn - 1), retry_after(response)))
        raise AssertionError

    def _send(self, request: Request) -> Exchange:
        if self.asked >= self.bounds.budget:
            raise _Enough(f"the budget is {self.bounds.budget} (--budget)")
        self.asked += 1
        self.progress(f"{self.asked}/{self.bounds.budget} {request.method} {request.path}")
        try:
            exchange = self.target.send(request)
        except Unreachable as error:
            if self.asked == 1:
                raise
            raise _Enough(str(error)) from None
        self._statuses.add(_status(exchange))
        if _status(exchange) in MOVED and not self._moved:
            self._moved = _elsewhere(exchange)
        self.watcher.add(exchange)
        return exchange

    def _wait(self, duration: Duration) -> None:
        self._passed += duration
        try:
            self.target.pass_to(self._passed)
        except Inconclusive:
            until = format_duration(self._passed)
            raise _Enough(f"the next one would be sent {until} after the start, beyond --patience") from None

    def _shown(self, exchange: Exchange) -> list[Seen]:
        request, response = exchange.request, exchange.response
        found = self._routes.find(request.method, request.path)
        if response is None or found is None:
            return []
        sights = self._eyes.sights(found, request, response.status, response.body, read_body(response.body))
        shown = []
        for each in sights:
            word = at(each.body, each.resource.status) if each.body is not None else None
            if isinstance(word, str):
                final = not each.binding.words.get(word, _NOT_STATED) & ~each.resource.terminal
                shown.append(Seen(each.resource.kind, each.job_id, word, final))
        return shown


def _status(exchange: Exchange) -> int:
    """The status of its answer; 0 where there is none."""
    return exchange.response.status if exchange.response is not None else 0


def _elsewhere(exchange: Exchange) -> str:
    """What to say of an answer that sends us elsewhere; of the address only its host, the rest may be a secret."""
    response = exchange.response
    parts = urlsplit((response.header("Location") if response is not None else "") or "")
    where = f"to {parts.scheme}://{parts.hostname}" if parts.hostname else "to another path"
    call = f"{exchange.request.method} {exchange.request.path}"
    return f"{call} was answered {_status(exchange)}, {where}, which is not followed; is that the API's own address?"


def _picked(jobs: list[Seen]) -> list[Seen]:
    """A few jobs, each of another status as far as there are so many."""
    first = {job.status: job for job in reversed(jobs)}
    others = [job for job in jobs if first[job.status] is not job]
    return [*reversed(first.values()), *others][:PICKED]
