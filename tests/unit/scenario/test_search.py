"""Scenarios by words: all words must match, and the nearest word is suggested."""

import pytest

from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.search import nearest_word, scenario_rows, search_scenarios, word_rank


def row(name: str, title: str = "", catches: str = "") -> dict[str, str]:
    return {"name": name, "vendor": "toy", "title": title, "catches": catches}


ROWS = [
    row("late-cancel", "A cancel that comes too late", "a client that gives up"),
    row("cancel", "The ordinary cancel"),
    row("cancel-twice", "The second one is refused"),
    row("slow", "Nothing happens for an hour", "a client that wants to cancel"),
]


def names(words: str) -> list[str]:
    return [found["name"] for found in search_scenarios(ROWS, words)]


def test_the_best_match_comes_first() -> None:
    assert names("Cancel") == ["cancel", "cancel-twice", "late-cancel", "slow"]


def test_every_word_must_match() -> None:
    assert names("cancel refused") == ["cancel-twice"]
    assert names("cancel zebra") == []


def test_no_word_matches_everything_in_the_order_of_the_names() -> None:
    assert names("") == ["cancel", "cancel-twice", "late-cancel", "slow"]


@pytest.mark.parametrize(
    ("word", "rank"), [("cancel", 2), ("late-cancel", 0), ("late", 1), ("comes", 4), ("gives", 5), ("zebra", None)]
)
def test_a_word_has_the_rank_of_its_best_place(word: str, rank: int | None) -> None:
    assert word_rank(ROWS[0], word) == rank


def test_a_misspelt_word_is_suggested() -> None:
    assert nearest_word(ROWS, "canzel") == " (did you mean 'cancel'?)"
    assert nearest_word(ROWS, "cancel") == ""
    assert nearest_word(ROWS, "abc") == ""


def test_each_file_of_a_library_has_a_row(vendors, tmp_path) -> None:
    date = vendors["acme"].eras[0].date
    text = "scenario: {name}\nvendor: acme{date}\ntitle: Mine\ncatches: a hasty client\n"
    (tmp_path / "free.yaml").write_text(text.format(name="free", date=""))
    (tmp_path / "pinned.yaml").write_text(text.format(name="pinned", date=f"@{date}"))
    (tmp_path / "broken.yaml").write_text("scenario: broken\nvendor: acme\nwhat: 1\n")
    rows = {found["name"]: found for found in scenario_rows(ScenarioLibrary(vendors, tmp_path))}
    assert rows["free"] == {"name": "free", "vendor": "acme", "title": "Mine", "catches": "a hasty client"}
    assert rows["pinned"]["vendor"] == f"acme@{date}"
    assert rows["broken"]["vendor"] == "?"
    assert rows["broken"]["title"].startswith("unusable: unknown key 'what'")
