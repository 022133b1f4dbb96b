"""The first line of a head: its version as the parser reads it, and its length, wherever it is cut."""

import pytest

from mockserver.server.adapter.incoming_bytes import RequestLine

HEADERS = b"\r\nHost: a HTTP/1.9\r\n\r\n"


def followed(line: RequestLine, *pieces: bytes) -> bytes:
    line.begin()
    return b"".join(line.add(piece) for piece in pieces)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"GET / HTTP/1.2", b"GET / HTTP/1.1"),
        (b"GET / HTTP/1.9", b"GET / HTTP/1.1"),
        (b"GET / HTTP/1.0", b"GET / HTTP/1.0"),
        (b"GET / HTTP/1.1", b"GET / HTTP/1.1"),
        (b"GET / HTTP/2.2", b"GET / HTTP/2.2"),
        (b"GET /?HTTP/1.9 HTTP/1.1", b"GET /?HTTP/1.9 HTTP/1.1"),
    ],
)
def test_a_later_minor_version_becomes_the_latest_known_one(sent, read):
    line = RequestLine()
    for cut in range(len(sent + HEADERS) + 1):
        whole = sent + HEADERS
        assert followed(line, whole[:cut], whole[cut:]) == read + HEADERS
    assert followed(line, *(bytes([byte]) for byte in sent + HEADERS)) == read + HEADERS


def test_its_length_is_counted_over_its_pieces():
    line = RequestLine()
    followed(line, b"GET /", b"x HTTP/1.1\r", b"\nHost: a\r\n")
    assert line.length == len(b"GET /x HTTP/1.1\r")
    followed(line, b"GET / HTTP/1.1\r\n\r\n")
    assert line.length == len(b"GET / HTTP/1.1\r")
