"""Loads a vendor from its place, and checks that it is one: its name, its eras, the API version it was made for."""

import re
from typing import Final

from mockserver.core.functions import describe_wrong_function
from mockserver.core.text import pluralize
from mockserver.errors import MockError, Problem, refuse
from mockserver.installed.sources import VendorSource
from mockserver.vendors.model import API_VERSION, Vendor

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
UNUSABLE_VENDOR_CODES: Final = ("VEN004", "VEN005", "VEN006")
"""The codes of a vendor that is there and cannot be used."""
_OTHERS_LIVE: Final = "The other vendors work without it."


def load_vendor(source: VendorSource) -> Vendor:
    """Load a vendor.

    Raises `MockError`: VEN004 for code that fails or a value that is no vendor, VEN006 for one that was made for
    another version of the vendors' API; what a pack raises has VEN004 in front.
    """
    if not _NAME.fullmatch(source.name):
        raise _unusable(source, "a name has at most 40 lower-case letters, digits, '-' and '_'")
    try:
        loaded = source.load()
    except MockError as error:
        raise MockError(_problems_in(source, error), *error.problems) from error
    # A module may even end the process when it is imported: that, too, is a vendor that cannot be loaded.
    except (Exception, SystemExit) as error:
        raise _unusable(source, describe_error(error)) from error
    if not isinstance(loaded, Vendor):
        raise _unusable(source, f"it is no Vendor, but {describe_type(loaded)}")
    _check_api_version(source, loaded)
    if loaded.name != source.name:
        raise _unusable(source, f"it calls itself {loaded.name!r}: both names must be the same")
    if not loaded.eras:
        raise _unusable(source, "it has no eras")
    strangers = [era.pin for era in loaded.eras if era.vendor != loaded.name]
    if strangers:
        raise _unusable(source, f"its era {strangers[0]} is of another vendor")
    for operation in (each for era in loaded.eras for each in era.operations):
        wrong = describe_wrong_function(operation.handler)
        if wrong:
            raise _unusable(source, f"the handler of {operation.name!r} is a function, not {wrong}")
    return loaded


def ambiguous(sources: list[VendorSource]) -> Problem:
    """Return the problem (VEN005) of a name that several places have."""
    name = sources[0].name
    places = " and ".join(source.place for source in sources)
    hint = "Remove one of them, or give it another name: none of them is used."
    return Problem("VEN005", f"there are {len(sources)} vendors {name!r}: {places}", hint)


def describe_error(error: BaseException) -> str:
    """Return an exception in one line: its type, and what it says."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def describe_type(value: object) -> str:
    """Return the type of a value in words."""
    return f"a value of the type {type(value).__name__}"


def _unusable(source: VendorSource, reason: str) -> MockError:
    advice = "Correct the file, or remove it."
    if source.pack is None:
        advice = "Correct it, or uninstall it."
    return refuse("VEN004", _cannot_be_loaded(source, reason), f"{advice} {_OTHERS_LIVE}")


def _problems_in(source: VendorSource, error: MockError) -> Problem:
    """Return the problem of a vendor that has problems of its own, and how to see those: a warning leaves them out."""
    found = pluralize(len(error.problems), "problem")
    hint = f"`mockserver vendor check {source.name}` prints them. {_OTHERS_LIVE}"
    return Problem("VEN004", _cannot_be_loaded(source, f"it has {found}"), hint)


def _cannot_be_loaded(source: VendorSource, reason: str) -> str:
    return f"the vendor {source.name!r} cannot be loaded from {source.place}: {reason}"


def _check_api_version(source: VendorSource, vendor: Vendor) -> None:
    """Raise `MockError` VEN006 unless the vendor was made for the present version of the vendors' API."""
    if vendor.api == API_VERSION:
        return
    made_for = f"was made for version {vendor.api!r} of the vendors' API"
    if not vendor.api:
        made_for = "does not state the version of the vendors' API that it was made for"
    message = f"the vendor {source.name!r} ({source.place}) {made_for}; this mockserver has version {API_VERSION!r}"
    hint = f'Write Vendor(api="{API_VERSION}", ...) after comparing it with the changelog. {_OTHERS_LIVE}'
    if vendor.api.isdecimal():
        newer, older = "videojob-mockserver", "the vendor"
        outdated = newer if int(vendor.api) > int(API_VERSION) else older
        hint = f"Install a newer release of {outdated}. {_OTHERS_LIVE}"
    raise refuse("VEN006", message, hint)
