"""Faults change answers, never jobs.

Two worlds have the same history. The first has faults. The second performs the same actions, except requests that had
no effect in the first because a fault replaced their answer.
"""

from typing import Any

import pytest
from hypothesis import strategies as st

from mockserver.core.transmission import NORMAL
from mockserver.engine.faults import FAULT_HEADER
from mockserver.scenario.faults.compile import FaultContext, parse_fault
from mockserver.scenario.faults.table import FAULT_KINDS
from mockserver.scenario.nodes import node_to_json
from mockserver.scenario.reader import read_yaml
from mockserver.vendors.faults import Fault
from tests.support.fake_world import ERAS, FakeWorld
from tests.support.histories import (
    LAW_PINS,
    Action,
    all_jobs,
    for_all_drawn,
    histories,
    operation_of,
    perform,
    scripts,
    state_history,
    waits,
    world_for,
)

pytestmark = pytest.mark.parametrize("pin", LAW_PINS)

EFFECTS = [*(word.example for word in FAULT_KINDS.values()), "status: 502, handled: true", "stale: 9h"]
REPLACED = {"status", "unheard"}
"""Faults that can keep the operation from taking effect."""
OCCASIONS = st.sampled_from(
    ["", "call: 2", "every: 2", "times: 1", "after: 2s", "until: 9h", "between: [1s, 30s]", "rate: 0.5"]
)


def affected_operations(effect: str, pin: str) -> list[str]:
    """List the operations of an era that a kind of fault can affect."""
    kind = FAULT_KINDS[effect.partition(":")[0]]
    return [
        one.name
        for one in ERAS[pin].operations
        if (one.method == "GET" or not kind.reads_only) and (one.opens_websocket or not kind.websockets_only)
    ]


@st.composite
def faults(draw: st.DrawFn, pin: str) -> Fault:
    """Draw a fault of one operation that it can affect, or of all operations."""
    affected = {effect: names for effect in EFFECTS if (names := affected_operations(effect, pin))}
    effect, when = draw(st.sampled_from([*affected])), draw(OCCASIONS)
    names = affected[effect]
    on = draw(st.sampled_from(["'*'", "'*'", *names]))
    text = f"{{on: {on}, do: {{{effect}}}, when: {{{when}}}}}" if when else f"{{on: {on}, do: {{{effect}}}}}"
    return parse_fault(node_to_json(read_yaml(text)[0]), FaultContext((ERAS[pin],), None))


def jobs(world: FakeWorld) -> list[Any]:
    """List everything that is known of each job, with its state history."""
    return [
        (
            job.id,
            job.created,
            job.spec,
            [entry._replace(seq=0) for entry in job.inputs],
            state_history(job, world.now),
        )
        for job in all_jobs(world)
    ]


def took_effect(world: FakeWorld, action: Action) -> bool:
    """Return True if the latest request took effect."""
    assert world.last is not None
    words = (world.last.response.header(FAULT_HEADER) or "").split(", ")
    met = REPLACED.intersection(words)
    if not met:
        return True
    replaced = [made for placed in world.session.faults for made in placed.fault.effects if made.keyword in met]
    handled = all(effect.takes_effect for effect in replaced)
    return handled and not operation_of(world.era.pin, action.verb).polls


@for_all_drawn(25)
def test_no_fault_changes_a_job(pin, data):
    script = data.draw(scripts(pin))
    only = data.draw(st.lists(faults(pin), min_size=1, max_size=3, unique_by=lambda fault: fault.effects[-1].keyword))
    faulty, correct = world_for(pin, script._replace(faults=tuple(only))), world_for(pin, script)
    for action in data.draw(histories(pin, most=14)):
        perform(faulty, action)
        calls = action.verb not in ("advance", "move")
        if not calls or took_effect(faulty, action):
            perform(correct, action)
        assert jobs(faulty) == jobs(correct)


@for_all_drawn(10)
def test_the_same_seed_has_the_same_faults(pin, data):
    script = data.draw(scripts(pin))._replace(faults=tuple(data.draw(st.lists(faults(pin), min_size=1, max_size=3))))
    first, second = world_for(pin, script), world_for(pin, script)
    for action in data.draw(histories(pin)):
        assert perform(first, action) == perform(second, action)
        assert first.last == second.last


@for_all_drawn(10)
def test_a_fault_without_an_occasion_changes_no_answer(pin, data):
    never = parse_fault({"on": "*", "do": {"status": 503}, "when": {"call": 1000000}}, FaultContext((ERAS[pin],), None))
    script = data.draw(scripts(pin))
    plain, guarded = world_for(pin, script), world_for(pin, script._replace(faults=(never,)))
    for action in data.draw(st.lists(st.one_of(waits(), histories(pin).map(lambda history: history[-1])), max_size=8)):
        assert perform(plain, action) == perform(guarded, action)
        assert guarded.last is None or guarded.last.transmission is NORMAL
