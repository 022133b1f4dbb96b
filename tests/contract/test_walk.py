"""Every state of every kind of job, in every era, asked everything: no answer is one that the contract forbids.

What the fake does is in the vendor's tables, what the vendor promises in its captures; they were written apart, and
here they meet. A job comes into a state in three ways: moved there at once, led there along the arrows, or scripted to
be there. In each, every operation is called by each of its paths, with the job's id and with ids that are nobody's; a
job that was changed is looked at again, and so is one after hours and days.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from mockserver.contract.documents.capture import load_capture
from mockserver.contract.findings import LEVELS, Finding, render_findings
from mockserver.core.instants import DAY, HOUR, MINUTE, SECOND
from mockserver.core.lifecycle import Lifecycle
from mockserver.core.ratelimit import RateLimit
from mockserver.core.timeline import NO_END, Timed
from mockserver.core.wire import Response
from mockserver.vendors.api import BodyPolicy, CreateJob, Era, JobKind, Operation, build_timeline
from mockserver.vendors.commands import snapshot
from mockserver.vendors.script import Script, TimelineRule
from tests.support.fake_world import BASE, ERAS, KEY, ContractObserver, FakeWorld, fake_world, json_of
from tests.support.lifecycles import states_reachable_from

LATER = (0, 9 * HOUR, 25 * HOUR, 31 * DAY)
"""Past the stuck window, past a batch's deadline, past what is kept."""

OURS = {("reap", "upload"), ("reap", "content")}
"""Operations that stand in for a vendor's storage: no contract has them."""
ALL_OFF = ("2026-05-07",)
"""Eras in which nothing succeeds."""
BEYOND = {"phaseo": {"429", "500", "502"}, "reap": {"403", "413", "500"}, "twelvelabs": {"400", "403", "429", "500"}}
"""Documented answers to a cancel that no state of a job brings about."""

UPGRADE = {
    "upgrade": "websocket",
    "connection": "Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}
"""What a call says that wants to become a websocket."""

_VIDEO = {"prompt": "A lighthouse at dusk"}
MADE_OF: Mapping[tuple[str, str], tuple[Mapping[str, Any], ...]] = {
    ("phaseo", "video"): (
        {"model": "openai/sora-2", "seconds": "8", **_VIDEO},
        {"model": "google/veo-3.1", "output": {"access": "bytes"}, **_VIDEO},
        {"model": "runway/gen4.5", "output": {"access": "signed_url"}, "sample_count": 2, **_VIDEO},
        {"model": "minimax/hailuo-2.3", "webhook": {"endpoint_id": "we_1", "url": "https://example.com/h"}, **_VIDEO},
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
"""What else than the example a job is made of: whatever makes its answers look different."""


@dataclass
class Walk:
    """One era on foot."""

    era: Era
    way: str = "moved"
    """How jobs come into a state: moved, led, scripted; by an item of theirs."""
    contract_observer: ContractObserver = field(default_factory=lambda: ContractObserver(levels=LEVELS, over_time=True))
    met: set[tuple[str, int]] = field(default_factory=set)
    """What was answered: (operation of the capture, status)."""

    def __post_init__(self) -> None:
        self.capture = load_capture(self.era.vendor, self.era.date)
        self.judged = self.session(Script())

    def session(self, script: Script) -> FakeWorld:
        """A session without a rate limit to speak of, where the vendor has one."""
        limits = {"*": RateLimit(10**9, MINUTE)} if self.era.limits else {}
        script = Script(timeline_rules=script.timeline_rules, limits=limits)
        return fake_world(self.era.vendor, self.era.date, script, contract_observer=self.contract_observer)

    def request(self, operation: Operation, path: str, job_id: str, more: Mapping[str, Any]) -> Response:
        """Call an operation by one of its paths, with `more` in the query or in the body."""
        assert self.capture.find(operation.method, path) or (self.era.vendor, operation.name) in OURS
        where, name = operation.id_in
        own = {name: job_id} if where in ("query", "body") else {}
        plain = {**operation.example_params, **more, **own}
        body = plain if operation.body is BodyPolicy.JSON else b"\0\1" if operation.body is BodyPolicy.BYTES else None
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
        """Send a request; its answer is judged, and no accident."""
        answer = self.judged.request(method, path, body, query=query, key=key, headers=headers)
        found = self.capture.find(method, path)
        self.met.add((found.id if found else "", answer.status))
        documented = found is None or found.answer(answer.status) is not None
        assert answer.status < 500 or (answer.status != 500 and documented), (method, path, answer.body)
        return answer

    def make(self, kind: JobKind, body: Mapping[str, Any]) -> str:
        """A new job, made from a body; its id."""
        room, store = self.judged.session.context(self.era.vendor)
        job = room.job_factory.create_job(kind.name, body, store.next_number(kind.name), self.judged.now)
        store.commit([CreateJob(job)])
        return job.id

    def state(self, job_id: str) -> str:
        """Which state a job is in."""
        return snapshot(self.judged.session.find_job(job_id)[2], self.judged.now).state

    def bring(self, kind: JobKind, body: Mapping[str, Any], state: str) -> str:
        """A new job in that state, or its first item, in a session of its own; its id."""
        if self.way == "item":
            self.judged = self.session(Script())
            job_id = self.make(kind, body)
            self.judged.session.move_job(job_id, state, self.judged.wall_now, force=True, item=0)
            return job_id
        for place, way in enumerate(ways_to(kind.lifecycle, state)):
            self.judged = self.session(scripted(way) if self.way == "scripted" else Script())
            job_id = self.make(kind, body)
            if self.way == "scripted":
                self.judged.advance(SECOND * len(way))
            else:
                for step in [state] if self.way == "moved" and not place else way[1:]:
                    if step != self.state(job_id):
                        self.judged.session.move_job(job_id, step, self.judged.wall_now, force=self.way == "moved")
            if self.state(job_id) == state:
                return job_id
        raise AssertionError(f"no way into {state}")

    def everything(self, kind: JobKind, body: Mapping[str, Any], state: str, later: int = 0) -> None:
        """Call every operation on a job of its own in that state, and look at what became of it."""
        for operation, path in calls(self.era, aliases=self.way == "moved" and body is kind.example):
            job_id = self.bring(kind, body, state)
            self.judged.advance(later)
            for more in self.variants(operation, job_id):
                answer = self.request(operation, path, self.named(operation, job_id), more)
                if 200 <= answer.status < 300 and path == operation.path:
                    self.follow(json_of(answer) if answer.header("content-type") == "application/json" else None)
            if operation.method != "GET" and operation.id_in[0]:
                self.look_at(job_id)

    def findings(self) -> list[Finding]:
        """What was found but for calls that no capture has and what a waiver names: no undeclared field either.

        Rules that merely inform are kept whatever they say, and the rate limit is lifted for the walk.
        """
        assert self.contract_observer.exchange_count > 1000
        meant = (
            each for each in self.contract_observer.findings if each.rule not in ("S0", "R9") and not each.resource
        )
        wrong = [each for each in meant if not each.hint.startswith("waived")]
        return wrong + [each for each in self.contract_observer.findings if each.resource and each.level != "info"]

    def met_enough(self) -> None:
        """Fail where the walk went past something: a call that never succeeded, a cancel's documented answer."""
        for operation in self.capture.operations:
            met = {str(status) for name, status in self.met if name == operation.id}
            cancels = operation.id in ("cancelVideo", "cancelProject", "cancelBatch", "cancelTask")
            assert any(status < "300" for status in met) or cancels or self.era.date in ALL_OFF, operation.id
            assert not cancels or set(operation.answers) - met <= BEYOND[self.era.vendor], operation.id

    def look_at(self, job_id: str) -> None:
        """Every read of a job."""
        for operation in self.era.operations:
            if operation.method == "GET":
                for more in self.variants(operation, job_id):
                    self.request(operation, operation.path, self.named(operation, job_id), more)

    def named(self, operation: Operation, job_id: str) -> str:
        """The id that an operation names a job by: of an item where it is about the items."""
        job = self.judged.session.find_job(job_id)[2]
        ids = self.era.kinds[job.kind].item_ids
        return job_id if ids is None or operation.kind == job.kind else ids(job)[0]

    def variants(self, operation: Operation, job_id: str) -> Iterator[Mapping[str, Any]]:
        """The plain call, and what else it takes to reach what is there."""
        yield {}
        if "clipId" in operation.example_params:
            clips = json_of(self.judged.call_operation("clips", job_id)).get("clips", ())
            yield from ({"clipId": clip["id"]} for clip in clips[:1])
        if (self.era.vendor, operation.name) == ("phaseo", "content"):
            yield {"index": 0}
            yield {"index": 7}

    def follow(self, body: Any) -> None:
        """GET every address that was handed out for it."""
        for name, address in addresses(body):
            path, _, query = address.removeprefix(BASE).partition("?")
            answer = self.send("GET", path, None, query, KEY if name == "polling_url" else None)
            assert answer.status not in (404, 405), (name, address)

    def nobodys(self, kind: JobKind) -> None:
        """Every operation with ids that no job has."""
        unknown = kind.new_id("another seed", 99, self.judged.now)
        for operation, path in calls(self.era):
            for job_id in operation.id_in[0] and (unknown, "nope", "x" * 300, "\u00fc/%", " "):
                self.request(operation, path, job_id, {})

    def door(self) -> None:
        """What is answered before a job is looked at: keys, bodies, methods, paths."""
        for operation, path in calls(self.era):
            path = path.replace("{" + operation.id_in[1] + "}", "nope")
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
            self.judged = fake_world(self.era.vendor, self.era.date, contract_observer=self.contract_observer)
            for _ in range(12):
                for operation in self.era.operations:
                    self.request(operation, operation.path, "nope", {})


def calls(era: Era, *, aliases: bool = True) -> Iterator[tuple[Operation, str]]:
    """Every operation by its path, or by each of its paths."""
    for operation in era.operations:
        for path in (operation.path, *operation.aliases)[: None if aliases else 1]:
            yield operation, path


def ways_to(lifecycle: Lifecycle, state: str) -> Iterator[list[str]]:
    """Every way from birth to a state that is in no state twice, the shortest first."""
    ways = [[lifecycle.initial]]
    for way in ways:
        if way[-1] == state:
            yield way
        else:
            ways += [[*way, step] for step in lifecycle.next_states(way[-1]) if step not in way]


def addresses(body: Any) -> Iterator[tuple[str, str]]:
    """(key, URL) of everything in a body that can be fetched from the fake."""
    if isinstance(body, list):
        for inner in body:
            yield from addresses(inner)
    elif isinstance(body, dict):
        for key, inner in body.items():
            if isinstance(inner, str) and inner.startswith(BASE) and key not in ("uploadUrl", "cancel_url"):
                yield key, inner
            yield from addresses(inner)


def scripted(way: list[str]) -> Script:
    """A script in which a job goes that way by itself."""
    return Script(
        timeline_rules=(TimelineRule(build_timeline(*((step, Timed(SECOND)) for step in way[:-1]), (way[-1], NO_END))),)
    )


def scriptable(era: Era, kind: JobKind, state: str) -> bool:
    """Whether a scenario can say that a job comes there by itself: no other kind's, no batch that is being canceled."""
    return kind is era.main_kind and (
        kind.batch is None or state in (kind.batch.waiting, kind.batch.working, kind.batch.done)
    )


def test_every_state_can_be_reached():
    for era in ERAS.values():
        for kind in era.kinds.values():
            assert states_reachable_from(kind.lifecycle, kind.lifecycle.initial) == set(kind.lifecycle.states)


def walked(era: Era) -> Walk:
    """An era, walked."""
    walk = Walk(era)
    for kind in era.kinds.values():
        for state in kind.lifecycle.states:
            walk.way = "moved"
            for body in (kind.example, *MADE_OF.get((era.vendor, kind.name), ())):
                walk.everything(kind, body, state)
            walk.way = "led"
            for later in LATER:
                walk.everything(kind, kind.example, state, later)
            walk.way = "scripted"
            if scriptable(era, kind, state):
                walk.everything(kind, kind.example, state)
        walk.way = "item"
        for state in kind.batch.item.states if kind.batch else ():
            for later in LATER:
                walk.everything(kind, kind.example, state, later)
        walk.nobodys(kind)
    walk.door()
    return walk


@pytest.mark.parametrize("pin", ERAS)
def test_no_answer_is_one_that_the_contract_forbids(pin):
    walk = walked(ERAS[pin])
    assert render_findings(walk.findings()) == ""
    walk.met_enough()
