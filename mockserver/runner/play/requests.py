"""The requests of a play: from a step to what a client would send."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from mockserver.core.wire import Request
from mockserver.runner.calls import request_parts
from mockserver.runner.play.state import PlayState
from mockserver.runner.targets.target import Inconclusive
from mockserver.scenario.placeholders import PlaceholderLookup, interpolate, substitute
from mockserver.scenario.play_model import HttpCall, NameValuePairs, PlayStep
from mockserver.scenario.steps import NO_KEY
from mockserver.vendors.api import BodyFormat, Era, Operation
from mockserver.vendors.bodies import MEDIA_TYPES, encode_body
from mockserver.vendors.faults import ABSENT
from mockserver.vendors.planner import with_request_for_each_item
from mockserver.vendors.script import Script


@dataclass(frozen=True)
class RequestBuilder:
    """Builds the requests of one play."""

    era: Era
    state: PlayState
    api_key: str
    """The API key of every request that names no other."""
    is_mock: bool
    """True if the target has the scenario's seeded jobs."""
    script: Script
    """The scripted items of a batch are in it: a create that sends the vendor's example has one request for each."""

    def job_kind(self, step: PlayStep) -> str:
        """Return the kind of job that a step is about."""
        operation = self.era.operation(step.operation)
        if operation is not None:
            return operation.kind
        return step.kind or self.era.main_kind.name

    def require_job_id(self, step: PlayStep) -> str:
        """Return the id of the step's job. Raises `Inconclusive` without one."""
        return self.state.require_job_id(step, self.job_kind(step), has_seeded_jobs=self.is_mock)

    def build(self, step: PlayStep) -> Request:
        """Build the request of a step. Raises `Inconclusive` if something that it needs is not known."""
        lookup = self.state.placeholder_lookup(step, self.job_kind(step))
        operation = self.era.operation(step.operation)
        if operation is None and step.call is None:
            raise Inconclusive(f"{self.era.pin} has no operation {step.operation!r}")
        key = self.api_key
        if step.key is not None:
            key = interpolate(step.key, lookup)
        named = dict(self.era.usual_headers)
        if key != NO_KEY:
            named.update(self.era.auth_headers(key))
        if step.job_name and self.is_mock:
            named["x-mock-job"] = step.job_name
        # A step's own headers win over those that every request has.
        pairs = [*named.items(), *_substitute_pairs(step.headers, lookup)]
        headers = {name.lower(): value for name, value in pairs}
        if operation is not None:
            return _without_absent(self._operation_call(step, operation, lookup, headers))
        assert step.call is not None  # noqa: S101 -- a step without an operation has a call
        return _without_absent(self._raw_call(step, step.call, lookup, headers))

    def _raw_call(self, step: PlayStep, call: HttpCall, lookup: PlaceholderLookup, headers: dict[str, str]) -> Request:
        if "{job}" in call.path:
            self.require_job_id(step)
        base = self.state.base_url

        def to_path(value: str) -> str:
            # A URL that the server has handed out becomes its path.
            if value.startswith(f"{base}/"):
                return value.removeprefix(base)
            return quote(value, safe="")

        target = interpolate(call.path, lookup, to_path)
        if not target.startswith("/"):
            raise Inconclusive(f"`{call.path}` does not lead to {base}")
        path, _, path_query = target.partition("?")
        query = "&".join(filter(None, (path_query, urlencode(_substitute_pairs(step.query, lookup)))))
        body_format, body = call.sent_as, substitute(call.body, lookup)
        return _make_request(Request(call.method, path, query, headers), body_format, body)

    def _operation_call(
        self, step: PlayStep, operation: Operation, lookup: PlaceholderLookup, headers: dict[str, str]
    ) -> Request:
        job_id = self.require_job_id(step) if operation.about_one_job else ""
        to_send = step.send
        takes_example = operation.body.required and operation.method != "GET"
        if to_send is None and takes_example:
            if operation.example_params:
                to_send = dict(operation.example_params)
            elif operation.kind in self.era.kinds and not operation.about_one_job:
                to_send = dict(self.era.kinds[operation.kind].example)
            if operation.creates and (kind := self.era.kinds[operation.kind]).batch is not None:
                items = self.script.items_of(operation.kind)
                to_send = with_request_for_each_item(to_send or {}, items, kind.items_field)
        path, defaults, body = request_parts(operation, job_id, substitute(to_send, lookup))
        # A parameter of the step replaces the default of its name, and may itself be repeated.
        own_names = {name for name, _ in step.query}
        query = [(name, value) for name, value in defaults.items() if name not in own_names]
        query += _substitute_pairs(step.query, lookup)
        formats = [each for each in operation.body.formats if each in MEDIA_TYPES]
        body_format = step.sent_as or next(iter(formats), BodyFormat.JSON)
        return _make_request(Request(operation.method, path, urlencode(query), headers), body_format, body)


def _substitute_pairs(pairs: NameValuePairs, lookup: PlaceholderLookup) -> list[tuple[str, str]]:
    return [(name, interpolate(value, lookup)) for name, value in pairs]


def _without_absent(request: Request) -> Request:
    """Return a request without the headers that its step leaves out."""
    return request._replace(headers={name: value for name, value in request.headers.items() if value != ABSENT})


def _make_request(request: Request, body_format: BodyFormat, body: Any) -> Request:
    """Return a request with a body: a text is sent as it is."""
    if body is None:
        return request
    if isinstance(body, str):
        content_type, data = MEDIA_TYPES[body_format], body.encode()
    else:
        content_type, data = encode_body(body_format, body)
    return request._replace(headers={"content-type": content_type, **request.headers}, body=data)
