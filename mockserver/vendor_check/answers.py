"""Compares answers, and asks an operation about a job whatever id it takes."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mockserver.core.instants import Instant, format_duration
from mockserver.core.subset import differences
from mockserver.core.wire import Response, json_or_none
from mockserver.vendor_check.courses import Course
from mockserver.vendor_check.world import SWITCHED_OFF
from mockserver.vendors.api import Operation


class AboutJob(NamedTuple):
    """An operation that answers about a job, and the id by which it names it: the job's own, or that of its item."""

    operation: Operation
    job_id: str


def first_difference(before: Response, after: Response) -> str:
    """Return where two responses differ first, in words; empty if they are equal."""
    if before == after:
        return ""
    if before.status != after.status:
        return f"the status is {after.status}, not {before.status}"
    if before.headers != after.headers:
        changed = next(iter({*after.headers} ^ {*before.headers}), ("order", ""))
        return f"the header {changed[0]} differs"
    one, other = json_or_none(before.body), json_or_none(after.body)
    found = next(differences(other, one), None) or next(differences(one, other), None)
    return f"body: {found}" if found else "the bytes of the body differ"


def reads_about(course: Course) -> Iterator[AboutJob]:
    """Yield the operations that only read and that answer about the job or about its first item."""
    return calls_about(course, [operation for operation in course.world.era.operations if operation.reads_only])


def calls_about(course: Course, operations: Iterable[Operation]) -> Iterator[AboutJob]:
    """Yield those of the operations that answer about the job or about its first item."""
    world, job = course.world, course.job
    ids = [job.id]
    if course.kind.item_ids is not None:
        ids += course.kind.item_ids(job)[:1]
    for operation in operations:
        # An opened websocket is no answer that could be repeated.
        if not operation.about_one_job or operation.opens_websocket:
            continue
        for job_id in ids:
            if operation.kind == course.kind.name and job_id != job.id:
                continue
            tried = world.ask(operation, job_id)
            is_about_job = operation.kind == course.kind.name or tried.succeeded
            if is_about_job and tried.response.status != SWITCHED_OFF:
                yield AboutJob(operation, job_id)


def age(course: Course, at: Instant) -> str:
    """Return how long after the job's creation an instant is, in words."""
    return f"+{format_duration(at - course.job.created)}"
