"""A store as it was: what a handler saw, whatever has come since."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.job import DELETE, MOVE, Input
from mockserver.engine.explain import past
from mockserver.engine.explain.past import PastView, TooManyJobs
from mockserver.engine.journal import Watermark
from mockserver.stores.memory import MemoryStore
from mockserver.vendors.api import AppendInput
from tests.support.toy_vendor import DELETING, START, toy_world


@pytest.fixture
def store() -> MemoryStore:
    """Three pots, one a second, and a crate; the second pot is moved twice, the third deleted."""
    world = toy_world(era=DELETING, make_store=lambda era: MemoryStore({"crate": era.kinds["crate"].item_ids}))
    for _ in range(3):
        world.request("POST", "/pots", {})
        world.advance(1)
    world.request("POST", "/crates", {"cups": [{}, {}]})
    found = world.session.context("toy").store
    for version, state in enumerate(("firing", "done")):
        change = Input(START + (4 + version) * SECOND, found.next_seq(), MOVE, state)
        found.commit([AppendInput("pot", "pot-2", version, change)])
    found.commit([AppendInput("pot", "pot-3", 0, Input(START + 9 * SECOND, found.next_seq(), DELETE))])
    return found


NOW = START + 20 * SECOND


def test_a_job_has_the_inputs_that_it_had(store):
    view = PastView(store, Watermark(inputs_before=1, last_seq=9, jobs_created=3), "pot", "pot-2")
    job = view.job("pot", "pot-2")
    assert job is not None
    assert [happened.name for happened in job.inputs] == ["firing"]
    assert view.job("pot", "pot-9") is None


def test_other_jobs_have_the_inputs_of_before_the_request(store):
    for seq, names in ((0, []), (1, ["firing"]), (2, ["firing", "done"])):
        job = PastView(store, Watermark(last_seq=seq, jobs_created=3), "pot", "pot-1").job("pot", "pot-2")
        assert job is not None
        assert [happened.name for happened in job.inputs] == names


def test_what_was_made_later_is_not_there(store):
    view = PastView(store, Watermark(last_seq=9, jobs_created=1), "pot", "")
    assert view.job("pot", "pot-2") is None
    assert view.job("crate", "crate-1") is not None
    assert [job.id for job in view.jobs("pot", NOW)] == ["pot-1"]
    assert view.next_number("pot") == 2
    assert view.next_number("crate") == 2
    assert view.next_seq() == 10


def test_at_an_earlier_instant_what_came_after_it_is_left_out(store):
    view = PastView(store, Watermark(inputs_before=2, last_seq=9, jobs_created=3), "pot", "pot-2", START + 4 * SECOND)
    job = view.job("pot", "pot-2")
    assert job is not None
    assert [happened.name for happened in job.inputs] == ["firing"]
    assert PastView(store, Watermark(jobs_created=3), "pot", "", START).job("pot", "pot-2") is None


def test_the_batch_of_an_item(store):
    view = PastView(store, Watermark(last_seq=9, jobs_created=0), "cup", "crate-1")
    found = view.item("crate-1.1")
    assert found is not None
    assert found[0].id == "crate-1"
    assert found[1] == 1
    assert view.item("crate-9.1") is None


def test_lists_in_both_orders_and_from_a_cursor_on(store):
    view = PastView(store, Watermark(last_seq=2, jobs_created=3), "pot", "")
    assert [job.id for job in view.jobs("pot", NOW)] == ["pot-3", "pot-2", "pot-1"]
    assert [job.id for job in view.jobs("pot", NOW, oldest_first=True, after="pot-1")] == ["pot-2", "pot-3"]
    assert list(view.jobs("pot", NOW, after="pot-9")) == []
    assert [job.id for job in view.jobs("pot", NOW, since=START + SECOND)] == ["pot-3", "pot-2"]
    now = START + 6 * SECOND
    assert [job.id for job in view.jobs("pot", now, states=frozenset({"done"}))] == ["pot-2"]
    assert view.count("pot", now, states=frozenset({"firing"})) == 2
    assert view.window(("key", "get")) is None


def test_a_deleted_one_is_listed_no_more(store):
    assert [job.id for job in PastView(store, Watermark(last_seq=9, jobs_created=3), "pot", "").jobs("pot", NOW)] == [
        "pot-2",
        "pot-1",
    ]


def test_a_crowd_is_not_looked_at(store, monkeypatch):
    monkeypatch.setattr(past, "MAX_JOBS", 3)
    with pytest.raises(TooManyJobs):
        PastView(store, Watermark(jobs_created=3), "pot", "").count("pot", NOW)
