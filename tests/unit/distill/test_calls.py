"""A recording as calls."""

import orjson
import pytest

from mockserver.core.instants import MILLISECOND, SECOND
from mockserver.core.wire import Exchange, Request, Response
from mockserver.distill import calls as calls_module
from mockserver.distill.calls import CallReader
from mockserver.distill.draft import DraftLine, ScenarioDraft
from mockserver.distill.fault_lines import RepairContext, RepairTask
from mockserver.distill.first_draft import group_jobs
from mockserver.distill.playback import CallMismatch, RecordingPlayback
from mockserver.distill.recorded_jobs import find_jobs, name_jobs
from mockserver.distill.repairs import lift_limits, set_cancel_policy
from mockserver.distill.search import DraftSearch, handling_orders
from mockserver.distill.vocabulary import Vocabulary
from mockserver.scenario.compile import load_scenario
from mockserver.stores import memory_store
from mockserver.vendors.registry import resolve_era
from tests.support.call_recorder import CallRecorder
from tests.support.fake_world import VENDORS

ERA = resolve_era("phaseo@2026-06-11", VENDORS)
VIDEO = "G-01K4T1Z5Q8W2N3M4P5R6S7T8V9"


def exchange(method="GET", path=f"/v1/videos/{VIDEO}", body=None, *, status=200, sent=0, took=1):
    response = None if status is None else Response(status, (), orjson.dumps(body or {}))
    answered = None if status is None else sent + took
    return Exchange(Request(method, path), response, sent, answered)


def read(*exchanges):
    reader = CallReader(ERA)
    return [reader.read_call(number, each, 0) for number, each in enumerate(exchanges)]


@pytest.mark.parametrize(
    ("created_at", "expected"),
    [
        (1_788_264_000, 1_788_264_000 * SECOND),
        (1_788_264_000_123, 1_788_264_000_123 * MILLISECOND),
        ("2026-09-01T12:00:00Z", 1_788_264_000 * SECOND),
        (None, None),
        ("soon", None),
    ],
)
def test_a_time_of_creation_may_be_written_in_three_ways(created_at, expected):
    (call,) = read(exchange(body={"id": VIDEO, "status": "queued", "created_at": created_at}))
    assert call.view.sightings[0].created_at == expected


def test_the_memory_of_answers_is_bounded(monkeypatch):
    monkeypatch.setattr(calls_module, "_MAX_REMEMBERED", 2)
    found = read(*(exchange(path=f"/v1/videos/{VIDEO}{number}", body={"status": "queued"}) for number in range(4)))
    assert [call.view.sightings[0].state for call in found] == ["queued"] * 4


def test_calls_overlap_by_their_times_where_they_have_no_numbers():
    first, second, third = read(exchange(sent=0, took=10), exchange(sent=5), exchange(sent=10))
    assert first.overlaps(second)
    assert not first.overlaps(third)


def test_a_call_without_an_answer_overlaps_nothing_behind_it():
    first, second = read(exchange(status=None), exchange(sent=5))
    assert not first.overlaps(second)
    assert first.duration == 0


def test_the_order_of_answers_is_an_order_of_handling():
    slow, quick, lost = read(exchange(sent=0, took=10), exchange(sent=5, took=1), exchange(sent=7, status=None))
    assert [[call.number for call in order] for order in handling_orders([slow, quick, lost])] == [[0, 1, 2], [1, 2, 0]]
    assert len(handling_orders([slow])) == 1


def search_of(recorder, **limits):
    reader = CallReader(recorder.era)
    start = recorder.exchanges[0].sent_at
    found = [reader.read_call(number, each, start) for number, each in enumerate(recorder.exchanges)]
    jobs = find_jobs(found, recorder.era)
    names = name_jobs(jobs, recorder.era)
    context = RepairContext(recorder.era, found, {job.job_id: job for job in jobs}, names, Vocabulary(recorder.era))
    playback = RecordingPlayback(recorder.era, reader, found, memory_store)
    return DraftSearch(playback, lambda text: load_scenario(text, VENDORS), context, **limits), found, jobs


def recorded(script=""):
    recorder = CallRecorder("phaseo@2026-06-11", script)
    recorder.poll(recorder.call("create"), 4, 3 * SECOND)
    return recorder


EMPTY = ScenarioDraft("recorded", "phaseo@2026-06-11")


def test_a_search_stops_at_its_budget():
    recorder = recorded("faults: [{on: get, do: {status: 503}}]")
    search, _, _ = search_of(recorder, max_drafts=1)
    draft, mismatches = search.improve(EMPTY)
    assert draft == EMPTY
    assert len(mismatches) == 4


def test_a_search_stops_in_the_middle_of_the_proposals():
    recorder = recorded("faults: [{on: get, do: {status: 503}}]")
    recorder.change_answer(4, http_status=204)
    search, _, _ = search_of(recorder, max_drafts=2)
    draft, mismatches = search.improve(EMPTY)
    assert len(draft.lines("faults")) <= 1
    assert mismatches


def test_a_play_that_cannot_be_read_is_left_out_of_the_search():
    search, _, _ = search_of(recorded())
    draft, mismatches = search.improve(EMPTY.with_line("play", DraftLine({"no_such_step": None})))
    assert draft.lines("play") == ()
    assert mismatches == []


def test_a_limit_is_lifted_only_for_a_call_that_was_accepted():
    search, found, _ = search_of(recorded("faults: [{on: get, do: {status: 503}}]"))
    refusal = found[1].view._replace(status=429)
    refused = CallMismatch(found[1], refusal, ("status",))
    accepted = CallMismatch(found[0], refusal, ("status",))
    assert list(lift_limits(RepairTask(EMPTY, [refused], search.context))) == []
    assert len(list(lift_limits(RepairTask(EMPTY, [accepted], search.context)))) == 3


def test_a_draft_has_one_cancel_policy():
    search, found, _ = search_of(recorded())
    mismatch = CallMismatch(found[1], None, ("state",))
    draft = EMPTY.with_line("cancel", DraftLine({"race": "completes-first"}))
    assert list(set_cancel_policy(RepairTask(draft, [mismatch], search.context))) == []


def test_counted_polls_of_two_jobs_are_not_merged():
    recorder = CallRecorder("phaseo@2026-06-11", "timeline: [queued: 2 polls, processing: 2 polls, completed]")
    recorder.poll(recorder.call("create"), 6, 0)
    recorder.poll(recorder.call("create"), 3, 0)
    _, _, jobs = search_of(recorder)
    assert len(group_jobs(jobs, recorder.era, counts_polls=True, per_job=False)) == 2


def test_calls_that_the_era_does_not_have_are_not_replayed():
    recorder = recorded()
    last = recorder.exchanges[-1]
    recorder.exchanges.append(last._replace(request=Request("GET", "/v1/nowhere")))
    search, _, _ = search_of(recorder)
    assert search.mismatches(EMPTY) == []
    assert search.playback.played_count == 5
