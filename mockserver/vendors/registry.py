"""The installed vendors: bundled and third-party ones, found through one entry-point group."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Final

from mockserver.core.instants import parse_instant
from mockserver.errors import did_you_mean, refuse
from mockserver.vendors.model import Era, Vendor

ENTRY_POINT_GROUP: Final = "mockserver.vendors"
DATE_EXAMPLE: Final = "2026-05-06"
"""The shape of a date."""


def installed_vendors() -> Mapping[str, Vendor]:
    """Return every installed vendor by name, in alphabetical order."""
    points = sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name)
    return {point.name: point.load() for point in points}


def resolve_era(pin: str, vendors: Mapping[str, Vendor]) -> Era:
    """Return the era of a pin: `phaseo` (the newest), `phaseo@2026-05-06` (that date's, or the newest before it).

    Raises MockError VEN001 for an unknown vendor, VEN002 for a date before its first era, VEN003 for a malformed date.
    """
    name, _, date = pin.partition("@")
    vendor = vendors.get(name)
    if vendor is None:
        raise refuse("VEN001", f"no vendor {name!r}{did_you_mean(name, vendors)}", f"Vendors: {', '.join(vendors)}.")
    dates = ", ".join(era.date for era in vendor.eras)
    if date and (len(date) != len(DATE_EXAMPLE) or parse_instant(f"{date}T00:00:00Z") is None):
        raise refuse("VEN003", f"{date!r} is not a date", f"Write it like {DATE_EXAMPLE}; its eras begin on {dates}.")
    era = vendor.era(date)
    if era is None:
        raise refuse("VEN002", f"{name} has no era as early as {date!r}", f"Its eras begin on {dates}.")
    return era
