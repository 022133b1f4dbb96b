"""What a request would have been answered at another time: the same question, asked of the same pure functions."""

from typing import NamedTuple

from mockserver.core.instants import Instant
from mockserver.core.wire import Response
from mockserver.engine.explain.job import MAX_STATES, ExplainedRequest, answer_spans, status_at
from mockserver.engine.explain.past import repeat_request
from mockserver.engine.journal import JournalEntry
from mockserver.engine.router import NoMatch
from mockserver.engine.session import Session
from mockserver.vendors.api import FOREVER


class TimedAnswer(NamedTuple):
    """The answer that a request gets in a part of its job's course."""

    since: Instant
    until: Instant | None
    """None: for good."""
    state: str
    """The job's state."""
    status: int


def answer_at(session: Session, entry: JournalEntry, at: Instant) -> Response:
    """Return the answer to a journaled request at another instant, by the vendor and the scenario alone.

    What happened to its job between both instants, if that is later, is left out: time alone brings the job there.
    Raises `TooManyJobs`.
    """
    context = session.context(entry.vendor)
    match = context.router.match(entry.request.method, entry.request.path)
    kind = "" if isinstance(match, NoMatch) else match.operation.kind
    return repeat_request(context, entry, kind, at, session.base_url).response


def answer_times(session: Session, entry: JournalEntry) -> list[TimedAnswer]:
    """Return what a request about one job would have been answered when; nothing for a request about no job.

    The job is taken as the request found it, and time alone moves it on. Raises `TooManyJobs`.
    """
    context = session.context(entry.vendor)
    match = context.router.match(entry.request.method, entry.request.path)
    if isinstance(match, NoMatch):
        return []
    job = context.store.job(match.operation.kind, entry.job_id)
    if job is None or match.operation.creates:
        return []
    case = ExplainedRequest(context, entry, match.operation, job)
    return [
        TimedAnswer(
            since=span.start,
            until=None if span.end == FOREVER else span.end,
            state=span.state_span.state,
            status=status_at(case, span.start),
        )
        for span in answer_spans(case)[:MAX_STATES]
    ]
