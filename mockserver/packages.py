"""The entry points of the installed packages: what they add to this one."""

from functools import cache, lru_cache
from importlib.metadata import Distribution, EntryPoint, entry_points
from typing import Final

VENDORS_GROUP: Final = "mockserver.vendors"
"""Vendors: `pottery = "pottery_mock:VENDOR"`."""
DATA_GROUP: Final = "mockserver.data"
"""Folders with contracts, scenarios and packs: `pottery = "pottery_mock.data"`."""


@cache
def entry_points_of(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group by name; finding them reads the metadata of every installed package."""
    return tuple(sorted(entry_points(group=group), key=lambda point: (point.name, point.value)))


@lru_cache(maxsize=256)
def _describe_package(package: Distribution) -> str:
    """Return the name and version of an installed package; each reading of them parses its metadata."""
    return f"{package.name} {package.version}"


def describe_entry_point(point: EntryPoint) -> str:
    """Return the place of an entry point in words: `the entry point reap = pack.reap:VENDOR of pack 1.2`."""
    package = "" if point.dist is None else f" of {_describe_package(point.dist)}"
    return f"the entry point {point.name} = {point.value}{package}"
