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
from mockserver.vendors.api import Answer, Call, Operation, StoreView

_TOKEN: Final = re.compile(r"(code|state)\s*=\s*\"?([A-Za-z0-9_-]{1,40})\"?", re.ASCII)
ERROR_STATUSES: Final = range(400, 600)


def preferred_answer(call: Call, operation: Operation) -> Answer | None:
    """The answer that the request's `Prefer` asks for, or None where it asks for nothing that can be had."""
    for part in re.split("[,;]", call.request.headers.get("prefer", "")):
        token = _TOKEN.fullmatch(part.strip())
        if token is not None:
            answer = _PREFERENCES[token[1]](call, operation, token[2])
            if answer is not None and answer.websocket is None:
                return _with_preference(answer, f"{token[1]}={token[2]}")
    return None


def _with_preference(answer: Answer, preference: str) -> Answer:
    """The answer alone: what it would have changed does not happen, and nobody may keep it."""
    headers = (*answer.response.headers, ("Preference-Applied", preference))
    return Answer(answer.response._replace(headers=headers))


def _answer_with_code(call: Call, operation: Operation, value: str) -> Answer | None:
    if not value.isdecimal() or int(value) not in ERROR_STATUSES:
        return None
    return Answer(call.era.render_status_error(call, int(value), f"{operation.name} was asked for it by Prefer"))


def _answer_in_state(call: Call, operation: Operation, value: str) -> Answer | None:
    kind = call.era.kinds.get(operation.kind)
    if kind is None or value not in kind.lifecycle.states or not operation.about_one_job:
        return None
    shown = replace(call)
    shown.view = cast("StoreView", _MovedView(call.view, operation.kind, value, call.now))
    return operation.handler(shown)


_PREFERENCES: Final = {"code": _answer_with_code, "state": _answer_in_state}


class _MovedView:
    """A view in which every job of one kind has just been moved to a state; everything else is as it is."""

    def __init__(self, base: StoreView, kind: str, state: str, now: Instant) -> None:
        self._base, self._kind, self._state, self._now = base, kind, state, now

    def job(self, kind: str, job_id: str) -> Job | None:
        """The job, moved."""
        found = self._base.job(kind, job_id)
        if found is None or kind != self._kind:
            return found
        return found.with_input(Input(self._now, self._base.next_seq(), MOVE, self._state))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._base, name)
