"""JSON pointers, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.pointer import escape_token, fits_pattern, parse_pointer, render_pointer, unescape_token


@pytest.mark.parametrize(
    ("pointer", "keys"),
    [
        ("", ()),
        ("/", ("",)),
        ("/a/0", ("a", "0")),
        ("/a~1b/m~0n", ("a/b", "m~n")),
        ("/~01", ("~1",)),
        ("/ /", (" ", "")),
    ],
)
def test_a_pointer_goes_along_its_keys(pointer, keys):
    assert parse_pointer(pointer) == keys
    assert render_pointer(keys) == pointer


@given(st.lists(st.text("~01/a"), max_size=4))
def test_any_keys_have_a_pointer(keys):
    assert parse_pointer("".join(f"/{escape_token(key)}" for key in keys)) == tuple(keys)
    assert [unescape_token(escape_token(key)) for key in keys] == keys


def test_a_star_in_a_pattern_stands_for_one_key():
    assert fits_pattern("/items/3/id", "/items/*/id")
    assert not fits_pattern("/items/3/id", "/items/*")
    assert not fits_pattern("/items/3/id", "/items/*/name")
