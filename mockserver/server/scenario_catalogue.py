"""The scenarios that API keys and sessions can name: the server's own, and those that were uploaded while it runs."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from mockserver.scenario.model import Scenario


@dataclass(slots=True)
class ScenarioCatalogue:
    """The scenarios of one server; an uploaded one wins over the server's own of the same name."""

    find_own: Callable[[str], Scenario | None]
    own_names: Callable[[], list[str]]
    uploaded: dict[str, Scenario] = field(default_factory=dict)
    """By name."""
    upload_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while an upload is parsed, so that a server that stops waits for one of them at most."""

    def find(self, name: str) -> Scenario | None:
        """Return the scenario of that name, or None."""
        return self.uploaded.get(name) or self.find_own(name)

    def names(self) -> list[str]:
        """Return all names, in alphabetical order."""
        return sorted({*self.uploaded, *self.own_names()})

    def newest(self, scenario: Scenario) -> Scenario:
        """Return the uploaded scenario of that name, if there is one, else the scenario itself."""
        return self.uploaded.get(scenario.name, scenario)
