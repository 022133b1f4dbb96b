"""JSON values as JSON Schema compares them."""

import pytest

from mockserver.contract.schema.json_values import canonical_json, json_type


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (0, -0.0),
        (100, 1e2),
        (10**20, 1e20),
        ([1, {"a": 2}], [1.0, {"a": 2.0}]),
        ({"a": 1, "b": 2}, {"b": 2.0, "a": 1}),
    ],
)
def test_equal_values_have_one_text(one, other):
    assert canonical_json(one) == canonical_json(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (0, False), (1, "1"), (1, 1.5), (1e-7, 0), (2**53 + 1, float(2**53)), ("1.0", "1"), ([1], [[1]])],
)
def test_different_values_have_two(one, other):
    assert canonical_json(one) != canonical_json(other)


def test_what_looks_like_a_number_in_a_text_stays_as_it_is():
    assert canonical_json({"v1.0": "1e+5", "n": 1.5}) == '{"n": 1.5, "v1.0": "1e+5"}'


@pytest.mark.parametrize(
    ("value", "name"),
    [(True, "boolean"), (1, "integer"), (1.0, "number"), ("", "string"), ([], "array"), ({}, "object"), (None, "null")],
)
def test_the_type_of_a_value_is_that_of_its_spelling(value, name):
    assert json_type(value) == name
