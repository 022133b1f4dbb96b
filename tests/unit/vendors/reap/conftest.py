"""A session with Reap in it, whose every answer is judged by the capture of its era."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest

from mockserver.contract.capture import load
from mockserver.contract.judge import judge
from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND, parse_instant
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.session import Session
from mockserver.engine.setup import Setup
from mockserver.stores.memory import MemoryStore
from mockserver.vendors.reap import VENDOR
from mockserver.vendors.script import NO_SCRIPT, Script

START = parse_instant("2026-07-07T12:00:00Z") or 0
BASE = "http://test/s/unit"
VIDEO = "https://videos.example.com/talks/keynote.mp4"
UPLOAD_ID = "65f1a2b3c4d5e6f7a8b9c0d1"


@dataclass(frozen=True)
class Seen:
    """An answer, decoded."""

    status: int
    body: Any
    response: Response
    valid_until: float
    """Seconds of the session; 0 for never to be reused."""

    @property
    def reason(self) -> str:
        return VENDOR.eras[0].reason(self.body)


class World:
    """One session; `now` counts seconds from its start and is moved by hand. The rate limit is off unless asked for."""

    def __init__(self, script: Script = NO_SCRIPT, *, limited: bool = False, seed: str = "seed") -> None:
        self.era = VENDOR.eras[0] if limited else replace(VENDOR.eras[0], limits={})
        self.script = script
        self.now = 0.0
        self.findings: list[str] = []
        self.capture = load("reap", self.era.date)
        self.limited = limited
        self.session = Session(
            Setup(
                "unit",
                {"reap": self.era},
                Clock(0, START),
                seed,
                lambda era: MemoryStore(),
                {"reap": script},
                observers=(self._judge,),
            )
        )

    def _judge(self, pin: str, exchange: Exchange) -> None:
        for finding in judge(self.capture, exchange, strict=True):
            missing_header = not self.limited and "X-RateLimit" in finding.text()
            if finding.rule != "S0" and finding.level != "info" and not missing_header:
                self.findings.append(finding.text())

    def call(self, method: str, path: str, body: Any = None, *, query: str = "", key: str | None = "key") -> Seen:
        """Send a request to a full path, a dict as JSON."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": "application/json", **({} if key is None else {"authorization": f"Bearer {key}"})}
        request = Request(method, path, query, headers, data)
        reply = self.session.answer("reap", request, BASE, int(self.now * SECOND))
        assert self.findings == []
        response = reply.response
        typed = (response.header("content-type") or "").startswith("application/json")
        until = (reply.valid_until - START) / SECOND if reply.valid_until else 0
        return Seen(response.status, json.loads(response.body) if typed else response.body, response, until)

    def post(self, name: str, body: Any = None) -> Seen:
        """POST /api/v1/automation/NAME."""
        return self.call("POST", f"/api/v1/automation/{name}", {} if body is None else body)

    def get(self, name: str, **query: Any) -> Seen:
        """GET /api/v1/automation/NAME?QUERY."""
        return self.call("GET", f"/api/v1/automation/{name}", query=urlencode(query))

    def follow(self, url: str) -> Seen:
        """GET an address that was handed out, without a key."""
        path, _, query = url.removeprefix(BASE).partition("?")
        return self.call("GET", path, query=query, key=None)

    def create(self, name: str = "create-clips", **body: Any) -> str:
        """Make a project; its id."""
        if "uploadId" not in body:
            body = {"sourceUrl": VIDEO, **body}
        made = self.post(name, body)
        assert made.status == 200, made.body
        return str(made.body["id"])

    def details(self, project_id: str) -> dict[str, Any]:
        seen = self.get("get-project-details", projectId=project_id)
        assert seen.status == 200, seen.body
        found: dict[str, Any] = seen.body
        return found

    def status(self, project_id: str) -> str:
        seen = self.get("get-project-status", projectId=project_id)
        assert seen.status == 200, seen.body
        return str(seen.body["status"])

    def clips(self, project_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("get-project-clips", projectId=project_id).body["clips"]
        return found

    def cancel(self, project_id: str) -> Seen:
        return self.post("cancel-project", {"projectId": project_id})

    def delete(self, project_id: str) -> Seen:
        return self.call("DELETE", "/api/v1/automation/delete-project", query=f"projectId={project_id}")

    def ledger(self, project_id: str) -> list[tuple[str, float, float]]:
        """(entry, credits, seconds since the session's start)."""
        now = self.session.clock.now(int(self.now * SECOND))
        entries = [entry for _, entry in self.session.ledger(now, project_id)]
        assert len({entry.key for entry in entries}) == len(entries)
        return [(entry.entry, entry.amount, (entry.at - START) / SECOND) for entry in entries]


@pytest.fixture
def make_world() -> Callable[..., World]:
    """A world with a script, a rate limit, a seed."""
    return World


@pytest.fixture
def world() -> World:
    """A world without a scenario, without the rate limit."""
    return World()
