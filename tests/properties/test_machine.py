"""Random calls in any order, in every era: no answer is a crash, and the contract allows every answer."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mockserver.core.instants import DAY
from mockserver.core.job import Job
from mockserver.core.lifecycle import Lifecycle
from mockserver.core.wire import Response
from mockserver.vendors.commands import snapshot
from tests.support.fake_world import ERAS, FakeWorld, json_of
from tests.support.histories import (
    PINS,
    TIMES,
    Action,
    all_jobs,
    calls,
    move,
    moves,
    operation_names,
    operation_of,
    perform,
    scripts,
    world_for,
)
from tests.support.lifecycles import states_reachable_from


class Listing(NamedTuple):
    """How to read a vendor's list to its end: the key of its rows, and the first query. Old eras have one page."""

    operation: str
    rows: str
    id_field: str
    start: Mapping[str, Any]
    kept: int = 36_500 * DAY
    """How long a job is listed, in microseconds."""
    filters: bool = False
    """True if `status` filters by state."""


LISTINGS: Final = {
    "phaseo": Listing("list", "data", "id", {"limit": 2}, filters=True),
    "reap": Listing("list", "projects", "id", {"page": 1, "pageSize": 2}),
    "twelvelabs": Listing("list", "data", "batch_id", {"page": 1, "page_limit": 2}, 30 * DAY, filters=True),
}
STATUS_WORDS: Final = {"openai": {"processing": "in_progress"}}
"""Statuses of a provider that differ from the vendor's."""


def status_of(job: Job, state: str) -> str:
    """Return the status that answers show for a state."""
    provider = job.spec.get("provider") if isinstance(job.spec, Mapping) else None
    return STATUS_WORDS.get(str(provider), {}).get(state, state)


def is_no_crash(response: Response) -> bool:
    """Return True unless the answer is a crash; vendors use 501 and 502 for refusals."""
    return response.status < 500 or response.status in (501, 502)


class Machine(RuleBasedStateMachine):
    """One session of one era with a manual clock; subclasses name the era."""

    pin: ClassVar[str]
    world: FakeWorld

    @initialize(data=st.data())
    def open(self, data: st.DataObject) -> None:
        self.world = world_for(self.pin, data.draw(scripts(self.pin, limits=True)))
        self.forget()

    def forget(self) -> None:
        """Start an epoch, in which nothing has been seen."""
        self.seen: dict[tuple[str, str], str] = {}
        self.booked: dict[str, Any] = {}

    @rule(data=st.data())
    def call(self, data: st.DataObject) -> None:
        action = data.draw(calls(self.pin, operation_names(self.pin)))
        self.check(action, perform(self.world, action))

    @rule(data=st.data())
    def create(self, data: st.DataObject) -> None:
        action = data.draw(calls(self.pin, operation_names(self.pin, "create")))
        before = len(all_jobs(self.world))
        response = perform(self.world, action)
        self.check(action, response)
        assert response is not None
        assert len(all_jobs(self.world)) - before == (response.status < 300)

    @rule(data=st.data(), which=st.integers(0, 5))
    def read(self, data: st.DataObject, which: int) -> None:
        action = Action(data.draw(st.sampled_from(operation_names(self.pin, polls=True))), which)
        self.check(action, perform(self.world, action))

    @rule(data=st.data(), which=st.integers(0, 5))
    def cancel(self, data: st.DataObject, which: int) -> None:
        action = Action(data.draw(st.sampled_from(operation_names(self.pin, "cancel"))), which)
        self.check(action, perform(self.world, action))

    @rule(
        data=st.data(),
        key=st.sampled_from((None, "invalid", "expired", "other", "scenario:x", "a b")),
    )
    def call_with_other_key(self, data: st.DataObject, key: str | None) -> None:
        name = data.draw(st.sampled_from(operation_names(self.pin)))
        response = self.world.call_operation(name, "x", key=key)
        assert is_no_crash(response)
        operation = operation_of(self.pin, name)
        if operation.plain_http_handler:
            assert response.status == 426
        elif operation.auth and key in (None, "invalid", "expired"):
            assert response.status in (401, 403)

    @rule(
        data=st.data(),
        method=st.sampled_from(("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")),
        tail=st.sampled_from(("", "/", "/x", "/x/y", "x", "//", "%20", "/%FF/cancel")),
    )
    def call_other_path(self, data: st.DataObject, method: str, tail: str) -> None:
        path = operation_of(self.pin, data.draw(st.sampled_from(operation_names(self.pin)))).path
        response = self.world.request(method, re.sub(r"{\w+}", "x", path) + tail)
        assert is_no_crash(response)

    @rule(by=TIMES)
    def wait(self, by: int) -> None:
        self.world.advance(by)

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        action = data.draw(moves(self.pin))
        jobs = all_jobs(self.world)
        if move(self.world, action):
            job = self.world.session.find_job(jobs[action.which % len(jobs)].id)[1]
            now = snapshot(job, self.world.now)
            assert now.state in states_reachable_from(job.plan.lifecycle, action.to)

    @precondition(lambda self: len(self.world.session.journal) > 5)
    @rule()
    def reset(self) -> None:
        self.world.session = self.world.session.reset(self.world.session.clock)
        self.forget()

    @rule(states=st.sets(st.integers(0, 9), max_size=2))
    def lists(self, states: set[int]) -> None:
        listing = LISTINGS.get(self.world.era.vendor)
        if listing is None:
            return
        known = self.world.era.main_kind.lifecycle.states
        wanted = {known[place % len(known)] for place in states} if listing.filters else set()
        rows = self.rows(listing, sorted(wanted))
        if rows is None:
            return
        now = self.world.now
        jobs = {job.id: job for job in all_jobs(self.world) if job.kind == self.world.era.main_kind.name}
        expected = [
            job.id
            for job in reversed(jobs.values())
            if job.deletion is None
            and now < job.created + listing.kept
            and (not wanted or snapshot(job, now).state in wanted)
        ]
        assert [row[listing.id_field] for row in rows] == expected
        for row in rows:
            job = jobs[row[listing.id_field]]
            assert row["status"] == status_of(job, snapshot(job, now).state)
        ages = [jobs[job_id].created for job_id in expected]
        assert ages == sorted(ages, reverse=True)

    def rows(self, listing: Listing, states: list[str]) -> list[dict[str, Any]] | None:
        """Read every row of a list, page by page; None if the era or its limits do not allow it."""
        query = {**listing.start, **({"status": states} if states else {})}
        rows: list[dict[str, Any]] = []
        while True:
            response = self.world.call_operation(listing.operation, query=query)
            if response.status in (429, 501):
                return None
            assert response.status == 200, response.body
            body = json_of(response)
            page = body[listing.rows]
            if "page" not in query and "has_more" not in body:
                query = {**query, "limit": 100}
                return list(json_of(self.world.call_operation(listing.operation, query=query))[listing.rows])
            rows += page
            if not body.get("has_more", len(page) == 2):
                totals = [body.get("totalProjects"), body.get("page_info", {}).get("total_results"), len(rows)]
                assert next(total for total in totals if total is not None) == len(rows)
                return rows
            query |= {"page": query["page"] + 1} if "page" in query else {"after": page[-1]["id"]}

    def check(self, action: Action, response: Response | None) -> None:
        """Check an answer: it is no crash, and its state can follow the one seen last."""
        assert response is not None
        scripted = self.world.session.setup.scripts[self.world.era.vendor].cancels
        assert is_no_crash(response) or (scripted and action.verb.startswith("cancel"))
        operation = operation_of(self.pin, action.verb)
        if not operation.polls or response.status != 200:
            return
        body = json_of(response)
        found = self.world.last
        assert found is not None
        job = self.world.session.context(self.world.era.vendor).store.job(operation.kind, found.job_id)
        lifecycle = job.plan.lifecycle if job is not None else self.item_lifecycle()
        state = body["status"]
        if state not in lifecycle.states:
            state = {"in_progress": "processing"}[state]
        before = self.seen.get((operation.kind, found.job_id))
        assert before is None or state in states_reachable_from(lifecycle, before), (before, state)
        self.seen[operation.kind, found.job_id] = state
        counted = [value for name, value in body.items() if name.endswith("_items") and name != "total_items"]
        assert not counted or sum(counted) == body["total_items"]

    def item_lifecycle(self) -> Lifecycle:
        """Return the lifecycle of batch items."""
        rules = self.world.era.main_kind.batch
        assert rules is not None
        return rules.item

    @invariant()
    def answers_keep_the_contract(self) -> None:
        if self.world.contract_observer.findings:
            self.world.contract_observer.assert_clean()

    @invariant()
    def ledger_only_grows(self) -> None:
        entries = [entry for _, entry in self.world.session.ledger(self.world.now)]
        by_key = {entry.key: entry for entry in entries}
        assert len(by_key) == len(entries)
        assert {key: by_key.get(key) for key in self.booked} == self.booked
        self.booked = by_key

    @invariant()
    def item_counters_add_up(self) -> None:
        for job in all_jobs(self.world):
            batch = snapshot(job, self.world.now).batch
            if batch is not None:
                assert sum(batch.counts().values()) == len(job.plan.items)
                ended = all(visits[-1].state in job.plan.batch.item.terminal for visits in batch.items)
                assert ended or batch.history[-1].state not in job.plan.lifecycle.terminal

    @invariant()
    def the_index_equals_a_scan(self) -> None:
        store = self.world.session.context(self.world.era.vendor).store
        now = self.world.now
        for kind in self.world.era.kinds.values():
            there = [job for job in store.all_jobs() if job.kind == kind.name and job.deletion is None]
            states = {job.id: snapshot(job, now).state for job in there}
            for state in kind.lifecycle.states:
                expected = [job_id for job_id, found in states.items() if found == state]
                listed = store.jobs(kind.name, now, states=frozenset({state}), oldest_first=True)
                assert [job.id for job in listed] == expected
                assert store.count(kind.name, now, states=frozenset({state})) == len(expected)


@pytest.mark.parametrize("pin", PINS)
def test_random_calls_keep_all_invariants(pin: str) -> None:
    machine = type("Machine", (Machine,), {"pin": pin})
    case = machine.TestCase
    case.settings = settings(max_examples=15, stateful_step_count=30)
    case().runTest()


def test_every_bundled_vendor_has_a_list_here() -> None:
    assert set(LISTINGS) <= {era.vendor for era in ERAS.values()}
