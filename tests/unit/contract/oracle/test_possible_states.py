"""The oracle on small histories: what it explains, where it clashes, and when it gives up."""

import doctest

import pytest

from mockserver.contract.oracle import possible_states
from mockserver.contract.oracle.possible_states import StateTracker, find_clash
from mockserver.contract.oracle.state_machine import NO_ANSWER, StateMachine
from tests.support.toy_contract import book
from tests.support.toy_oracle import READ, history, observed_call


@pytest.fixture
def job(tmp_path):
    """The toy vendor's kind of job."""
    return book(tmp_path).resources["job"]


def test_the_worked_example_of_the_module_is_true():
    result = doctest.testmod(possible_states)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [("make", 201, "waiting"), READ["waiting"], READ["working"], READ["done"]],
        [READ["waiting"], READ["done"], READ["done"]],
        [READ["busy"], ("stop", 200, "stopped"), READ["stopped"], ("stop", 200, "stopped")],
        [READ["working"], ("stop", 409), READ["done"]],
        [READ["done"], ("remove", 200), ("read", 404), ("remove", 404)],
        [READ["working"], ("stop", NO_ANSWER), ("stop", NO_ANSWER), READ["stopped"]],
        [READ["working"], ("stop", NO_ANSWER), READ["working"], READ["done"]],
        [READ["working"], ("stop", 500), READ["stopped"]],
        [READ["working"], ("stop", 204), READ["stopped"]],
        [READ["working"], ("stop", 422), ("read", 401), READ["working"]],
        [READ["done"], ("read", 500), ("read", 302), READ["done"]],
        [("make", 201, "done"), READ["done"]],
        [("make", 200, "done")],
        [READ["working"], ("read", 200), READ["done"]],
        [("lines", 200, "working"), READ["done"]],
    ],
)
def test_a_correct_server_is_explained(job, steps):
    assert find_clash(StateMachine(job), history(job, *steps)) is None


def test_the_first_clash_of_a_history_is_the_one_that_is_found(job):
    calls = history(job, READ["done"], READ["working"], READ["waiting"])
    assert find_clash(StateMachine(job), calls).call is calls[1]


def test_calls_that_overlap_are_put_in_any_order(job):
    machine = StateMachine(job)
    overlapping = [
        observed_call(job, 0, 9, "stop", 200, "stopped"),
        observed_call(job, 1, 3, *READ["working"]),
        observed_call(job, 1, 8, *READ["stopped"]),
    ]
    assert find_clash(machine, overlapping) is None
    after = observed_call(job, 10, 11, *READ["working"])
    assert find_clash(machine, [*overlapping, after]).call is after


def test_fifty_polls_at_once_cost_no_more_than_one(job, monkeypatch):
    monkeypatch.setattr(possible_states, "SEARCH_BUDGET", 500)
    polls = [observed_call(job, 0, 100 + place, *READ["working"]) for place in range(50)]
    assert find_clash(StateMachine(job), [*polls, observed_call(job, 1, 300, *READ["done"])]) is None


def test_a_search_beyond_its_budget_says_nothing(job, monkeypatch):
    monkeypatch.setattr(possible_states, "SEARCH_BUDGET", 3)
    calls = [
        observed_call(job, 0, 90, *READ["done"]),
        observed_call(job, 1, 91, "stop", 200, "stopped"),
        observed_call(job, 2, 92, *READ["working"]),
    ]
    tracker = StateTracker(StateMachine(job))
    assert [tracker.add(each) for each in calls] == [[], [], []]
    assert tracker.settle() == []
    assert tracker.has_given_up
    assert tracker.possible_states == job.states.all
    assert (
        find_clash(
            StateMachine(job),
            [*calls, *(observed_call(job, 99 + n, 99 + n, *READ[s]) for n, s in enumerate(("done", "busy")))],
        )
        is None
    )


def test_after_a_clash_what_was_known_and_what_was_shown_are_both_believed(job):
    tracker = StateTracker(StateMachine(job))
    for each in history(job, READ["done"], READ["working"]):
        tracker.add(each)
    assert len(tracker.settle(100)) == 1
    assert job.states.names_of(tracker.possible_states) == ("working", "done")


def test_after_a_clash_an_open_call_may_still_take_effect(job):
    tracker = StateTracker(StateMachine(job))
    tracker.add(observed_call(job, 0, 1, *READ["done"]))
    tracker.add(observed_call(job, 2, 90, "stop", 409))
    tracker.add(observed_call(job, 3, 91, "remove", 200))
    tracker.add(observed_call(job, 4, 5, *READ["waiting"]))
    assert [each.call.observation.operation for each in tracker.settle(20)] == ["read"]
    assert tracker.open_calls == []
    assert "deleted" in job.states.names_of(tracker.possible_states)


def test_a_call_that_none_can_overlap_is_settled_at_once(job):
    tracker = StateTracker(StateMachine(job))
    assert tracker.add(observed_call(job, 0, 1, *READ["done"]), 2) == []
    assert tracker.open_calls == []
    assert job.states.names_of(tracker.possible_states) == ("done",)


def test_a_call_that_overlaps_another_or_may_waits(job):
    tracker = StateTracker(StateMachine(job))
    tracker.add(observed_call(job, 0, 9, *READ["done"]), 9)
    tracker.add(observed_call(job, 2, 3, *READ["done"]), 4)
    assert [each.call.begin for each in tracker.open_calls] == [0, 2]


def test_a_call_that_clashes_is_not_settled_at_once(job):
    tracker = StateTracker(StateMachine(job))
    tracker.add(observed_call(job, 0, 1, *READ["done"]), 2)
    assert tracker.add(observed_call(job, 2, 3, *READ["working"]), 4) == []
    assert [each.call.begin for each in tracker.settle(4)] == [2]


def test_a_call_after_a_clash_is_not_settled_before_that_clash_is_reported(job):
    tracker = StateTracker(StateMachine(job))
    tracker.add(observed_call(job, 0, 1, *READ["done"]), 2)
    tracker.add(observed_call(job, 2, 5, *READ["working"]))
    assert len(tracker.add(observed_call(job, 6, 7, *READ["done"]), 8)) == 1
    assert [each.call.begin for each in tracker.open_calls] == [6]


def test_a_lost_read_says_nothing(job):
    tracker = StateTracker(StateMachine(job))
    tracker.add(observed_call(job, 0, None, "read", NO_ANSWER))
    assert tracker.open_calls == []


def test_a_call_that_is_not_over_waits(job):
    tracker = StateTracker(StateMachine(job))
    tracker.add(observed_call(job, 0, 50, *READ["done"]))
    assert tracker.settle(50) == []
    assert len(tracker.open_calls) == 1
    tracker.add(observed_call(job, 1, 60, *READ["done"]))
    assert tracker.settle(55) == []
    assert len(tracker.open_calls) == 1


def test_what_is_forgotten_is_possible_again(job):
    tracker = StateTracker(StateMachine(job))
    tracker.give_up()
    assert tracker.has_given_up
    assert tracker.possible_states == job.states.all


def test_others_may_act_too(job):
    ops = history(job, READ["working"], READ["stopped"])
    assert find_clash(StateMachine(job), ops)
    assert find_clash(StateMachine(job, alone=False), ops) is None


def test_a_job_past_its_time_may_be_gone(job):
    assert find_clash(StateMachine(job), history(job, READ["done"], ("read", 404)))
    assert (
        find_clash(StateMachine(job), [*history(job, READ["done"]), observed_call(job, 20, 21, "read", 404, old=True)])
        is None
    )
