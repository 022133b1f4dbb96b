"""JSON-Schema-Test-Suite, draft 2020-12, through the package's public functions, by both validators.

`suite/known.yaml` lists each verdict that differs from the suite's, with the reason: nothing is skipped, and an entry
that no longer differs fails. `suite/PROVENANCE.yaml` names the origin of the files.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

from mockserver.contract.documents.capture import Capture, parse_capture
from mockserver.contract.documents.strict_yaml import read_yaml_file
from mockserver.contract.schema.validate import conforms, reference_is_valid, violations
from mockserver.errors import MockError

HERE = Path(__file__).parent / "suite"
SUITE = json.loads((HERE / "tests.json").read_text(encoding="utf-8"))
KNOWN = read_yaml_file(HERE / "known.yaml")
SIDES = ("contract", "jsonschema_rs", "jsonschema")


class Case(NamedTuple):
    """One test of the suite."""

    file: str
    group: str
    name: str
    schema: object
    data: object
    valid: bool


CASES = [
    Case(file, group["description"], test["description"], group["schema"], test["data"], test["valid"])
    for file, groups in SUITE.items()
    for group in groups
    for test in group["tests"]
]


@lru_cache
def excused(side: str) -> set[tuple[str, str, str]]:
    """The tests in which a side is known to differ."""
    found = set()
    for file, groups in ((file, groups) for entry in KNOWN for file, groups in entry.get(side, {}).items()):
        for group, names in groups.items():
            every = {(case.file, case.group, case.name) for case in CASES if (case.file, case.group) == (file, group)}
            found |= every if names == "all" else {(file, group, name) for name in names}
    return found


def capture(schema: object) -> tuple[Capture, str]:
    """A document that is the schema, and where in it the schema is; a boolean is no document."""
    if isinstance(schema, dict):
        # The reference makes the document itself a schema of the document.
        whole = {"components": {"schemas": {"Suite": {"$ref": "#"}}}}
        return parse_capture({**deepcopy(schema), **whole, "paths": {}}, "suite", ""), "#"
    return parse_capture({"S": schema, "paths": {}}, "suite", ""), "#/S"


def differs(case: Case, ask: Callable[[Capture, str, object], bool]) -> bool:
    """Whether the verdict is another one, or there is none."""
    made, pointer = capture(case.schema)
    try:
        return ask(made, pointer, case.data) is not case.valid
    except Exception:  # noqa: BLE001 -- a validator that cannot judge a schema differs
        return True


def refused(case: Case) -> bool:
    try:
        capture(case.schema)
    except MockError as error:
        return {problem.code for problem in error.problems} == {"CON004"}
    return False


def differing(side: str, cases: Iterator[Case] | list[Case]) -> set[tuple[str, str, str]]:
    checks: dict[str, Callable[[Case], bool]] = {
        "contract": refused,
        "jsonschema_rs": lambda case: differs(case, conforms),
        "jsonschema": lambda case: differs(case, reference_is_valid),
    }
    judged = [case for case in cases if side == "contract" or not refused(case)]
    return {(case.file, case.group, case.name) for case in judged if checks[side](case)}


@pytest.mark.parametrize("file", SUITE)
@pytest.mark.parametrize("side", SIDES)
def test_the_verdict_is_the_suites_but_where_a_reason_is_given(side, file):
    cases = [case for case in CASES if case.file == file]
    assert differing(side, cases) == {each for each in excused(side) if each[0] == file}


@pytest.mark.parametrize("file", SUITE)
def test_whatever_fails_is_explained_and_nothing_else(file):
    for case in CASES:
        if case.file == file and not refused(case) and (case.file, case.group) not in _UNUSABLE:
            made, pointer = capture(case.schema)
            broken = violations(made, pointer, case.data)
            assert (broken == []) == conforms(made, pointer, case.data), case
            assert all(each.message and each.keyword for each in broken)


_UNUSABLE = {("optional/refOfUnknownKeyword", "reference internals of known non-applicator")}
"""Groups whose schema the verdict's validator refuses, as `known.yaml` says."""


def test_it_is_the_whole_suite():
    optional = [case for case in CASES if case.file.startswith("optional/")]
    assert (len(SUITE), len(CASES), len(optional)) == (80, 1906, 649)


def test_every_known_difference_has_a_reason_and_names_a_test_that_is_there():
    present = {(case.file, case.group, case.name) for case in CASES}
    assert all(entry["reason"] and set(entry) <= {"reason", *SIDES} for entry in KNOWN)
    assert all(excused(side) <= present for side in SIDES)


def test_the_files_are_those_of_the_provenance():
    provenance = read_yaml_file(HERE / "PROVENANCE.yaml")
    for name, digest in provenance["files"].items():
        assert hashlib.sha256((HERE / name).read_bytes()).hexdigest() == digest
    assert "Permission is hereby granted" in (HERE / "LICENSE").read_text(encoding="utf-8")
