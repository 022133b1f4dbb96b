"""Endpoints, and what goes wrong on the way: the parts that know no vendor."""

import pytest

from mockserver.core.instants import MINUTE
from mockserver.vendors.webhook_endpoint import DEFAULT_SECRET, DeliveryFault, WebhookEndpoint
from tests.support.fake_world import ERAS


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


def test_without_a_secret_of_its_own_an_endpoint_has_the_one_of_all_tests():
    assert WebhookEndpoint().secrets == (DEFAULT_SECRET,)
    assert WebhookEndpoint(secret="new", old_secrets=("old",)).secrets == ("new", "old")


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
