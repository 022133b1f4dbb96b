"""Finds the jobs in an exchange: by its operation's bindings, in paths, queries, bodies and lists.

A body is read with a fast reader here; that it is clean JSON is the schema judge's business.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from mockserver.contract.capture import Capture, Operation
from mockserver.contract.rules.book import Book
from mockserver.contract.rules.conditions import at
from mockserver.contract.rules.resources import Binding, Resource
from mockserver.core.wire import Exchange, Request

LONGEST_ID: Final = 200
_OURS: Final = re.compile(r"(?:/s/[^/]+)?(?:/v/[a-z0-9_-]+)?(?=/)")
"""What our own server lets precede a vendor's path: a session, a vendor."""


class Sight(NamedTuple):
    """One job in one exchange."""

    resource: Resource
    binding: Binding
    job_id: str
    body: Any
    """The job as the answer shows it; None where it does not."""


class Found(NamedTuple):
    """An operation and the parameters of its path."""

    operation: Operation
    params: Mapping[str, str]


class Routes:
    """The operations of a capture; of the paths asked for last, without looking again."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self.find = lru_cache(maxsize=512)(self._find)

    def _find(self, method: str, path: str) -> Found | None:
        """The operation of a call; HEAD finds GET's."""
        matched = self._capture.match(method, path)
        return None if matched is None else Found(*matched)


def bare_path(path: str) -> str:
    """A request's path without what our own server lets precede it."""
    match = _OURS.match(path)
    return path[match.end() :] if match else path


def bare(exchange: Exchange) -> Exchange:
    """An exchange with its `bare_path`."""
    request = exchange.request
    path = bare_path(request.path)
    return exchange if path == request.path else exchange._replace(request=replace(request, path=path))


def read_body(data: bytes) -> Any:
    """A body as JSON; None where it is none."""
    try:
        return orjson.loads(data) if data else None
    except orjson.JSONDecodeError:
        return None


def read_lines(data: bytes) -> list[Any]:
    """The lines of a JSON Lines body that can be read."""
    return [value for line in data.splitlines() if (value := read_body(line)) is not None]


class Eyes:
    """Sees the jobs in exchanges, by a book."""

    def __init__(self, book: Book) -> None:
        self._bound: dict[str, list[tuple[Resource, Binding]]] = {}
        for resource in book.resources.values():
            for name, binding in resource.bindings.items():
                self._bound.setdefault(name, []).append((resource, binding))

    def bindings(self, operation: str) -> list[tuple[Resource, Binding]]:
        """The kinds of job an operation has to do with."""
        return self._bound.get(operation, [])

    def sights(self, found: Found, request: Request, status: int, data: bytes, body: Any) -> Iterator[Sight]:
        """Every job in an exchange; `status` 0 and no body for one that was not answered."""
        for resource, binding in self.bindings(found.operation.id):
            if binding.each is not None or binding.lines:
                yield from _listed(resource, binding, status, data, body)
            else:
                job_id = named_id(binding, found.params, request, body)
                if job_id:
                    yield Sight(resource, binding, job_id, _shown(binding, status, body))


def _shown(binding: Binding, status: int, body: Any) -> Any:
    path = binding.shows.get(status)
    shown = at(body, path) if path is not None else None
    return shown if isinstance(shown, dict) else None


def _listed(resource: Resource, binding: Binding, status: int, data: bytes, body: Any) -> Iterator[Sight]:
    if status not in binding.shows:
        return
    entries = read_lines(data) if binding.lines else at(body, binding.each or ())
    for entry in entries if isinstance(entries, list) else ():
        job_id = _text(at(entry, binding.path))
        if job_id and isinstance(entry, dict):
            yield Sight(resource, binding, job_id, entry)


def named_id(binding: Binding, params: Mapping[str, str], request: Request, body: Any) -> str:
    """The id of the job that a call is about; empty where it names none."""
    if binding.place == "path":
        return _text(params.get(binding.name))
    if binding.place == "query":
        return _text(dict(request.parameters()).get(binding.name))
    return _text(at(body if binding.place == "answer" else read_body(request.body), binding.path))


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= LONGEST_ID else ""
