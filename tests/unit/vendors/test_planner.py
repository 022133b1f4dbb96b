"""From defaults and scripts to plans, for a toy vendor."""

from types import MappingProxyType

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.job import Deadline
from mockserver.core.lifecycle import Lifecycle
from mockserver.core.timeline import EMPTY_MAPPING, NO_END, Polls, Timed, TimelineStep
from mockserver.vendors.api import Accept, JobKind, Refuse, build_timeline
from mockserver.vendors.planner import (
    Planner,
    cancellable_states,
    default_cancel_timeline,
    with_request_for_each_item,
)
from mockserver.vendors.script import (
    NO_SCRIPT,
    CancelScript,
    ItemScript,
    Script,
    ScriptedResponse,
    SeededJob,
    TimelineRule,
)
from tests.support.toy_lifecycles import BATCH, BATCH_RULES, JOB
from tests.support.toy_vendor import make_era

NOW = 1_783_425_600 * SECOND
COURSE = build_timeline(("waiting", Timed(SECOND)), ("working", Timed(SECOND)), ("done", NO_END))
CANCELLED = build_timeline(("cancelled", NO_END))
DRAINING = build_timeline(("draining", Timed(SECOND)), ("cancelled", NO_END))
POLLED = build_timeline(("waiting", Polls(2)), ("done", NO_END))


def kind(lifecycle=JOB, **changes):
    """A kind of job that remembers its whole body."""
    settings = {
        "cancel_table": {"waiting": Accept(CANCELLED), "working": Refuse("busy"), "done": Refuse("done")},
        **changes,
    }
    return JobKind(
        lifecycle=lifecycle,
        timeline=COURSE,
        new_id=lambda seed, number, at: f"{seed}-{number}-{at}",
        id_pattern=".*",
        build_spec=dict,
        example={"size": 1},
        **settings,
    )


def batch(**changes):
    """A kind whose jobs have an item for each request."""
    settings = {
        "lifecycle": BATCH,
        "timeline": COURSE,
        "new_id": lambda seed, number, at: f"b{number}",
        "id_pattern": "b.*",
        "build_spec": lambda body: {"items": body.get("requests", [])},
        "example": {"requests": [{"name": "example"}]},
        "batch": BATCH_RULES,
        "item_timeline": lambda index, total: build_timeline(
            ("queued", Timed(index)), ("busy", Timed(total)), ("ready", NO_END)
        ),
        **changes,
    }
    return JobKind(**settings)


def planner(script=NO_SCRIPT, *, main=None, side=None, seed="seed"):
    """A planner of an era of one kind, or of two."""
    kinds = {job_kind.name: job_kind for job_kind in (main or kind(), side) if job_kind is not None}
    return Planner(make_era(kinds=kinds), script, seed)


class TestJob:
    def test_without_a_script_it_does_as_the_vendor_does(self):
        job = planner().create_job("job", {"size": 3}, 7, NOW)
        assert job.id == f"seed-7-{NOW}"
        assert job.number == 7
        assert job.created == NOW
        assert job.spec == {"size": 3}
        assert job.inputs == ()
        assert job.plan.timeline == COURSE
        assert job.plan.on_cancel == {"waiting": CANCELLED}
        assert job.plan.fields == {}
        assert not job.plan.counts_polls
        assert job.plan.batch is None

    def test_alike_jobs_share_a_plan(self):
        plans = planner(side=kind(Lifecycle("side", ("waiting",), (), frozenset())))
        assert plans.create_job("job", {}, 1, NOW).plan is plans.create_job("job", {"size": 2}, 2, NOW).plan
        assert plans.create_job("side", {}, 1, NOW).plan is not plans.create_job("job", {}, 1, NOW).plan

    def test_deadlines_are_the_kinds(self):
        plan = planner(main=kind(deadlines=(Deadline(SECOND, "done"),))).create_job("job", {}, 1, NOW).plan
        assert plan.deadlines == (Deadline(SECOND, "done"),)

    def test_a_course_that_matches_comes_before_one_for_all(self):
        other = build_timeline(("done", NO_END))
        plans = planner(Script(timeline_rules=(TimelineRule(POLLED), TimelineRule(other, {"size": 2}))))
        assert plans.create_job("job", {"size": 2, "x": 1}, 1, NOW).plan.timeline == other
        assert plans.create_job("job", {"size": 3}, 2, NOW).plan.timeline == POLLED

    def test_only_the_nth_of_the_creates_that_match(self):
        other = build_timeline(("done", NO_END))
        rule = TimelineRule(other, {"size": 2}, frozenset({2, 3}))
        plans = planner(Script(timeline_rules=(TimelineRule(POLLED), rule)))
        sizes = (2, 3, 2, 2, 2)
        jobs = [plans.create_job("job", {"size": size}, number, NOW) for number, size in enumerate(sizes, 1)]
        assert [job.plan.timeline == other for job in jobs] == [False, False, True, True, False]
        # An explanation creates a job again: it counts once, and so does a number that another create has taken.
        assert plans.create_job("job", {"size": 2}, 3, NOW).plan.timeline == other
        assert plans.create_job("job", {"size": 3}, 3, NOW).plan.timeline == POLLED
        assert plans.create_job("job", {"size": 2}, 4, NOW).plan.timeline == other

    def test_the_nth_create_of_all(self):
        other = build_timeline(("done", NO_END))
        plans = planner(Script(timeline_rules=(TimelineRule(other, calls=frozenset({2})),)))
        jobs = [plans.create_job("job", {}, number, NOW) for number in (1, 2, 3)]
        assert [job.plan.timeline == other for job in jobs] == [False, True, False]

    def test_where_none_matches_the_vendors_holds(self):
        plans = planner(Script(timeline_rules=(TimelineRule(POLLED, {"size": 2}),)))
        assert plans.create_job("job", {"size": 3}, 1, NOW).plan.timeline == COURSE

    def test_a_script_is_about_the_main_kind_only(self):
        script = Script(
            timeline_rules=(TimelineRule(POLLED),), fields={"job": {"x": 1}}, cancels={"job": CancelScript(race=True)}
        )
        plans = planner(script, side=kind(Lifecycle("side", JOB.states, (), JOB.terminal)))
        side, main = plans.create_job("side", {}, 1, NOW).plan, plans.create_job("job", {}, 1, NOW).plan
        assert side.timeline == COURSE
        assert side.fields == EMPTY_MAPPING
        assert side.on_cancel == {"waiting": CANCELLED}
        assert main.timeline == POLLED
        assert main.fields == {"x": 1}
        assert main.on_cancel == {}

    def test_a_timeline_and_a_policy_of_another_kind(self):
        script = Script(
            timeline_rules=(TimelineRule(POLLED, kind="side"),), cancels={"side": CancelScript(follow=DRAINING)}
        )
        plans = planner(script, side=kind(Lifecycle("side", JOB.states, (), JOB.terminal)))
        side, main = plans.create_job("side", {}, 1, NOW).plan, plans.create_job("job", {}, 1, NOW).plan
        assert side.timeline == POLLED
        assert side.on_cancel == {"waiting": DRAINING}
        assert main.timeline == COURSE
        assert main.on_cancel == {"waiting": CANCELLED}

    @pytest.mark.parametrize(
        ("script", "counts"),
        [
            (NO_SCRIPT, False),
            (Script(timeline_rules=(TimelineRule(POLLED),)), True),
            (
                Script(
                    cancels={"job": CancelScript(follow=build_timeline(("working", Polls(1)), ("cancelled", NO_END)))}
                ),
                True,
            ),
        ],
    )
    def test_polls_count_where_some_stay_is_made_of_them(self, script, counts):
        assert planner(script).create_job("job", {}, 1, NOW).plan.counts_polls is counts


class TestSeeded:
    def test_it_is_made_of_the_example(self):
        job = planner().create_seeded_job(SeededJob(body={"name": "mine"}), 1, NOW)
        assert job.id == f"seed-1-{NOW}"
        assert job.spec == {"size": 1, "name": "mine"}
        assert job.plan.timeline == COURSE

    def test_what_a_script_says_of_another_kind_is_about_it_alone(self):
        items = (ItemScript(copies=2, kind="batch"), ItemScript(copies=7, kind="crate"))
        script = Script(timeline_rules=(TimelineRule(POLLED, kind="batch"),), fields={"batch": {"x": 1}}, items=items)
        plans = planner(script, side=batch())
        side = plans.create_job("batch", {"requests": [{}, {}, {}]}, 1, NOW).plan
        assert side.fields == {"x": 1}
        assert side.timeline == POLLED
        assert len(side.items) == 3
        main = plans.create_job("job", {}, 1, NOW).plan
        assert main.fields == EMPTY_MAPPING
        assert main.timeline == COURSE
        assert [item.copies for item in script.items_of("crate")] == [7]

    def test_its_own_words_win(self):
        script = Script(timeline_rules=(TimelineRule(COURSE),), fields={"job": {"a": 1, "b": 1}})
        seed = SeededJob(id="mine", timeline=POLLED, fields={"b": 2}, age=5 * SECOND)
        plans = planner(script)
        job = plans.create_seeded_job(seed, 1, NOW)
        assert job.id == "mine"
        assert job.created == NOW - 5 * SECOND
        assert job.plan.timeline == POLLED
        assert job.plan.fields == {"a": 1, "b": 2}
        assert plans.create_seeded_job(SeededJob(timeline=POLLED), 2, NOW).plan.fields == {"a": 1, "b": 1}

    def test_of_another_kind(self):
        plans = planner(side=kind(Lifecycle("side", ("waiting",), (), frozenset())))
        assert plans.create_seeded_job(SeededJob(kind="side"), 1, NOW).kind == "side"

    @pytest.mark.parametrize(
        ("example", "total"),
        [({"requests": [{"name": "example"}]}, 3), ({"requests": []}, 0), ({"requests": "no list"}, 0), ({}, 0)],
    )
    def test_a_batch_gets_as_many_requests_as_items_are_described(self, example, total):
        def build_spec(body):
            requests = body.get("requests")
            return {"items": requests if isinstance(requests, list) else []}

        main = batch(example=example, build_spec=build_spec)
        seed = SeededJob(items=(ItemScript(copies=2), ItemScript()))
        assert len(planner(main=main).create_seeded_job(seed, 1, NOW).plan.items) == total

    def test_a_batch_with_its_own_timeline_has_no_items_of_the_scenario(self):
        plans = planner(Script(items=(ItemScript(copies=2),)), main=batch())
        plan = plans.create_seeded_job(SeededJob(timeline=POLLED), 1, NOW).plan
        assert [[step.stay for step in item] for item in plan.items] == [[Polls(2), NO_END]]

    def test_a_batch_without_items_has_the_examples(self):
        assert len(planner(main=batch()).create_seeded_job(SeededJob(), 1, NOW).plan.items) == 1


class TestItems:
    REQUESTS = MappingProxyType({"requests": [{"name": "a"}, {"name": "b"}, {"name": "c"}]})

    def plan(self, script=NO_SCRIPT, **more):
        return planner(script, main=batch(**more)).create_job("batch", self.REQUESTS, 1, NOW).plan

    def test_the_vendors_course_by_place_and_total(self):
        stays = [(item[0].stay, item[1].stay) for item in self.plan().items]
        assert stays == [(Timed(0), Timed(3)), (Timed(1), Timed(3)), (Timed(2), Timed(3))]

    def test_the_vendors_fate_of_each(self):
        doomed = build_timeline(("failed", NO_END))
        plan = self.plan(adjust_item_timeline=lambda item, timeline: doomed if item["name"] == "b" else timeline)
        assert [item[-1].state for item in plan.items] == ["ready", "failed", "ready"]

    def test_a_scripted_timeline_of_the_batch_becomes_the_items(self):
        timeline = (TimelineStep("waiting", Polls(1)), TimelineStep("working", Timed(5)), TimelineStep("done"))
        plan = self.plan(Script(timeline_rules=(TimelineRule(timeline),)))
        assert {tuple(step.state for step in item) for item in plan.items} == {("queued", "busy", "ready")}
        assert plan.counts_polls
        assert len(plan.items) == 3
        expired = self.plan(
            Script(timeline_rules=(TimelineRule((TimelineStep("waiting", Timed(1)), TimelineStep("expired"))),))
        )
        assert expired.items[0][-1].state == "dropped"

    @pytest.mark.parametrize(
        ("timeline", "item"),
        [
            (
                (("waiting", Timed(5)), ("working", Timed(9)), ("closing", Timed(3)), ("done", NO_END)),
                [("busy", Timed(9)), ("ready", NO_END)],
            ),
            (
                (("waiting", Polls(1)), ("working", Timed(9)), ("done", NO_END)),
                [("queued", Polls(1)), ("busy", Timed(9)), ("ready", NO_END)],
            ),
            ((("waiting", Timed(5)), ("refused", NO_END)), [("queued", Timed(0)), ("dropped", NO_END)]),
        ],
    )
    def test_steps_that_are_the_batchs_own_are_none_of_its_items(self, timeline, item):
        rules = BATCH_RULES._replace(opens=True, closing="closing", failed="refused")
        plan = self.plan(Script(timeline_rules=(TimelineRule(build_timeline(*timeline)),)), batch=rules)
        assert [(step.state, step.stay) for step in plan.items[0]] == item

    def test_scripted_items(self):
        own = build_timeline(("queued", Timed(1)), ("failed", NO_END))
        items = (
            ItemScript(work=(5, 5), outcome="failed", fields={"error": {}}),
            ItemScript(timeline=own),
            ItemScript(queued=(2, 9), work=(10, 90)),
        )
        first, second, third = self.plan(Script(items=items)).items
        assert first == (
            TimelineStep("queued", Timed(0)),
            TimelineStep("busy", Timed(5)),
            TimelineStep("failed", fields={"error": {}}),
        )
        assert second == own
        assert 2 <= third[0].stay.duration <= 9
        assert 10 <= third[1].stay.duration <= 90
        assert third[2].state == "ready"

    def test_the_last_script_serves_the_rest(self):
        items = (ItemScript(outcome="failed"), ItemScript(copies=1, outcome="ready"))
        assert [item[-1].state for item in self.plan(Script(items=items)).items] == ["failed", "ready", "ready"]

    def test_ranges_are_chosen_by_seed_and_number(self):
        script = Script(items=(ItemScript(copies=3, work=(0, 10**9)),))
        one, same, other = (
            planner(script, main=batch(), seed=seed).create_job("batch", self.REQUESTS, number, NOW).plan.items
            for seed, number in (("s", 1), ("s", 1), ("s", 2))
        )
        assert one == same
        assert one != other
        assert len({item[1].stay for item in one}) == 3


class TestCancel:
    def on_cancel(self, script, **more):
        return planner(Script(cancels={"job": script}), main=kind(**more)).create_job("job", {}, 1, NOW).plan.on_cancel

    def test_what_follows_is_the_scripts(self):
        assert self.on_cancel(CancelScript(follow=DRAINING)) == {"waiting": DRAINING}

    def test_states_of_the_script_follow_the_vendors_way(self):
        assert self.on_cancel(CancelScript(sources=frozenset({"waiting", "working"}))) == {
            "waiting": CANCELLED,
            "working": CANCELLED,
        }

    def test_a_race_changes_nothing(self):
        assert self.on_cancel(CancelScript(race=True)) == {}

    def test_an_era_that_cancels_nothing_has_a_way_all_the_same(self):
        follow = self.on_cancel(CancelScript(sources=frozenset({"working"})), cancel_table={})
        assert follow == {"working": (TimelineStep("cancelled"),)}

    @pytest.mark.parametrize(
        ("script", "cancel", "sources"),
        [
            (CancelScript(sources=frozenset({"done"})), None, {"done"}),
            (CancelScript(refusal=ScriptedResponse(409)), None, set()),
            (CancelScript(refusal=ScriptedResponse(409), follow=CANCELLED), None, {"waiting"}),
            (CancelScript(refusal=ScriptedResponse(409), race=True), None, {"waiting"}),
            (CancelScript(follow=CANCELLED), None, {"waiting"}),
            (CancelScript(follow=CANCELLED), {}, {"waiting", "working"}),
        ],
    )
    def test_where_it_is_accepted(self, script, cancel, sources):
        rules = kind() if cancel is None else kind(cancel_table=cancel)
        assert cancellable_states(rules, script) == sources

    @pytest.mark.parametrize(
        ("states", "state"),
        [(("a", "canceled", "cancelled"), "cancelled"), (("a", "canceled"), "canceled"), (("a", "c", "b"), "b")],
    )
    def test_the_state_it_leads_to(self, states, state):
        rules = kind(Lifecycle("job", states, (), frozenset(states[1:])))
        assert default_cancel_timeline(rules) == (TimelineStep(state),)


@pytest.mark.parametrize(
    ("requests", "copies", "sent"),
    [
        ([{"a": 1}], 3, [{"a": 1}] * 3),
        ([{"custom_id": "x"}, {"custom_id": "y"}], 2, [{"custom_id": "x-1"}, {"custom_id": "x-2"}]),
        ([{"a": 1}, {"a": 2}], 0, [{"a": 1}, {"a": 2}]),
        ([], 2, []),
        ("none", 2, "none"),
    ],
)
def test_a_create_has_a_request_for_each_item(requests, copies, sent):
    items = (ItemScript(copies),) if copies else ()
    assert with_request_for_each_item({"pages": requests, "b": 1}, items, "pages") == {"pages": sent, "b": 1}


class TestRestoredJobs:
    @staticmethod
    def planner():
        """Plan by three rules: by the body, by the number of the create, and for all others."""
        rules = (
            TimelineRule(POLLED, match={"size": 9}),
            TimelineRule(CANCELLED, calls=(2,)),
            TimelineRule(DRAINING),
        )
        return Planner(make_era(kinds={"job": kind()}, operations=()), Script(timeline_rules=rules), "seed")

    @pytest.mark.parametrize("body", [{"size": 9}, {"size": 1}])
    def test_the_same_job_follows_from_spec_and_origin(self, body):
        made = self.planner()
        jobs = [made.create_job("job", body, number, NOW) for number in (1, 2)]
        restored = self.planner()
        for job in jobs:
            again = restored.restore_job("job", dict(job.spec), job.number, NOW, made.origin_of(job))
            assert again.id == job.id
            assert again.spec == job.spec
            assert again.plan.timeline == job.plan.timeline

    def test_later_creates_count_a_restored_one(self):
        made = self.planner()
        first = made.create_job("job", {"size": 1}, 1, NOW)
        restored = self.planner()
        restored.restore_job("job", first.spec, 1, NOW, made.origin_of(first))
        assert restored.create_job("job", {"size": 1}, 2, NOW).plan.timeline == CANCELLED

    def test_without_a_script_the_timeline_is_the_vendor_s(self):
        made = Planner(make_era(kinds={"job": kind()}, operations=()), NO_SCRIPT, "seed")
        job = made.create_job("job", {"size": 1}, 1, NOW)
        origin = made.origin_of(job)
        assert origin.rule is None
        assert made.restore_job("job", job.spec, 1, NOW, origin).plan.timeline is job.plan.timeline
