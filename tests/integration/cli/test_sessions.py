"""`mockserver sessions` and `mockserver reset`."""

import json

import pytest

from mockserver.scenario.library import ScenarioLibrary
from tests.support.cli import SESSION_CHANGES
from tests.support.fake_server import fake_server
from tests.support.fake_world import VENDORS

pytestmark = [pytest.mark.server(judged=False), pytest.mark.usefixtures("default_server")]
REFUSED = "cancel-after-completed"


def test_without_sessions_the_command_says_what_begins_one(mockserver):
    result = mockserver("sessions")
    assert result.code == 0
    assert result.out == ""
    assert result.err == "no sessions yet: a request begins one, or `mockserver sessions create NAME`\n"


def test_each_session_has_a_row(mockserver, server):
    server.admin("sessions", {"name": "t1", "clock": "x60", "seed": "7"})
    server.request("GET", "/v1/videos")
    titles, *rows = [line.split() for line in mockserver("sessions").out.splitlines()]
    assert titles == ["session", "scenario", "clock", "time", "requests", "epoch", "seed", "own", "eras"]
    assert [row[:3] for row in rows] == [["t1", "-", "x60"], ["default", "-", "manual"]]
    assert [row[-4:-1] for row in rows] == [["0", "1", "7"], ["1", "1", "0"]]


def test_the_clock_of_a_session_has_the_words_of_the_option(mockserver, server):
    for number, mode in enumerate(("auto", "auto:30s", "manual", "real", "x2.5")):
        created = mockserver("sessions", "create", f"t{number}", "--clock", mode).out
        text = {"auto": "auto:5s"}.get(mode, mode)
        assert f"clock {text}, seed" in created
        assert f"clock {text}" in mockserver("clock", "--session", f"t{number}").out
        rows = [line.split() for line in mockserver("sessions").out.splitlines()]
        assert [row[2] for row in rows if row[0] == f"t{number}"] == [text]


@pytest.mark.parametrize("name", ["тест", "müll", "a/b?c=d", "x@y %41"])
def test_a_session_can_have_any_letters(mockserver, server, name):
    assert mockserver("sessions", "create", name, "--clock", "manual").code == 0
    moved = mockserver("clock", "advance", "1h", "--session", name)
    assert f"session {name}," in moved.out, moved
    assert [each["name"] for each in server.admin("sessions")["sessions"]] == [name]
    assert mockserver("journal", "--session", name).code == 0


def test_list_is_the_default_verb(mockserver, server):
    server.admin("sessions", {"name": "t1"})
    assert mockserver("sessions", "list") == mockserver("sessions")
    assert [each["name"] for each in json.loads(mockserver("sessions", "--json").out)["sessions"]] == ["t1"]


def test_a_session_is_created_with_a_scenario_a_clock_and_a_seed(mockserver):
    scenario = ScenarioLibrary(VENDORS).load(REFUSED)
    with fake_server(known=[scenario], judged=False) as server:
        words = ["--scenario", REFUSED, "--clock", "x60", "--seed", "7", "--url", server.url]
        result = mockserver("sessions", "create", "a/b", *words)
        assert result.out == (
            f"created session a/b: scenario {REFUSED}, clock x60, seed 7\n"
            f"    base URL  {server.url}/s/a%2Fb/...\n"
            "    header    X-Mock-Session: a/b\n"
        )
        assert mockserver("sessions", "delete", "a/b", "--url", server.url).out == "deleted session a/b\n"
        assert server.admin("sessions")["sessions"] == []


def test_an_exported_session_is_imported_with_the_same_jobs(mockserver, server, tmp_path):
    server.admin("sessions", {"name": "tenant a", "clock": "manual", "seed": "7"})
    server.admin("jobs", {"vendor": "phaseo", "count": 2}, session="tenant a")
    server.admin("clock", {"advance": "5s"}, session="tenant a")
    file = tmp_path / "deep" / "story.json"
    result = mockserver("sessions", "export", "tenant a", "-o", str(file))
    assert result.err == f"{file}: session tenant a with 2 jobs\n"
    assert mockserver("sessions", "export", "tenant a").out == file.read_text(encoding="utf-8")
    assert mockserver("sessions", "export", "tenant a", "-o", str(file)).err.startswith("CLI016 ")
    assert mockserver("sessions", "export", "tenant a", "-o", str(file), "--force").code == 0
    taken = mockserver("sessions", "import", str(file))
    assert taken.err == "ADM008 session 'tenant a' already exists\n    --name NAME gives it another one.\n"
    result = mockserver("sessions", "import", str(file), "--name", "again")
    assert result.out.startswith("created session again: scenario none, clock manual, seed 7\n")
    rows = [server.admin("timeline", session=name)["jobs"] for name in ("tenant a", "again")]
    assert len(rows[0]) == 2
    assert rows[0] == rows[1]


def test_a_session_file_that_is_none_is_2(mockserver, server, tmp_path):
    assert "did you mean 'export'?" in mockserver("sessions", "exprt", "t1").err
    assert mockserver("sessions", "export", "nothing").err.startswith("ADM010 no session 'nothing'")
    file = tmp_path / "story.json"
    assert mockserver("sessions", "import", str(file)).err.startswith(f"CLI017 {file} cannot be read")
    file.write_text("[1]", encoding="utf-8")
    assert mockserver("sessions", "import", str(file)).err == (
        f"CLI017 {file} is not a JSON object\n    `mockserver sessions export NAME -o FILE` writes one.\n"
    )
    file.write_text("{}", encoding="utf-8")
    assert mockserver("sessions", "import", str(file)).err == (
        f"{file}: SES006 this is no session file: it has no member `mockserver_session`\n"
        "    `mockserver sessions export NAME -o FILE` writes one.\n"
    )
    file.write_text('{"mockserver_session": 1}', encoding="utf-8")
    assert mockserver("sessions", "import", str(file)).err.startswith(f"{file}: SES006 /clock: this member is missing")
    assert server.admin("sessions")["sessions"] == []


def test_a_refusal_keeps_the_code_of_the_server(mockserver, server):
    server.admin("sessions", {"name": "tenant"})
    assert mockserver("sessions", "create", "tenant").err.startswith("ADM008 ")
    assert mockserver("sessions", "create", "t2", "--scenario", "nothing").err.startswith("ADM009 ")
    assert mockserver("sessions", "create", "t2", "--clock", "fast").err.startswith("SES004 ")
    assert "ADM010 no session 'tenent' (did you mean 'tenant'?)" in mockserver("sessions", "delete", "tenent").err


def test_a_misspelt_verb_is_2_with_the_nearest(mockserver):
    result = mockserver("sessions", "craete", "t1")
    assert result.code == 2
    message = "'craete' is not a verb of `mockserver sessions` (did you mean 'create'?): list, create, delete, export"
    assert message in result.err


def test_reset_begins_a_session_again(mockserver, server):
    server.request("GET", "/v1/videos")
    assert mockserver("reset").out == "session default begins again: epoch 2\n"
    assert server.admin("journal")["total"] == 0


def test_reset_of_all_sessions(mockserver, server):
    assert mockserver("reset", "--all").err == "no sessions yet: there is nothing to reset\n"
    server.admin("sessions", {"name": "t1"})
    server.request("GET", "/s/t2/v1/videos")
    expected = "session t1 begins again: epoch 2\nsession t2 begins again: epoch 2\n"
    assert mockserver("reset", "--all").out == expected
    assert json.loads(mockserver("reset", "--all", "--json").out)["sessions"][0] == {"name": "t1", "epoch": 3}


def test_all_and_a_session_contradict_each_other(mockserver):
    result = mockserver("reset", "--all", "--session", "t1")
    assert result.code == 2
    assert "--all and --session t1 contradict each other." in result.err


READS = [["jobs"], ["journal"], ["faults"], ["holds"], ["webhooks"], ["webhooks", "deliveries"]]


@pytest.mark.parametrize("words", [*SESSION_CHANGES, *READS, ["jobs", "show", "x"], ["journal", "--follow"]])
def test_a_session_that_does_not_exist_is_refused_by_every_command(words, mockserver, server):
    server.admin("sessions", {"name": "tenant"})
    result = mockserver(*words, "--session", "tenent")
    assert result.code == 2
    assert result.err == (
        f"CLI013 {server.url} has no session 'tenent' (did you mean 'tenant'?)\n"
        "    --session NAME chooses one: tenant. `mockserver sessions create tenent` creates it.\n"
    )
    assert [each["name"] for each in server.admin("sessions")["sessions"]] == ["tenant"]


@pytest.mark.parametrize("words", SESSION_CHANGES)
def test_no_command_changes_the_default_session_while_only_others_are_in_use(words, mockserver, server):
    server.request("GET", "/s/t1/v1/videos")
    result = mockserver(*words)
    assert result.code == 2
    assert result.err.startswith("CLI013 the session 'default' has had no request, and 1 other session had\n")
    assert [each["name"] for each in server.admin("sessions")["sessions"]] == ["t1"]


def test_the_default_session_is_not_begun_by_a_change_beside_another_one(mockserver, server):
    server.admin("sessions", {"name": "t1"})
    server.admin("sessions", {"name": "t2"})
    result = mockserver("jobs", "create", "reap")
    assert result.code == 2
    assert result.err == (
        "CLI013 the session 'default' does not exist yet, unlike 2 other sessions\n"
        "    --session NAME chooses one: t1, t2.\n"
    )
    assert mockserver("jobs", "create", "reap", "--session", "default").code == 0


@pytest.mark.parametrize("words", READS)
def test_a_command_that_reads_notes_that_others_are_in_use(words, mockserver, server):
    server.request("GET", "/s/t1/v1/videos")
    result = mockserver(*words)
    assert result.code == 0
    assert result.err.startswith("note: the session 'default' has had no request, and 1 other session had\n")


def test_a_session_behind_the_thousand_listed_ones_is_found(mockserver, server):
    for number in range(1_001):
        server.session(f"s{number}")
    server.session("last")
    assert mockserver("sessions").out.splitlines()[-1] == "and 2 more sessions"
    assert mockserver("jobs", "create", "reap", "--session", "last").code == 0
    assert mockserver("faults", "add", "--on", "get", "--do", "{status: 503}", "--session", "last").code == 0
    assert mockserver("jobs", "--session", "lasst").code == 2
