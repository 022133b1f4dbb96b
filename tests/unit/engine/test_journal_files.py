"""The journal keeps the beginning of a file, and all of any other body."""

import pytest

from mockserver.core.forms import encode_form, parse_form
from mockserver.core.wire import MAX_BODY_EXCERPT, Request
from mockserver.engine.journal import with_short_files
from tests.support.fake_world import KEY, fake_world


def request(body: bytes, content_type: str = "application/json") -> Request:
    return Request("POST", "/", "", {"content-type": content_type}, body)


@pytest.mark.parametrize("is_file", [True, False])
def test_a_short_body_is_the_same_object(is_file):
    sent = request(b"x" * MAX_BODY_EXCERPT)
    assert with_short_files(sent, is_file=is_file) is sent


def test_a_long_body_that_is_no_file_is_the_same_object():
    for content_type in ("application/json", "multipart/form-data"):
        sent = request(b"x" * 9_000, content_type)
        assert with_short_files(sent, is_file=False) is sent


def test_a_file_that_is_the_body_is_cut():
    assert with_short_files(request(b"x" * 9_000), is_file=True) == request(b"x" * MAX_BODY_EXCERPT)


def test_a_file_in_a_form_is_cut():
    content_type, body = encode_form("multipart/form-data", {"f": {"filename": "f", "bytes": 9_000}, "a": "b"})
    kept = with_short_files(request(body, content_type), is_file=False).body
    assert parse_form(content_type, kept)["a"] == "b"
    assert parse_form(content_type, kept)["f"]["bytes"] == MAX_BODY_EXCERPT


def test_a_session_keeps_the_beginning_of_an_upload():
    world = fake_world("phaseo", "2026-08-10")
    content_type, body = encode_form(
        "multipart/form-data",
        {"model": "qwen/wan2.7-t2v", "prompt": "x", "input_reference": {"filename": "a.png", "bytes": 50_000}},
    )
    headers = {"authorization": f"Bearer {KEY}", "content-type": content_type}
    answer = world.send(Request("POST", "/v1/videos", "", headers, body))
    assert answer.status < 300
    (entry,) = world.session.journal
    assert len(entry.request.body) < 5_000
