"""Plays many scenarios, each on a target of its own."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from mockserver.core.clock import Clock
from mockserver.core.instants import LONGEST, Duration, Instant, parse_instant
from mockserver.engine.routing import Router
from mockserver.engine.session import Session
from mockserver.engine.setup import Setup
from mockserver.engine.store import Store
from mockserver.errors import refuse
from mockserver.runner.judging import Judge
from mockserver.runner.play import KEY, Player
from mockserver.runner.played import Played
from mockserver.runner.targets.api import Target
from mockserver.runner.targets.in_process import InProcess
from mockserver.runner.targets.live import Live
from mockserver.runner.targets.over_http import OverHttp, Place
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Era, Vendor

START: Final[Instant] = parse_instant("2026-09-01T12:00:00Z") or 0
"""Where virtual time begins unless a scenario says otherwise: the same in every run."""
SEED: Final = "0"

MakeTarget = Callable[[Scenario, Era], Target]


class Suite:
    """Plays scenarios one after the other; routers and captures are shared, each play has a judge of its own."""

    def __init__(self, vendors: Mapping[str, Vendor], make_target: MakeTarget, key: str = KEY) -> None:
        self._vendors = vendors
        self._make_target = make_target
        self._key = key
        """The API key of every request that names no other."""

    def era(self, scenario: Scenario) -> Era:
        """The era that a scenario is played in."""
        era = self._vendors[scenario.vendor].era(scenario.date)
        assert era is not None  # noqa: S101 -- a scenario with an unknown era does not load
        return era

    def play(self, scenario: Scenario) -> Played:
        """Play one scenario."""
        era = self.era(scenario)
        with _letting_go(self._make_target(scenario, era)) as target:
            judge = Judge(era, alone=target.ours and not _moves(scenario))
            return Player(scenario, era, target, judge, self._key).play()


def _moves(scenario: Scenario) -> bool:
    """Whether the play moves a job otherwise than by the vendor's API."""
    return any(step.move for step in scenario.play)


@contextmanager
def _letting_go(target: Target) -> Iterator[Target]:
    try:
        yield target
    finally:
        target.close()


def in_process(make_store: Callable[[Era], Store], seed: str = "") -> MakeTarget:
    """The engine itself, at a fixed instant; a seed here wins over the scenarios' own."""
    routers: dict[str, Router] = {}

    def make(scenario: Scenario, era: Era) -> Target:
        router = routers.setdefault(era.pin, Router(era.operations))
        start = scenario.clock.start if scenario.clock.start is not None else START
        setup = Setup(
            name="default",
            eras={era.vendor: era},
            clock=Clock(0, start, 0.0),
            seed=seed or scenario.seed or SEED,
            make_store=make_store,
            scripts={era.vendor: scenario.script},
            scenario=scenario.name,
            routers={era.pin: router},
        )
        return InProcess(Session(setup), era.vendor)

    return make


def over_http(base_url: str, seed: str = "", *, token: str = "", run: str = "") -> MakeTarget:
    """A server of ours: each play has a session of its own there.

    `run` tells this run's sessions from those of another run on the same server.
    """

    def make(scenario: Scenario, era: Era) -> Target:
        tag = hashlib.sha256(f"{scenario.path}\0{scenario.name}\0{run}".encode()).hexdigest()[:8]
        place = Place(f"play-{scenario.name}-{tag}", scenario.name, seed or scenario.seed)
        target = OverHttp(
            base_url, place, token, lossy=bool(scenario.script.faults), settles=scenario.script.webhooks is not None
        )
        plays = target.made.get("vendors", {}).get(era.vendor, era.date)
        if plays != era.date:
            target.close()
            raise refuse(
                "RUN005",
                f"{scenario.name} names no era; {base_url} plays it as {era.vendor}@{plays}, we would as {era.pin}",
                f"Pin the file: `vendor: {era.vendor}@{plays}`.",
            )
        return target

    return make


def live(base_url: str, *, sleep: Callable[[float], None] | None = None, patience: Duration = LONGEST) -> MakeTarget:
    """Somebody's API; its time is the world's."""
    waiting = {} if sleep is None else {"sleep": sleep}
    return lambda scenario, era: Live(base_url, patience=patience, **waiting)


def bare_url(base_url: str, vendors: Mapping[str, Vendor]) -> str:
    """The URL that the vendors' paths go behind: people also give that of an SDK, which ends with the first of them."""
    plain = base_url.rstrip("/")
    prefixes = {era.prefix for vendor in vendors.values() for era in vendor.eras}
    ends = sorted((prefix for prefix in prefixes if prefix and plain.endswith(prefix)), key=len)
    return plain.removesuffix(ends[-1]) if ends else plain
