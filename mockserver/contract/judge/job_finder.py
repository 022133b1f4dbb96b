"""Finds the jobs in an exchange: by its operation's bindings, in paths, queries, bodies and lists.

A body is read with a fast reader here; that it is clean JSON is the schema judge's business.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from mockserver.contract.documents.capture import Capture, DocumentedOperation
from mockserver.contract.rules.conditions import value_at
from mockserver.contract.rules.resources import OperationBinding, Resource
from mockserver.contract.rules.rule_set import RuleSet
from mockserver.core.wire import Exchange, Request

MAX_ID_LENGTH: Final = 200
_MOCK_PATH_PREFIX: Final = re.compile(r"(?:/s/[^/]+)?(?:/v/[a-z0-9_-]+)?(?=/)")
"""What our own server lets precede a vendor's path: a session, a vendor."""


class JobMention(NamedTuple):
    """One job in one exchange."""

    resource: Resource
    binding: OperationBinding
    job_id: str
    body: Any
    """The job as the answer shows it; None where it does not."""


class OperationMatch(NamedTuple):
    """An operation and the parameters of its path."""

    operation: DocumentedOperation
    params: Mapping[str, str]


class OperationRouter:
    """The operations of a capture; of the paths asked for last, without looking again."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self.find = lru_cache(maxsize=512)(self._find_uncached)

    def _find_uncached(self, method: str, path: str) -> OperationMatch | None:
        """The operation of a call; HEAD finds GET's."""
        matched = self._capture.match(method, path)
        return None if matched is None else OperationMatch(*matched)


def vendor_path(path: str) -> str:
    """A request's path without what our own server lets precede it."""
    match = _MOCK_PATH_PREFIX.match(path)
    return path[match.end() :] if match else path


def with_vendor_path(exchange: Exchange) -> Exchange:
    """An exchange with its `bare_path`."""
    request = exchange.request
    path = vendor_path(request.path)
    return exchange if path == request.path else exchange._replace(request=replace(request, path=path))


def json_or_none(data: bytes) -> Any:
    """A body as JSON; None where it is none."""
    try:
        return orjson.loads(data) if data else None
    except orjson.JSONDecodeError:
        return None


def readable_json_lines(data: bytes) -> list[Any]:
    """The lines of a JSON Lines body that can be read."""
    return [value for line in data.splitlines() if (value := json_or_none(line)) is not None]


class JobFinder:
    """Sees the jobs in exchanges, by a book."""

    def __init__(self, rule_set: RuleSet) -> None:
        self._bindings_by_operation: dict[str, list[tuple[Resource, OperationBinding]]] = {}
        for resource in rule_set.resources.values():
            for name, binding in resource.bindings.items():
                self._bindings_by_operation.setdefault(name, []).append((resource, binding))

    def bindings(self, operation: str) -> list[tuple[Resource, OperationBinding]]:
        """The kinds of job an operation has to do with."""
        return self._bindings_by_operation.get(operation, [])

    def find_jobs(
        self, match: OperationMatch, request: Request, status: int, data: bytes, body: Any
    ) -> Iterator[JobMention]:
        """Every job in an exchange; `status` 0 and no body for one that was not answered."""
        for resource, binding in self.bindings(match.operation.id):
            if binding.list_path is not None or binding.is_json_lines:
                yield from _listed_jobs(resource, binding, status, data, body)
            else:
                job_id = find_job_id(binding, match.params, request, body)
                if job_id:
                    yield JobMention(resource, binding, job_id, _shown_job(binding, status, body))


def _shown_job(binding: OperationBinding, status: int, body: Any) -> Any:
    path = binding.shown_at.get(status)
    shown = value_at(body, path) if path is not None else None
    return shown if isinstance(shown, dict) else None


def _listed_jobs(
    resource: Resource, binding: OperationBinding, status: int, data: bytes, body: Any
) -> Iterator[JobMention]:
    if status not in binding.shown_at:
        return
    entries = readable_json_lines(data) if binding.is_json_lines else value_at(body, binding.list_path or ())
    for entry in entries if isinstance(entries, list) else ():
        job_id = _id_text(value_at(entry, binding.id_path))
        if job_id and isinstance(entry, dict):
            yield JobMention(resource, binding, job_id, entry)


def find_job_id(binding: OperationBinding, params: Mapping[str, str], request: Request, body: Any) -> str:
    """The id of the job that a call is about; empty where it names none."""
    if binding.id_place == "path":
        return _id_text(params.get(binding.id_name))
    if binding.id_place == "query":
        return _id_text(dict(request.query_parameters()).get(binding.id_name))
    return _id_text(value_at(body if binding.id_place == "answer" else json_or_none(request.body), binding.id_path))


def _id_text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= MAX_ID_LENGTH else ""
