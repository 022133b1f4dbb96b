"""Numbers of things, in words."""

import pytest

from mockserver.core.text import pluralize, truncate, with_article


@pytest.mark.parametrize(
    ("number", "what", "text"),
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
def test_a_number_has_the_word_s_form(number, what, text):
    assert pluralize(number, what) == text


@pytest.mark.parametrize(
    ("text", "limit", "shown"), [("abc", 3, "abc"), ("abcd", 3, "..."), ("abcdef", 5, "ab..."), ("", 3, "")]
)
def test_a_long_text_is_shortened_to_its_limit(text, limit, shown):
    assert truncate(text, limit) == shown


@pytest.mark.parametrize(("noun", "text"), [("video", "a video"), ("item", "an item"), ("Upload", "an Upload")])
def test_a_noun_with_its_article(noun, text):
    assert with_article(noun) == text
