"""Calls every operation in every state of every kind of job of every era: the contract forbids none of the answers.

The fake's behaviour is in the vendor's tables, the vendor's promises in its captures; they were written independently.
A job enters a state in three ways: moved at once, moved step by step along the lifecycle, or scripted. In each state,
every operation is called by each of its paths, with the job's id and with unknown ids. A job that was changed is read
again, also after hours and days.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from mockserver.contract.documents.capture import load_capture
from mockserver.contract.findings import LEVELS, Finding
from mockserver.core.instants import DAY, HOUR, MINUTE, SECOND
from mockserver.core.lifecycle import Lifecycle
from mockserver.core.ratelimit import RateLimit
from mockserver.core.timeline import NO_END, Timed
from mockserver.core.wire import Response
from mockserver.vendors.api import BodyPolicy, CreateJob, Era, JobKind, Operation, Role, build_timeline
from mockserver.vendors.commands import snapshot
from mockserver.vendors.script import Script, TimelineRule
from tests.support.fake_world import BASE, ERAS, KEY, ContractObserver, FakeWorld, fake_world, json_of
from tests.support.finding_texts import render_findings
from tests.support.lifecycles import states_reachable_from

LATER = (0, 9 * HOUR, 25 * HOUR, 31 * DAY)
"""Beyond the stuck window, a batch's deadline, and the retention."""

STORAGE_OPERATIONS = {("reap", "upload"), ("reap", "content")}
"""Operations that stand in for a vendor's storage: no contract has them."""
DISABLED_ERAS = ("2026-05-07",)
"""Eras in which no call succeeds."""
STATELESS_CANCEL_ANSWERS = {
    ("phaseo", "cancelVideo"): {"429", "500", "502", "503"},
    ("phaseo", "cancelBatch"): {"400", "403", "429", "500", "501", "502", "503"},
    ("reap", "cancelProject"): {"403", "413", "500"},
    ("twelvelabs", "cancelBatch"): {"400", "403", "429", "500"},
    ("twelvelabs", "cancelTask"): {"400", "403", "429", "500"},
}
"""Documented answers to a cancel that no state of a job brings about."""

UPGRADE = {
    "upgrade": "websocket",
    "connection": "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}
"""The headers of a websocket handshake."""

_VIDEO = {"prompt": "A lighthouse at dusk"}
EXTRA_BODIES: Mapping[tuple[str, str], tuple[Mapping[str, Any], ...]] = {
    ("phaseo", "video"): (
        {"model": "openai/sora-2", "seconds": "8", **_VIDEO},
        {"model": "google/veo-3.1", "output": {"access": "bytes"}, **_VIDEO},
        {"model": "runway/gen4.5", "output": {"access": "signed_url"}, "sample_count": 2, **_VIDEO},
        {"model": "minimax/hailuo-2.3", "webhook": {"endpoint_id": "we_1", "url": "https://example.com/h"}, **_VIDEO},
    ),
    ("phaseo", "batch"): (
        {"model": "openai/gpt-4.1-mini", "endpoint": "/v1/chat/completions", "items": [{"prompt": "x"}] * 2},
        {"model": "gpt-5-mini", "prompts": ["a"], "webhook_endpoint_id": "we_1", "metadata": {"a": "b"}},
    ),
    ("reap", "project"): tuple(
        {"projectType": kind, "uploadId": "65f1a2b3c4d5e6f7a8b9c0d1", "sourceLanguage": "en", "targetLanguage": "fr"}
        for kind in ("captions", "reframe", "dubbing", "transcription")
    ),
    ("twelvelabs", "batch"): (
        {
            "model_name": "pegasus1.5",
            "analysis_mode": "time_based_metadata",
            "defaults": {
                "response_format": {
                    "type": "segment_definitions",
                    "segment_definitions": [{"id": "a", "description": "b"}],
                }
            },
            "requests": [
                {
                    "video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4c"},
                    "start_time": 0,
                    "end_time": 9000,
                },
                {"video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4d"}, "custom_id": "b"},
            ],
        },
    ),
    ("twelvelabs", "task"): (
        {
            "video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4c"},
            "analysis_mode": "time_based_metadata",
            "custom_id": "one",
        },
    ),
}
"""Further bodies to create a job from: those that change the shape of its answers."""


@dataclass
class Walk:
    """A walk through one era."""

    era: Era
    method: str = "moved"
    """The way into a state: moved, led (step by step), scripted, or item (an item of the job is moved)."""
    contract_observer: ContractObserver = field(default_factory=lambda: ContractObserver(levels=LEVELS, over_time=True))
    answered: set[tuple[str, int]] = field(default_factory=set)
    """Operations of the capture with the statuses of their answers."""

    def __post_init__(self) -> None:
        self.capture = load_capture(self.era.vendor, self.era.date)
        self.world = self.session(Script())

    def session(self, script: Script) -> FakeWorld:
        """A session whose rate limit, if the vendor has one, is never reached."""
        limits = {"*": RateLimit(10**9, MINUTE)} if self.era.limits else {}
        script = Script(timeline_rules=script.timeline_rules, limits=limits)
        return fake_world(self.era.vendor, self.era.date, script, contract_observer=self.contract_observer)

    def request(self, operation: Operation, path: str, job_id: str, more: Mapping[str, Any]) -> Response:
        """Call an operation by one of its paths, with `more` in the query or in the body."""
        assert self.capture.find(operation.method, path) or (self.era.vendor, operation.name) in STORAGE_OPERATIONS
        where, name = operation.id_in or (None, "")
        own = {name: job_id} if where in ("query", "body") else {}
        plain = {**operation.example_params, **more, **own}
        body = plain if operation.body.requires_object else b"\0\1" if operation.body is BodyPolicy.BYTES else None
        query = urlencode(plain, doseq=True) if body is None else ""
        path = path.replace("{" + name + "}", quote(job_id, safe="")) if where == "path" else path
        answer = self.send(operation.method, path, body, query)
        return (
            self.send(operation.method, path, body, query, headers=UPGRADE) if operation.plain_http_handler else answer
        )

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: str = "",
        key: str | None = KEY,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request; the answer is judged, and is no internal error."""
        answer = self.world.request(method, path, body, query=query, key=key, headers=headers)
        found = self.capture.find(method, path)
        self.answered.add((found.id if found else "", answer.status))
        documented = found is None or found.answer(answer.status) is not None
        assert answer.status < 500 or (answer.status != 500 and documented), (method, path, answer.body)
        return answer

    def create(self, kind: JobKind, body: Mapping[str, Any]) -> str:
        """Create a job from a body; return its id."""
        context = self.world.session.context(self.era.vendor)
        store = context.store
        job = context.job_factory.create_job(kind.name, body, store.next_number(kind.name), self.world.now)
        store.commit([CreateJob(job)])
        return job.id

    def state(self, job_id: str) -> str:
        """The state of a job."""
        return snapshot(self.world.session.find_job(job_id)[1], self.world.now).state

    def create_in_state(self, kind: JobKind, body: Mapping[str, Any], state: str) -> str:
        """Create a job in a state (or whose first item is), in a session of its own; return its id."""
        if self.method == "item":
            self.world = self.session(Script())
            job_id = self.create(kind, body)
            self.world.session.move_job(job_id, state, self.world.wall_now, force=True, item=0)
            return job_id
        for place, way in enumerate(ways_to(kind.lifecycle, state)):
            self.world = self.session(scripted(way) if self.method == "scripted" else Script())
            job_id = self.create(kind, body)
            if self.method == "scripted":
                self.world.advance(SECOND * len(way))
            else:
                for step in [state] if self.method == "moved" and not place else way[1:]:
                    if step != self.state(job_id):
                        self.world.session.move_job(job_id, step, self.world.wall_now, force=self.method == "moved")
            if self.state(job_id) == state:
                return job_id
        raise AssertionError(f"no way into {state}")

    def call_everything(self, kind: JobKind, body: Mapping[str, Any], state: str, later: int = 0) -> None:
        """Call each operation on a new job in a state, and read the job afterwards.

        Those that the job does not concern are called in each state, and not for each way into it.
        """
        first = self.method == "moved" and body is kind.example
        for operation, path in calls(self.era, aliases=first):
            if not first and not concerns(operation, kind):
                continue
            job_id = self.create_in_state(kind, body, state)
            self.world.advance(later)
            for more in self.variants(operation, job_id):
                answer = self.request(operation, path, self.id_for(operation, job_id), more)
                if 200 <= answer.status < 300 and path == operation.path:
                    self.fetch_links(json_of(answer) if answer.header("content-type") == "application/json" else None)
            if operation.method != "GET" and operation.about_one_job:
                self.read_job(job_id)

    def findings(self) -> list[Finding]:
        """The findings, except calls that no capture has and waived ones; undeclared fields are among them.

        Findings of level info about jobs do not count, and the rate limit is lifted for the walk.
        """
        assert self.contract_observer.exchange_count > 1000
        counted = (
            each for each in self.contract_observer.findings if each.rule not in ("S0", "R9") and not each.resource
        )
        wrong = [each for each in counted if not each.hint.startswith("waived")]
        return wrong + [each for each in self.contract_observer.findings if each.resource and each.level != "info"]

    def assert_coverage(self) -> None:
        """Fail if an operation never succeeded, or a documented answer to a cancel was never given."""
        for operation in self.capture.operations:
            met = {str(status) for name, status in self.answered if name == operation.id}
            stateless = STATELESS_CANCEL_ANSWERS.get((self.era.vendor, operation.id))
            succeeded = any(status < "300" for status in met)
            assert succeeded or stateless is not None or self.era.date in DISABLED_ERAS, operation.id
            assert stateless is None or set(operation.answers) - met <= stateless, operation.id

    def read_job(self, job_id: str) -> None:
        """Call every operation that shows the job or lists it; the others read nothing that depends on it."""
        kind = self.era.kinds[self.world.session.find_job(job_id)[1].kind]
        for operation in self.era.operations:
            if operation.method == "GET" and concerns(operation, kind):
                for more in self.variants(operation, job_id):
                    self.request(operation, operation.path, self.id_for(operation, job_id), more)

    def id_for(self, operation: Operation, job_id: str) -> str:
        """The id by which an operation names a job: an item's id if the operation is about items."""
        job = self.world.session.find_job(job_id)[1]
        ids = self.era.kinds[job.kind].item_ids
        return job_id if ids is None or operation.kind == job.kind else ids(job)[0]

    def variants(self, operation: Operation, job_id: str) -> Iterator[Mapping[str, Any]]:
        """Parameters of the plain call, and of further calls that reach the job's parts."""
        yield {}
        if "clipId" in operation.example_params:
            clips = json_of(self.world.call_operation("clips", job_id)).get("clips", ())
            yield from ({"clipId": clip["id"]} for clip in clips[:1])
        if (self.era.vendor, operation.name) == ("phaseo", "content"):
            yield {"index": 0}
            yield {"index": 7}

    def fetch_links(self, body: Any) -> None:
        """GET every URL in a body."""
        for name, address in addresses(body):
            path, _, query = address.removeprefix(BASE).partition("?")
            answer = self.send("GET", path, None, query, KEY if name == "polling_url" else None)
            assert answer.status not in (404, 405), (name, address)

    def call_with_unknown_ids(self, kind: JobKind) -> None:
        """Call every operation with unknown ids."""
        unknown = kind.new_id("another seed", 99, self.world.now)
        for operation, path in calls(self.era):
            for job_id in (unknown, "nope", "x" * 300, "\u00fc/%", " ") if operation.about_one_job else ():
                self.request(operation, path, job_id, {})

    def check_rejections(self) -> None:
        """Call with wrong keys, bodies, methods and paths, which are rejected before a job is found."""
        for operation, path in calls(self.era):
            _, id_name = operation.id_in or (None, "")
            path = path.replace("{" + id_name + "}", "nope")
            for key in (None, "invalid", "expired", ""):
                self.send(operation.method, path, operation.example_params or None, key=key)
                self.send(operation.method, path, operation.example_params or None, key=key, headers=UPGRADE)
            for body in (
                b"",
                b"{",
                b"[]",
                b"null",
                b'"\xff"',
                b"{}",
                {"unknown": 1},
                dict.fromkeys(operation.example_params),
            ):
                self.send(operation.method, path, body)
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"):
                self.send(method, path, {} if method != "GET" else None)
        self.send("GET", self.era.prefix + "/nothing/here")
        if self.era.limits:
            self.world = fake_world(self.era.vendor, self.era.date, contract_observer=self.contract_observer)
            for _ in range(12):
                for operation in self.era.operations:
                    self.request(operation, operation.path, "nope", {})


def concerns(operation: Operation, kind: JobKind) -> bool:
    """True if an operation shows or changes jobs of a kind, or their items."""
    about_jobs = operation.about_one_job or operation.role is Role.LIST
    return about_jobs and (operation.kind == kind.name or kind.item_ids is not None)


def calls(era: Era, *, aliases: bool = True) -> Iterator[tuple[Operation, str]]:
    """Every operation by its path, or by each of its paths."""
    for operation in era.operations:
        for path in (operation.path, *operation.aliases)[: None if aliases else 1]:
            yield operation, path


def ways_to(lifecycle: Lifecycle, state: str) -> Iterator[list[str]]:
    """Every path from the initial state to a state without repetition, the shortest first."""
    ways = [[lifecycle.initial]]
    for way in ways:
        if way[-1] == state:
            yield way
        else:
            ways += [[*way, step] for step in lifecycle.next_states(way[-1]) if step not in way]


def addresses(body: Any) -> Iterator[tuple[str, str]]:
    """Every URL in a body that can be fetched from the fake, with its key."""
    if isinstance(body, list):
        for inner in body:
            yield from addresses(inner)
    elif isinstance(body, dict):
        for key, inner in body.items():
            if isinstance(inner, str) and inner.startswith(BASE) and key not in ("uploadUrl", "cancel_url"):
                yield key, inner
            yield from addresses(inner)


def scripted(way: list[str]) -> Script:
    """A script in which a job follows a path of states on its own."""
    return Script(
        timeline_rules=(TimelineRule(build_timeline(*((step, Timed(SECOND)) for step in way[:-1]), (way[-1], NO_END))),)
    )


def scriptable(era: Era, kind: JobKind, state: str) -> bool:
    """True if a scenario can lead a job into the state: only the main kind, and no batch that is being canceled."""
    return kind is era.main_kind and (
        kind.batch is None or state in (kind.batch.waiting, kind.batch.working, kind.batch.done)
    )


def test_every_state_can_be_reached():
    for era in ERAS.values():
        for kind in era.kinds.values():
            assert states_reachable_from(kind.lifecycle, kind.lifecycle.initial) == set(kind.lifecycle.states)


def walked(era: Era) -> Walk:
    """Walk through an era."""
    walk = Walk(era)
    for kind in era.kinds.values():
        for state in kind.lifecycle.states:
            walk.method = "moved"
            for body in (kind.example, *EXTRA_BODIES.get((era.vendor, kind.name), ())):
                walk.call_everything(kind, body, state)
            walk.method = "led"
            for later in LATER:
                walk.call_everything(kind, kind.example, state, later)
            walk.method = "scripted"
            if scriptable(era, kind, state):
                walk.call_everything(kind, kind.example, state)
        walk.method = "item"
        for state in kind.batch.item.states if kind.batch else ():
            for later in LATER:
                walk.call_everything(kind, kind.example, state, later)
        walk.call_with_unknown_ids(kind)
    walk.check_rejections()
    return walk


@pytest.mark.parametrize("pin", ERAS)
def test_no_answer_is_one_that_the_contract_forbids(pin):
    walk = walked(ERAS[pin])
    assert render_findings(walk.findings()) == ""
    walk.assert_coverage()
