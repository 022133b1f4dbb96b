"""Scenario files as tests: which are collected, and how their plays are reported."""

import pytest

from tests.integration.testing.conftest import OPTIONS, Run

GOOD = """scenario: good
vendor: reap
timeline:
  - queued: 2s
  - processing: 2s
  - completed
play:
  - create:
  - {at: 5s, get: {body: {status: completed}}}
"""


@pytest.fixture
def files(pytester: pytest.Pytester) -> pytest.Pytester:
    """Write good, bad and foreign YAML into a folder, and a scenario with a name of its own beside it."""
    folder = pytester.mkdir("scenarios")
    (folder / "good.yaml").write_text("# a comment\n---\nlanguage: 1\n\n" + GOOD)
    (folder / "wrong.yml").write_text(GOOD.replace("good", "wrong").replace("status: completed}}", "status: failed}}"))
    (folder / "broken.yaml").write_text(GOOD.replace("good", "broken").replace("queued: 2s", "queued: 2"))
    (folder / "nothing.yaml").write_text(GOOD.partition("play:")[0].replace("good", "nothing"))
    (folder / "foreign.yaml").write_text("scenario:\n  name: default\ndriver: docker\n")
    (folder / "other.yaml").write_text("name: ci\non: [push]\nvendor: x\n")
    (folder / "data.txt").write_text(GOOD)
    (pytester.path / "own.videojob.yaml").write_text(GOOD.replace("good", "own"))
    return pytester


def test_a_folder_of_scenarios_is_played(files: pytest.Pytester) -> None:
    result = files.runpytest(*OPTIONS, "-rs", "scenarios")
    result.assert_outcomes(passed=1, failed=2, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "*scenario scenarios/broken.yaml*",
            "scenarios/broken.yaml:4:13: SCN026 found the number 2 without a unit*",
            "*scenario scenarios/wrong.yml*",
            "FAIL wrong (reap@2026-07-07)",
            "  scenarios/wrong.yml:9, step 2 of 2, at +5s:",
            "*expected*failed*",
            "  rerun: mockserver test scenarios/wrong.yml",
            "SKIPPED*nothing was checked*",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_without_arguments_only_files_with_names_of_their_own_are(files: pytest.Pytester) -> None:
    result = files.runpytest(*OPTIONS)
    result.assert_outcomes(passed=1)


def test_testpaths_name_folders_too(files: pytest.Pytester) -> None:
    result = files.runpytest(*OPTIONS, "-o", "testpaths=scenarios")
    result.assert_outcomes(passed=1, failed=2, skipped=1)


def test_one_file_is_played(files: pytest.Pytester) -> None:
    result = files.runpytest(*OPTIONS, "-v", "scenarios/good.yaml")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["scenarios/good.yaml::play PASSED*"])


def test_a_setting_switches_it_off(files: pytest.Pytester, run: Run) -> None:
    result = run("def test_other(): pass\n", "-o", "videojob_scenarios=false", ".", beginning="")
    result.assert_outcomes(passed=1)
