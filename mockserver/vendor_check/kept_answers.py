"""The duties of `Answer.valid_until`: an answer that the server keeps is the one that it would make now.

The server repeats an answer byte for byte until `valid_until`, as long as nothing but time changes its job. So the
answer is compared with those of later instants, up to the last microsecond before it ends, and with the one after
something happened to other jobs.
"""

from collections.abc import Iterator

from mockserver.core.instants import Instant
from mockserver.vendor_check.answers import AboutJob, age, calls_about, first_difference
from mockserver.vendor_check.courses import HORIZON, Course, courses_of
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.world import CheckedEra, TriedCall
from mockserver.vendors.api import Role


def kept_answers_are_current(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each course of each kind and each operation whose answer may be kept."""
    for kind in checked.era.kinds.values():
        for course in courses_of(checked, kind):
            for call in repeatable_calls(course):
                where = f"{kind.name} {course.name}, {call.operation.name}"
                yield DutyCase(where, outdated_answer(course, call))


def repeatable_calls(course: Course) -> Iterator[AboutJob]:
    """Yield the calls that may change nothing: those that read the job, and a cancel, which may be a repeated one."""
    operations = course.world.era.operations
    return calls_about(course, [each for each in operations if each.reads_only or each.role is Role.CANCEL])


def outdated_answer(course: Course, call: AboutJob) -> str:
    """Return where an answer differs from one that is still valid, in words; empty if none does."""
    last = course.job.created + HORIZON
    answers: dict[Instant, TriedCall] = {}

    def answer_at(at: Instant) -> TriedCall:
        if at not in answers:
            answers[at] = course.world.ask(call.operation, call.job_id, at=at)
        return answers[at]

    instants = course.instants()
    for index, at in enumerate(instants):
        kept = answer_at(at)
        # An answer that counts a poll, or to a cancel that is accepted, is not kept.
        if kept.changes or kept.valid_until <= at:
            continue
        until = min(kept.valid_until, last)
        for later in (*(each for each in instants[index + 1 :] if each < until), until - 1):
            difference = first_difference(kept.response, answer_at(later).response)
            if difference:
                return (
                    f"the answer at {age(course, at)} is valid until {age(course, until)}, and the one at"
                    f" {age(course, later)} differs: {difference}"
                )
    return ""


def kept_answers_depend_on_their_job(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each course and operation, with other jobs created beside its job."""
    for kind in checked.era.kinds.values():
        for course in courses_of(checked, kind):
            before = [(call, course.world.ask(*call)) for call in repeatable_calls(course)]
            for other in checked.era.kinds.values():
                course.world.create(other)
            for call, kept in before:
                if kept.changes or kept.valid_until <= course.world.now:
                    continue
                difference = first_difference(kept.response, course.world.ask(*call).response)
                found = ""
                if difference:
                    found = f"another answer although only other jobs were created meanwhile: {difference}"
                yield DutyCase(f"{kind.name} {course.name}, {call.operation.name}", found)
