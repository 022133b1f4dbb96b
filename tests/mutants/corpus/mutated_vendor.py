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
from mockserver.core.instants import SECOND, Instant, parse_instant, rfc3339
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.router import NoMatch, Router
from mockserver.engine.session import Session
from mockserver.engine.setup import SessionSetup
from mockserver.errors import MockError
from mockserver.installed import installed_vendors
from mockserver.stores import memory_store
from mockserver.vendors.api import Era, Operation
from mockserver.vendors.commands import snapshot
from mockserver.vendors.registry import resolve_era
from mockserver.vendors.script import NO_SCRIPT, Script

START: Final[Instant] = parse_instant("2026-10-01T12:00:00Z") or 0
BASE: Final = "http://127.0.0.1:4810"
KEY: Final = "test-key"

Bug = Callable[["InterceptedRequest"], Response]


@cache
def era_of(pin: str) -> Era:
    """Return an era by its pin."""
    return resolve_era(pin, installed_vendors())


@cache
def _router(pin: str) -> Router:
    return Router(era_of(pin).operations)


class MutatedVendor:
    """A session of one era, and its client; only `advance` moves the clock."""

    def __init__(self, pin: str, bug: Bug | None = None, script: Script = NO_SCRIPT) -> None:
        self.era = era_of(pin)
        self.memory: dict[str, Any] = {}
        """State that the bug keeps between calls."""
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
        """The instant of the session's clock."""
        return self.session.clock.now(0)

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.session.clock = self.session.clock.advance(0, round(seconds * SECOND))

    def send(self, request: Request) -> Response:
        """Send a client's request through the bug."""
        call = self.intercept(request)
        answer = self._bug or InterceptedRequest.serve
        response = answer(call)
        place = 2 * len(self.exchanges) + 1
        self.exchanges.append(Exchange(request, response, self.now, self.now, place, place + 1))
        return response

    def call_twice_at_once(self, name: str, job_id: str) -> None:
        """Send the same call twice, the second before the first is answered."""
        for _ in range(2):
            self.call_operation(name, job_id)
        first, second = self.exchanges[-2:]
        places = sorted((first.sent_seq, first.answered_seq, second.sent_seq, second.answered_seq))
        self.exchanges[-2:] = [
            exchange._replace(sent_seq=sent, answered_seq=answered)
            for exchange, sent, answered in ((first, places[0], places[2]), (second, places[1], places[3]))
        ]

    def intercept(self, request: Request) -> "InterceptedRequest":
        """Return a request with the operation and the job that it names."""
        found = _router(self.era.pin).match(request.method, request.path)
        if isinstance(found, NoMatch):
            return InterceptedRequest(self, request, "", "")
        return InterceptedRequest(self, request, found.operation.name, _named(found.operation, found.params, request))

    def call_operation(
        self, name: str, job_id: str = "", body: Any = None, *, query: Mapping[str, Any] | None = None, key: str = KEY
    ) -> Response:
        """Call an operation by its name; the parameters besides the id are the vendor's example."""
        operation = self.era.operation(name)
        assert operation is not None, f"{self.era.pin} has no operation {name!r}"
        return self.send(self._request(operation, job_id, body, dict(query or {}), key))

    def _request(self, operation: Operation, job_id: str, body: Any, query: dict[str, Any], key: str) -> Request:
        where, name = operation.id_in or (None, "")
        if body is None and operation.body.requires_object:
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
    """Return the id of the job that a request is about; empty if it names none."""
    where, name = operation.id_in or (None, "")
    if where == "path":
        return params.get(name, "")
    if where == "query":
        return dict(request.query_parameters()).get(name, "")
    body = decode_json(request.body) if where == "body" else None
    named = body.get(name, "") if isinstance(body, dict) else ""
    return named if isinstance(named, str) else ""


def decode_json(data: bytes) -> Any:
    """Return a body as a JSON value; None if it is not JSON."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


@dataclass(frozen=True)
class InterceptedRequest:
    """A request that a bug may answer, with the operation and the job that it names."""

    world: MutatedVendor
    request: Request
    operation: str
    """The name of the vendor's operation; empty for an unknown call."""
    job_id: str

    def serve(self) -> Response:
        """Return the correct fake's answer; the request takes effect."""
        return self.world.session.answer(self.world.era.vendor, self.request, BASE, 0).response

    def with_key(self) -> "InterceptedRequest":
        """Return the same request with a valid API key."""
        call, worn = self.request, self.world.era.auth_headers(KEY)
        headers = {**call.headers, **{name.lower(): value for name, value in worn.items()}}
        return self.world.intercept(Request(call.method, call.path, call.query, headers, call.body))

    def response_to_get(self, path: str, query: str = "") -> Response:
        """Return the correct answer to a GET of a path."""
        return self.world.intercept(Request("GET", path, query, self.request.headers)).serve()

    def state(self) -> str:
        """Return the job's state; empty if there is no such job."""
        try:
            return snapshot(self.world.session.find_job(self.job_id)[1], self.world.now).state
        except MockError:
            return ""

    def force(self, state: str) -> None:
        """Put the job into a state, legal or not."""
        self.world.session.move_job(self.job_id, state, 0, force=True)

    def now_rfc3339(self) -> str:
        """Return the instant of the call."""
        return rfc3339(self.world.now)

    def calls_before(self, name: str) -> int:
        """Return how often this method was called before with this name, for this job."""
        key = f"{name} {self.job_id}"
        before: int = self.world.memory.get(key, 0)
        self.world.memory[key] = before + 1
        return before
