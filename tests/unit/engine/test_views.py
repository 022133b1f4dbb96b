"""Views of a store show what it has, but for what they are made to show otherwise."""

from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from mockserver.core.job import CANCEL, Input, StateSpan
from mockserver.core.timeline import TimelineStep
from mockserver.core.wire import Request, Response
from mockserver.engine.explain.job import ExplainedRequest, _reason_for_span
from mockserver.engine.explain.past import past_view
from mockserver.engine.explain.request import _listed_count, explain_request
from mockserver.engine.faults import SessionFaults
from mockserver.engine.handle import HandledRequest, handle
from mockserver.engine.hints import missing_job_hint
from mockserver.engine.journal import JournalEntry
from mockserver.engine.reasons import span_text
from mockserver.engine.session import Session
from mockserver.engine.views import DelegatingView, FilteredView
from mockserver.stores.memory import MemoryStore
from mockserver.vendors.api import Answer, AppendInput
from mockserver.vendors.commands import snapshot
from mockserver.vendors.faults import Effect, Fault
from tests.support.toy_vendor import DELETING, ERA, START, make_era, setup, toy_world


def test_a_delegating_view_shows_its_base():
    world = toy_world()
    world.request("POST", "/pots", {})
    store = world.session.context("toy").store
    view = DelegatingView(store)
    assert view.job("pot", "pot-1") == store.job("pot", "pot-1")
    assert [job.id for job in view.jobs("pot", START)] == ["pot-1"]
    assert view.count("pot", START) == 1
    assert view.item("pot-1") is None
    assert view.next_number("pot") == 2
    assert view.next_seq() == store.next_seq()
    assert view.window(("key", "get")) is None


def test_the_past_of_an_item_is_that_of_its_batch():
    world = toy_world(era=DELETING)
    world.request("POST", "/crates", {"cups": [{}, {}]})
    store = world.session.context("toy").store
    entry = JournalEntry(1, "req_1", START, "toy", "get", "crate-1.1", Request("GET", "/"), Response(200))
    assert past_view(store, entry, "pot")._focus == "crate-1"
    assert past_view(store, entry._replace(job_id="crate-9.1"), "pot")._focus == "crate-9.1"


class ShortStore(MemoryStore):
    """It can be read up to its second job of a kind."""

    def jobs_ever(self, kind, after="", *, oldest_first=False):
        yield from islice(super().jobs_ever(kind, after, oldest_first=oldest_first), 2)
        raise AssertionError("more jobs are read than are shown")


def test_a_page_of_a_filtered_view_reads_no_more_jobs_than_it_shows():
    world = toy_world(make_store=lambda era: ShortStore())
    for _ in range(3):
        world.request("POST", "/pots", {})
    view = FilteredView(world.session.context("toy").store, lambda job: job)
    assert [job.id for job in islice(view.jobs("pot", world.now), 2)] == ["pot-3", "pot-2"]
    assert [job.id for job in islice(view.jobs("pot", world.now, after="pot-1", oldest_first=True), 2)] == [
        "pot-2",
        "pot-3",
    ]


def test_a_span_without_an_end():
    world = toy_world()
    world.request("POST", "/pots", {})
    world.advance(60)
    job = world.session.context("toy").store.job("pot", "pot-1")
    assert span_text(job, snapshot(job, world.now).span) == "from 10s on"


@dataclass(frozen=True)
class IdleEffect(Effect):
    """It replaces, overrides and transforms nothing but the status."""

    keyword: ClassVar[str] = "idle"

    def replace(self, call):
        return None

    def override_view(self, now):
        return None

    def transform(self, response, call):
        return response._replace(status=599)


def test_an_effect_may_leave_its_answer_to_the_operation():
    faults = SessionFaults("seed", START)
    faults.add("", Fault((IdleEffect(),)))
    context = toy_world().session.context("toy")
    handled = handle(context, context.incoming(Request("GET", "/pots"), ""), START)
    handled.call.operation = ERA.operation("list")
    request_faults = faults.for_request()
    answer = request_faults.answer(handled.call, lambda call: Answer(Response(200, (), b"own")), "", context.store)
    assert answer.response == Response(599, (), b"own")
    assert request_faults.note == "fault-1: idle"


def test_inputs_of_another_job_are_not_counted_for_the_one_that_a_request_is_about():
    world = toy_world()
    for _ in range(2):
        world.request("POST", "/pots", {})
    context = world.session.context("toy")
    call = handle(context, context.incoming(Request("GET", "/pots/pot-1", headers={"x-key": "k"}), ""), START).call
    change = AppendInput("pot", "pot-2", 0, Input(START, 1, CANCEL))
    context.store.commit([change])
    watermark = HandledRequest(call, None, Answer(Response(200), (change,))).watermark(context.store, "pot-1")
    assert watermark.inputs_before == watermark.inputs_after == 0
    assert watermark.last_seq == 0


def test_an_era_without_operations_gives_no_hint():
    world = toy_world(era=make_era(operations=()))
    world.request("GET", "/pots")
    assert world.reply.response.header("X-Mock-Hint") is None


def test_a_list_is_the_first_in_its_body():
    entry = JournalEntry(1, "req_1", START, "toy", "list", "", Request("GET", "/"), Response(200, (), b'{"a": 1}'))
    assert _listed_count(entry) is None
    assert _listed_count(entry._replace(response=Response(200, (), b"[]"))) is None


def test_a_fault_without_a_note_is_named_by_its_header():
    world = toy_world()
    world.request("GET", "/pots")
    (entry,) = world.session.journal
    faulty = entry._replace(response=entry.response._replace(headers=(("X-Mock-Fault", "drop"),)), note="odd")
    texts = [reason.text for reason in explain_request(world.session, faulty).reasons if reason.code == "FAULT"]
    assert texts == ["a fault altered this answer, but no job: drop"]


def test_a_job_that_two_other_vendors_have_is_that_of_the_first():
    eras = {name: make_era(vendor=name) for name in ("toy", "second", "third")}
    session = Session(setup(eras=eras))
    for name in ("second", "third"):
        session.answer(name, Request("POST", "/pots", "", {"x-key": "k"}, b"{}"), "", 0)
    hint = missing_job_hint(session.contexts(), "toy@2026-01-01", "pot", "pot-1", START)
    assert hint is not None
    assert hint.text == "pot-1 is a pot of second"


def test_a_command_that_leads_along_a_scenarios_line_cites_it():
    world = toy_world()
    world.request("POST", "/pots", {})
    context = world.session.context("toy")
    (entry,) = world.session.journal
    job = context.store.job("pot", "pot-1")
    case = ExplainedRequest(context, entry, ERA.operation("get"), job)
    span = StateSpan(TimelineStep("smashed", line=7), START, None, "cancel")
    expected = "since t=0s: an accepted cancel led there (line 7 of scenario )"
    assert _reason_for_span(case, job, span) == ("CANCELLED", expected)
