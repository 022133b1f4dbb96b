"""The websocket of a job, as a value: who gets it, what is said on it, and when."""

import json

import pytest

from mockserver.core.job import CANCEL, Input
from mockserver.core.timeline import NO_END, Timed, TimelineStep
from mockserver.vendors.api import AppendInput
from mockserver.vendors.phaseo.traits import TRAITS
from mockserver.vendors.phaseo.websocket import CLOSED_BY_SERVER, accept_token
from mockserver.vendors.script import Script, TimelineRule

SECOND = 1_000_000
HANDSHAKE = {
    "upgrade": "websocket",
    "connection": "keep-alive, Upgrade",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}
KEY = {"authorization": "Bearer sk-test"}


def send_request(w, path, query="", **headers):
    return w.request("GET", path, headers={**KEY, **HANDSHAKE, **headers}, query=query)


def watch(w, video, query=""):
    answer = send_request(w, f"/v1/async/video/{video}/ws", query)
    assert answer.status == 101, answer.body
    assert w.answer.websocket is not None
    return w.answer.websocket


def job(w, video):
    return w.store.job("video", video)


def frames_of(output):
    return [json.loads(frame) for frame in output.frames]


class TestTheDoor:
    def test_without_an_upgrade_it_is_426_key_or_no_key(self, world):
        w = world()
        for headers in (KEY, {}, {"authorization": "Bearer invalid"}, {**KEY, "upgrade": "h2c"}):
            for path in ("/v1/async/video/nope/ws", "/v1/async/song/nope/ws"):
                answer = w.request("GET", path, headers=headers)
                assert answer.status == 426
                assert answer.headers == (("Content-Type", "application/json"), ("Upgrade", "websocket"))
                assert json.loads(answer.body) == {
                    "error": {
                        "code": "websocket_upgrade_required",
                        "message": "Use WebSocket upgrade for async job updates.",
                    }
                }

    def test_a_head_is_no_upgrade(self, world):
        w = world()
        assert w.request("HEAD", f"/v1/async/video/{w.create()}/ws", headers={**KEY, **HANDSHAKE}).status == 426

    @pytest.mark.parametrize("key", ["", "Bearer invalid", "Bearer expired"])
    def test_then_the_key(self, world, key):
        w = world()
        send_request(w, f"/v1/async/video/{w.create()}/ws", authorization=key)
        assert w.last_answer().status == 401

    @pytest.mark.parametrize("kind", ["song", "videos", "job"])
    def test_then_the_kind(self, world, kind):
        w = world()
        send_request(w, f"/v1/async/{kind}/{w.create()}/ws")
        assert w.reason() == (400, "invalid_async_job_path")

    def test_then_the_job(self, world):
        w = world()
        video = w.create()
        for path in (f"batch/{video}", "video/G-nope", f"BATCH/{video}"):
            send_request(w, f"/v1/async/{path}/ws")
            assert w.reason() == (404, "async_job_not_found_or_not_owned")
        w.sleep(30)
        w.request("DELETE", f"/v1/videos/{video}")
        send_request(w, f"/v1/async/video/{video}/ws")
        assert w.reason() == (404, "async_job_not_found_or_not_owned")

    def test_a_job_of_the_future_is_not_there(self, world):
        w = world()
        video = w.create()
        w.sleep(-1)
        send_request(w, f"/v1/async/video/{video}/ws")
        assert w.last_answer().status == 404

    @pytest.mark.parametrize(
        "bent",
        [
            {"connection": "keep-alive"},
            {"connection": ""},
            {"sec-websocket-version": "12"},
            {"sec-websocket-version": ""},
            {"sec-websocket-key": ""},
            {"sec-websocket-key": "short"},
            {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ"},
            {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZSE="},
            {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==\u00fc"},
        ],
    )
    def test_then_the_handshake(self, world, bent):
        w = world()
        send_request(w, f"/v1/async/video/{w.create()}/ws", **bent)
        assert w.reason() == (400, "bad_request")
        assert w.answer.websocket is None

    def test_and_then_it_is_open(self, world):
        w = world()
        answer = send_request(w, f"/v1/async/Video/{w.create()}/ws", upgrade="WebSocket")
        assert answer.status == 101
        assert answer.headers == (
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        )
        assert answer.body == b""

    def test_the_accept_of_the_rfc(self):
        assert accept_token(HANDSHAKE) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    @pytest.mark.parametrize("date", TRAITS)
    def test_since_june(self, world, date):
        w = world(date)
        expected = 101 if TRAITS[date].asynchronous else 404
        assert send_request(w, f"/v1/async/video/{w.seed()}/ws").status == expected

    def test_a_preference_is_for_answers_only(self, world):
        w = world()
        answer = send_request(w, f"/v1/async/video/{w.create()}/ws", prefer="state=completed")
        assert answer.status == 101
        assert answer.header("preference-applied") is None
        assert w.answer.websocket is not None
        assert send_request(w, f"/v1/async/video/{w.create()}/ws", prefer="code=503").status == 503

    def test_it_is_no_poll(self, world):
        w = world()
        video = w.create()
        watch(w, video)
        assert job(w, video).inputs == ()


class TestWhatIsAskedFor:
    @pytest.mark.parametrize(
        ("text", "milliseconds"),
        [
            ("", 2500), ("1500", 1500), (" 1500 ", 1500), ("1e3", 1000), ("2.5e3", 2500), ("1999.9", 1999),
            ("0", 1000), ("-5", 1000), ("999", 1000), ("10001", 10000), ("9e99", 10000), ("-9e99", 1000),
            (".5", 1000), ("5.", 1000), ("soon", 2500), ("1_500", 2500), ("inf", 2500), ("nan", 2500), ("0x7d0", 2500),
            ("1" * 20, 2500), ("\u0661500", 2500),
        ],
    )  # fmt: skip
    def test_the_interval(self, world, text, milliseconds):
        w = world()
        assert watch(w, w.create(), f"interval_ms={text}").interval == milliseconds * 1000

    @pytest.mark.parametrize(
        ("query", "closes"),
        [
            ("", True), ("close_on_terminal=1", True), ("close_on_terminal=true", True), ("close_on_terminal=", True),
            ("close_on_terminal=0", False), ("close_on_terminal=FALSE", False), ("close_on_terminal=%20no", False),
            ("close_on_terminal=off", False), ("close_on_terminal=0&close_on_terminal=1", False),
        ],
    )  # fmt: skip
    def test_the_end(self, world, query, closes):
        w = world()
        assert watch(w, w.create(), query).closes_on_end is closes


class TestWhatIsSaid:
    def test_a_snapshot_then_updates_then_the_end(self, world):
        w = world()
        video = w.create()
        it = watch(w, video)
        output = it.on_open(job(w, video), w.now)
        assert [(each["type"], each["data"]["status"]) for each in frames_of(output)] == [("job.snapshot", "queued")]
        assert frames_of(output)[0]["data"]["polling_url"] == f"http://mock/s/x/v1/videos/{video}"
        assert output.close is None, "2 s of queued end before the first tick"
        assert output.next_tick - w.now == 2_500_000, "2 s of queued end before the first tick"
        w.sleep(2.5)
        output = it.on_tick(job(w, video), w.now, output.last_payload)
        assert [(each["type"], each["data"]["status"]) for each in frames_of(output)] == [("job.updated", "processing")]
        w.sleep(2.5)
        repeated = it.on_tick(job(w, video), w.now, output.last_payload)
        assert repeated.frames == ()
        assert repeated.last_payload == output.last_payload
        assert repeated.close is None
        w.sleep(30)
        output = it.on_tick(job(w, video), w.now, output.last_payload)
        assert [(each["type"], each["data"]["status"]) for each in frames_of(output)] == [("job.updated", "completed")]
        assert output.close == CLOSED_BY_SERVER
        assert output.next_tick is None
        assert CLOSED_BY_SERVER == (1000, "closed")

    @pytest.mark.parametrize(("state", "ends"), [("completed", True), ("failed", True), ("cancelled", True)])
    def test_an_ended_job_ends_it_at_once(self, world, state, ends):
        w = world(
            script=Script(
                timeline_rules=(
                    TimelineRule(
                        (TimelineStep("queued", Timed(0)), TimelineStep("processing", Timed(0)), TimelineStep(state))
                    ),
                )
            )
        )
        video = w.create()
        assert watch(w, video).on_open(job(w, video), w.now).close == CLOSED_BY_SERVER
        stays = watch(w, video, "close_on_terminal=no").on_open(job(w, video), w.now)
        assert len(stays.frames) == 1
        assert stays.close is None
        assert stays.next_tick is None

    def test_an_expired_video_does_not_end_it(self, world):
        """The specification says that it does, the source that it does not."""
        w = world(
            script=Script(timeline_rules=(TimelineRule((TimelineStep("queued", Timed(0)), TimelineStep("expired"))),))
        )
        video = w.create()
        output = watch(w, video).on_open(job(w, video), w.now)
        assert frames_of(output)[0]["data"]["status"] == "expired"
        assert output.close is None
        assert output.next_tick is None

    def test_a_deleted_job(self, world):
        w = world()
        video = w.create()
        it = watch(w, video)
        w.sleep(30)
        w.request("DELETE", f"/v1/videos/{video}")
        gone = [{"type": "job.deleted", "data": {"id": video, "kind": "video"}}]
        for found in (job(w, video), None):
            output = it.on_tick(found, w.now, "")
            assert frames_of(output) == gone
            assert output.close == CLOSED_BY_SERVER

    def test_ping_and_refresh(self, world):
        w = world()
        video = w.create()
        it = watch(w, video)
        first = it.on_open(job(w, video), w.now)
        pong = it.on_message("ping", job(w, video), w.now, first.last_payload)
        assert frames_of(pong) == [{"type": "pong"}]
        assert pong.last_payload == first.last_payload
        assert pong.close is None
        assert it.on_message("refresh", job(w, video), w.now, first.last_payload).frames == (), "nothing has changed"
        w.sleep(2)
        output = it.on_message("refresh", job(w, video), w.now, first.last_payload)
        assert frames_of(output)[0]["type"] == "job.updated"
        w.sleep(40)
        assert it.on_message("refresh", job(w, video), w.now, output.last_payload).close == CLOSED_BY_SERVER

    @pytest.mark.parametrize("text", ['{"type": "ping"}', '{"type":"refresh"}', "PING", " ping", "", "\u0000"])
    def test_nothing_else_is_answered(self, world, text):
        """The specification has the JSON forms; the source does not know them."""
        w = world()
        video = w.create()
        it = watch(w, video)
        w.sleep(2)
        assert it.on_message(text, job(w, video), w.now, "before") == (
            (),
            "before",
            None,
            w.now - 2 * SECOND + 27_500_000,
        )

    def test_a_pong_to_the_watcher_of_a_gone_job(self, world):
        w = world()
        it = watch(w, w.create())
        assert it.on_message("ping", None, w.now, "").next_tick == w.now + 2_500_000


class TestTicks:
    def test_they_are_counted_from_the_opening(self, world):
        w = world()
        it = watch(w, w.create(), "interval_ms=3000")
        start = w.now
        assert [it.next_tick(start + at) - start for at in (-1, 0, 1, 2_999_999, 3_000_000)] == [
            0, 3_000_000, 3_000_000, 3_000_000, 6_000_000,
        ]  # fmt: skip

    def test_there_is_none_before_something_can_change(self, world):
        course = (TimelineStep("queued", Timed(7 * SECOND)), TimelineStep("processing", NO_END))
        w = world(script=Script(timeline_rules=(TimelineRule(course),)))
        video = w.create()
        it = watch(w, video)
        assert it.on_open(job(w, video), w.now).next_tick == w.now + 7_500_000
        w.sleep(7.5)
        assert it.on_tick(job(w, video), w.now, "").next_tick is None

    def test_a_change_on_a_tick_is_seen_at_that_tick(self, world):
        w = world(
            script=Script(
                timeline_rules=(
                    TimelineRule((TimelineStep("queued", Timed(5 * SECOND)), TimelineStep("processing", NO_END))),
                )
            )
        )
        video = w.create()
        assert watch(w, video).on_open(job(w, video), w.now).next_tick == w.now + 5 * SECOND

    def test_a_renewed_link_alone_is_no_news(self, world):
        w = world()
        video = w.create()
        w.sleep(30)
        output = watch(w, video, "close_on_terminal=0").on_open(job(w, video), w.now)
        assert output.next_tick is None
        w.sleep(600)
        repeated = watch(w, video, "close_on_terminal=0").on_message(
            "refresh", job(w, video), w.now, output.last_payload
        )
        assert len(repeated.frames) == 1, "but a client that asks gets it"

    def test_a_command_is_seen(self, world):
        w = world("2026-06-11")
        video = w.create()
        it = watch(w, video)
        first = it.on_open(job(w, video), w.now)
        w.store.commit([AppendInput("video", video, 0, Input(w.now, w.store.next_seq(), CANCEL))])
        output = it.on_tick(job(w, video), w.now, first.last_payload)
        assert frames_of(output)[0]["data"]["status"] == "cancelled"
        assert output.close == CLOSED_BY_SERVER
