"""The oracle against brute force: every order of the calls, every fate of a lost one, every course of hidden moves."""

import random  # noqa: TID251 -- seeded; histories, not secrets
from collections.abc import Iterator
from itertools import combinations, permutations

import pytest

from mockserver.contract.oracle.possible_states import ObservedCall, find_clash
from mockserver.contract.oracle.state_machine import NO_ANSWER, NOT_SHOWN, Observation, StateMachine
from mockserver.contract.rules.resources import parse_resources, state_indices
from mockserver.contract.rules.rule_set import load_rule_set

HISTORIES = 2_000
MOST = 5
"""Calls of one history: 120 orders, times the fates of the lost ones."""

KINDS = [
    load_rule_set("phaseo", "2026-06-11").resources["video"],
    load_rule_set("twelvelabs").resources["batch"],
    load_rule_set("twelvelabs").resources["task"],
    load_rule_set("reap").resources["project"],
]


def drawn_kind(dice: random.Random):
    """A lifecycle without circles, with two actions that do something and one that reads."""
    names = [f"s{index}" for index in range(dice.randint(2, 5))]
    later = {name: names[index + 1 :] for index, name in enumerate(names)}
    some = lambda of, least=0: dice.sample(of, dice.randint(min(least, len(of)), len(of)))  # noqa: E731
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


def drawn_seen(dice: random.Random, kind) -> Observation:
    binding = dice.choice([each for each in kind.bindings.values() if each.list_path is None])
    statuses = [*binding.shown_at, *binding.clauses_by_status, *binding.unknown_statuses, NO_ANSWER, 500, 401]
    status = dice.choice(statuses)
    shown = (
        1 << dice.randrange(len(kind.states) - 2) if status in binding.shown_at and dice.random() < 0.9 else NOT_SHOWN
    )
    return Observation(binding.operation, status, shown, tuple(range(len(binding.clauses_by_status.get(status, ())))))


def drawn_history(dice: random.Random, kind) -> list[ObservedCall]:
    """Calls whose times overlap or not, in the order of nothing."""
    ops = []
    for _ in range(dice.randint(1, MOST)):
        seen = drawn_seen(dice, kind)
        begin = 2 * dice.randint(0, 8)
        ops.append(ObservedCall(begin, None if seen.status == NO_ANSWER else begin + 1 + 2 * dice.randint(0, 4), seen))
    return ops


def explicable(machine: StateMachine, ops: list[ObservedCall]) -> bool:
    """Brute force: some order, some fate of the lost calls, some hidden moves explain every answer."""
    lost = [op for op in ops if machine.transition(op.observation).lasting_effects is not None]
    sure = [op for op in ops if op not in lost and op.end is not None]
    for number in range(len(lost) + 1):
        for happened in combinations(lost, number):
            for order in permutations([*sure, *happened]):
                if all(_may_follow(one, two) for one, two in combinations(order, 2)) and _runs(machine, order):
                    return True
    return False


def _may_follow(one: ObservedCall, two: ObservedCall) -> bool:
    """Whether `two` may come after `one`: it was not over before `one` began (lost calls are never over)."""
    return two.end is None or _last(two) >= one.begin


def _last(op: ObservedCall) -> int:
    return 1 << 40 if op.end is None or op.observation.status >= 500 else op.end


def _runs(machine: StateMachine, order: tuple[ObservedCall, ...]) -> bool:
    states = {index for start in range(len(machine.resource.states)) for index in _hidden(machine, start)}
    for op in order:
        step = machine.transition(op.observation)
        table = step.table if step.lasting_effects is None else step.lasting_effects
        states = {after for state in states for met in state_indices(table[state]) for after in _hidden(machine, met)}
    return bool(states)


def _hidden(machine: StateMachine, state: int) -> Iterator[int]:
    seen, todo = set(), [state]
    while todo:
        state = todo.pop()
        if state not in seen:
            seen.add(state)
            yield state
            todo += state_indices(machine.resource.moves[state])


@pytest.mark.parametrize("source", ["drawn", "vendors"])
def test_it_says_what_brute_force_says(source):
    dice = random.Random(f"oracle {source}")
    clashes = 0
    for number in range(HISTORIES // 2):
        kind = drawn_kind(dice) if source == "drawn" else KINDS[number % len(KINDS)]
        machine = StateMachine(kind)
        ops = drawn_history(dice, kind)
        found = find_clash(machine, ops)
        assert (found is None) == explicable(machine, ops), (kind, ops)
        clashes += found is not None
    assert HISTORIES / 20 < clashes < HISTORIES / 2 - HISTORIES / 20, "the histories are too easy, or too hard"
