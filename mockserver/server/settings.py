"""The settings of one server, as values; how they are given on a command line is not known here."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from mockserver.core.clock import Clock
from mockserver.core.instants import HOUR, Duration, Instant
from mockserver.engine.setup import AnswerObserver
from mockserver.engine.store import Store
from mockserver.errors import Problem
from mockserver.scenario.model import Scenario
from mockserver.server.memory_limit import DEFAULT_MAX_MEMORY
from mockserver.server.session_judge import SessionJudge
from mockserver.stores.log import SessionLog
from mockserver.vendors.api import Era, Vendor
from mockserver.vendors.webhook_endpoint import WebhookEndpoint


class ServerSettings(NamedTuple):
    """The settings of a server, all of them fixed while it runs."""

    vendors: Mapping[str, Vendor]
    """Every vendor that a request or a scenario can name; one may be loaded when it is first looked up."""
    eras: Mapping[str, Era]
    """The vendors that are served at the bare address, each with its era where no scenario pins another."""
    make_store: Callable[[Era], Store]
    find_scenario: Callable[[str], Scenario | None]
    """Returns a scenario of the server by name, or None."""
    scenario_names: Callable[[], list[str]]
    packs_with_call: Callable[[str, str], Sequence[str]] = lambda method, path: ()
    """Returns the bundled packs that are not served at the bare address and seem to have a call, for hints."""
    scenarios: tuple[Scenario, ...] = ()
    """The scenarios of every session that names none of its own, one for each vendor at most."""
    clock: Callable[[Instant], Clock] = lambda wall_now: Clock(wall_now, wall_now)
    named: frozenset[str] = frozenset()
    """The vendors that the command line names: of several that have a call, such a one gets it."""
    seed: str = "0"
    observers: tuple[AnswerObserver, ...] = ()
    checker: SessionJudge | None = None
    """Judges every answer before it is sent; None: answers are not judged."""
    most_sessions: int = 10_000
    log: SessionLog | None = None
    """Keeps the sessions; None: they end with the server."""
    workers: int = 1
    """Processes that answer at the address, each with journals of its own."""
    max_memory: int = DEFAULT_MAX_MEMORY
    """Bytes of memory that all sessions may take together."""
    most_sockets: int = 1_000
    """Open websockets of one session; a further one is closed at once."""
    idle: Duration = HOUR
    """Sessions without a request for so long are evicted first."""
    check_scenario: Callable[[Scenario, Era], list[Problem]] = lambda scenario, era: []
    """Returns the problems of an uploaded scenario: what it makes the fake answer against the captured contract."""
    hooks: Mapping[str, WebhookEndpoint] = MappingProxyType({})
    """Webhook endpoints by vendor, for sessions whose scenario names none."""
    allowed: tuple[str, ...] = ()
    """Hosts, addresses and networks that webhooks may be posted to, besides this machine."""
    receivers_tls: ssl.SSLContext | None = None
    """Whom webhooks to https receivers trust; None: whom the machine trusts."""
    address: str = "http://127.0.0.1:4810"
    """The server's address for a request without a usable Host header, until the bound port is known."""

    def era(self, vendor: str) -> Era:
        """Return a vendor's era where no scenario pins another: for one that is not in `eras`, its newest.

        Raises KeyError for an unknown vendor, `MockError` for one that cannot be loaded.
        """
        served = self.eras.get(vendor)
        return self.vendors[vendor].eras[-1] if served is None else served

    def era_for(self, scenario: Scenario) -> Era:
        """Return the era that a scenario pins, else the one that the server serves."""
        served = self.era(scenario.vendor)
        if not scenario.date:
            return served
        return self.vendors[scenario.vendor].era(scenario.date) or served
