"""The places of vendors: entry points of installed packages, and packs. Nothing is loaded to find them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from mockserver.packages import describe_entry_point, entry_points_of

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


def entry_point_sources() -> Iterator[VendorSource]:
    """Yield the vendors of installed packages, this project's own included."""
    for point in entry_points_of(ENTRY_POINT_GROUP):
        yield VendorSource(point.name, describe_entry_point(point), point.load)
