"""Finding, polling, cancelling and answering, for a toy vendor."""

import json
from dataclasses import replace

import pytest

from mockserver.core.deadlines import Deadline
from mockserver.core.instants import SECOND
from mockserver.core.job import COMMAND, DELETE, POLL, Input, Job, JobPlan
from mockserver.core.timeline import NO_END, Polls, Timed, TimelineStep
from mockserver.core.wire import Response
from mockserver.vendors.api import (
    FOREVER,
    Accept,
    AlreadyCancelled,
    AppendInput,
    Refuse,
    build_timeline,
)
from mockserver.vendors.commands import (
    active_limit_of,
    count_poll,
    deadlines_ahead,
    decide_cancel,
    find_job,
    future_states,
    history,
    record_command,
    snapshot,
)
from mockserver.vendors.http import json_response
from mockserver.vendors.script import CancelScript, Script, ScriptedResponse
from tests.support.toy_lifecycles import BATCH, BATCH_RULES
from tests.support.vendor_calls import COURSE, STATES, TABLE, make_call, make_job


class TestLook:
    def test_a_job_at_an_instant(self):
        early, late = snapshot(make_job(), 5 * SECOND), snapshot(make_job(), 10 * SECOND)
        assert early.state == "waiting"
        assert not early.terminal
        assert early.unchanged_until == 10 * SECOND
        assert late.state == "done"
        assert late.terminal
        assert late.unchanged_until == FOREVER
        assert late.entered_at == {"waiting": 0, "done": 10 * SECOND}
        assert late.batch is None
        assert late.items == ()
        assert late.item_counts() == {}

    def test_one_job_may_be_read_at_any_instants(self):
        timeline = build_timeline(("waiting", Timed(10)), ("counting", Polls(2)), ("done", NO_END))
        inputs = tuple(Input(at, seq, POLL) for seq, at in enumerate((12, 15, 18), start=1))
        job = replace(make_job(timeline), inputs=inputs)
        for now in (11, 5, 18, 17, 16, 13, 12, 30, 19, 9, 10, 40):
            fresh = replace(job)
            assert snapshot(job, now) == snapshot(fresh, now), now
            assert history(job, now) == history(fresh, now), now

    def test_a_state_is_replayed_once(self):
        job = make_job()
        first = snapshot(job, 2 * SECOND)
        assert snapshot(job, 5 * SECOND).span is first.span
        assert snapshot(job, 10 * SECOND).span is not first.span

    def test_a_batch_is_what_its_items_are(self):
        item = (TimelineStep("queued", Timed(SECOND)), TimelineStep("busy", Timed(SECOND)), TimelineStep("ready"))
        job = Job("b1", 1, 0, {}, JobPlan(BATCH, COURSE, batch=BATCH_RULES, items=(item,)))
        now = snapshot(job, SECOND)
        assert now.state == "working"
        assert now.unchanged_until == 2 * SECOND
        assert now.batch is not None
        assert now.batch.counts() == now.item_counts() == {"busy": 1}
        assert now.items == now.batch.items
        assert snapshot(job, 2 * SECOND).terminal

    def test_a_batch_has_the_counters_that_its_rules_name(self):
        item = (TimelineStep("queued", Timed(SECOND)), TimelineStep("ready"))
        counters = {"total": frozenset(BATCH_RULES.item.states), "completed": frozenset({"ready"})}
        rules = BATCH_RULES._replace(counters=counters, counts_at_end=True)
        job = Job("b1", 1, 0, {}, JobPlan(BATCH, COURSE, batch=rules, items=(item, item)))
        assert snapshot(job, 0).counters() == {"total": 2, "completed": 0}
        assert snapshot(job, SECOND).counters() == {"total": 2, "completed": 2}
        assert snapshot(make_job(), 0).counters() == {}


class TestAhead:
    def test_what_time_alone_will_bring(self):
        job = make_job()
        assert [(span.state, span.entered) for span in future_states(job, 5 * SECOND)] == [("done", 10 * SECOND)]
        assert future_states(job, 10 * SECOND) == ()
        assert [span.state for span in history(job, 10 * SECOND)] == ["waiting", "done"]

    def test_nothing_where_a_poll_has_to_come(self):
        assert future_states(make_job(build_timeline(("waiting", Polls(1)), ("done", NO_END))), 0) == ()

    def test_of_a_batch(self):
        item = (TimelineStep("queued", Timed(SECOND)), TimelineStep("busy", Timed(SECOND)), TimelineStep("ready"))
        job = Job("b1", 1, 0, {}, JobPlan(BATCH, COURSE, batch=BATCH_RULES, items=(item,)))
        assert [(span.state, span.entered) for span in future_states(job, SECOND)] == [("done", 2 * SECOND)]

    def test_the_deadlines_that_it_is_under(self):
        item = (TimelineStep("queued", Timed(9)), TimelineStep("ready"))
        rules = (Deadline(20, "expired"), Deadline(10, "expired"))
        job = Job("b1", 1, 0, {}, JobPlan(BATCH, COURSE, deadlines=rules, batch=BATCH_RULES, items=(item,)))
        assert deadlines_ahead(job, 5) == [(10, "expired"), (20, "expired")]
        assert deadlines_ahead(job, 9) == []
        assert deadlines_ahead(make_job(), 0) == []


class TestFind:
    def test_the_job_of_an_id(self):
        job = make_job()
        assert find_job(make_call(job), "job", "j1") is job
        assert find_job(make_call(job), "job", "j2") is None
        assert find_job(make_call(job), "side", "j1") is None

    def test_not_a_deleted_one(self):
        assert find_job(make_call(make_job(COURSE, Input(1, 1, DELETE))), "job", "j1") is None

    def test_not_past_its_retention(self):
        job = make_job()
        assert find_job(make_call(job, now=9, retention=10), "job", "j1") is job
        assert find_job(make_call(job, now=10, retention=10), "job", "j1") is None


class TestObserve:
    def test_nothing_counts_where_polls_change_nothing(self):
        job = make_job()
        assert count_poll(make_call(job), job) == (job, ())

    def test_a_poll_counts(self):
        job = make_job(build_timeline(("waiting", Polls(1)), ("done", NO_END)), counts_polls=True)
        call = make_call(job, now=7)
        seen, changes = count_poll(call, job)
        event = Input(7, 1, POLL, "", {})
        assert seen.inputs == (event,)
        assert changes == (AppendInput("job", "j1", 0, event),)
        assert snapshot(seen, 7).state == "waiting"
        assert snapshot(count_poll(call, seen)[0], 7).state == "done"

    def test_after_the_end_nothing_is_counted(self):
        job = make_job((TimelineStep("done"),), counts_polls=True)
        assert count_poll(make_call(job), job) == (job, ())


class TestApply:
    def test_a_command_with_its_data(self):
        job = make_job(COURSE, Input(1, 1, POLL))
        after, changes = record_command(make_call(job, now=9), job, name="update", title="new")
        event = Input(9, 1, COMMAND, "update", {"title": "new"})
        assert after.last_command("update") == event
        assert changes == (AppendInput("job", "j1", 1, event),)


class TestVerdict:
    def verdict(self, state, cancel=None, kind="job"):
        job = make_job((TimelineStep(state),), lifecycle=STATES._replace(kind=kind))
        return decide_cancel(make_call(job, cancel=cancel), snapshot(job, 0))

    @pytest.mark.parametrize(("state", "found"), [*TABLE.items(), ("odd", Refuse())])
    def test_without_a_script_the_table_says(self, state, found):
        assert self.verdict(state) == found

    def test_a_script_accepts_in_its_states(self):
        cancel = CancelScript(sources=frozenset({"done", "odd"}))
        assert self.verdict("done", cancel) == Accept()
        assert self.verdict("odd", cancel) == Accept()

    def test_elsewhere_it_refuses_in_its_words(self):
        refusal = ScriptedResponse(409, {"no": 1})
        cancel = CancelScript(sources=frozenset({"odd"}), refusal=refusal)
        assert {self.verdict(state, cancel) == refusal for state in TABLE} == {True}

    def test_or_in_the_vendors(self):
        cancel = CancelScript(sources=frozenset({"odd"}))
        assert self.verdict("waiting", cancel) == Refuse()
        assert self.verdict("done", cancel) == Refuse("finished")
        assert self.verdict("cancelled", cancel) == AlreadyCancelled()

    def test_a_script_is_about_the_main_kind_only(self):
        cancel = CancelScript(refusal=ScriptedResponse(409))
        assert self.verdict("waiting", cancel, kind="side") == Accept()


class TestScripted:
    def test_without_a_body_it_has_the_vendors(self):
        found = make_call().render_scripted(ScriptedResponse(418, headers=(("X-Own", "1"),)))
        assert found == Response(418, (("X-Vendor", "yes"), ("X-Own", "1")), b"scripted by the scenario")

    def test_a_header_of_its_own_replaces_the_vendors(self):
        found = make_call().render_scripted(ScriptedResponse(503, headers=(("x-vendor", "mine"),)))
        assert found.headers == (("x-vendor", "mine"),)

    @pytest.mark.parametrize("body", [{"a": 1}, [1], 0, False])
    def test_with_a_body_of_its_own(self, body):
        found = make_call().render_scripted(ScriptedResponse(400, body))
        assert found.headers == (("Content-Type", "application/json"),)
        assert json.loads(found.body) == body

    def test_with_a_text(self):
        found = make_call().render_scripted(ScriptedResponse(502, "bad gateway"))
        assert found.header("content-type") == "text/plain; charset=utf-8"
        assert found.body == b"bad gateway"

    def test_with_a_content_type_of_its_own(self):
        found = make_call().render_scripted(ScriptedResponse(400, "<p>", (("content-type", "text/html"),)))
        assert found.headers == (("content-type", "text/html"),)


class TestAnswers:
    def test_json(self):
        found = json_response(201, {"é": None}, ("X-A", "b"))
        assert found.headers == (("Content-Type", "application/json"), ("X-A", "b"))
        assert found.status == 201
        assert found.body == '{"é":null}'.encode()


@pytest.mark.parametrize(
    ("usual", "scripted", "limit"),
    [(None, {}, 0), (None, {"*": 2}, 0), (0, {}, 0), (5, {}, 5), (5, {"*": 2}, 2), (5, {"*": 2, "job": 3}, 3)],
)
def test_a_scenario_limits_unfinished_jobs_where_the_vendor_can_refuse_them(usual, scripted, limit):
    era = make_call().era
    limited = era._replace(kinds={"job": era.kinds["job"]._replace(active_limit=usual)})
    assert active_limit_of(limited, Script(active_limits=scripted), "job") == limit
