"""How a session begins: its clock, its eras, its seed and its scripts, from the server's settings and its scenarios.

What a session is called and how long it lives is the registry's matter (`sessions`).
"""

from collections.abc import Callable, Mapping

from mockserver.core.clock import Clock, ClockMode
from mockserver.core.instants import Instant
from mockserver.engine.router import Router
from mockserver.engine.setup import SessionSetup
from mockserver.engine.store import Store
from mockserver.scenario.model import Scenario
from mockserver.server.settings import ServerSettings
from mockserver.vendors.api import Era


class SessionEras(dict[str, Era]):
    """The eras of a session by vendor; a vendor that is named later is added when its era is first looked up."""

    def __init__(self, eras: Mapping[str, Era], find_era: Callable[[str], Era]) -> None:
        super().__init__(eras)
        self._find_era = find_era

    def __missing__(self, vendor: str) -> Era:
        self[vendor] = self._find_era(vendor)
        return self[vendor]


class SessionFactory:
    """Makes the beginnings of one server's sessions."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._routers: dict[str, Router] = {}
        self.serves_others = False
        """True once a session serves a vendor that the server does not serve unasked."""

    def router(self, era: Era) -> Router:
        """Return an era's router; all sessions share it."""
        if era.pin not in self._routers:
            self._routers[era.pin] = Router(era.operations)
        return self._routers[era.pin]

    def initial_clock(self, scenarios: tuple[Scenario, ...], mode: ClockMode | None, wall_now: Instant) -> Clock:
        """Return a session's first clock: by request, else as its one scenario has it, else as the server has it."""
        clock = self._settings.clock(wall_now)
        start = clock.session_start
        if len(scenarios) == 1:
            own = scenarios[0].clock
            if own.start is not None:
                start = own.start
            mode = mode or own.mode
        if mode is None:
            mode = ClockMode(clock.rate, clock.poll_step)
        return mode.start(wall_now, start, clock.resume_rate)

    def initial_eras(self, scenarios: tuple[Scenario, ...], requested: Mapping[str, Era]) -> dict[str, Era]:
        """Return a session's eras by vendor: requested, else of its scenarios, else the server's."""
        eras = {**self._settings.eras, **requested}
        # The era that a scenario pins is part of it.
        for scenario in scenarios:
            if scenario.date or scenario.vendor not in eras:
                eras[scenario.vendor] = self._settings.era_for(scenario)
        return eras

    def make_setup(
        self,
        name: str,
        clock: Clock,
        scenarios: tuple[Scenario, ...],
        seed: str,
        requested: Mapping[str, Era],
        *,
        make_store: Callable[[Era], Store],
    ) -> SessionSetup:
        """Return what a session begins with; `requested` are eras by vendor, `seed` is empty where none is wished."""
        settings = self._settings
        eras = self.initial_eras(scenarios, requested)
        self.serves_others |= len(eras) > len(settings.eras)
        scenario_seed = scenarios[0].seed if len(scenarios) == 1 else ""
        return SessionSetup(
            name=name,
            eras=SessionEras(eras, settings.era),
            clock=clock,
            seed=seed or scenario_seed or settings.seed,
            make_store=make_store,
            scripts={scenario.vendor: scenario.script for scenario in scenarios},
            endpoints=settings.hooks,
            scenario_name=", ".join(scenario.name for scenario in scenarios),
            observers=settings.observers,
            checker=settings.checker,
            routers={era.pin: self.router(era) for era in eras.values()},
        )
