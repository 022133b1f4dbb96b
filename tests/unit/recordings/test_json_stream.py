"""The cursor in a JSON text: any chunking gives the same values, and what is too long is never held."""

import io
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.errors import MockError
from mockserver.recordings import json_stream
from mockserver.recordings.json_stream import OMITTED, JsonStream
from mockserver.recordings.source import ByteStream, TextStream


class Drip(io.RawIOBase):
    """Gives a text out a few bytes at a time."""

    def __init__(self, data, size):
        self.data, self.size = io.BytesIO(data), size

    def read(self, _size=-1):
        return self.data.read(self.size)


def elements(text, *path, size=7, **limits):
    data = text if isinstance(text, bytes) else text.encode()
    return [
        value
        for _, value in JsonStream(TextStream(ByteStream(Drip(data, size), "x")), **limits).elements(
            [(name,) for name in path]
        )
    ]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
forms = st.sampled_from([{}, {"indent": 1}, {"ensure_ascii": False}, {"separators": (",", ":")}])


@given(st.lists(values, max_size=4), st.dictionaries(st.text(max_size=3), values), forms, st.integers(1, 40))
@example([12345678901, 1.5e30, -0.0], {}, {}, 1)
def test_the_elements_are_what_was_written_whatever_the_chunks(wanted, beside, form, size):
    beside.pop("log", None)
    text = json.dumps({**beside, "log": {"other": beside, "entries": wanted}, "z": 1}, **form)
    assert elements(text, "log", "entries", size=size) == wanted


@given(st.lists(values, min_size=1, max_size=4), forms, st.integers(1, 40), st.integers(0, 60))
def test_a_value_walked_instead_of_scanned_is_the_same(wanted, form, size, largest):
    text = json.dumps([wanted], **form)
    (found,) = elements(text, size=size, max_value=largest, max_string=10_000)
    assert found in (wanted, OMITTED)
    assert found == wanted or len(text) - 2 > largest


def test_strings_that_are_too_long_are_cut_and_the_rest_is_kept():
    text = json.dumps([{"url": "u", "text": '\\"' * 500, "list": ["ab" * 400, {"k" * 300: 1}], "end": "é"}, 2])
    first, second = elements(text, max_value=400, max_string=100)
    assert first == {"url": "u", "text": OMITTED, "list": [OMITTED, {OMITTED: 1}], "end": "é"}
    assert second == 2


def test_a_value_too_large_in_small_parts_is_cut_as_a_whole():
    assert elements(json.dumps([["ab"] * 500, 1]), max_value=300, max_string=100) == [OMITTED, 1]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[["' + "x" * 900, "REC004"),
        ('[["' + "x" * 900 + "\\", "REC004"),
        ('[["' + "x" * 900 + '"', "REC004"),
        ('[["' + "x" * 900 + '" "y"]]', "REC003"),
        ('["' + "x" * 900 + '"}', "REC003"),
        ("[" + "1" * 900, "REC004"),
    ],
)
def test_what_is_broken_beyond_the_bounds_is_refused_too(text, code):
    with pytest.raises(MockError) as caught:
        elements(text, max_value=200, max_string=100)
    assert caught.value.problems[0].code == code


def test_a_large_value_that_ends_in_too_deep_nesting_is_refused():
    deep = "[" * 30_000 + "]" * 30_000
    with pytest.raises(MockError, match="REC003"):
        elements('[{"a":"' + "x" * 120_000 + '","b":' + deep + "}]", max_value=100_000, max_string=100)


def test_lines_and_columns_are_right_across_chunks():
    lines = ["["] + ["  {"] + [' "key": 1,'] * 50 + ['  "é": tru }', "]"]
    for size in (1, 3, 50, 100_000):
        with pytest.raises(MockError) as caught:
            elements("\n".join(lines), size=size)
        location = caught.value.problems[0].location
        assert location.line == 53
        assert location.column == 8
        assert location.pointer == "/0"


def test_bytes_that_are_no_utf_8_survive():
    (found,) = elements(b'["\xff\xe9"]')
    assert found.encode("utf-8", "surrogateescape") == b"\xff\xe9"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_byte_order_marks_are_understood(encoding):
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    assert elements((mark + '["é"]').encode(encoding), size=1) == ["é"]


def test_control_characters_in_strings_are_no_reason_to_give_up():
    assert elements('["a\nb\0"]') == ["a\nb\0"]


def test_the_bounds_hold_a_body_of_ten_megabytes_in_base64():
    assert json_stream.MAX_STRING_CHARACTERS * 3 // 4 > 10_000_000
    assert json_stream.MAX_VALUE_CHARACTERS > json_stream.MAX_STRING_CHARACTERS


# Places


@given(
    st.lists(values.map(lambda value: [value]), min_size=1, max_size=6),
    forms,
    st.sampled_from(["", "\n", " \r\n\t"]),
    st.integers(1, 40),
    st.sampled_from([16_000_000, 10]),
)
def test_each_element_has_its_place(listed, form, before, size, largest):
    text = before + json.dumps({"a": ["\n"], "log": {"b": [1], "entries": listed}}, **form)
    stream = ByteStream(Drip(text.encode(), size), "x")
    lines = text.split("\n")
    for index, (spot, _) in enumerate(JsonStream(TextStream(stream), max_value=largest).elements(("log", "entries"))):
        rest = "\n".join([lines[spot.line - 1][spot.column - 1 :], *lines[spot.line :]])
        found, _ = json.JSONDecoder().raw_decode(rest)
        assert json.dumps(found) == json.dumps(listed[index])
        assert spot.pointer == f"/log/entries/{index}"


def test_columns_count_characters():
    spots = [
        spot for spot, _ in JsonStream(TextStream(ByteStream(Drip('["é\\n",\n "ü", 5]'.encode(), 1), "x"))).elements(())
    ]
    assert spots == [(1, 2, "/0"), (2, 2, "/1"), (2, 7, "/2")]
