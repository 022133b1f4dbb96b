"""From a vendor's defaults and a scenario's script to the plan of a job.

Plans are shared: alike jobs get the same object, so that a million of them cost one plan. Everything that is chosen
(an item's duration out of a range) is chosen by the seed and the job's number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mockserver.core.ids import seeded_int
from mockserver.core.instants import Instant
from mockserver.core.job import Job, JobPlan
from mockserver.core.subset import contains
from mockserver.core.timeline import EMPTY_MAPPING, Timed, Timeline, TimelineStep, driven_by_time
from mockserver.vendors.api import Accept, Era, JobKind
from mockserver.vendors.script import CancelScript, ItemScript, Script, SeededJob


class Planner:
    """Makes the jobs of one vendor in one session. Its cache is only a cache: every plan derives."""

    def __init__(self, era: Era, script: Script, seed: str) -> None:
        self.era = era
        self.script = script
        self.seed = seed
        self._plan_cache: dict[tuple[str, int], JobPlan] = {}

    def create_job(self, kind: str, body: Mapping[str, Any], number: int, now: Instant) -> Job:
        """A job created now by a valid create request."""
        rules = self.era.kinds[kind]
        spec = rules.build_spec(body)
        plan = self._shared_plan(rules, self._choose_timeline(rules, body), self.script.items, spec, number)
        return Job(rules.new_id(self.seed, number, now), number, now, spec, plan)

    def create_seeded_job(self, seed: SeededJob, number: int, start: Instant) -> Job:
        """A job that the scenario lets exist at the session's start."""
        rules = self.era.kinds[seed.kind] if seed.kind else self.era.main_kind
        created = start - seed.age
        items = seed.items or self.script.items
        body = {**rules.example, **seed.body}
        spec = rules.build_spec(_match_item_count(body, items))
        plan = self._shared_plan(rules, seed.timeline or self._choose_timeline(rules, body), items, spec, number)
        if seed.fields:
            plan = replace(plan, fields={**plan.fields, **seed.fields})
        return Job(seed.id or rules.new_id(self.seed, number, created), number, created, spec, plan)

    def _choose_timeline(self, job_kind: JobKind, body: Mapping[str, Any]) -> Timeline:
        """The scripted course that fits a create body (one with `match` before one without), else the vendor's."""
        if job_kind is not self.era.main_kind:
            return job_kind.timeline
        fitting = [
            course for course in self.script.timeline_rules if course.match is None or contains(body, course.match)
        ]
        fitting.sort(key=lambda course: course.match is None)
        return fitting[0].timeline if fitting else job_kind.timeline

    def _shared_plan(
        self,
        job_kind: JobKind,
        timeline: Timeline,
        item_scripts: tuple[ItemScript, ...],
        spec: Mapping[str, Any],
        number: int,
    ) -> JobPlan:
        if job_kind.batch is not None:
            items = self._item_timelines(job_kind, timeline, item_scripts, spec["items"], number)
            return self._build_plan(job_kind, timeline, items)
        cached = self._plan_cache.get((job_kind.name, id(timeline)))
        if cached is None:
            cached = self._plan_cache[job_kind.name, id(timeline)] = self._build_plan(job_kind, timeline, ())
        return cached

    def _build_plan(self, job_kind: JobKind, timeline: Timeline, items: tuple[Timeline, ...]) -> JobPlan:
        on_cancel = self._cancel_timelines(job_kind)
        courses = (timeline, *items, *on_cancel.values())
        main = job_kind is self.era.main_kind
        return JobPlan(
            job_kind.lifecycle,
            timeline,
            on_cancel,
            job_kind.deadlines,
            job_kind.batch,
            items,
            self.script.fields if main else EMPTY_MAPPING,
            counts_polls=not all(driven_by_time(course) for course in courses),
        )

    def _cancel_timelines(self, job_kind: JobKind) -> dict[str, Timeline]:
        """What follows an accepted cancel, by state: the vendor's table, or the script's."""
        follow = {
            state: verdict.follow for state, verdict in job_kind.cancel_table.items() if isinstance(verdict, Accept)
        }
        script = self.script.cancel
        if script is None or job_kind is not self.era.main_kind:
            return follow
        if script.race:
            return {}
        fallback = script.follow or next(iter(follow.values()), default_cancel_timeline(job_kind))
        return {state: script.follow or follow.get(state, fallback) for state in cancellable_states(job_kind, script)}

    def _item_timelines(
        self,
        job_kind: JobKind,
        timeline: Timeline,
        item_scripts: tuple[ItemScript, ...],
        items: Sequence[Mapping[str, Any]],
        number: int,
    ) -> tuple[Timeline, ...]:
        """The course of each of a batch's items."""
        total = len(items)
        each = [script for script in item_scripts for _ in range(script.copies)]
        if each:
            return tuple(
                self._scripted_item_timeline(job_kind, each[min(place, len(each) - 1)], place, number)
                for place in range(total)
            )
        if timeline is not job_kind.timeline:
            return (_as_item_timeline(job_kind, timeline),) * total
        assert job_kind.item_timeline is not None  # noqa: S101 -- every kind with batch rules has one
        courses = tuple(job_kind.item_timeline(place, total) for place in range(total))
        fate = job_kind.adjust_item_timeline
        return (
            courses if fate is None else tuple(fate(item, course) for item, course in zip(items, courses, strict=True))
        )

    def _scripted_item_timeline(self, job_kind: JobKind, script: ItemScript, index: int, number: int) -> Timeline:
        assert job_kind.batch is not None  # noqa: S101 -- only batches have items
        if script.timeline is not None:
            return script.timeline
        waits = seeded_int(*script.queued, self.seed, "item queued", number, index)
        works = seeded_int(*script.work, self.seed, "item works", number, index)
        outcome = script.outcome or job_kind.batch.succeeded
        return (
            TimelineStep(job_kind.batch.queued, Timed(waits)),
            TimelineStep(job_kind.batch.busy, Timed(works)),
            TimelineStep(outcome, fields=script.fields),
        )


def cancellable_states(job_kind: JobKind, script: CancelScript) -> frozenset[str]:
    """The states in which a scripted cancel is accepted."""
    if script.sources is not None:
        return script.sources
    if script.refusal is not None and script.follow is None and not script.race:
        return frozenset()
    accepted = frozenset(state for state, verdict in job_kind.cancel_table.items() if isinstance(verdict, Accept))
    return accepted or frozenset(job_kind.lifecycle.states) - job_kind.lifecycle.terminal


def default_cancel_timeline(job_kind: JobKind) -> Timeline:
    """What a cancel leads to where the vendor's table has no word for it: the state named for it."""
    names = ("cancelled", "canceled", *sorted(job_kind.lifecycle.terminal))
    return (TimelineStep(next(name for name in names if name in job_kind.lifecycle.states)),)


def _as_item_timeline(job_kind: JobKind, timeline: Timeline) -> Timeline:
    """A batch's scripted timeline as the course of each of its items."""
    batch = job_kind.batch
    assert batch is not None  # noqa: S101 -- only batches have items
    names = {batch.waiting: batch.queued, batch.working: batch.busy, batch.done: batch.succeeded}
    return tuple(step._replace(state=names.get(step.state, batch.dropped)) for step in timeline)


def _match_item_count(body: Mapping[str, Any], item_scripts: tuple[ItemScript, ...]) -> Mapping[str, Any]:
    """The body with as many requests as the scripts describe items, where it has requests at all."""
    total = sum(script.copies for script in item_scripts)
    requests = body.get("requests")
    if not total or not isinstance(requests, list | tuple) or not requests:
        return body
    return {**body, "requests": [requests[0]] * total}
