"""A draft and its text."""

import pytest

from mockserver.distill.draft import DraftLine, ScenarioDraft, flow_text

DRAFT = ScenarioDraft("bug", "reap@2026-07-07", "A cancel is refused", ("a note",))


def test_a_draft_is_written_as_yaml():
    draft = (
        DRAFT.with_line("faults", DraftLine({"on": "get", "do": {"status": 503}}))
        .with_line("faults", DraftLine({"on": "cancel", "do": {"drop": "reset"}}, "no answer"))
        .with_lines("timeline", DraftLine([{"queued": "2s"}, "completed"], "seen"))
        .with_line("limits", DraftLine({"*": "off"}))
        .with_lines("play", DraftLine({"create": None}), DraftLine({"at": "1s", "cancel": {"status": 400}}))
    )
    assert draft.text().splitlines() == [
        "# a note",
        "scenario: bug",
        "title: A cancel is refused",
        "vendor: reap@2026-07-07",
        "timeline: [queued: 2s, completed]  # seen",
        "limits:",
        '  "*": off',
        "faults:",
        "  - {on: get, do: {status: 503}}",
        "  - {on: cancel, do: {drop: reset}}  # no answer",
        "play:",
        "  - create:",
        "  - {at: 1s, cancel: {status: 400}}",
    ]
    assert draft.line_count == 12


def test_a_list_of_one_element_is_one_line():
    assert DRAFT.with_line("items", DraftLine({"for": "5s"}, "one")).text().endswith("items: [for: 5s]  # one\n")


def test_a_list_of_one_long_element_is_not():
    text = DRAFT.with_line("jobs", DraftLine({"id": "x" * 120})).text()
    assert text.endswith(f"jobs:\n  - id: {'x' * 120}\n")


def test_a_long_timeline_has_a_line_for_each_state():
    states = [{f"state-{number}": "10s"} for number in range(12)]
    text = DRAFT.with_lines("timeline", DraftLine([*states, "completed"], "seen")).text()
    assert "timeline:  # seen\n  - state-0: 10s\n" in text
    assert text.endswith("  - completed\n")


def test_a_draft_without_a_title_has_no_line_for_it():
    assert ScenarioDraft("bug", "reap").text() == "scenario: bug\nvendor: reap\n"


def test_a_line_is_dropped_without_the_others():
    draft = DRAFT.with_lines("faults", *(DraftLine({"on": name}) for name in ("get", "list", "cancel")))
    assert [line.value["on"] for line in draft.without_line("faults", 1).lines("faults")] == ["get", "cancel"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("30s", "30s"),
        ("a sentence of words", "a sentence of words"),
        ("501", '"501"'),
        ("null", '"null"'),
        ("1e5", '"1e5"'),
        ("a: b", '"a: b"'),
        ("", '""'),
        ("é", '"é"'),
        (True, "true"),
        (None, ""),
        ({"a": None, "b": [1, "x"]}, "{a: , b: [1, x]}"),
        ([{"a": 1, "b": 2}, {"c": 3}], "[{a: 1, b: 2}, c: 3]"),
    ],
)
def test_a_value_is_written_in_flow_style(value, text):
    assert flow_text(value) == text
