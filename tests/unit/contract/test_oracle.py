"""The oracle on small stories, its tables, and the rule that each clash is named by."""

import pytest

from mockserver.contract import oracle
from mockserver.contract.oracle import Call, Clash, Op, Track, clash
from mockserver.contract.rules.book import load_book
from mockserver.contract.rules.resources import bits
from mockserver.contract.states import NO_ANSWER, NOT_SHOWN, Machine, Seen, relax_of
from mockserver.contract.story import LONGEST, Relaxed, Story, lines
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


def seen(job, operation, status, shown="", *, old=False) -> Seen:
    binding = job.bindings[operation]
    states = binding.words[shown] if shown else NOT_SHOWN
    clauses = binding.answers.get(status, ())
    applying = [i for i, clause in enumerate(clauses) if clause.shown is None or (shown and clause.shown & states)]
    return Seen(operation, status, states, tuple(applying), old)


def op(job, begin, end, operation, status, shown="", **how) -> Op:
    return Op(begin, end, seen(job, operation, status, shown, **how), Call(operation, f"{status} {shown}", begin, end))


def story(job, *steps) -> list[Op]:
    """Calls one after the other."""
    return [op(job, 10 * place, 10 * place + 1, *step) for place, step in enumerate(steps)]


def prove(toy, ops):
    """The proof of the first clash of a history."""
    resource = toy.resources["job"]
    machine = Machine(resource)
    relaxed = [
        Relaxed(each, relax_of(each, resource), Machine(resource, relax_of(each, resource))) for each in toy.rules
    ]
    track, told = Track(machine), Story()
    for each in ops:
        found = track.add(each)
        if found:
            return told.prove(machine, relaxed, found[0])
        told.add(each)
    found = track.settle()
    return told.prove(machine, relaxed, found[0]) if found else None


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
    assert clash(Machine(job), story(job, *steps)) is None


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
    assert len(proof.ops) == calls


def test_a_clash_says_what_was_possible(toy, job):
    proof = prove(toy, story(job, READ["waiting"], READ["done"], READ["working"]))
    assert job.names(proof.possible) == ("done",)
    assert proof.op.told.answer == "200 working"


def test_calls_that_overlap_are_put_in_any_order(job):
    machine = Machine(job)
    overlapping = [
        op(job, 0, 9, "stop", 200, "stopped"),
        op(job, 1, 3, *READ["working"]),
        op(job, 1, 8, *READ["stopped"]),
    ]
    assert clash(machine, overlapping) is None
    after = op(job, 10, 11, *READ["working"])
    assert clash(machine, [*overlapping, after]).op is after


def test_fifty_polls_at_once_cost_no_more_than_one(job, monkeypatch):
    monkeypatch.setattr(oracle, "BUDGET", 500)
    polls = [op(job, 0, 100 + place, *READ["working"]) for place in range(50)]
    assert clash(Machine(job), [*polls, op(job, 1, 300, *READ["done"])]) is None


def test_a_search_beyond_its_budget_says_nothing(job, monkeypatch):
    monkeypatch.setattr(oracle, "BUDGET", 3)
    calls = [op(job, 0, 90, *READ["done"]), op(job, 1, 91, "stop", 200, "stopped"), op(job, 2, 92, *READ["working"])]
    track = Track(Machine(job))
    assert [track.add(each) for each in calls] == [[], [], []]
    assert track.settle() == []
    assert track.spent
    assert track.possible == job.all
    assert (
        clash(Machine(job), [*calls, *(op(job, 99 + n, 99 + n, *READ[s]) for n, s in enumerate(("done", "busy")))])
        is None
    )


def test_after_a_clash_what_was_known_and_what_was_shown_are_both_believed(job):
    track = Track(Machine(job))
    for each in story(job, READ["done"], READ["working"]):
        track.add(each)
    assert len(track.settle(100)) == 1
    assert job.names(track.possible) == ("working", "done")


def test_after_a_clash_an_open_call_may_still_take_effect(job):
    track = Track(Machine(job))
    track.add(op(job, 0, 1, *READ["done"]))
    track.add(op(job, 2, 90, "stop", 409))
    track.add(op(job, 3, 91, "remove", 200))
    track.add(op(job, 4, 5, *READ["waiting"]))
    assert [each.op.seen.operation for each in track.settle(20)] == ["read"]
    assert track.open == 0
    assert "deleted" in job.names(track.possible)


def test_a_lost_read_says_nothing(job):
    track = Track(Machine(job))
    track.add(op(job, 0, None, "read", NO_ANSWER))
    assert track.open == 0


def test_a_call_that_is_not_over_waits(job):
    track = Track(Machine(job))
    track.add(op(job, 0, 50, *READ["done"]))
    assert track.settle(50) == []
    assert track.open == 1
    track.add(op(job, 1, 60, *READ["done"]))
    assert track.settle(55) == []
    assert track.open == 1


def test_what_is_forgotten_is_possible_again(job):
    track = Track(Machine(job))
    track.forget()
    assert track.spent
    assert track.possible == job.all


def test_others_may_act_too(job):
    ops = story(job, READ["working"], READ["stopped"])
    assert clash(Machine(job), ops)
    assert clash(Machine(job, alone=False), ops) is None


def test_a_job_past_its_time_may_be_gone(job):
    assert clash(Machine(job), story(job, READ["done"], ("read", 404)))
    assert clash(Machine(job), [*story(job, READ["done"]), op(job, 20, 21, "read", 404, old=True)]) is None


def test_a_clause_that_does_not_apply_forbids_its_status(job):
    step = Machine(job).step(Seen("stop", 409, NOT_SHOWN, ()))
    assert step(job.all) == 0


def test_a_story_is_kept_short(job):
    told = Story()
    polls = [op(job, 10 * place, 10 * place + 1, *READ["working"]) for place in range(9)]
    for each in polls:
        told.add(each)
    assert told.ops == [polls[0], polls[-1]]
    kinds = (READ["working"], READ["done"])
    for place in range(LONGEST + 1):
        told.add(op(job, 100 + place, 200, *kinds[place % 2]))
    assert len(told.ops) <= LONGEST


def test_a_story_that_lost_its_proof_tells_all_it_has(toy, job):
    machine, told = Machine(job), Story()
    last = op(job, 20, 21, *READ["working"])
    told.add(op(job, 0, 1, *READ["working"]))
    rules = [Relaxed(each, relax_of(each, job), Machine(job, relax_of(each, job))) for each in toy.rules]
    proof = told.prove(machine, rules, Clash(last, job.set_of("done")))
    assert (proof.rule.id, len(proof.ops)) == ("B1", 2)


def test_a_clash_that_no_rule_explains_is_told_without_one(job):
    told = Story()
    for each in story(job, READ["done"], READ["working"]):
        told.add(each)
    proof = told.prove(Machine(job), [], clash(Machine(job), told.ops))
    assert proof.rule is None
    assert len(proof.ops) == 2


def test_a_call_that_acted_stays_with_what_came_before_it(toy, job):
    removing = op(job, 5, 40, "remove", 200)
    ops = [op(job, 0, 1, *READ["done"]), removing, op(job, 10, 11, *READ["done"]), op(job, 50, 51, *READ["done"])]
    assert removing in prove(toy, ops).ops


def test_calls_are_told_with_their_times():
    ops = [
        Op(1, 2, Seen("read", 200, 1), Call("GET /a", "200 working", 0, 0)),
        Op(3, 4, Seen("read", 200, 1), Call("GET /a", "200 done", 2_000_000, 3_000_000)),
        Op(5, None, Seen("read", 0, 1), Call("GET /a", "no answer", 4_000_000, None)),
        Op(5, None, Seen("read", 0, 1)),
    ]
    assert lines(ops) == (
        "1. 1970-01-01T00:00:00Z  GET /a -> 200 working",
        "2. +2s (answered +3s)  GET /a -> 200 done",
        "3. +4s  GET /a -> no answer",
    )
    assert lines([]) == ()


def test_the_bundled_rules_about_states_can_all_be_relaxed():
    for vendor in ("phaseo", "twelvelabs", "reap"):
        read = load_book(vendor)
        for resource in read.resources.values():
            for each in read.rules:
                if each.on in ("", resource.kind) and each.kind in (
                    "absorbs",
                    "follows",
                    "refused",
                    "accepted",
                    "gone",
                ):
                    relax = relax_of(each, resource)
                    assert list(bits(relax.source))
