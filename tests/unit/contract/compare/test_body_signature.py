"""Bodies of one mark show the same: what one of them breaks, the other one breaks in the same place."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.contract.compare import body_signature
from mockserver.contract.compare.body_signature import BodySignatures
from mockserver.contract.compare.drift import DriftCollector
from mockserver.contract.documents.capture import Capture, parse_capture
from mockserver.contract.documents.waivers import Waiver
from mockserver.core.wire import Exchange, Request, Response
from tests.support.contract_diffs import find_drift
from tests.support.toy_contract import get_exchange

THING: dict[str, Any] = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "pattern": "^a"},
        "at": {"$ref": "#/components/schemas/When"},
        "size": {"type": "integer", "minimum": 0, "maximum": 9},
        "state": {"enum": ["on", "off"]},
        "text": {"type": ["string", "null"]},
        "free": {"type": "object"},
        "tree": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}, "maxItems": 2},
        "either": {"oneOf": [{"type": "integer", "multipleOf": 2}, {"type": "string", "minLength": 2}]},
        "pair": {"prefixItems": [{"const": 1}, True], "contains": {"type": "string", "maxLength": 3}},
        "closed": {"properties": {"text": {"not": {"type": "number"}}}, "additionalProperties": False},
    },
    "allOf": [{"if": {"properties": {"state": {"const": "on"}}}, "then": {"required": ["size"]}}],
    "dependentSchemas": {"text": {"properties": {"size": {"exclusiveMaximum": 9}}}},
}
MAP: dict[str, Any] = {
    "properties": {"text": {"type": "string"}},
    "patternProperties": {"^n": {"type": "number"}},
    "additionalProperties": {"type": "string", "pattern": "^a"},
}


def capture_of(schema: Any, **more: Any) -> Capture:
    content = {"content": {"application/json": {"schema": schema}}, **more}
    when = {"type": "string", "format": "date-time"}
    document = {
        "openapi": "3.1.0",
        "paths": {"/v1/jobs/{id}": {"get": {"operationId": "get", "responses": {"200": content}}}},
        "components": {"schemas": {"Thing": THING, "When": when}},
    }
    return parse_capture(document, "jobs", "1")


POINTER = "#/paths/~1v1~1jobs~1{id}/get/responses/200/content/application~1json/schema"


def same_signature(schema: Any, one: Any, other: Any, **options: Any) -> bool:
    """Whether two bodies have one mark."""
    signatures = BodySignatures(capture_of(schema), POINTER, **options)
    assert signatures.signature_of(one) is not None
    return signatures.signature_of(one) == signatures.signature_of(other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"id": "ab"}, {"id": "ac"}, True),
        ({"id": "ab"}, {"id": "b"}, False),
        ({"id": "ab"}, {"id": None}, False),
        ({"size": 1}, {"size": 5}, True),
        ({"size": 1}, {"size": 10}, False),
        ({"size": 1}, {"size": True}, False),
        ({"size": 2.0}, {"size": 2.5}, False),
        ({"size": 2.5}, {"size": 3.5}, True),
        ({"state": "on"}, {"state": "off"}, False),
        ({"state": "x"}, {"state": "y"}, False),
        ({"text": "x"}, {"text": "y"}, True),
        ({"text": "x"}, {}, False),
        ({"what": 1}, {"what": [2]}, True),
        ({"what": 1}, {"else": 1}, False),
        ({"free": {"a": 1}}, {"free": {"a": {}}}, True),
        ({"tree": [{"id": "ab"}]}, {"tree": [{"id": "ac"}]}, True),
        ({"tree": [{"id": "ab"}]}, {"tree": [{"id": "ab"}] * 2}, False),
        ({"tree": [{"id": "ab"}]}, {"tree": [{"id": "b"}]}, False),
        ({"either": "xx"}, {"either": "xyz"}, True),
        ({"either": "xx"}, {"either": "x"}, False),
        ([1], {"id": "ab"}, False),
    ],
)
def test_what_a_signature_distinguishes(one, other, same):
    assert same_signature(THING, one, other) is same


def test_fields_that_nobody_declares_must_fulfil_their_schema():
    assert same_signature(MAP, {"x": "ab"}, {"x": "ac"})
    assert not same_signature(MAP, {"x": "ab"}, {"x": "b"})
    assert not same_signature(MAP, {"n1": 1}, {"n1": "a"})


def test_a_field_that_is_declared_elsewhere_must_fulfil_the_schema_here():
    schema = {"properties": {"in": {"properties": {"text": {}}}}, "additionalProperties": {"pattern": "^a"}}
    assert not same_signature(schema, {"text": "ab"}, {"text": "b"})


def test_an_item_must_fulfil_the_schema_of_items():
    schema = {"properties": {"names": {"items": {"pattern": "^a"}}}}
    assert same_signature(schema, {"names": ["ab"]}, {"names": ["ac"]})
    assert not same_signature(schema, {"names": ["ab"]}, {"names": ["b"]})


def test_a_body_that_is_one_value():
    assert same_signature({"type": "string", "maxLength": 2}, "a", "b")
    assert not same_signature({"type": "string", "maxLength": 2}, "a", "abc")
    assert not same_signature({"type": "string"}, "a", "b", exact=frozenset([None]))


def test_exact_fields_are_in_a_mark_as_they_are():
    assert not same_signature(THING, {"what": {"a": 1}}, {"what": {"a": 2}}, exact=frozenset(["what"]))
    assert not same_signature(THING, {"free": [{"a": 1}]}, {"free": [{"a": 2}]}, exact=frozenset(["free"]))
    assert same_signature(THING, {"free": 1}, {"free": 2}, exact=frozenset(["what"]))


ODD: tuple[dict[str, Any], ...] = (
    {"uniqueItems": True},
    {"properties": {"a": {"surprise": 1}}},
    {"properties": {"a": {"pattern": "("}}},
)


@pytest.mark.parametrize("odd", ODD)
def test_a_schema_with_another_keyword_or_an_unusable_one_has_no_signatures(odd):
    assert BodySignatures(capture_of(odd), POINTER).signature_of({"a": 1}) is None


def test_a_mark_is_never_used_for_something_else(monkeypatch):
    monkeypatch.setattr(body_signature, "MAX_SIGNATURE_CHARACTERS", 100)
    signatures = BodySignatures(capture_of(THING), POINTER)
    bodies = [{"state": str(number)} for number in range(5)]
    by_state = [(body["state"], signatures.signature_of(body)) for body in bodies * 3]
    assert len({mark for _, mark in by_state}) > 5, "forgotten, and numbered again"
    assert all(one == other for one, mark in by_state for other, same in by_state if mark == same)


# What is found by signatures

VALUES: tuple[Any, ...] = (
    "ab", "ac", "b", "xyzw", "on", "off", "2026-08-05T10:00:00Z", "2026-08-06T10:00:00Z", None, True, 0, 1, 3, 9, 10,
    2.0, 2.5, -1, {}, [], ["ab"], ["b", 1], [1, "ab"], [1, "wxyz"], {"text": "t"}, {"text": 5}, {"more": 1},
)  # fmt: skip
NAMES = (*THING["properties"], "what", "n1")


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw objects whose fields are values, or lists of what is drawn inside."""
    return st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES) | inner, min_size=1, max_size=5)


# A tree in a tree has all that a deeper one has.
things = nested(st.lists(nested(st.lists(nested(st.nothing()), max_size=2)), max_size=3))
CAPTURES = {"thing": capture_of(THING), "map": capture_of(MAP), "any": capture_of({"anyOf": [MAP, THING]})}


def others(body: Any, seed: st.DataObject) -> Any:
    """The body with other values of the same kinds, so that it often has the same mark."""
    if isinstance(body, dict):
        return {name: others(value, seed) for name, value in body.items()}
    if isinstance(body, list):
        return [others(value, seed) for value in body]
    return seed.draw(st.sampled_from([each for each in VALUES if type(each) is type(body)]))


def difference_keys(capture: Capture, body: Any) -> list[tuple[str, ...]]:
    """What a body shows by itself, without its values."""
    return [(each.check, each.message, each.places[0].where) for each in find_drift(capture, [get_exchange(body)])]


@settings(max_examples=100)
@given(st.sampled_from(sorted(CAPTURES)), things, st.data())
def test_bodies_of_one_mark_show_the_same(name, body, seed):
    capture, other = CAPTURES[name], others(body, seed)
    signatures = BodySignatures(capture, POINTER)
    if signatures.signature_of(body) == signatures.signature_of(other):
        assert difference_keys(capture, body) == difference_keys(capture, other)


@settings(max_examples=60)
@given(st.sampled_from(sorted(CAPTURES)), st.lists(things, min_size=2, max_size=4))
@example("thing", [{"id": "b"}, {"id": "ab"}, {"id": "c"}, {"id": 5}])
def test_what_is_counted_is_what_each_body_shows(name, bodies):
    """The number of every sighting is that of the bodies which show it by themselves."""
    capture = CAPTURES[name]
    alone = [set(difference_keys(capture, body)) for body in bodies]
    for each in find_drift(capture, [get_exchange(body) for body in bodies]):
        if each.check != "DIF110":
            key = (each.check, each.message, each.places[0].where)
            assert each.occurrences is not None
            assert each.occurrences.matching == sum(key in shown for shown in alone), key


def looked(capture: Capture, *bodies: Any) -> DriftCollector:
    seen = DriftCollector(capture)
    for body in bodies:
        seen.add(get_exchange(body))
    return seen


def test_notes_are_kept_for_bodies_that_show_the_same_and_only_so_many(monkeypatch):
    monkeypatch.setattr("mockserver.contract.compare.drift.MAX_REMEMBERED_BODIES", 2)
    seen = looked(CAPTURES["thing"], {"id": "ab"}, {"id": "ac"})
    assert len(seen._notes_by_signature) == 1
    seen = looked(CAPTURES["thing"], *({"id": "ab", "state": str(number)} for number in range(3)))
    assert len(seen._notes_by_signature) == 1
    assert sum(each.check == "DIF104" for each in seen.changes()) == 3


def test_a_schema_without_signatures_is_judged_every_time():
    capture = capture_of({"properties": {"a": {"type": "integer", "uniqueItems": True}}})
    seen = looked(capture, {"a": "x"}, {"a": "y"}, {"a": 1})
    assert not seen._notes_by_signature
    assert [(each.check, each.occurrences and each.occurrences.matching) for each in seen.changes()] == [("DIF106", 2)]


@pytest.mark.parametrize(
    ("where", "body", "value"),
    [
        ("/text", {"id": "a", "text": 5}, "5"),
        ("/tree/*/text", {"id": "a", "tree": [{"id": "a", "text": 5}]}, "5"),
        ("/pair/0", {"id": "a", "pair": [5, "x"]}, "5"),
        ("", 5, "5"),
    ],
)
def test_a_value_that_a_waiver_names_is_distinguished(where, body, value):
    waiver = Waiver("S3", "get", where, "known", "a page", "words", "2026-08-05", value)
    capture = Capture("jobs", "1", capture_of(THING).document, (waiver, replace(waiver, rule="S5")))
    found = looked(capture, _with(body, 6), body).changes()
    waived = [each.occurrences and each.occurrences.matching for each in found if each.check == "DIF114"]
    assert waived == [1]


def _with(body: Any, value: Any) -> Any:
    """The body with another value instead of 5."""
    if isinstance(body, dict):
        return {name: _with(each, value) for name, each in body.items()}
    if isinstance(body, list):
        return [_with(each, value) for each in body]
    return value if body == 5 else body


def test_codes_that_are_listed_beside_the_schema_are_distinguished():
    capture = capture_of({"properties": {"text": {"type": "string"}}}, **{"x-known-values": {"/text": ["a"]}})
    found = looked(capture, {"text": "a"}, {"text": "b"}, {"text": "c"}).changes()
    assert [(each.check, each.message) for each in found] == [
        ("DIF112", 'the code "b" is not known'),
        ("DIF112", 'the code "c" is not known'),
    ]


def test_answers_of_one_mark_are_counted_for_their_own_call():
    """Marks are kept by call and status: the same body elsewhere is another sighting."""
    seen = DriftCollector(CAPTURES["thing"])
    lost = Exchange(Request("GET", "/v1/jobs/7"), Response(500, (("Content-Type", "application/json"),), b"{}"), 0, 1)
    for exchange in (get_exchange({"id": "b"}), get_exchange({"id": "c"}), lost):
        seen.add(exchange)
    found = {
        each.check: (each.occurrences.matching, each.occurrences.total) for each in seen.changes() if each.occurrences
    }
    assert found["DIF101"] == (1, 1)
    assert found["DIF107"] == (2, 2)
