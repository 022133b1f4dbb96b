"""Drawn OpenAPI documents with every construct that a comparison knows, and the same with wrong values in them."""

import json
import time
import traceback
from copy import deepcopy

from hypothesis import strategies as st

from mockserver.contract.compare.changes import render_changes
from mockserver.contract.compare.diff import diff_captures
from mockserver.contract.documents.capture import parse_capture
from mockserver.errors import MockError

BUGS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
MAX_SECONDS = 10
"""Processor time of one comparison; a longer one is a bug."""
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


def capture_of(document):
    return parse_capture(deepcopy(document), "t", "1")


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


@st.composite
def broken_documents(draw):
    """Draw a document, and a copy of it with a wrong value, or several, at any place."""
    document = draw(DOCUMENTS)
    broken = deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        ways = [way for way in places_in(broken) if way]
        *outer, last = draw(st.sampled_from(ways))
        place = broken
        for key in outer:
            place = place[key]
        place[last] = deepcopy(draw(WRONG))
    return document, broken


def compare_broken(documents):
    """Compare a document with a broken one, both ways; return what is a bug. A refusal with a code is none."""
    document, broken = documents
    began = time.process_time()
    bugs = []
    try:
        capture = capture_of(broken)
        if diff_captures(capture, capture_of(broken)):
            bugs.append("it differs from itself")
        for sides in ((capture, capture_of(document)), (capture_of(document), capture)):
            changes = diff_captures(*sides)
            render_changes(changes)
            json.dumps([change.json() for change in changes])
    except MockError:
        return []
    except BUGS:
        bugs.append(traceback.format_exc())
    if time.process_time() - began > MAX_SECONDS:
        bugs.append(f"it took {time.process_time() - began:.0f} s")
    return bugs
