"""`mockserver check --base-url`: calls a live API and judges its answers."""

import json

import pytest

from mockserver.cli.commands import check_live
from tests.support.certificates import make_authority, server_tls_context
from tests.support.live_api import live_api
from tests.support.raw_server import one_response_server

KEY = "tlk_live_0123456789ABCDEF"


@pytest.fixture(autouse=True)
def _keyed(monkeypatch):
    monkeypatch.setenv("VIDEO_KEY", KEY)


@pytest.fixture
def world(monkeypatch):
    """Let the command wait in virtual time."""

    def use(api) -> None:
        monkeypatch.setattr(check_live, "sleep", api.sleep)

    return use


def test_a_correct_api_is_0(mockserver, world, tmp_path):
    with live_api("reap@2026-07-07", KEY) as api:
        world(api)
        result = mockserver(
            *("check", "--base-url", f"{api.url}/api/v1/automation", "--api-key-env", "VIDEO_KEY", "--vendor", "reap"),
            *("--allow-writes", "--junit", "r.xml"),
        )
    assert result.code == 0, result
    assert "live API, 19 calls" in result.out
    assert KEY not in result.out + result.err
    assert KEY.encode() not in (tmp_path / "r.xml").read_bytes()


def test_an_account_without_an_ended_job_is_3(mockserver):
    with live_api("reap@2026-07-07", KEY) as api:
        result = mockserver("check", "--base-url", api.url, "--api-key-env", "VIDEO_KEY", "--vendor", "reap", "--json")
    assert result.code == 3
    assert json.loads(result.out)["exit_code"] == 3


def test_a_refused_key_is_not_0_and_not_printed(mockserver):
    with live_api("twelvelabs@2026-09-15", "another") as api:
        result = mockserver("check", "--base-url", api.url, "--api-key-env", "VIDEO_KEY", "--vendor", "twelvelabs")
    assert result.code in (1, 3)
    assert KEY not in result.out + result.err


def test_an_api_of_a_later_era_is_1(mockserver, world):
    with live_api("phaseo@2026-06-11", KEY) as api:
        world(api)
        result = mockserver(
            *("check", "--base-url", api.url, "--api-key-env", "VIDEO_KEY", "--vendor", "phaseo@2026-05-06"),
            "--allow-writes",
        )
    assert result.code == 1, result
    assert "P11" in result.out
    assert "phaseo@2026-05-06 (the requests were made from its contract; --vendor NAME@DATE sets another)" in result.out
    assert "--vendor phaseo@2026-05-06 --allow-writes\n" in result.out
    assert "left behind: video G-" in result.err


def test_ctrl_c_lists_the_jobs_left_behind(mockserver, monkeypatch):
    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(check_live, "sleep", interrupted)
    with live_api("phaseo@2026-06-11", KEY) as api:
        result = mockserver(
            *("check", "--base-url", api.url, "--api-key-env", "VIDEO_KEY", "--vendor", "phaseo@2026-06-11"),
            "--allow-writes",
        )
    assert result.code == 130
    assert f"note: interrupted after {len(api.requests)} requests" in result.err
    assert "note: left behind: video G-" in result.err


def test_the_budget_bounds_the_requests(mockserver):
    with live_api("phaseo@2026-06-11", KEY) as api:
        result = mockserver(
            "check", "--base-url", api.url, "--api-key-env", "VIDEO_KEY", "--vendor", "phaseo", "--budget", 2
        )
        assert len(api.requests) == 2
    assert "note: stopped after 2 requests: the budget is 2" in result.err


def test_an_untrusted_certificate_is_3_unless_its_authority_is_named(mockserver, monkeypatch, tmp_path):
    tls = server_tls_context(make_authority(tmp_path))
    options = ("--api-key-env", "VIDEO_KEY", "--vendor", "phaseo", "--budget", 1)
    with one_response_server(b"", tls=tls) as (url, _):
        result = mockserver("check", "--base-url", url, *options)
    assert result.code == 3
    assert result.out == ""
    assert "its certificate is not trusted: unable to get local issuer certificate" in result.err
    assert "SSL_CERT_FILE" in result.err
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with one_response_server(b"HTTP/1.1 204 No Content\r\n\r\n", tls=tls) as (url, _):
        result = mockserver("check", "--base-url", url, *options)
    assert "live API, 1 call" in result.out


def test_an_unreachable_api_is_3(mockserver):
    result = mockserver("check", "--base-url", "http://127.0.0.1:1", "--api-key-env", "VIDEO_KEY", "--vendor", "reap")
    assert result.code == 3
    assert result.out == ""
    assert "cannot be reached" in result.err


WHO = ("--base-url", "http://127.0.0.1:1", "--api-key-env", "VIDEO_KEY")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("calls.har", *WHO), "Give either FILE|FOLDER... or --base-url URL."),
        ((), "Give either FILE|FOLDER... or --base-url URL."),
        (("--base-url", "http://127.0.0.1:1"), "--api-key-env VAR"),
        ((*WHO, "--html", "r.html"), "is for recordings; --base-url has text, --json and --junit"),
        ((*WHO, "--expires", "2999-12-31"), "is for recordings; --base-url has text, --json and --junit"),
        (WHO, "CLI009"),
        ((*WHO, "--vendor", "faseo"), "CON005"),
        ((*WHO[:3], "NOT_SET", "--vendor", "reap"), "CLI008"),
        ((*WHO, "--vendor", "reap", "--patience", "10"), "CLI006"),
        (
            (*WHO, "--vendor", "reap", "--allow-writes", "--create", "none.json"),
            "none.json cannot be read: No such file",
        ),
        ((*WHO, "--vendor", "reap", "--create", "none.json"), "--create needs --allow-writes."),
        (("calls.har", "--allow-writes"), "needs --base-url"),
        (("calls.har", *WHO[2:]), "needs --base-url"),
        (
            ("--base-url", "http://me:secret@127.0.0.1:1", *WHO[2:], "--vendor", "reap"),
            "RUN001 a base URL contains no user",
        ),
    ],
)
def test_an_unusable_argument_is_2(mockserver, arguments, words):
    result = mockserver("check", *arguments)
    assert result.code == 2
    assert words in result.err
    assert "secret" not in result.out + result.err


@pytest.mark.parametrize("key", ["sk_live_1\nsk_live_2", "sk_live_\u043a"])
def test_a_key_that_no_header_can_carry_is_2_and_not_printed(mockserver, monkeypatch, key):
    monkeypatch.setenv("VIDEO_KEY", key)
    result = mockserver("check", *WHO, "--vendor", "reap")
    assert result.code == 2
    assert "CLI008 the value of the environment variable VIDEO_KEY is not a key" in result.err
    assert "sk_live" not in result.out + result.err


def test_a_create_body_that_is_not_an_object_is_2(mockserver, tmp_path):
    (tmp_path / "body.json").write_text("[]")
    result = mockserver("check", *WHO, "--vendor", "reap", "--allow-writes", "--create", "body.json")
    assert result.code == 2
    assert result.err.startswith("CLI010")
