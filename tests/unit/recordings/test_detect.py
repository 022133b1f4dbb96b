"""Detecting a file from the names at its top level."""

import io
import json

import pytest

from mockserver.recordings.codes import CODES
from mockserver.recordings.detect import detect_file, detect_recording, is_openapi_document, recognize
from mockserver.recordings.source import HEAD_BYTES, RecordingSource
from tests.support.har_files import read_problem


def source(data):
    return RecordingSource(io.BytesIO(data))


@pytest.mark.parametrize(
    ("head", "variant", "recorder"),
    [
        (b'{"log": {"version": "1.2", "entries": [', "har", None),
        (b'\xef\xbb\xbf\n {\n  "log"\n:\n{', "har", None),
        (b'{"$schema": {"a": 1}, "log": {', "har", None),
        (b'{"log": {"_recordingName": "a", "creator": {"name": "Polly.JS"', "har", "Polly.JS"),
        (b'{"v":1,"sent":"2026', "journal", None),
        (b'{"answered":null,"request":{},"sent":"","v":1}\n{', "journal", None),
        (b'{"version": 1, "interactions": [', "cassette-json", None),
        (b'{"interactions" : [', "cassette-json", None),
        (b'{"http_interactions": [{}], "recorded_with": "betamax/0.8"}', "cassette-json", "Betamax"),
        (b'{"http_interactions": [{"request": {"a": "}"}', "cassette-json", "VCR for Ruby"),
        (b"interactions:\n- request:", "cassette-yaml", None),
        (b"---\n# x\nversion: 1\ninteractions: []", "cassette-yaml", None),
        (b"---\nhttp_interactions:\n- request:", "cassette-yaml", "VCR for Ruby"),
        (b"version: 2\ninteractions:\n    - id: 0\n      code: 200\n      duration: 2s\n", "cassette-yaml", "go-vcr"),
        (b'[{"scope": "https://a.example:443", "method": "GET", "path": "/"', "nock", "nock"),
    ],
)
def test_a_recording_is_recognised(head, variant, recorder):
    assert recognize(head).dialect == (variant, recorder)
    assert detect_recording(source(head)) == (variant, recorder)


def test_a_name_behind_a_large_value_counts():
    document = json.dumps({"components": {"log": "x" * HEAD_BYTES}, "openapi": "3.1.0"}).encode()
    assert is_openapi_document(source(document))
    recording = json.dumps({"comment": "x" * HEAD_BYTES, "log": {"entries": []}}).encode()
    assert not is_openapi_document(source(recording))
    assert detect_recording(source(recording)).variant == "har"


def test_a_text_without_names_is_read_to_a_limit(monkeypatch):
    monkeypatch.setattr("mockserver.recordings.detect.MAX_HEAD_BYTES", HEAD_BYTES)
    document = json.dumps({"a": "x" * HEAD_BYTES, "openapi": "3.1.0"}).encode()
    assert detect_file(source(document)).name == "JSON without `log.entries` or `interactions`"


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
        (b'{"info": {"_postman_id": "1"}, "item": []}', "a Postman collection"),
        (b'{"openapi": "3.1.0"}', "an OpenAPI document"),
        (b"openapi: 3.1.0", "an OpenAPI document"),
        (b"# x\nscenario: cancel\n", "a scenario"),
        (b'{"a": 1}', "JSON without `log.entries` or `interactions`"),
        (b'{"paths": {"/log": {"log": {"entries": []}}}, "openapi": "3.1.0"}', "an OpenAPI document"),
        (b'{"swagger": "2.0", "definitions": {"log": {}}}', "an OpenAPI document"),
        (b"info:\n  log: {}\npaths: {}\nopenapi: 3.1.0", "an OpenAPI document"),
        (b'{"consumer": {"name": "a"}, "interactions": [], "provider": {}}', "a Pact contract"),
        (b'{"imposters": []}', "a file of mountebank"),
        (b'{"mappings": []}', "stub mappings of WireMock"),
        (b'{"data": {"pairs": []}, "meta": {}}', "a simulation of Hoverfly"),
        (b'{"scenario": "a"}', "a scenario"),
        (b'[{"startedDateTime": "2026"}]', "a list of HAR entries"),
        (b'[{"status": "COMPLETE", "host": "a"}]', "a session of Charles"),
        (b'{"a": "log: {', "JSON without `log.entries` or `interactions`"),
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


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_explained_in_one_sentence(code):
    assert CODES[code].endswith(".")
    assert CODES[code][0].isupper()
