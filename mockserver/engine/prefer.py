"""`Prefer: code=409` and `Prefer: state=completed`: one answer that the job alone would not give (RFC 7240).

For a request by hand, or for a test of one error path without a scenario. Nothing happens to any job: the answer is
the vendor's for that status, or for a job in that state, and `Preference-Applied` confirms it. A preference that cannot
be met is ignored, as the RFC demands, and that header is absent.
"""

import re
from dataclasses import replace
from typing import Final

from mockserver.core.instants import Instant
from mockserver.core.job import MOVE, Input, Job
from mockserver.core.wire import Response
from mockserver.engine.views import DelegatingView
from mockserver.vendors.api import Answer, Call, Operation, StoreView

_PREFERENCE: Final = r"(?a)(code|state)\s*=\s*\"?([A-Za-z0-9_-]{1,40})\"?"
APPLIED_HEADER: Final = "Preference-Applied"
ERROR_STATUSES: Final = range(400, 600)


def preferred_answer(call: Call, operation: Operation) -> Answer | None:
    """Return the answer that the request's `Prefer` requests; None where it names nothing that can be had."""
    for part in re.split("[,;]", call.request.headers.get("prefer", "")):
        token = re.fullmatch(_PREFERENCE, part.strip())
        if token is None or _impossible_because(call, operation, token[1], token[2]) is not None:
            continue
        if token[1] == "code":
            detail = f"{operation.name} was asked for it by Prefer"
            answer = Answer(call.era.render_status_error(call, int(token[2]), detail))
        else:
            moved = _MovedView(call.view, operation.kind, token[2], call.now)
            answer = operation.handler(replace(call, view=moved))
        if answer.websocket is not None:
            continue
        # Only the response is kept: its changes do not happen, and nothing may cache it.
        applied = (APPLIED_HEADER, f"{token[1]}={token[2]}")
        return Answer(answer.response._replace(headers=(*answer.response.headers, applied)))
    return None


def unmet_preference(call: Call, response: Response) -> str | None:
    """Return why the preference of a request can never be met; None for one that can, or that is of another kind."""
    if call.operation is None or response.header(APPLIED_HEADER) is not None:
        return None
    for part in re.split("[,;]", call.request.headers.get("prefer", "")):
        token = re.fullmatch(_PREFERENCE, part.strip())
        reason = None if token is None else _impossible_because(call, call.operation, token[1], token[2])
        if token is not None and reason is not None:
            return f"Prefer: {token[1]}={token[2]} is ignored: {reason}"
    return None


def _impossible_because(call: Call, operation: Operation, name: str, value: str) -> str | None:
    if name == "code":
        possible = value.isdecimal() and int(value) in ERROR_STATUSES
        return None if possible else f"code takes a status from {ERROR_STATUSES.start} to {ERROR_STATUSES.stop - 1}"
    kind = call.era.kinds.get(operation.kind)
    if kind is None or not operation.about_one_job:
        return f"{operation.name} is not about one job"
    states = kind.lifecycle.states
    return None if value in states else f"the states are {', '.join(states)}"


class _MovedView(DelegatingView):
    """A view in which the job of one kind that a request is about has just been moved to a state."""

    def __init__(self, base: StoreView, kind: str, state: str, now: Instant) -> None:
        super().__init__(base)
        self._kind = kind
        self._state = state
        self._now = now

    def job(self, kind: str, job_id: str) -> Job | None:
        """Return the job, moved."""
        found = self._base.job(kind, job_id)
        if found is None or kind != self._kind:
            return found
        return found.with_input(Input(self._now, self._base.next_seq(), MOVE, self._state))
