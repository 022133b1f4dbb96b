"""The entry points of the installed packages: what they add to this one."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final

VENDORS_GROUP: Final = "mockserver.vendors"
"""Vendors: `pottery = "pottery_mock:VENDOR"`."""
DATA_GROUP: Final = "mockserver.data"
"""Folders with contracts, scenarios and packs: `pottery = "pottery_mock.data"`."""


@cache
def entry_points_of(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group by name; finding them reads the metadata of every installed package."""
    return tuple(sorted(entry_points(group=group), key=lambda point: (point.name, point.value)))


def describe_entry_point(point: EntryPoint) -> str:
    """Return the place of an entry point in words: `the entry point reap = pack.reap:VENDOR of pack 1.2`."""
    package = ""
    if point.dist is not None:
        package = f" of {point.dist.name} {point.dist.version}"
    return f"the entry point {point.name} = {point.value}{package}"
