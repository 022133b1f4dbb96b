"""`mockserver clock`: its verbs, its errors, and how it finds the server."""

import json

import pytest

from mockserver.cli.options import default_server_url
from tests.support.fake_server import fake_server
from tests.support.live_api import live_api
from tests.support.raw_server import one_response_server

pytestmark = [pytest.mark.server(judged=False), pytest.mark.usefixtures("default_server")]


def json_answer(body: bytes) -> bytes:
    """Return the bytes of an HTTP answer that closes the connection."""
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def test_without_a_verb_the_time_is_printed(mockserver, server):
    result = mockserver("clock")
    assert result.code == 0
    assert result.out == "2026-10-01T12:00:00.000000Z  0s since the start of session default, clock manual\n"
    assert result.err == ""


def test_advance_prints_each_change_of_state(mockserver, server):
    job = server.admin("jobs", {"vendor": "reap"})["jobs"][0]
    result = mockserver("clock", "advance", "8h")
    first, *changes = result.out.splitlines()
    assert first == "2026-10-01T20:00:00.000000Z  8h since the start of session default, clock manual"
    assert {line.split()[1] for line in changes} == {job}
    assert changes[-1].endswith("completed (time)")


def test_changes_beyond_the_limit_are_counted(mockserver, server):
    server.admin("jobs", {"vendor": "phaseo", "count": 600})
    assert mockserver("clock", "advance", "8h").out.splitlines()[-1] == "  and 200 more changes"


@pytest.mark.parametrize(("answer", "note"), [(200, ""), (500, ", 1 of them not delivered")])
def test_advance_prints_how_many_webhooks_were_sent(answer, note, mockserver, server):
    server.admin("webhooks", {"vendor": "reap", "receiver": [answer]})
    server.admin("jobs", {"vendor": "reap"})
    message = f"  1 webhook sent{note}; `mockserver webhooks deliveries` lists their results"
    assert mockserver("clock", "advance", "8h").out.splitlines()[-1] == message


def test_each_verb_changes_the_clock(mockserver, server):
    assert "clock x60" in mockserver("clock", "scale", "60").out
    assert "clock manual" in mockserver("clock", "freeze").out
    assert "clock x60" in mockserver("clock", "resume").out
    assert mockserver("clock", "set", "2027-01-01T00:00:00Z").out.startswith("2027-01-01T00:0")


def test_the_session_option_chooses_the_clock(mockserver, server):
    server.admin("sessions", {"name": "t1", "clock": "manual"})
    mockserver("clock", "advance", "1h", "--session", "t1")
    assert "  1h since" in mockserver("clock", "--session", "t1").out
    assert "  0s since" in mockserver("clock").out


def test_a_session_that_does_not_exist_is_refused_and_not_created(mockserver, server):
    server.admin("sessions", {"name": "tenant"})
    for words in (["advance", "8h"], []):
        result = mockserver("clock", *words, "--session", "tenent")
        assert result.code == 2
        assert result.err == (
            f"CLI013 {server.url} has no session 'tenent' (did you mean 'tenant'?)\n"
            "    --session NAME chooses one: tenant. `mockserver sessions create tenent` creates it.\n"
        )
    assert [each["name"] for each in server.admin("sessions")["sessions"]] == ["tenant"]


def test_the_default_session_is_not_moved_while_only_others_are_in_use(mockserver, server):
    server.request("GET", "/s/t1/v1/videos")
    result = mockserver("clock", "advance", "8h")
    assert result.code == 2
    assert "CLI013 the session 'default' has had no request, and 1 other session had" in result.err
    assert mockserver("clock", "advance", "8h", "--session", "default").code == 0
    server.request("GET", "/v1/videos")
    assert mockserver("clock", "advance", "8h").code == 0


def test_json_contains_session_and_clock(mockserver, server):
    report = json.loads(mockserver("clock", "--json").out)
    assert report["session"] == "default"
    assert report["frozen"] is True


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["8h"], "'8h' is not a verb of the clock\n    Write mockserver clock advance 8h."),
        (["advnace", "8h"], "(did you mean 'advance'?)"),
        (["tick"], "'tick' is not a verb of the clock\n    Write advance 8h, freeze"),
        (["advance"], "mockserver clock advance 8h"),
        (["advance", "soon"], "'soon' is not a duration"),
        (["advance", "8"], "'8' has no unit\n    Write 8s for seconds"),
        (["advance", "99999999h"], "'99999999h' is too long"),
        (["advance", "-5s"], "'-5s' is negative, and time only moves forward"),
        (["-5s"], "'-5s' is negative"),
        (["set", "tomorrow"], "'tomorrow' is not an instant"),
        (["scale", "fast"], "'fast' is not a rate"),
        (["freeze", "now"], "freeze takes no value"),
        (["resume", "now"], "resume takes no value"),
    ],
)
def test_a_wrong_verb_or_value_is_2(words, message, mockserver):
    result = mockserver("clock", *words)
    assert result.code == 2
    assert result.err.startswith("CLI004")
    assert message in result.err


def test_a_refusal_by_the_server_keeps_its_code(mockserver, server):
    result = mockserver("clock", "scale", "1e99")
    assert result.code == 2
    assert result.err.startswith("ADM003 ")
    assert mockserver("clock", "set", "2020-01-01T00:00:00Z").err.startswith("ADM006 ")


def test_the_admin_token_comes_from_the_option_or_the_environment(mockserver, monkeypatch):
    with fake_server(token="secret", judged=False) as server:
        assert mockserver("clock", "--url", server.url).err.startswith("ADM000 ")
        assert mockserver("clock", "--url", server.url, "--admin-token", "secret").code == 0
        monkeypatch.setenv("MOCKSERVER_ADMIN_TOKEN", "secret")
        assert mockserver("clock", "--url", server.url).code == 0


def test_an_unreachable_server_is_3(mockserver):
    result = mockserver("clock", "--url", "http://127.0.0.1:9")
    assert result.code == 3
    assert "is `mockserver serve` running?" in result.err


def test_a_server_that_is_not_a_mock_server_is_3(mockserver):
    with live_api("phaseo@2026-06-11") as api:
        result = mockserver("clock", "--url", api.url)
        vendors = mockserver("clock", "--url", f"{api.url}/v1")
    assert result.code == 3
    assert vendors.code == 3
    assert result.err.endswith("is not a mock server: it does not answer GET /__mock/sessions as one does\n")


@pytest.mark.parametrize("words", [["clock"], ["clock", "advance", "8h"], ["explain", "last"]])
@pytest.mark.parametrize("answer", [b"{}", b"[]", b"null", b'{"sessions": 7}', b"[" * 5000, b'{"sessions": [{}]}'])
def test_a_server_with_other_json_is_3_without_a_traceback(words, answer, mockserver):
    with one_response_server(json_answer(answer)) as (url, _):
        result = mockserver(*words, "--url", url)
    assert result.code == 3
    assert "is not a mock server" in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("words", [["clock", "advance", "8h"], ["explain", "last"]])
@pytest.mark.parametrize("answer", [b"{}", b'{"now": 1, "elapsed": 2, "session": 3, "rate": "x"}', b'{"text": 1}'])
def test_a_second_answer_of_another_shape_is_3_without_a_traceback(words, answer, mockserver):
    with one_response_server(json_answer(b'{"sessions": []}'), json_answer(answer)) as (url, _):
        result = mockserver(*words, "--url", url)
    assert result.code == 3
    assert "is not a mock server" in result.err


def test_a_server_cannot_print_control_codes(mockserver):
    body = b'{"now": "\\u001b]0;x\\u0007", "elapsed": "\\u009b2J", "session": "s", "rate": 1}'
    with one_response_server(json_answer(b'{"sessions": []}'), json_answer(body)) as (url, _):
        result = mockserver("clock", "--url", url)
    assert result.code == 0
    assert result.err == ""
    assert result.out.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:4810"),
        ("0.0.0.0", "http://127.0.0.1:4810"),
        ("::", "http://[::1]:4810"),
        ("::1", "http://[::1]:4810"),
        ("mock.internal", "http://mock.internal:4810"),
    ],
)
def test_the_default_url_follows_the_host_variable(host, url, monkeypatch):
    monkeypatch.delenv("MOCKSERVER_PORT")
    monkeypatch.setenv("MOCKSERVER_HOST", host)
    assert default_server_url() == url
