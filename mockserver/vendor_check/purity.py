"""The duty of handlers to be pure, and the one to answer whatever state a job is in."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from mockserver.core.wire import json_or_none
from mockserver.vendor_check.answers import first_difference
from mockserver.vendor_check.courses import Course, courses_in_states
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.world import CheckedEra, TriedCall
from mockserver.vendors.api import CreateJob, JobKind, Operation

INTERNAL_ERROR: Final = 500


class _CallInState(NamedTuple):
    """An operation, and a job in a state to call it about."""

    course: Course
    operation: Operation

    @property
    def where(self) -> str:
        """The operation, the kind and the state, in words."""
        return f"{self.operation.name} of a {self.course.kind.name} {self.course.name}"

    def ask(self) -> TriedCall:
        """Try the call, as often as wanted."""
        return self.course.world.ask(self.operation, self.course.job_id)


def calls_in_states(checked: CheckedEra, kind: JobKind) -> Iterator[_CallInState]:
    """Yield each operation of a kind for each of its states."""
    for course in courses_in_states(checked, kind):
        yield from (_CallInState(course, each) for each in checked.era.operations if each.kind == kind.name)


def handlers_answer(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each operation in each state of its kind: it answers, and with no internal error."""
    for kind in checked.era.kinds.values():
        for each in calls_in_states(checked, kind):
            tried = each.ask()
            found = ""
            if tried.crash:
                found = f"the handler raised {tried.crash}"
            elif tried.response.status == INTERNAL_ERROR:
                found = "the answer is an internal error, 500"
            yield DutyCase(each.where, found)


def handlers_are_pure(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each operation in each state: asked again it answers the same, and it changes no argument."""
    for kind in checked.era.kinds.values():
        examples = _frozen([kind.example, *(each.example_params for each in checked.era.operations)])
        for each in calls_in_states(checked, kind):
            yield DutyCase(each.where, impurity(each))
        found = ""
        if examples != _frozen([kind.example, *(each.example_params for each in checked.era.operations)]):
            found = "a handler, or `build_spec`, changed an example body"
        yield DutyCase(f"{kind.name}, its examples", found)


def impurity(each: _CallInState) -> str:
    """Return how a call differs when it is tried again, or what it changed; empty if it is pure."""
    world = each.course.world
    spec = _frozen(each.course.job.spec)
    first, second = each.ask(), each.ask()
    if first.crash or second.crash:
        return ""
    incoming = world.incoming(world.request(each.operation, each.course.job_id))
    if _frozen(each.course.job.spec) != spec:
        return "the handler changed the job's spec"
    # A form is no JSON text: what its fields stand for cannot be read again here.
    sent = json_or_none(first.request.body)
    if first.body is not None and sent is not None and first.body != sent:
        return "the handler changed the request's body"
    difference = first_difference(first.response, second.response)
    if difference:
        return f"the same call got two answers: {difference}"
    if frozen_changes(first) != frozen_changes(second):
        return "the same call got two different sets of changes"
    difference = first_difference(first.response, world.try_incoming(incoming, prepared=True).response)
    if difference:
        return f"with what `prepare` computes the answer is another: {difference}"
    return ""


def _frozen(value: Any) -> str:
    return repr(value)


def frozen_changes(tried: TriedCall) -> list[str]:
    """Return the changes as texts; of a new job, what a store keeps of it."""
    found = []
    for change in tried.changes:
        if isinstance(change, CreateJob):
            job = change.job
            found.append(_frozen((job.id, job.number, job.created, job.spec, job.plan.timeline, job.plan.items)))
        else:
            found.append(_frozen(change))
    return found
