"""The walk finds what no schema forbids: undeclared, off the page, absent."""

from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.undeclared import find_undocumented


def found(schema, value, **others):
    capture = Capture("v", "e", {"paths": {}, "components": {"schemas": {"S": schema, **others}}})
    return [(each.kind.value, each.pointer) for each in find_undocumented(capture, "#/components/schemas/S", value)]


A = {"properties": {"a": {"type": "integer"}}}
B = {"properties": {"b": {"type": "integer"}}, "required": ["b"]}


def test_a_declared_field_is_no_stray():
    assert found(A, {"a": 1}) == []


def test_an_undeclared_one_is_found_at_any_depth():
    deep = {"properties": {"x": {"type": "array", "items": {"$ref": "#/components/schemas/A"}}}}
    assert found(deep, {"x": [{"a": 1}, {"a": 1, "c/d": 2}]}, A=A) == [("undeclared", "/x/1/c~1d")]


def test_parts_declare_together():
    assert found({"allOf": [A, B]}, {"a": 1, "b": 2, "c": 3}) == [("undeclared", "/c")]


def test_only_fitting_alternatives_declare():
    assert found({"anyOf": [A, B]}, {"a": 1, "b": 2}) == []
    closed = {"oneOf": [{**A, "required": ["a"]}, B]}
    assert found(closed, {"b": 1, "a2": 1}) == [("undeclared", "/a2")]


def test_each_value_has_its_own_alternative():
    closed = {"items": {"oneOf": [{**A, "required": ["a"]}, B]}}
    assert found(closed, [{"b": 1, "x": 1}, {"a": 1, "y": 1}, {"a": 1, "b": 1}, {"b": 1, "a": "z"}]) == [
        ("undeclared", "/0/x"),
        ("undeclared", "/1/y"),
        ("undeclared", "/3/a"),
    ]


def test_where_none_fits_all_declare():
    assert found({"oneOf": [{**A, "required": ["a"]}, B]}, {"c": 1, "a": "x"}) == [("undeclared", "/c")]


def test_a_free_form_object_is_not_looked_into():
    assert found({"type": "object"}, {"x": 1}) == []
    assert found({**A, "additionalProperties": True}, {"x": 1}) == []
    assert found(True, {"x": 1}) == []


def test_a_schema_for_the_rest_declares_the_rest():
    rest = {"additionalProperties": A}
    assert found(rest, {"x": {"a": 1}, "y": {"b": 1}}) == [("undeclared", "/y/b")]


def test_a_schema_that_is_itself_ends():
    assert found({"$ref": "#/components/schemas/S", **A}, {"b": 1}) == [("undeclared", "/b")]


def test_a_field_the_page_does_not_know_is_off_page():
    assert found({"properties": {"a": {"x-basis": "runtime"}, "b": {"x-basis": "page"}}}, {"a": 1, "b": 1}) == [
        ("off-page", "/a")
    ]


def test_so_is_a_value_or_a_type():
    schema = {"properties": {"s": {"x-basis-of": {"in_progress": "runtime", "null": "inferred", "integer": "page"}}}}
    assert [found(schema, {"s": value}) for value in ("in_progress", None, "done", 5)] == [
        [("off-page", "/s")],
        [("off-page", "/s")],
        [],
        [],
    ]


def test_fields_always_present_are_missed():
    assert found({**A, "x-always-present": ["a", "b"]}, {"a": 1}) == [("absent", "")]
