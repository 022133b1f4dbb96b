"""The places of vendors."""

from importlib.metadata import EntryPoint

from mockserver.installed.sources import entry_point_sources
from mockserver.packages import describe_entry_point


def test_a_place_names_the_entry_point_and_the_package():
    place = next(source.place for source in entry_point_sources() if source.name == "reap")
    assert place.startswith("the entry point reap = mockserver.vendors.reap:VENDOR of videojob-mockserver ")


def test_an_entry_point_without_a_package_has_a_place_too():
    point = EntryPoint("toy", "pottery:VENDOR", "mockserver.vendors")
    assert describe_entry_point(point) == "the entry point toy = pottery:VENDOR"
