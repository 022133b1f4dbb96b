"""`mockserver schema`, `mockserver completion`, and what a shell completes."""

import json

import pytest

from mockserver.cli.app import run
from mockserver.cli.commands.completion import STARTUP_LINES
from mockserver.scenario.schema import json_schema
from tests.support.fake_server import fake_server
from tests.support.fake_world import ERAS
from tests.support.interactive_bash import interactive_bash

# schema


def test_the_schema_is_printed(mockserver):
    result = mockserver("schema")
    assert json.loads(result.out) == json_schema()
    assert result.err == "for an editor: mockserver schema --write scenarios/scenario.schema.json\n"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("scenarios/scenario.schema.json", "scenario.schema.json"),
        ("scenario.schema.json", "../scenario.schema.json"),
        ("schemas/videojob.json", "videojob.json"),
    ],
)
def test_the_schema_is_written_and_the_line_for_scenarios_printed(path, line, mockserver, tmp_path):
    result = mockserver("schema", "--write", path)
    assert result.code == 0
    assert result.out.endswith(f"\n# yaml-language-server: $schema={line}\n")
    assert json.loads((tmp_path / path).read_text()) == json_schema()
    report = json.loads(mockserver("schema", "--write", path, "--json").out)
    assert report == {"written": path, "first_line": f"# yaml-language-server: $schema={line}"}


def test_a_scenario_may_begin_with_the_line(mockserver, scenario):
    path = scenario("ours", "vendor: reap\n")
    line = mockserver("schema", "--write", "scenarios/scenario.schema.json").out.splitlines()[-1]
    path.write_text(f"{line}\n{path.read_text()}")
    assert mockserver("lint", "ours").code == 0


def test_a_schema_that_cannot_be_written_is_2(mockserver):
    result = mockserver("schema", "--write", "/proc/none/schema.json")
    assert result.code == 2
    assert result.err.startswith("CLI005 ")


# completion


@pytest.mark.parametrize("name", STARTUP_LINES)
def test_each_shell_has_a_script(name, mockserver):
    result = mockserver("completion", name)
    assert result.code == 0
    assert f"_MOCKSERVER_COMPLETE={name}_complete" in result.out
    assert result.err == ""
    report = json.loads(mockserver("completion", name, "--json").out)
    assert report["line"] == STARTUP_LINES[name][0]
    assert report["script"].strip("\n") == result.out.strip("\n")


@pytest.mark.parametrize(("name", "message"), [("bahs", "(did you mean 'bash'?)"), ("powershell", "bash, zsh, fish.")])
def test_another_shell_is_2(name, message, mockserver):
    result = mockserver("completion", name)
    assert result.code == 2
    assert message in result.err


@pytest.fixture(scope="module")
def bash(tmp_path_factory):
    """Return an interactive bash in a folder with a recording."""
    folder = tmp_path_factory.mktemp("bash")
    (folder / "recording.har").write_text("{}")
    with interactive_bash(folder) as shell:
        yield shell


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("jou", "journal "),
        ("serve --vendor phaseo@", "phaseo@2026-"),
        ("serve --vendor=phaseo@2026-10", "--vendor=phaseo@2026-10-02 "),
        ("jobs --sta", "--state "),
        ("check rec", "recording.har "),
        ("lint ./rec", "./recording.har "),
    ],
)
def test_an_interactive_bash_completes(typed, completed, bash):
    *before, _ = typed.split(" ")
    assert bash.complete(f"mockserver {typed}") == " ".join(["mockserver", *before, completed])


def complete(capsys, monkeypatch, *words: str) -> list[str]:
    """Return what bash gets for the last of some words."""
    monkeypatch.setenv("COMP_LINE", " ".join(["mockserver", *words]))
    monkeypatch.setenv("COMP_TEXT", words[-1])
    monkeypatch.setenv("_MOCKSERVER_COMPLETE", "bash_complete")
    assert run([]) == 0
    return capsys.readouterr().out.split()


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("show cancel-then-p", "plain,cancel-then-poll"), ("serve --vendor phaseo@2026-10", "plain,phaseo@2026-10-02"),
        ("serve --clock a", "plain,auto"), ("jobs mo", "plain,move"),
        ("clock fr", "plain,freeze"), ("completion fi", "plain,fish"),
        ("webhooks set reap --stamp w", "plain,wall"), ("replay rec", "file,rec"),
        ("distill rec", "file,rec"), ("diff reap rec", "file,rec"),
    ],
)  # fmt: skip
def test_bash_gets_what_completes_a_word(typed, completed, capsys, monkeypatch):
    """What bash makes of it is the same for every command: `test_an_interactive_bash_completes`."""
    assert complete(capsys, monkeypatch, *typed.split()) == [completed]


@pytest.mark.parametrize("words", [["test"], ["lint"], ["serve"], ["show"], ["sessions", "create", "x", "--scenario"]])
def test_scenarios_are_completed(words, scenario, capsys, monkeypatch):
    scenario("cancel-ours", "vendor: reap\n")
    found = complete(capsys, monkeypatch, *words, "cancel-")
    assert "plain,cancel-ours" in found
    assert "plain,cancel-after-completed" in found
    assert all(each.startswith("plain,") for each in found)
    assert complete(capsys, monkeypatch, *words, "./canc") == ["file,./canc"]


@pytest.mark.parametrize(
    "words",
    [["jobs", "create"], ["webhooks", "set"], ["faults", "add", "--vendor"], ["check", "--vendor"],
     ["serve", "--vendor"], ["list", "--vendor"], ["test", "--vendor"], ["diff"], ["diff", "reap"], ["show"]],
)  # fmt: skip
def test_vendors_are_completed_and_behind_them_their_eras(words, capsys, monkeypatch):
    assert complete(capsys, monkeypatch, *words, "pha")[0] == "plain,phaseo"
    pins = [pin for pin in ERAS if pin.startswith("phaseo@")]
    found = complete(capsys, monkeypatch, *words, "phaseo")
    assert found[: len(pins) + 1] == ["plain,phaseo", *(f"plain,{pin}" for pin in sorted(pins))]


@pytest.mark.parametrize("words", [["jobs", "--session"], ["jobs", "show", "x", "--session"], ["sessions", "delete"]])
def test_sessions_of_the_running_server_are_completed(words, capsys, monkeypatch):
    with fake_server(judged=False) as server:
        monkeypatch.setenv("MOCKSERVER_PORT", server.url.rpartition(":")[2])
        server.admin("sessions", {"name": "checkout"})
        server.admin("sessions", {"name": "other"})
        assert complete(capsys, monkeypatch, *words, "ch") == ["plain,checkout"]


def test_the_url_on_the_command_line_names_the_server(capsys, monkeypatch):
    with fake_server(judged=False, token="secret") as server:
        server.session("t1")
        words = ["reset", "--url", server.url, "--session"]
        monkeypatch.setenv("MOCKSERVER_ADMIN_TOKEN", "secret")
        assert complete(capsys, monkeypatch, *words, "") == ["plain,t1"]
        monkeypatch.setenv("MOCKSERVER_ADMIN_TOKEN", "wrong")
        assert complete(capsys, monkeypatch, *words, "") == []


@pytest.mark.parametrize("port", ["9", "zero"])
def test_without_a_server_no_session_is_completed_and_nothing_is_printed(port, capsys, monkeypatch):
    monkeypatch.setenv("MOCKSERVER_PORT", port)
    assert complete(capsys, monkeypatch, "jobs", "--session", "") == []
