"""Waivers turn a known deviation into information, and nothing else."""

import pytest

from mockserver.contract.documents.waivers import Waiver, apply_waivers, read_waivers
from mockserver.contract.findings import Finding
from mockserver.errors import MockError

FOUND = Finding("S5", "error", "m", "/status", "s", operation="cancel", value='"cancelled"')
WAIVER = Waiver("S5", "cancel", "/status", "the page forgot it", "a page", "is cancelled", "2026-07-07", '"cancelled"')


def test_a_waived_finding_becomes_information_with_the_reason():
    [kept] = apply_waivers([FOUND], (WAIVER,))
    assert kept.level == "info"
    assert kept.hint == "waived since 2026-07-07: the page forgot it (a page: 'is cancelled')"


def test_it_can_be_dropped():
    assert apply_waivers([FOUND], (Waiver("S5", "*", "/*", "r", "p", "q", "d", effect="drop"),)) == []


@pytest.mark.parametrize(
    "other",
    [
        Finding("S6", "error", "m", "/status", "s", operation="cancel", value='"cancelled"'),
        Finding("S5", "error", "m", "/status", "s", operation="get", value='"cancelled"'),
        Finding("S5", "error", "m", "/x/status", "s", operation="cancel", value='"cancelled"'),
        Finding("S5", "error", "m", "/state", "s", operation="cancel", value='"cancelled"'),
        Finding("S5", "error", "m", "/status", "s", operation="cancel", value='"canceled"'),
    ],
)
def test_anything_else_stays_as_it_is(other):
    assert apply_waivers([other], (WAIVER,)) == [other]


def test_a_place_in_json_lines_and_a_place_outside_the_body_can_be_waived():
    wide = Waiver("S5", "*", "/data/*/status", "r", "p", "q", "d")
    header = Waiver("S12", "*", "header Retry-After", "r", "p", "q", "d")
    assert wide.matches(Finding("S5", "error", "m", "line 3 /data/7/status", "s"))
    assert header.matches(Finding("S12", "error", "m", "header Retry-After", "s"))


def test_it_holds_in_its_eras_or_in_all():
    assert WAIVER.holds_in("2026-01-01")
    some = Waiver("S5", "*", "/", "r", "p", "q", "d", eras=("2026-01-01",))
    assert some.holds_in("2026-01-01")
    assert not some.holds_in("2026-01-02")


def test_they_are_read_from_a_file(tmp_path):
    path = tmp_path / "waivers.yaml"
    path.write_text(
        "waivers:\n- {rule: S5, operation: cancel, where: /status, value: '\"cancelled\"',\n"
        "   reason: the page forgot it, page: a page, quote: is cancelled, date: '2026-07-07'}\n"
    )
    assert read_waivers(path) == (WAIVER,)


GOOD = "rule: S5, operation: '*', where: /a, reason: r, page: p, quote: q, date: d"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "no list `waivers`"),
        ("waivers: 5", "no list `waivers`"),
        ("waivers: [5]", "a waiver is a mapping"),
        ("waivers: [{rule: S5, where: 5}]", "operation, where, reason"),
        (f"waivers: [{{{GOOD}, vlaue: x}}]", "unknown keys: vlaue"),
        (f"waivers: [{{{GOOD.replace('S5', 'S99')}}}]", "no rule 'S99'"),
        (f"waivers: [{{{GOOD}, effect: hide}}]", "info or drop"),
        (f"waivers: [{{{GOOD}, value: cancelled}}]", "JSON text"),
        (f"waivers: [{{{GOOD}, value: 5}}]", "JSON text"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path, text, words):
    path = tmp_path / "waivers.yaml"
    path.write_text(text)
    with pytest.raises(MockError, match=words):
        read_waivers(path)
