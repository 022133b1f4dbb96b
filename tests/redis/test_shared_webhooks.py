"""Webhooks of a session that several servers have: one of them delivers, and another one when it is gone."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from mockserver.core.clock import Clock
from tests.redis.conftest import Sharing
from tests.support.fake_server import FakeServer
from tests.support.redis_server import redis_server
from tests.support.shared_servers import call, server_processes
from tests.support.webhook_receiver import WebhookReceiver, webhook_receiver

PHASEO = "phaseo@2026-08-05"
KEY = {"Authorization": "Bearer key"}
VIDEO = {"model": "qwen/wan2.7-t2v", "prompt": "x", "webhook": {"endpoint_id": "we_1"}}


@pytest.fixture
def inbox() -> Iterator[WebhookReceiver]:
    """Run a receiver."""
    with webhook_receiver() as receiver:
        yield receiver


def create(server: FakeServer, count: int = 1) -> list[str]:
    return [str(server.request("POST", "/v1/videos", VIDEO, KEY).json["id"]) for _ in range(count)]


def subscribe(server: FakeServer, inbox: WebhookReceiver) -> None:
    server.admin("webhooks", {"vendor": "phaseo", "url": inbox.url, "events": ["video.completed"]})


def test_a_clock_moved_on_either_server_delivers_each_event_once(sharing: Sharing, inbox: WebhookReceiver) -> None:
    with sharing(PHASEO) as first, sharing(PHASEO) as second:
        subscribe(first, inbox)
        for mover in (second, first, second):
            create(first, 2)
            create(second, 2)
            mover.admin("clock", {"advance": "1h"})
        assert len(inbox.got) == 12
        assert len({got.headers.get("webhook-id", got.body) for got in inbox.got}) == 12


def test_a_running_clock_delivers_each_event_once(sharing: Sharing, inbox: WebhookReceiver) -> None:
    def clock(wall_now: int) -> Clock:
        return Clock(wall_now, wall_now, 1_000.0)

    with sharing(PHASEO, clock=clock) as first, sharing(PHASEO, clock=clock) as second:
        subscribe(first, inbox)
        for number in range(10):
            create((first, second)[number % 2])
        inbox.wait(10)
        assert len({got.headers.get("webhook-id", got.body) for got in inbox.got}) == len(inbox.got) == 10


def test_after_a_death_another_server_delivers_within_five_seconds(inbox: WebhookReceiver) -> None:
    with redis_server() as store, server_processes(2, store.url, "x60") as (first, second):
        call(
            first.url, "POST", "/__mock/webhooks", {"vendor": "phaseo", "url": inbox.url, "events": ["video.completed"]}
        )
        # It completes after 26 seconds, which take half a second.
        call(first.url, "POST", "/v1/videos", VIDEO)
        first.kill()
        # Nobody asks the second server for that session.
        inbox.wait(1)
        assert len(inbox.got) == 1
        assert second.process.is_alive()


def test_a_call_that_waits_on_one_server_sees_what_the_other_has_done(sharing: Sharing) -> None:
    with sharing(PHASEO) as first, sharing(PHASEO) as second, ThreadPoolExecutor(1) as pool:
        (job,) = create(first)
        waiting = pool.submit(second.admin, "wait", {"job": job, "state": "cancelled", "timeout": "20s"})
        while not (waiting.done() or is_waited_for(second)):
            pass
        assert first.request("POST", f"/v1/videos/{job}/cancel", headers=KEY).status == 200
        assert waiting.result()["met"]


def is_waited_for(server: FakeServer) -> bool:
    """Return True if a call waits for what happens in the default session."""
    session = server.hub.get("default")
    return session is not None and bool(session.journal.listeners)
