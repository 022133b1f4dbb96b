"""Which recorded call a request is, and what a request gets that is none."""

import json

from mockserver.replay import player as player_module
from tests.support.recorded_jobs import (
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

BATCH = "65f1a2b3c4d5e6f7a8b9c0d1"


def test_the_paths_prefixes_of_a_mock_server_do_not_matter():
    recording = TestRecording()
    recording.add(0, f"GET /s/run1{VIDEOS}/{JOB}", 200, video(JOB, "queued"), host="127.0.0.1:4810")
    with playing(recording) as client:
        assert client.poll(0) == "queued"
        assert shown(client.send(0, f"GET /v/phaseo{VIDEOS}/{JOB}")) == "queued"


def test_the_head_of_a_recorded_get_is_served_and_a_recorded_head_comes_first():
    recording = TestRecording()
    recording.poll(0, "queued")
    with playing(recording) as client:
        assert shown(client.send(0, f"HEAD {VIDEOS}/{JOB}")) == "queued"
    recording.add(1, f"HEAD {VIDEOS}/{JOB}", 204)
    with playing(recording) as client:
        assert client.send(0, f"HEAD {VIDEOS}/{JOB}").status == 204
        assert client.send(0, f"GET {VIDEOS}/{JOB}").status == 200


def test_a_range_gets_its_own_answer_and_any_other_the_whole():
    recording = TestRecording()
    film = f"GET {VIDEOS}/{JOB}/content"
    recording.poll(0, "completed")
    recording.add(1, film, 200, b"whole")
    recording.add(1, film, 206, b"who", headers={"range": "bytes=0-2"})
    with playing(recording) as client:
        assert client.send(0, film, headers={"range": "bytes=0-2"}).body == b"who"
        assert client.send(0, film).body == b"whole"
        assert client.send(0, film).body == b"whole"
        assert client.send(0, film, headers={"range": "bytes=3-4"}).body == b"whole"


def test_the_order_of_a_query_does_not_matter_and_its_contents_do():
    recording = TestRecording()
    recording.add(0, f"GET {VIDEOS}?limit=1&after=a", 200, {"status": "first"})
    recording.add(0, f"GET {VIDEOS}?limit=1&after=b", 200, {"status": "second"})
    with playing(recording) as client:
        assert shown(client.send(0, f"GET {VIDEOS}?after=b&limit=1")) == "second"
        assert shown(client.send(0, f"GET {VIDEOS}?limit=1&after=c")) == "RPL002"


def test_an_id_in_a_query_names_the_job():
    recording = TestRecording()
    host = "public.reap.video"
    path = "/api/v1/automation"
    recording.add(0, f"POST {path}/create-clips", 200, {"id": BATCH, "status": "queued"}, host=host)
    recording.add(2, f"GET {path}/get-project-status?projectId={BATCH}", 200, {"status": "queued"}, host=host)
    recording.add(9, f"GET {path}/get-project-status?projectId={BATCH}", 200, {"status": "completed"}, host=host)
    recording.add(9, f"POST {path}/cancel-project", 400, {"status": "late"}, sent={"projectId": BATCH}, host=host)
    with playing(recording) as client:
        client.send(0, f"POST {path}/create-clips")
        copy = json.loads(client.send(0, f"POST {path}/create-clips").body)["id"]
        assert copy != BATCH
        assert shown(client.send(3, f"GET {path}/get-project-status?projectId={copy}")) == "queued"
        assert shown(client.send(10, f"GET {path}/get-project-status?projectId={copy}")) == "completed"
        assert shown(client.send(10, f"POST {path}/cancel-project", sent={"projectId": copy})) == "late"


def test_lines_of_several_jobs_are_about_none_of_them():
    recording = TestRecording()
    host = "api.twelvelabs.io"
    lines = b'{"task_id": "a", "status": "ready"}\n{"task_id": "b", "status": "ready"}\n'
    kind = {"Content-Type": "application/x-ndjson"}
    path = f"/v1.3/analyze/batches/{BATCH}/results"
    recording.add(0, f"GET {path}", 200, lines, host=host, answer_headers=kind)
    with playing(recording) as client:
        assert client.send(0, f"GET {path}").body == lines


def test_a_host_that_no_vendor_has_is_served_by_its_paths():
    recording = TestRecording()
    recording.poll(0, "queued")
    recording.add(1, "POST /upload", 201, {"status": "first"}, host="files.example")
    recording.add(2, "POST /upload", 201, {"status": "second"}, host="files.example")
    with playing(recording) as client:
        seen = [shown(client.send(0, "POST /upload")) for _ in range(3)]
        assert seen == ["first", "second", "second"]


def test_an_unrecorded_request_gets_the_nearest_call_and_is_counted_without_its_query():
    recording = TestRecording()
    recording.poll(0, "queued")
    with playing(recording) as client:
        problem = json.loads(client.send(0, f"GET /v1/video/{JOB}?token=secret").body)
        assert problem["hint"] == (
            "The nearest recorded call is phaseo getVideo: segment 2 of the path is 'video', not 'videos'."
        )
        assert problem["near_misses"][0]["path"] == "/v1/videos/{video_id}"
        assert dict(client.player.counts.unrecorded) == {f"GET /v1/video/{JOB}": 1}


def test_a_question_that_only_a_mock_server_answers_is_not_counted():
    recording = TestRecording()
    recording.poll(0, "queued")
    with playing(recording) as client:
        for path in ("/__mock/version", "/v/phaseo/__mock/version"):
            assert shown(client.send(0, f"GET {path}")) == "RPL002"
        assert not client.player.counts.unrecorded


def test_an_unknown_job_is_said():
    recording = TestRecording()
    recording.poll(0, "queued")
    with playing(recording) as client:
        problem = json.loads(client.send(0, f"GET {VIDEOS}/other").body)
        assert problem["hint"] == (
            "It has phaseo getVideo of another job, or with another query. The recording has 1 job of phaseo."
        )


def test_a_recording_without_jobs_says_so():
    recording = TestRecording()
    recording.add(0, "GET /a", 200, {}, host="files.example")
    with playing(recording) as client:
        assert b"The recording has no job." in client.send(0, "GET /a?b=1").body


def test_the_list_of_unrecorded_requests_is_bounded(monkeypatch):
    monkeypatch.setattr(player_module, "MAX_LISTED", 2)
    recording = TestRecording()
    recording.poll(0, "queued")
    with playing(recording) as client:
        for path in ("/a", "/b", "/a", "/c", "/d"):
            client.send(0, f"GET {path}")
        assert dict(client.player.counts.unrecorded) == {"GET /a": 2, "GET /b": 1, "other requests": 2}


def test_headers_about_the_connection_and_the_packed_body_are_left_out():
    recording = TestRecording()
    headers = {"Transfer-Encoding": "chunked", "Content-Encoding": "gzip", "X-Name": "caf\udce9"}
    recording.add(0, f"GET {VIDEOS}/{JOB}", 200, video(JOB, "queued"), answer_headers=headers)
    with playing(recording) as client:
        answer = client.send(0, f"GET {VIDEOS}/{JOB}")
        assert answer.header("transfer-encoding") is None
        assert answer.header("content-encoding") is None
        assert answer.header("x-name") == "caf?"


def test_answers_without_a_host_are_served():
    recording = TestRecording()
    recording.add(0, f"GET {VIDEOS}/{JOB}", 200, {"id": JOB, "status": "queued", "url": f"https://{HOST}/x"}, host="")
    with playing(recording) as client:
        assert json.loads(client.send(0, f"GET {VIDEOS}/{JOB}").body)["url"] == f"https://{HOST}/x"


def test_an_unanswered_read_is_a_problem_of_its_moment():
    recording = recorded_job((1, f"GET {VIDEOS}/{JOB}", None), (2, f"GET {VIDEOS}/{JOB}", None), (3, "completed"))
    with playing_job(recording) as client:
        assert client.polls(1, 2, 3) == ["RPL004", "RPL004", "completed"]


def test_equal_answers_take_the_memory_of_one():
    recording = TestRecording()
    recording.create(0)
    for second in range(1, 200):
        recording.poll(second, "queued")
    with playing(recording) as client:
        (course,) = client.player._traffic.courses.values()
        assert [len(answers) for answers in course.answers.values()] == [1]
