"""Asks a vendor's own create operations whether they accept a body, before any session exists."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Unpack

from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.core.ratelimit import LimitWindow
from mockserver.core.wire import Request, Response
from mockserver.vendors.answer import JobFilter
from mockserver.vendors.model import Call, Era, Operation
from mockserver.vendors.planner import Planner
from mockserver.vendors.script import Script

_NOW: Final[Instant] = 1_800_000_000_000_000
"""Any instant will do: no body depends on it."""


class _EmptyView:
    """A store without jobs (a `StoreView`)."""

    def job(self, kind: str, job_id: str) -> Job | None:
        return None

    def item(self, item_id: str) -> tuple[Job, int] | None:
        return None

    def jobs(self, kind: str, now: Instant, **wanted: Unpack[JobFilter]) -> Iterator[Job]:
        return iter(())

    def count(self, kind: str, now: Instant, *, states: frozenset[str] | None = None, since: Instant = 0) -> int:
        return 0

    def next_number(self, kind: str) -> int:
        return 1

    def next_seq(self) -> int:
        return 1

    def window(self, bucket: tuple[str, str]) -> LimitWindow | None:
        return None


def create_refusal(
    eras: Iterable[Era], script: Script, kind_name: str, body: Mapping[str, Any], operation_name: str | None = None
) -> Response | None:
    """Return the vendor's answer to a create with that body if it refuses it; None where it accepts it.

    The first of the eras that accepts its own example decides: one that refuses every create says nothing about this
    one. A kind with several create operations accepts what one of them does, unless `operation_name` is the one meant.
    """
    for era in eras:
        kind = era.kinds.get(kind_name)
        if kind is None:
            continue
        creates = [
            one
            for one in era.operations
            if one.creates and one.kind == kind.name and one.body.requires_object and operation_name in (None, one.name)
        ]
        if any(_answer(era, script, one, one.example_params or kind.example).status < 300 for one in creates):
            answers = [_answer(era, script, operation, body) for operation in creates]
            return None if any(answer.status < 300 for answer in answers) else answers[0]
    return None


def _answer(era: Era, script: Script, operation: Operation, body: Mapping[str, Any]) -> Response:
    call = Call(
        request=Request(operation.method, operation.path, headers=era.usual_headers),
        now=_NOW,
        era=era,
        script=script,
        view=_EmptyView(),
        job_factory=Planner(era, script, ""),
        base_url="",
        seed="",
        request_id="",
        operation=operation,
        body=dict(body),
    )
    return operation.handler(call).response
