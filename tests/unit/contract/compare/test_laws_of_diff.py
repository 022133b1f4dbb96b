"""Laws of comparing documents: nothing differs from itself, order does not count, backwards is the reverse.

And a document that is broken at a random place is compared or refused with a sentence, never anything else.
"""

import json
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract.compare.changes import render_changes
from mockserver.contract.compare.diff import diff_captures
from mockserver.contract.documents.capture import parse_capture
from mockserver.errors import MockError

NAMES = ("A", "B", "C")
SCALARS = st.sampled_from(
    [
        {"type": "string"},
        {"type": ["string", "null"]},
        {"type": "integer", "minimum": 1},
        {"type": "string", "enum": ["x", "y"]},
        {"const": "x"},
        {"enum": [1, "x", None]},
        True,
        *({"$ref": f"#/components/schemas/{name}"} for name in NAMES),
    ]
)


def _compound(inner):
    several = st.lists(inner, min_size=1, max_size=3)
    objects = st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    return st.one_of(
        st.builds(lambda fields, names: {"type": "object", "properties": fields, "required": names}, objects,
                  st.lists(st.sampled_from("abc"), unique=True, max_size=2)),
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        *(st.builds(lambda parts, key=key: {key: parts}, several) for key in ("allOf", "anyOf", "oneOf")),
        st.builds(lambda schema: {"properties": {"a": {"allOf": [schema], "readOnly": True}}}, inner),
        st.builds(lambda schema: {"type": "object", "additionalProperties": schema, "not": schema}, inner),
    )  # fmt: skip


SCHEMAS = st.recursive(SCALARS, _compound, max_leaves=8)


def document_of(schemas):
    whole = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}
    call = {
        "operationId": "do",
        "parameters": [{"name": "p", "in": "query", "schema": {"$ref": "#/components/schemas/B"}}],
        "requestBody": whole,
        "responses": {"200": {**whole, "headers": {"X": {"schema": {"type": "string"}}}}, "4XX": {"description": "no"}},
        "callbacks": {"done": {"{$request.body#/url}": {"post": {"requestBody": whole, "responses": {"200": {}}}}}},
        "security": [{"key": []}],
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": "https://{r}.a.example/v1", "variables": {"r": {"default": "eu", "enum": ["eu", "us"]}}}],
        "paths": {"/do/{id}": {"post": call, "parameters": [{"name": "id", "in": "path", "required": True}]}},
        "webhooks": {"done": {"post": {"operationId": "on", "requestBody": whole, "responses": {"200": {}}}}},
        "components": {"schemas": schemas, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


DOCUMENTS = st.fixed_dictionaries(dict.fromkeys(NAMES, SCHEMAS)).map(document_of)


def rewritten(document):
    """Return a document with an extension in each named schema: nothing is written alike, so all of it is compared."""
    schemas = document["components"]["schemas"]
    extended = {name: schema if schema is True else {**schema, "x-a": 1} for name, schema in schemas.items()}
    return {**document, "components": {**document["components"], "schemas": extended}}


def capture_of(document):
    return parse_capture(deepcopy(document), "t", "1")


def reordered(value, order):
    """Return a JSON value with its keys, and the alternatives of its schemas, in another order."""
    if isinstance(value, list):
        return [reordered(each, order) for each in value]
    if not isinstance(value, dict):
        return value
    items = [(key, reordered(each, order)) for key, each in value.items()]
    order.shuffle(items)
    for key, each in items:
        if key in ("anyOf", "oneOf", "allOf", "enum", "required") and isinstance(each, list):
            order.shuffle(each)
    return dict(items)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(DOCUMENTS)
def test_nothing_differs_from_itself(document):
    assert diff_captures(capture_of(document), capture_of(document)) == []
    assert diff_captures(capture_of(document), capture_of(rewritten(document))) == []


@settings(max_examples=60, deadline=None, derandomize=True)
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_keys_and_alternatives_does_not_count(document, order):
    assert diff_captures(capture_of(document), capture_of(reordered(rewritten(document), order))) == []


REVERSE = {"DIF001": "DIF002", "DIF072": "DIF071", "DIF082": "DIF083", "DIF088": "DIF089", "DIF076": "DIF077"}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(DOCUMENTS, DOCUMENTS)
def test_what_comes_goes_when_time_runs_backwards(one, other):
    there, back = (diff_captures(*map(capture_of, sides)) for sides in ((one, other), (other, one)))
    for came, went in REVERSE.items():
        for first, second in ((there, back), (back, there)):
            gone = {"DIF070", went} if went == "DIF071" else {went}
            sides = ([each for each in first if each.check == came], [each for each in second if each.check in gone])
            assert len(sides[0]) == len(sides[1])


def places_in(value, way=()):
    """Yield the keys that lead to each value."""
    yield way
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places_in(inner, (*way, key))


WRONG = st.one_of(
    st.sampled_from([None, True, 0, -1, 1e308, "", "text", "#/components/schemas/A", [], {}, ["a"], [[]], [None]]),
    st.sampled_from([{"$ref": 5}, {"$ref": "#"}, {"$ref": "#/paths"}, {"a": None}, {"": {}}, {"/": []}, "\ud800"]),
)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(DOCUMENTS, st.data())
def test_a_document_broken_at_any_place_is_compared_or_refused(document, data):
    broken = deepcopy(document)
    for _ in range(data.draw(st.integers(1, 3))):
        ways = [way for way in places_in(broken) if way]
        *outer, last = data.draw(st.sampled_from(ways))
        place = broken
        for key in outer:
            place = place[key]
        place[last] = data.draw(WRONG)
    try:
        capture = capture_of(broken)
    except MockError:
        return
    assert diff_captures(capture, capture_of(broken)) == []
    for sides in ((capture, capture_of(document)), (capture_of(document), capture)):
        changes = diff_captures(*sides)
        render_changes(changes)
        json.dumps([change.json() for change in changes])


def test_an_empty_status_and_an_alternative_that_nothing_fits_differ_from_nothing():
    nothing = {"allOf": [{"type": "string"}, {"type": "integer"}]}
    document = document_of({"A": {"anyOf": [nothing, {}, {"type": "null"}]}, "B": True, "C": True})
    document["paths"]["/do/{id}"]["post"]["responses"] = {"": {}}
    assert diff_captures(capture_of(document), capture_of(document)) == []


@pytest.mark.parametrize("servers", ["text", 5, {"url": "https://a"}, ["https://a"], [{"url": 5}], [[]]])
def test_servers_of_a_wrong_type_are_refused(servers):
    with pytest.raises(MockError, match="CON003 #/servers"):
        parse_capture({"servers": servers, "paths": {}}, "t", "1")
