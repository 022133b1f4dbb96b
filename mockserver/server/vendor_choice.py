"""Chooses the vendor of a request at the bare address, where `/v/NAME` names none.

Theory of operation. The first segment of a path has mostly one vendor, and a request goes there, whether the vendor
has the call or not: its own 404 is the better answer. Where several vendors begin their paths alike, the whole call
decides, method and path, and the path with the fewest parameters; then the path alone. Among equals the vendor wins
that is named: by the scenario of the API key or the session, by the session's creation, by the server's command line.
A call that several have is answered with 300 and their addresses if none of them is named.

A bundled pack is not served at the bare address unless it is named: it is not loaded for that.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from mockserver.core.wire import Request
from mockserver.engine.near_misses import nearest_operations
from mockserver.server.session_entry import SessionEntry
from mockserver.server.sessions import SessionRegistry
from mockserver.vendors.api import Era, Vendor

_KEY_SCENARIO: Final = r"(?:^|\s)scenario:([^#\s]+)"
"""The scenario that an API key names, in whichever header a vendor takes its keys from."""


class VendorChoice(NamedTuple):
    """The vendor of a request; or several that have the call, with none of them named; or none."""

    vendor: str | None = None
    tied: tuple[str, ...] = ()


class VendorChooser:
    """The vendors that one server serves at the bare address, by the first segment of their paths."""

    def __init__(self, registry: SessionRegistry) -> None:
        self._registry = registry
        self._settings = registry.settings
        self._by_segment: dict[str, list[str]] = {}
        self._by_parameter: list[str] = []
        """Vendors with a path that begins with a parameter: any first segment may be theirs."""
        for name in self._settings.eras:
            for segment in first_segments(self._settings.vendors[name]):
                self._by_segment.setdefault(segment, []).append(name)
        self._by_parameter = self._by_segment.pop("", [])

    @property
    def segments(self) -> list[str]:
        """The first segments of paths, in alphabetical order."""
        return sorted(self._by_segment)

    def sole_vendors(self) -> dict[str, str]:
        """Return the first segments that one vendor alone begins its paths with, unless a session names another one."""
        if self._by_parameter:
            return {}
        return {segment: names[0] for segment, names in self._by_segment.items() if len(names) == 1}

    def choose(self, request: Request, path: str, entry: SessionEntry | None) -> VendorChoice:
        """Return the vendor of a request without `/v/NAME`; `entry` is its session, if there is one already."""
        segment = path.partition("/")[2].partition("/")[0]
        preferences = list(self._preferences(request, entry))
        named = {name for group in preferences for name in group if name not in self._settings.eras}
        others = [name for name in sorted(named) if segment in first_segments(self._settings.vendors[name])]
        beginning = [*self._by_segment.get(segment, ()), *others]
        candidates = list(dict.fromkeys((*beginning, *self._by_parameter, *sorted(named))))
        routers = {name: self._registry.factory.router(self._era(name, entry)) for name in candidates}
        matches = {name: router.find(request.method, path) for name, router in routers.items()}
        parameters = {name: len(match.params) for name, match in matches.items() if match is not None}
        having = [name for name, count in parameters.items() if count == min(parameters.values())]
        if having:
            chosen = preferred(having, preferences)
            return VendorChoice(chosen) if chosen is not None else VendorChoice(tied=tuple(having))
        # No vendor has the call. One that begins its paths so refuses it, best one that has the path; else one that
        # has the path without beginning so.
        near = [name for name in beginning if routers[name].allowed(path)] or beginning
        near = near or [name for name in candidates if routers[name].allowed(path)]
        return VendorChoice(preferred(near, preferences) or self._nearest(request, path, near, entry))

    def _preferences(self, request: Request, entry: SessionEntry | None) -> Iterator[Iterable[str]]:
        """Yield the vendors that are named for a request, those that count most first."""
        yield from self._named_by_key(request)
        if entry is None:
            yield [scenario.vendor for scenario in self._settings.scenarios]
        else:
            yield entry.session.setup.scripts
            yield entry.eras
        yield self._settings.named

    def _named_by_key(self, request: Request) -> Iterator[list[str]]:
        """Yield the vendor of the scenario that an API key names."""
        for value in request.headers.values():
            found = re.search(_KEY_SCENARIO, value)
            scenario = self._registry.scenarios.find(found[1]) if found is not None else None
            if scenario is not None:
                yield [scenario.vendor]

    def _era(self, name: str, entry: SessionEntry | None) -> Era:
        eras = self._settings.eras if entry is None else entry.session.setup.eras
        return eras.get(name) or self._settings.era(name)

    def _nearest(self, request: Request, path: str, names: Sequence[str], entry: SessionEntry | None) -> str | None:
        """Return the vendor with the operation that is nearest to a request; the first of equals, None of none."""
        distances = {
            miss.distance: name
            for name in reversed(names)
            for miss in nearest_operations(request.method, path, self._era(name, entry).operations, 1)
        }
        return distances[min(distances)] if distances else None


def first_segments(vendor: Vendor) -> list[str]:
    """Return the first segments of a vendor's paths, each once; an empty text stands for a parameter."""
    found: dict[str, None] = {}
    for era in vendor.eras:
        for operation in era.operations:
            for path in (operation.path, *operation.aliases):
                segment = path.split("/", 2)[1]
                found["" if "{" in segment else segment] = None
    return list(found)


def preferred(names: Sequence[str], preferences: Iterable[Iterable[str]]) -> str | None:
    """Return the only one of `names`, or the one that the first preference names that is about one of them alone."""
    if len(names) == 1:
        return names[0]
    for group in preferences:
        found = [name for name in names if name in group]
        if len(found) == 1:
            return found[0]
    return None
