"""Endpoints, what goes wrong on the way, and signatures: the parts that know no vendor."""

import pytest

from mockserver.core.instants import MINUTE, SECOND
from mockserver.vendors.hooks import Hook, Spoil
from mockserver.vendors.signatures import BAD, GOOD, NONE, SKEWED, Signature, sign, verdict
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
    assert Spoil(on).concerns(event) is concerned


def test_of_several_troubles_the_first_word_of_each_kind_holds():
    hook = Hook(deliver=(Spoil("failed", lose=True), Spoil(late=MINUTE, duplicate=1), Spoil(late=2 * MINUTE, replay=3)))
    assert hook.spoil("video.completed") == Spoil("video.completed", duplicate=1, late=MINUTE, replay=3)
    assert hook.spoil("video.failed").lose
    assert Hook().spoil("video.failed") == Spoil("video.failed")


@pytest.mark.parametrize(
    ("signature", "secret", "what"),
    [
        (Signature(NOW, sign("s", NOW, b"{}")), "s", GOOD),
        (Signature(NOW, f" {sign('s', NOW, b'{}').upper()} "), "s", GOOD),
        (Signature(NOW, sign("s", NOW, b"{}")), "t", BAD),
        (Signature(NOW, sign("s", NOW, b"[]")), "s", BAD),
        (Signature(NOW, "ü"), "s", BAD),
        (Signature("12", sign("s", "12", b"{}")), "s", SKEWED),
        (Signature("soon", sign("s", "soon", b"{}")), "s", SKEWED),
        (None, "s", NONE),
    ],
)
def test_what_a_verifier_makes_of_a_signature(signature, secret, what):
    assert verdict(signature, secret, b"{}", START) == what


def test_five_minutes_are_put_up_with_and_not_a_second_more():
    signed = Signature(NOW, sign("s", NOW, b"{}"))
    assert verdict(signed, "s", b"{}", START + 300 * SECOND) == GOOD
    assert verdict(signed, "s", b"{}", START + 301 * SECOND) == SKEWED


@pytest.mark.parametrize("pin", ERAS)
def test_every_era_tells_of_its_main_kind_in_words_of_its_own(pin):
    told = ERAS[pin].main.notices
    assert told is not None
    for name in told.types:
        assert told.meant(name) == name
        assert told.meant(name.rpartition(".")[2]) == name
    assert told.meant("nothing.of.the.kind") == ""
    assert told.chosen() == frozenset(told.default)
    assert told.chosen((), ["nonsense"]) == frozenset(told.default)
    assert told.chosen((), [told.types[0], "nonsense"], told.types) == frozenset({told.types[0]})
