"""Keys, rate-limit headers and pages, for any vendor."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.wire import Request
from mockserver.vendors.http import Page, bearer_headers, bearer_token, limit_headers


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (None, None),
        ("", None),
        ("Bearer", None),
        ("Bearer  ", None),
        ("Basic abc", None),
        ("Bearer abc", "abc"),
        ("bearer  a b ", "a b"),
    ],
)
def test_bearer_tokens(header, token):
    headers = {} if header is None else {"authorization": header}
    assert bearer_token(Request("GET", "/", headers=headers)) == token


def test_the_headers_of_a_token_are_read_as_it():
    headers = {name.lower(): value for name, value in bearer_headers("abc").items()}
    assert bearer_token(Request("GET", "/", headers=headers)) == "abc"


def test_limit_headers_round_the_reset_up():
    window = LimitWindow(start=1, used=3)
    assert dict(limit_headers("X", RateLimit(5, 2 * SECOND), window)) == {
        "X-Limit": "5",
        "X-Remaining": "2",
        "X-Used": "3",
        "X-Reset": "3",
    }


@pytest.mark.parametrize(("total", "pages"), [(0, 0), (1, 1), (10, 1), (11, 2)])
def test_pages(total, pages):
    page = Page(number=3, size=10)
    assert page.start == 20
    assert page.count(total) == pages
