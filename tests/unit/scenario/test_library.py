"""Scenarios are found by name: explicit paths, the project's own folder, then the bundled one."""

from pathlib import Path

import pytest

from mockserver import data
from mockserver.errors import MockError
from mockserver.packages import EntryPoint
from mockserver.scenario.library import ScenarioLibrary

TEXT = "scenario: s\nvendor: acme\n"


@pytest.fixture
def bundled(tmp_path, monkeypatch):
    """The folder that stands for ours, with one scenario in a folder of its vendor."""
    place = tmp_path / "bundled"
    (place / "acme").mkdir(parents=True)
    (place / "acme" / "slow.yaml").write_text(TEXT)
    (place / "acme" / "README.md").write_text("no scenario")
    monkeypatch.setattr(data, "data_folder", lambda kind: place)
    return place


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The folder of an installed package's data, with two scenarios."""
    place = tmp_path / "site" / "pottery_mock" / "scenarios"
    place.mkdir(parents=True)
    (place / "glaze.yaml").write_text(TEXT)
    (place / "slow.yaml").write_text(TEXT + "title: of the package\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    point = EntryPoint("pottery", "pottery_mock", str(tmp_path))
    monkeypatch.setattr(data, "entry_points_of", lambda group: (point,))
    return place


@pytest.fixture
def own(tmp_path):
    place = tmp_path / "own"
    place.mkdir()
    (place / "mine.yml").write_text(TEXT)
    return place


def test_the_projects_own_come_before_ours(bundled, own, vendors):
    (own / "slow.yaml").write_text(TEXT + "title: mine\n")
    shelf = ScenarioLibrary(vendors, own)
    assert shelf.files() == {"mine": own / "mine.yml", "slow": own / "slow.yaml"}
    assert shelf.load("slow").title == "mine"
    assert shelf.bundled() == [bundled / "acme" / "slow.yaml"]


def test_those_of_packages_come_last(bundled, own, package, vendors):
    shelf = ScenarioLibrary(vendors, own)
    assert list(shelf.folders()) == [own, bundled, package]
    assert shelf.files()["glaze"] == package / "glaze.yaml"
    assert shelf.files()["slow"] == bundled / "acme" / "slow.yaml"
    assert shelf.from_packages() == [package / "glaze.yaml", package / "slow.yaml"]


@pytest.mark.parametrize("twice", [True, False])
def test_a_folder_is_searched_once(twice, bundled, vendors, tmp_path):
    assert list(ScenarioLibrary(vendors, bundled if twice else tmp_path / "none").folders()) == [bundled]


def test_by_default_the_own_folder_is_that_of_the_working_directory(bundled, own, vendors, monkeypatch):
    own.rename(own.parent / "scenarios")
    monkeypatch.chdir(own.parent)
    assert set(ScenarioLibrary(vendors).files()) == {"mine", "slow"}


def test_a_path_needs_no_folder(bundled, own, vendors, tmp_path):
    path = tmp_path / "elsewhere.yaml"
    path.write_text(TEXT)
    shelf = ScenarioLibrary(vendors, own)
    assert shelf.load(str(path)).path == str(path)
    assert shelf.load(str(path)) is shelf.load(str(path))


def test_an_unknown_name_is_answered_with_the_nearest(bundled, own, vendors):
    with pytest.raises(MockError, match=r"did you mean 'slow'"):
        ScenarioLibrary(vendors, own).load("slwo")


def test_a_file_of_the_library_has_the_name_of_its_scenario(bundled, own, vendors, tmp_path):
    (own / "s.yaml").write_text(TEXT)
    (tmp_path / "elsewhere.yaml").write_text(TEXT)
    shelf = ScenarioLibrary(vendors, own)
    assert shelf.naming_problems(shelf.load("s")) == ()
    assert shelf.naming_problems(shelf.load(str(tmp_path / "elsewhere.yaml"))) == ()
    (problem,) = shelf.naming_problems(shelf.load("mine"))
    assert problem.code == "LIB002"
    assert problem.message == "the scenario is named 's', and its file 'mine'"
    assert (problem.location.line, problem.location.column) == (1, 11)


def test_names_from_keys_are_never_paths(bundled, own, vendors):
    shelf = ScenarioLibrary(vendors, own)
    assert shelf.find(str(own / "mine.yml")) is None
    assert shelf.find("mine").name == "s"


def test_a_marked_file_beside_the_folder_is_found_by_its_name(bundled, own, vendors, monkeypatch):
    monkeypatch.chdir(own.parent)
    (own.parent / "cancel.videojob.yaml").write_text("scenario: cancel")
    (own.parent / "other.videojob.yml").write_text("scenario: other")
    (own.parent / "compose.yaml").write_text("services: {}")
    (own.parent / "notes.videojob.md").write_text("")
    files = ScenarioLibrary(vendors).files()
    assert files["cancel"] == Path("cancel.videojob.yaml")
    assert files["other"] == Path("other.videojob.yml")
    assert not {"compose", "notes", "cancel.videojob"} & set(files)


def test_a_marked_file_in_a_folder_of_scenarios_has_the_same_name(bundled, own, vendors):
    (own / "marked.videojob.yaml").write_text("scenario: marked")
    assert ScenarioLibrary(vendors, own).files()["marked"] == own / "marked.videojob.yaml"


def test_an_editor_s_lock_is_no_scenario(bundled, own, vendors):
    (own / ".#mine.yml").symlink_to("root@host.1234")
    (own.parent / ".#cancel.videojob.yaml").symlink_to("root@host.1234")
    assert set(ScenarioLibrary(vendors, own).files()) == {"mine", "slow"}
