"""The places of vendors: entry points of installed packages, and packs. Nothing is loaded to find them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final

ENTRY_POINT_GROUP: Final = "mockserver.vendors"


@dataclass(frozen=True)
class VendorSource:
    """One place that has a vendor of some name."""

    name: str
    place: str
    """The place in words: `the entry point pottery.vendor:VENDOR of pottery-mock 1.2`."""
    load: Callable[[], object]
    """Returns what is there. Raises whatever the code there raises."""
    is_default: bool = True
    """True if a server serves it unasked; a bundled pack waits until something names it."""


@cache
def installed_entry_points(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group by name; finding them reads the metadata of every installed package."""
    return tuple(sorted(entry_points(group=group), key=lambda point: (point.name, point.value)))


def entry_point_sources() -> Iterator[VendorSource]:
    """Yield the vendors of installed packages, this project's own included."""
    for point in installed_entry_points(ENTRY_POINT_GROUP):
        yield VendorSource(point.name, describe_entry_point(point), point.load)


def describe_entry_point(point: EntryPoint) -> str:
    """Return the place of an entry point in words."""
    package = ""
    if point.dist is not None:
        package = f" of {point.dist.name} {point.dist.version}"
    return f"the entry point {point.name} = {point.value}{package}"
