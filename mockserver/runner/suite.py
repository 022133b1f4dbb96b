"""Plays many scenarios, each on a target of its own."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from mockserver.core.clock import Clock
from mockserver.core.instants import MAX_DURATION, Duration, Instant, parse_instant
from mockserver.engine.router import Router
from mockserver.engine.session.session import Session
from mockserver.engine.session.setup import SessionSetup
from mockserver.engine.store import Store
from mockserver.errors import refuse
from mockserver.runner.judge.judges import PlayJudge
from mockserver.runner.play.player import DEFAULT_API_KEY, Player
from mockserver.runner.play.results import PlayResult
from mockserver.runner.targets.in_process import InProcessTarget
from mockserver.runner.targets.live import LiveTarget
from mockserver.runner.targets.mock_server import MockServerTarget, SessionSpec
from mockserver.runner.targets.target import PlayTarget
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Era, Vendor

DEFAULT_START: Final[Instant] = parse_instant("2026-09-01T12:00:00Z") or 0
"""Where virtual time begins unless a scenario says otherwise: the same in every run."""
DEFAULT_SEED: Final = "0"

TargetFactory = Callable[[Scenario, Era], PlayTarget]


class Suite:
    """Plays scenarios one after the other; routers and captures are shared, each play has a judge of its own."""

    def __init__(
        self, vendors: Mapping[str, Vendor], make_target: TargetFactory, api_key: str = DEFAULT_API_KEY
    ) -> None:
        self._vendors = vendors
        self._make_target = make_target
        self._key = api_key
        """The API key of every request that names no other."""

    def era(self, scenario: Scenario) -> Era:
        """The era that a scenario is played in."""
        era = self._vendors[scenario.vendor].era(scenario.date)
        assert era is not None  # noqa: S101 -- a scenario with an unknown era does not load
        return era

    def play(self, scenario: Scenario) -> PlayResult:
        """Play one scenario."""
        era = self.era(scenario)
        with _closing_target(self._make_target(scenario, era)) as target:
            judge = PlayJudge(era, alone=target.is_mock and not _moves_jobs(scenario))
            return Player(scenario, era, target, judge, self._key).play()


def _moves_jobs(scenario: Scenario) -> bool:
    """Whether the play moves a job otherwise than by the vendor's API."""
    return any(step.move for step in scenario.play)


@contextmanager
def _closing_target(target: PlayTarget) -> Iterator[PlayTarget]:
    try:
        yield target
    finally:
        target.close()


def in_process_targets(make_store: Callable[[Era], Store], seed: str = "") -> TargetFactory:
    """The engine itself, at a fixed instant; a seed here wins over the scenarios' own."""
    routers: dict[str, Router] = {}

    def make(scenario: Scenario, era: Era) -> PlayTarget:
        router = routers.setdefault(era.pin, Router(era.operations))
        start = scenario.clock.start if scenario.clock.start is not None else DEFAULT_START
        setup = SessionSetup(
            name="default",
            eras={era.vendor: era},
            clock=Clock(0, start, 0.0),
            seed=seed or scenario.seed or DEFAULT_SEED,
            make_store=make_store,
            scripts={era.vendor: scenario.script},
            scenario_name=scenario.name,
            routers={era.pin: router},
        )
        return InProcessTarget(Session(setup), era.vendor)

    return make


def mock_server_targets(base_url: str, seed: str = "", *, token: str = "", run_id: str = "") -> TargetFactory:
    """A server of ours: each play has a session of its own there.

    `run` tells this run's sessions from those of another run on the same server.
    """

    def make(scenario: Scenario, era: Era) -> PlayTarget:
        tag = hashlib.sha256(f"{scenario.path}\0{scenario.name}\0{run_id}".encode()).hexdigest()[:8]
        place = SessionSpec(f"play-{scenario.name}-{tag}", scenario.name, seed or scenario.seed)
        target = MockServerTarget(
            base_url,
            place,
            token,
            may_lose_answers=bool(scenario.script.faults),
            runs_due_items=scenario.script.webhook_endpoint is not None,
        )
        plays = target.session_info.get("vendors", {}).get(era.vendor, era.date)
        if plays != era.date:
            target.close()
            raise refuse(
                "RUN005",
                f"{scenario.name} names no era; {base_url} plays it as {era.vendor}@{plays}, we would as {era.pin}",
                f"Pin the file: `vendor: {era.vendor}@{plays}`.",
            )
        return target

    return make


def live_targets(
    base_url: str, *, sleep: Callable[[float], None] | None = None, patience: Duration = MAX_DURATION
) -> TargetFactory:
    """Somebody's API; its time is the world's."""
    waiting = {} if sleep is None else {"sleep": sleep}
    return lambda scenario, era: LiveTarget(base_url, patience=patience, **waiting)


def strip_vendor_prefix(base_url: str, vendors: Mapping[str, Vendor]) -> str:
    """The URL that the vendors' paths go behind: people also give that of an SDK, which ends with the first of them."""
    plain = base_url.rstrip("/")
    prefixes = {era.prefix for vendor in vendors.values() for era in vendor.eras}
    ends = sorted((prefix for prefix in prefixes if prefix and plain.endswith(prefix)), key=len)
    return plain.removesuffix(ends[-1]) if ends else plain
