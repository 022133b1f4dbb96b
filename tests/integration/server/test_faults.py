"""Each fault as it is on the wire: read from a raw socket, byte by byte where it matters."""

import json

import pytest

from mockserver.server.desk import machine_time
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
    def test_nothing_and_the_end(self, calm, talk):
        job = create_video(talk)
        add_fault(calm, "cancel", drop="before-headers")
        talk.send(cancel_request(job))
        assert talk.rest() == b""
        assert job_state(calm, job) == "cancelled"

    def test_a_reset(self, calm, talk):
        job = create_video(talk)
        add_fault(calm, "cancel", drop="reset")
        talk.send(cancel_request(job))
        assert talk.rest() == b"[reset]"
        assert job_state(calm, job) == "cancelled"

    @pytest.mark.parametrize(("how", "end"), [("close", b""), ("reset", b"[reset]")])
    def test_what_is_not_heard_ends_alike_and_does_nothing(self, calm, talk, how, end):
        job = create_video(talk)
        add_fault(calm, "cancel", unheard=how)
        talk.send(cancel_request(job))
        assert talk.rest() == end
        assert job_state(calm, job) == "queued"

    def test_half_a_body_and_the_end(self, calm, talk):
        whole = talk.request(get_request(create_video(talk)))
        add_fault(calm, drop="mid-body")
        talk.send(get_request(json.loads(whole.body)["id"]))
        head, _, body = talk.rest().partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % len(whole.body) in head
        assert b"\r\nX-Mock-Fault: drop" in head
        assert body == whole.body[: len(whole.body) // 2]

    @pytest.mark.parametrize(("written", "kept"), [(100, 100), ("25%", 0.25), (10_000_000, -1)])
    def test_a_part_of_a_body_under_its_true_length(self, calm, talk, written, kept):
        whole = talk.request(get_request(create_video(talk)))
        size = len(whole.body)
        add_fault(calm, truncate=written)
        talk.send(get_request(json.loads(whole.body)["id"]))
        head, _, body = talk.rest().partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % size in head
        assert body == whole.body[: kept if isinstance(kept, int) else int(size * kept)]

    def test_a_length_that_is_too_long(self, calm, talk):
        whole = talk.request(get_request(create_video(talk)))
        add_fault(calm, length={"more": 7})
        talk.send(get_request(json.loads(whole.body)["id"]))
        head, _, body = talk.rest().partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % (len(whole.body) + 7) in head
        assert body == whole.body

    def test_a_length_that_is_too_short_leaves_the_rest_before_the_next_answer(self, calm, talk):
        whole = talk.request(get_request(create_video(talk)))
        add_fault(calm, length={"less": 5}, when={"times": 1})
        job = json.loads(whole.body)["id"]
        assert talk.request(get_request(job)).body == whole.body[:-5]
        talk.send(get_request(job))
        assert talk.until(b"\r\n") == whole.body[-5:] + b"HTTP/1.1 200 OK\r\n"

    def test_a_connection_that_is_asked_to_close_is_closed_all_the_same(self, calm, talk):
        job = create_video(talk)
        add_fault(calm, drip={"size": 1_000_000, "every": "1ms"})
        said = talk.request(get_request(job, b"Connection: close\r\n"))
        assert json.loads(said.body)["id"] == job
        assert talk.ended


class TestSilence:
    def test_nothing_comes_and_the_connection_stays(self, calm, talk):
        job = create_video(talk)
        add_fault(calm, "cancel", silence="before-headers")
        talk.send(cancel_request(job))
        assert talk.quiet
        assert job_state(calm, job) == "cancelled"

    def test_half_a_body_comes_and_the_connection_stays(self, calm, talk):
        whole = talk.request(get_request(create_video(talk)))
        add_fault(calm, silence="mid-body")
        talk.send(get_request(json.loads(whole.body)["id"]))
        half = len(whole.body) // 2
        assert talk.until(whole.body[:half])
        assert talk.quiet

    def test_a_client_that_goes_is_not_waited_for(self, calm, talk):
        job = create_video(talk)
        add_fault(calm, silence="before-headers")
        for leave in (RawConnection.vanish, RawConnection.close, RawConnection.no_more):
            with raw_connection(calm.url) as other:
                other.send(get_request(job))
                poll_until(calm, lambda: held_responses(calm) == 1)
                leave(other)
                poll_until(calm, lambda: held_responses(calm) == 0)

    def test_a_reset_of_the_session_ends_it(self, calm, talk):
        job = create_video(talk)
        add_fault(calm, silence="before-headers")
        talk.send(get_request(job))
        poll_until(calm, lambda: held_responses(calm) == 1)
        calm.admin("reset", {})
        assert talk.rest() == b""

    def test_whoever_cannot_wait_gets_the_end_at_once(self, calm, talk):
        job = create_video(talk)
        add_fault(calm, silence="before-headers")
        talk.send(get_request(job, b"X-Mock-Delay: skip\r\n"))
        assert talk.rest() == b""


class TestDrip:
    def test_the_body_comes_in_pieces(self, calm, talk):
        whole = talk.request(get_request(create_video(talk)))
        add_fault(calm, drip={"size": 500, "every": "20ms"})
        talk.send(get_request(json.loads(whole.body)["id"]))
        began, pieces, said = machine_time(), [], b""
        while len(said.partition(b"\r\n\r\n")[2]) < len(whole.body):
            data = talk.piece()
            pieces.append(data)
            said += data
        assert said.endswith(whole.body)
        assert machine_time() - began >= 20_000 * (len(whole.body) // 500)
        assert len(pieces) > 1

    def test_a_client_that_goes_is_not_served_on(self, calm, talk):
        job = create_video(talk)
        add_fault(calm, drip={"size": 1, "every": "10ms"})
        talk.send(get_request(job))
        poll_until(calm, lambda: held_responses(calm) == 1)
        talk.vanish()
        poll_until(calm, lambda: held_responses(calm) == 0)

    def test_whoever_cannot_wait_gets_it_whole(self, calm, talk):
        job = create_video(talk)
        add_fault(calm, drip={"size": 1, "every": "1h"})
        assert json.loads(talk.request(get_request(job, b"X-Mock-Delay: skip\r\n")).body)["id"] == job


class TestBodies:
    @pytest.mark.parametrize("way", ["cut", "comma", "html"])
    def test_no_parser_accepts_it(self, calm, talk, way):
        job = create_video(talk)
        add_fault(calm, malformed=way)
        said = talk.request(get_request(job))
        assert said.headers["content-type"] == "application/json"
        with pytest.raises(ValueError, match="line 1 column"):
            json.loads(said.body)

    def test_another_content_type(self, calm, talk):
        job = create_video(talk)
        add_fault(calm, content_type="text/html")
        said = talk.request(get_request(job))
        assert (said.headers["content-type"], json.loads(said.body)["id"]) == ("text/html", job)
        assert said.head.lower().count(b"content-type:") == 1

    def test_one_charset_said_another_sent(self, calm, talk):
        job = create_video(talk)
        add_fault(calm, charset={"says": "utf-8", "sends": "utf-16"})
        said = talk.request(get_request(job))
        assert said.headers["content-type"] == "application/json; charset=utf-8"
        assert json.loads(said.body.decode("utf-16"))["id"] == job
        with pytest.raises(UnicodeDecodeError):
            said.body.decode()

    def test_a_field_off_contract(self, calm, talk):
        job = create_video(talk)
        add_fault(calm, corrupt={"/progress": 250, "/status": None, "/provider": "absent", "/nowhere/else": 1})
        body = json.loads(talk.request(get_request(job)).body)
        assert (body["progress"], body["status"], "provider" in body, "nowhere" in body) == (250, None, False, False)

    def test_an_error_of_the_vendors_with_a_date(self, calm, talk):
        job = create_video(talk)
        add_fault(calm, status=429, retry_after={"date": "29500ms"}, headers={"X-Upstream": "no"})
        said = talk.request(get_request(job))
        assert (said.status, said.headers["retry-after"], said.headers["x-upstream"]) == (
            429,
            "Thu, 01 Oct 2026 12:00:30 GMT",
            "no",
        )
        assert json.loads(said.body)["error"] == "key_limit_exceeded"

    def test_a_key_that_expires_in_mid_job_meets_the_flat_body_of_a_task_cancel(self, calm):
        add_fault(calm, "cancel_task", vendor="twelvelabs", status=401)
        made = calm.request(
            "POST",
            "/v1.3/analyze/tasks",
            {"video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4c"}, "model_name": "pegasus1.5",
             "prompt": "What?"},
            {"x-api-key": "key"},
        )  # fmt: skip
        task = made.json["task_id"]
        said = calm.request("POST", f"/v1.3/analyze/tasks/{task}/cancel", None, {"x-api-key": "key"})
        assert (said.status, said.json["code"]) == (401, "api_key_invalid")
        assert job_state(calm, task) != "canceled"
