"""A session's webhooks: what is on the agenda, what is sent, what came of it. No network, no waiting."""

import json
from typing import Any

import pytest

from mockserver.core.delivery import DeliveryOutcome
from mockserver.core.instants import HOUR, MINUTE, SECOND
from mockserver.core.timeline import Manual, Polls, Timed, TimelineStep
from mockserver.engine.notify import deliveries as module
from mockserver.engine.notify.delivery_log import DeliveryLog, DeliveryRecord
from mockserver.engine.notify.outgoing_delivery import OutgoingDelivery
from mockserver.engine.session import Session
from mockserver.engine.store import VersionConflict
from mockserver.errors import MockError
from mockserver.vendors.api import Era
from mockserver.vendors.script import Script, SeededJob, TimelineRule
from mockserver.vendors.webhook_endpoint import DEFAULT_SECRET, DeliveryFault, ReceiverResponse, WebhookEndpoint
from tests.support.fake_world import ERAS, START, fake_world, json_of
from tests.support.webhook_world import ENDPOINT, EVENTS, TEN_SECONDS, WebhookWorld

CHANGES = ["created", "status_changed", "status_changed", "completed"]


def unsigned_era() -> Era:
    """Return an era of Phaseo in which nothing is signed."""
    era = ERAS["phaseo@2026-08-05"]
    video = era.kinds["video"]
    assert video.webhooks is not None
    unsigned = video._replace(webhooks=video.webhooks._replace(signature=None))
    return era._replace(kinds={**era.kinds, "video": unsigned})


def bad(status: int = 500) -> DeliveryOutcome:
    return DeliveryOutcome(status)


def test_events_are_told_when_they_happen_one_entry_a_job():
    world = WebhookWorld()
    world.create()
    assert len(world.session.schedule) == 1
    assert len(world.session.deliveries) == 1
    assert world.session.deliveries.next_due == START
    world.run_until(MINUTE)
    assert world.event_types() == CHANGES
    assert world.times() == [0, 2, 10, 10]
    assert [sent.state for sent in world.sent] == ["delivered"] * 4
    assert len(world.session.schedule) == 0
    assert len(world.session.deliveries) == 0
    assert world.session.deliveries.next_due is None


def test_nobody_is_told_of_a_job_that_names_no_endpoint_nor_without_one():
    world = WebhookWorld()
    world.call_operation("create")
    WebhookWorld(None).create()
    assert len(world.session.schedule) == 0
    alone = WebhookWorld(None)
    alone.create()
    assert len(alone.session.schedule) == 0


def test_a_failed_attempt_is_tried_again_on_the_vendor_s_schedule_and_given_up_in_the_end():
    world = WebhookWorld(
        WebhookEndpoint(events=("video.failed",)),
        courses=(TimelineRule((TimelineStep("queued", Timed(SECOND)), TimelineStep("failed"))),),
    )
    video = world.create()
    world.outcomes = [bad(), DeliveryOutcome(error="no answer within 30 s"), bad(302), bad(404)]
    world.run_until(HOUR)
    assert world.times() == [1, 61, 361, 1261]
    assert [(sent.attempt, sent.state, sent.outcome.error) for sent in world.sent] == [
        (1, "retrying", "Webhook returned HTTP 500"),
        (2, "retrying", "no answer within 30 s"),
        (3, "retrying", "Webhook redirects are not allowed"),
        (4, "failed", "Webhook returned HTTP 404"),
    ]
    assert [sent.retry_at and (sent.retry_at - START) // SECOND for sent in world.sent] == [61, 361, 1261, None]
    shown = json_of(world.call_operation("get", video))["webhook"]
    assert shown["delivery"]["last_attempt_status"] == "failed_permanently"
    assert shown["delivery"]["total_attempts"] == 4
    assert len({sent.rendered.event_id for sent in world.sent}) == 1
    world.contract_observer.assert_clean()


def test_a_retry_does_not_keep_other_events_waiting():
    world = WebhookWorld()
    world.create()
    world.outcomes = [bad()]
    world.run_until(2 * MINUTE)
    assert world.event_types() == ["created", *CHANGES[1:], "created"]
    assert world.times() == [0, 2, 10, 10, 60]


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
        courses=(
            TimelineRule(
                (TimelineStep("queued", Polls(50)), TimelineStep("processing", Manual()), TimelineStep("completed"))
            ),
        )
    )
    video = world.create()
    world.run_until(SECOND)
    for _ in range(40):
        world.call_operation("get", video)
    assert len(world.session.schedule) == 0
    for _ in range(11):
        world.call_operation("get", video)
    world.run_until(SECOND)
    assert world.event_types() == ["created", "status_changed"]
    world.session.move_job(video, "completed", 0)
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
    assert len(world.session.schedule) == 2
    world.run_until(MINUTE)
    assert sorted(zip(world.times(), world.event_types(), strict=True)) == [
        (0, "created"), (2, "status_changed"), (5, "completed"), (5, "status_changed"),
        (10, "completed"), (10, "status_changed"),
    ]  # fmt: skip


def test_of_one_instant_the_older_job_comes_first():
    world = WebhookWorld(WebhookEndpoint(events=("video.completed",)))
    videos = [world.create() for _ in range(5)]
    world.run_until(MINUTE)
    assert [sent.job_id for sent in world.sent] == videos


def test_while_a_delivery_is_under_way_nothing_else_of_the_job_is():
    world = WebhookWorld()
    video = world.create()
    seen: list[int] = []

    def during() -> None:
        world.call_operation("cancel", video)
        seen.append(len(world.session.schedule))

    world.during = during
    due = world.session.schedule.pop_due(START)
    assert due is not None
    world.deliver(due.item)
    assert seen == [0]
    assert len(world.session.deliveries) == 1
    world.during = lambda: None
    world.run_until(SECOND)
    assert world.event_types() == ["created", "status_changed", "cancelled"]


def test_an_entry_that_is_not_the_latest_is_void_and_void_ones_are_swept_out(monkeypatch):
    monkeypatch.setattr(module, "MAX_VOID_ENTRIES", 3)
    timeline = (TimelineStep("queued", Manual()), TimelineStep("processing", Timed(SECOND)), TimelineStep("completed"))
    world = WebhookWorld(WebhookEndpoint(events=("video.completed",)), courses=(TimelineRule(timeline),))
    video = world.create()
    world.session.schedule.add(START + HOUR, "another owner's")
    for at in range(1, 12):
        world.now = START + at * 1000
        world.session.move_job(video, "queued", 0, force=True)
        world.session.move_job(video, "processing", 0)
        assert len(world.session.schedule) <= 6
    world.run_until(MINUTE)
    assert world.event_types() == ["completed"]
    assert len(world.session.schedule) == 1


def test_an_entry_whose_attempt_has_moved_is_planned_anew():
    world = WebhookWorld(WebhookEndpoint(events=("video.completed",)))
    world.create()
    due = world.session.schedule.pop_due(START + MINUTE)
    assert due is not None
    assert world.session.deliveries.begin(due.item, START + SECOND, "http://x") is None
    assert world.session.schedule.next_due == START + 10 * SECOND


def test_what_changes_nothing_to_come_leaves_the_entry_as_it_is():
    world = WebhookWorld()
    video = world.create()
    room = world.session.context("phaseo")
    store = room.store
    held = world.session.schedule.pop_due(START)
    assert held is not None
    world.session.schedule.add(*held[:1], held.item, held.order)
    world.session.deliveries.reschedule(room, store.job("video", video))
    assert len(world.session.schedule) == 1
    world.run_until(MINUTE)
    assert world.event_types() == CHANGES


class TestTroubles:
    def of(self, *troubles: DeliveryFault, **more: Any) -> WebhookWorld:
        world = WebhookWorld(WebhookEndpoint(events=EVENTS, delivery_faults=troubles, **more))
        world.create()
        world.run_until(HOUR)
        return world

    def test_duplicates_are_the_same_to_the_byte_and_count_once(self):
        world = self.of(DeliveryFault("completed", duplicate=2))
        assert world.event_types() == [*CHANGES, "completed", "completed"]
        copies = world.sent[-2:]
        assert [sent.cause for sent in copies] == ["duplicate"] * 2
        assert {sent.rendered for sent in copies} == {world.sent[-3].rendered}
        job = next(world.session.context("phaseo").store.all_jobs())
        assert sum(happened.name == "video.completed" for happened in job.inputs) == 1

    def test_only_the_first_attempt_is_sent_twice(self):
        world = WebhookWorld(WebhookEndpoint(events=("video.created",), delivery_faults=(DeliveryFault(duplicate=1),)))
        world.create()
        world.outcomes = [bad(), bad()]
        world.run_until(HOUR)
        assert [(sent.attempt, sent.cause, sent.state) for sent in world.sent] == [
            (1, "", "retrying"), (1, "duplicate", "failed"), (2, "", "delivered")
        ]  # fmt: skip

    def test_what_is_late_is_told_later(self):
        world = self.of(DeliveryFault("created", delay=5 * MINUTE))
        assert world.event_types() == [*CHANGES[1:], "created"]
        assert world.times() == [2, 10, 10, 300]
        assert json.loads(world.sent[-1].rendered.body)["data"]["status"] == "completed"

    def test_what_is_reordered_is_told_after_the_next_one(self):
        world = self.of(DeliveryFault("created", reorder=True))
        assert world.event_types() == ["status_changed", "created", *CHANGES[2:]]
        assert world.times() == [2, 2, 10, 10]
        assert self.of(DeliveryFault("completed", reorder=True)).event_types() == CHANGES

    def test_what_is_lost_is_never_sent_and_the_video_does_not_know(self):
        world = self.of(DeliveryFault("completed", drop=True))
        assert [(sent.event.type, sent.state) for sent in world.sent[3:]] == [("video.completed", "lost")]
        assert len(world.session.deliveries) == 0
        job = next(world.session.context("phaseo").store.all_jobs())
        shown = json_of(world.call_operation("get", job.id))["webhook"]["delivery"]
        assert shown["total_attempts"] == 3
        assert shown["pending_retries"] == 0

    @pytest.mark.parametrize(
        ("sign", "verdict"), [("wrong-secret", "wrong"), ("skewed", "skewed"), ("unsigned", "unsigned")]
    )
    def test_a_spoiled_signature(self, sign, verdict):
        world = self.of(DeliveryFault("completed", signature=sign))
        assert [sent.signature for sent in world.sent] == ["ok", "ok", "ok", verdict]

    @pytest.mark.parametrize("fault", [DeliveryFault(), DeliveryFault(signature="wrong-secret")])
    def test_a_secret_that_is_rotated_signs_beside_the_new_one(self, fault):
        world = self.of(fault, secret="new", old_secrets=("old",))
        signatures = dict(world.sent[-1].rendered.headers)["x-phaseo-signature"].split(",")
        assert len(signatures) == (1 if fault.signature else 2)
        assert world.sent[-1].signature == ("wrong" if fault.signature else "ok")

    def test_a_replay_has_its_old_timestamp(self):
        world = self.of(DeliveryFault("completed", replay=10 * MINUTE))
        assert world.event_types() == [*CHANGES, "completed"]
        assert world.times()[-1] == 610
        assert world.sent[-1].cause == "replay"
        assert world.sent[-1].signature == "skewed"
        assert world.sent[-1].rendered == world.sent[-2].rendered

    def test_a_wall_clock_s_time_can_be_signed_with(self):
        world = WebhookWorld(WebhookEndpoint(events=("video.created",), sign_with_wall_clock=True))
        world.wall = START + 24 * HOUR
        world.create()
        world.run_until(SECOND)
        headers = dict(world.sent[0].rendered.headers)
        assert headers["x-phaseo-timestamp"] == str(START // SECOND + 86_400)
        assert world.sent[0].signature == "ok"
        world = WebhookWorld(WebhookEndpoint(events=("video.created",), sign_with_wall_clock=True))
        world.create()
        world.run_until(SECOND)
        assert dict(world.sent[0].rendered.headers)["x-phaseo-timestamp"] == str(START // SECOND)


def test_the_session_s_own_receiver_answers_as_the_scenario_says():
    world = WebhookWorld(WebhookEndpoint(events=EVENTS, receiver_responses=(503, "timeout")))
    world.create()
    world.run_until(30 * SECOND)
    assert [(sent.outcome.status, sent.outcome.error, sent.url) for sent in world.sent] == [
        (503, "Webhook returned HTTP 503", ""),
        (None, "Webhook request timed out after 30s", ""),
        (200, "", ""),
        (200, "", ""),
    ]


def test_what_a_receiver_says_is_shown_to_the_vendor():
    world = WebhookWorld(WebhookEndpoint(events=EVENTS, receiver_responses=(ReceiverResponse(503, "come later"),)))
    world.create()
    world.run_until(2 * SECOND)
    assert world.sent[0].outcome[:2] == (503, "come later")


def test_without_an_endpoint_a_receiver_answers_200_too():
    judged = fake_world("phaseo", "2026-07-09", Script(timeline_rules=(TimelineRule(TEN_SECONDS),)))
    judged.call_operation(
        "create", body={"model": "qwen/wan2.7-t2v", "prompt": "x", "webhook": {"url": "https://a.example/"}}
    )
    due = judged.session.schedule.pop_due(START + HOUR)
    assert due is not None
    judged.advance(2 * SECOND)
    posting = judged.session.deliveries.begin(due.item, judged.now, "http://x")
    assert posting is not None
    assert posting.url == "https://a.example/"
    sent = judged.session.deliveries.finish(posting, judged.session.deliveries.answer_from_builtin(posting), judged.now)
    assert sent.state == "delivered"
    assert sent.signature == "unsigned"


def test_no_answer_and_no_reason_is_told_as_such():
    world = WebhookWorld(WebhookEndpoint(events=("video.created",)))
    world.create()
    world.outcomes = [DeliveryOutcome()]
    world.run_until(SECOND)
    assert world.sent[0].outcome.error == "no answer"


def test_an_outcome_is_remembered_whatever_happened_to_the_job_meanwhile():
    world = WebhookWorld()
    video = world.create()
    world.during = lambda: world.session.move_job(video, "processing", 0) and None
    due = world.session.schedule.pop_due(START)
    assert due is not None
    store = world.session.context("phaseo").store
    commit, refused = store.commit, [True]

    def once(changes: Any) -> None:
        if refused and not world.session.deliveries.log.seq and world.session.deliveries._in_flight:
            job = store.job("video", video)
            assert job is not None
            if any(happened.kind == "move" for happened in job.inputs):
                refused.clear()
                raise VersionConflict
        commit(changes)

    store.commit = once  # type: ignore[method-assign]
    world.deliver(due.item)
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
        posting = world.session.deliveries.redeliver(first.id, world.now, "http://x")
        sent = world.session.deliveries.finish(posting, DeliveryOutcome(200), world.now)
        assert sent.cause == "redelivery"
        assert sent.attempt == 1
        assert sent.state == "delivered"
        assert sent.signature == "ok"
        assert sent.rendered.event_id == first.rendered.event_id
        assert sent.rendered.headers != first.rendered.headers
        job = next(world.session.context("phaseo").store.all_jobs())
        assert len(job.inputs) == 4
        assert world.session.deliveries.duplicates(posting) == []

    @pytest.mark.parametrize(
        ("fault", "verdict"), [("wrong-secret", "wrong"), ("skewed", "skewed"), ("unsigned", "unsigned")]
    )
    def test_a_redelivery_has_the_signature_fault_that_is_wanted(self, fault, verdict):
        world = WebhookWorld()
        world.create()
        world.run_until(MINUTE)
        first = world.sent[0]
        posting = world.session.deliveries.redeliver(first.id, world.now, "http://x", signature_fault=fault)
        sent = world.session.deliveries.finish(posting, DeliveryOutcome(200), world.now)
        assert sent.signature == verdict
        assert sent.signature_fault == fault
        assert sent.json()["sign"] == fault
        assert first.json()["sign"] is None

    def test_where_nothing_is_signed_no_signature_can_be_spoilt(self):
        world = WebhookWorld(era=unsigned_era())
        world.create()
        world.run_until(HOUR)
        with pytest.raises(MockError, match="phaseo does not sign webhooks"):
            world.session.deliveries.redeliver(world.sent[0].id, world.now, "http://x", signature_fault="unsigned")

    def test_what_nobody_knows_cannot_be_sent_again(self):
        world = WebhookWorld()
        with pytest.raises(MockError, match="no delivery 'dlv_x'"):
            world.session.deliveries.redeliver("dlv_x", START, "http://x")

    def test_nor_what_nobody_is_told_of_any_more(self):
        world = WebhookWorld()
        world.create()
        world.run_until(SECOND)
        world.session.set_endpoint("phaseo", None, 0)
        with pytest.raises(MockError, match="has no endpoint any more"):
            world.session.deliveries.redeliver(world.sent[0].id, START, "http://x")


class TestEndpoints:
    def test_an_endpoint_that_comes_later_is_told_what_happens_from_then_on(self):
        world = WebhookWorld(None)
        video = world.create()
        world.run_until(5 * SECOND)
        world.session.set_endpoint("phaseo", WebhookEndpoint(events=EVENTS), 0)
        room = world.session.context("phaseo")
        store = room.store
        world.session.deliveries.reschedule(room, store.job("video", video))
        assert world.session.deliveries.endpoint("phaseo") == WebhookEndpoint(events=EVENTS)
        world.run_until(MINUTE)
        assert world.event_types() == ["status_changed", "completed"]

    def test_one_that_goes_takes_its_entries_with_it(self):
        world = WebhookWorld()
        video = world.create()
        world.session.set_endpoint("phaseo", None, 0)
        room = world.session.context("phaseo")
        store = room.store
        world.session.deliveries.reschedule(room, store.job("video", video))
        assert len(world.session.deliveries) == 0
        world.run_until(HOUR)
        assert world.sent == []

    def test_an_entry_that_was_begun_for_nobody_is_nothing(self):
        world = WebhookWorld()
        world.create()
        due = world.session.schedule.pop_due(START)
        assert due is not None
        world.session.set_endpoint("phaseo", None, 0)
        assert world.session.deliveries.begin(due.item, START, "http://x") is None

    def test_the_server_s_own_holds_where_a_scenario_has_none(self):
        judged = fake_world("reap")
        setup = judged.session.setup
        session = Session(setup._replace(endpoints={"reap": WebhookEndpoint(url="http://127.0.0.1:1/")}))
        hook = session.context("reap").script.webhook_endpoint
        assert hook == WebhookEndpoint(url="http://127.0.0.1:1/")
        assert WebhookWorld().session.deliveries.endpoint("phaseo") == WebhookEndpoint(events=EVENTS)


def test_what_the_vendor_does_not_sign_is_unsigned():
    judged = fake_world(
        "reap",
        script=Script(
            webhook_endpoint=WebhookEndpoint(),
            timeline_rules=(TimelineRule((TimelineStep("processing", Timed(1)), TimelineStep("completed"))),),
        ),
    )
    judged.call_operation("create")
    due = judged.session.schedule.pop_due(START + 1)
    assert due is not None
    judged.advance(1)
    posting = judged.session.deliveries.begin(due.item, judged.now, "http://x")
    assert posting is not None
    bodied = judged.session.deliveries.finish(posting, DeliveryOutcome(200, "thanks"), judged.now)
    assert bodied.signature == "unsigned"
    assert bodied.state == "failed"
    assert bodied.outcome.error == "the answer's body must be empty"


def test_uploads_tell_nobody():
    judged = fake_world("reap", script=Script(webhook_endpoint=WebhookEndpoint()))
    judged.call_operation("upload_url")
    assert len(judged.session.schedule) == 0


class TestLog:
    def posted(self) -> WebhookWorld:
        world = WebhookWorld(WebhookEndpoint(events=EVENTS, secret="whsec_x"))
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
            "event_id": world.sent[0].rendered.event_id,
            "attempt": 1,
            "signature": "ok",
            "sign": None,
            "cause": None,
            "url": None,
            "state": "delivered",
            "status": 200,
            "error": None,
            "next_attempt": None,
        }
        assert "whsec_x" not in json.dumps([sent.json() for sent in world.sent])
        assert DEFAULT_SECRET not in json.dumps([sent.json() for sent in self.posted().sent])

    def test_it_calls_its_listeners_with_each_record(self):
        sent = self.posted().sent[0]
        log = DeliveryLog()
        heard: list[DeliveryRecord] = []
        log.listeners.append(heard.append)
        log.add(sent)
        assert heard == [sent]

    def test_it_is_bounded_and_its_counters_are_not(self):
        sent = self.posted().sent[0]
        log = DeliveryLog(max_entries=3)
        for number in range(5):
            log.add(sent._replace(id=f"dlv_{number}"))
        assert [one.id for one in log] == ["dlv_2", "dlv_3", "dlv_4"]
        assert len(log) == 3
        assert log.evicted == 2
        assert log.seq == 5
        log.add(sent._replace(id="dlv_5", state="failed"))
        assert log.counts == {("phaseo", "video.created", "delivered"): 5, ("phaseo", "video.created", "failed"): 1}
        assert log.delivered_count == 5
        assert log.find("dlv_0") is None
        found = log.find("dlv_3")
        assert found is not None
        small = DeliveryLog(max_bytes=len(sent.rendered.body))
        small.add(sent)
        small.add(found)
        assert [one.id for one in small] == ["dlv_3"]
        tiny = DeliveryLog(max_bytes=1)
        tiny.add(sent)
        assert len(tiny) == 1


def test_a_posting_names_its_job_and_its_receiver_s_time():
    world = WebhookWorld(WebhookEndpoint(url="http://127.0.0.1:1/"))
    world.create()
    due = world.session.schedule.pop_due(START + MINUTE)
    assert due is not None
    world.now = due.at
    posting = world.session.deliveries.begin(due.item, due.at, "http://x")
    assert isinstance(posting, OutgoingDelivery)
    assert posting.url == "http://127.0.0.1:1/"
    assert posting.timeout == 30 * SECOND
    assert posting.attempt == 1
