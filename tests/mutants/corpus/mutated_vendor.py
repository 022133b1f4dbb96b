"""One vendor's fake in virtual time, with a bug between it and its client; all exchanges are recorded.

A bug is a function that answers a request instead of the fake. It may let the fake answer
(`InterceptedRequest.serve`), before or after it changes a job (`InterceptedRequest.force`), and alter the response. A
client sees nothing but the responses.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND, Instant, parse_instant
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.router import NoMatch, Router
from mockserver.engine.session import Session
from mockserver.engine.setup import SessionSetup
from mockserver.errors import MockError
from mockserver.stores import memory_store
from mockserver.vendors.api import BodyPolicy, Era, Operation
from mockserver.vendors.commands import snapshot
from mockserver.vendors.registry import installed_vendors, resolve_era
from mockserver.vendors.script import NO_SCRIPT, Script

START: Final[Instant] = parse_instant("2026-10-01T12:00:00Z") or 0
BASE: Final = "http://127.0.0.1:4810"
KEY: Final = "test-key"

Bug = Callable[["InterceptedRequest"], Response]


@cache
def era_of(pin: str) -> Era:
    """An era by its pin."""
    return resolve_era(pin, installed_vendors())


@cache
def _router(pin: str) -> Router:
    return Router(era_of(pin).operations)


class MutatedVendor:
    """A session of one era, and its client; only `advance` moves the clock."""

    def __init__(self, pin: str, bug: Bug | None = None, script: Script = NO_SCRIPT) -> None:
        self.era = era_of(pin)
        self.memory: dict[str, Any] = {}
        """The bug's own state."""
        self.exchanges: list[Exchange] = []
        self._bug = bug
        self._booked: Counter[tuple[str, str]] = Counter()
        clock = Clock(0, START, 0.0)
        setup = SessionSetup(
            "bugs", {self.era.vendor: self.era}, clock, "seed", memory_store, {self.era.vendor: script}
        )
        self.session = Session(setup)

    @property
    def now(self) -> Instant:
        """The session's instant."""
        return self.session.clock.now(0)

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.session.clock = self.session.clock.advance(0, round(seconds * SECOND))

    def send(self, request: Request) -> Response:
        """Send a client's request through the bug."""
        asked = self.asked(request)
        response = asked.serve() if self._bug is None else self._bug(asked)
        place = 2 * len(self.exchanges) + 1
        self.exchanges.append(Exchange(request, response, self.now, self.now, place, place + 1))
        return response

    def asked(self, request: Request) -> "InterceptedRequest":
        """A request with what the vendor makes of it."""
        found = _router(self.era.pin).match(request.method, request.path)
        if isinstance(found, NoMatch):
            return InterceptedRequest(self, request, "", "")
        return InterceptedRequest(self, request, found.operation.name, _named(found.operation, found.params, request))

    def call_operation(
        self, name: str, job_id: str = "", body: Any = None, *, query: Mapping[str, Any] | None = None, key: str = KEY
    ) -> Response:
        """Call an operation by its name; what it needs besides the id is the vendor's example."""
        operation = self.era.operation(name)
        assert operation is not None, f"{self.era.pin} has no operation {name!r}"
        return self.send(self._request(operation, job_id, body, dict(query or {}), key))

    def _request(self, operation: Operation, job_id: str, body: Any, query: dict[str, Any], key: str) -> Request:
        where, name = operation.id_in or (None, "")
        if body is None and operation.body is BodyPolicy.JSON:
            body = dict(operation.example_params) or (dict(self.era.kinds[operation.kind].example) if not where else {})
        path = operation.path.replace("{" + name + "}", quote(job_id, safe="")) if where == "path" else operation.path
        if operation.method == "GET":
            query = {**operation.example_params, **query}
        if where == "query":
            query[name] = job_id
        elif where == "body" and job_id:
            body[name] = job_id
        worn = {name.lower(): value for name, value in self.era.auth_headers(key).items()} if key else {}
        typed = {} if body is None else {"content-type": "application/json"}
        data = b"" if body is None else orjson.dumps(body)
        return Request(operation.method, path, urlencode(query, doseq=True), {**typed, **worn}, data)

    def add_ledger_entry(self, job_id: str, entry: str) -> None:
        """Add an entry that the vendor should not have in its ledger."""
        self._booked[job_id, entry] += 1

    def bookings(self, job_id: str) -> Counter[str]:
        """Count a job's ledger entries by name, for the rules about money."""
        found = Counter(entry.entry for _, entry in self.session.ledger(self.now, job_id))
        found.update({entry: number for (job, entry), number in self._booked.items() if job == job_id})
        return found


def _named(operation: Operation, params: Mapping[str, str], request: Request) -> str:
    """The id of the job that a request is about; empty where it names none."""
    where, name = operation.id_in or (None, "")
    if where == "path":
        return params.get(name, "")
    if where == "query":
        return dict(request.query_parameters()).get(name, "")
    body = decode_json(request.body) if where == "body" else None
    named = body.get(name, "") if isinstance(body, dict) else ""
    return named if isinstance(named, str) else ""


def decode_json(data: bytes) -> Any:
    """A body as JSON; None where it is none."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


@dataclass(frozen=True)
class InterceptedRequest:
    """A request that a bug may answer."""

    world: MutatedVendor
    request: Request
    operation: str
    """The vendor's name for it; empty where it has none."""
    job_id: str

    def serve(self) -> Response:
        """What the correct fake answers, with the effect it has."""
        return self.world.session.answer(self.world.era.vendor, self.request, BASE, 0).response

    def with_key(self) -> "InterceptedRequest":
        """The same request, let in."""
        asked, worn = self.request, self.world.era.auth_headers(KEY)
        headers = {**asked.headers, **{name.lower(): value for name, value in worn.items()}}
        return self.world.asked(Request(asked.method, asked.path, asked.query, headers, asked.body))

    def response_to_get(self, path: str, query: str = "") -> Response:
        """What a GET of that path would answer."""
        return self.world.asked(Request("GET", path, query, self.request.headers)).serve()

    def state(self) -> str:
        """Which state the job is in; empty without one."""
        try:
            return snapshot(self.world.session.find_job(self.job_id)[1], self.world.now).state
        except MockError:
            return ""

    def force(self, state: str) -> None:
        """Let the job be in that state, legal or not."""
        self.world.session.move_job(self.job_id, state, 0, force=True)

    def calls_before(self, what: str) -> int:
        """Count the earlier calls of this method with the same name, per job."""
        key = f"{what} {self.job_id}"
        before: int = self.world.memory.get(key, 0)
        self.world.memory[key] = before + 1
        return before
