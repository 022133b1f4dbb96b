"""What holds for every command that calls a running server: other servers, other versions, other JSON."""

import json

import pytest

from mockserver import __version__
from tests.support.cli import SESSION_CHANGES
from tests.support.live_api import live_api
from tests.support.raw_server import one_response_server

READS = {
    "sessions": ["sessions"],
    "jobs": ["jobs"],
    "journal": ["journal"],
    "faults": ["faults"],
    "webhooks": ["webhooks"],
    "deliveries": ["webhooks", "deliveries"],
    "job": ["jobs", "show", "x"],
}
CALLS = [
    *READS.values(),
    *SESSION_CHANGES,
    ["journal", "--follow"],
    ["sessions", "create", "t1"],
    ["sessions", "delete", "t1"],
    ["reset", "--all"],
]
SESSIONS = b'{"total": 0, "sessions": []}'


def json_answer(body: bytes, status: bytes = b"200 OK") -> bytes:
    """Return the bytes of an HTTP answer that closes the connection."""
    return b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


@pytest.mark.parametrize("words", CALLS)
def test_an_unreachable_server_is_3(words, mockserver):
    result = mockserver(*words, "--url", "http://127.0.0.1:9")
    assert result.code == 3
    assert result.out == ""
    assert result.err == (
        f"mockserver {words[0]}: http://127.0.0.1:9 cannot be reached: Connection refused; "
        "is `mockserver serve` running?\n"
        "    --url URL or MOCKSERVER_PORT names another place; try https://127.0.0.1:9 if it serves TLS.\n"
    )


def test_a_server_that_is_not_a_mock_server_is_3(mockserver):
    with live_api("phaseo@2026-06-11") as api:
        for words in CALLS:
            result = mockserver(*words, "--url", api.url)
            assert result.code == 3, words
            assert "is not a mock server" in result.err


@pytest.mark.parametrize("words", CALLS)
@pytest.mark.parametrize("answer", [b"{}", b'{"sessions": 7, "jobs": 7, "entries": 7, "faults": 7, "webhooks": 7}'])
def test_other_json_is_3_without_a_traceback(answer, words, mockserver):
    first = [] if words[0] == "sessions" or "--all" in words else [json_answer(SESSIONS)]
    with one_response_server(*first, *[json_answer(answer)] * 2) as (url, _):
        result = mockserver(*words, "--url", url)
    assert result.code == 3
    assert "is not a mock server" in result.err
    assert "Traceback" not in result.err


def test_a_call_that_another_version_does_not_have_gets_both_versions(mockserver):
    refusal = b'{"code": "ADM001", "detail": "no admin call \'sessions\'", "hint": "Use one of: health."}'
    version = b'{"name": "videojob-mockserver", "version": "0.0.9"}'
    with one_response_server(json_answer(refusal, b"404 Not Found"), json_answer(version)) as (url, _):
        result = mockserver("jobs", "--url", url)
    assert result.code == 2
    assert result.err == (
        f"ADM001 no admin call 'sessions'; the server is version 0.0.9, and this command is version {__version__}\n"
        "    Use one of: health.\n"
    )


def test_an_answer_of_another_version_gets_both_versions(mockserver):
    version = b'{"name": "videojob-mockserver", "version": "9.0.0"}'
    with one_response_server(json_answer(b"{}"), json_answer(version)) as (url, _):
        result = mockserver("sessions", "--url", url)
    assert result.code == 3
    assert result.err.endswith(
        f"does not answer GET /__mock/sessions as one does; the server is version 9.0.0, "
        f"and this command is version {__version__}\n"
    )


@pytest.mark.parametrize("words", READS.values())
def test_json_is_the_answer_of_the_admin_api(words, mockserver, server):
    job = server.admin("jobs", {"vendor": "reap"})["jobs"][0]
    words = [job if word == "x" else word for word in words]
    path = {"show": f"jobs/{job}", "deliveries": "deliveries"}.get(words[1] if len(words) > 1 else "", words[0])
    result = mockserver(*words, "--json", "--url", server.url)
    assert json.loads(result.out) == server.admin(path)


def test_a_server_cannot_print_control_codes(mockserver):
    body = rb'{"total": 1, "sessions": [{"name": "\u001b]0;x\u0007", "scenario": "\u009b2J", "rate": 1, "seed": "1",'
    body += rb' "now": "2026-10-01T12:00:00Z", "requests": 1, "epoch": 1}]}'
    with one_response_server(json_answer(body)) as (url, _):
        result = mockserver("sessions", "--url", url)
    assert result.code == 0
    assert result.out.replace("\n", "").isprintable()
