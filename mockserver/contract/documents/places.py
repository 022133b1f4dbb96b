"""The folders that contracts are read from, and the one that has the contract of a vendor.

They are the project's own `./contracts`, the bundled one, and those of installed packages. A contract is the folder of
a vendor with captures in it. One vendor has one contract: two of them are refused, unless they are copies.

A server sees a contract that is added while it runs. Who judges thousands of recordings need not: within
`contracts_at_rest` every question about the folders is answered once.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from mockserver.data import data_folder, data_places, is_data_file
from mockserver.errors import refuse, refuse_unknown
from mockserver.packages import VENDORS_GROUP, entry_points_of

CAPTURES_FOLDER: Final = "captures"
_SUFFIXES: Final = (".yaml",)

Params = ParamSpec("Params")
ResultT = TypeVar("ResultT")
_answers: list[dict[Any, Any]] = []
"""What was answered so far, by question; no mapping outside of `contracts_at_rest`."""


@contextmanager
def contracts_at_rest() -> Iterator[None]:
    """Look at the folders of contracts once within the block: nothing changes in them."""
    _answers.append(_answers[-1] if _answers else {})
    try:
        yield
    finally:
        _answers.pop()


def _once_at_rest(look_up: Callable[Params, ResultT]) -> Callable[Params, ResultT]:
    """Let a function look once within `contracts_at_rest`, and each time outside of it; errors are not kept."""

    @wraps(look_up)
    def look_up_once(*args: Params.args, **kwargs: Params.kwargs) -> ResultT:
        if not _answers:
            return look_up(*args, **kwargs)
        known, question = _answers[-1], (look_up.__name__, args, *kwargs.items())
        if question not in known:
            known[question] = look_up(*args, **kwargs)
        answer: ResultT = known[question]
        return answer

    return look_up_once


@_once_at_rest
def common_folder(root: Path | None) -> Path:
    """Return the folder with the rules for all vendors: `root`, else the bundled contracts."""
    return root or data_folder("contracts")


@_once_at_rest
def contract_folders(root: Path | None) -> list[Path]:
    """Return the folders that have contracts of vendors: `root` alone, else all."""
    return [root] if root is not None else [place.folder for place in data_places("contracts")]


@_once_at_rest
def captured_vendors(root: Path | None = None) -> tuple[str, ...]:
    """Return the vendors that have captures, in alphabetical order."""
    return tuple(sorted(_vendors_in(contract_folders(root))))


@_once_at_rest
def waiting_vendors(root: Path | None = None) -> frozenset[str]:
    """Return the vendors of bundled packs: recognised last, a pack changes no other vendor's report."""
    if root is not None:
        return frozenset()
    served = {point.name for point in entry_points_of(VENDORS_GROUP)}
    others = (place.folder for place in data_places("contracts") if place.origin != "bundled")
    return _vendors_in([data_folder("contracts")]) - served - _vendors_in(others)


def _vendors_in(folders: Iterable[Path]) -> frozenset[str]:
    return frozenset(place.parent.name for folder in folders for place in folder.glob(f"*/{CAPTURES_FOLDER}/"))


def is_bundled(vendor: str, root: Path | None = None) -> bool:
    """Return True for a vendor whose contract is bundled."""
    return (common_folder(root) / vendor / CAPTURES_FOLDER).is_dir()


@_once_at_rest
def contract_folder(vendor: str, root: Path | None = None) -> Path:
    """Return the folder with the captures, the rules and the waivers of a vendor.

    Raises `MockError`: CON005 for a vendor without captures, CON011 for one that has them in several places.
    """
    places = [folder / vendor for folder in contract_folders(root)]
    found = [place for place in places if eras_in(place)]
    if not found:
        known = captured_vendors(root)
        raise refuse_unknown("CON005", "vendor", vendor, known, f"Vendors: {', '.join(known)}.")
    if any(_contents(other) != _contents(found[0]) for other in found[1:]):
        paths = " and ".join(map(str, found))
        hint = "Remove one of them, or give it the name of another vendor: none of them is used."
        raise refuse("CON011", f"there are {len(found)} contracts of {vendor!r}: {paths}", hint)
    return found[0]


@_once_at_rest
def eras_in(contract: Path) -> tuple[str, ...]:
    """Return the eras that a contract's folder has captures of, oldest first."""
    captures = (contract / CAPTURES_FOLDER).glob("*")
    return tuple(sorted(path.stem for path in captures if is_data_file(path, _SUFFIXES)))


def _contents(folder: Path) -> dict[str, bytes]:
    """Return the contract's files by path: a checkout beside an installation has the same ones."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files if is_data_file(path, _SUFFIXES)}
