"""Accepted findings: what an entry fits, how long it is good, and what is wrong with a file."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.errors import MockError
from mockserver.runner.codes import CODES
from mockserver.runner.reports.checks.baseline import (
    Baseline,
    BaselineEntry,
    glob_matches,
    is_date,
    load_baseline,
    mask_indexes,
    render_baseline,
    updated_entries,
)
from tests.support.recorded_traffic import make_finding

TODAY = "2026-10-01"


def accepted(**fields) -> BaselineEntry:
    return BaselineEntry(**{"rule": "T3", "reason": "why", "expires": "2026-12-31", **fields})


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a", "a", True),
        ("a", "ab", False),
        ("*", "", True),
        ("a*", "abc", True),
        ("*c", "abc", True),
        ("a*c", "abc", True),
        ("ab*bc", "abc", False),
        ("a*b*c", "axbxc", True),
        ("a*b*c", "acb", False),
        ("b*", "abc", False),
        ("a*x*c", "abc", False),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_a_star_stands_for_anything(pattern, text, fits):
    assert glob_matches(pattern, text) is fits


@settings(deadline=None, derandomize=True)
@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=4), st.text("ab", max_size=3))
def test_a_text_fits_the_pattern_it_was_made_from(parts, filling):
    assert glob_matches("*".join(parts), filling.join(parts))


def test_a_long_pattern_ends():
    assert not glob_matches("*a" * 1000 + "b", "a" * 10_000)


@pytest.mark.parametrize("where", ["/data/2/id", "/data/*/id", "/data/2", "/data/*"])
def test_an_entry_for_the_object_around_it_accepts_a_missing_field(where):
    missing = make_finding(where="/data/2/id", is_absence=True)
    assert accepted(where=where).matches("twelvelabs", missing)
    assert accepted(where="body").matches("twelvelabs", make_finding(where="/id", is_absence=True))
    assert not accepted(where="/data/2").matches("twelvelabs", make_finding(where="/data/2/id"))


def test_a_place_without_its_numbers():
    assert mask_indexes("/outputs/0/url") == "/outputs/*/url"
    assert mask_indexes("line 3 /custom_id") == "line * /custom_id"
    assert mask_indexes("/v2/x1") == "/v2/x1"


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({}, True),
        ({"rule": "T4"}, False),
        ({"rule": "twelvelabs:T3"}, True),
        ({"rule": "reap:T3"}, False),
        ({"vendor": "reap"}, False),
        ({"resource": "batch *"}, True),
        ({"resource": "task *"}, False),
        ({"operation": "cancelBatch"}, False),
        ({"where": "/data/*/total_items"}, True),
        ({"where": "/data/3/total_items"}, True),
        ({"where": "/data/4/total_items"}, False),
    ],
)
def test_what_an_entry_is_about(fields, fits):
    assert accepted(**fields).matches("twelvelabs", make_finding(where="/data/3/total_items")) is fits


def test_an_entry_is_good_through_its_last_day():
    old, new = accepted(expires="2026-09-30"), accepted(expires=TODAY)
    book = Baseline("known.yaml", (old, new), TODAY)
    assert not book.is_current(old)
    assert book.is_current(new)
    assert book.find("twelvelabs", make_finding()) is new
    assert Baseline("known.yaml", (old,), TODAY).find("twelvelabs", make_finding()) is old
    assert book.find("twelvelabs", make_finding("T4")) is None


def test_an_entry_in_a_line():
    assert accepted(resource="batch *").description() == "T3, resource batch *, until 2026-12-31: why"


@pytest.mark.parametrize(
    ("text", "good"), [("2026-12-31", True), ("2026-02-30", False), ("31.12.2026", False), ("", False)]
)
def test_a_day(text, good):
    assert is_date(text) is good


def test_what_is_written_is_read_back(tmp_path):
    entries = (accepted(reason="ticket: 'no' # 1\u202e"), accepted(rule="S5", vendor="reap", where="/a/*"))
    path = tmp_path / "known.yaml"
    path.write_bytes(render_baseline(entries))
    read = load_baseline(path, TODAY)
    assert [each._replace(line=0) for each in read.entries] == list(entries)
    assert [each.line for each in read.entries] == [4, 7]


def test_renewing_keeps_what_is_met_and_good_and_adds_each_new_one_once():
    met, unmet, over = accepted(line=3), accepted(rule="T4"), accepted(rule="T5", expires="2026-01-01")
    old = Baseline("known.yaml", (met, unmet, over), TODAY)
    again = accepted()
    new = accepted(rule="T6")
    assert updated_entries(old, [met, over], [again, new, new]) == (met, new)


# What is wrong with a file

ENTRY = "- rule: T3\n  reason: why\n  expires: 2026-12-31\n"
TOP = "baseline: 1\naccepted:\n"


@pytest.mark.parametrize(
    ("text", "code", "place", "says"),
    [
        ("", "BAS001", "1:1", "empty"),
        ("a: [", "BAS001", "2:1", "a value is missing"),
        ("- a", "BAS002", "1:1", "a list `accepted`"),
        ("baseline: 1\naccepted: 3", "BAS002", "2:11", "a list `accepted`"),
        ("baseline: 2\naccepted: []", "BAS002", "1:11", "`baseline: 1`"),
        ("accepted: []", "BAS002", "1:1", "`baseline: 1`"),
        (TOP + ENTRY + "acepted: 1", "BAS002", "6:1", "did you mean 'accepted'"),
        (TOP + "- 3", "BAS002", "3:3", "found the number 3"),
        (TOP + ENTRY.replace("reason", "raeson"), "BAS002", "4:3", "did you mean 'reason'"),
        (TOP + "- rule: T3\n  expires: 2026-12-31\n", "BAS002", "3:3", "the entry lacks reason"),
        (TOP + ENTRY.replace("why", "[a]"), "BAS002", "4:11", "expected a text"),
        (TOP + ENTRY.replace("why", "''"), "BAS002", "4:11", "expected a text"),
        (TOP + ENTRY.replace("T3", "T333"), "BAS003", "3:9", "no rule 'T333'"),
        (TOP + ENTRY.replace("12-31", "13-31"), "BAS004", "5:12", "is not a date"),
    ],
)
def test_mistakes_are_reported_with_their_place(tmp_path, text, code, place, says):
    path = tmp_path / "known.yaml"
    path.write_text(text)
    with pytest.raises(MockError) as caught:
        load_baseline(path, TODAY)
    assert code in {problem.code for problem in caught.value.problems}
    wrong = next(problem for problem in caught.value.problems if problem.code == code and says in problem.message)
    assert str(wrong.location).startswith(f"{path}:{place}")


def test_every_mistake_is_reported_at_once(tmp_path):
    path = tmp_path / "known.yaml"
    path.write_text(TOP + ENTRY.replace("T3", "Z1") + ENTRY.replace("2026-12-31", "soon"))
    with pytest.raises(MockError) as caught:
        load_baseline(path, TODAY)
    assert [problem.code for problem in caught.value.problems] == ["BAS003", "BAS004"]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(MockError) as caught:
        load_baseline(tmp_path / "nothing.yaml", TODAY)
    assert caught.value.problems[0].code == "BAS001"


def test_every_code_is_in_the_catalogue():
    assert {code for code in CODES if code.startswith("BAS")} == {"BAS001", "BAS002", "BAS003", "BAS004"}
