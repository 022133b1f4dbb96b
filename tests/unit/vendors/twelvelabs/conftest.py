"""A session with this vendor in it, whose every answer is judged by the capture of its era."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from mockserver.contract.capture import load
from mockserver.contract.judge import judge
from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND, parse_instant
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.session import Session
from mockserver.engine.setup import Setup
from mockserver.stores import memory_store
from mockserver.vendors.script import NO_SCRIPT, Script
from mockserver.vendors.twelvelabs import VENDOR
from mockserver.vendors.twelvelabs.spec import BATCH_EXAMPLE, TASK_EXAMPLE

ASSET = "6298d673f1090f1100476d4c"
FIRST, SECOND_ERA = "2026-07-30", "2026-09-15"
START = parse_instant("2026-10-01T12:00:00Z") or 0


@dataclass(frozen=True)
class Seen:
    """An answer, decoded."""

    status: int
    body: Any
    response: Response
    valid_until: float
    """Seconds of the session; 0 for never to be reused."""

    @property
    def code(self) -> str:
        return VENDOR.eras[-1].reason(self.body)


class World:
    """One session; `now` counts seconds from its start and is moved by hand."""

    def __init__(self, date: str = SECOND_ERA, script: Script = NO_SCRIPT, *, judged: bool = True) -> None:
        era = VENDOR.era(date)
        assert era is not None
        self.era = era
        self.now = 0.0
        self.findings: list[str] = []
        self.capture = load("twelvelabs", date)
        observers = (self._judge,) if judged else ()
        setup = Setup("unit", {"twelvelabs": era}, Clock(0, START), "seed", memory_store, {"twelvelabs": script})
        self.session = Session(Setup(**{**vars(setup), "observers": observers}))

    def _judge(self, pin: str, exchange: Exchange) -> None:
        found = judge(self.capture, exchange, strict=True)
        self.findings += [
            f"{finding.rule} {finding.level} {finding.message}" for finding in found if finding.rule != "S0"
        ]

    def call(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, key: str = "key"
    ) -> Seen:
        path, _, query = path.partition("?")
        sent = {"x-api-key": key, "content-type": "application/json", **(headers or {})}
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = Request(method, f"/v1.3{path}", query, {name: value for name, value in sent.items() if value}, data)
        reply = self.session.answer("twelvelabs", request, "http://test/v1.3", int(self.now * SECOND))
        assert self.findings == []
        until = (reply.valid_until - START) / SECOND if reply.valid_until else 0
        return Seen(reply.response.status, _decoded(reply.response), reply.response, until)

    @staticmethod
    def body(*requests: dict[str, Any], **body: Any) -> dict[str, Any]:
        """The example body with these requests, or with these members."""
        return {**BATCH_EXAMPLE, **({"requests": list(requests)} if requests else {}), **body}

    @staticmethod
    def item(
        custom_id: str | None = None, *, asset: str = "6298d673f1090f1100476d4c", **options: Any
    ) -> dict[str, Any]:
        """One request of a batch."""
        named = {} if custom_id is None else {"custom_id": custom_id}
        return {"video": {"type": "asset_id", "asset_id": asset}, **named, **options}

    def batch(self, *requests: dict[str, Any], **body: Any) -> dict[str, Any]:
        """Create a batch: the example's, or one with these requests or members."""
        made = self.call("POST", "/analyze/batches", self.body(*requests, **body))
        assert made.status == 201, made.body
        found: dict[str, Any] = made.body
        return found

    def task(self, **body: Any) -> str:
        made = self.call("POST", "/analyze/tasks", {**TASK_EXAMPLE, **body})
        assert made.status == 202, made.body
        return str(made.body["task_id"])

    def get(self, batch_id: str) -> dict[str, Any]:
        seen = self.call("GET", f"/analyze/batches/{batch_id}")
        assert seen.status == 200
        found: dict[str, Any] = seen.body
        return found

    def results(self, batch_id: str) -> list[dict[str, Any]]:
        seen = self.call("GET", f"/analyze/batches/{batch_id}/results")
        assert seen.status == 200
        found: list[dict[str, Any]] = seen.body
        return found

    def get_task(self, task_id: str) -> dict[str, Any]:
        seen = self.call("GET", f"/analyze/tasks/{task_id}")
        assert seen.status == 200
        found: dict[str, Any] = seen.body
        return found


def _decoded(response: Response) -> Any:
    kind = response.header("content-type")
    if kind == "application/jsonl":
        return [json.loads(line) for line in response.body.splitlines()]
    return json.loads(response.body) if response.body else None


@pytest.fixture
def make() -> type[World]:
    """A session of a test's own: `make(era, script)`."""
    return World


@pytest.fixture
def world() -> World:
    """The newest era without a scenario."""
    return World()


@pytest.fixture(params=[FIRST, SECOND_ERA])
def each(request: pytest.FixtureRequest) -> World:
    """Each era without a scenario."""
    return World(request.param)
