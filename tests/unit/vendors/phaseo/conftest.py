"""A small world to call the gateway in: an era, a scenario's script, a clock that only the test moves."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from mockserver.core.instants import Instant, parse_instant
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.handle import Asked, Room, handle
from mockserver.engine.routing import Router
from mockserver.stores.memory import MemoryStore
from mockserver.vendors.api import Answer, Call, Create
from mockserver.vendors.phaseo import VENDOR
from mockserver.vendors.phaseo.eras import EXAMPLE
from mockserver.vendors.planning import Planner
from mockserver.vendors.script import NO_SCRIPT, Script, SeededJob

SECOND = 1_000_000
START = parse_instant("2026-08-20T12:00:00Z")
KEY = {"authorization": "Bearer sk-test"}


class World:
    """One session of one era; `calls` keeps what was asked and answered."""

    def __init__(self, date: str = "2026-06-11", script: Script = NO_SCRIPT, base: str = "http://mock/s/x") -> None:
        era = VENDOR.era(date)
        assert era is not None
        assert era.date == date
        assert START is not None
        self.era, self.script, self.base = era, script, base
        self.now: Instant = START
        self.store = MemoryStore()
        self.plans = Planner(era, script, "seed")
        self.room = Room(era, Router(era.operations), script, self.plans, self.store, "seed")
        self.calls: list[Exchange] = []
        self.last: Answer = Answer(Response(0))
        self.call: Call

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] = KEY,
        query: str = "",
    ) -> Response:
        """Send a request (a dict body as JSON) and commit what it changes."""
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        request = Request(method, path, query, headers, raw)
        self.last, self.call, _ = handle(self.room, Asked(request, self.base, f"req_{len(self.calls)}"), self.now)
        self.store.commit(self.last.changes)
        self.calls.append(Exchange(request, self.last.response, self.now, self.now))
        return self.last.response

    def follow(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        """GET an address that was handed out, without a key."""
        assert url.startswith(self.base)
        path, _, query = url.removeprefix(self.base).partition("?")
        return self.ask("GET", path, headers=headers or {}, query=query)

    def create(self, **fields: Any) -> str:
        """Create a video; its id."""
        response = self.ask("POST", "/v1/videos", {**EXAMPLE, **fields})
        assert response.status in (200, 202), response.body
        found: str = json(response)["id"]
        return found

    def put(self, **seed: Any) -> str:
        """Let a video exist from the start on; its id."""
        job = self.plans.seeded(SeededJob(**seed), self.store.next_number("video"), self.now)
        self.store.commit([Create(job)])
        return job.id

    def get(self, video_id: str) -> dict[str, Any]:
        """A video as get shows it."""
        response = self.ask("GET", f"/v1/videos/{video_id}")
        assert response.status == 200, response.body
        return json(response)

    def said(self) -> tuple[int, Any]:
        """Status and decoded body of the last answer."""
        return self.last.response.status, json(self.last.response)

    def reason(self) -> tuple[int, str]:
        """Status and reason of the last answer, an error."""
        status, body = self.said()
        return status, self.era.reason(body)

    def sleep(self, seconds: float) -> None:
        """Let the session's clock run on."""
        self.now += int(seconds * SECOND)


def json(response: Response) -> Any:
    """A response's body, decoded."""
    return orjson.loads(response.body)


@pytest.fixture
def world() -> type[World]:
    """Makes worlds: `world("2026-06-11", script)`."""
    return World
