"""What the vendors' handlers share: finding a job, counting a poll, deciding a cancel.

The decisions are the vendor's tables or the scenario's; nothing here knows a vendor.
"""

from typing import NamedTuple

import orjson

from mockserver.core.batch import Batch, replay_batch
from mockserver.core.instants import Instant
from mockserver.core.job import COMMAND, POLL, Job, StateHistory, StateSpan, replay
from mockserver.core.wire import Response
from mockserver.vendors.api import FOREVER, Accept, Answer, AppendInput, Call, CancelDecision, Refuse, StoreChange
from mockserver.vendors.planner import cancellable_states
from mockserver.vendors.script import ScriptedResponse


class JobSnapshot(NamedTuple):
    """A job as it is at one instant."""

    job: Job
    span: StateSpan
    entered_at: dict[str, Instant]
    """When each state it was in was entered last."""
    batch: Batch | None
    unchanged_until: Instant
    """When time next changes state, progress or counters; `FOREVER` for never."""

    @property
    def state(self) -> str:
        """The present state."""
        return self.span.step.state

    @property
    def terminal(self) -> bool:
        """Whether nothing can follow."""
        return self.state in self.job.plan.lifecycle.terminal


def snapshot(job: Job, now: Instant) -> JobSnapshot:
    """Settle a job of any kind at `now`; changes nothing, counts nothing."""
    batch = replay_batch(job, now) if job.plan.batch is not None else None
    course = batch.history if batch is not None else replay(job, now)
    visit = course[-1]
    steady = batch.unchanged_until if batch is not None else visit.unchanged_until(now)
    entered = {past.step.state: past.entered for past in course}
    return JobSnapshot(job, visit, entered, batch, FOREVER if steady is None else steady)


def history(job: Job, until: Instant) -> StateHistory:
    """Every state a job of any kind was in up to `until`, oldest first."""
    return replay_batch(job, until).history if job.plan.batch is not None else replay(job, until)


def future_states(job: Job, now: Instant) -> StateHistory:
    """The states a job will come to after `now` by time alone: what nobody's poll, command or move has changed."""
    return tuple(visit for visit in history(job, FOREVER) if visit.entered > now)


def find_job(call: Call, kind: str, job_id: str) -> Job | None:
    """The job of that id, unless it was deleted or is past the vendor's retention."""
    job = call.view.job(kind, job_id)
    if job is None or job.last_command("delete") is not None:
        return None
    return job if call.now < job.created + call.era.kinds[kind].retention else None


def count_poll(call: Call, job: Job) -> tuple[Job, tuple[StoreChange, ...]]:
    """Count a poll: the job as this read shows it, and the change.

    Nothing is counted where a poll can change nothing: for jobs without a stay of polls, and after the end.
    """
    if not job.plan.counts_polls or snapshot(job, call.now).terminal:
        return job, ()
    return record_command(call, job, POLL)


def record_command(
    call: Call, job: Job, kind: str = COMMAND, name: str = "", **data: object
) -> tuple[Job, tuple[StoreChange, ...]]:
    """Let something happen to a job now: the job afterwards, and the change."""
    happened = call.new_input(kind, name, data)
    return job.with_input(happened), (AppendInput(job.kind, job.id, job.version, happened),)


def decide_cancel(call: Call, now: JobSnapshot) -> CancelDecision | ScriptedResponse:
    """What a cancel meets: the scenario's policy where it has one, else the vendor's table."""
    rules = call.era.kinds[now.job.kind]
    own = rules.cancel_table.get(now.state, Refuse(""))
    script = call.script.cancel if rules is call.era.main_kind else None
    if script is None:
        return own
    if now.state in cancellable_states(rules, script):
        return Accept()
    if script.refusal is not None:
        return script.refusal
    return Refuse("") if isinstance(own, Accept) else own


def render_scripted(call: Call, answer: ScriptedResponse) -> Response:
    """An answer as a scenario gives it; without a body of its own it has the vendor's for that status."""
    if answer.body is None:
        shaped = call.era.render_status_error(call, answer.status, "scripted by the scenario")
        return Response(answer.status, (*shaped.headers, *answer.headers), shaped.body)
    named = any(name.lower() == "content-type" for name, _ in answer.headers)
    if isinstance(answer.body, str):
        kind, body = "text/plain; charset=utf-8", answer.body.encode()
    else:
        kind, body = "application/json", orjson.dumps(answer.body)
    return Response(answer.status, (*(() if named else (("Content-Type", kind),)), *answer.headers), body)


def json_response(status: int, value: object, *headers: tuple[str, str]) -> Response:
    """A JSON answer."""
    return Response(status, (("Content-Type", "application/json"), *headers), orjson.dumps(value))


def make_answer(response: Response, *changes: StoreChange, valid_until: Instant = 0) -> Answer:
    """An `Answer`, with the changes written out."""
    return Answer(response, changes, valid_until)
