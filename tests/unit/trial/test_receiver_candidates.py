"""The scenarios that a receiver is tried with, what it must report in them, and what it is given."""

import pytest

from mockserver.trial.receiver_candidates import Report
from mockserver.trial.receptions import match_deliveries
from mockserver.trial.relay import RelayedDelivery
from tests.support.receiver_runs import receiver_candidate
from tests.support.trial_runs import BEGAN

URL = "http://127.0.0.1:9/"
SENT = "play:\n  - create:\n  - at: 1m\n    deliveries: {count: 1}\n"
OBSTACLES = {
    "": "it is not about webhooks",
    "webhooks: {}\nfaults: [{on: get, do: {status: 500}}]\n": "its fault is in the answers to a client",
    "webhooks: {deliver: [{lose: true}]}\n": "its point is a webhook that never comes",
    "webhooks: {}\nplay:\n  - create:\n  - deliveries: {count: 0}\n": "its point is a webhook that never comes",
    "webhooks: {deliver: [{replay: 10m}]}\n": "no time passes on the receiver's own clock",
}


@pytest.mark.parametrize("text", OBSTACLES)
def test_what_a_receiver_cannot_meet_is_not_tried(text):
    assert OBSTACLES[text] in receiver_candidate(text).obstacle


@pytest.mark.parametrize("text", ["webhooks: {}\n", SENT])
def test_any_other_scenario_with_webhooks_is_tried(text):
    assert receiver_candidate(text).obstacle == ""


@pytest.mark.parametrize(
    ("webhooks", "reports"),
    [
        ("{}", set()),
        ("{receiver: [503]}", {Report.PROCESSED}),
        ("{receiver: [timeout]}", {Report.PROCESSED}),
        # An answer that a receiver on trial gives itself, or does not.
        ("{receiver: [204, {status: 200, body: OK}]}", set()),
        ("{deliver: [{duplicate: 1}]}", {Report.PROCESSED}),
        ("{deliver: [{reorder: true}]}", {Report.STATUS}),
        ("{deliver: [{late: 5m}], receiver: [500]}", {Report.STATUS, Report.PROCESSED}),
    ],
)
def test_what_only_a_report_can_show_is_known(webhooks, reports):
    assert receiver_candidate(f"webhooks: {webhooks}\n").reports == reports


def test_the_receiver_knows_the_old_secret_during_a_rotation():
    assert receiver_candidate("webhooks: {secret: [whsec_new, whsec_old]}\n").secret == "whsec_old"
    assert receiver_candidate().secret == "whsec_mock"


def test_the_secret_of_a_create_wins_where_creates_have_one():
    create = "webhooks: {}\nplay:\n  - create:\n    send: {model: qwen/wan2.7-t2v, prompt: p, webhook: {url: 'https://x.test/'%s}}\n"
    old = "phaseo@2026-06-11"
    assert receiver_candidate(create % ", secret: whsec_own", old).secret == "whsec_own"
    assert receiver_candidate(create % "", old).secret == ""


def test_a_forgery_needs_a_control_unless_a_pair_of_keys_signs():
    forged = "webhooks: {deliver: [{sign: wrong-secret}]}\n"
    assert receiver_candidate(forged).needs_control
    assert not receiver_candidate().needs_control
    assert not receiver_candidate(forged, "fal@2026-08-21").needs_control


def test_the_scenario_is_sent_to_the_receiver_with_the_machines_time():
    tried = receiver_candidate("webhooks: {id: we_1, receiver: [500], deliver: [{sign: unsigned}]}\n")
    endpoint = tried.sent_to(URL).script.webhook_endpoint
    assert endpoint == tried.endpoint._replace(url=URL, receiver_responses=(), sign_with_wall_clock=True)
    assert tried.sent_to(URL, honest=True).script.webhook_endpoint == endpoint._replace(delivery_faults=())


def entry(signature: str, **facts):
    shown = {
        "at": BEGAN.isoformat(), "event": "video.completed", "event_id": "evt_1", "job": "G-1", "attempt": 1,
        "cause": None, "signature": signature, "state": "delivered", "error": None, "headers": [["X-Id", "1"]],
        "body": "{}",
    }  # fmt: skip
    return {**shown, **facts}


def relayed(status: int, **facts) -> RelayedDelivery:
    headers = frozenset({("x-id", "1"), ("content-length", "2")})
    return RelayedDelivery(**{"headers": headers, "body": b"{}", "status": status, **facts})


def test_a_delivery_gets_the_first_answer_to_the_same_bytes():
    answers = [relayed(500, body=b"[]"), relayed(201), relayed(202)]
    shown = [entry("ok"), entry("ok"), entry("ok", body="{1}")]
    assert [each.status for each in match_deliveries(receiver_candidate(), shown, answers)] == [201, 202]
    assert list(match_deliveries(receiver_candidate(), [entry("ok", headers=[["X-Id", "2"]])], answers)) == []


@pytest.mark.parametrize(
    ("signature", "text", "vendor", "is_forged", "is_genuine"),
    [
        ("ok", "webhooks: {}\n", "phaseo@2026-08-10", False, True),
        ("wrong", "webhooks: {}\n", "phaseo@2026-08-10", True, False),
        ("skewed", "webhooks: {}\n", "phaseo@2026-08-10", True, False),
        ("unsigned", "webhooks: {deliver: [{sign: unsigned}]}\n", "phaseo@2026-08-10", True, False),
        ("unsigned", "webhooks: {}\n", "phaseo@2026-08-10", False, False),
        ("unsigned", "webhooks: {}\n", "reap@2026-07-07", False, True),
    ],
)
def test_what_must_be_refused_and_what_accepted(signature, text, vendor, is_forged, is_genuine):
    (got,) = match_deliveries(receiver_candidate(text, vendor), [entry(signature, event_id=None)], [relayed(200)])
    assert got.is_forged is is_forged
    assert got.is_genuine is is_genuine
    assert got.event_id == "G-1"
