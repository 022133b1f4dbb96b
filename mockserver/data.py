"""Finds the data folders `contracts/`, `scenarios/` and `vendors/`: the project's own, the bundled ones, and packages'.

They are data, not import packages: a user's own `contracts/` folder would shadow a package of that name. An installed
package adds its own by an entry point of the group `mockserver.data`, whose value is a folder of the package:
`pottery = "pottery_mock.data"` is the folder `data` in the package `pottery_mock`, which is found without an import.
"""

from collections.abc import Container, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal, NamedTuple

from mockserver.errors import Problem, refuse
from mockserver.packages import DATA_GROUP, EntryPoint, describe_entry_point, entry_points_of

DataFolder = Literal["contracts", "scenarios", "vendors"]
DataOrigin = Literal["project", "bundled", "package"]

PROJECT: Final = Path()
"""The folder with the project's own data: the one in which the command runs."""
_PACKAGE: Final = Path(__file__).parent


class DataPlace(NamedTuple):
    """One data folder, and where it comes from."""

    folder: Path
    origin: DataOrigin


def data_folder(name: DataFolder, package: Path = _PACKAGE) -> Path:
    """Return the bundled folder: `mockserver/_data/NAME` in a wheel, else `NAME` beside the package.

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


def data_places(name: DataFolder, project: Path = PROJECT) -> list[DataPlace]:
    """Return the folders in the order in which they are searched: the project's, the bundled one, those of packages.

    A checkout's own folder is the bundled one, and stands there once. Raises `MockError` DAT001.
    """
    bundled = data_folder(name)
    own = (project / name).absolute()
    places = []
    if own.is_dir() and own.resolve() != bundled.resolve():
        places.append(DataPlace(own, "project"))
    places.append(DataPlace(bundled, "bundled"))
    for point in entry_points_of(DATA_GROUP):
        folder = package_folder(point)
        if folder is not None and (folder / name).is_dir():
            places.append(DataPlace(folder / name, "package"))
    return places


def package_folder(point: EntryPoint) -> Path | None:
    """Return the folder that an entry point of the group `mockserver.data` names; None if there is none."""
    package, *inner = point.value.partition(":")[0].split(".")
    try:
        # Only the parents of a module are imported to find it, and this one has none.
        spec = find_spec(package)
    except ValueError:
        spec = None
    if spec is None or spec.submodule_search_locations is None:
        return None
    folders = (Path(place, *inner) for place in spec.submodule_search_locations)
    return next((folder for folder in folders if folder.is_dir()), None)


def is_data_file(path: Path, suffixes: Container[str]) -> bool:
    """Return True for a name with one of the suffixes, but for a hidden one: that is an editor's lock or copy."""
    return path.suffix in suffixes and not path.name.startswith(".")


def missing_data() -> Iterator[Problem]:
    """Yield a problem (DAT002) for each entry point that names a folder which is not there."""
    for point in entry_points_of(DATA_GROUP):
        if package_folder(point) is None:
            message = f"{describe_entry_point(point)} names a folder that is not there: its data are not used"
            hint = "The value is the path of a folder in the package, with dots: `pottery_mock.data`."
            yield Problem("DAT002", message, hint)
