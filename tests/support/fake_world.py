"""A jury for tests: every answer of a session is held to the capture of its vendor's era.

    judged = judged_session("phaseo", "2026-06-11")
    made = judged.do("create")
    judged.do("get", json_of(made)["id"])
    judged.jury.assert_clean()

A server's tests hand `Jury().observer` to the server's settings or to a `Setup` as one of its `observers`; the same
jury can sit in as many sessions as one likes. Only errors count: what the captures call a warning or information is
kept out unless asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from mockserver.contract.capture import load
from mockserver.contract.findings import Finding, render
from mockserver.contract.history import History
from mockserver.contract.judge import judge
from mockserver.core.clock import Clock
from mockserver.core.instants import Duration, Instant, parse_instant
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.reply import Reply
from mockserver.engine.routing import Router
from mockserver.engine.session import Session
from mockserver.engine.setup import Setup
from mockserver.stores import memory_store
from mockserver.vendors.api import Body, Era, Operation
from mockserver.vendors.registry import installed
from mockserver.vendors.script import NO_SCRIPT, Script

START: Final[Instant] = parse_instant("2026-10-01T12:00:00Z") or 0
BASE: Final = "http://127.0.0.1:4810"
KEY: Final = "test-key"

VENDORS: Final = installed()
ERAS: Final[Mapping[str, Era]] = {era.pin: era for vendor in VENDORS.values() for era in vendor.eras}
"""Every era of every installed vendor, by pin: `@pytest.mark.parametrize("pin", ERAS)`."""
_ROUTERS: Final = {pin: Router(era.operations) for pin, era in ERAS.items()}


@dataclass
class ContractObserver:
    """Judges every exchange that it observes; keeps the findings of the levels it was asked for."""

    levels: tuple[str, ...] = ("error",)
    strict: bool = False
    findings: list[Finding] = field(default_factory=list)
    judged: int = 0
    """How many exchanges it has seen."""
    over_time: bool = False
    """Whether the rules over time are judged too: by sessions that come one after the other."""
    history: History | None = None
    """Of the present session."""

    def observer(self, pin: str, exchange: Exchange) -> None:
        """An `engine.session.Observer`: judge one exchange by the capture of the era `pin`."""
        vendor, _, date = pin.partition("@")
        self.judged += 1
        if self.over_time:
            if self.history is None or exchange.sent_seq == 1:
                self.history = History(vendor, date, strict=self.strict)
            found = self.history.add(exchange)
        else:
            found = judge(load(vendor, date), exchange, strict=self.strict)
        self.findings += [finding for finding in found if finding.level in self.levels]

    def assert_clean(self) -> None:
        """Fail with all findings, alike ones told once; or where nothing was judged at all."""
        assert self.judged, "no exchange was judged"
        assert not self.findings, "\n" + render(self.findings)


@dataclass
class FakeWorld:
    """One vendor in one session, its clock moved by hand; `last` is the latest reply."""

    session: Session
    era: Era
    jury: ContractObserver
    base_url: str = BASE
    real: Instant = 0
    """What the machine's clock reads: the session's clock is frozen, so it stays where it is."""
    last: Reply | None = None

    @property
    def now(self) -> Instant:
        """The session's instant."""
        return self.session.clock.now(self.real)

    def advance(self, by: Duration) -> None:
        """Let so much time pass (microseconds)."""
        self.session.clock = self.session.clock.advance(self.real, by)

    def ask(
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
        worn = {} if key is None else self.era.wears(key)
        typed = {} if body is None else {"content-type": "application/json"}
        sent = {name.lower(): value for name, value in (*typed.items(), *worn.items(), *(headers or {}).items())}
        return self.send(Request(method, path, query, sent, data))

    def send(self, request: Request) -> Response:
        """Send a request as it is."""
        self.last = self.session.answer(self.era.vendor, request, self.base_url, self.real)
        return self.last.response

    def do(
        self,
        name: str,
        job_id: str = "",
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        key: str | None = KEY,
    ) -> Response:
        """Call an operation by its name; what it needs besides the id comes from the vendor's examples."""
        operation = self.era.operation(name)
        assert operation is not None, f"{self.era.pin} has no operation {name!r}"
        path, asked, sent = _shaped(self.era, operation, job_id, body, query or {})
        return self.ask(operation.method, path, sent, query=urlencode(asked, doseq=True), key=key)


def _shaped(
    era: Era, operation: Operation, job_id: str, body: Any, query: Mapping[str, Any]
) -> tuple[str, dict[str, Any], Any]:
    """Path, query and body of a call."""
    where, name = operation.id_in
    path, asked = operation.path, dict(query)
    if body is None and operation.body is Body.JSON:
        body = dict(operation.needs) or (dict(era.kinds[operation.kind].example) if not where else {})
    if operation.method == "GET":
        asked = {**operation.needs, **asked}
    if where == "path":
        path = path.replace("{" + name + "}", quote(job_id, safe=""))
    elif where == "query":
        asked = {name: job_id, **asked}
    elif where == "body" and isinstance(body, dict):
        body = {name: job_id, **body}
    return path, asked, body


def fake_world(
    vendor: str,
    date: str = "",
    script: Script = NO_SCRIPT,
    *,
    seed: str = "seed",
    start: Instant = START,
    base_url: str = BASE,
    jury: ContractObserver | None = None,
) -> FakeWorld:
    """A session of one vendor in one era (the newest, unless a date is given) over a memory store, judged."""
    era = VENDORS[vendor].era(date)
    assert era is not None, f"{vendor} has no era as early as {date}"
    jury = jury or ContractObserver()
    setup = Setup(
        name="judged",
        eras={vendor: era},
        clock=Clock(0, start, 0.0),
        seed=seed,
        make_store=memory_store,
        scripts={vendor: script},
        observers=(jury.observer,),
        routers=_ROUTERS,
    )
    return FakeWorld(Session(setup), era, jury, base_url)


def json_of(response: Response) -> Any:
    """A response's body, decoded; None where there is none."""
    return orjson.loads(response.body) if response.body else None
