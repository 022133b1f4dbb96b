"""The settings of a session, from which a reset makes it again."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from mockserver.core.clock import Clock
from mockserver.core.wire import Exchange
from mockserver.engine.router import Router
from mockserver.engine.store import Store
from mockserver.vendors.api import Era
from mockserver.vendors.script import NO_SCRIPT, Script
from mockserver.vendors.webhook_endpoint import WebhookEndpoint

AnswerObserver = Callable[[str, Exchange], None]
"""Called with a vendor's pin and each exchange; the tests judge every answer by it."""

AnswerChecker = Callable[[str, str, Exchange], tuple[str, ...]]
"""Called with the session's `name@epoch`, the vendor's pin and each exchange before its answer is sent; returns the
rules that the answer breaks, the worst first. `serve --check` judges by it."""


class SessionSetup(NamedTuple):
    """The settings of one session."""

    name: str
    eras: Mapping[str, Era]
    """Each vendor's era in this session."""
    clock: Clock
    seed: str
    make_store: Callable[[Era], Store]
    scripts: Mapping[str, Script] = {}
    """By vendor; a vendor without one behaves as documented."""
    endpoints: Mapping[str, WebhookEndpoint] = {}
    """The server's own webhook endpoints by vendor, where the scenario names none."""
    scenario_name: str = ""
    """The names of the scenarios, joined by commas; empty: none is played."""
    observers: tuple[AnswerObserver, ...] = ()
    checker: AnswerChecker | None = None
    routers: Mapping[str, Router] = {}
    """By pin, shared between sessions; a missing one is built."""

    def script(self, vendor: str) -> Script:
        """Return the script that a vendor begins with: the scenario's, with the server's endpoint if it names none."""
        script = self.scripts.get(vendor, NO_SCRIPT)
        if script.webhook_endpoint is None and vendor in self.endpoints:
            return script._replace(webhook_endpoint=self.endpoints[vendor])
        return script
