"""Phaseo's own verifier (client 3.0.0) on the webhooks that the fake sends: it takes what is right and nothing else."""

from typing import Any

import pytest
from phaseo import Phaseo, verify_async_webhook_signature

from mockserver.core.instants import SECOND
from tests.support.fake_server import START, FakeServer, fake_server
from tests.support.sdk_clients import phaseo_client
from tests.support.webhook_receiver import ReceivedRequest, WebhookReceiver, webhook_receiver

CLIP = {"model": "qwen/wan2.7-t2v", "prompt": "A lighthouse at dusk, waves below"}
SECRET = "whsec_of_the_test"
DONE = START // SECOND + 26


@pytest.fixture
def inbox():
    with webhook_receiver() as running:
        yield running


def told(server: FakeServer, inbox: WebhookReceiver, after: str = "1m", **more: Any) -> ReceivedRequest:
    """What a receiver gets of a video that is completed 26 s after the session's start."""
    hook = {"vendor": "phaseo", "url": inbox.url, "secret": SECRET, "events": ["completed"], **more}
    server.admin("webhooks", hook)
    client: Phaseo = phaseo_client(server)
    client.videos.create({**CLIP, "webhook": {"endpoint_id": "we_1"}})
    server.admin("clock", {"advance": after})
    return inbox.got[-1]


def verified(got: ReceivedRequest, secret: str = SECRET, **more: Any) -> bool:
    return verify_async_webhook_signature(secret=secret, body=got.body, headers=got.headers, **more)


@pytest.mark.parametrize("date", ["2026-08-05", "2026-08-10"])
def test_the_verifier_accepts_what_is_signed(date, inbox):
    with fake_server(f"phaseo@{date}") as server:
        got = told(server, inbox)
    assert verified(got, now=DONE)
    assert verified(got, now=DONE + 300)
    assert not verified(got, now=DONE + 301)
    assert not verified(got, "whsec_another", now=DONE)
    assert not verified(got._replace(body=got.body + b" "), now=DONE)


def test_a_create_s_own_secret_is_signed_with_before_august(inbox):
    with fake_server("phaseo@2026-07-09", allowed=("127.0.0.1",)) as server:
        webhook = {"url": inbox.url, "secret": "whsec_mine", "events": ["job.completed"]}
        made = phaseo_client(server).videos.create({**CLIP, "webhook": webhook})
        server.admin("clock", {"advance": "1m"})
        assert inbox.got[0].json["data"]["id"] == made["id"]
        assert verified(inbox.got[0], "whsec_mine", now=DONE)
        shown = phaseo_client(server).videos.retrieve(made["id"])["webhook"]
        assert (shown["url"], shown["delivery"]["delivered_event_types"]) == (inbox.url, ["video.completed"])


def test_the_old_brand_s_headers_are_not_the_verifier_s(inbox):
    with fake_server("phaseo@2026-06-11", allowed=("127.0.0.1",)) as server:
        webhook = {"url": inbox.url, "secret": SECRET, "events": ["job.completed"]}
        phaseo_client(server).videos.create({**CLIP, "webhook": webhook})
        server.admin("clock", {"advance": "1m"})
    (got,) = inbox.got
    assert not verified(got, now=DONE)
    renamed = {name.replace("x-ai-stats-", "x-phaseo-"): value for name, value in got.headers.items()}
    assert verified(got._replace(headers=renamed), now=DONE)


@pytest.mark.parametrize("sign", ["wrong-secret", "skewed", "unsigned"])
def test_the_verifier_refuses_what_is_spoiled(sign, inbox):
    with fake_server() as server:
        got = told(server, inbox, deliver=[{"on": "completed", "sign": sign}])
    assert not verified(got, now=DONE)
    assert verified(got, now=DONE - 600) is (sign == "skewed")


def test_the_verifier_refuses_a_replay(inbox):
    with fake_server() as server:
        got = told(server, inbox, "1h", deliver=[{"replay": "10m"}])
        assert len(inbox.got) == 2
    assert not verified(got, now=DONE + 600)


def test_on_a_session_s_clock_the_wall_stamp_satisfies_a_verifier_that_looks_at_the_wall(inbox):
    with fake_server() as server:
        assert not verified(told(server, inbox, "8h"))
        assert verified(told(server, inbox, "8h", stamp="wall"))


def test_the_documented_way_of_a_receiver(inbox):
    """One key is one event: a retry and a duplicate carry the id that came before."""
    inbox.answers = [500]
    with fake_server() as server:
        told(server, inbox, "1h", deliver=[{"duplicate": 1}])
    ids = [got.headers["x-phaseo-event-id"] for got in inbox.got]
    assert len(ids) == 3
    assert len(set(ids)) == 1
