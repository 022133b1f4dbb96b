"""The scenarios that API keys and sessions can name: the server's own, and what was uploaded or read again since."""

import asyncio
from collections.abc import Callable

from mockserver.scenario.model import Scenario


class ScenarioCatalogue:
    """The scenarios of one server; an uploaded one wins over the server's own of the same name."""

    def __init__(self, find_own: Callable[[str], Scenario | None], own_names: Callable[[], list[str]]) -> None:
        self.find_own = find_own
        self.own_names = own_names
        self.uploaded: dict[str, Scenario] = {}
        """By name."""
        self.reread: dict[str, Scenario] = {}
        """Files that were read again while the server runs, by name (`serve --watch`)."""
        self.broken: dict[str, str] = {}
        """Names of scenarios whose files cannot be read again, with the hint for their sessions' answers."""
        self.upload_lock = asyncio.Lock()
        """Held while an upload is parsed, so that a server that stops waits for one of them at most."""

    def find(self, name: str) -> Scenario | None:
        """Return the scenario of that name, or None."""
        return self.uploaded.get(name) or self.reread.get(name) or self.find_own(name)

    def names(self) -> list[str]:
        """Return all names, in alphabetical order."""
        return sorted({*self.uploaded, *self.own_names()})

    def newest(self, scenario: Scenario) -> Scenario:
        """Return the scenario of that name that was uploaded or read again, if there is one, else itself."""
        return self.uploaded.get(scenario.name) or self.reread.get(scenario.name) or scenario
