"""By poll: each poll gets the next recorded answer, equal ones are one, and the last one stays."""

import pytest

from tests.support.recorded_jobs import JOB, VIDEOS, TestRecording, playing, playing_job, recorded_job, shown, video

CONTENT = f"GET {VIDEOS}/{JOB}/content"


def polled_job() -> TestRecording:
    recording = TestRecording()
    recording.create(0)
    for at, status in enumerate(["queued", "queued", "queued", "processing", "processing", "completed"], 1):
        recording.poll(at, status)
    return recording


def job_with_content() -> TestRecording:
    return recorded_job(
        (1, "processing"),
        (2, CONTENT, 409, {"status": "early"}),
        (3, "completed"),
        (4, CONTENT, 200, {"status": "film"}),
    )


@pytest.mark.parametrize("interval", [0, 1, 3600])
def test_polls_see_each_state_once_and_never_leave_the_last(interval: float):
    with playing_job(polled_job(), "poll") as client:
        seen = [client.poll(number * interval) for number in range(10)]
        assert seen == ["queued", "processing"] + ["completed"] * 8


def test_two_jobs_have_polls_of_their_own():
    recording = polled_job()
    recording.create(20, "vid_BBBBBBBBBBBBBBBB")
    recording.poll(21, "queued", "vid_BBBBBBBBBBBBBBBB")
    recording.poll(22, "failed", "vid_BBBBBBBBBBBBBBBB")
    with playing(recording, "poll") as client:
        first, second = client.create(0), client.create(0)
        assert [client.poll(0, first), client.poll(0, second)] == ["queued", "queued"]
        assert [client.poll(0, first), client.poll(0, second)] == ["processing", "failed"]


def test_other_reads_follow_the_polls():
    with playing_job(job_with_content(), "poll") as client:
        assert shown(client.send(0, CONTENT)) == "early"
        assert client.poll(0) == "processing"
        assert [shown(client.send(0, CONTENT)) for _ in range(2)] == ["early", "early"]
        assert client.poll(0) == "completed"
        assert [shown(client.send(0, CONTENT)) for _ in range(2)] == ["film", "film"]


def test_a_list_shows_each_of_its_answers_once_and_the_last_one_stays():
    recording = TestRecording()
    for at, status in enumerate(["queued", "queued", "completed"]):
        recording.add(at, f"GET {VIDEOS}", 200, {"status": status, "data": [video(JOB, status)]})
    with playing(recording, "poll") as client:
        seen = [shown(client.send(0, f"GET {VIDEOS}")) for _ in range(4)]
        assert seen == ["queued", "completed", "completed", "completed"]


def test_polls_stop_before_a_command_that_the_client_has_not_sent():
    recording = recorded_job(
        (1, "queued"), (2, f"POST {VIDEOS}/{JOB}/cancel", 200, video(JOB, "cancelled")), (3, "cancelled")
    )
    with playing_job(recording, "poll") as client:
        assert client.polls(0, 0, 0) == ["queued"] * 3
        assert client.cancel(0) == "cancelled"
        assert client.polls(0, 0, 0) == ["cancelled"] * 3


def test_without_a_poll_between_them_other_reads_get_each_of_their_answers():
    recording = recorded_job((1, "completed"), (2, CONTENT, None), (3, CONTENT, 200, {"status": "film"}))
    with playing_job(recording, "poll") as client:
        client.poll(0)
        assert [shown(client.send(0, CONTENT)) for _ in range(3)] == ["RPL004", "film", "film"]


def test_a_read_that_was_recorded_in_another_state_only_is_not_invented():
    recording = polled_job()
    recording.add(7, CONTENT, 200, {"status": "film"})
    with playing_job(recording, "poll") as client:
        client.poll(0)
        assert shown(client.send(0, CONTENT)) == "RPL003"


def test_a_read_of_an_earlier_state_is_passed_over():
    with playing_job(job_with_content(), "poll") as client:
        assert client.polls(0, 0) == ["processing", "completed"]
        assert shown(client.send(0, CONTENT)) == "film"


def test_polls_do_not_look_behind_a_command_to_come():
    recording = TestRecording()
    project, host, path = "65f1a2b3c4d5e6f7a8b9c0d1", "public.reap.video", "/api/v1/automation"
    status, details = (f"GET {path}/get-project-{call}?projectId={project}" for call in ("status", "details"))
    cancel, body = f"POST {path}/cancel-project", {"projectId": project}
    recording.add(1, status, 200, {"status": "queued"}, host=host)
    recording.add(2, cancel, 400, {"status": "refused"}, sent=body, host=host)
    recording.add(3, cancel, 200, {"status": "accepted"}, sent=body, host=host)
    recording.add(4, details, 200, {"status": "cancelled"}, host=host)
    recording.add(5, status, 200, {"status": "cancelled"}, host=host)
    with playing(recording, "poll") as client:
        assert shown(client.send(0, status)) == "queued"
        assert [shown(client.send(0, cancel, sent=body)) for _ in range(2)] == ["refused", "accepted"]
        assert shown(client.send(0, status)) == "cancelled"
