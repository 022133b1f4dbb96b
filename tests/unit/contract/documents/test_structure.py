"""The structure of a document: every wrong type is named, what is data is left alone."""

from copy import deepcopy

import pytest

from mockserver.contract.documents.capture import parse_capture
from mockserver.contract.documents.structure import MAX_FLAWS, read_structure
from mockserver.errors import MockError

DOCUMENT = {
    "servers": [{"url": "https://a.example", "variables": {"a": {"default": "1", "enum": ["1"]}}}],
    "security": [{"key": []}],
    "paths": {
        "/a": {
            "parameters": [{"name": "a", "in": "query", "schema": {"type": "string"}}],
            "get": {
                "operationId": "a",
                "requestBody": {"content": {"a/b": {"schema": {"$ref": "#/components/schemas/S"}}}},
                "responses": {"200": {"headers": {"A": {"schema": True}}, "x-known-values": {"/a": []}}},
                "callbacks": {"c": {"{$url}": {"post": {"responses": {}}}}},
            },
        }
    },
    "webhooks": {"w": {"post": {"responses": {}}}},
    "components": {"schemas": {"S": {"type": ["string"], "required": ["a"], "discriminator": {"propertyName": "a"}}}},
}


def with_value(pointer, value):
    document = deepcopy(DOCUMENT)
    *way, last = pointer.replace("~1", "\\").split("/")[1:]
    place = document
    for key in way:
        place = place[int(key) if isinstance(place, list) else key.replace("\\", "/")]
    place[int(last) if isinstance(place, list) else last.replace("\\", "/")] = value
    return document


PLACES = {
    "/servers": "a list",
    "/servers/0": "a mapping",
    "/servers/0/url": "a text",
    "/servers/0/variables": "a mapping",
    "/servers/0/variables/a/enum": "a list",
    "/security": "a list",
    "/security/0/key": "a list",
    "/paths/~1a": "a mapping",
    "/paths/~1a/parameters": "a list",
    "/paths/~1a/get": "a mapping",
    "/paths/~1a/get/responses": "a mapping",
    "/paths/~1a/get/responses/200/headers": "a mapping",
    "/paths/~1a/get/responses/200/x-known-values//a": None,
    "/paths/~1a/get/callbacks/c/{$url}": "a mapping",
    "/webhooks/w": "a mapping",
    "/components/schemas/S": "a mapping",
    "/components/schemas/S/type": "the name of a type, or a list of names,",
    "/components/schemas/S/required": "a list",
    "/components/schemas/S/required/0": "a text",
    "/components/schemas/S/discriminator": "a mapping",
    "/components/schemas/S/minimum": "a number",
    "/components/schemas/S/$ref": "a text",
}


@pytest.mark.parametrize("pointer", [pointer for pointer, expected in PLACES.items() if expected])
def test_a_value_of_a_wrong_type_is_named_with_its_place(pointer):
    wrong = 5 if PLACES[pointer] != "a number" else "five"
    with pytest.raises(MockError) as caught:
        parse_capture(with_value(pointer, wrong), "v", "e", "f.yaml")
    [problem] = caught.value.problems
    found = "5" if wrong == 5 else "the text 'five'"
    assert problem.code == "CON003"
    assert problem.message == f"#{pointer}: {PLACES[pointer]} belongs here, not {found}"


@pytest.mark.parametrize(
    ("value", "words"),
    [({}, "a mapping"), ([], "a list"), ("x" * 50, f"the text '{'x' * 37}...'"), (True, "True"), (None, "nothing")],
)
def test_what_was_found_is_described(value, words):
    [flaw] = read_structure({"required": [value] if not isinstance(value, str) else value}, "schema").flaws
    assert flaw.message.endswith(f"belongs here, not {words}")


def test_a_document_is_well_formed_and_lists_its_references():
    structure = read_structure(deepcopy(DOCUMENT))
    assert structure.flaws == []
    assert [ref.kind for ref in structure.refs] == ["schema"]
    assert {pointer.rpartition("/")[2] for pointer, _ in structure.schemas} == {"schema", "S"}


def test_a_key_with_nothing_behind_it_is_as_good_as_none():
    document = {"paths": {"/a": {"get": {"responses": {"200": None}, "parameters": None}, "x-a": None}, "x-b": 5}}
    capture = parse_capture({**document, "servers": None}, "v", "e")
    [operation] = capture.operations
    assert operation.answers["200"].body == {}
    assert "parameters" not in operation.body


def test_what_a_reference_leads_to_is_of_its_kind():
    target = {"x-schema": {"type": 5}, "paths": {}, "components": {"schemas": {"S": {"$ref": "#/x-schema"}}}}
    with pytest.raises(MockError, match="#/x-schema/type: the name of a type"):
        parse_capture(target, "v", "e")


def test_many_flaws_are_cut_off():
    assert len(read_structure({"servers": [5] * 100}).flaws) == MAX_FLAWS
