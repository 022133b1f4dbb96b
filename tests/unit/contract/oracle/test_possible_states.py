"""The oracle on small stories, its tables, and the rule that each clash is named by."""

import pytest

from mockserver.contract.oracle import possible_states
from mockserver.contract.oracle.counterexample import MAX_TRACE_LENGTH, RelaxedMachine, Trace, call_lines
from mockserver.contract.oracle.possible_states import CallSummary, Clash, ObservedCall, StateTracker, find_clash
from mockserver.contract.oracle.state_machine import NO_ANSWER, NOT_SHOWN, Observation, StateMachine, relaxation_of
from mockserver.contract.rules.resources import state_indices
from mockserver.contract.rules.rule_set import load_rule_set
from tests.support.toy_contract import book, rule

RULES = (
    rule("N1", "no effect", "operations: [stop]", "statuses: [409]"),
    rule("F1", "refused", "operations: [stop]", "statuses: [200]", "from: [done]"),
    rule("A1", "accepted", "operations: [stop]", "statuses: [409]", "from: [waiting, working]"),
    rule("A2", "accepted", "operations: [remove]"),
    rule("E1", "effect", "operations: [stop]"),
    rule("H1", "shown", "operations: [stop]"),
    rule("B1", "absorbs"),
    rule("G1", "gone"),
    rule("R1", "readable", "operations: [read]"),
    rule("R2", "readable"),
    rule("O1", "follows", "from: live", "to: [waiting]", level="W"),
    rule("O2", "follows", level="W"),
)


@pytest.fixture
def toy(tmp_path):
    return book(tmp_path, *RULES)


@pytest.fixture
def job(toy):
    return toy.resources["job"]


def seen(job, operation, status, shown="", *, old=False) -> Observation:
    binding = job.bindings[operation]
    states = binding.states_by_word[shown] if shown else NOT_SHOWN
    clauses = binding.clauses_by_status.get(status, ())
    applying = [i for i, clause in enumerate(clauses) if clause.shown is None or (shown and clause.shown & states)]
    return Observation(operation, status, states, tuple(applying), old)


def op(job, begin, end, operation, status, shown="", **how) -> ObservedCall:
    return ObservedCall(
        begin, end, seen(job, operation, status, shown, **how), CallSummary(operation, f"{status} {shown}", begin, end)
    )


def story(job, *steps) -> list[ObservedCall]:
    """Calls one after the other."""
    return [op(job, 10 * place, 10 * place + 1, *step) for place, step in enumerate(steps)]


def prove(toy, ops):
    """The proof of the first clash of a history."""
    resource = toy.resources["job"]
    machine = StateMachine(resource)
    relaxed = [
        RelaxedMachine(each, relaxation_of(each, resource), StateMachine(resource, relaxation_of(each, resource)))
        for each in toy.rules
    ]
    track, told = StateTracker(machine), Trace()
    for each in ops:
        found = track.add(each)
        if found:
            return told.minimize(machine, relaxed, found[0])
        told.add(each)
    found = track.settle()
    return told.minimize(machine, relaxed, found[0]) if found else None


READ = {state: ("read", 200, state) for state in ("waiting", "working", "done", "stopped", "busy")}


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
def test_a_correct_server_is_explained(toy, job, steps):
    assert find_clash(StateMachine(job), story(job, *steps)) is None


@pytest.mark.parametrize(
    ("steps", "named", "calls"),
    [
        ([READ["working"], ("stop", 409), READ["stopped"]], "N1", 3),
        ([READ["done"], ("stop", 409), READ["stopped"]], "N1", 3),
        ([READ["done"], ("remove", 409)], "A2", 2),
        ([READ["done"], ("stop", 200, "stopped")], "F1", 2),
        ([READ["working"], ("stop", 409), READ["working"]], "A1", 3),
        ([READ["working"], ("stop", 200, "stopped"), READ["working"]], "E1", 2),
        ([READ["working"], ("stop", 200, "working")], "H1", 2),
        ([READ["waiting"], READ["done"], READ["working"]], "B1", 2),
        ([READ["done"], ("remove", 200), READ["done"]], "G1", 2),
        ([READ["working"], ("read", 404)], "R1", 2),
        ([READ["working"], ("remove", 404)], "R2", 2),
        ([READ["working"], READ["waiting"]], "O1", 2),
        ([READ["waiting"], READ["stopped"]], "O2", 2),
        ([READ["working"], ("make", 201, "waiting")], "O2", 2),
        ([READ["done"], READ["done"], READ["done"], READ["done"], ("status", 200, "working")], "B1", 2),
    ],
)
def test_a_clash_is_named_and_told_in_few_calls(toy, job, steps, named, calls):
    proof = prove(toy, story(job, *steps))
    assert proof.rule.id == named
    assert len(proof.calls) == calls


def test_a_clash_says_what_was_possible(toy, job):
    proof = prove(toy, story(job, READ["waiting"], READ["done"], READ["working"]))
    assert job.state_names(proof.possible_states) == ("done",)
    assert proof.clashing_call.summary.answer == "200 working"


def test_calls_that_overlap_are_put_in_any_order(job):
    machine = StateMachine(job)
    overlapping = [
        op(job, 0, 9, "stop", 200, "stopped"),
        op(job, 1, 3, *READ["working"]),
        op(job, 1, 8, *READ["stopped"]),
    ]
    assert find_clash(machine, overlapping) is None
    after = op(job, 10, 11, *READ["working"])
    assert find_clash(machine, [*overlapping, after]).call is after


def test_fifty_polls_at_once_cost_no_more_than_one(job, monkeypatch):
    monkeypatch.setattr(possible_states, "SEARCH_BUDGET", 500)
    polls = [op(job, 0, 100 + place, *READ["working"]) for place in range(50)]
    assert find_clash(StateMachine(job), [*polls, op(job, 1, 300, *READ["done"])]) is None


def test_a_search_beyond_its_budget_says_nothing(job, monkeypatch):
    monkeypatch.setattr(possible_states, "SEARCH_BUDGET", 3)
    calls = [op(job, 0, 90, *READ["done"]), op(job, 1, 91, "stop", 200, "stopped"), op(job, 2, 92, *READ["working"])]
    track = StateTracker(StateMachine(job))
    assert [track.add(each) for each in calls] == [[], [], []]
    assert track.settle() == []
    assert track.has_given_up
    assert track.possible_states == job.all
    assert (
        find_clash(
            StateMachine(job), [*calls, *(op(job, 99 + n, 99 + n, *READ[s]) for n, s in enumerate(("done", "busy")))]
        )
        is None
    )


def test_after_a_clash_what_was_known_and_what_was_shown_are_both_believed(job):
    track = StateTracker(StateMachine(job))
    for each in story(job, READ["done"], READ["working"]):
        track.add(each)
    assert len(track.settle(100)) == 1
    assert job.state_names(track.possible_states) == ("working", "done")


def test_after_a_clash_an_open_call_may_still_take_effect(job):
    track = StateTracker(StateMachine(job))
    track.add(op(job, 0, 1, *READ["done"]))
    track.add(op(job, 2, 90, "stop", 409))
    track.add(op(job, 3, 91, "remove", 200))
    track.add(op(job, 4, 5, *READ["waiting"]))
    assert [each.call.observation.operation for each in track.settle(20)] == ["read"]
    assert track.open_count == 0
    assert "deleted" in job.state_names(track.possible_states)


def test_a_lost_read_says_nothing(job):
    track = StateTracker(StateMachine(job))
    track.add(op(job, 0, None, "read", NO_ANSWER))
    assert track.open_count == 0


def test_a_call_that_is_not_over_waits(job):
    track = StateTracker(StateMachine(job))
    track.add(op(job, 0, 50, *READ["done"]))
    assert track.settle(50) == []
    assert track.open_count == 1
    track.add(op(job, 1, 60, *READ["done"]))
    assert track.settle(55) == []
    assert track.open_count == 1


def test_what_is_forgotten_is_possible_again(job):
    track = StateTracker(StateMachine(job))
    track.give_up()
    assert track.has_given_up
    assert track.possible_states == job.all


def test_others_may_act_too(job):
    ops = story(job, READ["working"], READ["stopped"])
    assert find_clash(StateMachine(job), ops)
    assert find_clash(StateMachine(job, alone=False), ops) is None


def test_a_job_past_its_time_may_be_gone(job):
    assert find_clash(StateMachine(job), story(job, READ["done"], ("read", 404)))
    assert find_clash(StateMachine(job), [*story(job, READ["done"]), op(job, 20, 21, "read", 404, old=True)]) is None


def test_a_clause_that_does_not_apply_forbids_its_status(job):
    step = StateMachine(job).transition(Observation("stop", 409, NOT_SHOWN, ()))
    assert step(job.all) == 0


def test_a_story_is_kept_short(job):
    told = Trace()
    polls = [op(job, 10 * place, 10 * place + 1, *READ["working"]) for place in range(9)]
    for each in polls:
        told.add(each)
    assert told.calls == [polls[0], polls[-1]]
    kinds = (READ["working"], READ["done"])
    for place in range(MAX_TRACE_LENGTH + 1):
        told.add(op(job, 100 + place, 200, *kinds[place % 2]))
    assert len(told.calls) <= MAX_TRACE_LENGTH


def test_a_story_that_lost_its_proof_tells_all_it_has(toy, job):
    machine, told = StateMachine(job), Trace()
    last = op(job, 20, 21, *READ["working"])
    told.add(op(job, 0, 1, *READ["working"]))
    rules = [
        RelaxedMachine(each, relaxation_of(each, job), StateMachine(job, relaxation_of(each, job)))
        for each in toy.rules
    ]
    proof = told.minimize(machine, rules, Clash(last, job.parse_states("done")))
    assert (proof.rule.id, len(proof.calls)) == ("B1", 2)


def test_a_clash_that_no_rule_explains_is_told_without_one(job):
    told = Trace()
    for each in story(job, READ["done"], READ["working"]):
        told.add(each)
    proof = told.minimize(StateMachine(job), [], find_clash(StateMachine(job), told.calls))
    assert proof.rule is None
    assert len(proof.calls) == 2


def test_a_call_that_acted_stays_with_what_came_before_it(toy, job):
    removing = op(job, 5, 40, "remove", 200)
    ops = [op(job, 0, 1, *READ["done"]), removing, op(job, 10, 11, *READ["done"]), op(job, 50, 51, *READ["done"])]
    assert removing in prove(toy, ops).calls


def test_calls_are_told_with_their_times():
    ops = [
        ObservedCall(1, 2, Observation("read", 200, 1), CallSummary("GET /a", "200 working", 0, 0)),
        ObservedCall(3, 4, Observation("read", 200, 1), CallSummary("GET /a", "200 done", 2_000_000, 3_000_000)),
        ObservedCall(5, None, Observation("read", 0, 1), CallSummary("GET /a", "no answer", 4_000_000, None)),
        ObservedCall(5, None, Observation("read", 0, 1)),
    ]
    assert call_lines(ops) == (
        "1. 1970-01-01T00:00:00Z  GET /a -> 200 working",
        "2. +2s (answered +3s)  GET /a -> 200 done",
        "3. +4s  GET /a -> no answer",
    )
    assert call_lines([]) == ()


def test_the_bundled_rules_about_states_can_all_be_relaxed():
    for vendor in ("phaseo", "twelvelabs", "reap"):
        read = load_rule_set(vendor)
        for resource in read.resources.values():
            for each in read.rules:
                if each.resource_kind in ("", resource.kind) and each.kind in (
                    "absorbs",
                    "follows",
                    "refused",
                    "accepted",
                    "gone",
                ):
                    relax = relaxation_of(each, resource)
                    assert list(state_indices(relax.source))
