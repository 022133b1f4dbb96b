"""What a session is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mockserver.core.clock import Clock
from mockserver.core.wire import Exchange
from mockserver.engine.router import Router
from mockserver.engine.store import Store
from mockserver.vendors.api import Era
from mockserver.vendors.script import Script
from mockserver.vendors.webhook_endpoint import WebhookEndpoint

AnswerObserver = Callable[[str, Exchange], None]
"""Called with a vendor's pin and each exchange: how the tests judge every answer."""

AnswerChecker = Callable[[str, str, Exchange], tuple[str, ...]]
"""Asked of each exchange before it is answered, with the session's `name@epoch` and the vendor's pin: the rules that
the answer breaks, the worst first. It is how `serve --check` judges."""


@dataclass(frozen=True)
class SessionSetup:
    """What a session is made of, and made of anew after a reset."""

    name: str
    eras: Mapping[str, Era]
    """Each vendor's era in this session."""
    clock: Clock
    seed: str
    make_store: Callable[[Era], Store]
    scripts: Mapping[str, Script] = field(default_factory=dict)
    """By vendor; a vendor without one does as the vendor does."""
    endpoints: Mapping[str, WebhookEndpoint] = field(default_factory=dict)
    """The server's own webhook endpoints by vendor, where the scenario names none."""
    scenario_name: str = ""
    observers: tuple[AnswerObserver, ...] = ()
    checker: AnswerChecker | None = None
    routers: Mapping[str, Router] = field(default_factory=dict)
    """By pin, shared between sessions; a missing one is built."""
