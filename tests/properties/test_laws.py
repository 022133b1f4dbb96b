"""Laws of time, state and money, for all lifecycles and cancel tables of the installed vendors.

Reads do not change a job, in whatever order they come. Script and history are random; the operations are the vendor's,
and the capture of the era judges the answers. A session that is kept obeys the laws as one in memory does:
`test_kept.py` holds all its answers, and all that it knows of its jobs, to those of one in memory.
"""

from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import strategies as st

from mockserver.core.instants import DAY, SECOND, Duration
from mockserver.core.job import Job
from mockserver.engine.session import Session
from mockserver.engine.store import Store
from mockserver.stores.memory import MemoryStore
from mockserver.vendors.api import AppendInput, CreateJob, Era, Role, StoreChange
from mockserver.vendors.commands import snapshot
from mockserver.vendors.script import Script
from tests.support.fake_world import BASE, ERAS, FakeWorld
from tests.support.histories import (
    LAW_PINS,
    TIMES,
    Action,
    actions,
    all_jobs,
    for_all_drawn,
    histories,
    normalized,
    operation_names,
    operation_of,
    perform,
    perform_all,
    scripts,
    state_history,
    transitions,
    waits,
    world_for,
)
from tests.support.kept_world import KeptWorld
from tests.support.store_worlds import each_store

on_each_store = pytest.mark.parametrize(("worlds", "pin"), each_store("memory"), indirect=["worlds"])
in_memory = pytest.mark.parametrize("pin", LAW_PINS)

LONG: Duration = 60 * DAY
"""Longer than every deadline and retention."""


def states(world: FakeWorld) -> list[tuple[str, str]]:
    """List every job with its state, without a request."""
    return [(job.id, snapshot(job, world.now).state) for job in all_jobs(world)]


def read_everything(world: FakeWorld, *, polls: bool | None = None) -> list[Any]:
    """Call every operation that shows a job or lists them, for every job; return the normalized answers."""
    shown = {name: operation_of(world.era.pin, name) for name in operation_names(world.era.pin, polls=polls)}
    reads = [
        name
        for name, operation in shown.items()
        if operation.method == "GET" and (operation.about_one_job or operation.role is Role.LIST)
    ]
    total = len(all_jobs(world))
    return [
        normalized(world, perform(world, Action(name, which)))
        for name in reads
        for which in range(total if operation_of(world.era.pin, name).about_one_job else 1)
    ]


def twins(pin: str, script: Script, past: list[Action]) -> tuple[FakeWorld, FakeWorld]:
    """Build two worlds with the same history."""
    pair = world_for(pin, script), world_for(pin, script)
    for world in pair:
        perform_all(world, past)
    return pair


@cache
def read_actions(pin: str, *, polls: bool) -> st.SearchStrategy[Action]:
    """Draw a reading call; with `polls`, also one that counts polls."""
    names = [
        name for name in operation_names(pin, polls=None if polls else False) if operation_of(pin, name).method == "GET"
    ]
    return st.tuples(st.sampled_from(names), st.integers(0, 5)).map(lambda drawn: Action(*drawn))


@for_all_drawn(15)
@in_memory
def test_the_fold_is_idempotent_and_only_appends(pin, data):
    world = world_for(pin, data.draw(scripts(pin)))
    perform_all(world, data.draw(histories(pin)))
    early, late = world.now, world.now + data.draw(TIMES)
    for job in all_jobs(world):
        before = state_history(job, early)
        assert state_history(job, early) == before
        after = state_history(job, late)
        assert after[: len(before) - 1] == before[:-1]
        assert after[len(before) - 1][:2] == before[-1][:2]
        assert all(one.until == two.entered for one, two in pairwise(after))
        assert after[-1].until is None or after[-1].until > late


@for_all_drawn(15)
@in_memory
def test_reading_twice_at_one_instant_has_equal_answers(pin, data):
    world = world_for(pin, data.draw(scripts(pin, polls=False)))
    perform_all(world, data.draw(histories(pin)))
    before = all_jobs(world)
    assert read_everything(world) == read_everything(world)
    assert all_jobs(world) == before
    world.contract_observer.assert_clean()


@for_all_drawn(15)
@in_memory
def test_many_small_advances_equal_one_large_advance(pin, data):
    one, many = twins(pin, data.draw(scripts(pin)), data.draw(histories(pin)))
    pieces = data.draw(st.lists(TIMES, min_size=1, max_size=10))
    start = one.now
    one.advance(sum(pieces))
    seen = []
    for piece in pieces:
        before = many.now
        many.advance(piece)
        seen += list(transitions(many.session, before, many.now))
        perform(many, data.draw(read_actions(pin, polls=False)))
    order = {(job.id, span.entered, span.state) for job, span in transitions(one.session, start, one.now)}
    assert {(job.id, span.entered, span.state) for job, span in seen} == order
    assert states(one) == states(many)
    assert read_everything(one) == read_everything(many)


@for_all_drawn(15)
@in_memory
def test_a_single_late_read_sees_what_many_reads_see(pin, data):
    once, often = twins(pin, data.draw(scripts(pin, polls=False)), data.draw(histories(pin)))
    for action in data.draw(st.lists(st.one_of(waits(), read_actions(pin, polls=True)), max_size=12)):
        perform(often, action)
    once.advance(often.now - once.now)
    assert read_everything(once) == read_everything(often)


@for_all_drawn(18)
@in_memory
def test_a_terminal_state_absorbs(pin, data):
    world = world_for(pin, data.draw(scripts(pin)))
    perform_all(world, data.draw(histories(pin)))
    ended = {job.id: state_history(job, world.now) for job in all_jobs(world) if snapshot(job, world.now).terminal}
    perform_all(world, data.draw(st.lists(actions(pin), max_size=6)))
    after = {job.id: state_history(job, world.now) for job in all_jobs(world)}
    for job_id, spans in ended.items():
        assert [span[:2] for span in after[job_id]] == [span[:2] for span in spans]
    world.contract_observer.assert_clean()


@for_all_drawn(15)
@in_memory
def test_no_poll_leaves_a_terminal_state(pin, data):
    world = world_for(pin, data.draw(scripts(pin)))
    perform_all(world, data.draw(histories(pin, most=3)))
    for name in operation_names(pin, polls=True):
        kind = operation_of(pin, name).kind
        for which, job in enumerate([job for job in all_jobs(world) if job.kind == kind]):
            bodies = []
            for _ in range(8):
                response = perform(world, Action(name, which))
                found = world.session.find_job(job.id)[1]
                if snapshot(found, world.now).terminal:
                    bodies.append(normalized(world, response))
            assert all(body == bodies[0] for body in bodies)
    world.contract_observer.assert_clean()


@for_all_drawn(18)
@in_memory
def test_a_cancel_is_the_same_after_a_read(pin, data):
    at_once, later = twins(pin, data.draw(scripts(pin)), data.draw(histories(pin, polls=False)))
    wait = data.draw(TIMES)
    counted = any(job.plan.counts_polls for job in all_jobs(at_once))
    for world in (at_once, later):
        world.advance(wait)
    read_everything(later, polls=False if counted else None)
    cancels = [Action(name, data.draw(st.integers(0, 3))) for name in operation_names(pin, "cancel")]
    after = [Action("advance", by=data.draw(TIMES)), *cancels]
    for action in [*cancels, *after]:
        assert normalized(at_once, perform(at_once, action)) == normalized(later, perform(later, action))
    assert states(at_once) == states(later)
    assert read_everything(at_once) == read_everything(later)
    at_once.contract_observer.assert_clean()


@for_all_drawn(18)
@in_memory
def test_no_ledger_entry_is_repeated_or_removed(pin, data):
    world = world_for(pin, data.draw(scripts(pin)))
    booked: dict[str, Any] = {}
    for action in data.draw(histories(pin, most=15)):
        perform(world, action)
        entries = [entry for _, entry in world.session.ledger(world.now)]
        by_key = {entry.key: entry for entry in entries}
        assert len(by_key) == len(entries)
        assert all(entry.at <= world.now for entry in entries)
        assert {key: by_key.get(key) for key in booked} == booked
        booked = by_key
    for job in all_jobs(world):
        kinds = [entry.entry for _, entry in world.session.ledger(world.now, job.id)]
        assert sum(kinds.count(name) for name in ("refund", "release", "settle")) <= 1


@for_all_drawn(18)
@in_memory
def test_one_seed_gives_the_same_bytes(pin, data):
    script, history = data.draw(scripts(pin, limits=True)), data.draw(histories(pin, most=15))
    one, other = world_for(pin, script), world_for(pin, script)
    assert perform_all(one, history) == perform_all(other, history)
    assert [entry.json() for entry in one.session.journal] == [entry.json() for entry in other.session.journal]
    one.contract_observer.assert_clean()


@for_all_drawn(10)
@in_memory
def test_another_base_url_changes_only_urls(pin, data):
    script, history = data.draw(scripts(pin)), data.draw(histories(pin, most=15))
    here, there = world_for(pin, script), world_for(pin, script, base_url=OTHER_BASE)
    wanted = [_rebased(response) for response in perform_all(here, history)]
    assert perform_all(there, history) == wanted
    assert [_rebased(response) for response in _responses(here)] == _responses(there)


def _responses(world: FakeWorld) -> list[Any]:
    read_everything(world)
    return [entry.response for entry in world.session.journal]


OTHER_BASE = "https://mock.example:8443/s/other"


def _rebased(response: Any) -> Any:
    """Replace `BASE` by `OTHER_BASE` in the HTTP and websocket URLs of an answer."""
    if response is None:
        return None
    body = response.body
    for here, there in ((BASE, OTHER_BASE), (BASE.replace("http", "ws"), OTHER_BASE.replace("http", "ws"))):
        body = body.replace(here.encode(), there.encode())
    headers = tuple((name, value.replace(BASE, OTHER_BASE)) for name, value in response.headers)
    return response._replace(headers=headers, body=body)


@for_all_drawn(10)
@in_memory
def test_a_reset_session_equals_a_new_one(pin, data):
    script, history = data.draw(scripts(pin)), data.draw(histories(pin))
    fresh, used = world_for(pin, script), world_for(pin, script)
    perform_all(used, data.draw(histories(pin)))
    used.session = used.session.reset(used.session.setup.clock)
    for action in history:
        assert normalized(used, perform(used, action)) == normalized(fresh, perform(fresh, action))
    assert [job.inputs for job in all_jobs(used)] == [job.inputs for job in all_jobs(fresh)]
    assert read_everything(used) == read_everything(fresh)


class RecordingStore(MemoryStore):
    """A store that also keeps the objects that it was given."""

    def __init__(self, era: Era) -> None:
        super().__init__({kind.name: kind.item_ids for kind in era.kinds.values() if kind.item_ids is not None})
        self.given: dict[tuple[str, str], Job] = {}

    def replay(self, changes: Iterable[StoreChange]) -> None:
        changes = tuple(changes)
        super().replay(changes)
        for change in changes:
            if isinstance(change, CreateJob):
                self.given[change.job.kind, change.job.id] = change.job
            elif isinstance(change, AppendInput):
                key = change.kind, change.job_id
                self.given[key] = self.given[key].with_input(change.new_input)


@for_all_drawn(15)
@in_memory
def test_a_loaded_job_equals_the_saved_one(pin, data):
    world = world_for(pin, data.draw(scripts(pin)))
    stores: list[RecordingStore] = []

    def remember(era: Era) -> Store:
        stores.append(RecordingStore(era))
        return stores[-1]

    world.session = Session(world.session.setup._replace(make_store=remember))
    perform_all(world, data.draw(histories(pin, most=15)))
    (store,) = stores
    for (kind, job_id), saved in store.given.items():
        loaded = store.job(kind, job_id)
        assert loaded == saved
        assert repr(loaded.spec) == repr(saved.spec)
        assert loaded.plan is saved.plan
    assert len(store) == len(store.given)
    assert sorted(job.id for job in store.all_jobs()) == sorted(job_id for _, job_id in store.given)


@for_all_drawn(15)
@on_each_store
def test_an_answer_is_valid_until_its_limit(worlds, pin, data):
    """A server may repeat the same bytes until just before `valid_until`."""
    world = worlds(pin, data.draw(scripts(pin, polls=False)))
    perform_all(world, data.draw(histories(pin, most=4)))
    if isinstance(world, KeptWorld):
        world.restart()
    store = world.session.context(world.era.vendor).store
    names = [name for name in operation_names(pin) if operation_of(pin, name).method == "GET"]
    for _ in range(10):
        perform(world, data.draw(waits(st.sampled_from((0, 1, 3 * SECOND, 7 * SECOND)))))
        first = normalized(
            world, perform(world, Action(data.draw(st.sampled_from(names)), data.draw(st.integers(0, 2))))
        )
        held, request = world.last, list(world.session.journal)[-1].request
        assert held is not None
        row = store.row(held.kind, held.job_id)
        if held.valid_until > world.now and row is not None:
            world.advance(min(held.valid_until - world.now - 1, LONG))
            assert normalized(world, world.send(request)) == first
            assert store.row(held.kind, held.job_id) is row


@in_memory
def test_every_era_has_the_operations_of_the_laws(pin):
    era = ERAS[pin]
    assert operation_names(pin, "create")
    assert operation_names(pin, polls=True)
    assert operation_names(pin, "cancel")
    assert era.main_kind.example
