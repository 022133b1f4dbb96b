"""JSON pointers, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.pointer import escaped, steps, unescaped


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
    assert steps(pointer) == keys


@given(st.lists(st.text("~01/a"), max_size=4))
def test_any_keys_have_a_pointer(keys):
    assert steps("".join(f"/{escaped(key)}" for key in keys)) == tuple(keys)
    assert [unescaped(escaped(key)) for key in keys] == keys
