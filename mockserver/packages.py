"""The installed packages: which there are, and their entry points, that is what they add to this one.

Each command reads them, so it must not wait for `importlib.metadata`, which imports 60 modules and parses the files of
all packages. What is read here is the folder of metadata that an installer leaves beside a package, named
`pottery_mock-1.2.dist-info` (or `.egg-info`): of two of one name, the first on `sys.path` counts.
"""

import os
import re
import sys
from functools import cache
from importlib import import_module
from typing import Final, NamedTuple

VENDORS_GROUP: Final = "mockserver.vendors"
"""Vendors: `pottery = "pottery_mock:VENDOR"`."""
DATA_GROUP: Final = "mockserver.data"
"""Folders with contracts, scenarios and packs: `pottery = "pottery_mock.data"`."""
_FOLDER_KINDS: Final = (".dist-info", ".egg-info")


class EntryPoint(NamedTuple):
    """One name that a package adds to a group."""

    name: str
    value: str
    """A module, or a module and an attribute in it: `pottery_mock:VENDOR`."""
    metadata: str
    """The folder with the metadata of the package."""

    @property
    def module(self) -> str:
        """The name of the module: `pottery_mock`."""
        return self.value.partition(":")[0].strip()

    def load(self) -> object:
        """Import the module and return what the value names there. Raises whatever the code there raises."""
        loaded: object = import_module(self.module)
        for name in filter(None, self.value.partition(":")[2].strip().split(".")):
            loaded = getattr(loaded, name)
        return loaded


def entry_points_of(group: str) -> list[EntryPoint]:
    """Return the entry points of a group by name."""
    return read_entry_points().get(group, [])


@cache
def read_entry_points() -> dict[str, list[EntryPoint]]:
    """Return the entry points in the groups of this project, by name in each group."""
    groups: dict[str, list[EntryPoint]] = {VENDORS_GROUP: [], DATA_GROUP: []}
    for folder in _metadata_folders().values():
        points: list[EntryPoint] = []
        for line in map(str.strip, _read(folder, "entry_points.txt").splitlines()):
            if line.startswith("["):
                points = groups.get(line.strip("[]"), [])
            elif "=" in line and not line.startswith("#"):
                name, _, value = line.partition("=")
                points.append(EntryPoint(name.strip(), value.strip(), folder))
    return {group: sorted(points) for group, points in groups.items()}


def is_installed(package: str) -> bool:
    """Return whether a package is installed."""
    return _normalize(package) in _metadata_folders()


def describe_entry_point(point: EntryPoint) -> str:
    """Return the place of an entry point in words: `the entry point reap = pack.reap:VENDOR of pack 1.2`."""
    return f"the entry point {point.name} = {point.value} of {_describe_package(point.metadata)}"


def _metadata_folders() -> dict[str, str]:
    """Return the folder of metadata of each installed package, by its normalized name."""
    folders: dict[str, str] = {}
    for place in sys.path:
        try:
            names = os.listdir(place or ".")
        except OSError:
            # Python puts the archive of its library on the path, whether it exists or not.
            continue
        for name in names:
            if name.endswith(_FOLDER_KINDS):
                folders.setdefault(_normalize(name.rpartition(".")[0].partition("-")[0]), os.path.join(place, name))
    return folders


def _normalize(package: str) -> str:
    return re.sub(r"[-_.]+", "_", package).lower()


@cache
def _describe_package(folder: str) -> str:
    """Return the name and version of a package, from the head of its metadata."""
    text = _read(folder, "METADATA") or _read(folder, "PKG-INFO")
    fields = dict(line.partition(": ")[::2] for line in text.partition("\n\n")[0].splitlines())
    return " ".join(fields[name] for name in ("Name", "Version") if name in fields) or os.path.basename(folder)


def _read(folder: str, name: str) -> str:
    """Return the text of a file in a folder; an empty one if it is not there."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
