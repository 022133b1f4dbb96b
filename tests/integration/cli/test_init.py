"""`mockserver init`: what it writes into a project, and that it works there."""

import json
import os
import subprocess

import pytest
import yaml

from mockserver.cli.commands.init import FILES
from tests.support.cli import CommandResult
from tests.support.nested_pytest import PYTEST
from tests.support.paths import ROOT


def run_pytest(*words: str) -> CommandResult:
    """Run pytest in the current folder, as the next command of a user."""
    done = subprocess.run(
        [*PYTEST, "-q", *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    return CommandResult(done.returncode, done.stdout, done.stderr)


def test_it_says_what_it_wrote_and_what_comes_next(mockserver, tmp_path):
    result = mockserver("init")
    assert result.code == 0
    assert result.out.splitlines() == [
        "wrote   scenarios/first.yaml            a scenario: the API is unavailable at the second poll",
        "wrote   tests/test_videojob.py          three tests of a small client, for pytest",
        "wrote   .github/workflows/videojob.yml  runs both on GitHub",
        "next",
        "    mockserver test scenarios",
        "    pytest tests/test_videojob.py",
        "    mockserver list --search cancel",
        "before you push: name a wheel at the top of .github/workflows/videojob.yml; the package is not on PyPI yet",
    ]
    assert all((tmp_path / path).is_file() for path in FILES)


def test_the_next_commands_succeed(mockserver):
    mockserver("init")
    played = mockserver("test", "scenarios")
    assert played.code == 0
    assert "1 ok" in played.out
    assert mockserver("lint", "scenarios").code == 0
    assert mockserver("list", "--search", "cancel").code == 0
    tested = run_pytest()
    assert "3 passed" in tested.out
    assert tested.code == 0


def test_the_test_notices_a_client_that_does_not_wait(mockserver, tmp_path):
    mockserver("init")
    path = tmp_path / "tests" / "test_videojob.py"
    text = path.read_text()
    patient = 'self.sleep(int(error.headers["Retry-After"]))'
    assert patient in text
    path.write_text(text.replace(patient, "self.sleep(1)"))
    tested = run_pytest()
    assert tested.code == 1
    assert "C3: the client did not back off after 429 or 503" in tested.out


def test_nothing_is_overwritten(mockserver, tmp_path):
    path = tmp_path / "tests" / "test_videojob.py"
    path.parent.mkdir()
    path.write_text("mine")
    first = mockserver("init")
    assert "exists  tests/test_videojob.py          unchanged" in first.out.splitlines()
    assert path.read_text() == "mine"
    before = {each: (tmp_path / each).read_bytes() for each in FILES}
    assert mockserver("init").out.count("exists  ") == 3
    assert {each: (tmp_path / each).read_bytes() for each in FILES} == before


def test_a_link_to_nothing_is_not_written_through(mockserver, tmp_path):
    link = tmp_path / "scenarios" / "first.yaml"
    link.parent.mkdir()
    link.symlink_to("elsewhere.yaml")
    assert "exists  scenarios/first.yaml" in mockserver("init").out
    assert not (tmp_path / "scenarios" / "elsewhere.yaml").exists()


def test_another_folder_is_created_and_entered_next(mockserver, tmp_path):
    result = mockserver("init", "a project")
    assert "next\n    cd 'a project'\n" in result.out
    assert (tmp_path / "a project" / "scenarios" / "first.yaml").is_file()


def test_json_has_the_same_facts(mockserver):
    report = json.loads(mockserver("init", "--json").out)
    assert report["written"] == list(FILES)
    assert report["existing"] == []
    assert "videojob.yml; the package is not on PyPI yet" in report["notes"][0]
    again = json.loads(mockserver("init", "--json").out)
    assert again["existing"] == list(FILES)
    assert again["notes"] == []


def test_a_file_that_cannot_be_written_is_2_and_the_others_are_written(mockserver, tmp_path):
    (tmp_path / "tests").write_text("a file")
    result = mockserver("init")
    assert result.code == 2
    assert result.err.startswith("CLI005 tests/test_videojob.py cannot be written: ")
    assert result.out.count("wrote   ") == 2
    assert "tests/test_videojob.py  " not in result.out


def test_the_workflow_is_yaml_that_installs_and_runs_what_was_written(mockserver, tmp_path):
    mockserver("init")
    workflow = yaml.safe_load((tmp_path / ".github" / "workflows" / "videojob.yml").read_text())
    commands = [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]
    assert commands == [
        'pip install "$VIDEOJOB_MOCKSERVER"',
        "mockserver test scenarios",
        "pytest tests/test_videojob.py",
    ]
    assert workflow["env"] == {"VIDEOJOB_MOCKSERVER": "videojob-mockserver[pytest]"}
    assert workflow["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("path", FILES)
def test_no_line_is_too_long_for_a_project(path, mockserver, tmp_path):
    mockserver("init")
    assert max(map(len, (tmp_path / path).read_text().splitlines())) <= 120
