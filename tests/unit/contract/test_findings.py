"""Findings are values that print the same way every time."""

from dataclasses import replace

from mockserver.contract.findings import EXCHANGE_RULES, LEVELS, Finding, sort_findings
from mockserver.core.wire import NO_POSITION, SourcePosition
from tests.support.finding_texts import render_findings

FOUND = Finding("S5", "error", "/status: 'x' is odd", "/status", "v@d #/p", "GET /v -> 200", "get", "a, b", "do", '"x"')


def test_the_text_says_what_where_what_is_allowed_and_who_says_so():
    assert FOUND.text().splitlines() == [
        "error S5: /status: 'x' is odd",
        "    call     GET /v -> 200",
        "    where    /status",
        '    found    "x"',
        "    allowed  a, b",
        "    source   v@d #/p",
        "    hint     do",
    ]


def test_empty_parts_are_left_out():
    assert Finding("S1", "info", "m", "status", "s").text() == "info S1: m\n    where    status\n    source   s"


def test_json_has_every_field():
    assert FOUND.json()["allowed"] == "a, b"
    assert list(FOUND.json()) == [
        name for name in Finding.__slots__ if name not in ("place", "needs_closed_world", "story_sendings")
    ]
    beside = replace(FOUND, rule="T1", level="warning")
    assert replace(FOUND, also=(beside,)).json()["also"] == [beside.json()]


def test_the_level_of_a_fault_is_the_worst_of_its_rules():
    cause = replace(FOUND, level="warning", also=(replace(FOUND, rule="T1", where="/canceled_at"),))
    assert cause.level == "warning"
    assert cause.worst_level == "error"
    assert [each.rule for each in cause.members] == ["S5", "T1"]
    assert cause.text().splitlines()[0] == "error S5: /status: 'x' is odd"
    assert "    also     T1 at /canceled_at (error)" in cause.text().splitlines()
    assert sort_findings([replace(FOUND, level="warning"), cause])[0] is cause


def test_json_has_the_places_that_are_known():
    spots = (SourcePosition(3, 1), SourcePosition(1, 40, "/log/entries/2"))
    finding = replace(FOUND, story=("1. a", "2. b"), spot=spots[1], story_spots=spots)
    assert finding.json()["spot"] == {"line": 1, "column": 40, "pointer": "/log/entries/2"}
    assert finding.json()["story_spots"] == [spots[0]._asdict(), finding.json()["spot"]]
    assert list(finding.story_lines) == [("1. a", spots[0]), ("2. b", spots[1])]
    live = replace(finding, spot=NO_POSITION, story_spots=(NO_POSITION, NO_POSITION))
    assert live.json()["spot"] is None
    assert live.json()["story_spots"] == []
    assert list(replace(finding, story_spots=()).story_lines) == [("1. a", NO_POSITION), ("2. b", NO_POSITION)]


def test_of_equal_findings_the_first_in_the_file_comes_first():
    later, sooner = (replace(FOUND, spot=SourcePosition(line, 1)) for line in (10, 9))
    assert sort_findings([later, sooner]) == [sooner, later]


def test_the_pointer_is_the_part_of_where_that_lies_in_the_body():
    assert [Finding("S1", "info", "", where, "").pointer for where in ("status", "/a/b", "line 3 /a")] == [
        "",
        "/a/b",
        "/a",
    ]


def test_the_worst_comes_first_whatever_the_order():
    mixed = [replace(FOUND, level=level) for level in ("info", "error", "warning")]
    assert (
        [each.level for each in sort_findings(mixed)]
        == list(LEVELS)
        == [each.level for each in sort_findings(mixed[::-1])]
    )


def test_alike_findings_are_reported_once():
    text = render_findings([FOUND, FOUND, replace(FOUND, level="info")])
    assert text.count("(x2)") == 1
    assert text.count("S5") == 2


def test_every_rule_has_its_sentence():
    assert all(EXCHANGE_RULES.values())
