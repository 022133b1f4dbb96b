"""One schema against another, as an answer and as a request, forwards and backwards."""

import itertools

import pytest

from mockserver.contract.compare import alternatives, pair_graph, schema_comparison
from mockserver.contract.compare.alternatives import Alternative
from mockserver.contract.compare.diff import diff_captures
from mockserver.contract.compare.shape_pairs import sent_shape
from tests.support.contract_diffs import changes_found, checks, contract, contract_accepting, contract_answering

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
    "true is not 1": ({"const": 1}, {"const": True}, "DIF078", "DIF078", "DIF040", "DIF040"),
    "true is not 1 among others": (
        {"enum": ["a", 1, False]},
        {"enum": ["a", True, 0]},
        "DIF082 DIF082 DIF083 DIF083",
        "DIF082 DIF082 DIF083 DIF083",
        "DIF036 DIF036 DIF037 DIF037",
        "DIF036 DIF036 DIF037 DIF037",
    ),
    "a default of true is not one of 1": ({"default": 1}, {"default": True}, "", "", "DIF047", "DIF047"),
    "a whole number among the values of an alternative": (
        {"anyOf": [{"enum": [2.5]}, OPEN]},
        {"anyOf": [OPEN, {"enum": [1, 2.5]}]},
        "DIF082",
        "DIF083",
        "DIF037",
        "DIF036",
    ),
    "what is excluded has another field": (
        {"not": {"properties": {"x-a": TEXT}}},
        {"not": {"properties": {"x-b": TEXT}}},
        "DIF093",
        "DIF093",
        "DIF093",
        "DIF093",
    ),
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
    "null alone, and then nothing, fits": ({"type": "null"}, False, "", "", "", ""),
    "a limit of what was deprecated before": (
        {**TEXT, "deprecated": True, "maxLength": 9},
        {**TEXT, "deprecated": True, "maxLength": 8},
        "DIF087",
        "DIF086",
        "DIF045",
        "DIF046",
    ),
    "a required field is declared": (
        {"type": "object", "required": ["a"]},
        {"type": "object", "required": ["a"], "properties": {"a": TEXT}},
        "DIF081",
        "DIF080",
        "DIF042",
        "DIF041",
    ),
    "a field is gone as the others are refused": (
        OPEN,
        {**ONLY_A, "additionalProperties": False},
        "DIF071 DIF087",
        "DIF072 DIF086",
        "DIF034 DIF045",
        "DIF031 DIF046",
    ),
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


def test_what_is_not_sent_in_a_direction_is_not_required_in_it():
    hidden = requiring("a", "b", properties={"a": TEXT, "b": {**TEXT, "readOnly": True}})
    hidden["x-always-present"] = ["b"]
    capture = contract(components={"schemas": {"Pet": hidden}})
    place = Alternative(("#/components/schemas/Pet",))
    request, answer = (sent_shape(capture, place, is_answer=is_answer) for is_answer in (False, True))
    assert request.required == {"a"}
    assert request.always_present == set()
    assert answer.required == {"a", "b"}


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
    "a list of types": ({"type": ["string", "integer"]}, {"anyOf": [{"type": "integer"}, TEXT]}),
    "a list of types with limits": (
        {"type": ["string", "array", "number"], "maxLength": 5, "maxItems": 3, "items": TEXT, "minimum": 1},
        {
            "oneOf": [
                {"type": "array", "maxItems": 3, "items": TEXT},
                {"type": "number", "minimum": 1},
                {"type": "string", "maxLength": 5},
            ]
        },
    ),
    "alternatives of several types": (
        {"anyOf": [{"type": ["string", "integer"]}, OPEN]},
        {"anyOf": [OPEN, {"type": "integer"}, TEXT]},
    ),
    "a limit on one of two types": (
        {"type": "string", "maxLength": 5, "nullable": True},
        {"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 5}]},
    ),
    "alternatives in alternatives": (
        {"oneOf": [ONLY_A, {"oneOf": [TEXT, {"$ref": "#/components/schemas/Text"}, {"type": "array"}]}]},
        {"anyOf": [{"type": "array"}, {"$ref": "#/components/schemas/Text"}, TEXT, ONLY_A]},
    ),
    "alternatives that list values": (
        {"anyOf": [{"enum": ["a", 1, 2]}, OPEN]},
        {"anyOf": [OPEN, {"enum": [1, 2]}, {"const": "a"}]},
    ),
    "alternatives in a circle": (
        {"anyOf": [TEXT, {"$ref": "#/components/schemas/Loop"}]},
        {"anyOf": [{"$ref": "#/components/schemas/Loop"}, TEXT]},
    ),
    "nullable": ({"type": "string", "nullable": True}, NULLABLE),
    "a nullable reference": (
        {"$ref": "#/components/schemas/Text", "nullable": True},
        {"anyOf": [{"$ref": "#/components/schemas/Text"}, {"type": "null"}]},
    ),
    "nullable values": ({"type": "string", "nullable": True, "enum": ["a"]}, {"enum": ["a", None]}),
    "other fields may be anything": ({**OPEN, "additionalProperties": {}}, {**OPEN, "additionalProperties": True}),
    "closed by another keyword": (
        {**OPEN, "unevaluatedProperties": False},
        {**OPEN, "additionalProperties": False},
    ),
    "numbers in other spellings": ({"enum": [1, 0, 100]}, {"enum": [1.0, -0.0, 1e2]}),
    "a constant in another spelling": ({"const": {"a": [2]}}, {"const": {"a": [2.0]}}),
    "limits in another spelling": ({"multipleOf": 5, "minimum": 1}, {"multipleOf": 5.0, "minimum": 1.0}),
    "a default in another spelling": ({"default": {"a": 1}}, {"default": {"a": 1.0}}),
    "an excluded value in another spelling": ({"not": {"const": 1}}, {"not": {"const": 1.0}}),
    "a limit in two parts": (
        {"allOf": [{"pattern": "a", "format": "uri"}, {"pattern": "a", "format": "uri"}]},
        {"pattern": "a", "format": "uri"},
    ),
    "an extension inside of what is excluded": ({"not": {"const": 1, "x-a": 1}}, {"not": {"const": 1}}),
    "a reference in what is excluded": (
        {"not": {"$ref": "#/components/schemas/Text", "x-a": 1, "title": "T"}},
        {"not": {"type": "string"}},
    ),
    "an order in what is excluded": (
        {"not": {"required": ["a", "b"], "enum": [1, "a"], "anyOf": [TEXT, {"type": ["array", "object"]}]}},
        {"not": {"anyOf": [{"type": ["object", "array"]}, TEXT], "enum": ["a", 1.0], "required": ["b", "a"]}},
    ),
    "a field called like an extension": ({"not": {"required": ["x-a"]}}, {"not": {"required": ["x-a"]}}),
    "a single alternative": ({"oneOf": [OPEN]}, OPEN),
    "an alternative that is anything": ({"anyOf": [TEXT, {}]}, {"anyOf": [{}, TEXT]}),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_in_other_words_is_no_change(name):
    for side in (contract_answering, contract_accepting):
        loop = {"anyOf": [{"$ref": "#/components/schemas/Loop"}, {"type": "array"}]}
        old, new = (side(schema, Text=TEXT, Loop=loop) for schema in SAME[name])
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


def test_alternatives_that_are_no_longer_described():
    old, new = contract_answering({"items": {"anyOf": [TEXT, OPEN]}}), contract_answering({})
    assert ("DIF080", "response 200 /*") in changes_found(old, new)
    assert ("DIF081", "response 200 /*") in changes_found(new, old)


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
        {"$ref": "#/components/schemas/Bird", "minProperties": 2},
        cat,
        {"type": "array", "items": TEXT},
    ]
    old = contract_answering({"oneOf": forms}, Dog=fields(b=TEXT, c=TEXT), Bird=fields(d=TEXT))
    new = contract_answering({"oneOf": forms[:2]})
    messages = {change.message for change in diff_captures(old, new)}
    assert {
        "the alternative 'Cat' is gone",
        "the alternative 'Dog' is gone",
        "the alternative 'Bird' is gone",
        "the alternative array is gone",
    } <= messages


@pytest.mark.parametrize("bound", [1, alternatives.MAX_SCORED_PAIRS])
def test_many_alternatives_are_paired_by_what_they_have_in_common(monkeypatch, bound):
    monkeypatch.setattr(alternatives, "MAX_SCORED_PAIRS", bound)
    forms = {f"E{n}": fields(type={"enum": [f"event.{n}"]}, **{f"f{n}": TEXT}) for n in range(60)}
    # Those of the newer contract are written in other words: equal ones are found without a score.
    reworded = {name: {**form, "description": "new"} for name, form in forms.items()}
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in forms]
    old, new = contract_answering({"oneOf": refs[1:]}, **forms), contract_answering({"oneOf": refs[::-1]}, **reworded)
    [change] = diff_captures(old, new)
    assert change.check == "DIF088"
    assert change.message == "the alternative 'E0' is new"


def test_of_equal_alternatives_those_of_one_name_are_pairs():
    names = {"Cat": fields(kind=TEXT), "Dog": fields(kind=TEXT)}
    mapping = {"cat": "Cat", "dog": "Dog"}
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    old, new = (
        {"oneOf": each, "discriminator": {"propertyName": "kind", "mapping": mapping}} for each in (refs, refs[::-1])
    )
    assert checks(contract_answering(old, **names), contract_answering(new, **names)) == []


def test_an_equal_alternative_with_another_name_is_no_change():
    old = {"oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]}
    new = {"oneOf": [{"$ref": "#/components/schemas/C"}, {"$ref": "#/components/schemas/B"}]}
    own = {"A": fields(a=TEXT), "B": fields(b=TEXT)}
    assert checks(contract_answering(old, **own), contract_answering(new, C=fields(a=TEXT), B=own["B"])) == []


def test_alternatives_are_compared_with_the_most_similar_one():
    forms = [
        fields(a=TEXT, b=TEXT),
        fields(a=TEXT, c=TEXT),
        {"type": "object", "title": "T", "properties": {"d": TEXT}},
    ]
    grown = [fields(a=TEXT, b=TEXT, e=TEXT), *forms[1:]]
    for new in itertools.permutations(grown):
        changes = changes_found(contract_answering({"anyOf": forms}), contract_answering({"anyOf": list(new)}))
        assert changes == [("DIF072", "response 200 /e")]


def test_an_alternative_with_constraints_beside_its_own_alternatives_stays_whole():
    inner = {"type": "object", "required": ["a"], "properties": {"a": TEXT}, "anyOf": [{"minProperties": 2}, ONLY_A]}
    old, new = {"oneOf": [inner, TEXT]}, {"oneOf": [TEXT, {**inner, "properties": {"a": NULLABLE}}]}
    assert ("DIF076", "response 200 /a") in changes_found(contract_answering(old), contract_answering(new))


MAPPED = {
    "oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}],
    "discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/A", "b": "B", "x": "x.yaml"}},
}
KINDS = {"A": fields(kind=TEXT, a=TEXT), "B": fields(kind=TEXT, b=TEXT), "C": fields(kind=TEXT, c=TEXT)}


class TestDiscriminators:
    def changes(self, old, new):
        return [
            (change.check, change.message)
            for change in diff_captures(*(contract_answering(each, **KINDS) for each in (old, new)))
        ]

    def mapped(self, **mapping):
        return {**MAPPED, "discriminator": {"propertyName": "kind", "mapping": mapping}}

    def test_it_is_another_field(self):
        new = {**MAPPED, "discriminator": {"propertyName": "a"}}
        assert self.changes(MAPPED, new) == [("DIF094", "the discriminator is another field")]

    def test_a_value_means_another_schema(self):
        assert self.changes(MAPPED, self.mapped(a="A", b="A")) == [
            ("DIF094", "the value 'b' of the discriminator means another schema")
        ]
        assert self.changes(MAPPED, self.mapped(b="B", a="A")) == []

    def test_a_value_comes_and_goes(self):
        new = self.mapped(a="A", b="B", c="B")
        assert self.changes(MAPPED, new) == [("DIF082", '"c" is a new value')]
        assert self.changes(new, MAPPED) == [("DIF083", '"c" is no longer a value')]

    def test_the_value_of_a_new_alternative_is_new_with_it(self):
        new = self.mapped(a="A", b="B", c="C")
        new["oneOf"] = [*MAPPED["oneOf"], {"$ref": "#/components/schemas/C"}]
        assert self.changes(MAPPED, new) == [("DIF088", "the alternative 'C' is new")]
        assert self.changes(new, MAPPED) == [("DIF089", "the alternative 'C' is gone")]

    def test_it_comes_and_goes(self):
        plain = {"oneOf": MAPPED["oneOf"]}
        for sides in ((plain, MAPPED), (MAPPED, plain)):
            assert self.changes(*sides) == [("DIF093", "the keyword 'discriminator' has changed")]

    def test_the_schemas_that_extend_one_are_compared_by_it(self):
        base = {"$ref": "#/components/schemas/Base"}
        schemas = {
            "Base": {
                **fields(kind=TEXT),
                "discriminator": {"propertyName": "kind", "mapping": {"a": "Big", "b": "None"}},
            },
            "Big": {"allOf": [base, fields(size=TEXT)]},
        }
        new = {**schemas, "Big": {"allOf": [base, fields(size=NULLABLE)]}}
        assert changes_found(contract_answering(base, **schemas), contract_answering(base, **new)) == [
            ("DIF076", "response 200 /size")
        ]
        mapping = {"propertyName": "kind", "mapping": {"c": "Big"}}
        other = {**schemas, "Base": {**fields(kind=TEXT), "discriminator": mapping}}
        assert checks(contract_answering(base, **schemas), contract_answering(base, **other)) == ["DIF082", "DIF083"]


RESOURCE = {
    "type": "object",
    "required": ["name", "id", "password"],
    "properties": {
        "name": TEXT,
        "id": {"type": "string", "readOnly": True},
        "password": {"allOf": [{"type": "string", "writeOnly": True}]},
    },
}


class TestDirections:
    def test_what_is_read_only_is_no_part_of_requests(self):
        for old, new in ((requiring("name"), RESOURCE), (RESOURCE, requiring("name"))):
            assert ("request /id") not in str(changes_found(contract_accepting(old), contract_accepting(new)))

    def test_what_is_write_only_is_no_part_of_answers(self):
        found = changes_found(contract_answering(fields(name=TEXT)), contract_answering(RESOURCE))
        assert found == [("DIF072", "response 200 /id"), ("DIF075", "response 200 /name")]

    def test_a_field_that_becomes_read_only_is_gone_from_requests(self):
        new = fields(a=TEXT, b={**TEXT, "readOnly": True})
        assert changes_found(contract_accepting(OPEN), contract_accepting(new)) == [("DIF035", "request /b")]
        assert changes_found(contract_answering(OPEN), contract_answering(new)) == []


def test_a_schema_that_contains_itself_by_parts_ends():
    def document(**more):
        inner = {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}
        outer = {"type": "array", "items": {"$ref": "#/components/schemas/More"}}
        node = {"type": "object", "properties": {"f": inner, **more}}
        return contract_answering(
            {"$ref": "#/components/schemas/More"},
            Node=node,
            More={"allOf": [{"$ref": "#/components/schemas/Node"}, fields(f=outer)]},
        )

    [change] = diff_captures(document(), document(g=TEXT))
    assert change.message == "the field 'g' is new"
    assert [place.where for place in change.places] == ["response 200 /g", "response 200 /f/*/g"]


def test_a_keyword_is_compared_with_what_it_refers_to():
    def document(title, schema):
        condition = {"$ref": "#/components/schemas/C", "description": title}
        return contract_answering({"not": {"allOf": [{"$ref": "#/components/schemas/C"}], "if": condition}}, C=schema)

    assert checks(document("a", TEXT), document("a", NULLABLE)) == ["DIF093"]
    endless = {"properties": {"title": {"$ref": "#/components/schemas/C"}}}
    assert checks(document("a", endless), document("a", endless)) == []


def test_one_side_with_alternatives_beside_its_fields_is_compared_where_both_have_fields():
    old = fields(a=TEXT, b=TEXT)
    new = {**fields(a=NULLABLE), "oneOf": [fields(b=TEXT), fields(c=TEXT)]}
    expected = {("DIF076", "response 200 /a"), ("DIF093", "response 200")}
    assert set(changes_found(contract_answering(old), contract_answering(new))) == expected
    assert {check for check, _ in changes_found(contract_answering(new), contract_answering(old))} == {
        "DIF077",
        "DIF093",
    }


def test_too_many_schemas_are_not_all_compared(monkeypatch):
    monkeypatch.setattr(schema_comparison, "MAX_COMPARED_PAIRS", 2)
    tree = fields(a=fields(b=fields(c=TEXT)))
    other = fields(a=fields(b=fields(c=NULLABLE)))
    assert checks(contract_answering(tree), contract_answering(other)) == []


def test_a_change_of_very_many_places_is_reported_at_one(monkeypatch):
    monkeypatch.setattr(pair_graph, "MAX_TRACED_STEPS", 1)
    schema = {"$ref": "#/components/schemas/S"}
    answers = {
        str(status): {"content": {"application/json": {"schema": {"allOf": [schema]}}}} for status in (200, 201, 202)
    }
    old, new = (
        contract(responses=answers, components={"schemas": {"S": each}})
        for each in (fields(a=TEXT), fields(a=NULLABLE))
    )
    [change] = diff_captures(old, new)
    assert [place.where for place in change.places] == ["response 200 /a"]


def test_a_schema_that_is_used_twice_is_reported_once_at_the_first_place():
    schema = {"$ref": "#/components/schemas/S"}
    sides = [contract_answering(fields(b=schema, a=schema), S=fields(x=each)) for each in (TEXT, NULLABLE)]
    assert changes_found(*sides) == [("DIF076", "response 200 /a/x")]


def test_an_alternative_is_called_by_its_reference_or_its_type():
    dog = {"$ref": "#/components/schemas/Dog", "description": "a dog"}
    forms = [ONLY_A, fields(kind={"const": "x"}), dog, {"properties": {"b": TEXT, "kind": {"const": "z"}}}]
    old, new = (contract_answering({"oneOf": each}, Dog=fields(kind={"const": "y"})) for each in (forms, forms[:2]))
    messages = [change.message for change in diff_captures(old, new)]
    assert messages == [
        "the type is documented now",
        "the alternative 'Dog' is gone",
        "the alternative any type is gone",
    ]
