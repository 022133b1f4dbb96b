"""The memory store: what goes in comes out, and lists agree with a scan."""

import gc
import weakref
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.core.job import CANCEL, COMMAND, DELETE, MOVE, POLL, Input, Job, JobPlan
from mockserver.core.lifecycle import Lifecycle
from mockserver.core.ratelimit import LimitWindow
from mockserver.core.timeline import Timed, Timeline, TimelineStep
from mockserver.engine.store import StoreExtent, VersionConflict
from mockserver.installed import installed_vendors
from mockserver.stores import memory, memory_store
from mockserver.stores.memory import MemoryStore
from mockserver.vendors.api import AppendInput, ConsumeLimit, CreateJob
from mockserver.vendors.commands import snapshot
from mockserver.vendors.planner import Planner
from mockserver.vendors.script import NO_SCRIPT

STATES = ("new", "busy", "done", "stopped")


def plan(kind: str = "pot", first: int = 10, second: int = 10) -> JobPlan:
    timeline: Timeline = (TimelineStep("new", Timed(first)), TimelineStep("busy", Timed(second)), TimelineStep("done"))
    lifecycle = Lifecycle(kind, STATES, (), frozenset({"done", "stopped"}))
    return JobPlan(lifecycle, timeline, {"new": (TimelineStep("stopped"),), "busy": (TimelineStep("stopped"),)})


POT, BOX = plan(), plan("box")


def job(number: int, plan: JobPlan = POT, created: int = 0, **spec: Any) -> Job:
    return Job(f"{plan.lifecycle.kind}-{number}", number, created, spec, plan)


def happening(store: MemoryStore, kind: str, at: int = 0) -> Input:
    return Input(at, store.next_seq(), kind)


def append(store: MemoryStore, kind: str, job_id: str, event: Input) -> AppendInput:
    found = store.job(kind, job_id)
    assert found is not None
    return AppendInput(kind, job_id, found.version, event)


def ids(store: MemoryStore, now: int = 0, kind: str = "pot", **how: Any) -> list[str]:
    return [found.id for found in store.jobs(kind, now, **how)]


def pots(count: int) -> MemoryStore:
    store = MemoryStore()
    for number in range(1, count + 1):
        store.commit([CreateJob(job(number, created=number))])
    return store


class TestLoadAndSave:
    def test_what_was_saved_is_loaded(self):
        store = MemoryStore()
        made = job(1, created=5, colour="red", sizes=[1, 2.5, None, {"b": 1, "a": True}])
        store.commit([CreateJob(made)])
        loaded = store.job("pot", "pot-1")
        assert loaded == made
        assert loaded is not None
        assert loaded.plan is made.plan

    def test_the_order_of_a_specs_members_is_kept(self):
        store = MemoryStore()
        store.commit([CreateJob(job(1, a=1, b=2))])
        store.commit([CreateJob(job(2, b=2, a=1))])
        specs = [list(found.spec) for found in store.all_jobs()]
        assert specs == [["a", "b"], ["b", "a"]]

    def test_numbers_of_different_types_are_kept_apart(self):
        store = MemoryStore()
        for number, value in enumerate((1, 1.0, True), 1):
            store.commit([CreateJob(job(number, n=value))])
        assert [repr(found.spec["n"]) for found in store.all_jobs()] == ["1", "1.0", "True"]

    def test_alike_jobs_share_spec_and_plan(self):
        store = MemoryStore()
        store.commit([CreateJob(job(1, colour="red"))])
        store.commit([CreateJob(job(2, colour="red"))])
        one, other = store.all_jobs()
        assert one.spec is other.spec
        assert one.plan is other.plan

    def test_unknown_jobs_and_kinds(self):
        store = pots(1)
        assert store.job("pot", "pot-2") is store.job("box", "pot-1") is None
        assert store.row("pot", "pot-2") is store.row("box", "pot-1") is None
        assert store.item("pot-1") is None
        assert ids(store, kind="box") == []
        assert store.count("box", 0) == 0
        assert store.catch_up("box", 0, 1) is True

    def test_inputs_are_added_in_order_and_count_as_the_version(self):
        store = pots(1)
        for at, (kind, name) in enumerate(((POLL, ""), (MOVE, "busy"), (CANCEL, ""))):
            assert store.next_seq() == at + 1
            store.commit([append(store, "pot", "pot-1", Input(at, store.next_seq(), kind, name))])
        found = store.job("pot", "pot-1")
        assert found is not None
        assert found.version == 3
        assert [event.seq for event in found.inputs] == [1, 2, 3]

    def test_a_row_is_the_same_until_something_happens_to_the_job(self):
        store = pots(2)
        row, other = store.row("pot", "pot-1"), store.row("pot", "pot-2")
        list(store.jobs("pot", 50, states=frozenset(STATES)))
        assert store.row("pot", "pot-1") is row
        store.commit([append(store, "pot", "pot-1", happening(store, COMMAND))])
        assert store.row("pot", "pot-1") is not row
        assert store.row("pot", "pot-2") is other

    def test_a_job_is_the_same_object_until_something_happens_to_it(self):
        store = pots(2)
        first = store.job("pot", "pot-1")
        assert store.job("pot", "pot-1") is first
        store.commit([append(store, "pot", "pot-1", happening(store, COMMAND))])
        assert store.job("pot", "pot-1") is not first

    def test_only_so_many_jobs_are_kept_as_objects(self, monkeypatch):
        monkeypatch.setattr(memory, "MAX_RECENT", 2)
        store = pots(3)
        first = store.job("pot", "pot-1")
        assert [found.id for number in (2, 3) if (found := store.job("pot", f"pot-{number}"))] == ["pot-2", "pot-3"]
        again = store.job("pot", "pot-1")
        assert again == first
        assert again is not first

    def test_numbers_count_by_kind(self):
        store = pots(2)
        assert store.next_number("pot") == 3
        assert store.next_number("box") == 1
        store.commit([CreateJob(job(1, BOX))])
        assert store.next_number("pot") == 3
        assert store.next_number("box") == 2
        assert len(store) == 3
        assert [found.id for found in store.all_jobs()] == ["pot-1", "pot-2", "box-1"]

    def test_buckets(self):
        store = MemoryStore()
        assert store.window(("key", "get")) is None
        store.commit(
            [ConsumeLimit(("key", "get"), LimitWindow(5, 1)), ConsumeLimit(("key", "list"), LimitWindow(6, 2))]
        )
        assert store.window(("key", "get")) == LimitWindow(5, 1)
        assert store.window(("key", "list")) == LimitWindow(6, 2)

    def test_items_are_found_by_their_ids(self):
        store = MemoryStore({"box": lambda found: (f"{found.id}-a", f"{found.id}-b")})
        store.commit([CreateJob(job(1, BOX))])
        store.commit([CreateJob(job(1))])
        store.commit([append(store, "box", "box-1", happening(store, COMMAND))])
        found = store.item("box-1-b")
        assert found is not None
        assert found[0] == store.job("box", "box-1")
        assert found[1] == 1
        assert found[0].version == 1
        assert store.item("pot-1-a") is None


class TestConflict:
    def test_another_version_is_a_conflict(self):
        store = pots(1)
        stale = append(store, "pot", "pot-1", happening(store, COMMAND))
        store.commit([stale])
        with pytest.raises(VersionConflict):
            store.commit([stale])

    @pytest.mark.parametrize("made", [job(1), replace(job(2), id="pot-1"), job(3), replace(job(1), id="new")])
    def test_so_is_an_id_or_a_number_that_is_not_new(self, made):
        with pytest.raises(VersionConflict):
            pots(1).commit([CreateJob(made)])

    def test_so_is_an_unknown_job(self):
        with pytest.raises(VersionConflict):
            MemoryStore().commit([AppendInput("pot", "pot-1", 0, Input(0, 1, POLL))])

    def test_a_conflict_commits_nothing_of_the_rest(self):
        store = pots(1)
        changes = [
            CreateJob(job(2)),
            append(store, "pot", "pot-1", happening(store, COMMAND)),
            ConsumeLimit(("key", "get"), LimitWindow(5, 1)),
            AppendInput("pot", "pot-9", 0, Input(0, 1, POLL)),
        ]
        with pytest.raises(VersionConflict):
            store.commit(changes)
        assert len(store) == 1
        assert store.window(("key", "get")) is None
        assert store.next_seq() == 1
        store.commit(iter(changes[:3]))
        assert len(store) == 2
        assert store.window(("key", "get")) == LimitWindow(5, 1)
        assert store.next_seq() == 2


class TestLists:
    def test_newest_first_unless_asked_otherwise(self):
        store = pots(3)
        assert ids(store) == ["pot-3", "pot-2", "pot-1"]
        assert ids(store, oldest_first=True) == ["pot-1", "pot-2", "pot-3"]

    def test_behind_a_job(self):
        store = pots(3)
        assert ids(store, after="pot-2") == ["pot-1"]
        assert ids(store, after="pot-2", oldest_first=True) == ["pot-3"]
        assert ids(store, after="pot-1") == ids(store, after="nobody") == []

    def test_since_an_instant(self):
        store = pots(3)
        assert ids(store, since=2) == ["pot-3", "pot-2"]
        assert store.count("pot", 0, since=2) == 2

    def test_deleted_jobs_are_not_listed_and_still_there(self):
        store = pots(3)
        store.commit([append(store, "pot", "pot-2", happening(store, DELETE))])
        for states in (None, frozenset(STATES)):
            assert ids(store, states=states) == ["pot-3", "pot-1"]
            assert store.count("pot", 0, states=states) == 2
        assert ids(store, after="pot-2") == ["pot-1"]
        assert store.job("pot", "pot-2") is not None
        assert len(list(store.all_jobs())) == len(store) == 3

    @pytest.mark.parametrize(
        ("after", "oldest_first", "found"),
        [
            ("", False, ["pot-3", "pot-2", "pot-1"]),
            ("", True, ["pot-1", "pot-2", "pot-3"]),
            ("pot-2", False, ["pot-1"]),
            ("pot-2", True, ["pot-3"]),
            ("pot-1", False, []),
            ("pot-3", True, []),
            ("pot-4", True, []),
        ],
    )
    def test_all_that_a_kind_ever_had(self, after, oldest_first, found):
        store = pots(3)
        store.commit([CreateJob(job(1, BOX)), append(store, "pot", "pot-2", happening(store, DELETE))])
        assert [each.id for each in store.jobs_ever("pot", after, oldest_first=oldest_first)] == found

    def test_the_index_can_be_caught_up_in_slices(self):
        store = pots(5)
        assert [store.catch_up("pot", 0, 2) for _ in range(3)] == [False, False, True]


deeds = st.one_of(
    st.tuples(st.just("create"), st.integers(0, 20), st.integers(0, 20)),
    st.tuples(st.just(CANCEL), st.integers(0, 9)),
    st.tuples(st.just(DELETE), st.integers(0, 9)),
    st.tuples(st.just(MOVE), st.integers(0, 9), st.sampled_from(STATES)),
    st.tuples(st.just("wait"), st.integers(0, 12)),
    st.tuples(st.just("slice"), st.integers(0, 2)),
    st.tuples(
        st.just("list"),
        st.none() | st.frozensets(st.sampled_from(STATES)),
        st.sampled_from([0, 0, 5, 20]),
        st.integers(-3, 9),
        st.booleans(),
    ),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(deeds, max_size=30))
def test_lists_and_counts_agree_with_a_scan(happenings):
    store, now = MemoryStore(), 0
    for name, *details in happenings:
        total = len(store)
        if name == "create":
            store.commit([CreateJob(job(total + 1, plan("pot", *details), now))])
        elif name == "wait":
            now += details[0]
        elif name == "slice":
            store.catch_up("pot", now, details[0])
        elif name == "list":
            check(store, now, *details)
        elif total:
            event = Input(now, store.next_seq(), name, details[-1] if name == MOVE else "")
            store.commit([append(store, "pot", f"pot-{details[0] % total + 1}", event)])
    check(store, now, frozenset(STATES), 0, -1, False)


def check(store: MemoryStore, now: int, states: frozenset[str] | None, since: int, place: int, oldest_first: bool):
    everything = list(store.all_jobs())
    after = everything[place].id if 0 <= place < len(everything) else ""
    wanted = [
        found.id
        for found in everything
        if found.deletion is None
        and found.created >= since
        and (states is None or snapshot(found, now).state in states)
    ]
    assert store.count("pot", now, states=states, since=since) == len(wanted)
    if after:
        wanted = [one for one in wanted if (int(one[4:]) > place + 1) == oldest_first and one != after]
    found = ids(store, now, states=states, since=since, after=after, oldest_first=oldest_first)
    assert found == (wanted if oldest_first else wanted[::-1])


def test_a_store_for_an_era_knows_which_kinds_have_item_ids():
    twelvelabs = installed_vendors()["twelvelabs"].eras[-1]
    planner = Planner(twelvelabs, NO_SCRIPT, "seed")
    store = memory_store(twelvelabs)
    for kind in ("batch", "task"):
        store.commit([CreateJob(planner.create_job(kind, twelvelabs.kinds[kind].example, 1, 0))])
    batch = next(store.all_jobs())
    item_ids = twelvelabs.kinds["batch"].item_ids
    assert item_ids is not None
    assert [store.item(item_id) for item_id in item_ids(batch)] == [(batch, 0), (batch, 1), (batch, 2)]


def test_a_job_of_another_kind_may_be_made_while_everything_is_listed():
    store = pots(2)
    listed = store.all_jobs()
    first = next(listed)
    store.commit([CreateJob(job(1, BOX))])
    assert [first.id, *(found.id for found in listed)] == ["pot-1", "pot-2"]


def test_the_extent_of_a_store_grows_with_its_jobs_and_inputs():
    store = MemoryStore()
    assert store.extent("pot", "pot-1") == StoreExtent(last_seq=0, jobs_created=0, inputs=None)
    store.commit([CreateJob(job(1))])
    store.commit([CreateJob(job(2))])
    assert store.extent("pot", "pot-1") == StoreExtent(last_seq=0, jobs_created=2, inputs=0)
    created = store.job("pot", "pot-1")
    assert created is not None
    store.commit([AppendInput("pot", "pot-1", created.version, happening(store, CANCEL))])
    assert store.extent("pot", "pot-1") == StoreExtent(last_seq=1, jobs_created=2, inputs=1)
    assert store.extent("pot", "pot-9").inputs is None


def test_a_job_is_one_object_until_it_changes():
    store = pots(1)
    first = store.job("pot", "pot-1")
    assert first is not None
    first.derived["history"] = "kept"
    assert store.job("pot", "pot-1") is first
    store.commit([append(store, "pot", "pot-1", happening(store, COMMAND))])
    changed = store.job("pot", "pot-1")
    assert changed is not None
    assert changed.version == 1
    assert changed.derived == {}


def test_at_most_256_jobs_of_a_kind_are_kept_as_objects():
    store = pots(memory.MAX_RECENT + 1)
    kept = [store.job("pot", f"pot-{number}") for number in range(1, memory.MAX_RECENT + 1)]
    assert store.job("pot", "pot-1") is kept[0]
    store.job("pot", f"pot-{memory.MAX_RECENT + 1}")  # one more: all others are forgotten
    again = store.job("pot", "pot-1")
    assert again is not kept[0]
    assert again == kept[0]


def test_a_closed_store_is_freed_with_its_last_user():
    store = pots(2)
    assert ids(store, 9, states=("new",)) == ["pot-2", "pot-1"]
    store.close()
    assert ids(store, 9) == ["pot-2", "pot-1"], "what still runs can read it"
    assert ids(store, 9, states=("new",)) == [], "without an index"
    last = weakref.ref(store)
    gc.disable()
    try:
        del store
        assert last() is None
    finally:
        gc.enable()
