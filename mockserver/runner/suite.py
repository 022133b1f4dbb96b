"""Plays many scenarios, each on a target of its own."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from mockserver.core.clock import Clock
from mockserver.core.instants import Instant, parse_instant
from mockserver.engine.routing import Router
from mockserver.engine.session import Session, Setup
from mockserver.engine.store import Store
from mockserver.runner.judging import Judge, errors_of
from mockserver.runner.play import Played, Player
from mockserver.runner.targets import InProcess, Live, OverHttp, Place, Target
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Era, Vendor

START: Final[Instant] = parse_instant("2026-09-01T12:00:00Z") or 0
"""Where virtual time begins unless a scenario says otherwise: the same in every run."""
SEED: Final = "0"

MakeTarget = Callable[[Scenario, Era], Target]


class Suite:
    """Plays scenarios one after the other; judges, routers and captures are shared."""

    def __init__(self, vendors: Mapping[str, Vendor], make_target: MakeTarget) -> None:
        self._vendors = vendors
        self._make_target = make_target
        self._judges: dict[str, Judge] = {}

    def era(self, scenario: Scenario) -> Era:
        """The era that a scenario is played in."""
        era = self._vendors[scenario.vendor].era(scenario.date)
        assert era is not None  # noqa: S101 -- a scenario with an unknown era does not load
        return era

    def play(self, scenario: Scenario) -> Played:
        """Play one scenario."""
        era = self.era(scenario)
        judge = self._judges.get(era.pin)
        if judge is None:
            judge = self._judges[era.pin] = errors_of(era)
        with _letting_go(self._make_target(scenario, era)) as target:
            return Player(scenario, era, target, judge).play()


@contextmanager
def _letting_go(target: Target) -> Iterator[Target]:
    try:
        yield target
    finally:
        target.close()


def in_process(make_store: Callable[[Era], Store], seed: str = SEED) -> MakeTarget:
    """The engine itself, at a fixed instant."""
    routers: dict[str, Router] = {}

    def make(scenario: Scenario, era: Era) -> Target:
        router = routers.setdefault(era.pin, Router(era.operations))
        start = scenario.clock.start if scenario.clock.start is not None else START
        setup = Setup(
            name="default",
            eras={era.vendor: era},
            clock=Clock(0, start, 0.0),
            seed=scenario.seed or seed,
            make_store=make_store,
            scripts={era.vendor: scenario.script},
            scenario=scenario.name,
            routers={era.pin: router},
        )
        return InProcess(Session(setup), era.vendor)

    return make


def over_http(base_url: str, seed: str = "") -> MakeTarget:
    """A server of ours: each play has a session of its own there."""

    def make(scenario: Scenario, era: Era) -> Target:
        tag = hashlib.sha256(f"{scenario.path}\0{scenario.name}".encode()).hexdigest()[:8]
        return OverHttp(base_url, Place(f"play-{scenario.name}-{tag}", scenario.name, seed or scenario.seed))

    return make


def live(base_url: str) -> MakeTarget:
    """Somebody's API; its time is the world's."""
    return lambda scenario, era: Live(base_url)
