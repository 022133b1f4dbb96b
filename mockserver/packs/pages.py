"""Compiles the pages of a list: by number, by an id, or by addresses with a cursor."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from mockserver.core.instants import parse_instant
from mockserver.core.job import Job
from mockserver.packs.facts import Facts, Render
from mockserver.packs.kinds import CompiledKind
from mockserver.packs.node_access import members_of
from mockserver.scenario import values
from mockserver.scenario.nodes import Node
from mockserver.vendors import checks
from mockserver.vendors.api import Call, JobFilter
from mockserver.vendors.checks import FieldSpec

_DEFAULT_SIZE: Final = 20
_MAX_PAGE: Final = 999_999_999
_ASCENDING: Final = "asc"
_DESCENDING: Final = "desc"


class PageRequest(NamedTuple):
    """Which page a call asks for."""

    size: int
    number: int
    after: str
    """The id in front of the page; empty: from the start."""
    before: str
    """The id behind the page; empty: none."""


class Pages:
    """The pages of one list operation."""

    def __init__(
        self, node: Node | None, kind: CompiledKind, render_job: Render, path: str, where: Mapping[str, Render]
    ) -> None:
        options = members_of(node)

        def text(name: str) -> str:
            return values.as_text(options.get(name))

        self._kind = kind
        self._render_job = render_job
        self._path = path
        self.by = text("by") or "id"
        self.size = values.as_int(options.get("size"), _DEFAULT_SIZE)
        self.max_size = values.as_int(options.get("max_size"), self.size)
        self._size_query = text("size_query")
        self._number = text("number")
        self._after = text("after")
        self._before = text("before")
        self._cursor = text("cursor")
        self._since = text("since")
        self._until = text("until")
        self._state = text("state")
        self._order = _ASCENDING if text("order") == "oldest" else _DESCENDING
        self._order_query = text("order_query")
        self._where = where

    def query_fields(self) -> dict[str, FieldSpec]:
        """Return the fields of the query that the pages need."""
        fields = {}
        if self._size_query:
            fields[self._size_query] = FieldSpec(checks.integer_text(1, self.max_size))
        if self._number:
            fields[self._number] = FieldSpec(checks.integer_text(1, _MAX_PAGE))
        if self._order_query:
            fields[self._order_query] = FieldSpec(checks.one_of(_ASCENDING, _DESCENDING))
        return fields

    def facts(self, facts: Facts, call: Call) -> Facts:
        """Return the facts with `$page` of the call's page."""
        request = self._request(call)
        start = (request.number - 1) * request.size if self.by == "number" else 0
        jobs = list(islice(self._jobs(facts, call, request), start, start + request.size + 1))
        if request.before:
            jobs = self._before_id(facts, call, request)
        shown = jobs[-request.size :] if request.before else jobs[: request.size]
        has_more = len(jobs) > request.size
        page: dict[str, Any] = {
            "jobs": [self._render_job(replace(facts, now=self._kind.snapshot(job, facts.at))) for job in shown],
            "first_id": shown[0].id if shown else None,
            "last_id": shown[-1].id if shown else None,
            "has_more": has_more,
            "number": request.number,
            "size": request.size,
        }
        if self.by == "number":
            page["total"] = self._count(facts, call, request)
            page["pages"] = -(-page["total"] // request.size)
        if self.by == "cursor":
            page["next_url"] = self._page_url(facts, call, shown[-1].id) if has_more else None
            page["previous_url"] = self._previous_url(facts, call, request)
        return replace(facts, extra={**facts.extra, "page": page})

    def _request(self, call: Call) -> PageRequest:
        number = int(_asked(call, self._number) or 1)
        size = int(_asked(call, self._size_query) or self.size)
        after = _asked(call, self._after)
        if self.by == "cursor":
            after = _decode_cursor(call.query(self._cursor))
        return PageRequest(size, number, after, _asked(call, self._before))

    def _filter(self, call: Call) -> JobFilter:
        wanted: JobFilter = {}
        state = _asked(call, self._state)
        if state:
            wanted["states"] = frozenset({state})
        since = parse_instant(_asked(call, self._since))
        if since is not None:
            wanted["since"] = since
        return wanted

    def _count(self, facts: Facts, call: Call, request: PageRequest) -> int:
        if any(_asked(call, name) for name in self._where):
            return sum(1 for _ in self._jobs(facts, call, request))
        wanted = self._filter(call)
        return call.view.count(self._kind.name, call.now, states=wanted.get("states"), since=wanted.get("since", 0))

    def _jobs(self, facts: Facts, call: Call, request: PageRequest) -> Iterator[Job]:
        wanted = self._filter(call)
        wanted["oldest_first"] = (_asked(call, self._order_query) or self._order) == _ASCENDING
        if request.after:
            wanted["after"] = request.after
        until = parse_instant(_asked(call, self._until))
        equal = {name: asked for name in self._where if (asked := _asked(call, name))}
        for job in call.view.jobs(self._kind.name, call.now, **wanted):
            now = self._kind.snapshot(job, call.now)
            if (until is not None and job.created >= until) or self._kind.is_gone(now, call.now):
                continue
            if all(self._where[name](replace(facts, now=now)) == asked for name, asked in equal.items()):
                yield job

    def _before_id(self, facts: Facts, call: Call, request: PageRequest) -> list[Job]:
        """Return the jobs in front of an id: a page of them, and one more if there is one."""
        in_front: list[Job] = []
        for job in self._jobs(facts, call, request._replace(after="")):
            if job.id == request.before:
                break
            in_front = [*in_front[-request.size :], job]
        return in_front

    def _page_url(self, facts: Facts, call: Call, after: str) -> str:
        cursor = urlsafe_b64encode(f"cursor:{after}".encode()).decode()
        others = [(name, value) for name, value in call.request.query_parameters() if name != self._cursor]
        query = urlencode([*others, (self._cursor, cursor)])
        return f"{facts.base_url}{self._path}?{query}"

    def _previous_url(self, facts: Facts, call: Call, request: PageRequest) -> str | None:
        if not request.after:
            return None
        # The page in front ends with the id behind which this page starts.
        in_front = [job.id for job in self._before_id(facts, call, request._replace(before=request.after))]
        start = in_front[-request.size] if len(in_front) >= request.size else ""
        return self._page_url(facts, call, start)


def _asked(call: Call, parameter: str) -> str:
    """Return the value of a query parameter; empty where the list has no such parameter."""
    if not parameter:
        return ""
    return call.query(parameter)


def _decode_cursor(cursor: str) -> str:
    """Return the id in a cursor; empty for none, and for one that no answer had."""
    try:
        return urlsafe_b64decode(cursor.encode()).decode().partition("cursor:")[2]
    except ValueError:
        return ""
