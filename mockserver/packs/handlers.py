"""The handlers of a pack's operations, by their role."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import DELETE, Job
from mockserver.core.wire import Response
from mockserver.packs.answers import StateAnswers
from mockserver.packs.call_checks import CallChecks
from mockserver.packs.facts import Facts, Render, facts_of
from mockserver.packs.fields import RequestFields
from mockserver.packs.holds import Held, RequestedHold
from mockserver.packs.kinds import CompiledKind
from mockserver.packs.pages import Pages
from mockserver.packs.situations import CANCEL_REFUSED, MALFORMED_ID, NO_JOB, TOO_MANY_JOBS
from mockserver.packs.urls import JobIdPlace
from mockserver.vendors.api import Answer, Call, CreateJob, OperationHandler, StoreChange
from mockserver.vendors.commands import JobSnapshot, active_limit_of, cancel_job, count_poll, find_job, record_command

JobHandler = Callable[[Call, JobSnapshot], Answer]


class RememberedAnswer(NamedTuple):
    """An answer about a job, which is the same for every call from `at` until `until`; it is kept with the job."""

    at: Instant
    until: Instant
    base_url: str
    response: Response


@dataclass(frozen=True, kw_only=True)
class CompiledOperation:
    """What the handlers of an operation read."""

    name: str
    kind: CompiledKind
    checks: CallChecks
    respond: StateAnswers
    id_place: JobIdPlace
    id_matches: Callable[[str], object]
    """Whether a text has the form of the kind's ids."""
    request: RequestFields
    remember: Mapping[str, Render]
    updates: Mapping[str, Render]
    refuse_in: Mapping[str, str]
    pages: Pages
    """Of a list."""
    hold: RequestedHold | None
    """Of a create."""
    counts_polls: bool

    def answer(self, call: Call, now: JobSnapshot) -> Response:
        """Render the operation's answer about a job."""
        return self.respond(facts_of(call, now))

    def valid_until(self, call: Call, now: JobSnapshot) -> Instant:
        """Return until when the same call gets the same bytes; 0 where each gets others."""
        if not self.respond.of(now.state).is_steady:
            return 0
        return self.kind.unchanged_until(now, call.now)

    def remembered(self, call: Call, job: Job) -> Answer | None:
        """Return the answer that an earlier call got about the same row of the store; None where it may have changed.

        Polls that are counted change the row, so they never find one.
        """
        known: RememberedAnswer | None = job.derived.get(self.name)
        if known is None or not known.at <= call.now < known.until or known.base_url != call.base_url:
            return None
        return Answer(known.response, (), known.until)

    def remember_answer(self, call: Call, now: JobSnapshot, answer: Answer) -> None:
        """Keep an answer with its job, if the next call will get the same one."""
        job = now.job
        if answer.valid_until and not job.plan.counts_polls and not self.respond.of(now.state).depends_on_call:
            job.derived[self.name] = RememberedAnswer(call.now, answer.valid_until, call.base_url, answer.response)

    def not_found(self, call: Call, job_id: str) -> Answer:
        """Answer a call about a job that does not exist; an id of another form has an error of its own."""
        situation = MALFORMED_ID
        if self.id_matches(job_id):
            situation = NO_JOB
        return Answer(self.checks.errors.render_situation(situation, facts_of(call)))

    def job_id(self, call: Call) -> str:
        """Return the id that a call names; empty where it names none."""
        where, name = self.id_place
        if where == "path":
            return call.path_params[name]
        found = call.query(name) if where == "query" else (call.body or {}).get(name)
        return found if isinstance(found, str) else ""


def about_job(operation: CompiledOperation, handler: JobHandler) -> OperationHandler:
    """Wrap a handler about one job: check the call, find the job, and refuse what its state forbids."""
    kind, checks = operation.kind, operation.checks

    def handle(call: Call) -> Answer:
        """Answer a call about one job, unless it is refused or there is no such job."""
        if not checks.passes(call):
            refusal = checks.refusal(call, facts_of(call))
            if refusal is not None:
                return Answer(refusal)
        job_id = operation.job_id(call)
        job = find_job(call, kind.name, job_id)
        if job is None:
            return operation.not_found(call, job_id)
        known = operation.remembered(call, job)
        if known is not None:
            return known
        now = kind.snapshot(job, call.now)
        if kind.is_gone(now, call.now):
            return operation.not_found(call, job_id)
        error = operation.refuse_in.get(now.state)
        if error is not None:
            return Answer(checks.errors.render(error, facts_of(call, now)))
        return handler(call, now)

    return handle


def after_checks(operation: CompiledOperation, handler: Callable[[Call, Facts], Answer]) -> OperationHandler:
    """Wrap a handler about no known job: answer a call that a check refuses."""

    def handle(call: Call) -> Answer:
        facts = facts_of(call)
        refusal = operation.checks.refusal(call, facts)
        if refusal is not None:
            return Answer(refusal)
        return handler(call, facts)

    return handle


def read_handler(operation: CompiledOperation) -> OperationHandler:
    """Build the handler that shows a job."""
    kind = operation.kind

    def handle(call: Call, now: JobSnapshot) -> Answer:
        """Show the job, now or when its hold ends; count the poll."""
        facts = facts_of(call, now)
        held = operation.hold and operation.hold.hold(facts, now.job, kind)
        if held:
            return _held_answer(operation, now.job, facts, held)
        changes: tuple[StoreChange, ...] = ()
        # Only a job with a stay of polls is another one after the poll.
        if operation.counts_polls and now.job.plan.counts_polls:
            polled, changes = count_poll(call, now.job)
            now = kind.snapshot(polled, call.now)
        answer = Answer(operation.answer(call, now), changes, operation.valid_until(call, now))
        operation.remember_answer(call, now, answer)
        return answer

    return about_job(operation, handle)


def create_handler(operation: CompiledOperation) -> OperationHandler:
    """Build the handler that creates a job."""
    kind = operation.kind

    def handle(call: Call, facts: Facts) -> Answer:
        """Create a job, unless there are too many; show it now or when its hold ends."""
        if _is_full(call, kind):
            return Answer(operation.checks.errors.render_situation(TOO_MANY_JOBS, facts))
        body = call.body if isinstance(call.body, Mapping) else {}
        spec = {
            **kind.build_spec(body, operation.request, call),
            "path": dict(call.path_params),
            "remembered": {name: value(facts) for name, value in operation.remember.items()},
            **_requested_deadlines(kind, facts),
        }
        job = call.job_factory.create_job(kind.name, body, call.view.next_number(kind.name), call.now, spec)
        held = operation.hold and operation.hold.hold(facts, job, kind)
        if held:
            return _held_answer(operation, job, facts, held)._replace(changes=(CreateJob(job),))
        return Answer(operation.answer(call, kind.snapshot(job, call.now)), (CreateJob(job),))

    return after_checks(operation, handle)


def _held_answer(operation: CompiledOperation, job: Job, facts: Facts, held: Held) -> Answer:
    until = max(held.until, facts.at)
    shown = replace(facts, at=until, now=operation.kind.snapshot(job, until), extra={"held": held.outcome})
    return Answer(operation.respond(shown), delay=until - facts.at)


def _is_full(call: Call, kind: CompiledKind) -> bool:
    limit = active_limit_of(call.era, call.script, kind.name)
    if not limit:
        return False
    lifecycle = kind.tables.lifecycle
    live = frozenset(lifecycle.states) - lifecycle.terminal
    return call.view.count(kind.name, call.now, states=live) >= limit


def _requested_deadlines(kind: CompiledKind, facts: Facts) -> dict[str, Duration]:
    """Return the durations of deadlines that a create asks for, as the job's spec has them."""
    asked = [(each.rule.given, each.requested.duration(facts)) for each in kind.deadlines if each.requested]
    return {given: duration for given, duration in asked if duration is not None}


def list_handler(operation: CompiledOperation) -> OperationHandler:
    """Build the handler that lists jobs."""
    pages = operation.pages
    return after_checks(operation, lambda call, facts: Answer(operation.respond(pages.facts(facts, call))))


def cancel_handler(operation: CompiledOperation) -> OperationHandler:
    """Build the handler that cancels a job, or deletes it, as the table says."""
    kind, errors = operation.kind, operation.checks.errors

    def handle(call: Call, before: JobSnapshot) -> Answer:
        """Accept or refuse the cancel as the row of the job's state says."""

        def render(now: JobSnapshot) -> Response:
            return operation.answer(call, kind.with_progress(now, call.now))

        def refuse(name: str | None) -> Response:
            facts = facts_of(call, before)
            if name is not None:
                return errors.render(name, facts)
            return errors.render_situation(CANCEL_REFUSED, facts)

        def unchanged_until(now: JobSnapshot) -> Instant:
            return operation.valid_until(call, kind.with_progress(now, call.now))

        return cancel_job(call, before.job, render, refuse, unchanged_until)

    return about_job(operation, handle)


def delete_handler(operation: CompiledOperation) -> OperationHandler:
    """Build the handler that deletes a job."""

    def handle(call: Call, before: JobSnapshot) -> Answer:
        _, changes = record_command(call, before.job, DELETE)
        return Answer(operation.answer(call, before), changes)

    return about_job(operation, handle)


def update_handler(operation: CompiledOperation) -> OperationHandler:
    """Build the handler that sets what `$update` shows."""

    def handle(call: Call, before: JobSnapshot) -> Answer:
        facts = facts_of(call, before)
        data: dict[str, Any] = {name: value(facts) for name, value in operation.updates.items()}
        updated, changes = record_command(call, before.job, name="update", **data)
        return Answer(operation.answer(call, operation.kind.snapshot(updated, call.now)), changes)

    return about_job(operation, handle)


def plain_handler(operation: CompiledOperation) -> OperationHandler:
    """Build the handler of a call that is about no job."""
    return after_checks(operation, lambda call, facts: Answer(operation.respond(facts)))


HANDLERS: Final[Mapping[str, Callable[[CompiledOperation], OperationHandler]]] = {
    "create": create_handler,
    "read": read_handler,
    "list": list_handler,
    "cancel": cancel_handler,
    "delete": delete_handler,
    "results": read_handler,
    "update": update_handler,
    "other": read_handler,
}
"""By role; a call about no job that is neither a create nor a list has `plain_handler`."""
