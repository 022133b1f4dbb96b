"""Finds the era of a pin among vendors by name."""

from collections.abc import Mapping
from typing import Final

from mockserver.core.instants import parse_instant
from mockserver.errors import did_you_mean, refuse
from mockserver.vendors.model import Era, Vendor

DATE_EXAMPLE: Final = "2026-05-06"
"""The shape of a date."""


def resolve_era(pin: str, vendors: Mapping[str, Vendor]) -> Era:
    """Return the era of a pin: `phaseo` (the newest), `phaseo@2026-05-06` (that date's, or the newest before it).

    Raises MockError VEN001 for an unknown vendor, VEN002 for a date before its first era, VEN003 for a malformed date;
    a vendor that cannot be loaded raises as `vendors` does.
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
