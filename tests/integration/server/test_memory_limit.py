"""Sizes of memory as people write them."""

import pytest

from mockserver.server.memory_limit import format_size, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("512MB", 512_000_000), ("2gb", 2_000_000_000), (" 64 kB ", 64_000), ("5B", 5), ("0MB", 0)],
)
def test_sizes(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "512", "MB", "1.5GB", "-1GB", "1TB", "1GB2", "1" * 13 + "B"])
def test_text_that_is_no_size(text):
    assert parse_size(text) is None


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_500, "1.5 KB"),
        (1_560_000, "1.6 MB"),
        (512_000_000, "512 MB"),
        (1_000_000_000, "1 GB"),
    ],
)
def test_sizes_in_messages(size, text):
    assert format_size(size) == text
