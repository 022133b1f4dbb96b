"""What is kept leads to the same answers: a session made again from its log goes on as if nothing had happened."""

from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.properties.test_machine import Machine
from tests.support.fake_world import FakeWorld
from tests.support.histories import (
    Action,
    all_jobs,
    for_all_drawn,
    histories,
    perform,
    scripts,
    state_history,
    world_for,
)
from tests.support.kept_world import KeptWorld
from tests.support.store_worlds import Worlds, each_store

pytestmark = pytest.mark.parametrize(("worlds", "pin"), each_store("log"), indirect=["worlds"])


def answer_of(world: FakeWorld, action: Action) -> Any:
    """Perform an action; return everything that its caller sees."""
    response = perform(world, action)
    return None if response is None else (response.status, response.headers, response.body)


def picture(world: FakeWorld) -> list[Any]:
    """List everything that the session knows of its jobs, its money and its limits."""
    store = world.session.context(world.era.vendor).store
    jobs = [
        (job.id, job.number, job.created, dict(job.spec), job.inputs, state_history(job, world.now))
        for job in all_jobs(world)
    ]
    return [jobs, list(world.session.ledger(world.now)), list(store.windows()), store.next_seq(), world.now]


@for_all_drawn(15)
def test_a_restart_after_every_action_changes_no_answer(worlds: Worlds, pin: str, data: st.DataObject) -> None:
    script = data.draw(scripts(pin, limits=True))
    history = data.draw(histories(pin))
    plain = world_for(pin, script)
    kept = worlds(pin, script)
    assert isinstance(kept, KeptWorld)

    for action in history:
        assert answer_of(kept, action) == answer_of(plain, action)
        seq = kept.session.journal.seq
        kept.restart()
        kept.session.journal.seq = seq  # a poll writes nothing: its number is not kept
        assert picture(kept) == picture(plain)


class KeptMachine(Machine):
    """The machine of random calls on a session that is made again from its log at any moment."""

    worlds: ClassVar[Worlds]

    @initialize(data=st.data())
    def open(self, data: st.DataObject) -> None:
        self.world = type(self).worlds(self.pin, data.draw(scripts(self.pin, limits=True)))
        self.forget()

    @rule()
    def restart(self) -> None:
        """Forget the session, and make it again."""
        assert isinstance(self.world, KeptWorld)
        self.world.restart()

    @precondition(lambda self: False)
    @rule()
    def reset(self) -> None:
        """Do nothing: the next epoch is the registry's matter."""


def test_random_calls_keep_all_invariants_over_restarts(worlds: Worlds, pin: str) -> None:
    machine = type("KeptMachine", (KeptMachine,), {"pin": pin, "worlds": staticmethod(worlds)})
    case = machine.TestCase
    case.settings = settings(max_examples=8, stateful_step_count=30)
    case().runTest()
