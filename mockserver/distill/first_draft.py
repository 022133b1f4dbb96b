"""Composes the first draft: the timelines of the jobs, and a fault for each command whose answer was lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from mockserver.core.instants import SECOND, format_duration
from mockserver.distill.batch_items import ItemCounts, fit_items, read_counts
from mockserver.distill.courses import Course, explicable_runs, fit_course, merge_runs, own_runs
from mockserver.distill.draft import DraftLine, ScenarioDraft
from mockserver.distill.recorded_jobs import RecordedJob
from mockserver.distill.translation import RecordedJobNames
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
        runs = own_runs(job.runs, lifecycle)
        course = fit_course(runs, lifecycle, default, counts_polls=counts_polls)
        for group in groups[:MAX_MERGED]:
            if per_job or group.kind != job.kind:
                continue
            if group.course == course:
                group.jobs.append(job)
                break
            merged = merge_runs([runs, *(own_runs(each.runs, lifecycle) for each in group.jobs)])
            # Counted polls are not comparable between jobs.
            if _counts_polls(course) or _counts_polls(group.course):
                continue
            is_in_order = all(left.last < right.first for left, right in pairwise(merged))
            if is_in_order and explicable_runs(merged, lifecycle) == merged:
                group.course = fit_course(merged, lifecycle, default, counts_polls=False)
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
    seen = ", ".join(f"{step.state} {step.bounds}" for step in course if step.bounds)
    return f"seen to end: {seen}" if seen else ""


def compose_draft(draft: ScenarioDraft, groups: Sequence[JobGroup], names: RecordedJobNames, era: Era) -> ScenarioDraft:
    """Return the draft with the jobs that exist at the start, the timelines of all jobs, and the items of batches."""
    main = era.main_kind.name
    usual = max((group for group in groups if group.kind == main), key=lambda group: len(group.jobs), default=None)
    items = {job.job_id: items_of(job, era) for group in groups for job in group.jobs}
    lists = [entries for entries in items.values() if entries]
    # One list serves all batches; of several, only a batch that exists at the start can have its own.
    shared = lists[0] if lists and all(entries == lists[0] for entries in lists) else []
    for entry in shared:
        draft = draft.with_line("items", DraftLine(entry))
    for group in groups:
        own_timeline = None if group is usual else timeline_line(group)
        for job in group.jobs:
            if not job.is_created:
                own_items = items[job.job_id] if not shared else []
                line = seeded_line(job, names, main, own_items, own_timeline if not items[job.job_id] else None)
                draft = draft.with_line("jobs", line)
    for group in groups:
        timeline = timeline_line(group)
        if timeline is None or any(items[job.job_id] for job in group.jobs):
            continue
        if group is usual:
            draft = draft.with_lines("timeline", timeline)
        elif any(job.is_created for job in group.jobs):
            draft = draft.with_line("timelines", selected_line(group, groups, names, timeline, main))
    return draft


def timeline_line(group: JobGroup) -> DraftLine | None:
    """Return the course of a group as a line; None if nothing was seen."""
    if not group.course:
        return None
    return DraftLine(timeline_value(group.course), bounds_comment(group.course))


def seeded_line(
    job: RecordedJob, names: RecordedJobNames, main: str, items: Sequence[Any], timeline: DraftLine | None
) -> DraftLine:
    """Return the entry of a job that exists at the start."""
    entry: dict[str, Any] = {"id": names.seeded[job.job_id]}
    if job.kind != main:
        entry["kind"] = job.kind
    if job.birth <= -SECOND:
        entry["age"] = format_duration(-job.birth // SECOND * SECOND)
    if items:
        return DraftLine({**entry, "items": list(items)})
    if timeline is not None:
        return DraftLine({**entry, "timeline": timeline.value}, timeline.comment)
    return DraftLine(entry)


def selected_line(
    group: JobGroup, groups: Sequence[JobGroup], names: RecordedJobNames, timeline: DraftLine, main: str
) -> DraftLine:
    """Return an entry of `timelines`: for a kind, or for some of its creates by their numbers."""
    selected: dict[str, Any] = {} if group.kind == main else {"kind": group.kind}
    same_kind = {job.job_id for each in groups if each.kind == group.kind for job in each.jobs}
    own = {job.job_id for job in group.jobs}
    if same_kind != own:
        # The names are in the order of the creates.
        created = [job_id for job_id in names.created if job_id in same_kind]
        numbers = [number for number, job_id in enumerate(created, start=1) if job_id in own]
        selected["call"] = numbers if len(numbers) > 1 else numbers[0]
    return DraftLine({**selected, "timeline": timeline.value}, timeline.comment)


def items_of(job: RecordedJob, era: Era) -> list[dict[str, Any]]:
    """Return the items of a batch as its counters show them; none for another job."""
    rules = era.kinds[job.kind].batch
    if rules is None:
        return []
    counts: list[ItemCounts] = []
    total = 0
    for at, sighting in job.shown:
        found = read_counts(at, dict(sighting.counters), rules)
        if found is None and sighting.state in (rules.waiting, rules.working) and not counts:
            # The answer to a create has no counters, but its state shows whether an item has begun.
            found = ItemCounts(at, int(sighting.state == rules.working), {})
        if found is not None:
            # What has begun has begun, also when a cancel has dropped it since.
            begun = max(found.begun, counts[-1].begun if counts else 0)
            counts.append(found._replace(begun=begun))
            total = max(total, dict(sighting.counters).get("total_items", 0))
    if not any(each.outcomes for each in counts):
        return []
    return fit_items(counts, total, rules)
