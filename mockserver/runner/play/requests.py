"""From a step to the request that a client would send."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from mockserver.core.wire import Request
from mockserver.runner.calls import request_parts
from mockserver.runner.play.state import PlayState
from mockserver.runner.targets.target import Inconclusive
from mockserver.scenario.model import HttpCall, NameValuePairs, PlayStep
from mockserver.scenario.placeholders import PlaceholderLookup, interpolate, substitute
from mockserver.scenario.steps import NO_KEY
from mockserver.vendors.api import BodyPolicy, Era, Operation


@dataclass(frozen=True)
class RequestBuilder:
    """Makes the requests of one play."""

    era: Era
    state: PlayState
    api_key: str
    """The API key of every request that names no other."""
    is_mock: bool
    """Whether the target is one of ours: the scenario's jobs exist there."""

    def operation(self, step: PlayStep) -> Operation | None:
        """The operation that a step names; None for a `call`."""
        found = self.era.operation(step.operation)
        if found is None and step.call is None:
            raise Inconclusive(f"{self.era.pin} has no operation {step.operation!r}")
        return found

    def job_kind(self, step: PlayStep) -> str:
        """The kind of the job that a step is about."""
        operation = self.era.operation(step.operation)
        return self.era.main_kind.name if operation is None else operation.kind

    def require_job_id(self, step: PlayStep) -> str:
        """The id of the step's job; `Inconclusive` without one."""
        return self.state.require_job_id(step, self.job_kind(step), has_seeded_jobs=self.is_mock)

    def build(self, step: PlayStep) -> Request:
        """The request; `Inconclusive` where something that it needs is not known."""
        words, operation = self.state.placeholder_lookup(step, self.job_kind(step)), self.operation(step)
        key = interpolate(step.key, words) or self.api_key
        worn = {} if key == NO_KEY else self.era.auth_headers(key)
        named = {"x-mock-job": step.job_name} if step.job_name and self.is_mock else {}
        given = _substitute_pairs(step.headers, words)
        headers = {name.lower(): value for name, value in (*worn.items(), *named.items(), *given)}
        if operation is None:
            assert step.call is not None  # noqa: S101 -- what is no operation is a call
            return self._raw_call(step, step.call, words, headers)
        return self._operation_call(step, operation, words, headers)

    def _raw_call(self, step: PlayStep, call: HttpCall, lookup: PlaceholderLookup, headers: dict[str, str]) -> Request:
        if "{job}" in call.path:
            self.require_job_id(step)
        path, _, query = self._resolve_path(call.path, lookup).partition("?")
        query = "&".join(filter(None, (query, urlencode(_substitute_pairs(step.query, lookup)))))
        return _make_request(call.method, path, query, headers, substitute(call.body, lookup))

    def _resolve_path(self, path: str, lookup: PlaceholderLookup) -> str:
        """A path with its words put in; a URL that the server has handed out is the path that it leads to."""
        base = self.state.base_url

        def made(value: str) -> str:
            return value.removeprefix(base) if value.startswith(f"{base}/") else quote(value, safe="")

        found = interpolate(path, lookup, made)
        if not found.startswith("/"):
            raise Inconclusive(f"`{path}` does not lead to {base}")
        return found

    def _operation_call(
        self, step: PlayStep, operation: Operation, lookup: PlaceholderLookup, headers: dict[str, str]
    ) -> Request:
        job_id = self.require_job_id(step) if operation.about_one_job else ""
        path, usual, body = request_parts(operation, job_id, substitute(self._body_to_send(step, operation), lookup))
        said = {key for key, _ in step.query}
        query = [
            *((key, value) for key, value in usual.items() if key not in said),
            *_substitute_pairs(step.query, lookup),
        ]
        return _make_request(operation.method, path, urlencode(query), headers, body)

    def _body_to_send(self, step: PlayStep, operation: Operation) -> Any:
        """What the step sends, else the vendor's example of it."""
        if (
            step.send is not None
            or operation.body in (BodyPolicy.NONE, BodyPolicy.OPTIONAL)
            or operation.method == "GET"
        ):
            return step.send
        if operation.example_params:
            return dict(operation.example_params)
        makes = not operation.about_one_job and operation.kind in self.era.kinds
        return dict(self.era.kinds[operation.kind].example) if makes else None


def _substitute_pairs(pairs: NameValuePairs, lookup: PlaceholderLookup) -> list[tuple[str, str]]:
    return [(name, interpolate(value, lookup)) for name, value in pairs]


def _make_request(method: str, path: str, query: str, headers: dict[str, str], body: Any) -> Request:
    """A request; text goes as it is, anything else as JSON."""
    if body is None:
        return Request(method, path, query, headers)
    data = body.encode() if isinstance(body, str) else orjson.dumps(body)
    return Request(method, path, query, {"content-type": "application/json", **headers}, data)
