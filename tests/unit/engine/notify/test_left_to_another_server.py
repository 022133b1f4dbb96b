"""Deliveries that another server makes: they are left to it when they are due, and taken back when it is gone."""

from mockserver.core.instants import SECOND
from tests.support.webhook_world import WebhookWorld


def due_delivery(world: WebhookWorld, offset: int):
    """Take the first entry that is due off the schedule."""
    world.now += offset
    entry = world.session.schedule.pop_due(world.now)
    assert entry is not None
    return entry.item


def test_what_is_left_is_due_again_after_a_resume():
    world = WebhookWorld()
    world.create()
    deliveries = world.session.deliveries
    deliveries.renounce(due_delivery(world, 3 * SECOND))
    assert deliveries.has_more
    assert len(deliveries) == 0
    assert deliveries.resume()
    world.run_until(60 * SECOND)
    assert world.event_types() == ["created", *["status_changed"] * 2, "completed"]
    assert not deliveries.has_more
    assert not deliveries.resume()


def test_a_change_of_the_job_makes_it_due_again_at_once():
    world = WebhookWorld()
    job = world.create()
    deliveries = world.session.deliveries
    item = due_delivery(world, 0)
    deliveries.renounce(item)
    deliveries.renounce(item)
    world.call_operation("cancel", job)
    assert len(deliveries) == 1
    assert deliveries.in_flight == 0
