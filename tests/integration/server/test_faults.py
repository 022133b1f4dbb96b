"""Each fault as its bytes on a raw socket."""

import json

import pytest

from mockserver.server.clock import wall_clock
from tests.support.fault_requests import (
    add_fault,
    cancel_request,
    create_video,
    get_request,
    held_responses,
    job_state,
    poll_until,
)
from tests.support.raw_client import RawConnection, raw_connection


class TestConnectionEnds:
    def test_drop_before_headers_closes_without_a_byte(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, "cancel", drop="before-headers")
        client.send(cancel_request(job))
        assert client.read_to_end() == b""
        assert job_state(faulty_server, job) == "cancelled"

    def test_drop_reset_resets_the_connection(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, "cancel", drop="reset")
        client.send(cancel_request(job))
        assert client.read_to_end() == b"[reset]"
        assert job_state(faulty_server, job) == "cancelled"

    @pytest.mark.parametrize(("how", "end"), [("close", b""), ("reset", b"[reset]")])
    def test_unheard_ends_the_connection_and_leaves_the_job(self, faulty_server, client, how, end):
        job = create_video(client)
        add_fault(faulty_server, "cancel", unheard=how)
        client.send(cancel_request(job))
        assert client.read_to_end() == end
        assert job_state(faulty_server, job) == "queued"

    def test_drop_mid_body_sends_half_the_body(self, faulty_server, client):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, drop="mid-body")
        client.send(get_request(json.loads(whole.body)["id"]))
        head, _, body = client.read_to_end().partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % len(whole.body) in head
        assert b"\r\nX-Mock-Fault: drop" in head
        assert body == whole.body[: len(whole.body) // 2]

    @pytest.mark.parametrize(("written", "kept"), [(100, 100), ("25%", 0.25), (10_000_000, -1)])
    def test_truncate_sends_part_of_the_body_under_its_true_length(self, faulty_server, client, written, kept):
        whole = client.request(get_request(create_video(client)))
        size = len(whole.body)
        add_fault(faulty_server, truncate=written)
        client.send(get_request(json.loads(whole.body)["id"]))
        head, _, body = client.read_to_end().partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % size in head
        assert body == whole.body[: kept if isinstance(kept, int) else int(size * kept)]

    def test_length_more_announces_too_many_bytes(self, faulty_server, client):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, length={"more": 7})
        client.send(get_request(json.loads(whole.body)["id"]))
        head, _, body = client.read_to_end().partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % (len(whole.body) + 7) in head
        assert body == whole.body

    def test_length_less_leaves_the_rest_before_the_next_answer(self, faulty_server, client):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, length={"less": 5}, when={"times": 1})
        job = json.loads(whole.body)["id"]
        assert client.request(get_request(job)).body == whole.body[:-5]
        client.send(get_request(job))
        assert client.read_until(b"\r\n") == whole.body[-5:] + b"HTTP/1.1 200 OK\r\n"

    def test_drip_keeps_connection_close(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, drip={"size": 1_000_000, "every": "1ms"})
        answer = client.request(get_request(job, b"Connection: close\r\n"))
        assert json.loads(answer.body)["id"] == job
        assert client.is_closed


class TestSilence:
    def test_silence_before_headers_sends_nothing_and_stays_open(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, "cancel", silence="before-headers")
        client.send(cancel_request(job))
        assert client.is_silent
        assert job_state(faulty_server, job) == "cancelled"

    def test_silence_mid_body_sends_half_the_body_and_stays_open(self, faulty_server, client):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, silence="mid-body")
        client.send(get_request(json.loads(whole.body)["id"]))
        half = len(whole.body) // 2
        assert client.read_until(whole.body[:half])
        assert client.is_silent

    def test_silence_ends_with_the_client(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, silence="before-headers")
        for leave in (RawConnection.reset_connection, RawConnection.close, RawConnection.shutdown_write):
            with raw_connection(faulty_server.url) as other:
                other.send(get_request(job))
                poll_until(faulty_server, lambda: held_responses(faulty_server) == 1)
                leave(other)
                poll_until(faulty_server, lambda: held_responses(faulty_server) == 0)

    def test_silence_ends_with_the_session(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, silence="before-headers")
        client.send(get_request(job))
        poll_until(faulty_server, lambda: held_responses(faulty_server) == 1)
        faulty_server.admin("reset", {})
        assert client.read_to_end() == b""

    def test_skipping_delays_ends_silence_at_once(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, silence="before-headers")
        client.send(get_request(job, b"X-Mock-Delay: skip\r\n"))
        assert client.read_to_end() == b""


class TestDrip:
    def test_drip_sends_the_body_in_pieces(self, faulty_server, client):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, drip={"size": 500, "every": "20ms"})
        client.send(get_request(json.loads(whole.body)["id"]))
        began, pieces, answer = wall_clock(), [], b""
        while len(answer.partition(b"\r\n\r\n")[2]) < len(whole.body):
            data = client.read_some()
            pieces.append(data)
            answer += data
        assert answer.endswith(whole.body)
        assert wall_clock() - began >= 20_000 * (len(whole.body) // 500)
        assert len(pieces) > 1

    def test_drip_ends_with_the_client(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, drip={"size": 1, "every": "10ms"})
        client.send(get_request(job))
        poll_until(faulty_server, lambda: held_responses(faulty_server) == 1)
        client.reset_connection()
        poll_until(faulty_server, lambda: held_responses(faulty_server) == 0)

    def test_skipping_delays_sends_the_body_at_once(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, drip={"size": 1, "every": "1h"})
        assert json.loads(client.request(get_request(job, b"X-Mock-Delay: skip\r\n")).body)["id"] == job


class TestBodies:
    @pytest.mark.parametrize("way", ["cut", "comma", "html"])
    def test_malformed_is_not_json(self, faulty_server, client, way):
        job = create_video(client)
        add_fault(faulty_server, malformed=way)
        answer = client.request(get_request(job))
        assert answer.headers["content-type"] == "application/json"
        with pytest.raises(ValueError, match="line 1 column"):
            json.loads(answer.body)

    def test_content_type_replaces_the_header(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, content_type="text/html")
        answer = client.request(get_request(job))
        assert answer.headers["content-type"] == "text/html"
        assert json.loads(answer.body)["id"] == job
        assert answer.head.lower().count(b"content-type:") == 1

    def test_charset_declares_one_encoding_and_sends_another(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, charset={"says": "utf-8", "sends": "utf-16"})
        answer = client.request(get_request(job))
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert json.loads(answer.body.decode("utf-16"))["id"] == job
        with pytest.raises(UnicodeDecodeError):
            answer.body.decode()

    def test_corrupt_changes_fields(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, corrupt={"/progress": 250, "/status": None, "/provider": "absent", "/nowhere/else": 1})
        body = json.loads(client.request(get_request(job)).body)
        assert body["progress"] == 250
        assert body["status"] is None
        assert "provider" not in body
        assert "nowhere" not in body

    def test_status_sends_the_vendors_error_with_a_retry_date(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, status=429, retry_after={"date": "29500ms"}, headers={"X-Upstream": "no"})
        answer = client.request(get_request(job))
        assert answer.status == 429
        assert answer.headers["retry-after"] == "Thu, 01 Oct 2026 12:00:30 GMT"
        assert answer.headers["x-upstream"] == "no"
        assert json.loads(answer.body)["error"] == "key_limit_exceeded"

    def test_status_401_of_a_task_cancel_has_a_flat_body(self, faulty_server):
        add_fault(faulty_server, "cancel_task", vendor="twelvelabs", status=401)
        made = faulty_server.request(
            "POST",
            "/v1.3/analyze/tasks",
            {"video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4c"}, "model_name": "pegasus1.5",
             "prompt": "What?"},
            {"x-api-key": "key"},
        )  # fmt: skip
        task = made.json["task_id"]
        answer = faulty_server.request("POST", f"/v1.3/analyze/tasks/{task}/cancel", None, {"x-api-key": "key"})
        assert answer.status == 401
        assert answer.json["code"] == "api_key_invalid"
        assert job_state(faulty_server, task) != "canceled"
