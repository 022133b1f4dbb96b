"""Creates jobs: builds each job's plan from the vendor's defaults and the scenario's script.

Plans are shared: alike jobs get the same object, so that a million jobs cost one plan. Every choice (an item's
duration from a range) is made by the seed and the job's number.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockserver.core.ids import seeded_int
from mockserver.core.instants import Instant
from mockserver.core.job import Job, JobPlan
from mockserver.core.lifecycle import BatchRules
from mockserver.core.subset import contains
from mockserver.core.timeline import EMPTY_MAPPING, Timed, Timeline, TimelineStep, driven_by_time
from mockserver.vendors.answer import JobOrigin
from mockserver.vendors.cancel import Accept
from mockserver.vendors.model import Era, JobKind
from mockserver.vendors.script import CancelScript, ItemScript, Script, SeededJob, TimelineRule


class Planner:
    """Creates the jobs of one vendor in one session. The cache of plans can be dropped at any time: plans derive.

    What cannot be derived later is which creates matched a timeline rule: a job keeps no create body. So the numbers of
    the matching jobs are kept for each rule that counts. A job that an explanation creates again counts once.
    """

    def __init__(self, era: Era, script: Script, seed: str) -> None:
        self.era = era
        self.script = script
        self.seed = seed
        self._plan_cache: dict[tuple[str, int], JobPlan] = {}
        self._matches: dict[int, set[int]] = {}
        """By the rule's place: the numbers of the jobs whose create matched it."""
        # A rule with `match` or `call` comes before the one for every create, wherever it stands in the file.
        rules = sorted(enumerate(script.timeline_rules), key=lambda placed: placed[1].is_default)
        self._rules = {
            kind: [(place, rule) for place, rule in rules if kind == (rule.kind or era.main_kind.name)]
            for kind in era.kinds
        }
        """The script's rules for each kind of job with their places, in the order of their precedence."""

    def create_job(
        self, kind: str, body: Mapping[str, Any], number: int, now: Instant, spec: Mapping[str, Any] | None = None
    ) -> Job:
        """Create a job from a valid create body; `spec` is what the kind's `build_spec` makes of it, if known."""
        job_kind = self.era.kinds[kind]
        if spec is None:
            spec = job_kind.build_spec(body)
        timeline = self._choose_timeline(job_kind, body, number)
        plan = self._shared_plan(job_kind, timeline, self.script.items_of(kind), spec, number)
        return Job(job_kind.new_id(self.seed, number, now), number, now, spec, plan)

    def origin_of(self, job: Job) -> JobOrigin:
        """Return what a job's create decided, for `restore_job`; of a job that the scenario seeded, nothing."""
        rules = self.script.timeline_rules
        places = [place for place, rule in enumerate(rules) if rule.timeline is job.plan.timeline]
        counted = tuple(
            place
            for place, numbers in sorted(self._matches.items())
            if job.number in numbers and job.kind == (rules[place].kind or self.era.main_kind.name)
        )
        return JobOrigin(next(iter(places), None), counted)

    def restore_job(self, kind: str, spec: Mapping[str, Any], number: int, created: Instant, origin: JobOrigin) -> Job:
        """Return the job that a create once made, without its inputs; later creates count it as they did."""
        job_kind = self.era.kinds[kind]
        timeline = job_kind.timeline
        if origin.rule is not None:
            timeline = self.script.timeline_rules[origin.rule].timeline
        for place in origin.counted:
            self._matches.setdefault(place, set()).add(number)
        plan = self._shared_plan(job_kind, timeline, self.script.items_of(kind), spec, number)
        return Job(job_kind.new_id(self.seed, number, created), number, created, spec, plan)

    def create_seeded_job(self, seed: SeededJob, number: int, start: Instant) -> Job:
        """Create a job that exists when the session starts, as the scenario describes it."""
        kind = self.era.kinds.get(seed.kind, self.era.main_kind)
        created = start - seed.age
        # A timeline of the job's own is narrower than the items that the scenario has for every batch.
        items = seed.items or (() if seed.timeline else self.script.items_of(kind.name))
        body = with_request_for_each_item({**kind.example, **seed.body}, items, kind.items_field)
        timeline = seed.timeline or self._choose_timeline(kind, body, number)
        spec = kind.build_spec(body)
        plan = self._shared_plan(kind, timeline, items, spec, number)
        if seed.fields:
            plan = replace(plan, fields={**plan.fields, **seed.fields})
        return Job(seed.id or kind.new_id(self.seed, number, created), number, created, spec, plan)

    def _choose_timeline(self, kind: JobKind, body: Mapping[str, Any], number: int) -> Timeline:
        """Return the script's timeline for the create body of a job, else the vendor's."""
        # All rules are tried, because each counts the creates that match it.
        fitting = [rule for place, rule in self._rules[kind.name] if self._applies(rule, place, body, number)]
        return fitting[0].timeline if fitting else kind.timeline

    def _applies(self, rule: TimelineRule, place: int, body: Mapping[str, Any], number: int) -> bool:
        matches = rule.match is None or contains(body, rule.match)
        if not rule.calls:
            return matches
        numbers = self._matches.setdefault(place, set())
        # A create that lost its number to another one is forgotten.
        numbers.discard(number)
        if not matches:
            return False
        numbers.add(number)
        return sum(1 for earlier in numbers if earlier <= number) in rule.calls

    def _shared_plan(
        self, kind: JobKind, timeline: Timeline, scripts: tuple[ItemScript, ...], spec: Mapping[str, Any], number: int
    ) -> JobPlan:
        # The items of a batch are chosen by its number, so batches share no plan.
        if kind.batch is not None:
            items = self._item_timelines(kind, timeline, scripts, spec, number)
            return self._build_plan(kind, timeline, items)
        # Keyed by identity: timelines belong to the script and the era, which both live as long as the planner does.
        key = (kind.name, id(timeline))
        if key not in self._plan_cache:
            self._plan_cache[key] = self._build_plan(kind, timeline, ())
        return self._plan_cache[key]

    def _build_plan(self, kind: JobKind, timeline: Timeline, items: tuple[Timeline, ...]) -> JobPlan:
        on_cancel = self._cancel_timelines(kind)
        fields = self.script.fields.get(kind.name, EMPTY_MAPPING)
        distinct = dict(zip(map(id, items), items, strict=True))
        return JobPlan(
            lifecycle=kind.lifecycle,
            timeline=timeline,
            on_cancel=on_cancel,
            deadlines=kind.deadlines,
            batch=kind.batch,
            items=items,
            fields=fields,
            counts_polls=not all(map(driven_by_time, (timeline, *distinct.values(), *on_cancel.values()))),
        )

    def _cancel_timelines(self, kind: JobKind) -> dict[str, Timeline]:
        """Return the timelines after an accepted cancel, by the state that it finds."""
        follow = {state: row.follow for state, row in kind.cancel_table.items() if isinstance(row, Accept)}
        script = self.script.cancels.get(kind.name)
        if script is None:
            return follow
        # A race: the cancel is accepted, and without a timeline the job continues to its end.
        if script.race:
            return {}
        fallback = script.follow or next(iter(follow.values()), default_cancel_timeline(kind))
        return {state: script.follow or follow.get(state, fallback) for state in cancellable_states(kind, script)}

    def _item_timelines(
        self, kind: JobKind, timeline: Timeline, scripts: tuple[ItemScript, ...], spec: Mapping[str, Any], number: int
    ) -> tuple[Timeline, ...]:
        """Build the timeline of each item of a batch."""
        items = spec["items"]
        each = [script for script in scripts for _ in range(script.copies)]
        # A create that only names a file says nothing of the items: a scenario says how many there are.
        total = len(items) or (spec.get("open_items", 0) and (len(each) or spec["open_items"]))
        if each:
            # The last script also stands for the items that have none.
            each = [*each[:total], *[each[-1]] * (total - len(each))]
            return tuple(self._scripted_item_timeline(kind, script, index, number) for index, script in enumerate(each))
        if timeline is not kind.timeline:
            # A batch's scripted timeline, in the words of its items, is the timeline of each of them.
            batch = kind.batch
            assert batch is not None  # noqa: S101 -- only batches have items
            return (_in_words_of_items(timeline, batch),) * total
        assert kind.item_timeline is not None  # noqa: S101 -- every kind with batch rules has one
        timelines = tuple(kind.item_timeline(index, total) for index in range(total))
        adjust = kind.adjust_item_timeline
        if adjust is None or not items:
            return timelines
        return tuple(map(adjust, items, timelines))

    def _scripted_item_timeline(self, kind: JobKind, script: ItemScript, index: int, number: int) -> Timeline:
        assert kind.batch is not None  # noqa: S101 -- only batches have items
        if script.timeline is not None:
            return script.timeline
        waits = seeded_int(*script.queued, self.seed, "item queued", number, index)
        works = seeded_int(*script.work, self.seed, "item works", number, index)
        outcome = script.outcome or kind.batch.succeeded
        return (
            TimelineStep(kind.batch.queued, Timed(waits)),
            TimelineStep(kind.batch.busy, Timed(works)),
            TimelineStep(outcome, fields=script.fields),
        )


def _in_words_of_items(timeline: Timeline, rules: BatchRules) -> Timeline:
    """Return a batch's timeline as that of an item: without the steps that are the batch's own."""
    own = {rules.closing}
    if rules.opens and isinstance(timeline[0].stay, Timed):
        own.add(rules.waiting)
    names = {rules.waiting: rules.queued, rules.working: rules.busy, rules.done: rules.succeeded}
    steps = tuple(
        step._replace(state=names.get(step.state, rules.dropped)) for step in timeline if step.state not in own
    )
    if rules.failed and steps[0].state == rules.dropped:
        # An item waits before it is dropped, however short: it has not begun.
        return (TimelineStep(rules.queued, Timed(0)), *steps)
    return steps


def with_request_for_each_item(body: dict[str, Any], items: tuple[ItemScript, ...], member: str) -> dict[str, Any]:
    """Return a batch's create body whose first request is repeated for each item that the scripts describe.

    `member` is that of the body that lists the requests.
    """
    total = sum(script.copies for script in items)
    requests = body.get(member)
    if not total or not requests or not isinstance(requests, list | tuple):
        return body
    first = requests[0]
    copies = [first] * total
    if isinstance(first, dict) and "custom_id" in first:
        # The client's own names of the items must differ.
        copies = [{**first, "custom_id": f"{first['custom_id']}-{number}"} for number in range(1, total + 1)]
    return {**body, member: copies}


def cancellable_states(kind: JobKind, script: CancelScript) -> frozenset[str]:
    """Return the states in which a scenario's policy accepts a cancel."""
    if script.sources is not None:
        return script.sources
    # A refusal alone means: refuse everywhere.
    if script.refusal is not None and script.follow is None and not script.race:
        return frozenset()
    accepted = frozenset(state for state, row in kind.cancel_table.items() if isinstance(row, Accept))
    # In an era that cancels nothing, a policy accepts in every live state.
    return accepted or frozenset(kind.lifecycle.states) - kind.lifecycle.terminal


def default_cancel_timeline(kind: JobKind) -> Timeline:
    """Return the timeline after a cancel where the vendor's table has none: the state that is named for it."""
    names = ("cancelled", "canceled", *sorted(kind.lifecycle.terminal))
    return (TimelineStep(next(name for name in names if name in kind.lifecycle.states)),)
