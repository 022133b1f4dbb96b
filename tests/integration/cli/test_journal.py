"""`mockserver journal`: the list, and the journal that is followed."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from mockserver.cli.commands.journal import follow_journal
from mockserver.cli.journal_reader import JournalFilter, JournalReader
from mockserver.client.admin import AdminClient
from mockserver.client.http import HttpClient
from mockserver.engine.journal import MAX_ENTRIES
from tests.support.cli import shell
from tests.support.paths import ROOT

pytestmark = [pytest.mark.server(judged=False), pytest.mark.usefixtures("default_server")]
KEY = {"Authorization": "Bearer k"}


def test_without_requests_the_command_says_how_to_see_them(mockserver):
    result = mockserver("journal")
    assert result.out == ""
    assert result.err == ("session default has had no request; `mockserver journal --follow` prints each as it comes\n")


def test_each_request_has_a_row(mockserver, server):
    job = server.admin("jobs", {"vendor": "phaseo"})["jobs"][0]
    server.request("GET", f"/v1/videos/{job}", headers=KEY)
    server.request("GET", "/v1/vidoes?limit=2", headers=KEY)
    titles, first, second = mockserver("journal").out.splitlines()
    assert titles.split() == ["time", "request", "call", "status", "operation", "job", "note"]
    assert first.split() == ["12:00:00.000", "req_100000001", "GET", f"/v1/videos/{job}", "200", "get", job]
    assert second.split()[:7] == ["12:00:00.000", "req_100000002", "GET", "/v1/vidoes?limit=2", "404", "-", "-"]
    assert "  nearest: GET /v1/videos " in second


def test_what_the_command_prints_as_json_is_a_recording(mockserver, server, tmp_path):
    job = server.admin("jobs", {"vendor": "phaseo"})["jobs"][0]
    for _ in range(2):
        assert server.request("GET", f"/v1/videos/{job}", headers=KEY).status == 200
    (tmp_path / "calls.json").write_text(mockserver("journal", "--json").out)
    checked = mockserver("check", "calls.json", "--vendor", "phaseo").out
    assert "calls.json: journal (journal --json), 2 calls" in checked
    assert ": 2 of 2 answers judged" in checked
    distilled = mockserver("distill", "calls.json", "--vendor", "phaseo")
    assert "explained: 2 of 2 calls" in distilled.err


def test_filters_select_requests(mockserver, server):
    job = server.admin("jobs", {"vendor": "phaseo"})["jobs"][0]
    for path in (f"/v1/videos/{job}", "/v1/videos", "/v1/vidoes"):
        server.request("GET", path, headers=KEY)

    def found(*words: str) -> list[int]:
        return [entry["seq"] for entry in json.loads(mockserver("journal", "--json", *words).out)["entries"]]

    assert found() == [1, 2, 3]
    assert found("--job", job) == [1]
    assert found("--operation", "list") == [2]
    assert found("--status", "404") == [3]
    assert found("--since", "1") == [2, 3]
    assert mockserver("journal", "--status", "500").err == (
        "session default has no such request; `mockserver journal` prints all of them\n"
    )
    assert "did you mean 'list'?" in mockserver("journal", "--operation", "lsit").err


def test_a_filter_that_finds_nothing_tells_of_evicted_requests(mockserver, server):
    for _ in range(MAX_ENTRIES + 2):
        server.request("GET", "/v1/videos", headers=KEY)
    result = mockserver("journal", "--operation", "get")
    assert result.out == "2 older requests are no longer in the journal\n"


def test_more_requests_than_one_answer_has_are_all_printed(mockserver, server):
    session = server.session()
    for _ in range(1_203):
        server.request("GET", "/v1/videos", headers=KEY)
    assert session.journal.seq == 1_203
    entries = json.loads(mockserver("journal", "--json").out)["entries"]
    assert [entry["seq"] for entry in entries] == list(range(1, 1_204))


def test_late_requests_of_a_former_epoch_are_shown(mockserver, server):
    server.request("GET", "/s/default@1/v1/videos", headers=KEY)
    server.admin("reset", {})
    server.request("GET", "/s/default@1/v1/videos", headers=KEY)
    out = mockserver("journal").out
    assert out.endswith("refused: GET /s/default@1/v1/videos at 12:00:00.000, a late request of epoch 1\n")


class Follower:
    """Follows the journal of a session while a script acts between two looks at it."""

    def __init__(self, server, capsys, session: str = "default") -> None:
        self.client = HttpClient(server.url)
        self.session = session
        self.capsys = capsys

    def run(self, *acts: Callable[[], object], as_json: bool = False, chosen: JournalFilter | None = None):
        """Follow until all acts are done; return what was printed to stdout and stderr."""
        waiting = iter(acts)

        def act(seconds: float) -> None:
            step = next(waiting, None)
            if step is None:
                raise KeyboardInterrupt
            step()

        reader = JournalReader(AdminClient(self.client, self.session), chosen or JournalFilter(), 0)
        try:
            follow_journal(reader, as_json=as_json, sleep=act)
        except KeyboardInterrupt:
            pass
        finally:
            self.client.close()
        return self.capsys.readouterr()


def test_following_prints_each_request_once_as_it_comes(server, capsys):
    request = lambda: server.request("GET", "/v1/videos", headers=KEY)  # noqa: E731
    out, err = Follower(server, capsys).run(lambda: None, request, lambda: (request(), request()), lambda: None)
    assert err == ""
    titles, *rows = out.splitlines()
    assert titles.split()[0] == "time"
    assert [row.split()[1] for row in rows] == ["req_100000001", "req_100000002", "req_100000003"]
    assert all(row.index("200") == titles.index("status") for row in rows)


def test_following_as_json_prints_one_object_a_line(server, capsys):
    request = lambda path: server.request("GET", path, headers=KEY)  # noqa: E731
    chosen = JournalFilter(status=404)
    follower = Follower(server, capsys)
    out, _ = follower.run(
        lambda: request("/v1/videos"), lambda: request("/v1/vidoes"), lambda: None, as_json=True, chosen=chosen
    )
    assert [json.loads(line)["request"]["path"] for line in out.splitlines()] == ["/v1/vidoes"]


def test_following_goes_on_after_a_reset(server, capsys):
    request = lambda: server.request("GET", "/s/t1/v1/videos", headers=KEY)  # noqa: E731
    request()
    acts = (lambda: (server.admin("reset", {}, session="t1"), request()), lambda: None, lambda: None)
    out, err = Follower(server, capsys, "t1").run(*acts)
    assert [row.split()[1] for row in out.splitlines()[1:]] == ["req_100000001", "req_200000001"]
    assert err == "session t1 was reset: epoch 2\n"


def test_following_ends_with_the_session_and_does_not_begin_it_again(server, capsys):
    server.request("GET", "/s/t1/v1/videos", headers=KEY)
    out, err = Follower(server, capsys, "t1").run(lambda: server.admin("sessions/t1", method="DELETE"))
    assert len(out.splitlines()) == 2
    assert "t1" in err
    assert "deleted" in err
    assert server.admin("sessions")["sessions"] == []


def test_following_ends_quietly_with_the_reader_of_a_pipe(server):
    server.request("GET", "/v1/videos", headers=KEY)
    port = server.url.rpartition(":")[2]
    done = shell("mockserver journal --follow | head -1; echo ${PIPESTATUS[0]}", MOCKSERVER_PORT=port)
    first, code = done.stdout.decode().splitlines()
    assert first.split()[0] == "time"
    assert code == "0"
    assert done.stderr == b""


def test_following_ends_with_the_reader_of_a_pipe_also_if_nothing_more_comes(server):
    server.request("GET", "/v1/videos", headers=KEY)
    port = server.url.rpartition(":")[2]
    line = "export -f mockserver; timeout 20 bash -c 'mockserver journal --follow --json' | head -1 >/dev/null"
    done = shell(f"{line}; echo ${{PIPESTATUS[0]}}", MOCKSERVER_PORT=port)
    assert done.stdout == b"0\n"
    assert done.stderr == b""


def test_following_ends_quietly_with_ctrl_c(server):
    server.request("GET", "/v1/videos", headers=KEY)
    command = [sys.executable, "-m", "mockserver", "journal", "--follow"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as follower:
        assert follower.stdout is not None
        assert follower.stdout.readline().startswith(b"time"), "it follows"
        follower.send_signal(signal.SIGINT)
        _, err = follower.communicate(timeout=30)
    assert follower.returncode == 130
    assert b"Traceback" not in err


def test_a_terminal_gets_colours_and_no_color_none(mockserver, server, monkeypatch):
    server.request("GET", "/v1/vidoes", headers=KEY)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[33m404\x1b[0m" in mockserver("journal").out
    monkeypatch.setenv("NO_COLOR", "1")
    plain = mockserver("journal").out
    assert " 404 " in plain
    assert "\x1b" not in plain
