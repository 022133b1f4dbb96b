"""A session as its registry has it: with what it was created from."""

from collections.abc import Mapping
from dataclasses import dataclass

from mockserver.core.clock import ClockMode
from mockserver.core.instants import Instant
from mockserver.engine.session import Session
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Era


@dataclass(slots=True, kw_only=True, eq=False)
class SessionEntry:
    """A session, and what it was created with."""

    session: Session
    scenarios: tuple[Scenario, ...]
    seed: str
    """The requested seed; empty: the scenario's, or the server's."""
    clock_mode: ClockMode | None
    """The requested mode of the clock; None: the scenario's, or the server's."""
    eras: Mapping[str, Era]
    """The requested eras by vendor, in place of the server's."""
    is_private: bool
    """True if its scenario is no other session's: no upload of that name replaces it."""
    last_used: Instant
    bytes_counted: int = 0
    """Its share of `SessionRegistry.retained_bytes`."""
