"""The title of a distilled scenario."""

from mockserver.core.wire import Exchange, Request, Response
from mockserver.distill.calls import JobSighting
from mockserver.distill.recorded_jobs import RecordedJob
from mockserver.distill.titles import describe_calls
from tests.support.call_recorder import CallRecorder, distill


def test_calls_about_no_job_are_recorded_calls():
    assert describe_calls([], {}) == "Recorded calls"


def test_a_state_that_the_contract_lacks_is_not_named():
    job = RecordedJob("video", "v1", 0, is_created=True)
    job.shown.append((0, JobSighting("video", "v1", "jane doe", is_known_state=False)))
    assert describe_calls([], {"v1": job}) == "Recorded calls"


def test_a_deleted_video_had_ended():
    recorder = CallRecorder("phaseo@2026-06-11")
    job = recorder.call("create")
    recorder.poll(job, 4, 9_000_000)
    recorder.call("delete", job)
    found = distill(recorder.exchanges)
    assert found.is_whole
    assert "title: A delete of a completed video is accepted with 200" in found.text


def test_content_after_a_cancel_says_nothing_about_the_course():
    recorder = CallRecorder("phaseo@2026-06-11")
    job = recorder.call("create")
    recorder.call("cancel", job)
    request = Request("GET", f"/v1/videos/{job}/content", "", recorder.exchanges[0].request.headers)
    recorder.exchanges.append(Exchange(request, Response(200, (), b"x"), recorder.exchanges[-1].sent_at, None, 9, 10))
    assert [call.number for call in distill(recorder.exchanges).unexplained] == [2]
