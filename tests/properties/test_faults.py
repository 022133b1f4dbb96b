"""No fault ever changes a job: whatever goes wrong with the answers, the jobs are what they would have been.

Two worlds have one history. In the first, things go wrong. The second is spared the requests that never took effect
there, because another answer was given instead; everything else it is asked as well.
"""

from dataclasses import replace
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
    PINS,
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

pytestmark = pytest.mark.parametrize("pin", PINS)

DOES = st.sampled_from([*(word.example for word in FAULT_KINDS.values()), "status: 502, handled: true", "stale: 9h"])
REPLACED = {"status", "unheard"}
"""Faults after which the operation may not have been done at all."""
WHENS = st.sampled_from(
    ["", "call: 2", "every: 2", "times: 1", "after: 2s", "until: 9h", "between: [1s, 30s]", "rate: 0.5"]
)


@st.composite
def faults(draw: st.DrawFn, pin: str) -> Fault:
    """Any fault of an operation that can meet it, or of all of them."""
    does, when = draw(DOES), draw(WHENS)
    reads = FAULT_KINDS[does.partition(":")[0]].reads_only
    names = [one.name for one in ERAS[pin].operations if one.method == "GET" or not reads]
    on = draw(st.sampled_from(["'*'", "'*'", *names]))
    text = f"{{on: {on}, do: {{{does}}}, when: {{{when}}}}}" if when else f"{{on: {on}, do: {{{does}}}}}"
    return parse_fault(node_to_json(read_yaml(text)[0]), FaultContext((ERAS[pin],), None))


def jobs(world: FakeWorld) -> list[Any]:
    """Everything that a job is, and the states it was in."""
    return [
        (
            job.id,
            job.created,
            job.spec,
            [happened._replace(seq=0) for happened in job.inputs],
            state_history(job, world.now),
        )
        for job in all_jobs(world)
    ]


def took_effect(world: FakeWorld, deed: Action) -> bool:
    """Whether the latest request was one that the job knows of."""
    assert world.last is not None
    words = (world.last.response.header(FAULT_HEADER) or "").split(", ")
    met = REPLACED.intersection(words)
    if not met:
        return True
    replaced = [made for placed in world.session.faults for made in placed.fault.effects if made.keyword in met]
    handled = all(effect.takes_effect for effect in replaced)
    return handled and not operation_of(world.era.pin, deed.verb).polls


@for_all_drawn(25)
def test_no_fault_changes_a_job(pin, data):
    script = data.draw(scripts(pin))
    only = data.draw(st.lists(faults(pin), min_size=1, max_size=3, unique_by=lambda fault: fault.effects[-1].keyword))
    wrong, right = world_for(pin, replace(script, faults=tuple(only))), world_for(pin, script)
    for deed in data.draw(histories(pin, most=14)):
        perform(wrong, deed)
        calls = deed.verb not in ("advance", "move")
        if not calls or took_effect(wrong, deed):
            perform(right, deed)
        assert jobs(wrong) == jobs(right)


@for_all_drawn(10)
def test_the_same_seed_goes_wrong_in_the_same_way(pin, data):
    script = replace(data.draw(scripts(pin)), faults=tuple(data.draw(st.lists(faults(pin), min_size=1, max_size=3))))
    first, second = world_for(pin, script), world_for(pin, script)
    for deed in data.draw(histories(pin)):
        assert perform(first, deed) == perform(second, deed)
        assert first.last == second.last


@for_all_drawn(10)
def test_without_an_occasion_an_answer_is_as_ever(pin, data):
    never = parse_fault({"on": "*", "do": {"status": 503}, "when": {"call": 1000000}}, FaultContext((ERAS[pin],), None))
    script = data.draw(scripts(pin))
    plain, careful = world_for(pin, script), world_for(pin, replace(script, faults=(never,)))
    for deed in data.draw(st.lists(st.one_of(waits(), histories(pin).map(lambda deeds: deeds[-1])), max_size=8)):
        assert perform(plain, deed) == perform(careful, deed)
        assert careful.last is None or careful.last.transmission is NORMAL
