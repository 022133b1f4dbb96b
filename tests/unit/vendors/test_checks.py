"""Checks of bodies: which mistakes a value has, and where."""

from types import MappingProxyType

import pytest

from mockserver.vendors.checks import (
    FieldSpec,
    MistakeKind,
    any_object,
    any_of,
    any_value,
    array_of,
    boolean,
    custom,
    find_mistakes,
    integer_text,
    missing,
    number,
    object_with,
    one_of,
    string,
)

KIND = MistakeKind


def kinds(check, value):
    """The kinds of a value's mistakes."""
    return [mistake.kind for mistake in check(value, ())]


@pytest.mark.parametrize(
    ("check", "fine", "wrong"),
    [
        (any_value, [None, 1, "x", [], {}], []),
        (any_object, [{}, {"a": 1}], [None, [], "x"]),
        (boolean, [True, False], [0, 1, "true", None]),
        (string(), ["", "x", "a\nb"], [None, 1, b"x"]),
        (number(), [0, -1, 1.5], [True, None, "1"]),
        (number(whole=True), [3, 3.0], [True, "3"]),
        (one_of("a", "b"), ["a"], [None, True, 1, ["a"]]),
        (one_of(1, 2), [1, 2.0], [True, "1", None]),
        (array_of(boolean), [[], [True], (True, False)], [None, "x", {}]),
        (object_with({}), [{}, {"a": 1}], [None, []]),
    ],
)
def test_types(check, fine, wrong):
    assert [value for value in fine if kinds(check, value)] == []
    assert [value for value in wrong if kinds(check, value) != [KIND.WRONG_TYPE]] == []


class TestStrings:
    def test_a_pattern_matches_as_a_whole(self):
        check = string("[a-z]+", allowed="letters")
        assert kinds(check, "abc") == []
        (mistake,) = check("abc1", ("name",))
        assert mistake.path == ("name",)
        assert mistake.kind is KIND.PATTERN
        assert mistake.params == {"allowed": "letters"}

    @pytest.mark.parametrize(("text", "found"), [("", [KIND.TOO_SHORT]), ("abc", []), ("abcd", [KIND.TOO_LONG])])
    def test_lengths(self, text, found):
        assert kinds(string(min_length=1, max_length=3), text) == found


class TestNumbers:
    @pytest.mark.parametrize(
        ("value", "found"),
        [(0, [KIND.TOO_SMALL]), (1, []), (5, []), (6, [KIND.TOO_LARGE]), (float("nan"), [KIND.TOO_SMALL])],
    )
    def test_bounds_are_included(self, value, found):
        assert kinds(number(1, 5), value) == found

    def test_not_a_number_is_above_no_bound_alone(self):
        assert kinds(number(None, 5), float("nan")) == [KIND.TOO_LARGE]

    def test_an_exclusive_bound_is_left_out(self):
        assert kinds(number(0, exclusive=True), 0) == [KIND.TOO_SMALL]
        assert kinds(number(0, exclusive=True), 0.1) == []

    @pytest.mark.parametrize(("floats", "found"), [(True, []), (False, [KIND.WRONG_TYPE])])
    def test_a_whole_float(self, floats, found):
        assert kinds(number(whole=True, floats=floats), 2.0) == found

    def test_a_fraction_is_no_integer(self):
        (mistake,) = number(1, 2, whole=True)(1.5, ())
        assert mistake.kind is KIND.WRONG_TYPE
        assert mistake.params["expected"] == "integer"
        assert mistake.params["value"] == 1.5
        assert mistake.params["low"] == 1
        assert mistake.params["high"] == 2

    @pytest.mark.parametrize(
        ("text", "found"),
        [("1", []), ("+9", []), ("0", [KIND.TOO_SMALL]), ("10", [KIND.TOO_LARGE]), ("x", [KIND.WRONG_TYPE])],
    )
    def test_text_of_an_integer(self, text, found):
        assert kinds(integer_text(1, 9), text) == found

    def test_text_of_an_integer_has_the_bounds_of_one(self):
        (mistake,) = integer_text(1, 9)("0", ("page",))
        assert mistake.path == ("page",)
        assert mistake.params["low"] == 1
        assert mistake.params["whole"] is True


def test_an_option_that_is_none():
    (mistake,) = one_of("a", "b")("c", ())
    assert mistake.kind is KIND.NOT_AN_OPTION
    assert mistake.params == {"options": ("a", "b"), "value": "c"}


def test_either_of_two_checks_and_the_mistakes_of_the_second():
    check = any_of(one_of("unlimited"), number(1))
    assert kinds(check, "unlimited") == []
    assert kinds(check, 1) == []
    assert kinds(check, 0) == [KIND.TOO_SMALL]


class TestArrays:
    @pytest.mark.parametrize(("count", "found"), [(0, [KIND.ITEM_COUNT]), (1, []), (2, []), (3, [KIND.ITEM_COUNT])])
    def test_the_number_of_items(self, count, found):
        assert kinds(array_of(any_value, 1, 2), [0] * count) == found

    def test_paths_of_items(self):
        paths = [mistake.path for mistake in array_of(boolean)([True, 1, 2], ("flags",))]
        assert paths == [("flags", 1), ("flags", 2)]


class TestObjects:
    FIELDS = MappingProxyType({"a": boolean, "b": boolean})

    def test_what_is_required_comes_first(self):
        found = list(object_with(self.FIELDS, "b", "c")({"a": 1}, ("body",)))
        assert found[:2] == [missing(("body", "b")), missing(("body", "c"))]
        assert found[2].path == ("body", "a")

    @pytest.mark.parametrize(("in_table_order", "names"), [(True, ["a", "b"]), (False, ["b", "a"])])
    def test_the_order_is_the_tables_or_the_bodys(self, in_table_order, names):
        check = object_with(self.FIELDS, in_table_order=in_table_order)
        assert [mistake.path[-1] for mistake in check({"b": 1, "x": 1, "a": 1}, ())] == names

    def test_an_object_with_all_that_is_required_is_fine(self):
        assert kinds(object_with(self.FIELDS, "b", others=False), {"b": True}) == []

    def test_without_a_word_the_order_is_the_tables(self):
        assert [mistake.path for mistake in object_with(self.FIELDS)({"b": 1, "a": 1}, ())] == [("a",), ("b",)]

    def test_other_members_come_last_and_only_where_they_are_refused(self):
        assert kinds(object_with(self.FIELDS), {"x": 1}) == []
        (mistake,) = object_with(self.FIELDS, others=False)({"x": 1, "y": 2}, ("o",))
        assert mistake.kind is KIND.UNKNOWN_FIELDS
        assert mistake.path == ("o",)
        assert mistake.params == {"names": ["x", "y"]}


def test_a_rule_between_fields():
    assert custom(("a",), "not both").params == {"message": "not both"}


def test_the_mistakes_of_a_table_of_fields():
    fields = {"name": FieldSpec(string(), required=True), "count": FieldSpec(number(1)), "flag": FieldSpec(boolean)}
    assert find_mistakes("body", {"name": "x", "count": None}, fields) == []
    found = find_mistakes("query", {"count": 0, "flag": True}, fields)
    assert [(mistake.path, mistake.kind) for mistake in found] == [
        (("query", "name"), KIND.MISSING),
        (("query", "count"), KIND.TOO_SMALL),
    ]
    assert [mistake.kind for mistake in find_mistakes("body", {"name": None}, fields)] == [KIND.WRONG_TYPE]
