"""What becomes of an answer when it is given: who may know of it, how far things were, what a judge said."""

from typing import Final, NamedTuple

from mockserver.core.instants import Instant
from mockserver.core.transmission import NORMAL, Transmission
from mockserver.core.wire import Exchange, Request, Response
from mockserver.engine.journal import NO_WATERMARK, Watermark
from mockserver.engine.router import NoMatch
from mockserver.engine.store import Store
from mockserver.vendors.api import Answer, AppendInput, Call, CreateJob
from mockserver.vendors.websocket import SocketScript

FINDINGS_HEADER: Final = "X-Mock-Findings"
MAX_FINDINGS: Final = 20
"""Rules that the header names; of more, only how many."""


class HandledRequest(NamedTuple):
    """An answer that is committed, the call as far as it got, and the near miss where no operation was meant."""

    answer: Answer
    call: Call
    no_match: NoMatch | None

    @property
    def created_job_id(self) -> str:
        """The id of the job that it made, or nothing."""
        return next((change.job.id for change in self.answer.changes if isinstance(change, CreateJob)), "")

    @property
    def operation_summary(self) -> tuple[str, str, bool]:
        """The operation's kind of job, its name, and whether it polls."""
        operation = self.call.operation
        return ("", "", False) if operation is None else (operation.kind, operation.name, operation.polls)


class Reply(NamedTuple):
    """An answer, and what the shell needs to send it again without asking."""

    response: Response
    request_id: str
    at: Instant
    vendor: str
    kind: str
    job_id: str
    operation: str
    valid_until: Instant
    """Before this instant, and while the job's row is the same, the same request has the same answer; 0 where each is
    checked."""
    transmission: Transmission = NORMAL
    watermark: Watermark = NO_WATERMARK
    websocket: SocketScript | None = None
    """What is said on the websocket that the connection becomes, where the status is 101."""


def as_exchange(request: Request, response: Response, transmission: Transmission, now: Instant, seq: int) -> Exchange:
    """What a judge may know of an answer: nothing, where it is lost on its way."""
    if transmission.incomplete:
        return Exchange(request, None, now, None, seq, seq)
    return Exchange(request, response, now, now, seq, seq)


def with_findings(response: Response, note: str, broken_rules: tuple[str, ...]) -> tuple[Response, str]:
    """An answer and the journal's note, both with the rules that a judge says it breaks."""
    if not broken_rules:
        return response, note
    more = len(broken_rules) - MAX_FINDINGS
    named = ", ".join((*broken_rules[:MAX_FINDINGS], *((f"{more} more",) if more > 0 else ())))
    headers = (*response.headers, (FINDINGS_HEADER, named))
    return response._replace(headers=headers), "; ".join(filter(None, (note, f"breaks {named}")))


def take_watermark(store: Store, call: Call, answer: Answer, job_id: str) -> Watermark:
    """How far things were before and after an answer that has just been committed."""
    operation = call.operation
    if operation is None:
        return NO_WATERMARK
    job = store.job(operation.kind, job_id) if job_id else None
    if job is None and job_id and (item := store.item(job_id)) is not None:
        job = item[0]
    after = len(job.inputs) if job is not None else 0
    seq, jobs, before = store.next_seq() - 1, store.next_number(operation.kind) - 1, after
    for change in answer.changes:
        if isinstance(change, AppendInput):
            seq = min(seq, change.new_input.seq - 1)
            before -= job is not None and change.job_id == job.id
        elif isinstance(change, CreateJob):
            jobs -= 1
    return Watermark(before, after, seq, jobs, store.window((call.api_key, operation.name)))
