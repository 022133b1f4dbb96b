"""The vendors that are installed: ours and a stranger's, found through one entry-point group."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Final

from mockserver.core.instants import parse_instant
from mockserver.errors import did_you_mean, refuse
from mockserver.vendors.api import Era, Vendor

ENTRY_POINT_GROUP: Final = "mockserver.vendors"
DATE_EXAMPLE: Final = "2026-05-06"
"""What a date looks like."""


def installed_vendors() -> Mapping[str, Vendor]:
    """Every installed vendor by name, in alphabetical order."""
    found = sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name)
    return {point.name: point.load() for point in found}


def resolve_era(pin: str, vendors: Mapping[str, Vendor]) -> Era:
    """The era of a pin: `phaseo` (the newest), `phaseo@2026-05-06` (that date's, or the newest not later).

    Raises `MockError` for an unknown vendor, what is no date, or a date before its first era.
    """
    name, _, date = pin.partition("@")
    vendor = vendors.get(name)
    if vendor is None:
        raise refuse("VEN001", f"no vendor {name!r}{did_you_mean(name, vendors)}", f"vendors: {', '.join(vendors)}")
    dates = ", ".join(era.date for era in vendor.eras)
    if date and (len(date) != len(DATE_EXAMPLE) or parse_instant(f"{date}T00:00:00Z") is None):
        raise refuse("VEN003", f"{date!r} is no date", f"such as {DATE_EXAMPLE}; eras begin on: {dates}")
    era = vendor.era(date)
    if era is None:
        raise refuse("VEN002", f"{name} has no era as early as {date!r}", f"eras begin on: {dates}")
    return era
