"""The parts of a `Content-Type` header."""

import pytest

from mockserver.core.media_type import parse_charset, parse_media_type


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (None, ""),
        ("", ""),
        ("Application/JSON", "application/json"),
        (" text/html ; charset=utf-8", "text/html"),
        ("multipart/form-data; boundary=x; y=z", "multipart/form-data"),
    ],
)
def test_the_media_type(content_type, expected):
    assert parse_media_type(content_type) == expected


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (None, None),
        ("text/html", None),
        ("text/html; charset=UTF-8", "utf-8"),
        ('text/html;charset = "Latin-1"; x=y', "latin-1"),
        ("text/html; charset=", None),
    ],
)
def test_the_charset(content_type, expected):
    assert parse_charset(content_type) == expected
