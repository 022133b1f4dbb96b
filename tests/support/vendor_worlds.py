"""Worlds of the bundled vendors: a `FakeWorld` with the calls that a vendor's tests make most."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import orjson

from mockserver.contract.findings import Finding
from mockserver.core.instants import SECOND, Instant, parse_instant
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.handle import handle
from mockserver.vendors import phaseo, reap, twelvelabs
from mockserver.vendors.api import Answer, Call, CreateJob, Era
from mockserver.vendors.phaseo.vendor import CREATE_EXAMPLE
from mockserver.vendors.script import NO_SCRIPT, Script, SeededJob
from mockserver.vendors.twelvelabs.requests import BATCH_EXAMPLE, TASK_EXAMPLE
from tests.support.fake_world import START, ContractObserver, FakeWorld, json_of, open_session

ALL_LEVELS: Final = ("error", "warning", "info")


@dataclass(frozen=True)
class DecodedResponse:
    """A response with its decoded body."""

    status: int
    body: Any
    response: Response
    valid_until: float
    """Seconds since the start of the session; 0 if the response must not be cached."""
    error_reason: str = ""
    """The vendor's word for the error; empty if the response is none."""


class StatusAndBody(NamedTuple):
    """The status and the decoded body of a response."""

    status: int
    body: Any


class DecodingWorld(FakeWorld):
    """A world whose requests return decoded responses and fail at once on what the era's capture does not allow."""

    def __init__(
        self, era: Era, contract_observer: ContractObserver, script: Script, seed: str, start: Instant, base_url: str
    ) -> None:
        session = open_session(era, contract_observer, script, seed=seed, start=start)
        super().__init__(session, era, contract_observer, base_url)
        self.script = script
        self.start = start

    def exchange(self, request: Request) -> DecodedResponse:
        """Send a request and decode the response."""
        response = self.send(request)
        assert self.contract_observer.findings == []
        assert self.last is not None
        valid_until = (self.last.valid_until - self.start) / SECOND if self.last.valid_until else 0
        body = decoded_body(response)
        reason = self.era.error_reason(body) if response.status >= 400 else ""
        return DecodedResponse(response.status, body, response, valid_until, reason)


def decoded_body(response: Response) -> Any:
    """Decode a JSON or JSON Lines body; return other bodies as bytes, and None for an empty one."""
    content_type = response.header("content-type") or ""
    if content_type == "application/jsonl":
        return [json.loads(line) for line in response.body.splitlines()]
    if content_type.startswith("application/json"):
        return json.loads(response.body) if response.body else None
    return response.body or None


def encoded_body(body: Any) -> bytes:
    """Encode a request's body as JSON; pass bytes through."""
    if body is None:
        return b""
    return body if isinstance(body, bytes) else json.dumps(body).encode()


# Phaseo


class PhaseoWorld(FakeWorld):
    """A world that handles requests below the session, so that a test sees the answer's changes and the call."""

    KEY: Final = {"authorization": "Bearer sk-test"}
    START: Final = parse_instant("2026-08-20T12:00:00Z") or 0

    def __init__(self, date: str = "2026-06-11", script: Script = NO_SCRIPT, base_url: str = "http://mock/s/x") -> None:
        era = phaseo.VENDOR.era(date)
        assert era is not None
        assert era.date == date
        observer = ContractObserver()
        super().__init__(open_session(era, observer, script, start=self.START), era, observer, base_url)
        self.context = self.session.context("phaseo")
        self.store = self.context.store
        self.exchanges: list[Exchange] = []
        self.answer = Answer(Response(0))
        self.call: Call

    def request(  # type: ignore[override]
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] = KEY, query: str = ""
    ) -> Response:
        """Send a request (a dict body as JSON) and commit what it changes."""
        data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return self.send(Request(method, path, query, headers, data))

    def send(self, request: Request) -> Response:
        """Handle a request and commit its changes, without webhooks and sockets."""
        incoming = self.context.incoming(request, self.base_url)
        handled = handle(self.context, incoming, self.now, request_id=f"req_{len(self.exchanges)}")
        self.answer, self.call = handled.answer, handled.call
        self.store.commit(self.answer.changes)
        self.exchanges.append(Exchange(request, handled.response, self.now, self.now))
        return handled.response

    def follow(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        """GET a URL that a response contained, without a key."""
        assert url.startswith(self.base_url)
        path, _, query = url.removeprefix(self.base_url).partition("?")
        return self.request("GET", path, headers=headers or {}, query=query)

    def create(self, **fields: Any) -> str:
        """Create a video; return its id."""
        response = self.request("POST", "/v1/videos", {**CREATE_EXAMPLE, **fields})
        assert response.status in (200, 202), response.body
        return str(json_of(response)["id"])

    def seed(self, **job: Any) -> str:
        """Store a video that exists from the start; return its id."""
        made = self.context.job_factory.create_seeded_job(SeededJob(**job), self.store.next_number("video"), self.now)
        self.store.commit([CreateJob(made)])
        return made.id

    def get(self, video_id: str) -> dict[str, Any]:
        """Get a video; it must exist."""
        response = self.request("GET", f"/v1/videos/{video_id}")
        assert response.status == 200, response.body
        found: dict[str, Any] = json_of(response)
        return found

    def last_answer(self) -> StatusAndBody:
        """Return status and decoded body of the last answer."""
        return StatusAndBody(self.answer.response.status, json_of(self.answer.response))

    def reason(self) -> tuple[int, str]:
        """Return status and reason of the last answer, an error."""
        last = self.last_answer()
        return last.status, self.era.error_reason(last.body)

    def sleep(self, seconds: float) -> None:
        """Move the session's clock, also backwards."""
        self.now += int(seconds * SECOND)


# Reap


class LedgerLine(NamedTuple):
    """A ledger entry; `at` counts seconds from the start of the session."""

    entry: str
    credits: float
    at: float


class ReapWorld(DecodingWorld):
    """A world of Reap; without a rate limit unless it is `limited`."""

    BASE: Final = "http://test/s/unit"
    VIDEO: Final = "https://videos.example.com/talks/keynote.mp4"
    START: Final = parse_instant("2026-07-07T12:00:00Z") or 0

    def __init__(self, script: Script = NO_SCRIPT, *, limited: bool = False, seed: str = "seed") -> None:
        era = reap.VENDOR.eras[0] if limited else reap.VENDOR.eras[0]._replace(limits={})

        def ignores(finding: Finding) -> bool:
            missing_header = not limited and "X-RateLimit" in finding.text()
            return finding.rule == "S0" or missing_header

        observer = ContractObserver(("error", "warning"), strict=True, ignores=ignores)
        super().__init__(era, observer, script, seed, self.START, self.BASE)

    def request(  # type: ignore[override]
        self, method: str, path: str, body: Any = None, *, query: str = "", key: str | None = "key"
    ) -> DecodedResponse:
        """Send a request to a full path; a dict is sent as JSON."""
        headers = {"content-type": "application/json", **({} if key is None else {"authorization": f"Bearer {key}"})}
        return self.exchange(Request(method, path, query, headers, encoded_body(body)))

    def post(self, name: str, body: Any = None) -> DecodedResponse:
        """POST /api/v1/automation/NAME."""
        return self.request("POST", f"/api/v1/automation/{name}", {} if body is None else body)

    def get(self, name: str, **query: Any) -> DecodedResponse:
        """GET /api/v1/automation/NAME?QUERY."""
        return self.request("GET", f"/api/v1/automation/{name}", query=urlencode(query))

    def follow(self, url: str) -> DecodedResponse:
        """GET a URL that a response contained, without a key."""
        path, _, query = url.removeprefix(self.BASE).partition("?")
        return self.request("GET", path, query=query, key=None)

    def create(self, name: str = "create-clips", **body: Any) -> str:
        """Create a project; return its id."""
        if "uploadId" not in body:
            body = {"sourceUrl": self.VIDEO, **body}
        made = self.post(name, body)
        assert made.status == 200, made.body
        return str(made.body["id"])

    def details(self, project_id: str) -> dict[str, Any]:
        """Get a project's details; it must exist."""
        found = self.get("get-project-details", projectId=project_id)
        assert found.status == 200, found.body
        body: dict[str, Any] = found.body
        return body

    def status(self, project_id: str) -> str:
        """Get a project's status; it must exist."""
        found = self.get("get-project-status", projectId=project_id)
        assert found.status == 200, found.body
        return str(found.body["status"])

    def clips(self, project_id: str) -> list[dict[str, Any]]:
        """Get a project's clips."""
        found: list[dict[str, Any]] = self.get("get-project-clips", projectId=project_id).body["clips"]
        return found

    def cancel(self, project_id: str) -> DecodedResponse:
        """Cancel a project."""
        return self.post("cancel-project", {"projectId": project_id})

    def delete(self, project_id: str) -> DecodedResponse:
        """Delete a project."""
        return self.request("DELETE", "/api/v1/automation/delete-project", query=f"projectId={project_id}")

    def ledger(self, project_id: str) -> list[LedgerLine]:
        """List a project's ledger entries; each must have a key of its own."""
        entries = [entry for _, entry in self.session.ledger(self.now, project_id)]
        assert len({entry.key for entry in entries}) == len(entries)
        return [LedgerLine(entry.entry, entry.amount, (entry.at - self.START) / SECOND) for entry in entries]


# TwelveLabs


class TwelveLabsWorld(DecodingWorld):
    """A world of TwelveLabs."""

    ASSET: Final = "6298d673f1090f1100476d4c"
    JULY: Final = "2026-07-30"
    SEPTEMBER: Final = "2026-09-15"

    def __init__(self, date: str = SEPTEMBER, script: Script = NO_SCRIPT, *, judged: bool = True) -> None:
        era = twelvelabs.VENDOR.era(date)
        assert era is not None
        levels = ALL_LEVELS if judged else ()
        observer = ContractObserver(levels, strict=True, ignores=lambda finding: finding.rule == "S0")
        super().__init__(era, observer, script, "seed", START, "http://test/v1.3")

    def request(  # type: ignore[override]
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, key: str = "key"
    ) -> DecodedResponse:
        """Send a request to a path below `/v1.3`; a dict is sent as JSON, empty headers are left out."""
        path, _, query = path.partition("?")
        sent = {"x-api-key": key, "content-type": "application/json", **(headers or {})}
        present = {name: value for name, value in sent.items() if value}
        return self.exchange(Request(method, f"/v1.3{path}", query, present, encoded_body(body)))

    @staticmethod
    def body(*requests: dict[str, Any], **body: Any) -> dict[str, Any]:
        """Build the example body with these requests, or with these members."""
        return {**BATCH_EXAMPLE, **({"requests": list(requests)} if requests else {}), **body}

    @staticmethod
    def item(custom_id: str | None = None, *, asset: str = ASSET, **options: Any) -> dict[str, Any]:
        """Build one request of a batch."""
        named = {} if custom_id is None else {"custom_id": custom_id}
        return {"video": {"type": "asset_id", "asset_id": asset}, **named, **options}

    def batch(self, *requests: dict[str, Any], **body: Any) -> dict[str, Any]:
        """Create a batch: the example's, or one with these requests or members."""
        made = self.request("POST", "/analyze/batches", self.body(*requests, **body))
        assert made.status == 201, made.body
        found: dict[str, Any] = made.body
        return found

    def task(self, **body: Any) -> str:
        """Create a task; return its id."""
        made = self.request("POST", "/analyze/tasks", {**TASK_EXAMPLE, **body})
        assert made.status == 202, made.body
        return str(made.body["task_id"])

    def get(self, batch_id: str) -> dict[str, Any]:
        """Get a batch; it must exist."""
        found: dict[str, Any] = self._get(f"/analyze/batches/{batch_id}")
        return found

    def results(self, batch_id: str) -> list[dict[str, Any]]:
        """Get a batch's results; there must be some."""
        found: list[dict[str, Any]] = self._get(f"/analyze/batches/{batch_id}/results")
        return found

    def get_task(self, task_id: str) -> dict[str, Any]:
        """Get a task; it must exist."""
        found: dict[str, Any] = self._get(f"/analyze/tasks/{task_id}")
        return found

    def _get(self, path: str) -> Any:
        found = self.request("GET", path)
        assert found.status == 200
        return found.body
