"""From a vendor's defaults and a scenario's script to the plan of a job.

Plans are shared: alike jobs get the same object, so that a million of them cost one plan. Everything that is chosen
(an item's duration out of a range) is chosen by the seed and the job's number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mockserver.core.ids import between
from mockserver.core.instants import Instant
from mockserver.core.job import Job, Plan
from mockserver.core.subset import contains
from mockserver.core.timeline import NOTHING, For, Step, Timeline, driven_by_time
from mockserver.vendors.api import Accept, Era, Kind
from mockserver.vendors.script import CancelScript, ItemScript, Script, SeededJob


class Planner:
    """Makes the jobs of one vendor in one session. Its cache is only a cache: every plan derives."""

    def __init__(self, era: Era, script: Script, seed: str) -> None:
        self.era = era
        self.script = script
        self.seed = seed
        self._plans: dict[tuple[str, int], Plan] = {}

    def job(self, kind: str, body: Mapping[str, Any], number: int, now: Instant) -> Job:
        """A job created now by a valid create request."""
        rules = self.era.kinds[kind]
        spec = rules.specify(body)
        plan = self._plan(rules, self._timeline(rules, body), self.script.items, spec, number)
        return Job(rules.new_id(self.seed, number, now), number, now, spec, plan)

    def seeded(self, seed: SeededJob, number: int, start: Instant) -> Job:
        """A job that the scenario lets exist at the session's start."""
        rules = self.era.kinds[seed.kind] if seed.kind else self.era.main
        created = start - seed.age
        items = seed.items or self.script.items
        body = {**rules.example, **seed.body}
        spec = rules.specify(_sized(body, items))
        plan = self._plan(rules, seed.timeline or self._timeline(rules, body), items, spec, number)
        if seed.fields:
            plan = replace(plan, fields={**plan.fields, **seed.fields})
        return Job(seed.id or rules.new_id(self.seed, number, created), number, created, spec, plan)

    def _timeline(self, rules: Kind, body: Mapping[str, Any]) -> Timeline:
        """The scripted course that fits a create body (one with `match` before one without), else the vendor's."""
        if rules is not self.era.main:
            return rules.timeline
        fitting = [course for course in self.script.courses if course.match is None or contains(body, course.match)]
        fitting.sort(key=lambda course: course.match is None)
        return fitting[0].timeline if fitting else rules.timeline

    def _plan(
        self,
        rules: Kind,
        timeline: Timeline,
        scripts: tuple[ItemScript, ...],
        spec: Mapping[str, Any],
        number: int,
    ) -> Plan:
        if rules.batch is not None:
            items = self._items(rules, timeline, scripts, spec["items"], number)
            return self._build(rules, timeline, items)
        cached = self._plans.get((rules.name, id(timeline)))
        if cached is None:
            cached = self._plans[rules.name, id(timeline)] = self._build(rules, timeline, ())
        return cached

    def _build(self, rules: Kind, timeline: Timeline, items: tuple[Timeline, ...]) -> Plan:
        on_cancel = self._on_cancel(rules)
        courses = (timeline, *items, *on_cancel.values())
        main = rules is self.era.main
        return Plan(
            rules.lifecycle,
            timeline,
            on_cancel,
            rules.deadlines,
            rules.batch,
            items,
            self.script.fields if main else NOTHING,
            counts_polls=not all(driven_by_time(course) for course in courses),
        )

    def _on_cancel(self, rules: Kind) -> dict[str, Timeline]:
        """What follows an accepted cancel, by state: the vendor's table, or the script's."""
        follow = {state: verdict.follow for state, verdict in rules.cancel.items() if isinstance(verdict, Accept)}
        script = self.script.cancel
        if script is None or rules is not self.era.main:
            return follow
        if script.race:
            return {}
        fallback = script.follow or next(iter(follow.values()), cancelled_course(rules))
        return {state: script.follow or follow.get(state, fallback) for state in cancel_sources(rules, script)}

    def _items(
        self,
        rules: Kind,
        timeline: Timeline,
        scripts: tuple[ItemScript, ...],
        items: Sequence[Mapping[str, Any]],
        number: int,
    ) -> tuple[Timeline, ...]:
        """The course of each of a batch's items."""
        total = len(items)
        each = [script for script in scripts for _ in range(script.copies)]
        if each:
            return tuple(self._item(rules, each[min(place, len(each) - 1)], place, number) for place in range(total))
        if timeline is not rules.timeline:
            return (_item_course(rules, timeline),) * total
        assert rules.item_timeline is not None  # noqa: S101 -- every kind with batch rules has one
        courses = tuple(rules.item_timeline(place, total) for place in range(total))
        fate = rules.item_fate
        return (
            courses if fate is None else tuple(fate(item, course) for item, course in zip(items, courses, strict=True))
        )

    def _item(self, rules: Kind, script: ItemScript, place: int, number: int) -> Timeline:
        assert rules.batch is not None  # noqa: S101 -- only batches have items
        if script.timeline is not None:
            return script.timeline
        waits = between(*script.queued, self.seed, "item queued", number, place)
        works = between(*script.work, self.seed, "item works", number, place)
        outcome = script.outcome or rules.batch.succeeded
        return (
            Step(rules.batch.queued, For(waits)),
            Step(rules.batch.busy, For(works)),
            Step(outcome, fields=script.fields),
        )


def cancel_sources(rules: Kind, script: CancelScript) -> frozenset[str]:
    """The states in which a scripted cancel is accepted."""
    if script.sources is not None:
        return script.sources
    if script.refusal is not None and script.follow is None and not script.race:
        return frozenset()
    accepted = frozenset(state for state, verdict in rules.cancel.items() if isinstance(verdict, Accept))
    return accepted or frozenset(rules.lifecycle.states) - rules.lifecycle.terminal


def cancelled_course(rules: Kind) -> Timeline:
    """What a cancel leads to where the vendor's table has no word for it: the state named for it."""
    names = ("cancelled", "canceled", *sorted(rules.lifecycle.terminal))
    return (Step(next(name for name in names if name in rules.lifecycle.states)),)


def _item_course(rules: Kind, timeline: Timeline) -> Timeline:
    """A batch's scripted timeline as the course of each of its items."""
    batch = rules.batch
    assert batch is not None  # noqa: S101 -- only batches have items
    names = {batch.waiting: batch.queued, batch.working: batch.busy, batch.done: batch.succeeded}
    return tuple(step._replace(state=names.get(step.state, batch.dropped)) for step in timeline)


def _sized(body: Mapping[str, Any], scripts: tuple[ItemScript, ...]) -> Mapping[str, Any]:
    """The body with as many requests as the scripts describe items, where it has requests at all."""
    total = sum(script.copies for script in scripts)
    requests = body.get("requests")
    if not total or not isinstance(requests, list | tuple) or not requests:
        return body
    return {**body, "requests": [requests[0]] * total}
