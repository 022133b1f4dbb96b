"""Composes the first draft: the timelines of the jobs, and a fault for each command whose answer was lost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mockserver.distill.calls import RecordedCall
from mockserver.distill.courses import Course, fit_course, merge_runs
from mockserver.distill.draft import DraftLine, ScenarioDraft
from mockserver.distill.recorded_jobs import RecordedJob
from mockserver.distill.replay import JobNames
from mockserver.vendors.api import Era

MAX_MERGED: Final = 50
"""Courses that a job is compared with; a job with yet another one gets a timeline of its own."""


@dataclass
class JobGroup:
    """Jobs of one kind that one course explains."""

    kind: str
    course: Course
    jobs: list[RecordedJob]


def group_jobs(jobs: Sequence[RecordedJob], era: Era, *, counts_polls: bool, per_job: bool) -> list[JobGroup]:
    """Group the jobs whose sightings one course explains; with `per_job`, each is a group of its own."""
    groups: list[JobGroup] = []
    for job in jobs:
        lifecycle, default = era.kinds[job.kind].lifecycle, era.kinds[job.kind].timeline
        course = fit_course(job.runs, lifecycle, default, counts_polls=counts_polls)
        for group in groups[:MAX_MERGED]:
            if per_job or group.kind != job.kind:
                continue
            if group.course == course:
                group.jobs.append(job)
                break
            merged = merge_runs([job.runs, *(each.runs for each in group.jobs)])
            states = [run.state for run in merged]
            # One course shows each state once; counted polls are not comparable between jobs.
            if len(set(states)) == len(states) and not _counts_polls(course) and not _counts_polls(group.course):
                joint = fit_course(merged, lifecycle, default, counts_polls=False)
                if tuple(step.state for step in joint) == tuple(states) or not states:
                    group.course = joint
                    group.jobs.append(job)
                    break
        else:
            groups.append(JobGroup(job.kind, course, [job]))
    return groups


def _counts_polls(course: Course) -> bool:
    return any(step.stay is not None and step.stay.endswith(("poll", "polls")) for step in course)


def timeline_value(course: Course) -> list[Any]:
    """Return a course as the value of `timeline`."""
    return [{step.state: step.stay} if step.stay is not None else step.state for step in course]


def bounds_comment(course: Course) -> str:
    """Return what was seen of the changes of state, as a comment."""
    seen = [f"{step.state} ended at {step.bounds}" for step in course if step.bounds]
    return ", ".join(seen)


def compose_draft(
    draft: ScenarioDraft, groups: Sequence[JobGroup], names: JobNames, calls: Iterable[RecordedCall], era: Era
) -> ScenarioDraft:
    """Return the draft with the jobs, their timelines, and the answers that were lost."""
    main = era.main_kind.name
    main_groups = sorted((group for group in groups if group.kind == main), key=lambda group: -len(group.jobs))
    usual = main_groups[0] if main_groups else None
    created_numbers: dict[str, int] = {}
    for group in groups:
        for job in group.jobs:
            if job.is_created:
                created_numbers[job.job_id] = 0
    for kind in era.kinds:
        created = [job for group in groups if group.kind == kind for job in group.jobs if job.is_created]
        for number, job in enumerate(sorted(created, key=lambda each: each.birth), start=1):
            created_numbers[job.job_id] = number
    for group in groups:
        line = timeline_value(group.course)
        for job in group.jobs:
            if not job.is_created:
                entry: dict[str, Any] = {"id": names.seeded[job.job_id]}
                if job.kind != main:
                    entry["kind"] = job.kind
                comment = ""
                if group is not usual and line:
                    entry["timeline"] = line
                    comment = bounds_comment(group.course)
                draft = draft.with_line("jobs", DraftLine(entry, comment))
        if not line:
            continue
        if group is usual:
            draft = draft.with_lines("timeline", DraftLine(line, bounds_comment(group.course)))
            continue
        numbers = [created_numbers[job.job_id] for job in group.jobs if job.is_created]
        if not numbers:
            continue
        selected: dict[str, Any] = {} if group.kind == main else {"kind": group.kind}
        if group.kind == main or sum(1 for each in groups if each.kind == group.kind) > 1:
            selected["call"] = numbers[0] if len(numbers) == 1 else numbers
        draft = draft.with_line("timelines", DraftLine({**selected, "timeline": line}, bounds_comment(group.course)))
    return draft
