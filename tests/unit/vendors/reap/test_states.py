"""A project's course, its cancel in every state, the stuck window, and what is left after a cancel."""

from itertools import pairwise

import pytest

from mockserver.core.instants import HOUR, SECOND
from mockserver.core.job import StateSpan
from mockserver.core.lifecycle import Trigger
from mockserver.core.timeline import NO_END, Manual, Polls, Timed, TimelineStep
from mockserver.vendors.api import Accept, Refuse, build_timeline
from mockserver.vendors.reap.states import (
    CANCEL_TABLE,
    PREPARING_STATES,
    PROJECT_LIFECYCLE,
    PROJECT_TIMELINE,
    TERMINAL_STATES,
    UPLOAD_LIFECYCLE,
    WORKING_STATES,
)
from mockserver.vendors.reap.vendor import PROJECT_KIND
from mockserver.vendors.script import CancelScript, Script, ScriptedResponse, SeededJob, TimelineRule
from tests.support.lifecycles import states_reachable_from

PROJECT_ID = "65f1a2b3c4d5e6f7a8b9c0d2"
EIGHT_HOURS = 8 * 3600


def staying(*states, **script):
    """A script whose only project stays in each state for 60 s, and in the last for good."""
    timeline = (*(TimelineStep(state, Timed(60 * SECOND)) for state in states[:-1]), TimelineStep(states[-1], NO_END))
    return Script(jobs=(SeededJob(id=PROJECT_ID, timeline=timeline),), **script)


def polled():
    """A script whose projects are queued for two polls, then completed."""
    return Script(timeline_rules=(TimelineRule(build_timeline(("queued", Polls(2)), ("completed", NO_END))),))


class TestTable:
    def test_the_states_are_those_of_the_live_enum(self):
        wire = "queued prepped draft processing finalizing completed cancelled invalid expired failed error"
        assert PROJECT_LIFECYCLE.states == tuple(wire.split())
        assert PROJECT_LIFECYCLE.terminal == frozenset(TERMINAL_STATES)
        assert PROJECT_LIFECYCLE.initial == "queued"

    def test_nothing_leaves_a_terminal_state_and_every_state_is_reachable(self):
        assert not any(arrow.source in PROJECT_LIFECYCLE.terminal for arrow in PROJECT_LIFECYCLE.transitions)
        assert states_reachable_from(PROJECT_LIFECYCLE, "queued") == frozenset(PROJECT_LIFECYCLE.states)

    def test_the_default_timeline_is_legal_and_takes_less_than_half_a_minute(self):
        moves = pairwise(step.state for step in PROJECT_TIMELINE)
        assert all(PROJECT_LIFECYCLE.allows(source, target, Trigger.TIME) for source, target in moves)
        assert sum(step.stay.duration for step in PROJECT_TIMELINE[:-1]) < 30 * SECOND

    def test_every_state_has_a_verdict_and_every_accepted_cancel_an_arrow(self):
        assert set(CANCEL_TABLE) == set(PROJECT_LIFECYCLE.states)
        accepted = {state for state, verdict in CANCEL_TABLE.items() if isinstance(verdict, Accept)}
        assert accepted == {arrow.source for arrow in PROJECT_LIFECYCLE.transitions if arrow.trigger is Trigger.CANCEL}
        assert {
            state for state, verdict in CANCEL_TABLE.items() if isinstance(verdict, Refuse)
        } == PROJECT_LIFECYCLE.terminal

    def test_an_upload_has_one_state(self):
        assert UPLOAD_LIFECYCLE.states == ("upload",)


class TestCourse:
    def test_it_goes_through_the_states_in_time(self, world):
        project_id = world.create()
        for now, state in [(0, "queued"), (2, "prepped"), (5, "processing"), (20, "finalizing"), (23, "completed")]:
            world.elapsed = now
            assert world.status(project_id) == state

    def test_status_and_details_count_as_polls_and_nothing_else_does(self, make_world):
        world = make_world(polled())
        project_id = world.create()
        world.clips(project_id)
        world.get("get-all-projects")
        world.post("update-project", {"projectId": project_id, "title": "x"})
        assert world.status(project_id) == "queued"
        assert world.details(project_id)["status"] == "queued"
        assert world.status(project_id) == "completed"

    def test_an_answer_is_good_until_the_state_changes(self, world):
        project_id = world.create()
        assert world.get("get-project-status", projectId=project_id).valid_until == 2
        world.elapsed = 3
        assert world.get("get-project-details", projectId=project_id).valid_until == 5

    def test_a_counted_poll_is_never_reused(self, make_world):
        world = make_world(polled())
        assert world.get("get-project-status", projectId=world.create()).valid_until == 0

    def test_updated_at_follows_the_states(self, world):
        project_id = world.create()
        created = world.details(project_id)["createdAt"]
        world.elapsed = 30
        body = world.details(project_id)
        assert body["createdAt"] == created
        assert body["updatedAt"] == created + 23

    def test_a_scenario_lays_fields_over_the_body(self, make_world):
        timeline = (TimelineStep("processing", NO_END, fields={"billedDuration": 7, "status": "finalizing"}),)
        world = make_world(
            Script(
                jobs=(SeededJob(id=PROJECT_ID, timeline=timeline),),
                fields={"project": {"title": "Mine", "source": "Vimeo"}},
            )
        )
        body = world.details(PROJECT_ID)
        assert body["title"] == "Mine"
        assert body["billedDuration"] == 7
        assert body["status"] == "finalizing"
        status = world.get("get-project-status", projectId=PROJECT_ID).body
        assert status == {"projectId": PROJECT_ID, "projectType": "clipping", "source": "Vimeo", "status": "finalizing"}


class TestCancel:
    @pytest.mark.parametrize("state", PREPARING_STATES)
    def test_it_is_accepted_while_the_source_is_prepared(self, make_world, state):
        world = make_world(staying(state))
        answer = world.cancel(PROJECT_ID)
        assert answer.status == 200
        assert answer.body["status"] == "cancelled"
        assert world.status(PROJECT_ID) == "cancelled"

    @pytest.mark.parametrize("state", WORKING_STATES)
    def test_it_is_refused_while_outputs_are_made(self, make_world, state):
        world = make_world(staying(state))
        answer = world.cancel(PROJECT_ID)
        assert answer.status == 400
        assert answer.error_reason == "This project is past its preparation and can no longer be cancelled."
        assert world.status(PROJECT_ID) == state

    @pytest.mark.parametrize("state", TERMINAL_STATES)
    def test_it_is_refused_when_all_is_over(self, make_world, state):
        world = make_world(staying(state))
        assert world.cancel(PROJECT_ID).status == 400
        assert world.status(PROJECT_ID) == state

    def test_a_second_cancel_is_refused(self, world):
        project_id = world.create()
        assert world.cancel(project_id).status == 200
        again = world.cancel(project_id)
        assert again.status == 400
        assert again.error_reason == "This project has already been cancelled."

    @pytest.mark.parametrize("state", WORKING_STATES)
    def test_a_stuck_project_can_be_cancelled_after_more_than_eight_hours(self, make_world, state):
        world = make_world(staying(state))
        world.elapsed = EIGHT_HOURS
        assert world.cancel(PROJECT_ID).status == 400
        world.elapsed = EIGHT_HOURS + 0.000_001
        assert world.cancel(PROJECT_ID).body["status"] == "cancelled"

    def test_the_window_counts_from_the_start_of_the_processing(self, make_world):
        world = make_world(staying("queued", "processing", "finalizing"))
        world.elapsed = 60 + EIGHT_HOURS
        assert world.cancel(PROJECT_ID).status == 400
        world.elapsed += 1
        assert world.cancel(PROJECT_ID).status == 200

    def test_the_window_is_a_turning_point_of_working_states(self):
        spans = [StateSpan(step, at * SECOND, None, "time") for at, step in enumerate(PROJECT_TIMELINE)]
        assert [span.state for span in spans if span.state in WORKING_STATES] == ["processing", "finalizing"]
        assert PROJECT_KIND.turning_points(tuple(spans)) == [2 * SECOND + 8 * HOUR] * 2
        assert PROJECT_KIND.turning_points(tuple(spans[3:])) == [3 * SECOND + 8 * HOUR], "processing was skipped"
        assert PROJECT_KIND.turning_points(tuple(spans[4:])) == []

    def test_stuck_is_a_matter_of_the_vendors_clock_under_polls_too(self, make_world):
        world = make_world(
            Script(timeline_rules=(TimelineRule(build_timeline(("processing", Polls(9)), ("completed", NO_END))),))
        )
        project_id = world.create()
        world.elapsed = EIGHT_HOURS + 1
        assert world.status(project_id) == "processing"
        assert world.cancel(project_id).status == 200

    def test_what_is_due_at_an_instant_comes_before_the_cancel(self, world):
        project_id = world.create()
        world.elapsed = 5
        assert world.cancel(project_id).status == 400

    def test_seeded_long_ago(self, make_world):
        timeline = (TimelineStep("processing", Manual()),)
        old = SeededJob(id=PROJECT_ID, timeline=timeline, age=9 * HOUR)
        world = make_world(Script(jobs=(old,)))
        assert world.cancel(PROJECT_ID).status == 200


class TestScriptedCancel:
    def test_states_that_the_scenario_names_need_no_window(self, make_world):
        world = make_world(staying("processing", cancels={"project": CancelScript(sources=frozenset({"processing"}))}))
        assert world.cancel(PROJECT_ID).body["status"] == "cancelled"

    def test_states_that_it_leaves_out_refuse(self, make_world):
        world = make_world(staying("queued", cancels={"project": CancelScript(sources=frozenset({"processing"}))}))
        answer = world.cancel(PROJECT_ID)
        assert answer.status == 400
        assert answer.error_reason == "This project cannot be cancelled."

    def test_what_follows_alone_leaves_the_window_to_the_vendor(self, make_world):
        world = make_world(
            staying("processing", cancels={"project": CancelScript(follow=build_timeline(("cancelled", NO_END)))})
        )
        assert world.cancel(PROJECT_ID).status == 400
        world.elapsed = EIGHT_HOURS + 1
        assert world.cancel(PROJECT_ID).status == 200

    def test_the_scenarios_refusal_answers_before_the_window(self, make_world):
        refusal = ScriptedResponse(400, {"detail": "Nothing doing"})
        script = CancelScript(follow=build_timeline(("cancelled", NO_END)), refusal=refusal)
        assert (
            make_world(staying("processing", cancels={"project": script})).cancel(PROJECT_ID).error_reason
            == "Nothing doing"
        )

    def test_a_refusal_alone_refuses_everywhere(self, make_world):
        world = make_world(staying("queued", cancels={"project": CancelScript(refusal=ScriptedResponse(403))}))
        answer = world.cancel(PROJECT_ID)
        assert answer.status == 403
        assert answer.body == {"detail": "scripted by the scenario"}
        assert world.status(PROJECT_ID) == "queued"

    def test_a_race_is_accepted_and_lost(self, make_world):
        world = make_world(staying("queued", "completed", cancels={"project": CancelScript(race=True)}))
        answer = world.cancel(PROJECT_ID)
        assert answer.status == 200
        assert answer.body["status"] == "queued"
        world.elapsed = 60
        assert world.status(PROJECT_ID) == "completed"
        assert [entry for entry, _, _ in world.ledger(PROJECT_ID)] == ["charge"]


class TestAfterwards:
    def test_a_cancelled_project_stays_readable(self, world):
        project_id = world.create()
        world.cancel(project_id)
        world.elapsed = 3600
        assert world.details(project_id)["status"] == "cancelled"
        assert world.clips(project_id) == []
        assert [entry["id"] for entry in world.get("get-all-projects").body["projects"]] == [project_id]

    def test_it_cannot_be_edited(self, world):
        project_id = world.create()
        world.cancel(project_id)
        answer = world.post("update-project", {"projectId": project_id, "title": "New"})
        assert answer.status == 400
        assert answer.error_reason == "This project is cancelled and can no longer be edited."

    def test_it_can_be_deleted(self, world):
        project_id = world.create()
        world.cancel(project_id)
        assert world.delete(project_id).body == {"projectId": project_id, "deleted": True}

    def test_a_project_at_work_can_neither_be_updated_nor_deleted(self, world):
        project_id = world.create()
        for now in (0, 3, 6, 21):
            world.elapsed = now
            assert world.delete(project_id).status == 400
            assert world.post("update-project", {"projectId": project_id, "title": "x"}).status == 400

    @pytest.mark.parametrize("state", [state for state in TERMINAL_STATES if state != "cancelled"])
    def test_every_other_finished_one_can(self, make_world, state):
        world = make_world(staying(state))
        world.elapsed = 5
        answer = world.post("update-project", {"projectId": PROJECT_ID, "title": "Second cut"})
        assert answer.status == 200
        assert answer.body["title"] == "Second cut"
        body = world.details(PROJECT_ID)
        assert body["title"] == "Second cut"
        assert body["updatedAt"] == body["createdAt"] + 5
        assert world.delete(PROJECT_ID).status == 200

    def test_a_deleted_project_is_gone(self, world):
        project_id = world.create()
        world.elapsed = 30
        world.delete(project_id)
        assert world.get("get-project-status", projectId=project_id).status == 404
        assert world.delete(project_id).status == 404
        assert world.get("get-all-projects").body["totalProjects"] == 0


class TestLedger:
    def test_the_charge_is_made_at_the_creation(self, world):
        world.elapsed = 1
        project_id = world.create(selectedStart=0, selectedEnd=379)
        assert world.details(project_id)["billedDuration"] == 6
        assert world.ledger(project_id) == [("charge", 6, 1)]

    def test_a_cancel_refunds_once(self, world):
        project_id = world.create(selectedStart=10, selectedEnd=130)
        world.elapsed = 1
        world.cancel(project_id)
        world.elapsed = 2
        world.cancel(project_id)
        world.elapsed = 9999
        assert world.ledger(project_id) == [("charge", 2, 0), ("refund", 2, 1)]

    def test_a_refused_cancel_refunds_nothing(self, world):
        project_id = world.create()
        world.elapsed = 6
        world.cancel(project_id)
        assert [entry for entry, _, _ in world.ledger(project_id)] == ["charge"]

    def test_the_past_knows_nothing_of_it(self, world):
        project_id = world.create()
        world.elapsed = 1
        world.cancel(project_id)
        world.elapsed = 0.5
        assert len(world.ledger(project_id)) == 1

    def test_an_upload_costs_nothing(self, world):
        upload = world.post("get-upload-url", {"filename": "a.mp4"}).body["id"]
        assert world.ledger(upload) == []
