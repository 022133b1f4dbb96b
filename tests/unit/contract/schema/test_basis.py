"""The bases on the way from a body's schema down to a field."""

import pytest

from mockserver.contract.documents.capture import parse_capture
from mockserver.contract.schema.basis import bases_on_the_way

SCHEMAS = {
    "Video": {
        "x-basis": "spec",
        "properties": {
            "id": {"type": "string"},
            "progress": {"x-basis": "runtime"},
            "outputs": {"x-basis": "prose", "items": {"properties": {"url": {"x-basis": "inferred"}}}},
            "parts": {"allOf": [{"x-basis": "page"}, {"x-basis": "prose"}]},
            "asset": {"anyOf": [{"properties": {"id": {"x-basis": "inferred"}}}, {"type": "string"}]},
            "labels": {"additionalProperties": {"x-basis": "runtime"}},
        },
    },
    "Created": {"$ref": "#/components/schemas/Video"},
}
CAPTURE = parse_capture({"paths": {}, "components": {"schemas": SCHEMAS}}, "videos", "2026-01-01")


@pytest.mark.parametrize(
    ("pointer", "bases"),
    [
        ("", ["spec"]),
        ("/id", ["spec"]),
        ("/progress", ["spec", "runtime"]),
        ("/outputs/3/url", ["spec", "prose", "inferred"]),
        ("/parts", ["spec", "page", "prose"]),
        # Which alternative was meant is not known.
        ("/asset/id", ["spec"]),
        ("/labels/any", ["spec", "runtime"]),
        ("/undeclared/deeper", ["spec"]),
    ],
)
def test_the_way_to_a_field(pointer, bases):
    assert list(bases_on_the_way(CAPTURE, "#/components/schemas/Created", pointer)) == bases
