"""Tables of a state machine, and relaxations of the bundled rules."""

import pytest

from mockserver.contract.oracle.state_machine import NOT_SHOWN, Observation, StateMachine, relaxation_of
from mockserver.contract.rules.resources import state_indices
from mockserver.contract.rules.rule_set import load_rule_set
from tests.support.toy_contract import book, toy_rule


@pytest.fixture
def job(tmp_path):
    """The toy vendor's kind of job."""
    return book(tmp_path).resources["job"]


def test_a_clause_that_does_not_apply_forbids_its_status(job):
    step = StateMachine(job).transition(Observation("stop", 409, NOT_SHOWN, ()))
    assert step(job.states.all) == 0


def test_a_clause_that_leads_to_the_state_shown_changes_nothing_if_none_is_shown(job):
    stopped = job.states.parse("stopped")
    assert StateMachine(job).transition(Observation("stop", 200, NOT_SHOWN, (1,)))(stopped) == stopped


def test_a_relaxed_effect_leaves_a_clause_without_effect_alone():
    video = load_rule_set("phaseo", "2026-06-11").resources["video"]
    cancelled = video.states.parse("cancelled")
    relaxation = relaxation_of(toy_rule("effect", operations=["cancelVideo"]), video)
    again = Observation("cancelVideo", 200, cancelled, (3,))
    assert StateMachine(video, relaxation).transition(again)(cancelled) == cancelled


def test_the_bundled_rules_about_states_can_all_be_relaxed():
    for vendor in ("phaseo", "twelvelabs", "reap"):
        read = load_rule_set(vendor)
        for resource in read.resources.values():
            for each in read.rules:
                if each.resource_kind in (None, resource.kind) and each.kind in (
                    "absorbs",
                    "follows",
                    "refused",
                    "accepted",
                    "gone",
                ):
                    relax = relaxation_of(each, resource)
                    assert list(state_indices(relax.source))


def test_a_job_whose_deletion_is_relaxed_may_be_refused_for_its_state_only_by_a_clause(job):
    machine = StateMachine(job, relaxation_of(toy_rule("gone"), job))
    absent = job.states.absent
    assert machine.transition(Observation("stop", 409, NOT_SHOWN, (0,)))(absent) == absent
    assert machine.transition(Observation("read", 429, NOT_SHOWN))(absent) == absent


def test_a_relaxed_deletion_may_be_about_some_operations(job):
    machine = StateMachine(job, relaxation_of(toy_rule("gone", operations=["list"]), job))
    done, absent = job.states.parse("done"), job.states.absent
    assert machine.transition(Observation("read", 200, done))(absent) == 0
    assert machine.transition(Observation("list", 200, done))(absent) == done


def test_a_job_that_is_not_found_for_its_age_is_deleted(job):
    machine = StateMachine(job)
    denied = machine.transition(Observation("read", 404, NOT_SHOWN, (), may_be_expired=True))
    assert job.states.names_of(denied(job.states.parse("done"))) == ("deleted",)
    assert job.states.names_of(denied(job.states.parse("absent"))) == ("absent",)
