"""Plays a scenario's `play` on a target: a client's requests, and the answers it must get.

A step fails where an answer differs from what the scenario says; the play fails too where an answer, by itself or
with what was answered before, breaks the contract and the scenario does not own up to it (`off_contract`), or owns up
to what nothing breaks.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol
from urllib.parse import quote, urlencode

import orjson

from mockserver.core.instants import Duration, format_duration
from mockserver.core.wire import Exchange, Request
from mockserver.errors import MockError
from mockserver.runner.expecting import decoded, unexpected
from mockserver.runner.targets import Inconclusive, Target
from mockserver.scenario.model import PlayStep, Scenario
from mockserver.vendors.api import Body, Era, Operation
from mockserver.vendors.script import Script

KEY: Final = "test-key"


class Verdict(StrEnum):
    """What a play came to."""

    OK = "ok"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


class Broken(Protocol):
    """A finding of the contract's, as far as a play needs it."""

    @property
    def rule(self) -> str:
        """The rule's id."""

    @property
    def level(self) -> str:
        """Only an `error` fails a play; a scenario may own up to any."""

    @property
    def message(self) -> str:
        """What was found, one sentence."""


class Judge(Protocol):
    """The contract, as far as a play needs it."""

    def __call__(self, exchange: Exchange) -> Sequence[Broken]:
        """What there is against an answer, given those before it."""

    def booked(self, job_id: str, bookings: Mapping[str, int]) -> Sequence[Broken]:
        """What there is against a job's bookings, by their sort."""


@dataclass(frozen=True)
class Tried:
    """One step, tried once."""

    step: PlayStep
    at: Duration
    title: str
    exchange: Exchange | None = None
    failures: tuple[str, ...] = ()
    inconclusive: str = ""


@dataclass(frozen=True)
class Played:
    """A whole play."""

    scenario: Scenario
    era: Era
    tried: tuple[Tried, ...]
    failures: tuple[str, ...] = ()
    """What is wrong with the play as a whole."""
    note: str = ""
    """What else one should know before believing a failure."""

    @property
    def verdict(self) -> Verdict:
        """Failed by any failure; inconclusive where a step proved nothing, or nothing was tried."""
        if self.failures or any(tried.failures for tried in self.tried):
            return Verdict.FAILED
        if not self.tried or any(tried.inconclusive for tried in self.tried):
            return Verdict.INCONCLUSIVE
        return Verdict.OK


@dataclass
class _Cast:
    """The jobs a play knows: by name, and the latest of each kind."""

    names: dict[str, str] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)
    seeded: dict[str, list[str]] = field(default_factory=dict)

    def pick(self, step: PlayStep, kind: str) -> str:
        """The id of the job that a step is about."""
        if step.job:
            return self.names.get(step.job, step.job)
        if kind in self.latest:
            return self.latest[kind]
        seeded = self.seeded.get(kind, [])
        return seeded[0] if seeded else ""

    def everybody(self) -> list[str]:
        """The id of every job, once."""
        seeded = [job_id for ids in self.seeded.values() for job_id in ids]
        return list(dict.fromkeys(filter(None, (*seeded, *self.names.values(), *self.latest.values()))))


class Player:
    """Plays one scenario on one target."""

    def __init__(self, scenario: Scenario, era: Era, target: Target, judge: Judge, key: str = KEY) -> None:
        self.key = key
        self.scenario = scenario
        self.era = era
        self.target = target
        self.judge = judge
        self.cast = _Cast()
        self._broken: Counter[str] = Counter()
        for seed in scenario.script.jobs:
            kind = seed.kind or era.main.name
            self.cast.seeded.setdefault(kind, []).append(seed.id)

    def play(self) -> Played:
        """Every step in order; a failed one does not stop the play: what follows is evidence too."""
        tried = tuple(self._tries())
        if not self.target.judged_in_virtual_time:
            return Played(self.scenario, self.era, tried, note=_scripted(self.scenario.script))
        overbooked = tuple(self._overbooked())
        unbroken = [rule for rule in self.scenario.off_contract if not self._broken[rule]]
        idle = tuple(f"off_contract names {rule}, and no answer breaks it" for rule in unbroken if tried)
        return Played(self.scenario, self.era, tried, (*overbooked, *idle))

    def _tries(self) -> Iterator[Tried]:
        for step in self.scenario.play:
            for turn in range(step.times):
                at = step.at + turn * step.every
                yield self._try(step, at)

    def _try(self, step: PlayStep, at: Duration) -> Tried:
        title = _title(step)
        try:
            self.target.pass_to(at)
            if step.move:
                return Tried(step, at, title, failures=tuple(self._moved(step)))
            if step.ledger:
                return Tried(step, at, title, failures=tuple(self._booked(step)))
            request, operation = self._request(step)
            exchange = self.target.send(request)
        except Inconclusive as reason:
            return Tried(step, at, title, inconclusive=str(reason))
        self._learn(step, operation, exchange)
        kind = operation.kind if operation is not None else self.era.main.name
        words = {"base": self.target.base, "job": self.cast.pick(step, kind)}
        failures = [*unexpected(exchange.response, step.expect, self.era, words), *self._off(self.judge(exchange))]
        return Tried(step, at, title, exchange, tuple(failures))

    def _needed(self, step: PlayStep, kind: str) -> str:
        """The job's id; without one the step proves nothing."""
        job_id = self.cast.pick(step, kind)
        if not job_id:
            raise Inconclusive(f"no {kind} was created before this step")
        known = job_id in self.cast.names.values() or job_id in self.cast.latest.values()
        seeded = any(job_id in ids for ids in self.cast.seeded.values())
        if seeded and not known and not self.target.judged_in_virtual_time:
            raise Inconclusive(f"{job_id} exists in the scenario only: let the play create its job")
        return job_id

    def _moved(self, step: PlayStep) -> Iterator[str]:
        """Why the job cannot be moved: the step fails, the play goes on."""
        try:
            self.target.move(self._needed(step, self.era.main.name), step.move)
        except MockError as error:
            yield from (problem.message for problem in error.problems)

    def _booked(self, step: PlayStep) -> Iterator[str]:
        found = self.target.bookings(self._needed(step, self.era.main.name))
        for entry, wanted in step.ledger.items():
            if found[entry] != wanted:
                yield f"the ledger has {found[entry]} {entry} entries; expected {wanted}"

    def _overbooked(self) -> Iterator[str]:
        """What the ledger has of every job in the end, held against the contract."""
        for job_id in self.cast.everybody():
            yield from self._off(self.judge.booked(job_id, self.target.bookings(job_id)))

    def _off(self, findings: Sequence[Broken]) -> Iterator[str]:
        """The contract's findings, but for those that the scenario owns up to."""
        for finding in findings:
            self._broken[finding.rule] += 1
            if finding.level == "error" and finding.rule not in self.scenario.off_contract:
                yield f"breaks the contract: {finding.rule} {finding.message}"

    def _request(self, step: PlayStep) -> tuple[Request, Operation | None]:
        worn = self.era.wears(step.key or self.key)
        headers = {name.lower(): value for name, value in (*worn.items(), *step.headers)}
        if step.call is not None:
            path = step.call.path
            if "{job}" in path:
                path = path.replace("{job}", quote(self._needed(step, self.era.main.name), safe=""))
            path, _, query = path.partition("?")
            query = "&".join(filter(None, (query, urlencode(step.query))))
            return _shaped(step.call.method, path, query, headers, step.call.body), None
        operation = self.era.operation(step.operation)
        if operation is None:
            raise Inconclusive(f"{self.era.pin} has no operation {step.operation!r}")
        return self._named(operation, step, headers), operation

    def _named(self, operation: Operation, step: PlayStep, headers: dict[str, str]) -> Request:
        where, name = operation.id_in
        job_id = self._needed(step, operation.kind) if where else ""
        path, usual, body = operation.path, dict[str, Any](), self._body(operation, step)
        if where == "path":
            path = path.replace("{" + name + "}", quote(job_id, safe=""))
        elif where == "query":
            usual = {name: job_id}
        elif where == "body" and (body is None or isinstance(body, dict)):
            body = {name: job_id, **(body or {})}
        if operation.method == "GET":
            usual = {**operation.needs, **usual}
        said = {key for key, _ in step.query}
        query = [*((key, value) for key, value in usual.items() if key not in said), *step.query]
        return _shaped(operation.method, path, urlencode(query), headers, body)

    def _body(self, operation: Operation, step: PlayStep) -> Any:
        """What the step sends, else the vendor's example of it."""
        if step.send is not None or operation.body in (Body.NONE, Body.OPTIONAL) or operation.method == "GET":
            return step.send
        if operation.needs:
            return dict(operation.needs)
        makes = operation.id_in[0] == "" and operation.kind in self.era.kinds
        return dict(self.era.kinds[operation.kind].example) if makes else None

    def _learn(self, step: PlayStep, operation: Operation | None, exchange: Exchange) -> None:
        """Remember the job that a step created."""
        response = exchange.response
        if operation is None or operation.method != "POST" or operation.id_in[0] or response is None:
            return
        kind = self.era.kinds.get(operation.kind)
        made = decoded(response)
        if kind is None or response.status >= 300 or not isinstance(made, dict):
            return
        job_id = made.get(kind.id_field)
        if isinstance(job_id, str):
            self.cast.latest[operation.kind] = job_id
            self.cast.names.update({step.name: job_id} if step.name else {job_id: job_id})


def _scripted(script: Script) -> str:
    """What a live API knows nothing of; empty where the scenario scripts nothing."""
    words = {
        "timeline": script.courses,
        "items": script.items,
        "cancel": script.cancel,
        "fields": script.fields,
        "limits": script.limits or script.active is not None,
    }
    said = ", ".join(f"`{word}`" for word, value in words.items() if value)
    return f"the scenario scripts {said}; a live API does as it does, and may differ by that" if said else ""


def _title(step: PlayStep) -> str:
    if step.move:
        return f"move to {step.move}"
    if step.ledger:
        return "ledger"
    return step.operation if step.call is None else f"{step.call.method} {step.call.path}"


def _shaped(method: str, path: str, query: str, headers: dict[str, str], body: Any) -> Request:
    """A request; text goes as it is, anything else as JSON."""
    if body is None:
        return Request(method, path, query, headers)
    data = body.encode() if isinstance(body, str) else orjson.dumps(body)
    return Request(method, path, query, {"content-type": "application/json", **headers}, data)


def offset(at: Duration) -> str:
    """`+1m10s`."""
    return "+" + format_duration(at)
