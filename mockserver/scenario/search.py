"""Searches scenarios by words: which ones match, and the best first."""

from collections.abc import Iterable, Mapping
from typing import Final

from mockserver.errors import MockError, did_you_mean
from mockserver.scenario.library import ScenarioLibrary

_FIELD_RANKS: Final = {"name": 2, "title": 4, "catches": 5}
"""The searched fields of a scenario, with the rank of a word in them; the lowest rank is the best."""
_NAME_IS_WORD: Final = 0
_NAME_BEGINS_WITH_WORD: Final = 1
_NEAREST_LENGTH: Final = 4
"""Letters of the shortest word that a near word is suggested for."""


def scenario_rows(library: ScenarioLibrary) -> list[Mapping[str, str]]:
    """Return `{name, vendor, title, catches}` of every scenario; an unusable file has its first problem as title."""
    rows: list[Mapping[str, str]] = []
    for name, path in sorted(library.files().items()):
        try:
            scenario = library.load(str(path))
        except MockError as error:
            rows.append({"name": name, "vendor": "?", "title": f"unusable: {error.problems[0].message}", "catches": ""})
            continue
        pin = scenario.vendor
        if scenario.date:
            pin = f"{scenario.vendor}@{scenario.date}"
        rows.append({"name": name, "vendor": pin, "title": scenario.title, "catches": scenario.catches})
    return rows


def search_scenarios(rows: Iterable[Mapping[str, str]], text: str) -> list[Mapping[str, str]]:
    """Return the scenarios that have every word of a text in name, title or `catches`, the best first."""
    words = text.casefold().split()
    ranked = []
    for row in rows:
        ranks = [word_rank(row, word) for word in words]
        found = [rank for rank in ranks if rank is not None]
        if len(found) == len(words):
            ranked.append((sum(found), row["name"], row))
    return [row for _, _, row in sorted(ranked, key=lambda one: one[:2])]


def nearest_word(rows: Iterable[Mapping[str, str]], text: str) -> str:
    """Return ` (did you mean 'cancel'?)` for a text that nothing matches, or ""."""
    known = {word for row in rows for field in _FIELD_RANKS for word in row[field].casefold().replace("-", " ").split()}
    missing = [word for word in text.casefold().split() if len(word) >= _NEAREST_LENGTH and word not in known]
    return did_you_mean(missing[0], known) if missing else ""


def word_rank(row: Mapping[str, str], word: str) -> int | None:
    """Return the rank of a word in a scenario; None if the scenario does not have it."""
    name = row["name"].casefold()
    if name == word:
        return _NAME_IS_WORD
    if name.startswith(word):
        return _NAME_BEGINS_WITH_WORD
    return min((rank for field, rank in _FIELD_RANKS.items() if word in row[field].casefold()), default=None)
