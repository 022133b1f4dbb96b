"""Which entries of a HAR are answers of the server."""

import gzip
import json
from base64 import b64encode

import pytest

from mockserver.recordings import har_origin
from tests.support.har_files import entry, har, only_exchange, read_bytes

CACHE, WORKER, TOOL = har_origin.FROM_CACHE, har_origin.FROM_WORKER, har_origin.FROM_TOOL


@pytest.mark.parametrize("where", ["entry", "response"])
@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("_fromCache", "memory", CACHE),
        ("_fromCache", "disk", CACHE),
        ("_fromDiskCache", True, CACHE),
        ("fromPrefetchCache", True, CACHE),
        ("_from_memory_cache", 1, CACHE),
        ("_servedFromCache", "true", CACHE),
        ("_fetchType", "Memory Cache", CACHE),
        ("_fetchType", "Disk Cache", CACHE),
        ("_fetchType", "Service Worker", WORKER),
        ("_fetchType", "Inspector Override", TOOL),
        ("_source", "cache", CACHE),
        ("_responseSource", "serviceWorker", WORKER),
        ("_fetchedViaServiceWorker", True, WORKER),
        ("_fromServiceWorker", True, WORKER),
        ("_wasFulfilled", True, TOOL),
        ("_fromCache", None, None),
        ("_fromCache", False, None),
        ("_fromCache", "false", None),
        ("_fetchedViaServiceWorker", False, None),
        ("_fetchType", "Network Load", None),
        ("_fetchType", 5, None),
        ("_cacheControl", "no-store", None),
    ],
)
def test_an_answer_that_is_not_the_servers_is_left_out(where, field, value, reason):
    changes = {field: value} if where == "entry" else {"response": {field: value}}
    recording, found = read_bytes(har(entry(**changes)))
    assert len(found) == (reason is None)
    assert dict(recording.skipped) == ({} if reason is None else {reason: 1})


@pytest.mark.parametrize(
    ("cache", "wait", "size", "is_cached"),
    [
        ({"afterRequest": {"hitCount": 1}}, 0, 0, True),
        ({"beforeRequest": {}}, 0, -1, True),
        ({"afterRequest": {"hitCount": 1}}, 12, 0, False),
        ({"afterRequest": {"hitCount": 1}}, 0, 2, False),
        ({"afterRequest": "x"}, 0, 0, False),
        ({}, 0, 0, False),
    ],
)
def test_the_state_of_the_cache_counts_if_nothing_was_transferred(cache, wait, size, is_cached):
    one = entry(cache=cache, timings={"wait": wait}, response={"bodySize": size})
    recording, _ = read_bytes(har(one))
    assert dict(recording.skipped) == ({CACHE: 1} if is_cached else {})


def redirect(status, *, url="http://a.example/v1?x=1", text="", header=None, to=None):
    headers = [{"name": name, "value": value} for name, value in (header, ("Location", to)) if value] if header else []
    headers += [{"name": "Location", "value": to}] if to and not header else []
    return entry(url, response={"status": status, "statusText": text, "headers": headers})


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (redirect(307, text="Internal Redirect"), har_origin.BROWSER_REDIRECT),
        (redirect(307, header=("Non-Authoritative-Reason", "HSTS")), har_origin.BROWSER_REDIRECT),
        (redirect(301, to="https://a.example/v1?x=1"), har_origin.TO_HTTPS),
        (redirect(308, to="https://a.example:443/v1?x=1#top"), har_origin.TO_HTTPS),
        (redirect(301, to="https://b.example/v1?x=1"), None),
        (redirect(301, to="https://a.example/v2"), None),
        (redirect(302, url="https://a.example/v1", to="https://a.example/v1"), None),
        (redirect(303, to="https://a.example/v1?x=1"), None),
        (redirect(307), None),
    ],
)
def test_a_redirect_that_says_nothing_about_the_api_is_left_out(call, reason):
    recording, found = read_bytes(har(call))
    assert len(found) == (reason is None)
    assert dict(recording.skipped) == ({} if reason is None else {reason: 1})


@pytest.mark.parametrize("status", [100, 102, 103])
def test_what_comes_before_an_answer_is_none(status):
    assert only_exchange(response={"status": status}).response is None


def test_an_upgrade_is_an_answer():
    assert only_exchange(response={"status": 101}).response.status == 101


DATE = {"name": "Date", "value": "x"}


@pytest.mark.parametrize(
    ("mime_type", "headers", "expected"),
    [
        ("application/json", [DATE], "application/json"),
        ("application/json", [{"name": "content-type", "value": "text/html"}], "text/html"),
        ("application/json", [], None),
        ("x-unknown", [DATE], None),
        (None, [DATE], None),
    ],
)
def test_the_content_type_may_be_known_without_its_header(mime_type, headers, expected):
    found = only_exchange(response={"headers": headers}, content={"mimeType": mime_type, "text": "{}", "size": 2})
    assert found.response.header("content-type") == expected


@pytest.mark.parametrize(
    ("response", "content"),
    [
        ({"headers": [{"name": "Content-Length", "value": "12"}]}, {"text": None, "size": 0}),
        ({"bodySize": 12}, {"text": "", "size": 0}),
    ],
)
def test_a_size_of_0_beside_a_length_is_a_body_that_was_left_out(response, content):
    assert only_exchange(response=response, content=content).response is None


ZIPPED = gzip.compress(b"{}")
HALVES = ZIPPED[:9], ZIPPED[9:]
CODED = [{"name": "Content-Encoding", "value": "gzip"}, {"name": "Content-Type", "value": "application/json"}]


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ({"encoding": "base64", "text": json.dumps([b64encode(half).decode() for half in HALVES])}, b"{}"),
        ({"encoding": "base64", "text": b64encode(ZIPPED).decode()}, b"{}"),
        ({"_isBinary": True, "text": json.dumps([half.hex() for half in HALVES])}, b"{}"),
        ({"_isBinary": True, "text": ZIPPED.hex()}, b"{}"),
        ({"_isBinary": True, "text": "zz"}, None),
        ({"encoding": "base64", "text": "[1]"}, None),
        ({"encoding": "base64", "text": "[1"}, None),
    ],
)
def test_a_binary_body_may_be_kept_in_parts(content, body):
    found = only_exchange(response={"headers": CODED}, content={"size": 2, **content})
    assert (found.response and found.response.body) == body
