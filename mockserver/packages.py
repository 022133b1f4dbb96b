"""The entry points of the installed packages: what they add to this one.

Read without `importlib.metadata`, which takes long to import: each installer leaves a folder `pottery-1.2.dist-info`
beside the package. Of two of one name, the first on `sys.path` counts.
"""

import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, reduce
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

VENDORS_GROUP: Final = "mockserver.vendors"
"""Vendors: `pottery = "pottery_mock:VENDOR"`."""
DATA_GROUP: Final = "mockserver.data"
"""Folders with contracts, scenarios and packs: `pottery = "pottery_mock.data"`."""


class EntryPoint(NamedTuple):
    """One name that a package adds to a group; `value` is a module, or an attribute of one: `pottery_mock:VENDOR`."""

    name: str
    value: str
    metadata_folder: str

    def load(self) -> object:
        """Import what the value names, and return it. Raises whatever the code there raises."""
        module, _, path = "".join(self.value.partition("[")[0].split()).partition(":")
        return reduce(getattr, filter(None, path.split(".")), import_module(module))


def entry_points_of(group: str) -> list[EntryPoint]:
    """Return the entry points of a group by name."""
    return sorted(all_entry_points().get(group, ()))


@cache
def all_entry_points() -> Mapping[str, list[EntryPoint]]:
    """Return the entry points of all packages, by their group; the files are read once in the life of a process."""
    groups: dict[str, list[EntryPoint]] = {}
    for folder in _metadata_folders().values():
        group = ""
        for line in _entry_points_text(folder).splitlines():
            name, mark, value = line.partition("=")
            if line.startswith("["):
                group = line.strip("[] ")
            elif mark and not name.startswith("#"):
                groups.setdefault(group, []).append(EntryPoint(name.strip(), value.strip(), folder))
    return groups


def is_installed(package: str) -> bool:
    """Return True if a package is installed, given by its normalized name."""
    return package in _metadata_folders()


def describe_entry_point(point: EntryPoint) -> str:
    """Return the place of an entry point in words: `the entry point reap = pack.reap:VENDOR of pack 1.2`."""
    name, _, version = Path(point.metadata_folder).stem.partition("-")
    return f"the entry point {point.name} = {point.value} of {name.replace('_', '-')} {version}".rstrip()


def _metadata_folders() -> dict[str, str]:
    """Return the folder of metadata of each installed package, by its normalized name."""
    folders: dict[str, str] = {}
    for place in sys.path:
        with suppress(OSError):  # an archive, or nothing at all
            for name in os.listdir(place or "."):
                if name.endswith((".dist-info", ".egg-info")):
                    package = name.rpartition(".")[0].partition("-")[0]
                    folders.setdefault(re.sub(r"[-_.]+", "-", package).lower(), os.path.join(place, name))
    return folders


def _entry_points_text(folder: str) -> str:
    """Return what a folder of metadata says of entry points; empty if it says nothing."""
    # No `Path`: there are as many files as packages, and a start would notice it.
    with suppress(OSError), open(os.path.join(folder, "entry_points.txt"), encoding="utf-8", errors="replace") as file:
        return file.read()
    return ""
