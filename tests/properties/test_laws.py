"""The laws of time, state and money, on every era of every vendor that is installed.

Whatever order you look in, you see the same job. Each law takes a scenario and a history that nobody chose, and the
vendor's own operations; the answers on the way are judged by the capture of the era.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import strategies as st

from mockserver.core.instants import DAY, SECOND, Duration
from mockserver.core.job import Job
from mockserver.engine.session import Session
from mockserver.engine.store import Store
from mockserver.stores.memory import MemoryStore
from mockserver.vendors.api import AppendInput, CreateJob, Era, StoreChange
from mockserver.vendors.commands import snapshot
from mockserver.vendors.script import Script
from tests.support.fake_world import BASE, ERAS, FakeWorld
from tests.support.histories import (
    PINS,
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
    waits,
    world_for,
)

pytestmark = pytest.mark.parametrize("pin", PINS)

LONG: Duration = 60 * DAY
"""Beyond every deadline and retention."""


def states(world: FakeWorld) -> list[tuple[str, str]]:
    """Every job and its state, without asking the vendor."""
    return [(job.id, snapshot(job, world.now).state) for job in all_jobs(world)]


def shown(world: FakeWorld, *, polls: bool | None = None) -> list[Any]:
    """What every operation that only looks says of every job and list."""
    looks = [
        name
        for name in operation_names(world.era.pin, polls=polls)
        if operation_of(world.era.pin, name).method == "GET"
    ]
    total = len(all_jobs(world))
    return [
        normalized(world, perform(world, Action(name, which)))
        for name in looks
        for which in range(total if operation_of(world.era.pin, name).about_one_job else 1)
    ]


def twins(pin: str, script: Script, past: Sequence[Action]) -> tuple[FakeWorld, FakeWorld]:
    """Two worlds with one past."""
    worlds = world_for(pin, script), world_for(pin, script)
    for world in worlds:
        perform_all(world, list(past))
    return worlds


def looks_of(pin: str, *, polls: bool) -> st.SearchStrategy[Action]:
    """Somebody looks; with `polls` it may be counted."""
    names = [
        name for name in operation_names(pin, polls=None if polls else False) if operation_of(pin, name).method == "GET"
    ]
    return st.tuples(st.sampled_from(names), st.integers(0, 5)).map(lambda drawn: Action(*drawn))


@for_all_drawn(15)
def test_settling_is_idempotent_and_only_ever_adds(pin, data):
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
def test_looking_twice_at_one_instant_is_looking_once(pin, data):
    world = world_for(pin, data.draw(scripts(pin, polls=False)))
    perform_all(world, data.draw(histories(pin)))
    before = all_jobs(world)
    assert shown(world) == shown(world)
    assert all_jobs(world) == before
    world.contract_observer.assert_clean()


@for_all_drawn(15)
def test_many_small_advances_are_one_big_one(pin, data):
    one, many = twins(pin, data.draw(scripts(pin)), data.draw(histories(pin)))
    pieces = data.draw(st.lists(TIMES, min_size=1, max_size=10))
    start = one.now
    one.advance(sum(pieces))
    seen = []
    for piece in pieces:
        before = many.now
        many.advance(piece)
        seen += list(many.session.transitions_between(before, many.now))
        perform(many, data.draw(looks_of(pin, polls=False)))
    order = {(job.id, visit.entered, visit.state) for job, visit in one.session.transitions_between(start, one.now)}
    assert {(job.id, visit.entered, visit.state) for job, visit in seen} == order
    assert states(one) == states(many)
    assert shown(one) == shown(many)


@for_all_drawn(15)
def test_one_look_after_a_long_time_sees_what_many_looks_see(pin, data):
    seldom, often = twins(pin, data.draw(scripts(pin, polls=False)), data.draw(histories(pin)))
    for deed in data.draw(st.lists(st.one_of(waits(), looks_of(pin, polls=True)), max_size=12)):
        perform(often, deed)
    seldom.advance(often.now - seldom.now)
    assert shown(seldom) == shown(often)


@for_all_drawn(18)
def test_a_terminal_state_absorbs(pin, data):
    world = world_for(pin, data.draw(scripts(pin)))
    perform_all(world, data.draw(histories(pin)))
    ended = {job.id: state_history(job, world.now) for job in all_jobs(world) if snapshot(job, world.now).terminal}
    perform_all(world, data.draw(st.lists(actions(pin), max_size=6)))
    after = {job.id: state_history(job, world.now) for job in all_jobs(world)}
    for job_id, visits in ended.items():
        assert [visit[:2] for visit in after[job_id]] == [visit[:2] for visit in visits]
    world.contract_observer.assert_clean()


@for_all_drawn(15)
def test_no_poll_ever_leaves_a_terminal_state(pin, data):
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
def test_a_cancel_is_the_same_after_a_look(pin, data):
    at_once, later = twins(pin, data.draw(scripts(pin)), data.draw(histories(pin, polls=False)))
    wait = data.draw(TIMES)
    counted = any(job.plan.counts_polls for job in all_jobs(at_once))
    for world in (at_once, later):
        world.advance(wait)
    shown(later, polls=False if counted else None)
    cancels = [Action(name, data.draw(st.integers(0, 3))) for name in operation_names(pin, "cancel")]
    after = [Action("advance", by=data.draw(TIMES)), *cancels]
    for deed in [*cancels, *after]:
        assert normalized(at_once, perform(at_once, deed)) == normalized(later, perform(later, deed))
    assert states(at_once) == states(later)
    assert shown(at_once) == shown(later)
    at_once.contract_observer.assert_clean()


@for_all_drawn(18)
def test_nothing_is_booked_twice_or_unbooked(pin, data):
    world = world_for(pin, data.draw(scripts(pin)))
    booked: dict[str, Any] = {}
    for deed in data.draw(histories(pin, most=15)):
        perform(world, deed)
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
def test_one_seed_gives_the_same_bytes(pin, data):
    script, deeds = data.draw(scripts(pin, limits=True)), data.draw(histories(pin, most=15))
    one, other = world_for(pin, script), world_for(pin, script)
    assert perform_all(one, deeds) == perform_all(other, deeds)
    assert [entry.json() for entry in one.session.journal] == [entry.json() for entry in other.session.journal]
    one.contract_observer.assert_clean()


@for_all_drawn(10)
def test_another_base_url_changes_nothing_but_urls(pin, data):
    script, deeds = data.draw(scripts(pin)), data.draw(histories(pin, most=15))
    here, there = world_for(pin, script), world_for(pin, script, base_url=ELSEWHERE)
    wanted = [_rebased(response) for response in perform_all(here, deeds)]
    assert perform_all(there, deeds) == wanted
    assert [_rebased(response) for response in _responses(here)] == _responses(there)


def _responses(world: FakeWorld) -> list[Any]:
    shown(world)
    return [entry.response for entry in world.session.journal]


ELSEWHERE = "https://mock.example:8443/s/other"


def _rebased(response: Any) -> Any:
    """An answer with our address for `BASE`, in web and socket addresses."""
    if response is None:
        return None
    body = response.body
    for here, there in ((BASE, ELSEWHERE), (BASE.replace("http", "ws"), ELSEWHERE.replace("http", "ws"))):
        body = body.replace(here.encode(), there.encode())
    headers = tuple((name, value.replace(BASE, ELSEWHERE)) for name, value in response.headers)
    return response._replace(headers=headers, body=body)


@for_all_drawn(10)
def test_a_reset_session_is_a_new_one(pin, data):
    script, deeds = data.draw(scripts(pin)), data.draw(histories(pin))
    fresh, used = world_for(pin, script), world_for(pin, script)
    perform_all(used, data.draw(histories(pin)))
    used.session = used.session.reset(used.session.setup.clock)
    for deed in deeds:
        assert normalized(used, perform(used, deed)) == normalized(fresh, perform(fresh, deed))
    assert [job.inputs for job in all_jobs(used)] == [job.inputs for job in all_jobs(fresh)]
    assert shown(used) == shown(fresh)


class Remembering(MemoryStore):
    """A store that keeps the very objects it was given, too."""

    def __init__(self, era: Era) -> None:
        super().__init__({kind.name: kind.item_ids for kind in era.kinds.values() if kind.item_ids is not None})
        self.given: dict[tuple[str, str], Job] = {}

    def commit(self, changes: Iterable[StoreChange]) -> None:
        changes = tuple(changes)
        super().commit(changes)
        for change in changes:
            if isinstance(change, CreateJob):
                self.given[change.job.kind, change.job.id] = change.job
            elif isinstance(change, AppendInput):
                key = change.kind, change.job_id
                self.given[key] = self.given[key].with_input(change.new_input)


@for_all_drawn(15)
def test_what_is_saved_is_what_is_loaded(pin, data):
    world = world_for(pin, data.draw(scripts(pin)))
    setup = world.session.setup
    stores: list[Remembering] = []

    def remember(era: Era) -> Store:
        stores.append(Remembering(era))
        return stores[-1]

    world.session = Session(type(setup)(**{**vars(setup), "make_store": remember}))
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
def test_an_answer_holds_until_it_says(pin, data):
    """What a server may repeat without asking: the same bytes until just before `valid_until`."""
    world = world_for(pin, data.draw(scripts(pin, polls=False)))
    perform_all(world, data.draw(histories(pin, most=4)))
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


def test_every_era_has_what_the_laws_are_about(pin):
    era = ERAS[pin]
    assert operation_names(pin, "create")
    assert operation_names(pin, polls=True)
    assert operation_names(pin, "cancel")
    assert era.main_kind.example
