"""One vendor in one session, in virtual time: every answer is judged by the capture of the vendor's era.

    world = fake_world("phaseo", "2026-06-11")
    created = world.call_operation("create")
    world.call_operation("get", json_of(created)["id"])
    world.contract_observer.assert_clean()

A server's tests hand `ContractObserver().observe` to the server's settings or to a `Setup` as one of its `observers`;
one observer can serve any number of sessions. Only errors count: the captures' warnings and information are ignored
unless `levels` names them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from mockserver.contract.documents.capture import load_capture
from mockserver.contract.findings import Finding
from mockserver.contract.judge.exchange import judge_exchange
from mockserver.contract.judge.history import HistoryJudge
from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND, Duration, Instant, parse_instant
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.reply import Reply
from mockserver.engine.router import Router
from mockserver.engine.session import Session
from mockserver.engine.setup import SessionSetup
from mockserver.installed import installed_vendors
from mockserver.stores import memory_store
from mockserver.vendors.api import Era, Operation
from mockserver.vendors.script import NO_SCRIPT, Script
from tests.support.finding_texts import render_findings

START: Final[Instant] = parse_instant("2026-10-01T12:00:00Z") or 0
BASE: Final = "http://127.0.0.1:4810"
KEY: Final = "test-key"

VENDORS: Final = installed_vendors()
ERAS: Final[Mapping[str, Era]] = {era.pin: era for vendor in VENDORS.served().values() for era in vendor.eras}
"""Every era of every installed vendor, by pin: `@pytest.mark.parametrize("pin", ERAS)`."""
_ROUTERS: Final = {pin: Router(era.operations) for pin, era in ERAS.items()}


@dataclass
class ContractObserver:
    """Judge every exchange of a session by its era's capture, once the findings are asked for."""

    levels: tuple[str, ...] = ("error",)
    strict: bool = False
    exchange_count: int = 0
    """The number of exchanges observed."""
    over_time: bool = False
    """Judge the rules over time too; sessions must then follow one another."""
    history: HistoryJudge | None = None
    """The history of the current session."""
    ignores: Callable[[Finding], bool] = lambda finding: False
    """Findings that a test does not count."""
    _unjudged: list[tuple[str, Exchange]] = field(default_factory=list)
    _findings: list[Finding] = field(default_factory=list)

    def observe(self, pin: str, exchange: Exchange) -> None:
        """Keep one exchange with an era `pin`, as an `engine.session.Observer`."""
        self.exchange_count += 1
        self._unjudged.append((pin, exchange))

    @property
    def findings(self) -> list[Finding]:
        """The findings of the chosen levels; what nobody asks for is not judged."""
        unjudged, self._unjudged = self._unjudged, []
        found = (finding for pin, exchange in unjudged for finding in self._judge(pin, exchange))
        self._findings += [finding for finding in found if finding.level in self.levels and not self.ignores(finding)]
        return self._findings

    def _judge(self, pin: str, exchange: Exchange) -> Sequence[Finding]:
        vendor, _, date = pin.partition("@")
        if not self.over_time:
            return judge_exchange(load_capture(vendor, date), exchange, strict=self.strict)
        if self.history is None or exchange.sent_seq == 1:
            self.history = HistoryJudge(vendor, date, strict=self.strict)
        return self.history.add(exchange)

    def assert_clean(self) -> None:
        """Fail if there are findings (equal ones are shown once), or if no exchange was observed."""
        assert self.exchange_count, "no exchange was judged"
        assert not self.findings, "\n" + render_findings(self.findings)


@dataclass
class FakeWorld:
    """A session of one vendor; only `advance` moves its clock. `last` is the latest reply."""

    session: Session
    era: Era
    contract_observer: ContractObserver
    base_url: str = BASE
    wall_now: Instant = 0
    """The machine's clock. The session's clock is stopped, so this stays constant."""
    last: Reply | None = None

    @property
    def now(self) -> Instant:
        """Read the session's instant; assigning sets the clock."""
        return self.session.clock.now(self.wall_now)

    @now.setter
    def now(self, instant: Instant) -> None:
        self.session.clock = self.session.clock.set(self.wall_now, instant)

    def advance(self, by: Duration) -> None:
        """Move the session's clock forward (microseconds)."""
        self.session.clock = self.session.clock.advance(self.wall_now, by)

    @property
    def elapsed(self) -> float:
        """Seconds since the start of the session; assigning sets the clock."""
        return (self.now - self.session.start) / SECOND

    @elapsed.setter
    def elapsed(self, seconds: float) -> None:
        self.now = self.session.start + round(seconds * SECOND)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: str = "",
        key: str | None = KEY,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request: `body` as it is where it is bytes, else as JSON; `key` None sends none."""
        data = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        auth_headers = {} if key is None else self.era.auth_headers(key)
        content_type = {} if body is None else {"content-type": "application/json"}
        sent = {
            name.lower(): value
            for name, value in (
                *self.era.usual_headers.items(),
                *content_type.items(),
                *auth_headers.items(),
                *(headers or {}).items(),
            )
        }
        return self.send(Request(method, path, query, sent, data))

    def send(self, request: Request) -> Response:
        """Send a request as it is."""
        self.last = self.session.answer(self.era.vendor, request, self.base_url, self.wall_now)
        return self.last.response

    def call_operation(
        self,
        name: str,
        job_id: str = "",
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        key: str | None = KEY,
    ) -> Response:
        """Call an operation by name; required parameters besides the id come from the vendor's examples."""
        operation = self.era.operation(name)
        assert operation is not None, f"{self.era.pin} has no operation {name!r}"
        path, parameters, sent = _build_call(self.era, operation, job_id, body, query or {})
        return self.request(operation.method, path, sent, query=urlencode(parameters, doseq=True), key=key)


def _build_call(
    era: Era, operation: Operation, job_id: str, body: Any, query: Mapping[str, Any]
) -> tuple[str, dict[str, Any], Any]:
    """Build path, query and body of a call."""
    where, name = operation.id_in or (None, "")
    path, parameters = operation.example_path(job_id), dict(query)
    if body is None and operation.body.requires_object:
        body = dict(operation.example_params) or (dict(era.kinds[operation.kind].example) if not where else {})
    if operation.method == "GET":
        parameters = {**operation.example_params, **parameters}
    if where == "query":
        parameters = {name: job_id, **parameters}
    elif where == "body" and isinstance(body, dict):
        body = {name: job_id, **body}
    return path, parameters, body


def fake_world(
    vendor: str,
    date: str = "",
    script: Script = NO_SCRIPT,
    *,
    seed: str = "seed",
    start: Instant = START,
    base_url: str = BASE,
    contract_observer: ContractObserver | None = None,
) -> FakeWorld:
    """Open a session of one vendor in one era (the newest, unless a date is given) over a memory store."""
    era = VENDORS[vendor].era(date)
    assert era is not None, f"{vendor} has no era as early as {date}"
    contract_observer = contract_observer or ContractObserver()
    session = open_session(era, contract_observer, script, seed=seed, start=start)
    return FakeWorld(session, era, contract_observer, base_url)


def open_session(
    era: Era,
    contract_observer: ContractObserver,
    script: Script = NO_SCRIPT,
    *,
    seed: str = "seed",
    start: Instant = START,
) -> Session:
    """Open a session of one era over a memory store, with a stopped clock and an observer."""
    setup = SessionSetup(
        name="judged",
        eras={era.vendor: era},
        clock=Clock(0, start, 0.0),
        seed=seed,
        make_store=memory_store,
        scripts={era.vendor: script},
        observers=(contract_observer.observe,),
        routers=_ROUTERS,
    )
    return Session(setup)


def unjudged_world(era: Era, script: Script = NO_SCRIPT) -> FakeWorld:
    """Open a session of an era that no capture is of, with a stopped clock, and a client of it."""
    setup = SessionSetup(
        name="unjudged",
        eras={era.vendor: era},
        clock=Clock(0, START, 0.0),
        seed="seed",
        make_store=memory_store,
        scripts={era.vendor: script},
    )
    return FakeWorld(Session(setup), era, ContractObserver())


def json_of(response: Response) -> Any:
    """Return the decoded body; None if it is empty."""
    return orjson.loads(response.body) if response.body else None
