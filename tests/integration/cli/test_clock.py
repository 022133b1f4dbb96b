"""`mockserver clock`: its verbs, its errors, and how it finds the server."""

import json

import pytest

from mockserver.cli.options import default_server_url
from tests.support.fake_server import fake_server
from tests.support.live_api import live_api

pytestmark = pytest.mark.server(judged=False)


@pytest.fixture(autouse=True)
def default_server(server, monkeypatch):
    """Make the server the one that commands without `--url` talk to."""
    monkeypatch.setenv("MOCKSERVER_PORT", server.url.rpartition(":")[2])


def test_without_a_verb_the_time_is_printed(mockserver, server):
    result = mockserver("clock")
    assert result.code == 0
    assert result.out == "2026-10-01T12:00:00.000000Z  0s since the session's start, rate 0\n"
    assert result.err == ""


def test_advance_prints_each_change_of_state(mockserver, server):
    job = server.admin("jobs", {"vendor": "reap"})["jobs"][0]
    result = mockserver("clock", "advance", "8h")
    first, *changes = result.out.splitlines()
    assert first == "2026-10-01T20:00:00.000000Z  8h since the session's start, rate 0"
    assert all(line.split()[1] == job for line in changes)
    assert changes[-1].endswith("completed (time)")


def test_changes_beyond_the_limit_are_counted(mockserver, server):
    server.admin("jobs", {"vendor": "phaseo", "count": 600})
    assert mockserver("clock", "advance", "8h").out.splitlines()[-1] == "  and 200 more changes"


def test_advance_prints_how_many_webhooks_were_sent(mockserver, server):
    server.admin("webhooks", {"vendor": "reap"})
    server.admin("jobs", {"vendor": "reap"})
    message = "  1 webhook sent; GET /__mock/deliveries lists their results"
    assert mockserver("clock", "advance", "8h").out.splitlines()[-1] == message


def test_each_verb_changes_the_clock(mockserver, server):
    assert "rate 60" in mockserver("clock", "scale", "60").out
    assert "rate 0" in mockserver("clock", "freeze").out
    assert "rate 60" in mockserver("clock", "resume").out
    assert mockserver("clock", "set", "2027-01-01T00:00:00Z").out.startswith("2027-01-01T00:0")


def test_the_session_option_chooses_the_clock(mockserver, server):
    mockserver("clock", "advance", "1h", "--session", "t1")
    assert "  1h since" in mockserver("clock", "--session", "t1").out
    assert "  0s since" in mockserver("clock").out


def test_json_contains_session_and_clock(mockserver, server):
    report = json.loads(mockserver("clock", "--json").out)
    assert report["session"] == "default"
    assert report["frozen"] is True


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["8h"], "'8h' is not a verb of the clock\n    mockserver clock advance 8h"),
        (["advnace", "8h"], "(did you mean 'advance'?)"),
        (["tick"], "'tick' is not a verb of the clock\n    advance 8h, freeze, resume, scale 60, set INSTANT"),
        (["advance"], "mockserver clock advance 8h"),
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
    result = mockserver("clock", "advance", "soon")
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
    assert "the server there is not a mock server" in result.err


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
