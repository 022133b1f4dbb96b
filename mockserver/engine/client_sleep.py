"""How long a client sleeps after an answer: what a clock that polls move is moved by.

A client that polls in a loop sleeps between two reads of a job that has not ended, and before it repeats a request that
was refused for being too many. After any other answer it goes on at once. A poll whose answer a fault has altered (a
stale one, a 500, half a body) is repeated like any other, also when the job has ended meanwhile.
"""

from typing import Final

from mockserver.core.client_wait import parse_retry_after, requested_wait
from mockserver.core.instants import Duration
from mockserver.core.wire import Exchange, Request, json_or_none
from mockserver.engine.faults import FAULT_HEADER
from mockserver.engine.reply import Reply
from mockserver.engine.session import Session
from mockserver.vendors.commands import snapshot

BUSY_STATUSES: Final = frozenset({429, 503})
"""The statuses after which a client repeats the request later."""


def client_sleep(session: Session, request: Request, reply: Reply) -> Duration:
    """Return how long the client sleeps after a reply: as long as the answer asks for, else the clock's own step.

    0 if the clock has no step, or if the client has no reason to sleep.
    """
    step = session.clock.poll_step
    if not step:
        return 0
    exchange = Exchange(request, reply.response, reply.at, reply.at)
    if reply.response.status in BUSY_STATUSES:
        return parse_retry_after(exchange) or step
    if not _reads_running_job(session, reply):
        return 0
    return requested_wait(exchange, json_or_none(reply.response.body)) or step


def _reads_running_job(session: Session, reply: Reply) -> bool:
    context = session.vendors.get(reply.vendor)
    operation = None if context is None else context.era.operation(reply.operation)
    if context is None or operation is None or not operation.polls:
        return False
    job = context.store.job(reply.kind, reply.job_id)
    if job is None:
        return False
    # Behind an altered answer the client cannot know that the job has ended.
    is_altered = reply.response.header(FAULT_HEADER) is not None
    return is_altered or not snapshot(job, reply.at).terminal
