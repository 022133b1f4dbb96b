"""HTTP as values: a body that may be no JSON."""

import pytest

from mockserver.core.wire import Exchange, Request, Response, json_or_none


@pytest.mark.parametrize(
    ("body", "value"), [(b'{"id": "a"}', {"id": "a"}), (b"[1]", [1]), (b" 0 ", 0), (b"null", None)]
)
def test_a_body_is_the_value_that_it_says(body, value):
    assert json_or_none(body) == value


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"id": ', b"{} {}", b"\xff"])
def test_a_body_that_is_no_json_has_no_value(body):
    assert json_or_none(body) is None


def test_the_bytes_of_an_exchange_are_those_of_both_bodies():
    request = Request("POST", "/jobs", body=b"123")
    assert Exchange(request, Response(200, body=b"12"), 0, 1).body_bytes == 5
    assert Exchange(request, None, 0, None).body_bytes == 3
