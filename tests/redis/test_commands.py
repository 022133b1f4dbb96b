"""What the commands print of servers that share a store: whose answer it is, and which sessions it leaves out."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from mockserver.cli.app import run
from mockserver.cli.commands.journal import follow_journal
from mockserver.cli.journal_reader import JournalFilter, JournalReader
from mockserver.client.admin import AdminClient
from mockserver.client.http import HttpClient
from tests.redis.conftest import Sharing
from tests.support.cli import CommandResult
from tests.support.fake_server import FakeServer, Refusal
from tests.support.redis_server import RedisServer

Command = Callable[..., CommandResult]
PHASEO = "phaseo@2026-09-17"
KEY = {"Authorization": "Bearer k"}


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command about a server in this process."""

    def call(server: FakeServer, *words: str) -> CommandResult:
        code = run([*words, "--url", server.url])
        return CommandResult(code, *capsys.readouterr())

    return call


def test_following_the_journal_says_once_whose_it_is(sharing: Sharing, capsys: pytest.CaptureFixture[str]) -> None:
    with sharing(PHASEO) as server:
        looks = iter(range(2))

        def act(seconds: float) -> None:
            if next(looks, None) is None:
                raise KeyboardInterrupt
            server.request("GET", "/v1/videos", headers=KEY)

        server.request("GET", "/v1/videos", headers=KEY)
        with closing(HttpClient(server.url)) as client, pytest.raises(KeyboardInterrupt):
            follow_journal(JournalReader(AdminClient(client), JournalFilter(), 0), as_json=True, sleep=act)
        scope = server.admin("journal")["scope"]
    followed = capsys.readouterr()
    assert [json.loads(line)["seq"] for line in followed.out.splitlines()] == [1, 2, 3]
    assert followed.err == f"note: about {scope}\n"


@pytest.fixture
def damaged(sharing: Sharing, redis: RedisServer) -> Iterator[FakeServer]:
    """Serve a store with the sessions `good` and `bad`, of which the latter cannot be read."""
    with sharing(PHASEO) as server:
        for name in ("bad", "good"):
            assert server.request("GET", f"/s/{name}/v1/videos", headers=KEY).status == 200
    key = "mockserver:log:bad"
    redis.client.lset(key, 0, redis.client.lindex(key, 0).replace(b"2026-09-17", b"2026-09-99"))
    with sharing(PHASEO) as server:
        yield server


def test_an_answer_about_all_sessions_names_those_that_cannot_be_read(damaged: FakeServer) -> None:
    for answer in (damaged.admin("sessions"), damaged.admin("reset", {"all": True})):
        assert [each["name"] for each in answer["sessions"]] == ["good"]
        (unreadable,) = answer["unreadable"]
        assert (unreadable["name"], unreadable["code"]) == ("bad", "SRV046")
        assert unreadable["detail"].startswith("the store's session 'bad' cannot be read: ")
        assert unreadable["hint"].endswith("DELETE /__mock/sessions/bad ends it")
    uploaded = damaged.admin("scenarios", {"text": "scenario: one\ntitle: One\nvendor: phaseo\nplay: [{create: }]\n"})
    assert uploaded["unreadable"] == damaged.admin("sessions")["unreadable"]
    for path in ("sessions?name=bad", "sessions/bad/export"):
        assert damaged.request("GET", f"/__mock/{path}").refusal == Refusal(503, "SRV046")
    assert damaged.request("GET", "/s/bad/v1/videos", headers=KEY).refusal == Refusal(503, "SRV046")


def test_a_list_reads_a_session_that_cannot_be_read_again_when_something_was_written(
    damaged: FakeServer, sharing: Sharing, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = damaged.app.registry.keeper
    reads: list[str] = []
    refresh = keeper.refresh
    monkeypatch.setattr(keeper, "refresh", lambda name: reads.append(name) or refresh(name))
    for _ in range(3):
        assert [each["name"] for each in damaged.admin("sessions")["unreadable"]] == ["bad"]
    assert reads.count("bad") == 1
    with sharing(PHASEO) as other:
        assert other.admin("sessions/bad", method="DELETE")["deleted"]
        assert other.admin("sessions", {"name": "bad"})["epoch"] == 2
    listed = damaged.admin("sessions")
    assert [each["name"] for each in listed["sessions"]] == ["good", "bad"]
    assert "unreadable" not in listed


def test_commands_about_all_sessions_print_why_one_is_missing(damaged: FakeServer, command: Command) -> None:
    for words in (["sessions"], ["sessions", "--json"], ["reset", "--all"]):
        result = command(damaged, *words)
        assert result.code == 2
        assert "good" in result.out
        assert result.err.startswith("SRV046 the store's session 'bad' cannot be read: ")
        assert result.err.endswith("`mockserver sessions delete bad` ends it\n")


def test_a_command_about_one_session_is_refused_for_that_one_alone(damaged: FakeServer, command: Command) -> None:
    assert command(damaged, "clock", "--session", "good").code == 0
    refused = command(damaged, "clock", "--session", "bad")
    assert refused.code == 2
    assert "SRV046 the store's session 'bad' cannot be read: " in refused.err
    assert command(damaged, "sessions", "delete", "bad").code == 0
    assert command(damaged, "sessions").code == 0
