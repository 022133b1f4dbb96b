"""A parameter may have text around it in its segment."""

import pytest

from mockserver.core.path_templates import literal_length, parse_segment, path_shape


@pytest.mark.parametrize(
    ("template", "segment", "value"),
    [
        ("{id}", "a", "a"),
        ("{id}", "", None),
        ("{id}:cancel", "a:cancel", "a"),
        ("{id}:cancel", ":cancel", None),
        ("{id}:cancel", "a:stop", None),
        ("v{id}.json", "v7.json", "7"),
        ("v{id}", "w7", None),
    ],
)
def test_the_parameter_is_what_stands_between_the_text(template, segment, value):
    parameter = parse_segment(template)
    assert parameter is not None
    assert parameter.name == "id"
    assert parameter.value_in(segment) == value


def test_a_value_must_match_its_pattern():
    parameter = parse_segment("v{id}")
    assert parameter is not None
    assert parameter.value_in("v12", "[0-9]+") == "12"
    assert parameter.value_in("v12a", "[0-9]+") is None


@pytest.mark.parametrize("template", ["videos", "", "{a}{b}", "{a"])
def test_anything_else_is_literal(template):
    assert parse_segment(template) is None


def test_names_of_parameters_do_not_matter_to_the_shape():
    assert path_shape("/v1/{id}:cancel/{x}") == "/v1/{}:cancel/{}"
    assert literal_length("/v1/{id}:cancel") == len("/v1/:cancel")
