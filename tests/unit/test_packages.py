"""The installed packages, and what they add."""

import sys
from importlib.metadata import entry_points

import pytest

from mockserver.packages import (
    DATA_GROUP,
    VENDORS_GROUP,
    EntryPoint,
    all_entry_points,
    describe_entry_point,
    entry_points_of,
    is_installed,
)  # fmt: skip

ENTRY_POINTS = "[other]\nkiln = a:b\n\n[mockserver.vendors]\n# not = read\nash = glazes : ASH.dark\nno value\n"


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Two folders with the package `pottery-mock`, of which the first counts, and an egg beside the second."""
    for place, points in {"1/Pottery.Mock-2.0.dist-info": ENTRY_POINTS, "2/pottery_mock-1.dist-info": "",
                          "2/kiln.egg-info": "[mockserver.vendors]\nkiln = kiln\n"}.items():  # fmt: skip
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "entry_points.txt").write_text(points)
    (tmp_path / "archive.zip").write_bytes(b"PK")
    monkeypatch.setattr(sys, "path", [str(tmp_path / name) for name in ("none", "archive.zip", "1", "2")])
    all_entry_points.cache_clear()
    yield
    all_entry_points.cache_clear()


def test_the_first_package_of_a_name_adds_what_its_file_says(site):
    assert list(map(describe_entry_point, entry_points_of(VENDORS_GROUP))) == [
        "the entry point ash = glazes : ASH.dark of Pottery.Mock 2.0",
        "the entry point kiln = kiln of kiln",
    ]
    assert entry_points_of(DATA_GROUP) == []


def test_a_package_is_installed_whatever_the_spelling_of_its_folder(site):
    assert [is_installed(name) for name in ("pottery-mock", "kiln", "pottery")] == [True, True, False]


def test_an_entry_point_is_loaded_by_its_path():
    assert EntryPoint("x", "sys", "").load() is sys
    assert EntryPoint("x", "sys : version_info.major [extra]", "").load() == sys.version_info.major


def test_the_vendors_are_those_that_the_standard_library_finds():
    expected = [(point.name, point.value) for point in entry_points(group=VENDORS_GROUP)]
    assert [point[:2] for point in entry_points_of(VENDORS_GROUP)] == sorted(expected)
