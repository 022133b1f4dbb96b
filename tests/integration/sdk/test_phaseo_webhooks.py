"""Phaseo's own verifier (client 3.0.0) accepts the fake's correct signatures and refuses all others."""

from typing import Any

import pytest
from phaseo import Phaseo, verify_async_webhook_signature

from mockserver.core.instants import SECOND
from tests.support.fake_server import START, FakeServer, fake_server
from tests.support.sdk_clients import CLIP, phaseo_client
from tests.support.webhook_receiver import ReceivedRequest, WebhookReceiver

SECRET = "whsec_of_the_test"
DONE = START // SECOND + 26


def received_delivery(server: FakeServer, inbox: WebhookReceiver, after: str = "1m", **more: Any) -> ReceivedRequest:
    """Return the delivery for a video that is completed 26 s after the session's start."""
    hook = {"vendor": "phaseo", "url": inbox.url, "secret": SECRET, "events": ["completed"], **more}
    server.admin("webhooks", hook)
    client: Phaseo = phaseo_client(server)
    client.videos.create({**CLIP, "webhook": {"endpoint_id": "we_1"}})
    server.admin("clock", {"advance": after})
    return inbox.got[-1]


def verified(got: ReceivedRequest, secret: str = SECRET, **more: Any) -> bool:
    return verify_async_webhook_signature(secret=secret, body=got.body, headers=got.headers, **more)


@pytest.mark.parametrize("date", ["2026-08-05", "2026-08-10"])
def test_the_verifier_accepts_a_signature_for_five_minutes(date, inbox):
    with fake_server(f"phaseo@{date}") as server:
        got = received_delivery(server, inbox)
    assert verified(got, now=DONE)
    assert verified(got, now=DONE + 300)
    assert not verified(got, now=DONE + 301)
    assert not verified(got, "whsec_another", now=DONE)
    assert not verified(got._replace(body=got.body + b" "), now=DONE)


def test_before_august_a_create_s_own_secret_signs(inbox):
    with fake_server("phaseo@2026-07-09", allowed=("127.0.0.1",)) as server:
        webhook = {"url": inbox.url, "secret": "whsec_mine", "events": ["job.completed"]}
        made = phaseo_client(server).videos.create({**CLIP, "webhook": webhook})
        server.admin("clock", {"advance": "1m"})
        assert inbox.got[0].json["data"]["id"] == made["id"]
        assert verified(inbox.got[0], "whsec_mine", now=DONE)
        shown = phaseo_client(server).videos.retrieve(made["id"])["webhook"]
        assert shown["url"] == inbox.url
        assert shown["delivery"]["delivered_event_types"] == ["video.completed"]


def test_the_verifier_does_not_know_the_headers_of_the_old_brand(inbox):
    with fake_server("phaseo@2026-06-11", allowed=("127.0.0.1",)) as server:
        webhook = {"url": inbox.url, "secret": SECRET, "events": ["job.completed"]}
        phaseo_client(server).videos.create({**CLIP, "webhook": webhook})
        server.admin("clock", {"advance": "1m"})
    (got,) = inbox.got
    assert not verified(got, now=DONE)
    renamed = {name.replace("x-ai-stats-", "x-phaseo-"): value for name, value in got.headers.items()}
    assert verified(got._replace(headers=renamed), now=DONE)


@pytest.mark.parametrize("sign", ["wrong-secret", "skewed", "unsigned"])
def test_the_verifier_refuses_a_spoiled_signature(sign, inbox):
    with fake_server() as server:
        got = received_delivery(server, inbox, deliver=[{"on": "completed", "sign": sign}])
    assert not verified(got, now=DONE)
    assert verified(got, now=DONE - 600) is (sign == "skewed")


def test_the_verifier_refuses_a_replay(inbox):
    with fake_server() as server:
        got = received_delivery(server, inbox, "1h", deliver=[{"replay": "10m"}])
        assert len(inbox.got) == 2
    assert not verified(got, now=DONE + 600)


def test_a_wall_stamp_satisfies_a_verifier_with_a_wall_clock(inbox):
    with fake_server() as server:
        assert not verified(received_delivery(server, inbox, "8h"))
        assert verified(received_delivery(server, inbox, "8h", stamp="wall"))


def test_retries_and_duplicates_have_the_same_event_id(inbox):
    """A receiver that remembers ids handles each event once, as the documentation recommends."""
    inbox.answers = [500]
    with fake_server() as server:
        received_delivery(server, inbox, "1h", deliver=[{"duplicate": 1}])
    ids = [got.headers["x-phaseo-event-id"] for got in inbox.got]
    assert len(ids) == 3
    assert len(set(ids)) == 1
