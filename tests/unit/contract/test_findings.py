"""Findings are values that print the same way every time."""

from dataclasses import replace

from mockserver.contract.findings import LEVELS, RULES, Finding, ranked, render
from mockserver.core.wire import NOWHERE, Spot

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
    assert list(FOUND.json()) == list(Finding.__slots__)


def test_json_has_the_places_that_are_known():
    spots = (Spot(3, 1), Spot(1, 40, "/log/entries/2"))
    told = replace(FOUND, story=("1. a", "2. b"), spot=spots[1], story_spots=spots)
    assert told.json()["spot"] == {"line": 1, "column": 40, "pointer": "/log/entries/2"}
    assert told.json()["story_spots"] == [spots[0]._asdict(), told.json()["spot"]]
    assert list(told.steps) == [("1. a", spots[0]), ("2. b", spots[1])]
    live = replace(told, spot=NOWHERE, story_spots=(NOWHERE, NOWHERE))
    assert (live.json()["spot"], live.json()["story_spots"]) == (None, [])
    assert list(replace(told, story_spots=()).steps) == [("1. a", NOWHERE), ("2. b", NOWHERE)]


def test_of_equal_findings_the_first_in_the_file_comes_first():
    later, sooner = (replace(FOUND, spot=Spot(line, 1)) for line in (10, 9))
    assert ranked([later, sooner]) == [sooner, later]


def test_the_pointer_is_the_part_of_where_that_lies_in_the_body():
    assert [Finding("S1", "info", "", where, "").pointer for where in ("status", "/a/b", "line 3 /a")] == [
        "",
        "/a/b",
        "/a",
    ]


def test_the_worst_comes_first_whatever_the_order():
    mixed = [FOUND.at(level) for level in ("info", "error", "warning")]
    assert [each.level for each in ranked(mixed)] == list(LEVELS) == [each.level for each in ranked(mixed[::-1])]


def test_alike_findings_are_told_once():
    text = render([FOUND, FOUND, FOUND.at("info")])
    assert text.count("(x2)") == 1
    assert text.count("S5") == 2


def test_every_rule_has_its_sentence():
    assert all(RULES.values())
