"""A session's webhooks: what is on the agenda, what is sent, what came of it. No network, no waiting."""

import json
from dataclasses import replace
from typing import Any

import pytest

from mockserver.core.delivery import Outcome
from mockserver.core.instants import HOUR, MINUTE, SECOND
from mockserver.core.timeline import For, Manual, Polls, Step
from mockserver.engine import deliveries as module
from mockserver.engine.deliveries import Posting
from mockserver.engine.sent import SentLog
from mockserver.engine.session import Session
from mockserver.engine.store import Conflict
from mockserver.errors import MockError
from mockserver.vendors.hooks import SECRET, Answered, Hook, Spoil
from mockserver.vendors.script import Course, Script, SeededJob
from tests.support.fake_world import START, fake_world, json_of
from tests.support.webhook_world import ENDPOINT, EVENTS, TEN_SECONDS, WebhookWorld

CHANGES = ["created", "status_changed", "status_changed", "completed"]


def bad(status: int = 500) -> Outcome:
    return Outcome(status)


def test_events_are_told_when_they_happen_one_entry_a_job():
    world = WebhookWorld()
    world.create()
    assert (len(world.session.agenda), len(world.session.deliveries)) == (1, 1)
    assert world.session.deliveries.next_at == START
    world.run_until(MINUTE)
    assert (world.event_types(), world.times()) == (CHANGES, [0, 2, 10, 10])
    assert [sent.state for sent in world.sent] == ["delivered"] * 4
    assert (len(world.session.agenda), len(world.session.deliveries), world.session.deliveries.next_at) == (0, 0, None)


def test_nobody_is_told_of_a_job_that_names_no_endpoint_nor_without_one():
    world = WebhookWorld()
    world.call_operation("create")
    WebhookWorld(None).create()
    assert len(world.session.agenda) == 0
    alone = WebhookWorld(None)
    alone.create()
    assert len(alone.session.agenda) == 0


def test_a_failed_attempt_is_tried_again_on_the_vendor_s_schedule_and_given_up_in_the_end():
    world = WebhookWorld(
        Hook(events=("video.failed",)), courses=(Course((Step("queued", For(SECOND)), Step("failed"))),)
    )
    video = world.create()
    world.outcomes = [bad(), Outcome(error="no answer within 30 s"), bad(302), bad(404)]
    world.run_until(HOUR)
    assert world.times() == [1, 61, 361, 1261]
    assert [(sent.attempt, sent.state, sent.outcome.error) for sent in world.sent] == [
        (1, "retrying", "Webhook returned HTTP 500"),
        (2, "retrying", "no answer within 30 s"),
        (3, "retrying", "Webhook redirects are not allowed"),
        (4, "failed", "Webhook returned HTTP 404"),
    ]
    assert [sent.again and (sent.again - START) // SECOND for sent in world.sent] == [61, 361, 1261, None]
    shown = json_of(world.call_operation("get", video))["webhook"]
    assert (shown["delivery"]["last_attempt_status"], shown["delivery"]["total_attempts"]) == ("failed_permanently", 4)
    assert len({sent.written.event_id for sent in world.sent}) == 1
    world.contract_observer.assert_clean()


def test_a_retry_does_not_keep_other_events_waiting():
    world = WebhookWorld()
    world.create()
    world.outcomes = [bad()]
    world.run_until(2 * MINUTE)
    assert (world.event_types(), world.times()) == (["created", *CHANGES[1:], "created"], [0, 2, 10, 10, 60])


def test_what_changes_a_job_changes_what_is_told():
    world = WebhookWorld()
    video = world.create()
    world.run_until(5 * SECOND)
    world.call_operation("cancel", video)
    world.run_until(MINUTE)
    assert world.event_types() == ["created", "status_changed", "status_changed", "cancelled"]
    assert world.times() == [0, 2, 5, 5]


def test_polls_that_change_nothing_put_nothing_on_the_agenda():
    world = WebhookWorld(
        courses=(Course((Step("queued", Polls(50)), Step("processing", Manual()), Step("completed"))),)
    )
    video = world.create()
    world.run_until(SECOND)
    for _ in range(40):
        world.call_operation("get", video)
    assert len(world.session.agenda) == 0
    for _ in range(11):
        world.call_operation("get", video)
    world.run_until(SECOND)
    assert world.event_types() == ["created", "status_changed"]
    world.session.move(video, "completed", 0)
    world.run_until(SECOND)
    assert world.event_types() == CHANGES


def test_a_deleted_video_is_not_told_of_any_more():
    world = WebhookWorld()
    video = world.create()
    world.outcomes = [bad()]
    world.run_until(10 * SECOND)
    world.call_operation("delete", video)
    world.run_until(HOUR)
    assert world.event_types() == CHANGES
    assert len(world.session.deliveries) == 0


def test_jobs_of_the_scenario_are_told_of_from_the_start_on_and_not_of_what_was_before():
    seeds = tuple(SeededJob(age=age, body={"webhook": ENDPOINT}) for age in (0, 5 * SECOND, MINUTE))
    world = WebhookWorld(jobs=seeds)
    assert len(world.session.agenda) == 2
    world.run_until(MINUTE)
    assert sorted(zip(world.times(), world.event_types(), strict=True)) == [
        (0, "created"), (2, "status_changed"), (5, "completed"), (5, "status_changed"),
        (10, "completed"), (10, "status_changed"),
    ]  # fmt: skip


def test_of_one_instant_the_older_job_comes_first():
    world = WebhookWorld(Hook(events=("video.completed",)))
    videos = [world.create() for _ in range(5)]
    world.run_until(MINUTE)
    assert [sent.job_id for sent in world.sent] == videos


def test_while_a_delivery_is_under_way_nothing_else_of_the_job_is():
    world = WebhookWorld()
    video = world.create()
    seen: list[int] = []

    def during() -> None:
        world.call_operation("cancel", video)
        seen.append(len(world.session.agenda))

    world.during = during
    due = world.session.agenda.take(START)
    assert due is not None
    world.deliver(due.what)
    assert seen == [0]
    assert len(world.session.deliveries) == 1
    world.during = lambda: None
    world.run_until(SECOND)
    assert world.event_types() == ["created", "status_changed", "cancelled"]


def test_an_entry_that_is_not_the_latest_is_void_and_void_ones_are_swept_out(monkeypatch):
    monkeypatch.setattr(module, "CLUTTER", 3)
    timeline = (Step("queued", Manual()), Step("processing", For(SECOND)), Step("completed"))
    world = WebhookWorld(Hook(events=("video.completed",)), courses=(Course(timeline),))
    video = world.create()
    world.session.agenda.add(START + HOUR, "somebody else's")
    for at in range(1, 12):
        world.now = START + at * 1000
        world.session.move(video, "queued", 0, force=True)
        world.session.move(video, "processing", 0)
        assert len(world.session.agenda) <= 6
    world.run_until(MINUTE)
    assert world.event_types() == ["completed"]
    assert len(world.session.agenda) == 1


def test_an_entry_whose_attempt_has_moved_is_planned_anew():
    world = WebhookWorld(Hook(events=("video.completed",)))
    world.create()
    due = world.session.agenda.take(START + MINUTE)
    assert due is not None
    assert world.session.deliveries.begin(due.what, START + SECOND, "http://x") is None
    assert world.session.agenda.next == START + 10 * SECOND


def test_what_changes_nothing_to_come_leaves_the_entry_as_it_is():
    world = WebhookWorld()
    video = world.create()
    room, store = world.session.room("phaseo")
    held = world.session.agenda.take(START)
    assert held is not None
    world.session.agenda.add(*held[:1], held.what, held.order)
    world.session.deliveries.plan(room, store, "video", video)
    assert len(world.session.agenda) == 1
    world.run_until(MINUTE)
    assert world.event_types() == CHANGES


class TestTroubles:
    def of(self, *troubles: Spoil, **more: Any) -> WebhookWorld:
        world = WebhookWorld(Hook(events=EVENTS, deliver=troubles, **more))
        world.create()
        world.run_until(HOUR)
        return world

    def test_duplicates_are_the_same_to_the_byte_and_count_once(self):
        world = self.of(Spoil("completed", duplicate=2))
        assert world.event_types() == [*CHANGES, "completed", "completed"]
        copies = world.sent[-2:]
        assert [sent.why for sent in copies] == ["duplicate"] * 2
        assert {sent.written for sent in copies} == {world.sent[-3].written}
        job = next(world.session.room("phaseo")[1].everything())
        assert sum(happened.name == "video.completed" for happened in job.inputs) == 1

    def test_only_the_first_attempt_is_sent_twice(self):
        world = WebhookWorld(Hook(events=("video.created",), deliver=(Spoil(duplicate=1),)))
        world.create()
        world.outcomes = [bad(), bad()]
        world.run_until(HOUR)
        assert [(sent.attempt, sent.why, sent.state) for sent in world.sent] == [
            (1, "", "retrying"), (1, "duplicate", "failed"), (2, "", "delivered")
        ]  # fmt: skip

    def test_what_is_late_is_told_later(self):
        world = self.of(Spoil("created", late=5 * MINUTE))
        assert (world.event_types(), world.times()) == ([*CHANGES[1:], "created"], [2, 10, 10, 300])
        assert json.loads(world.sent[-1].written.body)["data"]["status"] == "completed"

    def test_what_is_reordered_is_told_after_the_next_one(self):
        world = self.of(Spoil("created", reorder=True))
        assert (world.event_types(), world.times()) == (["status_changed", "created", *CHANGES[2:]], [2, 2, 10, 10])
        assert self.of(Spoil("completed", reorder=True)).event_types() == CHANGES

    def test_what_is_lost_is_never_sent_and_the_video_does_not_know(self):
        world = self.of(Spoil("completed", lose=True))
        assert [(sent.event.type, sent.state) for sent in world.sent[3:]] == [("video.completed", "lost")]
        assert len(world.session.deliveries) == 0
        job = next(world.session.room("phaseo")[1].everything())
        shown = json_of(world.call_operation("get", job.id))["webhook"]["delivery"]
        assert (shown["total_attempts"], shown["pending_retries"]) == (3, 0)

    @pytest.mark.parametrize(
        ("sign", "verdict"), [("wrong-secret", "wrong"), ("skewed", "skewed"), ("unsigned", "unsigned")]
    )
    def test_a_spoiled_signature(self, sign, verdict):
        world = self.of(Spoil("completed", sign=sign))
        assert [sent.signature for sent in world.sent] == ["ok", "ok", "ok", verdict]

    def test_a_replay_has_its_old_timestamp(self):
        world = self.of(Spoil("completed", replay=10 * MINUTE))
        assert (world.event_types(), world.times()[-1]) == ([*CHANGES, "completed"], 610)
        assert (world.sent[-1].why, world.sent[-1].signature) == ("replay", "skewed")
        assert world.sent[-1].written == world.sent[-2].written

    def test_a_wall_clock_s_time_can_be_signed_with(self):
        world = WebhookWorld(Hook(events=("video.created",), wall=True))
        world.wall = START + 24 * HOUR
        world.create()
        world.run_until(SECOND)
        headers = dict(world.sent[0].written.headers)
        assert headers["x-phaseo-timestamp"] == str(START // SECOND + 86_400)
        assert world.sent[0].signature == "ok"
        world = WebhookWorld(Hook(events=("video.created",), wall=True))
        world.create()
        world.run_until(SECOND)
        assert dict(world.sent[0].written.headers)["x-phaseo-timestamp"] == str(START // SECOND)


def test_the_session_s_own_receiver_answers_as_the_scenario_says():
    world = WebhookWorld(Hook(events=EVENTS, receiver=(503, "timeout")))
    world.create()
    world.run_until(30 * SECOND)
    assert [(sent.outcome.status, sent.outcome.error, sent.url) for sent in world.sent] == [
        (503, "Webhook returned HTTP 503", ""),
        (None, "Webhook request timed out after 30s", ""),
        (200, "", ""),
        (200, "", ""),
    ]


def test_what_a_receiver_says_is_shown_to_the_vendor():
    world = WebhookWorld(Hook(events=EVENTS, receiver=(Answered(503, "come later"),)))
    world.create()
    world.run_until(2 * SECOND)
    assert world.sent[0].outcome[:2] == (503, "come later")


def test_without_an_endpoint_a_receiver_answers_200_too():
    judged = fake_world("phaseo", "2026-07-09", Script(courses=(Course(TEN_SECONDS),)))
    judged.call_operation(
        "create", body={"model": "qwen/wan2.7-t2v", "prompt": "x", "webhook": {"url": "https://a.example/"}}
    )
    due = judged.session.agenda.take(START + HOUR)
    assert due is not None
    judged.advance(2 * SECOND)
    posting = judged.session.deliveries.begin(due.what, judged.now, "http://x")
    assert posting is not None
    assert posting.url == "https://a.example/"
    sent = judged.session.deliveries.finish(posting, judged.session.deliveries.receive(posting), judged.now)
    assert (sent.state, sent.signature) == ("delivered", "unsigned")


def test_no_answer_and_no_reason_is_told_as_such():
    world = WebhookWorld(Hook(events=("video.created",)))
    world.create()
    world.outcomes = [Outcome()]
    world.run_until(SECOND)
    assert world.sent[0].outcome.error == "no answer"


def test_an_outcome_is_remembered_whatever_happened_to_the_job_meanwhile():
    world = WebhookWorld()
    video = world.create()
    world.during = lambda: world.session.move(video, "processing", 0) and None
    due = world.session.agenda.take(START)
    assert due is not None
    _, store = world.session.room("phaseo")
    commit, refused = store.commit, [True]

    def once(changes: Any) -> None:
        if refused and not world.session.deliveries.log.seq and world.session.deliveries._busy:
            job = store.job("video", video)
            assert job is not None
            if any(happened.kind == "move" for happened in job.inputs):
                refused.clear()
                raise Conflict
        commit(changes)

    store.commit = once  # type: ignore[method-assign]
    world.deliver(due.what)
    job = store.job("video", video)
    assert job is not None
    assert not refused
    assert [happened.kind for happened in job.inputs] == ["move", "delivery"]


class TestAgain:
    def test_a_redelivery_keeps_its_id_is_signed_anew_and_counts_nowhere(self):
        world = WebhookWorld()
        world.create()
        world.run_until(MINUTE)
        first = world.sent[0]
        world.run_until(HOUR)
        posting = world.session.deliveries.once_more(first.id, world.now, "http://x")
        sent = world.session.deliveries.finish(posting, Outcome(200), world.now)
        assert (sent.why, sent.attempt, sent.state, sent.signature) == ("redelivery", 1, "delivered", "ok")
        assert sent.written.event_id == first.written.event_id
        assert sent.written.headers != first.written.headers
        job = next(world.session.room("phaseo")[1].everything())
        assert len(job.inputs) == 4
        assert world.session.deliveries.copies(posting) == []

    def test_what_nobody_knows_cannot_be_sent_again(self):
        world = WebhookWorld()
        with pytest.raises(MockError, match="no delivery 'dlv_x'"):
            world.session.deliveries.once_more("dlv_x", START, "http://x")

    def test_nor_what_nobody_is_told_of_any_more(self):
        world = WebhookWorld()
        world.create()
        world.run_until(SECOND)
        world.session.equip("phaseo", None, 0)
        with pytest.raises(MockError, match="has nobody to be told"):
            world.session.deliveries.once_more(world.sent[0].id, START, "http://x")


class TestEndpoints:
    def test_an_endpoint_that_comes_later_is_told_what_happens_from_then_on(self):
        world = WebhookWorld(None)
        video = world.create()
        world.run_until(5 * SECOND)
        world.session.equip("phaseo", Hook(events=EVENTS), 0)
        room, store = world.session.room("phaseo")
        world.session.deliveries.plan(room, store, "video", video)
        assert world.session.deliveries.hook("phaseo") == Hook(events=EVENTS)
        world.run_until(MINUTE)
        assert world.event_types() == ["status_changed", "completed"]

    def test_one_that_goes_takes_its_entries_with_it(self):
        world = WebhookWorld()
        video = world.create()
        world.session.equip("phaseo", None, 0)
        room, store = world.session.room("phaseo")
        world.session.deliveries.plan(room, store, "video", video)
        world.session.deliveries.plan(room, store, "video", "nobody")
        assert len(world.session.deliveries) == 0
        world.run_until(HOUR)
        assert world.sent == []

    def test_an_entry_that_was_begun_for_nobody_is_nothing(self):
        world = WebhookWorld()
        world.create()
        due = world.session.agenda.take(START)
        assert due is not None
        world.session.equip("phaseo", None, 0)
        assert world.session.deliveries.begin(due.what, START, "http://x") is None

    def test_the_server_s_own_holds_where_a_scenario_has_none(self):
        judged = fake_world("reap")
        setup = judged.session.setup
        session = Session(replace(setup, hooks={"reap": Hook(url="http://127.0.0.1:1/")}))
        hook = session.room("reap")[0].script.webhooks
        assert hook == Hook(url="http://127.0.0.1:1/")
        assert WebhookWorld().session.deliveries.hook("phaseo") == Hook(events=EVENTS)


def test_what_the_vendor_does_not_sign_is_unsigned():
    judged = fake_world(
        "reap", script=Script(webhooks=Hook(), courses=(Course((Step("processing", For(1)), Step("completed"))),))
    )
    judged.call_operation("create")
    due = judged.session.agenda.take(START + 1)
    assert due is not None
    judged.advance(1)
    posting = judged.session.deliveries.begin(due.what, judged.now, "http://x")
    assert posting is not None
    bodied = judged.session.deliveries.finish(posting, Outcome(200, "thanks"), judged.now)
    assert (bodied.signature, bodied.state, bodied.outcome.error) == (
        "unsigned", "failed", "the answer's body must be empty"
    )  # fmt: skip


def test_uploads_tell_nobody():
    judged = fake_world("reap", script=Script(webhooks=Hook()))
    judged.call_operation("upload_url")
    assert len(judged.session.agenda) == 0


class TestLog:
    def posted(self) -> WebhookWorld:
        world = WebhookWorld(Hook(events=EVENTS, secret="whsec_x"))
        world.create()
        world.run_until(MINUTE)
        return world

    def test_an_entry_as_the_admin_api_shows_it(self):
        world = self.posted()
        shown = world.sent[0].json()
        assert json.loads(shown.pop("body"))["type"] == "video.created"
        assert ["x-phaseo-attempt", "1"] in shown.pop("headers")
        assert shown == {
            "id": "dlv_1000001",
            "at": "2026-10-01T12:00:00.000000Z",
            "vendor": "phaseo",
            "job": world.sent[0].job_id,
            "event": "video.created",
            "key": "video.created",
            "event_id": world.sent[0].written.event_id,
            "attempt": 1,
            "signature": "ok",
            "cause": None,
            "url": None,
            "state": "delivered",
            "status": 200,
            "error": None,
            "next_attempt": None,
        }
        assert "whsec_x" not in json.dumps([sent.json() for sent in world.sent])
        assert SECRET not in json.dumps([sent.json() for sent in self.posted().sent])

    def test_it_is_bounded_and_its_counters_are_not(self):
        sent = self.posted().sent[0]
        log = SentLog(entries=3)
        for number in range(5):
            log.add(sent._replace(id=f"dlv_{number}"))
        assert ([one.id for one in log], len(log), log.evicted, log.seq) == (["dlv_2", "dlv_3", "dlv_4"], 3, 2, 5)
        assert log.counts == {("phaseo", "video.created", "delivered"): 5}
        assert log.find("dlv_0") is None
        found = log.find("dlv_3")
        assert found is not None
        small = SentLog(size=len(sent.written.body))
        small.add(sent)
        small.add(found)
        assert [one.id for one in small] == ["dlv_3"]
        tiny = SentLog(size=1)
        tiny.add(sent)
        assert len(tiny) == 1


def test_a_posting_names_its_job_and_its_receiver_s_time():
    world = WebhookWorld(Hook(url="http://127.0.0.1:1/"))
    world.create()
    due = world.session.agenda.take(START + MINUTE)
    assert due is not None
    world.now = due.at
    posting = world.session.deliveries.begin(due.what, due.at, "http://x")
    assert isinstance(posting, Posting)
    assert (posting.url, posting.timeout, posting.attempt) == ("http://127.0.0.1:1/", 30 * SECOND, 1)
