"""A cancel, of a batch or of a task: what the tables or the scenario decide, done and answered."""

from collections.abc import Callable

from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import Accept, AlreadyCancelled, Answer, Call
from mockserver.vendors.commands import (
    JobSnapshot,
    decide_cancel,
    make_answer,
    record_command,
    render_scripted,
    snapshot,
)
from mockserver.vendors.script import ScriptedResponse
from mockserver.vendors.twelvelabs.errors import refusal_response


def cancel_job(call: Call, job: Job, render: Callable[[JobSnapshot], Response]) -> Answer:
    """Cancel a job or not; `show` renders it as it is after an accepted cancel, or still is after a repeated one."""
    now = snapshot(job, call.now)
    verdict = decide_cancel(call, now)
    match verdict:
        case ScriptedResponse():
            return make_answer(render_scripted(call, verdict))
        case AlreadyCancelled():
            return make_answer(render(now))
        case Accept():
            canceled, changes = record_command(call, job, name="cancel")
            return make_answer(render(snapshot(canceled, call.now)), *changes)
        case _:
            return make_answer(refusal_response(call, verdict.error))
