"""Addresses, headers, brotli: what the samples do not reach."""

import sys
import types

import pytest

from mockserver.recordings import bodies, http_fields
from mockserver.recordings.bodies import RecordedBody
from mockserver.recordings.json_stream import OMITTED


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://A.Example", ("a.example", "/", "")),
        ("https://a.example:443/x?y=1#z", ("a.example", "/x", "y=1")),
        ("http://a.example:443/", ("a.example:443", "/", "")),
        ("WSS://a.example:443/x", ("a.example", "/x", "")),
        ("https://user:pass@a.example/x", ("a.example", "/x", "")),
        ("http://[::1]:8080/x", ("[::1]:8080", "/x", "")),
        ("https://a.example/ä b%2Fc?q=é&r=[1]", ("a.example", "/%C3%A4%20b%2Fc", "q=%C3%A9&r=[1]")),
        ("https://a.example/\ud83d\n", ("a.example", "/%ED%A0%BD%0A", "")),
        ("https://a.example?x", ("a.example", "/", "x")),
        ("https:///x", None),
        ("https://a b/x", None),
        ("blob:https://a.example/1", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address(url, address):
    assert http_fields.parse_address(url) == address


@pytest.mark.parametrize(
    ("recorded", "headers"),
    [
        ([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}], (("A", "1"), ("A", "2"))),
        ([{"name": ":path", "value": "/"}, {"name": " ", "value": "x"}, {"value": "x"}, 5], ()),
        ([{"name": "A"}, {"name": "B", "value": 5}, {"name": "C", "value": None}], (("A", ""), ("B", "5"), ("C", ""))),
        ([{"name": "Set-Cookie", "value": "a\nb"}, {"name": "X", "value": "a\r\n b\0"}],
         (("Set-Cookie", "a"), ("Set-Cookie", "b"), ("X", "a"), ("X", "b"))),
        ({"A": ["1", "2"], "B": "3", "C": b"\xff"}, (("A", "1"), ("A", "2"), ("B", "3"), ("C", "\udcff"))),
        (None, ()),
        ("x", ()),
    ],
)  # fmt: skip
def test_headers(recorded, headers):
    assert http_fields.parse_headers(recorded) == headers


def test_the_host_is_that_of_the_address():
    assert http_fields.request_headers((("Host", "proxy"), ("A", "1"), ("a", "2")), "h") == {"host": "h", "a": "1, 2"}


def test_a_whole_number_is_no_nan():
    assert http_fields.parse_int(float("nan")) is None
    assert http_fields.parse_int("12x") is None


def test_texts_that_were_cut_are_over_the_bound():
    assert bodies.body_from_text(OMITTED) == bodies.body_from_base64(OMITTED) == RecordedBody(loss=bodies.TOO_LARGE)


class Brotli(types.ModuleType):
    """Stands for the library: returns `out` within the bound it is given."""

    error = ValueError

    def __init__(self, out, *, finished=True, failure=None):
        super().__init__("brotli")
        self.out, self.finished, self.failure = out, finished, failure

    def Decompressor(self):
        return self

    def process(self, _data, *, output_buffer_limit):
        if self.failure:
            raise self.failure
        return self.out[:output_buffer_limit]

    def is_finished(self):
        return self.finished


@pytest.mark.parametrize(
    ("library", "body"),
    [
        (None, RecordedBody(loss=bodies.UNDECODABLE)),
        (Brotli(b"{}"), RecordedBody(b"{}")),
        (Brotli(b"{", finished=False), RecordedBody(loss=bodies.UNDECODABLE)),
        (Brotli(b"x" * (bodies.MAX_BODY_BYTES + 9), finished=False), RecordedBody(loss=bodies.TOO_LARGE)),
        (Brotli(b"", failure=ValueError()), RecordedBody(loss=bodies.UNDECODABLE)),
        (Brotli(b"", failure=TypeError()), RecordedBody(loss=bodies.UNDECODABLE)),
    ],
)
def test_brotli_where_it_is_installed(monkeypatch, library, body):
    monkeypatch.setitem(sys.modules, "brotli", library)
    assert bodies.decode_content(RecordedBody(b"\xff"), "br") == body
