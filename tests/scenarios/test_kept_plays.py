"""Every bundled play passes on a server that keeps its sessions, and the next server has them as they were."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.core.clock import Clock
from mockserver.installed import installed_vendors
from mockserver.runner.play.results import PlayOutcome
from mockserver.runner.targets.factories import DEFAULT_START, mock_server_targets
from mockserver.server.clock import wall_clock
from mockserver.stores.log import OwnLog, SessionLog
from mockserver.stores.open_log import open_log
from tests.support.bundled_scenarios import FILES, failures_of, scenario, suite
from tests.support.fake_server import FakeServer, fake_server
from tests.support.redis_server import RedisServer

SHOWN = ("clock", "jobs", "ledger", "faults", "limits", "webhooks", "holds")
"""Admin calls that show what a session is."""
PARTS = 8
"""Stores that the plays are spread over: a call about all sessions takes the longer, the more a store has."""


@pytest.fixture(params=["sqlite", "redis"])
def opened(request: pytest.FixtureRequest, redis: RedisServer, tmp_path: Path) -> Callable[[], SessionLog]:
    """Return what opens one store, for one server after another."""
    location = {"sqlite": f"sqlite:{tmp_path}/sessions.db", "redis": redis.url}[request.param]

    def open_it() -> SessionLog:
        log = open_log(location, wall_clock())
        assert log is not None
        return log

    return open_it


def kept_server(log: SessionLog) -> Any:
    known = [scenario(name) for name in FILES]
    return fake_server(
        known=known,
        judged=False,
        vendors=installed_vendors(),
        clock=lambda real: Clock(real, DEFAULT_START, 0.0),
        log=log,
    )


def pictures(server: FakeServer, names: list[str], shown: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return what sessions show of themselves."""
    return {name: {call: server.admin(call, session=name) for call in shown} for name in names}


@pytest.mark.parametrize("part", range(PARTS))
def test_plays_are_kept(part: int, opened: Callable[[], SessionLog], monkeypatch: pytest.MonkeyPatch) -> None:
    log = opened()
    # A journal is kept by the one server of a store; of several each has its own.
    shown = (*SHOWN, "journal") if isinstance(log, OwnLog) else SHOWN
    with kept_server(log) as server:
        failures = []
        # A play deletes its session at its end: here it stays, to be compared.
        monkeypatch.setattr(server.hub, "delete", lambda name: True)
        tried = list(FILES)[part::PARTS]
        for name in tried:
            found = suite(mock_server_targets(server.url)).play(scenario(name))
            if found.outcome is not PlayOutcome.OK:
                failures += failures_of(found)
        assert failures == []
        names = sorted(server.hub.names())
        before = pictures(server, names, shown)
        assert len(names) >= len(tried)
    with kept_server(opened()) as server:
        listed = [each["name"] for each in server.admin("sessions")["sessions"]]
        assert sorted(listed) == names
        after = pictures(server, names, shown)
        for name in names:
            assert after[name] == before[name]
