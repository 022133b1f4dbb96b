"""The data folders are found in a wheel, in a checkout, or not at all."""

import sys
import types

import pytest

from mockserver import data
from mockserver.data import data_folder, data_places, missing_data
from mockserver.errors import MockError
from mockserver.packages import EntryPoint


def test_a_wheel_carries_them_inside_the_package(tmp_path):
    (tmp_path / "pkg" / "_data" / "contracts").mkdir(parents=True)
    (tmp_path / "contracts").mkdir()
    assert data_folder("contracts", tmp_path / "pkg") == tmp_path / "pkg" / "_data" / "contracts"


def test_a_checkout_has_them_beside_the_package(tmp_path):
    (tmp_path / "scenarios").mkdir()
    assert data_folder("scenarios", tmp_path / "pkg") == tmp_path / "scenarios"


def test_the_bundled_contracts_are_there():
    assert (data_folder("contracts") / "phaseo" / "captures").is_dir()


def test_neither_is_our_mistake_not_the_users(tmp_path):
    with pytest.raises(MockError, match="DAT001"):
        data_folder("scenarios", tmp_path)


# The project's own data, and those of installed packages


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A site folder with a package that has a data folder of contracts; return what installs entry points."""
    (tmp_path / "site" / "pottery_mock" / "data" / "contracts").mkdir(parents=True)
    (tmp_path / "site" / "single.py").write_text("raise SystemExit('a data folder is found without an import')")
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.chdir(tmp_path)

    def install(*values):
        points = tuple(EntryPoint("pottery", value, str(tmp_path)) for value in values)
        monkeypatch.setattr(data, "entry_points_of", lambda group: points if group == data.DATA_GROUP else ())
        return tmp_path

    return install


def test_the_project_s_own_folder_comes_first_and_a_package_s_last(site):
    root = site("pottery_mock.data")
    (root / "contracts").mkdir()
    bundled = data_folder("contracts")
    assert [place.folder for place in data_places("contracts")] == [
        root / "contracts",
        bundled,
        root / "site" / "pottery_mock" / "data" / "contracts",
    ]
    assert [place.origin for place in data_places("contracts")] == ["project", "bundled", "package"]
    assert [place.origin for place in data_places("scenarios")] == ["bundled"]


def test_the_bundled_folder_itself_is_no_project_s_own(site, monkeypatch):
    site()
    monkeypatch.chdir(data_folder("contracts").parent)
    assert [place.origin for place in data_places("contracts")] == ["bundled"]


@pytest.mark.parametrize("value", ["pottery_mock.no_such_folder", "no_such_package.data", "single.data"])
def test_a_data_folder_that_is_not_there_is_named_and_harms_nothing(site, value):
    site(value)
    assert [place.origin for place in data_places("contracts")] == ["bundled"]
    problem = next(missing_data())
    assert problem.code == "DAT002"
    assert problem.message.startswith(f"the entry point pottery = {value} of ")
    assert "names a folder that is not there" in problem.message


def test_a_data_folder_that_is_there_is_no_problem(site):
    site("pottery_mock.data")
    assert list(missing_data()) == []


def test_a_module_without_a_spec_has_no_data_folder(site, monkeypatch):
    module = types.ModuleType("bare")
    module.__spec__ = None
    monkeypatch.setitem(sys.modules, "bare", module)
    site("bare.data")
    assert list(missing_data())
