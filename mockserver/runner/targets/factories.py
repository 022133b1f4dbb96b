"""Factories of targets: for each play an in-process session, a session on a mock server, or a live API."""

import hashlib
from collections.abc import Callable
from typing import Final

from mockserver.core.clock import Clock
from mockserver.core.instants import Duration, Instant, parse_instant
from mockserver.engine.router import Router
from mockserver.engine.session import Session
from mockserver.engine.setup import SessionSetup
from mockserver.engine.store import Store
from mockserver.errors import refuse
from mockserver.runner.targets.in_process import InProcessTarget
from mockserver.runner.targets.live import LiveTarget
from mockserver.runner.targets.mock_server import MockServerTarget, SessionSpec
from mockserver.runner.targets.target import PlayTarget
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Era

DEFAULT_START: Final[Instant] = parse_instant("2026-09-01T12:00:00Z") or 0
"""The start of virtual time unless the scenario sets one: the same in every run."""
DEFAULT_SEED: Final = "0"

TargetFactory = Callable[[Scenario, Era], PlayTarget]
"""Makes the target for one play of a scenario."""


def in_process_targets(make_store: Callable[[Era], Store], seed: str | None = None) -> TargetFactory:
    """Return a factory of in-process targets with a fixed start; `seed` wins over the scenarios' own."""
    routers: dict[str, Router] = {}

    def make_session(scenario: Scenario, era: Era) -> PlayTarget:
        """Make a session of an era, whose router all sessions share."""
        if era.pin not in routers:
            routers[era.pin] = Router(era.operations)
        start = DEFAULT_START if scenario.clock.start is None else scenario.clock.start
        setup = SessionSetup(
            name="default",
            eras={era.vendor: era},
            clock=Clock(0, start, 0.0),
            seed=seed or scenario.seed or DEFAULT_SEED,
            make_store=make_store,
            scripts={era.vendor: scenario.script},
            scenario_name=scenario.name,
            routers=routers,
        )
        return InProcessTarget(Session(setup), era.vendor)

    return make_session


def mock_server_targets(base_url: str, seed: str | None = None, *, token: str = "", run_id: str = "") -> TargetFactory:
    """Return a factory of sessions on a mock server; `run_id` keeps this run's sessions apart from those of others.

    The factory raises `MockError`: RUN002 for a refused admin call, RUN005 if the server would play another era.
    """

    def open_session(scenario: Scenario, era: Era) -> PlayTarget:
        """Open a session on the server, under a name of its own."""
        tag = hashlib.sha256(f"{scenario.path}\0{scenario.name}\0{run_id}".encode()).hexdigest()[:8]
        spec = SessionSpec(f"play-{scenario.name}-{tag}", scenario.name, seed or scenario.seed)
        target = MockServerTarget(
            base_url,
            spec,
            token,
            may_lose_answers=bool(scenario.script.faults),
            runs_due_items=scenario.script.webhook_endpoint is not None,
        )
        server_era = target.session_info.get("vendors", {}).get(era.vendor, era.date)
        if server_era != era.date:
            target.close()
            server_pin = f"{era.vendor}@{server_era}"
            raise refuse(
                "RUN005",
                f"{scenario.name} pins no era: {base_url} would play it as {server_pin}, this run judges by {era.pin}",
                f"Pin the file: `vendor: {server_pin}`.",
            )
        return target

    return open_session


def live_targets(base_url: str, *, sleep: Callable[[float], None], patience: Duration) -> TargetFactory:
    """Return a factory of targets on a live API, where plays wait in real time (`sleep`: seconds)."""
    return lambda scenario, era: LiveTarget(base_url, sleep=sleep, patience=patience)
