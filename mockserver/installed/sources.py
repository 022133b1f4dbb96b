"""The places of vendors: entry points of installed packages, and packs. Nothing is loaded to find them.

A pack is a file `NAME.yaml` in a folder `vendors`: the project's own `./vendors`, the bundled one, or that of an
installed package (see `data`). A bundled pack waits until something names it.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.data import data_places, is_data_file
from mockserver.packages import VENDORS_GROUP, describe_entry_point, entry_points_of

PACK_SUFFIXES: Final = (".yaml", ".yml")
MAX_CACHED_PACKS: Final = 64


class VendorSource(NamedTuple):
    """One place that has a vendor of some name."""

    name: str
    place: str
    """The place in words: `the entry point pottery = pottery_mock:VENDOR of pottery-mock 1.2`."""
    load: Callable[[], object]
    """Returns what is there. Raises whatever the code there raises."""
    is_default: bool = True
    """True if a server serves it unasked; a bundled pack waits until something names it."""
    pack: Path | None = None
    """The file of a pack."""


def entry_point_sources() -> Iterator[VendorSource]:
    """Yield the vendors of installed packages, this project's own included."""
    for point in entry_points_of(VENDORS_GROUP):
        yield VendorSource(point.name, describe_entry_point(point), point.load)


def pack_sources() -> Iterator[VendorSource]:
    """Yield the packs, the bundled ones first; a copy of one of those is none of its own."""
    places = sorted(data_places("vendors"), key=lambda place: place.origin != "bundled")
    bundled: dict[str, Path] = {}
    for place in places:
        is_bundled = place.origin == "bundled"
        for path in sorted(place.folder.iterdir()):
            if not is_data_file(path, PACK_SUFFIXES):
                continue
            if is_bundled:
                bundled[path.name] = path
            elif path.name in bundled and _have_equal_contents(path, bundled[path.name]):
                continue
            load = partial(load_pack_file, path)
            yield VendorSource(path.stem, str(path), load, is_default=not is_bundled, pack=path)


def _have_equal_contents(one: Path, other: Path) -> bool:
    """Return True for two files with the same bytes; False if one cannot be read: the vendor reports it."""
    try:
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False


def load_pack_file(path: Path) -> object:
    """Return the vendor in a pack; an unchanged file is compiled once. Raises `MockError` with all its problems."""
    try:
        stat = path.stat()
    except OSError:
        # Reading it says why.
        return _load_version(path, 0, 0)
    return _load_version(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=MAX_CACHED_PACKS)
def _load_version(path: Path, mtime: int, size: int) -> object:
    # Imported late: most commands need no pack.
    from mockserver.packs.pack import compile_pack

    return compile_pack(path)
