"""One schema against another, as an answer and as a request, forwards and backwards."""

import pytest

from mockserver.contract.compare.diff import diff_captures
from tests.support.contract_diffs import changes_found, checks, contract_accepting, contract_answering

OPEN = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}


def fields(**properties):
    return {"type": "object", "properties": properties}


def requiring(*names, **others):
    return {**OPEN, "required": list(names), **others}


NULLABLE = {"type": ["string", "null"]}
TEXT = {"type": "string"}
ONLY_A = fields(a=TEXT)

# What was, what is: the checks in an answer (there and back), then in a request (there and back).
CASES = {
    "a field is new": (ONLY_A, OPEN, "DIF072", "DIF071", "DIF031", "DIF035"),
    "a required field is new": (ONLY_A, requiring("b"), "DIF072", "DIF070", "DIF030", "DIF035"),
    "a field that is always sent is new": (
        ONLY_A,
        {**OPEN, "x-always-present": ["b"]},
        "DIF072",
        "DIF070",
        "DIF031",
        "DIF035",
    ),
    "a field becomes required": (OPEN, requiring("a"), "DIF075", "DIF073", "DIF032", "DIF033"),
    "a field is always sent": (OPEN, {**OPEN, "x-always-present": ["a"]}, "DIF075", "DIF074", "", ""),
    "a required field need not be declared": ({}, {"required": ["a"]}, "DIF072", "DIF070", "DIF030", "DIF035"),
    "null is possible": (TEXT, NULLABLE, "DIF076", "DIF077", "DIF044", "DIF043"),
    "null alone is possible": (
        TEXT,
        {"type": "null"},
        "DIF076 DIF079",
        "DIF077 DIF078",
        "DIF044 DIF040",
        "DIF043 DIF041",
    ),
    "an integer becomes a number": ({"type": "integer"}, {"type": "number"}, "DIF078", "DIF079", "DIF041", "DIF040"),
    "another type": (TEXT, {"type": "integer"}, "DIF078", "DIF078", "DIF040", "DIF040"),
    "a type more": (TEXT, {"type": ["string", "integer"]}, "DIF078", "DIF079", "DIF041", "DIF040"),
    "a type is said": ({}, TEXT, "DIF081", "DIF080", "DIF042", "DIF041"),
    "a value more": ({"enum": ["a"]}, {"enum": ["a", "b"]}, "DIF082", "DIF083", "DIF037", "DIF036"),
    "a constant becomes another": (
        {"const": "a"},
        {"const": "b"},
        "DIF082 DIF083",
        "DIF082 DIF083",
        "DIF036 DIF037",
        "DIF036 DIF037",
    ),
    "values are listed": (TEXT, {"type": "string", "enum": ["a"]}, "DIF085", "DIF084", "DIF038", "DIF039"),
    "a maximum falls": ({"maximum": 9}, {"maximum": 8}, "DIF087", "DIF086", "DIF045", "DIF046"),
    "a minimum rises": ({"minItems": 1}, {"minItems": 2}, "DIF087", "DIF086", "DIF045", "DIF046"),
    "a pattern is new": ({}, {"pattern": "^a$"}, "DIF087", "DIF086", "DIF045", "DIF046"),
    "another pattern": ({"pattern": "^b$"}, {"pattern": "^a$"}, "DIF086", "DIF086", "DIF047", "DIF047"),
    "a format is said": ({}, {"format": "uri"}, "DIF087", "DIF086", "DIF047", "DIF046"),
    "another default": ({"default": 1}, {"default": 2}, "", "", "DIF047", "DIF047"),
    "a default is said": ({}, {"default": False}, "", "", "", "DIF047"),
    "fields are closed": (OPEN, {**OPEN, "additionalProperties": False}, "DIF087", "DIF086", "DIF045", "DIF046"),
    "other fields are described": (
        OPEN,
        {**OPEN, "additionalProperties": TEXT},
        "DIF093",
        "DIF093",
        "DIF093",
        "DIF093",
    ),
    "something is excluded": (OPEN, {**OPEN, "not": {"required": ["a"]}}, "DIF093", "DIF093", "DIF093", "DIF093"),
    "a basis": (TEXT, {**TEXT, "x-basis": "runtime"}, "DIF090", "DIF090", "DIF090", "DIF090"),
    "a basis of one value": (TEXT, {**TEXT, "x-basis-of": {"a": "page"}}, "DIF090", "DIF090", "DIF090", "DIF090"),
    "deprecated": (TEXT, {**TEXT, "deprecated": True}, "DIF004", "", "DIF004", ""),
    "nothing fits": (TEXT, False, "DIF079", "DIF078", "DIF040", "DIF041"),
    "a form more": (
        {"oneOf": [fields(a=TEXT), fields(b=TEXT)]},
        {"oneOf": [fields(b=TEXT), fields(c=TEXT), fields(a=TEXT)]},
        "DIF088",
        "DIF089",
        "DIF049",
        "DIF048",
    ),
    "one form becomes two": (
        fields(a=TEXT),
        {"anyOf": [fields(a=TEXT), fields(b=TEXT)]},
        "DIF088",
        "DIF089",
        "DIF049",
        "DIF048",
    ),
    "a form of another type": (TEXT, {"anyOf": [TEXT, {"type": "array"}]}, "DIF078", "DIF079", "DIF041", "DIF040"),
    "forms within what was": (
        OPEN,
        {**OPEN, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        "DIF093",
        "DIF093",
        "DIF093",
        "DIF093",
    ),
}


def ordered(text):
    return sorted(text.split())


@pytest.mark.parametrize("name", CASES)
def test_there_and_back(name):
    old, new, *expected = CASES[name]
    for side, there, back in ((contract_answering, *expected[:2]), (contract_accepting, *expected[2:])):
        assert sorted(checks(side(old), side(new))) == ordered(there)
        assert sorted(checks(side(new), side(old))) == ordered(back)


def test_a_field_gone_from_a_request_that_refuses_unknown_ones():
    closed = {"additionalProperties": False}
    assert changes_found(contract_accepting({**OPEN, **closed}), contract_accepting({**ONLY_A, **closed})) == [
        ("DIF034", "request /b")
    ]


SAME = {
    "a reference": ({"$ref": "#/components/schemas/Text"}, TEXT),
    "a reference with words beside it": ({"$ref": "#/components/schemas/Text", "description": "so"}, TEXT),
    "parts": ({"allOf": [fields(a=TEXT), {"properties": {"b": {"$ref": "#/components/schemas/Text"}}}]}, OPEN),
    "null as an alternative": ({"anyOf": [TEXT, {"type": "null"}]}, NULLABLE),
    "null as a value": ({"oneOf": [{"enum": ["a"]}, {"const": None}]}, {"enum": ["a", None]}),
    "values of a type": ({"enum": ["a"]}, {"type": "string", "const": "a"}),
    "values in two lists": ({"oneOf": [{"const": "a"}, {"const": "b"}]}, {"enum": ["a", "b"]}),
    "values in every part": ({"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}, {"const": "b"}),
    "types in every part": ({"allOf": [{"type": ["integer", "string"]}, {"type": "number"}]}, {"type": "integer"}),
    "a number is an integer, too": ({"type": ["integer", "number"]}, {"type": "number"}),
    "limits in every part": (
        {"allOf": [{"maximum": 9, "minimum": 1}, {"maximum": 5, "minimum": 0}]},
        {"maximum": 5, "minimum": 1},
    ),
    "patterns in any order": (
        {"allOf": [{"pattern": "a"}, {"pattern": "b"}]},
        {"allOf": [{"pattern": "b"}, {"pattern": "a"}]},
    ),
    "what is not asked for": ({"uniqueItems": False}, {}),
    "anything": (True, {}),
    "a single alternative": ({"oneOf": [OPEN]}, OPEN),
    "an alternative that is anything": ({"anyOf": [TEXT, {}]}, {"anyOf": [{}, TEXT]}),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_in_other_words_is_no_change(name):
    for side in (contract_answering, contract_accepting):
        old, new = (side(schema, Text=TEXT) for schema in SAME[name])
        assert changes_found(old, new) == changes_found(new, old) == []


def test_places_are_named_from_the_outside_in():
    old = fields(list={"type": "array", "items": fields(a=TEXT)}, map={"additionalProperties": TEXT}, **{"x/y": TEXT})
    new = fields(list={"type": "array", "items": OPEN}, map={"additionalProperties": NULLABLE}, **{"x/y": NULLABLE})
    assert changes_found(contract_answering(old), contract_answering(new)) == [
        ("DIF076", "response 200 /map/*"),
        ("DIF076", "response 200 /x~1y"),
        ("DIF072", "response 200 /list/*/b"),
    ]


def test_items_that_are_no_longer_described():
    assert changes_found(contract_answering({"items": TEXT}), contract_answering({})) == [("DIF080", "response 200 /*")]
    assert changes_found(contract_answering({}), contract_answering({"items": TEXT})) == [("DIF081", "response 200 /*")]


def test_a_schema_in_itself_ends():
    tree = fields(name=TEXT, children={"type": "array", "items": {"$ref": "#/components/schemas/Tree"}})
    grown = {**tree, "properties": {**tree["properties"], "age": {"type": "integer"}}}
    root = {"$ref": "#/components/schemas/Tree"}
    assert checks(contract_answering(root, Tree=tree), contract_answering(root, Tree=grown)) == ["DIF072"]


@pytest.mark.parametrize(
    "schema", [{"$ref": "#/components/schemas/T"}, {"allOf": [{"$ref": "#/components/schemas/T"}]}]
)
def test_a_reference_in_a_circle_ends(schema):
    assert checks(contract_answering(schema, T=schema), contract_answering(schema, T=schema)) == []


def test_what_has_nothing_in_common_is_told_once():
    assert checks(contract_answering(OPEN), contract_answering({"type": "array", "items": TEXT})) == ["DIF078"]


def test_alternatives_are_paired_by_the_field_that_tells_them_apart():
    def event(kind, **others):
        return fields(type={"const": kind}, id=TEXT, **others)

    old = {"oneOf": [event("a"), event("b", x=TEXT)]}
    new = {"oneOf": [event("b", x=TEXT, y=TEXT), event("a")]}
    assert changes_found(contract_answering(old), contract_answering(new)) == [("DIF072", "response 200 /y")]
    assert sorted(checks(contract_answering(old), contract_answering({"oneOf": [event("a"), event("c", x=TEXT)]}))) == [
        "DIF088",
        "DIF089",
    ]


def test_alternatives_are_paired_by_name():
    names = {"Cat": fields(a=TEXT), "Dog": fields(a=TEXT, b=TEXT)}
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    new = {**names, "Cat": fields(a=NULLABLE)}
    changes = changes_found(
        contract_answering({"oneOf": refs}, **names), contract_answering({"oneOf": refs[::-1]}, **new)
    )
    assert changes == [("DIF076", "response 200 /a")]


def test_forms_are_called_by_name_title_or_type():
    cat = {"type": "object", "title": "Cat", "minProperties": 1}
    forms = [
        fields(a=TEXT),
        {"type": "array"},
        {"$ref": "#/components/schemas/Dog"},
        cat,
        {"type": "array", "items": TEXT},
    ]
    old = contract_answering({"oneOf": forms}, Dog=fields(b=TEXT, c=TEXT))
    new = contract_answering({"oneOf": forms[:2]})
    messages = {change.message for change in diff_captures(old, new)}
    assert {
        "the alternative 'Cat' is gone",
        "the alternative 'Dog' is gone",
        "the alternative array is gone",
    } <= messages


def test_a_great_many_alternatives_are_paired_in_their_order():
    forms = [fields(**{f"a{number}": TEXT}) for number in range(60)]
    assert checks(contract_answering({"oneOf": forms[1:]}), contract_answering({"oneOf": forms})).count("DIF072") == 59
