"""Each fault as it is on the wire: read from a raw socket, byte by byte where it matters."""

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


class TestEnds:
    def test_nothing_and_the_end(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, "cancel", drop="before-headers")
        client.send(cancel_request(job))
        assert client.read_to_end() == b""
        assert job_state(faulty_server, job) == "cancelled"

    def test_a_reset(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, "cancel", drop="reset")
        client.send(cancel_request(job))
        assert client.read_to_end() == b"[reset]"
        assert job_state(faulty_server, job) == "cancelled"

    @pytest.mark.parametrize(("how", "end"), [("close", b""), ("reset", b"[reset]")])
    def test_what_is_not_heard_ends_alike_and_does_nothing(self, faulty_server, client, how, end):
        job = create_video(client)
        add_fault(faulty_server, "cancel", unheard=how)
        client.send(cancel_request(job))
        assert client.read_to_end() == end
        assert job_state(faulty_server, job) == "queued"

    def test_half_a_body_and_the_end(self, faulty_server, client):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, drop="mid-body")
        client.send(get_request(json.loads(whole.body)["id"]))
        head, _, body = client.read_to_end().partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % len(whole.body) in head
        assert b"\r\nX-Mock-Fault: drop" in head
        assert body == whole.body[: len(whole.body) // 2]

    @pytest.mark.parametrize(("written", "kept"), [(100, 100), ("25%", 0.25), (10_000_000, -1)])
    def test_a_part_of_a_body_under_its_true_length(self, faulty_server, client, written, kept):
        whole = client.request(get_request(create_video(client)))
        size = len(whole.body)
        add_fault(faulty_server, truncate=written)
        client.send(get_request(json.loads(whole.body)["id"]))
        head, _, body = client.read_to_end().partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % size in head
        assert body == whole.body[: kept if isinstance(kept, int) else int(size * kept)]

    def test_a_length_that_is_too_long(self, faulty_server, client):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, length={"more": 7})
        client.send(get_request(json.loads(whole.body)["id"]))
        head, _, body = client.read_to_end().partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % (len(whole.body) + 7) in head
        assert body == whole.body

    def test_a_length_that_is_too_short_leaves_the_rest_before_the_next_answer(self, faulty_server, client):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, length={"less": 5}, when={"times": 1})
        job = json.loads(whole.body)["id"]
        assert client.request(get_request(job)).body == whole.body[:-5]
        client.send(get_request(job))
        assert client.read_until(b"\r\n") == whole.body[-5:] + b"HTTP/1.1 200 OK\r\n"

    def test_a_connection_that_is_asked_to_close_is_closed_all_the_same(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, drip={"size": 1_000_000, "every": "1ms"})
        said = client.request(get_request(job, b"Connection: close\r\n"))
        assert json.loads(said.body)["id"] == job
        assert client.is_closed


class TestSilence:
    def test_nothing_comes_and_the_connection_stays(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, "cancel", silence="before-headers")
        client.send(cancel_request(job))
        assert client.is_silent
        assert job_state(faulty_server, job) == "cancelled"

    def test_half_a_body_comes_and_the_connection_stays(self, faulty_server, client):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, silence="mid-body")
        client.send(get_request(json.loads(whole.body)["id"]))
        half = len(whole.body) // 2
        assert client.read_until(whole.body[:half])
        assert client.is_silent

    def test_a_client_that_goes_is_not_waited_for(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, silence="before-headers")
        for leave in (RawConnection.reset_connection, RawConnection.close, RawConnection.shutdown_write):
            with raw_connection(faulty_server.url) as other:
                other.send(get_request(job))
                poll_until(faulty_server, lambda: held_responses(faulty_server) == 1)
                leave(other)
                poll_until(faulty_server, lambda: held_responses(faulty_server) == 0)

    def test_a_reset_of_the_session_ends_it(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, silence="before-headers")
        client.send(get_request(job))
        poll_until(faulty_server, lambda: held_responses(faulty_server) == 1)
        faulty_server.admin("reset", {})
        assert client.read_to_end() == b""

    def test_whoever_cannot_wait_gets_the_end_at_once(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, silence="before-headers")
        client.send(get_request(job, b"X-Mock-Delay: skip\r\n"))
        assert client.read_to_end() == b""


class TestDrip:
    def test_the_body_comes_in_pieces(self, faulty_server, client):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, drip={"size": 500, "every": "20ms"})
        client.send(get_request(json.loads(whole.body)["id"]))
        began, pieces, said = wall_clock(), [], b""
        while len(said.partition(b"\r\n\r\n")[2]) < len(whole.body):
            data = client.read_some()
            pieces.append(data)
            said += data
        assert said.endswith(whole.body)
        assert wall_clock() - began >= 20_000 * (len(whole.body) // 500)
        assert len(pieces) > 1

    def test_a_client_that_goes_is_not_served_on(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, drip={"size": 1, "every": "10ms"})
        client.send(get_request(job))
        poll_until(faulty_server, lambda: held_responses(faulty_server) == 1)
        client.reset_connection()
        poll_until(faulty_server, lambda: held_responses(faulty_server) == 0)

    def test_whoever_cannot_wait_gets_it_whole(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, drip={"size": 1, "every": "1h"})
        assert json.loads(client.request(get_request(job, b"X-Mock-Delay: skip\r\n")).body)["id"] == job


class TestBodies:
    @pytest.mark.parametrize("way", ["cut", "comma", "html"])
    def test_no_parser_accepts_it(self, faulty_server, client, way):
        job = create_video(client)
        add_fault(faulty_server, malformed=way)
        said = client.request(get_request(job))
        assert said.headers["content-type"] == "application/json"
        with pytest.raises(ValueError, match="line 1 column"):
            json.loads(said.body)

    def test_another_content_type(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, content_type="text/html")
        said = client.request(get_request(job))
        assert said.headers["content-type"] == "text/html"
        assert json.loads(said.body)["id"] == job
        assert said.head.lower().count(b"content-type:") == 1

    def test_one_charset_said_another_sent(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, charset={"says": "utf-8", "sends": "utf-16"})
        said = client.request(get_request(job))
        assert said.headers["content-type"] == "application/json; charset=utf-8"
        assert json.loads(said.body.decode("utf-16"))["id"] == job
        with pytest.raises(UnicodeDecodeError):
            said.body.decode()

    def test_a_field_off_contract(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, corrupt={"/progress": 250, "/status": None, "/provider": "absent", "/nowhere/else": 1})
        body = json.loads(client.request(get_request(job)).body)
        assert body["progress"] == 250
        assert body["status"] is None
        assert "provider" not in body
        assert "nowhere" not in body

    def test_an_error_of_the_vendors_with_a_date(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, status=429, retry_after={"date": "29500ms"}, headers={"X-Upstream": "no"})
        said = client.request(get_request(job))
        assert said.status == 429
        assert said.headers["retry-after"] == "Thu, 01 Oct 2026 12:00:30 GMT"
        assert said.headers["x-upstream"] == "no"
        assert json.loads(said.body)["error"] == "key_limit_exceeded"

    def test_a_key_that_expires_in_mid_job_meets_the_flat_body_of_a_task_cancel(self, faulty_server):
        add_fault(faulty_server, "cancel_task", vendor="twelvelabs", status=401)
        made = faulty_server.request(
            "POST",
            "/v1.3/analyze/tasks",
            {"video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4c"}, "model_name": "pegasus1.5",
             "prompt": "What?"},
            {"x-api-key": "key"},
        )  # fmt: skip
        task = made.json["task_id"]
        said = faulty_server.request("POST", f"/v1.3/analyze/tasks/{task}/cancel", None, {"x-api-key": "key"})
        assert said.status == 401
        assert said.json["code"] == "api_key_invalid"
        assert job_state(faulty_server, task) != "canceled"
