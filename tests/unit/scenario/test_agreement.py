"""The loader's structural half and the published JSON Schema accept and refuse the same documents.

Documents are made from the tables themselves, then damaged; both judges are asked about each.
"""

import copy
import json
import re
import string
from functools import singledispatch
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mockserver.core.instants import MAX_DURATION, format_duration, parse_duration
from mockserver.scenario import container_shapes, scalar_shapes
from mockserver.scenario.faults.table import RateShape
from mockserver.scenario.language import DURATION, SCENARIO
from mockserver.scenario.reader import read_yaml
from mockserver.scenario.schema import json_schema, schema_text

VALIDATOR = Draft202012Validator(json_schema())
CHARACTERS = string.ascii_letters + string.digits + " .,:-_/*#'\"{}[]|>&!%@\\é\u20ac\U0001f600\n\t"
WORDS = st.text(CHARACTERS, min_size=1, max_size=8)
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)


@singledispatch
def fitting(shape: Any) -> st.SearchStrategy[Any]:
    """Documents that fit a shape."""
    raise TypeError(shape)


@fitting.register
def _(shape: scalar_shapes.TextShape):
    plain = st.booleans() | (NUMBERS if shape.allow_negative else st.integers(0, 10**6) | st.floats(0, 1e9))
    return plain | (st.from_regex(shape.pattern, fullmatch=True, alphabet=ASCII) if shape.pattern else WORDS)


@fitting.register
def _(shape: scalar_shapes.PatternShape):
    return st.from_regex(shape.pattern, fullmatch=True, alphabet=ASCII)


@fitting.register
def _(shape: scalar_shapes.ChoiceShape):
    return st.sampled_from(shape.choices)


@fitting.register
def _(shape: scalar_shapes.IntegerShape):
    return st.integers(shape.minimum, shape.maximum).flatmap(lambda n: st.sampled_from([n, float(n)]))


@fitting.register
def _(shape: scalar_shapes.JsonShape):
    return st.dictionaries(WORDS, JSON, max_size=2) if shape.objects_only else JSON


@fitting.register
def _(shape: scalar_shapes.NullShape):
    return st.none()


@fitting.register
def _(shape: scalar_shapes.TrueFlag):
    return st.just(True)


@fitting.register
def _(shape: RateShape):
    return st.floats(0, 1, exclude_min=True)


@fitting.register
def _(shape: container_shapes.OneOfShape):
    return st.one_of(*map(fitting, shape.options))


@fitting.register
def _(shape: container_shapes.ListShape):
    return st.lists(fitting(shape.item), min_size=shape.min_size, max_size=max(2, shape.min_size))


@fitting.register
def _(shape: container_shapes.MappingShape):
    needed = {field.name: fitting(field.shape) for field in shape.fields if field.required}
    optional = [field for field in shape.fields if not field.required]
    wanted = min(max(shape.min_size - len(needed), 0), shape.max_size)
    names = st.lists(
        st.sampled_from(optional) if optional else st.nothing(),
        min_size=0 if shape.extra_keys else wanted,
        max_size=min(3, len(optional)),
        unique_by=lambda field: field.name,
    )
    known = names.flatmap(lambda chosen: st.fixed_dictionaries({f.name: fitting(f.shape) for f in chosen} | needed))
    if shape.extra_keys is None:
        return known.map(lambda document: tidy(shape, document)).filter(lambda made: len(made) >= shape.min_size)
    keys = (
        WORDS
        if r"\S" in shape.extra_keys.key_pattern
        else st.from_regex(shape.extra_keys.key_pattern, fullmatch=True, alphabet=ASCII)
    )
    free = keys.filter(lambda key: key not in shape.fields_by_name)
    others = st.dictionaries(free, fitting(shape.extra_keys.shape), min_size=wanted, max_size=max(wanted, 1))
    both = st.tuples(known, others).map(lambda pair: tidy(shape, {**pair[0], **pair[1]}))
    return both.filter(lambda document: len(document) <= shape.max_size)


ASCII = st.characters(codec="ascii", exclude_categories=("Cc",))


def tidy(shape, document):
    """Without the keys that quarrel with others, or miss them."""
    for one, other in shape.exclusive:
        if one in document:
            document.pop(other, None)
    for name, partner in shape.requires:
        if partner not in document:
            document.pop(name, None)
    return document


def accepted(document) -> bool:
    root, report = read_yaml(json.dumps(document, ensure_ascii=False))
    SCENARIO.check(root, report)
    return report.is_clean(root)


FREE = SCENARIO.fields


@st.composite
def documents(draw):
    """A scenario with one or two of its sections."""
    chosen = draw(st.lists(st.sampled_from(FREE), min_size=1, max_size=2, unique_by=lambda field: field.name))
    document = {"scenario": "s", "vendor": "acme", **{field.name: draw(fitting(field.shape)) for field in chosen}}
    return tidy(SCENARIO, document)


@settings(max_examples=150, deadline=None)
@given(documents())
def test_what_the_tables_allow_both_accept(document):
    assume(len(json.dumps(document)) < 2_000)
    errors = [error.message for error in VALIDATOR.iter_errors(document)]
    assert accepted(document)
    assert errors == []


JUNK = st.sampled_from(
    [None, True, 0, -1, 1.5, 5.0, 30, "", "x", "30", "30s\n", "5s..30s", "3 polls", "manual", "101..5", "off",
     "10/1m", "/a b",
     "2026-05-06", [], {}, [None], {"a": 1}, {"for": 5}, 10**6, -0.0, "é", "completes-first"]
)  # fmt: skip
KEYS = st.sampled_from(
    ["scenario", "faults", "together", "order", "at", "after", "times", "every", "expect", "call", "race", "accept",
     "match",
     "timeline", "items", "for", "progress", "Bad Key", "", "a", "T12", "*", "active", "\u00e9", "<<", "zzz\n"]
)  # fmt: skip


def places(document, path=()):
    yield path
    if isinstance(document, dict | list):
        for key, value in document.items() if isinstance(document, dict) else enumerate(document):
            yield from places(value, (*path, key))


def damage(draw, document):
    """Put junk somewhere, take something away, or add a key."""
    path = draw(st.sampled_from(list(places(document))))
    if not path:
        return {**document, draw(KEYS): copy.deepcopy(draw(JUNK))}
    *way, last = path
    holder = document
    for step in way:
        holder = holder[step]
    action = draw(st.sampled_from(["replace", "delete", "add", "double"]))
    if action == "delete":
        del holder[last]
    elif action == "add" and isinstance(holder[last], dict):
        holder[last][draw(KEYS)] = copy.deepcopy(draw(JUNK))
    elif action == "double" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[last]))
    else:
        holder[last] = copy.deepcopy(draw(JUNK))
    return document


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_documents_get_the_same_verdict_from_both(data):
    document = copy.deepcopy(data.draw(documents()))
    for _ in range(data.draw(st.integers(1, 2))):
        document = damage(data.draw, document)
    assert accepted(document) == VALIDATOR.is_valid(document)


@pytest.mark.parametrize("document", [None, 5, "x", [], True])
def test_what_is_no_mapping_both_refuse(document):
    root, report = read_yaml(json.dumps([document]))
    SCENARIO.check(root.items[0], report)
    assert not report.is_clean(root)
    assert not VALIDATOR.is_valid(document)


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789.dhms ", max_size=12) | st.integers(0, MAX_DURATION).map(format_duration))
def test_a_text_is_a_duration_here_exactly_where_core_reads_one(written):
    node, report = read_yaml(json.dumps([written]))
    DURATION.check(node.items[0], report)
    parsed = parse_duration(written)
    if report.is_clean(node):
        assert parse_duration(re.sub("[0-9]+", "1", written)) is not None, "only its length may be wrong"
    else:
        assert parsed is None


def test_the_schema_is_a_schema_and_always_the_same():
    Draft202012Validator.check_schema(json_schema())
    assert schema_text() == schema_text()
    assert json.loads(schema_text()) == json_schema()


def test_every_key_has_a_sentence():
    def check(schema):
        if isinstance(schema, dict):
            for field in schema.get("properties", {}).values():
                assert field["description"].endswith((".", "?"))
            for part in schema.values():
                check(part)
        elif isinstance(schema, list):
            for part in schema:
                check(part)

    check(json_schema())
