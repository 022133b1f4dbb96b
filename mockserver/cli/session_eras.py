"""The eras in which a running server serves its vendors to a session, as far as this installation knows them."""

from collections.abc import Mapping
from typing import Any

from mockserver.client.admin import AdminClient
from mockserver.errors import MockError
from mockserver.installed import installed_vendors
from mockserver.vendors.api import Era
from mockserver.vendors.registry import resolve_era


def session_eras(admin: AdminClient, vendor: str | None) -> tuple[Era, ...]:
    """Return the eras of the client's session, of one vendor (`phaseo`, `phaseo@2026-05-06`) or of all.

    An era that only the server knows is left out: the server checks what is sent to it. Raises `MockError` VEN001 to
    VEN003 for an unknown vendor.
    """
    installed = installed_vendors()
    date_by_vendor = admin.get("version", served_dates)
    name = admin.session.partition("@")[0]
    # The session may not exist yet; it will then have the server's eras.
    date_by_vendor = admin.get("sessions", session_dates, {"name": name}) or date_by_vendor
    if vendor:
        # A date behind the name changes nothing: the session has its era.
        vendor_name = vendor.partition("@")[0]
        if vendor_name not in date_by_vendor:
            # One that is installed here, but not there, is refused by the server.
            resolve_era(vendor, installed)
            return ()
        date_by_vendor = {vendor_name: date_by_vendor[vendor_name]}
    eras: list[Era] = []
    for each, date in date_by_vendor.items():
        try:
            eras.append(resolve_era(f"{each}@{date}", installed))
        except MockError:
            continue
    return tuple(eras)


def served_dates(answer: Any) -> Mapping[str, str]:
    """Return the date of each vendor's era, from the answer of `GET version`."""
    return {str(name): str(vendor["serving"]) for name, vendor in answer["vendors"].items()}


def session_dates(answer: Any) -> Mapping[str, str]:
    """Return the date of each vendor's era in the one session of an answer of `GET sessions`; empty without one."""
    return {str(vendor): str(date) for session in answer["sessions"] for vendor, date in session["vendors"].items()}
