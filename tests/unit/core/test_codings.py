"""Content codings: what is sent rightly can be read again, and nothing else can."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core import codings
from mockserver.core.codings import as_sent, decoded, encode_body, with_coding
from mockserver.core.transmission import CODINGS, ContentCoding
from mockserver.core.wire import Response


def sent(body: bytes, says: str, sends: str, broken=None) -> Response:
    return Response(200, (("Content-Encoding", says),), encode_body(body, ContentCoding(says, sends, broken)))


@pytest.mark.parametrize("name", CODINGS)
@given(body=st.binary(min_size=1, max_size=300))
def test_what_is_sent_rightly_is_read_again(name, body):
    assert decoded(sent(body, name, name)).body == body


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 200_000])
def test_large_bodies_are_several_stored_blocks(size):
    body = bytes(range(250)) * (size // 250) + b"x" * (size % 250)
    assert decoded(sent(body, "br", "br")).body == body


def test_the_bytes_are_those_of_the_standards():
    assert gzip.decompress(sent(b"abc", "gzip", "gzip").body) == b"abc"
    assert zlib.decompress(sent(b"abc", "deflate", "deflate").body) == b"abc"
    # Compared with the decoder of brotli 1.2.1: the text is the one below.
    assert sent(b'{"a":1}', "br", "br").body.hex() == "6000107b2261223a317d03"


@pytest.mark.parametrize("name", ["gzip", "deflate", "br"])
@pytest.mark.parametrize("broken", ["cut", "checksum"])
def test_what_is_broken_is_not_read(name, broken):
    answer = sent(b"a body of some length", name, name, broken)
    assert decoded(answer) is answer


@pytest.mark.parametrize(("says", "sends"), [("gzip", "br"), ("br", "gzip"), ("gzip", "identity"), ("br", "identity")])
def test_what_is_not_as_its_header_says_is_not_read(says, sends):
    answer = sent(b"a body", says, sends)
    assert decoded(answer) is answer


@pytest.mark.parametrize("headers", [(), (("Content-Encoding", "zstd"),)])
def test_an_unknown_coding_is_left_alone(headers):
    answer = Response(200, headers, b"x")
    assert decoded(answer) is answer
    assert decoded(Response(204, (("Content-Encoding", "gzip"),))).body == b""


def test_a_bomb_is_left_alone(monkeypatch):
    monkeypatch.setattr(codings, "MAX_DECODED_BYTES", 10)
    answer = sent(b"x" * 11, "gzip", "gzip")
    assert decoded(answer) is answer


def test_a_client_has_the_body_only_if_the_header_is_true():
    plain = Response(200, (("A", "b"),), b"abc")
    assert with_coding(plain, None) is plain
    assert with_coding(plain, ContentCoding("br", "br")) == Response(
        200, (("A", "b"), ("Content-Encoding", "br")), b"abc"
    )
    assert with_coding(plain, ContentCoding("gzip", "identity")).body == b"abc"
    assert zlib.decompress(with_coding(plain, ContentCoding("identity", "deflate")).body) == b"abc"
    assert with_coding(plain, ContentCoding("identity", "deflate")).headers == plain.headers


def test_a_response_as_it_goes_over_the_wire():
    plain = Response(200, (("A", "b"),), b"abc")
    sent_response = as_sent(plain, ContentCoding("gzip", "br"))
    assert sent_response.headers == (("A", "b"), ("Content-Encoding", "gzip"))
    assert sent_response.body == encode_body(b"abc", ContentCoding("br", "br"))
    assert as_sent(plain, None) is plain
    empty = Response(204)
    assert as_sent(empty, ContentCoding("br", "br")) is empty
