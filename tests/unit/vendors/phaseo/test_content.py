"""The bytes of a video, and the links to them."""

from urllib.parse import parse_qs, urlsplit

import pytest

from mockserver.core.timeline import Manual, TimelineStep
from mockserver.vendors.phaseo import content
from mockserver.vendors.phaseo.download_links import DEFAULT_TTL, MAX_TTL, MIN_TTL
from mockserver.vendors.script import Script, TimelineRule


@pytest.fixture
def done(world):
    """A world with a completed video of two outputs, and its id."""
    w = world()
    video = w.create(sample_count=2)
    w.sleep(60)
    return w, video


def test_the_clip_is_an_mp4():
    assert content.VIDEO_BYTES[4:8] == b"ftyp"
    assert b"moov" in content.VIDEO_BYTES
    assert b"avc1" in content.VIDEO_BYTES
    assert len(content.VIDEO_BYTES) < 5_000


class TestWithAKey:
    def test_the_bytes_and_their_headers(self, done):
        w, video = done
        response = w.request("GET", f"/v1/videos/{video}/content")
        assert response.status == 200
        assert response.body == content.VIDEO_BYTES
        assert response.header("content-type") == "video/mp4"
        assert response.header("cache-control") == "private, no-store"
        assert response.header("x-content-type-options") == "nosniff"
        assert response.header("content-disposition") is None

    @pytest.mark.parametrize("index", ["1", "-1", "x", ""])
    def test_an_index(self, done, index):
        w, video = done
        assert w.request("GET", f"/v1/videos/{video}/content", query=f"index={index}").status == 200

    def test_an_index_that_is_not_there(self, done):
        w, video = done
        w.request("GET", f"/v1/videos/{video}/content", query="index=2")
        assert w.reason() == (502, "missing_video_uri")
        assert "provider_failure_diagnostics" not in w.last_answer().body

    @pytest.mark.parametrize(
        ("wanted", "status", "body", "where"),
        [
            ("bytes=0-3", 206, content.VIDEO_BYTES[:4], "bytes 0-3/1917"),
            ("bytes=1900-", 206, content.VIDEO_BYTES[1900:], "bytes 1900-1916/1917"),
            ("bytes=1900-9999", 206, content.VIDEO_BYTES[1900:], "bytes 1900-1916/1917"),
            ("bytes=-5", 206, content.VIDEO_BYTES[-5:], "bytes 1912-1916/1917"),
            ("BYTES=0-3", 206, content.VIDEO_BYTES[:4], "bytes 0-3/1917"),
            ("bytes=1900-99999999999999999999", 206, content.VIDEO_BYTES[1900:], "bytes 1900-1916/1917"),
            ("bytes=99999999999999999999-", 416, b"", "bytes */1917"),
            ("bytes=-9999", 206, content.VIDEO_BYTES, "bytes 0-1916/1917"),
            ("bytes=1917-", 416, b"", "bytes */1917"),
            ("bytes=5-2", 416, b"", "bytes */1917"),
            ("bytes=-0", 416, b"", "bytes */1917"),
            ("bytes=-", 200, content.VIDEO_BYTES, None),
            ("bytes=0-1,4-5", 200, content.VIDEO_BYTES, None),
            ("lines=1-2", 200, content.VIDEO_BYTES, None),
        ],
    )
    def test_ranges(self, done, wanted, status, body, where):
        w, video = done
        response = w.request(
            "GET", f"/v1/videos/{video}/content", headers={"authorization": "Bearer k", "range": wanted}
        )
        assert response.status == status
        assert response.body == body
        assert response.header("content-range") == where

    @pytest.mark.parametrize(("method", "headers"), [("HEAD", {}), ("GET", {"if-range": '"etag"'})])
    def test_a_range_of_a_head_or_under_a_condition_is_ignored(self, done, method, headers):
        w, video = done
        headers = {"authorization": "Bearer k", "range": "bytes=0-3", **headers}
        response = w.request(method, f"/v1/videos/{video}/content", headers=headers)
        assert response.status == 200
        assert response.body == content.VIDEO_BYTES
        assert response.header("content-range") is None

    @pytest.mark.parametrize(
        ("headers", "reason"),
        [
            ({}, "missing_or_invalid_authorization_header"),
            ({"authorization": "Basic x"}, "missing_or_invalid_authorization_header"),
            ({"authorization": "Bearer a b"}, "invalid_key_format"),
            ({"authorization": "Bearer invalid"}, "key_not_found_or_revoked"),
            ({"authorization": "bearer expired"}, "key_expired"),
        ],
    )
    def test_a_wrong_key(self, done, headers, reason):
        w, video = done
        w.request("GET", f"/v1/videos/{video}/content", headers=headers)
        assert w.reason() == (401, reason)

    @pytest.mark.parametrize(
        ("state", "model", "expected"),
        [
            ("queued", "qwen/wan2.7-t2v", (409, "video_not_ready")),
            ("processing", "qwen/wan2.7-t2v", (409, "video_not_ready")),
            ("cancelled", "qwen/wan2.7-t2v", (409, "video_cancelled")),
            ("expired", "qwen/wan2.7-t2v", (409, "video_expired")),
            ("failed", "qwen/wan2.7-t2v", (409, "video_generation_failed")),
            ("failed", "google/veo-3.1", (502, "video_generation_failed")),
        ],
    )
    def test_nothing_to_send(self, world, state, model, expected):
        w = world(script=Script(timeline_rules=(TimelineRule((TimelineStep(state, Manual()),)),)))
        w.request("GET", f"/v1/videos/{w.create(model=model)}/content")
        assert w.reason() == expected
        found = w.last_answer().body.get("provider_failure_diagnostics")
        assert (found is not None) == (expected[0] == 502)

    def test_an_unknown_video(self, world):
        w = world()
        w.request("GET", "/v1/videos/G-none/content")
        assert w.reason() == (404, "video_not_found_or_not_owned")


def link_of(world, video, **body):
    world.request("POST", f"/v1/videos/{video}/download_url", body)
    status, body = world.last_answer()
    assert status == 200, body
    return body["download_url"], body["expires_at"] - world.now // 1_000_000


class TestLinks:
    def test_a_link_needs_no_key(self, done):
        w, video = done
        url, ttl = link_of(w, video)
        assert ttl == DEFAULT_TTL
        response = w.follow(url)
        assert response.status == 200
        assert response.body == content.VIDEO_BYTES
        assert response.header("content-disposition") == f'attachment; filename="{video}.mp4"'

    def test_the_body_may_be_empty(self, done):
        w, video = done
        assert w.request("POST", f"/v1/videos/{video}/download_url").status == 200
        assert w.answer.response.header("cache-control") == "no-store"

    @pytest.mark.parametrize(
        ("body", "ttl"),
        [
            ({"ttl_seconds": 60}, 60),
            ({"ttlSeconds": "120"}, 120),
            ({"ttl_seconds": 1}, MIN_TTL),
            ({"ttl_seconds": 1e9}, MAX_TTL),
            ({"ttl_seconds": "soon"}, DEFAULT_TTL),
            ({"ttl_seconds": True, "index": None}, DEFAULT_TTL),
        ],
    )
    def test_time_to_live(self, done, body, ttl):
        w, video = done
        url, given = link_of(w, video, **body)
        assert given == ttl
        w.sleep(ttl)
        assert w.follow(url).status == 200
        w.sleep(1)
        assert w.follow(url).status == 401
        assert w.reason() == (401, "missing_or_invalid_authorization_header")
        assert w.follow(url, {"authorization": "Bearer sk"}).status == 200

    def test_an_index_beyond_all_outputs_is_signed_all_the_same(self, done):
        w, video = done
        url, _ = link_of(w, video, index=1e300)
        w.follow(url)
        assert w.reason() == (502, "missing_video_uri")

    def test_disposition_and_index(self, done):
        w, video = done
        url, _ = link_of(w, video, contentDisposition="INLINE", index=1)
        assert parse_qs(urlsplit(url).query)["index"] == ["1"]
        assert w.follow(url).header("content-disposition").startswith("inline;")

    def test_the_links_in_the_body_work(self, done):
        w, video = done
        seen = w.get(video)
        for url in (seen["download_url"], *(output["download_url"] for output in seen["outputs"])):
            assert w.follow(url).status == 200
        assert w.follow(seen["content_url"]).status == 401

    @pytest.mark.parametrize(
        "tamper",
        [
            lambda url: url.replace("download_sig=", "download_sig=0"),
            lambda url: url.replace("download_sig=", "download_sig=%C3%A9"),
            lambda url: url.replace("download_token=", "download_token=x"),
            lambda url: url.replace("expires_at=", "expires_at=9"),
            lambda url: url.replace("expires_at=", "expires_at=x"),
            lambda url: url.replace("expires_at=", "expires_at=" + "9" * 20),
            lambda url: url.partition("&download_sig")[0],
        ],
    )
    def test_a_tampered_link_is_no_link(self, done, tamper):
        w, video = done
        url, _ = link_of(w, video)
        w.follow(tamper(url))
        assert w.reason() == (401, "missing_or_invalid_authorization_header")

    def test_a_link_is_for_its_own_video(self, done):
        w, video = done
        url, _ = link_of(w, video)
        w.follow(url.replace(video, "G-another", 1))
        assert w.reason() == (400, "signed_download_video_mismatch")

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"{", "invalid_video_download_request_body"),
            (b"[]", "invalid_video_download_request"),
            ({"ttl_seconds": 0}, "invalid_video_download_request"),
            ({"index": -1}, "invalid_video_download_request"),
            ({"disposition": "sideways"}, "invalid_video_download_request"),
        ],
    )
    def test_a_body_of_no_use(self, done, body, reason):
        w, video = done
        w.request("POST", f"/v1/videos/{video}/download_url", body)
        assert w.reason() == (400, reason)
        assert w.last_answer().body["video_id"] == video

    def test_only_for_what_is_completed(self, world):
        w = world()
        w.request("POST", f"/v1/videos/{w.create()}/download_url")
        assert w.reason() == (400, "video_download_requires_completed_status")
        assert w.last_answer().body["status"] == "queued"
        w.request("POST", "/v1/videos/G-none/download_url")
        assert w.reason() == (404, "video_not_found_or_not_owned")
