"""The cursor in a YAML text keeps its bounds and knows its place; the builder takes plain data only."""

import io

import pytest
import yaml

from mockserver.yamlio import ValueBuilder, YamlCursor, YamlReadError, resolve_scalar


def build(source, max_depth=5, max_values=None):
    cursor = YamlCursor(source, max_depth, max_values)
    cursor.advance()
    value = ValueBuilder(cursor).build()
    assert cursor.advance() == "StreamEnd"
    return value


def refused(source, max_depth=5, max_values=None):
    with pytest.raises(YamlReadError) as caught:
        build(source, max_depth, max_values)
    return caught.value.cause, caught.value.line, caught.value.column


@pytest.mark.parametrize("wrap", [str, str.encode, lambda text: io.BytesIO(text.encode())])
def test_text_bytes_and_streams_are_read_alike(wrap):
    assert build(wrap("a: [1, {b: 'é'}]\nc: ~\n")) == {"a": [1, {"b": "é"}], "c": None}


def test_events_have_a_kind_and_a_position():
    cursor = YamlCursor("%YAML 1.2\n---\n- a\n- *b\n- {}\n", 5)
    assert (cursor.kind, cursor.position) == ("", (0, 0))
    events = []
    while cursor.advance() != "StreamEnd":
        events.append((cursor.kind, *cursor.position))
    assert events == [
        ("SequenceStart", 3, 1), ("Scalar", 3, 3), ("Alias", 4, 3), ("MappingStart", 5, 3), ("MappingEnd", 5, 4),
        ("SequenceEnd", 6, 1),
    ]  # fmt: skip


def test_depth_and_number_of_values_are_bounded():
    assert build("[[[[[]]]]]") == [[[[[]]]]]
    assert refused("[[[[[[]]]]]]") == ("depth", 1, 6)
    assert build("[1, 2]", max_values=3) == [1, 2]
    assert refused("[1, 2, 3]", max_values=3) == ("count", 1, 8)
    assert refused("[" * 1_000_000) == ("depth", 1, 6)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: 1\n---\nb: 2", ("document", 2, 1)),
        ("a: [1", ("syntax", 2, 1)),
        ("a: 1\nb: \0", ("syntax", 0, 0)),
        ("a: 1\na: 2", ("data", 2, 1)),
        ("? [a]\n: 1", ("data", 1, 3)),
        ("- &a 1\n- *a", ("data", 2, 3)),
    ],
)
def test_what_is_not_plain_data_is_refused_with_its_place(text, error):
    assert refused(text) == error


@pytest.mark.parametrize("escape", ["\\U00110000", "\\UFFFFFFFF"])
def test_an_escape_of_no_character_is_refused_without_libyaml_too(escape, monkeypatch):
    assert refused(f'- "{escape}"')[0] == "syntax"
    monkeypatch.setattr(yaml, "CSafeLoader", yaml.SafeLoader)
    assert refused(f'- "{escape}"') == ("syntax", 1, 1)


def test_a_syntax_error_says_what_the_parser_was_doing():
    with pytest.raises(YamlReadError, match="this is not YAML: while parsing a flow sequence, did not find"):
        build("a: [1")


@pytest.mark.parametrize(
    ("text", "value"),
    [("'1'", "1"), ("!!int 1", "1"), ("! 1", "1"), ("0x1F", 31), ("1e3", 1000.0), (".inf", ".inf"), ("1e999", "1e999")],
)
def test_a_scalar_is_text_unless_json_has_its_value(text, value):
    assert build(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("True", True), ("no", "no"), ("012", 12), ("-7", -7), ("0o17", 15), (".5", 0.5),
        ("1:30", "1:30"), ("9" * 400, int("9" * 400)), ("9" * 401, float("inf")), ("-.INF", float("-inf")),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(text, value):
    assert resolve_scalar(text) == value


def test_not_a_number():
    assert str(resolve_scalar(".NaN")) == "nan"
