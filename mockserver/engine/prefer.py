"""`Prefer: code=409` and `Prefer: state=completed`: one answer otherwise than the job would have it (RFC 7240).

For a request by hand, or a test of one error path without a scenario. Nothing happens to any job: the answer is the
vendor's for that status, or for a job in that state, and `Preference-Applied` says so. A preference that cannot be
honoured is ignored, as the RFC wants it, and that header is absent.
"""

import re
from dataclasses import replace
from typing import Any, Final, cast

from mockserver.core.instants import Instant
from mockserver.core.job import MOVE, Input, Job
from mockserver.vendors.api import Answer, Call, Operation, View

_TOKEN: Final = re.compile(r"(code|state)\s*=\s*\"?([A-Za-z0-9_-]{1,40})\"?", re.ASCII)
ERRORS: Final = range(400, 600)


def preferred(call: Call, operation: Operation) -> Answer | None:
    """The answer that the request's `Prefer` asks for, or None where it asks for nothing that can be had."""
    for part in re.split("[,;]", call.request.headers.get("prefer", "")):
        token = _TOKEN.fullmatch(part.strip())
        if token is not None:
            answer = _ASKED[token[1]](call, operation, token[2])
            if answer is not None and answer.opens is None:
                return _applied(answer, f"{token[1]}={token[2]}")
    return None


def _applied(answer: Answer, what: str) -> Answer:
    """The answer alone: what it would have changed does not happen, and nobody may keep it."""
    headers = (*answer.response.headers, ("Preference-Applied", what))
    return Answer(answer.response._replace(headers=headers))


def _code(call: Call, operation: Operation, value: str) -> Answer | None:
    if not value.isdecimal() or int(value) not in ERRORS:
        return None
    return Answer(call.era.error(call, int(value), f"{operation.name} was asked for it by Prefer"))


def _state(call: Call, operation: Operation, value: str) -> Answer | None:
    kind = call.era.kinds.get(operation.kind)
    if kind is None or value not in kind.lifecycle.states or not operation.picks:
        return None
    shown = replace(call)
    shown.view = cast("View", _Shown(call.view, operation.kind, value, call.now))
    return operation.handler(shown)


_ASKED: Final = {"code": _code, "state": _state}


class _Shown:
    """A view in which every job of one kind has just been moved to a state; everything else is as it is."""

    def __init__(self, under: View, kind: str, state: str, now: Instant) -> None:
        self._under, self._kind, self._state, self._now = under, kind, state, now

    def job(self, kind: str, job_id: str) -> Job | None:
        """The job, moved."""
        found = self._under.job(kind, job_id)
        if found is None or kind != self._kind:
            return found
        return found.with_input(Input(self._now, self._under.next_seq(), MOVE, self._state))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._under, name)
