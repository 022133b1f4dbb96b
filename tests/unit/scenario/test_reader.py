"""The reader keeps positions and the author's text, and distrusts everything else."""

import time

import pytest
import yaml

from mockserver.errors import MockError
from mockserver.scenario.nodes import Node, describe_node, node_to_json, number_error
from mockserver.scenario.reader import MAX_BYTES, MAX_DEPTH, MAX_NODES, node_from_json, read_yaml, refuse_other_file


def root(text):
    node, report = read_yaml(text)
    report.raise_if_any()
    return node


def problems(source):
    with pytest.raises(MockError) as caught:
        root(source)
    return [(p.code, p.location.line, p.location.column) for p in caught.value.problems]


def value(text):
    return node_to_json(root(f"v: {text}"))["v"]


def test_every_node_knows_its_place():
    tree = root("a:\n  - x\n  - {b: 'y'}\n")
    inner = tree.get("a").items[1].get("b")
    assert inner.line == 3
    assert inner.column == 9
    assert inner.pointer == "/a/1/b"
    assert inner.text == "y"
    assert inner.key.line == 3
    assert inner.key.column == 6
    assert tree.get("a").line == 2
    assert tree.pointer == ""
    assert tree.get("zzz") is None


def test_the_repr_of_a_node_has_neither_its_parents_nor_its_children():
    inner = root("a: {b: [c, d]}").get("a")
    assert len(repr(inner)) < 200


def test_a_pointer_escapes_what_rfc_6901_escapes():
    assert root("'a/b~c': [x]").entries[0][1].items[0].pointer == "/a~1b~0c/0"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", None), ("~", None), ("null", None), ("true", True), ("False", False),
        ("on", "on"), ("no", "no"), ("yes", "yes"), ("off", "off"), ("NO", "NO"), ("y", "y"),
        ("10:30", "10:30"), ("190:20:30", "190:20:30"), ("1_000", "1_000"),
        ("2026-05-06", "2026-05-06"), ("2026-05-06T00:00:00Z", "2026-05-06T00:00:00Z"),
        ("12", 12), ("-3", -3), ("+7", 7), ("0", 0), ("0x1F", 31), ("0o17", 15), ("0b11", "0b11"),
        ("3.10", 3.1), ("1e3", 1000.0), (".5", 0.5), ("-2.5E-1", -0.25), ("4.", 4.0),
        ("18446744073709551615", 2**64 - 1),
        ("'12'", "12"), ('"true"', "true"), ("=", "="), ("<<", "<<"), ("5..95", "5..95"), ("30s", "30s"),
        ("651212e2a", "651212e2a"), ("x\u00e9", "x\u00e9"), ("e5", "e5"), (".", "."), ("-", [None]),
    ],
)  # fmt: skip
def test_scalars_follow_yaml_1_2(written, value):
    found = node_to_json(root(f"v:\n  {written}"))["v"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "written",
    [".nan", ".NaN", ".inf", "-.INF", "+.Inf", "012", "-007", "1e999", "-1e999", "18446744073709551616",
     "-9223372036854775809", "0xFFFFFFFFFFFFFFFFF", "9" * 500, "651212345678901234567e12", "0.123456789012345678"],
)  # fmt: skip
def test_numbers_that_json_cannot_carry_are_doubted(written):
    assert number_error(root(f"v: {written}").get("v"))


@pytest.mark.parametrize("written", ["0", "-0", "0.1", "1e5", "true", "'012'", "'.nan'", "x", "", "1" * 18, "00.5"])
def test_ordinary_values_are_not_doubted(written):
    assert not number_error(root(f"v: {written}").get("v"))


def test_keys_are_the_text_of_the_file():
    assert node_to_json(root("on: 1\nno: 2\n501: 3\n1.50: 4\n'': 5\n")) == {
        "on": 1,
        "no": 2,
        "501": 3,
        "1.50": 4,
        "": 5,
    }


def test_how_a_value_is_described():
    tree = root("- {a: 1}\n- [1]\n- 30\n- '30'\n- true\n-\n- " + "x" * 90)
    assert [describe_node(item) for item in tree.items] == [
        "a mapping", "a list", "the number 30", "the text '30'", "true", "nothing", "the text '" + "x" * 37 + "...'",
    ]  # fmt: skip


def test_all_duplicates_are_found_and_the_first_is_kept():
    node, report = read_yaml("a: 1\nb: {c: 1, c: 2}\na: [3]\n'a': 4\n")
    assert node_to_json(node) == {"a": 1, "b": {"c": 1}}
    assert not report.is_clean(node.get("b"))
    assert report.is_clean(node.get("a"))
    assert problems("a: 1\nb: {c: 1, c: 2}\na: [3]\n'a': 4\n") == [
        ("SCN009", 2, 11), ("SCN009", 3, 1), ("SCN009", 4, 1),
    ]  # fmt: skip


def test_a_key_that_is_no_text():
    assert problems("? [a]\n: 1\n? {b: c}\n: 2\n? d\n: 3\n? \n: 4\n") == [
        ("SCN010", 1, 3), ("SCN010", 3, 3), ("SCN010", 7, 2),
    ]  # fmt: skip


def test_anchors_aliases_and_tags_are_refused_each_at_its_place():
    assert problems("a: &x [1]\nb: *x\nc: !!set {}\nd: !mine 5\ne: ! 5\n") == [
        ("SCN007", 1, 4), ("SCN007", 2, 4), ("SCN008", 3, 4), ("SCN008", 4, 4), ("SCN008", 5, 4),
    ]  # fmt: skip


def test_an_alias_is_no_key():
    assert ("SCN007", 2, 1) in problems("a: &x 1\n*x : 2\n")


def test_a_billion_laughs_costs_what_its_text_costs():
    bomb = "a0: &a0 [lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
    assert {code for code, _, _ in problems(bomb)} == {"SCN007"}


def test_a_cycle_is_an_alias():
    assert {code for code, _, _ in problems("a: &a [*a]\n")} == {"SCN007"}


@pytest.mark.parametrize("text", ["", "# only words\n", "---\n", "--- ~\n", "null", "\ufeff"])
def test_an_empty_file(text):
    assert problems(text) == [("SCN006", 1, 1)]


def test_a_second_document():
    assert problems("a: 1\n---\nb: 2\n") == [("SCN005", 2, 1)]


def test_a_document_may_be_opened_and_closed():
    assert node_to_json(root("%YAML 1.2\n---\na: 1\n...\n")) == {"a": 1}


def test_broken_yaml_is_reported_with_its_place():
    assert problems("a: [1\nb: 2\n")[0][0] == "SCN004"
    assert problems("a: 1\n\tb: 2\n")[0][:2] == ("SCN004", 2)
    assert problems("a: 'x\n")[0][0] == "SCN004"


def test_a_problem_before_the_syntax_error_is_reported_too():
    assert [code for code, _, _ in problems("a: !x 1\nb: ]\n")] == ["SCN008", "SCN004"]


def test_depth_is_bounded():
    deepest = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert root(deepest).node_type == "sequence"
    assert problems("[" + deepest + "]") == [("SCN003", 1, MAX_DEPTH + 1)]
    assert problems("[" * 400_000)[0][0] == "SCN003"
    assert problems("{a: " * 100_000)[0][0] == "SCN003"


def test_the_number_of_values_is_bounded():
    assert len(root("[" + "1," * (MAX_NODES - 1) + "]").items) == MAX_NODES - 1
    assert problems("[" + "1," * MAX_NODES + "]")[0][0] == "SCN003"


def test_the_size_is_bounded(tmp_path):
    exact = "a: " + "x" * (MAX_BYTES - 3)
    assert len(root(exact).get("a").text) == MAX_BYTES - 3
    assert problems(exact + "x")[0][0] == "SCN003"
    path = tmp_path / "large.yaml"
    path.write_text(exact + "x")
    assert problems(path)[0][0] == "SCN003"


def test_a_file_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\nb: 2\n")
    node, report = read_yaml(path)
    assert node_to_json(node) == {"a": 1, "b": 2}
    assert report.file == str(path)
    assert node.entries[0][0].column == 1
    assert node_to_json(read_yaml("\ufeffa: 1")[0]) == {"a": 1}


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"a: 1\nb: \xc3\x28\n", (2, 4)),
        (b"\xff\xfea\x00", (1, 1)),
        (b"\xef\xbb\xbfa: \xff", (1, 4)),
        ("é: \udcff".encode("utf-8", "surrogateescape"), (1, 4)),
    ],
)
def test_bytes_that_are_not_utf_8(data, place):
    assert problems(data) == [("SCN002", *place)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\nb: x\x00y", (2, 5)),
        ("a: \x1b[31m", (1, 4)),
        ("a: \ud800", (1, 4)),
        ("a: b\ufeff", (1, 5)),
        ("a: \x7f", (1, 4)),
    ],
)
def test_characters_that_yaml_forbids(text, place):
    assert problems(text) == [("SCN002", *place)]


def test_half_a_surrogate_pair_behind_an_escape(monkeypatch):
    assert problems('a: "\\ud800"')[0][0] == "SCN004"
    monkeypatch.setattr(yaml, "CSafeLoader", yaml.SafeLoader)
    assert problems('a: "\\ud800"') == [("SCN002", 1, 4)]


@pytest.mark.parametrize("text", ["a: [1, {b: c}]\nd: 'x'\n", "- 1\n-\n- ~\n", 'k: |\n  two\n  lines\nl: "\\t"\n'])
def test_the_slow_parser_reads_the_same(text, monkeypatch):
    def shape(node: Node):
        return (
            node.node_type, node.line, node.column, node.text, node.is_plain,
            [(shape(key), shape(value)) for key, value in node.entries], [shape(item) for item in node.items],
        )  # fmt: skip

    fast = shape(root(text))
    monkeypatch.setattr(yaml, "CSafeLoader", yaml.SafeLoader)
    assert shape(root(text)) == fast


@pytest.mark.parametrize("breaker", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_lines_are_counted_as_the_parser_counts_them(breaker):
    with pytest.raises(MockError) as caught:
        read_yaml(f"a: 1{breaker}b: !x 2{breaker}")[1].raise_if_any()
    problem = caught.value.problems[0]
    assert problem.location.line == 2
    assert problem.excerpt == "b: !x 2"


def test_hostile_files_are_refused_quickly():
    began = time.process_time()
    for text in (
        "{" * 500_000,
        "a: " + "'" * 900_001,
        "? " * 300_000,
        "- " * 300_000,
        "[" + "a," * 400_000,
        "&a " * 300_000,
    ):
        assert problems(text)
    assert time.process_time() - began < 20


JSON_DOCUMENT = {"a/b": [1, 2.5, -0.0, 1e300, True, None, "30", ""], "": {"c": [], "d": {}}, "line\u2028end\x7f": "\t"}


class TestDecodedJson:
    def test_a_value_survives(self):
        node, diagnostics = node_from_json(JSON_DOCUMENT, "call")
        diagnostics.raise_if_any()
        assert repr(node_to_json(node)) == repr(JSON_DOCUMENT)
        assert node.get("a/b").items[1].pointer == "/a~1b/1"
        assert node.get("").get("d").key.text == "d"

    def test_problems_keep_the_order_of_the_document_and_have_no_line(self):
        node, diagnostics = node_from_json({"a": 1, "b": 2}, "call")
        diagnostics.add("SCN022", "second", node.get("b"))
        diagnostics.add("SCN022", "first", node.get("a"))
        problems = diagnostics.error().problems
        assert [problem.message for problem in problems] == ["first", "second"]
        assert {(problem.location.line, problem.location.column, problem.excerpt) for problem in problems} == {
            (0, 0, "")
        }
        assert [str(problem.location) for problem in problems] == ["call", "call"]

    @pytest.mark.parametrize("build", [lambda depth: [], lambda depth: {}])
    def test_depth_is_bounded(self, build):
        value = build(0)
        for _ in range(MAX_DEPTH - 1):
            value = [value]
        node_from_json(value, "call")
        with pytest.raises(MockError, match="SCN003 more than 50 levels"):
            node_from_json([value], "call")

    def test_size_is_bounded(self):
        node_from_json([0] * (MAX_NODES - 1), "call")
        with pytest.raises(MockError, match="SCN003 more than 50000 values"):
            node_from_json([0] * MAX_NODES, "call")
        with pytest.raises(MockError, match="SCN003 more than 1000000 bytes"):
            node_from_json({"x" * MAX_BYTES: "y"}, "call")


def test_a_file_of_the_other_kind_is_named_as_such_with_its_place():
    root, diagnostics = read_yaml("# mine\npack: 1\nvendor: mine\n")
    with pytest.raises(MockError) as refused:
        refuse_other_file(root, diagnostics, "scenario", "pack")
    (problem,) = refused.value.problems
    assert problem.text().startswith("scenario:2:1: SCN022 found a pack, expected a scenario\n    pack: 1\n")
    assert problem.hint == "`mockserver pack lint FILE` checks a pack."
    refuse_other_file(read_yaml("pack: 1\nscenario: s\n")[0], diagnostics, "scenario", "pack")
