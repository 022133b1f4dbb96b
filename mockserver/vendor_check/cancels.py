"""The duty of cancels: the answer and the job are as the row of the cancel table says, or as a scenario says."""

from collections.abc import Iterator
from typing import Final

from mockserver.core.job import CANCEL, DELETE
from mockserver.core.lifecycle import Trigger
from mockserver.vendor_check.courses import Course, courses_in_states
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.world import CheckedEra, TriedCall
from mockserver.vendors.api import AlreadyCancelled, CancelDecision, Delete, JobKind, Operation, Refuse, Role
from mockserver.vendors.commands import decide_by_row, snapshot
from mockserver.vendors.script import CancelScript, Script, ScriptedResponse

_SCRIPTED_STATUS: Final = 418


def cancels_follow_the_table(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each cancel of each kind in each state that its table has."""
    for kind, operation in _cancels_of(checked):
        for course in courses_in_states(checked, kind):
            row = kind.cancel_table.get(course.state)
            if row is not None:
                where = f"operation {operation.name} of a {kind.name} {course.name}"
                yield DutyCase(where, cancel_flaw(course, operation, row))


def _cancels_of(checked: CheckedEra) -> Iterator[tuple[JobKind, Operation]]:
    for kind in checked.era.kinds.values():
        for operation in checked.operations_on(kind):
            if operation.role is Role.CANCEL:
                yield kind, operation


def cancel_flaw(course: Course, operation: Operation, row: CancelDecision) -> str:
    """Return how a cancel differs from its row, in words; empty if it does not."""
    state = course.state
    expected = decide_by_row(row, snapshot(course.job, course.world.now), course.world.now)
    tried = course.world.call(operation, course.job_id)
    if isinstance(expected, Refuse):
        if not tried.refused or tried.inputs:
            return f"the table refuses it, and the answer is {_brief(tried)}"
        return ""
    if not tried.succeeded:
        return f"the table accepts it, and the answer is {_brief(tried)}"
    if isinstance(expected, Delete):
        if DELETE not in (each.kind for each in tried.inputs):
            return "the table deletes the job, and no deletion is appended to it"
        return ""
    if isinstance(expected, AlreadyCancelled):
        if tried.inputs:
            return "the table says that nothing changes, and the job gets an input"
        return ""
    if CANCEL not in (each.kind for each in tried.inputs):
        return "the table accepts it, and no accepted cancel is appended to the job"
    if not may_follow_cancel(course.kind, state, course.state):
        return f"the job is {course.state} then, and no transition leads there from {state} by {Trigger.CANCEL.value}"
    return ""


def may_follow_cancel(kind: JobKind, state: str, after: str) -> bool:
    """Return True if a cancel leads from one state to another; a batch with nothing at work drains at once."""
    lifecycle = kind.lifecycle
    if lifecycle.allows(state, after, Trigger.CANCEL):
        return True
    if kind.batch is None:
        return False
    draining = kind.batch.draining
    return lifecycle.allows(state, draining, Trigger.CANCEL) and lifecycle.allows(draining, after, Trigger.TIME)


def scripted_cancels_are_obeyed(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield two cases for each cancel in each live state: a scenario can refuse it, and accept it."""
    refusal = CancelScript(refusal=ScriptedResponse(_SCRIPTED_STATUS, {"scripted": True}))
    for kind, operation in _cancels_of(checked):
        live = frozenset(kind.lifecycle.states) - kind.lifecycle.terminal
        for policy in (refusal, CancelScript(sources=live)):
            for course in courses_in_states(checked, kind, Script(cancels={kind.name: policy})):
                if course.state in live:
                    tried = course.world.ask(operation, course.job_id)
                    found = ""
                    if policy is refusal and tried.response.status != _SCRIPTED_STATUS:
                        found = f"a scenario refuses it with {_SCRIPTED_STATUS}, and the answer is {_brief(tried)}"
                    elif policy is not refusal and not tried.succeeded:
                        found = f"a scenario accepts it, and the answer is {_brief(tried)}"
                    yield DutyCase(f"operation {operation.name} of a {kind.name} {course.name}", found)


def _brief(tried: TriedCall) -> str:
    """Describe an answer in a few words."""
    if tried.crash:
        return f"none: the handler raised {tried.crash}"
    inputs = ", ".join(each.kind for each in tried.inputs)
    return f"{tried.response.status}, with {inputs or 'no change'}"
