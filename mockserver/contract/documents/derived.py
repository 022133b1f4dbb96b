"""Contracts without a document: those of vendors without captures, derived from the vendors' own tables.

The contract knows no vendor. A caller that has the tables says how a contract is derived from them
(`deriving_with`); it is asked for vendors that have no captures, and only if no folder of contracts is named.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mockserver.contract.documents.places import captured_vendors

DERIVED_FROM: Final = "the vendor's own tables"


@dataclass(frozen=True, eq=False)
class DerivedContract:
    """The contract of one vendor as documents, by era."""

    captures: Mapping[str, Mapping[str, Any]]
    """OpenAPI documents."""
    resources: Mapping[str, Mapping[str, Any]]
    """The `resources` of a rules file."""


@dataclass(frozen=True)
class Derivation:
    """A source of derived contracts."""

    vendors: Callable[[], Iterable[str]]
    """Returns the names of all vendors that have tables."""
    derive: Callable[[str], DerivedContract | None]
    """Derives the contract of a vendor; None for a name that is no vendor's."""


class _Derived:
    """The contracts that were derived so far."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self._contracts: dict[str, DerivedContract | None] = {}

    def contract(self, vendor: str) -> DerivedContract | None:
        """Return the contract of a vendor, derived when it is first asked for."""
        if vendor not in self._contracts:
            self._contracts[vendor] = self.derivation.derive(vendor)
        return self._contracts[vendor]


_active: Final[list[_Derived]] = []
"""The last one counts."""


@contextmanager
def deriving_with(derivation: Derivation) -> Iterator[None]:
    """Derive the contracts of vendors without captures so, until the end of the `with`."""
    _active.append(_Derived(derivation))
    try:
        yield
    finally:
        _active.pop()


def active_derivation() -> Derivation | None:
    """Return how contracts are derived at present, for a process that is to do the same; None: they are not."""
    return _active[-1].derivation if _active else None


def derived_contract(vendor: str, root: Path | None) -> DerivedContract | None:
    """Return the derived contract of a vendor.

    None if it has captures or no tables, or if contracts are read from the folder `root` alone. Raises `MockError` of a
    vendor that cannot be loaded.
    """
    if root is not None or not _active or vendor in captured_vendors():
        return None
    return _active[-1].contract(vendor)


def derivable_vendors(root: Path | None) -> frozenset[str]:
    """Return the vendors that have tables and no captures; none if contracts are read from the folder `root` alone."""
    if root is not None or not _active:
        return frozenset()
    return frozenset(_active[-1].derivation.vendors()).difference(captured_vendors())
