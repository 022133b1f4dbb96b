"""A toy vendor, a pottery: pots are fired, crates are batches of cups. Small enough to know by heart."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND, Instant
from mockserver.core.job import CANCEL, DELETE, Job
from mockserver.core.lifecycle import BatchRules, Lifecycle, Transition, Trigger
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.timeline import NO_END, Timed, TimelineStep
from mockserver.core.wire import Request, Response
from mockserver.engine.reply import Reply
from mockserver.engine.session import Session
from mockserver.engine.setup import SessionSetup
from mockserver.stores import memory_store
from mockserver.vendors.api import (
    Accept,
    Answer,
    BodyPolicy,
    Call,
    CreateJob,
    Era,
    JobKind,
    LedgerEntry,
    Operation,
    Refuse,
    RequestError,
    Role,
    build_timeline,
)
from mockserver.vendors.commands import count_poll, decide_cancel, find_job, record_command, snapshot
from mockserver.vendors.http import json_response
from mockserver.vendors.script import NO_SCRIPT, Script
from tests.support.fake_world import ContractObserver, FakeWorld

START: Instant = 1_000_000 * SECOND

POT = Lifecycle(
    "pot",
    ("wet", "firing", "done", "smashed"),
    (
        Transition("wet", "firing"),
        Transition("firing", "done"),
        Transition("wet", "smashed", Trigger.CANCEL),
        Transition("firing", "smashed", Trigger.CANCEL),
    ),
    frozenset({"done", "smashed"}),
)
CUP = Lifecycle(
    "cup",
    ("raw", "hot", "good", "dropped"),
    (Transition("raw", "hot"), Transition("hot", "good"), Transition("raw", "dropped", Trigger.CANCEL)),
    frozenset({"good", "dropped"}),
)
CRATE = Lifecycle(
    "crate",
    ("packed", "busy", "ready", "stopping", "stopped", "late"),
    (Transition("packed", "busy"), Transition("busy", "ready"), Transition("busy", "stopping", Trigger.CANCEL)),
    frozenset({"ready", "stopped", "late"}),
)
RULES = BatchRules(CUP, "packed", "busy", "ready", "stopping", "stopped", "late", "dropped", "good")


def not_found(call: Call) -> Answer:
    return Answer(json_response(404, {"error": "no such pot"}))


def shown(call: Call, job: Job) -> dict[str, Any]:
    now = snapshot(job, call.now)
    return {"id": job.id, "state": now.state, "url": f"{call.base_url}/pots/{job.id}", "request": call.request_id}


def create(call: Call) -> Answer:
    kind = "crate" if call.request.path == "/crates" else "pot"
    job = call.job_factory.create_job(kind, call.body, call.view.next_number(kind), call.now)
    return Answer(json_response(201, shown(call, job)), (CreateJob(job),))


def get(call: Call) -> Answer:
    job = find_job(call, "pot", call.path_params["pot_id"])
    if job is None:
        return not_found(call)
    seen, changes = count_poll(call, job)
    return Answer(json_response(200, shown(call, seen)), changes, snapshot(seen, call.now).unchanged_until)


def list_(call: Call) -> Answer:
    return Answer(json_response(200, {"pots": [job.id for job in call.view.jobs("pot", call.now)]}))


def cancel(call: Call) -> Answer:
    job = find_job(call, "pot", call.path_params["pot_id"])
    if job is None:
        return not_found(call)

    # Whatever the reason (an end, a condition, a scenario), a refusal is this one answer.
    if not isinstance(decide_cancel(call, snapshot(job, call.now)), Accept):
        return Answer(json_response(409, {"error": "too late"}))
    smashed, changes = record_command(call, job, CANCEL)
    return Answer(json_response(200, shown(call, smashed)), changes)


def echo(call: Call) -> Answer:
    return Answer(json_response(200, {"params": dict(call.path_params), "body": call.body, "key": call.api_key}))


OPERATIONS = (
    Operation("create", "pot", "POST", "/pots", create, role=Role.CREATE, body=BodyPolicy.JSON, aliases=("/jars",)),
    Operation("list", "pot", "GET", "/pots", list_, role=Role.LIST),
    Operation("colours", "pot", "GET", "/pots/colours", echo, role=Role.OTHER),
    Operation("get", "pot", "GET", "/pots/{pot_id}", get, role=Role.READ, polls=True, id_in=("path", "pot_id")),
    Operation("break", "pot", "DELETE", "/pots/{pot_id}", echo, role=Role.DELETE, id_in=("path", "pot_id")),
    Operation(
        "paint", "pot", "PUT", "/pots/{pot_id}", echo, role=Role.OTHER, body=BodyPolicy.JSON, id_in=("path", "pot_id")
    ),
    Operation(
        "cancel",
        "pot",
        "POST",
        "/pots/{pot_id}/cancel",
        cancel,
        role=Role.CANCEL,
        body=BodyPolicy.OPTIONAL,
        id_in=("path", "pot_id"),
    ),
    Operation("seek", "pot", "GET", "/seek", echo, role=Role.OTHER, id_in=("query", "pot")),
    Operation("tell", "pot", "POST", "/tell", echo, role=Role.OTHER, body=BodyPolicy.JSON, id_in=("body", "pot")),
    Operation("post", "pot", "PUT", "/photos/{photo}", echo, role=Role.OTHER, body=BodyPolicy.BYTES, auth=False),
    Operation("pack", "crate", "POST", "/crates", create, role=Role.CREATE, body=BodyPolicy.JSON),
)


def credentials(request: Request) -> str | RequestError:
    return request.headers.get("x-key") or RequestError.NO_KEY


def trouble(call: Call, what: RequestError, detail: str) -> Response:
    return Response(418, (("Content-Type", "application/json"),), orjson.dumps({"trouble": what, "detail": detail}))


def ledger(job: Job, now: Instant) -> tuple[LedgerEntry, ...]:
    charge = LedgerEntry(job.created, "charge", 1.0, "credits", f"{job.id}:charge")
    if snapshot(job, now).state != "smashed":
        return (charge,)
    return (charge, LedgerEntry(now, "refund", 1.0, "credits", f"{job.id}:refund"))


POTS = JobKind(
    lifecycle=POT,
    timeline=build_timeline(("wet", Timed(2 * SECOND)), ("firing", Timed(8 * SECOND)), ("done", NO_END)),
    new_id=lambda seed, number, at: f"pot-{number}",
    id_pattern=r"pot-\d+",
    build_spec=dict,
    example={"shape": "jug"},
    cancel_table={
        "wet": Accept((TimelineStep("smashed"),)),
        "firing": Accept((TimelineStep("smashed"),)),
        "done": Refuse("done"),
    },
    ledger=ledger,
)
CRATES = JobKind(
    lifecycle=CRATE,
    timeline=build_timeline(("packed", Timed(2 * SECOND)), ("busy", Timed(4 * SECOND)), ("ready", NO_END)),
    new_id=lambda seed, number, at: f"crate-{number}",
    id_pattern=r"crate-\d+",
    build_spec=lambda body: {"items": body["cups"]},
    example={"cups": [{}, {}]},
    batch=RULES,
    item_timeline=lambda place, total: build_timeline(
        ("raw", Timed(2 * SECOND)), ("hot", Timed(4 * SECOND)), ("good", NO_END)
    ),
)


def make_era(**changes: Any) -> Era:
    """Build the pottery's era; keywords replace its fields."""
    plain: dict[str, Any] = {
        "vendor": "toy",
        "date": "2026-01-01",
        "summary": "A pottery.",
        "prefix": "",
        "operations": OPERATIONS,
        "kinds": {"pot": POTS, "crate": CRATES},
        "parse_api_key": credentials,
        "render_request_error": trouble,
        "render_status_error": lambda call, status, message: Response(status),
        "error_reason": lambda body: "",
        "auth_headers": lambda key: {"x-key": key},
    }
    return Era(**{**plain, **changes})


ERA = make_era()


def delete(call):
    job = find_job(call, "pot", call.path_params["pot_id"])
    if job is None:
        return not_found(call)
    return Answer(json_response(200, {}), record_command(call, job, DELETE)[1])


DELETING = make_era(
    operations=tuple(one._replace(handler=delete) if one.name == "break" else one for one in OPERATIONS),
    kinds={
        "pot": POTS._replace(retention=100 * SECOND),
        "crate": CRATES._replace(item_ids=lambda job: tuple(f"{job.id}.{place}" for place in range(2))),
    },
)


def limit_headers(limit: RateLimit, window: LimitWindow) -> tuple[tuple[str, str], ...]:
    return (("X-Left", str(limit.requests - window.used)),)


def setup(script: Script = NO_SCRIPT, era: Era = ERA, **changes: Any) -> SessionSetup:
    """Build a session's setup with its clock frozen at `START`; keywords replace fields."""
    plain: dict[str, Any] = {
        "name": "here",
        "eras": {"toy": era},
        "clock": Clock(0, START, 0.0),
        "seed": "seed",
        "make_store": memory_store,
        "scripts": {} if script is NO_SCRIPT else {"toy": script},
    }
    return SessionSetup(**{**plain, **changes})


class JsonResponse(NamedTuple):
    """A status and a decoded body."""

    status: int
    body: Any


class ToyWorld(FakeWorld):
    """A session of the toy vendor, which has no contract; `advance` takes seconds."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, ERA, ContractObserver(), "http://toy")

    def request(  # type: ignore[override]
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None, **options: Any
    ) -> JsonResponse:
        """Send a request and decode the response; `options` go to `Session.answer`."""
        data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        path, _, query = path.partition("?")
        request = Request(method, path, query, {"x-key": "key"} if headers is None else headers, data)
        self.last = self.session.answer("toy", request, self.base_url, self.wall_now, **options)
        response = self.last.response
        return JsonResponse(response.status, orjson.loads(response.body) if response.body else None)

    @property
    def reply(self) -> Reply:
        """Return the latest reply."""
        assert self.last is not None
        return self.last

    def advance(self, by: float) -> None:
        """Move the session's clock forward."""
        super().advance(int(by * SECOND))


def toy_world(script: Script = NO_SCRIPT, era: Era = ERA, **changes: Any) -> ToyWorld:
    """Open a session of the toy vendor."""
    return ToyWorld(Session(setup(script, era, **changes)))
