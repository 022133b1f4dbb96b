"""The vendors that are installed: ours and a stranger's, found through one entry-point group."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Final

from mockserver.core.instants import parse_instant
from mockserver.errors import nearest, refuse
from mockserver.vendors.api import Era, Vendor

GROUP: Final = "mockserver.vendors"
DATE: Final = "2026-05-06"
"""What a date looks like."""


def installed() -> Mapping[str, Vendor]:
    """Every installed vendor by name, in alphabetical order."""
    found = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return {point.name: point.load() for point in found}


def resolve(pin: str, vendors: Mapping[str, Vendor]) -> Era:
    """The era of a pin: `phaseo` (the newest), `phaseo@2026-05-06` (that date's, or the newest not later).

    Raises `MockError` for an unknown vendor, what is no date, or a date before its first era.
    """
    name, _, date = pin.partition("@")
    vendor = vendors.get(name)
    if vendor is None:
        raise refuse("VEN001", f"no vendor {name!r}{nearest(name, vendors)}", f"vendors: {', '.join(vendors)}")
    dates = ", ".join(era.date for era in vendor.eras)
    if date and (len(date) != len(DATE) or parse_instant(f"{date}T00:00:00Z") is None):
        raise refuse("VEN003", f"{date!r} is no date", f"such as {DATE}; eras begin on: {dates}")
    era = vendor.era(date)
    if era is None:
        raise refuse("VEN002", f"{name} has no era as early as {date!r}", f"eras begin on: {dates}")
    return era
