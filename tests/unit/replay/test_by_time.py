"""By time: an answer is the latest one that was recorded at the job's age."""

from collections.abc import Iterator

import pytest

from mockserver.core.clock import Clock, parse_clock_mode
from tests.support.recorded_jobs import (
    JOB,
    VIDEOS,
    WALL,
    TestClient,
    TestRecording,
    playing,
    playing_job,
    recorded_job,
    shown,
    video,
)

CONTENT = f"GET {VIDEOS}/{JOB}/content"


def finished_job() -> TestRecording:
    recording = recorded_job(
        (105, "queued"), (110, "processing"), (115, "processing"), (120, "completed"), created_at=100
    )
    recording.add(121, CONTENT, 200, b"a film", answer_headers={"Content-Type": "video/mp4"})
    return recording


@pytest.fixture
def client() -> Iterator[TestClient]:
    with playing(finished_job()) as made:
        yield made


@pytest.mark.parametrize("interval", [0.5, 1, 3, 7, 19])
def test_any_interval_sees_the_states_at_their_ages_and_the_last_one_stays(client: TestClient, interval: float):
    client.create(1000)
    age = 0.0
    while age < 60:
        expected = "queued" if age < 10 else "processing" if age < 20 else "completed"
        assert client.poll(1000 + age) == expected, age
        age += interval


def test_the_age_counts_from_the_clients_own_create(client: TestClient):
    client.send(0, f"GET {VIDEOS}")
    client.create(500)
    assert client.poll(509) == "queued"
    assert client.poll(511) == "processing"


def test_a_job_that_the_client_has_not_created_begins_at_its_first_call(client: TestClient):
    assert client.poll(300) == "queued"
    assert client.poll(321) == "completed"


def test_a_quick_client_gets_the_content_as_soon_as_the_job_is_complete(client: TestClient):
    client.create(0)
    assert client.poll(20) == "completed"
    assert client.send(20.1, CONTENT).body == b"a film"


def test_content_that_was_recorded_in_another_state_only_is_not_invented(client: TestClient):
    client.create(0)
    assert client.poll(11) == "processing"
    refused = client.send(12, CONTENT)
    assert shown(refused) == "RPL003"
    assert refused.status == 501
    assert b"'completed'" in refused.body
    assert b"'processing'" in refused.body


def test_an_answer_names_its_entry(client: TestClient):
    client.create(0)
    assert client.send(11, f"GET {VIDEOS}/{JOB}").header("X-Mock-Recorded") == "line 3"


def test_a_recorded_failure_lasts_until_the_next_recorded_answer():
    recording = recorded_job((10, f"GET {VIDEOS}/{JOB}", 503, {"error": "busy"}), (20, "processing"))
    with playing_job(recording) as client:
        assert client.poll(1) == "503"
        assert client.poll(19) == "503"
        assert client.poll(21) == "processing"


def test_a_clock_of_the_recording_that_runs_backwards_does_not_disorder_the_answers():
    recording = recorded_job((110, "queued"), (50, "processing"), (120, "completed"), created_at=100)
    with playing_job(recording) as client:
        assert client.polls(9, 11, 21) == ["queued", "processing", "completed"]


def test_a_create_whose_answer_has_no_time_begins_the_job_when_it_was_sent():
    recording = TestRecording()
    recording.create(100)
    recording[0] = recording[0]._replace(answered_at=None)
    recording.poll(110, "processing")
    recording.poll(120, "completed")
    with playing_job(recording) as client:
        assert client.poll(20) == "completed"


def test_answers_of_one_instant_come_one_after_the_other():
    recording = recorded_job((5, "queued"), (5, "processing"), (5, "completed"))
    with playing_job(recording) as client:
        assert client.polls(5, 5, 5, 5) == ["queued", "processing", "completed", "completed"]
        assert client.poll(9) == "completed"


def test_a_list_is_answered_by_the_time_since_the_first_request():
    recording = TestRecording()
    recording.add(100, f"GET {VIDEOS}", 200, {"data": []})
    recording.add(110, f"GET {VIDEOS}", 200, {"data": [video(JOB, "queued")]})
    with playing(recording) as client:
        assert client.send(1000, f"GET {VIDEOS}").body == b'{"data": []}'
        assert client.send(1009, f"GET {VIDEOS}").body == b'{"data": []}'
        assert b"queued" in client.send(1011, f"GET {VIDEOS}").body
        assert b"queued" in client.send(9999, f"GET {VIDEOS}").body


def test_the_time_of_a_list_counts_from_the_clients_first_request_of_any_kind():
    recording = TestRecording()
    recording.poll(100, "queued")
    recording.add(101, f"GET {VIDEOS}", 200, {"status": "first"})
    recording.add(110, f"GET {VIDEOS}", 200, {"status": "second"})
    with playing(recording) as client:
        client.poll(1000)
        assert shown(client.send(1011, f"GET {VIDEOS}")) == "second"


def test_a_scaled_clock_makes_the_job_faster():
    with playing_job(finished_job(), clock=Clock(WALL, WALL, 60)) as client:
        assert client.poll(0.1) == "queued"
        assert client.poll(0.34) == "completed"


def test_an_automatic_clock_moves_with_each_poll_of_a_running_job():
    mode = parse_clock_mode("auto:6s")
    with playing_job(finished_job(), clock=mode.start(WALL, WALL)) as client:
        assert client.polls(0, 0, 0, 0, 0, 0) == ["queued"] * 2 + ["processing"] * 2 + ["completed"] * 2


def test_an_automatic_clock_moves_as_far_as_an_answer_asks_for():
    recording = TestRecording()
    recording.create(0)
    recording.add(1, f"GET {VIDEOS}/{JOB}", 429, {"error": "slow"}, answer_headers={"Retry-After": "30"})
    recording.add(30, f"GET {VIDEOS}/{JOB}", 200, video(JOB, "queued", poll_after_seconds=20))
    recording.poll(50, "completed")
    with playing_job(recording, clock=parse_clock_mode("auto:1s").start(WALL, WALL)) as client:
        assert client.polls(0, 0, 0) == ["429", "queued", "completed"]


def test_only_polls_of_a_running_job_move_an_automatic_clock():
    recording = finished_job()
    recording.add(130, f"POST {VIDEOS}/{JOB}/cancel", 400, {"reason": "x"})
    other = "vid_BBBBBBBBBBBBBBBB"
    recording.create(200, other)
    recording.poll(201, "queued", other)
    recording.poll(206, "processing", other)
    with playing_job(recording, clock=parse_clock_mode("auto:5s").start(WALL, WALL)) as client:
        assert client.polls(0, 0, 0, 0, 0)[-1] == "completed"
        client.create(0)
        assert client.polls(0, 0, 0) == ["completed"] * 3
        assert client.send(0, CONTENT).body == b"a film"
        assert client.cancel(0) == "400"
        assert [client.poll(0, other) for _ in range(3)] == ["queued", "queued", "processing"]
