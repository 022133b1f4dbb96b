"""Documents of other versions, documents of one's own, and documents that are meant to hurt."""

import json
import time
from copy import deepcopy

import pytest

from mockserver.contract.documents.capture import parse_capture, read_capture
from mockserver.contract.documents.strict_yaml import MAX_DOCUMENT_BYTES, read_yaml, read_yaml_file
from mockserver.contract.schema.shape import shape_of
from mockserver.contract.schema.validate import conforms, violations
from mockserver.errors import MockError

SCHEMA = "#/components/schemas/S"


def capture(schema, version="3.1.0", **others):
    return parse_capture(
        {"openapi": version, "paths": {}, "components": {"schemas": {"S": schema, **others}}}, "v", "e"
    )


class TestVersions:
    @pytest.mark.parametrize(
        "version", [{"swagger": "2.0"}, {"openapi": "2.9.9"}, {"openapi": "4.0.0"}, {"openapi": 5}]
    )
    def test_another_version_is_said(self, version):
        with pytest.raises(MockError, match=r"f.yaml: CON009 this is an OpenAPI document of version [2459]"):
            parse_capture({**version, "paths": {}}, "v", "e", "f.yaml")

    @pytest.mark.parametrize("version", [{}, {"openapi": "3.1.0"}, {"openapi": "3.1.1"}, {"openapi": "3.0.3"}])
    def test_these_are_read(self, version):
        assert parse_capture({**version, "paths": {}}, "v", "e").operations == ()

    @pytest.mark.parametrize(
        ("schema", "good", "bad"),
        [
            ({"type": "string", "nullable": True}, None, 5),
            ({"type": "string", "nullable": True, "enum": ["a"]}, None, "b"),
            ({"type": "string", "nullable": True, "enum": ["a", None]}, None, "b"),
            ({"type": "string", "nullable": False}, "a", None),
            ({"maximum": 5, "exclusiveMaximum": True}, 4, 5),
            ({"minimum": 5, "exclusiveMinimum": False}, 5, 4),
            ({"exclusiveMinimum": True}, 5, None),
            ({"properties": {"nullable": {"type": "string"}}}, {"nullable": "a"}, {"nullable": 5}),
            ({"allOf": [{"type": "array", "nullable": True}], "nullable": True}, None, 5),
            ({"enum": [{"nullable": True, "type": "x"}]}, {"nullable": True, "type": "x"}, 5),
            ({"$ref": "#/components/schemas/Text", "nullable": True}, None, 5),
            ({"enum": ["a"], "nullable": True, "title": "A"}, None, "b"),
            ({"type": "string", "nullable": True, "anyOf": [{"type": "string"}]}, None, 5),
            ({"properties": {"default": {"type": "string", "nullable": True}}}, {"default": None}, {"default": 5}),
            ({"nullable": True}, 5, None),
            ({"type": ["string", "null"], "nullable": True}, None, 5),
        ],
    )
    @pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
    def test_the_words_of_3_0_are_understood_in_every_version(self, version, schema, good, bad):
        old = capture(deepcopy(schema), version, Text={"type": "string"})
        assert conforms(old, SCHEMA, good)
        assert bad is None or not conforms(old, SCHEMA, bad)


class TestFiles:
    def test_a_file_is_named_by_what_it_says(self, tmp_path):
        path = tmp_path / "pets.yaml"
        for info, name in (({"version": "1.2"}, "pets@1.2"), ({"x-vendor": "v", "x-era": "e"}, "v@e"), (5, "pets")):
            path.write_text(json.dumps({"paths": {}, "info": info}))
            assert read_capture(path).name == name
            assert read_capture(tmp_path / "pets", path.read_bytes()).name == name

    def test_a_file_that_is_no_document(self, tmp_path):
        path = tmp_path / "pets.yaml"
        path.write_text("- a")
        with pytest.raises(MockError, match=r"pets.yaml: CON003 this is not an OpenAPI document"):
            read_capture(path)

    def test_json_is_read_as_json(self):
        assert read_yaml(b'{\t"a": "\\ud83d\\ude00", "b": 1e3}') == {"a": "\U0001f600", "b": 1000.0}

    @pytest.mark.parametrize("data", [b'{"a": 1,\n "a": 2}', b'{"a": 1,\n "b": [}', b'{"b": 1,\n "a": &x [*x]}'])
    def test_unclean_json_is_reported_with_its_line(self, data):
        with pytest.raises(MockError, match=r"^f:2:\d+: CON002"):
            read_yaml(data, "f")

    def test_an_endless_file_is_not_read_to_its_end(self, tmp_path):
        path = tmp_path / "large.yaml"
        with path.open("wb") as file:
            file.truncate(MAX_DOCUMENT_BYTES * 100)
        with pytest.raises(MockError, match=f"more than {MAX_DOCUMENT_BYTES} bytes"):
            read_yaml_file(path)


def quick(call):
    """Its result, or its error, within two seconds."""
    began = time.perf_counter()
    try:
        return call()
    except MockError as error:
        return error
    finally:
        assert time.perf_counter() - began < 2


class TestHostile:
    @pytest.mark.parametrize("depth", [14, 40, 90])
    @pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
    def test_a_bomb_of_references_is_refused(self, depth, keyword):
        links = {f"S{n}": {keyword: [{"$ref": f"#/components/schemas/S{n + 1}"}] * 2} for n in range(depth)}
        error = quick(lambda: capture({}, **links, **{f"S{depth}": {"type": "string"}}))
        assert "CON003 #/components/schemas/S" in str(error)
        assert "more than 10000 schemas would validate one value" in str(error)

    def test_a_bomb_of_named_parts_is_refused_too(self):
        links = {
            f"S{n}": {
                "dependentSchemas": {name: {"$ref": f"#/components/schemas/S{n + 1}"} for name in "ab"},
                "allOf": 5,
            }
            for n in range(20)
        }
        assert "CON003" in str(quick(lambda: capture({}, **links, S20={"not": {}})))

    def test_a_long_way_is_refused(self):
        links = {f"S{n}": {"$ref": f"#/components/schemas/S{n + 1}"} for n in range(3000)}
        assert "more than 100 schemas extend one another" in str(quick(lambda: capture({}, **links, S3000={})))

    @pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf", "not", "else"])
    def test_a_chain_of_100_schemas_is_judged_and_a_longer_one_refused(self, keyword):
        def chain(length):
            def link(number):
                ref = {"$ref": f"#/components/schemas/S{number}"}
                return {"if": False, keyword: ref if keyword in ("not", "else") else [ref]}

            links = {f"S{number}": link(number + 1) for number in range(1, length)}
            return quick(lambda: capture({"$ref": "#/components/schemas/S1"}, **links, **{f"S{length}": False}))

        assert conforms(chain(100), SCHEMA, 5) is (keyword == "not")
        assert shape_of(chain(100), (SCHEMA,)).is_closed is False
        refused = "CON003 #/components/schemas/S: from this schema on, more than 100 schemas extend one another"
        assert refused in str(chain(101))

    def test_just_below_the_bound_it_is_judged_in_time(self):
        links = {f"S{n}": {"allOf": [{"$ref": f"#/components/schemas/S{n + 1}"}] * 2} for n in range(10)}
        made = capture({"$ref": "#/components/schemas/S0"}, **links, S10={"type": "string"})
        assert len(quick(lambda: violations(made, SCHEMA, 5))) == 20

    @pytest.mark.parametrize(
        "schema",
        [{"$ref": SCHEMA}, {"allOf": [{"$ref": SCHEMA}], "type": "string"}, {"not": {"$ref": SCHEMA}}, {"$ref": "#"}],
    )
    def test_a_circle_ends(self, schema):
        made = capture(schema)
        quick(lambda: violations(made, SCHEMA, 5))

    @pytest.mark.parametrize("keyword", ["$dynamicRef", "$ref"])
    @pytest.mark.parametrize("target", ["http://127.0.0.1:1/x", "file:///etc/hostname"])
    def test_nothing_is_fetched_under_any_name(self, keyword, target):
        error = quick(lambda: conforms(capture({keyword: target}), SCHEMA, 5))
        assert isinstance(error, MockError)
        assert target in str(error)

    @pytest.mark.parametrize(
        "schema", [{"$id": "http://127.0.0.1:1/x", "type": "string"}, {"$schema": "http://127.0.0.1:1/"}]
    )
    def test_an_address_that_is_only_a_name_is_not_fetched_either(self, schema):
        quick(lambda: violations(capture(schema), SCHEMA, 5))

    @pytest.mark.parametrize("pattern", ["(", "(?=a)b", r"(a)\1", "((a{1,1000}){1,1000}){1,1000}"])
    def test_a_pattern_that_cannot_be_linear_is_refused_and_named(self, pattern):
        error = quick(lambda: conforms(capture({"pattern": pattern}), SCHEMA, "a"))
        assert "CON003 v@e #/components/schemas/S: this schema cannot be used" in str(error)

    @pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "^(a|a?)+$", "(.*)*x", r"^(\w+\s?)*$"])
    def test_a_pattern_that_hangs_others_is_judged_in_time(self, pattern):
        quick(lambda: violations(capture({"pattern": pattern}), SCHEMA, "a" * 20_000 + "!"))

    @pytest.mark.parametrize("schema", [{"type": "text"}, {"$ref": 5}, {"enum": 5}, {"properties": []}])
    def test_a_schema_that_is_none_is_named(self, schema):
        assert "CON003" in str(quick(lambda: conforms(capture(schema), SCHEMA, 5)))

    def test_a_dialect_named_by_a_schema_does_not_bring_slow_patterns_back(self):
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "pattern": "^(a+)+$", "enum": ["b", ["c"]]}
        found = quick(lambda: violations(capture({"properties": {"x": schema}}), SCHEMA, {"x": "a" * 40 + "!"}))
        assert {violation.keyword for violation in found} == {"pattern", "enum"}

    @pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
    def test_alternatives_that_nothing_fits_are_explained(self, keyword):
        [*found] = violations(capture({keyword: [False, False]}), SCHEMA, 5)
        assert {violation.keyword for violation in found} == {"false"}
