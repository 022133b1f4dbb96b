"""The duties of lists, deletes and retention: a job is listed, until it is deleted or too old to be found."""

from collections.abc import Iterator

from mockserver.core.instants import format_duration
from mockserver.core.job import DELETE
from mockserver.vendor_check.answers import AboutJob, reads_about
from mockserver.vendor_check.courses import Course, courses_in_states
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.world import SWITCHED_OFF, CheckedEra
from mockserver.vendors.api import FOREVER, JobKind, Operation, Role


def lists_show_jobs(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each list of each kind: it shows a new job."""
    for kind in checked.era.kinds.values():
        world = checked.world()
        job = world.create(kind)
        for operation in _lists_of(checked, kind):
            tried = world.ask(operation)
            found = ""
            if tried.response.status != SWITCHED_OFF and job.id.encode() not in tried.response.body:
                found = f"it does not show a new job: {tried.response.status}"
            yield DutyCase(f"operation {operation.name} of {kind.name}", found)


def deleted_jobs_are_gone(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each delete: in some state it succeeds, and then no read and no list shows the job."""
    for kind in checked.era.kinds.values():
        for operation in checked.operations_on(kind):
            if operation.role is not Role.DELETE:
                continue
            deleted, found, answered = False, "", True
            for course in courses_in_states(checked, kind):
                reads = list(reads_about(course))
                tried = course.world.call(operation, course.job_id)
                answered = answered and tried.response.status != SWITCHED_OFF
                if any(each.kind == DELETE for each in tried.inputs):
                    deleted = True
                    found = found or still_shown(checked, course, reads)
            if not deleted and answered:
                found = "in no state of the example does it delete the job"
            yield DutyCase(f"operation {operation.name} of a {kind.name}", found)


def old_jobs_are_gone(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each kind with a retention: when that has passed, no read and no list shows the job."""
    for kind in checked.era.kinds.values():
        if kind.retention < FOREVER:
            world = checked.world()
            course = Course("", kind, world, world.create(kind))
            reads = list(reads_about(course))
            world.now = course.job.created + kind.retention
            found = still_shown(checked, course, reads)
            yield DutyCase(f"{kind.name} after {format_duration(kind.retention)}", found)


def _lists_of(checked: CheckedEra, kind: JobKind) -> list[Operation]:
    return [each for each in checked.era.operations if each.role is Role.LIST and each.kind == kind.name]


def still_shown(checked: CheckedEra, course: Course, reads: list[AboutJob]) -> str:
    """Return which operation still shows a job, in words; empty if none does."""
    for read in reads:
        tried = course.world.ask(*read)
        unknown = course.world.ask(read.operation, unknown_id(course))
        if not tried.refused or tried.response.status != unknown.response.status:
            statuses = f"{tried.response.status}, and {unknown.response.status} for an unknown id"
            return f"{read.operation.name} answers {statuses}"
    for operation in _lists_of(checked, course.kind):
        tried = course.world.ask(operation)
        if course.job_id.encode() in tried.response.body:
            return f"{operation.name} still shows it"
    return ""


def unknown_id(course: Course) -> str:
    """Return an id of the right form that no job has."""
    return course.kind.new_id("another seed", 999, course.world.now)
