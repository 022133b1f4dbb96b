"""From a step to the request that a client would send."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from mockserver.core.wire import Request
from mockserver.runner.calling import placed
from mockserver.runner.casting import Cast
from mockserver.runner.targets.api import Inconclusive
from mockserver.scenario.kept import Words, filled, woven
from mockserver.scenario.model import HttpCall, Pairs, PlayStep
from mockserver.scenario.steps import NO_KEY
from mockserver.vendors.api import Body, Era, Operation


@dataclass(frozen=True)
class Asking:
    """Makes the requests of one play."""

    era: Era
    cast: Cast
    key: str
    """The API key of every request that names no other."""
    ours: bool
    """Whether the target is one of ours: the scenario's jobs exist there."""

    def operation(self, step: PlayStep) -> Operation | None:
        """The operation that a step names; None for a `call`."""
        found = self.era.operation(step.operation)
        if found is None and step.call is None:
            raise Inconclusive(f"{self.era.pin} has no operation {step.operation!r}")
        return found

    def kind(self, step: PlayStep) -> str:
        """The kind of the job that a step is about."""
        operation = self.era.operation(step.operation)
        return self.era.main.name if operation is None else operation.kind

    def needed(self, step: PlayStep) -> str:
        """The id of the step's job; `Inconclusive` without one."""
        return self.cast.needed(step, self.kind(step), seeded_exist=self.ours)

    def request(self, step: PlayStep) -> Request:
        """The request; `Inconclusive` where something that it needs is not known."""
        words, operation = self.cast.words(step, self.kind(step)), self.operation(step)
        key = woven(step.key, words) or self.key
        worn = {} if key == NO_KEY else self.era.wears(key)
        named = {"x-mock-job": step.name} if step.name and self.ours else {}
        given = _filled(step.headers, words)
        headers = {name.lower(): value for name, value in (*worn.items(), *named.items(), *given)}
        if operation is None:
            assert step.call is not None  # noqa: S101 -- what is no operation is a call
            return self._called(step, step.call, words, headers)
        return self._named(step, operation, words, headers)

    def _called(self, step: PlayStep, call: HttpCall, words: Words, headers: dict[str, str]) -> Request:
        if "{job}" in call.path:
            self.needed(step)
        path, _, query = self._path(call.path, words).partition("?")
        query = "&".join(filter(None, (query, urlencode(_filled(step.query, words)))))
        return _shaped(call.method, path, query, headers, filled(call.body, words))

    def _path(self, path: str, words: Words) -> str:
        """A path with its words put in; a URL that the server has handed out is the path that it leads to."""
        base = self.cast.base

        def made(value: str) -> str:
            return value.removeprefix(base) if value.startswith(f"{base}/") else quote(value, safe="")

        found = woven(path, words, made)
        if not found.startswith("/"):
            raise Inconclusive(f"`{path}` does not lead to {base}")
        return found

    def _named(self, step: PlayStep, operation: Operation, words: Words, headers: dict[str, str]) -> Request:
        job_id = self.needed(step) if operation.picks else ""
        path, usual, body = placed(operation, job_id, filled(self._body(step, operation), words))
        said = {key for key, _ in step.query}
        query = [*((key, value) for key, value in usual.items() if key not in said), *_filled(step.query, words)]
        return _shaped(operation.method, path, urlencode(query), headers, body)

    def _body(self, step: PlayStep, operation: Operation) -> Any:
        """What the step sends, else the vendor's example of it."""
        if step.send is not None or operation.body in (Body.NONE, Body.OPTIONAL) or operation.method == "GET":
            return step.send
        if operation.needs:
            return dict(operation.needs)
        makes = not operation.picks and operation.kind in self.era.kinds
        return dict(self.era.kinds[operation.kind].example) if makes else None


def _filled(pairs: Pairs, words: Words) -> list[tuple[str, str]]:
    return [(name, woven(value, words)) for name, value in pairs]


def _shaped(method: str, path: str, query: str, headers: dict[str, str], body: Any) -> Request:
    """A request; text goes as it is, anything else as JSON."""
    if body is None:
        return Request(method, path, query, headers)
    data = body.encode() if isinstance(body, str) else orjson.dumps(body)
    return Request(method, path, query, {"content-type": "application/json", **headers}, data)
