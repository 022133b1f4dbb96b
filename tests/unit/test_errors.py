"""Our mistakes as values, and the catalogue of their codes: everything used is in it, everything in it is used."""

import ast
import importlib
from functools import cache
from pathlib import Path

import pytest

import mockserver
from mockserver.cli.catalogue import (
    AREAS,
    CATALOGUE,
    CHANGE_PREFIX,
    all_names,
    all_rules,
    describe_code,
    markdown_tables,
    regenerate_page,
)
from mockserver.cli.catalogue import CODE_MODULES as ROOM_TABLES
from mockserver.documentation import SITE
from mockserver.errors import CODES, Location, MockError, Problem, did_you_mean, nearest_names, refuse, refuse_unknown
from mockserver.scenario.codes import CODES as SCENARIO_CODES

PACKAGE = Path(mockserver.__file__).parent
TABLES = {PACKAGE / "errors.py", *PACKAGE.glob("*/codes.py")}
PAGE = PACKAGE.parent / "docs" / "errors.md"


@cache
def used() -> list[tuple[str, str]]:
    """(code, file) of every text in the source that is a code and nothing else, the tables left out."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        if path in TABLES or "_data" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and len(text) == 6 and text[:3].isupper() and text[3:].isdigit():
                if text.startswith(CHANGE_PREFIX):
                    continue  # a kind of change that `diff` reports: not an error
                found.append((text, str(path.relative_to(PACKAGE))))
    return found


def test_every_code_used_is_in_the_catalogue():
    assert {found for found in used() if found[0] not in CATALOGUE} == set()


def test_every_code_in_the_catalogue_is_used():
    assert set(CATALOGUE) - {code for code, _ in used()} == set()


def test_no_code_has_two_meanings():
    tables = [CODES, *(importlib.import_module(name).CODES for name in ROOM_TABLES)]
    assert len(CATALOGUE) == sum(len(table) for table in tables)
    assert len(set(CATALOGUE.values())) == len(CATALOGUE)


@pytest.mark.parametrize("code", CATALOGUE)
def test_a_code_belongs_to_an_area_and_is_explained_in_a_sentence(code):
    assert code[:3] in AREAS
    assert CATALOGUE[code][0].isupper()
    assert CATALOGUE[code].endswith(".")
    assert CATALOGUE[code].count(". ") == 0


ROOMS = {
    "ADM": "server|engine",
    "BAS": "runner|cli",
    "CLI": "cli|contract",
    "CON": "contract|cli",
    "DAT": "data",
    "DST": "distill",
    "LIB": "scenario",
    "RUN": "runner|cli|client",
}
ROOMS |= {
    "MCP": "mcp|cli",
    "REC": "recordings|redaction",
    "RPL": "replay|cli",
    "PCK": "packs",
    "PDR": "pack_draft",
    "SCN": "scenario|packs",
    "SES": "core|server|engine",
    "SRV": "server|engine|stores",
    "TRI": "trial",
    "TST": "testing",
    "VEN": "vendors|installed|server",
}


ASKED_FOR = (
    "ADM000",
    "ADM001",
    "ADM002",
    "ADM006",
    "ADM037",
    "ADM042",
    "SES003",
    "SES005",
    "SES006",
    "SRV031",
    "SRV041",
    "SRV042",
)
"""Codes of a server that its callers look for."""


def is_used_in_its_room(code, file):
    room = file.partition("/")[0].removesuffix(".py")
    asked_by_the_command = room in ("cli", "runner", "client", "testing", "trial") and code in ASKED_FOR
    return room in ROOMS[code[:3]].split("|") or asked_by_the_command


def test_a_code_is_used_in_its_own_room():
    assert [found for found in used() if not is_used_in_its_room(*found)] == []


def test_a_kind_of_change_is_explained_too():
    assert describe_code("dif001") == "DIF001 (mockserver diff, err): a call is gone."
    assert describe_code("DIF999") is None


def test_every_area_has_its_rooms():
    assert {code[:3] for code in CATALOGUE} <= set(AREAS) == set(ROOMS)


def test_the_page_is_the_catalogue():
    text = PAGE.read_text(encoding="utf-8")
    assert regenerate_page(text) == text, "python -m mockserver.cli.catalogue docs/errors.md"


def test_the_tables_have_every_code_and_rule():
    rows = [line.split("`")[1] for line in markdown_tables().splitlines() if line.startswith("| `")]
    assert list(dict.fromkeys(rows)) == all_names()


@pytest.mark.parametrize("name", ["SCN012", "scn012"])
def test_a_code_is_explained_in_any_case(name):
    meaning = f"SCN012 (scenario files): {SCENARIO_CODES['SCN012']}"
    assert describe_code(name) == f"{meaning}\n    page    {SITE}errors.html#SCN012"


def test_a_rule_is_explained_with_its_source_and_its_page():
    first, *rest = (describe_code("s5") or "").splitlines()
    assert first == "S5 (error): every value of an enumeration is a documented one."
    assert [line.split()[0] for line in rest] == ["source", "breaks", "how", "page"]
    assert rest[-1].split()[1] == f"{SITE}rules.html#S5"


def test_the_rules_of_all_vendors_are_there_once():
    found = all_rules()
    assert {rule.id[0] for rule in found} >= set("SLPTR")
    assert len({rule.location for rule in found}) == len(found)


@pytest.mark.parametrize("name", ["SCN999", "Z9", "S", "phaseo"])
def test_anything_else_is_not(name):
    assert describe_code(name) is None


# Problems


FOUND = Problem("SCN020", "unknown key", "say `title`", Location("a.yaml", 3, 5, "/jobs/0"), "  \ttitel: x")


def test_a_problem_for_a_terminal():
    assert FOUND.text().splitlines() == [
        "a.yaml:3:5: SCN020 unknown key",
        "      \ttitel: x",
        "      \t ^",
        "    say `title`",
    ]


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (Location(), "X"),
        (Location("a.yaml"), "a.yaml: X"),
        (Location(pointer="/a"), "/a: X"),
        (Location("a.yaml", 3, 5), "a.yaml:3:5: X"),
    ],
)
def test_the_place_is_shown_where_there_is_one(location, text):
    assert Problem("X", "").text() == "X "
    assert Problem("X", "m", location=location).text() == f"{text} m"


def test_a_problem_for_a_program():
    assert FOUND.json() == {
        "code": "SCN020",
        "message": "unknown key",
        "hint": "say `title`",
        "file": "a.yaml",
        "line": 3,
        "column": 5,
        "pointer": "/jobs/0",
    }


def test_an_error_has_all_its_problems():
    error = MockError(FOUND, Problem("SCN021", "missing"))
    assert error.problems == (FOUND, Problem("SCN021", "missing"))
    assert str(error).endswith("SCN021 missing")
    assert refuse("SRV004", "in use", "another port").problems == (Problem("SRV004", "in use", "another port"),)


@pytest.mark.parametrize(
    ("word", "said"),
    [("procesing", " (did you mean 'processing'?)"), ("QUEUED", " (did you mean 'queued'?)"), ("zebra", "")],
)
def test_the_nearest_word(word, said):
    assert did_you_mean(word, ["queued", "processing"]) == said


@pytest.mark.parametrize("word", ["fla", "lsit", "last", "titel", "cut", "late"])
def test_a_short_word_may_differ_in_one_letter_or_be_a_part_of_the_name(word):
    assert did_you_mean(word, ["fal", "list", "title", "cutting", "too_late"])


@pytest.mark.parametrize("word", ["", "tone", "step", "seed", "need", "feed", "item", "stage", "cold"])
def test_a_short_word_that_differs_in_more_is_not_taken_for_a_name(word):
    names = ["store", "list", "listen", "succeeded", "cancelled", "queued", "holds"]
    assert did_you_mean(word, names) == ""
    assert nearest_names(word, names).startswith("store")


def test_a_problem_shows_no_control_codes_and_the_caret_stays_under_its_place():
    problem = Problem(
        "SCN001", "a\x1b[2Jb", "hint\x00", Location("f\x07.yaml", 1, 5), "\t\x00\x1b[\u202ed: \u00e9 \u65e5"
    )
    assert problem.text().split("\n") == [
        r"f\x07.yaml:1:5: SCN001 a\x1b[2Jb",
        "    \t" + r"\x00\x1b[\u202ed: \u00e9 ".replace(r"\u00e9", "\u00e9") + "\u65e5",
        "    \t" + " " * len(r"\x00\x1b[") + "^",
        r"    hint\x00",
    ]
    assert problem.json()["message"] == "a\x1b[2Jb"


def test_an_unknown_name_is_refused_with_the_nearest_known_one():
    error = refuse_unknown("ADM003", "operation", "gett", ["get", "list"])
    (problem,) = error.problems
    assert problem.message == "no operation 'gett' (did you mean 'get'?)"
    assert problem.hint == "Use one of: get, list."


def test_an_unknown_name_is_repeated_in_part_and_may_have_a_hint_of_its_own():
    (problem,) = refuse_unknown("ADM004", "job", "x" * 200, [], "GET /__mock/jobs").problems
    assert problem.message == f"no job {'x' * 80!r}"
    assert problem.hint == "GET /__mock/jobs"


def test_an_unknown_name_where_none_is_known_says_so():
    (problem,) = refuse_unknown("ADM010", "session", "nope", []).problems
    assert problem.hint == "There is none."


def test_names_are_listed_with_the_nearest_one_first_and_no_more_than_ten():
    known = [f"operation{number}" for number in range(34)]
    listed = nearest_names("gett", [*known, "get"])
    assert listed.startswith("get, operation0, ")
    assert listed.endswith(", operation8 and 25 more")
    assert nearest_names("zzz", ["a", "b", "a"]) == "a, b"
