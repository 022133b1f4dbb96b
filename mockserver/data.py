"""Finds the data folders `contracts/` and `scenarios/`, in a wheel and in a checkout.

They are data, not import packages: a user's own `contracts/` folder would shadow a package of that name.
"""

from pathlib import Path
from typing import Literal

from mockserver.errors import refuse

DataFolder = Literal["contracts", "scenarios"]

_PACKAGE = Path(__file__).parent


def data_folder(name: DataFolder, package: Path = _PACKAGE) -> Path:
    """Return the folder: `mockserver/_data/NAME` in a wheel, else `NAME` beside the package.

    Raises `MockError` DAT001 where neither exists: the installation is incomplete.
    """
    places = (package / "_data" / name, package.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise refuse(
        "DAT001",
        f"the bundled {name} are not installed (looked in {places[0]} and {places[1]})",
        "Install videojob-mockserver again, or run from a full checkout.",
    )
