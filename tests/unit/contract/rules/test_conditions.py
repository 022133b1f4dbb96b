"""The language of conditions: what holds, what does not, and what is unknown."""

import pytest

from mockserver.contract.rules.conditions import (
    MISSING,
    all_hold,
    as_number,
    broken_conditions,
    compile_conditions,
    pointer_reader,
    short_json,
    value_at,
)

BODY = {
    "n": 3,
    "t": "2026-10-01T12:00:00Z",
    "s": "text",
    "null": None,
    "b": True,
    "deep": {"er": [1, {"x": 2}]},
    "m": 3,
    "one": 1,
}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"field": "/n", "in": [1, 3]}, True),
        ({"field": "/n", "in": [1]}, False),
        ({"field": "/no", "in": [1]}, None),
        ({"field": "/b", "in": [1]}, False),
        ({"field": "/n", "out": [1]}, True),
        ({"field": "/n", "out": [3]}, False),
        ({"field": "/no", "out": [3]}, True),
        ({"field": "/s", "equals": "text"}, True),
        ({"field": "/null", "equals": 0}, False),
        ({"field": "/n", "same": "/m"}, True),
        ({"field": "/n", "same": "/s"}, False),
        ({"field": "/n", "same": "/no"}, None),
        ({"field": "/no", "present": False}, True),
        ({"field": "/null", "present": True}, True),
        ({"field": "/null", "null": True}, True),
        ({"field": "/n", "null": True}, False),
        ({"field": "/no", "null": True}, None),
        ({"field": "/n", "least": 3, "most": 3}, True),
        ({"field": "/n", "least": 4}, False),
        ({"field": "/n", "most": "/m"}, True),
        ({"field": "/n", "most": "/no"}, None),
        ({"field": "/n", "most": "/one + 2"}, True),
        ({"field": "/n", "most": "/one + 1.5"}, False),
        ({"field": "/one", "least": "/n + 0"}, False),
        ({"field": "/s", "least": 0}, None),
        ({"field": "/b", "least": 0}, None),
        ({"field": "/s", "contains": "ex"}, True),
        ({"field": "/s", "contains": "z"}, False),
        ({"field": "/n", "contains": "z"}, None),
        ({"field": "/deep/er/1/x", "equals": 2}, True),
    ],
)
def test_a_condition_holds_does_not_or_is_unknown(condition, holds):
    assert compile_conditions(condition)[0].holds(BODY) is holds


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ({"field": "/a", "in": ["x", 1]}, "x or 1"),
        ({"field": "/a", "out": ["x"]}, "none of x"),
        ({"field": "/a", "equals": None}, "null"),
        ({"field": "/a", "present": False}, "not present"),
        ({"field": "/a", "null": True}, "null"),
        ({"field": "/a", "least": 0, "most": "/b"}, "at least 0, at most /b"),
        ({"field": "/a", "contains": "s", "same": "/c"}, "containing s, as /c"),
    ],
)
def test_a_condition_says_what_it_demands(condition, text):
    assert compile_conditions([condition])[0].text == text


@pytest.mark.parametrize("wrong", [None, [1], {"equals": 1}, {"field": "/a"}, {"field": "/a", "is": 1}])
def test_what_is_no_condition_is_refused(wrong):
    with pytest.raises((TypeError, ValueError)):
        compile_conditions(wrong)


def test_a_premise_needs_certainty_and_a_demand_needs_a_contradiction():
    conditions = compile_conditions([{"field": "/no", "equals": 1}])
    assert not all_hold(conditions, BODY)
    assert not broken_conditions(conditions, BODY)
    assert broken_conditions(compile_conditions({"field": "/n", "equals": 1}), BODY)


def test_pointers_lead_somewhere_or_nowhere():
    assert value_at(BODY, ("deep", "er", "0")) == 1
    assert value_at(BODY, ("deep", "er", "9")) is MISSING
    assert value_at(BODY, ("n", "x")) is MISSING
    assert pointer_reader("/n")(BODY) == 3
    assert pointer_reader("/0")([7]) == 7
    assert pointer_reader("/deep/er/0")(BODY) == 1


def test_numbers_and_times_are_compared_alike():
    assert as_number(True) is None
    assert as_number("soon") is None
    assert as_number(1.5) == 1.5
    assert as_number("1970-01-01T00:01:00Z") == 60


def test_values_are_shortened():
    assert short_json(MISSING) == "missing"
    assert short_json("x" * 300).endswith("...")
