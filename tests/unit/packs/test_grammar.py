"""The language as a table: the published schema, the overlays of eras, and the codes."""

import json
import runpy
import warnings

import jsonschema
import pytest

from mockserver.data import data_folder
from mockserver.packs import grammar
from mockserver.packs.codes import CODES
from mockserver.packs.grammar import json_schema, schema_text
from mockserver.packs.grammar_values import VALUE, DeferredShape
from mockserver.packs.lint import pack_problems
from mockserver.packs.names import NAMES
from mockserver.packs.node_access import check_reference
from mockserver.packs.pack import compile_pack
from mockserver.packs.values import TIME_FORMATS
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import node_to_json
from mockserver.scenario.reader import read_yaml
from mockserver.yamlio import resolve_scalar
from tests.support.packs import ATELIER_TEXT, changed_text, problems_of
from tests.support.paths import ROOT

SCHEMA = jsonschema.Draft202012Validator(json_schema())


def document(text: str):
    """Return a pack as JSON."""
    return node_to_json(read_yaml(text, "pack.yaml")[0])


def test_the_published_schema_is_the_table():
    assert (ROOT / "vendors" / "pack.schema.json").read_text(encoding="utf-8") == schema_text()
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json.loads(schema_text()) == json_schema()


def test_the_schema_accepts_what_the_checker_accepts():
    assert list(SCHEMA.iter_errors(document(ATELIER_TEXT))) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("pack: 1", "pack: 2"),
        ("title: Atelier\n", ""),
        ("role: delete", "role: destroy"),
        ("broken: {refuse: too_late}", "broken: {refuse: too_late, unchanged: true}"),
        ("changed: {$time: $changed, as: unix}", "changed: {$time: $changed, as: unx}"),
        ("status: {$by: $field.error, glue: 502, else: 500}", "status: {$by: $field.error, glue: many}"),
        ("{is: colour}", "{is: colour, type: string}"),
        ("after: 4s, since", "after: 4, since"),
        ("alphabet: base58, length: 12", "alphabet: base58, length: 0"),
        ("summary: Frames have a price.", "sumary: Frames have a price."),
    ],
)
def test_the_schema_refuses_what_the_checker_refuses(right, wrong):
    text = changed_text((right, wrong))
    assert problems_of(text)
    # Within values the schema allows anything.
    if "$time" not in wrong:
        assert list(SCHEMA.iter_errors(document(text)))


def test_the_schema_is_printed(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        runpy.run_module("mockserver.packs.grammar", run_name="__main__")
    assert capsys.readouterr().out == schema_text()


def test_every_code_is_a_sentence():
    assert all(code.startswith("PCK") and text.endswith(".") for code, text in CODES.items())


def test_every_name_and_format_is_on_the_page():
    page = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
    assert {name for name in NAMES if f"`${name}" not in page and f", `${name}" not in page} - {"base_url"} == set()
    assert {name for name in TIME_FORMATS if f"`{name}`" not in page} == set()
    assert {role for role in grammar.ROLES if f"`{role}`" not in page} == set()


def test_an_overlay_adds_replaces_and_takes_out():
    text = changed_text(
        (
            "kinds: {frame: {body: {price: {amount: $ledger.total}, notes: $absent}}}",
            "kinds: {frame: {body: {wood: {$by: $state, waiting: none, done: $absent, else: some}, new: {a: {b: 1}}}}}",
        )
    )
    era = compile_pack(text).eras[-1]
    assert era.summary == "Frames have a price."
    assert era.pin == "atelier@2026-06-01"


def test_a_deferred_shape_is_the_shape():
    deferred = DeferredShape(lambda: VALUE)
    node = read_yaml("a: 1", "x")[0]
    assert deferred.expected() == VALUE.expected()
    assert deferred.mismatch_hint(node) == ""
    assert deferred.accepts(node)


def test_a_bundled_pack_has_no_problem():
    for path in sorted((ROOT / "vendors").glob("*.yaml")):
        assert [problem.text() for problem in pack_problems(path)] == []


def test_a_name_without_alternatives_is_reported():
    node, diagnostics = read_yaml("a: b", "x")
    value = node.get("a")
    assert value is not None
    assert not check_reference(value, "thing", [], diagnostics)
    assert isinstance(diagnostics, Diagnostics)
    assert resolve_scalar("1") == 1
    assert data_folder("contracts").is_dir()
