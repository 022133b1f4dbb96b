from dataclasses import replace

import pytest

from mockserver.core.wire import Request
from mockserver.engine.handle import MAX_CONTAINERS, MAX_DEPTH, BodyError, decode_body
from mockserver.vendors.api import BodyFormat, BodyPolicy, FormFields, RequestError


def read(body: bytes, expected: BodyPolicy = BodyPolicy.JSON, **headers: str) -> object:
    return decode_body(Request("POST", "/", "", headers, body), expected)


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("expected", [BodyPolicy.JSON, BodyPolicy.OPTIONAL])
def test_a_form_is_decoded_where_an_operation_takes_forms(expected):
    request = Request("POST", "/", "", {"content-type": FORM}, b"a=1&b=[1]&c=[1]&d=2")
    taken = replace(expected, formats=(BodyFormat.JSON, BodyFormat.FORM))
    fields = FormFields(json=frozenset({"b"}), repeated=frozenset({"d"}))
    assert decode_body(request, replace(taken, fields=fields)) == {"a": "1", "b": [1], "c": "[1]", "d": ["2"]}
    assert decode_body(request, taken) == {"a": "1", "b": "[1]", "c": "[1]", "d": "2"}


def test_a_form_without_its_boundary_is_a_flaw():
    request = Request("POST", "/", "", {"content-type": "multipart/form-data"}, b"a")
    flaw = decode_body(request, BodyPolicy((BodyFormat.MULTIPART,)))
    assert isinstance(flaw, BodyError)
    assert flaw.error is RequestError.BAD_JSON


@pytest.mark.parametrize(
    ("formats", "content_type", "allowed"),
    [
        ((BodyFormat.JSON,), FORM, "application/json"),
        ((BodyFormat.JSON, BodyFormat.FORM), "multipart/form-data; boundary=x", "application/json"),
        ((BodyFormat.MULTIPART,), FORM, "multipart/form-data"),
        ((BodyFormat.FORM,), "application/json", FORM),
        ((BodyFormat.FORM, BodyFormat.MULTIPART), "", f"{FORM} or multipart/form-data"),
    ],
)
def test_a_format_that_an_operation_does_not_take_is_the_wrong_type(formats, content_type, allowed):
    flaw = decode_body(Request("POST", "/", "", {"content-type": content_type}, b"{}"), BodyPolicy(formats))
    assert flaw == BodyError(RequestError.WRONG_TYPE, f"the content type is {content_type!r}, not {allowed}")


@pytest.mark.parametrize("expected", [BodyPolicy.NONE, BodyPolicy.BYTES])
@pytest.mark.parametrize("body", [b"", b"{", b'{"a": 1}', b"\xff\x00"])
def test_an_operation_without_a_json_body_looks_at_none(expected, body):
    assert read(body, expected) is None


def test_an_empty_body_is_a_flaw_unless_the_body_is_optional():
    assert read(b"") == BodyError(RequestError.BAD_JSON, "the body is empty")
    assert read(b"", BodyPolicy.OPTIONAL) is None


@pytest.mark.parametrize("expected", [BodyPolicy.JSON, BodyPolicy.OPTIONAL])
def test_an_object_is_decoded(expected):
    assert read(b' {"a": [1, 2.5, null, true, "\\ud83d\\ude00"]} ', expected) == {"a": [1, 2.5, None, True, "😀"]}


def test_a_body_has_a_bounded_number_of_objects_and_arrays():
    most = b'{"a": [' + b",".join([b"{}"] * (MAX_CONTAINERS - 2)) + b"]}"
    assert len(read(most)["a"]) == MAX_CONTAINERS - 2
    for one_more in (b"[]", b"{}"):
        flaw = read(most.replace(b"[", b"[" + one_more + b",", 1))
        assert flaw == BodyError(RequestError.TOO_LARGE, "the body has more than 1,000,000 objects and arrays")


def test_of_a_repeated_key_the_last_one_counts():
    assert read(b'{"a": 1, "a": 2}') == {"a": 2}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"a": NaN}', id="not a number"),
        pytest.param(b'{"a": Infinity}', id="infinity by name"),
        pytest.param(b'{"a": 1e999}', id="a number beyond a double"),
        pytest.param(b'{"a": ' + b"9" * 400 + b"}", id="an integer beyond a double"),
        pytest.param(b'{"a": "\\ud800"}', id="a lone surrogate"),
        pytest.param(b'{"a": "\xed\xa0\x80"}', id="an encoded surrogate"),
        pytest.param(b'{"a": "\xff"}', id="not UTF-8"),
        pytest.param(b"\xef\xbb\xbf{}", id="a byte order mark"),
        pytest.param(b"{'a': 1}", id="single quotes"),
        pytest.param(b'{"a": 1,}', id="a comma too many"),
        pytest.param(b"{} {}", id="two values"),
        pytest.param(b"  ", id="only space"),
    ],
)
def test_what_is_no_json_is_a_flaw(body):
    flaw = read(body)
    assert isinstance(flaw, BodyError)
    assert flaw.error is RequestError.BAD_JSON


def test_a_flaw_says_where_the_json_breaks():
    flaw = read(b'{\n  "a": nope}')
    assert isinstance(flaw, BodyError)
    assert "line 2 column " in flaw.detail


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[]", "an array"),
        (b'"x"', "a string"),
        (b"true", "a boolean"),
        (b"null", "null"),
        (b"1", "a number"),
        (b"1.5", "a number"),
    ],
)
@pytest.mark.parametrize("expected", [BodyPolicy.JSON, BodyPolicy.OPTIONAL])
def test_what_is_no_object_is_a_flaw(body, kind, expected):
    assert read(body, expected) == BodyError(RequestError.NOT_AN_OBJECT, f"the body is {kind}")


def nested(levels: int, opening: bytes = b'{"a":', closing: bytes = b"}", core: bytes = b"1") -> bytes:
    return opening * levels + core + closing * levels


def test_nesting_has_a_bound():
    assert isinstance(read(nested(MAX_DEPTH)), dict)
    too_deep = BodyError(RequestError.BAD_JSON, f"nested deeper than {MAX_DEPTH} levels")
    assert read(nested(MAX_DEPTH + 1)) == too_deep
    assert read(b'{"a":' + nested(MAX_DEPTH, b"[", b"]", b"") + b"}") == too_deep
    assert isinstance(read(nested(100_000, b"[", b"]")), BodyError)


@pytest.mark.parametrize(
    "kind",
    ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "Text/XML", "application/xml"],
)
def test_a_body_that_says_it_is_something_else_is_a_flaw(kind):
    flaw = read(b"{}", **{"content-type": kind})
    assert flaw == BodyError(RequestError.WRONG_TYPE, f"the content type is {kind.lower()!r}, not application/json")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "text/plain", "application/octet-stream", ""])
def test_any_other_content_type_may_hold_json(kind):
    assert read(b"{}", **{"content-type": kind}) == {}
