"""The mapping from a vendor's name to the vendor, which loads a vendor when it is first looked up.

Names are known without an import. A vendor that cannot be loaded is an error of that vendor, raised when it is looked
up; the others live.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from mockserver.errors import MockError, Problem
from mockserver.installed.loader import ambiguous, load_vendor
from mockserver.installed.pack_calls import has_call
from mockserver.installed.sources import VendorSource, entry_point_sources, pack_sources
from mockserver.vendors.model import Vendor


class InstalledVendors(Mapping[str, Vendor]):
    """Vendors by name, in alphabetical order. Looking one up raises `MockError` VEN004 to VEN006 if it is unusable."""

    def __init__(self, sources: Iterable[VendorSource]) -> None:
        self._sources: dict[str, list[VendorSource]] = {}
        for source in sorted(sources, key=lambda each: each.name):
            self._sources.setdefault(source.name, []).append(source)
        self._loaded: dict[str, Vendor] = {}
        self._failures: dict[str, MockError] = {}

    def __getitem__(self, name: str) -> Vendor:
        if name not in self._loaded:
            if name not in self._failures:
                self._load(name)
            if name in self._failures:
                raise self._failures[name]
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def __contains__(self, name: object) -> bool:
        # The inherited method would load the vendor.
        return name in self._sources

    def pack_of(self, name: str) -> Path | None:
        """Return the file of a vendor that is a pack; None for another one."""
        return next((each.pack for each in self._sources.get(name, ())), None)

    @property
    def default_names(self) -> tuple[str, ...]:
        """The names of the vendors that a server serves unasked: all but the bundled packs."""
        return tuple(name for name, sources in self._sources.items() if any(each.is_default for each in sources))

    @property
    def waiting_names(self) -> tuple[str, ...]:
        """The names of the other ones, which wait until something names them."""
        return tuple(name for name in self if name not in self.default_names)

    def waiting_with_call(self, method: str, path: str) -> list[str]:
        """Return the names of the waiting packs that seem to have a call; none of them is loaded."""
        return [
            name
            for name in self.waiting_names
            for source in self._sources[name]
            if source.pack is not None and has_call(source.pack, method, path)
        ]

    def served(self, *named: str) -> dict[str, Vendor]:
        """Load the vendors that a server serves: the default ones that are usable, and those that are named.

        Raises `MockError` VEN004 to VEN006 for an unusable one that is named; a name that no vendor has is left out.
        """
        names = sorted({*self.default_names, *(name for name in named if name in self)})
        for name in named:
            self.get(name)
        return self._usable(names)

    def usable(self) -> dict[str, Vendor]:
        """Load every vendor; those that cannot be loaded are left out."""
        return self._usable(self)

    def problems(self, names: Iterable[str]) -> list[Problem]:
        """Return one problem for each of the vendors with these names that cannot be loaded.

        Those in its file are left out: they are in the error that a look-up raises.
        """
        self._usable(names)
        return [self._failures[name].problems[0] for name in names if name in self._failures]

    def _usable(self, names: Iterable[str]) -> dict[str, Vendor]:
        found: dict[str, Vendor] = {}
        for name in names:
            try:
                found[name] = self[name]
            except MockError:
                # `problems` reports it.
                continue
        return found

    def _load(self, name: str) -> None:
        sources = self._sources[name]
        if len(sources) > 1:
            self._failures[name] = MockError(ambiguous(sources))
            return
        try:
            self._loaded[name] = load_vendor(sources[0])
        except MockError as error:
            self._failures[name] = error


def installed_vendors() -> InstalledVendors:
    """Return the vendors of this installation, and those of the folder in which the command runs."""
    return InstalledVendors([*entry_point_sources(), *pack_sources()])
