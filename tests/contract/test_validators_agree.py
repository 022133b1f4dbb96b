"""jsonschema-rs gives the verdict and jsonschema the words: over every body's schema of every capture they agree.

Bodies are drawn along the schema, so that most of it is reached, and then damaged in one place or in none.
"""

import json
import re
from functools import lru_cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.contract.documents.capture import captured_eras, load_capture
from mockserver.contract.documents.places import captured_vendors
from mockserver.contract.schema.validate import conforms, reference_is_valid, violations

ALL = [(vendor, era) for vendor in captured_vendors() for era in captured_eras(vendor)]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8"), max_size=6),
    st.sampled_from(
        ["cancelled", "canceled", "0" * 24, "0" * 24 + "\n", "2026-05-06T00:00:00Z", "http://h/p", "\u0663"]
    ),
)
TEXTS = {
    "date-time": st.sampled_from(["2026-05-06T00:00:00Z", "2026-02-30T00:00:00Z", "2026-05-06T23:59:60Z", "now"]),
    "uri": st.sampled_from(["https://a.example/b", "ws://h:1/x?y#z", "a b", "//h", ""]),
}
BY_TYPE = {
    "null": st.none(),
    "boolean": st.booleans(),
    "integer": st.one_of(st.integers(-2, 300), st.sampled_from([1.0, 1.5])),
    "number": st.one_of(st.integers(-2, 300), st.floats(0, 10)),
    "string": st.text(st.characters(codec="utf-8"), max_size=4),
}


def drawn(draw, capture, schema, depth=0):
    """A value along a schema, mostly one that conforms."""
    if "$ref" in schema:
        return drawn(draw, capture, capture.at(schema["$ref"]), depth + 1)
    if "enum" in schema or "const" in schema:
        return draw(st.sampled_from(schema.get("enum") or [schema["const"]]))
    options = schema.get("oneOf") or schema.get("anyOf")
    if options and "properties" not in schema:
        return drawn(draw, capture, draw(st.sampled_from(options)), depth + 1)
    kinds = schema.get("type") or ("object" if "properties" in schema or "allOf" in schema else "null")
    kind = kinds if isinstance(kinds, str) else draw(st.sampled_from(kinds))
    if kind == "object":
        return {**shared(draw, capture, schema, depth), **fields(draw, capture, schema, depth)}
    if kind == "array":
        count = 0 if depth > 6 else draw(st.integers(0, 2))
        return [drawn(draw, capture, schema.get("items", {}), depth + 1) for _ in range(count)]
    if kind == "string" and "pattern" in schema:
        return draw(st.sampled_from(["0123456789abcdefABCDEF00", "0" * 24 + "\n", "id"]))
    return draw(TEXTS.get(schema.get("format"), BY_TYPE[kind]))


def shared(draw, capture, schema, depth):
    built = {}
    for part in schema.get("allOf", ()):
        if "$ref" in part:
            built |= drawn(draw, capture, part, depth + 1)
    return built


def fields(draw, capture, schema, depth):
    wanted = set(schema.get("required", ()))
    declared = schema.get("properties", {})
    chosen = [name for name in declared if name in wanted or (depth < 5 and draw(st.booleans()))]
    return {name: drawn(draw, capture, declared[name], depth + 1) for name in chosen}


def damaged(draw, value):
    """The same value with one place changed."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(value)))
        if draw(st.booleans()):
            return {**value, name: damaged(draw, value[name])}
        return {each: inner for each, inner in value.items() if each != name}
    if isinstance(value, list) and value and draw(st.booleans()):
        return [*value[1:], damaged(draw, value[0])]
    return draw(st.one_of(SCALARS, st.just({}), st.just([]), st.just({"error": {"code": "x"}})))


@lru_cache
def bodies(vendor, era):
    """The pointers of every response's and request's schema, each component once."""
    capture = load_capture(vendor, era)
    found = {}
    for op in capture.operations:
        for media in op.body.get("requestBody", {}).get("content", {}):
            pointer = f"{op.pointer}/requestBody/content/{media.replace('/', '~1')}/schema"
            found.setdefault(capture.follow(pointer)[0], pointer)
        for answer in op.answers.values():
            for media in answer.body.get("content", {}):
                pointer = f"{answer.pointer}/content/{media.replace('/', '~1')}/schema"
                found.setdefault(capture.follow(pointer)[0], pointer)
    return sorted(found.values())


def whole_text(capture, pointer):
    """The text of a schema with all that it refers to: eras of a vendor have most of them in common."""
    found, waiting = {}, [pointer]
    for each in waiting:
        if each not in found:
            found[each] = json.dumps(capture.at(each))
            waiting += re.findall(r'"\$ref": "([^"]+)"', found[each])
    return "".join([found.pop(pointer), *(f"{name}{text}" for name, text in found.items())])


SCHEMAS = {
    whole_text(load_capture(vendor, era), pointer): (vendor, era, pointer)
    for vendor, era in ALL
    for pointer in bodies(vendor, era)
}
"""Each schema once, whatever eras have it."""


@pytest.mark.parametrize(("vendor", "era", "pointer"), SCHEMAS.values())
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_one_verdict(vendor, era, pointer, data):
    capture = load_capture(vendor, era)
    value = drawn(data.draw, capture, capture.at(pointer))
    if data.draw(st.booleans()):
        value = damaged(data.draw, value)
    verdict = conforms(capture, pointer, value)
    assert reference_is_valid(capture, pointer, value) == verdict
    assert (violations(capture, pointer, value) == []) == verdict


@pytest.mark.parametrize(("vendor", "era"), ALL)
def test_every_schema_is_asked(vendor, era):
    capture = load_capture(vendor, era)
    for pointer in bodies(vendor, era):
        for value in (None, {}, [], "x", 5, {"error": "x"}, {"detail": "x"}, {"status": None, "id": 5}):
            assert reference_is_valid(capture, pointer, value) == conforms(capture, pointer, value)
