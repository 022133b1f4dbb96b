"""Scenarios on the command line: names, files, folders and standard input."""

import io
from types import SimpleNamespace

import pytest


@pytest.mark.parametrize("command", ["serve", "test", "lint"])
def test_a_missing_file_is_called_a_file(command, mockserver):
    result = mockserver(command, "nosuch.yaml")
    assert result.code == 2
    assert result.err.startswith("CLI014 no such file: nosuch.yaml\n    A name without a suffix")


def test_a_missing_file_names_its_neighbour_its_folder_or_the_scenario_of_its_name(mockserver, scenario):
    scenario("race", "vendor: reap\n")
    result = mockserver(
        "lint", "scenarios/rase.yaml", "nowhere/race.yml", "cancel-then-poll.yaml", "scenarios/nope.yaml"
    )
    assert result.code == 2
    assert "no such file: scenarios/rase.yaml (did you mean 'race.yaml'?)" in result.err
    assert "no such file: nowhere/race.yml; there is no folder nowhere" in result.err
    # A suffix that all have is no resemblance.
    assert "no such file: scenarios/nope.yaml\n" in result.err
    assert "There is a scenario 'cancel-then-poll': name it without folder and suffix." in result.err


@pytest.mark.parametrize("command", ["test", "lint"])
def test_a_folder_without_scenarios_is_named(command, mockserver, tmp_path):
    (tmp_path / "empty").mkdir()
    result = mockserver(command, "empty")
    assert result.code == 3
    assert result.err == "note: the folder empty has no scenario: no file that ends in .yaml or .yml\n"


def test_lint_reads_standard_input(mockserver, monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"scenario: a\nvendor: raep\n")))
    result = mockserver("lint", "-", "cancel-then-poll")
    assert result.code == 2
    assert result.out.startswith("<stdin>:2:9: SCN040 ")
    assert result.out.endswith("\n2 files, 1 problem\n")


@pytest.mark.parametrize("command", ["serve", "test"])
def test_other_commands_say_that_they_do_not_read_it(command, mockserver):
    assert "CLI014 a scenario from standard input can only be checked" in mockserver(command, "-").err
