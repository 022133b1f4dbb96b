"""Endpoints, what goes wrong on the way, and signatures: the parts that know no vendor."""

import pytest

from mockserver.core.instants import MINUTE, SECOND
from mockserver.vendors.signatures import INVALID, NO_SIGNATURE, SKEWED, VALID, Signature, sign, verify
from mockserver.vendors.webhook_endpoint import DeliveryFault, WebhookEndpoint
from tests.support.fake_world import ERAS, START

NOW = str(START // SECOND)


@pytest.mark.parametrize(
    ("on", "event", "concerned"),
    [
        ("*", "video.completed", True),
        ("video.completed", "video.completed", True),
        ("completed", "video.completed", True),
        ("completed", "analyze.batch.completed", True),
        ("pleted", "video.completed", False),
        ("video.completed", "video.failed", False),
    ],
)
def test_which_events_a_trouble_is_about(on, event, concerned):
    assert DeliveryFault(on).applies_to(event) is concerned


def test_of_several_troubles_the_first_word_of_each_kind_holds():
    hook = WebhookEndpoint(
        delivery_faults=(
            DeliveryFault("failed", drop=True),
            DeliveryFault(delay=MINUTE, duplicate=1),
            DeliveryFault(delay=2 * MINUTE, replay=3),
        )
    )
    assert hook.delivery_fault("video.completed") == DeliveryFault(
        "video.completed", duplicate=1, delay=MINUTE, replay=3
    )
    assert hook.delivery_fault("video.failed").drop
    assert WebhookEndpoint().delivery_fault("video.failed") == DeliveryFault("video.failed")


@pytest.mark.parametrize(
    ("signature", "secret", "what"),
    [
        (Signature(NOW, sign("s", NOW, b"{}")), "s", VALID),
        (Signature(NOW, f" {sign('s', NOW, b'{}').upper()} "), "s", VALID),
        (Signature(NOW, sign("s", NOW, b"{}")), "t", INVALID),
        (Signature(NOW, sign("s", NOW, b"[]")), "s", INVALID),
        (Signature(NOW, "ü"), "s", INVALID),
        (Signature("12", sign("s", "12", b"{}")), "s", SKEWED),
        (Signature("soon", sign("s", "soon", b"{}")), "s", SKEWED),
        (Signature(NOW, f"{sign('t', NOW, b'{}')},{sign('s', NOW, b'{}')}"), "s", VALID),
        (Signature(NOW, f"{sign('s', NOW, b'{}')}, {sign('t', NOW, b'{}')}"), "t", VALID),
        (Signature(NOW, f"{sign('t', NOW, b'{}')},,ab"), "s", INVALID),
        (None, "s", NO_SIGNATURE),
    ],
)
def test_what_a_verifier_makes_of_a_signature(signature, secret, what):
    assert verify(signature, secret, b"{}", START) == what


def test_five_minutes_are_put_up_with_and_not_a_second_more():
    signed = Signature(NOW, sign("s", NOW, b"{}"))
    assert verify(signed, "s", b"{}", START + 300 * SECOND) == VALID
    assert verify(signed, "s", b"{}", START + 301 * SECOND) == SKEWED


@pytest.mark.parametrize("pin", ERAS)
def test_every_era_tells_of_its_main_kind_in_words_of_its_own(pin):
    webhooks = ERAS[pin].main_kind.webhooks
    assert webhooks is not None
    for name in webhooks.types:
        assert webhooks.resolve_type(name) == name
        assert webhooks.resolve_type(name.rpartition(".")[2]) == name
    assert webhooks.resolve_type("nothing.of.the.kind") == ""
    assert webhooks.resolve_types() == frozenset(webhooks.default_types)
    assert webhooks.resolve_types((), ["nonsense"]) == frozenset(webhooks.default_types)
    assert webhooks.resolve_types((), [webhooks.types[0], "nonsense"], webhooks.types) == frozenset({webhooks.types[0]})
