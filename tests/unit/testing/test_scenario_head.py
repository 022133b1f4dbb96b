"""Scenario files are told from other YAML by their first lines."""

import pytest

from mockserver.testing.scenario_head import is_scenario_file
from tests.support.paths import ROOT

VENDOR = b"vendor: reap\n"


@pytest.mark.parametrize(
    "head",
    [
        b"scenario: a\n" + VENDOR,
        b"\xef\xbb\xbfscenario: a\r\n" + VENDOR,
        b"# a comment\n\n---\nlanguage: 1\nscenario: a\ntitle: b\n" + VENDOR,
    ],
)
def test_a_scenario_is_one(tmp_path, head):
    path = tmp_path / "a.yaml"
    path.write_bytes(head)
    assert is_scenario_file(path)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"scenario:\n  name: default\n",
        b"scenario: a\n",
        b"name: x\nscenario: a\n" + VENDOR,
        b"scenarios: a\n" + VENDOR,
        b"  vendor: reap\nscenario: a\n",
    ],
)
def test_other_yaml_is_none(tmp_path, head):
    path = tmp_path / "a.yml"
    path.write_bytes(head)
    assert not is_scenario_file(path)


def test_a_name_of_its_own_is_enough(tmp_path):
    assert is_scenario_file(tmp_path / "a.videojob.yaml")


def test_other_suffixes_and_unreadable_files_are_none(tmp_path):
    assert not is_scenario_file(tmp_path / "gone.yaml")
    assert not is_scenario_file(tmp_path / "a.json")


def test_every_bundled_scenario_is_one():
    files = list((ROOT / "scenarios").rglob("*.yaml"))
    assert [path for path in files if not is_scenario_file(path)] == []
