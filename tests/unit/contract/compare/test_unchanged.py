"""The named schemas that need not be compared."""

import pytest

from mockserver.contract.compare.unchanged import unchanged_schemas
from mockserver.contract.documents.capture import parse_capture


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def capture(schemas):
    return parse_capture({"paths": {}, "components": {"schemas": schemas}}, "v", "e")


SCHEMAS = {
    "Leaf": {"type": "string"},
    "Other/Leaf": {"enum": [1, "#/components/schemas/Leaf"]},
    "Middle": {"properties": {"a": ref("Leaf"), "b": ref("Middle")}},
    "Outer": {"items": {"anyOf": [ref("Middle"), {"$ref": "#/components/schemas/Other~1Leaf"}]}},
    "Tagged": {"oneOf": [ref("Leaf")], "discriminator": {"propertyName": "a"}},
    "Inside": {"not": {"$ref": "#/components/schemas/Middle/properties/a"}},
}


def unchanged(old, new):
    return {pointer.removeprefix("#/components/schemas/") for pointer in unchanged_schemas(capture(old), capture(new))}


def test_of_equal_documents_all_but_discriminators_and_what_refers_into_a_schema():
    assert unchanged(SCHEMAS, SCHEMAS) == {"Leaf", "Other~1Leaf", "Middle", "Outer"}


@pytest.mark.parametrize(
    ("name", "schema", "left"),
    [
        ("Leaf", {"type": "integer"}, {"Other~1Leaf"}),
        ("Middle", {"properties": {"a": ref("Leaf")}}, {"Leaf", "Other~1Leaf"}),
        ("Other/Leaf", {"enum": [True, "#/components/schemas/Leaf"]}, {"Leaf", "Middle"}),
        ("Outer", {}, {"Leaf", "Other~1Leaf", "Middle"}),
    ],
)
def test_what_refers_to_a_changed_schema_is_compared(name, schema, left):
    assert unchanged(SCHEMAS, {**SCHEMAS, name: schema}) == left
    assert unchanged({**SCHEMAS, name: schema}, SCHEMAS) == left


def test_a_document_without_schemas_has_none():
    assert unchanged_schemas(parse_capture({"paths": {}}, "v", "e"), capture(SCHEMAS)) == frozenset()
