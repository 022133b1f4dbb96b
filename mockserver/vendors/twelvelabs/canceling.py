"""A cancel, of a batch or of a task: what the tables or the scenario decide, done and answered."""

from collections.abc import Callable

from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import Accept, Answer, Call, Repeat
from mockserver.vendors.commands import Now, answer, apply, cancel_verdict, look, scripted
from mockserver.vendors.script import Scripted
from mockserver.vendors.twelvelabs.errors import refusal


def cancel(call: Call, job: Job, show: Callable[[Now], Response]) -> Answer:
    """Cancel a job or not; `show` renders it as it is after an accepted cancel, or still is after a repeated one."""
    now = look(job, call.now)
    verdict = cancel_verdict(call, now)
    match verdict:
        case Scripted():
            return answer(scripted(call, verdict))
        case Repeat():
            return answer(show(now))
        case Accept():
            canceled, changes = apply(call, job, name="cancel")
            return answer(show(look(canceled, call.now)), *changes)
        case _:
            return answer(refusal(call, verdict.error))
