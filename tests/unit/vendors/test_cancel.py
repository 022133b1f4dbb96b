"""Cancel tables: conditions as data, their turning points and their rules."""

import pytest

from mockserver.core.instants import HOUR, SECOND
from mockserver.core.job import Job, JobPlan, StateSpan
from mockserver.core.timeline import Timed, TimelineStep
from mockserver.vendors.api import Accept, AlreadyCancelled, Delete, Refuse, Source, SpecCondition
from mockserver.vendors.cancel import cancel_rules, turning_points
from mockserver.vendors.commands import cancel_job, decide_cancel, snapshot
from mockserver.vendors.http import json_response
from mockserver.vendors.script import CancelScript, ScriptedResponse
from tests.support.vendor_calls import STATES, make_call

SOURCE = Source("page cancel", "2026-01-01", "Said there.")
LATE = Refuse("too late", SOURCE)
STUCK = Accept(after=HOUR, otherwise=LATE, source=SOURCE)
FOR_ACME = Accept(only_for=SpecCondition("provider", frozenset({"acme"})), otherwise=Refuse("unsupported"))


def job_in(*steps, provider=None):
    """A job created at 0 with these steps."""
    return Job("j1", 1, 0, {"provider": provider}, JobPlan(STATES, steps))


def decide(table, job, now=0, policy=None):
    return decide_cancel(make_call(job, now=now, table=table, cancel=policy), snapshot(job, now))


class TestValues:
    ROW = Accept(only_for=SpecCondition("provider", frozenset({"acme", 2, True, None})), otherwise=LATE)

    @pytest.mark.parametrize(("provider", "accepted"), [("acme", True), (2, True), (None, True), ([2], False)])
    def test_a_condition_compares_any_value_of_json(self, provider, accepted):
        job = job_in(TimelineStep("waiting"), provider=provider)
        assert (decide({"waiting": self.ROW}, job) is self.ROW) is accepted

    def test_a_rule_names_values_of_any_type(self):
        rule = next(cancel_rules("job", {"waiting": self.ROW}))
        assert rule.text == "accepted, for provider 2, acme, null, true"


class TestTime:
    @pytest.mark.parametrize(("now", "decision"), [(HOUR, LATE), (HOUR + 1, STUCK)])
    def test_it_counts_from_the_start_of_the_state_and_means_more_than(self, now, decision):
        assert decide({"waiting": STUCK}, job_in(TimelineStep("waiting")), now) == decision

    @pytest.mark.parametrize(("now", "accepted"), [(HOUR, False), (HOUR + 1, True)])
    def test_it_counts_from_another_state(self, now, accepted):
        job = job_in(TimelineStep("waiting", Timed(SECOND)), TimelineStep("odd"))
        row = STUCK._replace(since="waiting")
        assert (decide({"odd": row}, job, now) == row) is accepted

    def test_it_counts_from_the_present_state_if_that_one_was_skipped(self):
        job = job_in(TimelineStep("waiting", Timed(SECOND)), TimelineStep("odd"))
        row = STUCK._replace(since="done")
        assert decide({"odd": row}, job, HOUR + SECOND) == LATE
        assert decide({"odd": row}, job, HOUR + SECOND + 1) == row

    def test_a_policy_without_states_leaves_the_time_to_the_vendor(self):
        job = job_in(TimelineStep("waiting"))
        refusal = ScriptedResponse(409)
        follow = (TimelineStep("cancelled"),)
        assert decide({"waiting": STUCK}, job, 1, CancelScript(follow=follow)) == LATE
        assert decide({"waiting": STUCK}, job, 1, CancelScript(follow=follow, refusal=refusal)) == refusal
        assert decide({"waiting": STUCK}, job, HOUR + 1, CancelScript(follow=follow)) == Accept()

    def test_a_policy_in_an_era_without_a_table_has_no_conditions(self):
        policy = CancelScript(follow=(TimelineStep("cancelled"),))
        assert decide({}, job_in(TimelineStep("waiting")), 1, policy) == Accept()

    def test_a_policy_with_states_replaces_it(self):
        policy = CancelScript(sources=frozenset({"waiting"}))
        assert decide({"waiting": STUCK}, job_in(TimelineStep("waiting")), 1, policy) == Accept()


class TestSpec:
    @pytest.mark.parametrize(("provider", "decision"), [("acme", FOR_ACME), ("other", Refuse("unsupported"))])
    def test_it_is_looked_up_in_the_spec(self, provider, decision):
        assert decide({"waiting": FOR_ACME}, job_in(TimelineStep("waiting"), provider=provider)) == decision

    def test_a_policy_replaces_it(self):
        assert decide({"waiting": FOR_ACME}, job_in(TimelineStep("waiting")), policy=CancelScript()) == Accept()


def test_turning_points_are_derived_from_the_rows():
    spans = [
        StateSpan(TimelineStep(state), at * SECOND, None, "time") for at, state in enumerate(("waiting", "odd", "done"))
    ]
    table = {"waiting": STUCK, "odd": Accept(), "done": STUCK._replace(since="odd"), "cancelled": AlreadyCancelled()}
    assert turning_points(table, tuple(spans)) == [HOUR, HOUR + SECOND]
    assert turning_points({}, tuple(spans)) == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (Accept(), None),
        (STUCK, "more than 1h after the state began"),
        (STUCK._replace(since="waiting"), "more than 1h after waiting began"),
        (FOR_ACME, "for provider acme"),
        (FOR_ACME._replace(after=SECOND), "more than 1s after the state began and for provider acme"),
    ],
)
def test_conditions_in_words(row, words):
    assert row.condition == words


def test_rows_as_rules():
    table = {
        "waiting": STUCK._replace(follow=(TimelineStep("odd"), TimelineStep("cancelled"))),
        "odd": Accept(source=SOURCE),
        "done": Refuse(),
        "cancelled": AlreadyCancelled(SOURCE),
    }
    rules = list(cancel_rules("job", table))
    assert {rule.topic for rule in rules} == {"cancel"}
    assert [(rule.subject, rule.text) for rule in rules] == [
        ("job, waiting", "accepted, more than 1h after the state began, then odd, then cancelled"),
        ("job, waiting, otherwise", "refused (too late)"),
        ("job, odd", "accepted"),
        ("job, done", "refused (general refusal)"),
        ("job, cancelled", "answered as before, and nothing changes"),
    ]
    assert [rule.source for rule in rules] == [SOURCE, SOURCE, SOURCE, None, SOURCE]
    [deletes] = cancel_rules("job", {"done": Delete(SOURCE)})
    assert deletes.text == "accepted, and the job is deleted"
    assert deletes.source == SOURCE


class TestAnswer:
    def answer(self, table, policy=None, state="waiting", **more):
        job = job_in(TimelineStep(state))
        return cancel_job(
            make_call(job, table=table, cancel=policy),
            job,
            render=lambda now: json_response(200, {"inputs": len(now.job.inputs)}),
            refuse=lambda name: json_response(400, {"state": state, "error": name}),
            **more,
        )

    def test_accepted(self):
        answer = self.answer({"waiting": Accept()})
        assert answer.response == json_response(200, {"inputs": 1})
        assert len(answer.changes) == 1

    def test_repeated(self):
        answer = self.answer({"waiting": AlreadyCancelled()})
        assert answer.response == json_response(200, {"inputs": 0})
        assert answer.changes == ()
        assert answer.valid_until == 0

    def test_repeated_with_a_known_validity(self):
        answer = self.answer({"waiting": AlreadyCancelled()}, unchanged_until=lambda now: now.job.created + 7)
        assert answer.valid_until == 7

    def test_deleted(self):
        answer = self.answer({"waiting": Delete()})
        assert answer.response == json_response(200, {"inputs": 0})
        assert [change.new_input.kind for change in answer.changes] == ["delete"]

    @pytest.mark.parametrize(("row", "name"), [(LATE, "too late"), (Refuse(), None)])
    def test_refused(self, row, name):
        answer = self.answer({"waiting": row})
        assert answer.response == json_response(400, {"state": "waiting", "error": name})
        assert answer.changes == ()

    def test_refused_by_the_scenario(self):
        answer = self.answer({"waiting": Accept()}, CancelScript(refusal=ScriptedResponse(418, "tea")))
        assert answer.response.status == 418
        assert answer.response.body == b"tea"
