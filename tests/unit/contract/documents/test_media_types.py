"""Media types: what is the same in other words, and what a range covers."""

import pytest

from mockserver.contract.documents.media_types import covering_range, media_key


@pytest.mark.parametrize(
    ("media", "key"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; Charset=utf-8;", "application/json"),
        ('a/b; V="1"; boundary=x; a=2', "a/b;a=2;v=1"),
        ("*/*", "*/*"),
    ],
)
def test_equal_types_have_equal_keys(media, key):
    assert media_key(media) == key


@pytest.mark.parametrize(
    ("ranges", "found"),
    [
        (["a/*", "*/*", "a/b", "a/b;v=1"], "a/b;v=1"),
        (["a/*", "*/*", "a/b"], "a/b"),
        (["*/*", "a/*"], "a/*"),
        (["*/*"], "*/*"),
        (["b/*", "a/b;v=2"], None),
    ],
)
def test_the_narrowest_range_covers_a_type(ranges, found):
    assert covering_range(ranges, "a/b;v=1") == found
