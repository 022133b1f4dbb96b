"""Every bundled play passes on a server that keeps its sessions, and the next server has them as they were."""

from pathlib import Path
from typing import Any

import pytest

from mockserver.core.clock import Clock
from mockserver.installed import installed_vendors
from mockserver.runner.play.results import PlayOutcome
from mockserver.runner.targets.factories import DEFAULT_START, mock_server_targets
from mockserver.server.clock import wall_clock
from mockserver.stores.sqlite import SqliteLog
from tests.support.bundled_scenarios import FILES, failures_of, scenario, suite
from tests.support.fake_server import FakeServer, fake_server

SHOWN = ("clock", "jobs", "ledger", "faults", "limits", "webhooks", "holds", "journal")
"""Admin calls that show what a session is."""


def kept_server(store: Path) -> Any:
    known = [scenario(name) for name in FILES]
    return fake_server(
        known=known,
        judged=False,
        vendors=installed_vendors(),
        clock=lambda real: Clock(real, DEFAULT_START, 0.0),
        log=SqliteLog(store, wall_clock()),
    )


def pictures(server: FakeServer) -> dict[str, dict[str, Any]]:
    """Return what every session shows of itself."""
    return {name: {call: server.admin(call, session=name) for call in SHOWN} for name in server.hub.names()}


def test_plays_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = tmp_path / "sessions.db"
    with kept_server(store) as server:
        failures = []
        # A play deletes its session at its end: here it stays, to be compared.
        monkeypatch.setattr(server.hub, "delete", lambda name: True)
        for name in FILES:
            found = suite(mock_server_targets(server.url)).play(scenario(name))
            if found.outcome is not PlayOutcome.OK:
                failures += failures_of(found)
        assert failures == []
        before = pictures(server)
        assert len(before) >= len(FILES)
    with kept_server(store) as server:
        after = pictures(server)
        assert after.keys() == before.keys()
        for name in before:
            assert after[name] == before[name]
