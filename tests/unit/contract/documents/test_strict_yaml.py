"""Contract files are data from outside: bounded, and without YAML's surprises."""

import pytest

from mockserver.contract.documents.strict_yaml import MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH, read_yaml, read_yaml_file
from mockserver.errors import MockError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: no", {"a": "no"}),
        ("a: on", {"a": "on"}),
        ("a: 1:30", {"a": "1:30"}),
        ("a: 012", {"a": 12}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: 2026-05-06", {"a": "2026-05-06"}),
        ("a: 2026-05-06T00:00:00Z", {"a": "2026-05-06T00:00:00Z"}),
        ("a: .nan", {"a": ".nan"}),
        ("a: =", {"a": "="}),
        ("200: 1", {"200": 1}),
        ("a: '5'", {"a": "5"}),
        ("a: -1.5e3", {"a": -1500.0}),
        ("a: !!binary aGk=", {"a": "aGk="}),
        ("a: !x 5", {"a": "5"}),
        ("a: [true, false, null, ~]", {"a": [True, False, None, None]}),
        ("a:", {"a": None}),
        ('{"a": {"b": [1, 2.0]}}', {"a": {"b": [1, 2.0]}}),
        ("", None),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text, value):
    assert read_yaml(text.encode()) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &a [*a]", r"some.yaml:1:8: CON002 the alias \*a has no anchor before it"),
        ("a: *b", r"the alias \*b has no anchor"),
        ("a: 1\na: 2", "given twice"),
        ("? [1]\n: 2", "a key must be plain text"),
        ("a: [", "this is not YAML"),
        ("a: \x00", "this is not YAML"),
        ("[" * (MAX_DOCUMENT_DEPTH + 2) + "]" * (MAX_DOCUMENT_DEPTH + 2), "levels of nesting"),
        ("[" * 1_000_000, "levels of nesting"),
        ("".join("  " * depth + "a:\n" for depth in range(MAX_DOCUMENT_DEPTH + 3)), "levels of nesting"),
        ("- " * 1000, "levels of nesting"),
        ("a: 1\n---\nb: 2", "a file holds one"),
        ("a: " + "x" * MAX_DOCUMENT_BYTES, "more than"),
    ],
)
def test_what_is_not_plain_data_is_refused(text, words):
    with pytest.raises(MockError, match=words):
        read_yaml(text.encode(), "some.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}", {"a": {"b": 1, "c": 2}, "d": {"b": 3, "c": 2}}),
        ("a: {<<: [{b: 1}, {b: 2, c: 3}]}", {"a": {"b": 1, "c": 3}}),
        ("a: {<<: 5}", {"a": {"<<": 5}}),
        ("a: &x\nb: *x", {"a": None, "b": None}),
    ],
)
def test_aliases_and_merge_keys_are_read(text, value):
    assert read_yaml(text.encode()) == value


def test_what_aliases_repeat_is_bounded():
    laughs = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    with pytest.raises(
        MockError, match=r"some.yaml:7:\d+: CON002 the aliases up to here repeat more than 1000000 values"
    ):
        read_yaml(laughs.encode(), "some.yaml")


def test_a_problem_names_its_line():
    with pytest.raises(MockError) as caught:
        read_yaml(b"a: 1\nb: 2\na: 3\n", "some.yaml")
    assert str(caught.value.problems[0].location) == "some.yaml:3:1"


def test_a_file_is_read(tmp_path):
    (tmp_path / "a.yaml").write_text("a: 1")
    assert read_yaml_file(tmp_path / "a.yaml") == {"a": 1}


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MockError, match=r"none\.yaml"):
        read_yaml_file(tmp_path / "none.yaml")
