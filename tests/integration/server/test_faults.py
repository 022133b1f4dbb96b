"""Each fault as its bytes on a raw socket."""

import gzip
import json
import re

import pytest

from mockserver.core.codings import decoded
from mockserver.core.wire import Response
from mockserver.server.clock import wall_clock
from mockserver.server.encode import MIN_COMPRESS_BYTES
from tests.support.fault_requests import (
    add_fault,
    cancel_request,
    create_video,
    get_request,
    held_responses,
    job_state,
    poll_until,
)
from tests.support.phaseo_requests import RAW_CREATE, RAW_HEADERS
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


class TestHeaders:
    def test_headers_are_added_changed_and_removed(self, faulty_server, client):
        job = create_video(client)
        headers = {"Retry-After": "30", "Content-Type": "text/json", "Date": "Thu, 01 Jan 1970 00:00:00 GMT"}
        add_fault(faulty_server, headers={**headers, "X-Seen": "{base} {job} {{job}}"})
        answer = client.request(get_request(job))
        assert (answer.status, json.loads(answer.body)["id"]) == (200, job)
        assert {name: answer.headers[name.lower()] for name in headers} == headers
        assert answer.headers["x-seen"] == f"http://fake.test {job} {{job}}"
        assert [answer.head.lower().count(name) for name in (b"content-type:", b"\ndate:")] == [1, 1]
        add_fault(faulty_server, headers={"content-type": "absent"})
        assert "content-type" not in client.request(get_request(job)).headers

    def test_a_status_with_headers_is_a_redirect_to_the_job(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, status=307, body={"at": "{job}"}, headers={"Location": "{base}/v1/videos/{job}"})
        answer = client.request(get_request(job))
        assert (answer.status, json.loads(answer.body)) == (307, {"at": job})
        assert answer.headers["location"] == f"http://fake.test/v1/videos/{job}"
        assert answer.headers["x-mock-fault"] == "status, headers"

    def test_a_header_may_name_the_created_job(self, faulty_server, client):
        add_fault(faulty_server, "create", headers={"Location": "/videos/{job}"})
        answer = client.request(RAW_CREATE)
        assert answer.headers["location"] == f"/videos/{json.loads(answer.body)['id']}"

    def test_a_fault_may_depend_on_the_request(self, faulty_server, client):
        job = create_video(client)
        like = {"headers": {"X-Client": {"$like": "old/*"}, "X-New": "absent"}, "query": {"a": "1"}}
        add_fault(faulty_server, status=400, request=like, when={"call": 2})
        statuses = []
        for query, more in (
            ("?a=1", b"X-Client: old/1\r\n"),
            ("?a=2", b"X-Client: old/1\r\n"),
            ("?a=1", b"X-Client: new/1\r\n"),
            ("?a=1", b"X-Client: old/1\r\nX-New: y\r\n"),
            ("?a=1", b"X-Client: old/2\r\n"),
        ):
            statuses.append(client.request(get_request(job + query, more)).status)
        assert statuses == [200, 200, 200, 200, 400]

    def test_a_fault_may_depend_on_the_body(self, faulty_server, client):
        add_fault(faulty_server, "create", status=402, request={"body": {"prompt": {"$contains": "cat"}}})
        assert client.request(RAW_CREATE).status == 402
        assert client.request(RAW_CREATE.replace(b"cat", b"dog")).status == 200


def read_chunks(wire: bytes) -> tuple[list[bytes], bytes]:
    """Return the complete chunks, the last and empty one included, and what follows them."""
    chunks: list[bytes] = []
    while b"\r\n" in wire:
        size, _, rest = wire.partition(b"\r\n")
        chunk = rest[: int(size, 16)]
        if len(chunk) < int(size, 16) or (chunk and rest[len(chunk) : len(chunk) + 2] != b"\r\n"):
            break
        chunks.append(chunk)
        wire = rest[len(chunk) + 2 :]
        if not chunk:
            break
    return chunks, wire


class TestChunks:
    def test_chunked_sends_no_length_and_keeps_the_connection(self, faulty_server, client):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, chunked={"size": 300}, when={"times": 1})
        job = json.loads(whole.body)["id"]
        client.send(get_request(job))
        head = client.read_until(b"\r\n\r\n").lower()
        assert b"\r\ntransfer-encoding: chunked\r\n" in head
        assert b"content-length" not in head
        chunks, rest = read_chunks(client.read_until(b"\r\n0\r\n\r\n"))
        assert (b"".join(chunks), rest) == (whole.body, b"")
        assert {len(chunk) for chunk in chunks[:-2]} == {300}
        assert client.request(get_request(job)).body == whole.body

    @pytest.mark.parametrize("cut", ["50%", 0, 300, 301])
    def test_a_cut_leaves_a_chunk_incomplete_or_the_last_one_out(self, faulty_server, client, cut):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, chunked={"size": 300, "cut": cut})
        client.send(get_request(json.loads(whole.body)["id"]))
        _, _, wire = client.read_to_end().partition(b"\r\n\r\n")
        chunks, rest = read_chunks(wire)
        kept = len(whole.body) // 2 if cut == "50%" else cut
        assert b"" not in chunks
        assert b"".join(chunks) + rest.partition(b"\r\n")[2] == whole.body[:kept]

    def test_a_head_request_gets_the_head_of_the_get_and_no_chunks(self, faulty_server, client):
        job = create_video(client)
        add_fault(faulty_server, chunked={}, when={"times": 1})
        answer = client.request(get_request(job).replace(b"GET", b"HEAD"), bodiless=True)
        assert answer.body == b""
        assert answer.headers["transfer-encoding"] == "chunked"
        assert "content-length" not in answer.headers
        assert client.request(get_request(job)).status == 200


class TestCodings:
    def test_chunks_of_a_coded_body(self, faulty_server, client):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, chunked={"size": 50}, content_encoding="gzip")
        client.send(get_request(json.loads(whole.body)["id"]))
        assert b"\r\ncontent-encoding: gzip\r\n" in client.read_until(b"\r\n\r\n").lower()
        chunks, rest = read_chunks(client.read_until(b"\r\n0\r\n\r\n"))
        assert rest == b""
        assert gzip.decompress(b"".join(chunks)) == whole.body

    def test_a_cut_is_a_part_of_the_coded_body(self, faulty_server, client):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, truncate="50%", content_encoding="gzip")
        client.send(get_request(json.loads(whole.body)["id"]))
        head, _, body = client.read_to_end().partition(b"\r\n\r\n")
        length = int(re.search(rb"Content-Length: (\d+)", head)[1])
        assert length < len(whole.body)
        assert len(body) == length // 2

    def test_a_client_that_takes_gzip_gets_the_scripted_coding_and_no_second_one(self, faulty_server, client):
        for _ in range(4):
            create_video(client)
        listing = b"GET /v1/videos HTTP/1.1\r\n" + RAW_HEADERS
        whole = client.request(listing + b"\r\n")
        assert len(whole.body) > MIN_COMPRESS_BYTES
        add_fault(faulty_server, on="list", content_encoding={"says": "identity", "sends": "br"})
        answer = client.request(listing + b"Accept-Encoding: gzip\r\n\r\n")
        assert "content-encoding" not in answer.headers
        assert decoded(Response(200, (("Content-Encoding", "br"),), answer.body)).body == whole.body

    @pytest.mark.parametrize("coding", ["gzip", {"says": "identity", "sends": "br"}])
    def test_a_head_request_gets_the_head_of_the_get(self, faulty_server, client, coding):
        request = get_request(create_video(client))
        add_fault(faulty_server, content_encoding=coding)
        got = client.request(request)
        asked = client.request(request.replace(b"GET", b"HEAD"), bodiless=True)
        assert asked.body == b""
        for name in ("content-length", "content-encoding"):
            assert asked.headers.get(name) == got.headers.get(name)

    @pytest.mark.parametrize("name", ["gzip", "deflate", "br"])
    def test_a_body_in_a_coding_that_the_client_did_not_ask_for(self, faulty_server, client, name):
        whole = client.request(get_request(create_video(client)))
        add_fault(faulty_server, content_encoding=name, when={"times": 1})
        answer = client.request(get_request(json.loads(whole.body)["id"]))
        assert answer.headers["content-encoding"] == name
        coded = Response(200, (("Content-Encoding", name),), answer.body)
        assert decoded(coded).body == whole.body
        assert client.request(get_request(json.loads(whole.body)["id"])).body == whole.body

    def test_the_header_may_be_false_and_the_bytes_broken(self, faulty_server, client):
        whole = client.request(get_request(create_video(client)))
        job = json.loads(whole.body)["id"]
        add_fault(faulty_server, content_encoding={"says": "gzip", "sends": "identity"}, when={"call": 1})
        add_fault(faulty_server, content_encoding={"broken": "cut"}, when={"call": 2})
        add_fault(faulty_server, content_encoding={"says": "identity", "sends": "gzip"}, when={"call": 3})
        plain, cut, unnamed = (client.request(get_request(job)) for _ in range(3))
        assert (plain.headers["content-encoding"], plain.body) == ("gzip", whole.body)
        with pytest.raises(EOFError):
            gzip.decompress(cut.body)
        assert "content-encoding" not in unnamed.headers
        assert gzip.decompress(unnamed.body) == whole.body


def content_request(video: str, more: bytes = b"") -> bytes:
    return b"GET /v1/videos/%b/content HTTP/1.1\r\n" % video.encode() + RAW_HEADERS + more + b"\r\n"


class TestDownloads:
    def test_a_range_may_be_ignored_or_begin_earlier(self, faulty_server, client):
        job = create_video(client)
        faulty_server.admin("clock", {"advance": "8h"})
        whole = client.request(content_request(job)).body
        part = b"Range: bytes=100-199\r\n"
        assert client.request(content_request(job, part)).body == whole[100:200]
        add_fault(faulty_server, "content", range={"earlier": 10})
        earlier = client.request(content_request(job, part))
        assert (earlier.status, earlier.body) == (206, whole[90:200])
        assert earlier.headers["content-range"] == f"bytes 90-199/{len(whole)}"
        add_fault(faulty_server, "content", range="ignored")
        ignored = client.request(content_request(job, part))
        assert (ignored.status, ignored.body) == (200, whole)

    def test_if_range_and_if_none_match_compare_the_etag(self, faulty_server, client):
        job = create_video(client)
        faulty_server.admin("clock", {"advance": "8h"})
        add_fault(faulty_server, "content", etag="v2")
        answers = [
            client.request(content_request(job, more), bodiless=b"None" in more)
            for more in (
                b"",
                b'Range: bytes=0-9\r\nIf-Range: "v2"\r\n',
                b'Range: bytes=0-9\r\nIf-Range: "v1"\r\n',
                b'If-None-Match: "v2"\r\n',
            )
        ]
        assert [answer.status for answer in answers] == [200, 206, 200, 304]
        assert {answer.headers["etag"] for answer in answers} == {'"v2"'}


def test_a_204_may_promise_bytes_that_never_come(faulty_server, client):
    job = create_video(client)
    add_fault(faulty_server, "cancel", status=204, body="", length={"more": 10})
    client.send(cancel_request(job))
    head, end, rest = client.read_to_end().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 204 ")
    assert head.count(b"Content-Length: 10") == 1
    assert (end, rest) == (b"\r\n\r\n", b"")


def test_result_lines_are_dropped_doubled_and_shuffled(faulty_server):
    key = {"x-api-key": "key"}
    video = {"video": {"type": "asset_id", "asset_id": "6298d673f1090f1100476d4c"}}
    body = {"model_name": "pegasus1.5", "analysis_mode": "general", "defaults": {"prompt": {"input_text": "What?"}},
            "requests": [{**video, "custom_id": str(number)} for number in range(9)]}  # fmt: skip
    batch = faulty_server.request("POST", "/v1.3/analyze/batches", body, key).json["batch_id"]
    faulty_server.admin("clock", {"advance": "8h"})

    def read_ids() -> list[str]:
        answer = faulty_server.request("GET", f"/v1.3/analyze/batches/{batch}/results", None, key)
        return [json.loads(line)["custom_id"] for line in answer.body.splitlines()]

    assert read_ids() == list("012345678")
    add_fault(faulty_server, "results", vendor="twelvelabs", lines={"drop": 2, "double": 1, "shuffle": True})
    found = read_ids()
    assert len(found) == 8
    assert len(set(found)) == 7
    assert found != sorted(found)
