"""Counterexamples: the rule that each clash is named by, and the calls that are left."""

from dataclasses import replace

import pytest

from mockserver.contract.oracle.calls import CallSummary, Clash, ObservedCall
from mockserver.contract.oracle.counterexample import MAX_TRACE_LENGTH, RelaxedMachine, Trace, call_lines
from mockserver.contract.oracle.possible_states import StateTracker, find_clash
from mockserver.contract.oracle.state_machine import Observation, StateMachine, relaxation_of
from tests.support.toy_contract import book, rule, toy_rule
from tests.support.toy_oracle import READ, history, observed_call

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


def relaxed_machines(toy):
    """A machine for each rule of the toy vendor, without that rule."""
    job = toy.resources["job"]
    relaxations = [(rule, relaxation_of(rule, job)) for rule in toy.rules]
    return [RelaxedMachine(rule, relaxation, StateMachine(job, relaxation)) for rule, relaxation in relaxations]


def prove(toy, calls):
    """The counterexample of the first clash of a history."""
    machine = StateMachine(toy.resources["job"])
    tracker, trace = StateTracker(machine), Trace()
    for call in calls:
        clashes = tracker.add(call)
        if clashes:
            return trace.minimize(machine, relaxed_machines(toy), clashes[0])
        trace.add(call)
    (clash,) = tracker.settle()
    return trace.minimize(machine, relaxed_machines(toy), clash)


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
def test_a_clash_is_named_and_proved_by_few_calls(toy, job, steps, named, calls):
    proof = prove(toy, history(job, *steps))
    assert proof.rule.id == named
    assert len(proof.calls) == calls


def test_a_clash_says_what_was_possible(toy, job):
    proof = prove(toy, history(job, READ["waiting"], READ["done"], READ["working"]))
    assert job.states.names_of(proof.possible_states) == ("done",)
    assert proof.clashing_call.summary.text().endswith("-> 200 working")


def test_a_trace_is_kept_short(job):
    trace = Trace()
    polls = [observed_call(job, 10 * place, 10 * place + 1, *READ["working"]) for place in range(9)]
    for each in polls:
        trace.add(each)
    assert trace.calls == [polls[0], polls[-1]]
    kinds = (READ["working"], READ["done"])
    for place in range(MAX_TRACE_LENGTH + 1):
        trace.add(observed_call(job, 100 + place, 200, *kinds[place % 2]))
    assert len(trace.calls) <= MAX_TRACE_LENGTH


def test_a_trace_that_lost_its_proof_is_reported_whole(toy, job):
    machine, trace = StateMachine(job), Trace()
    last = observed_call(job, 20, 21, *READ["working"])
    trace.add(observed_call(job, 0, 1, *READ["working"]))
    rules = [
        RelaxedMachine(each, relaxation_of(each, job), StateMachine(job, relaxation_of(each, job)))
        for each in toy.rules
    ]
    proof = trace.minimize(machine, rules, Clash(last, job.states.parse("done")))
    assert proof.rule.id == "B1"
    assert len(proof.calls) == 2


def test_a_clash_that_no_rule_explains_is_reported_without_one(job):
    trace = Trace()
    for each in history(job, READ["done"], READ["working"]):
        trace.add(each)
    proof = trace.minimize(StateMachine(job), [], find_clash(StateMachine(job), trace.calls))
    assert proof.rule is None
    assert len(proof.calls) == 2


def test_without_a_rule_every_call_goes_that_the_proof_can_spare(job):
    calls = history(job, READ["done"], ("read", 401), READ["working"])
    trace = Trace()
    for call in calls:
        trace.add(call)
    proof = trace.minimize(StateMachine(job), [], find_clash(StateMachine(job), trace.calls))
    assert proof.calls == (calls[0], calls[2])


def test_a_call_that_acted_stays_with_what_came_before_it(toy, job):
    removing = observed_call(job, 5, 40, "remove", 200)
    ops = [
        observed_call(job, 0, 1, *READ["done"]),
        removing,
        observed_call(job, 10, 11, *READ["done"]),
        observed_call(job, 50, 51, *READ["done"]),
    ]
    assert removing in prove(toy, ops).calls


def test_calls_are_listed_with_their_times():
    ops = [
        ObservedCall(1, 2, Observation("read", 200, 1), CallSummary("GET", "/a", 200, "working", 0, 0)),
        ObservedCall(3, 4, Observation("read", 200, 1), CallSummary("GET", "/a", 200, None, 2_000_000, 3_000_000)),
        ObservedCall(5, None, Observation("read", 0, 1), CallSummary("GET", "/a", 0, None, 4_000_000, None)),
        ObservedCall(5, None, Observation("read", 0, 1)),
    ]
    assert call_lines(ops) == (
        "1. 1970-01-01T00:00:00Z  GET /a -> 200 working",
        "2. +2s (answered +3s)  GET /a -> 200",
        "3. +4s  GET /a -> no answer",
    )
    assert call_lines([]) == ()


def named_rule(job, rules, calls):
    """The id of the rule that the clash of these calls is named by."""
    machine = StateMachine(job)
    relaxed = [
        RelaxedMachine(each, relaxation_of(each, job), StateMachine(job, relaxation_of(each, job))) for each in rules
    ]
    trace = Trace()
    for call in calls:
        trace.add(call)
    return trace.minimize(machine, relaxed, find_clash(machine, calls)).rule.id


@pytest.mark.parametrize(
    "steps",
    [
        [("read", 404), READ["done"]],
        [("read", 404), ("stop", 409)],
        [("read", 404), ("status", 200, "done")],
    ],
)
def test_a_job_that_does_not_exist_and_is_found_all_the_same(tmp_path, steps):
    toy = book(tmp_path, rule("B2", "returns"), rule("G1", "gone"), rule("O1", "follows"))
    assert named_rule(toy.resources["job"], toy.rules, history(toy.resources["job"], *steps)) == "G1"


def overlapping_removals(job, first, second):
    """A job that is done, and two deletions of it at once."""
    return [
        observed_call(job, 0, 1, *READ["done"]),
        observed_call(job, 10, 20, "remove", first),
        observed_call(job, 11, 21, "remove", second),
    ]


def common_rule(rule_id, kind, **options):
    """A rule for all vendors."""
    return replace(toy_rule(kind, "warning", **options), id=rule_id, resource_kind=None)


def test_overlapping_calls_that_break_a_vendors_rule_in_every_order_are_named_by_it(job):
    common = common_rule("L7a", "accepted", **{"from": "any"})
    rules = [replace(toy_rule("accepted", **{"from": ["done"], "operations": ["remove"]}), id="A1"), common]
    gone = replace(toy_rule("gone", "warning"), id="G1")
    calls = overlapping_removals(job, 200, 409)
    assert named_rule(job, [*rules, gone], calls) == "G1"
    assert named_rule(job, rules, calls) == "A1"
    assert named_rule(job, [common], calls) == "L7a"
