"""The installed packages, and what they add."""

import sys
from importlib.metadata import entry_points

import pytest

from mockserver.packages import (
    DATA_GROUP,
    VENDORS_GROUP,
    EntryPoint,
    describe_entry_point,
    entry_points_of,
    is_installed,
    read_entry_points,
)

ENTRY_POINTS = """\
# not = read
[console_scripts]
kiln = pottery_mock.cli:main

[mockserver.vendors]
# celadon = pottery_mock.glazes:CELADON
tenmoku = pottery_mock.glazes : TENMOKU.dark
no value
ash=pottery_mock.glazes
"""


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder with two metadata folders of the package `pottery-mock`, and one of another kind."""
    first, second, other = (
        tmp_path / name for name in ("1/Pottery.Mock-2.0.dist-info", "2/pottery_mock-1.2.dist-info", "2/kiln.egg-info")
    )
    for folder in (first, second, other):
        folder.mkdir(parents=True)
    (first / "entry_points.txt").write_text(ENTRY_POINTS)
    (first / "METADATA").write_text("Metadata-Version: 2.1\nName: Pottery.Mock\nVersion: 2.0\n\nName: none\n")
    (second / "entry_points.txt").write_text("[mockserver.vendors]\nold = pottery_mock:OLD\n")
    (other / "entry_points.txt").write_text("[mockserver.vendors]\nkiln = kiln:GLAZE\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "no-such-place"), *(str(tmp_path / name) for name in "12")])
    read_entry_points.cache_clear()
    yield other
    read_entry_points.cache_clear()


def test_the_first_package_of_a_name_adds_what_its_file_says(site):
    assert [(point.name, point.value) for point in entry_points_of(VENDORS_GROUP)] == [
        ("ash", "pottery_mock.glazes"),
        ("kiln", "kiln:GLAZE"),
        ("tenmoku", "pottery_mock.glazes : TENMOKU.dark"),
    ]
    assert entry_points_of(DATA_GROUP) == []


def test_a_place_names_the_package_with_its_version(site):
    places = [describe_entry_point(point).partition(" of ")[2] for point in entry_points_of(VENDORS_GROUP)]
    assert places == ["Pottery.Mock 2.0", "kiln.egg-info", "Pottery.Mock 2.0"]


def test_the_metadata_of_an_egg_has_another_name(site):
    (site / "PKG-INFO").write_text("Name: kiln\nVersion: 3\n")
    assert (
        describe_entry_point(EntryPoint("kiln", "kiln:GLAZE", str(site)))
        == "the entry point kiln = kiln:GLAZE of kiln 3"
    )


def test_a_package_is_installed_under_any_spelling_of_its_name(site):
    assert is_installed("pottery-mock")
    assert is_installed("KILN")
    assert not is_installed("pottery")


def test_an_entry_point_is_loaded_by_its_path(tmp_path):
    assert EntryPoint("x", "sys", str(tmp_path)).load() is sys
    assert EntryPoint("x", "sys : version_info.major", str(tmp_path)).load() == sys.version_info.major
    assert EntryPoint("x", "sys : version_info.major", str(tmp_path)).module == "sys"


def test_the_vendors_are_those_that_the_standard_library_finds():
    expected = {(point.name, point.value) for point in entry_points(group=VENDORS_GROUP)}
    assert {(point.name, point.value) for point in entry_points_of(VENDORS_GROUP)} == expected
    assert expected
