"""The duties of reads: polls are counted where the operation says so, and a scenario's fields are laid over."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.core.job import POLL, Job
from mockserver.core.lifecycle import Trigger
from mockserver.core.timeline import Polls, TimelineStep
from mockserver.vendor_check.answers import first_difference
from mockserver.vendor_check.courses import Course, courses_in_states, led, scripted, ways_by_state
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.world import CheckedEra, CheckWorld, TriedCall
from mockserver.vendors.api import JobKind, Operation, Role
from mockserver.vendors.commands import snapshot
from mockserver.vendors.script import ItemScript, Script

_READS: Final = 2
LAID_OVER: Final = "laid over by the scenario"
"""The value of a scenario's field."""


def polls_are_counted(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each read of one job of each kind: it counts a poll if it says so, and only then."""
    for kind in checked.era.kinds.values():
        script = polled_script(kind)
        for operation in checked.operations_on(kind):
            if script is None or not operation.reads_only or operation.opens_websocket:
                continue
            world = checked.world(script)
            job = world.create(kind)
            first = world.ask(operation, job.id)
            if not first.succeeded:
                continue
            counts = any(each.kind == POLL for each in first.inputs)
            found = ""
            if counts and not operation.polls:
                found = "an answer counts a poll, and `polls` says that it does not"
            elif operation.polls and not counts:
                found = "`polls` says that an answer counts, and it appends no poll to the job"
            elif operation.polls:
                found = uncounted_poll(world, operation, job)
            elif first.changes:
                found = "a read changes the store"
            yield DutyCase(f"operation {operation.name} of a {kind.name}", found)


def polled_script(kind: JobKind) -> Script | None:
    """Return a script in which a job ends after a number of polls; None for a kind without such an end."""
    # The stays of a batch that opens are its own, so that its items' polls alone do not end it.
    if kind.batch is not None and not kind.batch.opens:
        item = (
            TimelineStep(kind.batch.queued, Polls(1)),
            TimelineStep(kind.batch.busy, Polls(_READS - 1)),
            TimelineStep(kind.batch.succeeded),
        )
        return Script(items=(ItemScript(timeline=item),))
    ways = ways_by_state(kind.lifecycle, Trigger.TIME)
    ends = [way for state, way in ways.items() if state in kind.lifecycle.terminal and len(way) > 1]
    if not ends:
        return None
    way = min(ends, key=len)
    live = [TimelineStep(state, Polls(1)) for state in way[:-2]]
    return scripted(kind, *live, TimelineStep(way[-2], Polls(max(1, _READS - len(live)))), TimelineStep(way[-1]))


def uncounted_poll(world: CheckWorld, operation: Operation, job: Job) -> str:
    """Poll a job to its end; return what is wrong with the answers, in words, or an empty text."""
    lifecycle = job.plan.lifecycle
    for _ in range(len(lifecycle.states) + _READS):
        shown = world.call(operation, job.id)
        if snapshot(world.stored(job), world.now).terminal:
            difference = first_difference(shown.response, world.ask(operation, job.id).response)
            if difference:
                return f"the poll that ends the job does not show its end: {difference}"
            return ""
    return "however often it is called, a job that ends by polls does not end"


def fields_are_laid_over(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each read and list in each state: a scenario's `fields` replace the body's members."""
    for kind in checked.era.kinds.values():
        for course in courses_in_states(checked, kind):
            for operation in checked.era.operations:
                if operation.kind != kind.name or operation.role not in (Role.READ, Role.LIST):
                    continue
                plain = _shown_job(course.world.ask(operation, course.job_id), course.job_id)
                members = [name for name, value in plain.items() if value not in (course.job_id, course.state)]
                if members:
                    found = hidden_field(checked, course, operation, members)
                    yield DutyCase(f"operation {operation.name} of a {kind.name} {course.name}", found)


def hidden_field(checked: CheckedEra, course: Course, operation: Operation, members: list[str]) -> str:
    """Return which member does not show the value that a scenario lays over it, in words; empty if each does."""
    fields = dict.fromkeys(members, LAID_OVER)
    twin = led(checked, course.kind, course.way, fields=fields, pause=course.pause)
    tried = twin.world.ask(operation, twin.job_id)
    if tried.crash:
        return f"with `fields` the handler raised {tried.crash}"
    shown = _shown_job(tried, twin.job_id)
    hidden = [name for name in members if shown.get(name) != LAID_OVER]
    if hidden:
        return f"a scenario's `fields: {{{hidden[0]}: ...}}` does not show: it is {shown.get(hidden[0])!r}"
    return ""


def _shown_job(tried: TriedCall, job_id: str) -> Mapping[str, Any]:
    """Return the object of an answer that shows a job: the outermost with its id; of a read, else the whole body.

    In a list it is an entry: the object around the entries may name the first of them.
    """
    is_list = tried.operation is not None and tried.operation.role is Role.LIST
    if not tried.succeeded:
        return {}
    waiting = [(tried.json, False)]
    for value, is_entry in waiting:
        if isinstance(value, dict):
            if job_id in (each for each in value.values() if isinstance(each, str)) and is_entry >= is_list:
                return value
            waiting += [(each, is_entry) for each in value.values()]
        elif isinstance(value, list):
            waiting += [(each, True) for each in value]
    return {} if is_list or not isinstance(tried.json, dict) else tried.json
