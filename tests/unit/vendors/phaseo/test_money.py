"""What a video costs, in its body and in the ledger."""

import pytest

from mockserver.core.timeline import Timed, TimelineStep
from mockserver.vendors.script import Script, TimelineRule


def entries(world, video):
    return world.era.main_kind.ledger(world.store.job("video", video), world.now)


def test_reserved_then_settled_once(world):
    w = world()
    video = w.create(sample_count=2)
    assert [(entry.entry, entry.amount, entry.unit) for entry in entries(w, video)] == [("reserve", 1.0, "usd")]
    assert w.get(video)["billing"]["state"] == "estimated"
    w.sleep(60)
    reserve, settle = entries(w, video)
    assert settle.entry == "settle"
    assert settle.amount == 1.0
    assert settle.key == f"{video}:settle"
    assert settle.at - reserve.at == 26_000_000
    billing = w.get(video)["billing"]
    assert billing["state"] == "settled"
    assert billing["settled_user_cost"] == "1.00"
    assert billing["total_nanos"] == 10**9
    assert billing["reservation_status"] == "captured"
    assert billing["charged"] is True
    assert billing["billable"] is True
    assert billing["billed_at"] == "2026-08-20T12:00:26.000Z"
    w.sleep(600)
    assert entries(w, video) == (reserve, settle)


@pytest.mark.parametrize("state", ["failed", "cancelled", "expired"])
def test_reserved_then_released(world, state):
    w = world(
        script=Script(timeline_rules=(TimelineRule((TimelineStep("queued", Timed(1_000_000)), TimelineStep(state))),))
    )
    video = w.create()
    w.sleep(5)
    assert [entry.entry for entry in entries(w, video)] == ["reserve", "release"]


def test_nothing_before_it_exists(world):
    w = world()
    video = w.create()
    w.sleep(-1)
    assert entries(w, video) == ()
