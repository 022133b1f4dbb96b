"""Detecting a file from its first bytes."""

import pytest

from mockserver.recordings.codes import CODES
from mockserver.recordings.detect import detect_variant
from tests.support.har_files import read_problem


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (b'{"log": {"version": "1.2", "entries": [', "har"),
        (b'\xef\xbb\xbf\n {\n  "log"\n:\n{', "har"),
        (b'{"$schema": {"a": 1}, "log": {', "har"),
        (b'{"v":1,"sent":"2026', "journal"),
        (b'{"answered":null,"request":{},"sent":"","v":1}\n{', "journal"),
        (b'{"version": 1, "interactions": [', "cassette-json"),
        (b'{"interactions" : [', "cassette-json"),
        (b"interactions:\n- request:", "cassette-yaml"),
        (b"---\n# x\nversion: 1\ninteractions: []", "cassette-yaml"),
    ],
)
def test_a_recording_is_recognised(head, form):
    assert detect_variant(head, "x") == form


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"", "an empty file"),
        (b" \n\t ", "an empty file"),
        (b"PK\x03\x04abc", "a zip archive"),
        (b"BZh9", "a compressed file"),
        (b"\x28\xb5\x2f\xfd", "a compressed file"),
        (b"\xd4\xc3\xb2\xa1\0", "a packet capture"),
        (b"4092:9:websocket;0:~", "a flow file of mitmproxy"),
        (b"WARC/1.0\r\n", "a web archive (WARC)"),
        (b"<!DOCTYPE html>", "an HTML page"),
        (b"<html>", "an HTML page"),
        (b"<?xml version", "an XML file"),
        (b"GET /x HTTP/1.1", "plain HTTP text"),
        (b"curl https://x", "a curl command"),
        (b'{"type":"context-options","x":1}', "a trace of Playwright"),
        (b'{"info": {"_postman_id": "1"}}', "a Postman collection"),
        (b'{"openapi": "3.1.0"}', "an OpenAPI document"),
        (b"openapi: 3.1.0", "an OpenAPI document"),
        (b"---\nhttp_interactions:\n- request:", "a cassette of VCR for Ruby"),
        (b"# x\nscenario: cancel\n", "a scenario"),
        (b'{"a": 1}', "JSON without `log.entries` or `interactions` near its start"),
        (b"[1]", "a JSON list"),
        (b"hello", "text, but neither JSON nor YAML of a known kind"),
        (b"\x00\x01\x02", "a binary file"),
    ],
)
def test_what_is_no_recording_is_named(head, name):
    problem = read_problem(head)
    assert problem.code == "REC002"
    assert problem.message == f"this is not a recording; it looks like {name}"
    assert problem.hint


@pytest.mark.parametrize(
    ("kind", "head", "form"),
    [
        ("har", b"x", "har"),
        ("journal", b"x", "journal"),
        ("cassette", b" {", "cassette-json"),
        ("cassette", b"x", "cassette-yaml"),
    ],
)
def test_a_kind_that_is_given_is_believed(kind, head, form):
    assert detect_variant(head, "x", kind) == form


def test_an_unknown_kind_is_refused():
    problem = read_problem(b"", "harr")
    assert problem.message == "there is no kind of recording 'harr' (did you mean 'har'?)"
    assert problem.hint == "Kinds: auto, har, cassette, journal."


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_explained_in_one_sentence(code):
    assert CODES[code].endswith(".")
    assert CODES[code][0].isupper()
