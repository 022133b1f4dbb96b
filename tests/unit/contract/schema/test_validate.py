"""Two validators, one verdict; and neither can be hung, nor sent to fetch anything."""

import json

import pytest

from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.validate import _refuse_fetch, conforms, reference_is_valid, violations
from mockserver.errors import MockError


def capture(schema, **others):
    return Capture("v", "e", {"paths": {}, "components": {"schemas": {"S": schema, **others}}})


def violations_of(schema, value, **others):
    return violations(capture(schema, **others), "#/components/schemas/S", value)


def first(schema, value, **others):
    return violations_of(schema, value, **others)[0]


def both(schema, value, **others):
    made = capture(schema, **others)
    verdicts = [check(made, "#/components/schemas/S", value) for check in (conforms, reference_is_valid)]
    assert verdicts[0] == verdicts[1]
    return verdicts[0]


HEX = {"type": "string", "pattern": "^[0-9a-f]{24}$"}


class TestVerdict:
    def test_a_value_that_conforms_has_no_violations(self):
        assert (
            violations_of({"type": "object", "properties": {"a": {"$ref": "#/components/schemas/T"}}}, {"a": 1}, T={})
            == []
        )

    def test_a_newline_after_an_id_is_not_part_of_one(self):
        assert both(HEX, "0" * 24)
        assert not both(HEX, "0" * 24 + "\n")

    @pytest.mark.parametrize(("pattern", "text"), [(r"^\d$", "\u0663"), (r"^\w$", "\u00e9")])
    def test_digits_and_letters_are_those_of_ascii_only_where_the_standard_says_so(self, pattern, text):
        assert not both({"pattern": pattern}, text)

    @pytest.mark.parametrize(
        ("kind", "good", "bad"),
        [
            ("date-time", "2026-05-06T01:02:03.123456789Z", "2026-05-06T01:02:03"),
            ("date-time", "2026-05-06T01:02:03+02:00", "2026-05-06"),
            ("uri", "https://a.example/b?c=d#e", "/b"),
            ("uri", "http://127.0.0.1:1/x", "http://a b"),
            ("double", 1.5, None),
        ],
    )
    def test_formats_are_asserted(self, kind, good, bad):
        assert both({"format": kind}, good)
        assert bad is None or not both({"format": kind}, bad)

    def test_a_hostile_text_cannot_hang_a_pattern(self):
        [violation] = violations_of({"pattern": "^(a+)+$"}, "a" * 5000 + "b")
        assert violation.keyword == "pattern"

    def test_a_hostile_name_cannot_either(self):
        [violation] = violations_of({"patternProperties": {"^(a+)+$": {"type": "string"}}}, {"a" * 5000: 1})
        assert violation.keyword == "type"
        assert violation.value == 1


class TestAccount:
    def test_an_enumeration_lists_what_is_allowed(self):
        violation = first({"properties": {"s": {"enum": ["a", None]}}}, {"s": "b"})
        assert violation.keyword == "enum"
        assert violation.pointer == "/s"
        assert violation.value == "b"
        assert violation.message == '"b" is not a documented value'
        assert violation.allowed == ("a", "null")

    def test_a_constant_too(self):
        assert first({"const": 5}, 6).allowed == ("5",)

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (True, "a boolean"),
            (1, "an integer"),
            (1.5, "a number"),
            ("x", "a string"),
            ([], "an array"),
            ({}, "an object"),
            (None, "null"),
        ],
    )
    def test_a_type_is_named_as_json_names_it(self, value, words):
        wanted = "array" if isinstance(value, dict) else "object"
        assert words in first({"type": wanted}, value).message

    def test_the_missing_field_is_named(self):
        assert [each.message for each in violations_of({"required": ["a", "b"]}, {})] == [
            "the required field 'a' is missing",
            "the required field 'b' is missing",
        ]

    def test_what_is_excluded_is_shown(self):
        assert first({"not": {"required": ["a"]}}, {"a": 1}).message.startswith("it matches an excluded schema")

    def test_other_keywords_keep_the_validators_words(self):
        assert "maximum" in first({"maximum": 3}, 4).message

    def test_a_long_value_is_cut(self):
        assert len(first({"type": "object"}, "x" * 500).message) < 100

    def test_a_pointer_is_escaped(self):
        assert first({"properties": {"a/b~": {"items": {"type": "string"}}}}, {"a/b~": [1]}).pointer == "/a~1b~0/0"

    def test_of_alternatives_the_one_that_was_meant_is_reported(self):
        nested, flat = {"type": "object", "required": ["e"]}, {"type": "object", "required": ["c", "m"]}
        assert first({"anyOf": [nested, flat]}, {"c": 1}).message == "the required field 'e' is missing"
        assert first({"oneOf": [{"type": "null"}, flat]}, {"m": 1}).message == "the required field 'c' is missing"

    def test_where_none_was_meant_the_alternatives_are(self):
        assert first({"oneOf": [{"type": "null"}, {"type": "object"}]}, 5).keyword == "oneOf"

    def test_a_body_that_is_wrong_everywhere_is_cut_short(self):
        assert len(violations_of({"items": {"type": "string"}}, list(range(100)))) == 20

    def test_where_one_validator_gives_up_the_other_tells(self):
        value = None
        for _ in range(400):
            value = [value]
        schema = {"type": ["array", "string"], "items": {"$ref": "#/components/schemas/S"}}
        assert first(schema, value).keyword == "type"

    def test_and_where_they_disagree_too(self):
        assert conforms(capture({"multipleOf": 0.01}), "#/components/schemas/S", 0.07)
        assert not reference_is_valid(capture({"multipleOf": 0.01}), "#/components/schemas/S", 0.07)


class TestRefusal:
    @pytest.mark.parametrize("target", ["http://127.0.0.1:1/x", "file:///etc/passwd"])
    def test_nothing_is_fetched(self, target):
        with pytest.raises(MockError, match="cannot be used"):
            violations_of({"$ref": target}, 1)

    def test_not_even_when_asked(self):
        with pytest.raises(LookupError, match="is not fetched"):
            _refuse_fetch("http://h/x")

    @pytest.mark.parametrize("schema", [{"pattern": "(?=a)b"}, {"type": "text"}, {"properties": {"a": "true"}}])
    def test_a_schema_that_is_none_is_refused(self, schema):
        with pytest.raises(MockError, match="cannot be used"):
            violations_of(schema, 1)

    def test_a_schema_that_is_only_itself_ends(self):
        assert violations_of({"$ref": "#/components/schemas/S"}, json.loads("[1]")) == []
