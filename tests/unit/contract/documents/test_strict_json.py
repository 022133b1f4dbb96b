"""JSON is read as the strictest client would read it."""

import pytest

from mockserver.contract.documents import strict_json
from mockserver.contract.documents.strict_json import MAX_BODY_DEPTH, ParsedJson, read_json, read_json_lines


def test_clean_json_has_no_problems():
    assert read_json(b'{"a": [1, 2.5, "x", null, true]}') == ParsedJson({"a": [1, 2.5, "x", None, True]}, True, ())


def test_a_whole_surrogate_pair_is_a_character():
    assert read_json(rb'"\ud83d\ude00"').value == "\U0001f600"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[NaN]", "NaN is not a JSON number"),
        (b"[-Infinity]", "-Infinity is not a JSON number"),
        (b"[1e999]", "too large"),
        (b"[" + b"9" * 5000 + b"]", "5000 digits"),
        (b'["\xff"]', "not UTF-8 (byte 2)"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8"),
        (rb'["\ud800"]', "half a surrogate pair"),
        (rb'{"\uD800": 1}', "half a surrogate pair"),
        (b"[" * 100_000, "nested deeper"),
        (b"[" * (MAX_BODY_DEPTH + 1) + b"]" * (MAX_BODY_DEPTH + 1), "nested deeper"),
    ],
)
def test_what_no_client_should_read_is_not_judged(data, words):
    read = read_json(data)
    assert not read.is_readable
    assert words in read.problems[-1]


def test_a_body_as_deep_as_allowed_is_read():
    assert read_json(b"[" * MAX_BODY_DEPTH + b"]" * MAX_BODY_DEPTH).is_readable


def test_a_byte_order_mark_is_reported_and_the_rest_is_judged():
    assert read_json(b"\xef\xbb\xbf{}") == ParsedJson({}, True, ("the body starts with a byte order mark",))


def test_keys_given_twice_are_reported_once():
    read = read_json(b'[{"a": 1, "a": 2, "b": 0}, {"a": 1, "a": 2}]')
    assert read == ParsedJson([{"a": 2, "b": 0}, {"a": 2}], True, ("an object has a key twice: a",))


def test_an_enormous_body_is_not_read(monkeypatch):
    monkeypatch.setattr(strict_json, "MAX_BODY_BYTES", 3)
    assert read_json(b"[1,2]").problems == ("the body has 5 bytes, more than 3 are not judged",)


def test_lines_are_read_one_by_one():
    read = list(read_json_lines(b'{"a": 1}\n[NaN]\n\n3'))
    assert [(each.line, each.is_readable) for each in read] == [(1, True), (2, False), (3, False), (4, True)]


def test_the_last_newline_ends_the_last_line():
    assert [each.value for each in read_json_lines(b"1\n2\n")] == [1, 2]
    assert list(read_json_lines(b"")) == []
