"""The places of vendors."""

import os
import shutil

import pytest

from mockserver.data import data_folder
from mockserver.errors import MockError
from mockserver.installed import installed_vendors
from mockserver.installed.sources import entry_point_sources, load_pack_file, pack_sources

BUNDLED = sorted(data_folder("vendors").glob("*.yaml"))


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The project's own packs: a copy of a bundled one under another name, and a file that is no pack."""
    folder = tmp_path / "vendors"
    folder.mkdir()
    (folder / "README.md").write_text("My vendors.")
    text = BUNDLED[0].read_text().replace(f"vendor: {BUNDLED[0].stem}", "vendor: mine")
    (folder / "mine.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    return folder


def test_a_place_names_the_entry_point_and_the_package():
    place = next(source.place for source in entry_point_sources() if source.name == "reap")
    assert place.startswith("the entry point reap = mockserver.vendors.reap:VENDOR of videojob-mockserver ")


def test_bundled_packs_wait_and_the_project_s_own_are_served(own):
    vendors = installed_vendors()
    assert {path.stem for path in BUNDLED} <= set(vendors.waiting_names)
    assert "mine" in vendors.default_names
    assert "README" not in vendors
    assert vendors["mine"].name == "mine"


def test_the_place_of_a_pack_is_its_file(own):
    assert [source.place for source in pack_sources() if source.is_default] == [str(own / "mine.yaml")]


def test_a_copy_of_a_bundled_pack_is_no_second_one(own):
    shutil.copy(BUNDLED[0], own)
    vendors = installed_vendors()
    assert BUNDLED[0].stem in vendors.waiting_names
    assert vendors[BUNDLED[0].stem].name == BUNDLED[0].stem


def test_a_pack_with_the_name_of_a_bundled_one_is_refused_with_both_places(own):
    (own / BUNDLED[0].name).write_text("vendor: other\n")
    problem = installed_vendors().problems([BUNDLED[0].stem])[0]
    assert problem.code == "VEN005"
    assert str(BUNDLED[0]) in problem.message
    assert str(own / BUNDLED[0].name) in problem.message


def test_a_pack_is_compiled_once_until_its_file_changes(own):
    path = own / "mine.yaml"
    before = load_pack_file(path)
    assert load_pack_file(path) is before
    os.utime(path, ns=(1, 1))
    assert load_pack_file(path) is not before


# Entries that are no readable file


def test_an_editor_s_lock_is_no_pack(own):
    (own / ".#loom.yaml").symlink_to("root@host.1234")
    assert ".#loom" not in installed_vendors()


@pytest.mark.parametrize("name", ["old", BUNDLED[0].stem])
def test_a_folder_with_the_name_of_a_pack_spoils_no_other_vendor(own, name):
    (own / f"{name}.yaml").mkdir()
    vendors = installed_vendors()
    assert [problem.code for problem in vendors.problems(["mine", name])] in (["VEN004"], ["VEN005"])
    assert vendors["mine"].name == "mine"


def test_a_link_to_nothing_says_that_the_file_cannot_be_read(own):
    (own / "gone.yaml").symlink_to("nowhere.yaml")
    with pytest.raises(MockError) as caught:
        installed_vendors()["gone"]
    found, reason = caught.value.problems
    assert found.message.endswith("gone.yaml: it has 1 problem")
    assert reason.message == "the file cannot be read: No such file or directory"


def test_the_advice_for_a_file_is_not_to_uninstall_it(own):
    (own / "other.yaml").write_text((own / "mine.yaml").read_text())
    found = installed_vendors().problems(["other"])[0]
    assert found.message.endswith("it calls itself 'mine': both names must be the same")
    assert found.hint == "Correct the file, or remove it. The other vendors work without it."
