"""Runs of pytest within a test, as a user of the plugin makes them: in a process of their own, or in this one.

The plugins of this project's own tests are left out: they take longer to import than such a run takes.
"""

import importlib
import sys
from typing import Final

from tests.support.fake_server import fake_server

WITHOUT_OWN_PLUGINS: Final = ("-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:hypothesispytest")
PYTEST: Final = (sys.executable, "-m", "pytest", *WITHOUT_OWN_PLUGINS)
"""The start of a command in a process of its own."""
IN_PROCESS: Final = (*WITHOUT_OWN_PLUGINS, "-o", "asyncio_default_fixture_loop_scope=function")
"""Options of a run by `pytester` in this process, in which every warning is an error."""

LOADED_LATE: Final = (
    *(f"mockserver.testing.{name}" for name in ("plan", "report", "scenario_item", "server", "session", "verdict")),
    "mockserver.server.adapter.server",
    "mockserver.server.admin.routes",
    "mockserver.runner.judge.contract_lint",
    "mockserver.runner.suite",
    "referencing.jsonschema",
)
"""Modules that the plugin, and a server behind its first answers, load when they need them."""


def load_everything() -> None:
    """Load what a run in this process uses: pytester forgets every module that the run was the first to import."""
    for name in LOADED_LATE:
        importlib.import_module(name)
    with fake_server("phaseo@2026-06-11") as server:
        server.request("GET", "/v1/videos", headers={"Authorization": "Bearer any-key"})
        server.admin("explain/last")
