"""The client's jobs and keys: each create gets a recorded one, and no two jobs of the client have one id."""

import json
import re

from tests.support.recorded_jobs import (
    BASE,
    HOST,
    JOB,
    VIDEOS,
    TestRecording,
    playing,
    playing_job,
    recorded_job,
    shown,
    video,
)

OTHER = "vid_BBBBBBBBBBBBBBBB"


def two_jobs() -> TestRecording:
    recording = TestRecording()
    recording.create(0, sent={"prompt": "a", "duration": 5})
    recording.create(1, OTHER, sent={"prompt": "b"})
    recording.poll(2, "completed")
    recording.poll(3, "failed", OTHER)
    return recording


def test_creates_get_the_recorded_jobs_in_their_order():
    with playing(two_jobs()) as client:
        assert [client.create(0), client.create(0)] == [JOB, OTHER]
        assert client.poll(1, OTHER) == "failed"


def test_a_create_with_the_body_of_a_recorded_one_gets_that_one():
    with playing(two_jobs()) as client:
        assert client.create(0, sent={"prompt": "b"}) == OTHER
        assert client.create(0, sent={"duration": 5, "prompt": "a"}) == JOB


def test_a_recorded_refusal_is_served_once_and_then_the_job():
    recording = TestRecording()
    recording.add(0, f"POST {VIDEOS}", 429, {"error": "slow down"})
    recording.create(1)
    with playing(recording) as client:
        assert client.send(0, f"POST {VIDEOS}").status == 429
        assert client.create(1) == JOB


def test_creates_beyond_the_recorded_ones_get_ids_of_their_own_everywhere():
    recording = two_jobs()
    recording.add(4, f"GET {VIDEOS}/{JOB}/content", 302, None, answer_headers={"Location": f"/files/{JOB}.mp4"})
    recording.add(5, f"GET /files/{JOB}.mp4", 200, {"film": JOB})
    recording.add(6, f"GET /files?video={JOB}", 200, {"film": JOB})
    with playing(recording) as client:
        client.create(0, sent={"prompt": "a"})
        client.create(0, sent={"prompt": "b"})
        created = client.send(10, f"POST {VIDEOS}", sent={"duration": 5, "prompt": "a"})
        fresh = json.loads(created.body)["id"]
        assert fresh not in (JOB, OTHER)
        assert re.fullmatch("vid_[0-9A-F]{16}", fresh)
        assert json.loads(created.body)["polling_url"] == f"{BASE}{VIDEOS}/{fresh}"
        assert JOB.encode() not in created.body
        assert json.loads(client.send(12, f"GET {VIDEOS}/{fresh}").body)["id"] == fresh
        assert client.send(13, f"GET {VIDEOS}/{fresh}/content").header("Location") == f"/files/{fresh}.mp4"
        assert client.send(13, f"GET /files/{fresh}.mp4").status == 200
        assert client.send(13, f"GET /files?video={fresh}").status == 200


def test_the_copies_of_a_job_have_ages_of_their_own():
    recording = recorded_job((5, "queued"), (10, "completed"))
    with playing(recording) as client:
        first = client.create(0)
        second = client.create(100)
        third = client.create(100)
        assert len({first, second, third}) == 3
        assert [client.poll(101, first), client.poll(101, second)] == ["completed", "queued"]
        assert client.poll(111, third) == "completed"


def test_without_a_body_like_a_recorded_one_the_last_job_is_served_again():
    with playing_job(two_jobs()) as client:
        client.create(0)
        assert client.poll(5, client.create(0, sent={"prompt": "c"})) == "failed"


def test_refusals_are_served_again_if_no_job_was_ever_created():
    recording = TestRecording()
    recording.add(0, f"POST {VIDEOS}", 402, {"error": "no money"})
    recording.add(0, f"POST {VIDEOS}", 402, {"error": "still none"})
    with playing(recording) as client:
        answers = [client.send(0, f"POST {VIDEOS}").body for _ in range(3)]
        assert answers == [b'{"error": "no money"}', b'{"error": "still none"}', b'{"error": "still none"}']


def test_a_new_key_of_the_client_stands_for_a_recorded_one():
    recording = TestRecording()
    recording.add(0, f"POST {VIDEOS}", 503, {"error": "busy"}, headers={"idempotency-key": "recorded"})
    recording.create(1, headers={"idempotency-key": "recorded"})
    recording.create(2, headers={"idempotency-key": "recorded"})
    recording.create(3, OTHER, headers={"idempotency-key": "another"})
    with playing(recording) as client:
        key = {"idempotency-key": "mine"}
        assert client.send(0, f"POST {VIDEOS}", headers=key).status == 503
        assert [client.create(1, headers=key) for _ in range(4)] == [JOB] * 4
        assert client.create(2, headers={"idempotency-key": "my other"}) == OTHER


def test_a_key_of_the_client_is_known_even_if_the_recording_has_none():
    with playing(two_jobs()) as client:
        key = {"idempotency-key": "mine"}
        assert [client.create(0, headers=key) for _ in range(3)] == [JOB] * 3
        assert client.create(0) == OTHER


def test_a_key_whose_copy_has_an_id_of_its_own_gets_that_again():
    recording = TestRecording()
    recording.create(0)
    with playing_job(recording) as client:
        key = {"idempotency-key": "mine"}
        copy = client.create(1, headers=key)
        assert copy != JOB
        assert client.create(2, headers=key) == copy


def test_a_create_whose_answer_is_lost_has_no_job():
    recording = TestRecording()
    recording.add(0, f"POST {VIDEOS}", None)
    recording.create(1)
    with playing(recording) as client:
        assert shown(client.send(0, f"POST {VIDEOS}")) == "RPL004"
        assert client.create(0) == JOB


def test_an_unrecorded_create_is_a_problem():
    recording = TestRecording()
    recording.poll(1, "queued")
    with playing(recording) as client:
        assert shown(client.send(0, f"POST {VIDEOS}")) == "RPL002"


def test_short_ids_get_new_ones_for_as_long_as_there_are_some():
    recording = TestRecording()
    recording.create(0, "7")
    with playing(recording) as client:
        jobs = [client.create(0) for _ in range(200)]
        assert len(set(jobs)) == 200


def test_urls_of_what_was_recorded_lead_here_and_all_others_stay():
    recording = TestRecording()
    body = video(JOB, "completed", url="https://cdn.example/a.mp4?sig=1", other="https://cdn.example/b.mp4")
    body["home"] = f"https://{HOST}"
    body["shouted"] = f"HTTPS://{HOST.upper()}/v1"
    recording.add(0, f"GET {VIDEOS}/{JOB}", 200, body)
    film = {"Content-Type": "video/mp4"}
    recording.add(1, "GET /a.mp4?sig=1", 200, b"https://cdn.example/a.mp4", host="cdn.example", answer_headers=film)
    recording.add(1, "GET /b.mp4", None, host="cdn.example")
    with playing(recording) as client:
        answer = json.loads(client.send(0, f"GET {VIDEOS}/{JOB}").body)
        assert answer["url"] == f"{BASE}/a.mp4?sig=1"
        assert answer["other"] == "https://cdn.example/b.mp4"
        assert answer["home"] == BASE
        assert answer["shouted"] == f"{BASE}/v1"
        # The bytes of a film are no text.
        assert client.send(2, "GET /a.mp4?sig=1").body == b"https://cdn.example/a.mp4"
        assert shown(client.send(2, "GET /a.mp4?sig=2")) == "RPL002"
