"""The oracle against brute force: every order of calls, lost or effective calls, and every hidden move."""

import random  # noqa: TID251 -- seeded; histories, not secrets
from collections.abc import Iterator
from itertools import combinations, permutations

import pytest

from mockserver.contract.oracle.calls import ObservedCall
from mockserver.contract.oracle.possible_states import find_clash
from mockserver.contract.oracle.state_machine import NO_ANSWER, NOT_SHOWN, Observation, StateMachine
from mockserver.contract.rules.resources import parse_resources, state_indices
from mockserver.contract.rules.rule_set import load_rule_set

HISTORIES = 2_000
MAX_CALLS = 5
"""Most calls of one history: 120 orders, times two for each lost call."""

KINDS = [
    load_rule_set("phaseo", "2026-06-11").resources["video"],
    load_rule_set("twelvelabs").resources["batch"],
    load_rule_set("twelvelabs").resources["task"],
    load_rule_set("reap").resources["project"],
]


def draw_kind(rng: random.Random):
    """Draw an acyclic lifecycle with two operations that change state and one that reads."""
    names = [f"s{index}" for index in range(rng.randint(2, 5))]
    later = {name: names[index + 1 :] for index, name in enumerate(names)}
    some = lambda of, least=0: rng.sample(of, rng.randint(min(least, len(of)), len(of)))  # noqa: E731
    action = lambda: {  # noqa: E731
        "200": [{"from": [name], "to": some(later[name], 1) or [name]} for name in some(names)],
        "409": {"from": some(names)},
    }
    kind = {
        "states": names,
        "terminal": [name for name in names if not later[name]],
        "moves": {name: some(later[name]) for name in names},
        "operations": {
            "make": {"id": "answer /id", "shows": {"201": ""}, "answers": {"201": {"from": "absent", "to": names[0]}}},
            "read": {"id": "path id", "shows": {"200": ""}, "unknown": [404]},
            "one": {"id": "path id", "shows": {"200": ""}, "unknown": [404], "answers": action()},
            "two": {"id": "path id", "unknown": [404], "answers": action()},
        },
    }
    return parse_resources({"job": kind}, "", "")["job"]


def draw_observation(rng: random.Random, kind) -> Observation:
    binding = rng.choice([each for each in kind.bindings.values() if each.list_path is None])
    statuses = [*binding.shown_at, *binding.clauses_by_status, *binding.unknown_statuses, NO_ANSWER, 500, 401]
    status = rng.choice(statuses)
    shown = NOT_SHOWN
    if status in binding.shown_at and rng.random() < 0.9:
        shown = 1 << rng.randrange(len(kind.states.names) - 2)
    return Observation(binding.operation, status, shown, tuple(range(len(binding.clauses_by_status.get(status, ())))))


def draw_history(rng: random.Random, kind) -> list[ObservedCall]:
    """Draw calls in any order, which may overlap."""
    calls = []
    for _ in range(rng.randint(1, MAX_CALLS)):
        observation = draw_observation(rng, kind)
        begin = 2 * rng.randint(0, 8)
        end = None if observation.status == NO_ANSWER else begin + 1 + 2 * rng.randint(0, 4)
        calls.append(ObservedCall(begin, end, observation))
    return calls


def is_explicable(machine: StateMachine, calls: list[ObservedCall]) -> bool:
    """Return True if some order, some set of effective lost calls and some hidden moves explain every answer."""
    lost = [call for call in calls if machine.transition(call.observation).lasting_effects is not None]
    answered = [call for call in calls if call not in lost and call.end is not None]
    for number in range(len(lost) + 1):
        for effective in combinations(lost, number):
            for order in permutations([*answered, *effective]):
                if all(_may_follow(one, two) for one, two in combinations(order, 2)) and _runs(machine, order):
                    return True
    return False


def _may_follow(one: ObservedCall, two: ObservedCall) -> bool:
    """Return True if `two` may come after `one`: it had not ended when `one` began (lost calls never end)."""
    return two.end is None or _last_moment(two) >= one.begin


def _last_moment(call: ObservedCall) -> int:
    return 1 << 40 if call.end is None or call.observation.status >= 500 else call.end


def _runs(machine: StateMachine, order: tuple[ObservedCall, ...]) -> bool:
    states = {after for start in range(len(machine.resource.states.names)) for after in _hidden(machine, start)}
    for call in order:
        transition = machine.transition(call.observation)
        table = transition.table if transition.lasting_effects is None else transition.lasting_effects
        reached = {after for state in states for after in state_indices(table[state])}
        states = {after for state in reached for after in _hidden(machine, state)}
    return bool(states)


def _hidden(machine: StateMachine, start: int) -> Iterator[int]:
    found, todo = set(), [start]
    while todo:
        state = todo.pop()
        if state not in found:
            found.add(state)
            yield state
            todo += state_indices(machine.resource.moves[state])


@pytest.mark.parametrize("source", ["drawn", "vendors"])
def test_the_oracle_agrees_with_brute_force(source):
    rng = random.Random(f"oracle {source}")
    clashes = 0
    for number in range(HISTORIES // 2):
        kind = draw_kind(rng) if source == "drawn" else KINDS[number % len(KINDS)]
        machine = StateMachine(kind)
        calls = draw_history(rng, kind)
        clash = find_clash(machine, calls)
        assert (clash is None) == is_explicable(machine, calls), (kind, calls)
        clashes += clash is not None
    assert HISTORIES / 20 < clashes < HISTORIES / 2 - HISTORIES / 20, "the histories are too easy, or too hard"
