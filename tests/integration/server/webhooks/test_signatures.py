"""Every signature scheme between a server and its receivers: the verdicts, the breaches, the keys that are read."""

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from operator import getitem
from pathlib import Path

import pytest

from mockserver.client.key_set import read_key_set
from mockserver.errors import MockError
from mockserver.installed.sources import VendorSource
from mockserver.installed.vendors import InstalledVendors
from mockserver.runner.judge.judges import ServerJudge
from mockserver.server.webhooks.receiver import ReceivedDelivery, WebhookReceiver, serve_receiver
from mockserver.server.webhooks.senders import delivery_verdict, identify_sender
from mockserver.testing.admin import ConnectionPool
from mockserver.testing.plan import SessionPlan
from mockserver.testing.session import VideoJob
from mockserver.vendors.signatures import NO_KEYS, ReceiverKeys, SigningKeys, StandardWebhooks, WebhookMessage
from tests.support.fake_server import START, FakeServer, fake_server
from tests.support.http_client import send_request
from tests.support.signed_vendors import SIGNATURES, vendor_signing_with

JWKS = "/v/twelvelabs/.well-known/jwks.json"


@pytest.fixture(params=SIGNATURES)
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def server_of(scheme: str):
    """Run a server of one vendor that signs by that scheme; it judges its clients."""
    vendor = vendor_signing_with(SIGNATURES[scheme])
    return fake_server(
        vendors={vendor.name: vendor}, eras={vendor.name: vendor.eras[-1]}, judged=False, checker=ServerJudge()
    )


@pytest.fixture
def videojob(scheme: str) -> Iterator[VideoJob]:
    """Open a session of such a server, as the pytest fixture does."""
    with server_of(scheme) as server:
        pool = ConnectionPool(server.url)
        served = server.hub.settings.vendors
        sources = [VendorSource(name, "a test", partial(getitem, served, name)) for name in served]
        session = VideoJob(pool, "signed", SessionPlan(), vendors=InstalledVendors(sources))
        yield session
        session.close()
        pool.close()


def run_task(videojob: VideoJob) -> None:
    videojob.admin("POST", "jobs", {"vendor": "twelvelabs", "kind": "task"})
    videojob.advance("2m")


def test_the_receiver_of_a_test_verifies_it(videojob: VideoJob) -> None:
    videojob.receive(vendor="twelvelabs")
    run_task(videojob)
    assert [each.signature for each in videojob.webhooks] == ["ok"]
    assert [each["status"] for each in videojob.admin("GET", "deliveries")["deliveries"]] == [200]


@pytest.mark.parametrize(("fault", "verdict"), [("wrong-secret", "wrong"), ("unsigned", "unsigned")])
def test_who_accepts_a_forged_delivery_breaks_the_rule_of_conduct(videojob: VideoJob, fault, verdict) -> None:
    videojob.receive(lambda delivery: 204, vendor="twelvelabs", deliver=[{"sign": fault}])
    run_task(videojob)
    assert [each.signature for each in videojob.webhooks] == [verdict]
    assert [each.rule for each in videojob.conduct] == ["C7"]


def test_a_rotated_secret_is_verified_and_redelivered(videojob: VideoJob) -> None:
    secrets = ["whsec_bmV3", "whsec_dmlkZW9qb2I="]
    listener = videojob.receive(vendor="twelvelabs", secret=secrets)
    listener.secret = secrets[1]
    run_task(videojob)
    (delivery,) = videojob.admin("GET", "deliveries")["deliveries"]
    videojob.admin("POST", f"deliveries/{delivery['id']}/redeliver")
    assert [each.signature for each in videojob.webhooks] == ["ok", "ok"]


# The key set


@pytest.fixture(scope="module")
def key_server() -> Iterator[FakeServer]:
    with server_of("ed25519") as server:
        yield server


def test_a_key_set_is_read_from_a_server_and_from_a_file(key_server: FakeServer, tmp_path: Path) -> None:
    url = key_server.url + JWKS
    keys = read_key_set(url)
    known = SIGNATURES["ed25519"].receiver_keys(SigningKeys(("whsec_mock",), key_server.session().setup.seed))
    assert keys == known.public_keys
    file = tmp_path / "jwks.json"
    file.write_bytes(send_request(url, "GET").body)
    assert read_key_set(str(file)) == keys


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/v/twelvelabs/v1.3/nothing", "cannot be used: the server answers 404"),
        ("/__mock/health", "cannot be used: it is no key set"),
    ],
)
def test_an_address_without_a_key_set_is_refused(key_server: FakeServer, path: str, problem: str) -> None:
    with pytest.raises(MockError, match="cannot be used") as caught:
        read_key_set(key_server.url + path)
    assert problem in caught.value.problems[0].message


def test_a_server_that_is_not_there_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MockError, match="cannot be reached"):
        read_key_set("http://127.0.0.1:9" + JWKS)
    with pytest.raises(MockError, match="No such file"):
        read_key_set(str(tmp_path / "none.json"))


async def test_a_receiver_reads_its_keys_again_when_a_signature_does_not_fit() -> None:
    signature = SIGNATURES["ed25519"]
    vendor = vendor_signing_with(signature)
    now, later = SigningKeys(("now",), "seed"), SigningKeys(("later",), "seed")
    read: list[ReceiverKeys] = [signature.receiver_keys(later)]

    def renew() -> ReceiverKeys:
        if not read:
            raise MockError()
        return read.pop()

    got: list[ReceivedDelivery] = []
    receiver = WebhookReceiver(
        vendors={vendor.name: vendor}, on_delivery=got.append, keys=signature.receiver_keys(now), renew_keys=renew
    )
    receiver.clock = lambda: START
    async with serve_receiver(receiver, "127.0.0.1", 0) as url:
        for keys in (now, later, now, SigningKeys((), "")):
            headers = dict(signature.sign(WebhookMessage("r", str(START // 1_000_000), b"{}"), keys))
            await asyncio.to_thread(send_request, url, "POST", b"{}", headers)
    assert [each.signature for each in got] == ["ok", "ok", "wrong", "unsigned"]
    assert receiver.suspect_count == 2


# Senders


def test_a_receiver_without_the_key_of_a_scheme_checks_nothing(scheme: str) -> None:
    signature = SIGNATURES[scheme]
    vendor = vendor_signing_with(signature)
    message = WebhookMessage("id_1", str(START // 1_000_000), b"{}")
    headers = {name.lower(): value for name, value in signature.sign(message, SigningKeys(("whsec_bmV3",), "seed"))}
    name, spec = identify_sender({vendor.name: vendor}, headers, {})
    # Standard Webhooks is the scheme of many vendors: alone, it names none.
    assert name == ("" if signature == StandardWebhooks() else "twelvelabs")
    assert delivery_verdict(spec, headers, b"{}", NO_KEYS, START) == "not checked"
    assert delivery_verdict(spec, {}, b"{}", NO_KEYS, START) == "unsigned"


def test_standard_webhooks_of_an_unknown_sender_are_verified() -> None:
    message = WebhookMessage("msg_1", str(START // 1_000_000), b"{}")
    headers = dict(StandardWebhooks().sign(message, SigningKeys(("whsec_bmV3",), "")))
    assert identify_sender({}, headers, {}) == ("", None)
    verdicts = [
        delivery_verdict(None, headers, json.dumps(body).encode(), ReceiverKeys(secrets), START)
        for body, secrets in (({}, ("whsec_bmV3",)), ({"a": 1}, ("whsec_bmV3",)), ({}, ()))
    ]
    assert verdicts == ["ok", "wrong", "not checked"]
