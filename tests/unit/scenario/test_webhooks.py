"""`webhooks:` and the play's `deliveries`: what the words come to, and what is refused."""

import pytest

from mockserver.core.instants import MINUTE, SECOND
from mockserver.errors import MockError
from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.play_model import ExpectedDeliveries
from mockserver.scenario.webhooks import parse_endpoint
from mockserver.vendors.registry import resolve_era
from mockserver.vendors.webhook_endpoint import DeliveryFault, ReceiverResponse, WebhookEndpoint

REAL = installed_vendors().served()


def hook(text: str, vendor: str = "phaseo") -> WebhookEndpoint | None:
    return load_scenario(f"scenario: s\nvendor: {vendor}\nwebhooks: {text}\n", REAL).script.webhook_endpoint


def problems(text: str, vendor: str = "phaseo") -> list[tuple[str, str]]:
    with pytest.raises(MockError) as caught:
        load_scenario(f"scenario: s\nvendor: {vendor}\n{text}\n", REAL)
    return [(problem.code, problem.message) for problem in caught.value.problems]


def test_without_the_key_there_is_no_endpoint_and_with_nothing_in_it_the_session_s_own_receiver():
    assert load_scenario("scenario: s\nvendor: phaseo\n", REAL).script.webhook_endpoint is None
    assert hook("{}") == WebhookEndpoint()


def test_every_word():
    assert hook(
        "{url: 'http://127.0.0.1:4811/', secret: whsec_1, events: [job.completed, failed], id: we_1, stamp: wall, "
        "deliver: [{on: job.completed, duplicate: 2, reorder: true, late: 5m, sign: skewed, replay: 10m}, "
        "{on: failed, lose: true}, {on: '*', sign: unsigned}, {sign: wrong-secret}]}"
    ) == WebhookEndpoint(
        url="http://127.0.0.1:4811/",
        secret="whsec_1",
        events=("job.completed", "failed"),
        id="we_1",
        sign_with_wall_clock=True,
        delivery_faults=(
            DeliveryFault("video.completed", 2, reorder=True, delay=5 * MINUTE, signature="skewed", replay=10 * MINUTE),
            DeliveryFault("failed", drop=True),
            DeliveryFault("*", signature="unsigned"),
            DeliveryFault("*", signature="wrong-secret"),
        ),
    )
    assert hook("{receiver: [500, timeout, 204], stamp: session}") == WebhookEndpoint(
        receiver_responses=(500, "timeout", 204)
    )
    assert hook("{receiver: [{status: 200, body: OK}]}") == WebhookEndpoint(
        receiver_responses=(ReceiverResponse(200, "OK"),)
    )
    assert hook("{events: [completed], receiver: [201]}", "reap") == WebhookEndpoint(
        events=("completed",), receiver_responses=(201,)
    )


@pytest.mark.parametrize(
    ("text", "vendor", "code", "message"),
    [
        ("{events: [complete]}", "phaseo", "SCN070", "there is no event 'complete' (did you mean 'video.completed'?)"),
        ("{deliver: [{on: ready, lose: true}]}", "reap", "SCN070", "there is no event 'ready'"),
        ("{secret: x}", "reap", "SCN071", "reap does not sign webhooks: `secret` has no meaning"),
        ("{stamp: wall}", "reap", "SCN071", "reap does not sign webhooks: `stamp` has no meaning"),
        ("{deliver: [{sign: skewed}]}", "reap", "SCN071", "reap does not sign webhooks: `sign` has no meaning"),
        ("{id: we_1}", "phaseo@2026-07-09", "SCN071", "no create request of phaseo@2026-07-09 names an endpoint"),
        ("{deliver: [{late: 99999999d}]}", "phaseo", "SCN065", "`99999999d` is longer than a century"),
        ("{deliver: [{on: failed}]}", "phaseo", "SCN068", "the entry names no fault: it changes no delivery"),
        ("{deliver: [{late: 0s, replay: 0s}]}", "phaseo", "SCN068", "the entry names no fault: it changes no delivery"),
        ("{url: 'http://x/', receiver: [200]}", "phaseo", "SCN027", "`url` and `receiver` exclude each other"),
        ("{url: 'ftp://x/'}", "phaseo", "SCN023", None),
        ("{receiver: [{status: 200}]}", "phaseo", "SCN021", None),
        ("{deliver: [{}]}", "phaseo", "SCN030", None),
        ("{deliver: [{lose: false}]}", "phaseo", "SCN025", None),
        ("[]", "phaseo", "SCN022", None),
    ],
)
def test_what_is_refused(text, vendor, code, message):
    found_problems = problems(f"webhooks: {text}", vendor)
    assert [found for found, _ in found_problems] == [code]
    assert message is None or found_problems[0][1] == message


def test_a_vendor_without_webhooks_has_no_endpoint(codes):
    assert codes("webhooks: {}", "acme@2026-01-01") == ["SCN070"]
    assert codes("webhooks: {events: [failed]}", "acme") == []


def test_every_problem_is_reported_in_one_run():
    assert [code for code, _ in problems("webhooks: {events: [a, b], deliver: [{on: c, lose: true}]}")] == [
        "SCN070"
    ] * 3


def test_an_endpoint_of_the_admin_api_is_written_in_the_same_words():
    era = resolve_era("phaseo", REAL)
    assert parse_endpoint({"url": "http://127.0.0.1:1/", "events": ["completed"]}, era) == WebhookEndpoint(
        "http://127.0.0.1:1/", events=("completed",)
    )
    assert parse_endpoint({}, era) == WebhookEndpoint()
    with pytest.raises(MockError, match="unknown key 'uri'"):
        parse_endpoint({"uri": "x"}, era)


def step(text: str, vendor: str = "phaseo") -> ExpectedDeliveries | None:
    return (
        load_scenario(f"scenario: s\nvendor: {vendor}\nplay: [{{at: 5s, deliveries: {text}}}]\n", REAL)
        .play[0]
        .deliveries
    )


def test_what_must_have_arrived():
    assert step(
        "{count: 2, events: [job.completed, failed], answers: [500, timeout], signed: ok, state: retrying, "
        "body: {type: video.failed}, headers: {x-phaseo-attempt: '1'}}"
    ) == ExpectedDeliveries(
        count=2,
        events=("video.completed", "failed"),
        answers=(500, "timeout"),
        signed="ok",
        state="retrying",
        body={"type": "video.failed"},
        headers=(("x-phaseo-attempt", "1"),),
    )
    assert step("{events: []}") == ExpectedDeliveries(events=())


def test_a_step_about_deliveries_may_name_a_job_and_needs_none():
    job = "G-01M3VNBWG0R1ZXS93XC1FCK9AA"
    text = f"jobs: [{{id: {job}}}]\nplay: [{{after: 1s, job: {job}, deliveries: {{count: 0}}}}]"
    found = load_scenario(f"scenario: s\nvendor: phaseo\n{text}\n", REAL).play[0]
    assert found.job == job
    assert found.at == SECOND
    assert found.deliveries == ExpectedDeliveries(count=0)
    assert step("{count: 1}") == ExpectedDeliveries(count=1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{}", "SCN030"),
        ("{events: [gone]}", "SCN070"),
        ("{count: -1}", "SCN024"),
        ("{signed: 'yes'}", "SCN025"),
        ("{answers: [soon]}", "SCN025"),
    ],
)
def test_what_a_step_cannot_ask_for(text, code):
    assert [found for found, _ in problems(f"play: [deliveries: {text}]")] == [code]


def test_nothing_of_a_request_may_stand_beside_it():
    assert [code for code, _ in problems("play: [{deliveries: {count: 0}, times: 2}]")] == ["SCN064"]


def test_a_secret_that_is_rotated():
    assert hook("{secret: [whsec_new, whsec_old]}") == WebhookEndpoint(secret="whsec_new", old_secrets=("whsec_old",))
