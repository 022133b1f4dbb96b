"""What schemas allow together: types and listed values, also where they refer to each other in a circle."""

import time

import pytest

from mockserver.contract.documents.capture import parse_capture
from mockserver.contract.schema.allowed_values import AllowedValues, allowed_at


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def allowed(schema, **others):
    schemas = {"S": schema, **others}
    capture = parse_capture({"paths": {}, "components": {"schemas": schemas}}, "v", "e")
    return allowed_at(capture, "#/components/schemas/S")


@pytest.mark.parametrize(
    ("schema", "types", "values"),
    [
        ({}, None, None),
        (True, None, None),
        (False, set(), None),
        ({"type": "string"}, {"string"}, None),
        ({"type": ["integer", "number", "null"]}, {"number", "null"}, None),
        ({"enum": [1.0, 2]}, {"integer"}, ("1", "2")),
        ({"enum": [1.5, 2]}, {"number"}, ("1.5", "2")),
        ({"enum": ["a", None], "const": "b"}, {"string"}, ('"b"',)),
        ({"const": None}, {"null"}, ()),
        ({"allOf": [{"type": "number"}, {"type": ["integer", "string"]}]}, {"integer"}, None),
        ({"anyOf": [{"type": "string"}, {}]}, None, None),
        ({"anyOf": [{"const": "a"}, {"type": "null"}]}, {"string", "null"}, ('"a"',)),
        ({"anyOf": [{"const": "a"}, {"type": "string"}]}, {"string"}, None),
        ({"anyOf": [{"type": "null"}]}, {"null"}, None),
        ({"allOf": [{"enum": ["b", "a", "c"]}, {"enum": ["c", "b"]}]}, {"string"}, ('"b"', '"c"')),
    ],
)
def test_of_one_schema(schema, types, values):
    assert allowed(schema) == AllowedValues(None if types is None else frozenset(types), values)


def test_a_circle_is_what_its_schemas_have_in_common():
    first, second = {"allOf": [ref("T")], "enum": ["a", "b"]}, {"allOf": [ref("S")], "enum": ["b", "c"]}
    assert allowed(first, T=second).values == ('"b"',)
    assert allowed(ref("U"), U={"allOf": [ref("T")], "enum": ["a", "b"]}, T={**second, "allOf": [ref("U")]}).values == (
        '"b"',
    )


def test_a_circle_does_not_depend_on_where_it_is_entered():
    schemas = {
        "S": {"anyOf": [ref("T"), {"type": "string"}], "type": ["string", "object", "array"]},
        "T": {"allOf": [ref("S")], "type": ["object", "integer", "string"]},
    }
    capture = parse_capture({"paths": {}, "components": {"schemas": schemas}}, "v", "e")
    other = parse_capture({"paths": {}, "components": {"schemas": schemas}}, "v", "e")
    places = ["#/components/schemas/S", "#/components/schemas/T"]
    found = [allowed_at(capture, each) for each in places]
    assert found == [allowed_at(other, each) for each in reversed(places)][::-1]
    assert [each.types for each in found] == [{"string", "object"}] * 2


def test_an_order_that_runs_around_a_circle_ends():
    orders = (["a", "b"], ["b", "a"], ["a", "b"])
    links = {
        name: {"allOf": [ref(following), {"enum": order}]}
        for name, following, order in zip("STU", "TUS", orders, strict=True)
    }
    assert set(allowed(schema=links.pop("S"), **links).values) == {'"a"', '"b"'}


def test_schemas_that_all_refer_to_each_other_are_quick():
    names = [f"N{number}" for number in range(9)]
    links = {name: {"anyOf": [ref(other) for other in names if other != name]} for name in names}
    began = time.process_time()
    assert allowed(ref("N0"), **links).types is None
    assert time.process_time() - began < 2


def test_two_long_lists_are_intersected_without_a_search_for_each_value():
    values = [f"v{number}" for number in range(20_000)]
    began = time.process_time()
    found = allowed({"allOf": [{"enum": values}, {"enum": values[::-1]}]}).values
    assert time.process_time() - began < 2
    assert len(found or ()) == len(values)
