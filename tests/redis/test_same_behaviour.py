"""A server with its sessions in Redis answers as one with its sessions in memory: all plays, the vendors' clients."""

import os
import subprocess
import sys

from mockserver.core.clock import Clock
from mockserver.installed import installed_vendors
from mockserver.runner.targets.factories import DEFAULT_START
from tests.redis.conftest import Sharing
from tests.support.paths import ROOT
from tests.support.redis_server import RedisServer

CLIENTS = ("phaseo_cancel", "phaseo_webhooks", "reap", "twelvelabs_tasks", "sessions")
"""Tests of the vendors' clients that are run with each store; all of them pass, and take minutes."""


def run_module(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a module of this interpreter from the project's folder."""
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


def standing_clock(wall_now: int) -> Clock:
    """Return the clock of `mockserver test`."""
    return Clock(wall_now, DEFAULT_START, 0.0)


def test_every_bundled_play_passes(sharing: Sharing) -> None:
    # Some plays name instants: their clock starts where that of `mockserver test` does.
    with sharing(judged=False, vendors=installed_vendors(), clock=standing_clock) as server:
        done = run_module("mockserver", "test", "--base-url", server.url)
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr


def test_the_vendors_clients_find_no_difference(redis: RedisServer) -> None:
    plain = ("-q", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib")
    files = [f"tests/integration/sdk/test_{name}.py" for name in CLIENTS]
    done = run_module("pytest", *plain, *files, MOCKSERVER_TEST_STORE=redis.url)
    assert done.returncode == 0, done.stdout[-3_000:]
    assert redis.client.keys("*"), "no server has used the store"
