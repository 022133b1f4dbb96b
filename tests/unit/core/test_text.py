"""Numbers of things, in words."""

import pytest

from mockserver.core.text import pluralize


@pytest.mark.parametrize(
    ("number", "what", "said"),
    [
        (0, "call", "0 calls"),
        (1, "call", "1 call"),
        (2, "more group", "2 more groups"),
        (1, "entry", "1 entry"),
        (3, "entry", "3 entries"),
        (0, "delivery", "0 deliveries"),
        (2, "key", "2 keys"),
    ],
)
def test_a_number_has_the_word_s_form(number, what, said):
    assert pluralize(number, what) == said
