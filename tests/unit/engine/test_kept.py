"""What a session gives to whoever keeps it: its lasting clock, the growth of its counts, and what it takes back."""

from collections.abc import Iterable

import pytest

from mockserver.core.clock import Clock
from mockserver.core.instants import SECOND
from mockserver.engine.session import Session
from mockserver.errors import MockError, refuse
from mockserver.scenario.faults.compile import FaultContext, parse_fault
from mockserver.stores.memory import MemoryStore
from mockserver.vendors.api import StoreChange
from mockserver.vendors.script import Script
from mockserver.vendors.webhook_endpoint import DeliveryFault, WebhookEndpoint
from tests.support.fake_world import START
from tests.support.toy_vendor import ERA, ToyWorld, setup
from tests.support.webhook_world import EVENTS, WebhookWorld


class Full(MemoryStore):
    """A store that takes nothing while it is full."""

    is_full = False

    def commit(self, changes: Iterable[StoreChange]) -> None:
        if self.is_full:
            raise refuse("SRV041", "the store takes no more")
        super().commit(changes)


def full_world(**endpoint: object) -> tuple[WebhookWorld, Full]:
    """Open a world with a store that can be filled, and a job with one webhook."""
    world = WebhookWorld(WebhookEndpoint(events=("video.completed",), **endpoint))
    store = Full()
    world.session = Session(world.session.setup._replace(make_store=lambda era: store))
    world.create()
    return world, store


class TestClock:
    def test_it_is_the_clock_unless_a_move_is_under_way(self):
        session = Session(setup())
        assert session.lasting_clock is session.clock

    def test_during_a_move_it_goes_on_from_where_the_move_is(self):
        session = Session(setup())
        session.destination = Clock(7, START + 60 * SECOND, 5.0, 5.0)
        session.clock = Clock(9, START + 20 * SECOND, 0.0, 5.0)
        assert session.lasting_clock == Clock(9, START + 20 * SECOND, 5.0, 5.0)


class TestCounts:
    def world(self, described: dict[str, object]) -> tuple[ToyWorld, list[tuple[str, str, int, int]]]:
        fault = parse_fault(described, FaultContext((ERA,), None))
        world = ToyWorld(Session(setup(Script(faults=(fault,)))))
        grown: list[tuple[str, str, int, int]] = []
        world.session.faults.on_count = lambda active, *growth: grown.append((active.id, *growth))
        world.request("POST", "/pots", {})
        return world, grown

    def test_their_growth_is_told(self):
        world, grown = self.world({"on": "get", "when": {"call": 1}, "do": {"status": 503}})
        world.request("GET", "/pots/pot-1")
        assert grown == [("fault-1", "pot-1", 1, 0), ("fault-1", "pot-1", 0, 1)]

    def test_what_is_added_counts_as_if_it_had_happened_here(self):
        world, _ = self.world({"on": "get", "when": {"call": 3}, "do": {"status": 503}})
        (active,) = world.session.faults
        active.add_counts("pot-1", 2, 0)
        active.add_counts(None, 0, 4)
        assert world.request("GET", "/pots/pot-1").status == 503
        assert active.occurrences == 5
        active.add_counts("pot-1", -1, -1)
        assert world.request("GET", "/pots/pot-1").status == 503

    def test_a_fault_of_every_call_has_no_counts_of_jobs(self):
        world, grown = self.world({"on": "get", "do": {"status": 503}})
        world.request("GET", "/pots/pot-1")
        (active,) = world.session.faults
        active.add_counts("pot-1", 0, 1)
        assert grown[-1] == ("fault-1", "pot-1", 0, 1)
        assert active.occurrences == 2
        assert active.counts_by_job == {}


class TestDeliveries:
    def test_one_whose_outcome_cannot_be_recorded_is_made_again_later(self):
        world, store = full_world()
        due = world.session.schedule.pop_due(START + 10 * SECOND)
        assert due is not None
        world.now = START + 10 * SECOND
        delivery = world.session.deliveries.begin(due.item, world.now, "http://x")
        assert delivery is not None
        store.is_full = True
        with pytest.raises(MockError):
            world.session.deliveries.finish(delivery, world.session.deliveries.answer_from_builtin(delivery), world.now)
        assert world.sent == []
        assert world.session.deliveries.next_due == START + 15 * SECOND
        store.is_full = False
        world.run_until(60 * SECOND)
        assert [sent.event.key for sent in world.sent] == [delivery.event.key]

    def test_one_that_a_fault_drops_is_dropped_again_later(self):
        world, store = full_world(delivery_faults=(DeliveryFault(drop=True),))
        due = world.session.schedule.pop_due(START + 10 * SECOND)
        assert due is not None
        world.now = START + 10 * SECOND
        store.is_full = True
        with pytest.raises(MockError):
            world.session.deliveries.begin(due.item, world.now, "http://x")
        store.is_full = False
        world.run_until(60 * SECOND)
        assert [sent.state for sent in world.sent] == ["lost"]

    def test_their_position_can_be_put_back(self):
        world = WebhookWorld(WebhookEndpoint(events=EVENTS, receiver_responses=(500, 501, 502)))
        world.create()
        world.run_until(SECOND)
        world.session.deliveries.endpoint_changed("phaseo", START + SECOND)
        position = world.session.deliveries.position
        world.run_until(3 * SECOND)
        assert world.session.deliveries.position != position
        world.session.deliveries.position = position
        assert world.session.deliveries.position == position


class TestReset:
    def test_the_next_epoch_may_have_other_stores(self):
        session = Session(setup())
        store = MemoryStore()
        again = session.reset(session.clock, lambda era: store)
        assert again.context("toy").store is store
        assert again.reset(again.clock).context("toy").store is store


def test_a_script_has_the_servers_endpoint_if_it_names_none():
    endpoint = WebhookEndpoint("http://one")
    own = setup(Script(webhook_endpoint=WebhookEndpoint("http://two")), endpoints={"toy": endpoint})
    assert own.script("toy").webhook_endpoint == WebhookEndpoint("http://two")
    assert setup(endpoints={"toy": endpoint}).script("toy").webhook_endpoint == endpoint
    assert setup().script("toy").webhook_endpoint is None
