"""A server that keeps its sessions answers as one with its sessions in memory: the vendors' clients find no difference.

Its plays are in `tests/scenarios/test_kept_plays.py`, its laws in `tests/properties`.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.redis_server import RedisServer

CLIENTS = ("phaseo_cancel", "phaseo_webhooks", "reap", "twelvelabs_tasks", "sessions")
"""Tests of the vendors' clients that are run with each store; all of them pass, and take minutes."""


def run_clients(store: str) -> None:
    """Run the tests of the vendors' clients with a store for each server: `{server}` becomes its number."""
    plain = ("-q", "-p", "no:cacheprovider", "-p", "no:schemathesis", "-o", "addopts=--import-mode=importlib")
    files = [f"tests/integration/sdk/test_{name}.py" for name in CLIENTS]
    command = [sys.executable, "-m", "pytest", *plain, *files]
    environment = {**os.environ, "MOCKSERVER_TEST_STORE": store}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout[-3_000:]


@pytest.mark.parametrize("store", ["sqlite", "redis"])
def test_the_vendors_clients_find_no_difference(store: str, redis: RedisServer, tmp_path: Path) -> None:
    locations = {"sqlite": f"sqlite:{tmp_path}/{{server}}.db", "redis": f"{redis.url}?prefix=test{{server}}"}
    run_clients(locations[store])
    used = {"sqlite": list(tmp_path.glob("*.db")), "redis": redis.client.keys("*")}
    assert used[store], "no server has used the store"
