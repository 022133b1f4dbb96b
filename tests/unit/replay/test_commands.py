"""Commands: what was recorded behind one is shown behind the client's, and what was never recorded is not invented."""

import json

from tests.support.recorded_jobs import JOB, VIDEOS, TestRecording, playing, playing_job, recorded_job, shown, video

CANCEL = f"POST {VIDEOS}/{JOB}/cancel"
DELETE = f"DELETE {VIDEOS}/{JOB}"
CONTENT = f"GET {VIDEOS}/{JOB}/content"


def cancelled_job() -> TestRecording:
    return recorded_job(
        (5, "queued"),
        (10, "processing"),
        (20, CANCEL, 200, video(JOB, "processing")),
        (22, "processing"),
        (30, "cancelled"),
    )


def test_without_the_clients_cancel_polls_show_the_states_before_the_recorded_one():
    with playing_job(cancelled_job()) as client:
        assert client.polls(6, 11, 31, 1000) == ["queued", "processing", "processing", "processing"]


def test_an_earlier_cancel_brings_what_was_recorded_behind_it_at_its_distance():
    with playing_job(cancelled_job()) as client:
        assert client.poll(1) == "queued"
        assert client.cancel(2) == "processing"
        assert client.poll(3) == "processing"
        assert client.poll(11) == "processing"
        assert client.poll(12.5) == "cancelled"


def test_a_later_cancel_brings_the_same():
    with playing_job(cancelled_job()) as client:
        assert client.cancel(600) == "processing"
        assert client.poll(609) == "processing"
        assert client.poll(611) == "cancelled"


def test_a_second_cancel_that_was_not_recorded_is_not_answered_as_the_first():
    with playing_job(cancelled_job()) as client:
        client.cancel(1)
        refused = client.send(2, CANCEL)
        assert shown(refused) == "RPL003"
        assert b"no such call after phaseo cancelVideo" in refused.body
        assert client.player.counts.unrecorded.total() == 1


def test_a_cancel_that_was_never_recorded_is_a_problem_with_the_nearest_call():
    recording = recorded_job((5, "queued"))
    with playing_job(recording) as client:
        refused = client.send(1, CANCEL)
        assert shown(refused) == "RPL002"
        assert "near_misses" in json.loads(refused.body)
        assert client.poll(2) == "queued"


def test_repeated_cancels_that_were_recorded_are_answered_in_their_order():
    recording = cancelled_job()
    recording.add(31, CANCEL, 200, video(JOB, "cancelled"))
    recording.poll(40, "cancelled")
    with playing_job(recording) as client:
        assert client.cancel(20) == "processing"
        assert client.poll(31) == "cancelled"
        assert client.cancel(32) == "cancelled"
        assert client.cancel(33) == "cancelled"
        assert client.poll(50) == "cancelled"


def test_a_refused_cancel_changes_nothing_and_is_repeated_in_the_same_state():
    recording = recorded_job(
        (5, "processing"), (10, "completed"), (12, CANCEL, 400, {"status": "refused"}), (13, "completed")
    )
    with playing_job(recording) as client:
        assert client.cancel(6) == "RPL003"
        assert [client.poll(11), client.cancel(11), client.cancel(99)] == ["completed", "refused", "refused"]


def test_a_refused_cancel_is_not_repeated_in_another_state():
    recording = recorded_job((1, "queued"), (2, CANCEL, 400, {"status": "refused"}), (5, "processing"))
    with playing_job(recording) as client:
        assert [client.cancel(2), client.cancel(3), client.poll(5), client.cancel(6)] == [
            "refused", "refused", "processing", "RPL003",
        ]  # fmt: skip


def test_a_refused_cancel_of_this_very_instant_is_served_though_the_state_changed_then():
    recording = recorded_job((1, "processing"), (5, CANCEL, 400, {"status": "refused"}), (5, "completed"))
    with playing_job(recording) as client:
        assert [client.cancel(5), client.poll(5)] == ["refused", "completed"]


def test_of_several_cancels_the_one_in_the_jobs_state_is_taken():
    recording = recorded_job(
        (1, "queued"),
        (2, CANCEL, 400, {"status": "refused"}),
        (5, "processing"),
        (6, CANCEL, 200, video(JOB, "cancelled")),
        (7, "cancelled"),
    )
    with playing_job(recording) as client:
        assert client.poll(5.5) == "processing"
        assert client.cancel(5.6) == "cancelled"
        assert client.poll(9) == "cancelled"
    with playing_job(recording) as client:
        assert client.poll(1) == "queued"
        assert client.cancel(2) == "refused"
        assert client.cancel(5.5) == "cancelled"


def test_a_cancel_whose_answer_is_lost_may_have_changed_the_job():
    recording = recorded_job((1, "queued"), (2, CANCEL, None), (3, "cancelled"))
    with playing_job(recording) as client:
        assert client.poll(9) == "queued"
        assert client.cancel(10) == "RPL004"
        assert client.poll(11) == "cancelled"
        assert client.player.counts.lost == 1
        assert not client.player.counts.unrecorded


def test_equal_answers_on_both_sides_of_a_command_are_two():
    recording = recorded_job((1, "processing"), (2, CANCEL, 200, video(JOB, "processing")), (3, "processing"))
    with playing_job(recording) as client:
        client.cancel(1)
        assert client.poll(2) == "processing"


def test_nothing_recorded_behind_a_command_is_said_and_not_what_was_before():
    recording = recorded_job((1, "completed"), (2, CONTENT, 200, {}), (3, DELETE, 200, {"deleted": True}))
    with playing_job(recording) as client:
        assert client.send(2, DELETE).status == 200
        refused = client.send(3, f"GET {VIDEOS}/{JOB}")
        assert shown(refused) == "RPL003"
        assert b"no such call after phaseo deleteVideo" in refused.body


def test_a_call_that_was_recorded_behind_a_command_only_waits_for_it():
    recording = recorded_job((1, CANCEL, 200, video(JOB, "cancelled")), (2, "cancelled"))
    with playing_job(recording) as client:
        refused = client.send(5, f"GET {VIDEOS}/{JOB}")
        assert shown(refused) == "RPL003"
        assert b"only after phaseo cancelVideo" in refused.body


def test_a_delete_waits_for_the_cancel_that_was_recorded_before_it():
    recording = cancelled_job()
    recording.add(40, DELETE, 200, {"deleted": True})
    with playing_job(recording) as client:
        assert shown(client.send(5, DELETE)) == "RPL003"
        client.cancel(6)
        assert client.send(20, DELETE).status == 200


def test_behind_a_command_nothing_is_shown_that_was_recorded_before_it_at_the_same_instant():
    recording = TestRecording()
    recording.create(0)
    recording.poll(1, "queued")
    recording.poll(10, "processing")
    recording.add(10, f"POST {VIDEOS}/{JOB}/cancel", 200, video(JOB, "cancelling"))
    recording.poll(10, "cancelling")
    recording.poll(10, "cancelled")
    with playing(recording) as client:
        client.create(0)
        assert client.poll(1) == "queued"
        assert client.cancel(5) == "cancelling"
        assert [client.poll(5), client.poll(5)] == ["cancelling", "cancelled"]
