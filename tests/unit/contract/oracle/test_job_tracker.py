"""One job in two worlds: what is proved in any case, and what only if no other client used it."""

import pytest

from mockserver.contract.oracle.counterexample import RelaxedMachine
from mockserver.contract.oracle.job_tracker import JobTracker, WorldMachines
from mockserver.contract.oracle.state_machine import StateMachine, relaxation_of
from tests.support.toy_contract import book, rule
from tests.support.toy_oracle import READ, history, observed_call

RULES = (
    rule("N1", "no effect", "operations: [stop]"),
    rule("B1", "absorbs"),
    rule("R1", "returns"),
    rule("G1", "gone"),
    rule("R2", "readable"),
    rule("O1", "follows", "from: existing", "to: existing", level="W"),
)
NOT_FOUND = ("read", 404)


@pytest.fixture
def toy(tmp_path):
    return book(tmp_path, *RULES)


@pytest.fixture
def job(toy):
    return toy.resources["job"]


def world_machines(toy, *, alone):
    """The machines of the toy vendor's job in one world."""
    job = toy.resources["job"]
    relaxed = [
        RelaxedMachine(each, relaxation_of(each, job), StateMachine(job, relaxation_of(each, job), alone=alone))
        for each in toy.rules
    ]
    return WorldMachines(StateMachine(job, alone=alone), relaxed)


@pytest.fixture
def tracker(toy):
    return JobTracker(world_machines(toy, alone=True), world_machines(toy, alone=False))


def prove_all(tracker, calls):
    """The rule of each proof and whether it holds in the open world, in the order of the proofs."""
    proofs = [proof for call in calls for proof in tracker.add(call)]
    proofs += tracker.settle()
    return [(proof.counterexample.rule.id, proof.is_open) for proof in proofs]


def test_a_legal_history_has_no_proof(tracker, job):
    assert prove_all(tracker, history(job, READ["waiting"], READ["done"], READ["done"])) == []
    assert not tracker.has_open_calls


def test_what_another_client_may_have_done_is_proved_in_the_closed_world_only(tracker, job):
    assert prove_all(tracker, history(job, READ["working"], READ["stopped"])) == [("O1", False)]


def test_what_no_client_can_have_done_is_proved_in_both_worlds(tracker, job):
    assert prove_all(tracker, history(job, READ["done"], READ["working"])) == [("B1", True)]


def test_a_job_that_is_not_found_once_is_proved_when_it_is_found_again(tracker, job):
    flapping = history(job, READ["done"], NOT_FOUND, READ["done"])
    assert prove_all(tracker, flapping) == [("R2", False), ("R1", True)]


def test_a_job_that_returns_twice_was_found_before_the_second_time(tracker, job):
    calls = history(job, READ["done"], NOT_FOUND, READ["done"], NOT_FOUND, READ["done"])
    proofs = [proof for call in calls for proof in tracker.add(call)] + tracker.settle()
    assert [proof.counterexample.rule.id for proof in proofs] == ["R2", "R1", "R2", "R1"]
    assert [proof.counterexample.calls for proof in proofs if proof.is_open] == [tuple(calls[:3]), tuple(calls[2:])]


def test_a_refusal_that_only_an_existing_job_gets_finds_it(tracker, job):
    calls = history(job, ("stop", 409), NOT_FOUND, READ["done"])
    assert prove_all(tracker, calls) == [("R2", False), ("R1", True)]


def test_an_answer_that_any_job_gets_does_not_find_it(tracker, job):
    assert prove_all(tracker, history(job, ("read", 500), NOT_FOUND, ("stop", 409))) == [("G1", False)]


def test_a_denial_that_clashed_has_not_found_the_job(toy, job):
    machines = world_machines(toy, alone=True)
    calls = history(job, READ["done"], NOT_FOUND, NOT_FOUND, READ["done"])
    assert prove_all(JobTracker(machines, machines), calls) == [("R2", True), ("G1", True)]


def test_the_open_world_remembers_what_came_before_the_first_clash(tracker, job):
    calls = history(job, READ["done"], READ["done"], NOT_FOUND, NOT_FOUND, READ["done"], READ["done"])
    assert prove_all(tracker, calls) == [("R2", False), ("R1", True)]


def test_a_counterexample_that_needs_the_open_world_is_that_of_the_open_world(tracker, job):
    calls = history(job, READ["working"], NOT_FOUND, READ["working"], READ["stopped"], READ["waiting"])
    proofs = [proof for call in calls for proof in tracker.add(call)] + tracker.settle()
    last = proofs[-1].counterexample
    assert last.rule.id == "B1"
    assert proofs[-1].is_open
    assert last.clashing_call is calls[-1]


def test_a_call_that_is_not_settled_proves_nothing_yet(tracker, job):
    assert prove_all(tracker, []) == []
    first, second = observed_call(job, 0, 1, *READ["done"]), observed_call(job, 2, 9, *READ["working"])
    assert [tracker.add(first), tracker.add(second), tracker.settle(5)] == [[], [], []]
    assert tracker.has_open_calls
    assert [proof.is_open for proof in tracker.settle()] == [True]


def test_where_other_clients_are_known_both_worlds_are_the_open_one(toy, job):
    machines = world_machines(toy, alone=False)
    calls = history(job, READ["working"], READ["stopped"], NOT_FOUND, READ["stopped"])
    assert prove_all(JobTracker(machines, machines), calls) == [("R1", True)]


def test_giving_up_forgets_both_worlds(tracker, job):
    tracker.give_up()
    assert tracker.has_given_up
    assert tracker.possible_states == job.states.all


def test_giving_up_after_a_clash_forgets_the_open_world_too(tracker, job):
    for call in history(job, READ["done"], NOT_FOUND):
        tracker.add(call)
    tracker.settle()
    tracker.give_up()
    assert prove_all(tracker, [observed_call(job, 90, 91, *READ["done"])]) == []


def test_a_counterexample_of_the_closed_world_that_holds_in_both_is_the_one_that_is_shown(tracker, job):
    calls = history(job, READ["waiting"], READ["stopped"], READ["done"], READ["waiting"])
    proofs = [proof for call in calls for proof in tracker.add(call)] + tracker.settle()
    assert proofs[-1].is_open
    assert list(proofs[-1].counterexample.calls) == calls[2:]
